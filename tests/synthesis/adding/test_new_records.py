"""The record that answers make: where it stands, whose name and DOI are taken, and what is usual."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from evidence.records.review import LoadedReview, load_review
from synthesis.adding.new_records import (
    NotAddedError,
    dois_of,
    draft_of_answers,
    holder_of_doi,
    objections,
    place_of,
    taken_place,
    where_and_what,
)
from synthesis.adding.usual_answers import usual_estimate, usual_study
from tests.synthesis.commands.adding import ESTIMATE, STUDY
from tests.synthesis.serving.served import text_of, write, write_review

GIVEN = {name: text for name, text in STUDY.items() if text}
ONE = {name: text for name, text in ESTIMATE.items() if text}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_review(tmp_path / "r")


@pytest.fixture
def loaded(folder: Path) -> LoadedReview:
    return load_review(folder)


def test_a_record_is_extracted_today_unless_another_day_is_said(loaded: LoadedReview) -> None:
    today = datetime.date.today()
    draft = draft_of_answers(loaded, GIVEN, [ONE])
    assert today <= draft.record.extraction.on <= datetime.date.today()
    other = draft_of_answers(loaded, GIVEN | {"on": "2026-11-21"}, [ONE])
    assert other.record.extraction.on == datetime.date(2026, 11, 21)
    assert draft.path == loaded.folder / "studies" / "lee-2019.yaml"
    assert (draft.waited, draft.seen) == (None, None)
    assert draft.text.startswith(
        "# Numbers are spelled as printed; each says where it stands. Extracted from: full text.\n"
    )
    assert dois_of(draft.record) == {"10.1000/Lee.1"}


def test_what_the_schema_refuses_is_told_with_its_place(loaded: LoadedReview) -> None:
    with pytest.raises(NotAddedError) as raised:
        draft_of_answers(loaded, GIVEN | {"type": "poem"}, [ONE])
    assert raised.value.reasons[0].startswith("reports lee-2019 type: ")
    assert str(raised.value) == "; ".join(raised.value.reasons)
    assert where_and_what({"loc": (), "msg": "none"}) == "none"
    assert where_and_what({"loc": ("a", 0), "msg": "m", "ctx": {"error": "why"}}) == "a 0: why"


def test_a_study_stands_in_the_file_that_has_it_and_its_name_is_taken(folder: Path) -> None:
    (folder / "studies" / "one.yaml").rename(folder / "studies" / "other.yaml")
    review = load_review(folder)
    there = folder / "studies"
    assert place_of(review, "one") == taken_place(review, "one") == there / "other.yaml"
    assert place_of(review, "other") == taken_place(review, "other") == there / "other.yaml", "a file's name"
    assert place_of(review, "new") == there / "new.yaml"
    assert taken_place(review, "new") is None


def test_a_doi_is_found_in_another_study_however_it_is_spelled_and_in_a_broken_record_too(
    folder: Path,
) -> None:
    address = 'doi: "https://doi.org/10.1000/AbC"'
    whole = text_of(folder, "two").replace("citation: 2,", f"citation: 2, {address},")
    for text in (whole, whole.split("estimates:")[0] + "estimates: 3\n"):
        write(folder, "two", text)
        review = load_review(folder)
        found = holder_of_doi(review, {"10.1000/aBc"}, "new")
        assert found == (folder / "studies" / "two.yaml", "10.1000/AbC")
        assert holder_of_doi(review, {"10.1000/aBc"}, "two") is None, "its own"
        assert holder_of_doi(review, {"10.1000/ab"}, "new") is None
    write(folder, "two", "reports: [1]")
    write(folder, "list", "[1]")
    assert holder_of_doi(load_review(folder), {"10.1000/aBc"}, "new") is None


def test_objections_are_to_answers_by_themselves_and_together() -> None:
    assert objections({"year": "2019", "per": "1 g/dL"}) == []
    first, second = objections({"year": "19", "per": "1 g/dL", "exposed": "a", "reference": "b"})
    assert first.startswith("--year: '19' does not fit; expected e.g. 2019")
    assert second.startswith("--per is for slopes")


def test_what_is_usual_is_that_of_the_scale_and_of_the_only_outcome(folder: Path) -> None:
    review = load_review(folder)
    assert usual_study(review) == {
        "type": "journal article", "status": "published", "exposure": "hemoglobin", "exposure-unit": "g/dL",
    }  # fmt: skip
    assert usual_estimate(review) == {
        "outcome": "BMD", "measure": "beta", "per": "1 g/dL", "outcome-unit": "g/cm2",
    }  # fmt: skip
    path = folder / "review.yaml"
    more = "\n  - id: two\n    title: Fractures\n    outcome: {name: fracture}\n"
    path.write_text(path.read_text().rstrip() + more)
    assert "outcome" not in usual_estimate(load_review(folder))
