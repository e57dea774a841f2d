"""A dose for each class of an exposure, from the limits that a paper prints or as one of its quantiles."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.special import ndtr, ndtri

from evidence.choices import as_number, as_whole, named
from evidence.effects.columns import Array

END_RULES: dict[str, str] = {
    "width": "an open class is taken to be as wide as the one next to it, as most authors do",
    "1.2": "1.2 times the limit above, half the limit below (Berlin, Longnecker & Greenland 1993)",
}
"""What the dose of a class without an end is."""

DISTRIBUTIONS = ("normal", "log-normal")
_BEYOND = 1.2
_NUMBER = r"[-\u2212]?(?:\d+\.?\d*|\.\d+)"
_BELOW = re.compile(rf"(?:<|<=|≤)\s*({_NUMBER})")
_ABOVE = re.compile(rf"(?:>|>=|≥)\s*({_NUMBER})|({_NUMBER})\s*\+")
_WITHIN = re.compile(rf"(?:>|>=|≥)?\s*({_NUMBER})\s*(?:-|\u2013|\u2212|to)\s*(?:<|<=|≤)?\s*({_NUMBER})")
_POINT = re.compile(rf"({_NUMBER})")

_Limits = tuple[float, float]


def class_doses(limits: Sequence[str], rule: str = "width") -> Array:
    """The dose of each of m classes that is written as limits, shape (m,), in their order and unit.

    limits: "< 11.9", "11.9-13.0", "13.1 to < 14", "> 14", "14+", or one number; with <=, >= and their signs.
    A class with two limits has the dose midway. rule: of those with one, a key of END_RULES: "width" goes
    half the width of the next class beyond the limit, to halfway between zero and the limit where that would
    be below zero and no limit is; "1.2" is 1.2 times the limit of the highest class, and halfway from zero to
    that of the lowest (as Berlin, Longnecker & Greenland 1993 are quoted). The result may depend on the
    rule: try both. Il'yasova et al. 2005 found middles to do well where the highest class has at least its
    limit and the whole width of the class below, which is more than "width" gives.
    Raises ValueError, naming the class, for a text that is no limit, classes that overlap, and an open class
    without the number that its rule needs.
    """
    if isinstance(limits, str) or not len(limits):
        raise ValueError(
            "limits are no classes; expected several texts such as '< 11.9', '11.9-13.0', '> 13'"
        )
    rule = named(rule, END_RULES, "rule")
    read = [_limits_of(text) for text in limits]
    order = sorted(range(len(read)), key=read.__getitem__)
    for before, after in pairwise(order):
        if read[before][1] > read[after][0] or read[before] == read[after]:
            raise ValueError(
                f"the classes '{limits[before]}' and '{limits[after]}' overlap; expected a dose in one class"
            )
    bounded = all(limit >= 0 for each in read for limit in each if math.isfinite(limit))
    found = np.empty(len(read))
    for place, n in enumerate(order):
        low, high = read[n]
        if math.isfinite(low) and math.isfinite(high):
            found[n] = 0.5 * (low + high)
            continue
        limit, side = (high, -1) if math.isfinite(high) else (low, 1)
        if rule == "width":
            beside = order[place - side] if 0 <= place - side < len(order) else n
            width = read[beside][1] - read[beside][0]
            if not (math.isfinite(width) and width > 0):
                raise ValueError(
                    f"no class with two limits is next to '{limits[n]}'; expected one, or rule='1.2', or its "
                    "dose from elsewhere"
                )
            found[n] = limit + side * 0.5 * width
            if bounded and found[n] < 0:
                found[n] = 0.5 * limit
        elif limit <= 0:
            raise ValueError(f"'{limits[n]}' ends at {limit:g}; rule '1.2' expected a limit above zero")
        else:
            found[n] = _BEYOND * limit if side > 0 else 0.5 * limit
    return found


def _limits_of(text: str) -> _Limits:
    """Lower and upper limit, infinite where there is none."""
    given = str(text).strip()
    if found := _BELOW.fullmatch(given):
        return -math.inf, _number(found[1])
    if found := _ABOVE.fullmatch(given):
        return _number(found[1] or found[2]), math.inf
    if found := _WITHIN.fullmatch(given):
        low, high = _number(found[1]), _number(found[2])
        if low > high:
            raise ValueError(f"the class '{text}' ends below its beginning; expected the lower limit first")
        return low, high
    if found := _POINT.fullmatch(given):
        return _number(found[1]), _number(found[1])
    raise ValueError(
        f"the class '{text}' has no limits; expected such as '< 11.9', '11.9-13.0' or '> 13', without a unit"
    )


def _number(text: str) -> float:
    return float(text.replace("\u2212", "-"))


def quantile_class_doses(classes: int, mean: float, sd: float, distribution: str = "normal") -> Array:
    """The mean dose in each of the classes of one size, such as 4 for quarters, from the lowest; (classes,).

    mean, sd: of the exposure among all persons, also where it is log-normal. The means of the distribution
    between its quantiles, exactly: mean + sd m (f(a) - f(b)) of the normal with density f at the bounds a and
    b in units of sd, and mean m (F(b - s) - F(a - s)) of the log-normal, s being the SD of its logarithm
    (Johnson, Kotz & Balakrishnan 1994, chapters 13 and 14).
    Raises ValueError for fewer than two classes, an sd that is not above zero, a log-normal mean that is not,
    and another distribution.
    """
    m, centre, spread = as_whole(classes, "classes", 2), as_number(mean, "mean"), as_number(sd, "sd")
    shape = named(distribution, DISTRIBUTIONS, "distribution")
    if spread <= 0:
        raise ValueError(f"sd is {spread:g}; expected above zero")
    bounds = ndtri(np.arange(m + 1) / m)
    if shape == "normal":
        density = np.exp(-0.5 * bounds**2) / math.sqrt(2.0 * math.pi)
        return np.asarray(centre - spread * m * np.diff(density))
    if centre <= 0:
        raise ValueError(f"mean is {centre:g}; a log-normal exposure expected above zero")
    s = math.sqrt(math.log1p((spread / centre) ** 2))
    return np.asarray(centre * m * np.diff(ndtr(bounds - s)))
