"""Small print of a forest plot beside or below its axis: footnotes, and the lines that its rows end with."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from evidence.wording import enumerate_words
from synthesis.drawing.content import Content
from synthesis.drawing.forest_columns import ForestColumns
from synthesis.drawing.forest_table import LIGHTS, ForestTable, cells_of
from synthesis.drawing.press import Press
from synthesis.drawing.shapes import PlacedText
from synthesis.drawing.style import LIGHT_LOOKS, MUTED

BESIDE = 165.0
"""Points that small print needs left of the panel and of the axis; with fewer it stands below the axis."""


def rows_above_the_axis(
    table: ForestTable, texts: Sequence[Content], columns: ForestColumns, press: Press
) -> int:
    """How many rows stand beside the panel: all, or those before the small print of the overall summary.

    On a narrow page that goes below the axis, as a whole, where a line of it would be broken beside an empty
    panel. Small print of a group stays below its group.
    """
    first = len(texts)
    while first and texts[first - 1].small_print and not texts[first - 1].indent:
        first -= 1
    room = columns.text_right - columns.study.left
    if columns.plot is None or room >= BESIDE:
        return len(texts)
    lines = [press.wrap(text.label, room, text.face, press.sizes.small) for text in texts[first:]]
    return len(texts) if all(len(each) == 1 for each in lines) else first


def _in_sentence(header: str) -> str:
    """A header's first letter small, unless it is a symbol or an abbreviation: 'weight', 'I²', 'BMI'."""
    return header[:1].lower() + header[1:] if header[1:2].islower() else header


def notes_of(table: ForestTable, columns: ForestColumns) -> tuple[str, ...]:
    """The footnotes, what the signs of lights mean, and which columns this page is too narrow for."""
    notes = list(table.footnotes)
    shown = {cells_of(row)[index] for row in table.rows if cells_of(row) for index in table.light_columns}
    if any(column.lights for column in columns.extras):
        meanings = [f"{LIGHT_LOOKS[word][1]}\N{NO-BREAK SPACE}{word}" for word in LIGHTS if word in shown]
        notes.append(f"Lights: {', '.join(meanings)}." if meanings else "")
    if columns.left_out:
        words = enumerate_words([_in_sentence(header) for header in columns.left_out])
        notes.append(f"Left out at this width: {words}.")
    return tuple(note for note in notes if note)


def set_notes(
    lines: Sequence[tuple[str, int]],
    notes: Sequence[str],
    press: Press,
    top: float,
    right: float,
    wider: tuple[float, float] = (inf, 0.0),
) -> tuple[list[PlacedText], float]:
    """Lines of small print, each with its row, then the footnotes; and the height at which they end.

    wider: a height, and how far to the right they reach from there on.
    """
    sizes = press.sizes
    placed: list[PlacedText] = []
    for block in (lines, [(note, None) for note in notes]):
        top += 0.5 * sizes.small if block else 0.0
        for text, row in block:
            right = wider[1] if top >= wider[0] else right
            more, top = press.block(
                text, sizes.margin, top, right - sizes.margin, "regular", sizes.small, MUTED, row
            )
            placed += more
    return placed, top
