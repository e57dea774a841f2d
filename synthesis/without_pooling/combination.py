"""Combined p-values: one-sided p of k studies, as logarithms, become one p, as a logarithm too.

Each function takes log p and log(1 - p), both of shape (k,), as neither can be had from the other where one
is close to zero, and returns log P that all k null hypotheses are true.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from scipy import special

from synthesis.pooling.kernel.effects import Array


def log_fisher(log_p: Array) -> float:
    """-2 sum(log p) is chi-square with 2k df (Fisher 1932).

    With an even df its upper tail is a sum of Poisson probabilities: exp(-h) sum over j < k of h^j / j!.
    """
    half = -float(log_p.sum())
    j = np.arange(log_p.size)
    return min(0.0, float(special.logsumexp(special.xlogy(j, half) - special.gammaln(j + 1.0))) - half)


def log_stouffer(log_p: Array, log_q: Array, weights: Array) -> float:
    """sum(w z) / sqrt(sum(w^2)) is standard normal (Stouffer et al. 1949; with weights Liptak 1958)."""
    z = normal_scores(log_p, log_q)
    weights = weights / weights.max()
    return float(special.log_ndtr(-(weights @ z) / math.sqrt(weights @ weights)))


def normal_scores(log_p: Array, log_q: Array) -> Array:
    """The standard normal z with an upper tail p, (k,): from the smaller tail."""
    return np.where(log_p < log_q, -special.ndtri_exp(log_p), special.ndtri_exp(log_q))


def log_edgington(log_p: Array, log_q: Array) -> float:
    """The sum of k uniform numbers is at most that of p (Edgington 1972; Irwin 1927, Hall 1927).

    P(S <= s) = sum over j <= s of (-1)^j C(k, j) (s - j)^k / k!, whose terms cancel: above s = 1 it is
    computed with whole numbers, without rounding. S and k - S have one distribution: the shorter sum tells.
    """
    p, q = math.fsum(np.exp(log_p)), math.fsum(np.exp(log_q))
    if p <= q:
        return _log_irwin_hall(p, log_p)
    return float(np.log1p(-np.exp(_log_irwin_hall(q, log_q))))


def _log_irwin_hall(s: float, logs: Array) -> float:
    """log P(S <= s) of s = sum(exp(logs)), at most k / 2."""
    k = logs.size
    if s <= 1.0:
        return k * float(special.logsumexp(logs)) - float(special.gammaln(k + 1.0))
    exact = Fraction(s)
    unit, whole = exact.denominator, exact.numerator
    total = sum((-1) ** j * math.comb(k, j) * (whole - j * unit) ** k for j in range(math.floor(s) + 1))
    return math.log(total) - math.log(math.factorial(k)) - k * math.log(unit)


def log_tippett(log_p: Array, log_q: Array) -> float:
    """The smallest of k uniform numbers is at most the smallest p: 1 - (1 - p)^k (Tippett 1931)."""
    first = int(log_p.argmin())
    k = log_p.size
    missed = k * float(log_q[first])
    if missed > -1e-17:  # 1 - (1 - p)^k = k p to the last digit, and p may be too small for its log(1 - p)
        return math.log(k) + float(log_p[first])
    return float(np.log(-np.expm1(missed)))
