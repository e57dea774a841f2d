"""Adjusted ratios of several classes against one reference: how their errors are correlated.

A paper prints each ratio with its interval, and no covariance; the cases and persons of the classes tell it.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit

from evidence.effects.columns import Array

Denominator: TypeAlias = Literal["odds", "risks", "rates"]
"""What ratios are of: cases to others, cases to persons, or cases to person-time."""


def fitted_cases(log_ratios: Array, cases: Array, sizes: Array, of: Denominator) -> Array:
    """Cases of every class that have the adjusted ratios and the total of the observed ones; shape (m + 1,).

    log_ratios: of m classes to the reference, (m,); cases, sizes: of the reference, then the classes,
    (m + 1,), sizes being persons (with the cases) or person-time. Greenland & Longnecker 1992, whose
    equations have one unknown, the level of the reference.
    Raises ValueError where there is no case, or as many as persons.
    """
    total, relative = float(cases.sum()), np.append(0.0, log_ratios)
    if not (sizes > 0).all() or total <= 0:
        raise ValueError("a class has nobody in it, or no class has a case")
    if of == "rates":
        return np.asarray(total * _shares(relative, sizes))
    if total >= sizes.sum():
        raise ValueError("there are as many cases as persons")
    if of == "risks":
        return np.asarray(total * _shares(relative, sizes))

    def surplus(level: float) -> float:
        return float((sizes * expit(level + relative)).sum()) - total

    reach = float(np.abs(relative).max()) + abs(float(logit(total / sizes.sum()))) + 1.0
    level = brentq(surplus, -reach, reach)
    return np.asarray(sizes * expit(level + relative))


def _shares(relative: Array, sizes: Array) -> Array:
    weights = sizes * np.exp(relative - relative.max())
    return np.asarray(weights / weights.sum())


def reference_correlation(log_ratios: Array, cases: Array, sizes: Array, of: Denominator) -> Array:
    """Correlation matrix, shape (m, m), of m adjusted log ratios with one reference; else as `fitted_cases`.

    s0 / sqrt((s0 + si) (s0 + sj)), where s is 1/A + 1/B of odds, 1/A - 1/N of risks and 1/A of rates, with
    the fitted cases A, others B and persons N. Greenland & Longnecker 1992.
    """
    fitted = fitted_cases(log_ratios, cases, sizes, of)
    with np.errstate(divide="ignore"):
        part = 1.0 / fitted
        if of == "odds":
            part = part + 1.0 / (sizes - fitted)
        elif of == "risks":
            part = part - 1.0 / sizes
    if not (np.isfinite(part) & (part > 0)).all():
        raise ValueError("with these adjusted ratios a class would be nothing but cases")
    share = np.sqrt(part[0] / (part[0] + part[1:]))
    correlation = np.outer(share, share)
    np.fill_diagonal(correlation, 1.0)
    return correlation
