"""What the plots of a review are given, on reviews whose numbers are known."""

from __future__ import annotations

import datetime
from dataclasses import replace
from math import isnan
from pathlib import Path

import pytest

from evidence.records.review import LoadedReview, Method
from synthesis.review.analysis import analyse
from synthesis.review.order import Order
from synthesis.review.plot_subjects import MODERATORS, Arrival, ReviewSubject, file_suffixes, subjects_of
from tests.synthesis.review.made import record, review, silent, slope

WHOLE = "{n: 300, age: {mean: 61.5}}"
COMPARED = "{measure: OR, exposure: hemoglobin, versus: {exposed: low, reference: high}}"


def subjects(loaded: LoadedReview, order: Order = Order.REVIEW) -> tuple[ReviewSubject, ...]:
    result = analyse(loaded, loaded.review.analyses[0], Method(estimator="DL"), order)
    return subjects_of(result, loaded, {})


def only(loaded: LoadedReview, order: Order = Order.REVIEW) -> ReviewSubject:
    [found] = subjects(loaded, order)
    return found


def part(name: str, stratum: str, more: str = "") -> str:
    """One slope of a part of the persons."""
    return slope(name, "0.02", "0.01, 0.03") + f", stratum: {{{stratum}}}{more}"


def values(found: ReviewSubject, moderator: str) -> list[float | None]:
    return [None if isnan(value) else value for value in found.moderator(moderator).values.tolist()]


def counted(events: str, other: str, measure: str = "OR") -> str:
    groups = f"[{{name: low, {events}}}, {{name: high, {other}}}]"
    versus = "versus: {exposed: low, reference: high}"
    return f"id: one, outcome: hip, model: full, effect: {{measure: {measure}, {versus}, groups: {groups}}}"


def test_moderators_are_the_record_s_own_numbers(tmp_path: Path) -> None:
    found = only(
        review(
            tmp_path,
            {
                "a": record("a", [slope("one", "0.02", "0.01, 0.03")], year=2019, population=WHOLE),
                "b": record("b", [slope("one", "0.03", "0.02, 0.04") + ", n: 250"], population=WHOLE),
                "c": record("c", [slope("one", "0.04", "0.02, 0.06")], year=2021),
                "d": record("d", [slope("one", "0.05", "0.02, 0.08")], population="{age: {sd: 3}}"),
            },
        ),
        Order.NAME,
    )
    assert values(found, "year") == [2019, 2020, 2021, 2020]
    assert values(found, "n") == [300, 250, None, None], "an estimate's own number comes first"
    assert values(found, "age") == [61.5, 61.5, None, None]
    labels = [found.moderator(name).label for name in MODERATORS]
    assert labels == ["year of the report", "number of persons", "mean age (years)"]


@pytest.mark.parametrize("stratum", ["sex: men", "ancestry: Black", "age: 50+", "group: never smokers"])
def test_a_part_of_the_persons_has_neither_the_whole_s_number_nor_its_age(
    tmp_path: Path, stratum: str
) -> None:
    def known(more: str) -> list[list[float | None]]:
        records = {"a": record("a", [part("one", stratum, more)], population=WHOLE)}
        found = only(review(tmp_path, records, more=f"stratum: {{{stratum}}}"))
        return [values(found, name) for name in ("n", "age")]

    assert known("") == [[None], [None]]
    assert known(", n: 120") == [[120], [None]]


def test_the_order_is_that_of_the_reports_years(tmp_path: Path) -> None:
    def dated(folder: str, *years: int) -> tuple[list[int], str]:
        records = {
            name: record(name, [slope("one", estimate, ci)], year=year)
            for name, estimate, ci, year in zip(
                "abc",
                ("0.02", "0.03", "0.04"),
                ("0.01, 0.03", "0.02, 0.04", "0.03, 0.05"),
                years,
                strict=False,
            )
        }
        positions, by = only(review(tmp_path / folder, records), Order.EFFECT).order()
        return list(positions), by

    assert dated("three", 2021, 2018, 2020) == ([1, 2, 0], "the order of the reports' years, 2018 to 2021")
    assert dated("same", 2019, 2019) == ([0, 1], "the order of the reports' years, 2019")


