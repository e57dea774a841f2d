"""The whole answer to 'what moved?': two versions, their records and results, signals, stale judgements."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from synthesis.living.judgements import outdated
from synthesis.living.movement import Movement, find_movement
from synthesis.living.repository import NoHistoryError
from synthesis.living.sentences import is_still
from synthesis.living.signals import Signal, all_signals
from synthesis.living.versions import Version, find_versions
from synthesis.living.without_doubted import WithoutDoubted, without_doubted


@dataclass(frozen=True)
class WhatMoved:
    """Two versions compared.

    stale: judgements older than their data. unread: records of the old version that cannot be read; they
    count as missing there. without: the new version without its reports in doubt; None where it has none.
    """

    old: Version
    new: Version
    movement: Movement
    signals: tuple[Signal, ...]
    stale: tuple[str, ...]
    unread: tuple[str, ...] = ()
    without: WithoutDoubted | None = None

    @property
    def still(self) -> bool:
        """Whether nothing at all is different."""
        return is_still(self.movement)


def what_moved(folder: Path, old: str | None = None, new: str | None = None) -> WhatMoved:
    """Compare two versions of the review in a folder; see `find_versions` for their names.

    Raises NoHistoryError for what is no version or cannot be read, ValueError for a method that is unknown.
    """
    return compare_versions(*find_versions(folder, old, new))


def compare_versions(before: Version, after: Version) -> WhatMoved:
    """Compare two versions that are read. Raises NoHistoryError where one cannot be pooled."""
    for version in (before, after):
        if version.loaded.document.model is None:
            problem = version.loaded.document.problems[0]
            where = f"review.yaml:{problem.place.line}"
            raise NoHistoryError(f"{version.says} cannot be pooled: {where}: {problem.says}")
    unread = tuple(
        f"{before.name}: {each.path.name}:{each.problems[0].place.line}: {each.problems[0].says}"
        for each in before.loaded.documents
        if each.model is None
    )
    movement = find_movement(before.loaded, after.loaded)
    return WhatMoved(
        before,
        after,
        movement,
        tuple(all_signals(movement)),
        tuple(outdated(after.loaded.records, movement.changes)),
        unread,
        without_doubted(after.loaded),
    )
