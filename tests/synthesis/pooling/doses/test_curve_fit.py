"""The engine of curves against one full system of equations and another optimiser's likelihood."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.linalg import block_diag
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from synthesis.pooling.doses.curve_fit import CURVE_METHODS, ClassEffects, CurveFit, fit_curve
from synthesis.pooling.kernel.effects import Array


def invented(k: int = 7, p: int = 2, seed: int = 3, spread: float = 0.4) -> list[ClassEffects]:
    """k studies of four classes, with coefficients that differ."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(k):
        dose = np.sort(rng.uniform(0.5, 4.0, 4))
        x = np.column_stack([dose, dose**2, np.sqrt(dose)][:p])
        root = rng.normal(size=(4, 4)) * 0.1
        covariance = root @ root.T + 0.05 * np.eye(4)
        beta = np.array([0.5, -0.1, 0.3][:p]) + rng.normal(0.0, spread, p) * np.array([1.0, 0.3, 1.0][:p])
        made.append(ClassEffects(rng.multivariate_normal(x @ beta, covariance), x, covariance))
    return made


def whole(studies: list[ClassEffects], psi: Array) -> tuple[Array, Array, Any]:
    v = block_diag(*(each.covariance + each.x @ psi @ each.x.T for each in studies))
    return np.concatenate([each.y for each in studies]), np.vstack([each.x for each in studies]), v


def squares(studies: list[ClassEffects], psi: Array) -> tuple[Any, Any, float]:
    """Generalised least squares by one full system: coefficients, covariance, residual quadratic."""
    y, x, v = whole(studies, psi)
    weight = np.linalg.inv(v)
    covariance = np.linalg.inv(x.T @ weight @ x)
    beta = covariance @ x.T @ weight @ y
    return beta, covariance, float((y - x @ beta) @ weight @ (y - x @ beta))


def loglik(studies: list[ClassEffects], psi: Array, restricted: bool) -> float:
    """The density of all effects, or of their contrasts, with all constants."""
    y, x, v = whole(studies, psi)
    beta, covariance, _ = squares(studies, psi)
    found = float(multivariate_normal(x @ beta, v).logpdf(y))
    if restricted:
        found += 0.5 * beta.size * np.log(2.0 * np.pi) + 0.5 * float(np.linalg.slogdet(covariance)[1])
    return found


@pytest.mark.parametrize("p", [1, 2, 3])
@pytest.mark.parametrize("method", CURVE_METHODS)
def test_a_fit_is_generalised_least_squares_at_its_psi(p: int, method: str) -> None:
    studies = invented(p=p)
    fit = fit_curve([each.slopes() for each in studies] if method == "DL" else studies, method)
    beta, covariance, _ = squares(studies, fit.psi)
    assert fit.beta == pytest.approx(beta, rel=1e-9)
    assert fit.covariance == pytest.approx(covariance, rel=1e-8)
    rows = [each.slopes() for each in studies] if method == "DL" else studies
    assert pytest.approx(squares(rows, np.zeros((p, p)))[2], rel=1e-10) == fit.Q
    assert fit.df == sum(each.y.size for each in rows) - p
    if method == "DL":
        assert np.isnan(fit.loglik)
        return
    restricted = method == "REML"
    assert fit.loglik == pytest.approx(loglik(studies, fit.psi, restricted), abs=1e-9)
    assert fit.without == pytest.approx(loglik(studies, np.zeros((p, p)), restricted), abs=1e-9)
    assert (fit.loglik > fit.without + 1.0) == (method != "EE")
    assert (fit.psi == 0).all() == (method == "EE")


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("method", ["REML", "ML"])
def test_no_other_psi_has_a_larger_likelihood(p: int, method: str) -> None:
    studies = invented(p=p)
    fit = fit_curve(studies, method)
    lower = np.tril_indices(p)

    def lost(values: Any) -> float:
        root = np.zeros((p, p))
        root[lower] = values
        return -loglik(studies, root @ root.T, method == "REML")

    found = minimize(lost, 0.3 * np.eye(p)[lower], method="BFGS", options={"gtol": 1e-9})
    assert fit.loglik >= -found.fun - 1e-10
    assert fit.loglik == pytest.approx(-found.fun, abs=1e-7)
    root = np.zeros((p, p))
    root[lower] = found.x
    assert fit.psi == pytest.approx(root @ root.T, rel=2e-4, abs=1e-6)


