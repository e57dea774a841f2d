"""LaTeX to be \\input into a paper: long tables with booktabs' rules, everything escaped."""

from __future__ import annotations

from synthesis.paper.formats.cleaning import legal_in_xml
from synthesis.paper.formats.latex_signs import escaped, is_beyond_pdflatex
from synthesis.paper.manuscript import Manuscript, with_citations
from synthesis.paper.paper_table import PaperTable, for_pages, shown

_HEAD = (
    r"% \input this file. Its tables need \usepackage{booktabs,longtable,array,textcomp}, wide ones"
    "\n"
    r"% \usepackage{pdflscape} and the landscape environment, its citations the BibTeX file beside it."
)
_OTHER_SCRIPTS = (
    "% It has letters that pdfLaTeX does not set: use XeLaTeX or LuaLaTeX with a font that has them."
)
_PARAGRAPH_WIDTH = 26  # characters; longer columns break their lines


def as_latex(manuscript: Manuscript) -> bytes:
    """The passages as subsections, then the tables."""
    lines = [_HEAD, f"% {legal_in_xml(' '.join(manuscript.title.split()))}", ""]
    for passage in manuscript.passages:
        lines += [rf"\subsection*{{{escaped(passage.heading)}}}", ""]
        for text in passage.paragraphs:
            lines += [with_citations(text, escaped, _cited), ""]
    for table in map(for_pages, manuscript.tables):
        lines += [*_table(table), ""]
    text = "\n".join(lines).rstrip() + "\n"
    return (f"{_OTHER_SCRIPTS}\n{text}" if any(map(is_beyond_pdflatex, text)) else text).encode()


def _cited(keys: list[str]) -> str:
    return rf"\cite{{{','.join(keys)}}}"


def _table(table: PaperTable) -> list[str]:
    caption = rf"\caption{{{escaped(table.title)}}}\label{{tab:{table.name}}}\\"
    notes = [rf"\par\noindent{{\footnotesize {escaped(note)}}}" for note in table.notes]
    if not table.rows:
        return [rf"\par\noindent\textbf{{{escaped(table.title)}.}}", *notes]
    head = rf"{' & '.join(_head(heading.words) for heading in table.headings)} \\"
    return [
        r"\begingroup\footnotesize\setlength{\tabcolsep}{3pt}",
        rf"\begin{{longtable}}{{{_columns(table)}}}",
        caption,
        *(r"\toprule", head, r"\midrule", r"\endfirsthead"),
        *(r"\toprule", head, r"\midrule", r"\endhead"),
        r"\bottomrule",
        r"\endlastfoot",
        *(rf"{' & '.join(escaped(shown(cell)) for cell in row)} \\" for row in table.rows),
        r"\end{longtable}",
        r"\endgroup",
        *notes,
    ]


def _head(words: str) -> str:
    return rf"\bfseries {escaped(words)}"


def _columns(table: PaperTable) -> str:
    """Numbers to the right, long texts in columns that share the width of the line."""
    texts = [[shown(row[column]) for row in table.rows] for column in range(len(table.headings))]
    long = [max(map(len, each)) > _PARAGRAPH_WIDTH for each in texts]
    width = 0.8 / max(1, sum(long))
    wide = rf">{{\raggedright\arraybackslash}}p{{{width:.2f}\linewidth}}"
    return "".join(
        "r" if table.is_numeric(column) else wide if long[column] else "l"
        for column in range(len(table.headings))
    )
