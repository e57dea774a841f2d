"""Coverage of pooled odds ratios when events are few, and the section of the page that shows it.

Studies have 50 to 400 persons a group, levels whose logits vary with standard deviation 1/2 about that of the
proportion of events, and true log odds ratios that are normal about a halving of the odds. Compared are the
models of counts with random effects, common effects by Mantel-Haenszel and Peto, and the default of `pool`
with 1/2 added to all cells of studies with a zero, those without any event left out. An interval by
likelihood ratio holds the truth where the likelihood with it held fast is not too far below the highest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from synthesis import pool_counts
from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.mean.inference import normal_quantile
from synthesis.pooling.rare.sparse_fit import MOST_SPREAD, maximise_counts
from synthesis.rare_events.given_counts import GivenCounts

SEED = 20101220
DESIGN = tuple((k, share, tau) for k in (20, 5) for share in (0.05, 0.01) for tau in (0.5, 0.0))
MODELS = ("CM.EL", "UM.FS", "UM.RS", "BB")
COMMON = ("MH", "Peto")
CORRECTED = "1/2 added"
METHODS = (*MODELS, *COMMON, CORRECTED)
REPLICATES = 700
TRUTH = math.log(0.5)
_LEVELS = 0.5
_PERSONS = (50, 400)
_CRITICAL = normal_quantile(0.95)


@dataclass(frozen=True)
class SparseSetting:
    """studies: how many; share: of persons with an event, about; tau: of the log odds ratios."""

    studies: int
    share: float
    tau: float


@dataclass(frozen=True)
class SparseRates:
    """At a setting, by method: coverage and median error of the data sets with an answer, and how many."""

    setting: SparseSetting
    replicates: int
    coverage: dict[str, float]
    error: dict[str, float]
    answers: dict[str, int]


def every_sparse_setting() -> list[SparseSetting]:
    """Those of the design, the largest first."""
    return [SparseSetting(*each) for each in DESIGN]


def _simulated(setting: SparseSetting, n: int) -> tuple[Array, Array]:
    """n data sets of events and persons, each (n, 2, studies)."""
    rng = np.random.default_rng([SEED, setting.studies, round(1000 * setting.share), round(10 * setting.tau)])
    persons = rng.integers(*_PERSONS, (n, 2, setting.studies))
    level = logit(setting.share) + _LEVELS * rng.standard_normal((n, setting.studies))
    effect = TRUTH + setting.tau * rng.standard_normal((n, setting.studies))
    logits = np.stack([level + effect, level], axis=1)
    return rng.binomial(persons, expit(logits)).astype(float), persons.astype(float)


def measure_sparse(setting: SparseSetting, replicates: int = REPLICATES) -> SparseRates:
    """All methods on the same data sets."""
    found: dict[str, list[tuple[float, bool]]] = {method: [] for method in METHODS}
    for y, n in zip(*_simulated(setting, replicates), strict=True):
        for method in METHODS:
            answer = _answer(method, y, n)
            if answer is not None:
                found[method].append(answer)
    return SparseRates(
        setting,
        replicates,
        coverage={method: float(np.mean([held for _, held in rows])) for method, rows in found.items()},
        error={method: float(np.median([x for x, _ in rows])) - TRUTH for method, rows in found.items()},
        answers={method: len(rows) for method, rows in found.items()},
    )


def _answer(method: str, y: Array, n: Array) -> tuple[float, bool] | None:
    """The estimate, and whether its interval holds the truth; None where the counts have no answer."""
    try:
        if method in MODELS:
            return _by_model(method, y, n)
        if method in COMMON:
            result = pool_counts(
                "OR", method="MH" if method == "MH" else "Peto", ai=y[0], n1i=n[0], ci=y[1], n2i=n[1]
            )
            return result.estimate, result.ci_low <= TRUTH <= result.ci_high
    except ValueError:
        return None
    return _corrected(y, n)


def _by_model(model: str, y: Array, n: Array) -> tuple[float, bool] | None:
    """By likelihood ratio: all effects that lose less than half of the quantile."""
    columns = {"ai": y[0], "n1i": n[0], "ci": y[1], "n2i": n[1]}
    counts = GivenCounts.of("OR", columns, None, None, "refuse")
    counts.refuse_one_sided()
    made = counts.model(model, 0.5, correlated=False)
    first = np.arange(made.start.size) == 0
    top = maximise_counts(made.likelihood, made.start, True, np.zeros_like(first)).top
    if np.abs(top.at[made.likelihood.p :]).max() >= MOST_SPREAD or abs(top.at[0]) > MOST_SPREAD:
        return None
    start = np.where(first, TRUTH, made.start)
    held = maximise_counts(made.likelihood, start, True, first).top
    return float(top.at[0]), 2.0 * (top.value - held.value) <= _CRITICAL**2


def _corrected(y: Array, n: Array) -> tuple[float, bool] | None:
    told = y.sum(axis=0) > 0
    if told.sum() < 2:
        return None
    y, rest = y[:, told], (n - y)[:, told]
    more = 0.5 * ((y == 0).any(axis=0) | (rest == 0).any(axis=0))
    y, rest = y + more, rest + more
    effect = np.log(y[0] / rest[0]) - np.log(y[1] / rest[1])
    found = pool_batch(Effects(effect[None], (1.0 / y + 1.0 / rest).sum(axis=0)[None]), "REML", "HKSJ")
    return float(found.beta[0, 0]), bool(found.ci_low[0, 0] <= TRUTH <= found.ci_high[0, 0])


def sparse_section(found: Sequence[SparseRates], table: Callable[..., str]) -> str:
    """The section of the page."""
    se = 100 * math.sqrt(0.05 * 0.95 / found[0].replicates)
    heads = ["studies", "events", "τ", *(f"`{method}`" for method in METHODS)]

    def shown(of: Callable[[SparseRates, str], str]) -> str:
        rows = [
            [
                str(rates.setting.studies),
                f"{100 * rates.setting.share:g} %",
                f"{rates.setting.tau:g}",
                *(of(rates, method) for method in METHODS),
            ]
            for rates in found
        ]
        return table(heads, rows)

    def held(methods: Sequence[str], tau: float) -> str:
        rows = [rates.coverage for rates in found if rates.setting.tau == tau]
        values = [100 * row[method] for row in rows for method in methods]
        return f"{min(values):.1f} to {max(values):.1f} %"

    off = max(abs(rates.error[CORRECTED]) for rates in found)
    fewest = min(min(rates.answers.values()) / rates.replicates for rates in found)
    return f"""## Few events: 95 % intervals of an odds ratio, and how often they hold it

