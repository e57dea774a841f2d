"""Second readings: where they stand, and what is said of those that cannot be read."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from evidence.checking import check_paths
from evidence.readings.reviewing import compare_record
from evidence.readings.second import as_read, read_reading, second_readings
from evidence.records.effect import Estimate
from evidence.records.reading import read_record
from evidence.records.review_folder import misplaced
from evidence.records.shared_reference import Arm, SharedReference
from tests.evidence.readings.samples import SECOND, record, said, settled, written
from tests.evidence.records.samples import TEXT

BESIDE = "study: lee-2019\nby: B\non: 2026-11-22\nestimates:\n  hip-men: {effect: {estimate: 0.0078}}\n"


def notes(folder: Path, rule: str) -> list[tuple[int, str, str]]:
    return said([each for each in check_paths([folder]).problems if each.rule == rule])


def test_what_is_not_settled_is_a_note_of_check(tmp_path: Path) -> None:
    written(tmp_path, record())
    assert notes(tmp_path, "readings-differ") == [
        (16, "note", "'n' of 'hip-men': reader-2 read '650' (line 26)"),
        (19, "note", "'effect.estimate' of 'hip-men': reader-2 read '0.0078' (line 27), here it is '0.0079'"),
    ]
    written(tmp_path, TEXT, BESIDE)
    assert notes(tmp_path, "readings-differ") == [
        (
            19,
            "note",
            "'effect.estimate' of 'hip-men': B read '0.0078' (second-readings/lee-2019.yaml:5), "
            "here it is '0.0079'",
        )
    ]
    written(tmp_path, TEXT, BESIDE.replace("hip-men", "hip-man"))
    assert notes(tmp_path, "readings-differ") == [(5, "note", "only B has the estimate 'hip-man'")]
    written(
        tmp_path, record("extraction:", settled("of: hip-men, key: effect.estimate, took: first")), BESIDE
    )
    assert notes(tmp_path, "readings-differ") == []
    written(
        tmp_path, record("extraction:", settled("of: hip-men, key: effect.estimate, took: second")), BESIDE
    )
    assert len(notes(tmp_path, "readings-differ")) == len(notes(tmp_path, "resolution-open")) == 1


def test_a_file_beside_the_studies_is_counted_and_no_record_of_its_own(tmp_path: Path) -> None:
    written(tmp_path, TEXT, TEXT)
    checked = check_paths([tmp_path])
    assert (checked.files, checked.problems) == (2, ())


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("estimate: 0.0078", "estimte: 0.0078"), 5, "unknown key 'estimte'"),
        (("0.0078", "0.oo78"), 5, "'0.oo78' is not a number"),
        (("by: B\n", ""), 1, "'by' is missing"),
        (("2026-11-22", "yesterday"), 3, "is not a date"),
        (("lee-2019", "kim-2020"), 1, "this second reading is of 'kim-2020', the record of 'lee-2019'"),
        (("hip-men: {", "hip-men: {sttratum: {}, "), 5, "unknown key 'sttratum'"),
        (("{estimate: 0.0078}", "{ci: [0.1]}"), 5, "'ci' has one number; expected two"),
        (("{estimate: 0.0078}", "{ci: [0,1, 0,2]}"), 5, "'ci' has 4 numbers; a decimal comma"),
        (("  hip-men: {", "  - {"), 5, "'id' is missing"),
        (("estimates:\n", "estimates: [\n"), 6, "not closed"),
    ],
)
def test_a_broken_second_reading_is_one_clear_error_at_its_line(
    tmp_path: Path, change: tuple[str, str], line: int, words: str
) -> None:
    written(tmp_path, TEXT, BESIDE.replace(*change))
    errors = [each for each in check_paths([tmp_path]).problems if each.severity == "error"]
    assert len(errors) == 1, errors
    assert errors[0].place.path.parent.name == "second-readings"
    assert errors[0].place.line == line
    assert words in errors[0].says


def test_a_broken_second_reading_inside_a_record_leaves_the_record_valid(tmp_path: Path) -> None:
    path = written(tmp_path, record(SECOND.replace("ci: [0.0020, 0.0135]", "cii: 3")))
    problems = check_paths([path]).problems
    assert said(problems) == [(27, "error", "unknown key 'cii'")]
    assert problems[0].hint == "Did you mean 'ci'?"


def test_a_second_reading_that_belongs_to_no_record_is_misplaced(tmp_path: Path) -> None:
    written(tmp_path, TEXT, BESIDE)
    assert misplaced(tmp_path) == []
    folder = tmp_path / "second-readings"
    for name in ("kim-2020.yaml", "lee-2019.yml", "sub/lee-2019.yaml"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(BESIDE, encoding="utf-8")
    found = misplaced(tmp_path)
    assert [(each.place.path.relative_to(folder).as_posix(), each.rule) for each in found] == [
        ("kim-2020.yaml", "misplaced"),
        ("lee-2019.yml", "misplaced"),
        ("sub/lee-2019.yaml", "misplaced"),
    ]
    assert {each.says for each in found} == {"this second reading belongs to no record"}


def test_every_key_of_an_estimate_can_be_read_alone() -> None:
    asked = 0
    for part in (Estimate, SharedReference, Arm):
        model = as_read(part)
        assert model.model_fields.keys() == part.model_fields.keys()
        for name in model.model_fields:
            assert not model.model_fields[name].is_required()
            asked += 1
    assert asked > 30
    model = as_read(Estimate)
    model.model_validate({"effect": {"groups": [{"n": "3"}, {"mean": "1.0"}]}, "where": {"at": "T"}})


def test_a_record_that_cannot_be_read_has_no_second_readings(tmp_path: Path) -> None:
    for text in (record().replace("study: lee-2019\n", ""), "study: ["):
        document = read_record(written(tmp_path, text, BESIDE))
        assert list(second_readings(document)) == []
        assert compare_record(document) == []


def test_a_whole_record_or_a_part_of_it_is_read_from_any_file(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    versioned = f"schema: 1\n{BESIDE}"
    for text, by, whole in ((TEXT, "extractor-1", True), (BESIDE, "B", False), (versioned, "B", False)):
        path.write_text(text, encoding="utf-8")
        found = read_reading(path)
        assert (found.study, found.by, found.whole, found.problems) == ("lee-2019", by, whole, ())
    path.write_text(TEXT.replace("study: lee-2019\n", ""), encoding="utf-8")
    assert [each.says for each in read_reading(path).problems] == ["'study' is missing"]
    assert [each.rule for each in read_reading(tmp_path / "none.yaml").problems] == ["file"]
    path.write_text(BESIDE + "cohort: {name: LEE}\n", encoding="utf-8")
    assert "'reports' is missing" in [each.says for each in read_reading(path).problems]
    path.write_text(BESIDE + "reports: {}\n", encoding="utf-8")
    assert "'cohort' is missing" in [each.says for each in read_reading(path).problems]


@pytest.mark.parametrize(
    "text", ["by: [", BESIDE.replace("by: B\n", ""), TEXT.replace("design: ", "desing: ")]
)
def test_what_cannot_be_read_is_called_by_its_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kim-2020.yaml"
    path.write_text(text, encoding="utf-8")
    found = read_reading(path)
    assert (found.study, found.by, found.tree) == ("kim-2020", "", None)
    assert found.problems


def damaged(text: str, chance: random.Random) -> str:
    letters = list(text)
    for _ in range(chance.randint(0, 3)):
        at = chance.randrange(len(letters))
        letters[at : at + chance.randint(0, 5)] = chance.choice(
            ["", "x", "[", "{", ": ", "\n", "-", "0", "{}", "~"]
        )
    return "".join(letters)


def fuzz(folder: Path, times: int) -> tuple[int, int]:
    """How many damaged pairs of readings were compared, and how many were refused with an error."""
    chance = random.Random(5)
    compared = refused = 0
    for number in range(times):
        path = written(folder, damaged(record(), chance), damaged(BESIDE if number % 2 else TEXT, chance))
        problems = check_paths([path, folder / "second-readings" / path.name]).problems
        refused += any(each.severity == "error" for each in problems)
        compared += any(each.rule == "readings-differ" for each in problems)
    return compared, refused


def test_damaged_readings_are_compared_or_refused(tmp_path: Path) -> None:
    assert min(fuzz(tmp_path, 25)) > 3


@pytest.mark.long
def test_5_000_damaged_readings_are_compared_or_refused(tmp_path: Path) -> None:
    assert min(fuzz(tmp_path, 5_000)) > 1_000
