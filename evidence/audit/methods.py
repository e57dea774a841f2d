"""How far intervals, standard errors and p-values by different common methods may lie from each other.

A paper may print Wald's interval with the p-value of Fisher's, Yates's, a score or a likelihood ratio test,
or an exact, score or profile likelihood interval. Their distances shrink as information grows. The limits
here lie above all that simulated small studies show; docs/audit.md has the table.
"""

from __future__ import annotations

from evidence.audit.printed_effect import PrintedEffect
from evidence.records.scales import RATIOS
from evidence.records.vocabulary import IntervalMethod, Measure, Test

SYMMETRIC_METHODS: frozenset[IntervalMethod] = frozenset({"Wald", "t"})
USUAL_TESTS: frozenset[Test] = frozenset({"Wald", "t"})

P_LIMITS: dict[Measure, tuple[float, float]] = {
    "OR": (0.35, 0.9),
    "HR": (0.35, 0.9),
    "IRR": (0.35, 0.9),
    "RR": (1.0, 0.7),
}
"""Distance of two p-values in standard errors, at no spread and per unit of spread; of ratios."""

LARGEST_SPREAD = 1.2
"""Beyond this standard error of a log ratio distances grow no further."""

P_LIMIT_OF_SLOPES = 0.8
P_LIMIT = 1.4
SHARE_OF_Z = 0.55
"""Welch's and Student's standard errors of unequal groups may differ by a factor of two."""

ASYMMETRY: dict[Measure, float] = {"RD": 0.65, "beta": 0.4}
"""Share of the half-width by which an estimate may be off the middle of its interval."""

ASYMMETRY_OF_RATIOS = (0.3, 0.25)
"""The same for ratios: at no spread, and per unit of spread."""

USUAL_ASYMMETRY = 0.25

USUAL_SHARE_OF_RATIOS = (0.7, 0.4)
"""Share of the limits below that methods usually keep: per unit of spread, and at most."""

USUAL_SHARES: dict[Measure, float] = {"RD": 0.3, "MD": 0.2, "SMD": 0.05}
"""The same for differences."""

MANY = 300
"""Persons from which methods of risk differences agree."""


def states_another_method(effect: PrintedEffect) -> bool:
    """Whether the record says that interval or p-value come from another method than Wald's or Student's."""
    return states_asymmetry(effect) or (effect.test is not None and effect.test not in USUAL_TESTS)


def states_asymmetry(effect: PrintedEffect) -> bool:
    """Whether the record says that the interval need not be centred on the estimate."""
    return effect.ci_method is not None and effect.ci_method not in SYMMETRIC_METHODS


def spread(effect: PrintedEffect) -> float:
    """Roughly the standard error on the analysis scale: from the interval, else as printed; 0 for neither."""
    if effect.limits is not None and effect.conventions:
        lower, upper = effect.limits
        return max(0.0, (sum(upper) - sum(lower)) / 4 / effect.conventions[0].quantile)
    if effect.limit is not None and effect.half_width is not None and effect.conventions:
        return effect.half_width / effect.conventions[0].quantile
    return 0.0 if effect.se is None else max(0.0, float(effect.se))


def p_limit(effect: PrintedEffect, z: float) -> float:
    """Standard errors by which a p-value may miss; z: the larger of the two normal deviates."""
    if effect.measure in P_LIMITS:
        least, growth = P_LIMITS[effect.measure]
        return least + growth * min(LARGEST_SPREAD, spread(effect))
    if effect.measure in ("beta", "r"):
        return P_LIMIT_OF_SLOPES
    return max(P_LIMIT, SHARE_OF_Z * z)


def asymmetry_limit(effect: PrintedEffect) -> float:
    """Share of the half-width by which an interval may be off its estimate."""
    if effect.measure in P_LIMITS:
        least, growth = ASYMMETRY_OF_RATIOS
        return least + growth * min(LARGEST_SPREAD, spread(effect))
    return ASYMMETRY.get(effect.measure, USUAL_ASYMMETRY)


def se_factor(effect: PrintedEffect) -> float:
    """Factor by which a standard error and the width of an interval by another method may differ."""
    return 1.1 + 0.3 * min(LARGEST_SPREAD, spread(effect)) if effect.measure in P_LIMITS else 1.15


def usual_share(effect: PrintedEffect) -> float:
    """Share of `p_limit` and `asymmetry_limit` within which common methods of sound studies usually stay.

    What lies within it is worth no more than a note; docs/audit.md has the rates. Nothing is usual where the
    record says that interval and p are Wald's or Student's.
    """
    if effect.ci_method in SYMMETRIC_METHODS and effect.test in USUAL_TESTS:
        return 0.0
    if effect.measure in RATIOS:
        growth, most = USUAL_SHARE_OF_RATIOS
        return min(most, growth * spread(effect))
    if effect.measure == "RD" and effect.n is not None and effect.n >= MANY:
        return 0.0
    return USUAL_SHARES.get(effect.measure, 0.0)
