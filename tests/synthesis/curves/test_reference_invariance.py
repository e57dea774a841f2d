"""A curve does not depend on which class of a study the others are compared with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evidence.effects.changed_reference import change_reference
from synthesis import dose_response


@pytest.mark.parametrize("method", ["REML", "ML", "EE"])
@pytest.mark.parametrize("curve", ["linear", "quadratic", "spline"])
def test_a_curve_does_not_depend_on_which_class_is_the_reference(curve: str, method: str) -> None:
    rng = np.random.default_rng(8)
    first: dict[str, list[Any]] = {name: [] for name in ("y", "v", "dose", "study")}
    second: dict[str, list[Any]] = {name: [] for name in ("y", "v", "dose", "study")}
    matrices: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for n in range(6):
        dose, name = np.sort(rng.uniform(0.0, 9.0, 4)), f"study {n}"
        part = rng.uniform(0.01, 0.03, 4)
        s = np.diag(part[1:]) + part[0]
        y = rng.multivariate_normal(np.sin(dose[1:]) - np.sin(dose[0]) + rng.normal(0, 0.2, 3), s)
        to = int(rng.integers(3))
        moved = change_reference(y, s, to)
        swapped = dose.copy()
        swapped[[0, to + 1]] = swapped[[to + 1, 0]]
        for rows, known, doses, (effects, matrix) in (
            (first, matrices[0], dose, (y, s)),
            (second, matrices[1], swapped, moved),
        ):
            rows["y"] += [0.0, *effects]
            rows["v"] += [None, *np.diag(matrix)]
            rows["dose"] += list(doses)
            rows["study"] += [name] * 4
            known[name] = matrix
    columns: dict[str, Any] = {"dose": "dose", "study": "study", "curve": curve, "method": method}
    one, other = (
        dose_response("y", "v", data=rows, covariance=known, **columns)
        for rows, known in ((first, matrices[0]), (second, matrices[1]))
    )
    at = np.linspace(0.0, 9.0, 7)
    for name in ("estimate", "se", "prediction_low", "prediction_high"):
        values = [getattr(each.predict(at, reference=2.0), name) for each in (one, other)]
        assert values[1] == pytest.approx(values[0], rel=1e-6, abs=1e-7)
    assert other.loglik == pytest.approx(one.loglik, abs=1e-9)
    assert pytest.approx(one.Q, rel=1e-10) == other.Q
