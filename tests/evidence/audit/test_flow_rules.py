"""Counts of persons: both sides of each bound and the numbers in the words, by hand."""

from __future__ import annotations

import pytest

from tests.evidence.audit.records import (
    POPULATION,
    REPORT,
    beta,
    estimates,
    flow,
    place,
    population,
    problems,
    replaced,
    told,
)

SLOPE = "0.0079, ci: [0.002, 0.0135]"
SECOND = (
    REPORT,
    f"{REPORT}\n  other: {{type: preprint, status: preprint, citation: O, year: 2018, read: data}}",
)
NO_N = (POPULATION, "population: {women: 54.2 %}")


def chart(*numbers: str) -> str:
    """A flow chart of a record without a number of persons; the steps are called a, b, c."""
    steps = [f"{number}, what: {chr(97 + index)}" for index, number in enumerate(numbers)]
    return replaced(NO_N, text=flow(*steps))


@pytest.mark.parametrize(
    ("steps", "says", "hint"),
    [
        (
            ("start: 29400", "excluded: 5211", "left: 24198"),
            "29400 - 5211 = 24189, not 24198",
            "29409 instead of 29400 in 'a' or 24189 instead of 24198 in 'c' would mend it, and differs by "
            "one slip.",
        ),
        (
            ("start: 1000", "excluded: 100", "excluded: 50", "left: 505"),
            "1000 - 100 - 50 = 850, not 505",
            "345 persons too few are excluded; one of these may be wrong: 'a' (1000 -> 655), 'b' (100 -> "
            "445), 'c' (50 -> 395), 'd' (505 -> 850).",
        ),
        (
            ("start: 1000", "excluded: 600", "left: 745"),
            "1000 - 600 = 400, not 745",
            "345 persons too many are excluded; one of these may be wrong: 'a' (1000 -> 1345), 'b' (600 "
            "-> 255), 'c' (745 -> 400).",
        ),
        (  # an excess of one person, between numbers of different length
            ("start: 100", "left: 99"),
            "100 = 100, not 99",
            "1 persons too few are excluded; one of these may be wrong: 'a' (100 -> 99), 'b' (99 -> 100).",
        ),
        (  # nobody is fewer than none
            ("start: 100", "excluded: 300", "left: 450"),
            "100 - 300 = -200, not 450",
            "650 persons too many are excluded; one of these may be wrong: 'a' (100 -> 750).",
        ),
        (
            ("start: 300", "excluded: 300", "left: 455"),
            "300 - 300 = 0, not 455",
            "455 persons too many are excluded; one of these may be wrong: 'a' (300 -> 755), 'c' (455 -> 0).",
        ),
        (  # from one number that is left to the next
            ("start: 1000", "excluded: 100", "left: 900", "excluded: 100", "left: 700"),
            "900 - 100 = 800, not 700",
            "800 instead of 900 in 'c', 200 instead of 100 in 'd' or 800 instead of 700 in 'e' would mend "
            "it, and differs by one slip.",
        ),
        (("left: 900", "excluded: 100", "left: 300"), "900 - 100 = 800, not 300", None),
        (("excluded: 40", "start: 900", "excluded: 100", "left: 300"), "900 - 100 = 800, not 300", None),
        (("start: 0", "excluded: 0", "left: 3"), "0 - 0 = 0, not 3", None),
    ],
)
def test_a_subtraction_that_is_wrong_and_what_would_mend_it(
    steps: tuple[str, ...], says: str, hint: str | None
) -> None:
    ((found, mended),) = told(chart(*steps), "flow-subtraction")
    assert found == says
    assert hint is None or mended == hint


@pytest.mark.parametrize(
    "steps",
    [
        ("start: 1000", "excluded: 100", "left: 900", "start: 500", "excluded: 100", "left: 400"),
        ("start: 1000", "start: 900", "left: 900"),
        ("left: 900", "start: 500"),
        ("start: 900",),
        ("excluded: 100", "left: 900"),
        ("start: 900", "left: 900"),
    ],
)
def test_each_stretch_of_a_flow_chart_begins_at_the_number_before_it(steps: tuple[str, ...]) -> None:
    assert told(chart(*steps), "flow-subtraction") == []


