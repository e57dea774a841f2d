"""Breaking text into lines no wider than a column."""

import unicodedata
from collections.abc import Callable, Iterator


def wrap(text: str, limit: float, width_of: Callable[[str], float]) -> tuple[str, ...]:
    """The text as lines of at most ``limit`` points, broken between words; a longer word is cut."""
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
