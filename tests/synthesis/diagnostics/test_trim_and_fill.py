"""Trim-and-fill against metafor; its symmetry; funnels without anything missing."""

import numpy as np
import pytest

from synthesis import pool
from synthesis.diagnostics.trim_and_fill import COUNTS, quadratic_rank, trim_and_fill
from tests.synthesis.diagnostics.reference import METAFOR, SMALL_STUDIES, Comparisons, effects


def test_every_count_side_and_estimator_agrees_with_metafor() -> None:
    compared = Comparisons()
    for name, entry in SMALL_STUDIES["values"].items():
        yi, vi = effects(entry)
        for key, expected in entry["trimfill"].items():
            method, estimator, side = key.split("/")
            found = trim_and_fill(pool(yi, vi, method=method, test="z"), estimator, side)
            assert found.k0 == expected["k0"], (name, key)
            assert found.converged
            for attribute, pinned in (
                ("estimate", "beta"),
                ("se", "se"),
                ("ci_low", "ci_lb"),
                ("ci_high", "ci_ub"),
                ("tau2", "tau2"),
            ):
                compared.check(f"{name} {key} {pinned}", getattr(found, attribute), expected[pinned], 1e-12)
            filled = np.atleast_1d(np.array(expected["filled"], dtype=float))
            for a, b in zip(np.sort(found.yi), np.sort(filled), strict=True):
                compared.check(f"{name} {key} filled", float(a), b)
    assert compared.report() == 632


@pytest.mark.parametrize("estimator", COUNTS)
def test_the_mirrored_funnel_is_filled_on_the_other_side(estimator: str) -> None:
    for entry in METAFOR.values():
        yi, vi = effects(entry)
        one, other = trim_and_fill(pool(yi, vi), estimator), trim_and_fill(pool(-yi, vi), estimator)
        assert one.side != other.side
        assert one.k0 == other.k0
        assert one.estimate == pytest.approx(-other.estimate, rel=1e-9, abs=1e-12)


def test_a_symmetric_funnel_stays_as_it_is() -> None:
    # powers of two: every sum is exact, so that the mean is zero to the last bit
    half = 2.0 ** np.arange(-3, 3)
    found = trim_and_fill(pool([*-half, *half], [*half, *half], method="EE"))
    assert (found.k0, found.yi.size) == (0, 0)


def test_an_unknown_count_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown estimator 'L1'"):
        trim_and_fill(pool([0.0, 1.0, 2.0], [1.0, 1.0, 1.0]), "L1")


def test_fewer_than_three_studies_are_refused() -> None:
    for k in (1, 2):
        with pytest.raises(ValueError, match=f"trim and fill needs at least 3 studies; there are {k}"):
            trim_and_fill(pool(np.arange(k) / 10.0, np.full(k, 0.1)))
    assert trim_and_fill(pool([0.1, 0.3, 0.8], [0.1, 0.1, 0.2])).pooled.k >= 3


def test_a_count_whose_root_is_negative_is_refused_with_the_number_under_it() -> None:
    """One study far below all others: nine ranks of ten on one side, S = 45, 2 k^2 - 4 S + 1/4 = 20.25."""
    ranks = np.array([-10.0, *range(1, 10)])
    assert quadratic_rank(ranks, 10) == pytest.approx(10 - 0.5 - 20.25**0.5)
    with pytest.raises(
        ValueError, match=r"2 k\^2 - 4 S \+ 1/4 is -19\.75 with k = 10 studies.*S = 55.* has no root"
    ):
        quadratic_rank(np.arange(1.0, 11.0), 10)
    yi, vi = [-3.0, *np.linspace(0.5, 0.6, 9)], [1e-4, *[1.0] * 9]
    with pytest.raises(ValueError, match="Q0 does not exist for these studies"):
        trim_and_fill(pool(yi, vi, method="EE"), "Q0", "left")
    for other in ("L0", "R0"):
        assert trim_and_fill(pool(yi, vi, method="EE"), other, "left").estimator == other


@pytest.mark.parametrize(("given", "meant"), [("Left", "left"), ("RIGHT", "right")])
def test_sides_are_read_in_any_case(given: str, meant: str) -> None:
    studies = pool([0.1, 0.4, 0.3, 0.9], [0.01, 0.1, 0.05, 0.3])
    assert trim_and_fill(studies, side=given).side == meant
    with pytest.raises(ValueError, match=r"unknown side 'top'\. Expected one of: left, right"):
        trim_and_fill(studies, side="top")


