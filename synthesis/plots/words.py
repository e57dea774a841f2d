"""Small words and measures that several plots share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np

from evidence.wording import written
from synthesis.drawing.chart import ChartAxis, ReferenceLine, Values
from synthesis.plots.subject import Subject, Words
from synthesis.pooling.kernel.effects import Mask

_SYMBOLS = {"tau2": "τ²", "sigma2": "σ²", "omega2": "ω²", "I2": "I²", "R2": "R²", "chi2": "χ²"}
_SPELLED = re.compile(rf"(?<![A-Za-z])({'|'.join(_SYMBOLS)})")
_POWER = re.compile(r"\^(-?\d+)(?![\d.])")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def in_symbols(text: str) -> str:
    """The text with τ², I², R² and χ² for what terminals print without them, and dose² for dose^2.

    CR2 is a name and stays, and so does a power that is not whole.
    """
    spelled = _SPELLED.sub(lambda found: _SYMBOLS[found[1]], text)
    return _POWER.sub(lambda found: found[1].translate(_RAISED), spelled)


LONGEST_HEADER = 24  # letters


def short_header(effect: str) -> str:
    """What stands above a column of effects: their label, or 'Effect' with its unit if that is long."""
    if len(effect) <= LONGEST_HEADER:
        return effect
    unit = re.search(r"\(([^()]{1,16})\)", effect)
    return f"Effect ({unit[1]})" if unit else "Effect"


def room(values: Values, share: float = 0.06) -> tuple[float, float]:
    """Limits of an axis that hold all finite values with some white beyond them."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    white = share * (high - low) or 0.5 * abs(low) or 1.0
    return low - white, high + white


def as_is(subject: Subject | Words, value: float) -> str:
    """An effect of the analysis as readers see it, with three significant digits."""
    return written(float(subject.shown(np.array(value))))


def effect_axis(subject: Subject | Words, values: Values, share: float = 0.06) -> ChartAxis:
    """The axis of effects, on the scale that readers see, with room for `values` on that of the analysis."""
    low, high = subject.shown(np.array(room(values, share))).tolist()
    return ChartAxis(subject.effect, low, high, scale="log" if subject.log else "linear")


def no_effect(subject: Subject | Words, axis: Literal["x", "y"]) -> tuple[ReferenceLine, ...]:
    """The line of no effect across the axis of effects, where there is such a value."""
    return (ReferenceLine(axis, subject.null, name="no effect"),) if subject.null is not None else ()


def bars(x: Values, low: Values, high: Values) -> tuple[Values, Values]:
    """Vertical lines at x from low to high, as one curve with gaps."""
    gaps = np.full(x.size, np.nan)
    return np.column_stack([x, x, gaps]).ravel(), np.column_stack([low, high, gaps]).ravel()


def outstanding(distance: Values, most: int = 12) -> Mask:
    """Which dots get their names, as a mask: all while they are few, else those farthest out."""
    if distance.size <= most:
        return np.ones(distance.size, dtype=bool)
    named = np.zeros(distance.size, dtype=bool)
    named[np.argsort(-np.nan_to_num(distance), kind="stable")[:most]] = True
    return named


def where(mask: Mask, texts: Sequence[str]) -> tuple[str, ...]:
    """The texts where the mask holds, empty ones elsewhere."""
    return tuple(text if keep else "" for text, keep in zip(texts, mask.tolist(), strict=True))


def names(subject: Subject, mask: Mask) -> tuple[str, ...]:
    """The studies' names where the mask holds, empty texts elsewhere."""
    return where(mask, subject.names)


def radii(weights: Values) -> Values:
    """Radii in points of dots whose areas are proportional to weights; none too small to see."""
    known: Values = np.nan_to_num(weights)
    top = float(known.max(initial=np.finfo(float).tiny))
    return np.maximum(1.3, 5.0 * np.sqrt(known / top))
