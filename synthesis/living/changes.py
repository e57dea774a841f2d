"""What happened to the records and to review.yaml between two versions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from evidence.records.parsing import Place, Tree
from evidence.records.reading import Document
from evidence.records.review import LoadedReview, Review
from evidence.records.schema import Record, Report
from synthesis.living.changed_fields import FieldChange, changed_fields


class Happened(StrEnum):
    """What became of a record; where several things did, the gravest."""

    ADDED = "added"
    RETRACTED = "retracted"
    SUPERSEDED = "superseded"
    CORRECTED = "corrected"
    CHANGED = "changed"
    RENAMED = "renamed"
    REMOVED = "removed"


@dataclass(frozen=True)
class RecordChange:
    """One record before and after, None where it is not there; fields: what changed in it.

    was: its former study id or file name, where it has another now.
    """

    study: str
    happened: Happened
    old: Record | None
    new: Record | None
    place: Place
    fields: tuple[FieldChange, ...] = ()
    was: str | None = None

    @property
    def name(self) -> str:
        """What it is called among the causes of a result that moved."""
        return self.study


@dataclass(frozen=True)
class PlanChange:
    """review.yaml before and after: its method alone, or all the rest, applied as one change.

    review: the old one with only this changed; general: whether more than single analyses changed.
    """

    name: str
    review: Review
    fields: tuple[FieldChange, ...]
    general: bool = True


Change = RecordChange | PlanChange


@dataclass(frozen=True)
class Changes:
    """All that changed; layout: how many files differ in comments and layout alone."""

    records: tuple[RecordChange, ...]
    plan: tuple[PlanChange, ...]
    words: tuple[FieldChange, ...]
    """What changed in review.yaml without a part in any number: titles, the question, notes."""
    layout: int


def find_changes(old: LoadedReview, new: LoadedReview) -> Changes:
    """Records by study id, then by what they hold, so that a new file name or id is no new study."""
    before, after = _by_study(old), _by_study(new)
    found: list[RecordChange] = []
    layout = 0
    gone = {study: document for study, document in before.items() if study not in after}
    for study, document in after.items():
        earlier, was = before.get(study), None
        if earlier is None:
            was = next((name for name, held in gone.items() if _is_one_study(held, document)), None)
            earlier = gone.pop(was) if was is not None else None
        if earlier is None:
            found.append(_added(study, document))
            continue
        change = _changed(study, earlier, document, was)
        if change is not None:
            found.append(change)
        elif _layout_differs(earlier, document):
            layout += 1
    found += [_removed(study, document) for study, document in gone.items()]
    plan, words = _plan_changes(old.document, new.document)
    return Changes(tuple(found), plan, words, layout)


def _by_study(loaded: LoadedReview) -> dict[str, Document[Record]]:
    """Documents by study id; a second one of the same id, which is an error, by its file name too."""
    found: dict[str, Document[Record]] = {}
    for each in loaded.documents:
        if each.model is not None:
            study = each.model.study
            found[study if study not in found else f"{study} ({each.path.name})"] = each
    return found


_Held = TypeVar("_Held", Record, Review)


def _parts(document: Document[_Held]) -> tuple[_Held, Tree]:
    """What a document holds, and its lines; only readable ones are compared."""
    assert document.model is not None
    assert document.tree is not None
    return document.model, document.tree


def _added(study: str, document: Document[Record]) -> RecordChange:
    record, _ = _parts(document)
    return RecordChange(study, Happened.ADDED, None, record, Place(document.path))


def _removed(study: str, document: Document[Record]) -> RecordChange:
    record, _ = _parts(document)
    return RecordChange(study, Happened.REMOVED, record, None, Place(document.path))


def _changed(
    study: str, old: Document[Record], new: Document[Record], was: str | None
) -> RecordChange | None:
    (before, lines), (after, new_lines) = _parts(old), _parts(new)
    # a file that both versions share is read once
    fields = [] if lines.root is new_lines.root else changed_fields(lines, new_lines)
    if was is not None:
        fields = [each for each in fields if each.part != "study"]
    elif old.path.name != new.path.name:
        was = old.path.name
    if not fields and was is None:
        return None
    happened = (_report_happened(before, after) or Happened.CHANGED) if fields else Happened.RENAMED
    place = fields[0].place if fields else Place(new.path)
    return RecordChange(study, happened, before, after, place, tuple(fields), was)


def _report_happened(old: Record, new: Record) -> Happened | None:
    """Whether a report of the study was retracted, superseded or corrected, the gravest first."""
    turned = {kind for name, report in new.reports.items() for kind in _turned(old.reports.get(name), report)}
    order = (Happened.RETRACTED, Happened.SUPERSEDED, Happened.CORRECTED)
    return next((kind for kind in order if kind in turned), None)


def _turned(old: Report | None, new: Report) -> Iterator[Happened]:
    before = old.status if old is not None else None
    if new.status == "retracted" and before != "retracted":
        yield Happened.RETRACTED
    if new.superseded_by is not None and (old is None or old.superseded_by is None):
        yield Happened.SUPERSEDED
    if new.status == "corrected" and before != "corrected":
        yield Happened.CORRECTED


def _is_one_study(old: Document[Record], new: Document[Record]) -> bool:
    """The same paper, or the same numbers, under another id."""
    before, after = _parts(old)[0], _parts(new)[0]
    dois = [
        {report.doi.casefold() for report in each.reports.values() if report.doi} for each in (before, after)
    ]
    effects = [
        {estimate.model_dump_json(exclude={"id", "note"}) for _, estimate in each.placed_estimates}
        for each in (before, after)
    ]
    same_file = old.path.name == new.path.name and before.cohort == after.cohort
    return bool(dois[0] & dois[1]) or (bool(effects[0]) and effects[0] == effects[1]) or same_file


def _layout_differs(old: Document[Record], new: Document[Record]) -> bool:
    """Whether values stand at other lines: comments and blank lines; what keeps all lines is not seen."""
    return _parts(old)[1].root.key_spots != _parts(new)[1].root.key_spots


# review.yaml.

_METHOD = "method"
_WORDS = frozenset(
    {"schema", "review", "title", "question", "direction", "searched_to", "searches", "screening"}
)
_WORDS_OF_ANALYSIS = frozenset({"title", "direction", "note"})


def _plan_changes(
    old: Document[Review], new: Document[Review]
) -> tuple[tuple[PlanChange, ...], tuple[FieldChange, ...]]:
    before, after = _parts(old), _parts(new)
    fields = changed_fields(before[1], after[1])
    words = [each for each in fields if _is_wording(each)]
    method = [each for each in fields if each.part == _METHOD]
    rest = [each for each in fields if each not in words and each not in method]
    plan = []
    if method:
        review = before[0].model_copy(update={_METHOD: after[0].method})
        plan.append(PlanChange("method", review, tuple(method)))
    if rest:
        review = after[0].model_copy(update={_METHOD: before[0].method})
        general = any(each.part != "analyses" for each in rest)
        plan.append(PlanChange("review.yaml", review, tuple(rest), general))
    return tuple(plan), tuple(words)


def _is_wording(change: FieldChange) -> bool:
    if change.part == "analyses":
        return change.key.partition(".")[0] in _WORDS_OF_ANALYSIS
    return change.part in _WORDS