def test_the_wrong_number_is_the_one_that_is_left() -> None:
    text = chart("start: 1000", "excluded: 100", "left: 900", "excluded: 100", "left: 700")
    (problem,) = problems(text, "flow-subtraction")
    assert place(text, problem).startswith("700")


# The end of the chart.

CHART = (
    "extraction:",
    (
        "flow:\n  where: {report: lee-2019, at: Figure 1}\n  steps:\n    - {start: 1500, what: all}\n"
        "    - {excluded: 100, what: a}\n    - {left: 1400, what: rest}\nextraction:"
    ),
)


def analysed(*ns: int | None, changes: tuple[tuple[str, str], ...] = ()) -> str:
    entries = (beta(f"a{index}", SLOPE, f"{{ancestry: '{index}'}}", n=n) for index, n in enumerate(ns))
    return replaced(CHART, *changes, text=estimates(*entries))


@pytest.mark.parametrize(
    ("ns", "says", "at"),
    [
        ((1400, None), None, ""),
        ((1399,), None, ""),
        ((None,), None, ""),
        ((1401,), "1401 persons are analysed, but the flow chart ends with 1400", "1401"),
        ((1410, 1420, 1405), "1420 persons are analysed, but the flow chart ends with 1400", "1420"),
        ((None, 1300, 1420), "1420 persons are analysed, but the flow chart ends with 1400", "1420"),
    ],
)
def test_the_most_persons_that_are_analysed_are_those_left(
    ns: tuple[int | None, ...], says: str | None, at: str
) -> None:
    text = analysed(*ns, changes=(NO_N,))
    found = problems(text, "flow-end")
    assert [problem.says for problem in found] == ([] if says is None else [says])
    assert all(place(text, problem).startswith(at) for problem in found)


def test_estimates_of_another_report_are_not_of_this_chart() -> None:
    of_other = ("{report: lee-2019, at: 'Table 2'}", "{report: other, at: 'Table 2'}")
    assert told(analysed(1420, changes=(NO_N, SECOND, of_other)), "flow-end") == []
    text = analysed(1420, 1420, changes=(NO_N, SECOND))
    first = text.index("{report: lee-2019, at: 'Table 2'}")
    text = text[:first] + text[first:].replace(*of_other, 1)
    (problem,) = problems(text, "flow-end")
    assert problem.place.line > text[:first].count("\n") + 1


@pytest.mark.parametrize(
    ("persons", "changes", "told_of"),
    [("n: 1400", (), False), ("n: 1399", (), True), ("n: 1401", (), True), ("n: 1401", (SECOND,), False)],
)
def test_the_population_is_those_left_where_there_is_one_report(
    persons: str, changes: tuple[tuple[str, str], ...], told_of: bool
) -> None:
    text = analysed(None, changes=((POPULATION, f"population: {{{persons}}}"), *changes))
    says = f"the population has {persons[3:]} persons, but the flow chart ends with 1400"
    assert told(text, "flow-end") == ([(says, None)] if told_of else [])


def test_a_chart_that_does_not_end_with_a_number_left_says_nothing() -> None:
    text = analysed(1600)
    assert len(told(text, "flow-end")) == 2
    assert told(text.replace("    - {left: 1400, what: rest}\n", ""), "flow-end") == []
    steps = text[text.index("  steps:") : text.index("extraction:")]
    assert told(text.replace(steps, "  steps: []\n"), "flow-end") == []


# The population.


