"""Whether two printings say the same: to the letter, in value, or not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice

from evidence.records.printed import CommaError, Printed, PrintedError

_PARTS = re.compile(
    r"(?P<before>(?:p\s*)?(?:<=|>=|[<>=≤≥])?)\s*(?P<number>[^%]+?)\s*(?P<after>%?)", re.IGNORECASE
)
_USUAL = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")
_RELATIONS = {"": "=", "≤": "<=", "≥": ">="}
_DASHES = str.maketrans(dict.fromkeys("−–—‐‑", "-"))

_MOST_ASKED = 500

Number = tuple[str, frozenset[Decimal], str]


def same_value(first: str, second: str) -> bool:
    """Whether two texts say the same number or the same words.

    0.10 is 0.1, −0.5 is -0.5, `p<.001` is `< 0.001`, and words are compared without case and blanks. A comma
    may be a decimal comma: 0,84 is 0.84, and 1,355 is 1355 as well as 1.355.
    """
    if first == second:
        return True
    if _USUAL.fullmatch(first) and _USUAL.fullmatch(second):  # most cells, and a tenth of the time
        return Decimal(first) == Decimal(second)
    if plain(first) == plain(second):
        return True
    a, b = number(first), number(second)
    if a is None or b is None:
        return False
    certain = min(len(a[1]), len(b[1])) == 1
    return a[0] == b[0] and a[2] == b[2] and certain and bool(a[1] & b[1])


@lru_cache(100_000)
def plain(text: str) -> str:
    """A text without what typing alone makes different: case, blanks, dashes, full-width letters."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_DASHES).casefold().split())


@lru_cache(100_000)
def number(text: str) -> Number | None:
    """Relation, possible values and percent sign of a printed number; None for words."""
    found = _PARTS.fullmatch(text.strip())
    if found is None:
        return None
    relation = found["before"].lower().lstrip("p").strip()
    values = _values(found["number"])
    return (_RELATIONS.get(relation, relation), values, found["after"]) if values else None


def _values(text: str) -> frozenset[Decimal]:
    """What a number may be: more than one where a comma may part thousands or begin decimals."""
    try:
        return frozenset({Printed.parse(text).value})
    except CommaError:
        spelled = {text.replace(",", ".")}
        if re.fullmatch(r"[+\-−]?[1-9]\d{0,2},\d{3}", text.strip()):
            spelled.add(text.replace(",", ""))
        return frozenset(Printed.parse(each).value for each in spelled)
    except PrintedError:
        return frozenset()


def most_alike(name: str, known: Iterable[str]) -> str | None:
    """The name among the first few hundred that is spelled most like it; None where none is near."""
    return next(iter(get_close_matches(name, islice(known, _MOST_ASKED))), None)
