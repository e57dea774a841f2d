"""What a plot may need beyond a pooled result, and what there is of it without a review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from synthesis.diagnostics.multiverse import Alternative
from synthesis.plots.bubble import Moderator
from synthesis.plots.labbe import Arms
from synthesis.plots.subject import NotDefinedError, Subject


class Material(Protocol):
    """A subject, and what its records tell beyond effects."""

    @property
    def subject(self) -> Subject:
        """The pooled result, its words and its scale."""

    @property
    def arms(self) -> Arms | None:
        """Counts of both arms, where every study has them."""

    def order(self) -> tuple[Sequence[int], str]:
        """Positions of the studies in the order they came, and what that order is."""

    def moderator(self, name: str) -> Moderator:
        """A number for each study. Raises NotDefinedError where there is none."""

    def alternatives(self) -> tuple[Sequence[Alternative], Sequence[str]]:
        """Data sets that would have been as defensible, and the names of the choices that lead to them."""


@dataclass(frozen=True)
class BareResult:
    """A pooled result without records."""

    subject: Subject
    arms: Arms | None = None

    def order(self) -> tuple[Sequence[int], str]:
        """The order of the rows."""
        return range(self.subject.pooled.k), "the order of the rows"

    def moderator(self, name: str) -> Moderator:
        """There is none."""
        raise NotDefinedError(
            "A bubble plot needs a moderator, which a result alone does not have; fit one with "
            "synthesis.metareg, or draw it with synthesis.plots.bubble.bubble_plot."
        )

    def alternatives(self) -> tuple[Sequence[Alternative], Sequence[str]]:
        """The studies as they are."""
        pooled = self.subject.pooled
        return (Alternative((), pooled.yi, pooled.vi),), ()
