"""Tests of funnel asymmetry: do small studies show other effects than large ones?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from evidence.choices import named
from evidence.effects.input_columns import column, side_by_side
from evidence.effects.zero_cells import tables
from synthesis.pooling.as_data import AsData
from synthesis.pooling.batch import pool_batch
from synthesis.pooling.inputs import as_level
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.repeating import same_estimator
from synthesis.pooling.result import PooledSummary

FEWEST = 3
_SAYS = (
    "Shows whether small studies differ from large ones. Reporting bias is one cause; real differences "
    "between small and large studies, and chance, are others. With fewer than 10 studies it has little power."
)

MODELS = {
    "mixed": "Its model is its own: mixed-effects regression with tau2 by {} and z, whatever the test "
    "and the weights of the pooled result.",
    "weighted": "Its model is its own: weighted least squares with a dispersion and t(k - 2), whatever the "
    "method, the test and the weights of the pooled result.",
}
PREDICTORS: dict[str, tuple[str, Callable[[Array, Array | None], Array]]] = {
    "sei": ("standard error", lambda vi, ni: np.sqrt(vi)),
    "vi": ("sampling variance", lambda vi, ni: vi),
    "ni": ("sample size", lambda vi, ni: _known(ni)),
    "ninv": ("inverse of the sample size", lambda vi, ni: 1.0 / _known(ni)),
    "sqrtninv": ("inverse square root of the sample size", lambda vi, ni: 1.0 / np.sqrt(_known(ni))),
}


@dataclass(frozen=True)
class RegressionTest(AsData):
    """A regression of the effects on their precision.

    statistic and p_value: of the slope, on df degrees of freedom (infinite for z). limit: the effect that a
    study of perfect precision would have, with its interval; nan for a predictor that has no such value.
    """

    model: str
    predictor: str
    slope: float
    statistic: float
    df: float
    p_value: float
    limit: float
    limit_low: float
    limit_high: float
    k: int
    says: str = _SAYS


def regression_test(
    pooled: PooledSummary, model: str = "mixed", predictor: str = "sei", ni: Any = None
) -> RegressionTest:
    """Egger's test of the k >= 3 studies of a result; ni: sample sizes, k numbers, for `predictor`.

    model "mixed" adds a between-study variance by the method of the result and uses z (Thompson & Sharp 1999;
    Sterne & Egger 2005); "weighted" is Egger et al. 1997: weights 1 / vi, a multiplicative dispersion and
    t(k - 2). predictor: a key of PREDICTORS. The interval of the limit is at the level of the result, whose
    test and weights have no part in it.
    Raises ValueError for fewer than three studies, equal precisions or an unknown model or predictor.
    """
    model = named(model, MODELS, "model")
    predictor = named(predictor, PREDICTORS, "predictor")
    _enough(pooled.k)
    name, of = PREDICTORS[predictor]
    x = of(pooled.vi, None if ni is None else _sizes(ni, pooled.k))
    if np.ptp(x) == 0.0:
        raise ValueError(f"all studies have the same {name}; asymmetry cannot be seen")
    # Equal effects with the dispersion of Hartung and Knapp is weighted least squares.
    method, test = (same_estimator(pooled), "z") if model == "mixed" else ("EE", "HKSJ")
    design = np.column_stack([np.ones_like(x), x])
    fit = pool_batch(Effects(pooled.yi, pooled.vi), method, test, pooled.level, design=design)
    has_limit = predictor != "ni"
    limit, low, high = (fit.beta[0, 0], fit.ci_low[0, 0], fit.ci_high[0, 0]) if has_limit else (np.nan,) * 3
    return RegressionTest(
        model=model,
        predictor=predictor,
        slope=float(fit.beta[0, 1]),
        statistic=float(fit.statistic[0, 1]),
        df=float(np.ravel(fit.df)[0]),
        p_value=float(fit.p_value[0, 1]),
        limit=float(limit),
        limit_low=float(low),
        limit_high=float(high),
        k=pooled.k,
        says=f"{_SAYS} {MODELS[model].format(pooled.method)}",
    )


@dataclass(frozen=True)
class RankTest(AsData):
    """Kendall's tau of standardised effects and variances; exact: whether p is that of all orders."""

    tau: float
    p_value: float
    exact: bool
    k: int
    says: str = (
        f"{_SAYS} The rank test has even less power than Egger's. It is one of ranks: no choice of the "
        "pooled result has a part in it."
    )


