"""Published results on the 37 studies of passive smoking and lung cancer of Hackshaw et al. 1997."""

import math

import pytest

from synthesis import pool
from tests.synthesis.diagnostics.reference import METAFOR, effects

YI, VI = effects(METAFOR["hackshaw1998"])
RESULT = pool(YI, VI, method="DL", test="z")


def test_the_excess_risk_before_any_correction() -> None:
    """Copas & Shi, BMJ 2000;320:417 (abstract): 24 % excess risk, 95 % interval 13 to 36 %, P < 0.001."""
    assert RESULT.k == 37
    ratios = [math.exp(value) for value in (RESULT.estimate, RESULT.ci_low, RESULT.ci_high)]
    assert [round(100 * (ratio - 1)) for ratio in ratios] == [24, 13, 36]
    assert RESULT.p_value < 0.001


def test_trim_and_fill_adds_seven_studies() -> None:
    """Lung Cancer 2006;51:245 (abstract): 7 filled, 44 in all, 1.19 (1.08 to 1.31), p = 0.0004."""
    found = RESULT.trim_and_fill()
    assert (found.k0, found.side, YI.size + found.yi.size) == (7, "left", 44)
    ratios = [math.exp(value) for value in (found.estimate, found.ci_low, found.ci_high)]
    assert [round(ratio, 2) for ratio in ratios] == [1.19, 1.08, 1.31]
    assert round(found.p_value, 4) == 0.0004


def test_small_studies_show_larger_risks() -> None:
    """Copas & Shi, BMJ 2000;320:417 (abstract): a significant correlation of outcome and study size."""
    assert RESULT.egger("weighted").p_value < 0.05
    assert RESULT.egger("weighted").slope > 0
    assert RESULT.pet_peese().chosen.estimate < RESULT.estimate
    assert RESULT.limit().adjusted.estimate == pytest.approx(
        RESULT.limit().beta + math.sqrt(RESULT.limit().tau2) * RESULT.limit().alpha
    )