def test_the_order_can_be_that_of_the_days_on_which_studies_entered(tmp_path: Path) -> None:
    """A study that is still to come has the last day there is, and is no part of the span."""
    numbers = ("0.02", "0.01, 0.03")
    records = {name: record(name, [slope("one", *numbers)]) for name in "abc"}
    found = only(review(tmp_path, records))
    first, second, never = datetime.date(2021, 5, 1), datetime.date(2023, 2, 3), datetime.date.max

    def order(*days: datetime.date) -> tuple[list[int], str]:
        arrival = Arrival(dict(zip("abc", days, strict=True)), "as they came")
        positions, says = replace(found, arrival=arrival).order()
        return list(positions), says

    assert order(second, never, first) == ([2, 0, 1], "as they came, 2021-05-01 to 2023-02-03")
    assert order(first, first, first) == ([0, 1, 2], "as they came, 2021-05-01 to 2021-05-01")
    assert order(never, never, never) == ([0, 1, 2], "as they came")


def test_both_arms_are_given_where_every_study_records_their_events(tmp_path: Path) -> None:
    found = only(
        review(
            tmp_path,
            {
                "a": record("a", [counted("n: 40, events: 3", "n: 50, events: 7")]),
                "b": record("b", [counted("n: 60, events: 11", "n: 70, events: 13")]),
            },
            scale=COMPARED,
        )
    )
    arms = found.arms
    assert arms is not None
    assert arms.measure == "OR"
    given = [each.tolist() for each in (arms.events, arms.n, arms.reference_events, arms.reference_n)]
    assert given == [[3, 11], [40, 60], [7, 13], [50, 70]]
    assert all(each.dtype == float for each in (arms.events, arms.n, arms.reference_events, arms.reference_n))


def test_the_measure_of_arms_is_the_one_pooled_whatever_the_first_study_has(tmp_path: Path) -> None:
    records = {
        "a": record("a", [counted("n: 40, events: 3", "n: 50, events: 7", "RR")]),
        "b": record("b", [counted("n: 60, events: 11", "n: 70, events: 13")]),
    }
    arms = only(review(tmp_path, records, scale=COMPARED, more="accept: [RR]")).arms
    assert arms is not None
    assert arms.measure == "OR"
    assert arms.events.tolist() == [3, 11]


def test_one_study_without_counts_of_its_arms_is_enough_to_have_none(tmp_path: Path) -> None:
    printed = (
        "id: one, outcome: hip, model: full, effect: "
        "{measure: OR, versus: {exposed: low, reference: high}, estimate: 1.50, ci: [1.00, 2.25]}"
    )
    records = {
        "a": record("a", [counted("n: 40, events: 3", "n: 50, events: 7")]),
        "b": record("b", [printed]),
    }
    assert only(review(tmp_path / "mixed", records, scale=COMPARED)).arms is None
    assert only(review(tmp_path / "none", {"b": records["b"]}, scale=COMPARED)).arms is None
    for part, groups in (
        ("first", ("n: 50, mean: 1.0, sd: 0.1", "n: 40, events: 3")),
        ("second", ("n: 40, events: 3", "n: 50, mean: 1.0, sd: 0.1")),
    ):
        both = counted(*groups).replace("groups:", "estimate: 1.50, ci: [1.00, 2.25], groups:")
        assert only(review(tmp_path / part, {"b": record("b", [both])}, scale=COMPARED)).arms is None
    means = "measure: MD, exposure: hemoglobin, unit: g/cm2, versus: {exposed: low, reference: high}"
    differences = {
        "a": record("a", [counted("n: 40, mean: 0.9, sd: 0.1", "n: 50, mean: 1.0, sd: 0.1", "MD")])
    }
    assert only(review(tmp_path / "means", differences, scale=f"{{{means}}}")).arms is None