def rank_test(pooled: PooledSummary) -> RankTest:
    """Begg & Mazumdar 1994, of the k >= 3 studies of a result, none of whose choices has a part in it.

    The p-value is exact without ties, whatever k; with ties it is that of the normal approximation with
    Kendall's variance for ties. Raises ValueError for fewer than three studies.
    """
    _enough(pooled.k)
    yi, vi = pooled.yi, pooled.vi
    weights = 1.0 / vi
    mean = float(weights @ yi / weights.sum())
    deviates = (yi - mean) / np.sqrt(vi - 1.0 / weights.sum())
    return RankTest(*_kendall(deviates, vi), k=pooled.k)


def _kendall(x: Array, y: Array) -> tuple[float, float, bool]:
    """tau-b, two-sided p, and whether it is exact."""
    n = x.size
    s = float(np.sum(np.triu(np.sign(x[:, None] - x) * np.sign(y[:, None] - y), 1)))
    ties = [np.unique(a, return_counts=True)[1].astype(float) for a in (x, y)]
    pairs = n * (n - 1) / 2.0
    tied = [float(np.sum(t * (t - 1.0) / 2.0)) for t in ties]
    room = np.sqrt((pairs - tied[0]) * (pairs - tied[1]))
    if room == 0.0:
        return float("nan"), float("nan"), False
    if not any(tied):
        # Of concordant and discordant pairs, whose chances mirror each other.
        rarer = round((pairs - abs(s)) / 2.0)
        return s / pairs, float(min(1.0, 2.0 * _concordance_chances(n)[: rarer + 1].sum())), True
    z = s / np.sqrt(_variance_with_ties(n, ties))
    return s / float(room), float(2.0 * special.ndtr(-abs(z))), False


def _concordance_chances(n: int) -> Array:
    """P(number of concordant pairs = 0, 1, ...) when all n! orders are equally likely. Kendall 1938."""
    chances = np.ones(1)
    for size in range(2, n + 1):
        chances = np.convolve(chances, np.full(size, 1.0 / size))
    return chances


def _variance_with_ties(n: int, ties: list[Array]) -> float:
    """Variance of Kendall's S under independence. Kendall 1970."""
    x, y = ties

    def sums(a: Array) -> tuple[float, float, float]:
        return (
            float(np.sum(a * (a - 1.0) * (2.0 * a + 5.0))),
            float(np.sum(a * (a - 1.0))),
            float(np.sum(a * (a - 1.0) * (a - 2.0))),
        )

    (x5, x1, x2), (y5, y1, y2) = sums(x), sums(y)
    whole = n * (n - 1.0) * (2.0 * n + 5.0)
    return (
        (whole - x5 - y5) / 18.0
        + x1 * y1 / (2.0 * n * (n - 1.0))
        + x2 * y2 / (9.0 * n * (n - 1.0) * (n - 2.0))
    )


def _known(ni: Array | None) -> Array:
    if ni is None:
        raise ValueError("this predictor needs the studies' sample sizes, ni")
    return ni


def _sizes(ni: Any, k: int) -> Array:
    """Sample sizes as numbers, (k,)."""
    try:
        sizes = np.asarray(ni, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"ni is {ni!r}; expected a sample size for each of the {k} studies") from error
    if sizes.shape != (k,):
        raise ValueError(f"ni has shape {sizes.shape}; expected a sample size for each of the {k} studies")
    if not (np.isfinite(sizes).all() and np.all(sizes > 0)):
        raise ValueError("every study needs a sample size above zero for this predictor")
    return sizes


def _enough(k: int) -> None:
    if k < FEWEST:
        raise ValueError(f"a test of asymmetry needs at least {FEWEST} studies; there are {k}")


# Tests of funnel asymmetry for 2x2 tables, whose standard errors depend on the effects themselves.


COUNT_TESTS = ("Harbord", "Peters", "Macaskill", "Deeks")
_COUNTS_SAY = (
    "Shows whether small studies differ from large ones; unlike Egger's test it does not suffer from odds "
    "ratios being tied to their standard errors. The cause remains open, and below 10 studies power is low."
)


@dataclass(frozen=True, eq=False)
class CountTables:
    """k 2x2 tables: events a, c and non-events b, d of the first and second arm, each of shape (k,)."""

    a: Array
    b: Array
    c: Array
    d: Array

    def __post_init__(self) -> None:
        for name in ("a", "b", "c", "d"):
            counts = np.asarray(getattr(self, name), dtype=float)
            if counts.shape != np.shape(self.a) or np.any(~np.isfinite(counts) | (counts < 0)):
                raise ValueError(f"{name}: expected one count of zero or more for each study")
            object.__setattr__(self, name, counts)
        if self.a.size < FEWEST:
            raise ValueError(f"a test of asymmetry needs at least {FEWEST} studies; there are {self.a.size}")

    @property
    def n(self) -> Array:
        """Persons of each study."""
        return self.a + self.b + self.c + self.d

    @property
    def log_odds_ratio(self) -> Array:
        """With half a person added to each cell of tables that have an empty one."""
        add = np.where(np.minimum.reduce([self.a, self.b, self.c, self.d]) == 0, 0.5, 0.0)
        ratio = (self.a + add) * (self.d + add) / ((self.b + add) * (self.c + add))
        return np.asarray(np.log(ratio))


