"""Baseline tables: both sides of each bound and the numbers in the words, by hand."""

from __future__ import annotations

import math

import pytest

from evidence.records.class_limits import Class, parse_class
from tests.evidence.audit.records import baseline, place, problems, told

ONE = {"columns": "[All]", "whole": "whole:"}
TWO = {"columns": "[men, women]", "whole": "whole:"}


def row(percent: str, more: str = "") -> str:
    """A variable that is called x."""
    return f"{{variable: x, {more}percent: {{{percent}}}}}"


# Percentages add up.


@pytest.mark.parametrize(
    ("percent", "wrong"),
    [
        ("A: [50], B: [51]", False),  # two halves
        ("A: [50], B: [52]", True),
        ("A: [50], B: [49]", False),
        ("A: [50], B: [48]", True),
        ("A: [50.5], B: [50]", False),  # a twentieth and a half
        ("A: [50.6], B: [50]", True),
        ("A: [33.3], B: [33.3], C: [33.3]", False),
        ("A: [33.3], B: [33.3], C: [33.2]", True),
        ("A: [40]", False),  # one class of several
        ("", False),
    ],
)
def test_percentages_add_up_to_100_within_rounding(percent: str, wrong: bool) -> None:
    assert bool(told(baseline(row(percent), **ONE), "percentages-add-up")) is wrong


def test_columns_that_all_differ_from_100_are_no_partition() -> None:
    assert told(baseline(row("A: [60, 70], B: [60, 70]"), **TWO), "percentages-add-up") == []
    assert told(baseline(row("A: [], B: []"), columns="[]", whole="whole:"), "percentages-add-up") == []


@pytest.mark.parametrize(
    ("percent", "hint"),
    [
        ("A: [15], B: [55], C: [50]", "35 instead of 55 for 'B' or 30 instead of 50 for 'C' would mend it"),
        ("A: [5], B: [50], C: [50]", "0 instead of 5 for 'A' would mend it"),
        ("A: [2], B: [49], C: [40]", "49 instead of 40 for 'C' would mend it"),  # 11 for 2 adds a digit
        ("A: [2], B: [44], C: [45]", "9 too little in 'All'."),
        ("A: [33.5], B: [32.4], C: [33.3]", "0.8 too little in 'All'."),
        ("A: [8], B: [47], C: [59]", "14 too much in 'All'."),
    ],
)
def test_the_percentage_that_would_mend_the_sum(percent: str, hint: str) -> None:
    ((_, found),) = told(baseline(row(percent), **ONE), "percentages-add-up")
    assert found == (hint if hint.endswith(".") else f"{hint}, and differs in one digit.")


def test_the_sums_that_are_wrong_are_told_by_column() -> None:
    text = baseline(
        "{variable: age, mean_sd: [[1, 2], [1, 2], [1, 2]]}", row("A: [60, 50, 50.5], B: [40, 48, 51.0]")
    )
    (problem,) = problems(text, "percentages-add-up")
    assert problem.says == (
        "the percentages of 'x' add up to 98 in 'Q1' and 101.5 in 'Q2', more than rounding from 100"
    )
    assert problem.hint is None
    assert place(text, problem).startswith("percent: {A: [60")


# A whole lies between its parts.


def means(*pairs: str) -> str:
    return f"{{variable: x, mean_sd: [{', '.join(f'[{pair}]' for pair in pairs)}]}}"


@pytest.mark.parametrize(
    ("whole", "outside"),
    [("9", True), ("10", False), ("12", False), ("15", False), ("16", True)],  # 11 may be 10.5, 14 be 14.5
)
def test_a_whole_lies_between_its_parts_where_rounding_lets_it(whole: str, outside: bool) -> None:
    as_mean = baseline(means(f"{whole}, 9", "14, 9", "11, 9"))
    as_percent = baseline(row(f"A: [{whole}, 11, 14], B: [50, 40, 60]"))
    for text in (as_mean, as_percent):
        assert bool(told(text, "whole-outside-parts")) is outside


