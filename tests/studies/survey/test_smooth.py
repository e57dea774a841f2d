"""The penalised smooth: the restricted likelihood by its definition, limits, and coverage of the band."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from studies.survey import SurveyDesign, SurveyError, linear, model_matrix, smooth
from studies.survey.design import Array
from studies.survey.smoothing import Basis, Penalised, penalised, penalty
from tests.studies.survey.samples import sample

S = sample(n=500, seed=5)
WAVE = np.sin(1.3 * S.x) + 5.0 * (S.y - S.y.mean())


def test_the_criterion_is_the_restricted_likelihood_of_the_mixed_model() -> None:
    n = 70
    x, y, w = S.x[:n], WAVE[:n], S.weights[:n] / S.weights[:n].mean()
    basis = Basis(float(x.min()), float(x.max()))(x)
    problem = penalised(basis, w, y)
    values, vectors = np.linalg.eigh(penalty(basis.shape[1]))
    fixed = basis @ vectors[:, :2]
    random = basis @ (vectors[:, 2:] / np.sqrt(values[2:]))

    def dense(log_lambda: float) -> float:
        variance = np.diag(1.0 / w) + random @ random.T / np.exp(log_lambda)
        inverse = np.linalg.inv(variance)
        inner = fixed.T @ inverse @ fixed
        p = inverse - inverse @ fixed @ np.linalg.inv(inner) @ fixed.T @ inverse
        determinants = np.linalg.slogdet(variance)[1] + np.linalg.slogdet(inner)[1]
        return float((n - 2) * np.log(y @ p @ y) + determinants)

    at = [-3.0, 0.0, 2.0, 5.0]
    ours, theirs = np.array([problem.criterion(v) for v in at]), np.array([dense(v) for v in at])
    assert_allclose(ours - ours[0], theirs - theirs[0], rtol=1e-7, atol=1e-8)


def test_the_smoothing_parameter_is_where_the_criterion_is_flat() -> None:
    w = S.weights / S.weights.mean()
    problem = penalised(Basis(float(S.x.min()), float(S.x.max()))(S.x), w, WAVE)
    best = problem.best()
    assert abs(problem.slope(best)) < 1e-8
    assert_allclose(best, smooth(S.design, WAVE, S.x).log_lambda, rtol=1e-9)
    numeric = (problem.criterion(1.0 + 1e-5) - problem.criterion(1.0 - 1e-5)) / 2e-5
    assert_allclose(problem.slope(1.0), numeric, rtol=1e-6)
    assert all(problem.criterion(best) <= problem.criterion(best + step) for step in (-3, -0.1, 0.1, 3))


def test_the_criterion_is_looked_at_in_quarters_of_a_logarithm(monkeypatch: pytest.MonkeyPatch) -> None:
    """141 of them from -15 to 20: what its optimum costs before the slope takes over."""
    seen: list[float] = []
    criterion = Penalised.criterion

    def noting(problem: Penalised, at: float) -> float:
        seen.append(at)
        return criterion(problem, at)

    monkeypatch.setattr(Penalised, "criterion", noting)
    smooth(S.design, WAVE, S.x)
    assert len(seen) == 141
    assert_allclose(np.diff(seen), 0.25, rtol=1e-10)


def test_a_straight_line_is_the_regression() -> None:
    y = 3.0 - 0.2 * S.x + 1e-3 * S.group * (S.x - 14)
    line = 2.0 * S.x + np.random.default_rng(0).normal(size=500) * 1e-6
    found = smooth(S.design, line, S.x)
    assert_allclose(found.curve([13.0, 15.0]).estimate, [26.0, 30.0], rtol=1e-5)
    x, _ = model_matrix({"x": S.x})
    w = S.weights / S.weights.mean()
    problem = penalised(Basis(float(S.x.min()), float(S.x.max()))(S.x), w, y)
    stiff = problem.turn @ (problem.shrink(30.0) * problem.z)
    at = np.array([12.5, 14.0, 15.5])
    expected = model_matrix({"x": at})[0] @ linear(S.design, y, x).coef
    assert_allclose(Basis(float(S.x.min()), float(S.x.max()))(at) @ stiff, expected, rtol=1e-6)


def test_weights_scale_out_and_covariates_are_held_at_their_means() -> None:
    age = np.random.default_rng(2).uniform(20, 60, 500)
    y = WAVE + 0.05 * age
    at = np.linspace(12.0, 16.0, 5)
    once = smooth(S.design, y, S.x, {"age": age}).curve(at)
    heavy = SurveyDesign(S.weights * 1e5, S.strata, S.psu)
    for unit in (1e4, 1e15):
        other = smooth(heavy, y, S.x, {"age": unit * (age + 3)}).curve(at)
        assert_allclose(other.estimate, once.estimate, rtol=1e-7)
        assert_allclose(other.se, once.se, rtol=1e-6)
    without = smooth(S.design, y - 0.05 * (age - S.weights @ age / S.weights.sum()), S.x).curve(at)
    assert_allclose(once.estimate, without.estimate, atol=4 * float(without.se.max()))


def test_a_domain_without_degrees_of_freedom_has_a_curve_without_limits() -> None:
    found = smooth(S.design, WAVE, S.x, domain=S.psu == 1)
    curve = found.curve(14.0)
    assert found.df == 0
    assert np.isnan([curve.low[0], curve.high[0]]).all()
    assert np.isfinite(curve.estimate).all()


def test_the_band_covers_on_average_along_the_curve() -> None:
    random = np.random.default_rng(23)
    n, repeats, at = 300, 150, np.linspace(0.1, 0.9, 9)
    design = SurveyDesign(random.uniform(1, 3, n), np.arange(n) % 15, np.arange(n) // 15 % 4)
    covered = []
    for _ in range(repeats):
        x = random.uniform(size=n)
        x[:2] = 0.0, 1.0
        curve = smooth(design, np.sin(5 * x) + 0.5 * random.normal(size=n), x).curve(at)
        covered.append((curve.low <= np.sin(5 * at)) & (np.sin(5 * at) <= curve.high))
    assert 0.92 < np.mean(covered) < 0.98
    assert np.mean(covered, axis=0).min() > 0.88


def test_splines_sum_to_one_up_to_the_ends_whatever_rounding_makes_of_them() -> None:
    for low, width in np.random.default_rng(9).uniform(0.1, 9.0, (200, 2)):
        high = low + width
        found = Basis(low, high)(np.array([low, 0.5 * (low + high), high]))
        assert_allclose(found.sum(axis=1), 1.0, rtol=1e-12)


def test_four_values_are_enough_and_their_curve_passes_near_the_means() -> None:
    exposure = np.arange(500) % 4
    y = np.array([0.0, 2.0, 1.0, 5.0])[exposure] + 0.01 * WAVE
    means = [np.average(y[exposure == j], weights=S.weights[exposure == j]) for j in range(4)]
    assert_allclose(smooth(S.design, y, exposure).curve([0, 1, 2, 3]).estimate, means, atol=0.05)
    with pytest.raises(SurveyError, match="four distinct values"):
        smooth(S.design, y, np.minimum(exposure, 2))


def scale(basis: Basis, x: Array, weights: Array) -> float:
    """Log of the data's sum of squares beside the penalty's: 21 second differences, 1 + 4 + 1 each."""
    return float(np.log((weights / weights.mean()) @ (basis(x) ** 2).sum(axis=1) / 126))


def test_data_on_a_curve_of_the_basis_are_not_smoothed() -> None:
    # Without noise the restricted likelihood grows as the penalty goes: the curve is plain least squares.
    curve = Basis(float(S.x.min()), float(S.x.max()))(S.x) @ np.random.default_rng(1).normal(size=23)
    found = smooth(S.design, curve, S.x)
    assert found.edf > 20.0
    assert_allclose(found.log_lambda, -15.0 + scale(found.basis, S.x, S.weights), rtol=1e-12)
    assert_allclose(found.curve(S.x[:50]).estimate, curve[:50], atol=1e-3)


def test_noise_about_a_line_leaves_the_line() -> None:
    # Residuals that alternate hold no curve: the restricted likelihood grows with the penalty.
    x = np.linspace(0.0, 1.0, 200)
    found = smooth(SurveyDesign(np.ones(200)), 1.0 + 2.0 * x + 0.1 * (-1.0) ** np.arange(200), x)
    assert_allclose(found.edf, 2.0, atol=1e-4)
    assert_allclose(found.log_lambda, 20.0 + scale(found.basis, x, np.ones(200)), rtol=1e-12)
    assert_allclose(found.curve([0.25, 0.75]).estimate, [1.5, 2.5], atol=1e-3)


def test_beyond_the_data_there_is_no_curve() -> None:
    fit = smooth(S.design, WAVE, S.x)
    least, most = float(S.x.min()), float(S.x.max())
    assert np.isfinite(fit.curve([least, most]).estimate).all()
    for beyond in (least - 1e-6, most + 1e-6):
        with pytest.raises(SurveyError, match="the smooth knows the exposure from"):
            fit.curve([14.0, beyond])
    with pytest.raises(SurveyError, match="four distinct values"):
        smooth(S.design, WAVE, S.group)
