"""The page of rare events: its code gives what the page prints, and another program's numbers."""

from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "rare-events.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def run() -> tuple[dict[str, Any], list[str]]:
    """What the page's code defines, and what it prints."""
    names: dict[str, Any] = {}
    printed = []
    for code in re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(code, names)
        printed.append(out.getvalue())
    return names, printed


def test_the_page_prints_what_its_code_prints(run: tuple[dict[str, Any], list[str]]) -> None:
    assert run[1] == re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(run[1]) == 2


def test_the_catheters_are_those_of_metafor_and_so_is_their_pool(
    run: tuple[dict[str, Any], list[str]],
) -> None:
    file = ROOT / "tests" / "reference" / "rare_events" / "glmm.json"
    found = json.loads(file.read_text(encoding="utf-8"))["results"]["OR"]["nielweise2007"]
    assert run[0]["catheters"] == found["data"]
    exact, theirs = run[0]["exact"], found["fits"]["CM.EL ML"]
    assert exact.estimate == pytest.approx(theirs["beta"], abs=2e-3 * exact.se)
    assert exact.loglik == pytest.approx(theirs["loglik"], abs=1e-6)
    assert pytest.approx(theirs["QE_LRT"], abs=2e-9) == exact.Q
