"""The harvest plot: a bar for each study above the direction it supports (Ogilvie et al. 2008)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from evidence.wording import counted
from synthesis.drawing.chart import Area, Chart, ChartAxis, Mark, Note, Panel
from synthesis.drawing.style import BACKGROUND, SUMMARY_FILL
from synthesis.without_pooling.direction_chart import SIZES_OF_STUDIES, StudyDirection, described, size_of
from synthesis.without_pooling.told_directions import MIXED, NEGATIVE, NONE, NOT_TOLD, POSITIVE

_LETTERS = 16  # of a column's name, on the narrowest page
_MOST_NUMBERED = 6  # bars of a column that have room for numbers there
_HEIGHT = 70.0  # points, of a panel
_FILLED = 0.9  # of a column's width, by its bars
_WIDEST = 0.2  # bar, as a share of a column


def harvest_chart(title: str, found: Sequence[StudyDirection], lower: str = "", higher: str = "") -> Chart:
    """A panel for each domain; bars are as high as their study is large, hollow where it is not in a pool.

    lower, higher: what negative and positive directions mean. Expects at least one direction.
    """
    meanings = [lower or NEGATIVE, higher or POSITIVE]
    long = max(map(len, meanings)) > _LETTERS
    below, above = (NEGATIVE, POSITIVE) if long else meanings
    columns = (below, "none or mixed", above)
    domains = list(dict.fromkeys(each.domain for each in found if each.direction != NOT_TOLD))
    studies = list(dict.fromkeys(each.study for each in found if each.direction != NOT_TOLD))
    panels = [
        _panel(domain, [each for each in found if each.domain == domain], studies, columns)
        for domain in domains
    ]
    names = "; ".join(f"{i}: {study}" for i, study in enumerate(studies, start=1))
    return Chart(
        title=f"{title}: harvest of directions",
        panels=tuple(tuple(panels[at : at + 2]) for at in range(0, len(panels), 2)),
        description=f"Harvest plot of {counted(len(studies))}. {described(found, lower, higher)}",
        footnotes=(
            *([f"Negative: {meanings[0]}; positive: {meanings[1]}."] if long else []),
            f"{names}.",
            f"Height: {SIZES_OF_STUDIES}",
        ),
    )


def _panel(
    domain: tuple[str, ...],
    rows: Sequence[StudyDirection],
    studies: Sequence[str],
    columns: tuple[str, str, str],
) -> Panel:
    place = {NEGATIVE: 0, NONE: 1, MIXED: 1, POSITIVE: 2}
    marks: list[Mark] = []
    for column in range(len(columns)):
        inside = [each for each in rows if place.get(each.direction) == column]
        marks += _bars(inside, column, studies)
    title = ", ".join(domain)
    return Panel(
        ChartAxis("", -0.5, 2.5, ticks=tuple((float(i), name) for i, name in enumerate(columns))),
        ChartAxis("", 0.0, 3.8, ticks=()),
        tuple(marks),
        title=title[:1].upper() + title[1:],
        height=_HEIGHT,
    )


def _bars(inside: Sequence[StudyDirection], column: int, studies: Sequence[str]) -> Iterator[Mark]:
    """The bars of one column around its middle, each below its study's number if that has room."""
    for i, each in enumerate(inside):
        width = min(_WIDEST, _FILLED / len(inside))
        middle = column + (i - 0.5 * (len(inside) - 1)) * width
        half, top = 0.4 * width, 1.0 + size_of(each.persons)
        yield Area(
            np.array([middle - half, middle + half, middle + half, middle - half]),
            np.array([0.0, 0.0, top, top]),
            SUMMARY_FILL if each.pooled else BACKGROUND,
            "in the pool" if each.pooled else "not in the pool",
            SUMMARY_FILL,
        )
        if len(inside) <= _MOST_NUMBERED:
            yield Note(middle, top + 0.35, str(studies.index(each.study) + 1))
