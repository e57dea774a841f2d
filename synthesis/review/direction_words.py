"""Directions of an analysis as sentences beside its pool, and as a plot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from evidence.wording import enumerate_words
from synthesis.drawing.chart import Chart
from synthesis.plots.subject import NotDefinedError
from synthesis.review.analysis import AnalysisResult
from synthesis.review.directions import study_directions
from synthesis.without_pooling.direction_chart import direction_chart
from synthesis.without_pooling.harvest_chart import harvest_chart
from synthesis.without_pooling.sign_test import of_directions
from synthesis.without_pooling.told_directions import NOT_TOLD

DIRECTION = "direction"
HARVEST = "harvest"
DIRECTION_KINDS = {
    DIRECTION: "Which way does each study go? Directions by outcome, those told only in words among them.",
    HARVEST: "How many studies, and which, go either way? A bar for each, words without numbers among them.",
}
"""What each answers."""


def direction_notes(result: AnalysisResult) -> Iterator[str]:
    """For each domain with a study that tells a direction and is not in the pool: the sign test, and who."""
    found = study_directions(result)
    for domain in dict.fromkeys(each.domain for each in found):
        rows = [each for each in found if each.domain == domain]
        words = [
            f"{each.study} ({each.direction})"
            for each in rows
            if not each.pooled and each.direction != NOT_TOLD
        ]
        if words:
            test = of_directions(
                [each.study for each in rows],
                [each.direction for each in rows],
                result.method.level.fraction,
            )
            where = f" ({', '.join(domain)})" if len({each.domain for each in found}) > 1 else ""
            sentence = test.sentence[:1].lower() + test.sentence[1:]
            yield f"Directions{where}: {sentence} Of these not in the pool: {enumerate_words(words)}."


def without_directions(*_: object) -> NoReturn:
    """Raises NotDefinedError: a pooled result alone has no records."""
    raise NotDefinedError("Directions are those of a review's records.")


def direction_plot(kind: str, result: AnalysisResult) -> Chart:
    """A kind of DIRECTION_KINDS of an analysis.

    Raises NotDefinedError where no record of it has a direction.
    """
    found = study_directions(result)
    if all(each.direction == NOT_TOLD for each in found):
        raise NotDefinedError("No record of this analysis has a direction.")
    direction = result.analysis.direction or result.review.direction
    lower, higher = (direction.lower, direction.higher) if direction else ("", "")
    draw = direction_chart if kind == DIRECTION else harvest_chart
    return draw(result.analysis.title, found, lower, higher)
