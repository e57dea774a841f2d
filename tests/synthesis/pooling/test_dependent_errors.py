"""Sampling covariances from columns: published matrices, and each rule on small cases by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array, eye_array

from synthesis.pooling.dependent.blocks import blocks_of
from synthesis.pooling.dependent.covariance import covariance
from synthesis.pooling.dependent.error_covariance import Pairs
from synthesis.pooling.kernel.effects import Array
from tests.synthesis.pooling.dependent_problems import blocks_as_matrix, reference

VI = np.array([0.04, 0.09, 0.16, 0.25])


def matrix(**asked: Any) -> Array:
    return np.asarray(covariance(VI, **({"cluster": ["A", "A", "A", "B"]} | asked)))


def test_senns_network_by_shares_of_n_and_by_the_variance_of_the_shared_arm(shared: Path) -> None:
    d = reference(shared, "senn2013")["data"]
    names = ("study", "treatment1", "treatment2", "n1", "n2", "sd1", "sd2", "yi", "vi")
    data = pd.DataFrame({name: d[name] for name in names})
    data["v1"], data["v2"] = data.sd1**2 / data.n1, data.sd2**2 / data.n2
    asked: dict[str, Any] = {"cluster": "study", "data": data, "arm1": "treatment1", "arm2": "treatment2"}
    assert_allclose(covariance("vi", n1="n1", n2="n2", **asked), d["V_shares_of_n"], rtol=1e-12, atol=1e-15)
    made = covariance("vi", v1="v1", v2="v2", **asked)
    assert_allclose(made, d["V_shared_arm_variance"], rtol=1e-12, atol=1e-15)
    assert made.sentence == "effects that share an arm share its part of the variance"


def test_knapps_tasks_with_shared_controls(shared: Path) -> None:
    d = reference(shared, "knapp2017")["data"]
    names = ("study", "group1", "group2", "n1", "n2", "task_difficulty", "vi")
    data = pd.DataFrame({name: d[name] for name in names})
    labels = [(a, b) for a in range(1, 3) for b in range(1, 5)]
    rho = {
        (f"{a}.{b}", f"{c}.{e}"): 0.4 if a == c else 0.7 if b == e else 0.28
        for a, b in labels
        for c, e in labels
        if (a, b) != (c, e)
    }
    found = covariance(
        "vi", cluster="study", data=data, arm1="group1", arm2="group2", n1="n1", n2="n2",
        outcome="task_difficulty", rho=rho,
    )  # fmt: skip
    assert_allclose(found, blocks_as_matrix(d), rtol=1e-12, atol=1e-15)


def test_one_correlation_within_clusters_and_none_between() -> None:
    found = covariance(VI, cluster=["A", "A", "A", "B"], rho=0.5)
    assert_allclose(
        np.asarray(found),
        [[0.04, 0.03, 0.04, 0], [0.03, 0.09, 0.06, 0], [0.04, 0.06, 0.16, 0], [0, 0, 0, 0.25]],
    )
    assert (found.correlation, found.cluster, len(found)) == (0.5, ("A", "A", "A", "B"), 4)
    assert found.vi.tolist() == VI.tolist()
    assert (
        str(found) == "Covariance of 4 effects in 2 clusters: errors of the same persons are correlated 0.5"
    )
    assert np.asarray(found, dtype=np.float32).dtype == np.float32


def test_different_subgroups_are_different_persons() -> None:
    found = matrix(rho=0.5, subgroup=["men", "men", "women", "men"])
    assert_allclose(found, [[0.04, 0.03, 0, 0], [0.03, 0.09, 0, 0], [0, 0, 0.16, 0], [0, 0, 0, 0.25]])
    assert np.isnan(
        covariance(VI, cluster=list("AABB"), rho={("x", "y"): 0.1}, outcome=list("xyxy")).correlation
    )
    alone = covariance(VI, cluster=list("ABCD"))
    assert int(np.count_nonzero(np.asarray(alone))) == 4
    assert alone.sentence == "effects are independent"


def test_a_correlation_for_each_pair_of_outcomes() -> None:
    pairs = {("hip", "neck"): 0.8, ("hip", "spine"): 0.5, ("spine", "neck"): 0.3}
    outcome = ["hip", "neck", "spine", "hip"]
    expected = [[0.04, 0.048, 0.04, 0], [0.048, 0.09, 0.036, 0], [0.04, 0.036, 0.16, 0], [0, 0, 0, 0.25]]
    found = covariance(VI, cluster=["A", "A", "A", "B"], rho=pairs, outcome=outcome)
    assert_allclose(np.asarray(found), expected)
    assert found.sentence == "errors of the same persons are correlated by pair of outcomes"
    labels = ["hip", "neck", "spine"]
    square = pd.DataFrame([[1, 0.8, 0.5], [0.8, 1, 0.3], [0.5, 0.3, 1]], labels, labels)
    assert_allclose(matrix(rho=square, outcome=outcome), expected)


def test_a_correlation_that_decays_over_time() -> None:
    found = covariance(VI, cluster=["A", "A", "A", "B"], time=[0, 1, 3, 0], phi=0.5)
    assert_allclose(np.asarray(found)[0], [0.04, 0.06 * 0.5, 0.08 * 0.125, 0])
    assert_allclose(np.asarray(found)[1, 2], 0.12 * 0.25)
    assert found.sentence == "over time 0.5 to the power of the time between"
    # rho between outcomes, at one time and at two
    both = matrix(time=[0, 0, 1, 0], phi=0.5, rho=0.8, outcome=["x", "y", "x", "x"])
    assert_allclose(both[0], [0.04, 0.06 * 0.8, 0.08 * 0.5, 0])
    assert_allclose(both[1, 2], 0.12 * 0.8 * 0.5)
    # without outcomes rho is for effects of one time
    assert_allclose(matrix(time=[0, 0, 1, 0], phi=0.5, rho=0.8)[0], [0.04, 0.06 * 0.8, 0.08 * 0.5, 0])
    assert_allclose(matrix(time=[0, 1, 2, 0], phi=0.0)[0], [0.04, 0, 0, 0])


def test_arms_that_are_shared_the_other_way_round_have_a_minus() -> None:
    asked: dict[str, Any] = {"v1": [0.01, 0.03, 0.05, 0.1], "v2": [0.03, 0.06, 0.11, 0.15]}
    found = matrix(arm1=["P", "P", "Q", "P"], arm2=["Q", "R", "P", "Q"], **asked)
    assert found[0, 1] == pytest.approx(np.sqrt(0.01 * 0.03))
    # Q - P against P - Q: both arms, each with a minus
    assert found[0, 2] == pytest.approx(-np.sqrt(0.01 * 0.11) - np.sqrt(0.03 * 0.05))
    assert found[1, 2] == pytest.approx(-np.sqrt(0.03 * 0.11))
    by_n = matrix(arm1=list("PPPP"), arm2=list("QRSQ"), n1=[10] * 4, n2=[30, 10, 40, 20])
    parts = VI * (1 / 10) / (1 / 10 + 1 / np.array([30, 10, 40, 20]))
    assert_allclose(by_n[0, 1:3], np.sqrt(parts[0] * parts[1:3]))


def test_whole_numbers_are_labels_however_they_are_stored() -> None:
    one = matrix(cluster=[1.0, 1.0, 2.0, 3.0], rho=0.5)
    assert_allclose(one, matrix(cluster=["1", 1, 2, "3"], rho=0.5))
    assert covariance(VI, cluster=[1.0, 1.5, 1.5, 2], rho=0.5).cluster == ("1", "1.5", "1.5", "2")


@pytest.mark.parametrize(
    ("time", "which"), [([0, 1, 0], "1 and 3"), ([0, 1, 1], "2 and 3"), ([0, 0, 1], "1 and 2")]
)
def test_effects_that_are_perfectly_correlated_are_named(time: list[int], which: str) -> None:
    says = rf"A: .* is singular .*, its effects {which} are perfectly correlated\)"
    with pytest.raises(ValueError, match=says):
        covariance(VI, cluster=["A", "A", "A", "B"], time=[*time, 0], phi=0.5)


def test_the_first_impossible_cluster_is_named_beside_possible_ones() -> None:
    v = np.full(7, 0.1)
    table = {("a", "b"): 0.9, ("a", "c"): 0.9, ("b", "c"): -0.9}
    with pytest.raises(
        ValueError, match=r"Y: the covariance of its 3 effects is not positive definite .*possible"
    ):
        covariance(v, cluster=list("XXYYYZZ"), rho=table, outcome=list("ababcac"))
    assert len(covariance(v[:4], cluster=list("XXZZ"), rho=table, outcome=list("abac"))) == 4


def test_effects_of_a_cluster_stay_in_their_order_however_many_and_scattered_they_are() -> None:
    cluster = np.random.default_rng(1).integers(0, 3, 300)
    sizes = np.bincount(cluster)
    pairs = Pairs.within(cluster)
    assert (pairs.i < pairs.j).all()
    assert (cluster[pairs.i] == cluster[pairs.j]).all()
    assert len(set(zip(pairs.i.tolist(), pairs.j.tolist(), strict=True))) == sum(
        m * (m - 1) // 2 for m in sizes
    )
    blocks = blocks_of(np.ones((300, 1)), csr_array(np.eye(300)), (), cluster)
    rows = [row[row >= 0].tolist() for stack in blocks.stacks for row in stack.rows]
    assert sorted(rows) == sorted(np.flatnonzero(cluster == n).tolist() for n in range(3))


def test_blocks_of_like_size_stand_in_one_stack_and_long_ones_in_their_own() -> None:
    """They are filled up to the next of 2^n, 3 2^n and 5 2^n rows; those of more than 64 are not."""
    size = np.arange(1, 71)
    cluster = np.repeat(np.arange(70), size)
    k = cluster.size
    stacks = blocks_of(np.ones((k, 1)), csr_array(eye_array(k)), (), cluster).stacks
    known = sorted(f * 2**n for f in (1, 3, 5) for n in range(7) if f * 2**n <= 64)
    expected = [next((width for width in known if width >= m), m) for m in size.tolist()]
    found = {int(n): stack.rows.shape[1] for stack in stacks for n in stack.real.sum(axis=1)}
    assert found == dict(zip(size.tolist(), expected, strict=True))
    assert len(stacks) == 16 + 6
