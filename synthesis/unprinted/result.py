"""A pool in which unprinted results count, beside the pool without them, as numbers and text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evidence.wording import ci, counted, fixed, number, p_text, significant
from synthesis.pooling.as_data import AsData
from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.pooling.named_rows import NamedRows
from synthesis.pooling.result import PooledSummary
from synthesis.pooling.unreported.statements import STATEMENTS, critical_value

if TYPE_CHECKING:
    from synthesis.unprinted.silent_studies import SilentStudies

AS_GIVEN = "as given"


@dataclass(frozen=True)
class NumbersAlone(AsData):
    """Studies with numbers under the same likelihood, without what is said of the others."""

    estimate: float
    ci_low: float
    ci_high: float
    p_value: float
    tau2: float
    loglik: float


@dataclass(frozen=True)
class WorstCase(AsData):
    """How far unprinted results could move the mean, at the tau2 of the fit.

    lowest, highest: the mean with each unprinted result at the end, of what its statement allows, that moves
    it furthest; infinite where a statement has no end. ci_low, ci_high: of the two, their outer Wald limits.
    selection_bias: the largest bias by which results can have been left out (Copas & Jackson 2004;
    Williamson & Gamble 2007), whatever is said of them.
    """

    lowest: float
    highest: float
    ci_low: float
    ci_high: float
    selection_bias: float


@dataclass(frozen=True, eq=False, repr=False)
class UnreportedSummary(NamedRows):
    """The numbers of an `UnreportedPooled`, whose docstring tells of each, without its questions."""

    _HIDDEN = ("places",)

    # The rows that were given: the questions of sensitivity alone read them.
    _studies: ClassVar[SilentStudies | None] = None

    labels: tuple[str, ...]
    yi: Array
    vi: Array
    k: int
    silent: tuple[str, ...]
    said: tuple[str, ...]
    classes: tuple[str, ...]
    probability: Array
    sei: Array
    sei_from: tuple[str, ...]
    ni: Array
    alpha: Array
    m: int
    estimate: float
    se: float
    statistic: float
    p_value: float
    ci_low: float
    ci_high: float
    tau2: float
    loglik: float
    method: str
    se_rule: str
    level: float
    gradient: float
    starts: int
    without: NumbersAlone
    pooled: PooledSummary
    worst_case: WorstCase
    method_sentence: str
    notes: tuple[str, ...]
    places: Rows

    @property
    def ranges(self) -> tuple[tuple[tuple[float, float], ...], ...]:
        """The effects that each statement allows, in parts, in units of yi; none where nothing is said."""
        edge = critical_value(self.alpha) * self.sei
        return tuple(
            tuple((low * edge[i], high * edge[i]) for low, high in STATEMENTS[word].parts)
            if self.sei_from[i]
            else ()
            for i, word in enumerate(self.said)
        )

    def _statements(self) -> tuple[str, ...]:
        return self.statements

    def _title(self) -> str:
        return f"Pooled effect of {counted(self.k)} with numbers and {self.m} without"

    @property
    def statements(self) -> tuple[str, ...]:
        """A sentence for each unprinted result: what is said, and its standard error."""
        return tuple(self._statement(i) for i in range(self.m))

    @property
    def statements_in_short(self) -> tuple[str, ...]:
        """Each unprinted result and what it is taken for, in a few words."""
        return tuple(f"{label}: {self._taken_as(i)}" for i, label in enumerate(self.silent))

    def _taken_as(self, i: int) -> str:
        words = STATEMENTS[self.said[i]].words
        if self.classes[i]:
            words = f"ORBIT {self.classes[i]}, taken as {words}"
        if self.probability[i] < 1.0:
            words += f" with probability {self.probability[i]:g}"
        return words

    def _statement(self, i: int) -> str:
        words = self._taken_as(i)
        if not self.sei_from[i]:
            return f"{self.silent[i]}: {words}; nothing in it that counts."
        source = {
            "given": AS_GIVEN,
            "own sigma": f"its own sigma / sqrt(n), n = {self.ni[i]:g}",
            "typical sigma": f"sigma / sqrt(n) of the others, n = {self.ni[i]:g}",
        }[self.sei_from[i]]
        return f"{self.silent[i]}: {words}; standard error {significant(self.sei[i], 3)}, {source}."

    def _rows(self) -> list[tuple[str, str]]:
        def told(estimate: float, low: float, high: float) -> str:
            return f"{number(estimate)}, {ci((low, high), self.level)}"

        pooled, alone, worst = self.pooled, self.without, self.worst_case
        rows = [
            ("with what is said", told(self.estimate, self.ci_low, self.ci_high)),
            ("test", f"z = {fixed(self.statistic, 3)}, {p_text(self.p_value)}"),
        ]
        if self.method == "ML":
            rows.append(("tau2", number(self.tau2)))
        rows.append(("numbers alone, same likelihood", told(alone.estimate, alone.ci_low, alone.ci_high)))
        if pooled.k > 1:
            own = told(pooled.estimate, pooled.ci_low, pooled.ci_high)
            rows.append((f"numbers alone, {pooled.method}, {pooled.test}", own))
        if self.m:
            rows += [
                ("worst to best case", f"{number(worst.lowest)} to {number(worst.highest)}"),
                ("largest selection bias", number(worst.selection_bias)),
            ]
        return rows
