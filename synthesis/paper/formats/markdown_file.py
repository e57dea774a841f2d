"""Markdown with pipe tables, and citations that Pandoc resolves from the BibTeX file beside it."""

from __future__ import annotations

import re

from synthesis.paper.formats.cleaning import legal_in_xml
from synthesis.paper.manuscript import Manuscript, with_citations
from synthesis.paper.paper_table import PaperTable, for_pages, shown

_SPECIAL = re.compile(r"([\\`*_{}<>|~#$^@]|\](?=[(\[:{])|&(?=#?\w+;))")
"""Brackets and ampersands stay as they are, but for those that make a link, a citation or an entity."""


_BLANKS = re.compile(r"\s+")


def as_markdown(manuscript: Manuscript) -> bytes:
    """The passages, then the tables with their captions and notes."""
    lines = [f"# {escaped(manuscript.title)}", ""]
    for passage in manuscript.passages:
        lines += [f"## {escaped(passage.heading)}", ""]
        for text in passage.paragraphs:
            lines += [with_citations(text, escaped, _cited), ""]
    for number, table in enumerate(map(for_pages, manuscript.tables), start=1):
        lines += [*_table(table, number), ""]
    if manuscript.references:
        lines += ["## References", ""]
        lines += [f"- \\@{each.key}: {escaped(each.in_words())}" for each in manuscript.references]
    return legal_in_xml("\n".join(lines).rstrip() + "\n").encode()


def escaped(text: str) -> str:
    """Text in one line that Markdown shows as it is; blanks at its ends stay."""
    return _SPECIAL.sub(r"\\\1", _BLANKS.sub(" ", text))


def _cited(keys: list[str]) -> str:
    return f"[{'; '.join(f'@{key}' for key in keys)}]"


def _table(table: PaperTable, number: int) -> list[str]:
    lines = [f"**Table {number}. {escaped(table.title)}**", ""]
    if table.rows:
        columns = range(len(table.headings))
        lines.append(_line([escaped(heading.words) for heading in table.headings]))
        lines.append(_line(["---:" if table.is_numeric(column) else "---" for column in columns]))
        lines += [_line([escaped(shown(cell)) for cell in row]) for row in table.rows]
        lines.append("")
    for note in table.notes:
        lines += [escaped(note), ""]
    return lines


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
