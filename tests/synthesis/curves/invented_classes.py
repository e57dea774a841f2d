"""Classes of an invented exposure in a few studies, and analyses of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import block_diag

from synthesis import DoseResponse, dose_response

ROWS: dict[str, list[Any]] = {
    "study": [*"AAAABBBBCCCCDDD"],
    "alcohol_g": [0.0, 2.0, 6.0, 11.0, 0.0, 3.0, 8.0, 15.0, 1.0, 2.5, 5.0, 12.0, 0.0, 4.0, 10.0],
    "cases": [165, 74, 90, 122, 60, 50, 55, 70, 100, 80, 85, 95, 40, 50, 60],
    "n": [337, 167, 186, 212, 400, 380, 350, 330, 5000, 4200, 3900, 3500, 1000, 1100, 1050],
    "kind": ["odds"] * 4 + ["risks"] * 4 + ["rates"] * 4 + ["risks"] * 3,
    "y": [0.0, -0.22, 0.15, 0.45, 0.0, -0.3, 0.1, 0.9, 0.0, -0.35, 0.15, 0.25, 0.0, -0.1, 0.3],
    "se": [None, 0.2, 0.19, 0.18, None, 0.2, 0.21, 0.19, None, 0.16, 0.15, 0.14, None, 0.2, 0.19],
}
MEANS: dict[str, list[Any]] = {
    "study": [*"PPPQQQQRRR"],
    "dose": [0.0, 2.0, 4.0, 0.0, 1.0, 3.0, 5.0, 1.0, 2.0, 6.0],
    "mean": [10.0, 10.6, 11.9, 9.8, 10.1, 11.0, 11.2, 10.2, 10.9, 12.5],
    "sd": [2.0, 2.2, 1.9, 2.4, 2.1, 2.0, 2.6, 1.8, 2.0, 2.3],
    "n": [50, 40, 45, 60, 55, 58, 30, 35, 44, 28],
    "first": [True, False, False, True, False, False, False, True, False, False],
}


def changed(rows: dict[str, list[Any]], column: str, at: int, value: Any) -> dict[str, list[Any]]:
    """The rows with one value exchanged."""
    found = {name: list(values) for name, values in rows.items()}
    found[column][at] = value
    return found


def of_ratios(data: Any = ROWS, **choices: Any) -> DoseResponse:
    """The analysis of ROWS, or of others like them."""
    columns = {"sei": "se", "dose": "alcohol_g", "study": "study", "cases": "cases", "n": "n", "kind": "kind"}
    return dose_response("y", data=data, **(columns | choices))


def of_means(data: Any = MEANS, **choices: Any) -> DoseResponse:
    """The analysis of MEANS, or of others like them."""
    columns = {"sdi": "sd", "dose": "dose", "study": "study", "n": "n", "reference": "first"}
    return dose_response("mean", data=data, **(columns | choices))


def least_squares(result: DoseResponse) -> tuple[Any, Any]:
    """Coefficients and their covariance by one full system: block diagonal V + Z Psi Z'."""
    y = np.concatenate([each.y for each in result.effects])
    x = np.vstack([each.x for each in result.effects])
    v = block_diag(*(each.covariance + each.x @ result.psi @ each.x.T for each in result.effects))
    weight = np.linalg.inv(v)
    covariance = np.linalg.inv(x.T @ weight @ x)
    return covariance @ x.T @ weight @ y, covariance
