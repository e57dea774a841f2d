"""Every number of 154 meta-regressions and 24 subgroup analyses against metafor, at 1e-8 relative."""

import json
import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.oneway import anova_generic

from synthesis.pooled import Pooled
from synthesis.regression.api import metareg
from synthesis.regression.result import MetaRegression
from synthesis.regression.subgroup_result import Subgroup, Subgroups
from synthesis.regression.subgroups import subgroups

REFERENCE = json.loads(
    (Path(__file__).parents[2] / "reference" / "regression" / "regression.json").read_text()
)
DATA = {name: pd.DataFrame(columns) for name, columns in REFERENCE["data"].items()}
TESTS = {"z": "z", "t": "t", "knha": "HKSJ", "adhoc": "adhoc"}

OWN_NAME = {"QM": "QM", "QM_p": "QM"}
COEFFICIENTS = ("estimate", "se", "statistic", "p_value", "ci_low", "ci_high")
SCALARS = (
    "tau2",
    "se_tau2",
    "I2",
    "H2",
    "R2",
    "QE",
    "QE_p",
    "loglik_ml",
    "loglik_reml",
    "AIC",
    "BIC",
    "AICc",
)
# Largest absolute difference, by method and quantity, with its cause.
KNOWN_DIFFERENCES: dict[tuple[str, str], float] = {
    # metafor stops just above zero where the maximum is the boundary, which is ours exactly.
    ("ML", "tau2"): 1e-13,
    ("ML", "I2"): 1e-9,
}
# Covariances that are zero, as subgroups share no study: rounding, beside variances of 0.01.
ROUNDING_OF_COVARIANCE = 1e-16

Outcome = tuple[bool, str]


def numbers(value: Any) -> list[float]:
    flat = np.ravel(np.asarray(value, dtype=object)).tolist()
    return [math.nan if v in (None, "NA") else float(v) for v in flat]


def compared(where: str, quantity: str, ours: Any, reference: Any, known: float = 0.0) -> Iterator[Outcome]:
    """One item a number the reference holds."""
    expected = numbers(reference)
    found = np.ravel(ours).tolist()
    assert len(found) == len(expected), (where, quantity)
    for value, number in zip(found, expected, strict=True):
        if not math.isnan(number):
            good = math.isclose(value, number, rel_tol=1e-8, abs_tol=known)
            yield good, f"{where} {quantity}: {value!r} {number!r}"


@cache
def fitted(number: int) -> MetaRegression:
    case = REFERENCE["cases"][number]
    return metareg(
        "yi", "vi", mods=case["formula"], data=DATA[case["data"]], method=case["method"],
        test=TESTS[case["test"]], missing="drop",
    )  # fmt: skip


def fit_outcomes(result: MetaRegression, case: dict[str, Any], where: str) -> Iterator[Outcome]:
    assert result.k == case["k"]
    case = case | {"estimate": case["beta"]}
    for name in (*COEFFICIENTS, "covariance", *SCALARS):
        if name in case and not undefined(result, case, name):
            known = KNOWN_DIFFERENCES.get((case["method"], name), 0.0)
            known = ROUNDING_OF_COVARIANCE if name == "covariance" else known
            yield from compared(where, name, getattr(result, name), case[name], known)
    yield from compared(where, "QM", result.QM.statistic, case["QM"])
    yield from compared(where, "QM_p", result.QM.p_value, case["QM_p"])
    for name in ("tau2", "I2", "H2") if case["bounds"] else ():
        ours = [getattr(result, f"{name}_low"), getattr(result, f"{name}_high")]
        yield from compared(where, name + " bounds", ours, case["bounds"][name])


def undefined(result: MetaRegression, case: dict[str, Any], name: str) -> bool:
    """Whether metafor has a number where ours is nan, as nothing of that name exists.

    With equal effects there is no tau2 to explain, and metafor's R2 is the adjusted one of the weighted
    regression. Where AICc has no room for its correction, metafor computes it as if there were more studies.
    """
    if name == "R2" and case["method"] == "EE":
        assert math.isnan(result.R2)
        return True
    if name == "AICc" and math.isnan(result.AICc):
        parameters = result.p + (case["method"] != "EE")
        n = result.k if case["method"] == "ML" else result.k - result.p
        assert n - parameters - 1 <= 0
        loglik = result.loglik_ml if case["method"] == "ML" else result.loglik_reml
        stretched = -2 * loglik + 2 * parameters * (parameters + 2)
        assert math.isclose(stretched, case["AICc"], rel_tol=1e-8)
        return True
    return False


def question_outcomes(result: MetaRegression, case: dict[str, Any], where: str) -> Iterator[Outcome]:
    for subset in case["subsets"]:
        ours = result.test([i - 1 for i in np.atleast_1d(subset["columns"]).tolist()])
        assert ours.df1 == subset["m"]
        yield from compared(where, "subset", [ours.statistic, ours.p_value], [subset["QM"], subset["QMp"]])
    reference = case["contrast"]
    contrast = result.contrast(np.array(reference["L"]))
    for name in ("estimate", "se", "statistic", "p_value"):
        yield from compared(where, "contrast " + name, getattr(contrast, name), reference[name])
    joint = [contrast.joint.statistic, contrast.joint.p_value]
    yield from compared(where, "contrast joint", joint, [reference["QM"], reference["QMp"]])
    at = result.predict(case["newdata"], prediction="z" if case["test"] == "z" else "t(k-1)")
    ours_names = ("estimate", "se", "ci_low", "ci_high", "prediction_low", "prediction_high")
    names = ("pred", "se", "ci_low", "ci_high", "pi_low", "pi_high")
    for ours_name, name in zip(ours_names, names, strict=True):
        if case["predicted"][name] is not None:
            yield from compared(where, "predict " + name, getattr(at, ours_name), case["predicted"][name])
    if case["vif"]:
        inflation = result.vif()
        yield from compared(where, "vif", inflation.vif, case["vif"])
        first = 0 if result.constant is None else 1
        by_columns = {
            tuple(c + 1 for c in result.terms[term]): gvif
            for term, gvif in zip(inflation.terms, inflation.gvif, strict=True)
        }
        assert len(by_columns) == len(result.terms) - first
        for entry in case["gvif"] or ():
            columns = tuple(np.atleast_1d(entry["columns"]).tolist())
            if columns in by_columns:
                yield from compared(where, "gvif", by_columns[columns], entry["gvif"])


