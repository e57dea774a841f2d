"""Files and folders -> every problem in them: reading, names, and the audit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from evidence.audit.auditing import audit_record, audit_review, contradicted_estimates
from evidence.records.parsing import Problem, Severity
from evidence.records.reading import Document, read_model, read_record
from evidence.records.review import Review
from evidence.records.schema import Record

__all__ = ["Checked", "check_one", "check_paths", "contradicted_estimates"]

REVIEW_FILE = "review.yaml"
_WORTH_A_SECOND_PROCESS = 400
_CHUNK = 50
_NEEDED_ACROSS_RECORDS = ("study", "cohort", "reports")

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Checked:
    """What a check looked at and what it found, sorted by file and line."""

    files: int
    problems: tuple[Problem, ...]

    def count(self, severity: Severity) -> int:
        """How many problems are of one severity."""
        return sum(problem.severity is severity for problem in self.problems)


def check_paths(paths: Iterable[Path], progress: Progress = lambda done, total: None) -> Checked:
    """Check files, and every YAML file below the folders among the paths.

    progress: called with (files done, files in all). Never raises for anything a file contains.
    """
    files = list(dict.fromkeys(chain.from_iterable(map(_files_of, paths))))
    records = [path for path in files if path.name != REVIEW_FILE]
    documents: list[Document[Record]] = []
    problems: list[Problem] = []
    for document, found in _in_parallel(records):
        documents.append(document)
        problems += found
        progress(len(documents), len(files))
    for path in files:
        if path.name == REVIEW_FILE:
            problems += read_model(path, Review).problems
    problems += audit_review(documents)
    return Checked(len(files), tuple(sorted(problems, key=lambda problem: problem.sort_key)))


def check_one(path: Path) -> tuple[Document[Record], list[Problem]]:
    """Read and audit one record file."""
    document = read_record(path)
    return document, [*document.problems, *(audit_record(document) if document.model else [])]


def _in_parallel(paths: list[Path]) -> Iterator[tuple[Document[Record], list[Problem]]]:
    if len(paths) < _WORTH_A_SECOND_PROCESS:
        yield from map(check_one, paths)
        return
    with ProcessPoolExecutor() as pool:
        yield from pool.map(_check_and_slim, paths, chunksize=_CHUNK)


def _check_and_slim(path: Path) -> tuple[Document[Record], list[Problem]]:
    """Only what rules across records look at leaves the worker: study, cohort and reports."""
    document, problems = check_one(path)
    if document.model is None or document.tree is None:
        return Document(path, None, None, document.problems), problems
    without: dict[str, object] = {"estimates": (), "baseline": (), "flow": None, "risk_of_bias": ()}
    slim = document.model.model_copy(update=without)
    return Document(path, document.tree.pruned(_NEEDED_ACROSS_RECORDS), slim, document.problems), problems


def _files_of(path: Path) -> list[Path]:
    """The files a path stands for; a path that is no folder stands for itself, even if it is missing."""
    if not path.is_dir():
        return [path]
    found = [*path.rglob("*.yaml"), *path.rglob("*.yml")]
    visible = [
        file for file in found if not any(part.startswith(".") for part in file.relative_to(path).parts)
    ]
    return sorted(visible) or [path]
