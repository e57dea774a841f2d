"""A dose-response analysis of review.yaml -> classes and slopes with doses, each person counted once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evidence.records.dose_choice import DoseResponseChoice
from evidence.records.raw_numbers import NotPoolableError
from evidence.records.review import Analysis, Review
from evidence.records.schema import Record
from evidence.records.shared_reference import SharedReference
from evidence.records.vocabulary import Measure
from evidence.selection.dose_classes import COUNTS_NEEDED, ClassCounts, doses_of
from evidence.selection.selection import (
    NONE_CONTRADICTED,
    Candidate,
    Chosen,
    Contradicted,
    LeftOut,
    Selection,
    candidates,
    matches,
    select,
    share_persons,
)

_DIFFERENCES: tuple[Measure, ...] = ("MD", "beta")
"""A difference of means between classes is the coefficient of a class, and either stands for the other."""
NO_DOSES = "compares groups and tells no dose; classes with doses stand under 'comparisons'"


@dataclass(frozen=True, eq=False)
class ClassedStudy:
    """Classes of one comparison: rows beside the reference, their doses, and the dose of the reference.

    counts: None where the covariance of the classes is not asked for.
    """

    rows: tuple[Chosen, ...]
    doses: tuple[float, ...]
    reference: float
    counts: ClassCounts | None


@dataclass(frozen=True, eq=False)
class DoseSelection:
    """What enters a curve: studies with classes, and slopes per one unit of the dose.

    selection: both as rows, what was examined without a number, and what was left out and why.
    """

    selection: Selection
    studies: tuple[ClassedStudy, ...]
    slopes: tuple[Chosen, ...]


def select_doses(
    review: Review,
    analysis: Analysis,
    records: Iterable[Record],
    contradicted: Contradicted = NONE_CONTRADICTED,
) -> DoseSelection:
    """Choose the classes and slopes of a dose-response analysis.

    A study with both of the same persons enters with what `prefer` says. contradicted: as in `select`.
    Raises DoubleCountError where persons would be counted twice.
    """
    choice = analysis.dose_response
    assert choice is not None
    records = list(records)
    scale = review.scale_of(analysis)
    accept = (*analysis.accept, *(_DIFFERENCES if scale.measure in _DIFFERENCES else ()))
    plain = analysis.model_copy(
        update={
            "arms": "each",
            "accept": accept,
            "scale": scale.model_copy(update={"per": None, "versus": None}),
        }
    )
    known = _Doses(review, plain, choice, records)
    classes = select(review, plain, known.usable, contradicted)
    studies, unknown = _studies(classes.chosen, known, choice)
    slopes = _slopes(review, plain, choice, records, contradicted)
    kept, repeated = _once(studies, slopes.chosen, choice)
    rows = [row for study in kept[0] for row in study.rows]
    whole = Selection(
        analysis,
        (*rows, *kept[1]),
        classes.silent,
        (*known.left_out, *classes.left_out, *unknown, *slopes.left_out, *repeated),
        (*known.other_models, *classes.other_models, *slopes.other_models),
    )
    return DoseSelection(whole, *kept)


class _Doses:
    """Comparisons of an analysis that have doses, one model of the same persons; the others with reasons."""

    def __init__(
        self, review: Review, analysis: Analysis, choice: DoseResponseChoice, records: Sequence[Record]
    ) -> None:
        self.doses: dict[tuple[str, str], dict[str, float]] = {}
        self.left_out: list[LeftOut] = []
        self.other_models: list[LeftOut] = []
        self.usable: list[Record] = []
        order = analysis.adjustment or review.adjustment
        rows: dict[tuple[str, str], list[Candidate]] = {}
        for found in candidates(review, records, analysis):
            if found.comparison is not None and matches(found, analysis, review.same):
                rows.setdefault((found.record.study, found.comparison), []).append(found)
        for record in records:
            kept: list[SharedReference] = []
            asked = [each for each in record.comparisons if (record.study, each.id) in rows]

            def rank(each: SharedReference, record: Record = record) -> int:
                adjustment = record.model_of(each.estimates[0]).adjustment
                return order.index(adjustment) if adjustment in order else len(order)

            for each in sorted(asked, key=rank):
                of = rows[record.study, each.id]
                try:
                    unit = record.exposure_of(each.estimates[0]).unit
                    self.doses[record.study, each.id] = doses_of(each, unit, choice)
                except NotPoolableError as reason:
                    self.left_out += [LeftOut(row, str(reason)) for row in of]
                    continue
                better = next(
                    (one for one in kept if _same_question(one, each) and rank(one) < rank(each)), None
                )
                if better is None:
                    kept.append(each)
                    continue
                says = f"another model of the same persons is preferred ({better.id})"
                self.other_models += [LeftOut(row, says) for row in of]
            silent = tuple(each for each in record.estimates if each.effect is None)
            self.usable.append(record.model_copy(update={"estimates": silent, "comparisons": tuple(kept)}))

    def of(self, row: Chosen) -> dict[str, float]:
        """Doses by the id of each class of a row's comparison."""
        assert row.candidate.comparison is not None
        return self.doses[row.candidate.record.study, row.candidate.comparison]


