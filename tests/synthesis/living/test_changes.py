"""What happened to records and to review.yaml has one name for each, and a new name is no new study."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.review import LoadedReview, review_from_files
from synthesis.living.changes import Changes, Happened, find_changes
from tests.synthesis.living.reviews import REVIEW, study


def loaded(review: str = REVIEW, **studies: str) -> LoadedReview:
    files = {f"studies/{name}.yaml": text.encode() for name, text in studies.items()}
    found = review_from_files(Path("tea"), {"review.yaml": review.encode(), **files})
    assert found.problems == ()
    return found


ABEL, BERG = study("abel", "0.10"), study("berg", "0.20")


def between(old: dict[str, str], new: dict[str, str]) -> Changes:
    return find_changes(loaded(**old), loaded(**new))


def happened(old: dict[str, str], new: dict[str, str]) -> list[tuple[str, str]]:
    return [(each.study, each.happened.value) for each in between(old, new).records]


def test_records_are_added_removed_and_changed() -> None:
    assert happened({"a": ABEL}, {"a": ABEL, "b": BERG}) == [("berg", "added")]
    assert happened({"a": ABEL, "b": BERG}, {"a": ABEL}) == [("berg", "removed")]
    assert happened({"a": ABEL}, {"a": ABEL.replace("0.10, se", "0.11, se")}) == [("abel", "changed")]
    assert happened({"a": ABEL}, {"a": ABEL}) == []


TWO = ABEL.replace(
    "reports:\n",
    "reports:\n  later: {type: journal article, status: published, citation: L, year: 2021, read: data}\n",
)


GONE, CORRECTED = (
    ABEL.replace("status: published", f"status: {status}") for status in ("retracted", "corrected")
)
REPLACED = TWO.replace("full text}\nexp", "full text, superseded_by: later}\nexp")


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (ABEL, ABEL.replace("status: published", "status: retracted"), Happened.RETRACTED),
        (ABEL.replace("status: published", "status: retracted"), ABEL, Happened.CHANGED),
        (ABEL, ABEL.replace("status: published", "status: corrected"), Happened.CORRECTED),
        (TWO, REPLACED, Happened.SUPERSEDED),
        (ABEL, REPLACED, Happened.SUPERSEDED),
        (ABEL, ABEL.replace("status: published", "status: preprint"), Happened.CHANGED),
        (
            TWO,
            TWO.replace("status: published", "status: retracted", 1).replace(
                "status: published", "status: corrected"
            ),
            Happened.RETRACTED,
        ),
        (GONE, GONE.replace("0.10, se", "0.11, se"), Happened.CHANGED),
        (CORRECTED, CORRECTED.replace("0.10, se", "0.11, se"), Happened.CHANGED),
        (REPLACED, REPLACED.replace("0.10, se", "0.11, se"), Happened.CHANGED),
        (TWO, REPLACED.replace("status: published", "status: corrected"), Happened.SUPERSEDED),
        (ABEL, TWO.replace("status: published", "status: retracted", 1), Happened.RETRACTED),
        (ABEL, TWO.replace("status: published", "status: corrected", 1), Happened.CORRECTED),
        (ABEL, TWO, Happened.CHANGED),
    ],
)
def test_a_report_that_is_retracted_superseded_or_corrected_names_the_change(
    old: str, new: str, kind: Happened
) -> None:
    assert old != new
    assert happened({"a": old}, {"a": new}) == [("abel", kind.value)]


def test_a_new_file_name_alone_is_a_new_name() -> None:
    [change] = between({"a": ABEL}, {"b": ABEL}).records
    assert (change.happened, change.was, change.fields) == (Happened.RENAMED, "a.yaml", ())


def test_a_new_id_of_a_study_is_no_new_study() -> None:
    other = ABEL.replace("study: abel", "study: abel-2020")
    [change] = between({"a": ABEL}, {"a2020": other}).records
    assert (change.study, change.happened, change.was) == ("abel-2020", Happened.RENAMED, "abel")
    assert change.old is not None
    assert change.new is not None
    [corrected] = between({"a": ABEL}, {"a": other.replace("0.10, se", "0.12, se")}).records
    assert (corrected.happened, corrected.was) == (Happened.CHANGED, "abel")
    assert [each.words for each in corrected.fields] == ["main: effect.estimate 0.10 → 0.12"]


def test_one_paper_under_another_id_is_known_by_its_doi() -> None:
    def with_doi(text: str, doi: str) -> str:
        return text.replace("year: 2020, read", f"year: 2020, doi: {doi}, read")

    old, new = with_doi(ABEL, "10.1/X"), with_doi(study("other", "0.9"), "10.1/x")
    assert happened({"a": old}, {"b": new}) == [("other", "changed")]
    assert happened({"a": old}, {"b": with_doi(study("other", "0.9"), "10.1/y")}) == [
        ("other", "added"),
        ("abel", "removed"),
    ]


def test_a_file_of_another_cohort_or_studies_without_any_number_are_others() -> None:
    """The name of a file alone, or that both have no estimate, makes no two studies one."""
    other = study("other", "0.9")
    assert happened({"a": ABEL}, {"a": other}) == [("other", "added"), ("abel", "removed")]
    moved = other.replace("Cohort other", "Cohort abel")
    assert happened({"a": ABEL}, {"a": moved}) == [("other", "changed")]
    assert happened({"a": ABEL}, {"b": moved}) == [("other", "added"), ("abel", "removed")]
    silent = [
        text[: text.index("estimates:")] + "extraction: {by: me, on: 2026-06-01}\n" for text in (ABEL, other)
    ]
    read = [
        review_from_files(
            Path("tea"), {"review.yaml": REVIEW.encode(), f"studies/{name}.yaml": text.encode()}
        )
        for name, text in zip("ab", silent, strict=True)
    ]
    assert all(each.documents[0].model is not None for each in read)
    assert [each.happened.value for each in find_changes(*read).records] == ["added", "removed"]


def test_comments_alone_are_counted_and_no_change() -> None:
    found = between({"a": ABEL, "b": BERG}, {"a": "# seen again\n" + ABEL, "b": BERG})
    assert (found.records, found.layout) == ((), 1)


def plan(old: str, new: str) -> tuple[list[str], list[str]]:
    found = find_changes(loaded(old, a=ABEL), loaded(new, a=ABEL))
    return [each.name for each in found.plan], [each.words for each in found.words]


def test_the_method_is_a_change_of_its_own_and_words_are_none() -> None:
    method = REVIEW.replace("estimator: REML", "estimator: DL")
    assert plan(REVIEW, method) == (["method"], [])
    both = method.replace("sites: [hip]", "sites: [hip, neck]").replace("title: Tea and bone", "title: Tea")
    assert plan(REVIEW, both) == (["method", "review.yaml"], ["title Tea and bone → Tea"])
    words = REVIEW.replace("title: Hip", "title: The hip").replace("population: adults", "population: all")
    assert plan(REVIEW, words)[0] == []
    assert sorted(plan(REVIEW, words)[1]) == ["hip: title Hip → The hip", "question: population adults → all"]


def test_a_change_of_the_plan_holds_the_old_review_with_this_alone() -> None:
    new = REVIEW.replace("estimator: REML", "estimator: DL").replace("sites: [hip]", "sites: [hip, neck]")
    method, rest = find_changes(loaded(a=ABEL), loaded(new, a=ABEL)).plan
    assert method.review.method.estimator == "DL"
    assert method.review.analyses[0].outcome.sites == ("hip",)
    assert rest.review.method.estimator == "REML"
    assert rest.review.analyses[0].outcome.sites == ("hip", "neck")


def test_two_files_of_one_id_are_both_seen() -> None:
    again = ABEL.replace("estimate: 0.10", "estimate: 0.11")
    found = happened({"a": ABEL}, {"a": ABEL, "b": again})
    assert found == [("abel (b.yaml)", "added")]