def report(outcomes: list[Outcome]) -> int:
    assert [text for good, text in outcomes if not good] == []
    return len(outcomes)


def label(case: dict[str, Any]) -> str:
    return f"{case['data']} {case['formula']} {case['method']}/{case['test']}"


def test_every_fit_agrees() -> None:
    outcomes: list[Outcome] = []
    for number, case in enumerate(REFERENCE["cases"]):
        outcomes += fit_outcomes(fitted(number), case, label(case))
    assert report(outcomes) == 12_012


def test_every_contrast_prediction_and_inflation_factor_agrees() -> None:
    outcomes: list[Outcome] = []
    for number, case in enumerate(REFERENCE["cases"]):
        outcomes += question_outcomes(fitted(number), case, label(case))
    assert report(outcomes) == 4_767


def test_every_subgroup_analysis_agrees() -> None:
    outcomes: list[Outcome] = []
    for case in REFERENCE["subgroups"]:
        where = f"{case['data']} {case['by']} {case['method']}/{case['test']}"
        ours = {mode: grouped(case, mode) for mode in ("separate", "common")}
        separate, common = ours["separate"], ours["common"]
        assert [g.name for g in separate.groups] == [str(level) for level in case["levels"]]
        for group, reference in zip(separate.groups, case["separate"], strict=True):
            outcomes += pooled_outcomes(group, reference, where)
        outcomes += pooled_outcomes(separate.overall, case["overall"], where)
        between = [separate.between.statistic, separate.between.p_value]
        by_hand = [case["Q_between"], case["Q_between_p"]] if case["test"] == "z" else welch(case["separate"])
        outcomes += compared(where, "between", between, by_hand)
        reference = case["common"]
        for name in (*COEFFICIENTS, "prediction_low", "prediction_high"):
            if reference[name] is not None:
                found = [getattr(g, name) for g in common.groups]
                outcomes += compared(where, "common " + name, found, reference[name], 1e-14)
        assert common.model is not None
        model = [common.between.statistic, common.between.p_value, common.model.tau2, common.model.I2]
        expected = [reference[name] for name in ("QM", "QM_p", "tau2", "I2", "QE", "R2")]
        outcomes += compared(where, "common model", [*model, common.QE, common.model.R2], expected, 1e-12)
        assert math.isclose(sum(g.Q for g in common.groups), common.QE, rel_tol=1e-10)
    assert report(outcomes) == 2_400


def welch(groups: list[dict[str, Any]]) -> list[float]:
    """F and p of Welch's test by statsmodels, for groups whose means have these standard errors."""
    estimate, se, k = (np.array([group[name] for group in groups]) for name in ("estimate", "se", "k"))
    found = anova_generic(estimate, se * se * k, k, use_var="unequal", welch_correction=True)
    return [float(found.statistic), float(found.pvalue)]


def grouped(case: dict[str, Any], tau2: Any) -> Subgroups:
    return subgroups(
        "yi", "vi", by=case["by"], data=DATA[case["data"]], tau2=tau2, method=case["method"], missing="drop",
        test=TESTS[case["test"]], prediction="z" if case["test"] == "z" else "t(k-1)",
    )  # fmt: skip


def pooled_outcomes(ours: Subgroup | Pooled, reference: dict[str, Any], where: str) -> Iterator[Outcome]:
    assert ours.k == reference["k"]
    for name in (*COEFFICIENTS, "tau2", "I2", "Q", "Q_p", "prediction_low", "prediction_high"):
        yield from compared(where, name, getattr(ours, name), reference[name], 1e-10)


def test_welch_test_of_separate_subgroups_is_that_of_group_means_when_variances_are_equal() -> None:
    reference = REFERENCE["welch"]
    y = np.array(reference["y"])
    found = subgroups(y, np.full(y.size, 1e-3), by=reference["group"], method="DL").between
    outcomes = compared("", "F", [found.statistic, found.df2, found.p_value],
                        [reference["F"], reference["df2"], reference["p_value"]])  # fmt: skip
    assert report(list(outcomes)) == 3


def test_every_exact_permutation_test_agrees() -> None:
    outcomes: list[Outcome] = []
    for case in REFERENCE["permutations"]:
        data = DATA[case["data"]].iloc[np.array(case["rows"]) - 1]
        ours = metareg(
            "yi", "vi", mods=case["formula"], data=data, test=TESTS[case["test"]]
        ).permutation_test()
        assert ours.exact
        # Orders that exchange studies with equal moderators are one.
        assert case["orders"] % ours.arranged == 0
        outcomes += compared(case["data"], "p", [*ours.p_value, ours.QM_p], [*case["p_value"], case["QM_p"]])
    assert report(outcomes) == 14
