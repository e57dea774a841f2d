"""Counts that reproduce adjusted ratios and their variances, by Hamling's method."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from evidence.effects.adjusted_ratios import Denominator
from evidence.effects.columns import Array

_LEAST, _MOST = 1e-12, 1.0 - 1e-12  # of the room that the smallest variance leaves the reference


def effective_counts(
    log_ratios: Array, variances: Array, cases: Array, sizes: Array, of: Denominator
) -> tuple[Array, Array]:
    """Cases and others (of risks persons, of rates person-time) of every class, (m + 1,), reference first.

    log_ratios, variances: of m classes to the reference, (m,); cases, sizes: the observed ones of the
    reference, then the classes, (m + 1,), sizes being persons (with the cases) or person-time.
    The counts have the printed ratios and variances, the reference's share of the others that is observed,
    and the observed number of others a case: 1/A + 1/B in either class of odds, 1/A - 1/N of risks and 1/A
    of rates. Hamling, Lee, Weitkunat & Ambuhl 2008. Given the reference's odds (or risk, or rate) its share
    falls with the part that it has in the variances, so that either unknown has a bracket.
    Raises ValueError where no such counts exist.
    """
    most = np.inf if of == "rates" else sizes.sum()
    if not (variances > 0).all() or not (sizes > 0).all() or not 0 < cases.sum() < most:
        raise ValueError("a class has nobody in it, or there are no cases or nothing else")
    ratios = np.append(1.0, np.exp(log_ratios))
    others = sizes - cases if of == "odds" else sizes
    share, others_a_case = others[0] / others.sum(), others.sum() / cases.sum()

    def counts(level: float, part: float) -> tuple[Array, Array]:
        """At the reference's odds, risk or rate, and its part in the variances."""
        levels = level * ratios
        left = np.append(part, variances - part)
        if of == "rates":
            a = 1.0 / left
        elif of == "risks":
            a = (1.0 - levels) / left
        else:
            a = (1.0 + levels) / left
        return a, a / levels

    def balanced(level: float) -> tuple[Array, Array]:
        def surplus(fraction: float) -> float:
            _, b = counts(level, fraction * float(variances.min()))
            return float(b[0] / b.sum() - share)

        fraction = brentq(surplus, _LEAST, _MOST, xtol=1e-16)
        return counts(level, fraction * float(variances.min()))

    def surplus(level: float) -> float:
        a, b = balanced(level)
        return float(b.sum() / a.sum() / others_a_case - 1.0) * level

    low, high = 1.0 / (others_a_case * ratios.max()), 1.0 / (others_a_case * ratios.min())
    if of == "risks":
        high = min(high, (1.0 - 1e-12) / ratios.max())
    try:
        reach = high / low * (1 + 1e-9 * (of != "risks"))
        level = low * brentq(lambda times: surplus(times * low), 1 - 1e-9, reach)
        a, b = balanced(level)
    except ValueError as error:
        raise ValueError("no counts have these ratios and variances") from error
    return a, b
