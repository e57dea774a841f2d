"""A Word document: headings, paragraphs and real tables, whose header is repeated on every page."""

from __future__ import annotations

import io
from copy import deepcopy
from typing import Any

from synthesis.paper.formats.cleaning import legal_in_xml, without_dates
from synthesis.paper.manuscript import Manuscript, numbered
from synthesis.paper.paper_table import PaperTable, for_pages, shown

_SIZE = 8  # points, in tables
_MANY = 16  # columns, of which a page takes no more in that size
_SMALL = 6
_MARGIN = 15  # mm
_WIDTH = 297 - 2 * _MARGIN
_LONG = 40  # characters, beyond which a text has several lines
_LONG_WORD = 16  # longer ones, addresses, are broken
_CHARACTER = 1.9  # mm, of bold type in that size
_PADDING = 4.5  # mm, of a cell


def as_docx(manuscript: Manuscript) -> bytes:
    """The passages, the tables with captions above and notes below, the references."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm, Pt

    document = Document()
    document.styles["Normal"].font.size = Pt(10)
    properties = document.core_properties
    properties.title, properties.author = legal_in_xml(manuscript.title), ""
    properties.comments = ""
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(_MARGIN)
    document.add_heading(legal_in_xml(manuscript.title), level=0)
    for passage in manuscript.passages:
        document.add_heading(legal_in_xml(passage.heading), level=2)
        for text in passage.paragraphs:
            document.add_paragraph(numbered(text, manuscript.numbers, legal_in_xml))
    for number, table in enumerate(map(for_pages, manuscript.tables), start=1):
        _write(document, table, number)
    if manuscript.references:
        document.add_heading("References", level=2)
        for number, reference in enumerate(manuscript.references, start=1):
            document.add_paragraph(f"{number}. {reference.in_words()}")
    content = io.BytesIO()
    document.save(content)
    return without_dates(content.getvalue())


def _write(document: Any, table: PaperTable, number: int) -> None:
    from docx.shared import Pt

    size = Pt(_SMALL if len(table.headings) > _MANY else _SIZE)
    caption = document.add_paragraph(style="Caption")
    caption.paragraph_format.keep_with_next = True
    caption.paragraph_format.space_before = Pt(12)
    caption.add_run(f"Table {number}. {legal_in_xml(table.title)}")
    if table.rows:
        _grid(document, table, size)
    for note in table.notes:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(2)
        paragraph.add_run(legal_in_xml(note)).font.size = Pt(_SIZE)


def _grid(document: Any, table: PaperTable, size: Any) -> None:
    grid = document.add_table(rows=0, cols=len(table.headings))
    grid.style = "Table Grid"
    grid.autofit = False
    widths = _widths(table)
    for column, width in enumerate(widths):
        grid.columns[column].width = width
    head = grid.add_row()
    _as_header(head)
    _row(head, [heading.words for heading in table.headings], table, size, bold=True)
    line = grid.add_row()
    _unbroken(line)
    _row(line, ["x"] * len(table.headings), table, size)
    _copies(line, table)


def _widths(table: PaperTable) -> list[Any]:
    """Each column has room for its longest word, and the rest of the page goes to those with long texts."""
    from docx.shared import Mm

    least, more = [], []
    for column, heading in enumerate(table.headings):
        texts = [shown(row[column]) for row in table.rows]
        words = [word for text in (heading.words, *texts) for word in text.split()]
        least.append(_room(min(max(map(len, words)), _LONG_WORD)))
        more.append(max(0.0, _room(min(max(map(len, texts)), _LONG)) - least[-1]))
    free = max(0.0, _WIDTH - sum(least))
    share = free / sum(more) if any(more) else free  # of nothing
    widths = [few + share * more[column] for column, few in enumerate(least)]
    return [Mm(width * _WIDTH / sum(widths)) for width in widths]


def _room(characters: int) -> float:
    """Of a column with so many characters in a line, in mm."""
    return characters * _CHARACTER + _PADDING


def _row(line: Any, texts: list[str], table: PaperTable, size: Any, bold: bool = False) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    # the cells of a row are looked up once: each look-up walks the whole row
    cells = line.cells
    for column, text in enumerate(texts):
        paragraph = cells[column].paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(0)
        if table.is_numeric(column):
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        run = paragraph.add_run(legal_in_xml(text))
        run.font.size, run.bold = size, bold


def _copies(line: Any, table: PaperTable) -> None:
    """A finished row once for each of the table's: to make every cell by itself takes ten times as long."""
    from docx.oxml.ns import qn

    grid = line._tr.getparent()
    grid.remove(line._tr)
    for row in table.rows:
        made = deepcopy(line._tr)
        for column, place in enumerate(made.iter(qn("w:t"))):
            place.text = legal_in_xml(" ".join(shown(row[column]).split()))
        grid.append(made)


def _as_header(line: Any) -> None:
    """Word repeats the row on every page."""
    _mark(line, "w:tblHeader")


def _unbroken(line: Any) -> None:
    """Word does not break the row across pages."""
    _mark(line, "w:cantSplit")


def _mark(line: Any, name: str) -> None:
    from docx.oxml import OxmlElement

    line._tr.get_or_add_trPr().append(OxmlElement(name))