def test_touching_is_agreeing_whatever_the_floating_point_makes_of_it() -> None:
    rows, wrong = [], []
    for tenths in (*range(11, 60), *range(123_456_789, 123_456_829)):
        below, here, above = (f"{x / 10:.1f}" for x in (tenths - 1, tenths, tenths + 1))
        rows += [means(f"{above}, 1", f"{below}, 1", f"{here}, 1")]
        rows += [means(f"{below}, 1", f"{here}, 1", f"{above}, 1")]
        wrong += [means(f"{above}, 1", f"{below}, 1", f"{below}, 1")]
    assert len(rows) == 2 * len(wrong) == 178
    assert told(baseline(*rows), "whole-outside-parts") == []
    assert len(told(baseline(*wrong), "whole-outside-parts")) == len(wrong)


@pytest.mark.parametrize(
    ("columns", "whole", "numbers", "outside"),
    [
        ("[All, Q1, Q2]", "whole: All", "30, 10, 20", True),
        ("[Q1, All, Q2]", "whole: All", "10, 30, 20", True),
        ("[Q1, Q2, All]", "whole: All", "10, 20, 30", True),
        ("[Q1, All, Q2]", "whole: All", "30, 20, 10", False),
        ("[Q1, Q2, All]", "whole: All", "30, 10, 20", False),
        ("[All, Q1]", "whole: All", "30, 10", False),  # one part of several
        ("[All, Q1, Q2]", "whole:", "30, 10, 20", False),
    ],
)
def test_the_whole_may_stand_in_any_column(columns: str, whole: str, numbers: str, outside: bool) -> None:
    text = baseline(row(f"A: [{numbers}]"), columns=columns, whole=whole)
    assert bool(told(text, "whole-outside-parts")) is outside


def test_each_line_that_lies_outside_is_told_with_the_range_of_its_parts() -> None:
    text = baseline(row("A: [50, 40, 60]"), row("B: [9.5, 11, 14.0], C: [50, 60, 40], D: [16, 14, 9]"))
    (problem,) = problems(text, "whole-outside-parts")
    assert problem.says == (
        "'All' of 'x' lies outside its parts: B 9.5, parts 11 to 14.0; D 16, parts 9 to 14"
    )
    assert problem.hint == "Are 'All' and its parts weighted differently, or of different persons?"
    assert place(text, problem).startswith("percent: {B:")
    text = baseline(means("9.5, 1", "14, 1", "11, 1"))
    (problem,) = problems(text, "whole-outside-parts")
    assert problem.says == "'All' of 'x' lies outside its parts: x 9.5, parts 11 to 14"
    assert place(text, problem).startswith("mean_sd:")


@pytest.mark.parametrize(
    "line",
    [
        means("1e30, 9", "1, 9", "2, 9"),
        means("9, 9", "1, 1e30", "2, 9"),
        row("A: [1e30, 1, 2]"),
        row(""),
        "{variable: x, mean_sd: []}",
    ],
)
def test_a_row_that_cannot_be_or_is_empty_is_not_computed_with(line: str) -> None:
    for rule in ("whole-outside-parts", "sd-of-whole"):
        assert told(baseline(line), rule) == []


# The SD of the whole.


