"""Every sign of a text as pdfLaTeX sets it: what is a command, what is mathematics, what has an accent."""

from __future__ import annotations

import unicodedata
from functools import cache

from synthesis.paper.formats.cleaning import legal_in_xml

_SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "[": "{[}",  # an optional argument behind a line's end
    "]": "{]}",
    "−": r"\ensuremath{-}",
    "×": r"\ensuremath{\times}",
    "≤": r"\ensuremath{\le}",
    "≥": r"\ensuremath{\ge}",
    "≈": r"\ensuremath{\approx}",
    "∞": r"\ensuremath{\infty}",
    "≠": r"\ensuremath{\ne}",
    "∼": r"\ensuremath{\sim}",
    "′": r"\ensuremath{'}",
    "″": r"\ensuremath{''}",
    "∆": r"\ensuremath{\Delta}",
    "√": r"\ensuremath{\surd}",
    "⁄": "/",
    "‐": "-",
    "‑": "-",
    "–": "--",
    "—": "---",
    "\N{NO-BREAK SPACE}": "~",
    "⁻": r"\textsuperscript{\ensuremath{-}}",
    **{sign: rf"\textsuperscript{{{number}}}" for number, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
}

_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u ",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r ",
    "\u030c": "v ",
    "\u0323": "d ",
}
"""Combining accents, by the commands of LaTeX."""

_KNOWN_TO_PDFLATEX = 0x17F  # the last letter of Latin Extended-A
_PUNCTUATION = frozenset("‘’“”‚„…•‰€™†‡")
_LIKE_LATIN = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΧο", "ABEZHIKMNOPTXo")
"""Greek letters that have no command."""


def escaped(text: str) -> str:
    """Text in one line that LaTeX sets as it is; blanks at its ends stay, letters keep their accents."""
    kept = "".join(" " if sign.isspace() and sign != "\N{NO-BREAK SPACE}" else sign for sign in text)
    return "".join(map(_set, unicodedata.normalize("NFC", legal_in_xml(kept))))


def is_beyond_pdflatex(sign: str) -> bool:
    """Whether a sign of an escaped text needs another engine and a font of its script."""
    return ord(sign) > _KNOWN_TO_PDFLATEX and sign not in _PUNCTUATION


@cache
def _set(sign: str) -> str:
    if sign.isascii() or sign in _SIGNS or not is_beyond_pdflatex(sign):
        return _SIGNS.get(sign, sign)
    return _greek(sign) or _accented(sign) or sign


def _greek(sign: str) -> str:
    """A Greek letter by its name: `GREEK SMALL LETTER BETA` is `\\beta`; empty for other signs."""
    like = sign.translate(_LIKE_LATIN)
    if like != sign:
        return like
    name = unicodedata.name(sign, "").replace("LAMDA", "LAMBDA").replace("FINAL SIGMA", "VARSIGMA")
    script, _, letter = name.partition(" LETTER ")
    if script not in ("GREEK SMALL", "GREEK CAPITAL") or not letter.isalpha():
        return ""
    return rf"\ensuremath{{\{letter.lower() if script == 'GREEK SMALL' else letter.capitalize()}}}"


def _accented(sign: str) -> str:
    """A letter with one or more accents, as of Vietnamese; empty where LaTeX has no command for one."""
    letter, *accents = list(unicodedata.normalize("NFD", sign))
    if not accents or not letter.isascii() or not all(accent in _ACCENTS for accent in accents):
        return ""
    for accent in accents:
        letter = rf"\{_ACCENTS[accent]}{{{letter}}}"
    return letter
