"""Which p-values, standard errors and test statistics the other printed numbers of an effect allow."""

from __future__ import annotations

import math

from evidence.audit.arithmetic import (
    SLACK,
    Interval,
    normal_quantile,
    p_from_ratios,
    p_from_statistics,
    quotient,
    two_sided_p,
)
from evidence.audit.printed_effect import PrintedEffect
from evidence.audit.significance import PrintedTest, allowed_ps
from evidence.records.printed import Printed, PValue

LARGEST_Z_OF_R = 300.0
"""Of Fisher's z; beyond it, where no correlation lies, its hyperbolic sine leaves the floating point."""

SHARE_OF_PAIRS = 0.9
"""A correlation may rest on fewer pairs than the study has persons, but on no less than this share."""


def is_inside(effect: PrintedEffect) -> bool:
    """Whether the estimate can lie between its limits; one that only touches a limit does not."""
    estimate, margin = effect.estimate, SLACK * abs(float(effect.estimate))
    if effect.lower is not None and estimate.highest - margin <= effect.lower.lowest:
        return False
    return effect.upper is None or estimate.lowest + margin < effect.upper.highest


def excludes_no_effect(effect: PrintedEffect) -> bool:
    """Whether the interval lies on one side of no effect, however its limits were rounded."""
    if effect.limits is None or not effect.tests_null:
        return False
    lower, upper = effect.limits
    return lower.low > 0 or upper.high < 0


def includes_no_effect(effect: PrintedEffect) -> bool:
    """Whether the interval holds the value of no effect inside, however its limits were rounded."""
    if effect.limits is None or not effect.tests_null:
        return False
    lower, upper = effect.limits
    return lower.high < 0 < upper.low


def p_from_interval(effect: PrintedEffect) -> Interval | None:
    """All p-values that estimate and interval allow; None where they say nothing about p.

    Where the two contradict each other, the interval's width and either centre are allowed.
    """
    if effect.region is None or not effect.tests_null or not effect.conventions:
        return None
    if effect.region.vertices:
        ratios = effect.region.ratios
    else:
        assert effect.centre is not None
        assert effect.limits is not None
        lower, upper = effect.limits
        widths = Interval(max(0.0, upper.low - lower.high) / 2, (upper.high - lower.low) / 2)
        middle = Interval((lower.low + upper.low) / 2, (lower.high + upper.high) / 2)
        both = [quotient(centre.magnitudes, widths) for centre in (effect.centre, middle)]
        ratios = Interval(min(low for low, _ in both), max(high for _, high in both))
    found = p_from_ratios(ratios, effect.conventions)
    return _with_t_test_of_r(effect, found) if effect.measure == "r" else found


def _with_t_test_of_r(effect: PrintedEffect, found: Interval) -> Interval:
    """An interval by Fisher's z often stands beside the p of the exact t-test of r."""
    assert effect.region is not None
    ps = list(found)
    quantile = normal_quantile(effect.level)
    for centre, half in effect.region.vertices:
        n = (quantile / half) ** 2 + 3 if half > 0 else math.inf
        ps.append(two_sided_p(_t_of_z(centre, n), n - 2))
    return Interval(min(ps), max(ps))


def p_from_se(effect: PrintedEffect) -> Interval | None:
    """All p-values that estimate and standard error allow."""
    statistics = statistic_from_se(effect)
    return None if statistics is None else p_from_statistics(statistics, effect.conventions)


def p_from_t(effect: PrintedEffect) -> Interval | None:
    """All p-values that the test statistic allows."""
    if effect.t is None or not effect.conventions:
        return None
    if effect.df is not None:
        return allowed_ps(PrintedTest("t", effect.t, (effect.df,)))
    return p_from_statistics(Interval(effect.t.lowest, effect.t.highest), effect.conventions)


def p_from_correlation(effect: PrintedEffect) -> Interval | None:
    """All p-values of a correlation among n persons, a tenth of them perhaps missing: by t or Fisher's z."""
    if effect.measure != "r" or effect.n is None or effect.n < 4 or effect.centre is None:
        return None
    sizes = effect.centre.magnitudes
    few = max(4.0, SHARE_OF_PAIRS * effect.n)
    return Interval(min(_ps_of_r(sizes.high, effect.n)), max(_ps_of_r(sizes.low, few)))


