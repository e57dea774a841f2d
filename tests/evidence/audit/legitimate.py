"""Analyses of small studies by common methods, printed with usual rounding: no number of them is a misprint.

Each is made forwards from simulated data by one way of making the interval and one of making the p-value.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from evidence.audit.printed_effect import PrintedEffect
from evidence.effects.columns import Array
from evidence.records.effect import Group
from evidence.records.printed import Printed, PrintedCount, PValue
from evidence.records.vocabulary import Measure
from tests.evidence.audit.small_study_methods import (
    Fit,
    Limits,
    Table,
    UndefinedError,
    Z,
    agresti_caffo,
    agresti_coull,
    chi_square_p,
    clopper_pearson,
    conditional_estimate,
    conditional_limits,
    cornfield,
    cox,
    fisher,
    koopman,
    likelihood_ratio,
    logistic,
    miettinen_nurminen,
    newcombe,
    normal_p,
    pearson,
    profile_or,
    rate_limits,
    rate_p,
    wald,
    wilson,
    yates,
)

# What is printed.


@dataclass(frozen=True)
class Analysis:
    """An effect by one way of making its interval and one way of making its p-value."""

    way: str
    printed: PrintedEffect
    groups: tuple[Group, Group] | None = None
    """The raw numbers of both groups, where the effect is of two."""


def _events(t: Table) -> tuple[Group, Group]:
    first, second = (PrintedCount(n) for n in (t.n1, t.n2))
    return (
        Group(name="exposed", n=first, events=PrintedCount(t.a)),
        Group(name="reference", n=second, events=PrintedCount(t.c)),
    )


def means(x: Array, y: Array, draw: random.Random) -> tuple[Group, Group]:
    """Means and SDs of two samples, all to the same place, the smaller SD with two or three digits."""
    smallest = min(float(x.std(ddof=1)), float(y.std(ddof=1)))
    decimals = max(0, draw.choice([1, 1, 2]) - math.floor(math.log10(smallest)))
    a, b = (
        Group(
            name=name,
            n=PrintedCount(values.size),
            mean=_text(float(values.mean()), decimals),
            sd=_text(float(values.std(ddof=1)), decimals),
        )
        for name, values in (("exposed", x), ("reference", y))
    )
    return a, b


def _text(value: float, decimals: int) -> Printed:
    return Printed.parse(f"{value:.{decimals}f}")


def _p(p: float, draw: random.Random) -> PValue:
    if p < 0.001:
        return PValue.parse("< 0.001")
    if p < 0.0001 and draw.random() < 0.5:
        return PValue.parse("< 0.0001")
    return PValue.parse(f"{p:.{draw.choice([2, 3, 3, 3, 4])}f}")


def _printed(
    measure: Measure,
    estimate: float,
    limits: Limits,
    p: float | None,
    draw: random.Random,
    n: int | None = None,
    se: float | None = None,
    t: float | None = None,
) -> PrintedEffect:
    size = max(abs(estimate), (limits[1] - limits[0]) / 4)
    decimals = 2 if measure in ("OR", "RR", "HR", "IRR") else max(1, 2 - math.floor(math.log10(size)))
    decimals = min(6, decimals + draw.choice([0, 0, 0, 1]))
    if min(map(abs, (estimate, *limits))) > 100 and measure in ("OR", "RR", "HR", "IRR"):
        raise UndefinedError
    return PrintedEffect(
        measure,
        _text(estimate, decimals),
        _text(limits[0], decimals),
        _text(limits[1], decimals),
        se=None if se is None else _text(se, 3),
        t=None if t is None else _text(t, 2),
        p=None if p is None else _p(p, draw),
        n=n if draw.random() < 0.5 else None,
    )


def _table(draw: random.Random, numbers: np.random.Generator) -> Table:
    n1, n2 = draw.randint(10, 80), draw.randint(10, 80)
    if draw.random() < 0.5:
        n2 = n1
    base = draw.uniform(0.05, 0.6)
    odds = base / (1 - base) * math.exp(draw.gauss(0, 0.8))
    t = Table(int(numbers.binomial(n1, odds / (1 + odds))), n1, int(numbers.binomial(n2, base)), n2)
    if min(t.a, t.b, t.c, t.d) == 0:
        raise UndefinedError
    return t


TABLE_TESTS: dict[str, Callable[[Table], float]] = {
    "chi-square p": pearson,
    "Yates p": yates,
    "Fisher p": fisher,
    "mid-p": lambda t: fisher(t, mid=True),
    "likelihood ratio p": likelihood_ratio,
}
OR_LIMITS: dict[str, Callable[[Table], Limits]] = {
    "Woolf": lambda t: wald(t.log_or, t.se_or),
    "Cornfield": lambda t: cornfield(t, 0.0),
    "Cornfield, corrected": lambda t: cornfield(t, 0.5),
    "exact": lambda t: conditional_limits(t, 1.0),
    "mid-p": lambda t: conditional_limits(t, 0.5),
    "profile": profile_or,
}
RD_LIMITS: dict[str, Callable[[Table], Limits]] = {
    "Wald": lambda t: wald(t.rates[0] - t.rates[1], t.se_rd),
    "Newcombe": newcombe,
    "score": miettinen_nurminen,
    "Agresti-Caffo": agresti_caffo,
}
RR_LIMITS: dict[str, Callable[[Table], Limits]] = {
    "Katz": lambda t: wald(t.log_rr, t.se_rr),
    "Koopman": koopman,
}
SHARES: dict[str, Callable[[int, int], Limits]] = {
    "Clopper-Pearson": clopper_pearson,
    "Wilson": wilson,
    "Agresti-Coull": agresti_coull,
    "Wald": lambda a, n: wald(a / n, math.sqrt(a * (n - a) / n**3)),
}


def _odds_ratio(draw: random.Random, numbers: np.random.Generator) -> Analysis:
    t = _table(draw, numbers)
    name, limits = draw.choice(list(OR_LIMITS.items()))
    tests = {"Wald p": lambda t: normal_p(t.log_or / t.se_or), **TABLE_TESTS}
    test, p = draw.choice(list(tests.items()))
    use_conditional = name in ("exact", "mid-p") and draw.random() < 0.7
    centre = conditional_estimate(t) if use_conditional else t.log_or
    low, high = limits(t)
    se = t.se_or if name == "Woolf" and draw.random() < 0.2 else None
    values = math.exp(centre), (math.exp(low), math.exp(high))
    return Analysis(f"OR, {name}; {test}", _printed("OR", *values, p(t), draw, t.n1 + t.n2, se), _events(t))


def _risk_difference(draw: random.Random, numbers: np.random.Generator) -> Analysis:
    t = _table(draw, numbers)
    name, limits = draw.choice(list(RD_LIMITS.items()))
    tests = {"Wald p": lambda t: normal_p((t.rates[0] - t.rates[1]) / t.se_rd), **TABLE_TESTS}
    test, p = draw.choice(list(tests.items()))
    scale = draw.choice([1.0, 100.0])
    low, high = limits(t)
    values = scale * (t.rates[0] - t.rates[1]), (scale * low, scale * high)
    se = scale * t.se_rd if name == "Wald" and draw.random() < 0.2 else None
    return Analysis(f"RD, {name}; {test}", _printed("RD", *values, p(t), draw, t.n1 + t.n2, se), _events(t))


def _risk_ratio(draw: random.Random, numbers: np.random.Generator) -> Analysis:
    t = _table(draw, numbers)
    name, limits = draw.choice(list(RR_LIMITS.items()))
    tests = {"Wald p": lambda t: normal_p(t.log_rr / t.se_rr), **TABLE_TESTS}
    test, p = draw.choice(list(tests.items()))
    low, high = limits(t)
    values = math.exp(t.log_rr), (math.exp(low), math.exp(high))
    return Analysis(f"RR, {name}; {test}", _printed("RR", *values, p(t), draw, t.n1 + t.n2), _events(t))


def _proportion(draw: random.Random, numbers: np.random.Generator) -> Analysis:
    n = draw.randint(10, 80)
    events = int(numbers.binomial(n, draw.uniform(0.02, 0.98)))
    name, limits = draw.choice(list(SHARES.items()))
    low, high = limits(events, n)
    if low == high:
        raise UndefinedError
    values = 100 * events / n, (100 * low, 100 * high)
    return Analysis(f"proportion, {name}", _printed("proportion", *values, None, draw, n))


def _mean_difference(draw: random.Random, numbers: np.random.Generator) -> Analysis:
    n1, n2 = draw.randint(10, 80), draw.randint(10, 80)
    x = numbers.normal(draw.gauss(0, 0.5), draw.choice([1.0, 1.0, 1.6]), n1)
    y = numbers.normal(0, 1, n2)
    v1, v2 = float(x.var(ddof=1)), float(y.var(ddof=1))
    pooled = ((n1 - 1) * v1 + (n2 - 1) * v2) / (n1 + n2 - 2)
    ways = {
        "Student": (math.sqrt(pooled * (1 / n1 + 1 / n2)), float(n1 + n2 - 2)),
        "Welch": (
            math.sqrt(v1 / n1 + v2 / n2),
            (v1 / n1 + v2 / n2) ** 2 / ((v1 / n1) ** 2 / (n1 - 1) + (v2 / n2) ** 2 / (n2 - 1)),
        ),
    }
    name, (se, df) = draw.choice(list(ways.items()))
    test, (se_p, df_p) = draw.choice(list(ways.items()))
    quantile = Z if draw.random() < 0.2 else float(stdtrit(df, 0.975))
    difference, scale = float(x.mean() - y.mean()), draw.choice([0.01, 1.0, 12.0])
    p = float(2 * stdtr(df_p, -abs(difference / se_p)))
    low, high = wald(difference, se, quantile)
    printed = _printed(
        "MD",
        scale * difference,
        (scale * low, scale * high),
        p,
        draw,
        n1 + n2,
        t=difference / se_p if draw.random() < 0.3 else None,
    )
    return Analysis(f"MD, {name}; {test} p", printed, means(scale * x, scale * y, random.Random(n1 * n2)))


def _standardised(draw: random.Random, numbers: np.random.Generator) -> Analysis:
    n1, n2 = draw.randint(10, 80), draw.randint(10, 80)
    x, y = numbers.normal(draw.gauss(0, 0.6), 1, n1), numbers.normal(0, 1, n2)
    df = n1 + n2 - 2
    pooled = ((n1 - 1) * x.var(ddof=1) + (n2 - 1) * y.var(ddof=1)) / df
    d = float((x.mean() - y.mean()) / math.sqrt(pooled))
    g = d * (1 - 3 / (4 * df - 1))
    se = math.sqrt(1 / n1 + 1 / n2 + g * g / (2 * (n1 + n2)))
    p = float(2 * stdtr(df, -abs(d / math.sqrt(1 / n1 + 1 / n2))))
    return Analysis(
        "SMD, normal; t-test p",
        _printed("SMD", g, wald(g, se), p, draw, n1 + n2),
        means(x, y, random.Random(n1 * n2)),
    )


def _regression(measure: Measure, fit: Fit, kind: str, n: int, draw: random.Random) -> Analysis:
    limits = {"Wald": wald(fit.slope, fit.se), "profile": fit.profile}
    tests = {"Wald p": fit.p_wald, "likelihood ratio p": fit.p_ratio, "score p": fit.p_score}
    name, (low, high) = draw.choice(list(limits.items()))
    test, p = draw.choice(list(tests.items()))
    se = fit.se if draw.random() < 0.3 else None
    t = fit.slope / fit.se if draw.random() < 0.2 else None
    values = math.exp(fit.slope), (math.exp(low), math.exp(high))
    return Analysis(f"{kind}, {name}; {test}", _printed(measure, *values, p, draw, n, se, t))


def _logistic(draw: random.Random, numbers: np.random.Generator) -> Analysis:
    n = draw.randint(20, 160)
    x = numbers.normal(0, 1, n)
    y = (numbers.random(n) < 1 / (1 + np.exp(-(draw.gauss(-0.5, 0.7) + draw.gauss(0, 0.6) * x)))).astype(
        float
    )
    return _regression("OR", logistic(x, y), "logistic", n, draw)


def _cox(draw: random.Random, numbers: np.random.Generator) -> Analysis:
    n = draw.randint(20, 160)
    x = (numbers.random(n) < 0.5).astype(float) if draw.random() < 0.5 else numbers.normal(0, 1, n)
    time = numbers.exponential(np.exp(-draw.gauss(0, 0.6) * x))
    censoring = numbers.exponential(draw.uniform(0.5, 3.0), n)
    seen = (time <= censoring).astype(float)
    return _regression("HR", cox(x, np.minimum(time, censoring), seen), "Cox", n, draw)


def _rate_ratio(draw: random.Random, numbers: np.random.Generator) -> Analysis:
    t1, t2 = draw.uniform(50, 400), draw.uniform(50, 400)
    base = draw.uniform(0.02, 0.15)
    a, c = int(numbers.poisson(base * math.exp(draw.gauss(0, 0.6)) * t1)), int(numbers.poisson(base * t2))
    if min(a, c) == 0:
        raise UndefinedError
    log, se = math.log(a / t1 / (c / t2)), math.sqrt(1 / a + 1 / c)
    expected = (a + c) * t1 / (t1 + t2)
    score = (a - expected) ** 2 / ((a + c) * t1 * t2 / (t1 + t2) ** 2)
    ratio = 2 * (a * math.log(a / expected) + c * math.log(c / (a + c - expected)))
    tests = {
        "Wald p": normal_p(log / se),
        "score p": chi_square_p(score),
        "likelihood ratio p": chi_square_p(ratio),
        "exact p": rate_p(a, t1, c, t2),
    }
    limits = {"Wald": wald(log, se), "exact": rate_limits(a, t1, c, t2)}
    name, (low, high) = draw.choice(list(limits.items()))
    test, p = draw.choice(list(tests.items()))
    values = math.exp(log), (math.exp(low), math.exp(high))
    return Analysis(f"IRR, {name}; {test}", _printed("IRR", *values, p, draw))


MAKERS = (
    _odds_ratio,
    _odds_ratio,
    _odds_ratio,
    _risk_difference,
    _risk_difference,
    _risk_ratio,
    _proportion,
    _mean_difference,
    _standardised,
    _logistic,
    _cox,
    _rate_ratio,
)


def analyses(count: int, seed: int) -> Iterator[Analysis]:
    """So many analyses, the kinds by turns; what a method cannot give is drawn again."""
    draw, numbers = random.Random(seed), np.random.default_rng(seed)
    made = 0
    while made < count:
        try:
            found = MAKERS[made % len(MAKERS)](draw, numbers)
        except UndefinedError:
            continue
        made += 1
        yield found
