"""What each result is without the reports that were retracted or are under concern, whatever their status."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from evidence.literature.noticed import DoubtedReport, doubted_reports
from evidence.records.parsing import Place
from evidence.records.review import LoadedReview, Review
from evidence.records.schema import Record
from synthesis.living.changes import Changes, Happened, RecordChange
from synthesis.living.movement import Movement, movement_of


@dataclass(frozen=True)
class WithoutDoubted:
    """The reports that stay out, and how the results move when they do."""

    reports: tuple[DoubtedReport, ...]
    movement: Movement

    @property
    def words(self) -> str:
        """'without cole-2018 (retracted), berg-2020 (under concern)'."""
        return f"without {', '.join(each.says for each in self.reports)}"


def without_doubted(loaded: LoadedReview) -> WithoutDoubted | None:
    """A review pooled with nothing of every report in doubt; None where no pool may have such a report.

    What has the status `retracted` is in no pool already, but where review.yaml takes such reports.
    Notices are those that the review's folder keeps. Raises ValueError for a method that is not known.
    """
    takes_retracted = _takes_retracted(loaded.review)
    doubted = tuple(
        each
        for each in doubted_reports(loaded.folder, loaded.documents)
        if takes_retracted or not (each.retracted and each.acted_on)
    )
    if not doubted:
        return None
    of_study: dict[str, set[str]] = {}
    for each in doubted:
        of_study.setdefault(each.study, set()).add(each.report)
    changed: list[RecordChange] = []
    documents = []
    for document in loaded.documents:
        record = document.model
        if record is not None and record.study in of_study:
            rest = _without(record, of_study[record.study])
            changed.append(RecordChange(record.study, Happened.RETRACTED, record, rest, Place(document.path)))
            document = replace(document, model=rest)
        documents.append(document)
    new = replace(loaded, documents=tuple(documents))
    return WithoutDoubted(doubted, movement_of(loaded, new, Changes(tuple(changed), (), (), 0)))


def _takes_retracted(review: Review) -> bool:
    lists = (review.reports, *(each.reports or () for each in review.analyses))
    return any("retracted" in each for each in lists)


def _without(record: Record, reports: Collection[str]) -> Record:
    """A record with nothing that these of its reports print."""
    estimates = tuple(each for each in record.estimates if each.where.report not in reports)
    comparisons = tuple(each for each in record.comparisons if each.where.report not in reports)
    return record.model_copy(update={"estimates": estimates, "comparisons": comparisons})