def _same_question(a: SharedReference, b: SharedReference) -> bool:
    return (a.outcome, a.exposure, a.stratum, a.where.report) == (
        b.outcome,
        b.exposure,
        b.stratum,
        b.where.report,
    )


def _studies(
    chosen: Sequence[Chosen], known: _Doses, choice: DoseResponseChoice
) -> tuple[list[ClassedStudy], list[LeftOut]]:
    """The rows of every comparison together, where their covariance is known or not asked for."""
    together: dict[tuple[str, str | None], list[Chosen]] = {}
    for row in chosen:
        together.setdefault((row.candidate.record.study, row.candidate.comparison), []).append(row)
    found, left_out = [], []
    for rows in together.values():
        comparison, doses = rows[0].candidate.shared_reference, known.of(rows[0])
        assert comparison is not None
        by_id = {f"{comparison.id}.{arm.id}": arm for arm in comparison.others}
        arms = [by_id[row.candidate.estimate.id] for row in rows]
        effect = rows[0].candidate.estimate.effect
        assert effect is not None
        counts = ClassCounts.of(comparison.reference, arms, effect.measure)
        try:
            if len(rows) > 1 and choice.covariance != "independent":
                if counts is None:
                    raise NotPoolableError(COUNTS_NEEDED)
                yi = np.array([row.effect.yi for row in rows])
                vi = np.array([row.effect.sei**2 for row in rows])
                counts.refuse_unsolved(yi, vi, choice.covariance)
        except NotPoolableError as reason:
            left_out += [LeftOut(row.candidate, str(reason)) for row in rows]
            continue
        at = tuple(doses[arm.id] for arm in arms)
        found.append(ClassedStudy(tuple(rows), at, doses[comparison.reference.id], counts))
    return found, left_out


def _slopes(
    review: Review,
    analysis: Analysis,
    choice: DoseResponseChoice,
    records: Sequence[Record],
    contradicted: Contradicted,
) -> Selection:
    """Slopes per one unit, which only a straight line has a use for; what is no slope is left out."""
    scale = review.scale_of(analysis).model_copy(update={"per": f"1 {choice.unit}"})
    asked = analysis.model_copy(update={"scale": scale})
    left_out = tuple(_no_slopes(review, asked, choice, records))
    if choice.curve != "linear":
        return Selection(asked, (), (), left_out, ())
    only = [_with_slopes_alone(record) for record in records]
    found = select(review, asked, only, contradicted)
    return replace(found, left_out=(*found.left_out, *left_out))


def _with_slopes_alone(record: Record) -> Record:
    slopes = [each for each in record.estimates if each.effect is not None and each.effect.per is not None]
    return record.model_copy(update={"comparisons": (), "estimates": tuple(slopes)})


def _no_slopes(
    review: Review, analysis: Analysis, choice: DoseResponseChoice, records: Sequence[Record]
) -> Iterator[LeftOut]:
    for found in candidates(review, records, analysis):
        effect = found.estimate.effect
        if found.comparison is not None or effect is None or not matches(found, analysis, review.same):
            continue
        if effect.per is None:
            yield LeftOut(found, found.estimate.not_poolable or NO_DOSES)
        elif choice.curve != "linear":
            yield LeftOut(found, f"a slope is a straight line, and the curve is {choice.curve}")


def _once(
    studies: Sequence[ClassedStudy], slopes: Sequence[Chosen], choice: DoseResponseChoice
) -> tuple[tuple[tuple[ClassedStudy, ...], tuple[Chosen, ...]], list[LeftOut]]:
    """Studies and slopes of which no two are about the same persons, and what gave way."""
    if choice.prefer == "classes":
        taken = [study.rows[0].candidate for study in studies]
        kept = tuple(each for each in slopes if _rival(each.candidate, taken) is None)
        gone = [each.candidate for each in slopes if each not in kept]
        left = [LeftOut(each, _says(each, taken, "classes enter")) for each in gone]
        return (tuple(studies), kept), left
    taken = [each.candidate for each in slopes]
    others = tuple(each for each in studies if _rival(each.rows[0].candidate, taken) is None)
    rows = [row.candidate for each in studies if each not in others for row in each.rows]
    return (others, tuple(slopes)), [LeftOut(each, _says(each, taken, "slope enters")) for each in rows]


def _rival(found: Candidate, taken: Sequence[Candidate]) -> Candidate | None:
    return next((one for one in taken if one.site == found.site and share_persons(one, found)), None)


def _says(found: Candidate, taken: Sequence[Candidate], enters: str) -> str:
    rival = _rival(found, taken)
    assert rival is not None
    return f"same participants as {rival.label}, whose {enters}"
