"""The albatross plot: p-values against persons, with contours of effects (Harrison et al. 2017)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from evidence.choices import as_number, named
from evidence.effects.input_columns import numbers
from evidence.wording import counted, number, p_text
from synthesis.drawing.chart import Chart, ChartAxis, ChartCurve, Dots, Panel, ReferenceLine, Stroke
from synthesis.drawing.style import MUTED
from synthesis.pooling.kernel.effects import Array
from synthesis.without_pooling.combine_p import combine_p
from synthesis.without_pooling.told_directions import NEGATIVE, ToldDirections, read_directions

if TYPE_CHECKING:
    from synthesis.drawing.picture import Picture

_POINTS = 200
_MOST_EFFECTS = 3  # contours, as many as there are strokes
_STROKES: tuple[Stroke, ...] = ("dotted", "dashed", "solid")
LEAST_PERSONS = 4  # where a correlation has a standard error
_ROUND = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8)
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class _Contour:
    """What a measure is called, the effects drawn if none are named, their end, and z of an effect by n."""

    name: str
    effects: tuple[float, ...]
    end: float
    z: Callable[[float, Array], Array]


def _z_of_smd(effect: float, n: Array) -> Array:
    """Of a standardised mean difference of two groups of n / 2: its variance is 4 / n + d^2 / (2 n)."""
    return effect * np.sqrt(n / (4.0 + 0.5 * effect**2))


def _z_of_correlation(effect: float, n: Array) -> Array:
    """Of a correlation on Fisher's scale, with variance 1 / (n - 3)."""
    return math.atanh(effect) * np.sqrt(n - 3.0)


MEASURES = {
    "SMD": _Contour("standardised mean difference", (0.2, 0.5, 0.8), math.inf, _z_of_smd),
    "COR": _Contour("correlation", (0.1, 0.3, 0.5), 1.0, _z_of_correlation),
}
"""Whose contours an albatross plot can have."""


def albatross_plot(
    p: Any,
    direction: Any,
    *,
    n: Any,
    measure: str = "SMD",
    effects: Sequence[float] | None = None,
    data: Any = None,
    slab: Any = None,
    title: str = "Albatross plot",
    width: Any = None,
) -> Picture:
    """Draw p-values against numbers of persons: which effects would agree with them?

    p: two-sided, with `direction` as in `combine_p`; n: persons of each study, 4 or more. Contours are of
    effects of a `measure`: "SMD", of two groups of equal size, or "COR", a correlation; effects: up to three
    of them, above zero, each drawn to both sides. Studies along one contour agree with that effect.
    width: as printed, "85mm", "174mm" or millimetres. The picture shows itself in notebooks and has `save`.

    Harrison et al. 2017 (Research Synthesis Methods 8:281). Raises ValueError, with the study and what was
    expected.
    """
    from synthesis.drawing.picture import Picture
    from synthesis.drawing.printing import as_width

    told = read_directions(direction, data, slab, {"p": p, "n": n})
    combine_p(told.beside["p"], told.directions, slab=told.labels)  # refuses what is no p with a direction
    persons = _persons(told)
    values = numbers(told.beside["p"], "p", told.labels)
    chart = albatross_chart(
        title, [PAndN("", told.labels, told.directions, values, persons)], measure, effects
    )
    return Picture(chart, as_width(width))


def _persons(told: ToldDirections) -> Array:
    if told.beside["n"] is None:
        raise ValueError("n is None; expected the persons of each study, or a column of `data`")
    persons = numbers(told.beside["n"], "n", told.labels)
    if persons.size != len(told.labels):
        raise ValueError(f"n has {persons.size} values for {counted(len(told.labels))}; expected one of each")
    wrong = ~(np.isfinite(persons) & (persons >= LEAST_PERSONS))
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(
            f"{told.labels[row]}: n is {persons[row]:g}; expected {LEAST_PERSONS} persons or more"
        )
    return persons


def _effects(given: Sequence[float] | None, contour: _Contour) -> tuple[float, ...]:
    if given is None:
        return contour.effects
    if isinstance(given, str) or not np.iterable(given) or not 0 < len(given) <= _MOST_EFFECTS:
        raise ValueError(f"effects is {given!r}; expected one to {_MOST_EFFECTS} numbers, e.g. (0.2, 0.5)")
    found = tuple(sorted(as_number(each, "effects") for each in given))
    for each in found:
        if not 0.0 < each < contour.end:
            below = f" and below {contour.end:g}" if math.isfinite(contour.end) else ""
            raise ValueError(f"effects holds {each:g}; expected numbers above zero{below}")
    return found


@dataclass(frozen=True, eq=False)
class PAndN:
    """Two-sided p-values, directions and persons of studies in one panel; name: its title, may be empty."""

    name: str
    labels: tuple[str, ...]
    directions: tuple[str, ...]
    p: Array
    persons: Array