@pytest.mark.parametrize(
    ("n", "changes", "told_of"),
    [
        ("1426", (), False),
        ("1427", (), True),
        ("1427", (SECOND,), False),
        ("1427", (NO_N,), False),
        ("99999999999", (), False),  # no number of persons at all: another rule's
    ],
)
def test_an_estimate_has_no_more_persons_than_were_studied(
    n: str, changes: tuple[tuple[str, str], ...], told_of: bool
) -> None:
    text = replaced(*changes, text=estimates(beta("a", SLOPE, n=int(n))))
    says = f"the estimate has {n} persons, the population only 1426"
    assert told(text, "n-above-population") == ([(says, None)] if told_of else [])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("n: 62, women: 54.2 %", "no whole number of 62 persons is 54.2 %: 33 are 53.23% and 34 are 54.84%"),
        ("n: 62, men: 54.2 %", "no whole number of 62 persons is 54.2 %: 33 are 53.23% and 34 are 54.84%"),
        ("n: 10, women: 54 %", "no whole number of 10 persons is 54 %: 5 are 50.0% and 6 are 60.0%"),
        ("n: 1, women: 50 %", "no whole number of 1 persons is 50 %: 0 are 0.0% and 1 are 100.0%"),
        ("n: 3, women: 33.34 %", "no whole number of 3 persons is 33.34 %: 1 are 33.333% and 2 are 66.667%"),
        ("n: 3, women: 33.33 %", None),
        ("n: 3, women: 5e1 %", "no whole number of 3 persons is 5e1 %: 1 are 33.3% and 2 are 66.7%"),
        ("n: 0, women: 54.2 %", None),
        ("women: 54.2 %", None),
        ("n: 10, women: 50 %", None),
        ("n: 8, women: 12 %", None),  # one of eight is 12.5
        ("n: 8, women: 13 %", None),
        ("n: 8, women: 14 %", "no whole number of 8 persons is 14 %: 1 are 12.5% and 2 are 25.0%"),
        ("n: 8, women: 11 %", "no whole number of 8 persons is 11 %: 0 are 0.0% and 1 are 12.5%"),
    ],
)
def test_a_percentage_is_that_of_a_whole_number(words: str, says: str | None) -> None:
    hint = "Either the percentage or n is another, or the percentage is weighted."
    assert told(population(f"{{{words}}}"), "percent-of-n") == ([] if says is None else [(says, hint)])


@pytest.mark.parametrize(
    ("n", "percent"),
    [
        (240, "51.2 %"),
        (400, "1.8 %"),
        (400, "13.8 %"),
        (720, "8.7 %"),
        (880, "28.7 %"),
        (40, "57 %"),
        (40, "58 %"),
    ],
)
def test_a_percentage_on_the_edge_of_rounding_is_that_of_a_whole_number(n: int, percent: str) -> None:
    # 123 of 240 are 51.25%, 7 of 400 1.75%, 55 of 400 13.75%, 63 of 720 8.75%, 23 of 40 57.5%
    assert told(population(f"{{n: {n}, women: {percent}}}"), "percent-of-n") == []


@pytest.mark.parametrize(
    ("women", "men", "total"),
    [
        ("54.2 %", "45.8 %", None),
        ("54.2 %", "45.7 %", None),
        ("54.2 %", "45.9 %", None),
        ("50.1 %", "50.0 %", None),
        ("54.2 %", "45.6 %", "99.8%"),
        ("54.2 %", "46.0 %", "100.2%"),
        ("54 %", "45.5 %", None),  # 99.5 and half a per cent and a twentieth
        ("54 %", "45.4 %", "99.4%"),
        ("54.5 %", "45 %", None),
        ("54.4 %", "45 %", "99.4%"),
    ],
)
def test_women_and_men_are_everybody(women: str, men: str, total: str | None) -> None:
    found = told(population(f"{{women: {women}, men: {men}}}"), "women-and-men")
    assert found == ([] if total is None else [(f"{women} women and {men} men are {total} in all", None)])


@pytest.mark.parametrize(
    ("age", "says"),
    [
        ("minimum: 50, mean: 50.0", None),
        ("minimum: 50, mean: 49.9", "the mean age 49.9 is below the minimum 50"),
        ("minimum: 50, mean: 50", None),
        ("minimum: 50, median: 49", "the median age 49 is below the minimum 50"),
        ("maximum: 75, mean: 76.0", None),  # 75 in completed years may be 75.9
        ("maximum: 75, mean: 76.1", "the mean age 76.1 is above the maximum 75"),
        ("maximum: 75, median: 77", "the median age 77 is above the maximum 75"),
        ("maximum: 75, median: 76", None),
        ("minimum: 50, maximum: 50", None),
        ("minimum: 51, maximum: 50", None),  # 50.5 both
        ("minimum: 52, maximum: 50", "the age limits 52 and 50 are reversed"),
        ("mean: 62", None),
    ],
)
def test_the_middle_age_lies_between_the_limits(age: str, says: str | None) -> None:
    found = told(population(f"{{age: {{{age}}}}}"), "age-out-of-range")
    assert found == ([] if says is None else [(says, None)])
