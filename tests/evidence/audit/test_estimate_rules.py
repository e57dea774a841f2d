"""Estimates that say too little, or the same twice: both sides of each bound and the words, by hand."""

from __future__ import annotations

import pytest

from tests.evidence.audit.records import (
    REPORT,
    beta,
    estimate,
    estimates,
    place,
    problems,
    replaced,
    told,
)

SLOPE = "0.0079, ci: [0.002, 0.0135]"
WITH_P = f"{SLOPE}, p: 0.006"
SECOND = (
    REPORT,
    f"{REPORT}\n  other: {{type: preprint, status: preprint, citation: O, year: 2018, read: data}}",
)
SPINE = ("  hip: {", "  spine: {name: BMD, site: spine, unit: g/cm2, unit_stated: no}\n  hip: {")


def several(*numbers: str, at: tuple[str, ...] = ()) -> str:
    """Estimates of different ancestries in one table."""
    places = at or ("Table 2",) * len(numbers)
    return estimates(
        *(
            beta(f"e{i}", each, f"{{ancestry: '{i}'}}", where)
            for i, (each, where) in enumerate(zip(numbers, places, strict=True))
        )
    )


# A p-value that is not printed.


@pytest.mark.parametrize(
    ("text", "told_of"),
    [
        (several(WITH_P, WITH_P, SLOPE), 1),
        (several(WITH_P, SLOPE, SLOPE), 0),  # one neighbour with p is no habit
        (several(WITH_P, WITH_P, SLOPE, SLOPE), 2),
        (several(WITH_P, WITH_P, SLOPE, at=("Table 2, men", "Table 2, women", "Table 2")), 1),
        (several(WITH_P, WITH_P, SLOPE, at=("Table 2", "Table 2", "Table 3")), 0),
        (several(WITH_P, WITH_P, SLOPE, at=("Table 2", "Table 3", "Table 2")), 0),
        (several(f"{SLOPE}, p: not printed"), 1),
        (several(f"{SLOPE}, p: not printed", f"{SLOPE}, p: not printed", SLOPE), 2),
        (several(WITH_P, WITH_P, "0.0079"), 0),
        (
            replaced(
                SECOND,
                ("report: lee-2019, at: 'Other'", "report: other, at: 'Table 2'"),
                text=several(WITH_P, WITH_P, SLOPE, at=("Table 2", "Table 2", "Other")),
            ),
            0,
        ),
    ],
)
def test_a_p_value_is_missed_where_two_neighbours_have_one_or_the_record_says_so(
    text: str, told_of: int
) -> None:
    assert len(told(text, "p-missing")) == told_of


@pytest.mark.parametrize(
    ("numbers", "source"),
    [
        # z = 2 / (3.8 / 3.92), and by SE and statistic 2: 0.0455.
        ("2.0, ci: [0.1, 3.9]", "2.0 [0.1, 3.9] gives p = 0.039"),
        ("2.0, ci: [0.1, 3.9], se: 1, t: 1", "2.0 [0.1, 3.9] gives p = 0.039"),
        ("2.0, se: 1, t: 9", "the estimate by its SE gives p = 0.046"),
        ("2.0, se: 0, t: 2", "the test statistic 2 gives p = 0.046"),
        ("3.0, t: 2.0", "the test statistic 2.0 gives p = 0.046"),
        ("8.0, se: 1", "the estimate by its SE gives p < 0.0000001"),
    ],
)
def test_the_p_value_that_other_numbers_give(numbers: str, source: str) -> None:
    text = several(f"{numbers}, p: not printed")
    assert told(text, "p-missing") == [(f"p is not printed; {source}", None)]
    assert place(text, problems(text, "p-missing")[0]).startswith("not printed")


def test_a_p_value_that_is_left_out_is_missed_at_the_effect() -> None:
    text = several(WITH_P, WITH_P, SLOPE)
    (problem,) = problems(text, "p-missing")
    assert text.splitlines()[problem.place.line - 2].endswith("{ancestry: '2'}")
    assert place(text, problem).startswith("effect: {measure")


# No uncertainty.


