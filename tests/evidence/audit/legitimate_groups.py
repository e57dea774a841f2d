"""Comparisons of two groups as papers print them, with their raw numbers; no number of them is a misprint.

Besides the crude analyses of `legitimate`: pairs and clusters of which nothing is said, rank tests, models
that adjust for covariates, and scales of whole numbers.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import stdtr, stdtrit
from scipy.stats import mannwhitneyu

from evidence.audit.printed_effect import PrintedEffect
from evidence.effects.columns import Array
from evidence.records.effect import Effect, Estimate, Group, Locator
from evidence.records.printed import Printed, PrintedCount, PValue
from evidence.records.schema import Record
from evidence.records.vocabulary import Measure
from tests.evidence.audit import legitimate
from tests.evidence.audit.legitimate import means
from tests.evidence.audit.small_study_methods import UndefinedError, wald
from tests.evidence.records.samples import record

Groups = tuple[Group, Group]


@dataclass(frozen=True)
class Comparison:
    """An effect with its groups, whether its model adjusts, and what is said of its outcome."""

    way: str
    effect: Effect
    is_crude: bool = True
    outcome: dict[str, Any] = field(default_factory=dict)
    n: int | None = None

    def record(self) -> Record:
        """A record with this one estimate."""
        estimate = Estimate(
            id="a",
            outcome="hip",
            n=None if self.n is None else PrintedCount(self.n),
            effect=self.effect,
            where=Locator(report="lee-2019", at="Table 2"),
        )
        adjusted = _BASE.models["adjusted"]
        model = adjusted.model_copy(update={"adjustment": "none"}) if self.is_crude else adjusted
        outcome = _BASE.outcomes["hip"].model_copy(update=self.outcome)
        return _BASE.model_copy(
            update={"estimates": (estimate,), "models": {"adjusted": model}, "outcomes": {"hip": outcome}}
        )


_BASE = record()


def _of(analysis: legitimate.Analysis) -> Comparison:
    assert analysis.groups is not None
    return Comparison(analysis.way.partition(";")[0], _effect(analysis.printed, analysis.groups))


def _effect(printed: PrintedEffect, groups: Groups) -> Effect:
    ci = None if printed.lower is None or printed.upper is None else (printed.lower, printed.upper)
    return Effect(
        measure=printed.measure,
        estimate=printed.estimate,
        ci=ci,
        se=printed.se,
        t=printed.t,
        p=printed.p,
        groups=groups,
    )


def _rounded(
    measure: Measure, value: float, error: float, groups: Groups, p: float | None, draw: random.Random
) -> Effect:
    """An estimate on the analysis scale with a Wald interval, or now and then its p alone."""
    back: Callable[[float], float] = float if measure == "MD" else math.exp
    decimals = 2 if measure != "MD" else max(1, 2 - math.floor(math.log10(max(abs(value), error / 2))))
    spelled = [Printed.parse(f"{back(each):.{decimals}f}") for each in (value, *wald(value, error))]
    p_printed = None if p is None else PValue.parse(f"{p:.3f}" if p >= 0.001 else "< 0.001")
    without_interval = p is not None and draw.random() < 0.3
    ci = None if without_interval else (spelled[1], spelled[2])
    return Effect(measure=measure, estimate=spelled[0], ci=ci, p=p_printed, groups=groups)


def _pairs(draw: random.Random, numbers: Any) -> Comparison:
    """A crossover trial, analysed within persons and tabulated as two groups."""
    n, correlation = draw.randint(10, 80), draw.uniform(0.2, 0.9)
    shared = numbers.normal(10, math.sqrt(correlation), n)
    x, y = (
        shared + numbers.normal(shift, math.sqrt(1 - correlation), n) for shift in (draw.gauss(0, 0.5), 0)
    )
    error = float((x - y).std(ddof=1)) / math.sqrt(n)
    p = float(2 * stdtr(n - 1, -abs(float((x - y).mean()) / error)))
    effect = _rounded("MD", float((x - y).mean()), error, means(x, y, draw), p, draw)
    return Comparison("MD, pairs", effect, n=n)


def _with_errors(draw: random.Random, numbers: Any) -> Comparison:
    """Means that are printed with standard errors or intervals, and their difference or ratio."""
    n, m = draw.randint(8, 200), draw.randint(8, 200)
    x, y = numbers.normal(10 + draw.gauss(0, 0.7), 2, n), numbers.normal(10, draw.choice([2, 3]), m)
    errors = [float(values.std(ddof=1)) / math.sqrt(values.size) for values in (x, y)]
    decimals, with_interval = draw.choice([2, 3]), draw.random() < 0.5
    groups = []
    for name, values, error in (("a", x, errors[0]), ("b", y, errors[1])):
        quantile = draw.choice([1.959963985, float(stdtrit(values.size - 1, 0.975))])
        ends = wald(float(values.mean()), error, quantile)
        spelled = [Printed.parse(f"{each:.{decimals}f}") for each in (float(values.mean()), error, *ends)]
        told = {"ci": (spelled[2], spelled[3])} if with_interval else {"se": spelled[1]}
        groups.append(Group(name=name, n=PrintedCount(values.size), mean=spelled[0], **told))
    first, second = float(x.mean()), float(y.mean())
    measure: Measure = "ROM" if draw.random() < 0.3 else "MD"
    error, value = math.hypot(*errors), first - second
    if measure == "ROM":
        error = math.hypot(errors[0] / first, errors[1] / second)
        value = math.log(first / second)
    p = float(2 * stdtr(n + m - 2, -abs(value / error)))
    effect = _rounded(measure, value, error, (groups[0], groups[1]), p, draw)
    return Comparison(f"{measure}, means with SE or CI", effect, n=n + m)


def _with_medians(draw: random.Random, numbers: Any) -> Comparison:
    """Medians and quartiles or ranges, beside a difference of medians, of means, or Hodges and Lehmann's."""
    n, m, shape = draw.randint(10, 200), draw.randint(10, 200), draw.choice([0.0, 0.3, 0.6, 1.0])
    shift = draw.gauss(0, 0.7)
    samples = [numbers.normal(centre, 1, size) for centre, size in ((shift, n), (0, m))]
    x, y = (10 * np.exp(shape * values) if shape else 10 + 3 * values for values in samples)
    groups = []
    for name, values in (("a", x), ("b", y)):
        low, q1, middle, q3, high = (
            Printed.parse(f"{each:.1f}") for each in np.quantile(values, [0, 0.25, 0.5, 0.75, 1])
        )
        ends = {"q1": q1, "q3": q3} if draw.random() < 0.7 else {"minimum": low, "maximum": high}
        groups.append(Group(name=name, n=PrintedCount(values.size), median=middle, **ends))
    value = draw.choice(
        [
            float(groups[0].median or 0) - float(groups[1].median or 0),
            float(x.mean() - y.mean()),
            float(np.median(x[:, None] - y[None, :])),
        ]
    )
    spelled = Printed.parse(f"{value:.1f}")
    p = PValue.parse(f"{max(0.001, float(mannwhitneyu(x, y).pvalue)):.3f}")
    effect = Effect(measure="MD", estimate=spelled, p=p, groups=(groups[0], groups[1]))
    return Comparison("MD, medians", effect, n=n + m)


