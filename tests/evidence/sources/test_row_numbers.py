"""Which of the raw numbers of a row are taken, as which measure, and which of them are refused."""

from __future__ import annotations

import pytest

from tests.evidence.sources.importing import with_plan
from tests.evidence.sources.test_table_rows import effect, why_not

BOTH = "events1; n1; events2; n2; mean1; sd1; mean2; sd2"
ROW = "5; 40; 7; 50; 2.5; 1.0; 3.5; 1.1"


@pytest.mark.parametrize(
    ("measure", "kept"),
    [
        ("OR", {"events": "5", "n": "40"}),
        ("HR", {"events": "5", "n": "40"}),
        ("MD", {"mean": "2.5", "sd": "1.0", "n": "40"}),
        ("SMD", {"mean": "2.5", "sd": "1.0", "n": "40"}),
    ],
)
def test_of_counts_beside_means_those_are_taken_that_the_measure_is_of(
    measure: str, kept: dict[str, str]
) -> None:
    found = effect(BOTH, ROW, measure=measure)
    assert found["measure"] == measure
    groups = found["groups"]
    assert isinstance(groups, list)
    assert groups[0] == {"name": "exposed", **kept}


def test_medians_and_standard_errors_are_left_out_beside_counts_too() -> None:
    header = "events1; n1; events2; n2; median1; q1; q3; se1; mean2; sd2"
    header = header.replace("q1; q3", "q11; q31")
    found = effect(header, "5; 40; 7; 50; 2; 1; 3; 0.4; 3.5; 1.1")
    assert found["groups"] == [
        {"name": "exposed", "events": "5", "n": "40"},
        {"name": "reference", "events": "7", "n": "50"},
    ]


@pytest.mark.parametrize(
    ("header", "row", "measure", "taken"),
    [
        ("events1; n1; events2; n2", "5; 40; 7; 50", "MD", "RR"),
        ("events1; n1; events2; n2", "5; 40; 7; 50", "OR", "OR"),
        ("events1; person_time1; events2; person_time2", "5; 400; 7; 500", "MD", "IRR"),
        ("events1; person_time1; events2; person_time2", "5; 400; 7; 500", "HR", "HR"),
        ("mean1; sd1; n1; mean2; sd2; n2", "5; 1; 40; 7; 1; 50", "RD", "MD"),
        ("mean1; sd1; n1; mean2; sd2; n2", "5; 1; 40; 7; 1; 50", "SMD", "SMD"),
        # an estimate is of the measure that is said
        ("estimate; se; mean1; sd1; n1; mean2; sd2; n2", "0.8; 0.1; 5; 1; 40; 7; 1; 50", "OR", "OR"),
    ],
)
def test_raw_numbers_that_the_measure_is_not_of_get_the_usual_measure_of_their_kind(
    header: str, row: str, measure: str, taken: str
) -> None:
    assert effect(header, row, measure=measure)["measure"] == taken


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("mean1; sd1; n1; mean2; sd2; n2", "5.2 (1.1); 0.4; 40; 7; 1; 50", {"mean": "5.2", "sd": "0.4"}),
        ("mean1; n1; mean2; sd2; n2", "5.2 (1.1); 40; 7; 1; 50", {"mean": "5.2", "sd": "1.1"}),
        ("mean1; n1; mean2; sd2; n2", "5.2 (SE 1.1); 40; 7; 1; 50", {"mean": "5.2", "se": "1.1"}),
        ("mean1; se1; n1; mean2; sd2; n2", "5.2; 0.4; 40; 7; 1; 50", {"mean": "5.2", "se": "0.4"}),
    ],
)
def test_an_sd_has_its_own_column_or_stands_beside_the_mean(
    header: str, row: str, expected: dict[str, str]
) -> None:
    groups = effect(header, row, measure="MD")["groups"]
    assert isinstance(groups, list)
    assert groups[0] == {"name": "exposed", **expected, "n": "40"}


def median(cell: str, name: str) -> tuple[dict[str, str], str]:
    """The first of two groups with a median in a cell of a column, and why it is none."""
    columns = {"s": "study", name: "median1", "n": "n1", "b": "median2", "m": "n2"}
    values = {"measure": "MD"}
    entries, skipped = with_plan(
        f"s;{name};n;b;m\nA 2010;{cell};40;5;50\n", columns=columns, values=values, decimal="."
    )
    if skipped:
        return {}, skipped[0].why
    found = entries[0].effect
    assert found is not None
    groups = found["groups"]
    assert isinstance(groups, list)
    return {key: value for key, value in groups[0].items() if key not in ("name", "n")}, ""


@pytest.mark.parametrize(
    ("cell", "name", "expected"),
    [
        ("4.5 (3.0-6.0)", "median IQR", {"median": "4.5", "q1": "3.0", "q3": "6.0"}),
        ("4.5 (3.0-6.0)", "median range", {"median": "4.5", "minimum": "3.0", "maximum": "6.0"}),
        ("4.5", "median IQR", {"median": "4.5"}),
        ("4.5", "median", {"median": "4.5"}),
    ],
)
def test_the_numbers_behind_a_median_are_what_the_name_of_the_column_says(
    cell: str, name: str, expected: dict[str, str]
) -> None:
    assert median(cell, name) == (expected, "")


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("4.5 (3.0-6.0)", "median"),
        ("4.5 (1.2)", "median IQR"),
        ("< 4.5", "median IQR"),
        ("3.0-6.0", "median IQR"),
        ("12/40", "median"),
    ],
)
def test_what_is_no_median_alone_or_with_its_span_is_refused(cell: str, name: str) -> None:
    assert median(cell, name) == ({}, f"'{cell}' is no median, alone or with what its column says")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("A; low; 5; 40", ""),
        ("A; ; 5; 40", "the arm has no name"),
        ("A; low; ; 40", "no number of events, mean or median"),
    ],
)
def test_a_row_of_an_arm_has_a_name_and_a_number(row: str, why: str) -> None:
    columns = {"s": "study", "a": "arm", "e": "events", "n": "n", "d": "dose"}
    text = f"s; a; e; n; d\n{row}; 50 mg\nA; high; 7; 50;\n"
    entries, skipped = with_plan(text, columns=columns, values={"measure": "OR", "outcome": "death"})
    assert [each.why for each in skipped] == ([why] if why else [])
    arms = [arm for entry in entries for arm in [entry.arm] if arm is not None]
    low = {"name": "low", "dose": "50 mg", "events": "5", "n": "40"}
    assert arms == [*([] if why else [low]), {"name": "high", "events": "7", "n": "50"}]


def test_a_row_of_one_group_has_a_number() -> None:
    columns = {"s": "study", "e": "events", "n": "n"}
    entries, skipped = with_plan(
        "s;e;n\nA;5;40\nB;;40\n", columns=columns, values={"measure": "proportion", "outcome": "death"}
    )
    assert [each.why for each in skipped] == ["no number of events, mean or median"]
    assert [entry.effect for entry in entries] == [
        {"measure": "proportion", "group": {"name": "all", "events": "5", "n": "40"}}
    ]


def test_events_in_a_fraction_are_whole_numbers() -> None:
    header = "events1; events2"
    assert why_not(header, "5.5/40; 7/50") == "'5.5' is no whole number; expected e.g. 1426"
    assert effect(header, "5/40; 7/50")["groups"] == [
        {"name": "exposed", "events": "5", "n": "40"},
        {"name": "reference", "events": "7", "n": "50"},
    ]
