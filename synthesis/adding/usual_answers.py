"""What a review's own scale and analyses suggest as answers."""

from __future__ import annotations

from evidence.records.review import LoadedReview
from evidence.records.units import parse_quantity
from evidence.records.vocabulary import NOT_STATED
from synthesis.adding.answers import Answers


def usual_study(loaded: LoadedReview) -> Answers:
    """What a record states once, as most records of the review state it."""
    scale = loaded.review.scale
    return {
        "type": "journal article",
        "status": "published",
        "exposure": scale.exposure,
        "exposure-unit": parse_quantity(scale.per).unit if scale.per else NOT_STATED,
    }


def usual_estimate(loaded: LoadedReview) -> Answers:
    """What the review's own scale and analyses suggest for an estimate."""
    scale = loaded.review.scale
    outcomes = {analysis.outcome.name for analysis in loaded.review.analyses}
    suggested = {
        "outcome": next(iter(outcomes)) if len(outcomes) == 1 else None,
        "measure": scale.measure,
        "per": scale.per,
        "exposed": scale.versus.exposed if scale.versus else None,
        "reference": scale.versus.reference if scale.versus else None,
        "outcome-unit": scale.unit,
    }
    return {name: text for name, text in suggested.items() if text}
