"""What the audit found, by the estimate and the record that it is about."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

from evidence.checking import check_paths
from evidence.records.parsing import Problem
from evidence.records.reading import Document
from evidence.records.review import LoadedReview
from evidence.records.schema import Record
from synthesis.report.anchors import record_anchor
from synthesis.report.page_parts import FindingShown


def findings_of(loaded: LoadedReview) -> tuple[FindingShown, ...]:
    """The whole review is checked; a finding inside an estimate's lines is about that estimate."""
    places = {each.path: _Places.of(each) for each in loaded.documents}
    return tuple(_finding(each, loaded.folder, places) for each in check_paths([loaded.folder]).problems)


@dataclass(frozen=True)
class _Places:
    """The first lines of a record's estimates, in order, and their anchors."""

    record: str
    lines: Sequence[int]
    anchors: Sequence[str]
    last: float

    @classmethod
    def of(cls, document: Document[Record]) -> _Places:
        if document.model is None or document.tree is None:
            return cls("", (), (), 0)
        record, tree = document.model, document.tree
        study = record.study
        starts = sorted(
            (tree.spot(at, on_key=False).line, f"e/{study}/{estimate.id}")
            for at, estimate in record.placed_estimates
        )
        behind = [spot.line for spot in tree.root.key_spots.values() if starts and spot.line > starts[-1][0]]
        anchors = [anchor for _, anchor in starts]
        return cls(record_anchor(study), [line for line, _ in starts], anchors, min(behind, default=inf))

    def anchor(self, line: int) -> str:
        """Of the estimate whose lines hold this one, else of the record."""
        place = bisect_right(self.lines, line) - 1
        return self.anchors[place] if place >= 0 and line < self.last else self.record


def _finding(problem: Problem, folder: Path, places: Mapping[Path, _Places]) -> FindingShown:
    path, line = problem.place.path, problem.place.line
    known = places.get(path)
    return FindingShown(
        severity=problem.severity.value,
        says=problem.says,
        hint=problem.hint or "",
        rule=problem.rule,
        file=path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name,
        line=line,
        to="" if known is None else known.anchor(line),
    )
