"""The tables of dependent effects, cell by cell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from evidence.wording import interval, number, p_number, p_text
from synthesis import pool_dependent
from synthesis.clustered.fitted_model import fit_at

RNG = np.random.default_rng(31)
CLUSTER = np.repeat(np.arange(8), [3, 1, 2, 4, 2, 3, 1, 3])
K = CLUSTER.size
DATA = pd.DataFrame(
    {
        "yi": 0.2 + RNG.normal(0, 0.5, 8)[CLUSTER] + RNG.normal(0, 0.2, K),
        "vi": RNG.uniform(0.02, 0.1, K),
        "study": [f"S{c}" for c in CLUSTER],
        "dose": RNG.uniform(0, 3, K),
    }
)


def fitted(**asked: Any) -> Any:
    return pool_dependent("yi", "vi", cluster="study", data=DATA, **({"rho": 0.6} | asked))


def squeezed(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


@pytest.mark.parametrize("test", ["CR2", "t", "z"])
def test_a_row_of_the_result_has_estimate_se_statistic_df_p_and_interval(test: str) -> None:
    found = fitted(mods="~ dose", test=test)
    lines = squeezed(str(found))
    assert lines[1] == "estimate se " + ("z p 95% CI" if test == "z" else "t df p 95% CI")
    for i, name in enumerate(("Intercept", "dose")):
        cells = [
            name, number(found.estimate[i]), number(found.se[i]), f"{found.statistic[i]:.3f}",
            *([] if test == "z" else [number(found.df[i])]), p_number(found.p_value[i]),
            interval((found.ci_low[i], found.ci_high[i])),
        ]  # fmt: skip
        assert lines[2 + i].replace("\N{MINUS SIGN}", "-") == " ".join(cells).replace("\N{MINUS SIGN}", "-")


def test_facts_below_the_table_are_components_heterogeneity_and_prediction() -> None:
    found = fitted()
    text = "\n".join(squeezed(str(found)))
    for part in found.components:
        assert f"{part.name} of {part.term}" in text
        assert f"{number(part.value)} (I2 {part.I2:.1f}%)" in text
    assert f"{number(found.Q.Q)} on {K - 1} df, {p_text(found.Q.p_value)}" in text
    assert f"95% {interval((found.prediction_low, found.prediction_high))}" in text
    assert "moderators" not in text
    assert "prediction" not in str(fitted(mods="~ dose"))


def test_a_row_without_each_has_its_numbers_and_distances() -> None:
    found = fitted(mods="~ dose").leave_out()
    lines = squeezed(str(found))
    assert lines[1] == "without estimate se df p 95% CI DFBETAS Cook"
    for i, left in enumerate(found.left):
        for j, name in enumerate(("Intercept", "dose")):
            ends = (found.ci_low[i, j], found.ci_high[i, j])
            cells = [
                left, name, number(found.estimate[i, j]), number(found.se[i, j]), number(found.df[i, j]),
                p_number(found.p_value[i, j]), interval(ends), number(found.change[i, j]),
                number(found.cook[i]),
            ]  # fmt: skip
            assert lines[2 + 2 * i + j] == " ".join(cells)
    assert len(found.left) == 8
    frame = found.to_frame()
    assert frame["left"].tolist() == [f"S{c}" for c in range(8) for _ in range(2)]
    assert frame["name"].tolist() == ["Intercept", "dose"] * 8
    assert frame["cook"].tolist() == np.repeat(found.cook, 2).tolist()
    assert frame["change"].tolist() == found.change.ravel().tolist()


def test_cooks_distance_of_several_coefficients_is_their_mean_square() -> None:
    whole, out = fitted(mods="~ dose"), fitted(mods="~ dose").leave_out()
    for i in range(8):
        less = pool_dependent("yi", "vi", cluster="study", data=DATA[i != CLUSTER], rho=0.6, mods="~ dose")
        apart = whole.estimate - less.estimate
        expected = apart @ np.linalg.solve(whole.covariance, apart) / 2
        assert out.cook[i] == pytest.approx(expected, rel=1e-5)
        assert out.change[i] == pytest.approx(apart / less.se, rel=1e-5)


def test_a_slope_whose_interval_turns_by_its_upper_end_is_decisive() -> None:
    data = pd.DataFrame(
        {
            "yi": [-0.5, -0.6, -0.5, -0.6, -0.55, -0.5, -0.62, -0.58, 1.2],
            "vi": 0.01,
            "study": list("AABBCDEFG"),
        }
    )
    out = pool_dependent("yi", "vi", cluster="study", data=data, rho=0.5).leave_out()
    assert out.decisive == ("G",)
    assert out.outside.tolist() == [False]
    clear = pool_dependent("yi", "vi", cluster="study", data=data[:8], rho=0.5).leave_out()
    assert (clear.outside.tolist(), clear.decisive) == ([True], ())


def test_of_two_clusters_neither_can_be_left_out() -> None:
    two = DATA[(CLUSTER == 0) | (CLUSTER == 3)]
    out = pool_dependent("yi", "vi", cluster="study", data=two, rho=0.5).leave_out()
    assert np.isnan(out.estimate).all()
    assert out.decisive == ()
    assert str(out).splitlines()[-1].strip() == "No cluster decides alone whether an interval excludes zero."
    each = pool_dependent("yi", "vi", cluster="study", data=two, rho=0.5).leave_out("estimate")
    assert np.isfinite(each.estimate).all()


def test_coefficients_that_only_one_cluster_knows_cannot_be_estimated_without_it() -> None:
    data = DATA.assign(here=(CLUSTER == 2) * 1.0)
    out = pool_dependent("yi", "vi", cluster="study", data=data, rho=0.6, mods="~ here", test="z").leave_out()
    assert np.isnan(out.estimate).all(axis=1).tolist() == [i == 2 for i in range(8)]


@pytest.mark.parametrize("asked", [{"model": "HE", "method": "HTJ", "rho": None}, {"method": "EE"}])
def test_models_without_a_likelihood_are_left_out_of_too(asked: dict[str, Any]) -> None:
    out = fitted(**asked).leave_out()
    less = pool_dependent("yi", "vi", cluster="study", data=DATA[CLUSTER != 3], **({"rho": 0.6} | asked))
    assert out.estimate[3] == pytest.approx(less.estimate, rel=1e-10)
    assert out.se[3] == pytest.approx(less.se, rel=1e-10)


def test_a_variance_has_a_share_and_a_correlation_has_none() -> None:
    data = DATA.assign(site=np.where(np.arange(K) % 2, "hip", "neck"))
    asked: dict[str, Any] = {"cluster": "study", "data": data, "rho": 0.6, "model": "~ site | study"}
    one = pool_dependent("yi", "vi", structure="CS", **asked).components
    assert [part.name for part in one] == ["tau2", "rho"]
    assert [bool(np.isnan(part.I2)) for part in one] == [False, True]
    both = pool_dependent("yi", "vi", structure="HCS", **asked).components
    assert [part.name for part in both] == ["tau2[neck]", "tau2[hip]", "rho"]
    assert np.isnan([part.I2 for part in both]).all()
    moments = fitted(model="HE", method="HTJ", rho=None).components
    assert [(part.term, part.name) for part in moments] == [
        ("clusters", "tau2"),
        ("estimates in clusters", "omega2"),
    ]
    assert len(fitted(model="CE", method="HTJ").components) == 1


def test_the_models_error_of_moments_is_by_their_weights() -> None:
    # w = 1 / (k (v + tau2)) for each of a cluster's k estimates, whose mean variance is v
    found = fitted(model="CE", method="HTJ")
    mean = np.array([DATA.vi[c == CLUSTER].mean() for c in range(8)])
    information = (1 / (mean + found.components[0].value)).sum()
    assert found.model_se[0] == pytest.approx(information**-0.5, rel=1e-9)


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_the_fit_at_the_maximum_has_the_likelihood_of_the_method(method: str) -> None:
    found = fitted(method=method)
    again = fit_at(found.machinery.model, found.machinery.theta)
    expected = found.loglik_reml if method == "REML" else found.loglik_ml
    assert again.fit.loglik[0] == pytest.approx(expected, rel=1e-10)
    assert found.loglik_reml != pytest.approx(found.loglik_ml, abs=1e-3)
