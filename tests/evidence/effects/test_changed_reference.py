"""Another reference class: the same contrasts and their errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evidence.effects.changed_reference import change_reference
from evidence.effects.common_reference import reference_covariance
from evidence.effects.escalc import escalc

Y = np.array([0.2, -0.1, 0.5])
S = np.array([[0.05, 0.02, 0.02], [0.02, 0.04, 0.02], [0.02, 0.02, 0.06]])


def test_effects_and_errors_by_hand() -> None:
    y, s = change_reference(Y, S, 1)
    assert y == pytest.approx([0.3, 0.1, 0.6], rel=1e-14)
    assert np.diag(s) == pytest.approx([0.05, 0.04, 0.06], rel=1e-14)  # v_i + v_1 - 2 c_i1; v_1 of the former
    assert s[0, 2] == pytest.approx(0.02 - 0.02 - 0.02 + 0.04, rel=1e-13)
    assert s[0, 1] == pytest.approx(-0.02 + 0.04, rel=1e-13)
    assert (s == s.T).all()


@pytest.mark.parametrize("to", [0, 1, 2])
def test_changing_twice_changes_nothing(to: int) -> None:
    y, s = change_reference(*change_reference(Y, S, to), to)
    assert y == pytest.approx(Y, rel=1e-14)
    assert s == pytest.approx(S, rel=1e-13)


def test_counts_against_another_class_are_as_if_they_had_been_compared_with_it() -> None:
    a, n = np.array([20.0, 30.0, 44.0, 51.0]), np.array([100.0, 120.0, 130.0, 140.0])

    def against(first: int) -> tuple[Any, Any]:
        rest = [i for i in range(4) if i != first]
        given: dict[str, Any] = {"ai": a[rest], "n1i": n[rest], "ci": a[first], "n2i": n[first]}
        return escalc("OR", **given).yi, reference_covariance("OR", given)

    y, s = change_reference(*against(0), 1)
    other, covariance = against(2)
    order = [1, 0, 2]  # class 1, the former reference 0, class 3: in the place of class 2 stands class 0
    assert y[order] == pytest.approx(other, rel=1e-12) or y == pytest.approx(other[order], rel=1e-12)
    assert s == pytest.approx(covariance[np.ix_(order, order)], rel=1e-10)


@pytest.mark.parametrize(
    ("yi", "covariance", "to", "sentence"),
    [
        (
            Y,
            S[:2, :2],
            0,
            r"^yi has shape \(3,\) and covariance \(2, 2\); expected \(m,\) and \(m, m\)$",
        ),
        ([Y], S, 0, r"^yi has shape \(1, 3\) and covariance \(3, 3\); expected"),
        (Y, S, 3, r"^to is 3; expected a class from 0 to 2$"),
        (Y, S, -1, r"^to is -1; expected a whole number, 0 or more$"),
        (Y, S, True, r"^to is True; expected a whole number"),
    ],
)
def test_what_is_no_class_is_refused(yi: Any, covariance: Any, to: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        change_reference(yi, covariance, to)
