"""`location_scale`: how effects, and how much they differ, depend on what the studies differ in."""

from __future__ import annotations

from dataclasses import replace
from itertools import compress
from typing import Any

import numpy as np

from evidence.choices import as_truth, named
from evidence.wording import counted
from synthesis.plots.given import Given
from synthesis.pooling.batch import tested_columns
from synthesis.pooling.designs import location_scale as kernel
from synthesis.pooling.inputs import Missing, as_level, read_studies, repeated_note
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.mean.inference import Coefficients, OmnibusTest
from synthesis.pooling.tau2.estimators import ESTIMATORS
from synthesis.regression.api import GivenModerators, complete_studies, kept_studies
from synthesis.regression.behind import Behind, remembering
from synthesis.regression.contrasts import WaldTest
from synthesis.regression.design_matrix import ArrayModerators, DesignMatrix, Moderators, check
from synthesis.regression.location_scale_result import LocationScaleRegression, PartOfModel
from synthesis.regression.notes import dropped_note, few_note, lacking_note

METHODS = ("REML", "ML")
TESTS = ("z", "t")
_LISTED = 3


def location_scale(
    yi: Any,
    vi: Any = None,
    *,
    sei: Any = None,
    mods: Any = None,
    scale: Any,
    data: Any = None,
    slab: Any = None,
    method: str = "REML",
    test: str = "z",
    level: float = 0.95,
    intercept: bool = True,
    missing: Missing = "refuse",
) -> LocationScaleRegression:
    """Regress the mean effect on `mods` and log tau2 on `scale`. Viechtbauer & Lopez-Lopez 2022.

    yi, vi, sei, data, slab, level, missing and intercept (of either part) are as in `metareg`; so are the
    forms of mods, none meaning an intercept alone, and of scale. method: "REML" or "ML". test: "z", or "t"
    with k - p degrees of freedom for p coefficients of the mean and k - q for q of log tau2.

    Raises ValueError, naming the study or the moderator and what was expected, for what cannot be fitted.
    """
    method, test = named(method, METHODS, "method"), named(test, TESTS, "test")
    level = as_level(level)
    intercept = as_truth(intercept, "intercept")
    of_mean = None if mods is None else GivenModerators.of(mods, data, intercept)
    of_scale = GivenModerators.of(scale, data, intercept, "scale")
    beside = of_scale.beside | ({} if of_mean is None else of_mean.beside)
    studies = read_studies(yi, vi, sei, data, slab, missing, beside)
    parts = (
        _intercept_alone(studies.kept.size) if of_mean is None else of_mean.read(studies),
        of_scale.read(studies),
    )
    complete, lacking = complete_studies(parts, studies, missing)
    kept, labels = kept_studies(studies, complete)
    x = parts[0].design(kept, labels)
    z = parts[1].design(kept, labels)
    check(x, labels)
    _check_scale(z, labels)
    effects = Effects(studies.yi[complete], studies.vi[complete])
    fitted = kernel.location_scale(effects, z.matrix, x.matrix, method, test, level)
    result = _result(fitted, effects, labels, x, z)
    left_out = (
        dropped_note(studies.dropped),
        lacking_note(int((~complete).sum()), lacking),
    )
    found = (*left_out, *_notes(result), *dict.fromkeys((*x.alone, *z.alone)), repeated_note(labels))
    result = replace(result, notes=tuple(note for note in found if note))
    moderators = {} if of_mean is None else of_mean.values(studies, kept, x)
    moderators |= of_scale.values(studies, kept, z)
    return remembering(result, Behind(Given.of(yi, data, kept), moderators, x.recipe))


def _intercept_alone(n: int) -> Moderators:
    return ArrayModerators(np.empty((n, 0)), (), True)


def _check_scale(design: DesignMatrix, labels: tuple[str, ...]) -> None:
    try:
        check(design, labels)
    except ValueError as refusal:
        raise ValueError(f"scale: {refusal}") from None


