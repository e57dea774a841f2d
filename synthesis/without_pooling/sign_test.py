"""`sign_test`: in how many studies does the effect go one way, whatever its size?"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evidence.wording import ci, counted, enumerate_words, number, p_text, percent
from synthesis.pooling.api import LEVEL
from synthesis.pooling.as_data import AsData
from synthesis.pooling.inputs import as_level, repeated_note
from synthesis.without_pooling.binomial import clopper_pearson, two_sided, upper_tail
from synthesis.without_pooling.told_directions import (
    MIXED,
    NEGATIVE,
    NONE,
    NOT_TOLD,
    POSITIVE,
    read_directions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FEW = 6  # studies below which no two-sided p of an exact sign test is below 0.05


def sign_test(direction: Any, *, data: Any = None, slab: Any = None, level: float = LEVEL) -> SignTest:
    """Vote counting by direction: the share of studies whose effect is positive, and the exact sign test.

    direction: of each study "positive", "negative", "none" (no effect at all), "mixed", or None where it is
    not told; or its effect, whose sign tells; a list, what `escalc` returned, or a column of `data`. Ratios
    are given as logarithms. One row a study: several results of one study are not independent. Studies
    without one direction are left out and counted. level: of the interval, a fraction or a percentage.

    Cochrane Handbook, section 12.2.1.3 (Bushman & Wang 2009). Raises ValueError, with the study and what was
    expected.
    """
    level = as_level(level)
    told = read_directions(direction, data, slab, {})
    return of_directions(told.labels, told.directions, level)


def of_directions(labels: Sequence[str], directions: Sequence[str], level: float) -> SignTest:
    """The sign test of directions in words, one a study."""
    counts = {
        word: sum(each == word for each in directions) for word in (POSITIVE, NEGATIVE, NONE, MIXED, NOT_TOLD)
    }
    x, n = counts[POSITIVE], counts[POSITIVE] + counts[NEGATIVE]
    low, high = clopper_pearson(x, n, level)
    nothing = float("nan")
    return SignTest(
        labels=tuple(labels),
        directions=tuple(directions),
        k=n,
        positive=x,
        negative=counts[NEGATIVE],
        none=counts[NONE],
        mixed=counts[MIXED],
        not_told=counts[NOT_TOLD],
        share=x / n if n else nothing,
        ci_low=low,
        ci_high=high,
        p_value=two_sided(x, n) if n else nothing,
        p_positive=upper_tail(x, n) if n else nothing,
        p_negative=upper_tail(n - x, n) if n else nothing,
        level=level,
        method_sentence=(
            "Vote counting by direction of effect: exact sign test, two-sided, and "
            f"{percent(level)} Clopper-Pearson interval of the share of positive directions."
        ),
        notes=tuple(_notes(labels, n)),
    )


@dataclass(frozen=True, eq=False, repr=False)
class SignTest(AsData):
    """Directions of effects, counted.

    labels, directions: of all studies given. k: those with one direction, of which `positive` and `negative`.
    none, mixed, not_told: those left out. share, ci_low, ci_high: of positive directions among k, with its
    Clopper-Pearson interval at `level`. p_value: of the exact sign test, two-sided; p_positive, p_negative:
    one-sided, that so many or more would be positive (negative) by chance. All nan where k is 0.
    """

    labels: tuple[str, ...]
    directions: tuple[str, ...]
    k: int
    positive: int
    negative: int
    none: int
    mixed: int
    not_told: int
    share: float
    ci_low: float
    ci_high: float
    p_value: float
    p_positive: float
    p_negative: float
    level: float
    method_sentence: str
    notes: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The counts, the share, its interval and the test in one sentence."""
        rest = self._left_out()
        beyond = f"; left out: {rest}" if rest else ""
        if not self.k:
            return f"No study has one direction{beyond}."
        share = ci((100.0 * self.ci_low, 100.0 * self.ci_high), self.level, 1)
        return (
            f"Positive in {self.positive} of {counted(self.k)} with a direction "
            f"({number(100.0 * self.share, 3)}%, {share}), exact sign test {p_text(self.p_value)}{beyond}."
        )

    def _left_out(self) -> str:
        words = {"no effect": self.none, "mixed": self.mixed, "not told": self.not_told}
        some = [f"{count} {word}" for word, count in words.items() if count]
        return enumerate_words(some) if some else ""

    def _lines(self) -> Iterator[str]:
        yield self.sentence
        yield self.method_sentence
        yield from (f"Note: {note}" for note in self.notes)

    def __str__(self) -> str:
        return "\n".join(["Directions of effect", *(f"  {line}" for line in self._lines())])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join(f"<p>{html.escape(line)}</p>" for line in self._lines())


def _notes(labels: Sequence[str], k: int) -> Iterator[str]:
    """Sentences the reader needs."""
    if repeated := repeated_note(labels):
        yield f"{repeated[:1].upper()}{repeated[1:]}."
    if 0 < k < _FEW:
        yield f"With {counted(k)} a two-sided p below 0.05 is out of reach, whatever the directions."
    if k:
        yield "Directions tell neither how large an effect is nor how sure; a study counts whatever its size."
