"""Effect sizes from 2x2 tables, with their sampling variances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy import special

from evidence.choices import as_truth, named
from evidence.effects.columns import IDENTITY, LOG, Array, EffectSizes, Scale, YiVi, with_reasons
from evidence.effects.tetrachoric import tetrachoric_correlation
from evidence.effects.zero_cells import (
    HALF_WHERE_ZERO,
    NO_ADDITION,
    PerArm,
    Tables,
    To,
    ZeroRule,
    correct,
    rule_for,
)

Sampling = Literal["CS", "ST"]

ARCSINE = Scale("arcsine square root", IDENTITY.back, 0.0)
"""A difference of arcsines has no one risk difference: that depends on the risk in group 2."""


def log_risk_ratio(t: Tables) -> YiVi:
    """log of (ai / n1i) / (ci / n2i), with 1/ai - 1/n1i + 1/ci - 1/n2i. Katz et al. 1978."""
    yi = np.log((t.ai / t.n1i) / (t.ci / t.n2i))
    return yi, t.bi / (t.ai * t.n1i) + t.di / (t.ci * t.n2i)


def log_odds_ratio(t: Tables) -> YiVi:
    """log of ai di / (bi ci), with the sum of the reciprocal cells. Woolf 1955."""
    yi = np.log((t.ai / t.bi) * (t.di / t.ci))
    return yi, 1.0 / t.ai + 1.0 / t.bi + 1.0 / t.ci + 1.0 / t.di


def risk_difference(t: Tables) -> YiVi:
    """ai / n1i - ci / n2i, with the binomial variances p (1 - p) / n of the two groups."""
    return t.ai / t.n1i - t.ci / t.n2i, t.ai * t.bi / t.n1i**3 + t.ci * t.di / t.n2i**3


def arcsine_difference(t: Tables) -> YiVi:
    """asin sqrt(ai / n1i) - asin sqrt(ci / n2i), with 1/(4 n1i) + 1/(4 n2i). Rücker et al. 2009."""
    yi = np.arctan2(np.sqrt(t.ai), np.sqrt(t.bi)) - np.arctan2(np.sqrt(t.ci), np.sqrt(t.di))
    return yi, 0.25 / t.n1i + 0.25 / t.n2i


def observed_minus_expected(t: Tables) -> YiVi:
    """O - E and V: events of group 1 beyond those expected given the margins, and their variance.

    V is that of the central hypergeometric distribution. Yusuf et al. 1985; Mantel & Haenszel 1959.
    """
    n, events, others = t.n1i + t.n2i, t.ai + t.ci, t.bi + t.di
    return t.ai - events * t.n1i / n, events * others * t.n1i * t.n2i / (n * n * (n - 1.0))


def peto_log_odds_ratio(t: Tables) -> YiVi:
    """(O - E) / V, with variance 1 / V. Yusuf et al. 1985."""
    difference, variance = observed_minus_expected(t)
    return difference / variance, 1.0 / variance


def phi_coefficient(t: Tables, sampling: str = "CS") -> YiVi:
    """The correlation of two binary variables.

    sampling="CS": n people were classified both ways (multinomial); the variance is 1/n times the mean of
    (xy - phi (x2 + y2) / 2)2 over the table, x and y standardised, which is the large-sample variance of a
    correlation (Yule 1912 writes it out in the margins). "ST": the sizes of the groups were fixed by design;
    by the delta method from the two binomial variances.
    """
    n, n1, events, others = t.n1i + t.n2i, t.n1i, t.ai + t.ci, t.bi + t.di
    spread = np.sqrt(n1 * t.n2i * events * others)
    phi = (t.ai * t.di - t.bi * t.ci) / spread
    if sampling == "ST":
        return phi, _stratified_phi_variance(t, phi)
    x = np.sqrt(t.n2i / n1), -np.sqrt(n1 / t.n2i)
    y = np.sqrt(others / events), -np.sqrt(events / others)
    corners = (t.ai, x[0], y[0]), (t.bi, x[0], y[1]), (t.ci, x[1], y[0]), (t.di, x[1], y[1])
    terms = [cell * (xi * yj - 0.5 * phi * (xi * xi + yj * yj)) ** 2 for cell, xi, yj in corners]
    return phi, np.sum(terms, axis=0) / (n * n)


def _stratified_phi_variance(t: Tables, phi: Array) -> Array:
    n = t.n1i + t.n2i
    group_1, events = t.n1i / n, (t.ai + t.ci) / n
    spread = np.sqrt(events * (1.0 - events))
    balance = np.sqrt(group_1 * (1.0 - group_1)) / spread
    pull = 0.5 * phi * (1.0 - 2.0 * events) / spread**2
    slope_1, slope_2 = balance - pull * group_1, -balance - pull * (1.0 - group_1)
    return np.asarray(slope_1**2 * t.ai * t.bi / t.n1i**3 + slope_2**2 * t.ci * t.di / t.n2i**3)


def yule_q(t: Tables) -> YiVi:
    """(OR - 1) / (OR + 1), with (1 - Q2)2 / 4 times the variance of log OR. Yule 1912."""
    yi, vi = log_odds_ratio(t)
    q = np.tanh(0.5 * yi)
    return q, 0.25 * (1.0 - q * q) ** 2 * vi


def yule_y(t: Tables) -> YiVi:
    """(sqrt OR - 1) / (sqrt OR + 1), with (1 - Y2)2 / 16 times the variance of log OR. Yule 1912."""
    yi, vi = log_odds_ratio(t)
    y = np.tanh(0.25 * yi)
    return y, 0.0625 * (1.0 - y * y) ** 2 * vi


def probit_difference(t: Tables) -> YiVi:
    """d as the difference of normal quantiles of the risks, with p (1 - p) / (n density2) of each group.

    For an outcome that is a dichotomised normal variable. Sánchez-Meca et al. 2003.
    """
    quantiles = special.ndtri(t.ai / t.n1i), special.ndtri(t.ci / t.n2i)
    inverse_densities = [2.0 * np.pi * np.exp(z * z) for z in quantiles]  # squared
    binomial = t.ai * t.bi / t.n1i**3, t.ci * t.di / t.n2i**3
    variance = inverse_densities[0] * binomial[0] + inverse_densities[1] * binomial[1]
    return quantiles[0] - quantiles[1], variance


def d_from_odds_ratio_cox(t: Tables) -> YiVi:
    """d = log OR / 1.65, for normal distributions. Cox & Snell 1989."""
    yi, vi = log_odds_ratio(t)
    return yi / 1.65, vi / 1.65**2


def d_from_odds_ratio_logistic(t: Tables) -> YiVi:
    """d = log OR sqrt 3 / pi, for logistic distributions. Hasselblad & Hedges 1995."""
    yi, vi = log_odds_ratio(t)
    return yi * np.sqrt(3.0) / np.pi, vi * 3.0 / np.pi**2


@dataclass(frozen=True)
class TableMeasure:
    """A measure of a 2x2 table: its name, formula, scale and what is added to zeros unless told otherwise."""

    name: str
    formula: Callable[[Tables], YiVi]
    scale: Scale
    zeros: ZeroRule = HALF_WHERE_ZERO


TABLE_MEASURES: dict[str, TableMeasure] = {
    "RR": TableMeasure("log risk ratio", log_risk_ratio, LOG),
    "OR": TableMeasure("log odds ratio", log_odds_ratio, LOG),
    "RD": TableMeasure("risk difference", risk_difference, IDENTITY),
    "AS": TableMeasure("arcsine square root risk difference", arcsine_difference, ARCSINE, NO_ADDITION),
    "PETO": TableMeasure("log odds ratio by Peto's method", peto_log_odds_ratio, LOG, NO_ADDITION),
    "PHI": TableMeasure("phi coefficient", phi_coefficient, IDENTITY, NO_ADDITION),
    "YUQ": TableMeasure("Yule's Q", yule_q, IDENTITY),
    "YUY": TableMeasure("Yule's Y", yule_y, IDENTITY),
    "RTET": TableMeasure("tetrachoric correlation", tetrachoric_correlation, IDENTITY, NO_ADDITION),
    "PBIT": TableMeasure("probit risk difference", probit_difference, IDENTITY),
    "OR2DN": TableMeasure("d from the odds ratio (normal)", d_from_odds_ratio_cox, IDENTITY),
    "OR2DL": TableMeasure("d from the odds ratio (logistic)", d_from_odds_ratio_logistic, IDENTITY),
}


def two_by_two(
    measure: str,
    tables: Tables,
    add: float | PerArm | None = None,
    to: To | None = None,
    drop00: bool = False,
    vtype: Sampling = "CS",
) -> EffectSizes:
    """A measure of TABLE_MEASURES for each table.

    add, to: the ZeroRule; None for the measure's own, which is 1/2 to each cell of tables with a zero, and
    nothing for AS, PETO, PHI and RTET. Estimate and variance are of the table after the addition.
    drop00: leave out studies without contrast (no events, or only events, in both groups).
    vtype: sampling of PHI. Notes say which studies were added to, dropped or have no effect size.
    Raises KeyError for an unknown measure and ValueError for an unknown rule or sampling.
    """
    sampling = named(vtype, get_args(Sampling), "vtype")
    chosen = TABLE_MEASURES[measure]
    rule = rule_for(chosen.zeros, add, to)
    dropped = tables.without_contrast & as_truth(drop00, "drop00")
    counted = ~(tables.missing | tables.empty | dropped)
    corrected = correct(tables, rule, counted)
    with np.errstate(all="ignore"):
        yi, vi = (
            phi_coefficient(corrected.tables, sampling)
            if measure == "PHI"
            else chosen.formula(corrected.tables)
        )
    unfinished = ~(np.isfinite(yi) & np.isfinite(vi))
    undefined = (
        (tables.missing, "a count is missing"),
        (tables.empty, "one of the groups has nobody in it"),
        (dropped, "left out: no events, or nothing but events, in both groups"),
        corrected.impossible,
        (unfinished & tables.without_contrast, "no events, or nothing but events, in both groups"),
        (unfinished, "a cell of its table is zero, and nothing was added"),
    )
    alone = "with no events, or nothing but events, in both groups, its effect size is that of the addition"
    remarks = (
        *corrected.remarks,
        (corrected.added & tables.without_contrast, alone),
        (vi == 0, "its sampling variance is estimated as zero, which gives it no weight"),
    )
    return with_reasons(measure, chosen.scale, (yi, vi), undefined, remarks)
