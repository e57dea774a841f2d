"""A file of citations as the run of a search: its bytes' hash, the database, the day it was asked."""

from __future__ import annotations

import datetime
import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evidence.literature.citation import Citation
from evidence.literature.decoding import text_lines
from evidence.literature.readers.recognising import LOOKED_AT
from evidence.literature.searches.database_names import database_name
from evidence.literature.searches.search_log import SearchRun, SourceKind

_ID = 12
"""Characters of a hash that name a run: with a thousand runs, two are the same with a chance below 1e-8."""
_EXPORTED = re.compile(r"\bExport Date: (\d{1,2} [A-Z][a-z]+ \d{4})\b")


@dataclass(frozen=True)
class SearchedFile:
    """A file that was read: its records, how many of it cannot be read, and the SHA-256 of its bytes."""

    path: Path
    citations: Sequence[Citation]
    unreadable: int
    digest: str

    @property
    def run_id(self) -> str:
        """The same for the same bytes, whatever the file's name."""
        return self.digest[:_ID]

    def as_run(
        self, now: datetime.datetime, via: SourceKind, searched: datetime.date | None, source: str
    ) -> SearchRun:
        """The line of the log.

        searched: the day, None: the one that the file states, if it does. source: the database, '': the one
        that most of its records name.
        """
        named = Counter(database_name(where.database) for each in self.citations for where in each.sources)
        del named[""]
        day = searched or exported_on(self.path)
        return SearchRun(
            id=self.run_id,
            run=now,
            searched=day or now.date(),
            dated=day is not None,
            source=source or min(named, key=lambda name: (-named[name], name), default=""),
            kind=via,
            file=self.path.name,
            digest=self.digest,
            read=len(self.citations),
            unreadable=self.unreadable,
        )

    def found_by(self, run: SearchRun) -> list[Citation]:
        """Its records, each with its place in the run; of bytes that are known, under the name they had."""
        return [
            replace(each, sources=tuple(replace(s, file=run.file, search=run.id) for s in each.sources))
            for each in self.citations
        ]


def digest_of(path: Path) -> str:
    """SHA-256 of a file's bytes. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def exported_on(path: Path) -> datetime.date | None:
    """The day of the export that a file states in its first lines, as those of Scopus do."""
    for _, line in itertools.islice(text_lines(path), LOOKED_AT):
        if found := _EXPORTED.search(line):
            for form in ("%d %B %Y", "%d %b %Y"):
                try:
                    return datetime.datetime.strptime(found[1], form).date()
                except ValueError:
                    continue
    return None
