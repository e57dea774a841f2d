"""Setting type: text of a known font and size is broken into lines, and lines are placed."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from synthesis.drawing.fonts import Face, Fonts, plain
from synthesis.drawing.shapes import PlacedText
from synthesis.drawing.style import INK, PAGE_WIDTH, Sizes

# Breaking text into lines no wider than a column.


ROUNDING = 1e-6  # points: a column as wide as its longest text holds it, whatever was added and taken away


def wrap(text: str, limit: float, width_of: Callable[[str], float]) -> tuple[str, ...]:
    """The text as lines of at most ``limit`` points, broken between words; a longer word is cut."""
    limit += ROUNDING
    if width_of(text) <= limit:
        return (text,)
    lines: list[str] = []
    line = ""
    for word in _words(text):
        for piece in _pieces(word, limit, width_of):
            if line and width_of((line + piece).rstrip(" ")) > limit:
                lines.append(line.rstrip(" "))
                line = ""
            line += piece
    return (*lines, line.rstrip(" "))


def _words(text: str) -> Iterator[str]:
    """Words with the space behind them; scripts written without spaces may break at every character."""
    word = ""
    for character in text:
        if word and _may_part(word, character):
            yield word
            word = ""
        word += character
    yield word


def _may_part(word: str, following: str) -> bool:
    """Whether a line may end here: behind a space, behind a hyphen between letters, before an ideograph."""
    if word[-1] == " ":
        return following != " "
    if word[-1] == "-":
        return len(word) > 2 and word[-2].isalpha() and following.isalpha()
    return unicodedata.east_asian_width(following) in "WF" and unicodedata.category(following) == "Lo"


def _pieces(word: str, limit: float, width_of: Callable[[str], float]) -> Iterator[str]:
    if width_of(word.rstrip(" ")) <= limit:
        yield word
        return
    piece = ""
    for character in word:
        if piece and width_of(piece + character) > limit:
            yield piece
            piece = ""
        piece += character
    yield piece


CAPITAL_HEIGHT = 0.69  # of Liberation Sans, whose digits are as high


@dataclass(frozen=True)
class Press:
    """The fonts and sizes of one figure, and the width in points of its page."""

    fonts: Fonts
    sizes: Sizes
    page: float = PAGE_WIDTH

    def width(self, text: str, face: Face, size: float | None = None) -> float:
        """Width in points, in the body size unless another is given."""
        return self.fonts.width(text, face, size or self.sizes.body)

    def wrap(self, text: str, limit: float, face: Face, size: float | None = None) -> tuple[str, ...]:
        """The text in lines no wider than ``limit`` points."""
        return wrap(text, limit, lambda part: self.width(part, face, size))

    def text(
        self,
        text: str,
        x: float,
        baseline: float,
        face: Face,
        size: float | None = None,
        colour: str = INK,
        row: int | None = None,
    ) -> PlacedText:
        """One line with its start at x."""
        size = size or self.sizes.body
        return PlacedText(text, x, baseline, self.width(text, face, size), face, size, colour, row)

    def stack(
        self,
        lines: tuple[str, ...],
        x: float,
        middle: float,
        face: Face,
        size: float | None = None,
        colour: str = INK,
        row: int | None = None,
    ) -> list[PlacedText]:
        """Lines below each other, as a whole centred on the height ``middle``."""
        size = size or self.sizes.body
        first = middle + CAPITAL_HEIGHT * size / 2 - (len(lines) - 1) * 1.25 * size / 2
        return [
            self.text(line, x, first + index * 1.25 * size, face, size, colour, row)
            for index, line in enumerate(lines)
        ]

    def centred(self, lines: tuple[str, ...], centre: float, top: float) -> list[PlacedText]:
        """Lines of body text from ``top`` downwards, each centred on the place ``centre``."""
        size = self.sizes.body
        return [
            self.text(
                line,
                centre - self.width(line, "regular") / 2,
                top + (1 + 1.25 * index) * size,
                "regular",
            )
            for index, line in enumerate(lines)
        ]

    def block(
        self,
        text: str,
        x: float,
        top: float,
        limit: float,
        face: Face,
        size: float,
        colour: str,
        row: int | None = None,
    ) -> tuple[list[PlacedText], float]:
        """A paragraph from ``top`` downwards, and the height at which it ends."""
        text = plain(text)
        face = self.fonts.face_for(text, face)
        lines = self.wrap(text, limit, face, size)
        placed = [
            self.text(line, x, top + (1 + 1.25 * index) * size, face, size, colour, row)
            for index, line in enumerate(lines)
        ]
        return placed, top + 1.25 * size * len(lines) + 0.1 * size


_MOST_LETTERS = 400
"""More than a line of the widest page holds: a name of ten thousand letters is not tried letter by letter."""


def shortened(text: str, limit: float, width_of: Callable[[str], float]) -> str:
    """The text, or its beginning and end about an ellipsis where it is wider than `limit`.

    Names of studies end in what tells them apart, a year or a site, which is kept whole where it leaves room
    for two letters of the beginning.
    """
    if width_of(text) <= limit:
        return text
    last = text.rpartition(" ")[2]
    for kept in range(min(len(text), _MOST_LETTERS) - 1, 1, -1):
        end = kept // 2
        short = f"{text[: kept - end].rstrip()}…{text[-end:].lstrip()}"
        if len(last) <= kept - 3:
            short = f"{text[: kept - len(last) - 1].rstrip(' ,')}… {last}"
        if width_of(short) <= limit:
            return short
    return "…"
