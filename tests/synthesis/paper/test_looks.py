"""How tables look in a workbook, a Word document and LaTeX: widths, alignment, type, what stays in view."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt

from synthesis.paper.formats.latex_file import as_latex
from synthesis.paper.formats.markdown_file import as_markdown
from synthesis.paper.formats.spreadsheet import as_xlsx
from synthesis.paper.formats.word_file import as_docx
from synthesis.paper.manuscript import Manuscript, Passage, cited_in
from synthesis.paper.paper_table import Heading, PaperTable
from synthesis.paper.references import known_references
from synthesis.paper.rounded import Cell, Rounded
from tests.synthesis.paper.making import pooled_of
from tests.synthesis.paper.reading_back import sheets_of

NUMBER = Rounded(-0.5, "−0.50", "0.00")
LONG = "word " * 40


def table(*columns: tuple[str, Cell], rows: int = 2) -> Manuscript:
    headings = tuple(Heading(f"c{place}", words) for place, (words, _) in enumerate(columns))
    row = tuple(cell for _, cell in columns)
    return Manuscript(
        "A review", (), (PaperTable("made", "Made", headings, (row,) * rows, ("N1", "N2")),), ()
    )


def sheet_of(*columns: tuple[str, Cell]) -> Any:
    return sheets_of(table(*columns))["made"]


def document_of(manuscript: Manuscript) -> Any:
    return Document(io.BytesIO(as_docx(manuscript)))


def test_a_sheet_has_a_bold_title_a_header_below_a_blank_row_and_notes_below_another() -> None:
    sheet = sheet_of(("Study", "Lee"), ("Effect", NUMBER))
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["Made", None],
        [None, None],
        ["Study", "Effect"],
        ["Lee", -0.5],
        ["Lee", -0.5],
        [None, None],
        ["N1", None],
        ["N2", None],
    ]
    bold = [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.font.bold]
    assert bold == ["A1", "A3", "B3"]
    assert [sheet.cell(3, column).border.bottom.style for column in (1, 2)] == ["thin", "thin"]
    assert sheet.cell(4, 1).border.bottom.style is None
    assert [sheet.cell(3, column).alignment.horizontal for column in (1, 2)] == ["left", "right"]
    assert {sheet.cell(3, column).alignment.vertical for column in (1, 2)} == {"bottom"}
    assert all(sheet.cell(*place).alignment.wrap_text for place in ((3, 1), (3, 2), (4, 1)))
    assert sheet.cell(4, 1).alignment.vertical == "top"


def test_a_sheet_keeps_its_header_in_view_and_on_every_page_which_is_as_wide_as_the_table() -> None:
    sheet = sheet_of(("Study", "Lee"))
    assert sheet.freeze_panes == "A4"
    assert sheet.print_title_rows == "$3:$3"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.sheet_properties.pageSetUpPr.fitToPage is True
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)


@pytest.mark.parametrize(
    ("words", "text", "width"),
    [
        ("a", "b", 9),  # the narrowest
        ("a", "1234567", 9),
        ("a", "12345678", 10),  # two more than the longest text
        ("a", "x" * 58, 60),
        ("a", "x" * 59, 60),  # the widest
        ("tau squared", "1", 9),  # a head breaks between its words
        ("heterogeneity, %", "1", 16),
    ],
)
def test_a_column_of_a_sheet_has_the_width_of_what_it_holds(words: str, text: str, width: int) -> None:
    sheet = sheet_of(("first", "x" * 20), (words, text))
    assert sheet.column_dimensions["A"].width == 22
    assert sheet.column_dimensions["B"].width == width


def test_a_text_is_cut_at_what_a_cell_of_a_workbook_holds() -> None:
    sheet = sheet_of(("a", "x" * 32_768), ("b", "y" * 32_767))
    assert (len(sheet.cell(4, 1).value), len(sheet.cell(4, 2).value)) == (32_767, 32_767)


def test_passages_are_a_sheet_of_their_own_with_the_references_below() -> None:
    passages = (Passage("Methods", ("One [@welch1951].", "Two.")),)
    made = Manuscript("A review", passages, (), cited_in(passages, known_references()))
    sheet = sheets_of(made)["text"]
    found = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    assert found[:3] == [["Of", "Text"], ["Methods", "One [@welch1951]."], ["Methods", "Two."]]
    assert found[3][0] == "References"
    assert found[3][1].startswith("[@welch1951] Welch BL.")
    assert sheet.cell(1, 1).value == "Methods and results"
    assert sheets_of(made).properties.title == "A review"


@pytest.mark.parametrize("render", [as_xlsx, as_docx])
def test_members_of_a_zip_file_have_the_earliest_date_and_can_be_read(render: Any) -> None:
    with zipfile.ZipFile(io.BytesIO(render(table(("a", "b"))))) as file:
        members = file.infolist()
        core = file.read("docProps/core.xml").decode()
    assert {member.date_time for member in members} == {(1980, 1, 1, 0, 0, 0)}
    assert {member.external_attr for member in members} == {0o644 << 16}
    assert {member.compress_type for member in members} == {zipfile.ZIP_DEFLATED}
    assert core.count("1980-01-01T00:00:00Z") == 2


def test_a_word_page_is_a4_on_its_side_with_margins_of_15_mm() -> None:
    (section,) = document_of(table(("a", "b"))).sections
    sides = (section.left_margin, section.right_margin, section.top_margin, section.bottom_margin)
    assert [round(side.mm, 1) for side in sides] == [15.0] * 4
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (297, 210)
    assert section.orientation == 1


def test_a_word_document_has_its_title_headings_and_references_in_their_styles() -> None:
    passages = (Passage("Methods", ("One [@welch1951].",)),)
    made = Manuscript("A review", passages, (), cited_in(passages, known_references()))
    document = document_of(made)
    found = [(each.style.name, each.text) for each in document.paragraphs]
    assert found[:4] == [
        ("Title", "A review"),
        ("Heading 2", "Methods"),
        ("Normal", "One [1]."),
        ("Heading 2", "References"),
    ]
    assert found[4][1].startswith("1. Welch BL.")
    assert document.styles["Normal"].font.size == Pt(10)
    core = document.core_properties
    assert (core.title, core.author, core.comments) == ("A review", "", "")


@pytest.mark.parametrize(("columns", "size"), [(16, 8), (17, 6)])
def test_more_than_16_columns_are_set_in_smaller_type(columns: int, size: int) -> None:
    document = document_of(table(*[("a", "b")] * columns))
    (grid,) = document.tables
    runs = [cell.paragraphs[0].runs[0] for row in grid.rows for cell in row.cells]
    assert {run.font.size for run in runs} == {Pt(size)}
    assert [run.bold for run in runs] == [True] * columns + [False] * 2 * columns
    notes = [each for each in document.paragraphs if each.text in ("N1", "N2")]
    assert [each.runs[0].font.size for each in notes] == [Pt(8)] * 2
    assert [each.paragraph_format.space_after for each in notes] == [Pt(2)] * 2


def test_a_caption_stays_with_its_word_table_and_numbers_stand_to_the_right() -> None:
    document = document_of(table(("Study", "Lee"), ("Effect", NUMBER)))
    (caption,) = [each for each in document.paragraphs if each.style.name == "Caption"]
    assert caption.text == "Table 1. Made"
    assert caption.paragraph_format.keep_with_next
    assert caption.paragraph_format.space_before == Pt(12)
    (grid,) = document.tables
    assert grid.style.name == "Table Grid"
    assert not grid.autofit, "columns have the widths that they are given"
    for row in grid.rows:
        text, number = (cell.paragraphs[0] for cell in row.cells)
        assert text.alignment is None
        assert number.alignment == WD_ALIGN_PARAGRAPH.RIGHT
        assert text.paragraph_format.space_after == number.paragraph_format.space_after == Pt(0)


def widths(*columns: tuple[str, Cell]) -> list[float]:
    (grid,) = document_of(table(*columns)).tables
    found = [column.width for column in grid.columns]
    assert sum(found) == pytest.approx(Mm(267), abs=635 * len(found))  # widths are whole twips
    return [width.mm for width in found]


def test_columns_of_a_word_table_share_the_page_by_what_they_hold() -> None:
    """A character of bold type takes 1.9 mm and a cell's padding 4.5; of one column the rest is free."""
    assert widths(("a", "b")) == pytest.approx([267.0], abs=0.02)
    assert widths(("a", "b"), ("a", "c")) == pytest.approx([133.5, 133.5], abs=0.02)
    # least: 6.4 and, of the longest word, 14.0; 40 characters of the long text want 80.5
    narrow, wide = widths(("a", "b"), ("a", LONG))
    assert narrow == pytest.approx(6.4, abs=0.02)
    assert wide == pytest.approx(267.0 - 6.4, abs=0.02)


