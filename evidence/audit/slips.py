"""Slips of pen and print: what a printed number may have been before one thing went wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import pairwise

from evidence.audit.wording import plain
from evidence.records.printed import Printed


def minus_sign(number: Decimal) -> Iterator[Decimal]:
    """The same digits with the other sign."""
    if number != 0:
        yield -number


def decimal_point(number: Decimal) -> Iterator[Decimal]:
    """The same digits, the point one place to the left or right."""
    if number != 0:
        for shift in (-1, 1):
            yield number.scaleb(shift)


def two_digits_transposed(number: Decimal) -> Iterator[Decimal]:
    """Two neighbouring digits in the other order; the point stays."""
    text = plain(number)
    places = [place for place, character in enumerate(text) if character.isdigit()]
    for first, second in pairwise(places):
        if text[first] != text[second]:
            characters = list(text)
            characters[first], characters[second] = characters[second], characters[first]
            yield Decimal("".join(characters))


def one_digit(number: Decimal) -> Iterator[Decimal]:
    """Every number that differs in one digit."""
    text = plain(number)
    for place, character in enumerate(text):
        if character.isdigit():
            for other in "0123456789":
                if other != character:
                    yield Decimal(text[:place] + other + text[place + 1 :])


def lost_digit(number: Decimal) -> Iterator[Decimal]:
    """Every number with one digit more after the point."""
    text = plain(number)
    whole, point, decimals = text.partition(".")
    if point:
        for place in range(len(decimals)):
            for digit in "0123456789":
                yield Decimal(f"{whole}.{decimals[:place]}{digit}{decimals[place:]}")


Slip = Callable[[Decimal], Iterator[Decimal]]


def differs_by_a_slip(printed: int, meant: int) -> bool:
    """Whether two whole numbers are one digit, or one transposition of neighbours, apart."""
    a, b = str(printed), str(meant)
    if len(a) != len(b):
        return False
    apart = [place for place in range(len(a)) if a[place] != b[place]]
    if len(apart) == 1:
        return True
    return (
        len(apart) == 2
        and apart[1] == apart[0] + 1
        and a[apart[0]] == b[apart[1]]
        and a[apart[1]] == b[apart[0]]
    )


def spelled(value: Decimal) -> Printed:
    """A number as it would be printed."""
    return Printed(plain(value), value)
