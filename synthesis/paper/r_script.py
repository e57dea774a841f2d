"""An R script with its data inside that reproduces each analysis in metafor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from evidence.records.review import Method
from synthesis.paper.fits import (
    COLUMNS,
    DIFFERENCE,
    WITHIN,
    AnalysisFits,
    FitData,
    ScriptParts,
    fits_of,
    units_of_fits,
)
from synthesis.paper.model_fits import ModelFit, model_fits_of
from synthesis.paper.r_curves import FUNCTIONS as CURVE_FUNCTIONS
from synthesis.paper.r_curves import curve_calls_in_r
from synthesis.paper.r_functions import ALL, FIT, FIT_OF_HENMI_AND_COPAS, HENMI_COPAS, MODEL, MODEL_BY_Q
from synthesis.paper.r_models import FUNCTIONS as MODEL_FUNCTIONS
from synthesis.paper.r_models import model_lines
from synthesis.paper.r_posteriors import FUNCTIONS as BAYESIAN_FUNCTIONS
from synthesis.paper.r_posteriors import posterior_lines
from synthesis.pooling.dependent.robust import ROBUST
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.pooled_units import Unit

_TESTS = {"z": "z", "t": "t", "HKSJ": "knha", "adhoc": "adhoc", "HC": "HC"}
"""Tests by metafor's names; Henmi and Copas' is worked out from its distribution."""

_SAME = ("EE", "DL", "HE", "HS", "HSk", "SJ", "EB", "PM", "PMM", "ML", "REML")
_METHODS = {name: name for name in _SAME} | {"DLIT": "PM", "SJIT": "PM"}
"""Estimators by metafor's names; iterated to the end, DLIT and SJIT are that of Paule and Mandel."""

_FIRST = {"DL2": "DL", "CA2": "HE", "GENQ": None}
"""Estimators of a generalised Q, by the first estimate that its weights are from; None for 1/se."""

_INSTEAD = {
    "GENQM": "its own GENQM needs the package CompQuadForm, and uses the weights for the mean as well",
    "KR": "pbkrtest has it for the models of lme4, whose sampling variances are not given; the nearest in "
    "metafor is the test HKSJ",
}
"""What R has in place of what metafor does not reproduce."""

_DF_LOST = {"t(k-1)": "1", "t(k-2)": "2", "HTS": "2", "HKSJ": "2", "z": "-Inf"}
"""By how many the degrees of freedom of a prediction interval are fewer than the studies."""


def r_script(results: Sequence[AnalysisResult]) -> str:
    """The script; it prints a table in CSV with the columns of COLUMNS, on the analysis scale.

    Raises ValueError where metafor has no such method.
    """
    return r_parts(results).whole


def r_parts(results: Sequence[AnalysisResult]) -> ScriptParts:
    """The same script, analysis by analysis; raises as `r_script`."""
    method = results[0].method
    _refuse(method.estimator, method.test)
    first = _FIRST.get(method.estimator, "")
    chosen = [
        f"METHOD <- {_text(_METHODS.get(method.estimator, 'GENQ'))}",
        f"TEST <- {_text(_TESTS[method.test])}",
        f"LEVEL <- {100.0 * method.level.fraction!r}",
        f"PREDICTION <- {_text(method.prediction)}",
        f"DF_LOST <- {_DF_LOST.get(method.prediction, 'NA')}",
        f"COLUMNS <- {_vector(map(_text, COLUMNS))}",
        *([f"FIRST <- {'NA' if first is None else _text(first)}"] if first != "" else []),
    ]
    models = {result.analysis.id: list(model_fits_of(result)) for result in results}
    curves = all(result.dose is not None for result in results)
    robust = any(fit.test in ROBUST for fits in models.values() for fit in fits)
    lines = [
        _comment(results[0].review.title),
        f"# Each analysis in {'base R' if curves else 'metafor'}, from the effects and standard errors that "
        "entered it, on the analysis scale.",
        "# Run with: Rscript FILE. It prints a table in CSV.",
        *(_comment(each) for each in _not_in_metafor(method.prediction)),
        *([] if curves else ["suppressPackageStartupMessages(library(metafor))"]),
        *(["suppressPackageStartupMessages(library(clubSandwich))"] if robust else []),
        "",
        *chosen,
        "",
        _functions(method),
        *([MODEL_FUNCTIONS] if any(models.values()) else []),
        *([CURVE_FUNCTIONS] if any(result.dose and result.dose.fit for result in results) else []),
        *([BAYESIAN_FUNCTIONS] if any(fits_of(result).posteriors for result in results) else []),
    ]
    analyses = {
        result.analysis.id: "\n".join(_analysis(fits_of(result), models[result.analysis.id]))
        for result in results
    }
    return ScriptParts("\n".join(lines), analyses, "\nwrite.csv(results[, COLUMNS], row.names = FALSE)")


