"""Generalised linear models, splines and Rubin's rules against R's survey 4.1.1 and mitools 2.4, at 1e-8."""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from studies.survey import (
    Estimates,
    SurveyDesign,
    combine_imputations,
    glm,
    linear,
    model_matrix,
    spline,
)

REFERENCE = Path(__file__).parents[2] / "reference" / "survey"
PINNED = json.loads((REFERENCE / "glm.json").read_text())
NAMES = [name for name in PINNED if name != "versions"]

Case = dict[str, Any]
Columns = dict[str, Any]
Found = dict[str, npt.ArrayLike]


def columns_of(name: str) -> Columns:
    """Those that make.R wrote, if the data set is one of its own, and those of glm.R."""
    earlier = REFERENCE / f"{name}.json"
    known: Columns = json.loads(earlier.read_text())["columns"] if earlier.exists() else {}
    found: Columns = known | PINNED[name]["columns"]
    if name == "cholesterol":
        female, ages = np.array(found["female"]), {k: np.array(found[f"age{k}"]) for k in (2, 3, 4)}
        found |= {f"female_age{k}": (female * age).tolist() for k, age in ages.items()}
        found |= {"everybody": female >= 0, "women": female == 1, "adults": sum(ages.values()) == 1}
    return found


def design_of(columns: Columns, case: Case) -> SurveyDesign:
    lonely = case["lonely"].replace("fail", "refuse")
    return SurveyDesign(columns["weight"], columns["stratum"], columns["psu"], lonely)


def domain_of(columns: Columns, case: Case) -> npt.NDArray[np.bool_]:
    return np.array(columns[case["domain"]], dtype=bool)


def fitted(columns: Columns, case: Case, x: dict[str, npt.ArrayLike]) -> Estimates:
    matrix, names = model_matrix(x)
    asked = design_of(columns, case), columns[case["y"]], matrix
    if case["family"] == "gaussian":
        return linear(*asked, domain_of(columns, case), names)
    offset = columns[case["offset"]] if case.get("offset") else None
    return glm(*asked, case["family"], domain_of(columns, case), names, offset)


def of_glm(columns: Columns, case: Case) -> Found:
    fit: Any = fitted(columns, case, {name: columns[name] for name in case["x"]})
    test, as_summary = fit.test(case["tested"]), fit.with_df(fit.residual_df)
    assert (test.df1, test.df2) == (len(case["tested"]), fit.df)
    found: Found = {
        "coef": fit.coef,
        "cov": fit.cov,
        "n": fit.n,
        "df": fit.df,
        "residual_df": fit.residual_df,
        "deviance": fit.deviance,
        "dispersion": fit.dispersion,
        "fitted": fit.fitted[~np.isnan(fit.fitted)][:8],
        "p": fit.p,
        "ci": fit.ci().T,
        "F": test.F,
        "F_p": test.p,
        "chi2_p": fit.with_df(math.inf).test(case["tested"]).p,
    }
    if "summary_p" in case:
        found |= {
            "summary_p": as_summary.p,
            "confint": as_summary.ci(0.9).T,
            "residual_F_p": as_summary.test(case["tested"]).p,
        }
    return found


def of_spline(columns: Columns, case: Case) -> Found:
    exposure, others = case["exposure"], {name: columns[name] for name in case["covariates"]}
    # The domain of the quantiles is that of the fit: who has every value.
    complete = np.all([~np.isnan(np.array(c, float)) for c in [columns[case["y"]], *others.values()]], axis=0)
    bent = spline(
        design_of(columns, case),
        exposure,
        columns[exposure],
        case["count"],
        domain_of(columns, case) & complete,
        case["weighted"],
    )
    fit = fitted(columns, case, {**bent.columns(columns[exposure]), **others})
    test, curve = bent.nonlinearity(fit), bent.curve(fit, case["at"], case["reference"])
    return {
        "knots": bent.knots,
        "coef": fit.estimate,
        "cov": fit.cov,
        "nonlinear_F": test.F,
        "nonlinear_p": test.p,
        "curve": curve.estimate,
        "curve_se": curve.se,
        "band": [*curve.low, *curve.high],
    }


def of_rubin(columns: Columns, case: Case) -> Found:
    others = {name: columns[name] for name in case["covariates"]}
    fits = [fitted(columns, case, {"x": columns[name], **others}) for name in case["versions"]]
    found = combine_imputations(fits)
    large = found.with_df(math.inf)
    test = found.test(["x", case["covariates"][0]])
    return {
        "complete": found.complete_df,
        "coef": found.coef,
        "cov": found.cov,
        "infinite_df": large.df,
        "infinite_fmi": large.fmi,
        "riv": found.riv,
        "df": found.df,
        "fmi": found.fmi,
        "p": found.p,
        "ci": found.ci().T,
        "F": test.F,
        "F_p": test.p,
    }


FINDERS: dict[str, Callable[[Columns, Case], Found]] = {
    "glm": of_glm,
    "spline": of_spline,
    "rubin": of_rubin,
}


def listed(reference: Any) -> list[float]:
    several = reference if isinstance(reference, list) else [reference]
    return [math.nan if value is None else float(value) for value in several]


def comparisons(name: str) -> Iterator[tuple[bool, str]]:
    """One item a number that the reference holds: whether it agrees, and what was compared."""
    columns = columns_of(name)
    for case in PINNED[name]["cases"]:
        about = [case.get(key) for key in ("kind", "lonely", "domain", "family", "y", "x")]
        for quantity, found in FINDERS[case["kind"]](columns, case).items():
            expected = listed(case[quantity])
            for i, (ours, theirs) in enumerate(zip(np.ravel(found), expected, strict=True)):
                agrees = np.isclose(ours, theirs, rtol=1e-8, atol=1e-13, equal_nan=True)
                yield bool(agrees), f"{about} {quantity}[{i}]: {ours!r}, R {theirs!r}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("apistrat", 541),
        ("apiclus1", 541),
        ("apiclus2", 541),
        ("generated", 1206),
        ("lonely", 2742),
        ("cholesterol", 900),
    ],
)
def test_every_number_of_generalised_models_agrees_with_r(name: str, expected: int) -> None:
    compared = list(comparisons(name))
    assert [what for agrees, what in compared if not agrees] == []
    assert len(compared) == expected


def test_each_kind_of_case_is_there() -> None:
    kinds = Counter((case["kind"], case["family"]) for name in NAMES for case in PINNED[name]["cases"])
    assert kinds == {
        ("glm", "binomial"): 37,
        ("glm", "poisson"): 46,
        ("spline", "gaussian"): 4,
        ("spline", "binomial"): 7,
        ("spline", "poisson"): 2,
        ("rubin", "gaussian"): 5,
        ("rubin", "binomial"): 2,
        ("rubin", "poisson"): 2,
    }


def test_mitools_leaves_a_part_out_of_the_variance_between_imputations() -> None:
    """With a finite df.complete it takes B for (1 + 1 / m) B in the observed df of Barnard & Rubin 1999."""
    compared = 0
    for name in NAMES:
        for case in PINNED[name]["cases"]:
            if case["kind"] == "rubin":
                m, c, riv = len(case["versions"]), case["complete"], np.array(case["riv"])
                share, without = riv / (1 + riv), riv / (1 + 1 / m)
                observed = (c + 1) / (c + 3) * c / (1 + without)
                df = 1 / (share**2 / (m - 1) + 1 / observed)
                assert df == pytest.approx(case["mitools_df"], rel=1e-8)
                assert (df > np.array(case["df"])).all()
                compared += len(df)
    assert compared == 29
