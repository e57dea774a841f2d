"""Moderators as people hand them over, and which studies have all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from synthesis.pooling.inputs import Studies
from synthesis.pooling.kernel.effects import Mask
from synthesis.regression.design import Moderators, array_moderators
from synthesis.regression.formula import formula_moderators, frame_moderators


def read_moderators(given: Any, data: Any, n: int, intercept: bool, what: str = "mods") -> Moderators:
    """Moderators of n studies from a formula over `data`, a data frame or numbers; `what` is their argument.

    Raises ValueError, saying what was expected, for what is neither.
    """
    if isinstance(given, str):
        return formula_moderators(given, data, n, what)
    if hasattr(given, "columns"):
        return frame_moderators(given, n, intercept)
    return array_moderators(given, n, intercept, what)


def complete_studies(
    parts: Sequence[Moderators], studies: Studies, missing: str
) -> tuple[Mask, dict[str, int]]:
    """Which of the studies kept have every moderator, and how many of them lack each.

    Raises ValueError, naming the first that lacks one, unless missing is "drop", and if all lack one.
    """
    gaps: dict[str, Mask] = {}
    for part in parts:
        for name, gap in part.lacking.items():
            known = gaps.get(name)
            gaps[name] = gap[studies.kept] if known is None else known | gap[studies.kept]
    lacking = {name: gap for name, gap in gaps.items() if gap.any()}
    complete = np.ones(len(studies.labels), dtype=bool)
    for gap in lacking.values():
        complete &= ~gap
    if complete.all():
        return complete, {}
    if missing == "refuse":
        first = int(complete.argmin())
        name = next(name for name, gap in lacking.items() if gap[first])
        raise ValueError(
            f"{studies.labels[first]}: {name} is missing; expected a value "
            "(missing='drop' leaves such studies out)"
        )
    if not complete.any():
        raise ValueError(f"every study lacks one of {', '.join(lacking)}; expected some with all of them")
    return complete, {name: int(gap.sum()) for name, gap in lacking.items()}


def kept_studies(studies: Studies, complete: Mask) -> tuple[Mask, tuple[str, ...]]:
    """Which of all the studies given are in the model, and the labels of those."""
    kept = studies.kept.copy()
    kept[studies.kept] = complete
    return kept, tuple(label for label, keep in zip(studies.labels, complete, strict=True) if keep)
