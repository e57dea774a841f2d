"""The words of a forest plot, before anything has a place: of each row, and for who cannot see it."""

import re
from dataclasses import dataclass

from evidence.wording import MINUS, counted, fixed, format_number, format_ratio
from synthesis.drawing.fonts import Face, Fonts, plain
from synthesis.drawing.forest_table import (
    ForestTable,
    GroupHeading,
    IntervalRow,
    NotReportedRow,
    PredictionRow,
    Row,
    SpacerRow,
    StudyRow,
    SummaryRow,
    TextRow,
    cells_of,
    decimals_for,
    estimate_of,
    limits_of,
    weight_of,
)

NOT_ESTIMABLE = "not estimable"


@dataclass(frozen=True)
class Content:
    """The texts of one row.

    ``effect`` holds the estimate, "[low," and "high]"; ``note`` stands in its place where there is no
    number. A label ``spans`` the columns where nothing else stands in its row. ``indent`` counts steps.
    """

    label: str
    face: Face
    indent: int
    cells: tuple[str, ...] = ()
    effect: tuple[str, str, str] = ("", "", "")
    note: str = ""
    weight: str = ""
    spans: bool = False
    small_print: bool = False


def contents(table: ForestTable, fonts: Fonts) -> tuple[Content, ...]:
    """The content of every row, in order."""
    decimals = decimals_for(table)
    inside_group = False
    result = []
    for row in table.rows:
        overall = isinstance(row, SummaryRow) and row.level == "overall"
        if isinstance(row, GroupHeading | SpacerRow) or overall:
            inside_group = isinstance(row, GroupHeading)
            result.append(_content(row, table, decimals, fonts, indent=0))
        else:
            result.append(_content(row, table, decimals, fonts, indent=int(inside_group)))
    return tuple(result)


def _content(row: Row, table: ForestTable, decimals: int, fonts: Fonts, indent: int) -> Content:
    if isinstance(row, SpacerRow):
        return Content("", "regular", indent)
    if isinstance(row, TextRow):
        return Content(plain(row.text), "regular", indent, spans=True, small_print=True)
    label = plain(row.label)
    if isinstance(row, StudyRow | NotReportedRow) and row.mark:
        # a no-break space keeps the mark on the line of the name's last word
        label = f"{label}\N{NO-BREAK SPACE}{plain(row.mark)}"
    cells = tuple(_cell(cell) for cell in cells_of(row))
    if isinstance(row, GroupHeading):
        return Content(label, fonts.face_for(label, "bold"), indent, spans=True)
    if isinstance(row, NotReportedRow):
        return Content(label, "regular", indent, cells, note=plain(row.text))
    weight = weight_of(row)
    overall = isinstance(row, SummaryRow) and row.level == "overall"
    return Content(
        label=label,
        face=fonts.face_for(label, "bold") if overall else "regular",
        indent=indent + (isinstance(row, StudyRow) and row.part),
        cells=cells,
        effect=_effect(row, table, decimals),
        note=NOT_ESTIMABLE if _nothing_known(row) else "",
        weight="" if weight is None else f"{fixed(weight, 1)}%",
    )


def _effect(row: IntervalRow, table: ForestTable, decimals: int) -> tuple[str, str, str]:
    write = format_ratio if table.axis.scale == "log" else format_number
    estimate, limits = estimate_of(row), limits_of(row)
    point = "" if estimate is None else write(estimate, decimals)
    if limits is None:
        return point, "", ""
    return point, f"[{write(limits[0], decimals)},", f"{write(limits[1], decimals)}]"


def _nothing_known(row: IntervalRow) -> bool:
    return estimate_of(row) is None and (limits_of(row) is None or not isinstance(row, PredictionRow))


def _cell(text: str) -> str:
    """The cell's text; a hyphen before a number becomes a minus sign."""
    return re.sub(r"^-(?=[\d.])", MINUS, plain(text))


def is_numeric(cells: tuple[str, ...]) -> bool:
    """Whether a column's cells are numbers, such as "1426", "12.5", "4/123", "54.2 %" or a dash."""
    filled = [cell for cell in cells if cell not in {"", "–", "—", "NR"}]
    return bool(filled) and all(re.fullmatch(rf"[{MINUS}<>≤≥±~]?[\d.,/%\s]+", cell) for cell in filled)


# The words for a figure that cannot be seen.


def forest_alternative(table: ForestTable) -> str:
    """A sentence for the whole forest plot, then one for each row, in the numbers that it prints."""
    studies = sum(isinstance(row, StudyRow) and not row.part for row in table.rows)
    parts = sum(isinstance(row, StudyRow) and row.part for row in table.rows)
    silent = sum(isinstance(row, NotReportedRow) for row in table.rows)
    opening = f"Forest plot: {_with_stop(table.title)} {_with_stop(table.subtitle or '')}".strip()
    counts = counted(studies, "estimate")
    if parts:
        counts += f", below them {parts} that they are made of"
    if silent:
        counts += f", {silent} examined but not reported"
    sentences = [opening, f"{plain(table.effect_header)}; {counts}."]
    for row, content in zip(table.rows, contents(table, Fonts()), strict=True):
        sentences.append(_sentence(row, content, _ranges(row, table)))
    sentences += [_with_stop(note) for note in table.footnotes]
    return " ".join(sentence for sentence in sentences if sentence)


def _sentence(row: Row, content: Content, ranges: str) -> str:
    if not content.label:
        return ""
    if isinstance(row, GroupHeading):
        return f"Group {_with_stop(content.label)}"
    if not isinstance(row, StudyRow | SummaryRow | PredictionRow | NotReportedRow):
        return _with_stop(content.label)
    numbers = " ".join(part for part in (*content.effect, content.note) if part)
    weight = f", weight {content.weight}" if content.weight else ""
    return f"{content.label}: {numbers}{ranges}{weight}."


def _ranges(row: Row, table: ForestTable) -> str:
    """The effects that the text of a row without a number allows."""
    if not isinstance(row, NotReportedRow) or not row.extents:
        return ""
    write = format_ratio if table.axis.scale == "log" else format_number
    decimals = decimals_for(table)
    parts = [f"{write(low, decimals)} to {write(high, decimals)}" for low, high in row.extents]
    return f", which allows {' or '.join(parts)}"


def _with_stop(text: str) -> str:
    text = plain(text)
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."
