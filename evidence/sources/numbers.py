"""Every number that a text prints: its digits, its sign, its relation, and where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from evidence.sources.text import PaperText

_NUMBER = re.compile(
    r"""(?:(?P<relation><=|>=|[<>=≤≥])[^\S\n]*|(?<![\w.^]))
        (?P<dash>-)?
        (?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)
        (?:(?:[eE]|[^\S\n]?[x×*][^\S\n]?10[^\S\n]?\^?)(?P<power>[+-]?\d{1,3})(?!\d))?
        (?:[^\S\n]*(?P<percent>%))?""",
    re.VERBOSE,
)
_RELATIONS = {"≤": "<=", "≥": ">=", "=": ""}


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a text. `start` and `end` are positions in the whole text; `value` is without its dash.

    dash: "minus" where the dash must be a sign, "either" where it may stand between two numbers, else "".
    """

    value: Decimal
    relation: str
    dash: str
    percent: bool
    start: int
    end: int

    def is_printed_as(self, value: Decimal) -> bool:
        """Whether this is that number, with as many decimals."""
        if self.value != abs(value) or _places(self.value) != _places(value):
            return False
        return value == 0 or self.dash == "either" or (self.dash == "minus") == (value < 0)

    @property
    def is_aside(self) -> bool:
        """Whether it may stand between two numbers that belong together: '95 %', the sign of a footnote."""
        return self.percent or (self.value < 100 and _places(self.value) == 0 and not self.dash)

    @property
    def signed(self) -> Decimal:
        """With its sign, where the dash is one."""
        return -self.value if self.dash == "minus" else self.value


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)  # a printed number is finite
    return max(0, -exponent)


def numbers_of(text: PaperText) -> tuple[Number, ...]:
    """The numbers of a text in their order."""
    whole = text.whole
    return tuple(number for match in _NUMBER.finditer(whole) if (number := _number(match, whole)) is not None)


def _number(match: re.Match[str], whole: str) -> Number | None:
    try:
        value = Decimal(match["digits"].replace(",", "")).scaleb(int(match["power"] or 0))
    except InvalidOperation:
        return None
    relation = _RELATIONS.get(match["relation"] or "", match["relation"] or "")
    dash = _dash(whole, match.start("dash")) if match["dash"] else ""
    return Number(value, relation, dash, match["percent"] is not None, match.start(), match.end())


def _dash(whole: str, at: int) -> str:
    """A dash right after a number stands between two; one after a blank and a number may do either."""
    before = whole[:at][-12:]
    if re.search(r"[\d.%]$", before):
        return ""
    return "either" if re.search(r"[\d%]\s+$", before) else "minus"
