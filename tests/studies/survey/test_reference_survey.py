"""Every number of five data sets against R's survey 4.1.1 (and mgcv for the smooth), at 1e-8 relative."""

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
    LinearFit,
    SurveyDesign,
    chi_square,
    linear,
    mean,
    model_matrix,
    ordinary,
    piecewise,
    proportion,
    quantile,
    smooth,
    standard_deviation,
    total,
)

REFERENCE = Path(__file__).parents[2] / "reference" / "survey"
NAMES = ("apistrat", "apiclus1", "apiclus2", "generated", "lonely")
DATA_SETS = {name: json.loads((REFERENCE / f"{name}.json").read_text()) for name in NAMES}

# Relative differences that are allowed beyond 1e-8, with their cause.
KNOWN_DIFFERENCES: dict[tuple[str, str], float] = {
    # R searches with golden sections, which stop where the sum of squares no longer changes in its digits;
    # its best sum of squares agrees at 1e-8, and `test_turning_point` shows ours to be the optimum.
    ("piecewise", "best"): 1e-5,
    # mgcv stops iterating the smoothing parameter when the restricted likelihood changes by little;
    # `test_smooth` shows ours to be its maximum.
    ("smooth", "curve"): 1e-5,
    ("smooth", "edf"): 1e-4,
}

# The lower end of the interval of the 5 % quantile belongs to a probability below the share of the smallest
# value. By its own rule (the smallest value whose share reaches it) that is the smallest value, as here;
# svyquantile 4.1.1 returns the second smallest, even for a probability of 0.0001. The last test shows it.
SECOND_SMALLEST = {
    ("apistrat", "poor", "fail"),
    ("apiclus2", "grown", "fail"),
    ("lonely", "old", "certainty"),
    ("lonely", "old", "adjust"),
}

Columns = dict[str, Any]
Found = dict[str, npt.ArrayLike]


def values(reference: Any) -> list[float]:
    listed = reference if isinstance(reference, list) else [reference]
    return [math.nan if value is None else float(value) for value in listed]


def design_of(columns: Columns, case: dict[str, Any]) -> SurveyDesign:
    lonely = case.get("lonely", "fail").replace("fail", "refuse")
    return SurveyDesign(columns["weight"], columns["stratum"], columns["psu"], lonely)


def domain_of(columns: Columns, case: dict[str, Any]) -> npt.NDArray[np.bool_]:
    return np.array(columns[case["domain"]], dtype=bool)


def matrix_of(columns: Columns, case: dict[str, Any]) -> tuple[npt.NDArray[np.float64], tuple[str, ...]]:
    return model_matrix({name: columns[name] for name in case["x"]})


def of_fit(fit: LinearFit) -> Found:
    # R writes matrices column by column: all lower ends, then all upper ends.
    return {
        "coef": fit.coef,
        "cov": fit.cov,
        "n": fit.n,
        "df": fit.df,
        "p": fit.p,
        "ci": fit.ci().T,
        "rss": fit.rss,
    }


def of_linear(columns: Columns, case: dict[str, Any]) -> Found:
    x, names = matrix_of(columns, case)
    fit = linear(design_of(columns, case), columns[case["y"]], x, domain_of(columns, case), names)
    as_summary = fit.with_df(fit.residual_df)
    test = fit.test(names[1:])
    return of_fit(fit) | {
        "residual_df": fit.residual_df,
        "summary_p": as_summary.p,
        "confint": as_summary.ci(0.9).T,
        "wald_F": test.F,
        "wald_p": test.p,
    }


def of_ordinary(columns: Columns, case: dict[str, Any]) -> Found:
    x, names = matrix_of(columns, case)
    return of_fit(ordinary(columns[case["y"]], x, columns["weight"] if case["weighted"] else None, names))


def of_describe(columns: Columns, case: dict[str, Any]) -> Found:
    asked = design_of(columns, case), columns[case["y"]], domain_of(columns, case)
    average, sums, spread = mean(*asked), total(*asked), standard_deviation(*asked)
    places = quantile(asked[0], asked[1], [0.05, 0.25, 0.5, 0.75, 0.95], asked[2])
    return {
        "df": average.df,
        "mean": average.estimate,
        "mean_se": average.se,
        "mean_ci": average.ci().T,
        "total": sums.estimate,
        "total_se": sums.se,
        "sd": spread.estimate,
        "sd_se": spread.se,
        "quantile": places.estimate,
        "quantile_low": places.ci_low,
        "quantile_high": places.ci_high,
        "quantile_se": places.se,
    }


