"""A record's file with more in it: what stands there stays as it is typed, comments included."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from evidence.records.schema import Record
from evidence.records.writing.files import WritingError
from evidence.records.writing.yaml_layout import entry_lines

_LISTS = ("estimates", "comparisons", "risk_of_bias")
_NAMED = ("reports", "exposures", "outcomes", "models")


def extended(text: str, old: Record, new: Record) -> str:
    """The text of a record with what `new` has beyond `old`: further estimates, and the parts they name.

    Raises WritingError where something is changed or removed, which is for a person to do.
    """
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
        if re.match(r"[^\s#-]|-\s*$", lines[at]) and not lines[at].startswith("- "):
            break
        if lines[at].strip() and not lines[at].startswith("#"):
            last = at
    if last == first or lines[first].split("#")[0].rstrip()[-1] != ":":
        return [*lines[:first], *entry_lines(f"{key}:", whole), *lines[last + 1 :]]
    indent = re.match(
        r"\s*", next(line for line in lines[first + 1 :] if line.strip() and line.lstrip()[0] != "#")
    )
    assert indent is not None  # it may be empty
    added = [f"{indent[0]}{line[2:]}" if line else "" for line in entry_lines(f"{key}:", more)[1:]]
    if len(added) <= 0:  # what is added fits one line behind its key: write it below, one a line
        added = [f"{indent[0]}{line}" for line in _one_a_line(more)]
    between = [""] if key in ("estimates", "comparisons") else []
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