def _functions(method: Method) -> str:
    """Those that the script calls."""
    model = MODEL_BY_Q if method.estimator in _FIRST else MODEL
    copas = method.test == "HC"
    return (
        ALL.replace("@MODEL@", model + (HENMI_COPAS if copas else ""))
        .replace("@FIT@", FIT_OF_HENMI_AND_COPAS if copas else FIT)
        .replace("@DIFFERENCE@", DIFFERENCE)
    )


def _refuse(estimator: str, test: str) -> None:
    for what, name, known in (("estimator", estimator, {*_METHODS, *_FIRST}), ("test", test, _TESTS)):
        if name not in known:
            raise ValueError(
                f"metafor has no {what} '{name}' that would give these numbers ({_INSTEAD[name]}); a .py "
                "file reproduces them with this package alone"
            )


def _not_in_metafor(prediction: str) -> Iterator[str]:
    if prediction == "NNF":
        yield "Prediction intervals of kind NNF are not in metafor, and are left out; pima of the package"
        yield "pimeta has them, from random draws, to a few digits."


def _analysis(fits: AnalysisFits, models: Sequence[ModelFit]) -> Iterator[str]:
    result = fits.result
    name = _text(result.analysis.id)
    yield ""
    yield _comment(f"{result.analysis.id}: {result.analysis.title}")
    curve = result.dose
    if not (fits.alone or fits.compared or models or (curve and curve.fit)):
        yield "# Nothing is pooled."
    if curve is not None:
        yield from curve_calls_in_r(result.analysis.id, curve, _text, _vector)
    yield from model_lines(result.analysis.id, models, _text, _vector)
    units = units_of_fits(fits)
    if units:
        yield from _effects(result, units)
    places = {unit.name: place for place, unit in enumerate(units, start=1)}
    if fits.compared and fits.common:
        yield from _data(places, fits.compared)
        yield f"compare_common({name}, dat)"
    for fit in fits.alone:
        yield from _data(places, (fit,))
        yield f"pooled({name}, {_text(fit.name)}, dat)"
    if any(group.unreported for group in result.groups):
        yield "# What is said of results without a number is pooled by synthesis.pool_unreported alone."
    for posterior in fits.posteriors:
        yield from posterior_lines(result.analysis.id, posterior, _text, _vector, partial(_data, places))
    if fits.compared and not fits.common:
        yield from _data(places, fits.compared)
        yield f"compare({name}, dat)"
    if fits.within is not None:
        yield f"# {WITHIN}"
        yield f"dat <- data.frame(study = {_vector(map(_text, fits.within.labels))},"
        yield f"  yi = {_vector(map(repr, fits.within.yi.tolist()))},"
        yield f"  vi = {_vector(map(repr, fits.within.vi.tolist()))})"
        yield f"pooled({name}, {_text(WITHIN)}, dat)"


def _effects(result: AnalysisResult, units: Sequence[Unit]) -> Iterator[str]:
    """A data frame with a row a unit."""
    yield f"effects <- data.frame(study = {_vector(_text(result.unit_label(unit)) for unit in units)},"
    yield f"  yi = {_vector(_number(unit.yi, unit) for unit in units)},"
    yield f"  sei = {_vector(_number(unit.sei, unit) for unit in units)})"
    yield "effects$vi <- effects$sei^2"
    for row, unit in enumerate(units, start=1):
        if unit.of_arms:
            yi = _vector(repr(each.effect.yi) for each in unit.rows)
            matrix = _vector(repr(value) for value in unit.covariance.ravel().tolist())
            arms = f"mean_of_arms({yi}, matrix({matrix}, {len(unit.rows)}))"
            yield f'effects[{row}, c("yi", "vi")] <- {arms}'


def _data(places: Mapping[str, int], fits: Sequence[FitData]) -> Iterator[str]:
    """The rows of fits among those of their analysis; groups have the order of the review."""
    rows = [places[unit.name] for fit in fits for unit in fit.units]
    whole = rows == list(range(1, len(places) + 1))
    yield "dat <- effects" if whole else f"dat <- effects[{_vector(map(str, rows))}, ]"
    if len(fits) > 1:
        groups = [fit.name for fit in fits for _ in fit.units]
        levels = _vector(_text(fit.name) for fit in fits)
        yield f"dat$group <- factor({_vector(map(_text, groups))}, levels = {levels})"


def _number(value: float, unit: Unit) -> str:
    """Every digit; of several arms what R works out itself."""
    return "NA_real_" if unit.of_arms else repr(value)


def _vector(items: Iterable[str]) -> str:
    return f"c({', '.join(items)})"


def _text(text: str) -> str:
    """A text of R in ASCII."""
    return '"' + "".join(map(_sign, text)) + '"'


def _sign(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    code = ord(sign)
    if 32 <= code < 127:
        return sign
    return " " if code < 32 or 0xD800 <= code < 0xE000 else f"\\U{code:08x}"


def _comment(text: str) -> str:
    """One line of a comment."""
    return f"# {' '.join(text.split())}".encode("ascii", "replace").decode()
