"""Small words and measures that several plots share."""

from __future__ import annotations

import numpy as np

from evidence.wording import written
from synthesis.drawing.chart import ChartAxis, Values
from synthesis.plots.subject import Subject
from synthesis.pooling.kernel.effects import Mask


def room(values: Values, share: float = 0.06) -> tuple[float, float]:
    """Limits of an axis that hold all finite values with some white beyond them."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    white = share * (high - low) or 0.5 * abs(low) or 1.0
    return low - white, high + white


def as_is(subject: Subject, value: float) -> str:
    """An effect of the analysis as readers see it, with three significant digits."""
    return written(float(subject.shown(np.array(value))))


def effect_axis(subject: Subject, values: Values, share: float = 0.06) -> ChartAxis:
    """The axis of effects, on the scale that readers see, with room for `values` on that of the analysis."""
    low, high = subject.shown(np.array(room(values, share))).tolist()
    return ChartAxis(subject.effect, low, high, scale="log" if subject.log else "linear")


def outstanding(distance: Values, most: int = 12) -> Mask:
    """Which dots get their names, as a mask: all while they are few, else those farthest out."""
    if distance.size <= most:
        return np.ones(distance.size, dtype=bool)
    named = np.zeros(distance.size, dtype=bool)
    named[np.argsort(-np.nan_to_num(distance), kind="stable")[:most]] = True
    return named


def names(subject: Subject, mask: Mask) -> tuple[str, ...]:
    """The studies' names where the mask holds, empty texts elsewhere."""
    return tuple(
        label if keep else "" for label, keep in zip(subject.pooled.labels, mask.tolist(), strict=True)
    )


def radii(weights: Values) -> Values:
    """Radii in points of dots whose areas are proportional to weights; none too small to see."""
    top = float(np.nanmax(weights)) if weights.size else 1.0
    return np.maximum(1.3, 5.0 * np.sqrt(np.nan_to_num(weights) / (top or 1.0)))
