"""The tables of every format, read back as texts."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

from lxml import html
from openpyxl import load_workbook

from synthesis.paper.formats.latex_file import as_latex
from synthesis.paper.formats.markdown_file import as_markdown
from synthesis.paper.formats.spreadsheet import as_xlsx
from synthesis.paper.formats.web_page import as_html
from synthesis.paper.formats.word_file import as_docx
from synthesis.paper.manuscript import Manuscript

Rows = list[list[str]]

_LATEX = {
    r"\ensuremath{-}": "−",
    r"\ensuremath{\times}": "×",
    r"\ensuremath{\infty}": "∞",
    r"\textless{}": "<",
    r"\textgreater{}": ">",
    r"\ensuremath{\tau}": "τ",
    r"\%": "%",
    r"\_": "_",
    "{[}": "[",
    "{]}": "]",
}
_POWERS = str.maketrans("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def rows_of_markdown(manuscript: Manuscript) -> list[Rows]:
    found: list[Rows] = []
    for block in as_markdown(manuscript).decode().split("\n\n"):
        if block.startswith("|"):
            lines = [re.split(r"(?<!\\)\|", line)[1:-1] for line in block.splitlines()]
            found.append([[re.sub(r"\\(.)", r"\1", cell).strip() for cell in line] for line in lines[2:]])
    return found


def rows_of_html(manuscript: Manuscript) -> list[Rows]:
    page: Any = html.fromstring(as_html(manuscript))
    return [
        [[cell.text_content() for cell in row] for row in table.xpath("./tbody/tr")]
        for table in page.xpath("//table")
    ]


def rows_of_docx(manuscript: Manuscript) -> list[Rows]:
    from docx import Document

    document = Document(io.BytesIO(as_docx(manuscript)))
    return [[[cell.text for cell in row.cells] for row in table.rows[1:]] for table in document.tables]


def rows_of_latex(manuscript: Manuscript) -> list[Rows]:
    found = []
    for body in re.findall(r"\\endlastfoot\n(.*?)\\end\{longtable\}", as_latex(manuscript).decode(), re.S):
        lines = [line.removesuffix(r" \\") for line in body.splitlines()]
        found.append([[_plain(cell) for cell in re.split(r" (?<!\\)& ", line)] for line in lines])
    return found


def _plain(cell: str) -> str:
    for coded, sign in _LATEX.items():
        cell = cell.replace(coded, sign)
    return re.sub(r"\\textsuperscript\{(.)\}", lambda m: m[1].translate(_POWERS), cell)


def in_columns(names: list[str], row: list[str]) -> dict[str, str]:
    """The texts of a page's row by the columns of the table: a number and its interval come apart again."""
    found = {}
    for name, text in zip(names, row, strict=True):
        number, bracket, interval = text.partition("[")
        stem = {"estimate": "ci"}.get(name, name.removesuffix("_low"))
        if bracket and name in ("estimate", "tau2", "wald_low", "prediction_low", "bayes_low"):
            found[f"{stem}_low"], found[f"{stem}_high"] = interval.rstrip("]").split(", ")
            text = number.strip() or found[f"{stem}_low"]
        found[name] = text
    return found


def sheets_of(manuscript: Manuscript) -> Any:
    """The workbook of a manuscript."""
    return load_workbook(io.BytesIO(as_xlsx(manuscript)))


READERS: dict[str, Callable[[Manuscript], list[Rows]]] = {
    "md": rows_of_markdown,
    "html": rows_of_html,
    "docx": rows_of_docx,
    "tex": rows_of_latex,
}
