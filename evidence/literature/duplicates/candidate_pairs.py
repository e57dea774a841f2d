"""Which records are compared: those that share a key, so that ten thousand need no fifty million pairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from evidence.literature.duplicates.compared_forms import ComparedForms

LARGE = 40
"""Records under one key that are all compared with each other; of more, each with its next ones."""
_SHORT_WORDS = 4


def pairs_to_compare(records: Sequence[ComparedForms]) -> Iterator[tuple[int, int]]:
    """Pairs of positions, the lower first, each once.

    records: in an order that does not depend on how they came, because of large groups only neighbours are
    compared.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for at, record in enumerate(records):
        for key in set(_keys(record)):
            groups[key].append(at)
    seen: set[int] = set()
    for members in groups.values():
        for i, j in _within(members, records):
            code = i * len(records) + j
            if code not in seen:
                seen.add(code)
                yield i, j


def _keys(record: ComparedForms) -> Iterator[str]:
    for name, value in (("doi", record.doi), ("pmid", record.pmid), ("pmc", record.pmcid)):
        if value:
            yield f"{name}:{value}"
    for title in (*record.titles, *record.heads.values()):
        words = [word for word in title.split() if len(word) >= _SHORT_WORDS]
        yield f"title:{title}"
        if len(words) > 2:
            yield f"first:{' '.join(words[:3])}"
            yield f"last:{' '.join(words[-3:])}"
            yield f"longest:{' '.join(sorted(sorted(set(words), key=lambda word: (-len(word), word))[:3]))}"
    first = record.surnames[0] if record.surnames else ""
    if record.pages[0] and record.volume:
        yield f"place:{record.volume}:{record.pages[0]}:{record.pages[1][-1:]}"
        yield f"place:{record.volume}:{record.pages[0]}:{first}"


def _within(members: list[int], records: Sequence[ComparedForms]) -> Iterable[tuple[int, int]]:
    if len(members) <= LARGE:
        return ((i, j) for at, i in enumerate(members) for j in members[at + 1 :])
    ordered = sorted(
        members, key=lambda at: (records[at].title, records[at].surnames[:1], records[at].year or 0, at)
    )
    near = ((i, j) for at, i in enumerate(ordered) for j in ordered[at + 1 : at + 11])
    return ((min(pair), max(pair)) for pair in near)
