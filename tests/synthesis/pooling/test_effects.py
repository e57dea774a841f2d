"""The batch that carries data: its shape, its mask and its helpers."""

import numpy as np
import pytest

from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.effects import Effects, cumulative, leave_one_out


def test_one_data_set_is_a_batch_of_one() -> None:
    data = Effects(np.array([1.0, 2.0]), np.array([0.1, 0.2]))
    assert (data.batch, data.k) == (1, 2)
    assert data.present.all()


def test_leave_one_out_and_cumulative_masks() -> None:
    data = Effects(np.arange(3.0), np.ones(3))
    assert np.array_equal(leave_one_out(data).present, [[0, 1, 1], [1, 0, 1], [1, 1, 0]])
    assert np.array_equal(cumulative(data).present, [[1, 0, 0], [1, 1, 0], [1, 1, 1]])


def test_a_mask_may_be_written_in_zeros_and_ones() -> None:
    data = Effects(np.arange(3.0), np.ones(3), np.array([1, 0, 1]))
    assert np.array_equal(data.present, [[True, False, True]])
    assert np.array_equal(data.where(np.array([[True, True, False]])).present, [[True, False, False]])


def test_repeat_of_several_data_sets_keeps_each_together() -> None:
    present = np.array([[True, True], [False, True]])
    data = Effects(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0], [7.0, 8.0]]), present).repeat(2)
    assert np.array_equal(data.y, [[1, 2], [1, 2], [3, 4], [3, 4]])
    assert np.array_equal(data.v, [[5, 6], [5, 6], [7, 8], [7, 8]])
    assert np.array_equal(data.present, [[True, True], [True, True], [False, True], [False, True]])


def test_absent_studies_may_hold_anything() -> None:
    data = Effects(
        np.array([np.nan, 1.0, 2.0]), np.array([np.nan, 0.1, np.inf]), np.array([False, True, True])
    )
    assert np.array_equal(data.present, [[False, True, False]])
    assert pool_batch(data).beta[0, 0] == 1.0


@pytest.mark.parametrize(
    ("y", "v"),
    [
        ([1.0, np.nan], [1, 1]),
        ([1.0, 2.0], [0, 1]),
        ([1.0, 2.0], [-1, 1]),
        ([1.0, 2.0], [-np.inf, 1]),
        ([1.0, np.inf], [1, 1]),
        ([-np.inf, np.inf], [1, 1]),
        ([-np.inf, 1.0], [1, 2]),
    ],
)
def test_present_studies_without_usable_numbers_are_refused(y: list[float], v: list[float]) -> None:
    with pytest.raises(ValueError, match="finite effect and a variance above zero"):
        Effects(np.array(y), np.array(v))


def test_effects_whose_sum_is_beyond_the_largest_number_are_usable() -> None:
    data = Effects(np.array([1.5e308, 1.5e308]), np.array([1e-300, 1e300]))
    assert data.present.tolist() == [[True, True]]


def test_a_present_study_with_missing_variance_is_refused() -> None:
    with pytest.raises(ValueError, match="variance above zero"):
        Effects(np.array([1.0, 2.0]), np.array([1.0, np.nan]))


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match="same"):
        Effects(np.ones(3), np.ones(2))