def _clusters(draw: random.Random, numbers: Any) -> Comparison:
    n, m = draw.randint(20, 300), draw.randint(20, 300)
    x, y = numbers.normal(10 + draw.gauss(0, 0.3), 2, n), numbers.normal(10, 2, m)
    error = math.sqrt((float(x.var(ddof=1)) / n + float(y.var(ddof=1)) / m) * draw.uniform(1, 3))
    p = float(2 * stdtr(n + m - 2, -abs(float(x.mean() - y.mean()) / error)))
    effect = _rounded("MD", float(x.mean() - y.mean()), error, means(x, y, draw), p, draw)
    return Comparison("MD, clusters", effect, n=n + m)


def _ranks(draw: random.Random, numbers: Any) -> Comparison:
    n, m = draw.randint(10, 80), draw.randint(10, 80)
    x, y = (
        numbers.lognormal(shift, draw.choice([0.4, 0.8, 1.2]), k)
        for shift, k in ((draw.gauss(0, 0.4), n), (0, m))
    )
    p = float(mannwhitneyu(x, y).pvalue)
    value = float(x.mean() - y.mean())
    spelled = Printed.parse(f"{value:.2f}")
    printed = PValue.parse(f"{p:.3f}" if p >= 0.001 else "< 0.001")
    groups = means(x, y, draw)
    # the difference of the printed means is what papers print where they print one
    spelled = Printed.parse(f"{float(groups[0].mean or 0) - float(groups[1].mean or 0):.2f}")
    return Comparison(
        "MD, rank test", Effect(measure="MD", estimate=spelled, p=printed, groups=groups), n=n + m
    )