def of_table(columns: Columns, case: dict[str, Any]) -> Found:
    row, column = columns[case["row"]], columns[case["column"]]
    design, domain = design_of(columns, case), domain_of(columns, case)
    test = chi_square(design, row, column, domain)
    also = np.array([value is not None for value in column])
    shares = proportion(design, row, domain & also)
    return {
        "F": test.F,
        "df1": test.df1,
        "df2": test.df2,
        "p": test.p,
        "proportion": shares.estimate,
        "proportion_se": shares.se,
        "proportion_ci": shares.ci(),
    }


def curve_arguments(columns: Columns, case: dict[str, Any]) -> dict[str, Any]:
    return {
        "design": design_of(columns, case),
        "y": columns[case["y"]],
        "exposure": columns[case["exposure"]],
        "covariates": {name: columns[name] for name in case["covariates"]},
        "domain": domain_of(columns, case),
    }


def of_piecewise(columns: Columns, case: dict[str, Any]) -> Found:
    asked = curve_arguments(columns, case)
    given, searched = piecewise(**asked, turning_point=case["at"]), piecewise(**asked)
    return {
        "coef": [given.below.estimate, given.above.estimate],
        "se": [given.below.se, given.above.se],
        "change": given.change.estimate,
        "change_se": given.change.se,
        "chi2": given.likelihood_ratio.chi2,
        "best": searched.turning_point,
        "best_rss": searched.fit.rss,
    }


def of_smooth(columns: Columns, case: dict[str, Any]) -> Found:
    fit = smooth(**curve_arguments(columns, case))
    return {"curve": fit.curve(case["at"]).estimate, "edf": fit.edf}


FINDERS: dict[str, Callable[[Columns, dict[str, Any]], Found]] = {
    "linear": of_linear,
    "ordinary": of_ordinary,
    "describe": of_describe,
    "table": of_table,
    "piecewise": of_piecewise,
    "smooth": of_smooth,
}


def second_smallest_in_r(name: str, case: dict[str, Any], quantity: str, i: int) -> bool:
    place = (name, case.get("domain"), case.get("lonely"))
    return place in SECOND_SMALLEST and quantity in ("quantile_low", "quantile_se") and i == 0


def comparisons(name: str) -> Iterator[tuple[bool, str]]:
    """One item a number that the reference holds: whether it agrees, and what was compared."""
    columns = DATA_SETS[name]["columns"]
    for case in DATA_SETS[name]["cases"]:
        kind = case["kind"]
        for quantity, found in FINDERS[kind](columns, case).items():
            tolerance = KNOWN_DIFFERENCES.get((kind, quantity), 1e-8)
            expected = values(case.get(quantity, []))
            for i, (ours, reference) in enumerate(zip(np.ravel(found), expected, strict=bool(expected))):
                what = f"{kind} {case.get('domain')} {case.get('lonely')} {case.get('x')} {quantity}[{i}]"
                agrees = np.isclose(ours, reference, rtol=tolerance, atol=1e-15, equal_nan=True)
                if not second_smallest_in_r(name, case, quantity, i):
                    yield bool(agrees), f"{what}: {ours!r}, R {reference!r}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("apistrat", 411), ("apiclus1", 413), ("apiclus2", 411), ("generated", 932), ("lonely", 617)],
)
def test_every_number_agrees_with_r(name: str, expected: int) -> None:
    compared = list(comparisons(name))
    assert [what for agrees, what in compared if not agrees] == []
    assert len(compared) == expected


def test_each_kind_of_case_is_there() -> None:
    kinds = Counter(case["kind"] for data in DATA_SETS.values() for case in data["cases"])
    assert kinds == {"linear": 38, "ordinary": 8, "describe": 22, "table": 21, "piecewise": 4, "smooth": 2}


@pytest.mark.parametrize(("name", "domain", "lonely"), sorted(SECOND_SMALLEST))
def test_quantiles_of_small_probabilities_are_the_smallest_value(name: str, domain: str, lonely: str) -> None:
    data = DATA_SETS[name]
    columns = data["columns"]
    case = next(
        c
        for c in data["cases"]
        if c["kind"] == "describe" and c["domain"] == domain and c["lonely"] == lonely
    )
    y = np.array(values(columns[case["y"]]))
    inside = domain_of(columns, case) & (np.array(columns["weight"]) > 0) & ~np.isnan(y)
    smallest = np.unique(y[inside])[:2]
    assert [np.ravel(of_describe(columns, case)["quantile_low"])[0], case["quantile_low"][0]] == list(
        smallest
    )
