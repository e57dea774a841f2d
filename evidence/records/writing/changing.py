"""A YAML text with single values changed: everything else stays as it is typed, comments and order too."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel

from evidence.records.parsing import KeyPath, UnreadableError, parse_text
from evidence.records.reading import keys_at
from evidence.records.writing.files import WritingError
from evidence.records.writing.spreads import Spread, spread_of
from evidence.records.writing.yaml_layout import WIDTH, folded, number_to_yaml, text_to_yaml

NewValue: TypeAlias = str | Sequence[str] | None
"""A text, the texts of a list, or None where the key is to go."""

_PLAIN = re.compile(r"[-+]?(?:\d[\d,]*)?\.?\d+(?:[eE][-+]?\d+)?|\d{4}-\d\d-\d\d|true|false")
"""What a record has without quotes: numbers, days, true and false."""

_LINE_END = re.compile(r"\r\n|\n|\r")


def with_values(text: str, changes: Mapping[KeyPath, NewValue], model: type[BaseModel]) -> str:
    """The text with these values, by their key paths; a key that is not there yet is added where it belongs.

    model: what the text is read as, whose order of keys tells where a new one stands. Raises WritingError
    where a value cannot be changed in its place, which is for a person to do, or the text is no YAML.
    """
    wanted = _plain(text)
    changed = text
    for at, value in changes.items():
        _put(wanted, at, value)
        changed = _with_value(changed, at, value, model)
    if _plain(changed) != wanted:
        raise WritingError("this cannot be changed in its place; edit the text")
    return changed


def _plain(text: str) -> Any:
    try:
        tree, problems = parse_text(text, Path())
    except UnreadableError as error:
        raise WritingError(f"the text is no YAML: {error.problem.says}; edit the text") from None
    if problems:
        raise WritingError(f"{problems[0].says}; edit the text")
    return tree.root.plain()


def _put(plain: Any, at: KeyPath, value: NewValue) -> None:
    """The same change to plain data; a mapping of which nothing is left goes too."""
    above = []
    for key in at[:-1]:
        if isinstance(plain, dict) and plain.get(key) is None:
            if value is None:
                return
            plain[key] = {}
        _reachable(plain, key, at)
        above.append((plain, key))
        plain = plain[key]
    if value is not None:
        if not isinstance(plain, dict):
            _reachable(plain, at[-1], at)
        plain[at[-1]] = value if isinstance(value, str) else list(value)
        return
    if not isinstance(plain, dict):
        raise _unreachable(at)
    plain.pop(at[-1], None)
    for holder, key in reversed(above):
        if holder[key] != {} or not isinstance(holder, dict):
            return
        del holder[key]


def _reachable(plain: Any, key: str | int, at: KeyPath) -> None:
    there = isinstance(plain, dict) or (
        isinstance(plain, list) and isinstance(key, int) and 0 <= key < len(plain)
    )
    if not there:
        raise _unreachable(at)


def _unreachable(at: KeyPath) -> WritingError:
    return WritingError(f"nothing stands at '{' '.join(map(str, at))}' any more; edit the text")


def _with_value(text: str, at: KeyPath, value: NewValue, model: type[BaseModel]) -> str:
    root = spread_of(text)
    found = root.under(at)
    if value is None:
        return text if found is None else _without(text, root, at)
    if found is None:
        return _with_key(text, root, at, value, model)
    if found.kind == "mapping":
        raise _unreachable(at)
    if found.kind == "list" and not isinstance(value, str) and len(value) == len(found.children):
        for index in reversed(range(len(value))):
            text = _replaced(text, found.children[index], value[index])
        return text
    if "#" in text[found.start : found.end] and found.kind == "list":
        raise WritingError(f"'{at[-1]}' has comments among its entries; edit the text")
    return _replaced(text, found, value)


def _replaced(text: str, found: Spread, value: NewValue) -> str:
    """The text with another scalar or list in the place of a value; a long text is folded below its key."""
    old = text[found.start : found.end]
    if isinstance(value, str) and found.kind == "scalar" and _means(old, value):
        return text
    before = text[: found.start].rstrip() if found.kind == "list" else text[: found.start]
    new = _written(value, found.in_brackets, quoted=old[:1] in ("'", '"'))
    space = "" if before[-1:] in (" ", "\t", "\n", "[", "{") else " "
    head, tail = f"{before}{space}", text[found.end :]
    if isinstance(value, str) and found.key < found.start and not found.in_brackets:
        column = found.key - _line_start(text, found.key)
        if not _LINE_END.split(tail, 1)[0].strip() and len(head) - found.key + column + len(new) > WIDTH:
            lines = folded(value, " " * (column + 2), WIDTH)
            new = new if lines is None else _newline(text).join([">-", *lines])
    return f"{head}{new}{tail}"


def _means(old: str, value: str) -> bool:
    """Whether a plain scalar is this text already: then its spelling stays."""
    return old == value and not old.startswith(("'", '"'))


def _line_start(text: str, at: int) -> int:
    above = text[:at]
    return max(above.rfind("\n"), above.rfind("\r")) + 1


def _newline(text: str) -> str:
    found = _LINE_END.search(text)
    return "\n" if found is None else found[0]


def _written(value: NewValue, in_brackets: bool, quoted: bool = False) -> str:
    if value is None or isinstance(value, str):
        plain = _PLAIN.fullmatch(value or "") and not quoted
        return (number_to_yaml if plain else text_to_yaml)(value or "", in_brackets)
    return f"[{', '.join(_written(each, True) for each in value)}]"


def _with_key(text: str, root: Spread, at: KeyPath, value: NewValue, model: type[BaseModel]) -> str:
    """A new key behind those that come before it in the schema; what it stands in is made if missing."""
    depth = next(d for d in range(len(at) - 1, -1, -1) if root.under(at[:d]) is not None)
    parent = root.under(at[:depth])
    assert parent is not None  # the whole text is there
    new = _written(value, in_brackets=True)
    for key in reversed(at[depth + 1 :]):
        new = f"{{{_key(key)}: {new}}}"
    if depth == len(at) - 1 and not parent.in_brackets:
        new = _written(value, in_brackets=False)
    entry = f"{_key(at[depth])}: {new}"
    if parent.kind == "scalar" and parent.start == parent.end:  # a key without a value
        return f"{text[: parent.end]} {{{entry}}}{text[parent.end :]}"
    if parent.kind != "mapping":
        raise _unreachable(at)
    behind = _before(parent, at[depth], keys_at(model, at[:depth]))
    if parent.in_brackets:
        if behind is None:
            between = ", " if parent.children else ""
            return f"{text[: parent.start + 1]}{entry}{between}{text[parent.start + 1 :]}"
        return f"{text[: behind.end]}, {entry}{text[behind.end :]}"
    first = next(iter(parent.children.values()))
    return _below(text, behind or first, first, entry, value if depth == len(at) - 1 else None)


def _key(key: str | int) -> str:
    return number_to_yaml(str(key), True)


def _before(parent: Spread, key: str | int, order: Sequence[str]) -> Spread | None:
    """The last of the keys that are there and come before this one; the last of all for a free name."""
    if key not in order:
        return next(reversed(parent.children.values()), None)
    earlier = order[: order.index(str(key))]
    return next((parent.children[name] for name in reversed(earlier) if name in parent.children), None)


def _below(text: str, behind: Spread, first: Spread, entry: str, value: NewValue) -> str:
    """A line below a value, with the indentation of the first key beside it; a long text folded below it."""
    indent = " " * (first.key - _line_start(text, first.key))
    found = _LINE_END.search(text, behind.end)
    newline = _newline(text)
    line = f"{indent}{entry}"
    if isinstance(value, str) and len(line) > WIDTH:
        lines = folded(value, f"{indent}  ", WIDTH)
        line = line if lines is None else newline.join([f"{indent}{entry.partition(':')[0]}: >-", *lines])
    if found is None:
        return f"{text}{newline}{line}"
    return f"{text[: found.end()]}{line}{newline}{text[found.end() :]}"


def _without(text: str, root: Spread, at: KeyPath) -> str:
    """The text without a key, and without what held nothing else."""
    while len(at) > 1:
        holder = root.under(at[:-1])
        if holder is None or len(holder.children) > 1 or isinstance(at[-2], int):
            break
        at = at[:-1]
    parent, gone = root.under(at[:-1]), root.under(at)
    assert parent is not None
    assert gone is not None  # `_with_value` has looked
    beside = list(parent.children.values())
    place = beside.index(gone)
    if parent.in_brackets:
        start, end = gone.key, gone.end
        if place + 1 < len(beside):
            end = beside[place + 1].key
        elif place:
            start = beside[place - 1].end
        return text[:start] + text[end:]
    begin = _line_start(text, gone.key)
    if text[begin : gone.key].strip():  # behind the dash of a list: the next key takes its place
        if place + 1 == len(beside):
            raise _unreachable(at)
        return text[: gone.key] + text[beside[place + 1].key :]
    found = _LINE_END.search(text, gone.end)
    return text[:begin] + ("" if found is None else text[found.end() :])