@pytest.mark.parametrize(
    ("numbers", "n", "bare"),
    [
        ("beta, per: 1 g/dL, estimate: 0.15", 371, True),
        ("beta, per: 1 g/dL, estimate: 0.15, p: not printed", None, True),
        ("beta, per: 1 g/dL, estimate: 0.15, p: 0.04", None, False),
        ("beta, per: 1 g/dL, estimate: 0.15, se: 0.04", None, False),
        ("beta, per: 1 g/dL, estimate: 0.15, t: 2.0", None, False),
        ("beta, per: 1 g/dL, estimate: 0.15, ci: [0.1, 0.2]", None, False),
        ("r, estimate: 0.15", 371, False),
        ("r, estimate: 0.15", None, True),
        ("proportion, estimate: 0.15", 371, False),
        ("proportion, estimate: 0.15", None, True),
        ("threshold, estimate: 12", None, False),
        ("OR, groups: [{name: a, n: 30, events: 10}, {name: b, n: 30, events: 5}]", None, False),
    ],
)
def test_an_estimate_needs_a_number_that_tells_its_uncertainty(
    numbers: str, n: int | None, bare: bool
) -> None:
    text = estimates(estimate("a", f"effect: {{measure: {numbers}}}", n=n))
    assert bool(told(text, "no-uncertainty")) is bare


def test_estimates_without_uncertainty_are_told_together_at_the_first() -> None:
    hint = "Shown, not pooled. The full text or the authors may give more."
    without = "without interval, SE, test statistic or p"
    assert told(several("0.15", SLOPE), "no-uncertainty") == [(f"beta 0.15 is printed {without}", hint)]
    text = several(SLOPE, "0.15", "0.16")
    assert told(text, "no-uncertainty") == [(f"beta 0.15 and 1 more are printed {without}", hint)]
    assert "0.15" in place(text, problems(text, "no-uncertainty")[0])
    assert told(several("0.15", "0.16", "0.17"), "no-uncertainty")[0][0].startswith("beta 0.15 and 2 more")


# The same estimate twice.


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        ("20, ci: [10, 25]", True),
        ("20, ci: [10, 24]", False),
        ("-20, ci: [-25, -10]", True),
        ("-20, ci: [-24, -10]", False),
        ("20.0, ci: [10.0, 24]", False),  # 140 tenths, but 14 units of the coarser limit
        ("20.0, ci: [10, 24.0]", False),
        ("20.0, ci: [10.0, 24.0]", True),
        ("2.00, ci: [1.00, 1.15]", True),
        ("2.00, ci: [1.00, 1.14]", False),
        ("20, ci: [25, 10]", False),
        ("20, se: 5", False),
    ],
)
def test_a_repetition_is_no_chance_where_the_interval_spans_15_units(numbers: str, found: bool) -> None:
    assert bool(told(several(numbers, numbers), "identical-estimates")) is found


@pytest.mark.parametrize("other", ["21, ci: [10, 35]", "20, ci: [11, 35]", "20, ci: [10, 36]", "20, se: 5"])
def test_only_the_same_digits_are_a_repetition(other: str) -> None:
    assert told(several("20, ci: [10, 35]", other), "identical-estimates") == []


def twice(*changes: tuple[str, str]) -> str:
    """One number in two places of a record with two of everything, the second entry bent."""
    entries = [
        beta(name, "20, ci: [10, 35]", at=at).replace(
            "    effect", "    exposure: hemoglobin\n    model: adjusted\n    effect"
        )
        for name, at in (("a", "Here"), ("b", "There"))
    ]
    return replaced(
        SECOND,
        SPINE,
        ("  hemoglobin: {", "  iron: {name: iron, unit: g/dL}\n  hemoglobin: {"),
        ("  adjusted: {", "  crude: {type: crude, adjustment: none}\n  adjusted: {"),
        text=estimates(entries[0], replaced(*changes, text=entries[1])),
    )


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (("{}", "{}"), False),  # quoted again in another place
        (("{}", "{sex: men}"), True),
        (("outcome: hip", "outcome: spine"), True),
        (("exposure: hemoglobin", "exposure: iron"), True),
        (("model: adjusted", "model: crude"), True),
        (("per: 1 g/dL", "per: 1 g/dL, within: '> 12 g/dL'"), True),
        (("report: lee-2019", "report: other"), False),
        (("20, ci", "20, p: 0.5, ci"), False),
    ],
)
def test_the_same_number_for_another_question_is_a_copying_error(
    change: tuple[str, str], found: bool
) -> None:
    assert bool(told(twice(change), "identical-estimates")) is found


