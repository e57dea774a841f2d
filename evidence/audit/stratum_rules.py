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
from evidence.records.schema import Estimate, Record, Stratum
from evidence.selection.selection import strata_disjoint

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
        return self.dimension == "sex" and len(self.parts) == 2


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
        whole = printed_effect(estimate)
        views = [printed_effect(part) for _, part in division.parts]
        parts = [view for view in views if view is not None]
        if whole is None or len(parts) < len(views) or not _lies_outside(whole, parts):
            continue
        listed = ", ".join(
            f"{part.stratum.describe()} {view.estimate}"
            for (_, part), view in zip(division.parts, parts, strict=True)
        )
        yield Finding(
            ("estimates", index, "effect", "estimate"),
            f"the estimate for all, {whole.estimate}, lies beyond those of its strata: {listed}",
            _why_outside(record, estimate, division.dimension),
        )


def _lies_outside(whole: PrintedEffect, parts: list[PrintedEffect]) -> bool:
    centres = [part.centre for part in parts if part.centre is not None]
    errors = [se_from_interval(view) or _printed_se(view) for view in [whole, *parts]]
    if whole.centre is None or len(centres) < len(parts) or any(error is None for error in errors):
        return False
    if whole.centre.meets(Interval(min(c.low for c in centres), max(c.high for c in centres))):
        return False
    highest = [error.high for error in errors if error is not None]
    if min(highest) <= 0:
        return False
    weights = [1 / se**2 for se in highest[1:]]
    mean = sum(w * sum(c) / 2 for w, c in zip(weights, centres, strict=True)) / sum(weights)
    return abs(sum(whole.centre) / 2 - mean) > FAR * math.sqrt(highest[0] ** 2 + 1 / sum(weights))


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
        whole = printed_effect(division.whole[1])
        whole_se = None if whole is None else se_from_interval(whole)
        for index, part in division.parts:
            view = printed_effect(part)
            part_se = None if view is None else se_from_interval(view)
            if whole is None or view is None or whole_se is None or part_se is None:
                continue
            if part_se.high < LEAST_SHARE_OF_SE * whole_se.low:
                yield Finding(
                    ("estimates", index, "effect", "ci"),
                    f"{view.interval_text} of {part.stratum.describe()} is much narrower than "
                    f"{whole.interval_text} of all",
                    "Is an SE taken for a limit, or are the rows exchanged?",
                )


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
