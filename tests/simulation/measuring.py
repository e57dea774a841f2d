"""What is measured on simulated data sets: every test, interval, prediction and estimator there is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import special

from synthesis.pooling.batch import pool_batch
from synthesis.pooling.bayes.data_scaled_priors import DuMouchel
from synthesis.pooling.bayes.mean_priors import FlatMean
from synthesis.pooling.bayes.posterior_summaries import summaries
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.kernel.fitting import estimate_batch
from synthesis.pooling.mean.inference import Bounds
from synthesis.pooling.mean.tests import TESTS
from synthesis.pooling.prediction.prediction import PREDICTIONS
from synthesis.pooling.tau2.estimators import ESTIMATORS
from synthesis.pooling.tau2.intervals import INTERVALS, heterogeneity_intervals
from tests.simulation.designs import KS, Setting, Simulated, all_settings, simulate

ALPHA = 0.05
BAYES = "Bayes"
CLASSICAL = "z, DL"
# Those that cost a millisecond a data set, or hundreds: fewer replicates, at these I2 only.
SLOW = {"HC": 1_000, "J": 500, "BJ": 500, "GENQM": 1_000, "NNF": 60}
SLOW_I2 = (0, 50, 90, None)
NNF_K = (3, 5, 20)  # with two studies one interval costs some tenths of a second
BAYES_K = KS
ESTIMATED = tuple(Setting("Brockwell-Gordon", k, i2) for k in (5, 20) for i2 in (0, 50, 90))
CALIBRATED = tuple(Setting(sizes, k, None) for k in BAYES_K for sizes in ("unequal", "Brockwell-Gordon"))


@dataclass(frozen=True)
class Plan:
    """Replicates of tests and of the other fast methods; by how much those of SLOW are divided."""

    tests: int = 20_000
    others: int = 5_000
    slow_divided_by: int = 1

    def replicates(self, method: str, setting: Setting, usual: int) -> int:
        """How many data sets a method gets; none where it is too slow."""
        if method not in SLOW:
            return usual
        skipped = setting.i2 not in SLOW_I2 or (method == "NNF" and setting.k not in NNF_K)
        return 0 if skipped else SLOW[method] // self.slow_divided_by


FULL = Plan()
REDUCED = Plan(tests=1_000, others=250, slow_divided_by=30)


@dataclass(frozen=True)
class Measured:
    """A quantity of a method at a setting, with its Monte Carlo standard error."""

    quantity: str
    method: str
    setting: Setting
    value: float
    se: float


def compared_tests() -> dict[str, tuple[str, str]]:
    """Name: method and test. Every test with REML, or the one method it is defined for, and z with DL."""
    return {key: (test.method or "REML", key) for key, test in TESTS.items()} | {CLASSICAL: ("DL", "z")}


def every_setting() -> list[Setting]:
    return [*all_settings(), *CALIBRATED]


def measure(setting: Setting, plan: Plan = FULL) -> list[Measured]:
    """Everything at one setting; where tau is drawn from the Bayesian prior, the Bayesian interval alone."""
    shared = simulate(setting, max(plan.tests, plan.others))
    if setting.i2 is None:
        return list(_bayes(setting, shared, plan))
    found = [*_tests(setting, shared, plan), *_tau2_intervals(setting, shared, plan)]
    found += _predictions(setting, shared, plan)
    if setting in ESTIMATED:
        found += _estimators(setting, shared, plan)
    return [*found, *_bayes(setting, shared, plan)]


def _tests(setting: Setting, shared: Simulated, plan: Plan) -> Iterable[Measured]:
    for name, (method, test) in compared_tests().items():
        n = plan.replicates(name, setting, plan.tests)
        if n == 0:
            continue
        pooled = pool_batch(shared.first(n).effects, method, test)
        low, high = pooled.ci_low[:, 0], pooled.ci_high[:, 0]
        wald = pooled.wald_high[:, 0] - pooled.wald_low[:, 0]
        rejected = np.where(np.isnan(pooled.p_value[:, 0]), np.nan, pooled.p_value[:, 0] < ALPHA)
        yield _share("type I error", name, setting, rejected)
        yield _share("coverage", name, setting, _covered(Bounds(low, high), 0.0))
        yield Measured("width", name, setting, float(np.median((high - low) / wald)), np.nan)


def _bayes(setting: Setting, shared: Simulated, plan: Plan) -> Iterable[Measured]:
    """The default of `bayes`, and of the interval beside few studies: DuMouchel's prior of tau, mu flat."""
    part = shared.first(plan.others)
    found = summaries(part.effects, DuMouchel(), FlatMean(), 1.0 - ALPHA)
    wald = pool_batch(part.effects, test="z")
    width = (found.mu.high - found.mu.low) / (wald.ci_high - wald.ci_low)[:, 0]
    yield _share("coverage", BAYES, setting, _covered(Bounds(found.mu.low, found.mu.high), 0.0))
    yield Measured("width", BAYES, setting, float(np.median(width)), np.nan)


def _tau2_intervals(setting: Setting, shared: Simulated, plan: Plan) -> Iterable[Measured]:
    for kind in INTERVALS:
        n = plan.replicates(kind, setting, plan.others)
        if n:
            part = shared.first(n)
            bounds = heterogeneity_intervals(part.effects, kind=kind).tau2
            yield _share("tau2 coverage", kind, setting, _covered(bounds, part.tau2))


def _predictions(setting: Setting, shared: Simulated, plan: Plan) -> Iterable[Measured]:
    for kind in PREDICTIONS:
        n = plan.replicates(kind, setting, plan.others)
        if n:
            part = shared.first(n)
            pooled = pool_batch(part.effects, prediction=kind)
            inside = _probability_inside(Bounds(pooled.prediction_low, pooled.prediction_high), part.tau2)
            yield _share("prediction coverage", kind, setting, inside)


def _estimators(setting: Setting, shared: Simulated, plan: Plan) -> Iterable[Measured]:
    """In units of the typical sampling variance."""
    for name in ESTIMATORS:
        n = plan.replicates(name, setting, plan.others)
        part = shared.first(n)
        error = (estimate_batch(part.effects, name).tau2 - part.tau2) / part.typical
        yield _share("bias", name, setting, error)
        mse = _share("rmse", name, setting, error**2)
        root = float(np.sqrt(mse.value))
        yield Measured("rmse", name, setting, root, mse.se / (2.0 * root) if root > 0 else 0.0)


def _covered(bounds: Bounds, truth: Array | float) -> Array:
    """One where the truth lies within, zero where it does not, nan where there is no interval."""
    inside = (bounds.low <= truth) & (truth <= bounds.high)
    return np.where(np.isnan(bounds.low) | np.isnan(bounds.high), np.nan, inside)


def _probability_inside(bounds: Bounds, tau2: Array) -> Array:
    """Of each interval, the probability that a new effect, normal with mean 0 and variance tau2, is in it."""
    certain = _covered(bounds, 0.0)
    tau = np.sqrt(np.where(tau2 > 0, tau2, 1.0))
    return np.where(tau2 > 0, special.ndtr(bounds.high / tau) - special.ndtr(bounds.low / tau), certain)


def _share(quantity: str, method: str, setting: Setting, each: Array) -> Measured:
    """The mean over n replicates; nan if any is, for a method exists at a setting or does not.

    Its standard error is at least 1 / n, lest a share of none or all be taken for certain.
    """
    se = max(float(each.std()) / np.sqrt(each.size), 1.0 / each.size)
    return Measured(quantity, method, setting, float(each.mean()), se)
