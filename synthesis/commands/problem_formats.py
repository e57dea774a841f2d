"""Problems as text with the offending line, as JSON, as SARIF, and as annotations of GitHub and GitLab."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich.cells import cell_len
from rich.text import Text

from evidence.audit.auditing import all_rules
from evidence.checking import Checked
from evidence.records.parsing import Problem, Severity
from evidence.wording import counted
from synthesis.terminal import Terminal, console, visible, write, write_json

_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}
_SARIF_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_GITHUB_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_GITLAB_LEVELS = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}
_LINE_WIDTH = 110


def write_text(checked: Checked, to: Terminal = console) -> None:
    """One paragraph a problem, then a line that counts them."""
    for problem in checked.problems:
        to.print(paragraph(problem))
    to.print(summary(checked))


def paragraph(problem: Problem) -> Text:
    """A problem with its place, its line and its hint."""
    place = problem.place
    text = Text(f"{visible(shown_path(place.path))}:{place.line}:{place.column}: ")
    text.append(problem.severity.value, style=_COLOURS[problem.severity])
    text.append(f": {visible(problem.says)} [{problem.rule}]")
    source = _source_line(place.path, place.line)
    if source:
        start, at = max(0, place.column - _LINE_WIDTH + 30), place.column - 1
        before = visible(source[start:at])
        marked = visible(source[at : min(at + problem.width, start + _LINE_WIDTH)])
        text.append(f"\n{place.line:>6} | {visible(source[start : start + _LINE_WIDTH])}", style="dim")
        text.append(f"\n       | {' ' * cell_len(before)}{'^' * max(1, cell_len(marked))}", style="dim")
    if problem.hint:
        text.append(f"\n    hint: {visible(problem.hint)}")
    return text


def summary(checked: Checked) -> str:
    """'2 errors, 1 warning, 3 notes in 15 files'."""
    counts = [counted(checked.count(severity), severity.value) for severity in Severity]
    return f"{', '.join(counts)} in {counted(checked.files, 'file')}"


@cache
def _lines(path: Path) -> tuple[str, ...]:
    try:
        return tuple(path.read_text(encoding="utf-8-sig", errors="replace").splitlines())
    except (OSError, MemoryError):
        return ()


def _source_line(path: Path, line: int) -> str:
    if not path.is_file() or not 0 < path.stat().st_size <= 5_000_000:  # 0: some such files block
        return ""
    lines = _lines(path)
    return lines[line - 1].replace("\t", " ") if line <= len(lines) else ""


def shown_path(path: Path) -> str:
    """Relative to the working folder when it lies below it."""
    try:
        return str(Path(os.path.abspath(path)).relative_to(Path.cwd()))  # a link keeps its own name
    except ValueError:
        return str(path)


def write_problems(checked: Checked) -> None:
    """A list of problems and the counts, as JSON."""
    write_json(
        {
            "files": checked.files,
            **{f"{severity.value}s": checked.count(severity) for severity in Severity},
            "problems": [_as_dict(problem) for problem in checked.problems],
        }
    )


def _as_dict(problem: Problem) -> dict[str, Any]:
    return {
        "file": shown_path(problem.place.path),
        "line": problem.place.line,
        "column": problem.place.column,
        "severity": problem.severity.value,
        "rule": problem.rule,
        "message": problem.says,
        "hint": problem.hint,
    }


def write_sarif(checked: Checked) -> None:
    """SARIF 2.1.0, which code hosts show beside the changed line."""
    asks = {rule.name: {"shortDescription": {"text": rule.explanation}} for rule in all_rules()}
    rules = sorted({problem.rule for problem in checked.problems})
    driver = {"name": "synthesis check", "rules": [{"id": rule} | asks.get(rule, {}) for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",  # as Python counts; else readers may count UTF-16 units
        "results": [_sarif_result(problem) for problem in checked.problems],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    write_json(log)


def _sarif_result(problem: Problem) -> dict[str, Any]:
    place = problem.place
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endColumn": place.column + problem.width,
    }
    return {
        "ruleId": problem.rule,
        "level": _SARIF_LEVELS[problem.severity],
        "message": {"text": _with_hint(problem)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(place.path)},
                    "region": region,
                }
            }
        ],
    }


def _uri(path: Path) -> str:
    """A relative reference below the working folder, else a file URI; RFC 3986, sections 2.1 and 4.2."""
    shown = Path(shown_path(path))
    return shown.as_uri() if shown.is_absolute() else quote(os.fsencode(shown.as_posix()))


def write_github(checked: Checked) -> None:
    """Workflow commands that GitHub turns into annotations."""
    for problem in checked.problems:
        place = problem.place
        values = f"file={_property(shown_path(place.path))},line={place.line},col={place.column}"
        level = _GITHUB_LEVELS[problem.severity]
        write(f"::{level} {values},title={_property(problem.rule)}::{_escaped(_with_hint(problem))}")
    write(summary(checked))


def write_gitlab(checked: Checked) -> None:
    """A code quality report, which GitLab shows beside the lines of a merge request."""
    write_json([_gitlab_issue(problem) for problem in checked.problems])


def _gitlab_issue(problem: Problem) -> dict[str, Any]:
    """The fingerprint tells problems apart that stand before and after a change: no line is part of it."""
    path = Path(shown_path(problem.place.path)).as_posix()
    told = "\0".join((path, problem.rule, problem.says))
    return {
        "description": _with_hint(problem),
        "check_name": problem.rule,
        "fingerprint": hashlib.sha256(told.encode(errors="surrogateescape")).hexdigest(),
        "severity": _GITLAB_LEVELS[problem.severity],
        "location": {"path": path, "lines": {"begin": problem.place.line}},
    }


def _with_hint(problem: Problem) -> str:
    return f"{problem.says}\nhint: {problem.hint}" if problem.hint else problem.says


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


WRITERS: dict[str, Callable[[Checked], None]] = {
    "text": write_text,
    "json": write_problems,
    "sarif": write_sarif,
    "github": write_github,
    "gitlab": write_gitlab,
}
