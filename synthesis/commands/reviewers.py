"""Who works here."""

from __future__ import annotations

import subprocess
from pathlib import Path


def git_user(folder: Path) -> str:
    """The user.name of git in a folder; '' where there is none."""
    try:
        asked = subprocess.run(
            ["git", "config", "user.name"], cwd=folder, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return asked.stdout.strip()
