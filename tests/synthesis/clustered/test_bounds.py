"""Both sides of what dependent effects allow, and what is said where a number does not exist."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.stats import t as student

from evidence.wording import interval, number, p_number
from synthesis import pool_dependent
from synthesis.clustered.fitted_model import Component

RNG = np.random.default_rng(404)
CLUSTER = np.repeat(np.arange(6), [3, 1, 2, 4, 2, 3])
K = CLUSTER.size
DATA = pd.DataFrame(
    {
        "yi": 0.2 + RNG.normal(0, 0.4, 6)[CLUSTER] + RNG.normal(0, 0.2, K),
        "vi": RNG.uniform(0.02, 0.1, K),
        "study": [f"S{c}" for c in CLUSTER],
        "dose": RNG.uniform(0, 3, K),
        "late": RNG.uniform(0, 1, K),
        "more": RNG.uniform(0, 1, K),
        "site": np.where(np.arange(K) % 2, "hip", "neck"),
    }
)


def fitted(data: pd.DataFrame = DATA, **asked: Any) -> Any:
    return pool_dependent("yi", "vi", cluster="study", data=data, **({"rho": 0.6} | asked))


@pytest.mark.parametrize("level", [0.95, 0.8])
def test_eggers_line_beside_moderators_has_a_slope_and_no_limit(level: float) -> None:
    data = DATA.assign(sei=np.sqrt(DATA.vi))
    found = fitted(mods="~ dose", level=level).egger()
    whole = fitted(data, mods="~ dose + sei", level=level)
    theirs = [getattr(whole, name)[2] for name in ("estimate", "se", "statistic", "df", "p_value")]
    assert_allclose([found.slope, found.se, found.statistic, found.df, found.p_value], theirs, rtol=1e-9)
    assert np.isnan([found.limit, found.limit_low, found.limit_high]).all()
    through_zero = fitted(mods="~ 0 + dose").egger()
    assert np.isnan(through_zero.limit)
    alone = fitted(level=level).egger()
    line = fitted(data, mods="~ sei", level=level)
    ends = (line.estimate[0], line.ci_low[0], line.ci_high[0])
    assert (alone.limit, alone.limit_low, alone.limit_high) == pytest.approx(ends, rel=1e-9)


def test_eggers_line_needs_standard_errors_that_differ_and_clusters_enough() -> None:
    says = "the standard errors do not vary beyond the moderators: nothing can depend on them"
    with pytest.raises(ValueError, match=says):
        fitted(DATA.assign(vi=0.04)).egger()
    with pytest.raises(ValueError, match=says):
        fitted(DATA.assign(sei=np.sqrt(DATA.vi)), mods="~ sei").egger()
    four = fitted(mods="~ dose + late + more", test="t")
    assert np.isfinite(four.egger().slope)
    with pytest.raises(ValueError, match="5 clusters do not tell 5 coefficients apart; expected more than 5"):
        fitted(DATA[CLUSTER != 1], mods="~ dose + late + more", test="t").egger()


def test_eggers_line_is_the_same_in_any_unit() -> None:
    tiny = fitted(DATA.assign(yi=1e-15 * DATA.yi, vi=1e-30 * DATA.vi)).egger()
    usual = fitted().egger()
    assert (tiny.slope, tiny.statistic) == pytest.approx((usual.slope, usual.statistic), rel=1e-6)
    assert tiny.limit == pytest.approx(1e-15 * usual.limit, rel=1e-6)


def test_small_units_hide_no_difference_of_variances() -> None:
    """Variances near 1e-10 that differ by site are not one: there is no prediction, and no share."""
    data = DATA.assign(yi=1e-5 * DATA.yi, vi=1e-10 * DATA.vi)
    found = fitted(data, model="~ site | study", structure="HCS", test="t")
    first, second, _ = (part.value for part in found.components)
    assert 0 < min(first, second) < max(first, second) < 1e-8
    assert np.isnan([found.prediction_low, found.components[0].I2]).all()


def test_slopes_have_no_variance_of_true_effects_in_all() -> None:
    found = fitted(model="~ dose | study", test="t")
    assert np.isnan(found.prediction_low)
    assert np.isnan([part.I2 for part in found.components]).all()


@pytest.mark.parametrize("model", ["CE", "HE"])
def test_moments_predict_with_the_variances_that_they_have_and_say_nothing_of_hills(model: str) -> None:
    wide = DATA.assign(yi=4 * DATA.yi)
    found = fitted(wide, model=model, method="HTJ", rho=0.6 if model == "CE" else None)
    total = sum(part.value for part in found.components)
    half = student.ppf(0.975, found.df[0]) * np.sqrt(found.se[0] ** 2 + total)
    assert found.prediction_high - found.estimate[0] == pytest.approx(half, rel=1e-9)
    assert total > 0
    assert not any("cannot tell all variances" in note for note in found.notes)


@pytest.mark.parametrize(
    ("name", "value", "edge"),
    [
        ("sigma2", 0.0, True),
        ("sigma2", 1.0, False),
        ("tau2[hip]", 0.0, True),
        ("rho", 1.0, True),
        ("rho", -1.0, True),
        ("rho[hip, neck]", -1.0, True),
        ("rho", 0.0, False),
        ("rho", 0.99, False),
    ],
)
def test_a_variance_ends_at_zero_and_a_correlation_at_one(name: str, value: float, edge: bool) -> None:
    assert Component("study", name, value, np.nan).at_its_edge is edge


def test_four_clusters_have_eight_sign_vectors_which_are_a_test() -> None:
    four = fitted(DATA[CLUSTER < 4])
    found = four.wild_test(draws=99)
    assert (found.draws, found.exact) == (8, True)
    assert found.p_value >= 1 / 8
    with pytest.raises(ValueError, match="3 clusters have 4 sign vectors"):
        fitted(DATA[CLUSTER < 3]).wild_test()
    with pytest.raises(ValueError, match="draws"):
        four.wild_test(draws=98)
    with pytest.raises(ValueError, match="seed"):
        four.wild_test(seed=-1)


def test_the_curve_over_rho_is_printed_with_no_more_than_500_estimates() -> None:
    """Of more estimates it is told when it is asked for."""
    k = 501
    data = pd.DataFrame({"yi": np.sin(np.arange(k)), "vi": 0.1, "study": [f"S{i // 2}" for i in range(k)]})
    few, many = (
        pool_dependent("yi", "vi", cluster="study", data=data[:n], rho=0.6, model="CE", test="z")
        for n in (500, 501)
    )
    assert "Over rho from 0 to 0.95" in str(few)
    assert "Over rho from" not in str(many)
    assert many.rho_curve().sentence.startswith("Over rho from 0 to 0.95")


def test_as_many_coefficients_as_clusters_are_for_a_model_to_say() -> None:
    """Three clusters, three coefficients: no cluster-robust test, and the model's is there."""
    data = DATA[CLUSTER >= 3]
    with pytest.raises(ValueError, match="3 clusters for 3 coefficients"):
        fitted(data, mods="~ dose + late")
    assert np.isfinite(fitted(data, mods="~ dose + late", test="z").p_value).all()
    assert np.isfinite(fitted(data, mods="~ dose").estimate).all()


