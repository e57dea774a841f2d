"""Measures beyond plain examples: trusted numbers, draws, undefined effects, the factor to a scale."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from evidence.records.conversion import rounding_draws, to_analysis_scale
from evidence.records.effect import Effect
from evidence.records.measures import factor_to, harmonise
from evidence.records.raw_numbers import NotPoolableError
from evidence.records.scales import analysis_scale
from evidence.records.target_scale import TargetScale
from tests.evidence.records.samples import record

EFFECT = "effect: {measure: beta, per: 1 g/dL, estimate: 0.0079, ci: [0.002, 0.0135], level: 95 %, p: 0.006}"


def effect(measure: str, **fields: Any) -> Effect:
    return Effect.model_validate({"measure": measure, **fields})


def group(name: str, **numbers: Any) -> dict[str, Any]:
    return {"name": name, "n": 20, **numbers}


def test_p_with_degrees_of_freedom_is_that_of_a_t_test() -> None:
    # two-sided 5 % points of t with 10 and with 1 degree of freedom, from tables: 2.228 and 12.706
    for df, t in ((10, 2.2281388519649385), (1, 12.706204736432095)):
        found = to_analysis_scale(effect("MD", estimate="1", p="0.05", df=df))
        assert found.sei == pytest.approx(1 / t, rel=1e-9)
        assert found.sei_from == "p-value"
    half = to_analysis_scale(effect("MD", estimate="1", p="0.5", df=1))
    assert half.sei == pytest.approx(1, rel=1e-9), "the quartiles of Cauchy's distribution are -1 and 1"


@pytest.mark.parametrize(("estimate", "p"), [("0", "0.5"), ("1", "1"), ("1", "0"), ("0", "0.000")])
def test_no_effect_and_a_p_of_nought_or_one_give_no_standard_error(estimate: str, p: str) -> None:
    with pytest.raises(NotPoolableError, match=rf"^an estimate with p = {p} gives no standard error$"):
        to_analysis_scale(effect("MD", estimate=estimate, p=p))


def test_the_number_to_trust_is_used_and_has_to_be_printed() -> None:
    both: dict[str, Any] = {"estimate": "0.5", "ci": ["0.2", "0.7"], "p": "0.02"}
    sources = {}
    for use in ("ci", "p", "n"):
        found = to_analysis_scale(effect("r", **both, use=use), n=52)
        sources[use] = found.sei_from
    assert sources == {"ci": "95% interval", "p": "p-value", "n": "n"}
    assert to_analysis_scale(effect("r", **both, use="n"), n=52).sei == pytest.approx(1 / 7, rel=1e-12)
    with pytest.raises(NotPoolableError, match="'use' names the standard error, which is not printed"):
        to_analysis_scale(effect("r", **both, use="se"), n=52)


def test_a_number_of_persons_that_is_not_used_does_no_harm() -> None:
    given = effect("r", estimate="0.5", ci=["0.2", "0.7"], use="ci")
    assert to_analysis_scale(given, n=-5) == to_analysis_scale(given)
    with pytest.raises(NotPoolableError, match="there cannot be -5 persons"):
        to_analysis_scale(given.model_copy(update={"use": None}), n=-5)


def test_a_level_that_is_all_but_a_hundred_per_cent_has_no_width_to_learn_from() -> None:
    wide = effect("MD", estimate="1", ci=["0", "2"], level="99.99 %")
    assert to_analysis_scale(wide).sei == pytest.approx(1 / 3.8905918864131, rel=1e-9)
    with pytest.raises(NotPoolableError, match="no width to learn from"):
        to_analysis_scale(effect("MD", estimate="1", ci=["0", "2"], level="99.99999999999999999 %"))


@pytest.mark.parametrize("measure", ["MD", "RR", "SMD", "r"])
def test_groups_of_counts_and_of_means_are_never_mixed(measure: str) -> None:
    counts: dict[str, Any] = {"events": 3}
    means: dict[str, Any] = {"mean": "1", "sd": "2"}
    for first, second in ((counts, means), (means, counts)):
        mixed = [group("A", **first), group("B", **second)]
        with pytest.raises(NotPoolableError, match=f"{measure} cannot be computed from these raw numbers"):
            to_analysis_scale(effect(measure, groups=mixed))


def test_an_effect_of_groups_is_a_number_or_says_why_it_is_none() -> None:
    same = [group("A", mean="1", sd="0"), group("B", mean="2", sd="0")]
    with pytest.raises(NotPoolableError) as refused:
        to_analysis_scale(effect("SMD", groups=same))
    assert str(refused.value)
    found = to_analysis_scale(effect("RD", groups=[group("A", events=5), group("B", events=10)]))
    assert (type(found.yi), type(found.sei)) == (float, float)
    assert (found.yi, found.sei_from) == (-0.25, "counts")


def draws(given: Effect, number: int = 4000) -> tuple[Any, Any]:
    return rounding_draws(given, None, number, np.random.default_rng(1))


def test_a_draw_of_a_printed_number_lies_anywhere_in_its_rounding_interval() -> None:
    yi, sei = draws(effect("MD", estimate="1.0", se="0.2"))
    assert (yi.shape, sei.shape) == ((4000,), (4000,))
    for drawn, low, high in ((yi, 0.95, 1.05), (sei, 0.15, 0.25)):
        assert low <= drawn.min() < low + 0.002
        assert high - 0.002 < drawn.max() <= high
        assert drawn.mean() == pytest.approx((low + high) / 2, abs=0.002)


def test_limits_in_the_wrong_order_and_numbers_without_a_log_draw_nothing() -> None:
    _, sei = draws(effect("MD", estimate="1", ci=["1", "1"]))  # each limit anywhere from 0.5 to 1.5
    assert np.isnan(sei).mean() == pytest.approx(0.5, abs=0.03)
    drawn = sei[~np.isnan(sei)]
    assert 0 < drawn.min() < drawn.max() <= 1 / 3.919927969080108
    assert drawn.mean() == pytest.approx(1 / 3 / 3.919927969080108, rel=0.05), "of a triangle from 0 to 1"
    yi, _ = draws(effect("OR", estimate="0.1", se="0.2"))
    assert not np.isnan(yi).any()
    yi, sei = draws(effect("OR", estimate="0.1", ci=["0.01", "0"]))
    assert np.isnan(sei).mean() > 0.45, "an upper limit below nought has no log"


def test_draws_of_groups_are_of_means_and_sds_and_never_of_counts() -> None:
    means = [group("A", mean="12.9", sd="2.0"), group("B", mean="13.1", sd="1.5")]
    yi, sei = draws(effect("MD", groups=means), 500)
    assert (yi.shape, sei.shape) == ((500,), (500,))
    assert -0.3 <= yi.min() < -0.25 < -0.15 < yi.max() <= -0.1
    yi, sei = draws(effect("RD", groups=[group("A", events=5), group("B", events=10)]), 500)
    assert (set(yi), len(set(sei)), yi.shape) == ({-0.25}, 1, (500,))


@pytest.mark.parametrize(
    ("changes", "target", "factor"),
    [
        ((), {}, 1),
        ((), {"unit": None}, 1),
        ((), {"per": "2 g/dL"}, 2),
        ((("per: 1 g/dL", "per: 4 g/dL"),), {"per": "2 g/dL"}, 0.5),
        ((("per: 1 g/dL", "per: 1 g/L"),), {}, 10),
        ((("per: 1 g/dL", "per: 100 g/L"),), {}, 0.1),
        ((("unit: g/cm2", "unit: 10^-2 g/cm2"),), {}, 0.01),
        ((("unit: g/cm2", "unit: 10^-2 g/cm2"),), {"unit": "2 g/cm2"}, 0.005),
        ((), {"unit": "10^-2 g/cm2"}, 100),
        ((), {"unit": "mg/cm2", "per": "2 g/dL"}, 2000),
        ((("per: 1 g/dL", "versus: {exposed: a, reference: b}"),), {"per": None}, 1),
        ((("per: 1 g/dL", "versus: {exposed: a, reference: b}"),), {"per": None, "unit": None}, 1),
    ],
)
def test_the_factor_to_a_scale_is_its_step_over_the_printed_and_the_printed_unit_over_its_own(
    changes: tuple[tuple[str, str], ...], target: dict[str, Any], factor: float
) -> None:
    study = record(*changes)
    scale = {"measure": "beta", "exposure": "hemoglobin", "per": "1 g/dL", "unit": "g/cm2"} | target
    found = factor_to(study, study.estimates[0], TargetScale.model_validate(scale))
    assert found == pytest.approx(factor, rel=1e-12)


def test_a_number_too_large_for_e_to_its_power_comes_back_as_infinite() -> None:
    for measure in ("OR", "HR"):
        back = analysis_scale(effect(measure, estimate="2", se="1").measure).back
        assert back(709.0) == pytest.approx(8.218407461554972e307, rel=1e-9)
        assert back(710.0) == math.inf
    assert analysis_scale("proportion").back(-800.0) == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("    where:", "    not_poolable: of another scale\n    where:"), "of another scale"),
        ((EFFECT, "not_reported: {said: ns}"), "examined, no number printed"),
        (("per: 1 g/dL, ", "per: 1 g/dL, within: 11-12 g/dL, "), "a part of the exposure's range"),
        (("per: 1 g/dL, ", "versus: {exposed: high, reference: low}, "), "compares groups; not a slope per"),
        (("per: 1 g/dL", "per: -1 g/dL"), "exposure step -1 g/dL is not positive"),
    ],
)
def test_what_is_no_number_for_a_pool_says_why(change: tuple[str, str], reason: str) -> None:
    found = record(change)
    target = TargetScale(measure="beta", exposure="hemoglobin", per="1 g/dL", unit="g/cm2")
    with pytest.raises(NotPoolableError, match=reason):
        factor_to(found, found.estimates[0], target)


def test_groups_that_are_not_stated_are_not_those_that_a_review_compares() -> None:
    found = record(("measure: beta, per: 1 g/dL", "measure: MD"))
    target = TargetScale.model_validate(
        {"measure": "MD", "exposure": "hemoglobin", "versus": {"exposed": "high", "reference": "low"}}
    )
    with pytest.raises(NotPoolableError, match="which groups are compared is not stated"):
        factor_to(found, found.estimates[0], target)
    assert factor_to(found, found.estimates[0], target.model_copy(update={"versus": None})) == 1.0


def test_a_perfect_association_has_no_standard_error() -> None:
    groups = [group("a", events=20), group("b", events=0)]
    with pytest.raises(NotPoolableError, match="its standard error is zero"):
        to_analysis_scale(effect("PHI", groups=groups))


@pytest.mark.parametrize(("events", "corrected"), [(0, True), (1, False)])
def test_a_half_that_is_added_to_counts_is_told(events: int, corrected: bool) -> None:
    groups = f"groups: [{{name: a, n: 20, events: {events}}}, {{name: b, n: 20, events: 5}}]"
    found = record((EFFECT, f"effect: {{measure: OR, {groups}}}"))
    target = TargetScale(measure="OR", exposure="hemoglobin")
    assert harmonise(found, found.estimates[0], target).is_corrected is corrected
