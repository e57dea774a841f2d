"""What one cell or one field says: numbers as papers print them, alone or together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from evidence.records.printed import shorten

DecimalSign = Literal[".", ","]

_POWER = r"(?:[eE][+-]?\d+|\s?[x×*]\s?10\s?\^?\s?[+-]?\d+)?"
_NUMBER = rf"[+\-–]?(?>\d+(?:[.,·]\d+)*|[.,·]\d+){_POWER}"
_BETWEEN = r"\s*(?:\bto\b|\bbis\b|\ba\b|\bà\b|;|,\s|–|—|-)\s*"
_LEVEL = (
    r"(?:(?:C\.?I\.?|I\.?C\.?)\s*(?=\d+\s*%))?(?:(?P<level>\d{2}(?:[.,]\d+)?)\s*%[\s-]*)?"
    r"(?:C\.?I\.?|I\.?C\.?|CrI|KI|confidence interval)?\s*(?:[:=;]|,(?!\d)|,(?=\d+[.·]\d))?\s*"
)
"""A comma before digits is theirs, as in (,63–1,12), unless they have a point: (CI,0.63 to 1.12)."""
_P = rf"(?:\s*[;,]?\s*[pP](?:[- ]?value)?\s*(?P<p>(?:<=|>=|[<>=≤≥])?\s*{_NUMBER}))?"
_KIND = r"(?:(?P<kind>SD|SE|SEM|s\.?d\.?|s\.?e\.?(?:m\.?)?)\s*[:=]?\s*)?"
_INTERVAL = (
    rf"[(\[]?\s*{_LEVEL}[(\[]?\s*(?P<low>{_NUMBER}){_BETWEEN}(?P<high>{_NUMBER})\s*"
    rf"(?:{_P}\s*[)\]]{{0,2}}|[)\]]{{0,2}}{_P.replace('<p>', '<p2>')})"
)
_MISSING = re.compile(
    r"[-–—−.…?]*|n\.?\s?[ar]\.?|n/[ar]|nan|none|null|missing|"
    r"not (?:reported|available|stated|given|applicable)",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"(?:1(?:[.,]0+)?\s*)?(?:\*|[(\[]?\s*ref(?:erence|erent|\.)?\s*[)\]]?)", re.IGNORECASE
)
_UNSIGNED = _NUMBER.removeprefix(r"[+\-–]?")
_FORMS = tuple(
    re.compile(form, re.ASCII)
    for form in (
        rf"(?P<number>{_NUMBER})(?:\s*[,;:]\s+|\s+|\s*(?=[(\[])){_INTERVAL}",
        rf"(?P<events>{_UNSIGNED})\s*/\s*(?P<n>{_UNSIGNED})(?:\s*[(\[].*[)\]])?",
        rf"(?P<number>{_NUMBER})\s*(?:±|\+/-|\+-)\s*{_KIND}(?P<spread>{_UNSIGNED})",
        rf"(?P<events>{_UNSIGNED})\s*[(\[]\s*{_UNSIGNED}\s*%\s*[)\]]",
        rf"(?P<number>{_NUMBER})\s*[(\[]\s*{_KIND}(?P<spread>{_UNSIGNED})\s*[)\]]",
        _INTERVAL,
        rf"[(\[]?(?P<low>{_NUMBER}) (?P<high>{_NUMBER})[)\]]?",
        rf"(?:[pP]\s*)?(?P<relation><=|>=|[<>≤≥=])\s*(?P<number>{_NUMBER})",
        rf"(?P<number>{_NUMBER})\s*(?P<sign>%|\*+|†)?",
    )
)
_GROUPED = {sign: re.compile(rf"-?[1-9]\d{{0,2}}(?:\{sign}\d{{3}})+", re.ASCII) for sign in ".,"}
"""Numbers whose only signs may stand before thousands."""
_RUN = re.compile(r"(?<![\w.,·/])\d*(?:[.,]\d+)+(?![\w/·]|[.,]\d)", re.ASCII)
_TIGHT = re.compile(r"(\d?\.\d+),(?=[+-]?\d*\.\d)")
"""A comma without a blank between two numbers with decimal points."""
_SPACED = re.compile(r"[1-9]\d{0,2}(?: \d{3})+", re.ASCII)
_SIGN_NAMES = {",": "comma", ".": "point"}
_LONGEST = 30
"""No paper prints a number of more characters."""


class CellError(ValueError):
    """A cell that says nothing that can be read as a number."""


@dataclass(frozen=True)
class PrintedCell:
    """The numbers of one cell, each as a text that a record takes; None where the cell has none of the kind.

    number: the estimate, mean or single number. spread: behind ± or in brackets. kind: SD or SE, where the
    cell says which of them spread is. relation: before a bound, e.g. <. events, n: as in 12/40 or 23 (46 %).
    """

    number: str | None = None
    low: str | None = None
    high: str | None = None
    level: str | None = None
    spread: str | None = None
    kind: str | None = None
    p: str | None = None
    relation: str = ""
    events: str | None = None
    n: str | None = None

    @property
    def alone(self) -> str | None:
        """The one number of a cell that has no other, with its relation; None where there are several."""
        others = (self.low, self.high, self.spread, self.events, self.n)
        if self.number is None or any(each is not None for each in others):
            return None
        return f"{self.relation} {self.number}".strip()


def is_missing(text: str) -> bool:
    """Whether a cell says that there is no number: empty, NR, NA, a dash, 'not reported'."""
    return _MISSING.fullmatch(text.strip()) is not None


def is_reference(text: str) -> bool:
    """Whether a cell says that it is the reference class: 1*, 1.00 (ref), reference."""
    return _REFERENCE.fullmatch(text.strip()) is not None


def read_cell(text: str, decimal: DecimalSign | None = None) -> PrintedCell:
    """Read a cell such as 0.84 (0.63–1.12), 1,21 [0,84; 1,73], ≤ 0.001, 12/40, 5.2 ± 1.1 or 23 (46 %).

    decimal: the sign before decimals; None where it is not known: then 1,234 is refused, as it may be either
    number. Raises CellError.
    """
    plain = _TIGHT.sub(r"\1, ", " ".join(text.replace("−", "-").split()))
    if _SPACED.fullmatch(plain):
        plain = plain.replace(" ", "")
    for form in _FORMS:
        match = form.fullmatch(plain)
        if match is not None:
            return _of(match.groupdict(), text, decimal)
    raise CellError(f"'{shorten(text)}' is no number as papers print them; expected e.g. 0.84 (0.63-1.12)")


def read_interval(text: str) -> tuple[str, str]:
    """The two limits of a cell or field that holds an interval and no other number.

    A decimal comma is read where another sign than a comma stands between the limits: 0,63; 1,12. Raises
    CellError, also for 1,234; 2,345, whose commas may be of thousands.
    """
    cell = read_cell(text, decimal_sign([text]))
    if cell.low is None or cell.high is None or cell.number is not None:
        raise CellError(f"'{shorten(text)}' is no interval")
    if _COMMAS_ALONE.fullmatch(text.strip("[]() ")):
        raise CellError(f"'{shorten(text)}' has commas in its numbers and between them")
    return cell.low, cell.high


_COMMAS_ALONE = re.compile(r"[-+−–]?\d*,\d+,\s+[-+−–]?\d*,\d+")


def _of(found: dict[str, str | None], text: str, decimal: DecimalSign | None) -> PrintedCell:
    sign = found.get("sign")
    if sign == "%":
        raise CellError(f"'{shorten(text)}' is a percentage; write the count and the total, or no % sign")
    if sign:
        raise CellError(f"'{shorten(text)}' carries a sign of a footnote; write the number, and p by itself")
    values = {
        key: _number(found.get(key), text, decimal)
        for key in ("number", "low", "high", "spread", "events", "n")
    }
    p = found.get("p") or found.get("p2")
    if p is not None:
        relation = re.match(r"[<>=≤≥]*", p)
        assert relation is not None  # it may be empty
        p = f"{relation[0].strip('= ')} {_number(p[relation.end() :].strip(), text, decimal)}".strip()
    level, kind = found.get("level"), found.get("kind")
    return PrintedCell(
        **values,
        kind=None if kind is None else kind.upper().replace(".", "")[:2],
        level=None if level is None else f"{level.replace(',', '.')} %",
        p=p,
        relation=(found.get("relation") or "").removeprefix("="),
    )


def _number(found: str | None, text: str, decimal: DecimalSign | None) -> str | None:
    """A number of a cell as a record takes it: a point before decimals, no thousands' signs."""
    if found is None:
        return None
    if len(found) > _LONGEST:
        raise CellError(f"'{shorten(text)}' is longer than any printed number")
    number, power = _power_apart(found.replace("–", "-").removeprefix("+"))
    if "·" in number:
        if re.search(r"[.,]|·.*·", number):
            raise CellError(f"'{shorten(text)}' has several signs before decimals")
        return number.replace("·", ".") + power
    last = max(number.rfind("."), number.rfind(","))
    if last < 0:
        return number + power
    return _plain(number, number[last], text, decimal) + power


