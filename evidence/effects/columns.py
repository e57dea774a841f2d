"""What effect-size functions take and give: columns of one length, effects with variances, and reasons.

First the result, `EffectSizes`, with its scale and the reasons why a study has no effect; then the columns as
arrays, refused where they cannot be true; then the reasons that several functions share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import special

from evidence.effects.absolute import AbsoluteEffect, absolute_effect
from evidence.effects.input_columns import label_of, numbers
from evidence.wording import counted

if TYPE_CHECKING:
    import pandas as pd

Array: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]
Column: TypeAlias = npt.ArrayLike
"""Numbers of the studies as a caller gives them: (k,), or one for all."""
YiVi: TypeAlias = tuple[Array, Array]
"""Effects and their sampling variances, of one shape."""


@dataclass(frozen=True)
class Scale:
    """The scale of yi: its name, the way back to the measure's own scale, and the value of no effect there.

    back: elementwise and nondecreasing, defined for every real number and both infinities, so that the
    limits of any interval can be carried back. null: None where no value means "no effect".
    """

    name: str
    back: Callable[[Array], Array]
    null: float | None


def _same(values: Array) -> Array:
    return values


def _exp(values: Array) -> Array:
    """exp, infinite where it overflows: an interval that reaches so far has no end worth printing."""
    with np.errstate(over="ignore"):
        return np.exp(values)


IDENTITY = Scale("identity", _same, 0.0)
LOG = Scale("log", _exp, 1.0)
FISHER_Z = Scale("Fisher z", np.tanh, 0.0)
LOGIT = Scale("logit", special.expit, None)


@dataclass(frozen=True, eq=False)
class EffectSizes:
    """k effect sizes with their sampling variances.

    yi, vi: shape (k,), on the analysis scale, nan where undefined. measure: its abbreviation. notes: k texts,
    "" or what the reader of that study must know: what was added to its counts, or why it has no effect size.
    scale: how to carry values back. labels: k study names, or none. The arrays cannot be written to.
    Raises ValueError when shapes differ or an undefined effect comes without its reason.
    """

    yi: Array
    vi: Array
    measure: str
    notes: tuple[str, ...] = ()
    scale: Scale = IDENTITY
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        yi, vi = (np.array(values, dtype=float, ndmin=1) for values in (self.yi, self.vi))
        notes = self.notes or ("",) * yi.size
        if yi.ndim != 1 or vi.shape != yi.shape or len(notes) != yi.size:
            raise ValueError(
                f"yi has shape {yi.shape}, vi {vi.shape}, with {len(notes)} notes; expected k of each"
            )
        if self.labels and len(self.labels) != yi.size:
            raise ValueError(f"there are {len(self.labels)} labels for {yi.size} effect sizes")
        undefined = np.isnan(yi) | np.isnan(vi)
        silent = [i + 1 for i in np.flatnonzero(undefined) if not notes[i]]
        if silent:
            raise ValueError(
                f"study {silent[0]} has no effect size or no variance; expected a note that says why"
            )
        yi.setflags(write=False)
        vi.setflags(write=False)
        for name, value in (("yi", yi), ("vi", vi), ("notes", notes)):
            object.__setattr__(self, name, value)

    @property
    def k(self) -> int:
        """Number of studies, those without an effect size included."""
        return int(self.yi.size)

    @property
    def sei(self) -> Array:
        """Standard errors, shape (k,)."""
        return np.sqrt(self.vi)

    @property
    def defined(self) -> Mask:
        """Which studies have both an effect size and a variance, shape (k,)."""
        return ~(np.isnan(self.yi) | np.isnan(self.vi))

    def back(self, values: npt.ArrayLike) -> Array:
        """Effects, means or interval limits on the analysis scale, carried to the measure's own scale."""
        return self.scale.back(np.asarray(values, dtype=float))

    def to_dict(self) -> dict[str, Any]:
        """Columns by name, as those of the data frame; what is not defined is None."""
        return {
            name: [None if each != each else each for each in column]
            for name, column in self._columns().items()
        }

    def to_frame(self) -> pd.DataFrame:
        """One row a study: its label if there are labels, yi, vi, sei, and the note."""
        import pandas as pd

        return pd.DataFrame(self._columns())

    def _columns(self) -> dict[str, list[Any]]:
        numbers = {"yi": self.yi.tolist(), "vi": self.vi.tolist(), "sei": self.sei.tolist()}
        labels = {"label": list(self.labels)} if self.labels else {}
        return {**labels, **numbers, "note": list(self.notes)}

    def absolute(
        self, values: tuple[float, float, float], baseline: float, *, harmful: bool = True
    ) -> AbsoluteEffect:
        """What a pooled estimate and its two limits mean at a baseline risk, for OR, RR, HR and RD.

        values: on the analysis scale, as a pooled result has them. See `absolute_effect`.
        """
        return absolute_effect(self.measure, values, baseline, harmful=harmful)

    def __str__(self) -> str:
        scale = "" if self.scale.name == IDENTITY.name else f", {self.scale.name} scale"
        lines = [f"{self.measure}, {counted(self.k)}{scale}: {int(self.defined.sum())} defined"]
        for note in dict.fromkeys(note for note in self.notes if note):
            lines.append(f"  {self._named(note)}: {note}")
        return "\n".join(lines)

    __repr__ = __str__

    def _named(self, note: str) -> str:
        rows = [i for i, text in enumerate(self.notes) if text == note]
        names = [self.labels[i] if self.labels else str(i + 1) for i in rows]
        return f"{'study' if len(rows) == 1 else 'studies'} {', '.join(names)}"


