"""Directions of an analysis as sentences beside its pool, and as a plot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evidence.wording import enumerate_words
from synthesis.drawing.chart import Chart
from synthesis.plots.subject import NotDefinedError
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.directions import study_directions
from synthesis.without_pooling.direction_chart import StudyDirection, direction_chart
from synthesis.without_pooling.harvest_chart import harvest_chart
from synthesis.without_pooling.sign_test import SignTest, of_directions
from synthesis.without_pooling.told_directions import NOT_TOLD

DIRECTION = "direction"
HARVEST = "harvest"
DIRECTION_KINDS = {
    DIRECTION: "Which way does each study go? Directions by outcome, those told only in words among them.",
    HARVEST: "How many studies, and which, go either way? A bar for each, words without numbers among them.",
}
"""What each answers."""


@dataclass(frozen=True)
class DomainTest:
    """The directions of one domain, one a study, and their sign test."""

    domain: tuple[str, ...]
    rows: tuple[StudyDirection, ...]
    test: SignTest


def sign_tests(result: AnalysisResult) -> tuple[DomainTest, ...]:
    """The directions of each domain, and their sign test; none where no study tells a direction."""
    found = study_directions(result)
    if all(each.direction == NOT_TOLD for each in found):
        return ()
    domains: dict[tuple[str, ...], list[StudyDirection]] = {}
    for each in found:
        domains.setdefault(each.domain, []).append(each)
    level = result.method.level.fraction
    return tuple(
        DomainTest(
            domain,
            tuple(rows),
            of_directions([each.study for each in rows], [each.direction for each in rows], level),
        )
        for domain, rows in domains.items()
    )


def outside_the_pool(tests: Sequence[DomainTest]) -> dict[tuple[str, str], list[str]]:
    """Studies that tell a direction and are not in the pool, each with it, and in which domains."""
    outside: dict[tuple[str, str], list[str]] = {}
    for each in tests:
        for row in each.rows:
            if not row.pooled and row.direction != NOT_TOLD:
                outside.setdefault((row.study, row.direction), []).append(", ".join(each.domain))
    return outside


def direction_notes(result: AnalysisResult) -> Iterator[str]:
    """Who tells a direction and is not in the pool; for each domain the sign test, where it could tell any.

    With fewer studies than 2 x 0.5^k <= alpha asks for, six at 95 %, no directions could be significant.
    """
    tests = sign_tests(result)
    outside = outside_the_pool(tests)
    if not outside:
        return
    words = [
        f"{study} ({'; '.join(where) + ': ' if len(tests) > 1 else ''}{direction})"
        for (study, direction), where in outside.items()
    ]
    yield f"Directions not in the pool: {enumerate_words(words)}."
    level = result.method.level.fraction
    for each in tests:
        test = each.test
        if 2.0 * 0.5**test.k <= 1.0 - level and not all(row.pooled for row in each.rows):
            where = f" ({', '.join(each.domain)})" if len(tests) > 1 else ""
            yield f"Directions{where}: {test.sentence[:1].lower()}{test.sentence[1:]}"


def direction_plot(kind: str, result: AnalysisResult) -> Chart:
    """A kind of DIRECTION_KINDS of an analysis.

    Raises NotDefinedError where no record of it has a direction.
    """
    found = study_directions(result)
    if all(each.direction == NOT_TOLD for each in found):
        raise NotDefinedError("No record of this analysis has a direction.")
    draw = direction_chart if kind == DIRECTION else harvest_chart
    return draw(result.analysis.title, found, *result.sides)
