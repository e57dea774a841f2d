"""A printed effect on its analysis scale, with what cannot be left out."""

from __future__ import annotations

from dataclasses import replace
from math import log

import pytest

from evidence.audit.explanations import repairs
from evidence.audit.printed_effect import PrintedEffect, printed_effect, view_with_p
from evidence.records.printed import PValue
from evidence.records.vocabulary import Measure
from tests.evidence.audit.effects import effect, said
from tests.evidence.records.samples import record

EFFECT = "{measure: beta, per: 1 g/dL, estimate: 0.0079, ci: [0.002, 0.0135], level: 95 %, p: 0.006}"


def printed(words: str, *changes: tuple[str, str]) -> PrintedEffect | None:
    """The effect of a record, given its words."""
    return printed_effect(record((EFFECT, f"{{{words}}}"), *changes).estimates[0])


@pytest.mark.parametrize(
    ("measure", "estimate", "centre"),
    [
        ("MD", "2.0", (1.95, 2.05)),
        ("proportion", "12.0", (11.95, 12.05)),  # as printed
        ("OR", "2.0", (log(1.95), log(2.05))),
        ("OR", "0.00", (-27.631, log(0.005))),  # from 1e-12
        ("OR", "-0.04", None),
        ("OR", "-0.004", None),
        ("r", "0.50", (0.5 * log(1.495 / 0.505), 0.5 * log(1.505 / 0.495))),
        ("r", "1.00", (0.5 * log(1.995 / 0.005), 14.162)),  # to 1 - 1e-12
        ("r", "-1.00", (-14.162, -0.5 * log(1.995 / 0.005))),
        ("r", "1.01", None),
        ("r", "-1.01", None),
    ],
)
def test_a_number_is_its_rounding_interval_within_the_domain_of_the_scale(
    measure: Measure, estimate: str, centre: tuple[float, float] | None
) -> None:
    expected = None if centre is None else pytest.approx(centre, abs=1e-3)
    assert effect(measure, estimate).centre == expected


@pytest.mark.parametrize(
    ("one", "limits", "at_face_value"),
    [
        (effect("MD", "2.0", ("1.0", "3.0")), ((0.95, 1.05), (2.95, 3.05)), (1.0, 3.0)),
        (effect("MD", "2.0"), None, None),
        (effect("MD", "2.0", ("2.0", "2.0")), ((1.95, 2.05), (1.95, 2.05)), None),
        (effect("MD", "1.0", ("1.1", "1.0")), ((1.05, 1.15), (0.95, 1.05)), None),  # both may be 1.05
        (effect("MD", "2.0", ("2.2", "2.0")), None, None),
        (effect("OR", "2.0", ("-1.0", "3.0")), None, None),
        (effect("r", "0.5", ("0.2", "1.2")), None, None),
        (effect("r", "0.5", ("0.3", "1.0")), ((0.2554, 0.3654), (1.8318, 14.162)), None),
        (replace(effect("MD", "2.0", ("1.0", "3.0")), lower=None), None, None),
        (replace(effect("MD", "2.0", ("1.0", "3.0")), upper=None), None, None),
    ],
)
def test_limits_are_none_where_not_printed_impossible_or_reversed(
    one: PrintedEffect,
    limits: tuple[tuple[float, float], ...] | None,
    at_face_value: tuple[float, float] | None,
) -> None:
    if limits is None:
        assert one.limits is None
    else:
        assert one.limits is not None
        for found, expected in zip(one.limits, limits, strict=True):
            assert found == pytest.approx(expected, abs=1e-3)
    assert one.limits_at_face_value == at_face_value


def test_face_value_is_the_number_itself_on_the_scale() -> None:
    ratio = effect("OR", "2.0", ("1.0", "4.0"))
    assert ratio.at_face_value(ratio.estimate) == pytest.approx(log(2))
    assert ratio.limits_at_face_value == pytest.approx((0, log(4)))
    assert effect("OR", "-2.0").at_face_value(effect("OR", "-2.0").estimate) is None


