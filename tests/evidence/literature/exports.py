"""Small invented exports, read from a file as a user's are."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from evidence.literature.citation import Citation, CitationSource
from evidence.literature.raw_record import Trouble
from evidence.literature.reading_exports import read_export


@dataclass
class ReadFile:
    """A file that was read as a whole."""

    path: Path
    citations: list[Citation] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def lost(self) -> list[Trouble]:
        """Records that cannot be read."""
        return [trouble for trouble in self.troubles if trouble.lost]


def whole_export(path: Path) -> ReadFile:
    """All citations and troubles of a file. Raises ExportError as `read_export` does."""
    whole = ReadFile(path)
    for each in read_export(path):
        if isinstance(each, Citation):
            whole.citations.append(each)
        else:
            whole.troubles.append(each)
    return whole


def read_text(content: str | bytes, name: str = "export.txt") -> ReadFile:
    """What is read from a file with this content."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return whole_export(path)


def only(content: str | bytes) -> Citation:
    """The one citation of a file without troubles."""
    whole = read_text(content)
    assert whole.troubles == []
    (citation,) = whole.citations
    return citation


def cited(title: str = "Hemoglobin and bone loss in older women", **said: object) -> Citation:
    """A citation of an article with the usual parts, but for what is given."""
    parts: dict[str, object] = {
        "kind": "journal article",
        "title": title,
        "authors": ("Rossi, Anna", "Lee, B. C."),
        "year": 2012,
        "journal": "Journal of Bone and Mineral Research",
        "volume": "27",
        "issue": "3",
        "pages": "123-130",
        "sources": (CitationSource("a.ris", 1),),
    }
    return Citation(**{**parts, **said})  # type: ignore[arg-type]


def bare(title: str = "Hemoglobin and bone loss in older women", **said: object) -> Citation:
    """The same without a place."""
    return cited(title, **{"journal": "", "volume": "", "issue": "", "pages": "", **said})
