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


def is_whole(value: Decimal) -> bool:
    """Whether nothing but zeros stands behind the point."""
    return value == value.to_integral_value()


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)  # a printed number is finite
    return max(0, -exponent)


def numbers_of(text: PaperText) -> tuple[Number, ...]:
    """The numbers of a text in their order."""
    whole = with_decimal_points(text.whole)
    return tuple(number for match in _NUMBER.finditer(whole) if (number := _number(match, whole)) is not None)


# Decimal commas. A comma in a number may as well separate thousands, or the items of a list.

_COMMA = r"(?:(?<![\d.,])\d+|(?<![\w.,)\]])),\d+(?![\d,.]\d)"
_PAIR = re.compile(
    rf"(?:(?P<estimate>{_COMMA})(?P<opens>\s*[(\[][^()\[\]\d]{{0,20}}(?:9\d\s*%[^()\[\]\d]{{0,20}})?))?"
    rf"(?P<low>{_COMMA})(?P<between>\s*%?\s*(?:;|to|bis|-|et|a|à)\s*-?)(?P<high>{_COMMA})"
)
_SURE = re.compile(r"(?<![\d.,(\[{])0,\d+(?!\d|[,.]\d)")
_LEADING = re.compile(r"(?:(?<=[(\[=<>≤≥±-])|(?<=[=<>≤≥±] )),\d+(?!\d|[,.]\d)")
_ANY = re.compile(r"(?<![\d.,\[])\d+,\d{1,2}(?!\d|[,.]\d|\])")
_POINTS = re.compile(r"\d\.\d")
_THOUSANDS = re.compile(r"[1-9]\d{0,2},\d{3}")


def with_decimal_points(whole: str) -> str:
    """The text with its decimal commas as points, every character at its place.

    A comma is decimal in two limits that are not both thousands (`1,21 [0,84; 1,73]`) and after a zero
    (`p = 0,03`) or a sign or bracket (`p = ,03`); anywhere before one or two digits in a text that writes
    more numbers so than with points.
    """
    points = len(_POINTS.findall(whole))
    whole = _PAIR.sub(_pair_with_points, whole)
    whole = _LEADING.sub(_with_point, _SURE.sub(_with_point, whole))
    if len(_POINTS.findall(whole)) > 2 * points:
        whole = _ANY.sub(_with_point, whole)
    return whole


def _with_point(match: re.Match[str]) -> str:
    return match[0].replace(",", ".")


def _pair_with_points(match: re.Match[str]) -> str:
    limits = (match["low"], match["high"])
    begins_with_zero = any(limit.startswith(("0,", ",")) for limit in limits)
    thousands = all(_THOUSANDS.fullmatch(limit) for limit in limits)
    if thousands or not (";" in match["between"] or begins_with_zero or match["estimate"]):
        return match[0]
    before = f"{(match['estimate'] or '').replace(',', '.')}{match['opens'] or ''}"
    return f"{before}{limits[0].replace(',', '.')}{match['between']}{limits[1].replace(',', '.')}"


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
