"""Standard errors from intervals, limits, p-values and test statistics; rescaled slopes."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from evidence.effects.columns import FISHER_Z, IDENTITY, LOG, LOGIT, EffectSizes, Scale
from evidence.effects.conversions import per_sd, per_units
from evidence.effects.standard_errors import (
    Sidedness,
    from_interval,
    from_limit,
    from_p_value,
    from_statistic,
    statistic_from_p,
)


def test_interval_of_an_odds_ratio_by_hand() -> None:
    found = from_interval(2, 1, 4, scale=LOG)
    assert_allclose(found.yi, np.log(2))
    assert_allclose(found.sei, np.log(4) / (2 * 1.959963984540054))
    assert found.notes == ("",)
    assert_allclose(found.back(found.yi + 1.959963984540054 * found.sei), 4)


@pytest.mark.parametrize("scale", [IDENTITY, LOG, FISHER_Z, LOGIT])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99, 0.999999])
@pytest.mark.parametrize("df", [1.0, 7.0, np.inf])
def test_an_interval_made_from_a_standard_error_gives_it_back(scale: Scale, level: float, df: float) -> None:
    yi, sei = 0.3, 1e-7
    tail = 0.5 + level / 2
    half = (ndtri(tail) if np.isinf(df) else stdtrit(df, tail)) * sei
    ends = scale.back(np.array([yi, yi - half, yi + half]))
    assert_allclose(
        from_interval(ends[0], ends[1], ends[2], dfi=df, level=level, scale=scale).sei, sei, rtol=1e-6
    )
    for end in ends[1:]:
        assert_allclose(from_limit(ends[0], end, level=tail, dfi=df, scale=scale).sei, sei, rtol=1e-6)


@pytest.mark.parametrize("df", [3.0, 40.0, np.inf])
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
@pytest.mark.parametrize("yi", [-1.3, 0.2])
def test_a_p_value_made_from_a_standard_error_gives_it_back(
    df: float, alternative: Sidedness, yi: float
) -> None:
    t = yi / 0.4
    below = float(ndtr(t) if np.isinf(df) else stdtr(df, t))
    p = {"two-sided": 2 * min(below, 1 - below), "greater": 1 - below, "less": below}[alternative]
    assert_allclose(from_p_value(yi, p, dfi=df, alternative=alternative).sei, 0.4, rtol=1e-9)


def test_extreme_p_values_keep_their_digits() -> None:
    with mpmath.workdps(30):
        p = mpmath.mpf("1e-300")
        exact = mpmath.findroot(lambda z: mpmath.log(mpmath.erfc(z / mpmath.sqrt(2)) / p), 37)
    assert_allclose(statistic_from_p(np.array([1e-300]), np.array([np.inf])), float(exact), rtol=1e-13)


def test_statistics_by_hand() -> None:
    assert_allclose(from_statistic([-3.0, 4.0], [-1.5, 8.0]).sei, [2, 0.5])
    assert_allclose(from_statistic(math.e, 2, scale=LOG).sei, 0.5)
    assert_allclose(from_p_value(1, 0.05).sei, 1 / 1.959963984540054)
    assert_allclose(from_p_value(1, 0.05, alternative="greater").sei, 1 / 1.6448536269514722)
    assert_allclose(from_limit(1, -0.6448536269514722).sei, 1)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (from_interval(1, 2, 3), "outside its interval"),
        (from_interval(2, 3, 1), "not above the lower"),
        (from_interval(2, 2, 2), "not above the lower"),
        (from_interval(2, -1, 5, scale=LOG), "between 0 and inf"),
        (from_interval(0.5, 0.2, 1.2, scale=FISHER_Z), "between -1 and 1"),
        (from_interval(2, 1, 4, level=95), "the level"),
        (from_interval(2, 1, 4, dfi=0), "degrees of freedom"),
        (from_interval(2, 1, np.nan), "missing"),
        (from_limit(2, 1, level=0.4), "above 0.5"),
        (from_limit(2, 2), "distance"),
        (from_p_value(1, 0), "between 0 and 1"),
        (from_p_value(0, 0.5), "no SE"),
        (from_p_value(1, 1e-300, dfi=3), "no SE"),
        (from_p_value(1, 0.9, alternative="greater"), "different sides"),
        (from_p_value(1, 0.5, alternative="greater"), "no SE"),
        (from_statistic(1, -2), "differ in sign"),
        (from_statistic(1, 0), "zero"),
        (per_units(1, 1, 0), "zero"),
        (per_units(1, 0, 2), "variance"),
        (per_sd(1, 1, 0), "SD"),
        (per_sd(1, 1, 1, 1), "smaller than 2"),
    ],
)
def test_no_number_comes_from_what_cannot_be(found: EffectSizes, says: str) -> None:
    assert np.isnan(found.yi).all()
    assert np.isnan(found.vi).all()
    assert says in found.notes[0]


def test_a_number_off_the_scale_leaves_the_other_studies_alone() -> None:
    says = "a number is not between 0 and inf, as the log scale needs"
    for found in (
        from_interval([2, 2, 0, 2], [1, 0, 1, 1], 4, scale=LOG),
        from_limit([2, 2, 0, 2], [4, 0, 4, 4], scale=LOG),
    ):
        assert [note == says for note in found.notes] == [False, True, True, False]
        assert found.defined.tolist() == [True, False, False, True]
    for found in (from_p_value([2, 0, 2], 0.05, scale=LOG), from_statistic([2, 0, 2], 2, scale=LOG)):
        assert [note == says for note in found.notes] == [False, True, False]
        assert found.defined.tolist() == [True, False, True]
    for scale, low, high in ((FISHER_Z, -1.0, 1.0), (LOGIT, 0.0, 1.0), (LOG, 0.0, 9.0)):
        inside, on_edges = from_statistic([low + 0.01, high - 0.01], 1, scale=scale), [low, high]
        assert not any("as the" in note for note in inside.notes)
        notes = from_statistic(on_edges, 1, scale=scale).notes
        assert ["as the" in note for note in notes] == [True, scale is not LOG]


def test_an_interval_read_on_the_wrong_scale_is_remarked_upon() -> None:
    found = from_interval([2, 2, 2.05], [1, 1, 1], [4, 3, 3], scale=IDENTITY)
    assert [bool(note) for note in found.notes] == [True, False, False]
    assert found.defined.all()
    near = from_interval([2.09, 2.11, 1.91, 1.89], 1, 3)
    assert [bool(note) for note in near.notes] == [False, True, False, True]


def test_an_unknown_side_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"unknown alternative 'upper'. Expected one of: two-sided, greater, less"
    ):
        from_p_value(1, 0.1, alternative="upper")  # type: ignore[arg-type]


def test_slopes_by_hand() -> None:
    found = per_units([0.2, 0.2], 0.01, [10, -0.5])
    assert_allclose(found.yi, [2, -0.1])
    assert_allclose(found.vi, [1, 0.0025])
    known = per_sd(0.2, 0.01, 5)
    assert_allclose([known.yi[0], known.vi[0]], [1, 0.25])
    assert "not in the variance" in known.notes[0]
    estimated = per_sd(0.2, 0.01, 5, 51)
    assert_allclose([estimated.yi[0], estimated.vi[0]], [1, 25 * (0.01 + 0.04 / 100)])
    assert estimated.notes == ("",)
    there_and_back = per_units(known.yi, known.vi, 1 / 5)
    assert_allclose([there_and_back.yi[0], there_and_back.vi[0]], [0.2, 0.01])
