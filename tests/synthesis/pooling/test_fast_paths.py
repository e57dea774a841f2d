"""The quick moment estimate is the careful one to rounding, and steps aside where it would lose digits."""

import os

import numpy as np
import pytest
from numpy.testing import assert_allclose

from synthesis.pooling.kernel import fast_paths as module
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.fast_paths import (
    MomentLoop,
    compiled_moment_loop,
    moment_loop,
    moments_by_numpy,
    plain_moments,
)
from synthesis.pooling.kernel.fitting import estimate_batch, fit
from tests.thinned import thinned


@pytest.fixture(params=["numpy", "compiled"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every test runs both ways, however small its batches are."""
    if request.param == "compiled" and compiled_moment_loop() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("numba is not installed")
    monkeypatch.setattr(module, "_WORTH_COMPILING", 1 if request.param == "compiled" else np.inf)
    return str(request.param)


def careful(effects: Effects) -> tuple[Array, Array, Array]:
    with np.errstate(divide="ignore", invalid="ignore"):
        fitted = fit(effects, "DL", None)
        return fitted.tau2, fitted.beta[:, 0], np.sqrt(fitted.covariance[:, 0, 0])


@pytest.mark.parametrize("k", thinned([20, 2, 3, 400], 2))
@pytest.mark.parametrize("shift", [0.0, 2.0, -9.0])
@pytest.mark.parametrize("unit", [1.0, 1e-20, 1e15])
def test_it_agrees_with_the_careful_kernel(k: int, shift: float, unit: float) -> None:
    rng = np.random.default_rng(k)
    v = rng.uniform(0.01, 0.3, (500, k))
    y = shift + rng.normal(0.2, np.sqrt(v + 0.1))
    effects = Effects(y * unit, v * unit**2)
    tau2, mean, se = careful(effects)
    usable = 0
    for row in range(500):
        quick = plain_moments(effects.rows(slice(row, row + 1)))
        if quick is None:
            continue
        usable += 1
        least = effects.v[row].min()
        assert abs(quick.tau2[0] - tau2[row]) <= 5e-12 * (tau2[row] + least)
        # The mean moves by up to a standard error times the relative difference that tau2 was allowed above.
        assert abs(quick.mean[0] - mean[row]) <= 5e-12 * se[row] + 1e-15 * abs(mean[row])
        assert quick.se[0] == pytest.approx(se[row], rel=1e-12)
    assert usable >= {0.0: 480, 2.0: 400, -9.0: 170}[shift]


@pytest.mark.parametrize("order", ["C", "F"])
def test_whole_batches_take_the_same_numbers(order: str) -> None:
    rng = np.random.default_rng(1)
    v = np.asarray(rng.uniform(0.01, 0.3, (70_000, 20)), order="F" if order == "F" else "C")
    effects = Effects(rng.normal(0.2, np.sqrt(v + 0.1)), v)
    assert plain_moments(effects) is not None
    found = estimate_batch(effects, "DL")
    part = effects.rows(slice(0, 70_000, 7))
    tau2, mean, se = careful(part)
    assert np.allclose(found.tau2[::7], tau2, rtol=1e-11, atol=1e-14)
    assert np.allclose(found.beta[::7, 0], mean, rtol=1e-11)
    assert np.allclose(found.se[::7, 0], se, rtol=1e-12)


HARMFUL = [
    ([0.1, 0.1, 0.1], [0.1, 0.2, 0.3]),  # nothing differs: every distance is zero
    ([0.1, 0.2, 0.3], [1e-8, 0.2, 0.3]),  # one weight hides the others
    ([1e3, 1e3 + 0.1, 1e3 - 0.2], [0.01, 0.02, 0.01]),  # what they share hides how they differ
    ([1e-60, 2e-60, -1e-60], [1e-120, 1e-120, 2e-120]),  # squares of weights would overflow
    ([0.1, 0.2, 0.3], [5e-324, 5e-324, 5e-324]),  # weights are infinite
    ([1e300, 2e300, -1e300], [0.1, 0.2, 0.3]),  # squares of effects are
]


@pytest.mark.parametrize(
    ("y", "v"),
    [
        *HARMFUL,
        ([0.1, 0.2, 0.3], [0.1, np.inf, 0.2]),  # a study without information
        ([0.1], [0.1]),
    ],
)
def test_it_steps_aside_where_digits_would_be_lost(y: list[float], v: list[float]) -> None:
    effects = Effects(np.array(y), np.array(v))
    assert plain_moments(effects) is None
    with np.errstate(over="ignore"):
        tau2, mean, _ = careful(effects)
        found = estimate_batch(effects, "DL")
    assert np.array_equal(found.tau2, tau2, equal_nan=True)
    assert np.array_equal(found.beta[:, 0], mean, equal_nan=True)


@pytest.mark.parametrize(
    ("within", "beyond"),
    [
        # q / total of two equal variances is 1 / (2 (a^2 + (a + 1)^2)); a thousandth may be left.
        (([15.2, 16.2], [1.0, 1.0]), ([15.4, 16.4], [1.0, 1.0])),
        # tr(P) / tr(W) of weights one and w is 2 w / (1 + w)^2.
        (([0.0, 1.0], [1.0, 1.0 / 5.1e-4]), ([0.0, 1.0], [1.0, 1.0 / 4.9e-4])),
        # Sums of weights from 1e-70 to 1e70.
        (([0.0, 1e35], [1.9e70, 1.9e70]), ([0.0, 1e35], [2.1e70, 2.1e70])),
        (([0.0, 1e-35], [2.1e-70, 2.1e-70]), ([0.0, 1e-35], [1.9e-70, 1.9e-70])),
    ],
)
def test_it_goes_up_to_these_bounds(
    within: tuple[list[float], list[float]], beyond: tuple[list[float], list[float]]
) -> None:
    assert plain_moments(Effects(*map(np.array, within))) is not None
    assert plain_moments(Effects(*map(np.array, beyond))) is None


@pytest.mark.parametrize(("y", "v"), HARMFUL)
def test_one_such_data_set_among_many_is_enough(y: list[float], v: list[float]) -> None:
    rng = np.random.default_rng(2)
    many_v = rng.uniform(0.01, 0.3, (150_000, 3))
    many_y = rng.normal(0.2, np.sqrt(many_v + 0.1)) * np.array([1.0, 1.5, 2.0])
    many_y[100_000], many_v[100_000] = y, v
    assert plain_moments(Effects(many_y, many_v)) is None


# Two studies with a sum of weights, a share of Q in the total, or a share of the scale, on either side of the
# bounds 1e-70, 1e70 and one thousandth.
AT_BOUNDS: list[tuple[list[float], list[float], bool]] = [
    ([0.0, 1.0], [2 / 1.1e-70] * 2, True),
    ([0.0, 1.0], [2 / 0.9e-70] * 2, False),
    ([0.0, 1.0], [2 / 0.9e70] * 2, True),
    ([0.0, 1.0], [2 / 1.1e70] * 2, False),
    ([998**0.5 - 1, 998**0.5 + 1], [1.0, 1.0], True),
    ([1000**0.5 - 1, 1000**0.5 + 1], [1.0, 1.0], False),
    ([0.0, 1.0], [1.0, 1 / 5.2e-4], True),
    ([0.0, 1.0], [1.0, 1 / 4.8e-4], False),
    ([0.0, 0.0], [1.0, 1.0], False),
]


@pytest.mark.parametrize(("y", "v", "kept"), AT_BOUNDS)
@pytest.mark.parametrize("loop", [moment_loop, moments_by_numpy])
def test_sums_that_lose_more_than_three_digits_are_left_to_the_careful_kernel(
    loop: MomentLoop, y: list[float], v: list[float], kept: bool
) -> None:
    """One such data set among others that are well behaved is enough."""
    rows = np.array([[0.0, 1.0], y, [0.5, 1.0]]), np.array([[1.0, 1.0], v, [1.0, 2.0]])
    found = np.full((3, 3), np.nan)
    assert loop(*rows, *found) is kept
    if kept:
        for ours, theirs in zip(found, careful(Effects(*rows)), strict=True):
            assert_allclose(ours, theirs, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("batch", [100_000, 100_001, 200_001])
def test_a_batch_of_one_two_or_three_parts_has_all_of_its_data_sets(batch: int) -> None:
    """Data sets repeat every seven, and so do their results."""
    rng = np.random.default_rng(5)
    v = rng.uniform(0.01, 0.3, (7, 2))
    seven = Effects(rng.normal(0.2, 1.0, (7, 2)), v)
    rows, expected = np.arange(batch) % 7, careful(seven)
    found = plain_moments(Effects(seven.y[rows], seven.v[rows]))
    assert found is not None
    for ours, theirs in zip((found.tau2, found.mean, found.se), expected, strict=True):
        assert_allclose(ours, theirs[rows], rtol=1e-11, atol=1e-14)
