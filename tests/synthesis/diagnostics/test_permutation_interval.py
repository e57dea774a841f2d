"""The interval that the permutation test of the mean implies."""

import json
import math
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from synthesis import pool
from synthesis.diagnostics.permutation_interval import permutation_interval
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.resampling.permutation import permutation_test
from tests.synthesis.diagnostics.reference import METAFOR, Comparisons

PINNED = json.loads(
    (Path(__file__).parents[2] / "reference" / "diagnostics" / "permutation_intervals.json").read_text()
)["permutations"]
TESTS = {"z": "z", "knha": "HKSJ"}


def test_p_values_agree_with_metafor() -> None:
    compared = Comparisons()
    for name, entry in METAFOR.items():
        if entry.get("permutest"):
            found = permutation_interval(pool(entry["yi"], entry["vi"], test="z"))
            compared.check(name, found.p_value, entry["permutest"]["pval"])
    assert compared.report() == 3


@pytest.mark.parametrize("name", PINNED)
def test_ends_agree_with_metafor_as_far_as_its_root_finding_goes(name: str) -> None:
    entry = PINNED[name]
    found = permutation_interval(
        pool(entry["yi"], entry["vi"], method=entry["method"], test=TESTS[entry["test"]])
    )
    assert found.p_value == entry["pval"]
    # metafor stops within 1e-8 of the end, on either side
    assert (found.ci_low, found.ci_high) == pytest.approx(entry["ci"], abs=2e-8)
    assert found.connected


def weighted_means(yi: Array, vi: Array) -> Array:
    """Of every subset, the weighted mean and that of the other studies; (2^k - 2, 2)."""
    w = 1.0 / vi
    chosen = np.array(list(product((0.0, 1.0), repeat=yi.size)))[1:-1]
    return np.column_stack([part @ (w * yi) / (part @ w) for part in (chosen, 1.0 - chosen)])


def test_equal_effects_ends_are_weighted_means_of_subsets() -> None:
    # with fixed weights the sum with changed signs is as large just where mu lies between both means
    yi, vi = np.array(METAFOR["bcg_rr"]["yi"])[:8], np.array(METAFOR["bcg_rr"]["vi"])[:8]
    pairs = np.sort(weighted_means(yi, vi), axis=1)

    def p(mu: float) -> float:
        return float((((pairs[:, 0] <= mu) & (mu <= pairs[:, 1])).sum() + 2) / 2**8)

    kept_low = min(mu for mu in pairs[:, 0].tolist() if p(mu) > 0.05)
    kept_high = max(mu for mu in pairs[:, 1].tolist() if p(mu) > 0.05)
    found = permutation_interval(pool(yi, vi, method="EE", test="z"))
    assert found.ci_low == pytest.approx(kept_low, rel=1e-11)
    assert found.ci_high == pytest.approx(kept_high, rel=1e-11)
    assert found.p_value == p(0.0)


@pytest.mark.parametrize("test", ["z", "HKSJ"])
def test_p_passes_the_level_at_both_ends(test: str) -> None:
    entry = METAFOR["collins1985b"]
    pooled = pool(entry["yi"], entry["vi"], test=test)
    found = permutation_interval(pooled)

    def p(mu: float) -> float:
        return permutation_test(Effects(pooled.yi - mu, pooled.vi), "REML", test).p_value.item()

    for end, outward in ((found.ci_low, -1e-6), (found.ci_high, 1e-6)):
        assert p(end - outward) > 0.05 >= p(end + outward)
    assert found.ci_low < pooled.estimate < found.ci_high


def test_too_few_studies_reject_nothing() -> None:
    found = permutation_interval(pool([1.0, 1.1, 1.2, 1.3, 1.4], [1e-4] * 5))
    assert found.least_p == 1 / 16
    assert (found.ci_low, found.ci_high) == (-math.inf, math.inf)
    at_90 = permutation_interval(pool([1.0, 1.1, 1.2, 1.3, 1.4], [1e-4] * 5, level=0.9))
    assert (at_90.ci_low, at_90.ci_high) == pytest.approx((1.0, 1.4), rel=1e-11)
    assert math.isinf(permutation_interval(pool([1.0], [0.1])).ci_low)


