"""`dose_response`: from classes of an exposure to a curve over its dose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from evidence.choices import as_number, named
from evidence.wording import counted
from synthesis.curves.curve_words import curve_notes, curve_sentence
from synthesis.curves.dose_response_result import DoseResponse
from synthesis.curves.exposure_classes import COVARIANCES, ClassColumns, DoseStudy
from synthesis.plots.given import Given
from synthesis.pooling.api import LEVEL
from synthesis.pooling.doses.curve_fit import CURVE_METHODS, ClassEffects, CurveFit, fit_curve
from synthesis.pooling.doses.dose_basis import (
    POWERS,
    DoseBasis,
    fractional_polynomial,
    linear,
    linear_spline,
    quadratic,
    restricted_cubic_spline,
)
from synthesis.pooling.inputs import Missing, as_level
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.mean.inference import coefficients

CURVES = ("linear", "quadratic", "spline", "linear spline", "fractional")
TESTS = ("z", "t")
_LOGARITHMS = ("odds", "risks", "rates")
_QUANTILES = (0.1, 0.5, 0.9)  # of three knots: Harrell 2001, table 2.3


def dose_response(
    yi: Any,
    vi: Any = None,
    *,
    sei: Any = None,
    sdi: Any = None,
    dose: Any,
    study: Any,
    data: Any = None,
    cases: Any = None,
    n: Any = None,
    kind: Any = None,
    reference: Any = None,
    covariance: str | Mapping[Any, Any] = "GL",
    curve: str = "linear",
    knots: Sequence[float] | None = None,
    powers: Sequence[float] | None = None,
    stages: int = 1,
    method: str = "REML",
    test: str = "z",
    level: float = LEVEL,
    missing: Missing = "refuse",
) -> DoseResponse:
    """A curve over the dose from classes of an exposure that are compared with one reference class a study.

    A row is a class, the reference included: yi its effect (log ratio, or difference of means), 0 for the
    reference, which has no vi or sei; or yi its mean with sdi and n. dose: assigned to each class, of limits
    or quantiles by `evidence.effects.class_doses`; study: whose it is;
    reference: truth values, which class is the reference, where yi does not tell it. Lists, or columns of
    `data`.
    kind: what ratios are of, "odds" (case-control), "risks" (cumulative incidence), "rates" (person-time) or
    "means"; one or a column. cases, n: of each class, n being persons (cases included) or person-time. From
    them follows the covariance of the classes: "GL" (Greenland & Longnecker 1992), "Hamling" (2008); of
    means it is exact; or "independent", or a matrix for each study by its label.
    curve: "linear", "quadratic", "spline" (restricted cubic), "linear spline" (both with `knots`; when None
    the 10th, 50th and 90th percentile of the doses, or the median), or "fractional" with one or two `powers`
    (when None the best of all pairs, Royston & Altman 1994).
    stages: 1 keeps studies with fewer classes than coefficients, 2 pools the coefficients of each study.
    method: REML, ML, EE (no heterogeneity), or in two stages DL, moments. test: "z" or "t"
    on studies less coefficients. level: a fraction, or a percentage.

    Raises ValueError, naming the study and what was expected.
    """
    level, test, method = as_level(level), named(test, TESTS, "test"), named(method, CURVE_METHODS, "method")
    if isinstance(covariance, str):
        covariance = named(covariance, COVARIANCES, "covariance")
    dropping = named(missing, ("refuse", "drop"), "missing")
    stages = _stages(stages)
    given = {"yi": yi, "vi": vi, "sei": sei, "sdi": sdi, "dose": dose, "study": study}
    columns = ClassColumns.of(data, given | {"cases": cases, "n": n, "reference": reference}, kind)
    studies = columns.studies(covariance, dropping)
    method = "EE" if len(studies) == 1 else method
    basis, chosen = _basis(named(curve, CURVES, "curve"), studies, knots, powers)
    effects = _effects(studies, basis, stages)
    if method == "DL" and stages == 1:
        raise ValueError(
            "method DL has moments of the studies' own coefficients; expected stages=2, or method='REML'"
        )
    if test == "t" and len(studies) <= basis.p:
        raise ValueError(
            f"test='t' has {len(studies)} - {basis.p} degrees of freedom, studies less coefficients; "
            "expected more studies, a simpler curve, or test='z'"
        )
    fit = fit_curve(effects, method)
    result = _result(studies, basis, fit, effects, method=method, stages=stages, test=test, level=level)
    said = covariance if isinstance(covariance, str) else "given"
    words = curve_sentence(result, curve, chosen, said)
    object.__setattr__(result, "method_sentence", words)
    object.__setattr__(result, "notes", curve_notes(result, len(columns.study), said))
    object.__setattr__(result, "_given", Given(data, log=any(each.kind in _LOGARITHMS for each in studies)))
    name = dose if isinstance(dose, str) else getattr(dose, "name", None)
    object.__setattr__(result, "_dose", str(name).replace("_", " ") if name else "Dose")
    return result


def _stages(given: Any) -> int:
    if isinstance(given, bool) or given not in (1, 2):
        raise ValueError(f"stages is {given!r}; expected 1 or 2")
    return int(given)


def _basis(
    curve: str, studies: Sequence[DoseStudy], knots: Sequence[float] | None, powers: Sequence[float] | None
) -> tuple[DoseBasis, str]:
    """The columns of the curve, and what was chosen for it, in words."""
    for name, value, of in (
        ("knots", knots, ("spline", "linear spline")),
        ("powers", powers, ("fractional",)),
    ):
        if value is not None and curve not in of:
            raise ValueError(f"{name} are given beside curve={curve!r}; expected curve='{of[0]}'")
    if curve == "linear":
        return linear(), ""
    if curve == "quadratic":
        return quadratic(), ""
    if curve == "fractional":
        return _fractional(studies, powers)
    at = _knots(curve, studies, knots)
    listed = ", ".join(f"{knot:g}" for knot in at)
    rule = "" if knots is not None else ", percentiles of the doses"
    made = restricted_cubic_spline(at) if curve == "spline" else linear_spline(at)
    return made, f"{'knot' if at.size == 1 else 'knots'} at {listed}{rule}"


def _knots(curve: str, studies: Sequence[DoseStudy], given: Sequence[float] | None) -> Array:
    least = 3 if curve == "spline" else 1
    if given is None:
        doses = np.concatenate([np.append(each.dose, each.reference) for each in studies])
        at = np.quantile(doses, _QUANTILES if curve == "spline" else (0.5,))
    else:
        at = np.array([as_number(knot, "knots") for knot in given])
    if at.size < least or (np.diff(at) <= 0).any():
        listed = ", ".join(f"{knot:g}" for knot in at)
        raise ValueError(
            f"the knots are {listed or 'none'}; expected at least {least}, rising (knots=[...] sets them)"
        )
    return np.asarray(at)


def _fractional(studies: Sequence[DoseStudy], powers: Sequence[float] | None) -> tuple[DoseBasis, str]:
    lowest = min(min(float(each.dose.min()), each.reference) for each in studies)
    if lowest <= 0:
        raise ValueError(
            f"the lowest dose is {lowest:g}, and powers and logarithms need doses above zero; expected "
            "doses + a constant, or another curve"
        )
    if powers is None:
        pairs = [*((p,) for p in POWERS), *combinations_with_replacement(POWERS, 2)]
        lost = [_deviance(studies, fractional_polynomial(pair)) + 2.0 * len(pair) for pair in pairs]
        best = pairs[int(np.argmin(lost))]
        chosen = f"powers {_listed(best)}, the best of {len(pairs)} by AIC without heterogeneity"
        return fractional_polynomial(best), f"{chosen}; intervals do not allow for that choice"
    found = tuple(as_number(power, "powers") for power in powers)
    if len(found) not in (1, 2):
        raise ValueError(f"{counted(len(found), 'power')}; expected one or two of {_listed(POWERS)}")
    for power in found:
        if power not in POWERS:
            raise ValueError(f"a power is {power:g}; expected some of {_listed(POWERS)}")
    return fractional_polynomial(found), f"powers {_listed(found)}"


def _listed(powers: Sequence[float]) -> str:
    return ", ".join(f"{power:g}" for power in powers)


def _deviance(studies: Sequence[DoseStudy], basis: DoseBasis) -> float:
    """Minus twice the log-likelihood without heterogeneity; infinite where the doses tell no such curve."""
    try:
        return -2.0 * fit_curve(_effects(studies, basis, 1), "EE").loglik
    except ValueError:
        return np.inf


def _effects(studies: Sequence[DoseStudy], basis: DoseBasis, stages: int) -> list[ClassEffects]:
    made = []
    for each in studies:
        x = basis.at(each.dose) - basis.at(np.array([each.reference]))
        made.append(ClassEffects(each.yi, x, each.covariance))
    stacked = np.vstack([each.x for each in made])
    size = np.abs(stacked).max(axis=0)
    if (size == 0).any() or np.linalg.matrix_rank(stacked / size) < basis.p:
        raise ValueError(
            f"the doses do not tell {counted(basis.p, 'coefficient')} of this curve; expected more "
            "classes, or a simpler curve"
        )
    if stages == 1:
        return made
    for rows, study in zip(made, studies, strict=True):
        if not rows.has_full_rank:
            raise ValueError(
                f"{study.name}: {counted(study.yi.size, 'class', 'classes')} beside the reference "
                f"cannot tell {counted(basis.p, 'coefficient')}; expected stages=1, which keeps such studies"
            )
    return [each.slopes() for each in made]


def _result(
    studies: tuple[DoseStudy, ...],
    basis: DoseBasis,
    fit: CurveFit,
    effects: Sequence[ClassEffects],
    *,
    method: str,
    stages: int,
    test: str,
    level: float,
) -> DoseResponse:
    df = np.full(basis.p, np.inf if test == "z" else float(len(studies) - basis.p))
    found = coefficients(fit.beta, np.sqrt(np.diag(fit.covariance)), df, level)
    return DoseResponse(
        studies=studies,
        k=len(studies),
        classes=sum(each.yi.size for each in studies),
        names=basis.names,
        estimate=found.estimate,
        se=found.se,
        statistic=found.statistic,
        p_value=found.p_value,
        df=df,
        ci_low=found.low,
        ci_high=found.high,
        covariance=fit.covariance,
        psi=fit.psi,
        Q=fit.Q,
        Q_df=fit.df,
        loglik=fit.loglik,
        loglik_without=fit.without,
        method=method,
        stages=stages,
        test=test,
        level=level,
        basis=basis,
        effects=tuple(effects),
    )