def test_both_places_of_a_repetition_are_told_at_the_second() -> None:
    text = twice(("{}", "{sex: men}"))
    assert told(text, "identical-estimates") == [
        (
            "20 [10, 35] stands both at 'Here' and at 'There'",
            "Two different analyses hardly agree to the last digit: one was copied over the other?",
        )
    ]
    (problem,) = problems(text, "identical-estimates")
    assert place(text, problem).startswith("20, ci")
    assert problem.place.line > text[: text.index("id: b")].count("\n")


# What the text says of an interval printed elsewhere.


def said(words: str, *intervals: str) -> str:
    shown = [beta(f"e{i}", numbers, at=f"Table {i}") for i, numbers in enumerate(intervals)]
    return estimates(*shown, estimate("silent", f"not_reported: {{said: '{words}'}}", at="Text"))


EXCLUDES, INCLUDES = "2.0, ci: [1.0, 3.0]", "2.0, ci: [-1.0, 5.0]"


@pytest.mark.parametrize(
    ("words", "significant"),
    [
        ("a significant association", True),
        ("Significantly higher", True),
        ("not significant", False),
        ("no significant association", False),
        ("without significance", False),
        ("neither was significant", False),
        ("significance was not reached", False),
        ("non-significant", False),
        ("nonsignificant", False),
        ("non significant", False),
        ("insignificant", False),
        ("in-significant", False),
        ("failed to reach significance", False),
        ("lost significance", False),
        ("neither in men nor in women significant", False),
        ("significant in men", True),
        ("significant, data not shown", True),
        ("not significant (not shown)", False),
        ("in women a Significant slope", True),
        ("borderline significant", None),
        ("of marginal significance", None),
        ("nearly significant", None),
        ("a trend without significance", None),
        ("Insignificant", False),
        ("NS", False),
        (" n.s. ", False),
        ("n. s.", False),
        ("not shown", None),
        ("no association", None),
    ],
)
def test_what_a_text_says_of_significance(words: str, significant: bool | None) -> None:
    contradicted = [
        bool(told(said(words, interval), "significance-as-said")) for interval in (EXCLUDES, INCLUDES)
    ]
    assert contradicted == [significant is False, significant is True]


@pytest.mark.parametrize(
    ("words", "intervals", "says"),
    [
        ("NS", (EXCLUDES,), ["'NS', but [1.0, 3.0] at 'Table 0' excludes 0"]),
        ("significant", (INCLUDES,), ["'significant', but [-1.0, 5.0] at 'Table 0' includes 0"]),
        ("significant", (INCLUDES, EXCLUDES), ["'significant', but [-1.0, 5.0] at 'Table 0' includes 0"]),
        ("NS", (INCLUDES, EXCLUDES), ["'NS', but [1.0, 3.0] at 'Table 1' excludes 0"]),
        ("NS", (f"{EXCLUDES}, p: 0.30", EXCLUDES), ["'NS', but [1.0, 3.0] at 'Table 1' excludes 0"]),
        ("NS", ("2.0, se: 0.1", "2.0, ci: [0.0, 4.0]"), []),  # no interval, and one that rounding leaves open
    ],
)
def test_a_statement_that_an_interval_contradicts(
    words: str, intervals: tuple[str, ...], says: list[str]
) -> None:
    text = said(words, *intervals)
    assert told(text, "significance-as-said") == [(f"said to be {each}", None) for each in says]
    for problem in problems(text, "significance-as-said"):
        assert place(text, problem).startswith(f"'{words}'")


def test_a_statement_about_a_ratio_is_about_one() -> None:
    text = said("NS", EXCLUDES).replace("measure: beta, per: 1 g/dL", "measure: OR")
    assert told(text, "significance-as-said") == []  # 1.0 may be 0.96
    ((words, _),) = told(text.replace("[1.0", "[1.3"), "significance-as-said")
    assert words.endswith("excludes 1")


def test_a_statement_is_compared_with_at_most_20_intervals() -> None:
    assert [len(told(said("NS", *[EXCLUDES] * count), "significance-as-said")) for count in (20, 21)] == [
        20
    ] * 2