def test_each_site_that_has_an_estimate_is_a_subject_with_its_own_words(tmp_path: Path) -> None:
    loaded = review(
        tmp_path,
        {
            "a": record(
                "a", [slope("one", "0.02", "0.01, 0.03"), slope("two", "0.05", "0.03, 0.07", outcome="spine")]
            ),
            "b": record("b", [slope("one", "0.04", "0.03, 0.05")]),
        },
        more="group_by: site\n    direction: {lower: looser, higher: denser}",
    )
    hip, spine = subjects(loaded)
    assert [(each.suffix, each.group, len(each.units)) for each in (hip, spine)] == [
        ("hip", "hip", 2),
        ("spine", "spine", 1),
    ]
    assert hip.subject.title == "Everybody, hip"
    assert hip.subject.pooled.labels == ("A", "B")
    assert (hip.subject.lower, hip.subject.higher) == ("looser", "denser")
    assert hip.subject.effect == "Change in BMD (g/cm²) per 1 g/dL hemoglobin"
    assert (hip.subject.log, hip.subject.null) == (False, 0.0)
    data_sets, choices = spine.alternatives()
    assert choices == ("reports", "adjustment", "overlap")
    assert [each.yi.tolist() for each in data_sets] == [[0.05]] * len(data_sets)


def test_a_site_without_a_number_is_no_subject_and_no_direction_has_no_words(tmp_path: Path) -> None:
    loaded = review(
        tmp_path,
        {"a": record("a", [slope("one", "0.02", "0.01, 0.03"), silent("two", outcome="spine")])},
        more="group_by: site",
    )
    found = only(loaded)
    assert (found.suffix, found.subject.lower, found.subject.higher) == ("hip", "", "")
    alone = only(review(tmp_path / "alone", {"a": record("a", [slope("one", "0.02", "0.01, 0.03")])}))
    assert (alone.suffix, alone.group, alone.subject.title) == ("", None, "Everybody")


@pytest.mark.parametrize(
    ("studies", "more", "labels", "each", "counted_as"),
    [
        ({"a": ["one"], "b": ["one"]}, "stratum: {sex: each}", ("A, men", "B, men"), "study", "2 studies"),
        (
            {"a": ["one", "two"]},
            "stratum: {sex: each}",
            ("A, men", "A, women"),
            "stratum of A",
            "2 strata",
        ),
        (
            {"a": ["one", "two"], "b": ["one"]},
            "stratum: {sex: each}",
            ("A, men", "B, men", "A, women"),
            "estimate",
            "3 estimates",
        ),
        (
            {"a": ["one", "two"], "b": ["one"]},
            "stratum: {sex: each}\n    group_by: sex",
            ("A, men", "B", "A, women"),
            "estimate",
            "3 estimates",
        ),
    ],
)
def test_a_row_is_a_study_a_stratum_of_the_only_one_or_an_estimate(
    tmp_path: Path,
    studies: dict[str, list[str]],
    more: str,
    labels: tuple[str, ...],
    each: str,
    counted_as: str,
) -> None:
    sexes = {"one": "sex: men", "two": "sex: women"}
    records = {name: record(name, [part(one, sexes[one]) for one in ids]) for name, ids in studies.items()}
    subject = subjects(review(tmp_path, records, more=more))[0].subject
    assert subject.pooled.labels == labels
    assert (subject.each, subject.counted(len(labels))) == (each, counted_as)
    assert subject.counted(1) == f"1 {subject.unit}"
    whole = subject.names == labels
    assert whole == (not subject.of)
    assert whole or subject.names == ("men", "women")


@pytest.mark.parametrize(
    ("names", "suffixes"),
    [
        ([""], [""]),
        (["", ""], ["", ""]),
        (["Femoral neck", "femoral-neck", "腰椎", "髋"], ["femoral-neck", "femoral-neck-2", "3", "4"]),
        (["(hip)", "spine"], ["hip", "spine"]),
        (["hip 2", "hip", "hip"], ["hip-2", "hip", "hip-3"]),
    ],
)
def test_files_of_groups_are_named_in_plain_letters_and_told_apart(
    names: list[str], suffixes: list[str]
) -> None:
    assert file_suffixes(names) == suffixes
