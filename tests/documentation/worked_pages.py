"""Pages whose code is run: what it defines and prints, beside what the page says it prints."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def run_page(name: str, folder: Path | None = None) -> tuple[dict[str, Any], list[str], list[str]]:
    """What the code of docs/name defines, what each part prints, and what the page says it prints.

    folder: where it runs, the repository when None.
    """
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    blocks = re.findall(r"^```(python|text)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    printed, promised = [], []
    with contextlib.chdir(folder or ROOT):
        for kind, code in blocks:
            if kind == "text":
                promised.append(code)
                continue
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(code, names)
            printed.append(out.getvalue())
    return names, printed, promised
