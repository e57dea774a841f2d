"""The publications that the paragraphs cite: read from references.yaml, in words and as BibTeX."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from evidence.records.part import Part, Text
from evidence.records.reading import read_model

_FILE = Path(__file__).with_name("references.yaml")
_ACCENTS = str.maketrans({"ö": r"{\"o}", "ü": r"{\"u}", "%": r"\%", "&": r"\&"})


class Publication(Part):
    """An article, a chapter (it has a booktitle), or a book (it has no journal either).

    authors, editors: 'Family, Given', each. pages: with two hyphens, as BibTeX has them.
    """

    key: Text
    authors: tuple[Text, ...] = ()
    editors: tuple[Text, ...] = ()
    year: int
    title: Text
    journal: Text | None = None
    booktitle: Text | None = None
    publisher: Text | None = None
    edition: Text | None = None
    volume: Text | None = None
    number: Text | None = None
    pages: Text | None = None
    doi: Text | None = None

    def in_words(self) -> str:
        """As a list of references has it: authors, title, place, year, pages, DOI."""
        editors = f"{_names(self.editors)} (editors)" if self.editors else ""
        who = _names(self.authors) if self.authors else editors
        stop = "" if self.title.endswith("?") else "."
        where = self._in_journal() if self.journal else self._in_book(editors)
        return f"{who}. {self.title}{stop} {where}.{f' doi:{self.doi}' if self.doi else ''}"

    def _in_journal(self) -> str:
        number = f"({self.number})" if self.number else ""
        return f"{self.journal} {self.year};{self.volume}{number}:{_dashed(self.pages)}"

    def _in_book(self, editors: str) -> str:
        inside = f"In: {editors}. {self.booktitle}. " if self.booktitle else ""
        edition = f"{self.edition} edition. " if self.edition else ""
        pages = f":{_dashed(self.pages)}" if self.pages else ""
        return f"{inside}{edition}{self.publisher}; {self.year}{pages}"

    def as_bibtex(self) -> str:
        """One entry, in ASCII; capitals of its title are kept."""
        kind = "article" if self.journal else "incollection" if self.booktitle else "book"
        fields = {
            "author": " and ".join(self.authors),
            "editor": " and ".join(self.editors),
            "title": f"{{{self.title}}}",
            "year": str(self.year),
        } | {name: getattr(self, name) for name in _OF_PLACE}
        lines = [f"  {name} = {{{text.translate(_ACCENTS)}}}," for name, text in fields.items() if text]
        return "\n".join([f"@{kind}{{{self.key},", *lines, "}"])


_OF_PLACE = ("journal", "booktitle", "publisher", "edition", "volume", "number", "pages", "doi")


class ReferenceList(Part):
    """references.yaml."""

    references: tuple[Publication, ...]


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(_initials, names))


def _dashed(pages: str | None) -> str:
    return (pages or "").replace("--", "–")


def _initials(name: str) -> str:
    """'Röver, Christian' as 'Röver C'."""
    family, _, given = name.partition(", ")
    return f"{family} {''.join(part[0] for part in given.replace('-', ' ').split())}"


@cache
def known_references() -> Mapping[str, Publication]:
    """Every reference by its key."""
    document = read_model(_FILE, ReferenceList)
    assert document.model is not None, document.problems
    return {reference.key: reference for reference in document.model.references}


def as_bibtex(references: Iterable[Publication]) -> str:
    """The references as a BibTeX file."""
    return "\n\n".join(reference.as_bibtex() for reference in references) + "\n"
