"""`summarise_effects`: what observed effects are like where they are not pooled, or have no variances."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import compress
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from evidence.effects.columns import EffectSizes
from evidence.effects.input_columns import column, is_missing, label_of, numbers, side_by_side
from evidence.wording import counted, enumerate_words, percent
from synthesis.plots.drawable import Drawable, PlotRequest
from synthesis.plots.given import Given
from synthesis.pooling.api import LEVEL
from synthesis.pooling.as_data import AsData
from synthesis.pooling.inputs import as_level, check_labels, labels_of, of_escalc, repeated_note
from synthesis.without_pooling.observed_effects import LIMITS, OF_WHAT, QUARTILES, ObservedEffects

if TYPE_CHECKING:
    from synthesis.drawing.chart import Plot

NOT_STATED = "not stated"


def summarise_effects(
    yi: Any, *, by: Any = None, data: Any = None, slab: Any = None, level: float = LEVEL
) -> EffectSummary:
    """Summarise effect estimates by median, interquartile range and range; no variances are needed.

    yi: an effect of each study, a list, what `escalc` returned, or a column of `data`; ratios as logarithms.
    One row a study: several results of one study are not independent. Studies without an effect (None, nan)
    are left out and named. by: a group of each study, such as its risk of bias; groups are summarised too, in
    the order in which they first appear. level: of the interval of the median, a fraction or a percentage.

    Cochrane Handbook, section 12.2.1.1: for effects whose variances are missing or wrong, or that are not to
    be pooled. Quartiles are by definition 7 of Hyndman & Fan 1996. The interval of the median has two of the
    effects as its ends, by the binomial distribution (Thompson 1936), and tells with which probability it
    holds; it is nan, with a note, where there are too few effects for its level.

    Raises ValueError, with the study and what was expected, for infinite effects, and where none has one.
    """
    level = as_level(level)
    given = Given.of(yi, data, None)
    if isinstance(yi, EffectSizes):
        yi, _, slab = of_escalc(yi, None, None, slab, data)
    if not (data is not None and isinstance(yi, str)) and (isinstance(yi, str) or not np.iterable(yi)):
        raise ValueError(f"yi is {yi!r}; expected an effect of each study, or a column of `data`")
    found = side_by_side(
        {name: column(values, data, name) for name, values in (("yi", yi), ("by", by), ("slab", slab))}
    )
    names = labels_of(found["slab"])
    values = numbers(found["yi"], "yi", names)
    check_labels(names, values.size)
    labels = tuple(label_of(names, i) for i in range(values.size))
    if np.isinf(values).any():
        row = int(np.isinf(values).argmax())
        raise ValueError(f"{labels[row]}: its effect is {values[row]}; expected a finite number")
    kept = ~np.isnan(values)
    if not kept.any():
        raise ValueError("yi has no effect; expected that of one study at least")
    groups = _groups(found["by"], values.size)
    overall = _part("", np.flatnonzero(kept), labels, values, level)
    parts = tuple(
        _part(name, np.array([i for i in np.flatnonzero(kept) if groups[i] == name]), labels, values, level)
        for name in dict.fromkeys(groups[i] for i in np.flatnonzero(kept))
        if by is not None
    )
    missing = tuple(compress(labels, (~kept).tolist()))
    result = EffectSummary(
        overall=overall,
        groups=parts,
        missing=missing,
        level=level,
        method_sentence=(
            f"Observed effects summarised without pooling: median, {QUARTILES}, range; {percent(level)} "
            "interval of the median by order statistics."
        ),
        notes=tuple(_notes(overall, parts, missing)),
    )
    object.__setattr__(result, "_given", replace(given, kept=kept))
    return result


def _groups(by: Any, k: int) -> list[str]:
    """The group of each study in words. Raises ValueError for what is not one a study."""
    if by is None:
        return [""] * k
    if not np.iterable(by):
        raise ValueError(f"by is {by!r}; expected a group for each study, or a column of `data`")
    words = [NOT_STATED if _is_untold(each) else str(each).strip() for each in by]
    if len(words) != k:
        raise ValueError(f"by has {len(words)} values for {counted(k)}; expected one of each")
    return words


def _is_untold(group: Any) -> bool:
    """Missing, nan or an empty text."""
    return is_missing(group) or (isinstance(group, float) and np.isnan(group)) or not str(group).strip()


def _part(name: str, rows: Any, labels: Sequence[str], values: Any, level: float) -> ObservedEffects:
    return ObservedEffects.of(name, tuple(labels[i] for i in rows), values[rows], level)


@dataclass(frozen=True, eq=False, repr=False)
class EffectSummary(Drawable, AsData):
    """Observed effects without pooling: all of them, and each group where `by` was given.

    overall, groups: median, quartiles, range and the interval of the median, one ObservedEffects each.
    missing: studies without an effect. level: of the intervals, a fraction. notes: what the reader needs.

    Its plot: "box", each effect a dot on the box of its quartiles.
    """

    # What stood beside the effects: plots alone read it, it is no part of the numbers.
    _given: ClassVar[Given | None] = None

    overall: ObservedEffects
    groups: tuple[ObservedEffects, ...]
    missing: tuple[str, ...]
    level: float
    method_sentence: str
    notes: tuple[str, ...]

    @property
    def parts(self) -> tuple[ObservedEffects, ...]:
        """All effects, and then each group."""
        return (self.overall, *self.groups)

    @property
    def sentence(self) -> str:
        """All effects in one sentence."""
        told = self.overall.told
        return f"{told[:1].upper()}{told[1:]}."

    def _columns(self) -> dict[str, Any]:
        names = [f.name for f in fields(ObservedEffects) if f.name not in ("labels", "yi")]
        return {name: [getattr(part, name) for part in self.parts] for name in names}

    def _lines(self) -> Iterator[str]:
        yield self.sentence
        yield from (f"{part.name}: {part.told}." for part in self.groups)
        yield self.method_sentence
        yield from (f"Note: {note}" for note in self.notes)

    def __str__(self) -> str:
        return "\n".join(["Observed effects", *(f"  {line}" for line in self._lines())])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join(f"<p>{html.escape(line)}</p>" for line in self._lines())

    def _drawn(self, request: PlotRequest) -> Plot:
        from synthesis.without_pooling.box_chart import effect_plot

        return effect_plot(self.parts, request, self._given or Given())


def _notes(
    overall: ObservedEffects, groups: Sequence[ObservedEffects], missing: Sequence[str]
) -> Iterator[str]:
    """Sentences the reader needs; the last two are of every result."""
    if repeated := repeated_note(overall.labels):
        yield f"{repeated[:1].upper()}{repeated[1:]}."
    if missing:
        yield f"Without an effect, and left out: {enumerate_words(missing)}."
    for part in (overall, *groups):
        if why := part.too_few:
            yield f"{part.name}: {why}" if part.name else why
    yield LIMITS
    yield OF_WHAT