@pytest.mark.parametrize(
    ("measure", "symmetric", "tests_null"),
    [
        ("beta", True, True),
        ("MD", True, True),
        ("SMD", True, True),
        ("RD", True, True),
        ("OR", True, True),
        ("RR", True, True),
        ("HR", True, True),
        ("IRR", True, True),
        ("r", True, True),
        ("mean", True, False),
        ("proportion", False, False),
        ("threshold", False, False),
    ],
)
def test_which_measures_have_a_centred_interval_and_a_value_of_no_effect(
    measure: Measure, symmetric: bool, tests_null: bool
) -> None:
    one = effect(measure, "0.5", ("0.2", "0.8"))
    assert one.is_symmetric is symmetric
    assert (one.region is not None) is symmetric
    assert one.tests_null is tests_null


def test_an_interval_of_r_may_be_symmetric_in_r_itself() -> None:
    by_fisher, in_r, in_neither = (
        effect("r", estimate, limits)
        for estimate, limits in [
            ("0.50", ("-0.68", "0.96")),
            ("0.60", ("0.30", "0.90")),
            ("0.80", ("0.10", "0.90")),
        ]
    )
    assert by_fisher.region is not None
    assert in_r.region is not None
    assert in_neither.region is not None
    # tanh^-1 of 0.96 and -0.68: (1.946 + 0.829) / 2
    assert by_fisher.region.half_widths == pytest.approx((1.388, 1.388), abs=0.07)
    assert in_r.region.half_widths == pytest.approx((0.295, 0.305))
    assert not in_neither.region.vertices


def test_a_region_needs_an_estimate_and_limits_on_the_scale() -> None:
    assert effect("OR", "-2.0", ("1.0", "3.0")).region is None
    assert effect("OR", "2.0", ("-1.0", "3.0")).region is None
    assert effect("OR", "2.0").region is None
    found = effect("MD", "2.0", ("1.0", "3.0")).region
    assert found is not None
    assert found.half_widths == pytest.approx((0.95, 1.05))


def test_interval_and_level_in_words() -> None:
    one = effect("MD", "2.0", (" 1.0 ", "3.00"), level=0.9)
    assert one.interval_text == "[1.0, 3.00]"
    assert one.level_text == "90%"


# From a record.


def test_every_number_of_an_estimate_is_taken() -> None:
    one = printed(
        "measure: OR, estimate: 2.0, ci: [1.0, 4.0], level: 90 %, se: 0.35, t: 1.98, p: 0.05, df: 0.5, "
        "ci_method: exact, test: score",
        ("stratum: {sex: men}", "stratum: {sex: men}\n    n: 40"),
    )
    assert one is not None
    assert (one.measure, str(one.estimate), str(one.lower), str(one.upper)) == ("OR", "2.0", "1.0", "4.0")
    assert (one.level, str(one.se), str(one.t), str(one.p)) == (0.9, "0.35", "1.98", "0.05")
    assert (one.df, one.n, one.ci_method, one.test) == (0.5, 40, "exact", "score")


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        ("ci: [1.0, 1e30], se: 0.5", {"lower", "upper", "t", "p", "df", "n"}),
        ("ci: [1e30, 4.0], se: 0.5", {"lower", "upper", "t", "p", "df", "n"}),
        ("ci: [1.0, 4.0], level: 5 %, se: 0.5", {"lower", "upper", "t", "p", "df", "n"}),
        ("ci: [1.0, 4.0], se: 1e-30, t: 1e30, p: 1.6", {"se", "t", "p", "df", "n"}),
        ("ci: [1.0, 4.0], se: 0, t: 0, p: not printed, df: 0", {"p", "df", "n"}),
        ("se: 0.5, df: -1", {"lower", "upper", "t", "p", "df", "n"}),
    ],
)
def test_numbers_that_cannot_be_or_are_not_printed_are_left_out(words: str, missing: set[str]) -> None:
    one = printed(f"measure: MD, estimate: 2.0, {words}")
    assert one is not None
    names = ("lower", "upper", "se", "t", "p", "df", "n")
    assert {name for name in names if getattr(one, name) is None} == missing


