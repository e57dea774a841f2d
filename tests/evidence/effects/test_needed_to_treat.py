"""Numbers needed to treat and reductions of risk."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.effects.conversions import NumberNeeded, relative_reduction


def test_relative_reductions() -> None:
    assert_allclose(relative_reduction([log(0.1), 0.0, log(2)]), [0.9, 0.0, -1.0], rtol=1e-15)


def test_numbers_needed_to_treat() -> None:
    """The two ranges of a reduction of 10% (-5% to 25%) meet at infinity, written as Altman 1998 does."""
    two = NumberNeeded(-0.1, -0.25, 0.05)
    assert two.disjoint
    assert two.number == pytest.approx(10)
    assert two.benefit is not None
    assert two.benefit == pytest.approx((4, np.inf))
    assert two.harm is not None
    assert two.harm == pytest.approx((20, np.inf))
    assert str(two) == "NNTB 10 (NNTH 20 to ∞ to NNTB 4)"
    one = NumberNeeded(-0.1, -0.2, -0.05)
    assert (one.harm, one.disjoint, str(one)) == (None, False, "NNTB 10 (NNTB 5 to NNTB 20)")
    assert str(NumberNeeded(-0.1, -0.2, -0.05, harmful=False)) == "NNTH 10 (NNTH 5 to NNTH 20)"
    assert str(NumberNeeded(0.0, 0.0, 0.0)) == "NNT ∞"
    with pytest.raises(ValueError, match="not percentages"):
        NumberNeeded(-10, -20, 5)
