"""Groups that columns call by names of their own: Zinc events, Zinc total, Placebo events, Placebo total."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from evidence.sources.column_roles import Recognised
from evidence.sources.reference_names import REFERENCE


def named_pair(
    numeric: Mapping[str, Recognised], complete: Mapping[str, Mapping[str, str]]
) -> tuple[dict[str, str], tuple[str, str]] | None:
    """Columns of two groups and their names, where exactly two names have the same kinds of numbers.

    complete: of each name the columns that give its group, with roles that end in no number. The group that
    is called control, placebo or the like is the reference, else the second one.
    """
    by_kinds: dict[frozenset[str], list[str]] = {}
    for family, columns in complete.items():
        by_kinds.setdefault(frozenset(columns.values()), []).append(family)
    pairs = [families for families in by_kinds.values() if len(families) == 2]
    if len(pairs) != 1:
        return None
    order = list(numeric)
    first, second = sorted(pairs[0], key=lambda family: order.index(next(iter(complete[family]))))
    if REFERENCE.search(_label(list(complete[first]), first)) or _is_second(numeric, complete[first]):
        first, second = second, first
    columns = {
        name: f"{role}{arm}"
        for family, arm in ((first, "1"), (second, "2"))
        for name, role in complete[family].items()
    }
    return columns, (_label(list(complete[first]), first), _label(list(complete[second]), second))


def _is_second(numeric: Mapping[str, Recognised], columns: Mapping[str, str]) -> bool:
    return any(numeric[name].role.endswith("2") for name in columns)


def _label(names: Sequence[str], family: str) -> str:
    """What the names of a group's columns begin or end with."""
    words = [re.split(r"[\W_]+", name) for name in names]
    shared = [word for word in words[0] if all(word in each for each in words[1:])]
    return " ".join(shared) or family.replace("_", " ")