@pytest.mark.parametrize(
    ("whole", "parts", "impossible"),
    [
        # Parts within 0.95 and 3.05, SDs of at most 0.15. About 1.50 to 2.50, of which 2 is the worst:
        # sqrt(0.15^2 + 1.05 * 1.05) = 1.0607.
        ("2, 1.061", ("1.0, 0.1", "3.0, 0.1"), False),
        ("2, 1.062", ("1.0, 0.1", "3.0, 0.1"), True),
        # About 1.25, and about 2.75: sqrt(0.15^2 + 1.8 * 0.3) = 0.75.
        ("1.2, 0.750", ("1.0, 0.1", "3.0, 0.1"), False),
        ("1.2, 0.751", ("1.0, 0.1", "3.0, 0.1"), True),
        ("2.8, 0.750", ("3.0, 0.1", "1.0, 0.1"), False),
        ("2.8, 0.751", ("3.0, 0.1", "1.0, 0.1"), True),
        # A whole outside its parts: nothing between them.
        ("5.0, 0.150", ("1.0, 0.1", "3.0, 0.1"), False),
        ("5.0, 0.151", ("1.0, 0.1", "3.0, 0.1"), True),
        # The larger SD bounds it above, the smaller one below: 0.25 is both 0.3 and 0.2.
        ("1, 0.2", ("1, 0.5", "1, 0.3"), False),
        ("1, 0.1", ("1, 0.5", "1, 0.3"), True),
        ("1, 0.24", ("1, 0.5", "1, 0.3"), True),
        ("1.0, 0.5", ("1.0, 0.5", "1.0, 0.3"), False),
        ("1.0, 0.6", ("1.0, 0.5", "1.0, 0.3"), False),  # sqrt(0.55^2 + 0.05^2) = 0.5523
        ("1.0, 0.603", ("1.0, 0.5", "1.0, 0.3"), True),
    ],
)
def test_the_sd_of_the_whole_is_bounded_by_its_parts(
    whole: str, parts: tuple[str, ...], impossible: bool
) -> None:
    assert bool(told(baseline(means(whole, *parts)), "sd-of-whole")) is impossible


def test_an_sd_at_its_bound_agrees_whatever_the_floating_point_makes_of_it() -> None:
    rows = [
        means("1, " + f"{(tenths - 1) / 10:.1f}", f"1, {tenths / 10:.1f}", f"1, {tenths / 10:.1f}")
        for tenths in (*range(2, 60), *range(123_456_789, 123_456_809))
    ]
    assert len(rows) == 78
    assert told(baseline(*rows), "sd-of-whole") == []


@pytest.mark.parametrize(
    ("whole", "parts", "says", "hint"),
    [
        (
            "1, 7.0",  # 0.45 to sqrt(0.85^2 + 0.5^2) = 0.986
            ("1, 0.5", "1, 0.8"),
            "SD 7.0 of 'x' in 'All' is impossible: its parts allow 0.45 to 0.99",
            "0.70 would be possible: a shifted decimal point?",
        ),
        (
            "1, 0.07",
            ("1, 0.5", "1, 0.8"),
            "SD 0.07 of 'x' in 'All' is impossible: its parts allow 0.45 to 0.99",
            "0.7 would be possible: a shifted decimal point?",
        ),
        (
            "1, 0.04",
            ("1, 0.5", "1, 0.8"),
            "SD 0.04 of 'x' in 'All' is impossible: its parts allow 0.45 to 0.99",
            "One digit wrong, or an SE or a range in place of the SD?",
        ),
        (
            "1.0, 99",  # sqrt(0.15^2 + 0.05^2) = 0.158; an SD of 0.0 is no negative one
            ("1.0, 0.0", "1.0, 0.1"),
            "SD 99 of 'x' in 'All' is impossible: its parts allow 0 to 0.16",
            "One digit wrong, or an SE or a range in place of the SD?",
        ),
    ],
)
def test_what_is_said_of_an_sd(whole: str, parts: tuple[str, ...], says: str, hint: str) -> None:
    assert told(baseline(means(whole, *parts)), "sd-of-whole") == [(says, hint)]


def test_the_sd_stands_in_the_column_of_the_whole() -> None:
    text = baseline(means("1, 0.5", "1, 0.6", "1, 71"), columns="[Q1, Q2, All]")
    (problem,) = problems(text, "sd-of-whole")
    assert place(text, problem).startswith("71]")


# Labels of classes.


