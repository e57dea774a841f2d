"""A citation as a person reads it while screening, in lines of the terminal's width, terms lit."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from evidence.literature.citation import Citation
from evidence.literature.screening.question_words import TermFinder
from synthesis.terminal import console, visible

WIDEST = 100
"""Columns; longer lines are hard to read."""
TERM = "bold magenta"
MOST_NAMES = 6
MOST_TITLES = 3


def card(work: Citation, terms: TermFinder, width: int) -> list[Text]:
    """Title, authors, place, identifiers and abstract as lines of at most so many columns."""
    lines: list[Text] = []
    for text, style in _parts(work):
        shown = Text(visible(text), style=style)
        for start, end in terms.places(shown.plain) if style != "dim" else ():
            shown.stylize(TERM, start, end)
        wrapped = list(shown.wrap(console, min(width, WIDEST)))
        for line in wrapped:
            line.rstrip()
        lines += wrapped or [Text()]
    return lines


def _parts(work: Citation) -> Iterator[tuple[str, str]]:
    """Pieces of text with their style, '' for an empty line."""
    yield work.title or "(no title)", "bold"
    told = {_letters(work.title)}
    for title in work.other_titles:
        if _letters(title) not in told and len(told) < MOST_TITLES:
            told.add(_letters(title))
            yield title, ""
    if work.authors:
        yield ", ".join(work.authors[:MOST_NAMES]) + (" et al." if len(work.authors) > MOST_NAMES else ""), ""
    yield place(work), "dim"
    yield "", ""
    yield work.abstract or "(no abstract)", ""


def _letters(title: str) -> str:
    return "".join(each for each in title.casefold() if each.isalnum())


def place(work: Citation) -> str:
    """Where a work is printed, and its identifiers: "Bone. 2012;27(3):123-130. doi:10.1000/a"."""
    numbers = (
        work.volume + (f"({work.issue})" if work.issue else "") + (f":{work.pages}" if work.pages else "")
    )
    printed = ";".join(each for each in (str(work.year or ""), numbers) if each)
    names = [f"{kind}:{value}" for kind, value in (("doi", work.doi), ("pmid", work.pmid)) if value]
    return ". ".join(each for each in (work.journal, printed, work.kind, " ".join(names)) if each)
