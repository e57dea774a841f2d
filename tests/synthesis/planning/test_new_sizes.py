"""Persons of new studies as standard errors, and intervals that are not planned for."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import synthesis
from synthesis.planning.new_studies import sizes_of

SEI = [0.2, 0.3, 0.15, 0.25]
LEFT = math.nan


def pooled(**choices: Any) -> synthesis.Pooled:
    return synthesis.pool([0.30, -0.10, 0.20, 0.45], sei=SEI, slab=[*"abcd"], **choices)


@pytest.mark.parametrize(
    ("ni", "unit", "source"),
    [
        ([100, 25, 400, 64], 2.0, ""),  # 2, 1.5, 3, 2
        ([100, LEFT, 400, 64], 2.0, "the 3 studies whose n is known; that of 1 study of 4 is not known."),
        ([LEFT, 25, 400, LEFT], 2.25, "the 2 studies whose n is known; that of 2 studies of 4 is not known."),
        ([LEFT, LEFT, 400, LEFT], 3.0, "c alone; that of 3 studies of 4 is not known."),
    ],
)
def test_n_persons_are_as_precise_as_the_studies_whose_n_is_known(
    ni: list[float], unit: float, source: str
) -> None:
    found = sizes_of(pooled(), None, [100, 400], ni)
    assert_allclose(found.sei, [unit / 10, unit / 20], rtol=1e-14)
    assert found.source == (f"New studies are as precise for their n as {source}" if source else "")
    plan = synthesis.plan_update(pooled(), width=0.3, n=100, ni=ni, draws=10, most=2)
    study = synthesis.next_study(pooled(), n=100, ni=ni, draws=10)
    for answer in (plan, study):
        assert answer.sized_by == found.source
        assert str(answer).rstrip().endswith(source or ("." if answer is study else "tau2 and z."))


def test_nothing_tells_of_n_persons_where_no_study_does() -> None:
    with pytest.raises(ValueError, match="ni is missing for every study; expected that of one at least"):
        sizes_of(pooled(), None, 100, [LEFT] * 4)
    with pytest.raises(ValueError, match="ni is 0; expected numbers above zero"):
        sizes_of(pooled(), None, 100, [LEFT, 0, 3, 3])


def test_lengths_are_compared_with_the_standard_errors_of_the_studies() -> None:
    tiny = synthesis.pool([1e-16, 3e-16], sei=[1e-16, 1e-16])
    assert sizes_of(tiny, 1.0, None, None).sei.tolist() == [1.0]
    with pytest.raises(ValueError, match=r"sei is 1e\+15, 1e\+31 times the standard error"):
        sizes_of(tiny, 1e15, None, None)


def test_stated_and_usual_sizes_need_no_source() -> None:
    assert sizes_of(pooled(), [0.1, 0.2], None, None).source == ""
    usual = sizes_of(pooled(), None, None, None)
    assert_allclose(usual.sei, [np.median(SEI)], rtol=1e-15)
    assert usual.source == ""


def test_prediction_intervals_that_take_minutes_are_refused_and_their_means_are_not() -> None:
    result = pooled(method="DL", prediction="NNF")
    with pytest.raises(ValueError, match=r"'NNF' integrates anew .* such as 't\(k-1\)', or of='mean'"):
        synthesis.plan_update(result, width=1.0, of="prediction")
    mean = synthesis.plan_update(result, width=0.5, draws=50, most=3)
    other = synthesis.plan_update(pooled(method="DL"), width=0.5, draws=50, most=3)
    assert mean.sizes[0].width.tolist() == other.sizes[0].width.tolist()


def test_henmi_copas_updates_are_pools_of_old_and_new_studies() -> None:
    """Three hundred draws share their variances, so that their quantiles are those of a polynomial."""
    from synthesis.planning.new_studies import NewStudies

    result = pooled(method="DL", test="HC")
    new = NewStudies.drawn(result, 0.2, 0.1, 0.04, 2, 300, 5)
    updated = new.update(0.2, 2)
    found = new.mean + 0.2 * new.between + 0.2 * new.within
    for at in range(0, 300, 30):
        again = synthesis.pool([*result.yi, *found[at]], sei=[*SEI, 0.2, 0.2], method="DL", test="HC")
        assert_allclose((updated.low[at], updated.high[at]), (again.ci_low, again.ci_high), rtol=1e-10)