@pytest.mark.parametrize(
    ("label", "low", "high"),
    [
        ("$5,000 to $9,999", 5000, 9999),
        ("$ 5,000.50 - $ 9,999", 5000.5, 9999),
        ("18–49 years", 18, 49),
        (" 2.302—2.870 mmol", 2.302, 2.87),
        ("5 to 5", 5, 5),
        (">1.569", 1.569, math.inf),
        ("≥ 3", 3, math.inf),
        (">= 30 kg", 30, math.inf),
        ("Over $75,000", 75_000, math.inf),
        ("above 65", 65, math.inf),
        ("65 and over", 65, math.inf),
        ("65 or more", 65, math.inf),
        ("1,000 and above", 1000, math.inf),
        ("Under $20,000", -math.inf, 20_000),
        ("<5", -math.inf, 5),
        ("≤ 5.5", -math.inf, 5.5),
        ("<=5", -math.inf, 5),
        ("below 12 g", -math.inf, 12),
        ("Less than 9th grade", -math.inf, 9),
    ],
)
def test_a_label_tells_the_limits_of_a_class(label: str, low: float, high: float) -> None:
    assert parse_class(label) == Class(label, low, high)


@pytest.mark.parametrize("label", ["Men", "18", "9 to 5", "12 to", "over", "5 to 9 of 12", "> 5 and < 9"])
def test_other_labels_tell_none(label: str) -> None:
    assert parse_class(label) is None


@pytest.mark.parametrize(
    ("labels", "overlap"),
    [
        (("0 to 5", "5 to 9"), None),
        (("0 to 5", "4 to 9"), ("0 to 5", "4 to 9")),
        (("5 to 9", "0 to 5"), None),
        (("5 to 9", "0 to 6"), ("5 to 9", "0 to 6")),
        (("5 to 9", "0 to 4"), None),
        (("0 to 5", "other", "4 to 9"), ("0 to 5", "4 to 9")),
        (("10 to 20", "> 10"), ("10 to 20", "> 10")),
        (("10 to 20", "> 11"), None),
        (("10 to 20", "> 20"), None),
        (("> 10", "10 to 20"), ("10 to 20", "> 10")),
        (("10 to 20", "< 20"), ("10 to 20", "< 20")),
        (("10 to 20", "< 19"), None),
        (("< 20", "> 10"), None),
        (("0 to 9", "10 to 20", "21 to 30", "> 10"), ("10 to 20", "> 10")),
    ],
)
def test_neighbours_overlap_and_an_open_class_holds_another(
    labels: tuple[str, ...], overlap: tuple[str, str] | None
) -> None:
    text = baseline(row(", ".join(f"'{label}': [20]" for label in labels)), **ONE)
    found = problems(text, "classes-overlap")
    if overlap is None:
        assert found == []
    else:
        ((a, b), (problem,)) = overlap, found
        assert problem.says == f"the classes '{a}' and '{b}' of 'x' overlap"
        assert place(text, problem).startswith(f"'{b}'")


# A class that sticks out.

MISSING = "{variable: Smoking, percent: {Yes: [20, 21], No: [70, 70], Not recorded: [10, 9]}}"


def peaked(*lines: tuple[str, str], more: str = "ordered: true, ", others: str = MISSING) -> str:
    listed = ", ".join(f"'{label}': [{numbers}]" for label, numbers in lines)
    return baseline(row(listed, more), others, **TWO)


def lettered(*numbers: str, **changes: str) -> str:
    """Classes that are called a, b, c: their labels tell no width."""
    return peaked(*((chr(97 + i), pair) for i, pair in enumerate(numbers)), **changes)


