"""Rules about strata and the whole that they are parts of."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evidence.audit.arithmetic import Interval
from evidence.audit.consistency import se_from_interval
from evidence.audit.printed_effect import PrintedEffect, printed_effect
from evidence.audit.rule import RECORD_RULES, WARNING, Finding
from evidence.records.effect import Estimate
from evidence.records.possible import is_a_count
from evidence.records.printed import Printed
from evidence.records.schema import Record
from evidence.records.stratum import Stratum
from evidence.selection.overlap import strata_disjoint

FAR = 3.0
"""Standard errors between the whole and the mean of its strata that chance does not explain."""

LEAST_SHARE_OF_SE = 0.7
"""A stratum has fewer persons than the whole; a smaller SE than this share of the whole's is odd."""

_DIMENSIONS = ("sex", "ancestry", "age", "group")


@dataclass(frozen=True)
class Division:
    """Estimates of one question: for the whole, and for strata that divide it in one way."""

    dimension: str
    whole: tuple[int, Estimate]
    parts: tuple[tuple[int, Estimate], ...]

    @property
    def is_complete(self) -> bool:
        """Whether nobody can be in none of the strata."""
        return self.dimension == "sex"


def divisions(record: Record) -> Iterator[Division]:
    """Every whole of a record with every set of at least two disjoint strata of it."""
    questions: dict[tuple[object, ...], list[tuple[int, Estimate]]] = defaultdict(list)
    for index, estimate in enumerate(record.estimates):
        effect = estimate.effect
        if effect is not None:
            asked = (effect.measure, effect.per, effect.within, effect.versus)
            key = (estimate.where.report, estimate.outcome, estimate.exposure, estimate.model, asked)
            questions[key].append((index, estimate))
    for entries in questions.values():
        wholes = [entry for entry in entries if not _dimensions(entry[1].stratum)]
        for dimension in _DIMENSIONS:
            parts = tuple(entry for entry in entries if _dimensions(entry[1].stratum) == [dimension])
            if wholes and len(parts) > 1 and _all_disjoint([part.stratum for _, part in parts]):
                yield Division(dimension, wholes[0], parts)


def _dimensions(stratum: Stratum) -> list[str]:
    return [name for name in _DIMENSIONS if getattr(stratum, name) is not None]


def _all_disjoint(strata: Sequence[Stratum]) -> bool:
    return all(strata_disjoint(a, b) for i, a in enumerate(strata) for b in strata[:i])


@RECORD_RULES.rule("strata-against-whole", WARNING)
def strata_against_whole(record: Record) -> Iterator[Finding]:
    """An estimate for all lies among the estimates of its strata, unless the stratifier confounds it."""
    for division in divisions(record):
        index, estimate = division.whole
        whole = _Known.of(estimate)
        parts = [known for _, part in division.parts if (known := _Known.of(part)) is not None]
        if whole is None or len(parts) < len(division.parts) or not _lies_outside(whole, parts):
            continue
        listed = ", ".join(f"{part.name} {part.printed}" for part in parts)
        yield Finding(
            ("estimates", index, "effect", "estimate"),
            f"the estimate for all, {whole.printed}, lies beyond those of its strata: {listed}",
            _why_outside(record, estimate, division.dimension),
        )


@dataclass(frozen=True)
class _Known:
    """An estimate on the analysis scale, and the largest standard error that it may have."""

    name: str
    printed: Printed
    centre: Interval
    se: float

    @classmethod
    def of(cls, estimate: Estimate) -> _Known | None:
        """None where the estimate or its uncertainty is not printed, or cannot be."""
        view = printed_effect(estimate)
        error = None if view is None else se_from_interval(view) or _printed_se(view)
        if view is None or view.centre is None or error is None or error.high <= 0:
            return None
        return cls(estimate.stratum.describe(), view.estimate, view.centre, error.high)


def _lies_outside(whole: _Known, parts: list[_Known]) -> bool:
    if whole.centre.meets(
        Interval(min(part.centre.low for part in parts), max(part.centre.high for part in parts))
    ):
        return False
    weight = sum(part.se**-2 for part in parts)
    mean = sum(sum(part.centre) / 2 * part.se**-2 for part in parts) / weight
    return abs(sum(whole.centre) / 2 - mean) > FAR * math.sqrt(whole.se**2 + 1 / weight)


def _printed_se(effect: PrintedEffect) -> Interval | None:
    return None if effect.se is None else Interval(effect.se.lowest, effect.se.highest)


