"""Strata beside the whole: both sides of each bound, by hand.

A number of two decimals reaches 0.005 to either side: an SE of 0.10 is at most 0.105.
"""

from __future__ import annotations

import pytest

from tests.evidence.audit.records import (
    UNADJUSTED,
    beta,
    estimates,
    place,
    problems,
    replaced,
    told,
)


def divided(whole: str, *parts: str, dimension: str = "ancestry") -> str:
    """One whole and strata that are called 0, 1, 2."""
    entries = (beta(f"s{i}", part, f"{{{dimension}: '{i}'}}") for i, part in enumerate(parts))
    return estimates(beta("all", whole), *entries)


# The estimate of the whole.


@pytest.mark.parametrize(
    ("whole", "parts", "outside"),
    [
        # 3 sqrt(0.105^2 + 0.105^2 / 2) = 0.3858 about a mean of 0.10.
        ("0.48, se: 0.10", ("0.00, se: 0.10", "0.20, se: 0.10"), False),
        ("0.49, se: 0.10", ("0.00, se: 0.10", "0.20, se: 0.10"), True),
        ("-0.28, se: 0.10", ("0.00, se: 0.10", "0.20, se: 0.10"), False),
        ("-0.29, se: 0.10", ("0.00, se: 0.10", "0.20, se: 0.10"), True),
        # Weights of 0.105^-2 and 0.405^-2: 0.4384 about 0.0126.
        ("0.45, se: 0.10", ("0.00, se: 0.10", "0.20, se: 0.40"), False),
        ("0.46, se: 0.10", ("0.00, se: 0.10", "0.20, se: 0.40"), True),
        ("-0.42, se: 0.10", ("0.00, se: 0.10", "0.20, se: 0.40"), False),
        ("-0.43, se: 0.10", ("0.00, se: 0.10", "0.20, se: 0.40"), True),
        # Weights of 0.105^-2, 0.105^-2 and 0.205^-2: sqrt(0.105^2 + 0.004873) * 3 = 0.3783 about 0.1348.
        ("0.51, se: 0.10", ("0.00, se: 0.10", "0.20, se: 0.10", "0.40, se: 0.20"), False),
        ("0.52, se: 0.10", ("0.00, se: 0.10", "0.20, se: 0.10", "0.40, se: 0.20"), True),
        # 3 may be 2.5, as 2 may; -1 and 0 may both be -0.5.
        ("3, se: 0.1", ("0, se: 0.1", "2, se: 0.1"), False),
        ("4, se: 0.1", ("0, se: 0.1", "2, se: 0.1"), True),
        ("-1, se: 0.1", ("0, se: 0.1", "2, se: 0.1"), False),
        ("-2, se: 0.1", ("0, se: 0.1", "2, se: 0.1"), True),
        # The interval, of half-width 10 and an SE of about 5, tells more than the SE.
        ("0.49, ci: [-9.51, 10.49], se: 0.10", ("0.00, se: 0.10", "0.20, se: 0.10"), False),
        # Of no use: no SE, a negative one, a single stratum.
        ("9.49", ("0.00, se: 0.10", "0.20, se: 0.10"), False),
        ("9.49, se: 0.10", ("0.00, se: 0.10", "0.20"), False),
        ("9.49, se: -0.10", ("0.00, se: 0.10", "0.20, se: 0.10"), False),
        ("9.49, se: 0.10", ("0.00, se: 0.10",), False),
    ],
)
def test_a_whole_lies_outside_its_strata_by_more_than_three_standard_errors(
    whole: str, parts: tuple[str, ...], outside: bool
) -> None:
    assert bool(told(divided(whole, *parts), "strata-against-whole")) is outside


def test_what_is_said_of_a_whole_outside_its_strata() -> None:
    text = divided("0.49, se: 0.10", "0.00, se: 0.10", "0.20, se: 0.10")
    says = "the estimate for all, 0.49, lies beyond those of its strata: 0 0.00, 1 0.20"
    assert told(text, "strata-against-whole") == [
        (
            says,
            "This can be real only if the model for all does not adjust for ancestry. Check the table cell.",
        )
    ]
    assert told(replaced(UNADJUSTED, text=text), "strata-against-whole") == [
        (
            says,
            "This can be real in an unadjusted model: ancestry then confounds the association (Simpson's "
            "paradox). Check the sign and the table cell all the same.",
        )
    ]
    (problem,) = problems(text, "strata-against-whole")
    assert place(text, problem).startswith("0.49")


FAR = "9.49, se: 0.10"
NEAR = "0.00, se: 0.10"


@pytest.mark.parametrize(
    ("strata", "found"),
    [
        (("{}", "{sex: men}", "{sex: women}"), 1),
        (("{}", "{age: 18-49}", "{age: 50+}"), 1),
        (("{}", "{group: a}", "{group: b}"), 1),
        (("{}", "{age: 18-49}", "{age: 49+}"), 0),  # the same persons may be in both
        (("{}", "{age: 18-49}", "{age: 50-64}", "{age: 64+}"), 0),
        (("{}", "{sex: men}", "{sex: women}", "{age: 18-49}", "{age: 50+}"), 2),
        (("{}", "{sex: men}", "{age: 50+}"), 0),  # two ways to divide
        (("{}", "{sex: men, age: 50+}", "{sex: women, age: 50+}"), 0),  # no parts of all by one dimension
        (("{ancestry: a}", "{sex: men}", "{sex: women}"), 0),  # not all
    ],
)
def test_a_whole_is_compared_with_disjoint_strata_by_one_dimension(
    strata: tuple[str, ...], found: int
) -> None:
    entries = (beta(f"e{i}", NEAR if i else FAR, stratum) for i, stratum in enumerate(strata))
    assert len(told(estimates(*entries), "strata-against-whole")) == found