def test_scales_of_doses_do_not_matter() -> None:
    size = np.array([1e4, 1e-5])
    studies = invented()
    scaled = [ClassEffects(each.y, each.x * size, each.covariance) for each in studies]
    first, second = fit_curve(studies, "REML"), fit_curve(scaled, "REML")
    assert second.beta * size == pytest.approx(first.beta, rel=1e-8)
    assert second.psi * np.outer(size, size) == pytest.approx(first.psi, rel=1e-6)
    assert second.loglik + np.log(size).sum() == pytest.approx(first.loglik, abs=1e-9)


def test_no_heterogeneity_is_exactly_none() -> None:
    studies = [ClassEffects(each.x @ [0.5, -0.1], each.x, each.covariance) for each in invented()]
    for method in ("REML", "ML"):
        fit = fit_curve(studies, method)
        assert fit.psi == pytest.approx(np.zeros((2, 2)), abs=1e-12)
        assert fit.beta == pytest.approx([0.5, -0.1], rel=1e-9)
        assert pytest.approx(0.0, abs=1e-9) == fit.Q
        assert fit.loglik >= fit.without


def test_a_study_s_own_coefficients_are_generalised_least_squares() -> None:
    one = invented()[0]
    slopes = one.slopes()
    beta, covariance, _ = squares([one], np.zeros((2, 2)))
    assert slopes.y == pytest.approx(beta, rel=1e-9)
    assert slopes.covariance == pytest.approx(covariance, rel=1e-9)
    assert (slopes.covariance == slopes.covariance.T).all()
    assert slopes.x.tolist() == [[1, 0], [0, 1]]


def test_rank_tells_whether_a_study_tells_all_coefficients() -> None:
    one = invented()[0]
    assert one.has_full_rank
    assert not ClassEffects(one.y[:1], one.x[:1], one.covariance[:1, :1]).has_full_rank
    assert ClassEffects(one.y[:2], one.x[:2], one.covariance[:2, :2]).has_full_rank


def test_one_study_without_heterogeneity_is_its_own_coefficients() -> None:
    one = invented()[0]
    fit: CurveFit = fit_curve([one], "EE")
    assert fit.beta == pytest.approx(one.slopes().y, rel=1e-9)
    assert fit.covariance == pytest.approx(one.slopes().covariance, rel=1e-9)
    assert fit.df == 2


def test_a_study_with_fewer_classes_than_coefficients_adds_to_one_stage() -> None:
    studies = invented()
    short = ClassEffects(studies[0].y[:1], studies[0].x[:1], studies[0].covariance[:1, :1])
    fit = fit_curve([short, *studies[1:]], "REML")
    beta, covariance, _ = squares([short, *studies[1:]], fit.psi)
    assert fit.beta == pytest.approx(beta, rel=1e-9)
    assert fit.covariance == pytest.approx(covariance, rel=1e-9)
    assert fit.loglik == pytest.approx(loglik([short, *studies[1:]], fit.psi, True), abs=1e-9)


def test_moments_of_one_coefficient_are_dersimonian_and_laird_s() -> None:
    slopes = [each.slopes() for each in invented(p=1)]
    y = np.array([each.y[0] for each in slopes])
    w = np.array([1.0 / each.covariance[0, 0] for each in slopes])
    q = (w * (y - (w * y).sum() / w.sum()) ** 2).sum()
    tau2 = (q - (len(y) - 1)) / (w.sum() - (w**2).sum() / w.sum())
    assert tau2 > 0
    assert fit_curve(slopes, "DL").psi[0, 0] == pytest.approx(tau2, rel=1e-10)
    calm = [ClassEffects(np.array([0.3]), np.eye(1), np.eye(1)) for _ in range(4)]
    assert fit_curve(calm, "DL").psi.tolist() == [[0.0]]


def test_moments_of_several_coefficients_have_the_mean_that_they_are_solved_for() -> None:
    """Equal covariances S: the solution is the sample covariance of the coefficients less S."""
    rng = np.random.default_rng(5)
    b, s = rng.normal(size=(9, 2)), np.array([[0.09, 0.02], [0.02, 0.05]])
    fit = fit_curve([ClassEffects(row, np.eye(2), s) for row in b], "DL")
    assert fit.psi == pytest.approx(np.cov(b.T) - s, rel=1e-10)


def test_moments_with_a_negative_direction_leave_it_out() -> None:
    rng = np.random.default_rng(6)
    b, s = rng.normal(size=(9, 2)) * [1.0, 0.01], np.array([[0.09, 0.0], [0.0, 0.05]])
    found = np.cov(b.T) - s
    values, vectors = np.linalg.eigh(found)
    assert values[0] < 0 < values[1]
    fit = fit_curve([ClassEffects(row, np.eye(2), s) for row in b], "DL")
    assert fit.psi == pytest.approx(values[1] * np.outer(vectors[:, 1], vectors[:, 1]), rel=1e-9)
