"""A citation as it is shown: wrapped, lit, and nothing in it commands the terminal."""

from __future__ import annotations

import pytest

from evidence.literature.screening.question_words import TermFinder
from synthesis.commands.screening_card import TERM, card, place
from tests.evidence.literature.exports import cited

NONE = TermFinder([])


@pytest.mark.parametrize("width", [60, 80, 97, 100, 200])
def test_lines_are_as_wide_as_the_terminal_and_never_wider_than_can_be_read(width: int) -> None:
    work = cited("Bone " * 40, abstract="hemoglobin and bones in women of Göttingen " * 30)
    lines = [line.plain for line in card(work, NONE, width)]
    widest = max(map(len, lines))
    assert min(width, 100) - 12 <= widest <= min(width, 100)
    words = " ".join(lines).split()
    assert (words.count("Bone"), words.count("Göttingen")) == (41, 30)  # one is of the journal
    assert lines == [line.rstrip() for line in lines]


def test_title_authors_place_and_abstract_stand_in_their_order() -> None:
    work = cited(
        "Iron", authors=("A", "B", "C", "D", "E", "F", "G"), doi="10.1/a", pmid="5", abstract="",
        other_titles=("Eisen", "IRON."),
    )  # fmt: skip
    assert [line.plain for line in card(work, NONE, 300)] == [
        "Iron",
        "Eisen",
        "A, B, C, D, E, F et al.",
        "Journal of Bone and Mineral Research. 2012;27(3):123-130. journal article. doi:10.1/a pmid:5",
        "",
        "(no abstract)",
    ]
    bare = cited("", authors=(), kind="", year=None, journal="", volume="", issue="", pages="9", doi="10.1/a")
    assert [line.plain for line in card(bare, NONE, 80)][:2] == ["(no title)", ":9. doi:10.1/a"]
    assert place(cited(year=None, issue="", pages="", kind="")) == "Journal of Bone and Mineral Research. 27"


def test_many_other_titles_are_cut() -> None:
    work = cited("Iron", other_titles=("Eisen", "Fer", "Hierro", "Ferro"))
    assert [line.plain for line in card(work, NONE, 80)][:3] == ["Iron", "Eisen", "Fer"]
    assert "Hierro" not in "".join(line.plain for line in card(work, NONE, 80))


def test_words_of_the_question_are_lit_in_title_and_abstract_not_in_the_place() -> None:
    work = cited("Bones of men", journal="Bone", abstract="A bone.")
    lit = [
        line.plain[span.start : span.end]
        for line in card(work, TermFinder(["bone"]), 80)
        for span in line.spans
        if span.style == TERM
    ]
    assert lit == ["Bones", "bone"]


def test_escapes_markup_and_turned_text_are_shown_as_they_are() -> None:
    work = cited(
        "\x1b[2J\x1b]0;owned\x07 [bold red]x[/] :smile: \u202egnp.exe",
        abstract="[link=http://x]a[/link]\r\nb\x9b1m",
    )
    text = "\n".join(line.plain for line in card(work, TermFinder(["red"]), 200))
    assert r"\x1b[2J\x1b]0;owned\x07 [bold red]x[/] :smile: \u202egnp.exe" in text
    assert r"[link=http://x]a[/link]\r\nb\x9b1m" in text
    assert not {"\x1b", "\x07", "\u202e", "\r", "\x9b"} & set(text)
