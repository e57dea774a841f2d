"""What an effect means at a baseline risk, and numbers needed to treat."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.effects.absolute import NumberNeeded, absolute_effect
from evidence.effects.escalc import escalc


def test_risks_by_hand() -> None:
    """A baseline of 1 in 5: odds 1/4. OR 2 makes odds 1/2, risk 1/3; HR 2 leaves 0.8^2 without the event."""
    risks = {
        name: absolute_effect(name, (value, value - 0.01, value + 0.01), 0.2).risk[0]
        for name, value in (("OR", log(2)), ("RR", log(2)), ("HR", log(2)), ("RD", 0.1))
    }
    assert_allclose(list(risks.values()), [1 / 3, 0.4, 0.36, 0.3], rtol=1e-14)
    found = absolute_effect("RR", (log(0.5), log(0.25), log(0.9)), 0.2)
    assert_allclose(found.risk, [0.1, 0.05, 0.18])
    assert_allclose(found.difference, [-0.1, -0.15, -0.02])
    assert_allclose(found.reduction, [0.5, 0.1, 0.75])
    assert found.number == NumberNeeded(*found.difference)
    assert repr(found).splitlines() == [
        "RR at a baseline risk of 200 per 1000",
        "  risk                100 per 1000 [50, 180]",
        "  difference          -100 per 1000 [-150, -20]",
        "  relative reduction  50% [10, 75]",
        "  number needed       NNTB 10 (NNTB 6.667 to NNTB 50)",
    ]
    assert "NNTH 10" in str(absolute_effect("RR", (log(0.5), log(0.25), log(0.9)), 0.2, harmful=False))


def test_a_risk_beyond_one_is_cut_off_as_a_limit_and_refused_as_an_estimate() -> None:
    assert_allclose(absolute_effect("RR", (log(2), log(0.5), log(9)), 0.4).risk, [0.8, 0.2, 1.0])
    assert_allclose(absolute_effect("RD", (-0.1, -0.5, 0.1), 0.2).risk, [0.1, 0.0, 0.3])
    with pytest.raises(ValueError, match=r"0.4 is carried to 1.2, outside 0 to 1"):
        absolute_effect("RR", (log(3), log(2), log(4)), 0.4)
    with pytest.raises(
        ValueError, match=r"unknown measure with a risk 'SMD'. Expected one of: OR, RR, HR, RD"
    ):
        absolute_effect("SMD", (0, 0, 0), 0.4)
    for baseline in (0, 1, 10):
        with pytest.raises(ValueError, match=f"baseline is {baseline}; expected a risk between 0 and 1"):
            absolute_effect("OR", (0, 0, 0), baseline)


def test_effect_sizes_carry_a_pooled_estimate_to_a_baseline() -> None:
    dat = escalc("OR", ai=[4, 6], n1i=[40, 60], ci=[8, 9], n2i=[40, 60])
    values = (log(0.5), log(0.25), log(1.0))
    assert dat.absolute(values, 0.1) == absolute_effect("OR", values, 0.1, harmful=True)
    assert dat.absolute(values, 0.1, harmful=False) == absolute_effect("OR", values, 0.1, harmful=False)


def test_numbers_needed_to_treat() -> None:
    """The two ranges of a reduction of 10% (-5% to 25%) meet at infinity, written as Altman 1998 does."""
    two = NumberNeeded(-0.1, -0.25, 0.05)
    assert two.number == pytest.approx(10)
    assert two.benefit is not None
    assert two.benefit == pytest.approx((4, np.inf))
    assert two.harm is not None
    assert two.harm == pytest.approx((20, np.inf))
    assert str(two) == "NNTB 10 (NNTH 20 to ∞ to NNTB 4)"
    one = NumberNeeded(-0.1, -0.2, -0.05)
    assert (one.harm, str(one)) == (None, "NNTB 10 (NNTB 5 to NNTB 20)")
    assert str(NumberNeeded(-0.1, -0.2, -0.05, harmful=False)) == "NNTH 10 (NNTH 5 to NNTH 20)"
    assert str(NumberNeeded(0.0, 0.0, 0.0)) == "NNT ∞"
    assert str(NumberNeeded(0.0, -0.1, 0.0)) == "NNT ∞ (NNTB 10 to NNTB ∞)"
    assert str(NumberNeeded(0.0, 0.0, 0.1)) == "NNT ∞ (NNTH 10 to NNTH ∞)"
    assert str(NumberNeeded(0.0, -0.1, 0.2)) == "NNT ∞ (NNTH 5 to ∞ to NNTB 10)"
    with pytest.raises(ValueError, match="not percentages"):
        NumberNeeded(-10, -20, 5)
