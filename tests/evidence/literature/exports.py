"""Small invented exports, read from a file as a user's are."""

from __future__ import annotations

import tempfile
from pathlib import Path

from evidence.literature.citation import Citation, Source
from evidence.literature.reading_exports import ReadFile, whole_export


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
        "sources": (Source("a.ris", 1),),
    }
    return Citation(**{**parts, **said})  # type: ignore[arg-type]


def bare(title: str = "Hemoglobin and bone loss in older women", **said: object) -> Citation:
    """The same without a place."""
    return cited(title, **{"journal": "", "volume": "", "issue": "", "pages": "", **said})
