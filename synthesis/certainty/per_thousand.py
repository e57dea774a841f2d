"""What a relative effect and a baseline risk mean for 1,000 persons."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evidence.effects.absolute import absolute_effect
from evidence.records.vocabulary import Measure

_OF_ODDS = "OR × risk / (1 − risk + OR × risk) (Cochrane Handbook 5.1, section 12.5.4.3)"
SOURCES: dict[Measure, str] = {
    "RR": "risk × RR (Cochrane Handbook 5.1, section 12.5.4.2)",
    "OR": _OF_ODDS,
    "PETO": _OF_ODDS,
    "HR": "1 − (1 − risk)^HR under proportional hazards (Altman & Andersen 1999, BMJ 319:1492)",
    "RD": "risk + RD (Cochrane Handbook 5.1, section 12.5.4)",
}
"""Of each measure that has an absolute effect: the risk with the exposure, and who says so."""


class NoAbsoluteEffectError(ValueError):
    """There is no absolute effect, with the reason as a sentence."""


@dataclass(frozen=True)
class PerThousand:
    """Persons with the event in 1,000: without the exposure, with it, and the difference with its interval.

    cut: whether an end of the interval was beyond none or all persons, and stands at that.
    """

    without: float
    with_exposure: float
    difference: float
    low: float
    high: float
    cut: bool


def per_thousand(
    measure: Measure, ends: tuple[float, float, float], risk: float, period: str | None
) -> PerThousand:
    """ends: estimate and limits on the measure's own scale; risk: without the exposure, between 0 and 1.

    The interval is that of the relative effect; the baseline risk counts as known. Raises
    NoAbsoluteEffectError for measures that have none, for a hazard ratio without the period of the risk, and
    where the estimate is beyond none or all persons.
    """
    if measure not in SOURCES:
        raise NoAbsoluteEffectError(f"{measure} and a baseline risk do not give an absolute effect.")
    if measure == "HR" and period is None:
        raise NoAbsoluteEffectError(
            "A hazard ratio acts over time: the baseline risk needs its period, e.g. 5 years."
        )
    of = "OR" if measure == "PETO" else measure
    estimate, low, high = ends if measure == "RD" else map(_log, ends)
    try:
        found = absolute_effect(of, (estimate, low, high), risk)
    except ValueError:
        raise NoAbsoluteEffectError(
            f"{measure} {ends[0]:.3g} at a baseline of {1000 * risk:.3g} per 1,000 is beyond what persons "
            "there are."
        ) from None
    beyond = {"RR": ends[2] * risk > 1.0, "RD": not (risk + ends[1] >= 0.0 and risk + ends[2] <= 1.0)}
    difference, lower, upper = (1000.0 * each for each in found.difference)
    return PerThousand(
        1000.0 * risk, 1000.0 * found.risk[0], difference, lower, upper, cut=beyond.get(of, False)
    )


def _log(ratio: float) -> float:
    return math.log(ratio) if ratio > 0.0 else -math.inf
