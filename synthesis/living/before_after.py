"""The results that moved as one forest plot a scale: each before and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evidence.records.review import Review
from evidence.records.scales import analysis_scale
from evidence.records.target_scale import TargetScale
from evidence.wording import percent
from synthesis.drawing.forest_table import Axis, ForestTable, GroupHeading, Row, SpacerRow, StudyRow
from synthesis.living.movement import MovedResult
from synthesis.living.sentences import because
from synthesis.living.summaries import Summary
from synthesis.living.what_moved import WhatMoved
from synthesis.review.captions import effect_header, is_log
from synthesis.review.curve_parts import COEFFICIENT, CURVE


@dataclass(frozen=True)
class _Axis:
    """What results on one axis share."""

    scale: TargetScale
    outcome: str


def before_and_after(found: WhatMoved) -> list[ForestTable]:
    """Tables of the results that moved, one for each scale and outcome; none where nothing was pooled."""
    review = found.new.loaded.review
    groups: dict[str, list[MovedResult]] = {}
    axes: dict[str, _Axis] = {}
    for moved in found.movement.moved:
        if moved.before.numbers is None and moved.after.numbers is None:
            continue
        if COEFFICIENT in (moved.before.kind, moved.after.kind):  # no effect that an axis of effects has
            continue
        scale, outcome = review.scale_of(moved.analysis), moved.analysis.outcome.name
        if CURVE in (moved.before.kind, moved.after.kind):  # its title tells of which doses it is
            scale = scale.model_copy(update={"per": None, "versus": None})
        header = effect_header(scale, outcome)
        axes[header] = _Axis(scale, outcome)
        groups.setdefault(header, []).append(moved)
    return [_table(found, header, axes[header], each, review) for header, each in groups.items()]


def _table(
    found: WhatMoved, header: str, axis: _Axis, moved: Sequence[MovedResult], review: Review
) -> ForestTable:
    shape = analysis_scale(axis.scale.measure)
    direction = review.direction
    level = percent(review.method.level.fraction)
    return ForestTable(
        title=f"{review.title}: what moved",
        subtitle=f"{found.old.says} → {found.new.says}",
        effect_header=f"{header if len(header) <= 24 else 'Effect'} [{level} CI]",
        axis=Axis(
            header,
            "log" if is_log(shape) else "linear",
            shape.null,
            direction.lower if direction else "",
            direction.higher if direction else "",
        ),
        rows=tuple(_rows(moved)),
        columns=("k",),
        study_header="Result",
        footnotes=tuple(f"{each.title}: {because(each)}." for each in moved if because(each)),
        decimals=max(max(each.before.decimals, each.after.decimals) for each in moved),
    )


def _rows(moved: Sequence[MovedResult]) -> Iterator[Row]:
    for position, each in enumerate(moved):
        if position:
            yield SpacerRow()
        yield GroupHeading(each.title)
        yield _row("before", each.before)
        yield _row("after", each.after)


def _row(label: str, summary: Summary) -> StudyRow:
    estimate, low, high = summary.numbers or (None, None, None)
    return StudyRow(label, estimate, low, high, cells=(f"{summary.k:,}",))
