"""Ways of allowing for few clusters, as a user asks for them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from evidence.wording import number, p_number
from synthesis import pool_dependent
from synthesis.clustered import small_sample_tests

RNG = np.random.default_rng(4)
CLUSTER = np.repeat(np.arange(8), [3, 1, 2, 4, 2, 3, 1, 3])
K = CLUSTER.size
DATA = pd.DataFrame(
    {
        "yi": 0.2 + RNG.normal(0, 0.5, 8)[CLUSTER] + RNG.normal(0, 0.2, K),
        "vi": RNG.uniform(0.02, 0.1, K),
        "study": [f"S{c}" for c in CLUSTER],
        "dose": RNG.uniform(0, 3, K),
        "year": np.arange(8)[CLUSTER] * 1.0,
    }
)


def fitted(**asked: Any) -> Any:
    chosen: dict[str, Any] = {"rho": 0.6, "mods": "~ dose + year"} | asked
    return pool_dependent("yi", "vi", cluster="study", data=DATA, **chosen)


def test_p_values_by_every_allowance_stand_side_by_side() -> None:
    found = fitted()
    tests = found.small_sample_tests()
    assert_allclose(tests.statistic, found.statistic, rtol=1e-12)
    assert_allclose(tests.df, found.df, rtol=1e-12)
    assert_allclose(tests.satterthwaite, found.p_value, rtol=1e-10)
    size = np.abs(found.statistic)
    assert_allclose(tests.clusters_less_one, 2 * stats.t.sf(size, 7), rtol=1e-10)
    assert_allclose(tests.clusters_less_p, 2 * stats.t.sf(size, 5), rtol=1e-10)
    assert_allclose(tests.normal, 2 * stats.norm.sf(size), rtol=1e-10)
    assert (np.abs(np.log(tests.saddlepoint / tests.satterthwaite)) < 0.5).all()
    lines = [" ".join(line.split()) for line in str(tests).splitlines()]
    assert lines[0] == "p-values with CR2 standard errors of 8 clusters"
    assert lines[1] == "t df Satterthwaite saddlepoint t(7) t(5) normal"
    ps = (
        tests.satterthwaite,
        tests.saddlepoint,
        tests.clusters_less_one,
        tests.clusters_less_p,
        tests.normal,
    )
    cells = [number(tests.statistic[1]), number(tests.df[1]), *(p_number(p[1]) for p in ps)]
    assert lines[3] == " ".join(["dose", *cells])
    frame = tests.to_frame()
    assert frame.columns.tolist() == [
        "name", "statistic", "df", "satterthwaite", "saddlepoint", "clusters_less_one", "clusters_less_p",
        "normal",
    ]  # fmt: skip
    assert frame["name"].tolist() == ["Intercept", "dose", "year"]


def test_above_two_thousand_clusters_no_saddlepoint_is_sought(monkeypatch: pytest.MonkeyPatch) -> None:
    found = fitted()
    monkeypatch.setattr(small_sample_tests, "_MOST", 8)
    assert np.isfinite(found.small_sample_tests().saddlepoint).all()
    monkeypatch.setattr(small_sample_tests, "_MOST", 7)
    assert np.isnan(found.small_sample_tests().saddlepoint).all()


def test_a_joint_test_allows_for_few_clusters_as_asked() -> None:
    found = fitted()
    wald = found.estimate[1:] @ np.linalg.solve(found.covariance[1:, 1:], found.estimate[1:])
    by = {word: found.joint_test(["dose", "year"], by=word) for word in ("J-1", "J-p", "chi2")}
    assert [(t.df1, t.df2) for t in by.values()] == [(2, 7.0), (2, 5.0), (2, math.inf)]
    assert_allclose([t.statistic for t in by.values()], [wald / 2, wald / 2, wald], rtol=1e-9)
    expected = [stats.f.sf(wald / 2, 2, 7), stats.f.sf(wald / 2, 2, 5), stats.chi2.sf(wald, 2)]
    assert_allclose([t.p_value for t in by.values()], expected, rtol=1e-8)
    assert found.joint_test(["dose", "year"]) == found.joint_test(["dose", "year"], by="htz")
    words = {
        found.joint_test(["dose", "year"], by=word).p_value for word in ("HTZ", "HTA", "HTB", "EDF", "EDT")
    }
    assert len(words) == 5


def test_questions_of_few_clusters_are_for_robust_tests() -> None:
    found = fitted(test="t")
    assert found.joint_test("dose").df1 == 1
    with pytest.raises(ValueError, match="by 'HTA' is of cluster-robust tests and this is test 't'"):
        found.joint_test("dose", by="HTA")
    with pytest.raises(ValueError, match="expected a cluster-robust test such as CR2"):
        found.small_sample_tests()
    with pytest.raises(ValueError, match="unknown by 'HTC'"):
        fitted().joint_test("dose", by="HTC")
