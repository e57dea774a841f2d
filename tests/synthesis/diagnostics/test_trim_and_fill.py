"""Trim-and-fill against metafor; its symmetry; funnels without anything missing."""

import numpy as np
import pytest

from synthesis import pool
from synthesis.diagnostics.trim_and_fill import COUNTS, trim_and_fill
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
