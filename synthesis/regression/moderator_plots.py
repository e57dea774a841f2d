"""A regression as bubble plots, one panel a moderator: studies, the model's line and its interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from statistics import mode
from typing import Any

import numpy as np

from evidence.choices import named
from evidence.effects.input_columns import is_missing
from evidence.wording import percent, written
from synthesis.drawing.chart import Area, Chart, ChartAxis, ChartCurve, Dots, Mark, Panel, Values
from synthesis.drawing.style import BAND_FILL, SUMMARY_FILL
from synthesis.plots.subject import NotDefinedError, Subject
from synthesis.plots.words import effect_axis, names, no_effect, outstanding, radii, room
from synthesis.regression.design_matrix import ArrayRecipe, Recipe

LINE = 81
HALF = 0.32  # of the room of a level, that its band takes

Curve = tuple[Values, Values, Values]
"""A mean with its lower and upper limits, each (m,)."""


@dataclass(frozen=True, eq=False)
class ModelPart:
    """A part of a model: what it says at design rows (m, p), and how these are made of moderators."""

    recipe: Recipe
    at: Callable[[Any], Curve]
    uses: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Held:
    """New data for a plot: one moderator takes values, the others stay where they are held."""

    moderators: Mapping[str, list[Any]]
    factors: frozenset[str]

    def table(self, recipe: Recipe, name: str, values: Sequence[Any]) -> Any:
        """The rows in the form that the recipe takes."""
        columns = {
            other: list(values) if other == name else [self.at(other)] * len(values)
            for other in self.moderators
        }
        if isinstance(recipe, ArrayRecipe):
            return np.column_stack([np.asarray(columns[each], dtype=float) for each in recipe.names])
        return columns

    def at(self, name: str) -> Any:
        """The mean of numbers, the most frequent of other values."""
        values = self.moderators[name]
        if self.is_numeric(name):
            return float(np.mean([float(value) for value in values]))
        return mode(values)

    def is_numeric(self, name: str) -> bool:
        """Whether a moderator is a number for each study, no truth value, and no factor of the model."""
        return name not in self.factors and _numeric(self.moderators[name])

    def sentence(self, shown: Sequence[str]) -> str:
        """What the moderators not on an axis are held at, empty where there are none."""
        if len(self.moderators) < 2:
            return ""
        told = {}
        for name in self.moderators:
            value = self.at(name)
            how = "mean" if self.is_numeric(name) else "most frequent"
            told[name] = f"{name} {written(value) if how == 'mean' else value} ({how})"
        which = "the others" if len(shown) > 1 else "the other moderators"
        kept = [text for name, text in told.items() if len(shown) > 1 or name not in shown]
        return f"Along each moderator {which} are held at: {', '.join(kept)}."


def _numeric(values: Sequence[Any]) -> bool:
    return all(
        isinstance(value, Real) and not isinstance(value, bool | np.bool_) and not is_missing(value)
        for value in values
    )


def chosen_moderators(mods: Any, moderators: Mapping[str, list[Any]]) -> tuple[str, ...]:
    """Those asked for by name, or all; raises ValueError for a name the model does not have."""
    if not moderators:
        raise NotDefinedError("A bubble plot needs a moderator, and this model has none.")
    if mods is None:
        return tuple(moderators)
    wanted = [mods] if isinstance(mods, str) else list(mods)
    return tuple(named(name, moderators, "moderator of the model") for name in wanted)


def moderator_chart(
    subject: Subject,
    weights: Values,
    mods: Any,
    moderators: Mapping[str, list[Any]],
    parts: Sequence[tuple[ModelPart, Callable[[Subject, Curve], ChartAxis], bool]],
    footnotes: Sequence[str],
) -> Chart:
    """A panel for each moderator in each part that uses it, two in a row.

    parts: each with the axis of what it says, and whether the studies' effects are dots on that.
    """
    factors = frozenset(name for part, _, _ in parts for name in getattr(part.recipe, "levels", ()))
    shown, held = chosen_moderators(mods, moderators), Held(moderators, factors)
    panels = [
        _panel(subject, weights, name, held, part, axis, dots)
        for name in shown
        for part, axis, dots in parts
        if name in part.uses
    ]
    if not panels:
        raise NotDefinedError(f"No part of the model uses {', '.join(shown)}.")
    rows = [tuple(panels[i : i + 2]) for i in range(0, len(panels), 2)]
    return Chart(
        title=f"{subject.title}: effect by {', '.join(shown)}",
        panels=tuple(rows),
        description=" ".join(
            _told(subject, name, held, parts[0][0]) for name in shown if name in parts[0][0].uses
        )
        or f"What the model says along {', '.join(shown)}.",
        footnotes=(*footnotes, *filter(None, (held.sentence(shown),))),
        aspect=0.62 if len(panels) == 1 else 0.8,
    )


def _told(subject: Subject, name: str, held: Held, part: ModelPart) -> str:
    values = held.moderators[name]
    ends = [min(values), max(values)] if held.is_numeric(name) else list(dict.fromkeys(values))
    curve = part.at(held.table(part.recipe, name, ends))
    line, low, high = ([written(value) for value in subject.shown(each).tolist()] for each in curve)
    at = [written(float(end)) if isinstance(end, Real) else str(end) for end in ends]
    told = ", ".join(f"{line[i]} [{low[i]}, {high[i]}] at {at[i]}" for i in range(len(ends)))
    return f"Mean effect along {name}: {told}."


@dataclass(frozen=True, eq=False)
class _Along:
    """One moderator on its axis: where the studies stand, (k,), and where the model is asked, (m,)."""

    axis: ChartAxis
    studies: Values
    places: Values
    values: Sequence[Any]
    steps: bool

    @classmethod
    def of(cls, name: str, held: Held) -> _Along:
        """Numbers where they are, from the least to the greatest; other values side by side."""
        values = held.moderators[name]
        if held.is_numeric(name):
            x = np.array([float(value) for value in values])
            at = np.linspace(x.min(), x.max(), LINE)
            return cls(ChartAxis(name, *room(x, 0.04)), x, at, at.tolist(), steps=False)
        levels = sorted(set(values), key=str)
        x = np.array([1.0 + levels.index(value) for value in values])
        ticks = tuple((1.0 + place, str(each)) for place, each in enumerate(levels))
        axis = ChartAxis(name, 0.4, len(levels) + 0.6, ticks=ticks)
        return cls(axis, x, np.arange(1.0, len(levels) + 1.0), levels, steps=True)


def _panel(
    subject: Subject,
    weights: Values,
    name: str,
    held: Held,
    part: ModelPart,
    axis: Callable[[Subject, Curve], ChartAxis],
    dots: bool,
) -> Panel:
    along = _Along.of(name, held)
    curve = part.at(held.table(part.recipe, name, along.values))
    draw = _steps if along.steps else _line
    marks = draw(along.places, curve, subject if dots else None, percent(subject.pooled.level))
    if dots:
        away = np.abs(subject.pooled.yi - np.interp(along.studies, along.places, curve[0]))
        marks += no_effect(subject, "y")
        marks.append(
            Dots(
                along.studies,
                subject.shown(subject.pooled.yi),
                radii(weights),
                labels=names(subject, outstanding(away / np.sqrt(subject.pooled.vi), 8)),
                name=f"{subject.each}, area by weight",
                opacity=0.85,
            )
        )
    return Panel(along.axis, axis(subject, curve), tuple(marks))


def _shown(curve: Curve, subject: Subject | None) -> Curve:
    if subject is None:
        return curve
    return subject.shown(curve[0]), subject.shown(curve[1]), subject.shown(curve[2])


def _line(at: Values, curve: Curve, subject: Subject | None, level: str) -> list[Mark]:
    line, low, high = _shown(curve, subject)
    area = Area(
        np.concatenate([at, at[::-1]]), np.concatenate([low, high[::-1]]), BAND_FILL, f"its {level} CI"
    )
    return [area, ChartCurve(at, line, SUMMARY_FILL, 1.2, name="model")]


def _steps(at: Values, curve: Curve, subject: Subject | None, level: str) -> list[Mark]:
    """A short line on its band for each level of a factor."""
    marks: list[Mark] = []
    line, low, high = _shown(curve, subject)
    for place in range(line.size):
        x = at[place] + np.array([-HALF, HALF])
        marks.append(
            Area(
                x[[0, 1, 1, 0]],
                np.array([low[place], low[place], high[place], high[place]]),
                BAND_FILL,
                f"its {level} CI",
            )
        )
        marks.append(ChartCurve(x, np.full(2, line[place]), SUMMARY_FILL, 1.2, name="model"))
    return marks


def effects_axis(subject: Subject, curve: Curve) -> ChartAxis:
    """Room for the studies' effects and the line, and for its interval as far as that is not much longer."""
    yi = subject.pooled.yi
    inner = np.concatenate([yi, curve[0]])
    reach = 0.5 * float(np.ptp(inner))
    ends = np.clip(np.concatenate([curve[1], curve[2]]), inner.min() - reach, inner.max() + reach)
    null = () if subject.null is None else (subject.pooled_null,)
    return effect_axis(subject, np.concatenate([inner, ends[np.isfinite(ends)], null]))
