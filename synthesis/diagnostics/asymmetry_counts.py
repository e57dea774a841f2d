"""Tests of funnel asymmetry for 2x2 tables, whose standard errors depend on the effects themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from synthesis.diagnostics.asymmetry import FEWEST, RegressionTest
from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.effects import Array, Effects

CountTest = Literal["Macaskill", "Peters", "Harbord", "Deeks"]
COUNT_TESTS: tuple[CountTest, ...] = ("Harbord", "Peters", "Macaskill", "Deeks")
_SAYS = (
    "Shows whether small studies differ from large ones; unlike Egger's test it does not suffer from odds "
    "ratios being tied to their standard errors. The cause remains open, and below 10 studies power is low."
)


@dataclass(frozen=True, eq=False)
class Tables:
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


def count_test(tables: Tables, test: CountTest, level: float = 0.95) -> RegressionTest:
    """A weighted regression with t(k - 2).

    Macaskill et al. 2001: log odds ratio on n, weighted by events times non-events over n.
    Peters et al. 2006: the same on 1 / n.
    Harbord et al. 2006: efficient score over its variance V on 1 / sqrt(V), weighted by V.
    Deeks et al. 2005: log odds ratio on the inverse root of the effective sample size, weighted by it.

    limit: the intercept, the effect of an endless study; for Macaskill nan, whose intercept is that of none.
    """
    y, x, weights, name = {
        "Macaskill": _macaskill,
        "Peters": _peters,
        "Harbord": _harbord,
        "Deeks": _deeks,
    }[test](tables)
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
        says=_SAYS,
    )


_Regression = tuple[Array, Array, Array, str]


def _macaskill(tables: Tables) -> _Regression:
    return tables.log_odds_ratio, tables.n, _margins(tables), "number of persons"


def _peters(tables: Tables) -> _Regression:
    return tables.log_odds_ratio, 1.0 / tables.n, _margins(tables), "inverse of the number of persons"


def _margins(tables: Tables) -> Array:
    """Events times non-events over persons: the inverse variance of a log odds of all persons together."""
    return (tables.a + tables.c) * (tables.b + tables.d) / tables.n


def _harbord(tables: Tables) -> _Regression:
    first, second = tables.a + tables.b, tables.c + tables.d
    events, others = tables.a + tables.c, tables.b + tables.d
    score = tables.a - first * events / tables.n
    variance = first * second * events * others / (tables.n**2 * (tables.n - 1.0))
    known = variance > 0
    safe = np.where(known, variance, 1.0)
    return np.where(known, score / safe, 0.0), 1.0 / np.sqrt(safe), variance, "root of the score's variance"


def _deeks(tables: Tables) -> _Regression:
    first, second = tables.a + tables.b, tables.c + tables.d
    effective = 4.0 * first * second / tables.n
    known = effective > 0
    size = np.where(known, effective, 1.0)
    return tables.log_odds_ratio, 1.0 / np.sqrt(size), effective, "inverse root of the effective sample size"
