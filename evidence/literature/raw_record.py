"""What every reader gives: a record's fields under common names, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evidence.literature.plain_words import LONGEST

Said = dict[str, list[str]]
"""Values of a record by common names (`FIELDS`), in their order, none of them empty."""

FIELDS = frozenset(
    (
        *(
            "kind",
            "title",
            "short_title",
            "other_title",
            "author",
            "year",
            "journal",
            "short_journal",
            "book",
            "issn",
        ),
        *("volume", "issue", "pages", "first_page", "last_page", "article_number", "doi", "pmid", "pmcid"),
        *(
            "registry",
            "language",
            "keyword",
            "abstract",
            "database",
            "provider",
            "accession",
            "url",
            "note",
            "printed",
        ),
    )
)
"""`printed` is a whole reference as one text, `note` and `url` are where identifiers hide."""


@dataclass(frozen=True)
class RawRecord:
    """A record of an export."""

    line: int
    said: Said
    remark: str = ""
    """What is wrong with it, where it can still be used."""


@dataclass(frozen=True)
class Trouble:
    """A place of a file where something is wrong."""

    file: str
    line: int
    says: str
    lost: bool
    """Whether a record could not be read; otherwise it was, and this is a remark."""

    def __str__(self) -> str:
        return f"{self.file}, line {self.line:,}: {self.says}"


class ExportError(Exception):
    """A file that is no export of citations; the message says in one line what it is."""


@dataclass
class Gathered:
    """A record while its lines are read: tags of a format become common names."""

    names: Mapping[str, str]
    """Tag of the format to common name; a tag that is not in it is passed over."""
    line: int = 0
    said: Said = field(default_factory=dict)
    tags: int = 0
    open_name: str = ""
    """Common name of the last tag, '' where it has none."""
    _pieces: list[str] = field(default_factory=list)
    _size: int = field(init=False)  # set when a tag begins

    def add(self, tag: str, value: str, line: int) -> None:
        """A tag's value; further lines of it come with `further`."""
        self._close()
        self.line = self.line or line
        self.tags += 1
        self.open_name = self.names.get(tag, "")
        self.further(value.strip())

    def further(self, value: str, apart: bool = False) -> None:
        """One more line of the last value, or one more value of its tag (`apart`)."""
        if apart:
            self._close()
        if self.open_name and value and self._size < LONGEST:
            self._pieces.append(value)
            self._size += len(value)

    def has(self, name: str) -> bool:
        """Whether a common name has a value."""
        return name in self.said or bool(self.open_name == name and self._pieces)

    def _close(self) -> None:
        if self._pieces:
            self.said.setdefault(self.open_name, []).append(" ".join(self._pieces))
        self._pieces, self._size = [], 0

    def record(self, remark: str = "") -> RawRecord:
        """What was gathered, as a record."""
        self._close()
        return RawRecord(self.line, self.said, remark)
