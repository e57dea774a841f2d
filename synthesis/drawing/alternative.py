"""The words for a figure that cannot be seen."""

from synthesis.drawing.content import Content, contents
from synthesis.drawing.fonts import Fonts, plain
from synthesis.drawing.forest_table import (
    ForestTable,
    GroupHeading,
    NotReportedRow,
    PredictionRow,
    Row,
    StudyRow,
    SummaryRow,
)


def forest_alternative(table: ForestTable) -> str:
    """A sentence for the whole forest plot, then one for each row, in the numbers that it prints."""
    studies = sum(isinstance(row, StudyRow) for row in table.rows)
    silent = sum(isinstance(row, NotReportedRow) for row in table.rows)
    opening = f"Forest plot: {_with_stop(table.title)} {_with_stop(table.subtitle or '')}".strip()
    counts = f"{studies} {'estimate' if studies == 1 else 'estimates'}"
    if silent:
        counts += f", {silent} examined but not reported"
    sentences = [opening, f"{plain(table.effect_header)}; {counts}."]
    sentences += [
        _sentence(row, text) for row, text in zip(table.rows, contents(table, Fonts()), strict=True)
    ]
    sentences += [_with_stop(note) for note in table.footnotes]
    return " ".join(sentence for sentence in sentences if sentence)


def _sentence(row: Row, content: Content) -> str:
    if not content.label:
        return ""
    if isinstance(row, GroupHeading):
        return f"Group {_with_stop(content.label)}"
    if not isinstance(row, StudyRow | SummaryRow | PredictionRow | NotReportedRow):
        return _with_stop(content.label)
    numbers = " ".join(part for part in (*content.effect, content.note) if part)
    weight = f", weight {content.weight}" if content.weight else ""
    return f"{content.label}: {numbers}{weight}."


def _with_stop(text: str) -> str:
    text = plain(text)
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."
