"""A record's file with more in it: what stands there stays as it is typed, comments included."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from evidence.records.reading import record_from_text
from evidence.records.schema import Record
from evidence.records.writing.files import WritingError
from evidence.records.writing.naming import with_names
from evidence.records.writing.yaml_layout import entry_lines

_ENTRIES = ("estimates", "comparisons")
_LISTS = (*_ENTRIES, "risk_of_bias")
_LEFT_OUT: tuple[Literal["exposure", "model"], ...] = ("exposure", "model")
_NAMED = ("reports", "exposures", "outcomes", "models")


def extended(path: Path, old: Record, new: Record) -> tuple[str, Record]:
    """The text of a record's file with what `new` has beyond `old`, and the record that it is then.

    What left out the only exposure or model names it, once there are several. Raises WritingError where
    something is changed or removed, which is for a person to do, or the text cannot be changed in its place.
    """
    text = path.read_text("utf-8-sig")
    for key in _LEFT_OUT:
        if len(getattr(old, f"{key}s")) == 1 < len(getattr(new, f"{key}s")):
            text, named = with_names(text, old, key)
            new = new.model_copy(update={name: _after(named, old, new, name) for name in _ENTRIES})
            old = named
    longer = _longer(text, old, new)
    if record_from_text(longer, path).model != new:
        raise WritingError(f"'{path.name}' cannot be added to by a program; edit it by hand")
    return longer, new


def _after(named: Record, old: Record, new: Record, key: str) -> tuple[Any, ...]:
    """The entries of the new record, those of the old one as they are named now."""
    return (*getattr(named, key), *getattr(new, key)[len(getattr(old, key)) :])


def _longer(text: str, old: Record, new: Record) -> str:
    lines = text.splitlines()
    for key in (*_NAMED, *_LISTS):
        before, after = getattr(old, key), getattr(new, key)
        if before == after:
            continue
        more = _more_of(before, after)
        if more is None:
            raise WritingError(
                f"'{key}' of '{old.study}' would be changed, not added to; edit the file by hand"
            )
        lines = _with_more(lines, key, after, more)
    same = {key: getattr(new, key) for key in (*_NAMED, *_LISTS)}
    if old.model_copy(update=same) != new:
        raise WritingError(f"more of '{old.study}' than its estimates would change; edit the file by hand")
    return "\n".join(lines) + "\n"


def _more_of(before: Any, after: Any) -> Any:
    """What is added at the end of a list or to a mapping; None where anything else is different."""
    if isinstance(after, Mapping):
        kept = all(name in after and after[name] == part for name, part in before.items())
        return {name: part for name, part in after.items() if name not in before} if kept else None
    return after[len(before) :] if after[: len(before)] == before else None


def _with_more(lines: list[str], key: str, whole: Any, more: Any) -> list[str]:
    """Lines with a key's block made longer; a block on one line is written anew, a missing one at the end."""
    first = next((at for at, line in enumerate(lines) if re.match(rf"{key}\s*:", line)), None)
    if first is None:
        return _before_extraction(lines, ["", *entry_lines(f"{key}:", whole)])
    last = first
    for at in range(first + 1, len(lines)):
        if re.match(r"[^\s#}\]-]|-\s*$", lines[at]) and not lines[at].startswith("- "):
            break
        if lines[at].strip() and not lines[at].startswith("#"):
            last = at
    if last == first or not re.fullmatch(rf"{key}\s*:\s*(#.*)?", lines[first]):
        return [*lines[:first], *entry_lines(f"{key}:", whole), *lines[last + 1 :]]
    indent = re.match(
        r"\s*", next(line for line in lines[first + 1 :] if line.strip() and line.lstrip()[0] != "#")
    )
    assert indent is not None  # it may be empty
    added = [f"{indent[0]}{line[2:]}" if line else "" for line in entry_lines(f"{key}:", more)[1:]]
    if not added:  # what is added fits one line behind its key: write it below, one a line
        added = [f"{indent[0]}{line}" for line in _one_a_line(more)]
    between = [""] if key in _ENTRIES else []
    return [*lines[: last + 1], *between, *added, *lines[last + 1 :]]


def _one_a_line(more: Any) -> list[str]:
    if isinstance(more, Mapping):
        return [line for name, part in more.items() for line in entry_lines(f"{name}:", part)]
    return [line for part in more for line in entry_lines("-", part)]


def _before_extraction(lines: list[str], block: list[str]) -> list[str]:
    at = next((at for at, line in enumerate(lines) if line.startswith("extraction:")), len(lines))
    while at > 0 and lines[at - 1].startswith("#"):
        at -= 1
    return [*lines[:at], *block[1:], "", *lines[at:]]
