"""One more estimate of a record: what it shares with the others, what is new, and what it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.reading import read_record
from evidence.records.review import LoadedReview, load_review
from synthesis.adding.appending import UnknownNameError, draft_to, estimate_added
from synthesis.adding.new_records import Draft, NotAddedError
from tests.synthesis.serving.served import text_of, write, write_review
from tests.synthesis.serving.test_study_additions import ANOTHER

PLAIN = ANOTHER | {"estimate": "0.05", "ci": "-0.01; 0.11"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_review(tmp_path / "r")


def added(folder: Path, report: str | None = None, **changed: str) -> Draft:
    answers = {name: text for name, text in (PLAIN | changed).items() if text}
    return estimate_added(read_record(folder / "studies" / "one.yaml"), answers, report)


def test_parts_that_say_the_same_are_shared_and_the_id_says_what_it_is_about(folder: Path) -> None:
    record = added(folder).record
    new = record.estimates[-1]
    assert (new.id, new.outcome, new.model, new.exposure) == ("hip-women", "hip", "full", None)
    assert (new.where.report, new.where.at, new.stratum.sex) == ("first", "Table 3", "women")
    assert (list(record.outcomes), list(record.models)) == (["hip", "spine"], ["full", "least"])
    assert [each.id for each in record.estimates[:-1]] == ["hip-a", "hip-b"]


def test_parts_that_say_something_else_are_new_with_a_free_name(folder: Path) -> None:
    record = added(folder, **{"outcome-unit": "mg/cm2", "model-type": "crude"}).record
    assert (list(record.outcomes), list(record.models)) == (
        ["hip", "spine", "hip-2"],
        ["full", "least", "full-2"],
    )
    assert (record.outcomes["hip-2"].unit, record.models["full-2"].type) == ("mg/cm2", "crude")
    assert (record.estimates[-1].outcome, record.estimates[-1].model) == ("hip-2", "full-2")
    without = added(folder, site="", outcome="骨").record
    assert list(without.outcomes)[-1] == "part", "a name without a Latin letter"
    assert list(added(folder, site="", outcome="T-score").record.outcomes)[-1] == "t-score"


def test_an_id_that_is_taken_gets_a_number(folder: Path) -> None:
    for name in ("hip-women", "hip-women-2"):
        draft = added(folder)
        assert draft.record.estimates[-1].id == name
        write(folder, "one", draft.text)


def test_a_record_of_one_model_does_not_name_it(folder: Path) -> None:
    text = text_of(folder).replace("  least: {type: linear, adjustment: none}\n", "")
    write(folder, "one", text.replace("model: full, ", ""))
    assert added(folder).record.estimates[-1].model is None
    assert added(folder, adjustment="none").record.estimates[-1].model == "none"


def test_of_several_parts_that_are_meant_the_one_that_says_nothing_else_is_taken(folder: Path) -> None:
    whole = text_of(folder)
    line = "  spine: {name: BMD, site: spine, unit: g/cm2}\n"
    assert line in whole
    two = "  hip-dxa: {name: BMD, site: hip, unit: g/cm2, method: DXA}\n"
    write(folder, "one", whole.replace(line, line + two))
    assert added(folder).record.estimates[-1].outcome == "hip"
    assert added(folder, method="DXA").record.estimates[-1].outcome == "hip-dxa"
    alone = "  hip: {name: BMD, site: hip, unit: g/cm2}\n"
    write(folder, "one", whole.replace(alone, alone.replace("}", ", method: QCT}") + two))
    with pytest.raises(NotAddedError, match="several of the record are meant: hip, hip-dxa; say what tells"):
        added(folder)
    assert added(folder, method="QCT").record.estimates[-1].outcome == "hip"


def test_the_report_is_named_where_there_are_several(folder: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"^--report: expected one of 'one': first$"):
        added(folder, report="second")
    assert added(folder, report="first").record.estimates[-1].where.report == "first"
    more = "  second: {type: preprint, status: published, citation: 2, year: 2020, read: data}\npopulation:"
    write(folder, "one", text_of(folder).replace("population:", more, 1))
    with pytest.raises(UnknownNameError, match=r"^--report: expected one of 'one': first, second$"):
        added(folder)
    assert added(folder, report="second").record.estimates[-1].where.report == "second"


def test_the_exposure_is_named_where_there_are_several_by_its_id_or_its_name(folder: Path) -> None:
    assert added(folder, exposure="Hemoglobin").record.estimates[-1].exposure is None
    with pytest.raises(UnknownNameError, match=r"^--exposure: expected one of 'one': hemoglobin$"):
        added(folder, exposure="iron")
    text = text_of(folder).replace("outcomes:", "  iron: {name: Serum Iron, unit: mg/L}\noutcomes:", 1)
    text = text.replace("outcome: hip,", "outcome: hip, exposure: hemoglobin,")
    write(folder, "one", text)
    for given in ("iron", "serum iron", "SERUM IRON"):
        assert added(folder, exposure=given).record.estimates[-1].exposure == "iron"
    with pytest.raises(UnknownNameError, match=r"^--exposure: expected one of 'one': hemoglobin, iron$"):
        added(folder)


def test_what_the_schema_refuses_is_told_with_its_place(folder: Path) -> None:
    with pytest.raises(NotAddedError) as estimate:
        added(folder, sex="both")
    assert estimate.value.reasons[0].startswith("stratum sex: ")
    with pytest.raises(NotAddedError) as model:
        added(folder, adjustment="somewhat")
    assert model.value.reasons[0].startswith("adjustment: ")
    write(folder, "one", "study: {")
    with pytest.raises(NotAddedError, match="the record cannot be read: mend it first"):
        added(folder)


def test_a_record_is_found_by_its_study_and_an_unknown_one_is_told_with_those_that_are_there(
    folder: Path,
) -> None:
    def loaded() -> LoadedReview:
        return load_review(folder)

    draft = draft_to(loaded(), "one", PLAIN, None)
    assert (draft.path, draft.seen is None) == (folder / "studies" / "one.yaml", False)
    assert [each.id for each in draft.record.estimates] == ["hip-a", "hip-b", "hip-women"]
    with pytest.raises(
        UnknownNameError, match=r"^--to: no record is called 'three'; the review has: one, two$"
    ):
        draft_to(loaded(), "three", PLAIN, None)
    for i in range(19):
        write(folder, f"s{i:02}", text_of(folder).replace("study: one", f"study: s{i:02}"))
    with pytest.raises(UnknownNameError) as raised:
        draft_to(loaded(), "three", PLAIN, None)
    assert str(raised.value).endswith("has: one, " + ", ".join(f"s{i:02}" for i in range(19))), (
        "twenty of them"
    )
