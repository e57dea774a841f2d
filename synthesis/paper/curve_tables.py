"""A review's curves as tables: classes with their doses, coefficients with covariance, effects of doses."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evidence.records.scales import analysis_scale
from evidence.selection.dose_selection import ClassedStudy
from evidence.selection.selection import Chosen
from evidence.wording import number, percent
from synthesis.paper.paper_table import PaperTable, Reported, Row, paper_table
from synthesis.paper.rounded import Cell, as_printed, effect, p_value
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.captions import is_log
from synthesis.review.dose_pool import DosePool
from synthesis.review.dose_table import curve_effect, dose_effect

_COVARIANCE = "cov_"
_NONE = "No analysis is a curve over a dose."
_CLASSES = (
    ("analysis", "Analysis"),
    ("study", "Study"),
    ("estimate_id", "Estimate"),
    ("effect", "Effect"),
    ("dose", "Dose"),
    ("reference", "Reference dose"),
    ("unit", "Unit"),
    ("cases", "Cases"),
    ("size", "Persons or person-time"),
    ("estimate", "Estimate of effect"),
    ("ci_low", "CI, lower"),
    ("ci_high", "CI, upper"),
    ("sei_from", "Standard error from"),
    ("report", "Report"),
    ("at", "Where"),
)
_COEFFICIENTS = (
    ("analysis", "Analysis"),
    ("curve", "Curve"),
    ("unit", "Unit"),
    ("coefficient", "Coefficient"),
    ("estimate", "Estimate"),
    ("se", "SE"),
    ("ci_low", "CI, lower"),
    ("ci_high", "CI, upper"),
    ("p", "p"),
    ("sd_between", "SD between studies"),
)
_DOSES = (
    ("analysis", "Analysis"),
    ("effect", "Effect"),
    ("dose", "Dose"),
    ("reference", "Reference dose"),
    ("unit", "Unit"),
    ("estimate", "Estimate"),
    ("ci_low", "CI, lower"),
    ("ci_high", "CI, upper"),
    ("prediction_low", "PI, lower"),
    ("prediction_high", "PI, upper"),
)


def class_table(material: Reported) -> PaperTable:
    """A row a class, those of the reference included, and a row a slope."""
    rows = [row for result, found, places in _curves(material) for row in _classes(result, found, places)]
    notes = (
        f"CI: {_levels(material)} confidence interval. A class without an effect is the reference of its "
        "study. A row without a dose is the slope of a study, per one unit.",
    )
    return paper_table("classes", "Classes of an exposure, with their doses", _CLASSES, rows, notes, _NONE)


def coefficient_table(material: Reported) -> PaperTable:
    """A row a coefficient, with its covariance with each coefficient of its curve."""
    rows = [row for result, found, _ in _curves(material) for row in _coefficients(result, found)]
    names = dict.fromkeys(name for row in rows for name in row if name.startswith(_COVARIANCE))
    covariances = [(name, f"Covariance with {name.removeprefix(_COVARIANCE)}") for name in names]
    notes = (
        "Coefficients are on the scale that is pooled (logarithms of ratios), of doses in the unit named; "
        "their covariances stand in their order.",
    )
    title = "Coefficients of curves, with their covariance"
    return paper_table("curves", title, (*_COEFFICIENTS, *covariances), rows, notes, _NONE)


def dose_effects_table(material: Reported) -> PaperTable:
    """A row for each dose of which the effect is told, against the reference dose."""
    rows = [row for result, found, places in _curves(material) for row in _effects(result, found, places)]
    notes = (f"CI: {_levels(material)} confidence interval; PI: prediction interval of a new study.",)
    return paper_table("doses", "Effects of doses, from the curves", _DOSES, rows, notes, _NONE)


def _curves(material: Reported) -> Iterator[tuple[AnalysisResult, DosePool, int]]:
    for result, places in material.with_decimals():
        if result.dose is not None and result.dose.fit is not None:
            yield result, result.dose, places


def _levels(material: Reported) -> str:
    return ", ".join(dict.fromkeys(percent(each.method.level.fraction) for each in material.results))


def _printed(value: float) -> Cell:
    """A dose, a count or a coefficient, with four significant digits."""
    return as_printed(float(value), number(float(value)))


def _classes(result: AnalysisResult, found: DosePool, places: int) -> Iterator[Row]:
    common: Row = {"analysis": result.analysis.id, "unit": found.choice.unit}
    for name, study in found.studies:
        of_study = common | {"study": name, "reference": _printed(study.reference)}
        first = study.rows[0].candidate
        assert first.shared_reference is not None
        reference = f"{first.comparison}.{first.shared_reference.reference.id}"
        yield of_study | {
            "estimate_id": reference,
            "dose": _printed(study.reference),
            **_counts(study, 0),
            **_place(study.rows[0]),
        }
        for place, row in enumerate(study.rows):
            yield {
                **of_study,
                "dose": _printed(study.doses[place]),
                **_counts(study, place + 1),
                **_place(row),
                **_numbers(result, row, places),
            }
    for name, row in found.slopes:
        yield {**common, "study": name, **_place(row), **_numbers(result, row, places)}


def _counts(study: ClassedStudy, place: int) -> Row:
    if study.counts is None:
        return {}
    cases = study.counts.cases
    return {
        "cases": None if cases is None else _printed(cases[place]),
        "size": _printed(study.counts.sizes[place]),
    }


def _place(row: Chosen) -> Row:
    found = row.candidate
    return {"report": found.report.label or found.report.citation, "at": found.estimate.where.at}


def _numbers(result: AnalysisResult, row: Chosen, places: int) -> Row:
    shape = analysis_scale(result.scale.measure)
    values = {"estimate": shape.back(row.effect.yi), "ci_low": row.effect.low, "ci_high": row.effect.high}
    return {
        "estimate_id": row.candidate.estimate.id,
        "effect": dose_effect(result),
        "sei_from": row.effect.sei_from,
        **{name: effect(value, places, is_log(shape)) for name, value in values.items()},
    }


def _coefficients(result: AnalysisResult, found: DosePool) -> Iterator[Row]:
    fit = found.fit
    assert fit is not None
    for at, coefficient in enumerate(fit.names):
        numbers = {name: getattr(fit, name)[at] for name in ("estimate", "se", "ci_low", "ci_high")}
        if fit.method != "EE":
            numbers["sd_between"] = np.sqrt(fit.psi[at, at])
        numbers |= {f"{_COVARIANCE}{place}": value for place, value in enumerate(fit.covariance[at], start=1)}
        yield {
            "analysis": result.analysis.id,
            "curve": found.choice.curve,
            "unit": found.choice.unit,
            "coefficient": coefficient,
            "p": p_value(float(fit.p_value[at])),
            **{key: _printed(value) for key, value in numbers.items()},
        }


def _effects(result: AnalysisResult, found: DosePool, places: int) -> Iterator[Row]:
    shape, told = analysis_scale(result.scale.measure), found.told
    names = ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")
    for at, dose in enumerate(found.at):
        numbers = {name: shape.back(float(getattr(told, name)[at])) for name in names}
        yield {
            "analysis": result.analysis.id,
            "effect": curve_effect(result, found),
            "dose": _printed(dose),
            "reference": _printed(found.reference),
            "unit": found.choice.unit,
            **{name: effect(value, places, is_log(shape)) for name, value in numbers.items()},
        }
