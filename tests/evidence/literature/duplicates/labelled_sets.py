"""Sets of records whose duplicates people have labelled, and how far they are found.

`python -m tests.evidence.literature.duplicates.labelled_sets` prints the table of docs/literature.md.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from evidence.literature.citation import Citation, CitationSource
from evidence.literature.duplicates.deduplicating import Deduplicated, deduplicate
from tests.evidence.literature.exports import whole_export

SHARED = Path(__file__).resolve().parents[5] / "shared"


@dataclass(frozen=True)
class Labelled:
    """Records, each with a source of its own, and the number of the work that people say it is."""

    name: str
    records: tuple[Citation, ...]
    work: dict[CitationSource, str]


def gambling(shared: Path) -> Labelled:
    """One search in PsycINFO, PubMed and Web of Science: 189 records of 108 works."""
    folder = shared / "imports" / "dedup" / "gambling_loneliness"
    return _labelled("gambling and loneliness", _of_three_files(folder))


def _of_three_files(folder: Path) -> Iterator[tuple[Citation, str]]:
    rows = list(csv.DictReader((folder / "truth.csv").read_text(encoding="utf-8").splitlines()))
    for name in sorted({row["file"] for row in rows}):
        citations = whole_export(folder / name).citations
        works = {int(row["position"]): row["cluster"] for row in rows if row["file"] == name}
        assert len(works) == len(citations)
        yield from ((each, works[at]) for at, each in enumerate(citations, 1))


def tafenoquine(shared: Path) -> Labelled:
    """Four databases in one library of EndNote: 179 records of 104 works, labelled by two librarians."""
    folder = shared / "imports" / "dedup" / "tafenoquine"
    text = (folder / "library.xml").read_text(encoding="utf-8")
    numbers = re.findall(r"<rec-number>(\d+)<", text)
    rows = csv.DictReader((folder / "truth.csv").read_text(encoding="utf-8").splitlines())
    works = {row["rec_number"]: row["cluster"] for row in rows}
    citations = whole_export(folder / "library.xml").citations
    made = [
        (replace(each, sources=(replace(each.sources[0], line=int(number)),)), works[number])
        for each, number in zip(citations, numbers, strict=True)
    ]
    return _labelled("tafenoquine", iter(made))


def _labelled(name: str, pairs: Iterator[tuple[Citation, str]]) -> Labelled:
    both = list(pairs)
    work = {citation.sources[0]: number for citation, number in both}
    assert len(work) == len(both)
    return Labelled(name, tuple(citation for citation, _ in both), work)


@dataclass(frozen=True)
class Measured:
    """Duplicates (records beyond the first of a work) found, missed, and records that were joined wrongly."""

    records: int
    works: int
    found: int
    missed: int
    false_joins: tuple[frozenset[CitationSource], ...]
    missed_pairs: tuple[frozenset[CitationSource], ...]
    result: Deduplicated

    @property
    def sensitivity(self) -> float:
        return self.found / (self.found + self.missed)

    @property
    def specificity(self) -> float:
        """Of the records that a person keeps, those that are kept."""
        wrong = {source for pair in self.false_joins for source in pair}
        return (self.works - len(wrong)) / self.works


def measure(labelled: Labelled) -> Measured:
    """How far the labels and the joined records agree."""
    result = deduplicate(labelled.records)
    joined = {pair for each in result.citations for pair in _pairs(each.sources)}
    works: dict[str, list[CitationSource]] = {}
    for source, number in labelled.work.items():
        works.setdefault(number, []).append(source)
    true = {pair for sources in works.values() for pair in _pairs(sources)}
    # a work that stays in n pieces misses n - 1 duplicates
    pieces = {
        number: len({next(c.id for c in result.citations if s in c.sources) for s in sources})
        for number, sources in works.items()
    }
    missed = sum(pieces.values()) - len(pieces)
    beyond = len(labelled.records) - len(works)
    return Measured(
        len(labelled.records),
        len(works),
        beyond - missed,
        missed,
        tuple(joined - true),
        tuple(true - joined),
        result,
    )


def _pairs(sources: list[CitationSource] | tuple[CitationSource, ...]) -> Iterator[frozenset[CitationSource]]:
    return (frozenset(pair) for pair in combinations(sources, 2))


def main() -> None:
    """Print the table of the page."""
    print("| set | records | works | duplicates found | sensitivity | specificity | false joins |")
    print("|---|---|---|---|---|---|---|")
    for labelled in (gambling(SHARED), tafenoquine(SHARED)):
        m = measure(labelled)
        print(
            f"| {labelled.name} | {m.records} | {m.works} | {m.found} of {m.found + m.missed} "
            f"| {m.sensitivity:.3f} | {m.specificity:.3f} | {len(m.false_joins)} |"
        )


if __name__ == "__main__":
    main()
