"""The covariance of a study's classes, by every way that it can be known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evidence.effects.adjusted_ratios import reference_correlation
from evidence.effects.hamling import effective_counts
from synthesis import dose_response
from tests.synthesis.curves.invented_classes import MEANS, ROWS, changed, least_squares, of_means, of_ratios


def rows_of(study: str) -> Any:
    return np.flatnonzero([label == study for label in ROWS["study"]])


def test_greenland_and_longnecker_s_correlations_meet_the_printed_errors() -> None:
    found, compared = of_ratios(), 0
    for each in found.studies:
        at = rows_of(each.name)
        y, cases, n = (np.array(ROWS[name], dtype=float)[at] for name in ("y", "cases", "n"))
        se = np.array(ROWS["se"], dtype=float)[at[1:]]
        of: Any = ROWS["kind"][at[0]]
        expected = reference_correlation(y[1:], cases, n, of) * np.outer(se, se)
        assert each.covariance == pytest.approx(expected, rel=1e-12)
        assert each.kind == of
        compared += expected.size
    assert compared == 9 * 3 + 4


def test_hamling_s_counts_give_the_covariance_and_keep_the_printed_errors() -> None:
    found, compared = of_ratios(covariance="Hamling"), 0
    for each in found.studies:
        at = rows_of(each.name)
        y, cases, n = (np.array(ROWS[name], dtype=float)[at] for name in ("y", "cases", "n"))
        se = np.array(ROWS["se"], dtype=float)[at[1:]]
        of: Any = ROWS["kind"][at[0]]
        a, b = effective_counts(y[1:], se**2, cases, n, of)
        shared = 1.0 / a[0] + {"odds": 1.0 / b[0], "risks": -1.0 / b[0], "rates": 0.0}[of]
        expected = np.full((se.size, se.size), shared)
        np.fill_diagonal(expected, se**2)
        assert each.covariance == pytest.approx(expected, rel=1e-12)
        compared += expected.size
    assert compared == 9 * 3 + 4


def test_independent_classes_have_their_variances_alone() -> None:
    for choices in (
        {"covariance": "independent"},
        {"covariance": "independent", "cases": None, "kind": None},
    ):
        found = of_ratios(**choices)
        for each in found.studies:
            se = np.array(ROWS["se"], dtype=float)[rows_of(each.name)[1:]]
            assert (each.covariance == np.diag(se**2)).all()


def test_one_class_needs_neither_counts_nor_kind() -> None:
    found = dose_response([0, 0.5, 0, 0.4], [None, 0.04, None, 0.09], dose=[0, 2, 0, 1], study=[*"aabb"])
    assert [each.covariance.tolist() for each in found.studies] == [[[0.04]], [[0.09]]]


def test_variances_are_squares_of_standard_errors() -> None:
    squared: dict[str, Any] = ROWS | {"v": [None if se is None else se**2 for se in ROWS["se"]]}
    found = of_ratios(squared, sei=None, vi="v")
    assert found.estimate == pytest.approx(of_ratios().estimate, rel=1e-14)
    assert found.se == pytest.approx(of_ratios().se, rel=1e-14)


def test_given_matrices_are_used_as_they_are_by_the_labels_of_studies() -> None:
    numbered: dict[str, Any] = ROWS | {"study": [ord(each) for each in ROWS["study"]]}
    matrices = {ord(each.name): each.covariance for each in of_ratios().studies}
    found = of_ratios(numbered, covariance=matrices, kind=None, cases=None, n=None)
    assert found.estimate == pytest.approx(of_ratios().estimate, rel=1e-12)
    listed = {label: matrix.astype(str).tolist() for label, matrix in matrices.items()}  # as a file has them
    written = of_ratios(numbered, covariance=listed, kind=None, cases=None, n=None)
    assert (written.estimate == found.estimate).all()
    other = {label: np.diag(np.diag(matrix)) for label, matrix in matrices.items()}
    assert of_ratios(numbered, covariance=other).estimate == pytest.approx(
        of_ratios(covariance="independent").estimate, rel=1e-12
    )


def test_a_difference_of_the_seventh_digit_from_the_printed_variance_is_rounding() -> None:
    matrices = {each.name: each.covariance * (1 + 9e-7) for each in of_ratios().studies}
    assert of_ratios(covariance=matrices).studies[0].covariance[0, 0] > 0.04 * (1 + 8e-7)
    with pytest.raises(ValueError, match="none of 3 classes"):
        of_ratios(covariance={name: matrix * (1 + 1.1e-6) for name, matrix in matrices.items()})


def test_means_are_generalised_least_squares_with_the_reference_in_every_error() -> None:
    for choices in ({}, {"kind": "means"}, {"covariance": "Hamling"}):
        found = of_means(method="EE", **choices)
        mean, sd, n, dose = (np.array(MEANS[name], dtype=float) for name in ("mean", "sd", "n", "dose"))
        at = {"P": [0, 1, 2], "Q": [3, 4, 5, 6], "R": [7, 8, 9]}
        gram = moment = 0.0
        for label, rows in at.items():
            y, x = mean[rows[1:]] - mean[rows[0]], dose[rows[1:]] - dose[rows[0]]
            part = sd[rows] ** 2 / n[rows]
            v = np.full((y.size, y.size), part[0]) + np.diag(part[1:])
            gram += float(x @ np.linalg.solve(v, x))
            moment += float(x @ np.linalg.solve(v, y))
            [study] = [each for each in found.studies if each.name == label]
            assert study.covariance == pytest.approx(v, rel=1e-14)
            assert study.yi == pytest.approx(y, rel=1e-14)
            assert study.kind == "means"
        assert found.estimate[0] == pytest.approx(moment / gram, rel=1e-12)
        assert found.se[0] == pytest.approx(gram**-0.5, rel=1e-12)


def test_means_by_class_equal_a_regression_of_all_class_means() -> None:
    """One study: the slope of weighted least squares with an intercept."""
    rows = {name: values[:3] for name, values in MEANS.items()}
    found = of_means(rows)
    mean, sd, n, dose = (np.array(rows[name], dtype=float) for name in ("mean", "sd", "n", "dose"))
    x, w = np.column_stack([np.ones(3), dose]), n / sd**2
    covariance = np.linalg.inv(x.T * w @ x)
    assert found.estimate[0] == pytest.approx((covariance @ (x.T * w) @ mean)[1], rel=1e-12)
    assert found.se[0] == pytest.approx(covariance[1, 1] ** 0.5, rel=1e-12)


def test_differences_of_means_share_the_reference_by_sizes() -> None:
    rows: dict[str, Any] = {
        "y": [0.0, 0.6, 1.9],
        "v": [None, 0.18, 0.17],
        "dose": [0.0, 2.0, 4.0],
        "study": [*"PPP"],
        "n": [50, 40, 45],
    }
    found = dose_response("y", "v", dose="dose", study="study", data=rows, kind="means", n="n")
    correlation = 1 / 50 / np.sqrt((1 / 50 + 1 / 40) * (1 / 50 + 1 / 45))
    expected = correlation * np.sqrt(0.18 * 0.17)
    assert found.studies[0].covariance[0, 1] == pytest.approx(expected, rel=1e-12)
    assert np.diag(found.studies[0].covariance).tolist() == pytest.approx([0.18, 0.17], rel=1e-14)
    with pytest.raises(ValueError, match=r"^P: n of a class is missing; expected it for the covariance"):
        dose_response("y", "v", dose="dose", study="study", data=rows, kind="means")


@pytest.mark.parametrize("method", ["REML", "ML", "EE"])
@pytest.mark.parametrize("curve", ["linear", "quadratic", "spline"])
def test_every_fit_is_generalised_least_squares_at_its_heterogeneity(method: str, curve: str) -> None:
    found = of_ratios(method=method, curve=curve)
    beta, covariance = least_squares(found)
    assert found.estimate == pytest.approx(beta, rel=1e-8)
    assert found.covariance == pytest.approx(covariance, rel=1e-8)
    assert found.se == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-8)


def test_short_names_of_designs_are_understood() -> None:
    short = {"odds": "cc", "risks": "CI", "rates": "ir"}
    found = of_ratios(ROWS | {"kind": [short[each] for each in ROWS["kind"]]})
    assert [each.kind for each in found.studies] == ["odds", "risks", "rates", "risks"]
    assert {each.kind for each in of_ratios(kind="IR").studies} == {"rates"}
    assert {each.kind for each in of_ratios(kind="rates").studies} == {"rates"}


def test_the_kind_of_a_study_may_stand_at_any_of_its_classes() -> None:
    rows = changed(changed(ROWS, "kind", 0, None), "kind", 2, float("nan"))
    assert of_ratios(rows).studies[0].kind == "odds"


def test_the_unit_of_means_does_not_matter() -> None:
    """In thousandths of their unit, sds below one: slopes and their errors are so many times smaller."""
    small = MEANS | {name: [1e-3 * value for value in MEANS[name]] for name in ("mean", "sd")}
    found, plain = of_means(small), of_means()
    assert 1e3 * found.estimate == pytest.approx(plain.estimate, rel=1e-8)
    assert 1e6 * found.covariance == pytest.approx(plain.covariance, rel=1e-7)