def test_counts_by_hand() -> None:
    """Ranks 1 to 4 with -2 and -1 on the other side: S = 7 of 10, the last two make a run of two less one."""
    ranks = np.array([-2.0, -1.0, 3.0, 4.0])
    assert COUNTS["L0"](ranks, 4) == pytest.approx((4 * 7 - 20) / 7)
    assert COUNTS["R0"](ranks, 4) == 4 - 2 - 1
    assert COUNTS["Q0"](ranks, 4) == pytest.approx(3.5 - 4.25**0.5)
    assert COUNTS["R0"](np.arange(1.0, 5.0), 4) == 3.0


def test_two_studies_always_stay() -> None:
    """The rest is 0 and 0, about which no study lies on the left: R0 = 6 - 0 - 1 is more than four of six."""
    yi, vi = [4.0, 0.0, 0.0, 2.0, 0.0, 2.0], [1.0, 2.0, 2.0, 1.0, 0.25, 2.0]
    for sign, side in ((1.0, "left"), (-1.0, "right")):
        found = trim_and_fill(pool(sign * np.array(yi), vi, method="EE"), "R0", side)
        assert (found.k0, found.converged, found.pooled.k, found.side) == (4, True, 10, side)
        assert sorted(sign * found.yi) == [-4.0, -2.0, -2.0, 0.0]
        assert found.pooled.labels[6:] == tuple(f"filled: study {i}" for i in (5, 4, 6, 1))
        for name in ("estimate", "se", "ci_low", "ci_high", "p_value", "tau2"):
            assert getattr(found, name) == getattr(found.pooled, name)


def test_the_missing_side_is_the_one_away_from_small_studies() -> None:
    vi = np.array([0.01, 0.02, 0.1, 0.3, 0.5])
    assert trim_and_fill(pool(np.sqrt(vi), vi)).side == "left"
    assert trim_and_fill(pool(-np.sqrt(vi), vi)).side == "right"
    assert trim_and_fill(pool([0.1, 0.2, 0.9], [0.1, 0.1, 0.1])).side == "left"
    assert trim_and_fill(pool([-0.1, -0.2, -0.9], [0.1, 0.1, 0.1])).side == "left"


def test_the_mean_that_trims_has_the_weights_of_the_result() -> None:
    """By hand, with R0: 10 is trimmed about the mean of the rest, none where 9 and 10 weigh most."""
    yi, vi = np.array([0.0, 1.0, 2.0, 3.0, 9.0, 10.0]), np.full(6, 0.5)
    alike = trim_and_fill(pool(yi, vi, method="EE", weights="equal"), "R0", "left")
    assert (alike.k0, alike.yi.tolist()) == (1, [-4.0])
    heavy = trim_and_fill(pool(yi, vi, method="EE", weights=[1.0, 1.0, 1.0, 1.0, 7.0, 7.0]), "R0", "left")
    assert heavy.k0 == 0
    light = trim_and_fill(pool(yi, vi, method="EE", weights=[2.0, 2.0, 2.0, 2.0, 1.0, 1.0]), "R0", "left")
    assert light.yi.tolist() == pytest.approx([2 * 21 / 9 - 10])
    assert light.estimate == pytest.approx((12 + 9 + 10 + 2 * 21 / 9 - 10) / 11)


@pytest.mark.parametrize(
    ("counts", "k0"), [([3, 1, 2, 1], 1), ([1, 3, 1], 1), ([2, 3, 4, 2], 2), ([4, 3, 2, 3], 2)]
)
def test_a_count_that_goes_in_circles_is_the_smallest_of_the_circle(
    counts: list[int], k0: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From 0 the counts go 3, 1, 2 and to 1 again: 1 and 2 are the circle, to which 0 and 3 do not belong."""
    given = iter(counts)
    monkeypatch.setitem(COUNTS, "L0", lambda ranks, k: float(next(given)))
    found = trim_and_fill(pool([0.1, 0.4, 0.2, 0.9, 0.5, 0.3], [0.1] * 6), "L0", "left")
    assert (found.k0, found.converged, found.pooled.k) == (k0, False, 6 + k0)
    assert next(given, None) is None


def test_q0_exists_as_long_as_its_root_does() -> None:
    """Of four studies ranks that sum to 8 leave 32 - 32 + 1/4 under the root, ranks that sum to 9 less."""
    assert quadratic_rank(np.array([1.0, -2.0, 3.0, 4.0]), 4) == 4 - 0.5 - 0.5
    with pytest.raises(ValueError, match="S = 9 on one side, and has no root"):
        quadratic_rank(np.array([-1.0, 2.0, 3.0, 4.0]), 4)
