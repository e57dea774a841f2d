"""The rounding of a review's printed numbers, carried through to its pooled results."""

from __future__ import annotations

import numpy as np

from evidence.records.measures import analysis_scale, rounding_draws
from evidence.selection.selection import Chosen
from synthesis.diagnostics.rounding import Rounding, rounding
from synthesis.review.analysis import AnalysisResult, Group
from synthesis.review.wording import shown

DRAWS = 1_000
SEED = 1


def group_rounding(result: AnalysisResult, group: Group, draws: int = DRAWS) -> Rounding | None:
    """Draw every printed number of a group inside its rounding interval, and pool each draw.

    The draws are seeded: the same review gives the same answer. None where nothing was pooled.
    """
    if group.pooled is None or group.pooled.k < 2:
        return None
    rng = np.random.default_rng(SEED)
    drawn = [_drawn(each, draws, rng) for each in group.chosen]
    yi, sei = (np.column_stack(columns) for columns in zip(*drawn, strict=True))
    shape = analysis_scale(result.scale.measure)
    null = 0.0 if shape.null is None else shape.forward(shape.null)
    return rounding(group.pooled, yi, sei, null)


def rounding_line(found: Rounding | None, result: AnalysisResult, decimals: int) -> str | None:
    """One sentence where rounding matters to the reader of a figure; None where it does not."""
    if found is None or not found.matters:
        return None
    back = analysis_scale(result.scale.measure).back
    ends = [
        " to ".join(shown(back(value), decimals) for value in bound)
        for bound in (found.ci_low, found.ci_high)
    ]
    flips = (
        f"; in {100 * found.flips:.0f} % of draws the interval lies otherwise to no effect"
        if found.flips >= 0.005
        else ""
    )
    return f"Rounding of printed digits: lower limit {ends[0]}, upper limit {ends[1]}{flips}"


def _drawn(
    each: Chosen, draws: int, rng: np.random.Generator
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    effect = each.candidate.estimate.effect
    assert effect is not None  # what was chosen has a number
    yi, sei = rounding_draws(effect, each.candidate.estimate.n, draws, rng)
    return yi * each.effect.factor, sei * abs(each.effect.factor)
