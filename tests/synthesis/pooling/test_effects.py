"""The batch that carries data: its shape, its mask and its helpers."""

import numpy as np
import pytest

from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel import effects as module
from synthesis.pooling.kernel.effects import Effects, cumulative, leave_one_out, usable_loop
from tests.synthesis.pooling.test_compiled_loops import needs_numba


@pytest.fixture(params=["numpy", pytest.param("compiled", marks=needs_numba)])
def checked_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Batches of any size are checked by numpy, or by the compiled loop."""
    if request.param == "compiled":
        assert module.compiled_usable_loop() is not None
    monkeypatch.setattr(module, "_WORTH_COMPILING", 1 if request.param == "compiled" else np.inf)
    return str(request.param)


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


def test_absent_studies_may_hold_anything(checked_by: str) -> None:
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
def test_present_studies_without_usable_numbers_are_refused(
    y: list[float], v: list[float], checked_by: str
) -> None:
    with pytest.raises(ValueError, match="finite effect and a variance above zero"):
        Effects(np.array(y), np.array(v))


def test_effects_whose_sum_is_beyond_the_largest_number_are_usable(checked_by: str) -> None:
    data = Effects(np.array([1.5e308, 1.5e308]), np.array([1e-300, 1e300]))
    assert data.present.tolist() == [[True, True]]


def test_a_present_study_with_missing_variance_is_refused(checked_by: str) -> None:
    with pytest.raises(ValueError, match="variance above zero"):
        Effects(np.array([1.0, 2.0]), np.array([1.0, np.nan]))


@needs_numba
@pytest.mark.parametrize("at", [0, 1, 6, 7])
@pytest.mark.parametrize(
    ("y", "v", "usable"),
    [
        (-1e308, 1e-320, True),
        (0.0, 1.7e308, True),
        (np.nan, 1.0, False),
        (np.inf, 1.0, False),
        (-np.inf, 1.0, False),
        (0.0, 0.0, False),
        (0.0, -1.0, False),
        (0.0, np.nan, False),
        (0.0, np.inf, False),
        (0.0, -np.inf, False),
    ],
)
def test_one_number_anywhere_decides_whether_all_are_usable(
    at: int, y: float, v: float, usable: bool
) -> None:
    compiled = module.compiled_usable_loop()
    assert compiled is not None
    all_y, all_v = np.ones(8), np.ones(8)
    all_y[at], all_v[at] = y, v
    for loop in (compiled, usable_loop, module._all_usable):
        assert loop(all_y, all_v) == usable


@needs_numba
def test_the_check_is_compiled_from_a_million_numbers_on_that_lie_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    monkeypatch.setattr(module, "compiled_usable_loop", lambda: asked.append(1))
    for shape, expected in (((333_333, 3), 0), ((500_000, 2), 1)):
        Effects(np.zeros(shape), np.ones(shape))
        assert len(asked) == expected
    across = np.zeros((2, 500_000)).T
    assert Effects(across, across + 1.0).batch == 500_000
    assert Effects(across.copy(), (across + 1.0).copy(order="F")).batch == 500_000
    assert len(asked) == 1


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match="same"):
        Effects(np.ones(3), np.ones(2))


def test_whole_numbers_and_marks_are_read_as_numbers_and_truths() -> None:
    data = Effects(np.array([1, 2]), np.array([3, 4]), np.array([2, 0]))
    assert [each.dtype.kind for each in (data.y, data.v, data.present)] == ["f", "f", "b"]
    assert data.present.tolist() == [[True, False]]
