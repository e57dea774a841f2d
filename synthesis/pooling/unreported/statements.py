"""What a paper says of a result that it does not print, as limits of its z.

z is the effect over its own standard error, which the paper tested; the critical value c is the paper's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from synthesis.pooling.kernel.effects import Array

_INF = float("inf")


@dataclass(frozen=True)
class Statement:
    """Parts of the line of z, in critical values: (-1, 1) is between minus c and c.

    words: what is known of the result, as a sentence has it.
    """

    parts: tuple[tuple[float, float], ...]
    words: str


STATEMENTS = {
    "not significant": Statement(((-1.0, 1.0),), "not significant"),
    "positive, not significant": Statement(((0.0, 1.0),), "above zero and not significant"),
    "negative, not significant": Statement(((-1.0, 0.0),), "below zero and not significant"),
    "significant": Statement(((-_INF, -1.0), (1.0, _INF)), "significant, in a direction not told"),
    "positive, significant": Statement(((1.0, _INF),), "above zero and significant"),
    "negative, significant": Statement(((-_INF, -1.0),), "below zero and significant"),
    "positive": Statement(((0.0, _INF),), "above zero"),
    "negative": Statement(((-_INF, 0.0),), "below zero"),
    "not examined": Statement(((-_INF, _INF),), "not examined, or left out whatever it was"),
}


@dataclass(frozen=True)
class OrbitClass:
    """A class of the ORBIT study: what it takes the result to be, and whether that biases a pool.

    said: a key of STATEMENTS. risk: of bias, as the study calls it.
    """

    said: str
    risk: str
    words: str


ORBIT = {
    "A": OrbitClass("not significant", "high", "analysed, and said to be not significant alone"),
    "B": OrbitClass("significant", "none", "analysed, and said to be significant alone"),
    "C": OrbitClass("not examined", "low", "analysed, with too few numbers to be pooled"),
    "D": OrbitClass("not significant", "high", "analysed, and no result told"),
    "E": OrbitClass("not significant", "high", "measured, and likely left out as not significant"),
    "F": OrbitClass("not examined", "low", "measured, and unlikely left out as not significant"),
    "G": OrbitClass("not significant", "high", "not mentioned, and likely left out as not significant"),
    "H": OrbitClass("not examined", "low", "not mentioned, and unlikely to have been measured"),
    "I": OrbitClass("not examined", "none", "not measured"),
}
"""Kirkham et al. 2010, BMJ 340:c365, table 1. Copas et al. 2014 let those of high risk count."""


def critical_value(alpha: Array) -> Array:
    """|z| beyond which a two-sided test at alpha is significant; the shape of alpha."""
    return -np.asarray(special.ndtri(0.5 * alpha))


def limits(said: list[str], critical: Array) -> tuple[Array, Array]:
    """Lower and upper ends of z, each (m, parts), of m statements; a part that is none is empty: (inf, inf).

    said: keys of STATEMENTS. critical: (m,), above zero. parts: the most that one of them has.
    """
    parts = max((len(STATEMENTS[word].parts) for word in said), default=1)
    low, high = np.full((len(said), parts), _INF), np.full((len(said), parts), _INF)
    for i, word in enumerate(said):
        for j, (start, end) in enumerate(STATEMENTS[word].parts):
            low[i, j], high[i, j] = start * critical[i], end * critical[i]
    return low, high