def albatross_chart(
    title: str,
    parts: Sequence[PAndN],
    measure: str = "SMD",
    effects: Sequence[float] | None = None,
    each: str = "study",
) -> Chart:
    """A panel for each part, with contours of a measure of MEASURES; expects 4 persons or more in each study.

    effects: of the contours, those of the measure when None. each: what a dot is. Raises ValueError for what
    cannot be effects.
    """
    contour = MEASURES[named(measure, MEASURES, "measure")]
    chosen = _effects(effects, contour)
    panels = [_panel(part, contour, chosen, each) for part in parts]
    return Chart(
        title=title,
        panels=tuple(tuple(panels[at : at + 2]) for at in range(0, len(panels), 2)),
        description=_description(parts, contour, chosen, each),
        footnotes=(
            f"Curves: the p-values that a {contour.name} of this size would have by the number of persons"
            f"{', in two groups of equal size' if contour.name.startswith('stand') else ''}.",
        ),
    )


def effects_in_sight(parts: Sequence[PAndN], measure: str) -> tuple[float, ...]:
    """The three largest round effects whose contours are inside the axes at the fewest persons; or 0.01."""
    contour = MEASURES[measure]
    fewest = np.array([min(float(part.persons.min()) for part in parts)])
    reach = max(_reach(part) for part in parts)
    seen = [each for each in _ROUND if each < contour.end and log10_p(contour.z(each, fewest))[0] <= reach]
    return tuple(seen[-_MOST_EFFECTS:]) or _ROUND[:1]


def _reach(part: PAndN) -> float:
    """Where the axis of p ends, in powers of ten."""
    return max(2.5, 1.1 * float(np.abs(np.log10(part.p)).max()))


def _panel(part: PAndN, contour: _Contour, effects: Sequence[float], each: str) -> Panel:
    side = np.where(np.array(part.directions) == NEGATIVE, -1.0, 1.0)
    x = -side * np.log10(part.p)
    reach = _reach(part)
    low, high = 0.8 * float(part.persons.min()), 1.25 * float(part.persons.max())
    grid = np.geomspace(max(low, LEAST_PERSONS), high, _POINTS)
    across = "Two-sided p: negative effects left, positive right"
    return Panel(
        ChartAxis(across, -reach, reach, ticks=_ticks(reach)),
        ChartAxis("Persons", low, high, scale="log"),
        (
            *_curves(contour, effects, grid, reach),
            ReferenceLine("x", 0.0, name="p = 1"),
            Dots(x, part.persons, labels=part.labels, name=each),
        ),
        title=part.name,
    )


def _curves(contour: _Contour, effects: Sequence[float], n: Array, reach: float) -> Iterator[ChartCurve]:
    """Each effect that has a place on the axes, to both sides, cut where these end."""
    for i, effect in enumerate(effects):
        far = log10_p(contour.z(effect, n))
        far = np.where(far <= reach, far, np.nan)
        name = f"{contour.name} of {number(effect)}"
        if np.isnan(far).all():
            continue
        yield from (ChartCurve(side * far, n, MUTED, 0.9, _STROKES[i], name) for side in (-1.0, 1.0))


def log10_p(z: Array) -> Array:
    """Minus the decimal logarithm of a two-sided p."""
    return np.asarray(-(special.log_ndtr(-np.abs(z)) + math.log(2.0)) / math.log(10.0))


def _ticks(reach: float) -> tuple[tuple[float, str], ...]:
    """p = 1 in the middle, and to both sides 0.1, 0.01, ... or every so many powers of ten."""
    step = max(1, math.ceil(reach / 3.5))
    powers = [at for at in range(step, int(reach) + 1, step)]
    sides = [(float(side * at), _power(at)) for side in (-1, 1) for at in powers]
    return tuple(sorted([(0.0, "1"), *sides]))


def _power(at: int) -> str:
    return f"{10.0**-at:.{at}f}" if at < 4 else "10" + str(-at).translate(_RAISED)


def _description(parts: Sequence[PAndN], contour: _Contour, effects: Sequence[float], each: str) -> str:
    told = []
    for part in parts:
        rows = "; ".join(
            f"{label}: {direction}, {p_text(float(one))}, n = {number(float(n), 6)}"
            for label, direction, one, n in zip(
                part.labels, part.directions, part.p, part.persons, strict=True
            )
        )
        told.append(f"{part.name}: {rows}." if part.name else f"{rows}.")
    sizes = ", ".join(number(effect) for effect in effects)
    dots = sum(len(part.labels) for part in parts)
    head = f"Albatross plot of {counted(dots, each)}, with contours of a {contour.name} of {sizes}"
    return f"{head}. {' '.join(told)}"
