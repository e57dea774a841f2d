"""The printed estimates of any record beside the regenerated ones that ask the same question.

Two records are compared, not a record and a protocol: whatever a protocol can ask, its record says in words
that a paper's record has too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from evidence.records.conversion import printed_scale, to_analysis_scale
from evidence.records.effect import Contrast, Effect, Estimate
from evidence.records.measures import harmonise
from evidence.records.names import name_key
from evidence.records.raw_numbers import NotPoolableError
from evidence.records.scales import IDENTITY, analysis_scale, has_units
from evidence.records.schema import Record
from evidence.records.target_scale import TargetScale
from evidence.records.trust import trusted
from evidence.records.units import quantity_fault
from studies.nhanes.comparison.rows import agree

PRINT, REGENERATED = "print", "regenerated"
"""Whose standard error a difference is told in."""


@dataclass(frozen=True)
class EstimatePair:
    """A printed estimate and the regenerated one that asks the same; numbers on the printed scale and unit.

    report, at: where it is printed; group: stratum and adjustment in words. contrast: what is compared with
    what, "" of a slope.
    n_printed, n: persons; None where print does not say.
    printed: as spelled; printed_low, printed_high: its interval as spelled, "" where none is printed.
    in_se: regenerated minus printed in standard errors of the printed one, on the analysis scale (the log of
    ratios); of the regenerated one where print tells none, and se_from says which.
    agrees: the regenerated number rounds to the printed one. inside: it lies in the printed interval; None
    where none is printed.
    assumed: what had to be taken for granted, "" where nothing had to be.
    """

    id: str
    report: str
    at: str
    outcome: str
    group: str
    measure: str
    contrast: str
    n_printed: int | None
    n: int | None
    printed: str
    printed_low: str
    printed_high: str
    regenerated: float
    regenerated_low: float
    regenerated_high: float
    in_se: float
    se_from: str
    agrees: bool
    inside: bool | None
    assumed: str


@dataclass(frozen=True)
class Unmatched:
    """An estimate of one side without one on the other, and why; group: as EstimatePair.group."""

    id: str
    report: str
    at: str
    outcome: str
    group: str
    reason: str


@dataclass(frozen=True)
class MatchedRecords:
    """Pairs in the order of print, and what is on one side only.

    printed_alone: estimates of the paper; regenerated_alone: of the protocol.
    """

    printed: Record
    regenerated: Record
    pairs: tuple[EstimatePair, ...]
    printed_alone: tuple[Unmatched, ...]
    regenerated_alone: tuple[Unmatched, ...]

    def why_none(self) -> str:
        """The sentence for two records without a pair: reasons of the printed side, the commonest first."""
        counts = Counter(each.reason for each in self.printed_alone).most_common()
        reasons = "; ".join(f"{reason} ({count})" for reason, count in counts) or "it has no estimates"
        names = f"{self.printed.study} prints can be compared with {self.regenerated.study}"
        return f"nothing that {names}: {reasons}"


def match_records(printed: Record, regenerated: Record, place: Callable[[str], str] = str) -> MatchedRecords:
    """Each printed estimate with the regenerated one of its exposure, outcome, stratum and adjustment.

    place: one name for all names of a place in the body, as Review.site_name. Of several printed estimates
    that ask the same (of a preprint and its article), each has its pair. Steps and units are converted to
    those of print.
    """
    pairs, alone, taken = list[EstimatePair](), list[Unmatched](), set[str]()
    asked = _Questions(place)
    for _, estimate in printed.placed_estimates:
        try:
            other = asked.partner(printed, estimate, regenerated)
            pairs.append(_pair(printed, estimate, regenerated, other))
        except NotPoolableError as reason:
            alone.append(_unmatched(printed, estimate, str(reason)))
        else:
            taken.add(other.id)
    left = [each for _, each in regenerated.placed_estimates if each.id not in taken]
    return MatchedRecords(
        printed,
        regenerated,
        tuple(pairs),
        tuple(alone),
        tuple(_unmatched(regenerated, each, asked.why_alone(printed, regenerated, each)) for each in left),
    )


@dataclass(frozen=True)
class _Questions:
    """What two estimates must have in common, in the order in which it is asked; place: as match_records."""

    place: Callable[[str], str]

    def answers(self, record: Record, estimate: Estimate) -> dict[str, str]:
        """The answers of one estimate with an effect, by what is asked."""
        assert estimate.effect is not None
        outcome = record.outcome_of(estimate)
        return {
            "exposure": record.exposure_of(estimate).name,
            "outcome": f"{outcome.name}, {self.place(outcome.site)}" if outcome.site else outcome.name,
            "stratum": estimate.stratum.describe(),
            "adjustment": record.model_of(estimate).adjustment,
            "measure": _kind(estimate.effect),
        }

    def partner(self, printed: Record, estimate: Estimate, regenerated: Record) -> Estimate:
        """The regenerated estimate that asks what a printed one does.

        Raises NotPoolableError where there is none, or no single one, and says why.
        """
        if estimate.effect is None:
            raise NotPoolableError("examined, no number printed")
        left = self._all(regenerated)
        for question, wanted in self.answers(printed, estimate).items():
            offered = dict.fromkeys(answers[question] for _, answers in left)
            left = [each for each in left if name_key(each[1][question]) == name_key(wanted)]
            if not left:
                raise NotPoolableError(
                    f"{question} is {wanted}; regenerated: {'; '.join(offered) or 'nothing'}"
                )
        # beside effects of strata of their own, those of one model and trends ask another question
        left = [each for each in left if each[0].not_poolable is None] or left
        if len(left) > 1:
            names = ", ".join(other.id for other, _ in left)
            raise NotPoolableError(f"several regenerated estimates ask the same: {names}")
        return left[0][0]

    def why_alone(self, printed: Record, regenerated: Record, estimate: Estimate) -> str:
        """The first question that no printed number answers as a regenerated estimate does."""
        left = self._all(printed)
        for question, wanted in self.answers(regenerated, estimate).items():
            left = [each for each in left if name_key(each[1][question]) == name_key(wanted)]
            if not left:
                return f"no printed number has {question} {wanted}"
        return "no printed number can be compared with it"

    def _all(self, record: Record) -> list[tuple[Estimate, dict[str, str]]]:
        return [
            (each, self.answers(record, each))
            for _, each in record.placed_estimates
            if each.effect is not None
        ]


def _kind(effect: Effect) -> str:
    """The measure and its contrast, steps and units apart."""
    if effect.versus is not None:
        return f"{effect.measure} of {effect.versus.exposed} against {effect.versus.reference}"
    return f"{effect.measure} within {effect.within}" if effect.within else effect.measure


def _pair(printed: Record, estimate: Estimate, regenerated: Record, other: Estimate) -> EstimatePair:
    """Both as print has them; raises NotPoolableError where they cannot be."""
    effect, found = trusted(printed, estimate).effect, other.effect
    assert effect is not None
    assert found is not None
    if effect.estimate is None:
        raise NotPoolableError("no estimate is printed, only raw numbers")
    unit, per, assumed = _terms(printed, estimate, regenerated, other)
    target = TargetScale(
        measure=found.measure,
        exposure=regenerated.exposure_of(other).name,
        per=per,
        versus=found.versus,
        unit=unit,
    )
    # why an effect is not pooled (a trend, one of a model's classes) is no reason not to compare it
    compared = other.model_copy(update={"not_poolable": None})
    mine, scale = harmonise(regenerated, compared, target), printed_scale(effect)
    number = float(effect.estimate)
    # on the scale of print, which is the log where a paper prints logarithms
    value, low, high = (
        each if scale is IDENTITY else scale.back(each)
        for each in (mine.yi, *(analysis_scale(found.measure).forward(end) for end in (mine.low, mine.high)))
    )
    try:
        sei, source = to_analysis_scale(effect, estimate.n).sei, PRINT
    except NotPoolableError:
        sei, source = mine.sei, REGENERATED
    ends = None if effect.ci is None else [float(limit) for limit in effect.ci]
    return EstimatePair(
        id=estimate.id,
        report=_report(printed, estimate),
        at=estimate.where.at,
        outcome=_outcome(printed, estimate),
        group=_group(printed, estimate),
        measure=effect.measure,
        contrast="" if effect.versus is None else _contrast(effect.versus),
        n_printed=None if estimate.n is None else int(estimate.n),
        n=None if other.n is None else int(other.n),
        printed=str(effect.estimate),
        printed_low=str(effect.ci[0]) if effect.ci else "",
        printed_high=str(effect.ci[1]) if effect.ci else "",
        regenerated=value,
        regenerated_low=low,
        regenerated_high=high,
        in_se=(mine.yi - scale.forward(number)) / sei,
        se_from=source,
        agrees=agree(effect.estimate, value),
        inside=None if ends is None else ends[0] <= value <= ends[1],
        assumed=assumed,
    )


def _contrast(versus: Contrast) -> str:
    """Q4 against Q1: without what both are classes of."""
    of, _, exposed = versus.exposed.rpartition(": ")
    of_reference, _, reference = versus.reference.rpartition(": ")
    if of != of_reference:
        return f"{versus.exposed} against {versus.reference}"
    return f"{exposed} against {reference}"


def _terms(
    printed: Record, estimate: Estimate, regenerated: Record, other: Estimate
) -> tuple[str | None, str | None, str]:
    """Outcome unit and exposure step of print, and what is assumed where print does not state them."""
    assert estimate.effect is not None
    assert other.effect is not None
    per, unit, assumed = estimate.effect.per, None, []
    if per is not None and quantity_fault(per):
        per = other.effect.per
        assumed.append(f"step not stated in print, taken as {per}")
    if has_units(other.effect.measure):
        unit = printed.outcome_of(estimate).unit
        if quantity_fault(unit):
            unit = regenerated.outcome_of(other).unit
            assumed.append(f"unit not stated in print, taken as {unit}")
    return unit, per, "; ".join(assumed)


def _unmatched(record: Record, estimate: Estimate, reason: str) -> Unmatched:
    where = _report(record, estimate), estimate.where.at, _outcome(record, estimate)
    return Unmatched(estimate.id, *where, _group(record, estimate), reason)


def _outcome(record: Record, estimate: Estimate) -> str:
    outcome = record.outcome_of(estimate)
    return f"{outcome.name}, {outcome.site}" if outcome.site else outcome.name


def _report(record: Record, estimate: Estimate) -> str:
    report = record.report_of(estimate)
    return report.label or report.dated(estimate.where.report)


def _group(record: Record, estimate: Estimate) -> str:
    return f"{estimate.stratum.describe()}; adjustment {record.model_of(estimate).adjustment}"