Reason: TypeAlias = tuple[Mask, str | Sequence[str]]
"""Where something holds, shape (k,), and what to say there: one text, or one a study."""


def notes_where(*reasons: Reason) -> tuple[str, ...]:
    """One text a study; where the masks of several reasons hold, their texts are joined."""
    return tuple("; ".join(texts) for texts in _texts(reasons))


def first_note(*reasons: Reason) -> tuple[str, ...]:
    """One text a study: that of the first reason whose mask holds."""
    return tuple(texts[0] if texts else "" for texts in _texts(reasons))


def _texts(reasons: Sequence[Reason]) -> list[list[str]]:
    texts: list[list[str]] = [[] for _ in range(reasons[0][0].size)]
    for mask, text in reasons:
        for i in np.flatnonzero(mask):
            texts[i].append(text if isinstance(text, str) else text[int(i)])
    return texts


def with_reasons(
    measure: str,
    scale: Scale,
    values: YiVi,
    undefined: Sequence[Reason],
    remarks: Sequence[Reason] = (),
) -> EffectSizes:
    """Effect sizes that are nan, with the first reason that holds, where any `undefined` mask holds.

    values: yi and vi, shape (k,). remarks: of those studies that are defined.
    A study whose yi or vi came out as not finite must be covered by a reason.
    """
    yi, vi = values
    reasons = first_note(*undefined)
    none = np.array([bool(reason) for reason in reasons], dtype=bool)
    said = notes_where(*remarks) if remarks else ("",) * yi.size
    notes = tuple(reason or said[i] for i, reason in enumerate(reasons))
    return EffectSizes(np.where(none, np.nan, yi), np.where(none, np.nan, vi), measure, notes, scale)


class StudyError(ValueError):
    """Input that cannot be true, with the row it was found in, so that a caller can name the study."""

    def __init__(self, row: int, says: str, labels: Sequence[str] = ()) -> None:
        self.row, self.says = row, says
        super().__init__(f"{label_of(labels, row)}: {says}")


def columns(**named: npt.ArrayLike) -> tuple[Array, ...]:
    """The columns as float arrays of shape (k,), single values repeated; a missing value is nan.

    Raises ValueError, with the lengths, when they differ, and as `numbers` does for what is no number.
    """
    arrays = {name: numbers(values, name) for name, values in named.items()}
    lengths = {array.size for array in arrays.values() if array.size != 1}
    if len(lengths) > 1:
        found = ", ".join(f"{name} {array.size}" for name, array in arrays.items())
        raise ValueError(f"columns have different lengths ({found}); expected one value a study in each")
    k = lengths.pop() if lengths else 1
    return tuple(np.broadcast_to(array, k) for array in arrays.values())


def refuse(mask: Mask, says: str, **values: Array) -> None:
    """Raise StudyError for the first study where the mask, shape (k,), holds.

    says: with the names of `values`, each of shape (k,), in braces where that study's number belongs.
    """
    if mask.any():
        row = int(mask.argmax())
        raise StudyError(row, says.format(**{name: f"{column[row]:g}" for name, column in values.items()}))


def missing(*arrays: Array) -> Mask:
    """Where any of the columns has no finite value, shape (k,)."""
    return np.asarray(~np.isfinite(np.stack(arrays)).all(axis=0))


def not_given(*values: Array) -> Reason:
    """A number is nan or infinite; the columns have shape (k,)."""
    given = np.isfinite(np.stack(values)).all(axis=0)
    return np.logical_not(given), "a number it needs is missing"


def not_positive(values: Array, what: str) -> Reason:
    """A number that must be above zero is not."""
    return values <= 0, f"{what} is not above zero"


def too_few(n: Array, least: int, what: str = "the sample") -> Reason:
    """A sample smaller than the formula needs."""
    return n < least, f"{what} is smaller than {least}"


def not_inside(values: Array, low: float, high: float, what: str) -> Reason:
    """A number that is not strictly between two others."""
    return (values <= low) | (values >= high), f"{what} is not between {low:g} and {high:g}"


def sound(values: Array, undefined: Sequence[Reason]) -> Array:
    """The values, nan where a reason holds, so that no average over studies contains them."""
    return np.where(np.any([mask for mask, _ in undefined], axis=0), np.nan, values)


def effects(
    measure: str,
    yi: Array,
    vi: Array,
    undefined: Sequence[Reason],
    *,
    scale: Scale = IDENTITY,
    remarks: Sequence[Reason] = (),
) -> EffectSizes:
    """Effect sizes, nan with the first reason that holds; a result that overflowed is undefined as well."""
    overflow = ~(np.isfinite(yi) & np.isfinite(vi)), "its numbers are too extreme to be computed with"
    return with_reasons(measure, scale, (yi, vi), [*undefined, overflow], remarks)
