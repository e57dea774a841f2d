"""Checking files and folders: which files, in which order, and the same in several processes as in one."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records import checking
from evidence.records.checking import Checked, check_paths
from evidence.records.parsing import Place, Problem, Severity
from tests.evidence.records.samples import TEXT, bent


def test_several_processes_find_what_one_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (
        ("lee-2019", TEXT),
        ("leigh-2019", TEXT),
        ("model", bent(("n: 1426", "n: many"))),
        ("yaml", "study: [\n"),
        ("misprint", bent(("p: 0.006", "p: 0.6"))),
    ):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    alone = check_paths([tmp_path])
    monkeypatch.setattr(checking, "_WORTH_A_SECOND_PROCESS", 5)
    together = check_paths([tmp_path])
    assert together == alone
    assert alone.files == 5
    assert {Path(one.place.path).stem for one in alone.problems} >= {"model", "yaml", "misprint"}


def test_a_folder_stands_for_its_visible_yaml_files_each_once(tmp_path: Path) -> None:
    for name in ("b.yaml", "A.YML", ".hidden.yaml", ".git/c.yaml", "in/d.yaml", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("study: [\n", encoding="utf-8")
    (tmp_path / "folder.yaml").mkdir()
    steps: list[tuple[int, int]] = []
    found = check_paths([tmp_path, tmp_path / "b.yaml"], lambda done, total: steps.append((done, total)))
    assert [str(one.place.path.relative_to(tmp_path)) for one in found.problems] == [
        "A.YML",
        "b.yaml",
        "in/d.yaml",
    ]
    assert steps == [(1, 3), (2, 3), (3, 3)]


def test_what_is_missing_or_holds_no_record_is_said(tmp_path: Path) -> None:
    found = check_paths([tmp_path, tmp_path / "missing.yaml"])
    assert found.files == 2
    assert [one.says for one in found.problems] == [
        "the file is a directory; expected a YAML file",
        "the file does not exist or is no regular file",
    ]


def test_milder_problems_are_hidden_and_still_counted() -> None:
    error, warning, note = (
        Problem(Place(Path("a.yaml")), severity, severity.value, "says") for severity in Severity
    )
    whole = Checked(1, (error, warning, note, note))
    for least, shown, hidden in (
        (Severity.ERROR, (error,), (warning, note, note)),
        (Severity.WARNING, (error, warning), (note, note)),
        (Severity.NOTE, (error, warning, note, note), ()),
    ):
        some = whole.from_severity(least)
        assert (some.problems, some.hidden) == (shown, hidden)
        assert [some.count(severity) for severity in Severity] == [1, 1, 2]
