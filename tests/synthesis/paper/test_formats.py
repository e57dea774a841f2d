"""Hard texts in every format: what looks like a formula, markup, or a character that no file can hold."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from typing import Any

import pytest
from lxml import html

from synthesis.paper.formats.cleaning import REPLACEMENT, legal_in_xml, looks_like_formula
from synthesis.paper.formats.latex_file import as_latex
from synthesis.paper.formats.latex_signs import escaped
from synthesis.paper.formats.markdown_file import as_markdown
from synthesis.paper.formats.plain_data import rows_as_csv, table_rows
from synthesis.paper.formats.web_page import as_html
from synthesis.paper.formats.word_file import as_docx
from synthesis.paper.manuscript import Manuscript, Passage, cited_in
from synthesis.paper.paper_table import Heading, PaperTable
from synthesis.paper.references import known_references
from synthesis.paper.rounded import Rounded
from tests.synthesis.paper.reading_back import READERS, sheets_of

FORMULAS = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1")
TEXTS = (
    "<script>alert(1)</script>",
    "a & b | c_d * 50% $x$ #1 {y} ~ ^",
    "日本語 Müller – 90%",
    "[1](x) [@key]",
)


def holding(*texts: str) -> Manuscript:
    rows = tuple((text, Rounded(-0.5, "−0.50", "0.00")) for text in texts)
    table = PaperTable(
        "made", "Title <b> & 100%", (Heading("a", "Text"), Heading("b", "Number")), rows, ("N_1",)
    )
    return Manuscript("A review", (), (table,), ())


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_stays_text_in_workbooks(text: str) -> None:
    cell = sheets_of(holding(text))["made"].cell(4, 1)
    assert cell.data_type == "s"
    assert cell.value.strip() == text.strip()
    assert cell.quotePrefix


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_stays_text_in_csv_and_a_number_a_number(text: str) -> None:
    (row,) = csv.DictReader(io.StringIO(rows_as_csv(*table_rows(holding(text).tables[0])), newline=""))
    assert row == {"a": f"'{text}".replace("\r", "\n"), "b": "-0.5"}


def test_other_texts_have_no_apostrophe() -> None:
    assert not any(map(looks_like_formula, (*TEXTS, "", "1=1", "a-b", " =1")))
    assert rows_as_csv(["a"], [{"a": "x=1"}, {"a": -1.5}, {"a": None}]) == 'a\nx=1\n-1.5\n""\n'


@pytest.mark.parametrize("suffix", ["md", "html", "docx"])
def test_texts_come_back_as_they_went_in(suffix: str) -> None:
    (rows,) = READERS[suffix](holding(*TEXTS))
    assert [row[0] for row in rows] == list(TEXTS)
    assert [row[1] for row in rows] == ["−0.50"] * len(TEXTS)


def test_a_page_has_no_markup_of_a_record_and_tables_have_captions_and_scopes() -> None:
    page = as_html(holding(*TEXTS)).decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    tree: Any = html.fromstring(page)
    assert tree.xpath("//caption")[0].text_content() == "Table 1. Title <b> & 100%"
    assert [head.get("scope") for head in tree.xpath("//thead//th")] == ["col", "col"]
    assert {head.get("scope") for head in tree.xpath("//tbody//th")} == {"row"}
    assert tree.xpath("//figcaption")[0].text_content() == "N_1"


def test_latex_has_booktabs_and_no_bare_sign_of_its_own() -> None:
    text = as_latex(holding(*TEXTS)).decode()
    assert [text.count(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")] == [2, 2, 1]
    for sign in "&%$#_{}~^\\<>|":
        assert escaped(f"a{sign}b") != f"a{sign}b"
    assert escaped("−0.5×10⁻⁷") == (
        r"\ensuremath{-}0.5\ensuremath{\times}10\textsuperscript{\ensuremath{-}}\textsuperscript{7}"
    )
    body = text.partition(r"\endlastfoot")[2].partition(r"\end{longtable}")[0]
    assert all(len(re.findall(r"(?<!\\)&", line)) == 1 for line in body.splitlines() if line.endswith(r"\\"))


@pytest.mark.parametrize(
    ("text", "set_as"),
    [
        ("βς", r"\ensuremath{\beta}\ensuremath{\varsigma}"),
        ("λΔ", r"\ensuremath{\lambda}\ensuremath{\Delta}"),
        ("Αο", "Ao"),  # Greek letters without a command of their own
        ("e\u0301", "é"),  # one letter with its accent
        ("Nguyễn", r"Nguy\~{\^{e}}n"),
        ("Ạ", r"\d {A}"),
        ("ž≥2", r"ž\ensuremath{\ge}2"),
        ("a\u2010b\u2011c", "a-b-c"),
        ("a\tb\nc", "a b c"),
        ("a\u00a0b", "a~b"),
        ("ǅ李", "ǅ李"),  # what has no command stays
        ("ῆ", "ῆ"),
    ],
)
def test_letters_that_pdflatex_does_not_know_become_commands(text: str, set_as: str) -> None:
    assert escaped(text) == set_as


def test_latex_says_so_where_it_has_letters_of_other_scripts() -> None:
    says = "use XeLaTeX or LuaLaTeX with a font that has them"
    assert as_latex(holding("李")).decode().startswith("% It has letters that pdfLaTeX does not set")
    assert says in as_latex(holding("Nguyễn", "ǆ")).decode()
    assert says not in as_latex(holding("Nguyễn", "β ≥ ž – ‘x’ …")).decode()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a & b", "a & b"),
        ("&amp; &#35; AT&T;", r"\&amp; \&\#35; AT\&T;"),
        ("[1] [a](b) [c]{d}", r"[1] [a\](b) [c\]\{d\}"),
    ],
)
def test_markdown_has_no_entity_or_link_that_a_text_did_not_mean(text: str, written: str) -> None:
    assert f"| {written} |" in as_markdown(holding(text)).decode()


def test_characters_that_xml_cannot_hold_are_marked() -> None:
    assert legal_in_xml("a\x07b\ud800c\ufffe\x0b\td") == f"a{REPLACEMENT}b{REPLACEMENT}c{REPLACEMENT * 2}\td"
    made = holding("bell \x07 and \x00")
    assert sheets_of(made)["made"].cell(4, 1).value == f"bell {REPLACEMENT} and {REPLACEMENT}"
    for suffix in ("docx", "html"):
        (rows,) = READERS[suffix](made)
        assert rows[0][0] == f"bell {REPLACEMENT} and {REPLACEMENT}"
    for render in (as_markdown, as_latex):
        assert REPLACEMENT in render(made).decode()


def test_a_word_table_repeats_its_header_and_breaks_no_row() -> None:
    with zipfile.ZipFile(io.BytesIO(as_docx(holding("a", "b")))) as file:
        document = file.read("word/document.xml").decode()
    assert document.count("<w:tblHeader/>") == 1
    assert document.count("<w:cantSplit/>") == 2
    assert "Table 1. Title" in document


def test_citations_have_the_form_of_each_format() -> None:
    passages = (Passage("P", ("One [@welch1951; @fisher2017] & two [@welch1951].",)),)
    made = Manuscript("A review", passages, (), cited_in(passages, known_references()))
    assert [each.key for each in made.references] == ["welch1951", "fisher2017"]
    assert "One [@welch1951; @fisher2017] & two [@welch1951]." in as_markdown(made).decode()
    assert r"One \cite{welch1951,fisher2017} \& two \cite{welch1951}." in as_latex(made).decode()
    tree: Any = html.fromstring(as_html(made))
    page = tree.text_content()
    assert "One [1, 2] & two [1]." in page
    assert "Welch BL. On the comparison of several mean values" in page


def test_a_table_without_rows_says_so_in_every_format() -> None:
    table = PaperTable("made", "Risk of bias", (Heading("a", "A"),), (), ("No judgement is recorded.",))
    made = Manuscript("A review", (), (table,), ())
    for render in (as_markdown, as_latex, as_html):
        assert "No judgement is recorded." in render(made).decode()
    assert READERS["docx"](made) == []
    assert sheets_of(made)["made"].cell(5, 1).value == "No judgement is recorded."