def test_of_a_long_word_a_column_needs_sixteen_characters() -> None:
    """Least 34.9 for a word of 30 characters, which wants 61.5; the text wants 80.5 and needs 12.1."""
    free = 267.0 - 34.9 - 12.1
    first, second = widths(("a", "x" * 30), ("a", LONG))
    assert first == pytest.approx(34.9 + free * 26.6 / (26.6 + 68.4), abs=0.02)
    assert second == pytest.approx(12.1 + free * 68.4 / (26.6 + 68.4), abs=0.02)


def test_two_long_columns_of_a_word_table_get_what_is_missing_in_proportion() -> None:
    # least 12.1, 12.1 and 6.4 (words of 4, 4 and 1); wanted 80.5 (40 characters) and 42.5 (20 characters)
    first, second, third = widths(("a", LONG), ("a", "word " * 4), ("a", "b"))
    free = 267.0 - 12.1 - 12.1 - 6.4
    assert third == pytest.approx(6.4, abs=0.02)
    assert first == pytest.approx(12.1 + free * 68.4 / (68.4 + 30.4), abs=0.02)
    assert second == pytest.approx(12.1 + free * 30.4 / (68.4 + 30.4), abs=0.02)


def test_a_word_of_more_than_16_characters_is_broken() -> None:
    # 30 columns with words of 16 letters need more than the page: all become narrower alike
    assert widths(*[("a", "x" * 16)] * 30) == pytest.approx([8.9] * 30, abs=0.02)
    first, second = widths(("a", "x" * 16), ("a", "x" * 40))
    # both have 34.9 at least; the second wants 80.5
    assert (first, second) == pytest.approx((34.9, 267.0 - 34.9), abs=0.02)


