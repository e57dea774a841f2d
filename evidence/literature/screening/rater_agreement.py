"""How far two reviewers agree about the citations that both have decided: a table, kappa, its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from evidence.literature.citation import Citation
from evidence.literature.screening.decision_files import ScreeningVerdict, Stage
from evidence.literature.screening.states import review_decisions
from evidence.readings.agreement import cohen_kappa
from evidence.wording import counted, fixed, percent

_ORDER: tuple[ScreeningVerdict, ...] = ("include", "unsure", "not retrieved", "exclude")


@dataclass(frozen=True)
class RaterAgreement:
    """Decisions of two reviewers about the same works.

    verdicts: those that either used, q of them, or include and exclude. counts: (q, q), the first reviewer's
    verdicts in rows.
    """

    reviewers: tuple[str, str]
    verdicts: tuple[ScreeningVerdict, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def decided(self) -> int:
        """Works that both have decided."""
        return sum(map(sum, self.counts))

    @property
    def agreed(self) -> int:
        """Works that both have decided alike."""
        return sum(row[at] for at, row in enumerate(self.counts))

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa (1960); None where it is not defined: no work, or one verdict for all."""
        q = range(len(self.verdicts))
        pairs = [(self.verdicts[i], self.verdicts[j]) for i in q for j in q for _ in range(self.counts[i][j])]
        return cohen_kappa(pairs) if pairs else None

    @property
    def kappa_se(self) -> float | None:
        """Large-sample standard error of kappa, whatever its true value; None where kappa is not defined.

        Fleiss, Cohen and Everitt 1969, Psychol Bull 72:323-327, formula 13.
        """
        kappa = self.kappa
        if kappa is None:
            return None
        p: NDArray[np.float64] = np.asarray(self.counts, dtype=float) / self.decided
        rows, columns = p.sum(1), p.sum(0)
        chance = float(rows @ columns)
        same = np.diag(p) * (1 - (rows + columns) * (1 - kappa)) ** 2
        crossed = p * (columns[:, None] + rows[None, :]) ** 2
        off = float(crossed.sum() - np.diag(crossed).sum())
        variance = float(same.sum()) + (1 - kappa) ** 2 * off - (kappa - chance * (1 - kappa)) ** 2
        return math.sqrt(max(0.0, variance) / self.decided) / (1 - chance)

    def kappa_interval(self, level: float = 0.95) -> tuple[float, float] | None:
        """kappa with z times its standard error to both sides, at most 1; None where it has no width."""
        kappa, se = self.kappa, self.kappa_se
        if kappa is None or not se or self.agreed == self.decided:
            return None
        half = float(ndtri(0.5 + level / 2)) * se
        return max(-1.0, kappa - half), min(1.0, kappa + half)

    @property
    def pabak(self) -> float:
        """Kappa adjusted for prevalence and bias: (q p - 1) / (q - 1), p the share of works decided alike.

        Byrt, Bishop and Carlin 1993, J Clin Epidemiol 46:423-429. High where kappa is low because nearly all
        are excluded.
        """
        q = len(self.verdicts)
        return (q * self.agreed / self.decided - 1) / (q - 1)

    def lines(self) -> list[str]:
        """The table and what follows from it, in words."""
        first, second = self.reviewers
        width = max(len(first) + 1 + max(map(len, self.verdicts)), len(second) + 1)
        wide = max(map(len, self.verdicts))
        named = "  ".join(verdict.rjust(wide) for verdict in self.verdicts)
        found = [
            f"{first} and {second}: {counted(self.decided, 'work')} decided by both, {self.agreed:,} alike "
            f"({percent(self.agreed / self.decided)})",
            f"{f'{second}:'.rjust(width)}  {named}",
        ]
        for at, verdict in enumerate(self.verdicts):
            cells = "  ".join(f"{number:,}".rjust(wide) for number in self.counts[at])
            found.append(f"{f'{first} {verdict}'.rjust(width)}  {cells}")
        return [*found, self._in_words()]

    def _in_words(self) -> str:
        adjusted = f"PABAK {fixed(self.pabak, 2)}"
        if self.kappa is None:
            return f"kappa is not defined: both gave one verdict to all; {adjusted}"
        bounds = self.kappa_interval()
        why = "no interval: its standard error is 0"
        shown = why if bounds is None else f"95% CI {fixed(bounds[0], 2)} to {fixed(bounds[1], 2)}"
        return f"Cohen's kappa {fixed(self.kappa, 2)} ({shown}), {adjusted}"


def agreements(review: Path, citations: Sequence[Citation], stage: Stage) -> list[RaterAgreement]:
    """Every two reviewers who have both decided some of the same works, before anything was settled.

    Who has decided differently about records that were joined later counts with his latest decision. Raises
    ScreeningError.
    """
    decisions = review_decisions(review, citations)
    said: dict[str, dict[str, ScreeningVerdict]] = {name: {} for name in decisions.reviewers}
    for (at, work), about in decisions.of.items():
        for name, votes in about.votes.items() if at == stage else ():
            said[name][work] = max(votes, key=lambda each: each.when).verdict
    found = (rated(one, other, said[one], said[other]) for one, other in combinations(said, 2))
    return [each for each in found if each.decided]


def rated(
    one: str, other: str, ones: dict[str, ScreeningVerdict], others: dict[str, ScreeningVerdict]
) -> RaterAgreement:
    """Two reviewers' verdicts by work as a table of those that both have decided."""
    pairs = [(ones[work], others[work]) for work in sorted(ones.keys() & others.keys())]
    used = {"include", "exclude"}.union(*map(set, pairs)) if pairs else {"include", "exclude"}
    verdicts = tuple(verdict for verdict in _ORDER if verdict in used)
    counts = tuple(tuple(pairs.count((row, column)) for column in verdicts) for row in verdicts)
    return RaterAgreement((one, other), verdicts, counts)
