"""One text as a YAML scalar: plain where every YAML reader takes it for that text, else quoted."""

from __future__ import annotations

import re
import textwrap

# Unquoted, these are null, booleans, numbers or dates to one YAML version or another.
_OTHER_TYPE = re.compile(
    r"""(?:~|null|true|false|yes|no|on|off|y|n
        |[-+]?(?:\d[\d_,]*)?\.?\d*(?:e[-+]?\d+)?
        |[-+]?0[box][\da-f_]+
        |[-+]?\d+(?::[0-5]?\d)+(?:\.\d*)?
        |[-+]?\.inf|\.nan
        |\d{4}-\d\d?-\d\d?(?:[Tt\s].*)?
        |=|<<)""",
    re.VERBOSE | re.IGNORECASE,
)
_NULL = re.compile(r"~|null|", re.IGNORECASE)
_BEGINS_OTHERWISE = re.compile(r"[\s?:,\[\]{}#&*!|>'\"%@`]|-(?![\d.])|\.\.\.")
_ENDS_EARLY = re.compile(r":(?:\s|$)|\s#|\s$")
_MEANS_MORE_IN_BRACKETS = re.compile(r"[,\[\]{}:?]")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
_LINE_BREAKS = frozenset("\x85\u2028\u2029")
_INVISIBLE = frozenset("\ufeff\ufffe\uffff")


def text_to_yaml(text: str, inside_brackets: bool = False) -> str:
    """A text that stays this text, whatever it looks like: 'no', '2024', '@name', 'a: b'."""
    if _OTHER_TYPE.fullmatch(text) or not _is_plain(text, inside_brackets):
        return _quoted(text)
    return text


def number_to_yaml(text: str, inside_brackets: bool = False) -> str:
    """A number or date exactly as spelled; quotes only where its punctuation means something to YAML."""
    if _NULL.fullmatch(text) or not _is_plain(text, inside_brackets):
        return _quoted(text)
    return text


def folded(text: str, indent: str, width: int) -> list[str] | None:
    """A long text as the lines of a `>-` block, without the `>-`; None where folding would change it."""
    if not _is_printable(text) or "  " in text or text != text.strip(" "):
        return None
    lines = textwrap.wrap(text, width - len(indent), break_long_words=False, break_on_hyphens=False)
    return [indent + line for line in lines] if " ".join(lines) == text else None


def _is_plain(text: str, inside_brackets: bool) -> bool:
    return not (
        not _is_printable(text)
        or _BEGINS_OTHERWISE.match(text)
        or _ENDS_EARLY.search(text)
        or (inside_brackets and _MEANS_MORE_IN_BRACKETS.search(text))
    )


def _quoted(text: str) -> str:
    if _is_printable(text) and ('"' in text or "\\" in text):
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if _is_printable(character):
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_printable(text: str) -> bool:
    """Whether YAML allows every character unescaped within a line."""
    return not any(
        ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c in _LINE_BREAKS or c in _INVISIBLE for c in text
    )