def test_a_number_of_persons_that_cannot_be_is_left_out() -> None:
    for count, taken in (("-3", None), ("0", 0), ("12.5", None), ("40", 40)):
        one = printed("measure: MD, estimate: 2.0", ("sex: men}", f"sex: men}}\n    n: {count}"))
        assert one is not None
        assert one.n == taken


def test_there_is_no_view_without_an_estimate_that_can_be() -> None:
    assert printed("measure: MD, estimate: 1e30, p: 0.05") is None
    assert printed("measure: OR, groups: [{name: a, n: 30, events: 3}, {name: b, n: 30, events: 3}]") is None
    silent = record((f"effect: {EFFECT}", "not_reported: {said: small}")).estimates[0]
    assert printed_effect(silent) is view_with_p(silent) is None


def test_an_impossible_p_is_kept_on_demand() -> None:
    estimate = record(("p: 0.006", "p: 1.6")).estimates[0]
    one, with_p = printed_effect(estimate), view_with_p(estimate)
    assert one is not None
    assert with_p is not None
    assert (one.p, str(with_p.p)) == (None, "1.6")
    possible = record().estimates[0]
    assert printed_effect(possible) == view_with_p(possible)


def test_an_impossible_level_leaves_the_standard_error_and_p_to_be_compared() -> None:
    one = printed("measure: MD, estimate: 2.0, ci: [1.0, 3.0], level: 5 %, se: 0.5, p: 0.6")
    assert one is not None
    assert list(said(one)) == ["p-against-se"]


def test_one_limit_alone_says_what_both_would() -> None:
    both = effect("MD", "2.0", ("1.0", "3.0"), "0.0001", se="0.51", t="3.9", n=100)
    ones = (replace(both, lower=None), replace(both, upper=None))
    for one in ones:
        assert said(one) == {}
        assert one.region is not None
        # the estimate from 1.95 to 2.05, the limit from 0.95 to 1.05 or from 2.95 to 3.05
        assert one.region.half_widths == pytest.approx((0.9, 1.1))
        assert one.half_width == 1.0
        assert list(said(replace(one, se=effect("MD", "2.0", se="0.8").se, p=None, t=None))) == [
            "se-against-interval"
        ]
        assert list(said(replace(one, p=PValue.parse("0.3"), se=None, t=None))) == ["p-against-interval"]
        assert list(said(replace(one, level=0.9, se=None, p=None, t=None))) == ["unusual-level"]
    for one, estimate, word in ((ones[0], "5.0", "above"), (ones[1], "0.5", "below")):
        outside = replace(one, estimate=effect("MD", estimate).estimate, se=None, t=None, p=None)
        assert list(said(outside)) == ["estimate-outside-interval"]
        says = said(outside)["estimate-outside-interval"][1]
        assert says == f"the estimate {estimate} lies {word} its own 95% limit {one.limit}"
        assert outside.half_width is None


def test_one_limit_of_a_ratio_is_above_zero() -> None:
    ratio = effect("OR", "2.0", ("-1.0", "-3.0"))
    for one in (replace(ratio, lower=None), replace(ratio, upper=None)):
        assert "ratio-not-positive" in said(one)
        assert one.region is None
        assert not [repair for repair in repairs(one) if "limit exchanged" in repair.slip]


def test_where_an_estimate_may_lie_beyond_its_one_limit_half_widths_begin_at_zero() -> None:
    """Both may be anything from 1.95 to 2.05, but no limit lies on the other side of its estimate."""
    one = replace(effect("MD", "2.0", ("1.0", "2.0")), lower=None)
    assert one.region is not None
    assert one.region.half_widths == pytest.approx((0.0, 0.1))