def _ancova(draw: random.Random, numbers: Any) -> Comparison:
    n, m, r = draw.randint(10, 100), draw.randint(10, 100), draw.uniform(0.2, 0.9)
    arm = np.r_[np.ones(n), np.zeros(m)]
    before = numbers.normal(0, 1, n + m)
    after = r * before + math.sqrt(1 - r * r) * numbers.normal(0, 1, n + m) + draw.gauss(0, 0.5) * arm
    design = np.c_[np.ones(n + m), arm, before]
    inverse = np.linalg.inv(design.T @ design)
    slopes = inverse @ design.T @ after
    spread = float(((after - design @ slopes) ** 2).sum()) / (n + m - 3)
    error = math.sqrt(spread * inverse[1, 1]) * float(stdtrit(n + m - 3, 0.975)) / 1.959963985
    groups = means(after[:n], after[n:], draw)
    return Comparison(
        "MD, adjusted", _rounded("MD", float(slopes[1]), error, groups, None, draw), is_crude=False
    )


def _scores(draw: random.Random, numbers: Any) -> Comparison:
    """A scale of whole numbers, or the mean of its items."""
    items, (low, high) = draw.choice([1, 1, 1, 5]), draw.choice([(0, 10), (1, 5), (0, 3)])
    n, m = draw.randint(10, 60), draw.randint(10, 60)
    x, y = (
        numbers.binomial(high - low, draw.uniform(0.2, 0.8), (k, items)).mean(axis=1) + low for k in (n, m)
    )
    if min(x.std(), y.std()) == 0:
        raise UndefinedError
    error = math.sqrt(float(x.var(ddof=1)) / n + float(y.var(ddof=1)) / m)
    effect = _rounded("MD", float(x.mean() - y.mean()), error, means(x, y, draw), None, draw)
    bounds = (Printed.parse(str(low)), Printed.parse(str(high)))
    said = {"whole_numbers": items == 1, "items": items, "bounds": bounds if draw.random() < 0.5 else None}
    return Comparison("MD, whole numbers", effect, outcome=said, n=n + m)


# Models that adjust for two covariates, by maximum likelihood.


def _newton(step: Callable[[Array], tuple[Array, Array]], parameters: int) -> tuple[Array, Array]:
    """Estimates and the inverse of the information."""
    beta = np.zeros(parameters)
    for _ in range(60):
        score, information = step(beta)
        if np.linalg.cond(information) > 1e8:
            raise UndefinedError
        move = np.linalg.solve(information, score)
        beta = beta + move * min(1.0, 1.0 / max(1e-12, float(np.abs(move).max())))
        if float(np.abs(move).max()) < 1e-9:
            break
    if float(np.abs(beta).max()) > 4:
        raise UndefinedError
    return beta, np.asarray(np.linalg.inv(step(beta)[1]), dtype=np.float64)


def _persons(draw: random.Random, numbers: Any) -> tuple[Array, Array]:
    """Exposure and two covariates, of which one is confounded with it."""
    n = draw.randint(40, 300)
    exposed = (numbers.random(n) < draw.uniform(0.25, 0.75)).astype(float)
    other = numbers.normal(draw.gauss(0, 0.7) * exposed, 1, n)
    return exposed, np.c_[exposed, other, (numbers.random(n) < 0.4).astype(float)]


def _counted(exposed: Array, events: Array) -> Groups:
    a, b = (
        Group(
            name=name,
            n=PrintedCount(int((exposed == value).sum())),
            events=PrintedCount(int(events[exposed == value].sum())),
        )
        for name, value in (("exposed", 1.0), ("reference", 0.0))
    )
    return a, b


def _effects(draw: random.Random) -> Array:
    return np.array([draw.gauss(0, 0.7), draw.gauss(0, 0.8), draw.gauss(0, 0.5)])