def test_few_degrees_of_freedom_are_of_named_coefficients_but_of_the_only_one() -> None:
    def few(**asked: Any) -> str:
        (note,) = [str(note) for note in fitted(**asked).notes if note.startswith("Only ")]
        return note

    assert " degrees of freedom: 3 clusters say" in few(data=DATA[CLUSTER >= 3])
    assert " degrees of freedom of Intercept, dose: 4 clusters say" in few(
        data=DATA[CLUSTER >= 2], mods="~ dose"
    )


def test_two_effects_are_pooled_and_one_is_not() -> None:
    two = fitted(DATA[(CLUSTER == 1) | (DATA.index == 0)], test="z", model="CE", method="EE")
    assert (two.k, two.clusters, two.Q.df) == (2, 2, 1)
    with pytest.raises(ValueError, match="3 is the only effect; expected two or more, or `pool`"):
        pool_dependent("yi", "vi", cluster="study", data=DATA[CLUSTER == 1], slab=[3], rho=0.6)


def test_a_covariance_of_objects_is_one_of_numbers() -> None:
    v = pd.DataFrame(np.diag(DATA.vi)).astype(object)
    found = pool_dependent(DATA.yi.to_numpy(), v, cluster=CLUSTER, model="HE")
    assert_allclose(found.estimate, fitted(model="HE", rho=None).estimate, rtol=1e-12)


@pytest.mark.parametrize("test", ["CR2", "t"])
def test_a_test_names_the_coefficients_that_it_is_about(test: str) -> None:
    found = fitted(mods="~ dose + late", test=test)
    assert found.QM.tested == ("dose", "late")
    assert found.joint_test(["late", "Intercept"]).tested == ("late", "Intercept")
    assert found.contrast(["dose - late", "late"]).joint.tested == ("dose - late", "late")
    assert fitted(test=test).QM.tested == ("Intercept",)


@pytest.mark.parametrize(("moved", "outside"), [(-0.6, True), (-0.2, False), (0.3, True)])
def test_what_is_left_out_is_compared_with_the_whole_interval(moved: float, outside: bool) -> None:
    """An interval within -1 and 1 that lies below zero, about it, or above it."""
    found = fitted(DATA.assign(yi=DATA.yi + moved))
    assert -1 < found.ci_low[0] < found.ci_high[0] < 1
    assert bool(found.ci_high[0] < 0 or found.ci_low[0] > 0) is outside
    assert found.leave_out().outside.tolist() == [outside]


def test_a_row_of_the_curve_over_rho_has_the_numbers_at_one_correlation() -> None:
    curve = fitted(mods="~ dose", level=0.9).rho_curve()
    lines = [" ".join(line.split()) for line in str(curve).splitlines()]
    assert lines[1] == "rho estimate se df p 90% CI"
    for row in range(40):
        j, i = divmod(row, 20)
        cells = [
            f"{0.05 * i:.2f}", ("Intercept", "dose")[j], number(curve.estimate[i, j]), number(curve.se[i, j]),
            number(curve.df[i, j]), p_number(curve.p_value[i, j]),
            interval((curve.ci_low[i, j], curve.ci_high[i, j])),
        ]  # fmt: skip
        assert lines[2 + row] == " ".join(cells)
