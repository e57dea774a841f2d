"""A record as tidy YAML: the schema's order, one-line things in braces, numbers as they were typed."""

from __future__ import annotations

import datetime
import re
import textwrap
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from pydantic import BaseModel

from evidence.records.effect import Estimate
from evidence.records.printed import Printed, PValue
from evidence.records.schema import Baseline, BaselineRow, Flow, Population, Record, Report
from evidence.records.shared_reference import SharedReference
from evidence.records.vocabulary import NOT_STATED

# One text as a YAML scalar: plain where every YAML reader takes it for that text, else quoted.


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
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def text_to_yaml(text: str, inside_brackets: bool = False) -> str:
    """A text that stays this text, whatever it looks like: 'no', '2024', '@name', 'a: b'."""
    if _OTHER_TYPE.fullmatch(text) or not _is_plain(text, inside_brackets):
        return _quoted(text)
    return text


def number_to_yaml(text: str, inside_brackets: bool) -> str:
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


@lru_cache(65_536)  # the words of one record are those of the next
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
    return f"\\u{ord(character):04x}"


def _is_printable(text: str) -> bool:
    """Whether YAML allows every character unescaped within a line."""
    return _UNPRINTABLE.search(text) is None


WIDTH = 110
_STEP = "  "
_NEVER_ON_ONE_LINE = (Report, Population, Estimate, SharedReference, Flow, Baseline, BaselineRow)
_ALWAYS_WRITTEN = "schema_version"


def record_to_yaml(record: Record, comment: str = "") -> str:
    """The text of a record file; reading it gives an equal record.

    comment: goes to the top of the file, one `#` line a line. What equals the schema's default is left out.
    """
    lines = [f"# {line}".rstrip() for line in comment.splitlines()]
    was_block = False
    for key, value in _fields(record):
        entry = _schema_version(value) if key == "schema" else _entry(f"{key}:", value, "")
        is_block = not _is_scalar(value) and len(entry) > 1
        if is_block or was_block:
            lines.append("")
        lines += entry
        was_block = is_block
    return "\n".join(lines) + "\n"


def _schema_version(value: object) -> list[str]:
    return [f"schema: {value}"]


def _fields(part: BaseModel) -> Iterator[tuple[str, object]]:
    """Keys as files spell them, and the values that are not the schema's defaults."""
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if value != field.default or name == _ALWAYS_WRITTEN:
            yield field.alias or name, value


def entry_lines(head: str, value: object) -> list[str]:
    """The lines of one key of a record, or of one item of a list (head: its key with a colon, or a dash)."""
    return _entry(head, value, "")


def _entry(head: str, value: object, indent: str) -> list[str]:
    """The lines of `head value`, where head is a key with its colon."""
    if _is_scalar(value):
        return _scalar_entry(head, value, indent)
    if not _always_open(value):
        line = f"{indent}{head} {_in_brackets(value)}"
        if len(line) <= WIDTH or _is_empty(value):
            return [line]
    return [f"{indent}{head}", *_opened(value, indent + _STEP)]


def _scalar_entry(head: str, value: object, indent: str) -> list[str]:
    line = f"{indent}{head} {_scalar(value)}"
    if isinstance(value, str) and len(line) > WIDTH:
        lines = folded(value, indent + _STEP, WIDTH)
        if lines is not None:
            return [f"{indent}{head} >-", *lines]
    return [line]


def _opened(value: object, indent: str) -> list[str]:
    """The lines of a mapping or list, one entry below the other."""
    if isinstance(value, tuple):
        between = [""] if any(isinstance(item, Estimate) for item in value) else []
        lines = list(chain.from_iterable([*between, *_item(item, indent)] for item in value))
        return lines[len(between) :]
    return [line for key, inner in _pairs(value) for line in _entry(f"{_key(key)}:", inner, indent)]


def _item(value: object, indent: str) -> list[str]:
    """One list item; its first line carries the dash."""
    if _is_scalar(value) or not _always_open(value):
        return _entry("-", value, indent)
    lines = _opened(value, indent + _STEP)
    return [f"{indent}- {lines[0].lstrip()}", *lines[1:]]


def _in_brackets(value: object) -> str:
    if _is_scalar(value):
        return _scalar(value, inside_brackets=True)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_in_brackets, value))}]"
    pairs = (f"{_key(key, inside_brackets=True)}: {_in_brackets(inner)}" for key, inner in _pairs(value))
    return f"{{{', '.join(pairs)}}}"


def _key(name: str, inside_brackets: bool = False) -> str:
    return number_to_yaml(name, inside_brackets)  # keys are texts to every reader of records: n, on


def _pairs(value: object) -> list[tuple[str, object]]:
    if isinstance(value, BaseModel):
        return list(_fields(value))
    assert isinstance(value, dict)  # parts, dicts, tuples and scalars are all a record holds
    return list(value.items())


def _is_empty(value: object) -> bool:
    return not (value if isinstance(value, tuple) else _pairs(value))


def _always_open(value: object) -> bool:
    if _is_empty(value):
        return False
    if isinstance(value, tuple):
        return any(isinstance(item, _NEVER_ON_ONE_LINE) for item in value)
    return isinstance(value, (dict, *_NEVER_ON_ONE_LINE))


def _is_scalar(value: object) -> bool:
    return not isinstance(value, BaseModel | dict | tuple)


def _scalar(value: object, inside_brackets: bool = False) -> str:
    if isinstance(value, str):
        return text_to_yaml(value, inside_brackets)
    if value is None:
        return NOT_STATED  # a default is left out: only a year that must be there is None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    assert isinstance(value, Printed | PValue | int | float | datetime.date)
    return number_to_yaml(str(value), inside_brackets)