def _ps_of_r(z: float, n: float) -> tuple[float, float]:
    """By t and by Fisher's z; sinh(atanh r) is r / sqrt(1 - r^2)."""
    return two_sided_p(_t_of_z(z, n), n - 2), two_sided_p(z * math.sqrt(n - 3))


def _t_of_z(z: float, n: float) -> float:
    return math.sinh(max(-LARGEST_Z_OF_R, min(z, LARGEST_Z_OF_R))) * math.sqrt(n - 2)


def statistic_from_se(effect: PrintedEffect) -> Interval | None:
    """All values of estimate / SE on the analysis scale."""
    if effect.se is None or effect.centre is None or not effect.tests_null or not effect.conventions:
        return None
    return quotient(effect.centre, Interval(max(0.0, effect.se.lowest), effect.se.highest))


def statistic_from_interval(effect: PrintedEffect) -> Interval | None:
    """All test statistics that estimate and interval allow, with their sign."""
    if effect.region is None or not effect.region.vertices or effect.centre is None:
        return None
    if not effect.tests_null or not effect.conventions:
        return None
    ratios = effect.region.ratios
    quantiles = [convention.quantile for convention in effect.conventions]
    size = Interval(min(quantiles) * ratios.low, max(quantiles) * ratios.high)
    if effect.centre.low >= 0:
        return size
    if effect.centre.high <= 0:
        return Interval(-size.high, -size.low)
    return Interval(-size.high, size.high)


def se_from_interval(effect: PrintedEffect) -> Interval | None:
    """All standard errors that estimate and interval allow, on the analysis scale."""
    if effect.region is None or not effect.region.vertices or not effect.conventions:
        return None
    halves = effect.region.half_widths
    quantiles = [convention.quantile for convention in effect.conventions]
    return Interval(halves.low / max(quantiles), halves.high / min(quantiles))


_ROUNDING = 1e-12
"""Of a p that was computed and written in full, relatively; SLACK would hide transposed digits of it."""


def p_agrees(p: PValue | None, allowed: Interval | None) -> bool:
    """Whether some p that would be printed so is among the allowed ones, rounding of computers aside."""
    if p is None or allowed is None:
        return True
    return allowed.meets(Interval(p.lowest, p.highest).widened(_ROUNDING * p.highest))


def statistic_agrees(effect: PrintedEffect) -> bool:
    """Whether the printed test statistic is one that SE and interval allow."""
    if effect.t is None:
        return True
    sources = (statistic_from_se(effect), statistic_from_interval(effect))
    return all(allowed is None or statistic_fits(effect.t, allowed) for allowed in sources)


def statistic_fits(t: Printed, allowed: Interval) -> bool:
    """Whether some test statistic that would be printed so is among the allowed ones."""
    printed = Interval(t.lowest, t.highest)
    return printed.meets(allowed.widened(SLACK * max(map(abs, printed))))


def se_agrees(effect: PrintedEffect) -> bool:
    """Whether the printed standard error is one that the interval allows."""
    allowed = se_from_interval(effect)
    if effect.se is None or allowed is None:
        return True
    return allowed.meets(Interval(effect.se.lowest, effect.se.highest))


def agrees(effect: PrintedEffect) -> bool:
    """Whether everything printed about an effect can be true together."""
    if not is_inside(effect):
        return False
    if effect.lower is not None and effect.upper is not None:
        if effect.limits is None:
            return False
        if effect.region is not None and not effect.region.vertices:
            return False
    if effect.centre is None or (effect.se is not None and effect.se.highest <= 0):
        return False
    return (
        all(p_agrees(effect.p, allowed(effect)) for allowed in P_SOURCES)
        and se_agrees(effect)
        and statistic_agrees(effect)
    )


P_SOURCES = (p_from_interval, p_from_se, p_from_t, p_from_correlation)
