"""Every number of the pinned posteriors, and the values printed in the paper of bayesmeta."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from synthesis.pooling.bayes.bayes_factors import evidence_for_no_effect, evidence_for_no_heterogeneity
from synthesis.pooling.bayes.mean_priors import FlatMean, NormalMean
from synthesis.pooling.bayes.posterior import posterior
from synthesis.pooling.bayes.predictive_priors import turner
from synthesis.pooling.bayes.tau_priors import HalfNormal
from synthesis.pooling.kernel.effects import Effects
from synthesis.pooling.kernel.fitting import estimate_batch
from tests.synthesis.pooling.bayes.reference_posteriors import DATA_SETS, Fit, every_pair, fits


@pytest.fixture(scope="module")
def every_fit(shared: Path) -> list[Fit]:
    return list(fits(shared, *DATA_SETS))


NUMBERS = {
    "crins2014": (18, 2_772, 0),
    "crins2014_randomised": (17, 1_450, 12),
    "hip_men": (16, 1_639, 9),
    "rubin1981": (14, 2_632, 0),
}
"""Fits, numbers compared, and moments that do not exist."""


@pytest.mark.parametrize("name", DATA_SETS)
def test_every_summary_agrees_with_the_pinned_one(name: str, every_fit: list[Fit]) -> None:
    compared, absent = 0, 0
    of_this = [fit for fit in every_fit if fit.name == name]
    for fit in of_this:
        for what, ours, theirs in every_pair(fit):
            where = f"{fit.name} {fit.key} {what}"
            if theirs is None:
                assert np.isnan(ours), where
                absent += 1
            else:
                size = max(abs(theirs), 1.0 if "above zero" in what else fit.s0)
                assert abs(ours - theirs) <= 1e-10 * size, (where, ours, theirs)
                compared += 1
    assert (len(of_this), compared, absent) == NUMBERS[name]


def test_evidence_agrees_with_the_pinned_one(every_fit: list[Fit]) -> None:
    seen: Counter[str] = Counter()
    for fit in every_fit:
        ours, theirs = fit.ours, fit.exact
        assert_allclose(ours.log_integrated[0], theirs["log_integrated"], rtol=0, atol=1e-10)
        seen["integrated"] += 1
        proper = ours.tau_priors[0].proper and not isinstance(ours.mean_prior, FlatMean)
        assert proper == (theirs["log_marginal_likelihood"] is not None)
        if proper:
            assert theirs["log_marginal_likelihood"] == theirs["log_integrated"]
            seen["marginal"] += 1
        factors = theirs["bayes_factor_for"] or {}
        if "tau_zero" in factors:
            assert_allclose(evidence_for_no_heterogeneity(ours)[0], factors["tau_zero"], rtol=1e-10)
            seen["tau"] += 1
        else:
            with pytest.raises(ValueError, match="improper: its height is arbitrary"):
                evidence_for_no_heterogeneity(ours)
        if "mu_zero" in factors:
            assert_allclose(evidence_for_no_effect(ours)[0], factors["mu_zero"], rtol=1e-10)
            seen["mu"] += 1
        else:
            with pytest.raises(ValueError, match="improper: its height is arbitrary"):
                evidence_for_no_effect(ours)
    assert seen == {"integrated": 65, "marginal": 38, "tau": 58, "mu": 38}


KNOWN = {
    "tau median": 2e-9,  # its quantiles are solved to that
    "tau mean": 1e-12,
    "tau sd": 1e-12,
    "tau mode": 5e-3,  # where its optimiser stops
    "tau shortest": 5e-3,
    "median": 9e-3,  # a discrete mixture for tau
    "mode": 2e-2,
    "mean": 8e-3,
    "sd": 5e-2,  # its mixture ends before heavy tails do
    "shortest": 3e-3,
    "tau_zero": 1e-12,
    "mu_zero": 1e-12,
}
"""How far bayesmeta 3.4 is from the exact values: in medians of tau, in standard deviations (between the 16
% and 84 % quantiles), of intervals in their widths, of Bayes factors relative; and why."""


def bayesmeta_pairs(fit: Fit) -> list[tuple[str, float, float | None, float]]:
    """(kind of difference, ours, theirs, what the difference is beside)."""
    ours, theirs = fit.ours, fit.numbers["bayesmeta"]
    unit, origin, tau = ours.data.unit[0], ours.data.origin[0], theirs["tau"]
    median = unit * ours.tau.quantile(np.array([0.5]))[0, 0]
    low, high = ours.tau.shortest(0.95)
    found = [
        ("tau median", median, tau["median"], median),
        ("tau mean", unit * ours.tau.expectation(1)[0], tau["mean"], median),
        ("tau sd", unit * ours.tau.deviation()[0], tau["sd"], median),
        ("tau mode", unit * ours.tau.mode()[0], tau["mode"], median),
        ("tau shortest", unit * low[0], tau["shortest_lower"], median),
        ("tau shortest", unit * high[0], tau["shortest_upper"], median),
    ]
    for mixture, exists, numbers in (
        (ours.mu, ours.mean_exists, [theirs["mu"]]),
        (ours.new, ours.exists, [theirs["prediction"]]),
        (ours.studies, None, theirs["studies"]),
    ):
        q = origin + unit * mixture.quantile(np.array([0.025, 0.16, 0.5, 0.84, 0.975]))
        mean, sd = origin + unit * mixture.expectation(), unit * mixture.deviation()
        mode, ends = origin + unit * mixture.mode(), [origin + unit * end for end in mixture.shortest(0.95)]
        for row, other in enumerate(numbers):
            spread, width = 0.5 * (q[row, 3] - q[row, 1]), q[row, 4] - q[row, 0]
            found += [
                ("median", q[row, 2], other["median"], spread),
                ("mode", mode[row], other["mode"], spread),
                ("shortest", ends[0][row], other["shortest_lower"], width),
                ("shortest", ends[1][row], other["shortest_upper"], width),
            ]
            if exists is None or exists(1)[0]:
                found.append(("mean", mean[row], other["mean"], spread))
            if exists is None or exists(2)[0]:
                found.append(("sd", sd[row], other["sd"], sd[row]))
    for kind, evidence in (("tau_zero", evidence_for_no_heterogeneity), ("mu_zero", evidence_for_no_effect)):
        factor = theirs["bayes_factor_for"][kind]
        if factor is not None:
            value = evidence(ours)[0]
            found.append((kind, value, factor, value))
    return found


@pytest.mark.parametrize(("name", "count"), list(zip(DATA_SETS, (994, 520, 583, 940), strict=True)))
def test_bayesmeta_differs_by_as_much_as_is_known(name: str, count: int, every_fit: list[Fit]) -> None:
    compared = 0
    for fit in (fit for fit in every_fit if fit.name == name):
        for kind, ours, theirs, beside in bayesmeta_pairs(fit):
            if theirs is not None:
                assert abs(ours - theirs) <= KNOWN[kind] * beside, (fit.name, fit.key, kind, ours, theirs)
                compared += 1
    assert compared == count


@pytest.fixture(scope="module")
def crins(shared: Path) -> dict[str, Any]:
    text = (shared / "reference" / "bayes" / "crins2014.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def printed(crins: dict[str, Any], what: str) -> dict[str, Any]:
    (found,) = (value for value in crins["published"]["values"] if value["what"] == what)
    assert isinstance(found, dict)
    return found


def test_the_values_printed_in_roever_2020_are_found_to_that_programs_error(crins: dict[str, Any]) -> None:
    """Pages 21 to 32: half-normal(0.5) for tau and normal(0, 4) for mu."""
    y, s = np.array(crins["data"]["yi"]), np.array(crins["data"]["sei"])
    found = posterior(Effects(y, s * s), HalfNormal(0.5), NormalMean(0.0, 4.0))
    unit, origin = found.data.unit[0], found.data.origin[0]
    compared = 0

    def same(ours: Any, theirs: Any, error: float) -> None:
        nonlocal compared
        assert_allclose(ours, theirs, rtol=0, atol=error)
        compared += np.size(ours)

    tau, middle = printed(crins, "tau"), np.array([0.5])  # page 21-22
    same(unit * found.tau.mode()[0], tau["mode"], 2e-6)  # where an optimiser stopped
    same(unit * found.tau.quantile(middle)[0, 0], tau["median"], 2e-7)
    same(unit * found.tau.expectation(1)[0], tau["mean"], 6e-8)
    same(unit * found.tau.deviation()[0], tau["sd"], 6e-8)
    same([unit * end[0] for end in found.tau.shortest(0.95)], tau["shortest95"], 2e-5)
    for what, mixture, row in (
        ("mu", found.mu, 0),
        ("shrinkage Heffron 2003", found.studies, 0),
        ("shrinkage Gibelli 2004", found.studies, 1),
    ):
        numbers = printed(crins, what)  # pages 21-22, 27-28
        same(origin + unit * mixture.mode()[row], numbers["mode"], 4e-3)
        same(origin + unit * mixture.quantile(middle)[row, 0], numbers["median"], 1e-3)
        same(origin + unit * mixture.expectation()[row], numbers["mean"], 1e-3)
        same(unit * mixture.deviation()[row], numbers["sd"], 1e-3)
        same([origin + unit * end[row] for end in mixture.shortest(0.95)], numbers["shortest95"], 2e-3)
    same(
        [unit * end[0] for end in found.tau.shortest(0.99)],
        printed(crins, "tau, 99 % shortest")["interval"],
        2e-5,
    )
    central = unit * found.tau.quantile(np.array([0.005, 0.995]))[0]  # page 26-27
    same(central, printed(crins, "tau, 99 % central")["interval"], 6e-9)
    marginal = printed(crins, "maximum a posteriori, marginal")
    same(unit * found.tau.mode()[0], marginal["tau"], 2e-6)
    same(origin + unit * found.mu.mode()[0], marginal["mu"], 3e-4)
    reml = estimate_batch(Effects(y, s * s), "REML")  # page 32
    same(np.sqrt(reml.tau2), printed(crins, "REML")["tau"], 2e-4)
    joint = printed(crins, "maximum a posteriori, joint")
    at = found.joint_density(np.array([[joint["mu"]]]), np.array([[joint["tau"]]])).item()
    for mu, tau_near in ((1e-3, 0.0), (-1e-3, 0.0), (0.0, 1e-3), (0.0, -1e-3)):
        near = found.joint_density(np.array([[joint["mu"] + mu]]), np.array([[joint["tau"] + tau_near]]))
        assert near.item() < at
        compared += 1
    assert compared == 35


def test_turners_prior_has_the_quantiles_of_page_31(crins: dict[str, Any]) -> None:
    expected = printed(
        crins, "Turner prior, surgical, pharmacological against placebo: 2.5, 50, 97.5 % of tau"
    )
    prior = turner("surgical", "pharmacological vs placebo/control")
    alone = posterior(Effects(np.array([0.0]), np.array([1.0])), prior, FlatMean())
    found = alone.data.unit * alone.tau.quantile(np.array([0.025, 0.5, 0.975]))[0]
    assert_allclose(found, expected["quantiles"], rtol=0, atol=6e-9)