def _why_outside(record: Record, estimate: Estimate, dimension: str) -> str:
    if record.model_of(estimate).adjustment == "none":
        return (
            f"This can be real in an unadjusted model: {dimension} then confounds the association "
            "(Simpson's paradox). Check the sign and the table cell all the same."
        )
    return (
        f"This can be real only if the model for all does not adjust for {dimension}. Check the table cell."
    )


@RECORD_RULES.rule("stratum-too-precise", WARNING)
def stratum_too_precise(record: Record) -> Iterator[Finding]:
    """A part of the persons does not give a much narrower interval than all of them."""
    for division in divisions(record):
        for whole, whole_se in _with_interval(division.whole[1]):
            for index, part in division.parts:
                for view, part_se in _with_interval(part):
                    if part_se.high < LEAST_SHARE_OF_SE * whole_se.low:
                        yield Finding(
                            ("estimates", index, "effect", *(("ci",) if view.limit is None else ())),
                            f"{view.interval_text} of {part.stratum.describe()} is much narrower than "
                            f"{whole.interval_text} of all",
                            "Is an SE taken for a limit, or are the rows exchanged?",
                        )


def _with_interval(estimate: Estimate) -> Iterator[tuple[PrintedEffect, Interval]]:
    """The effect and the standard errors that its interval allows; nothing where it has none."""
    view = printed_effect(estimate)
    error = None if view is None else se_from_interval(view)
    if view is not None and error is not None:
        yield view, error


@RECORD_RULES.rule("n-across-strata", WARNING)
def n_across_strata(record: Record) -> Iterator[Finding]:
    """The persons of disjoint strata add up to no more than the whole, and by sex to exactly that."""
    seen: set[tuple[str, str, int]] = set()
    for division in divisions(record):
        (index, whole), numbers = division.whole, [part.n for _, part in division.parts]
        counted = [n for n in numbers if n is not None]
        key = (whole.where.report, division.dimension, sum(counted))
        if whole.n is None or len(counted) < len(numbers) or key in seen:
            continue
        total = sum(counted)
        if total > whole.n or (division.is_complete and total < whole.n):
            seen.add(key)
            sums = " + ".join(map(str, counted))
            yield Finding(
                ("estimates", index, "n"),
                f"the strata by {division.dimension} have {sums} = {total} persons, all have {whole.n}",
                f"{abs(total - whole.n)} persons too {'many' if total > whole.n else 'few'} in the strata.",
            )


@RECORD_RULES.rule("n-above-whole", WARNING)
def n_above_whole(record: Record) -> Iterator[Finding]:
    """A stratum has no more persons than the whole that it is a part of."""
    wholes: dict[tuple[object, ...], Estimate] = {}
    for estimate in record.estimates:
        if estimate.n is not None and not _dimensions(estimate.stratum):
            wholes.setdefault(_question(estimate), estimate)
    for index, part in enumerate(record.estimates):
        whole = wholes.get(_question(part))
        if whole is None or whole.n is None or part.n is None or not _dimensions(part.stratum):
            continue
        if part.n > whole.n and is_a_count(part.n):
            says = f"{part.n} persons in {part.stratum.describe()}, and only {whole.n} in all"
            yield Finding(("estimates", index, "n"), says, "Is a digit wrong, or a row exchanged?")


def _question(estimate: Estimate) -> tuple[object, ...]:
    return estimate.where.report, estimate.outcome, estimate.exposure, estimate.model


@RECORD_RULES.rule("groups-across-strata", WARNING)
def groups_across_strata(record: Record) -> Iterator[Finding]:
    """Persons and events of a group add up over disjoint strata to no more than in the whole."""
    for division in divisions(record):
        index, whole = division.whole
        for place in (0, 1):
            for what in ("n", "events"):
                total = _in_group(whole, place, what)
                parts = [_in_group(part, place, what) for _, part in division.parts]
                known = [part for part in parts if part is not None]
                if total is None or len(known) < len(parts):
                    continue
                if sum(known) > total or (division.is_complete and sum(known) < total):
                    sums = " + ".join(map(str, known))
                    noun = "persons" if what == "n" else "events"
                    yield Finding(
                        ("estimates", index, "effect", "groups", place, what),
                        f"the strata by {division.dimension} have {sums} = {sum(known)} {noun} in this "
                        f"group, all have {total}",
                        "Is a digit wrong, or are groups exchanged in a stratum?",
                    )


def _in_group(estimate: Estimate, place: int, what: str) -> int | None:
    """Persons or events of one of the two groups; None where they are not printed, or cannot be."""
    if estimate.effect is None or estimate.effect.groups is None:
        return None
    number: int | None = getattr(estimate.effect.groups[place], what)
    return number if number is not None and is_a_count(number) else None
