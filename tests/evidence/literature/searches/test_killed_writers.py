"""Imports and updates that are killed, and several at once: nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evidence.literature.importing_exports import import_exports
from tests.evidence.literature.damaged_exports import EXPORTS
from tests.evidence.literature.searches.killing import held
from tests.evidence.literature.searches.loopback import Work, services_running

ROOT = Path(__file__).resolve().parents[4]


def killed(what: str, folder: Path, times: int) -> dict[str, Any]:
    """What the program tells of so many kills."""
    with services_running([Work(number) for number in range(1, 17)]) as services:
        services.per_page = 8
        words = (what, services.address, str(folder), str(times), "1")
        done = subprocess.run(
            [sys.executable, "-m", "tests.evidence.literature.searches.killing", *words],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


KILLED = 60
"""Commands; two hundred of each were killed once without a loss."""


@pytest.mark.long
@pytest.mark.parametrize("what", ["import", "update"])
def test_killed_writers_lose_nothing(tmp_path: Path, what: str) -> None:
    told = killed(what, tmp_path, KILLED)
    assert told["wrong"] == []
    assert told["killed"] == KILLED
    assert told["seen"]["old"] >= KILLED // 10


def test_imports_at_once_come_one_after_the_other(tmp_path: Path) -> None:
    kinds = ("ris", "nbib", "bib")
    alone, together = tmp_path / "alone", tmp_path / "together"
    for each in (alone, together):
        each.mkdir()
    files = []
    for at, kind in enumerate(kinds):
        path = tmp_path / f"f.{kind}"
        path.write_bytes(EXPORTS[kind].replace(b"10.1000/", f"10.100{at}/".encode()))
        files.append(path)
        import_exports(alone, [path])
    code = (
        "import sys, pathlib; from evidence.literature.importing_exports import import_exports; "
        "import_exports(pathlib.Path(sys.argv[1]), [pathlib.Path(sys.argv[2])])"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(together), str(path)], cwd=ROOT) for path in files
    ]
    assert [each.wait() for each in running] == [0] * len(kinds)
    assert held(together) == held(alone)
    assert len(held(alone)["searches.jsonl"].splitlines()) == len(kinds)
