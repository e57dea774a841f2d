"""What one cell or one field says: numbers as papers print them, alone or together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from evidence.records.printed import shorten

DecimalSign = Literal[".", ","]

_NUMBER = r"[+\-–]?(?>\d+(?:[.,·]\d+)*|[.,·]\d+)(?:[eE][+-]?\d+)?"
_BETWEEN = r"\s*(?:\bto\b|\bbis\b|;|,\s|–|—|-)\s*"
_LEVEL = r"(?:(?P<level>\d{2}(?:[.,]\d+)?)\s*%\s*)?(?:C\.?I\.?|CrI|KI|confidence interval)?\s*[:=]?\s*"
_P = r"(?:\s*[;,]?\s*[pP](?:[- ]?value)?\s*(?P<p>[<>=≤≥]{0,2}\s*[\d.,·]+))?"
_INTERVAL = (
    rf"[(\[]?\s*{_LEVEL}[(\[]?\s*(?P<low>{_NUMBER}){_BETWEEN}(?P<high>{_NUMBER})\s*"
    rf"(?:{_P}\s*[)\]]{{0,2}}|[)\]]{{0,2}}{_P.replace('<p>', '<p2>')})"
)
_MISSING = re.compile(
    r"[-–—.…?]*|n\.?\s?[ar]\.?|n/[ar]|nan|none|null|missing|"
    r"not (?:reported|available|stated|given|applicable)",
    re.IGNORECASE,
)
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?P<number>{_NUMBER})(?:\s*[,;:]\s+|\s+|\s*(?=[(\[])){_INTERVAL}",
        r"(?P<events>\d[\d,]*)\s*/\s*(?P<n>\d[\d,]*)(?:\s*[(\[].*[)\]])?",
        rf"(?P<number>{_NUMBER})\s*(?:±|\+/-|\+-)\s*(?P<spread>{_NUMBER})",
        rf"(?P<events>\d[\d,]*)\s*[(\[]\s*(?P<percent>{_NUMBER})\s*%\s*[)\]]",
        rf"(?P<number>{_NUMBER})\s*[(\[]\s*(?:SD|SE|s\.?d\.?|s\.?e\.?)?\s*[:=]?\s*(?P<spread>{_NUMBER})\s*[)\]]",
        _INTERVAL,
        rf"(?P<relation><=|>=|[<>≤≥=])\s*(?P<number>{_NUMBER})",
        rf"(?P<number>{_NUMBER})\s*(?P<sign>%|\*+|†)?",
    )
)
_DECIMAL_COMMA = re.compile(r"(?<![\d,.])[+\-−–]?(?:0|\d*),(?:\d{1,2}|\d{4,})(?![\d,.])|(?<![\d,.])0,\d+")
_DECIMAL_POINT = re.compile(r"\d\.\d|(?<![\d.])\.\d")
_TIGHT = re.compile(r"(\d?\.\d+),(?=[+-]?\d*\.\d)")
"""A comma without a blank between two numbers with decimal points."""
_SPACED = re.compile(r"\d{1,3}(?: \d{3})+")
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


class CellError(ValueError):
    """A cell that says nothing that can be read as a number."""


@dataclass(frozen=True)
class PrintedCell:
    """The numbers of one cell, each as a text that a record takes; None where the cell has none of the kind.

    number: the estimate, mean or single number. spread: behind ± or in brackets, SD or SE. relation: before
    a bound, e.g. <. events, n: as in 12/40 or 23 (46 %).
    """

    number: str | None = None
    low: str | None = None
    high: str | None = None
    level: str | None = None
    spread: str | None = None
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


def _of(found: dict[str, str | None], text: str, decimal: DecimalSign | None) -> PrintedCell:
    if found.get("sign") in ("†",) or (found.get("sign") or "").startswith("*"):
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
    level = found.get("level")
    return PrintedCell(
        **values,
        level=None if level is None else f"{level.replace(',', '.')} %",
        p=p,
        relation=(found.get("relation") or "").removeprefix("="),
    )


def _number(found: str | None, text: str, decimal: DecimalSign | None) -> str | None:
    """A number of a cell as a record takes it: a point before decimals, no thousands' signs."""
    if found is None:
        return None
    number = found.replace("·", ".").replace("–", "-").removeprefix("+")
    if decimal == ",":
        return number.replace(".", "").replace(",", ".")
    if decimal is None and _EITHER.fullmatch(number):
        says = f"{number.replace(',', '')} or {number.replace(',', '.')}"
        raise CellError(f"'{shorten(text)}' may be {says}; say which sign stands before decimals")
    if "," in number and decimal is None and number.count(",") == 1 and "." not in number:
        return number.replace(",", ".")
    if "," in number and not re.fullmatch(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?", number):
        raise CellError(f"'{shorten(text)}' has a comma where no thousands end")
    return number.replace(",", "")


def decimal_sign(cells: Iterable[str]) -> DecimalSign | None:
    """The sign before decimals in the cells of a table; None where none of them tells.

    A table in which some numbers have a decimal point and others a comma keeps the point.
    """
    comma = False
    for text in cells:
        if _DECIMAL_POINT.search(text):
            return "."
        comma = comma or _DECIMAL_COMMA.search(text) is not None
    return "," if comma else None


def as_count(text: str, decimal: DecimalSign | None = None) -> str:
    """A number of persons or events; 635.0000 is 635. Raises CellError for what is no whole number."""
    cell = read_cell(text, decimal)
    number = cell.alone or ""
    whole = re.fullmatch(r"(\d+)(?:\.0*)?", number)
    if whole is None:
        raise CellError(f"'{shorten(text)}' is no whole number; expected e.g. 1426")
    return whole[1]
