"""Which estimates of a study could have entered an analysis: other data that a reader can pool."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from evidence.records.review import LoadedReview
from evidence.selection.selection import Contradicted
from synthesis.report.own_choices import own_choices
from synthesis.review.alternatives import options_of, units_by_group
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.pooled_units import Unit

CHOICES = ("reports", "adjustment")

_Groups = Mapping[str | None, tuple[Unit, ...]]


@dataclass(frozen=True)
class OtherData:
    """Estimates that an analysis would have under other preferences; units by the positions of its groups.

    key: of a link, in small letters. words: what is preferred.
    """

    key: str
    words: str
    groups: tuple[tuple[Unit, ...], ...]

    @property
    def names(self) -> frozenset[str]:
        """Of all units."""
        return frozenset(unit.name for units in self.groups for unit in units)


def other_data(
    loaded: LoadedReview, result: AnalysisResult, contradicted: Contradicted
) -> tuple[OtherData, ...]:
    """What the engine would select under each other preference of reports and adjustment, and of both.

    Only what the page can pool exactly and has rows for: independent effects, none of several arms, in groups
    that the analysis has; a group without a pooled result keeps its estimates.
    """
    if own_choices(result) is None or any(group.of_arms for group in result.groups):
        return ()
    found: dict[frozenset[str], OtherData] = {}
    own = frozenset(unit.name for group in result.groups for unit in group.units)
    for words, update in _changes(loaded, result):
        analysis = result.analysis.model_copy(update=dict(update))
        units = units_by_group(loaded, analysis, contradicted)
        if isinstance(units, str) or not _is_shown(result, units):
            continue
        of_groups = tuple(units.get(group.name, ()) for group in result.groups)
        made = OtherData(re.sub(r"[^a-z]+", "-", words.casefold()).strip("-"), words, of_groups)
        if made.names and made.names != own:
            found.setdefault(made.names, made)
    return tuple(found.values())


def _changes(loaded: LoadedReview, result: AnalysisResult) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Single preferences first: of two that select the same, the shorter is told."""
    named = options_of(loaded, result.analysis)
    options = [[("", {}), *named.get(choice, {}).items()] for choice in CHOICES]
    for taken in sorted(product(*options), key=lambda pair: sum(bool(name) for name, _ in pair)):
        words = "; ".join(name for name, _ in taken if name)
        if words:
            yield words, {key: value for _, changes in taken for key, value in changes.items()}


def _is_shown(result: AnalysisResult, units: _Groups) -> bool:
    """Whether the page has rows for all that would be told of these units."""
    if not units.keys() <= {group.name for group in result.groups}:
        return False
    if any(unit.of_arms for each in units.values() for unit in each):
        return False
    fixed = [group for group in result.groups if group.pooled is None or group.pooled.k < 2]
    return all(
        {unit.name for unit in units.get(group.name, ())} == {unit.name for unit in group.units}
        for group in fixed
    )
