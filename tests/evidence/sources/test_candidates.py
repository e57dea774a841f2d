"""Candidates themselves: numbers in words, places as a locator says them, quotes of bounded length."""

from __future__ import annotations

from decimal import Decimal

import pytest

from evidence.sources.candidates import PaperPlace, Scan, Shown, quoted
from evidence.sources.matching import Numbers
from evidence.sources.text import PaperText, TextLine
from tests.evidence.sources.candidate_words import read, told

FIRST, SECOND, THIRD = f"A{'a' * 98}.", f"B{'b' * 98}.", f"C{'c' * 96}."


def test_a_line_of_300_characters_is_quoted_whole_and_a_longer_one_by_the_sentence() -> None:
    line = f"{FIRST} {SECOND} {THIRD}"
    assert len(line) == 300
    assert quoted(line, 150) == line
    for at, sentence in ((0, FIRST), (99, FIRST), (102, SECOND), (150, SECOND), (203, f"{THIRD[:-1]}c.")):
        assert quoted(f"{FIRST} {SECOND} {THIRD[:-1]}c.", at) == sentence


def test_a_sentence_ends_at_a_mark_a_blank_and_a_capital_letter() -> None:
    long = "words " * 60
    assert quoted(f"In all (of them.) Men had 0.84 {long}", 22) == f"Men had 0.84 {long}"[:304].strip()
    assert quoted(f"Was it so? Men had 0.84! Women {long}", 15) == "Men had 0.84!"
    assert quoted(f"I.e. men had 0.84. {long}", 10).startswith("I.e. men had 0.84. words")


def test_a_sentence_without_end_is_quoted_300_characters_to_either_side() -> None:
    line = "".join(chr(ord("a") + place // 100) for place in range(2_000))
    assert quoted(line, 1_000) == line[700:1_300]
    assert quoted(line, 299) == line[:599]
    assert quoted(line, 301) == line[1:601]


def test_the_end_of_a_sentence_is_looked_for_600_characters_on() -> None:
    assert [len(quoted(f"{'a' * far}. B{'b' * 500}", 0)) for far in (597, 598)] == [598, 300]


def test_blanks_of_a_quote_are_one_each() -> None:
    assert quoted(" a\t b \n c ", 0) == "a b c"


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (Shown(Decimal("-0.50"), "", False, 0), "-0.50"),
        (Shown(Decimal("0.001"), "<", False, 0), "< 0.001"),
        (Shown(Decimal(12), ">=", True, 0), ">= 12 %"),
        (Shown(Decimal(12), "", True, 0), "12 %"),
    ],
)
def test_a_number_is_said_with_its_relation_and_percent_sign(shown: Shown, words: str) -> None:
    assert str(shown) == words


def test_a_place_is_the_table_or_the_line_then_the_words_of_row_and_column() -> None:
    line = TextLine("Men 0.84", 7, 3)
    assert PaperPlace(line).at == "page 3, line 7"
    assert PaperPlace(line, "table s2").at == "Table S2"
    assert PaperPlace(line, "figure iv", ("Men",), ("OR", "Model 1")).at == "Figure IV, Men, OR, Model 1"


@pytest.mark.parametrize(
    ("number", "is_read"),
    [
        ("0." + "1" * 25, True),
        ("0." + "1" * 26, False),
        ("1e24", True),
        ("1e25", False),
        ("1e-24", True),
        ("1e-25", False),
    ],
)
def test_a_number_of_up_to_25_digits_is_one_that_a_paper_prints(number: str, is_read: bool) -> None:
    assert len(told(f"log OR 0.84 (SE {number})")) == is_read
    assert len(told(f"log OR {number} (SE 0.84)")) == is_read


def test_the_first_number_of_a_candidate_is_where_it_begins() -> None:
    [found] = read("In men 30 (12.5%) of 240")
    assert found.start == 7
    [found] = read("Table 1 Means\n\tMean\tSD\tn\nHip\t1.02\t0.14\t40")
    assert (found.start, list(found.numbers)) == (29, ["mean", "sd", "n"])


def test_the_words_around_a_number_are_so_many_characters_or_as_many_as_there_are() -> None:
    scan = Scan(Numbers(PaperText.of(["abc 0.84 defg 12"])))
    assert [scan.before(0, length) for length in (0, 2, 4, 9)] == ["", "c ", "abc ", "abc "]
    assert [scan.after(0, length) for length in (0, 2, 99)] == ["", " d", " defg 12\n"]
    assert scan.between(0, 1) == " defg "


def test_the_numbers_of_a_part_are_those_that_begin_in_it() -> None:
    scan = Scan(Numbers(PaperText.of(["1 22 333"])))
    assert [list(scan.within(*part)) for part in ((0, 8), (0, 2), (2, 5), (1, 2), (3, 9))] == [
        [0, 1, 2],
        [0],
        [1],
        [],
        [2],
    ]


def test_a_dash_after_a_blank_is_a_sign_unless_it_separates_two_numbers() -> None:
    scan = Scan(Numbers(PaperText.of(["0.5 -1.5, -2"])))
    assert [str(scan.shown(index)) for index in range(3)] == ["0.5", "-1.5", "-2"]
    assert [str(scan.shown(index, as_separator=True)) for index in range(3)] == ["0.5", "1.5", "-2"]
