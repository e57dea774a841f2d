"""Earlier releases of a review as a flow needs them: their records, the searches they knew, their decisions.

A release keeps review.yaml and studies/ under `inputs`, and there also `literature/searches.jsonl` and
`literature/screening/`, so that what was searched and decided later can be told from what was before.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evidence.literature.citation_store import FOLDER
from evidence.literature.screening.decision_files import SCREENING
from evidence.literature.searches.search_log import SEARCHES, read_runs
from evidence.records.reading import Document, read_record
from evidence.records.review_folder import MANIFEST, RELEASED, RELEASES, record_paths
from evidence.records.schema import Record


@dataclass(frozen=True)
class PreviousRelease:
    """A release: its number, the folder with its inputs, and the ids of the runs of searches it knew."""

    number: str
    inputs: Path
    runs: frozenset[str]

    @property
    def documents(self) -> tuple[Document[Record], ...]:
        """Its records."""
        return tuple(read_record(path) for path in record_paths(self.inputs))

    def is_now(self, review: Path) -> bool:
        """Whether the review has the same records, searches and decisions now."""
        return _held(self.inputs) == _held(review)


def _held(folder: Path) -> dict[str, bytes]:
    records = {path.name: path.read_bytes() for path in record_paths(folder)}
    return {**records, **released_literature(folder)}


def previous_releases(review: Path) -> tuple[PreviousRelease, ...]:
    """The releases of a review from the first to the last. Raises StoreError for a damaged log."""
    found = []
    for manifest in (review / RELEASES).glob(f"*/{MANIFEST}"):
        inputs = manifest.parent / RELEASED
        runs = frozenset(run.id for run in read_runs(inputs))
        found.append((_order(manifest.parent.name), PreviousRelease(manifest.parent.name, inputs, runs)))
    return tuple(release for order, release in sorted(found, key=lambda each: each[0]) if order)


def _order(number: str) -> tuple[int, ...]:
    """To be compared: (1, 10) for 1.10; () for what is no number of a release."""
    parts = number.removeprefix("v").split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else ()


def released_literature(review: Path) -> dict[str, bytes]:
    """What a release keeps of the literature, by name below the review: searches and decisions, if any."""
    folder = review / FOLDER
    paths = [folder / SEARCHES, *sorted((folder / SCREENING).glob("*.tsv"))]
    return {path.relative_to(review).as_posix(): path.read_bytes() for path in paths if path.is_file()}
