"""Problems as they are written: the window of a long line, the mark below it, and every format's fields."""

from __future__ import annotations

import json
from pathlib import Path
from string import ascii_letters, digits

import pytest

from evidence.checking import Checked
from evidence.records.parsing import Place, Problem, Severity
from synthesis.commands.problem_formats import write_github, write_problems, write_sarif, write_text

LONG = (ascii_letters + digits) * 4  # 248 letters


def problem(path: Path, column: int = 1, width: int = 1, line: int = 1, hint: str | None = None) -> Problem:
    return Problem(Place(path, line, column), Severity.WARNING, "a-rule", "50 %: wrong", hint, width)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def text_of(found: Problem, capsys: pytest.CaptureFixture[str]) -> list[str]:
    write_text(Checked(1, (found,)))
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "0 errors, 1 warning, 0 notes in 1 file"
    return lines[:-1]


@pytest.mark.parametrize(
    ("column", "width", "first", "marked"),
    [
        (1, 3, 0, 3),
        (80, 5, 0, 5),
        (81, 5, 1, 5),
        (100, 31, 20, 31),
        (100, 50, 20, 31),
        (5, 0, 0, 1),
    ],
)
def test_of_a_long_line_110_letters_are_shown_and_30_of_them_from_the_fault_on(
    folder: Path, capsys: pytest.CaptureFixture[str], column: int, width: int, first: int, marked: int
) -> None:
    (folder / "a.yaml").write_text("zero\n" + LONG, encoding="utf-8")
    assert text_of(problem(folder / "a.yaml", column, width, line=2, hint="look"), capsys) == [
        f"a.yaml:2:{column}: warning: 50 %: wrong [a-rule]",
        f"     2 | {LONG[first : first + 110]}",
        f"       | {' ' * (column - 1 - first)}{'^' * marked}",
        "    hint: look",
    ]


def test_a_tab_takes_one_place_and_a_line_that_is_not_there_none(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a.yaml").write_text("a\tb\n", encoding="utf-8")
    assert text_of(problem(folder / "a.yaml", 3), capsys)[1:] == ["     1 | a b", "       |   ^"]
    assert len(text_of(problem(folder / "a.yaml", line=2), capsys)) == 1
    assert len(text_of(problem(folder / "missing.yaml"), capsys)) == 1


@pytest.mark.parametrize(("size", "shown"), [(5_000_000, True), (5_000_001, False), (0, False)])
def test_no_line_of_an_enormous_file_is_shown(
    folder: Path, capsys: pytest.CaptureFixture[str], size: int, shown: bool
) -> None:
    (folder / f"{size}.yaml").write_bytes(b"a: 1\n" + b"#" * (size - 5) if size else b"")
    assert len(text_of(problem(folder / f"{size}.yaml"), capsys)) == (3 if shown else 1)


def test_every_field_of_a_problem_is_in_json_sarif_and_an_annotation(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = problem(folder / "in" / "a,b:c.yaml", 7, 4, line=3, hint="look\nagain")
    checked = Checked(2, (found, Problem(Place(folder / "b.yaml"), Severity.NOTE, "r", "says")))
    write_problems(checked)
    plain = json.loads(capsys.readouterr().out)
    assert {name: plain[name] for name in ("files", "errors", "warnings", "notes")} == {
        "files": 2, "errors": 0, "warnings": 1, "notes": 1,
    }  # fmt: skip
    assert plain["problems"][0] == {
        "file": "in/a,b:c.yaml", "line": 3, "column": 7, "severity": "warning", "rule": "a-rule",
        "message": "50 %: wrong", "hint": "look\nagain",
    }  # fmt: skip
    write_sarif(checked)
    run = json.loads(capsys.readouterr().out)["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["a-rule", "r"]
    first, second = run["results"]
    assert (first["level"], second["level"]) == ("warning", "note")
    assert first["message"]["text"] == "50 %: wrong\nhint: look\nagain"
    assert second["message"]["text"] == "says"
    assert first["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 3, "startColumn": 7, "endColumn": 11,
    }  # fmt: skip
    write_github(checked)
    assert capsys.readouterr().out.splitlines() == [
        "::warning file=in/a%2Cb%3Ac.yaml,line=3,col=7,title=a-rule::50 %25: wrong%0Ahint: look%0Aagain",
        "::notice file=b.yaml,line=1,col=1,title=r::says",
        "0 errors, 1 warning, 1 note in 2 files",
    ]
