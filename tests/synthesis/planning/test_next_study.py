"""One more study: widths and chances agree with closed forms where these hold."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

import synthesis

YI, SEI = [0.30, -0.10, 0.20, 0.45], [0.2, 0.3, 0.15, 0.25]
Z = norm.ppf(0.975)


def pooled(**choices: Any) -> synthesis.Pooled:
    return synthesis.pool(YI, sei=SEI, **choices)


def chance_of_change(sei: float, value: float) -> float:
    """Under equal effects: that a study predicted by the others moves the interval over, or off, a value."""
    old, new = sum(1 / s**2 for s in SEI), 1 / sei**2
    mean = sum(y / s**2 for y, s in zip(YI, SEI, strict=True)) / old
    spread = math.sqrt(1 / old + 1 / new)
    half = Z / math.sqrt(old + new)
    ends = [((value + side * half) * (old + new) - old * mean) / new for side in (-1, 1)]
    below, above = norm.cdf(ends[0], mean, spread), norm.sf(ends[1], mean, spread)
    around = 1 - below - above
    now = Z / math.sqrt(old)
    stays = above if mean - now > value else below if mean + now < value else around
    return float(1 - stays)


@pytest.mark.parametrize(("null", "interest"), [(0.0, 0.4), (-0.2, 0.6), (0.1, -0.1)])
def test_under_equal_effects_chances_are_those_of_the_closed_form(null: float, interest: float) -> None:
    sizes, compared = [0.05, 0.1, 0.2, 0.4], 0
    found = synthesis.next_study(pooled(method="EE"), sei=sizes, null=null, interest=interest, draws=20_000)
    for at, sei in enumerate(sizes):
        width = 2 * Z / math.sqrt(sum(1 / s**2 for s in SEI) + 1 / sei**2)
        assert_allclose(found.width[at], width, rtol=1e-12)
        assert found.width_error[at] == 0.0
        for share, error, value in (
            (found.changes[at], found.changes_error[at], null),
            (found.interest_changes[at], found.interest_changes_error[at], interest),
        ):
            assert abs(share - chance_of_change(sei, value)) <= 4 * error + 1e-4
            assert_allclose(error, math.sqrt(share * (1 - share) / 20_000), rtol=1e-12)
            compared += 1
    assert compared == 8


def test_seven_sizes_run_evenly_from_a_quarter_to_twice_the_median_standard_error() -> None:
    found = synthesis.next_study(pooled(), draws=50)
    assert_allclose(found.sei, np.median(SEI) * np.sqrt(2.0) ** np.arange(-4, 3), rtol=1e-14)
    assert found.width_now == pooled().ci_high - pooled().ci_low


def test_new_studies_are_predicted_with_tau2_and_the_error_of_the_mean() -> None:
    sure = synthesis.next_study(pooled(test="z"), sei=0.1, tau2=0.0)
    unsure = synthesis.next_study(pooled(test="z"), sei=0.1, tau2=1.0)
    assert unsure.width[0] > 1.5 * sure.width[0]
    assert (sure.tau2, unsure.tau2, unsure.stated_tau2) == (0.0, 1.0, True)


def test_without_a_smallest_effect_of_interest_its_chances_do_not_exist() -> None:
    found = synthesis.next_study(pooled(), sei=[0.1, 0.2], draws=50)
    assert np.isnan(found.interest_changes).all()
    assert np.isnan(found.interest_changes_error).all()
    assert "changes at 0 " in str(found)
    assert str(found).count("(MC error)") == 2
    assert str(synthesis.next_study(pooled(), interest=0.3, draws=50)).count("(MC error)") == 3
    assert json.loads(json.dumps(found.to_dict()))["interest"] is None
    assert found.to_frame()["sei"].tolist() == [0.1, 0.2]
    assert "from what the 4 studies there are predict" in found.method_sentence


def test_what_is_not_defined_is_refused() -> None:
    with pytest.raises(ValueError, match="interest is 0, the null itself"):
        synthesis.next_study(pooled(), interest=0.0)
    with pytest.raises(ValueError, match="expected tau2, the variance between studies"):
        synthesis.next_study(synthesis.pool([0.3], sei=[0.2]))
    with pytest.raises(ValueError, match="weights of your own"):
        synthesis.next_study(pooled(weights=[1, 2, 3, 4]))
    with pytest.raises(ValueError, match="draws is 1; expected a whole number, 2 or more"):
        synthesis.next_study(pooled(), draws=1)
