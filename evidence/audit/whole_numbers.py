"""Which means and standard deviations n whole numbers can have: GRIM, GRIMMER and DEBIT, exactly.

Brown & Heathers 2017 (GRIM) ask whether a total of whole numbers gives the printed mean, Anaya 2016 (GRIMMER)
whether a sum of squares gives the printed SD too, Heathers & Brown 2019 (DEBIT) the same of zeros and ones.
Here every total is tried that rounds to the mean, and an SD is refused only if no n whole numbers have such
a total and such a sum of squares, by the denominator n - 1 or n, with halves rounded up, down or to even.

Let y be n whole numbers with total T and sum of squares Q. Then Q and T are both even or both odd, as each y2
and y are, and Q is least where the y are as equal as they can be. For n of 5 or more nothing else is asked:
with n = 5 and T from 0 to 4 (adding 1 to every y covers the rest) take y5 = 1 for even T and 0 for odd T.
Then 4 (Q - y5^2) - (T - y5)^2 leaves 3 when divided by 8, hence is a sum of three odd squares (Legendre), and
by Cauchy's lemma four whole numbers have the total T - y5 and the sum of squares Q - y5^2. With n + 1 numbers
let one of them be the whole number next to their mean. Two to four numbers are tried one by one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from evidence.records.printed import Printed

MOST_TOTALS = 2_000
"""Where more totals give the mean, some of them have every SD that is printed with so few digits."""

MOST_TRIED = 60
"""Of two to four numbers, how far from their mean they are tried; of further ones everything is believed."""

MOST_STEPS = 200_000
"""Of n times the number of values, squared: up to here every sum of squares within bounds is listed."""


@dataclass(frozen=True)
class WholeNumbers:
    """n values, each the mean of `items` whole numbers, perhaps between bounds.

    n and items: from 1. lowest, highest: of one whole number, both inclusive; None for no bound.
    """

    n: int
    items: int = 1
    lowest: int | None = None
    highest: int | None = None


def totals(mean: Printed, count: int, per: int = 1) -> range:
    """Every total of `count` whole numbers whose mean times `per` is printed so; empty where there is none.

    per: 100 for the percentage of those who have the value 1.
    """
    low, high = _ends(mean)
    return range(math.ceil(low * count / per), math.floor(high * count / per) + 1)


def mean_is_possible(mean: Printed, of: WholeNumbers) -> bool:
    """Whether some total within the bounds gives the printed mean."""
    return bool(_admissible(mean, of))


def sd_is_possible(mean: Printed, sd: Printed, of: WholeNumbers) -> bool:
    """Whether some whole numbers have the printed mean and SD; true where no total gives the mean:
    what stands beside a mean that cannot be is no question of the SD.
    """
    candidates = _admissible(mean, of)
    # len() counts no further than a machine word
    if not 0 < candidates.stop - candidates.start <= MOST_TOTALS or of.n < 2:
        return True
    return any(
        _is_attainable(total, squares, of)
        for total in candidates
        for denominator in (of.n - 1, of.n)
        for squares in _sums_of_squares(total, sd, of, denominator)
    )


def _admissible(mean: Printed, of: WholeNumbers) -> range:
    """Totals, over persons of the sums of their items, that give the mean within the bounds."""
    found = totals(mean, of.n * of.items)
    if of.lowest is None or of.highest is None:
        return found
    count = of.n * of.items
    return range(max(found.start, of.lowest * count), min(found.stop, of.highest * count + 1))


def _ends(number: Printed) -> tuple[Fraction, Fraction]:
    """The rounding interval, exactly; both ends belong to it, for halves are rounded up, down or to even."""
    exponent = number.value.as_tuple().exponent
    assert isinstance(exponent, int)  # a printed number is finite
    half = Fraction(10) ** exponent / 2
    return Fraction(number.value) - half, Fraction(number.value) + half


def _sums_of_squares(total: int, sd: Printed, of: WholeNumbers, denominator: int) -> Iterator[int]:
    """Sums of squares of the right parity, none too small or too large, that give the printed SD."""
    low, high = _ends(sd)
    if high < 0:
        return
    size = denominator * of.items**2
    first = max(_least(total, of.n), math.ceil(Fraction(total**2, of.n) + size * max(Fraction(0), low) ** 2))
    last = math.floor(Fraction(total**2, of.n) + size * high**2)
    most = _most(total, of)
    yield from range(first + (first - total) % 2, (last if most is None else min(last, most)) + 1, 2)


def _is_attainable(total: int, squares: int, of: WholeNumbers) -> bool:
    """Whether n whole numbers have this total and this sum of squares, of one parity and in range."""
    if of.lowest is None or of.highest is None:
        return of.n > 4 or _is_found(of.n, total, squares)
    low, width = of.lowest * of.items, (of.highest - of.lowest) * of.items
    if (of.n * (width + 1)) ** 2 > MOST_STEPS:
        return True
    # counted from the lowest value, of which every number is 0 to width above
    squares += of.n * low**2 - 2 * low * total
    return bool(_listed(of.n, width)[total - of.n * low] >> squares & 1)


def _most(total: int, of: WholeNumbers) -> int | None:
    """The sum of squares where as many numbers as can be lie at a bound; None without bounds."""
    if of.lowest is None or of.highest is None:
        return None
    low, width = of.lowest * of.items, (of.highest - of.lowest) * of.items
    above = total - of.n * low
    full, rest = divmod(above, width) if width else (0, 0)
    return full * width**2 + rest**2 + 2 * low * above + of.n * low**2


def _least(total: int, n: int) -> int:
    """The sum of squares of n whole numbers that are as equal as the total allows."""
    each, over = divmod(total, n)
    return (n - over) * each**2 + over * (each + 1) ** 2


def _is_found(n: int, total: int, squares: int) -> bool:
    """Whether one to four whole numbers have this total and these squares, by trying them.

    No square of n times a number's distance from the mean is above (n - 1) (n Q - T^2) (Samuelson 1968).
    """
    if n == 1:
        return total**2 == squares
    about_mean = n * squares - total**2
    if about_mean > n * MOST_TRIED**2:
        return True
    reach = math.isqrt((n - 1) * about_mean)
    near = range(-((reach - total) // n), (total + reach) // n + 1)
    return any(_is_found(n - 1, total - each, squares - each**2) for each in near)


@lru_cache(maxsize=64)
def _listed(n: int, width: int) -> tuple[int, ...]:
    """By total, the sums of squares that n numbers from 0 to width have, as bits of one number."""
    found = [1]
    for _ in range(n):
        longer = [0] * (len(found) + width)
        for total, squares in enumerate(found):
            for each in range(width + 1):
                longer[total + each] |= squares << each**2
        found = longer
    return tuple(found)
