"""Which candidates a review has already: by file or by most of a report's estimates, by value and place."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.reading import record_from_text
from evidence.sources.already_recorded import Already, already_recorded
from evidence.sources.matching import Numbers
from evidence.sources.paper_files import read_paper
from tests.evidence.records.samples import bent
from tests.evidence.sources.test_finding import AT, PAPER, ROWS

IN_TABLE = (AT, 'at: "Table 2, Hip, Men, Model 1"}')
FOUR = (IN_TABLE, ("\nextraction", ROWS))


def found(tmp_path: Path, *changes: tuple[str, str], text: str = PAPER) -> dict[str, tuple[str, bool]]:
    """The numbers that are recorded, by their position's digits and line: what has them, and whether here."""
    path = tmp_path / "lee.txt"
    path.write_text(text, encoding="utf-8")
    paper = read_paper(path)
    numbers = Numbers(paper.text)
    document = record_from_text(bent(*changes), tmp_path / "lee-2019.yaml")
    assert document.model is not None, document.problems
    return {
        f"{number.signed} {paper.text.line_at(number.start).number}": (known.what, known.here)
        for number in numbers.all
        if (known := already_recorded(paper, numbers, [document]).get(number.start)) is not None
    }


def test_estimates_are_known_at_their_place_and_where_the_text_repeats_them(tmp_path: Path) -> None:
    known = found(tmp_path, *FOUR)
    assert known["0.0079 7"] == ("hip-men", True)
    assert known["0.0079 3"] == ("hip-men", False), "the sentence prints the same numbers"
    assert known["0.0061 8"] == ("hip-men-2", True)
    assert known["-0.0012 9"] == ("hip-women", True)
    assert known["0.0003 11"] == ("hip-women-2", True)
    assert known["1426 2"] == ("population", True)
    assert "0.0045 13" not in known
    assert "99 13" not in known


def test_a_report_is_taken_for_this_paper_by_most_of_its_estimates_or_one_with_its_p(tmp_path: Path) -> None:
    assert "0.0079 7" in found(tmp_path, IN_TABLE), "one, with its p beside it"
    assert found(tmp_path, IN_TABLE, ("p: 0.006", "p: 0.007")) == {}
    assert found(tmp_path, IN_TABLE, ("p: 0.006", "p: not printed")) == {}
    half = ROWS.replace("0.0003, ci", "0.0004, ci").replace("-0.0012, ci", "-0.0013, ci")
    assert found(tmp_path, IN_TABLE, ("\nextraction", half)) == {}, "two of four"
    three = ROWS.replace("0.0003, ci", "0.0004, ci")
    assert "0.0079 7" in found(tmp_path, IN_TABLE, ("\nextraction", three)), "three of four"


def test_a_report_that_names_the_file_or_has_its_hash_is_this_paper(tmp_path: Path) -> None:
    alone = (IN_TABLE, ("p: 0.006", "p: not printed"))
    assert "0.0079 7" in found(tmp_path, *alone, ("read: full text", "read: full text, text: lee.txt"))
    assert found(tmp_path, *alone, ("read: full text", "read: full text, text: other.txt")) == {}
    sha256 = read_paper(tmp_path / "lee.txt").sha256
    assert "0.0079 7" in found(tmp_path, *alone, ("read: full text", f"read: full text, sha256: {sha256}"))


@pytest.mark.parametrize("at", ["Table 3", "Table 2, Hip, Women, Model 1"])
def test_numbers_at_another_place_than_the_record_names_are_not_recorded(tmp_path: Path, at: str) -> None:
    moved = ROWS.replace("Hip, Women, Model 1", "Hip, Men, Model 1")
    assert "0.0079 7" not in found(tmp_path, (AT, f'at: "{at}"}}'), ("\nextraction", moved))


def test_no_record_no_finding(tmp_path: Path) -> None:
    path = tmp_path / "lee.txt"
    path.write_text(PAPER, encoding="utf-8")
    paper = read_paper(path)
    broken = record_from_text("schema: 1", tmp_path / "a.yaml")
    assert already_recorded(paper, Numbers(paper.text), [broken]) == {}
    assert already_recorded(paper, Numbers(paper.text), []) == {}


def test_raw_numbers_by_the_names_of_escalc_are_looked_for_one_by_one(tmp_path: Path) -> None:
    columns = "measure: COR, columns: {ri: 0.0079, ni: 1426}"
    old = "measure: beta, per: 1 g/dL, estimate: 0.0079, ci: [0.002, 0.0135], level: 95 %, p: 0.006"
    known = found(tmp_path, (old, columns), ("read: full text", "read: full text, text: lee.txt"))
    assert known["0.0079 7"] == ("hip-men", True)


def test_heads_that_span_two_cells_each_are_no_reason_to_say_elsewhere(tmp_path: Path) -> None:
    text = PAPER.replace("Model 1 Model 2", "Model 1 Model 2\nCrude Adjusted Crude Adjusted").replace(
        "Men 0.0079 (0.002, 0.0135) 0.006\n0.0061 (0.001, 0.0112) 0.02",
        "Men 0.0079 (0.002, 0.0135) 0.006 0.0061 (0.001, 0.0112) 0.02 0.1 (0.0, 0.2) 0.4 0.3 (0.2, 0.4) 0.1",
    )
    both = ROWS.replace("Hip, Men, Model 2", "Hip, Men, Model 1")
    known = found(tmp_path, IN_TABLE, ("\nextraction", both), text=text)
    assert known["0.0079 8"] == ("hip-men", True)
    assert known["0.0061 8"] == ("hip-men-2", True)


def test_two_numbers_that_stand_elsewhere_too_may_be_of_others_and_three_are_not(tmp_path: Path) -> None:
    again = PAPER.replace("in 99 women", "aged 62.6 ± 8.0 (0.0079, 95% CI 0.002, 0.0135)")
    known = found(tmp_path, *FOUR, text=again)
    assert known["62.6 2"] == ("population", True)
    assert "62.6 13" not in known
    assert known["0.0079 13"] == ("hip-men", False)


def test_what_a_review_has_is_said_with_the_study_and_whether_from_another_place() -> None:
    assert str(Already("lee-2019", "hip-men", True)) == "lee-2019, hip-men"
    assert str(Already("lee-2019", "hip-men", False)) == "lee-2019, hip-men, from another place"
