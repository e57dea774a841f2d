"""Greenland and Longnecker's correlations of adjusted ratios, against their equations and pinned studies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import fsolve

from evidence.effects.adjusted_ratios import Denominator, fitted_cases, reference_correlation
from evidence.effects.common_reference import reference_covariance

CASES = np.array([165.0, 74.0, 90.0, 122.0])
PERSONS = np.array([337.0, 167.0, 186.0, 212.0])
ADJUSTED = np.log([0.80, 1.16, 1.57])
"""Alcohol and breast cancer, the example of Greenland & Longnecker 1992: cases, all persons, odds ratios."""

TYPES: dict[str, Denominator] = {"cc": "odds", "ci": "risks", "ir": "rates"}


def test_fitted_cases_solve_the_equations_of_the_paper() -> None:
    def equations(a: Any) -> Any:
        """log A_i + log B_0 - log A_0 - log B_i - L_i, with A_0 what the other classes leave."""
        first = CASES.sum() - a.sum()
        odds = np.log(a / (PERSONS[1:] - a)) - np.log(first / (PERSONS[0] - first))
        return odds - ADJUSTED

    expected = fsolve(equations, CASES[1:], xtol=1e-13)
    found = fitted_cases(ADJUSTED, CASES, PERSONS, "odds")
    assert_allclose(found[1:], expected, rtol=1e-10)
    assert found.sum() == pytest.approx(CASES.sum(), rel=1e-12)


@pytest.mark.parametrize("of", ["risks", "rates"])
def test_fitted_cases_have_the_ratios_and_the_total(of: Denominator) -> None:
    found = fitted_cases(ADJUSTED, CASES, PERSONS, of)
    rates = found / PERSONS
    assert_allclose(np.log(rates[1:] / rates[0]), ADJUSTED, rtol=1e-12)
    assert found.sum() == pytest.approx(CASES.sum(), rel=1e-12)


@pytest.mark.parametrize(("of", "measure"), [("odds", "OR"), ("risks", "RR"), ("rates", "IRR")])
def test_crude_ratios_have_the_correlation_of_their_counts(of: Denominator, measure: str) -> None:
    a, n = CASES, PERSONS
    if measure == "IRR":
        columns = {"x1i": a[1:], "t1i": n[1:], "x2i": a[0], "t2i": n[0]}
    else:
        columns = {"ai": a[1:], "n1i": n[1:], "ci": a[0], "n2i": n[0]}
    size = n - a if of == "odds" else n
    crude = np.log(a[1:] / size[1:]) - np.log(a[0] / size[0])
    assert_allclose(fitted_cases(crude, a, n, of), a, rtol=1e-10)
    covariance = reference_covariance(measure, columns)
    scale = np.sqrt(np.diag(covariance))
    assert_allclose(reference_correlation(crude, a, n, of), covariance / np.outer(scale, scale), rtol=1e-10)


def test_the_correlations_of_fifteen_published_studies(shared: Path) -> None:
    compared = 0
    for name in ("greenland_longnecker", "alcohol_crc", "alcohol_cvd"):
        file = shared / "reference" / "dose_response" / f"{name}.json"
        whole = json.loads(file.read_text(encoding="utf-8"))
        for study in whole["results"]["exact"]["studies"]:
            rows = np.flatnonzero(np.array(whole["data"]["id"]) == study["id"])
            first = study["reference_row"]
            order = [first, *(row for row in range(rows.size) if row != first)]
            y, se, cases = (np.array(whole["data"][key])[rows][order] for key in ("y", "se", "cases"))
            sizes = np.array(study["gl"]["n"])[order]
            of = TYPES[study["type"]]
            assert_allclose(
                fitted_cases(y[1:], cases, sizes, of), np.array(study["gl"]["cases"])[order], rtol=1e-10
            )
            found = reference_correlation(y[1:], cases, sizes, of) * np.outer(se[1:], se[1:])
            assert_allclose(found, study["gl"]["covariance"], rtol=1e-10)
            compared += found.size + cases.size
    assert compared == 347


@pytest.mark.parametrize(
    ("cases", "sizes", "of", "says"),
    [
        ([0, 0, 0, 0], PERSONS, "odds", "no class has a case"),
        (CASES, [337, 0, 186, 212], "rates", "a class has nobody in it"),
        (PERSONS, PERSONS, "odds", "as many cases as persons"),
        (PERSONS, PERSONS, "risks", "as many cases as persons"),
        ([300, 150, 180, 200], PERSONS, "risks", "a class would be nothing but cases"),
    ],
)
def test_cases_that_cannot_have_the_ratios_are_refused(
    cases: Any, sizes: Any, of: Denominator, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        reference_correlation(ADJUSTED, np.array(cases, dtype=float), np.array(sizes, dtype=float), of)


def test_ratios_beyond_reason_are_still_fitted() -> None:
    far = np.log([1e-6, 1e6, 1.0])
    found = fitted_cases(far, CASES, PERSONS, "odds")
    odds = found / (PERSONS - found)
    assert_allclose(np.log(odds[1:] / odds[0]), far, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("of", ["risks", "rates"])
def test_a_ratio_beyond_every_number_leaves_the_others_no_case(of: Denominator) -> None:
    found = fitted_cases(np.array([0.0, 800.0, 0.0]), CASES, PERSONS, of)
    assert_allclose(found, [0.0, 0.0, CASES.sum(), 0.0], rtol=1e-12)


def test_one_case_is_enough() -> None:
    found = fitted_cases(ADJUSTED, np.array([1.0, 0.0, 0.0, 0.0]), PERSONS, "risks")
    assert found.sum() == pytest.approx(1.0, rel=1e-12)
