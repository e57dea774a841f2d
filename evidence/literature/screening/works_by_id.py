"""Which work an id means: one that it has, or that one of its records had before they were joined."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from evidence.literature.citation import Citation, record_mark


class WorksByID:
    """Works by every id that they or their records have or had."""

    def __init__(self, citations: Iterable[Citation]) -> None:
        self._bearers: dict[str, list[Citation]] = defaultdict(list)
        self._exactly: dict[str, Citation] = {}
        for work in citations:
            self._exactly[work.id] = work
            for name in work.names:
                self._bearers[name].append(work)

    def find(self, given: str) -> Citation | None:
        """The one work with this id; None where none has it, and where several bear it."""
        if given in self._exactly:
            return self._exactly[given]
        name, _, mark = given.partition("#")
        bearers = self._bearers.get(name, [])
        if mark and len(bearers) > 1:
            bearers = [work for work in bearers if _has(work, name, mark)]
        return bearers[0] if len(bearers) == 1 else None


def _has(work: Citation, name: str, mark: str) -> bool:
    return any(name in part.names and record_mark(part).startswith(mark) for part in work.records())
