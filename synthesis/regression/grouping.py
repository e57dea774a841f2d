"""Which study belongs to which subgroup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from synthesis.pooling.inputs import Studies, column_of
from synthesis.pooling.kernel.effects import Mask


@dataclass(frozen=True, eq=False)
class Grouping:
    """Subgroups, with their members (g, k) among the k studies that have one.

    lacking: how many studies had none and were left out.
    """

    name: str
    studies: Studies
    groups: tuple[str, ...]
    members: Mask
    lacking: int

    def members_of(self, group: int) -> Studies:
        """The studies of a subgroup, by its number."""
        chosen, studies = self.members[group], self.studies
        labels = tuple(label for label, keep in zip(studies.labels, chosen, strict=True) if keep)
        return Studies(studies.yi[chosen], studies.vi[chosen], labels, 0, chosen)


def groups_of(by: Any, data: Any, studies: Studies, missing: str) -> Grouping:
    """Subgroups in the order of a categorical's levels, or of their first study otherwise.

    by: a label for each study given, or the name of a column of `data`. Raises ValueError for a wrong length,
    a study without a subgroup unless missing is "drop", and fewer than two subgroups.
    """
    values = column_of(by, data, "by")
    if isinstance(values, str) or not np.iterable(values):
        raise ValueError(f"by is {values!r}; expected a label for each study, or a column of `data`")
    items = list(values)
    if len(items) != studies.kept.size:
        raise ValueError(
            f"by has {len(items)} labels for {studies.kept.size} studies; expected one per study"
        )
    kept = [item for item, keep in zip(items, studies.kept, strict=True) if keep]
    known = np.array([not _is_missing(item) for item in kept])
    if not known.all() and missing == "refuse":
        raise ValueError(
            f"{studies.labels[int(known.argmin())]}: by is missing; expected a subgroup "
            "(missing='drop' leaves such studies out)"
        )
    present = [item for item, keep in zip(kept, known, strict=True) if keep]
    ordered = list(values.cat.categories) if hasattr(values, "cat") else present
    levels = [level for level in dict.fromkeys(ordered) if level in present]
    if len(levels) < 2:
        raise ValueError(f"by has {len(levels)} subgroups; expected two or more")
    labels = tuple(label for label, keep in zip(studies.labels, known, strict=True) if keep)
    chosen = Studies(studies.yi[known], studies.vi[known], labels, studies.dropped, known)
    members = np.array([[item == level for item in present] for level in levels])
    name = by if isinstance(by, str) else getattr(by, "name", None)
    return Grouping(
        str(name) if name is not None else "subgroup",
        chosen,
        tuple(_written(level) for level in levels),
        members,
        int((~known).sum()),
    )


def _is_missing(item: Any) -> bool:
    return (
        item is None
        or type(item).__name__ in ("NAType", "NaTType")
        or (isinstance(item, float) and item != item)
    )


def _written(level: Any) -> str:
    """Whole numbers without decimals, which a column with gaps has for the gaps alone."""
    return str(int(level)) if isinstance(level, float) and level.is_integer() else str(level)