def _power_apart(number: str) -> tuple[str, str]:
    """The number and its power of ten as a record takes it: 2 × 10^-5 is 2 and e-5."""
    match = re.search(r"[eE]|\s?[x×*]\s?10\s?\^?\s?", number)
    return (number, "") if match is None else (number[: match.start()], f"e{number[match.end() :]}")


def _plain(number: str, last: str, text: str, decimal: DecimalSign | None) -> str:
    """A number with a point or a comma; last: the sign that stands last in it."""
    other = "," if last == "." else "."
    if _GROUPED[last].fullmatch(number) and (decimal == other or number.count(last) > 1):
        if decimal == last:
            raise CellError(f"'{shorten(text)}' has a decimal {_SIGN_NAMES[last]} twice")
        return number.replace(last, "")
    if decimal is None and last == "," and _GROUPED[last].fullmatch(number):
        says = f"{number.replace(',', '')} or {number.replace(',', '.')}"
        raise CellError(f"'{shorten(text)}' may be {says}; say which sign stands before decimals")
    whole, _, decimals = number.rpartition(last)
    if decimal == other or last in whole or (other in whole and not _GROUPED[other].fullmatch(whole)):
        wrong = last if decimal == other or last in whole else other
        raise CellError(f"'{shorten(text)}' has a {_SIGN_NAMES[wrong]} where no thousands end")
    return f"{whole.replace(other, '')}.{decimals}"


def decimal_sign(cells: Iterable[str]) -> DecimalSign | None:
    """The sign before decimals in the cells of a table; None where none of them tells.

    What may end thousands (1,234 and 1.234) tells nothing. A table in which some numbers have a decimal point
    and others a comma keeps the point.
    """
    found: set[str] = set()
    for text in cells:
        for run in _RUN.findall(_TIGHT.sub(r"\1, ", text)):
            last = run[max(run.rfind("."), run.rfind(","))]
            if run.count(last) == 1 and not _GROUPED[last].fullmatch(run):
                found.add(last)
    return "." if "." in found else "," if found else None


def whole_number(number: str) -> str:
    """A number without decimals, or with zeros only; raises CellError for any other."""
    whole = re.fullmatch(r"(\d+)(?:\.0*)?", number, re.ASCII)
    if whole is None:
        raise CellError(f"'{shorten(number)}' is no whole number; expected e.g. 1426")
    return whole[1]
