"""Permutation tests of moderators: what the statistics would be if effects fell to the studies by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from evidence.wording import fixed, number, p_number, p_text
from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.resampling import permutation
from synthesis.pooling.resampling.subsets import Progress
from synthesis.regression.tabular import Cells, Tabular


@dataclass(frozen=True, eq=False, repr=False)
class PermutationTest(Tabular):
    """Permutation p values of p coefficients and of QM. Higgins & Thompson 2004.

    what: "orders of the studies", or "sign changes" of their effects where there are no moderators. arranged:
    how many of them were counted, all that differ when `exact`, otherwise the observed one and random ones
    drawn with `seed` (Phipson & Smyth 2010).
    """

    names: tuple[str, ...]
    estimate: Array
    statistic: Array
    p_value: Array
    QM: float
    QM_p: float
    what: str
    arranged: int
    exact: bool
    seed: int | None

    def _title(self) -> str:
        if self.exact:
            return f"Permutation test, all {self.arranged} {self.what}"
        return f"Permutation test, {self.arranged - 1} random {self.what}, seed {self.seed}"

    def _header(self) -> Cells:
        return ("", "estimate", "statistic", "p")

    def _body(self) -> list[Cells]:
        return [
            (name, number(self.estimate[i]), fixed(self.statistic[i], 3), p_number(self.p_value[i]))
            for i, name in enumerate(self.names)
        ]

    def _columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("names", "estimate", "statistic", "p_value")}

    def _facts(self) -> list[tuple[str, str]]:
        return [("QM", f"{number(self.QM)}, {p_text(self.QM_p)}")]


def permutation_test(
    effects: Effects,
    design: Array,
    names: tuple[str, ...],
    method: str,
    test: str,
    draws: int,
    seed: int,
    progress: Progress | None,
) -> PermutationTest:
    """The kernel's test of one data set, with the names of the coefficients (p,) of the design (k, p)."""
    found = permutation.permutation_test(effects, method, test, design, draws, seed, progress)
    observed = pool_batch(effects, method, test, design=design)
    return PermutationTest(
        names,
        observed.beta[0],
        found.statistic,
        found.p_value,
        found.QM,
        found.QM_p,
        found.what,
        found.permutations,
        found.exact,
        None if found.exact else seed,
    )
