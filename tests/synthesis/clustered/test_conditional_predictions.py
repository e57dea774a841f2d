"""Predictions for one of the clusters, by dense matrices."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from synthesis import pool_dependent
from synthesis.pooling.kernel.effects import Array

RNG = np.random.default_rng(1991)
CLUSTER = np.repeat(np.arange(10), [3, 1, 2, 4, 2, 6, 1, 3, 2, 9])
K = CLUSTER.size
DISTRICT = CLUSTER // 3
SITE = np.where(RNG.uniform(size=K) < 0.5, "hip", "neck")
DATA = pd.DataFrame(
    {
        "yi": 0.2
        + RNG.normal(0, 0.5, 4)[DISTRICT]
        + RNG.normal(0, 0.5, 10)[CLUSTER]
        + RNG.normal(0, 0.3, K)
        + np.where(SITE == "hip", RNG.normal(0, 0.3, 10)[CLUSTER], 0.0),
        "vi": RNG.uniform(0.02, 0.1, K),
        "study": [f"S{c}" for c in CLUSTER],
        "district": [f"D{d}" for d in DISTRICT],
        "dose": RNG.uniform(0, 3, K),
        "site": SITE,
        "row": np.arange(K),
    }
)
SAME_STUDY = (CLUSTER[:, None] == CLUSTER).astype(float)
SAME_DISTRICT = (DISTRICT[:, None] == DISTRICT).astype(float)
NEW = pd.DataFrame({"dose": [0.5, 2.0]})
ROWS = np.array([[1.0, 0.5], [1.0, 2.0]])


def fitted(**asked: Any) -> Any:
    usual: dict[str, Any] = {"rho": 0.6, "mods": "~ dose"}
    return pool_dependent("yi", "vi", cluster="study", data=DATA, **(usual | asked))


def by_hand(result: Any, g: Array, shared: Array, own: float) -> tuple[Array, Array]:
    """The best linear unbiased prediction of x'b + u and its error variance.

    g: covariance of all true effects; shared: (k,), theirs with u; own: the variance of u. Robinson 1991.
    """
    w = np.linalg.inv(result.machinery.model.v.toarray() + g)
    x, y = np.column_stack([np.ones(K), DATA.dose]), DATA.yi.to_numpy()
    c = np.linalg.inv(x.T @ w @ x)
    beta = c @ x.T @ w @ y
    at = ROWS @ beta + shared @ w @ (y - x @ beta)
    q = ROWS - shared @ w @ x
    return at, own - shared @ w @ shared + np.einsum("mp,pq,mq->m", q, c, q)


@pytest.mark.parametrize("level", [0.95, 0.8])
@pytest.mark.parametrize("cluster", ["S1", "S5", "S9"])
def test_a_cluster_of_correlated_and_hierarchical_effects_is_predicted_from_its_own(
    cluster: str, level: float
) -> None:
    result = fitted()
    tau2, omega2 = (part.value for part in result.components)
    shared = tau2 * (DATA.study == cluster).to_numpy()
    at, variance = by_hand(result, tau2 * SAME_STUDY + omega2 * np.eye(K), shared, tau2)
    found = result.predict(NEW, cluster=cluster, level=level)
    assert_allclose(found.estimate, at, rtol=1e-8)
    assert_allclose(found.se, np.sqrt(variance), rtol=1e-8)
    point = norm.ppf(0.5 + level / 2)
    assert_allclose(found.ci_high - at, point * found.se, rtol=1e-8)
    assert_allclose(at - found.ci_low, point * found.se, rtol=1e-8)
    assert_allclose(found.prediction_high - at, point * np.sqrt(variance + omega2), rtol=1e-8)
    assert_allclose(at - found.prediction_low, point * np.sqrt(variance + omega2), rtol=1e-8)
    assert found.names == ("row 1", "row 2")
    assert found.notes == (
        "variances are taken as known, and the interval is the model's own, not cluster-robust.",
    )


def test_without_effects_of_estimates_a_new_estimate_is_the_mean_of_the_cluster() -> None:
    result = fitted(model="CE")
    tau2 = result.components[0].value
    shared = tau2 * (CLUSTER == 3)
    at, variance = by_hand(result, tau2 * SAME_STUDY, shared, tau2)
    found = result.predict(NEW, cluster="S3")
    assert_allclose(np.r_[found.estimate, found.se], np.r_[at, np.sqrt(variance)], rtol=1e-8)
    assert_allclose(found.prediction_low, found.ci_low, rtol=1e-10)


def test_without_moderators_it_is_the_mean_and_the_clusters_random_effect() -> None:
    result = fitted(mods=None, test="z")
    blup = dict(zip(result.blup().group, result.blup().effect, strict=False))
    for name in ("S0", "S4", "S9"):
        found = result.predict(cluster=name)
        assert_allclose(found.estimate, result.estimate[0] + blup[name], rtol=1e-8)
        assert len(found.estimate) == K


@pytest.mark.parametrize("outcome", ["hip", "neck"])
def test_random_effects_by_outcome_are_predicted_for_the_outcome_named(outcome: str) -> None:
    result = fitted(model="CMVE", outcome="site")
    values = {part.name: part.value for part in result.components}
    sd = {site: np.sqrt(values[f"tau2[{site}]"]) for site in ("hip", "neck")}
    rho = next(value for name, value in values.items() if name.startswith("rho"))
    scale = np.array([sd[site] for site in SITE])
    alike = np.where(SITE[:, None] == SITE, 1.0, rho)
    g = SAME_STUDY * np.outer(scale, scale) * alike
    shared = (CLUSTER == 5) * sd[outcome] * scale * np.where(outcome == SITE, 1.0, rho)
    at, variance = by_hand(result, g, shared, sd[outcome] ** 2)
    found = result.predict(NEW, cluster="S5", outcome=outcome)
    assert_allclose(found.estimate, at, rtol=1e-8)
    assert_allclose(found.se, np.sqrt(variance), rtol=1e-8)
    assert_allclose(found.prediction_high, found.ci_high, rtol=1e-10)


def test_a_cluster_within_a_larger_group_has_the_random_effects_of_both() -> None:
    result = fitted(model="~ 1 | district/study/row", test="t")
    district, study, row = (part.value for part in result.components)
    assert district > 0
    assert study > 0
    g = district * SAME_DISTRICT + study * SAME_STUDY + row * np.eye(K)
    shared = district * (DISTRICT == 1) + study * (CLUSTER == 4)
    at, variance = by_hand(result, g, shared, district + study)
    found = result.predict(NEW, cluster="S4")
    assert_allclose(found.estimate, at, rtol=1e-8)
    assert_allclose(found.se, np.sqrt(variance), rtol=1e-8)
    half = norm.ppf(0.975) * np.sqrt(variance + row)
    assert_allclose(found.prediction_high - at, half, rtol=1e-8)


NONE = "the model has no random effects of clusters that could be predicted for one of them"
REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "moments": ({"model": "CE", "method": "HTJ"}, {}, NONE),
    "no random effects": ({"method": "EE"}, {}, NONE),
    "crossed": ({"model": "~ 1 | site", "test": "t"}, {}, NONE),
    "random slopes": (
        {"model": "~ dose | study"}, {},
        "random slopes have no single effect of a cluster; blup() has each estimate's own",
    ),
    "outcome missing": (
        {"model": "SCE", "outcome": "site"}, {},
        "the random effects differ by outcome; expected one of hip, neck",
    ),
    "outcome unknown": (
        {"model": "SCE", "outcome": "site"}, {"outcome": "spine"},
        "outcome is 'spine'; expected one of hip, neck",
    ),
    "outcome of none": ({}, {"outcome": "hip"}, "outcome is 'hip'; expected none, as no variance differs by"),
    "cluster unknown": ({}, {"cluster": "S99"}, "unknown cluster 'S99'; did you mean 'S9'? Expected"),
}  # fmt: skip


@pytest.mark.parametrize("slip", REFUSED)
def test_what_no_cluster_can_be_predicted_by_is_refused(slip: str) -> None:
    asked, request, sentence = REFUSED[slip]
    result = fitted(**asked)
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}"):
        result.predict(NEW, **({"cluster": "S5"} | request))


def test_labels_of_outcomes_are_one_for_each_row() -> None:
    result = fitted(model="SCE", outcome="site")
    both = result.predict(NEW, outcome=["hip", "neck"])
    alone = [result.predict(NEW, outcome=site).prediction_high[i] for i, site in enumerate(("hip", "neck"))]
    assert_allclose(both.prediction_high, alone, rtol=1e-12)
    assert np.isnan(result.predict(NEW).prediction_high).all()
    with pytest.raises(
        ValueError, match="outcome has 3 labels for 2 rows; expected one each, or one for all"
    ):
        result.predict(NEW, outcome=["hip", "neck", "hip"])
    assert np.isnan(fitted(method="EE").predict(NEW).prediction_high).all()


def test_rows_beyond_the_moderators_are_named_three_of_them() -> None:
    result = fitted()
    far = [result.predict(pd.DataFrame({"dose": [1.0, *[9.0] * n]})).notes for n in (0, 1, 3, 5)]
    said = "beyond the moderators of every effect, so extrapolated: "
    assert far == [
        (),
        (f"{said}row 2.",),
        (f"{said}row 2, row 3, row 4.",),
        (f"{said}row 2, row 3, row 4 and 2 more.",),
    ]