def test_columns_of_latex_stand_to_the_right_to_the_left_or_break_their_lines() -> None:
    def columns(*given: tuple[str, Cell]) -> str:
        line = next(
            line for line in as_latex(table(*given)).decode().splitlines() if "begin{longtable}" in line
        )
        return line.removeprefix(r"\begin{longtable}{").removesuffix("}")

    wide = r">{{\raggedright\arraybackslash}}p{{{}\linewidth}}"
    assert columns(("a", "x" * 26), ("b", NUMBER)) == "lr"
    assert columns(("a", "x" * 27), ("b", NUMBER)) == wide.format("0.80") + "r"
    assert columns(("a", "x" * 27), ("b", "y"), ("c", LONG)) == wide.format("0.40") + "l" + wide.format(
        "0.40"
    )


def test_markdown_marks_columns_of_numbers_and_counts_tables_from_one() -> None:
    text = as_markdown(table(("Study", "Lee"), ("Effect", NUMBER))).decode()
    assert "**Table 1. Made**\n\n| Study | Effect |\n| --- | ---: |\n| Lee | −0.50 |" in text


def test_a_row_with_fewer_cells_than_the_table_has_columns_is_refused() -> None:
    made = PaperTable("made", "Made", (Heading("a", "A"), Heading("b", "B")), (("x", "y"),))
    assert made.by_name(made.rows[0]) == {"a": "x", "b": "y"}
    with pytest.raises(ValueError, match="shorter"):
        made.by_name(("x",))


def test_results_without_decimals_of_their_own_are_refused(tmp_path: Path) -> None:
    reported = pooled_of(tmp_path, 2)
    assert [places for _, places in reported.with_decimals()] == list(reported.decimals)
    with pytest.raises(ValueError, match="shorter"):
        list(replace(reported, decimals=()).with_decimals())


def test_a_long_text_gets_no_room_beyond_its_longest_word_where_the_page_has_none_left() -> None:
    """Least: 29 times 34.9 and 12.1, all made narrower alike."""
    *words, text = widths(*[("a", "x" * 16)] * 29, ("a", LONG))
    scale = 267.0 / (29 * 34.9 + 12.1)
    assert words == pytest.approx([34.9 * scale] * 29, abs=0.02)
    assert text == pytest.approx(12.1 * scale, abs=0.02)
