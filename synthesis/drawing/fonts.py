"""Text and the fonts that can draw it: widths, faces, and fallbacks for what the shipped font lacks.

The base is Liberation Sans, which stands beside this module: it has the widths of Arial and Helvetica, which
journals ask for, and figures look the same on every machine. Characters it lacks are looked up in DejaVu
Sans, which comes with matplotlib, and then in the fonts that happen to be installed.
"""

import logging
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.ft2font import FT2Font, LoadFlags

Face: TypeAlias = Literal["regular", "bold", "italic"]

BASE = "Liberation Sans"
SECOND_FONT = "DejaVu Sans"
TYPEFACE = Path(__file__).with_name("typeface")
PREFERRED = (
    SECOND_FONT,
    "Noto Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Source Han Sans SC",
    "PingFang SC",
    "Hiragino Sans",
    "Microsoft YaHei",
    "Yu Gothic",
    "Malgun Gothic",
    "WenQuanYi Micro Hei",
    "Arial Unicode MS",
    "Segoe UI",
    "Tahoma",
)
_TOGETHER = re.compile(r"(\d(?= %)|\d%(?= CI)|per \d\S*(?= \S)|[\w)](?= [=<] [\d−])|[=<](?= [\d−])) ")
_UNITS_PER_EM = 1000
_INVISIBLE = {"Cf", "Mn", "Me", "Zs"}


_NEVER_DRAWN = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"  # no document may hold them
    "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"  # they turn or hide what follows
)


def plain(text: str) -> str:
    """The text on one line, without characters that are no text; non-breaking spaces are kept.

    Spaces in "95 %", "95% CI", "p = 0.03" and "per 1 g/dL" are made non-breaking.
    """
    line = re.sub(r"[ \t\n\r\u2028\u2029]+", " ", text).strip(" ")
    return _TOGETHER.sub("\\1\N{NO-BREAK SPACE}", _NEVER_DRAWN.sub("", line))


@dataclass(frozen=True)
class Fonts:
    """The base font and the installed families that fill its gaps.

    ``missing`` holds the characters that no installed font can draw.
    """

    fallbacks: tuple[str, ...] = ()
    missing: str = ""

    @property
    def families(self) -> tuple[str, ...]:
        """Families in order of use."""
        return (BASE, *self.fallbacks)

    def width(self, text: str, face: Face, size: float) -> float:
        """The advance width of the text in points; shaping can only make it narrower."""
        return sum(self._advance(character, face) for character in text) * size

    def face_for(self, text: str, wanted: Face) -> Face:
        """The wanted face, or the regular one where only that has all the characters."""
        lacking = [c for c in text if not self._have(wanted, c)]
        return "regular" if any(self._have("regular", c) for c in lacking) else wanted

    def _have(self, face: Face, character: str) -> bool:
        return any(_draws(family, face, character) for family in self.families)

    def _advance(self, character: str, face: Face) -> float:
        for family in self.families:
            if _draws(family, face, character):
                return _advance(family, face, character)
        return 0.0 if unicodedata.category(character) in _INVISIBLE else 1.0


def fonts_for(texts: Iterable[str]) -> Fonts:
    """The base font with as few installed families beside it as draw all the characters."""
    needed = {c for c in set().union(*texts) if not _draws(BASE, "regular", c)}
    needed = {c for c in needed if unicodedata.category(c) not in _INVISIBLE}
    chosen: list[str] = []
    with quiet_font_search():
        for family in _candidates() if needed else ():
            drawn = {c for c in needed if _draws(family, "regular", c)}
            if drawn:
                chosen.append(family)
                needed -= drawn
            if not needed:
                break
    return Fonts(tuple(chosen), "".join(sorted(needed)))


@contextmanager
def quiet_font_search() -> Iterator[None]:
    """Keep matplotlib from reporting each weight that a fallback font comes without."""
    log = logging.getLogger("matplotlib.font_manager")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


@cache
def make_known() -> None:
    """Tell matplotlib of the shipped faces, once; they come before an installed font of the same name."""
    others = [entry for entry in fontManager.ttflist if entry.name != BASE]
    fontManager.ttflist.clear()
    for face in sorted(TYPEFACE.glob("*.ttf")):
        fontManager.addfont(face)
    fontManager.ttflist.extend(others)


def properties(face: Face, size: float, families: tuple[str, ...] = (BASE,)) -> FontProperties:
    """matplotlib's name for a face at a size in points."""
    make_known()
    return FontProperties(
        family=families,
        style="italic" if face == "italic" else "normal",
        weight="bold" if face == "bold" else "normal",
        size=size,
    )


def _candidates() -> Iterator[str]:
    """Installed families, the well-known ones first, then the sans-serif ones, then the rest."""
    make_known()
    installed = {entry.name for entry in fontManager.ttflist} - {BASE}
    yield from (name for name in PREFERRED if name in installed)
    # The "Last Resort" font claims every character and draws boxes.
    others = {
        name for name in installed if name not in PREFERRED and "LastResort" not in name.replace(" ", "")
    }
    yield from sorted(others, key=lambda name: ("Sans" not in name, "Mono" in name, name))


def _font(family: str, face: Face) -> FT2Font:
    """The font as matplotlib holds it, never kept here: it reads its file as it goes.

    A worker forked with an open font would move the same place in the file as its parent; matplotlib opens it
    anew in each process.
    """
    with quiet_font_search():
        return get_font(findfont(properties(face, 10.0, (family,))))


@cache
def _draws(family: str, face: Face, character: str) -> bool:
    return bool(_font(family, face).get_char_index(ord(character)))


@cache
def _advance(family: str, face: Face, character: str) -> float:
    """Width in ems."""
    font = _font(family, face)
    # matplotlib's renderers share this object, and leave it at the size they drew last.
    font.set_size(_UNITS_PER_EM, 72)
    glyph = font.load_char(ord(character), flags=LoadFlags.NO_HINTING)
    return float(glyph.linearHoriAdvance) / 65536 / _UNITS_PER_EM
