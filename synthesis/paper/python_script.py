"""A Python script with its data inside that reproduces each analysis with this package alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

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
from synthesis.paper.python_curves import FUNCTIONS as CURVE_FUNCTIONS
from synthesis.paper.python_curves import curve_calls
from synthesis.paper.python_models import FUNCTIONS as MODEL_FUNCTIONS
from synthesis.paper.python_models import model_calls
from synthesis.paper.python_posteriors import FUNCTIONS as BAYESIAN_FUNCTIONS
from synthesis.paper.python_posteriors import posterior_call
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.pooled_units import Unit
from synthesis.unprinted.result import UnreportedSummary

_HEAD = '''\
"""{title}

Each analysis from the effects and standard errors that entered it, on the analysis scale.
Run with: python FILE. It prints a table in CSV; `found` has the results, each with its questions.
"""

import csv
import sys

import numpy as np

from synthesis import {names}
from synthesis.pooling.dependent.aggregation import aggregate

METHOD = {method}
COLUMNS = {columns}
found = []
rows = []


def add(analysis, group, result, predicted=True):
    found.append(result)
    numbers = (result.ci_low, result.ci_high, result.p_value, result.tau2)
    ends = (result.prediction_low, result.prediction_high) if predicted else (np.nan, np.nan)
    rows.append([analysis, group, result.k, result.estimate, *numbers, *ends, *[""] * 4])


def compare(analysis, data, tau2):
    """Groups of effects; with a common tau2 their means are those of one model."""
    names = [name for name, group in data for _ in group]
    flat = [effect for _, group in data for effect in group]
    # other kinds of prediction are of one mean
    predicted = tau2 == "separate" or METHOD["prediction"] in ("t(k-1)", "t(k-2)", "z", None)
    choices = METHOD if predicted else METHOD | {"prediction": None}
    result = subgroups(
        yi=[yi for _, yi, _ in flat],
        sei=[sei for _, _, sei in flat],
        by=names,
        slab=[label for label, _, _ in flat],
        tau2=tau2,
        **choices,
    )
    if tau2 == "common":
        for group in result.groups:
            add(analysis, group.name, group, predicted)
    found.append(result)
    test = result.between
    blank = [""] * 3
    said = [*blank, test.p_value, *blank, test.statistic, test.df1, test.df2, ""]
    rows.append([analysis, "{difference}", len(flat), *said])


def pooled(analysis, group, effects):
    labels, yi, sei = zip(*effects)
    add(analysis, group, pool(yi=yi, sei=sei, slab=labels, **METHOD))


def arms(label, yi, covariance):
    """Arms that share a reference, as their generalised least-squares mean."""
    mean = aggregate(np.array(yi), np.array(covariance), label)
    return label, float(mean.yi), float(np.sqrt(mean.vi))
'''


def python_script(results: Sequence[AnalysisResult]) -> str:
    """The script; it prints a table in CSV with the columns of COLUMNS, on the analysis scale."""
    return python_parts(results).whole


def python_parts(results: Sequence[AnalysisResult]) -> ScriptParts:
    """The same script, analysis by analysis."""
    method = results[0].method
    choices = {
        "method": method.estimator,
        "test": method.test,
        "level": method.level.fraction,
        "prediction": None if method.estimator == "EE" else method.prediction,
    }
    models = {result.analysis.id: list(model_fits_of(result)) for result in results}
    names, functions = ["pool", "subgroups"], ""
    if any(models.values()):
        names.append("pool_dependent")
        functions += MODEL_FUNCTIONS
    if any(group.bayesian for result in results for group in result.summarised):
        names.append("bayes")
        functions += BAYESIAN_FUNCTIONS
    if any(group.unreported for result in results for group in result.groups):
        names.append("pool_unreported")
    if any(result.dose and result.dose.fit for result in results):
        names.append("dose_response")
        functions += CURVE_FUNCTIONS
    filled = {
        "title": " ".join(results[0].review.title.split()).replace("\\", "").replace('"', "'"),
        "names": ", ".join(sorted(names)),
        "method": repr(choices),
        "columns": repr(list(COLUMNS)),
        "difference": DIFFERENCE,
    }
    head = re.sub(r"\{(\w+)\}", lambda found: filled[found[1]], _HEAD) + functions
    analyses = {
        result.analysis.id: "\n".join(_analysis(fits_of(result), models[result.analysis.id]))
        for result in results
    }
    lines = [
        "",
        'if __name__ == "__main__":',
        "    writer = csv.writer(sys.stdout)",
        "    writer.writerow(COLUMNS)",
        "    writer.writerows(rows)",
    ]
    return ScriptParts(head, analyses, "\n".join(lines))


def _analysis(fits: AnalysisFits, models: Sequence[ModelFit]) -> Iterator[str]:
    result = fits.result
    name = ascii(result.analysis.id)
    yield f"\n# {ascii(' '.join(f'{result.analysis.id}: {result.analysis.title}'.split()))[1:-1]}"
    curve = result.dose
    if not (fits.alone or fits.compared or models or (curve and curve.fit)):
        yield "# Nothing is pooled."
    if curve is not None:
        yield from curve_calls(result.analysis.id, curve)
    yield from model_calls(result.analysis.id, models, result.method.level.fraction)
    yield from _fitted(name, fits)
    if fits.within is not None:
        yield f"yi, vi = {fits.within.yi.tolist()!r}, {fits.within.vi.tolist()!r}"
        yield f"labels = {list(fits.within.labels)!a}"
        yield f"add({name}, {WITHIN!a}, pool(yi=yi, vi=vi, slab=labels, **METHOD))"


def _fitted(name: str, fits: AnalysisFits) -> Iterator[str]:
    """The effects once, then each fit of some of them."""
    units = units_of_fits(fits)
    if units:
        yield from ("effects = [", *(f"    {_effect(unit)}," for unit in units), "]")
    of = partial(_chosen, {unit.name: place for place, unit in enumerate(units)})
    if fits.compared and fits.common:
        yield _compared(name, fits, of)
    for fit in fits.alone:
        yield f"pooled({name}, {fit.name!a}, {of(fit)})"
    for group in fits.result.groups:
        if group.unreported is not None:
            yield from _with_what_is_said(group.unreported.pooled)
    for posterior in fits.posteriors:
        yield posterior_call(fits.result.analysis.id, posterior, of)
    if fits.compared and not fits.common:
        yield _compared(name, fits, of)


def _chosen(places: Mapping[str, int], fit: FitData) -> str:
    """The effects of a fit among those of its analysis: `effects`, `effects[0:3]`."""
    rows = [places[unit.name] for unit in fit.units]
    if rows == list(range(len(places))):
        return "effects"
    if rows and rows == list(range(rows[0], rows[0] + len(rows))):
        return f"effects[{rows[0]}:{rows[-1] + 1}]"
    return f"[effects[i] for i in {rows}]"


def _with_what_is_said(pooled: UnreportedSummary) -> Iterator[str]:
    """The pool in which results without a number count: in `found`, not in the table."""
    k, m = [None] * pooled.k, [None] * pooled.m
    yield "found.append(pool_unreported("
    yield f"    {[*pooled.yi.tolist(), *m]!r},"
    yield f"    vi={[*pooled.vi.tolist(), *(pooled.sei**2).tolist()]!r},".replace("nan", "None")
    yield f"    said={[*k, *pooled.said]!r},"
    yield f"    probability={[*k, *pooled.probability.tolist()]!r},"
    yield f"    alpha={[*k, *pooled.alpha.tolist()]!r},"
    yield f"    slab={[*pooled.labels, *pooled.silent]!a},"
    yield f"    method={pooled.method!r},"
    yield f"    level={pooled.level!r},"
    yield "))"


def _compared(name: str, fits: AnalysisFits, of: Callable[[FitData], str]) -> str:
    groups = ", ".join(f"({fit.name!a}, {of(fit)})" for fit in fits.compared)
    return f"compare({name}, [{groups}], {'common' if fits.common else 'separate'!r})"


def _effect(unit: Unit) -> str:
    """Label, effect and standard error; of several arms what they are worked out from."""
    if not unit.of_arms:
        return f"({unit.name!a}, {unit.yi!r}, {unit.sei!r})"
    yi = [each.effect.yi for each in unit.rows]
    return f"arms({unit.name!a}, {yi!r}, {unit.covariance.tolist()!r})"
