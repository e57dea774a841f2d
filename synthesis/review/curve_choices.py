"""A review's curve under every other defensible choice: its effect at one dose, as a specification curve."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from evidence.records.dose_choice import DoseResponseChoice
from evidence.records.review import LoadedReview
from evidence.records.scales import analysis_scale
from evidence.selection.selection import NONE_CONTRADICTED, Contradicted
from synthesis.diagnostics.multiverse import Multiverse
from synthesis.drawing.chart import Chart
from synthesis.plots.multiverse import specification_curve
from synthesis.plots.subject import Words
from synthesis.review.analysis import as_curve
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.captions import is_log
from synthesis.review.curve_parts import dose_name
from synthesis.review.curve_refits import contrast_of, curve_of
from synthesis.review.dose_pool import DosePool
from synthesis.review.dose_table import dose_effect

_CHOICES: dict[str, dict[str, dict[str, Any]]] = {
    "curve": {name: {"curve": name} for name in ("linear", "quadratic", "spline")},
    "doses": {
        "stated": {"doses": "stated"},
        "open class as wide": {"doses": "midpoint", "open_classes": "as wide"},
        "open class 1.2 times": {"doses": "midpoint", "open_classes": "1.2 times"},
    },
    "covariance": {name: {"covariance": name} for name in ("GL", "Hamling", "independent")},
    "stages": {"one": {"stages": 1}, "two": {"stages": 2}},
}
_ESTIMATORS = ("REML", "ML", "DL", "EE")


@dataclass(frozen=True, eq=False)
class _Specification:
    options: tuple[str, ...]
    found: DosePool | None


def curve_multiverse(
    loaded: LoadedReview, result: AnalysisResult, contradicted: Contradicted = NONE_CONTRADICTED
) -> Multiverse:
    """The effect of the review's last told dose, under each curve, rule of doses, covariance and method.

    Rules of doses that give every class the same dose are one. A combination that cannot be fitted, such as a
    study with fewer classes than coefficients in two stages, is undefined. Raises NotDefinedError where the
    review's own curve has fewer than two studies.
    """
    held = curve_of(result, "A multiverse")
    dose, reference = contrast_of(held), held.reference
    rows = list(_specifications(loaded, result, contradicted))
    numbers = np.full((5, len(rows)), math.nan)
    for place, row in enumerate(rows):
        fit = None if row.found is None else row.found.fit
        if fit is None:
            continue
        told = fit.predict(dose, reference=reference)
        ends = (told.estimate, told.ci_low, told.ci_high)
        numbers[:, place] = *(float(end[0]) for end in ends), fit.association.p_value, fit.k
    data = {_doses_of(row.found) for row in rows if row.found is not None}
    return Multiverse(
        choices=(*_CHOICES, "estimator"),
        options=tuple(row.options for row in rows),
        estimate=numbers[0],
        ci_low=numbers[1],
        ci_high=numbers[2],
        p_value=numbers[3],
        tau2=np.full(len(rows), math.nan),
        k=numbers[4],
        null=0.0,
        data_sets=len(data),
    )


def multiverse_of_curve(
    loaded: LoadedReview, result: AnalysisResult, contradicted: Contradicted = NONE_CONTRADICTED
) -> Chart:
    """The specification curve of the effect at one dose; raises as `curve_multiverse`."""
    found = curve_multiverse(loaded, result, contradicted)
    assert result.dose is not None
    shape = analysis_scale(result.scale.measure)
    effect = f"{dose_effect(result)}, {dose_name(result.dose, contrast_of(result.dose))}"
    words = Words(result.analysis.title, effect, is_log(shape), shape.null, *result.sides)
    return specification_curve(words, found, result.method.level.fraction)


def _specifications(
    loaded: LoadedReview, result: AnalysisResult, contradicted: Contradicted
) -> Iterator[_Specification]:
    """Every combination, without rules of doses that change none."""
    choice = result.analysis.dose_response
    assert choice is not None
    choices = {**_CHOICES, "doses": _rules(loaded, result, contradicted, choice)}
    for combination in product(*(each.items() for each in choices.values())):
        update = {key: value for _, changes in combination for key, value in changes.items()}
        if update["curve"] != "spline":
            update["knots"] = ()
        if update["curve"] != "linear":
            update["prefer"] = "classes"
        names = tuple(name for name, _ in combination)
        for estimator in _ESTIMATORS:
            if estimator == "DL" and update["stages"] == 1:
                continue  # moments are of the studies' own coefficients
            changed = _changed(loaded, result, contradicted, choice.model_copy(update=update), estimator)
            yield _Specification((*names, estimator), changed)


def _rules(
    loaded: LoadedReview, result: AnalysisResult, contradicted: Contradicted, choice: DoseResponseChoice
) -> dict[str, dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = {}
    known = set()
    for name, update in _CHOICES["doses"].items():
        found = _changed(
            loaded, result, contradicted, choice.model_copy(update=update), result.method.estimator
        )
        doses = _doses_of(found)
        if doses and doses not in known:
            kept[name] = update
        known.add(doses)
    return kept


def _doses_of(found: DosePool | None) -> tuple[tuple[str, float], ...]:
    """Of each class its study and dose."""
    if found is None:
        return ()
    return tuple(zip(found.columns["study"], found.columns["dose"], strict=True))


def _changed(
    loaded: LoadedReview,
    result: AnalysisResult,
    contradicted: Contradicted,
    choice: DoseResponseChoice,
    estimator: str,
) -> DosePool | None:
    """The curve under other choices; None where it cannot be fitted."""
    analysis = result.analysis.model_copy(update={"dose_response": choice})
    method = result.method.model_copy(update={"estimator": estimator})
    try:
        return as_curve(loaded, result.records, analysis, method, contradicted).dose
    except ValueError:
        return None