Groups of {_PERSONS[0]} to {_PERSONS[1]} persons, events in about 1 or 5 % of the second, with logits of the
studies' levels that vary with standard deviation {_LEVELS}; log odds ratios are normal with standard
deviation τ about that of 0.5. The models of counts (random effects, likelihood ratio intervals), common
effects by Mantel-Haenszel and Peto, and the default of `pool` (REML, HKSJ) with 1/2 added to all cells of
studies with a zero. {found[0].replicates:,} data sets each (seed {SEED}), the same for all methods; of those
with an answer (at least {100 * fewest:.1f} %: a group without any event has none, nor has a likelihood that
rises without end) the coverage in percent has a Monte Carlo standard error of {se:.1f} points at 95 %.

Without heterogeneity the models of counts hold the truth in {held(MODELS, 0.0)} of data sets, and with
τ = 0.5 in {held(MODELS, 0.5)}. A common effect holds it in {held(COMMON, 0.0)} without heterogeneity and in
{held(COMMON, 0.5)} with it.

{shown(lambda rates, method: f"{100 * rates.coverage[method]:.1f}")}

The median error of the log odds ratio. With 1/2 added it is up to {off:.2f}. The effect of `BB` is that of
mean probabilities, which heterogeneity moves.

{shown(lambda rates, method: f"{rates.error[method]:+.3f}")}"""
