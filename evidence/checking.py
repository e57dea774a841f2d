"""Files and folders -> every problem in them: reading, names, the audit, and the papers' own texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from evidence.audit.auditing import audit_plan, audit_record, audit_review
from evidence.audit.repeated_rules import may_be_repeated
from evidence.literature.noticed import noticed_reports
from evidence.literature.published_notices import NoticesFile
from evidence.processes import end_with_parent
from evidence.readings.reviewing import problems_of_readings
from evidence.readings.second import is_beside, read_reading
from evidence.records.parsing import Problem, Severity
from evidence.records.reading import Document, read_model, read_record
from evidence.records.review import Review
from evidence.records.review_folder import (
    RELEASED,
    REVIEW_FILE,
    is_draft,
    is_import_plan,
    is_literature,
    is_released,
    misplaced,
    record_paths,
)
from evidence.records.schema import Record
from evidence.records.waiting_drafts import waiting_drafts
from evidence.sources.comparing import compare
from evidence.sources.mapping import Plan

_WORTH_A_SECOND_PROCESS = 400
_CHUNK = 50
_NEEDED_ACROSS_RECORDS = ("study", "cohort", "reports")
_WITH_NUMBERS: dict[str, object] = {"note": None, "not_poolable": None}
_BARE: dict[str, object] = {"effect": None, "not_reported": None, **_WITH_NUMBERS}

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Checked:
    """What a check looked at and what it found, sorted by file and line."""

    files: int
    problems: tuple[Problem, ...]
    hidden: tuple[Problem, ...] = ()
    """Problems that are counted and not shown."""

    def count(self, severity: Severity) -> int:
        """How many problems are of one severity."""
        return sum(problem.severity is severity for problem in chain(self.problems, self.hidden))

    def from_severity(self, least: Severity) -> Checked:
        """The same with the problems of this severity and worse."""
        order = list(Severity)
        kept = order[: order.index(least) + 1]
        shown = tuple(each for each in self.problems if each.severity in kept)
        return replace(self, problems=shown, hidden=tuple(p for p in self.problems if p.severity not in kept))


def check_paths(paths: Iterable[Path], progress: Progress = lambda done, total: None) -> Checked:
    """Check files, and every YAML file below the folders among the paths but the drafts of a review.

    progress: called with (files done, files in all). Never raises for anything a file contains.
    """
    files = list(dict.fromkeys(chain.from_iterable(map(_files_of, paths))))
    plans = [path for path in files if is_import_plan(path)]
    notices = [path for path in files if is_literature(path)]
    records = [path for path in files if path.name != REVIEW_FILE and path not in (*plans, *notices)]
    documents: list[Document[Record]] = []
    problems = [problem for path in plans for problem in read_model(path, Plan).problems]
    problems += [problem for path in notices for problem in read_model(path, NoticesFile).problems]
    for document, found in _in_parallel(records):
        documents.append(document)
        problems += found
        progress(len(documents), len(files))
    for path in files:
        if path.name == REVIEW_FILE:
            problems += _about_review(path, documents)
    problems += audit_review(documents)
    once = dict.fromkeys(problems)  # a second reading is read with its record and by itself
    return Checked(len(files), tuple(sorted(once, key=lambda problem: problem.sort_key)))


def _about_review(path: Path, documents: Sequence[Document[Record]]) -> list[Problem]:
    """The problems of a review.yaml, of its folder, and of what it asks of its records."""
    document = read_model(path, Review)
    read = {one.path: one for one in documents}
    own = [read.get(one) or read_record(one) for one in record_paths(path.parent)]
    records = [one.model for one in own if one.model is not None]
    of_folder = [*misplaced(path.parent), *waiting_drafts(path.parent), *noticed_reports(path.parent, own)]
    return [*document.problems, *of_folder, *audit_plan(document, records)]


def check_one(path: Path) -> tuple[Document[Record], list[Problem]]:
    """Read and audit one record file, and compare it with its second readings and the texts that it names.

    A second reading beside the studies is only read: it is no record of its own.
    """
    if is_beside(path):
        return Document(path, None, None, ()), list(read_reading(path).problems)
    document = read_record(path)
    found = [*document.problems, *audit_record(document), *problems_of_readings(document), *compare(document)]
    return document, found


def _in_parallel(paths: list[Path]) -> Iterator[tuple[Document[Record], list[Problem]]]:
    if len(paths) < _WORTH_A_SECOND_PROCESS:
        yield from map(check_one, paths)
        return
    with ProcessPoolExecutor(initializer=end_with_parent) as pool:
        yield from pool.map(_check_and_slim, paths, chunksize=_CHUNK)


def _check_and_slim(path: Path) -> tuple[Document[Record], list[Problem]]:
    """Only what rules across records look at leaves the worker: study, cohort, reports, strata, numbers."""
    document, problems = check_one(path)
    if document.model is None or document.tree is None:
        return Document(path, None, None, document.problems), problems
    strata = {(one.outcome, one.stratum): one for _, one in document.model.placed_estimates}
    repeated = [one for _, one in document.model.placed_estimates if may_be_repeated(one)]
    without: dict[str, object] = {
        "estimates": (
            *(one.model_copy(update=_BARE) for one in strata.values()),
            *(one.model_copy(update=_WITH_NUMBERS) for one in repeated),
        ),
        "comparisons": (),
        "baseline": (),
        "flow": None,
        "risk_of_bias": (),
        "second_reading": None,
        "resolved": (),
    }
    slim = document.model.model_copy(update=without)
    return Document(path, document.tree.pruned(_NEEDED_ACROSS_RECORDS), slim, document.problems), problems


def _files_of(path: Path) -> list[Path]:
    """The files a path stands for; a path that is no folder stands for itself, even if it is missing.

    What a release inside the folder keeps is left out; a release's own folder stands for what it keeps.
    """
    if not path.is_dir():
        return [path]
    kept = is_released(path / REVIEW_FILE) or is_released(path / RELEASED / REVIEW_FILE)
    visible = [
        file
        for file in path.rglob("*")
        if file.name.lower().endswith((".yaml", ".yml"))
        and not any(part.startswith(".") for part in file.relative_to(path).parts)
        and not file.is_dir()
        and (file.parent == path or not is_draft(file))
        and (kept or not is_released(file))
    ]
    return sorted(visible) or [path]
