"""The covariance of effects with one reference group: by formula, by the delta method, and by simulation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.effects.common_reference import DIFFERENCES, STANDARDISED, reference_covariance
from evidence.effects.escalc import escalc

Numbers = np.ndarray[Any, np.dtype[np.float64]]

COUNTS: dict[str, Any] = {"ai": [6.0, 9.0, 12.0], "n1i": [20.0, 25.0, 31.0], "ci": 5.0, "n2i": 30.0}
RATES: dict[str, Any] = {"x1i": [6.0, 9.0, 12.0], "t1i": [200.0, 250.0, 310.0], "x2i": 5.0, "t2i": 300.0}
MEANS: dict[str, Any] = {
    "m1i": [12.0, 13.0, 15.0],
    "sd1i": [5.0, 6.0, 4.5],
    "n1i": [20, 25, 31],
    "m2i": 10.0,
    "sd2i": 4.0,
    "n2i": 30,
}
SPREADS = {name: MEANS[name] for name in ("sd1i", "n1i", "sd2i", "n2i")}
GLASS = {name: MEANS[name] for name in ("m1i", "n1i", "m2i", "sd2i", "n2i")}


def given(measure: str) -> dict[str, Any]:
    if measure in ("OR", "RR", "RD", "AS", "PBIT", "OR2DN", "OR2DL"):
        return COUNTS
    if measure in ("IRR", "IRD", "IRSD"):
        return RATES
    return {"VR": SPREADS, "SMD1": GLASS}.get(measure, MEANS)


FORMULAS = {
    "OR": 1 / 5 + 1 / 25,
    "RR": 1 / 5 - 1 / 30,
    "RD": 5 * 25 / 30**3,
    "AS": 1 / (4 * 30),
    "OR2DL": (1 / 5 + 1 / 25) * 3 / np.pi**2,
    "OR2DN": (1 / 5 + 1 / 25) / 1.65**2,
    "IRR": 1 / 5,
    "IRD": 5 / 300**2,
    "IRSD": 1 / (4 * 300),
    "MD": 4.0**2 / 30,
    "ROM": 4.0**2 / (30 * 10.0**2),
    "VR": 1 / (2 * 29),
    "CVR": 4.0**2 / (30 * 10.0**2) + 1 / (2 * 29),
    "ROMBC": 0.16 / 30 + (0.16 / 30) ** 2 / 2,
}


@pytest.mark.parametrize("measure", FORMULAS)
def test_the_covariance_is_the_reference_s_part_of_the_variance(measure: str) -> None:
    columns = given(measure)
    found = reference_covariance(measure, columns)
    assert_allclose(np.diag(found), escalc(measure, **columns).vi, rtol=1e-15)
    assert_allclose(found[~np.eye(3, dtype=bool)], FORMULAS[measure], rtol=1e-12)
    assert np.linalg.eigvalsh(found)[0] > 0


def test_every_measure_that_is_a_difference_has_been_compared() -> None:
    assert set(FORMULAS) | {"PBIT"} == set(DIFFERENCES)
    assert len(FORMULAS) == 14


def slope(of: Callable[[float], float], at: float) -> float:
    h = 1e-4 * at
    return (of(at - 2 * h) - 8 * of(at - h) + 8 * of(at + h) - of(at + 2 * h)) / (12 * h)


@pytest.mark.parametrize("measure", ["OR", "RR", "RD", "PBIT", "OR2DN"])
def test_it_is_what_the_delta_method_gives_for_binomial_counts(measure: str) -> None:
    """Slopes of both effects in the events of the reference, times their binomial variance."""

    def effect(events: float, row: int) -> float:
        return float(escalc(measure, **{**COUNTS, "ci": events}, to="none").yi[row])

    slopes = [slope(lambda events, row=row: effect(events, row), 5.0) for row in (0, 1)]  # type: ignore[misc]
    expected = slopes[0] * slopes[1] * 30 * (5 / 30) * (25 / 30)
    assert reference_covariance(measure, COUNTS)[0, 1] == pytest.approx(expected, rel=1e-9)


def test_what_is_added_to_zeros_is_added_to_the_reference_as_well() -> None:
    zero = {**COUNTS, "ai": [0.0, 9.0, 12.0]}
    found = reference_covariance("OR", zero)
    with_half, without = 1 / 5.5 + 1 / 25.5, 1 / 5 + 1 / 25
    assert found[1, 2] == pytest.approx(without, rel=1e-12)
    assert found[0, 1] == pytest.approx(np.sqrt(with_half * without), rel=1e-12)
    assert_allclose(np.diag(found), escalc("OR", **zero).vi, rtol=1e-15)
    everywhere = reference_covariance("OR", zero, add=1.0, to="all")
    assert_allclose(everywhere[~np.eye(3, dtype=bool)], 1 / 6 + 1 / 26, rtol=1e-12)
    assert_allclose(np.diag(everywhere), escalc("OR", **zero, add=1.0, to="all").vi, rtol=1e-15)
    rates = reference_covariance("IRR", {**RATES, "x1i": [0.0, 9.0, 12.0]})
    assert (rates[1, 2], rates[0, 2]) == pytest.approx((1 / 5, np.sqrt(1 / 5 / 5.5)), rel=1e-12)
    none = {**RATES, "x2i": 0.0}
    assert reference_covariance("IRR", none)[0, 1] == pytest.approx(1 / 0.5, rel=1e-12)
    with pytest.raises(ValueError, match="nothing was added"):
        reference_covariance("IRR", none, to="none")
    with pytest.raises(ValueError, match="a cell of its table is zero, and nothing was added"):
        reference_covariance("OR", zero, to="none")


def test_standardised_differences_share_the_mean_and_a_part_of_the_sd() -> None:
    g = escalc("SMD", **MEANS).yi
    n = np.array([50.0, 55.0, 61.0])
    for i, j in ((0, 1), (0, 2), (1, 2)):
        expected = 1 / 30 + g[i] * g[j] * 30 / (2 * n[i] * n[j])
        assert reference_covariance("SMD", MEANS)[i, j] == pytest.approx(expected, rel=1e-12)
    glass = escalc("SMD1", **GLASS).yi
    expected = 1 / 30 + glass[0] * glass[1] / (2 * 30)  # Gleser & Olkin 2009, by the SD of the reference
    assert reference_covariance("SMD1", GLASS)[0, 1] == pytest.approx(expected, rel=1e-12)
    d = escalc("D", **MEANS).yi
    expected = 1 / 30 + d[0] * d[1] * 30 / (2 * 50 * 55)
    assert reference_covariance("D", MEANS)[0, 1] == pytest.approx(expected, rel=1e-12)
    assert STANDARDISED == ("SMD", "D", "SMD1")


@pytest.mark.parametrize("measure", ["SMD", "SMD1", "MD", "ROM"])
def test_simulated_trials_have_the_covariance(measure: str) -> None:
    """Three groups of normal data with large differences, so that the part of the SD is seen."""
    rng = np.random.default_rng(4)
    draws, sizes, means, sd = 40_000, np.array([800, 600, 1000]), np.array([10.0, 13.0, 15.0]), 2.0
    m = rng.normal(means, sd / np.sqrt(sizes), (draws, 3))
    s = sd * np.sqrt(rng.chisquare(sizes - 1.0, (draws, 3)) / (sizes - 1.0))
    effects = [_effect(measure, m, s, sizes, arm) for arm in (1, 2)]
    whole: dict[str, Any] = {"m1i": means[1:], "n1i": sizes[1:], "m2i": means[0], "sd2i": sd, "n2i": sizes[0]}
    if measure != "SMD1":
        whole["sd1i"] = [sd, sd]
    expected = reference_covariance(measure, whole)
    assert_allclose(np.cov(effects[0], effects[1]), expected, rtol=0.025)


def _effect(measure: str, m: Numbers, s: Numbers, sizes: Numbers, arm: int) -> Numbers:
    columns: dict[str, Any] = {
        "m1i": m[:, arm],
        "n1i": sizes[arm],
        "m2i": m[:, 0],
        "sd2i": s[:, 0],
        "n2i": sizes[0],
    }
    if measure != "SMD1":
        columns["sd1i"] = s[:, arm]
    return escalc(measure, **columns).yi


def test_medians_have_the_covariance_of_the_means_that_are_estimated_from_them() -> None:
    medians: dict[str, Any] = {
        "med1i": [12, 13],
        "q11i": [8, 7],
        "q31i": [17, 18],
        "n1i": [20, 25],
        "med2i": 10,
        "q12i": 6,
        "q32i": 15,
        "n2i": 30,
    }
    found = reference_covariance("MD", medians)
    reference = escalc("MD", **{**medians, "med1i": 10, "q11i": 6, "q31i": 15, "n1i": 30})
    assert found[0, 1] == pytest.approx(float(reference.vi[0]) / 2, rel=1e-12)


@pytest.mark.parametrize(
    ("measure", "columns", "says"),
    [
        ("PETO", COUNTS, "it is not known for"),
        ("SMDH", MEANS, "it is not known for"),
        (
            "OR",
            {**COUNTS, "ci": [5.0, 5.0, 6.0]},
            "ci differs between the rows; expected one reference group",
        ),
        ("OR", {**COUNTS, "n2i": [30, 30, 31]}, "n2i differs between the rows"),
        ("MD", {**MEANS, "sd2i": [4.0, 4.0, 4.1]}, "sd2i differs between the rows"),
        ("MD", {**MEANS, "sd1i": [5.0, 6.0, 0.0]}, "the SD of group 1 is not above zero"),
    ],
)
def test_what_has_no_common_reference_is_refused(measure: str, columns: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        reference_covariance(measure, columns)