@pytest.mark.parametrize("change", [("per: 1 g/dL", "per: 10 g/dL"), ("at: 'Table 2'", "at: 'Table 9'")])
def test_only_answers_to_the_same_question_are_compared(change: tuple[str, str]) -> None:
    whole = beta("all", FAR)
    parts = (beta("a", NEAR, "{sex: men}"), beta("b", NEAR, "{sex: women}"))
    asked_otherwise = estimates(replaced(change, text=whole), *parts)
    assert len(told(asked_otherwise, "strata-against-whole")) == ("Table" in change[0])


# Intervals of parts: with one degree of freedom each is 12.7 SE to either side.

TEN = "0, ci: [-10, 10], df: 1"
"""A half-width of at least 9.5, of which 0.7 is 6.65."""


@pytest.mark.parametrize(
    ("part", "narrow"),
    [
        ("0, ci: [-6, 6], df: 1", True),  # at most 6.5
        ("0, ci: [-7, 7], df: 1", False),
        ("0.0, ci: [-6.5, 6.5], df: 1", True),  # 6.55
        ("0.00, ci: [-6.64, 6.64], df: 1", True),  # 6.645
        ("0.00, ci: [-6.65, 6.65], df: 1", False),
        ("0.0, ci: [-6.6, 6.7], df: 1", False),
        ("0.00, se: 0.01", False),
        ("0.00", False),
    ],
)
def test_a_part_is_not_much_more_precise_than_the_whole(part: str, narrow: bool) -> None:
    text = divided(TEN, part, TEN)
    assert bool(told(text, "stratum-too-precise")) is narrow


def test_a_part_that_is_narrow_is_told_beside_the_whole() -> None:
    text = divided(TEN, TEN, "0, ci: [-6, 6], df: 1", "0, ci: [-5, 5], df: 1")
    hint = "Is an SE taken for a limit, or are the rows exchanged?"
    assert told(text, "stratum-too-precise") == [
        ("[-6, 6] of 1 is much narrower than [-10, 10] of all", hint),
        ("[-5, 5] of 2 is much narrower than [-10, 10] of all", hint),
    ]
    assert place(text, problems(text, "stratum-too-precise")[0]).startswith("ci: [-6, 6]")
    assert told(divided("0, se: 10", TEN, "0, ci: [-6, 6], df: 1"), "stratum-too-precise") == []


# Numbers of persons.


def counted(
    whole: int | None, *parts: int | None, by: tuple[str, ...], outcome: str = "hip"
) -> tuple[str, ...]:
    entries = zip((whole, *parts), ("{}", *by), strict=True)
    return tuple(
        beta(f"{outcome}{i}", "0.0079", stratum, n=n).replace("outcome: hip", f"outcome: {outcome}")
        for i, (n, stratum) in enumerate(entries)
    )


SEX = ("{sex: men}", "{sex: women}")
AGE = ("{age: 18-49}", "{age: 50+}")
SPINE = ("  hip: {", "  spine: {name: BMD, site: spine, unit: g/cm2, unit_stated: no}\n  hip: {")


@pytest.mark.parametrize(
    ("whole", "parts", "by", "hint"),
    [
        (1000, (400, 600), SEX, None),
        (1000, (400, 601), SEX, "1 persons too many in the strata."),
        (1000, (400, 597), SEX, "3 persons too few in the strata."),
        (1000, (400, 600), AGE, None),
        (1000, (400, 605), AGE, "5 persons too many in the strata."),
        (1000, (400, 597), AGE, None),  # somebody may be in none
        (1000, (400, None), AGE, None),
        (1000, (1400, None), SEX, None),
        (None, (400, 600), SEX, None),
    ],
)
def test_persons_of_strata_add_up_to_no_more_than_all_and_by_sex_to_all(
    whole: int | None, parts: tuple[int | None, ...], by: tuple[str, ...], hint: str | None
) -> None:
    found = told(estimates(*counted(whole, *parts, by=by)), "n-across-strata")
    assert [words for _, words in found] == ([] if hint is None else [hint])


def test_the_sum_of_the_strata_is_told_at_the_number_of_all() -> None:
    text = estimates(*counted(1000, 400, 597, by=SEX))
    (problem,) = problems(text, "n-across-strata")
    assert problem.says == "the strata by sex have 400 + 597 = 997 persons, all have 1000"
    assert place(text, problem) == "1000"


def test_the_same_sum_is_told_once_and_another_one_again() -> None:
    def of_both(*second: int, by: tuple[str, ...] = SEX) -> int:
        entries = (*counted(1000, 400, 597, by=SEX), *counted(1000, *second, by=by, outcome="spine"))
        return len(told(replaced(SPINE, text=estimates(*entries)), "n-across-strata"))

    assert of_both(400, 597) == 1
    assert of_both(400, 598) == 2
    assert of_both(400, 600) == 1
    assert of_both(400, 603, by=AGE) == 2