def count_asymmetry(
    test: str = "Harbord",
    *,
    ai: Any,
    ci: Any,
    bi: Any = None,
    di: Any = None,
    n1i: Any = None,
    n2i: Any = None,
    data: Any = None,
    level: float = 0.95,
) -> RegressionTest:
    """A test of funnel asymmetry for 2x2 tables, whose odds ratios are tied to their standard errors.

    test: "Harbord", "Peters", "Macaskill" or "Deeks". ai, ci: events of both groups; bi, di: persons without,
    or n1i, n2i: persons in all; each k counts or the name of a column of `data`. level: a fraction.
    Raises ValueError for fewer than three studies with events that differ in size, and for impossible counts.
    """
    given = {"ai": ai, "bi": bi, "ci": ci, "di": di, "n1i": n1i, "n2i": n2i}
    named_columns = {name: column(values, data, name) for name, values in given.items() if values is not None}
    found = tables(**side_by_side(named_columns))
    return count_test(CountTables(found.ai, found.bi, found.ci, found.di), test, as_level(level))


def count_test(counts: CountTables, test: str, level: float = 0.95) -> RegressionTest:
    """A weighted regression with t(k - 2).

    Macaskill et al. 2001: log odds ratio on n, weighted by events times non-events over n.
    Peters et al. 2006: the same on 1 / n.
    Harbord et al. 2006: efficient score over its variance V on 1 / sqrt(V), weighted by V.
    Deeks et al. 2005: log odds ratio on the inverse root of the effective sample size, weighted by it.

    limit: the intercept, the effect of an endless study; for Macaskill nan, whose intercept is that of none.
    """
    test = named(test, COUNT_TESTS, "test")
    regressions = {"Macaskill": _macaskill, "Peters": _peters, "Harbord": _harbord, "Deeks": _deeks}
    with np.errstate(divide="ignore", invalid="ignore"):  # of studies without weight, which are left out
        y, x, weights, name = regressions[test](counts)
    kept = weights > 0
    if int(kept.sum()) < FEWEST or np.ptp(x[kept]) == 0.0:
        raise ValueError(f"{test}'s test needs {FEWEST} studies that differ in size and have events")
    design = np.column_stack([np.ones(int(kept.sum())), x[kept]])
    fit = pool_batch(Effects(y[kept], 1.0 / weights[kept]), "EE", "HKSJ", level, design=design)
    limit = test != "Macaskill"
    return RegressionTest(
        model=test,
        predictor=name,
        slope=float(fit.beta[0, 1]),
        statistic=float(fit.statistic[0, 1]),
        df=float(np.ravel(fit.df)[0]),
        p_value=float(fit.p_value[0, 1]),
        limit=float(fit.beta[0, 0]) if limit else float("nan"),
        limit_low=float(fit.ci_low[0, 0]) if limit else float("nan"),
        limit_high=float(fit.ci_high[0, 0]) if limit else float("nan"),
        k=int(kept.sum()),
        says=_COUNTS_SAY,
    )


_Regression = tuple[Array, Array, Array, str]


def _macaskill(counts: CountTables) -> _Regression:
    return counts.log_odds_ratio, counts.n, _margins(counts), "number of persons"


def _peters(counts: CountTables) -> _Regression:
    return counts.log_odds_ratio, 1.0 / counts.n, _margins(counts), "inverse of the number of persons"


def _margins(counts: CountTables) -> Array:
    """Events times non-events over persons: the inverse variance of a log odds of all persons together."""
    return (counts.a + counts.c) * (counts.b + counts.d) / counts.n


def _harbord(counts: CountTables) -> _Regression:
    first, second = counts.a + counts.b, counts.c + counts.d
    events, others = counts.a + counts.c, counts.b + counts.d
    score = counts.a - first * events / counts.n
    variance = first * second * events * others / (counts.n**2 * (counts.n - 1.0))
    return score / variance, 1.0 / np.sqrt(variance), variance, "root of the score's variance"


def _deeks(counts: CountTables) -> _Regression:
    first, second = counts.a + counts.b, counts.c + counts.d
    effective = 4.0 * first * second / counts.n
    return (
        counts.log_odds_ratio,
        1.0 / np.sqrt(effective),
        effective,
        "inverse root of the effective sample size",
    )
