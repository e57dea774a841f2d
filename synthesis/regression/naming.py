"""Columns and terms by the names that people write."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral

from synthesis.regression.design import INTERCEPT

_CODED = re.compile(r"C\(`?([^`,()]+?)`?(?:,[^()]*(?:\([^()]*\))?[^()]*)?\)")
_BLANKS = re.compile(r"\s+")


def squeezed(name: str) -> str:
    """The name without blanks, in which users and formulas differ."""
    return _BLANKS.sub("", name)


def spellings(names: Iterable[str]) -> dict[str, str]:
    """Every way to write each name: itself, and alloc[T.x] for C(alloc)[T.x] where that means one only."""
    exact = {squeezed(name): name for name in names}
    short: dict[str, list[str]] = {}
    for name in exact.values():
        short.setdefault(squeezed(_CODED.sub(r"\1", name)), []).append(name)
    return {alias: found[0] for alias, found in short.items() if len(found) == 1} | exact


def positions(
    wanted: str | int | Sequence[str | int], names: Sequence[str], terms: Mapping[str, tuple[int, ...]]
) -> list[int]:
    """Columns, counted from zero, that names of columns or terms, or numbers, mean; each once, in order.

    Raises ValueError with the closest name for one that is neither.
    """
    items = list(wanted) if isinstance(wanted, Iterable) and not isinstance(wanted, str) else [wanted]
    columns, of_terms = spellings(names), spellings(terms)
    found: list[int] = []
    for item in items:
        if isinstance(item, str):
            key = squeezed(item)
            if key in of_terms:
                found += terms[of_terms[key]]
            elif key in columns:
                found.append(names.index(columns[key]))
            else:
                raise unknown(item, [*terms, *names])
        elif isinstance(item, Integral) and 0 <= item < len(names):
            found.append(int(item))
        else:
            raise ValueError(f"there is no coefficient {item}; expected a name, or 0 to {len(names) - 1}")
    if not found:
        raise ValueError("nothing to test; expected names of coefficients or terms")
    return list(dict.fromkeys(found))


def unknown(name: str, known: Sequence[str]) -> ValueError:
    """The refusal of a name that is not among those known."""
    listed = list(dict.fromkeys(known))
    close = difflib.get_close_matches(name, listed, n=1)
    hint = f"; did you mean '{close[0]}'?" if close else "."
    return ValueError(f"the model has no '{name}'{hint} It has: {', '.join(listed)}")


def moderators_of(terms: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """The terms but for the intercept."""
    return {name: columns for name, columns in terms.items() if name != INTERCEPT}
