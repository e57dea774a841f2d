"""The effect direction plot: studies by outcome domain, an arrow each (Boon & Thomson 2021)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evidence.wording import counted, enumerate_words
from synthesis.drawing.chart import Arrows, Chart, ChartAxis, Dots, Mark, Panel, Pointing
from synthesis.drawing.style import BACKGROUND, INK, MUTED, SUMMARY_FILL
from synthesis.without_pooling.told_directions import MIXED, NEGATIVE, NONE, NOT_TOLD, POSITIVE

_SMALL, _LARGE = 50, 300  # persons: Boon & Thomson's three sizes of arrows
SIZES_OF_STUDIES = (
    f"below {_SMALL}, {_SMALL} to {_LARGE}, above {_LARGE} persons; the middle one where their number is not "
    "told. Hollow: told in words, or by a number that cannot be pooled."
)
_RADII = (2.4, 3.6, 5.0)
_PITCH = 15.0  # points, of a row
_LETTERS = 26  # that fit below a panel of the narrowest page
_POINTING: dict[str, Pointing] = {POSITIVE: "up", NEGATIVE: "down", MIXED: "sideways", NONE: "sideways"}


@dataclass(frozen=True)
class StudyDirection:
    """One study's direction in one domain: an outcome, and perhaps a part of the persons.

    direction: a word of synthesis.without_pooling.told_directions. persons: None where not told. pooled:
    whether it has a number that enters a pool.
    """

    study: str
    domain: tuple[str, ...]
    direction: str
    persons: int | None
    pooled: bool


def direction_chart(title: str, found: Sequence[StudyDirection], lower: str = "", higher: str = "") -> Chart:
    """Rows of studies and columns of domains; of domains in two parts the first has a panel each.

    lower, higher: what negative and positive directions mean. Expects at least one direction.
    """
    domains = list(dict.fromkeys(each.domain for each in found))
    nested = any(len(domain) > 1 for domain in domains)
    heads = list(dict.fromkeys(domain[0] for domain in domains)) if nested else [""]
    meanings = _meanings(lower, higher)
    columns = list(dict.fromkeys(_column(each, nested) for each in found))
    labels, note = _short(columns)
    short = {column: labels[i] for i, column in enumerate(columns)}
    panels = []
    for head in heads:
        rows = [each for each in found if not nested or each.domain[0] == head]
        own = {column: short[column] for column in columns if column in {_column(e, nested) for e in rows}}
        panels.append(_panel(head, rows, own, nested, meanings))
    return Chart(
        title=f"{title}: directions of effect",
        panels=tuple(tuple(panels[at : at + 2]) for at in range(0, len(panels), 2)),
        description=(
            f"Effect direction plot of {counted(len({each.study for each in found}))}. "
            f"{described(found, lower, higher)}"
        ),
        footnotes=(*([note] if note else []), f"Size: {SIZES_OF_STUDIES}"),
    )


def _meanings(lower: str, higher: str) -> dict[str, str]:
    return {
        POSITIVE: higher or POSITIVE,
        NEGATIVE: lower or NEGATIVE,
        MIXED: "mixed or opposing",
        NONE: "no effect",
    }


def _column(found: StudyDirection, nested: bool) -> str:
    return ", ".join(found.domain[1:] if nested else found.domain)


def _short(columns: Sequence[str]) -> tuple[list[str], str]:
    """The names of columns, or letters and what they stand for where there is no room below a panel."""
    if max(map(len, columns)) * len(columns) <= _LETTERS or len(columns) == 1:
        return list(columns), ""
    letters = [chr(ord("A") + at) if at < 26 else f"A{at - 25}" for at in range(len(columns))]
    return letters, "; ".join(f"{letters[i]}: {name}" for i, name in enumerate(columns)) + "."


def _panel(
    head: str, rows: Sequence[StudyDirection], columns: dict[str, str], nested: bool, meanings: dict[str, str]
) -> Panel:
    studies = list(dict.fromkeys(each.study for each in rows))
    places = list(columns)
    marks: list[Mark] = []
    for direction, name in meanings.items():
        for pooled in (True, False):
            some = [each for each in rows if each.direction == direction and each.pooled == pooled]
            if not some:
                continue
            x = np.array([float(places.index(_column(each, nested))) for each in some])
            y = np.array([float(studies.index(each.study)) for each in some])
            fill = SUMMARY_FILL if pooled else BACKGROUND
            edge = MUTED if direction == NONE else SUMMARY_FILL
            radii = np.array([_RADII[size_of(each.persons)] for each in some])
            marks.append(Arrows(x, y, radii, _POINTING[direction], fill, edge, name))
    untold = [each for each in rows if each.direction == NOT_TOLD]
    if untold:
        x = np.array([float(places.index(_column(each, nested))) for each in untold])
        y = np.array([float(studies.index(each.study)) for each in untold])
        marks.append(Dots(x, y, 1.6, MUTED, INK, name="examined, direction not told"))
    return Panel(
        ChartAxis(
            "", -0.5, len(places) - 0.5, ticks=tuple((float(i), columns[p]) for i, p in enumerate(places))
        ),
        ChartAxis(
            "",
            -0.6,
            len(studies) - 0.4,
            reversed=True,
            ticks=tuple((float(i), study) for i, study in enumerate(studies)),
        ),
        tuple(marks),
        title=head[:1].upper() + head[1:],
        height=_PITCH * (len(studies) + 0.2),
    )


def size_of(persons: int | None) -> int:
    """0, 1 or 2 for a small, middle or large study."""
    if persons is None or _SMALL <= persons <= _LARGE:
        return 1
    return 0 if persons < _SMALL else 2


def described(found: Sequence[StudyDirection], lower: str, higher: str) -> str:
    """Each domain with its studies by direction, in words."""
    words = {**_meanings(lower, higher), NOT_TOLD: "direction not told"}
    sentences = []
    for domain in dict.fromkeys(each.domain for each in found):
        rows = [each for each in found if each.domain == domain]
        parts = []
        for direction, meaning in words.items():
            studies = [
                each.study + ("" if each.pooled or direction == NOT_TOLD else " (not pooled)")
                for each in rows
                if each.direction == direction
            ]
            parts += [f"{meaning}: {enumerate_words(studies)}"] if studies else []
        sentences.append(f"{', '.join(domain)}: {'; '.join(parts)}.")
    return " ".join(sentences)