LOW = "10, 10"


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        ((LOW, "20, 20", "28.1, 28.1", "20, 20", LOW), "c"),  # 1.4 times 20 is 28
        ((LOW, "20, 20", "28.0, 28.1", "20, 20", LOW), None),
        ((LOW, "20, 20", "28.1, 28.0", "20, 20", LOW), None),
        ((LOW, "20, 20", "28.1, 28.1", "21, 20", LOW), None),
        ((LOW, "20, 21", "28.1, 28.1", "20, 20", LOW), None),
        ((LOW, "30, 30", LOW, LOW, LOW), "b"),
        ((LOW, LOW, LOW, "30, 30", LOW), "d"),
        (("30, 30", LOW, LOW, LOW, LOW), None),
        ((LOW, LOW, LOW, LOW, "30, 30"), None),
        ((LOW, "30, 30", LOW, LOW), None),  # of four classes
    ],
)
def test_an_inner_class_sticks_out_by_more_than_two_fifths(
    numbers: tuple[str, ...], found: str | None
) -> None:
    text = lettered(*numbers)
    labels = [place(text, problem)[1] for problem in problems(text, "class-sticks-out")]
    assert labels == ([] if found is None else [found])


PEAK = (LOW, LOW, "30, 31", LOW, LOW)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (lettered(*PEAK), 1),
        (lettered(*PEAK, more=""), 0),
        (lettered(*PEAK, others="{variable: Smoking, percent: {Yes: [20, 21], No: [80, 79]}}"), 0),
        (lettered(*PEAK, others="{variable: age, mean_sd: [[1, 2], [1, 2]]}"), 0),
        (peaked(*((label, pair) for label, pair in zip("abcde", PEAK, strict=True)), ("Missing", "1, 1")), 0),
        (baseline(row("", "ordered: true, "), MISSING, **TWO), 0),
        (baseline("{variable: x, ordered: true, mean_sd: [[1, 2], [1, 2]]}", MISSING, **TWO), 0),
        (
            baseline(
                row("a: [], b: [], c: [], d: [], e: []", "ordered: true, "),
                "{variable: Smoking, percent: {Unknown: []}}",
                columns="[]",
                whole="whole:",
            ),
            0,
        ),
    ],
)
def test_only_an_ordered_variable_without_a_class_for_missing_values_beside_one_with_it(
    text: str, count: int
) -> None:
    assert len(told(text, "class-sticks-out")) == count


def test_what_is_said_of_a_class_that_sticks_out() -> None:
    assert told(lettered(*PEAK), "class-sticks-out") == [
        (
            "'c' (30%) of 'x' sticks out from its neighbours in every column, and there is no class for "
            "missing values, as 'Smoking' has one",
            "It looks as if missing values were put into a middle class, e.g. by replacing a missing "
            "code with the mean code.",
        )
    ]


@pytest.mark.parametrize(
    ("labels", "middle", "found"),
    [
        (("0 to 2", "2 to 4", "4 to 6", "6 to 8", "8 to 10"), "15", True),
        (("0 to 2", "2 to 4", "4 to 5", "5 to 7", "7 to 9"), "7.1", True),  # 7.1 a unit beside 5
        (("0 to 2", "2 to 4", "4 to 5", "5 to 7", "7 to 9"), "7.0", False),
        (("0 to 1", "1 to 2", "2 to 4", "4 to 5", "5 to 6"), "28.1", True),  # 14.05 a unit beside 10
        (("0 to 1", "1 to 2", "2 to 4", "4 to 5", "5 to 6"), "28.0", False),
        # Where one of the three tells no width, all count alike.
        (("a", "b", "2 to 4", "4 to 5", "5 to 6"), "14.1", True),
        (("0 to 1", "1 to 2", "2 to 4", "> 4", "c"), "14.1", True),
        (("0 to 1", "1 to 1", "2 to 4", "4 to 5", "5 to 6"), "14.1", True),
        (("0 to 1", "< 1", "2 to 4", "4 to 5", "5 to 6"), "14.0", False),
    ],
)
def test_shares_are_compared_per_unit_of_width(labels: tuple[str, ...], middle: str, found: bool) -> None:
    pairs = ("10, 10", "10, 10", f"{middle}, {middle}", "10, 10", "10, 10")
    text = peaked(*zip(labels, pairs, strict=True))
    assert bool(told(text, "class-sticks-out")) is found
