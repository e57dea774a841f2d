"""Standard errors worked out from one limit, exactly, and from a bound on p: the largest there can be."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evidence.records.conversion import rounding_draws, to_analysis_scale
from evidence.records.effect import Effect
from evidence.records.measures import harmonise
from evidence.records.printed import PValue
from evidence.records.raw_numbers import NotPoolableError
from evidence.records.reading import record_from_text
from evidence.records.schema import Record
from evidence.records.target_scale import TargetScale
from tests.evidence.records.samples import bent

# two-sided points from tables: normal and t with 10 degrees of freedom
QUANTILES = {
    ("95 %", None): 1.959963984540054,
    ("90 %", None): 1.6448536269514722,
    ("99 %", None): 2.5758293035489004,
    ("95 %", 10): 2.2281388519649385,
    ("90 %", 10): 1.8124611228107335,
    ("99 %", 10): 3.169272667175838,
}
BACK: dict[str, Callable[[float], float]] = {
    **dict.fromkeys(("OR", "RR", "HR", "IRR", "ROM"), math.exp),
    **dict.fromkeys(("MD", "beta", "SMD", "RD", "mean"), lambda x: x),
    "r": math.tanh,
    "proportion": lambda x: 1 / (1 + math.exp(-x)),
}
POINTS = {"0.05": 1.959963984540054, "0.01": 2.5758293035489004, "0.001": 3.290526731491926}


def effect(measure: str, **fields: Any) -> Effect:
    return Effect.model_validate({"measure": measure, **fields})


def spelled(value: float) -> str:
    return f"{value:.15g}"


def of(numbers: str) -> Record:
    body = f"effect: {{measure: OR, {numbers}}}"
    old = "effect: {measure: beta, per: 1 g/dL, estimate: 0.0079, ci: [0.002, 0.0135], level: 95 %, p: 0.006}"
    found = record_from_text(bent((old, body)), Path("lee-2019.yaml")).model
    assert found is not None
    return found


def harmonised(numbers: str, level: float = 0.95) -> Any:
    study = of(numbers)
    target = TargetScale.model_validate({"measure": "OR", "exposure": "hemoglobin"})
    return harmonise(study, study.estimates[0], target, level)


def test_one_limit_gives_the_standard_error_of_the_whole_interval() -> None:
    compared = 0
    for (measure, back), ((level, df), quantile), side in product(
        BACK.items(), QUANTILES.items(), ("lower", "upper")
    ):
        yi, sei = -0.4, 0.12
        end = yi + (-1 if side == "lower" else 1) * quantile * sei
        numbers = {"estimate": spelled(back(yi)), side: spelled(back(end)), "level": level, "df": df}
        found = to_analysis_scale(effect(measure, **numbers))
        assert (found.yi, found.sei) == pytest.approx((yi, sei), rel=1e-8)
        assert found.sei_from == f"{side} limit of the {level.replace(' ', '')} interval"
        compared += 1
    assert compared == 12 * 6 * 2


def test_a_limit_of_logarithms_is_taken_as_it_stands() -> None:
    found = to_analysis_scale(effect("OR", estimate="-0.40", upper="-0.10", log=True))
    assert found.sei == pytest.approx(0.3 / 1.959963984540054, rel=1e-12)


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ({"estimate": "1.2", "lower": "1.2"}, "^the distance of the lower limit is not positive$"),
        ({"estimate": "1.2", "lower": "1.3"}, "^the distance of the lower limit is not positive$"),
        ({"estimate": "1.2", "upper": "1.1"}, "^the distance of the upper limit is not positive$"),
        ({"estimate": "1.2", "lower": "-0.1"}, "the lower limit -0.1 has no log"),
        ({"estimate": "1.2", "upper": "1.4", "level": "99.99999999999999999 %"}, "no width to learn from"),
        ({"estimate": "1.2", "upper": "1.4", "use": "p"}, "'use' names the p-value, which is not printed"),
    ],
)
def test_a_limit_that_cannot_be_says_why(numbers: dict[str, Any], says: str) -> None:
    with pytest.raises(NotPoolableError, match=says):
        to_analysis_scale(effect("OR", **numbers))


def test_both_limits_stand_in_ci_and_one_stands_alone() -> None:
    for numbers in (
        {"lower": "0.9", "upper": "1.4"},
        {"ci": ["0.9", "1.4"], "lower": "0.9"},
        {"ci": ["0.9", "1.4"], "upper": "1.4"},
    ):
        with pytest.raises(ValueError, match="both limits stand in 'ci'"):
            effect("OR", estimate="1.2", **numbers)


def test_what_is_printed_counts_before_what_is_derived() -> None:
    numbers: dict[str, Any] = {"estimate": "1.20", "lower": "1.00", "p": "< 0.05"}
    assert to_analysis_scale(effect("OR", **numbers, se="0.1")).sei_from == "SE"
    assert to_analysis_scale(effect("OR", **numbers, t="2.5")).sei_from == "lower limit of the 95% interval"
    by_limit = to_analysis_scale(effect("OR", **numbers))
    assert by_limit.sei == pytest.approx(math.log(1.2) / 1.959963984540054, rel=1e-12)
    assert to_analysis_scale(effect("OR", **numbers, use="ci")) == by_limit
    assert to_analysis_scale(effect("OR", **numbers, use="p")).sei_from == "p < 0.05"
    assert to_analysis_scale(effect("OR", estimate="1.20", p="< 0.05", t="2.5")).sei_from == "test statistic"
    assert to_analysis_scale(effect("r", estimate="0.3", p="< 0.05"), n=52).sei_from == "n"


def test_a_bound_on_p_gives_the_largest_standard_error_that_it_allows() -> None:
    compared = 0
    for (measure, back), (bound, point), sign in product(BACK.items(), POINTS.items(), (-1, 1)):
        if measure in ("mean", "proportion"):
            continue
        yi = 0.3 * sign
        for spelling in (f"< {bound}", f"** < {bound}", f"<= {bound}", f"≤{bound}"):
            found = to_analysis_scale(effect(measure, estimate=spelled(back(yi)), p=spelling))
            assert (found.yi, found.sei) == pytest.approx((yi, 0.3 / point), rel=1e-8)
            relation = "≤" if "=" in spelling or "≤" in spelling else "<"
            assert found.sei_from == f"p {relation} {bound}"
            compared += 1
        for smaller in (bound, spelled(float(bound) / 2), spelled(float(bound) / 100)):
            exact = to_analysis_scale(effect(measure, estimate=spelled(back(yi)), p=smaller))
            assert exact.sei <= found.sei * (1 + 1e-12)
            compared += 1
    assert compared == 10 * 3 * 2 * 7


def test_a_bound_on_the_p_of_a_t_test_takes_its_degrees_of_freedom() -> None:
    found = to_analysis_scale(effect("MD", estimate="1", p="< 0.05", df=10))
    assert found.sei == pytest.approx(1 / 2.2281388519649385, rel=1e-9)
    # 0.001 two-sided of t with 10: 4.5868938587
    found = to_analysis_scale(effect("MD", estimate="1", p="< 0.001", df=10))
    assert found.sei == pytest.approx(1 / 4.586893858702636, rel=1e-9)


def test_a_p_of_nought_stands_for_half_of_its_last_place() -> None:
    # 0.0005 two-sided: 3.4807564043462
    for spelling in ("0.000", "< 0.000", "= .000"):
        found = to_analysis_scale(effect("MD", estimate="1", p=spelling))
        assert found.sei == pytest.approx(1 / 3.480756404346212, rel=1e-9)
        assert found.sei_from == "p < 0.0005"
    assert str(PValue.parse("0.0").upper_bound) == "0.05"
    assert [PValue.parse(text).upper_bound for text in ("0", "0.03", "> 0.05", "NS", "not printed")] == [
        None
    ] * 5


@pytest.mark.parametrize(
    ("measure", "estimate", "p", "says"),
    [
        ("OR", "1.2", "> 0.05", "^only p > 0.05 is printed, which gives no standard error$"),
        ("OR", "1.2", "NS (> 0.05)", "is printed, which gives no standard error$"),
        ("OR", "1.2", ">= 0.05", "gives no standard error$"),
        ("OR", "1.2", "> 0.000", "gives no standard error$"),
        ("OR", "1.2", "NS", "no interval, standard error or exact p-value is printed"),
        ("OR", "1.2", "< 1", "^an estimate with p < 1 gives no standard error$"),
        ("OR", "1.2", "< 0", "^an estimate with p < 0 gives no standard error$"),
        ("OR", "1.00", "< 0.05", "the standard error that p gives is not positive"),
        ("MD", "0.0", "< 0.05", "^an estimate with p < 0.05 gives no standard error$"),
        ("proportion", "0.3", "< 0.05", "^p < 0.05 of a proportion is of a comparison that is not known$"),
        ("mean", "3.1", "0.03", "^p 0.03 of a mean is of a comparison that is not known$"),
        ("threshold", "12", "< 0.05", "is of a comparison that is not known$"),
        ("IR", "0.4", "< 0.05", "is of a comparison that is not known$"),
    ],
)
def test_a_p_that_bounds_nothing_from_above_keeps_an_estimate_out(
    measure: str, estimate: str, p: str, says: str
) -> None:
    with pytest.raises(NotPoolableError, match=says):
        to_analysis_scale(effect(measure, estimate=estimate, p=p))


def draws(given: Effect) -> tuple[Any, Any]:
    return rounding_draws(given, None, 4000, np.random.default_rng(3))


def test_rounding_reaches_through_a_limit_and_not_through_a_bound() -> None:
    yi, sei = draws(effect("MD", estimate="2.0", lower="1.0"))
    # the distance lies anywhere from 0.9 to 1.1
    assert 0.9 <= sei.min() * 1.959963984540054 < 0.905 < 1.095 < sei.max() * 1.959963984540054 <= 1.1
    yi, sei = draws(effect("MD", estimate="2.0", p="< 0.05"))
    np.testing.assert_allclose(yi / sei, 1.959963984540054, rtol=1e-12)
    assert 1.95 <= yi.min() < 1.951 < 2.049 < yi.max() <= 2.05
    yi, sei = draws(effect("MD", estimate="2.0", p="0.05"))
    assert (yi / sei).std() > 0.01, "of an exact p its own rounding counts as well"


def test_a_printed_limit_is_shown_as_printed_and_the_other_as_far_away() -> None:
    found = harmonised("estimate: 1.50, lower: 1.20, df: 10")
    assert (found.low, found.high) == pytest.approx((1.2, 1.5**2 / 1.2), rel=1e-12)
    found = harmonised("estimate: 1.50, upper: 1.80")
    assert (found.low, found.high) == pytest.approx((1.5**2 / 1.8, 1.8), rel=1e-12)
    wider = harmonised("estimate: 1.50, upper: 1.80", level=0.99)
    sei = math.log(1.8 / 1.5) / 1.959963984540054
    assert math.log(wider.high / 1.5) == pytest.approx(2.5758293035489004 * sei, rel=1e-9)
    with_error = harmonised("estimate: 1.50, upper: 1.80, se: 0.2")
    assert math.log(with_error.high / 1.5) == pytest.approx(1.959963984540054 * 0.2, rel=1e-9)


def test_a_derived_standard_error_says_so_and_a_bound_that_it_is_one() -> None:
    expected = {
        "estimate: 1.50, lower: 1.20": (True, False),
        "estimate: 1.50, upper: 1.80": (True, False),
        "estimate: 1.50, p: < 0.05": (True, True),
        "estimate: 1.50, p: '** ≤ 0.01'": (True, True),
        "estimate: 1.50, p: 0.000": (True, True),
        "estimate: 1.50, p: 0.03": (True, False),
        "estimate: 1.50, ci: [1.20, 1.88]": (False, False),
        "estimate: 1.50, se: 0.2, p: < 0.05": (False, False),
    }
    for numbers, (derived, at_most) in expected.items():
        found = harmonised(numbers)
        assert (found.is_derived, found.is_at_most) == (derived, at_most), numbers
