"""Running the command line as a user does: a new process, its output and its exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def environment(**more: str) -> dict[str, str]:
    """That of a user, with this tree imported."""
    return {**os.environ, "COLUMNS": "100", "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **more}


def synthesis(*arguments: str | Path, cwd: Path, columns: int = 100) -> subprocess.CompletedProcess[str]:
    """`python -m synthesis ...` in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "synthesis", *map(str, arguments)],
        cwd=cwd,
        env=environment(COLUMNS=str(columns)),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
