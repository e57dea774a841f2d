"""What a caller may choose: words out of those that are allowed, whole numbers and numbers.

Every public argument of these kinds is read here, so that a slip is refused in one form: what was given, what
was expected, and the closest of the words allowed.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any

# Other programs' words, in capitals, for ours; each counts where ours is allowed and it is not itself a word.
_ALIASES = {
    "FE": "EE",
    "CE": "EE",
    "FIXED": "EE",
    "COMMON": "EE",
    "KNHA": "HKSJ",
    "HK": "HKSJ",
    "MANTELHAENSZEL": "MH",
    "RMA": "mixed",
    "LM": "weighted",
    "STEPFUN": "step",
    "HALFNORM": "half-normal",
    "NEGEXP": "negative exponential",
}


def named(value: Any, allowed: Iterable[str], what: str) -> str:
    """The allowed word that `value` means, whatever its case, spaces, hyphens and dots.

    Where `allowed` maps words to things with a `name` (DL: DerSimonian-Laird), that full name is understood
    too, and so are metafor's words. Raises ValueError with the words allowed and the closest of them.
    """
    words = list(allowed)
    meant = _full_names(allowed)
    known = {_bare(word): word for word in words}
    meant |= {alias: known[_bare(full)] for alias, full in _ALIASES.items() if _bare(full) in known}
    meant |= known
    key = _bare(str(value))
    if key in meant:
        return meant[key]
    close = difflib.get_close_matches(key, meant)
    hint = f"; did you mean '{meant[close[0]]}'?" if close else "."
    raise ValueError(f"unknown {what} '{value}'{hint} Expected one of: {', '.join(words)}")


def _bare(word: str) -> str:
    return "".join(letter for letter in word.upper() if letter not in " -_.\N{EN DASH}")


def _full_names(allowed: Iterable[str]) -> dict[str, str]:
    if not isinstance(allowed, Mapping):
        return {}
    names = {word: getattr(thing, "name", None) for word, thing in allowed.items()}
    return {_bare(name): word for word, name in names.items() if isinstance(name, str)}


def as_whole(value: Any, what: str, least: int = 1) -> int:
    """A whole number of at least `least`. Raises ValueError for anything else, 2.5 and True among it."""
    if isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least:
        return int(value)
    raise ValueError(f"{what} is {value!r}; expected a whole number, {least} or more")


def as_number(value: Any, what: str) -> float:
    """A finite number. Raises ValueError for anything else, text that looks like one among it."""
    if isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise ValueError(f"{what} is {value!r}; expected a finite number")


def as_truth(value: Any, what: str) -> bool:
    """True or False. Raises ValueError for anything else: the text 'no' would count as true."""
    if isinstance(value, bool):
        return value
    raise ValueError(f"{what} is {value!r}; expected True or False")