@pytest.mark.parametrize("test", ["z", "HKSJ"])
def test_equal_effects_leave_one_value(test: str) -> None:
    found = permutation_interval(pool([0.5] * 7, [0.1, 0.2, 0.3, 0.1, 0.2, 0.4, 0.5], test=test))
    assert (found.ci_low, found.ci_high) == pytest.approx((0.5, 0.5), rel=1e-11)


def test_a_sample_of_signs_is_that_of_its_seed() -> None:
    rng = np.random.default_rng(2)
    pooled = pool(rng.normal(0.3, 0.4, 20), np.full(20, 0.05), method="DL")
    first, again = (permutation_interval(pooled, draws=400, seed=5) for _ in range(2))
    assert first == again
    assert (first.exact, first.permutations, first.least_p) == (False, 401, 1 / 401)
    assert (first.ci_low, first.ci_high) == pytest.approx((pooled.ci_low, pooled.ci_high), abs=0.06)


def test_a_value_rejected_between_the_ends_is_told() -> None:
    """p of the REML test rises again away from the estimate, so that the values kept have a gap."""
    yi, vi = [-0.8, -0.6, 0.0, 1.5, -0.2, -0.9], [0.061, 0.005, 0.348, 0.612, 0.104, 0.884]
    pooled = pool(yi, vi, level=0.8, test="z")
    found = permutation_interval(pooled)
    assert not found.connected

    def p(mu: float) -> float:
        return permutation_test(Effects(pooled.yi - mu, pooled.vi), "REML", "z").p_value.item()

    assert found.ci_low < -0.75 < -0.652 < found.estimate
    assert p(-0.652) <= 0.2 < p(-0.75)
    for end, outward in ((found.ci_low, -1e-6), (found.ci_high, 1e-6)):
        assert p(end - outward) > 0.2 >= p(end + outward)
    assert (found.estimate, found.level, found.permutations, found.exact) == (pooled.estimate, 0.8, 32, True)


@pytest.mark.parametrize("weights", ["equal", [1.0, 4.0, 2.0, 1.0, 3.0, 1.0]])
def test_the_weights_of_the_result_are_those_of_every_arrangement(weights: object) -> None:
    """At fixed weights and one variance each z is in proportion to the weighted sum of signed effects."""
    yi, vi = np.array([0.4, -0.1, 0.3, 0.9, 0.2, 0.6]), np.full(6, 0.2)
    found = permutation_interval(pool(yi, vi, method="EE", test="z", weights=weights, level=0.9))
    w = np.ones(6) if isinstance(weights, str) else np.array(weights)
    signs = np.array(list(product((1.0, -1.0), repeat=6)))

    def p(mu: float) -> float:
        size = np.abs(signs @ (w * (yi - mu)))
        return float(np.mean(size >= size[0] * (1 - 1e-9)))

    assert found.p_value == pytest.approx(p(0.0))
    for end, outward in ((found.ci_low, -1e-6), (found.ci_high, 1e-6)):
        assert p(end - outward) > 0.1 >= p(end + outward)


def test_a_sample_of_signs_is_balanced() -> None:
    """Of 24 effects the sum with random signs is nearly normal, with the sum of squares for its variance."""
    yi = 0.4 + np.random.default_rng(8).normal(0.0, 1.0, 24)
    found = permutation_interval(pool(yi, np.full(24, 0.05), method="EE", test="z"), draws=3000, seed=3)
    for mu in (found.ci_low, found.ci_high):
        assert abs(np.sum(yi - mu)) / np.sqrt(np.sum((yi - mu) ** 2)) == pytest.approx(1.96, abs=0.1)
    z = abs(yi.sum()) / math.sqrt(np.sum(yi**2))
    assert found.p_value == pytest.approx(math.erfc(z / math.sqrt(2.0)), abs=0.02)
