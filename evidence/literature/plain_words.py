"""Words of an export as text on one line: no markup, no control characters, no LaTeX."""

from __future__ import annotations

import html
import re
import unicodedata

LONGEST = 100_000
"""Characters of a text that are kept: the longest abstracts have some 20,000."""

# only what is an element of HTML, JATS or MathML: "p < 0.05 and > 3" holds none
_MARKUP = re.compile(
    r"</?(?:jats:|mml:)?(?:i|b|u|p|em|br|hr|sub|sup|inf|strong|span|div|font|a|title|sec|italic|bold|list|ul|ol"
    r"|li|h[1-6]|math|m[a-z]+|scp|sc|small|tt|label|abstract|style)(?:\s[^<>]{0,400})?/?>",
    re.IGNORECASE,
)
_CONTROL = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)


def one_line(text: str) -> str:
    """A text without markup, entities, control characters and doubled blanks."""
    text = text[:LONGEST]
    if "&" in text:
        text = html.unescape(html.unescape(text)) if "&amp;" in text else html.unescape(text)
    if "<" in text:
        text = _MARKUP.sub("", text)
    if not text.isascii() or not text.isprintable():
        text = _CONTROL.sub("", unicodedata.normalize("NFC", text))
    return " ".join(text.split())


_ACCENTS = {
    "`": "\u0300",
    "'": "\u0301",
    "^": "\u0302",
    "~": "\u0303",
    "=": "\u0304",
    "u": "\u0306",
    ".": "\u0307",
    '"': "\u0308",
    "r": "\u030a",
    "H": "\u030b",
    "v": "\u030c",
    "d": "\u0323",
    "c": "\u0327",
    "k": "\u0328",
}
_LETTERS = {
    "ss": "ß",
    "ae": "æ",
    "AE": "Æ",
    "oe": "œ",
    "OE": "Œ",
    "o": "ø",
    "O": "Ø",
    "l": "ł",
    "L": "Ł",
    "aa": "å",
    "AA": "Å",
    "i": "i",
    "j": "j",
    "dj": "đ",
    "DJ": "Đ",
    "textendash": "–",
    "textemdash": "—",
    "ldots": "…",
    "textquoteright": "’",
    "textquoteleft": "‘",
    "times": "×",
    "pm": "±",
    "leq": "≤",
    "geq": "≥",
    "le": "≤",
    "ge": "≥",
    "textregistered": "®",
    "texttrademark": "™",
    "copyright": "©",
    "degree": "°",
    "textdegree": "°",
    "dots": "…",
    "textbackslash": "\\",
    "textasciitilde": "~",
    "sim": "~",
    "textless": "<",
    "textgreater": ">",
}
_GREEK = {
    name: unicodedata.lookup(f"GREEK {size} LETTER {name.upper()}")
    for lower in (
        *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "mu", "nu"),
        *("xi", "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
    )
    for size, name in (("SMALL", lower), ("CAPITAL", lower.capitalize()))
}
_COMMAND_ACCENT = re.compile(
    r"\\(?:([`'^~=.\"])|([uvHcdkr])(?=[\s{]))\s*(?:\{\s*\\?([A-Za-z]?)\s*\}|\\?([A-Za-z]))"
)
_COMMAND_WORD = re.compile(r"\\(?:text|math)?([A-Za-z]+)\*?(?:\{\}|(?=\{)|\s+|(?![A-Za-z]))")


def without_latex(text: str) -> str:
    """The text that a value of BibTeX prints: letters for their commands, no braces that keep capitals."""
    if "\\" in text:
        text = _COMMAND_ACCENT.sub(_accented, text)
        text = re.sub(
            r"\\([&%$#_{}])", lambda found: {"{": "\x01", "}": "\x02"}.get(found[1], found[1]), text
        )
        text = text.replace("\\-", "").replace("\\/", "").replace("\\\\", " ")
        text = _COMMAND_WORD.sub(_word, text)
    if "$" in text:
        text = re.sub(r"\$([^$]{1,80})\$", r"\1", text)
    text = text.replace("{", "").replace("}", "").replace("~", " ")
    return text.replace("\x01", "{").replace("\x02", "}")


def _accented(found: re.Match[str]) -> str:
    accent = _ACCENTS[found[1] or found[2]]
    letter = found[3] or found[4] or ""
    return unicodedata.normalize("NFC", letter + accent) if letter else ""


def _word(found: re.Match[str]) -> str:
    name = found[1]
    return _GREEK.get(name) or _LETTERS.get(name, "")