def _adjusted(
    name: str, measure: Measure, step: Callable[[Array], tuple[Array, Array]], place: int, parameters: int,
    meat: Callable[[Array], Array], groups: Groups, draw: random.Random,
) -> Comparison:  # fmt: skip
    beta, inverse = _newton(step, parameters)
    is_robust = draw.random() < 0.3
    variance = inverse @ meat(beta) @ inverse if is_robust else inverse
    error = math.sqrt(variance[place, place])
    effect = _rounded(measure, float(beta[place]), error, groups, None, draw)
    return Comparison(f"{name}, {'robust' if is_robust else 'Wald'}", effect, is_crude=False)


def _logistic(draw: random.Random, numbers: Any) -> Comparison:
    exposed, design = _persons(draw, numbers)
    x = np.c_[np.ones(exposed.size), design]
    y = (
        numbers.random(exposed.size) < 1 / (1 + np.exp(-(draw.gauss(-1, 0.6) + design @ _effects(draw))))
    ).astype(float)

    def step(beta: Array) -> tuple[Array, Array]:
        p = 1 / (1 + np.exp(-(x @ beta)))
        return x.T @ (y - p), (x * (p * (1 - p))[:, None]).T @ x

    def meat(beta: Array) -> Array:
        residual = (y - 1 / (1 + np.exp(-(x @ beta))))[:, None] * x
        return np.asarray(residual.T @ residual)

    return _adjusted("OR adjusted", "OR", step, 1, 4, meat, _counted(exposed, y), draw)


def _poisson(draw: random.Random, numbers: Any) -> Comparison:
    exposed, design = _persons(draw, numbers)
    x, years = np.c_[np.ones(exposed.size), design], numbers.uniform(0.5, 5, exposed.size)
    y = numbers.poisson(years * np.exp(draw.gauss(-2, 0.5) + design @ _effects(draw) * 0.7)).astype(float)
    y = np.minimum(y, 1)  # first events: no more than persons

    def step(beta: Array) -> tuple[Array, Array]:
        mean = years * np.exp(np.clip(x @ beta, -20, 20))
        return x.T @ (y - mean), (x * mean[:, None]).T @ x

    def meat(beta: Array) -> Array:
        residual = (y - years * np.exp(x @ beta))[:, None] * x
        return np.asarray(residual.T @ residual)

    return _adjusted("IRR adjusted", "IRR", step, 1, 4, meat, _counted(exposed, y), draw)


def _cox(draw: random.Random, numbers: Any) -> Comparison:
    exposed, x = _persons(draw, numbers)
    time = numbers.exponential(np.exp(-(x @ _effects(draw))))
    censoring = numbers.exponential(draw.uniform(0.3, 3), exposed.size)
    order = np.argsort(-np.minimum(time, censoring))  # the last to leave come first: risk sets are sums
    seen, z = (time <= censoring)[order], x[order]

    def sums(beta: Array) -> tuple[Array, Array, Array]:
        weight = np.exp(z @ beta)
        total = np.cumsum(weight)
        mean = np.cumsum(z * weight[:, None], axis=0) / total[:, None]
        square = (
            np.cumsum(z[:, :, None] * z[:, None, :] * weight[:, None, None], axis=0) / total[:, None, None]
        )
        return mean, square, z - mean

    def step(beta: Array) -> tuple[Array, Array]:
        mean, square, residual = sums(beta)
        return residual[seen].sum(axis=0), (square - mean[:, :, None] * mean[:, None, :])[seen].sum(axis=0)

    def meat(beta: Array) -> Array:
        residual = sums(beta)[2][seen]
        return np.asarray(residual.T @ residual)

    groups = _counted(exposed, (time <= censoring).astype(float))
    return _adjusted("HR adjusted", "HR", step, 0, 3, meat, groups, draw)


MAKERS = (
    *(_pairs, _clusters, _ranks, _ancova, _scores, _logistic, _poisson, _cox),
    *(_with_errors, _with_medians),
)


def comparisons(count: int, seed: int) -> Iterator[Comparison]:
    """So many comparisons: one half crude by the methods of `legitimate`, the other half as here."""
    draw, numbers = random.Random(seed), np.random.default_rng(seed)
    crude = (each for each in legitimate.analyses(10**9, seed) if each.groups is not None)
    made = 0
    while made < count:
        try:
            found = _of(next(crude)) if made % 2 else MAKERS[made // 2 % len(MAKERS)](draw, numbers)
        except (UndefinedError, np.linalg.LinAlgError):
            continue
        made += 1
        yield found
