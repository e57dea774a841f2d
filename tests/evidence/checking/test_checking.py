"""Checking files and folders: which files, in which order, and the same in several processes as in one."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evidence import checking
from evidence.checking import Checked, check_paths
from evidence.processes import end_with_parent
from evidence.records.parsing import Place, Problem, Severity
from evidence.records.review_folder import MANIFEST, SUMMARY
from tests.evidence.records.samples import TEXT, bent
from tests.evidence.records.test_review import REVIEW


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


class Workers:
    """In place of worker processes: notes how it is asked, and how large what comes back is."""

    asked: list[tuple[Any, int, list[int]]]

    def __init__(self, initializer: object = None) -> None:
        self.initializer = initializer

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def map(
        self, work: Callable[[Path], object], paths: Iterable[Path], chunksize: int = 1
    ) -> Iterator[object]:
        found = [work(path) for path in paths]
        self.asked.append((self.initializer, chunksize, [len(pickle.dumps(each)) for each in found]))
        return iter(found)


def test_four_hundred_files_are_worth_several_processes_that_end_with_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "ProcessPoolExecutor", Workers)
    asked = []
    for files in (399, 400):
        monkeypatch.setattr(Workers, "asked", [], raising=False)
        assert check_paths([tmp_path / f"{number}.yaml" for number in range(files)]).files == files
        asked.append([(start, size) for start, size, _ in Workers.asked])
    assert asked == [[], [(end_with_parent, 50)]]


def test_a_worker_gives_back_no_more_than_rules_across_records_look_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "x" * 5_000
    flow = f"flow: {{where: {{report: lee-2019, at: T}}, steps: [{{start: 9, what: {long}}}]}}"
    bias = f"risk_of_bias:\n  - {{tool: T, domain: D, judgement: low, support: {long}}}"
    changes = (
        ("title: A study", "title: A study"),
        ("per: 1 g/dL", f"per: 1 g/dL, within: {long}"),
        ("    where:", f"    note: {long}\n    where:"),
        ("extraction:", f"{flow}\n{bias}\nextraction:"),
    )
    monkeypatch.setattr(checking, "ProcessPoolExecutor", Workers)
    monkeypatch.setattr(checking, "_WORTH_A_SECOND_PROCESS", 1)
    monkeypatch.setattr(Workers, "asked", [], raising=False)
    for change in changes:
        (tmp_path / "a.yaml").write_text(bent(change), encoding="utf-8")
        check_paths([tmp_path / "a.yaml"])
    sizes = [size for _, _, (size,) in Workers.asked]
    assert len(sizes) == 4
    assert max(sizes) < min(sizes) + 1_000


def test_a_review_is_checked_with_its_records_whether_they_are_asked_for_or_not(tmp_path: Path) -> None:
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "lee-2019.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "studies" / "no-record.yaml").write_text("study: [\n", encoding="utf-8")
    file = tmp_path / "review.yaml"
    for text, said in (
        (REVIEW, []),
        (REVIEW.replace("exposure: hemoglobin, per", "exposure: iron, per"), ["exposure-unknown"]),
        (REVIEW.replace("title: A review", "titel: A review"), ["missing-key", "unknown-key"]),
    ):
        file.write_text(text.replace("sites: {Hip: [total hip]}\n", ""), encoding="utf-8")
        for paths, files in (([file], 1), ([tmp_path], 3)):
            found = check_paths(paths)
            assert found.files == files
            assert sorted(one.rule for one in found.problems if one.place.path == file) == said


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


def test_how_tables_are_read_is_no_record_and_is_checked_as_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "studies").mkdir()
    (tmp_path / "imports").mkdir()
    (tmp_path / "review.yaml").write_text(REVIEW, encoding="utf-8")
    (tmp_path / "studies" / "lee-2019.yaml").write_text(TEXT, encoding="utf-8")
    plan = tmp_path / "imports" / "trials.yaml"
    plan.write_text("columns: {Study: study, OR: estimate, SE: se}\n", encoding="utf-8")
    assert [problem for problem in check_paths([tmp_path]).problems if "imports" in str(problem.place)] == []
    plan.write_text("columns: {Study: study, OR: estimat}\n", encoding="utf-8")
    (problem,) = [each for each in check_paths([tmp_path]).problems if "imports" in str(each.place)]
    assert "did you mean 'estimate'?" in problem.says
    alone = tmp_path / "elsewhere" / "imports"
    alone.mkdir(parents=True)
    (alone / "x.yaml").write_text("columns: {Study: study}\n", encoding="utf-8")
    assert any("elsewhere" in str(problem.place) for problem in check_paths([alone]).problems), "no review"


def checked_names(*paths: Path) -> list[str]:
    """Every file asked for holds no record, so that each is told of."""
    return [each.place.path.name for each in check_paths(paths).problems if each.rule == "yaml"]


def test_drafts_of_a_review_are_checked_where_their_folder_or_they_are_asked_for(tmp_path: Path) -> None:
    for name in ("studies/a.yaml", "drafts/b.yaml", "drafts/c.yml", "drafts/sub/d.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("study: [\n", encoding="utf-8")
    drafts = tmp_path / "drafts"
    assert checked_names(tmp_path) == ["b.yaml", "c.yml", "d.yaml", "a.yaml"], "no review"
    (tmp_path / "review.yaml").write_text(REVIEW, encoding="utf-8")
    assert checked_names(tmp_path) == ["d.yaml", "a.yaml"]
    assert checked_names(drafts) == ["b.yaml", "c.yml", "d.yaml"]
    assert checked_names(drafts / "b.yaml") == ["b.yaml"]


def test_what_a_release_keeps_is_checked_where_the_release_is_asked_for(tmp_path: Path) -> None:
    release = tmp_path / "releases" / "2026-01"
    for name in ("studies/a.yaml", "releases/2026-01/inputs/studies/b.yaml"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("study: [\n", encoding="utf-8")
    (release / "inputs" / "review.yaml").write_text(REVIEW, encoding="utf-8")
    (tmp_path / "review.yaml").write_text(REVIEW, encoding="utf-8")
    assert checked_names(tmp_path) == ["b.yaml", "a.yaml"], "no release"
    for name in (MANIFEST, SUMMARY):
        (release / name).write_text("{}", encoding="utf-8")
    assert checked_names(tmp_path) == ["a.yaml"]
    for folder in (release, release / "inputs", release / "inputs" / "studies"):
        assert checked_names(folder) == ["b.yaml"]


def test_of_a_record_that_cannot_be_read_a_worker_gives_back_its_problems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "ProcessPoolExecutor", Workers)
    monkeypatch.setattr(Workers, "asked", [], raising=False)
    (tmp_path / "a.yaml").write_text(bent(("n: 1426", "n: many")), encoding="utf-8")
    (tmp_path / "b.yaml").write_text("study: [\n", encoding="utf-8")
    alone = check_paths([tmp_path])
    monkeypatch.setattr(checking, "_WORTH_A_SECOND_PROCESS", 1)
    assert check_paths([tmp_path]) == alone
    assert [each.place.path.name for each in alone.problems] == ["a.yaml", "b.yaml"]
    assert len(Workers.asked) == 1


def test_numbers_that_another_study_may_repeat_come_back_from_a_worker_without_their_notes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = ("0.0079, ci: [0.002, 0.0135]", "0.0079123, ci: [0.0020345, 0.0137901]")
    kept = Workers()
    monkeypatch.setattr(kept, "asked", [], raising=False)
    monkeypatch.setattr(checking, "ProcessPoolExecutor", lambda **_: kept)
    monkeypatch.setattr(checking, "_WORTH_A_SECOND_PROCESS", 1)
    for changes in ((), (numbers,), (numbers, ("    where:", f"    note: {'x' * 5_000}\n    where:"))):
        (tmp_path / "a.yaml").write_text(bent(*changes), encoding="utf-8")
        check_paths([tmp_path / "a.yaml"])
    plain, wide, noted = (size for _, _, (size,) in kept.asked)
    assert plain + 100 < wide
    assert noted < wide + 1_000