def _result(
    fitted: kernel.LocationScale, effects: Effects, labels: tuple[str, ...], x: DesignMatrix, z: DesignMatrix
) -> LocationScaleRegression:
    result = LocationScaleRegression(
        labels=labels,
        yi=effects.y[0],
        vi=effects.v[0],
        k=fitted.k,
        location=_part(x, fitted.beta, fitted.beta_covariance),
        scale=_part(z, fitted.alpha, fitted.alpha_covariance),
        recipe=z.recipe,
        log_tau2=fitted.log_tau2,
        tau2=fitted.tau2,
        in_limit=fitted.in_limit,
        QM=_test(x, fitted.QM),
        QS=_test(z, fitted.QS),
        loglik=fitted.loglik,
        AIC=fitted.AIC,
        BIC=fitted.BIC,
        AICc=fitted.AICc,
        converged=fitted.converged,
        method=fitted.method,
        test_name=fitted.test,
        level=fitted.level,
        method_sentence="",
        notes=(),
    )
    return replace(result, method_sentence=_method_sentence(result))


def _part(design: DesignMatrix, found: Coefficients, covariance: Array) -> PartOfModel:
    return PartOfModel(
        design.names,
        design.matrix,
        found.estimate,
        covariance,
        found.se,
        found.statistic,
        found.p_value,
        float(found.df[0]),
        found.low,
        found.high,
    )


def _test(design: DesignMatrix, found: OmnibusTest) -> WaldTest:
    columns = np.arange(len(design.names))[tested_columns(design.matrix)]
    return WaldTest(
        found.statistic.item(),
        columns.size,
        found.denominator_df.item(),
        found.p_value.item(),
        tuple(design.names[i] for i in columns),
    )


def _method_sentence(result: LocationScaleRegression) -> str:
    x, z = result.location, result.scale
    df = "" if np.isinf(x.df) else f" ({x.df:g} df for the mean, {z.df:g} for log tau2)"
    kind = "z" if np.isinf(x.df) else "t"
    return (
        f"Location-scale model, log tau2 linear in its moderators: {ESTIMATORS[result.method].name} "
        f"({result.method}); Wald {kind} intervals{df}."
    )


def _notes(result: LocationScaleRegression) -> tuple[str, ...]:
    """Sentences about the fit, most important first; empty ones where there is nothing to say."""
    x, z = result.location, result.scale
    moderators = sum(int((np.ptp(part.design, axis=0) > 0).sum()) for part in (x, z))
    return (
        _not_converged(result),
        _limit(result),
        _flat(result),
        few_note(result.k, moderators),
    )


def _not_converged(result: LocationScaleRegression) -> str:
    if result.converged:
        return ""
    return "The search did not end at a maximum of the likelihood; do not rely on these numbers."


def _limit(result: LocationScaleRegression) -> str:
    if not result.in_limit.any():
        return ""
    gone = list(compress(result.labels, result.in_limit))
    without = list(compress(result.scale.names, ~np.isfinite(result.scale.estimate)))
    who = "every study" if result.in_limit.all() else _listed(gone)
    coefficients = (
        f"{', '.join(without)}: no finite value, standard error, interval or test in the scale part"
        if without
        else "the coefficients are those of the other studies"
    )
    return (
        f"The likelihood keeps rising as tau2 of {who} tends to zero, so that log tau2 has no finite "
        f"maximum; all numbers are those of the limit, where that tau2 is 0 ({coefficients})."
    )


def _flat(result: LocationScaleRegression) -> str:
    part = result.scale
    names = list(compress(part.names, np.isfinite(part.estimate) & np.isnan(part.se)))
    if not names:
        return ""
    return (
        f"No standard error of {', '.join(names)} in the scale part: the likelihood is flat there, and says "
        "next to nothing about tau2."
    )


def _listed(labels: list[str]) -> str:
    shown = ", ".join(labels[:_LISTED])
    more = len(labels) - _LISTED
    return f"{counted(len(labels))} ({shown}{f' and {more} more' if more > 0 else ''})"
