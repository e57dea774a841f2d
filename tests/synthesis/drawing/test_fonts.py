"""Widths and fallbacks of fonts, against matplotlib's own measurements."""

from multiprocessing import get_context
from xml.etree import ElementTree

import pytest
from matplotlib.textpath import text_to_path

from synthesis.drawing.encoding import encode
from synthesis.drawing.fonts import Face, Fonts, fonts_for, plain, properties
from synthesis.drawing.forest_table import Axis, ForestTable, StudyRow
from synthesis.drawing.press import wrap
from synthesis.drawing.printing import FORMATS
from synthesis.drawing.saving import forest_figure

SAMPLES = (
    "0.0079",
    "(−0.0171 to",
    "García-Márquez 1994",
    "Change in BMD (g/cm²) per 1 g/dL",
    "τ² = 0.31",
    "↻ †",
)
FACES: tuple[Face, ...] = ("regular", "bold", "italic")


def drawn_width(text: str, face: Face) -> float:
    known = properties(face, 10.0, fonts_for([text]).families)
    width, _, _ = text_to_path.get_text_width_height_descent(text, known, ismath=False)
    return float(width)


def test_texts_are_drawn_as_wide_as_they_are_measured() -> None:
    """matplotlib sets the same text as wide as we measure it, or narrower by its kerning."""
    compared = 0
    for text in SAMPLES:
        for face in FACES:
            assert -0.01 < fonts_for([text]).width(text, face, 10.0) - drawn_width(text, face) < 2
            compared += 1
    assert compared == 18


def test_widths_do_not_change_when_a_figure_is_drawn(small: ForestTable) -> None:
    """Fonts are objects that renderers share and resize."""
    before = fonts_for([]).width("0123456789", "regular", 10.0)
    encode(forest_figure(small), "png")
    letters = "ÀÈÌÒÙàèìòù"
    assert fonts_for([]).width("0123456789", "regular", 10.0) == before == pytest.approx(55.615, abs=1e-3)
    assert fonts_for([]).width(letters, "regular", 10.0) == pytest.approx(
        drawn_width(letters, "regular"), abs=0.5
    )


def test_digits_share_one_width() -> None:
    fonts = fonts_for([])
    for face in FACES:
        assert len({fonts.width(digit, face, 8.0) for digit in "0123456789"}) == 1


def test_a_character_of_no_font_is_named_and_a_common_one_is_not() -> None:
    assert fonts_for(["plain", "↻ † ² − τ × ⁻⁵", "\u200f"]).missing == ""
    assert fonts_for(["\U0010fffd", "a"]).missing == "\U0010fffd"


def test_a_character_of_no_font_has_room_for_a_box_as_wide_as_high_and_a_mark_of_direction_none() -> None:
    fonts = Fonts()
    alone = fonts.width("a", "regular", 10.0)
    assert fonts.width("a\U0010fffd", "regular", 10.0) == pytest.approx(alone + 10.0)
    assert fonts.width("a\u2067", "regular", 10.0) == pytest.approx(alone)


def test_a_face_without_a_letter_gives_way_to_the_regular_one() -> None:
    fonts = fonts_for(["محمد"])
    assert fonts.face_for("محمد", "italic") == "regular"
    assert fonts.face_for("not significant", "italic") == "italic"


def test_text_becomes_one_line_without_forbidden_characters() -> None:
    assert plain(" a\tb\n c\x00\ud800\uffff ") == "a b c"
    assert plain("[95% CI] or 12 % of 3 kg") == "[95%\u00a0CI] or 12\u00a0% of 3 kg"
    assert plain("t(2) = −0.9, p < 0.0001") == "t(2)\u00a0=\u00a0−0.9, p\u00a0<\u00a00.0001"
    assert plain("per 1 g/dL of") == "per 1\u00a0g/dL of"


@pytest.mark.parametrize(
    ("text", "limit", "lines"),
    [
        ("one two three", 7, ("one two", "three")),
        ("one two three", 99, ("one two three",)),
        ("", 5, ("",)),
        ("abcdefghij kl", 4, ("abcd", "efgh", "ij", "kl")),
        ("ab cdefghij", 5, ("ab", "cdefg", "hij")),
        ("Hartung-Knapp", 8, ("Hartung-", "Knapp")),
        ("2005-2018 x", 8, ("2005-201", "8 x")),
        ("日本骨粗鬆症学会", 3, ("日本骨", "粗鬆症", "学会")),
    ],
)
def test_lines_are_broken_between_words(text: str, limit: int, lines: tuple[str, ...]) -> None:
    assert wrap(text, limit, len) == lines


NO_TEXT = (
    "\x00\x07\x1b\x7f\x85\x9b\ufeff\u200b\u200e\u202e\u2066\u2069\u2060\u061c\ufff9\ufffe\uffff\ud800\udcff"
)


def test_what_is_no_text_is_never_drawn_and_what_is_text_stays() -> None:
    assert plain(f"Lee{NO_TEXT} 2019") == "Lee 2019"
    kept = "Müller, 李, نص, क\N{ZERO WIDTH JOINER}ष, soft\N{SOFT HYPHEN}ly, 👍"
    assert plain(kept) == kept


@pytest.mark.long
@pytest.mark.parametrize("name", FORMATS)
def test_no_character_breaks_a_file(name: str) -> None:
    odd = f"a{NO_TEXT}\u2028\u00ad\u200d\u0600\ufffc\U000e0041\U0010ffff\U0001fffe\u0378b"
    row = StudyRow(odd, 1.0, 0.5, 1.5, 100.0, mark=odd)
    table = ForestTable(odd, odd, Axis(odd, left=odd, right=odd), (row,), subtitle=odd, footnotes=(odd,))
    data = encode(forest_figure(table), name)
    if name == "svg":
        text = data.decode("utf-8")
        ElementTree.fromstring(text)
        assert not {"\ufeff", "\u202e", "\u2066"} & set(text)
    assert len(data) > 1000


CHARACTERS = [chr(code) for code in range(33, 700) if chr(code).isprintable()]


def measured(_: int) -> list[float]:
    return [Fonts().width(character, face, 10.0) for face in FACES for character in CHARACTERS]


def test_workers_forked_with_open_fonts_measure_as_their_parent_does() -> None:
    """A font is read from its file as it goes: two processes must not move one place in one file."""
    for face in FACES:
        Fonts().width("x", face, 10.0)
    with get_context("fork").Pool(4) as workers:
        theirs = workers.map(measured, range(8), chunksize=2)
    assert len(theirs[0]) > 1800
    assert theirs == [measured(0)] * 8
