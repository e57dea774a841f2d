"""Other numbers that a review's analysis could have had: other defensible data sets, and other roundings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np

from evidence.records.conversion import Drawn, rounding_draws
from evidence.records.review import CORRELATED, Analysis, LoadedReview
from evidence.records.scales import analysis_scale
from evidence.records.vocabulary import Adjustment
from evidence.selection.grouping import grouped
from evidence.selection.selection import NONE_CONTRADICTED, Chosen, Contradicted, DoubleCountError, select
from evidence.wording import enumerate_words, fixed
from synthesis.diagnostics.multiverse import DataSet
from synthesis.diagnostics.rounding import Rounding, rounding
from synthesis.pooling.dependent.aggregation import aggregate
from synthesis.pooling.kernel.effects import Array
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.captions import shown
from synthesis.review.pooled_units import Unit, units_of

AS_THE_REVIEW = "as the review"

Options = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class Specified:
    """Alternatives of one analysis (or one group of it), and which estimates each of them uses.

    refused: why combinations of choices could not be pooled, as they would count persons twice.
    """

    choices: tuple[str, ...]
    alternatives: tuple[DataSet, ...]
    members: tuple[tuple[str, ...], ...]
    refused: tuple[str, ...]


def specified(
    loaded: LoadedReview,
    analysis: Analysis,
    contradicted: Contradicted = NONE_CONTRADICTED,
    group: str | None = None,
) -> Specified:
    """Every combination of options that select differently; group: one group of a grouped analysis.

    Options that change nothing in an analysis are left out of its multiverse. Nothing is chosen by hand:
    each alternative is a changed analysis that goes through the same selection.
    """
    used: list[dict[str, Mapping[str, Any]]] = []
    plain = _selected(loaded, analysis, {}, contradicted, group)
    named = _options(loaded, analysis)
    for options in named.values():
        kept = {AS_THE_REVIEW: dict[str, Any]()}
        for name, update in options.items():
            changed = _selected(loaded, analysis, update, contradicted, group)
            if isinstance(changed, str) or isinstance(plain, str) or _names(changed) != _names(plain):
                kept[name] = dict(update)
        used.append(dict(kept))
    alternatives, members, refused = [], [], []
    for combination in product(*(each.items() for each in used)):
        update = {key: value for _, changes in combination for key, value in changes.items()}
        found = _selected(loaded, analysis, update, contradicted, group)
        if isinstance(found, str):
            refused.append(found)
        elif found:
            options_taken = tuple(name for name, _ in combination)
            alternatives.append(
                DataSet(
                    options_taken,
                    np.array([unit.yi for unit in found]),
                    np.array([unit.sei for unit in found]) ** 2,
                )
            )
            members.append(_names(found))
    return Specified(tuple(named), tuple(alternatives), tuple(members), tuple(dict.fromkeys(refused)))


def _options(loaded: LoadedReview, analysis: Analysis) -> dict[str, Options]:
    """For each choice its options by name, as changes of the analysis; of arms where a record has some."""
    reports = analysis.reports or loaded.review.reports
    adjustment = analysis.adjustment or loaded.review.adjustment
    overlap = loaded.review.overlap_of(analysis)
    kept = {
        "without superseded": tuple(each for each in reports if each != "superseded"),
        "without preprints": tuple(each for each in reports if each not in ("superseded", "preprint")),
        "as printed, no re-analysis": tuple(each for each in reports if each != "re-analysis"),
        "peer-reviewed only": tuple(each for each in reports if each in ("corrected", "published")),
    }
    models: dict[str, tuple[Adjustment, ...]] = {
        "full only": tuple(each for each in adjustment if each == "full"),
        "least adjusted": tuple(reversed(adjustment)),
    }
    found: dict[str, Options] = {
        "reports": {name: {"reports": value} for name, value in kept.items() if value},
        "adjustment": {name: {"adjustment": value} for name, value in models.items() if value},
        "overlap": {"other study wins": {"overlap": tuple(reversed(overlap))}} if overlap else {},
    }
    if any(record.comparisons for record in loaded.records):
        found["arms"] = {name: {"arms": word} for name, word in _ARMS.items()}
    return found


_ARMS = {
    "arms combined": "combine",
    "lowest dose": "lowest",
    "highest dose": "highest",
    "arms correlated": CORRELATED,
}


def _selected(
    loaded: LoadedReview,
    analysis: Analysis,
    update: Mapping[str, Any],
    contradicted: Contradicted,
    group: str | None,
) -> tuple[Unit, ...] | str:
    """What a changed analysis pools, in one of its groups or in all, or why it counts persons twice."""
    changed = analysis.model_copy(update=dict(update))
    try:
        selection = select(loaded.review, changed, loaded.records, contradicted)
        rows = grouped(selection, loaded.review, loaded.records)
    except DoubleCountError as reason:
        return str(reason)
    if group is None and rows.sharing:
        names = sorted({name for pair in rows.sharing for name in pair})
        return f"rows of different groups share persons: {enumerate_words(names)}"
    wanted = [each for part in rows.groups if group in (None, part.name) for each in part.chosen]
    return units_of(wanted, correlated=loaded.review.arms_of(changed) == CORRELATED)


def _names(units: tuple[Unit, ...]) -> tuple[str, ...]:
    return tuple(sorted(row.candidate.name for unit in units for row in unit.rows))


# The rounding of a review's printed numbers, carried through to its pooled results.


DRAWS = 1_000
SEED = 1
_KEPT = 16
"""Groups whose draws are kept: a page asks twice, for the forest plot and for what else is asked."""


@lru_cache(maxsize=_KEPT)
def group_rounding(group: GroupResult, draws: int = DRAWS) -> Rounding | None:
    """Draw every printed number of a group inside its rounding interval, and pool each draw.

    The draws are seeded: the same review gives the same answer. None where nothing was pooled, or one study.
    """
    if group.pooled is None:
        return None
    rng = np.random.default_rng(SEED)
    drawn = [_drawn(unit, draws, rng) for unit in group.units]
    yi, sei = np.transpose(drawn, (1, 2, 0))
    return rounding(group.pooled, yi, sei)  # no effect is zero on every analysis scale


def rounding_line(found: Rounding | None, result: AnalysisResult, decimals: int) -> str | None:
    """One sentence where rounding matters to the reader of a figure; None where it does not."""
    if found is None or not found.matters:
        return None
    scale = analysis_scale(result.scale.measure)
    ends = [
        " to ".join(shown(value, scale, decimals) for value in bound)
        for bound in (found.ci_low, found.ci_high)
    ]
    flips = (
        f"; in {fixed(100 * found.flips, 0)}% of draws the interval lies otherwise to no effect"
        if found.flips >= 0.005
        else ""
    )
    return f"Rounding of printed digits: lower limit {ends[0]}, upper limit {ends[1]}{flips}"


def _drawn(unit: Unit, draws: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """yi and sei of a unit, shape (draws,); arms keep their correlations and share the reference."""
    shared: Drawn = {}
    rows = [_row_drawn(row, draws, rng, shared) for row in unit.rows]
    if not unit.of_arms:
        return rows[0]
    yi, sei = np.transpose(rows, (1, 2, 0))
    usable = np.isfinite(yi + sei).all(axis=1)
    own = np.sqrt(np.diag(unit.covariance))
    scale = sei[usable] / own
    covariance = unit.covariance * scale[:, :, None] * scale[:, None, :]
    mean = aggregate(yi[usable], covariance, unit.name)
    found = np.full((2, draws), np.nan)
    found[:, usable] = mean.yi, np.sqrt(mean.vi)
    return found[0], found[1]


def _row_drawn(each: Chosen, draws: int, rng: np.random.Generator, shared: Drawn) -> tuple[Array, Array]:
    effect = each.candidate.estimate.effect
    assert effect is not None  # what was chosen has a number
    yi, sei = rounding_draws(effect, each.candidate.estimate.n, draws, rng, shared)
    return yi * each.effect.factor, sei * abs(each.effect.factor)
