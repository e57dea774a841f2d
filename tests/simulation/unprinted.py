"""Bias and coverage when results that are not significant are told in words, and the section that shows them.

Effects are normal, with standard errors between 0.1 and 0.4 that are known of all studies; of those that are
not significant at 5 % nine in ten are not printed, and said to be not significant. Compared are what is
printed alone, by the default of `pool` and by maximum likelihood, and the likelihood of both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.effects import Array, Effects, Mask
from synthesis.pooling.mean.inference import normal_quantile
from synthesis.pooling.unreported.likelihood import Unprinted
from synthesis.pooling.unreported.statements import limits
from synthesis.pooling.unreported.unreported_fit import maximise

SEED = 20141107
CRITICAL = normal_quantile(0.95)
CHI2 = CRITICAL**2
REPLICATES = 600
STUDIES = (5, 10, 20)
TAUS = (0.0, 0.15, 0.4)
METHODS = (
    "printed alone, REML and HKSJ",
    "printed alone, ML and profile",
    "with what is said, ML and profile",
)
UNPRINTED = 0.9
_ERRORS = (0.1, 0.4)


@dataclass(frozen=True)
class SilentSetting:
    """studies: with and without numbers; mu, tau: the truth."""

    studies: int
    mu: float
    tau: float


@dataclass(frozen=True)
class SilentRates:
    """At a setting, by method: mean error, root mean square error, coverage and median width.

    used: data sets with two or more numbers, which HKSJ needs; silent: the mean share of studies without.
    """

    setting: SilentSetting
    used: int
    silent: float
    bias: dict[str, float]
    rmse: dict[str, float]
    coverage: dict[str, float]
    width: dict[str, float]


def every_silent_setting() -> list[SilentSetting]:
    """All combinations, the largest first."""
    return [SilentSetting(studies, mu, tau) for studies in STUDIES[::-1] for mu in (0.0, 0.3) for tau in TAUS]


def _simulated(setting: SilentSetting, n: int) -> tuple[Array, Array, Mask]:
    """n data sets: effects, their standard errors, and which are printed; shape (n, studies)."""
    code = [int(1000 * each) for each in (setting.mu, setting.tau)]
    rng = np.random.default_rng([SEED, setting.studies, *code])
    shape = (n, setting.studies)
    sei = rng.uniform(*_ERRORS, shape)
    y = setting.mu + np.sqrt(setting.tau**2 + sei**2) * rng.standard_normal(shape)
    printed = (np.abs(y) > CRITICAL * sei) | (rng.uniform(size=shape) > UNPRINTED)
    return y, sei, printed


def measure_silence(setting: SilentSetting, replicates: int = REPLICATES) -> SilentRates:
    """All methods on the same data sets."""
    y, sei, printed = _simulated(setting, replicates)
    silent = float(1.0 - printed.mean())
    enough = printed.sum(axis=1) >= 2
    y, sei, printed = y[enough], sei[enough], printed[enough]
    usual = pool_batch(Effects(y, sei**2, printed), "REML", "HKSJ")
    found = {METHODS[0]: np.column_stack([usual.beta[:, 0], usual.ci_low[:, 0], usual.ci_high[:, 0]])}
    for method, told in ((METHODS[1], False), (METHODS[2], True)):
        fits = [_fitted(*row, told) for row in zip(y, sei, printed, strict=True)]
        found[method] = np.array(fits)
    mu = setting.mu
    return SilentRates(
        setting,
        int(enough.sum()),
        silent,
        bias={method: float(np.mean(rows[:, 0] - mu)) for method, rows in found.items()},
        rmse={method: float(np.sqrt(np.mean((rows[:, 0] - mu) ** 2))) for method, rows in found.items()},
        coverage={
            method: float(np.mean((rows[:, 1] <= mu) & (mu <= rows[:, 2]))) for method, rows in found.items()
        },
        width={method: float(np.median(rows[:, 2] - rows[:, 1])) for method, rows in found.items()},
    )


def _fitted(y: Array, sei: Array, printed: Mask, told: bool) -> tuple[float, float, float]:
    silent = sei[~printed] if told else np.zeros(0)
    low, high = limits(["not significant"] * silent.size, np.full(silent.size, CRITICAL))
    found = maximise(
        y[printed], sei[printed] ** 2, Unprinted(silent, low, high, np.ones(silent.size)), True, CHI2
    )
    return found.mu, found.low, found.high


def silence_section(found: Sequence[SilentRates], table: Callable[..., str]) -> str:
    """The section of the page."""
    alone, _, both = METHODS
    off = [abs(rates.bias[alone]) for rates in found if rates.setting.mu > 0]
    less = [abs(rates.bias[both]) for rates in found if rates.setting.mu > 0]
    rows = [
        [
            str(rates.setting.studies),
            f"{rates.setting.mu:g}",
            f"{rates.setting.tau:g}",
            f"{100 * rates.silent:.0f} %",
            f"{rates.used}",
            *(f"{rates.bias[method]:+.3f}" for method in METHODS),
            *(f"{rates.rmse[method]:.3f}" for method in (alone, both)),
            *(f"{100 * rates.coverage[method]:.1f}" for method in METHODS),
            *(f"{rates.width[method]:.2f}" for method in (alone, both)),
        ]
        for rates in found
    ]
    head = [
        *("studies", "μ", "τ", "unprinted", "data sets"),
        *("bias: printed, HKSJ", "bias: printed, ML", "bias: both, ML"),
        *("RMSE: printed, HKSJ", "RMSE: both"),
        *("coverage: printed, HKSJ", "coverage: printed, ML", "coverage: both"),
        *("width: printed, HKSJ", "width: both"),
    ]
    least = min(100 * rates.coverage[both] for rates in found if rates.setting.tau < TAUS[-1])
    apart = min(100 * rates.coverage[both] for rates in found if rates.setting.tau == TAUS[-1])
    worst = min(100 * rates.coverage[alone] for rates in found)
    return f"""## Results that were not printed: bias and coverage with and without them

Effects with a mean μ and a variance between studies τ²; standard errors between {_ERRORS[0]} and
{_ERRORS[1]}, those of unprinted results known. Of the results that are not significant at 5 % nine in ten
are not printed and said to be not significant; the others have their numbers. *Printed* is the pool of those
with numbers, by REML and HKSJ (the default of `pool`) or by maximum likelihood with a profile-likelihood
interval; *both* is `pool_unreported`, the same likelihood with what is said. {REPLICATES:,} data sets each
(seed {SEED}), those with fewer than two numbers left out, and a 95 % interval's coverage in percent, with a
Monte Carlo standard error of {100 * np.sqrt(0.0475 / REPLICATES):.1f} points at 95 %, and more where few have
two numbers.

With a true mean of 0.3 what is printed lies {min(off):.3f} to {max(off):.3f} too high, and with what is said
the mean is off by {max(less):.3f} at most. The default's interval of printed results holds the mean in as
little as {worst:.1f} %. That of both is an interval of a large sample, and maximum likelihood makes τ² too
small: it holds the mean in {least:.1f} % or more with τ up to 0.15, and in as little as {apart:.1f} % where
effects differ more than they err.

{table(head, rows)}"""
