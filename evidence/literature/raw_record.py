"""What every reader gives: a record's fields under common names, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
    _open: str = ""

    def add(self, tag: str, value: str, line: int) -> None:
        """A tag's value; further lines of it come with `further`."""
        self.line = self.line or line
        self.tags += 1
        self._open = self.names.get(tag, "")
        self._append(value.strip())

    def further(self, value: str, apart: bool = False) -> None:
        """One more line of the last value, or one more value of its tag (`apart`)."""
        values = self.said.get(self._open)
        if not self._open or not value:
            return
        if apart or not values:
            self._append(value)
        else:
            values[-1] = f"{values[-1]} {value}"

    def _append(self, value: str) -> None:
        if self._open and value:
            self.said.setdefault(self._open, []).append(value)

    @property
    def open_name(self) -> str:
        """Common name of the last tag, '' where it has none."""
        return self._open

    def record(self, remark: str = "") -> RawRecord:
        return RawRecord(self.line, self.said, remark)
