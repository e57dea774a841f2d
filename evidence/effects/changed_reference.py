"""Effects against one reference class as effects against another."""

from __future__ import annotations

import numpy as np

from evidence.choices import as_whole
from evidence.effects.columns import Array, Column


def change_reference(yi: Column, covariance: Column, to: int) -> tuple[Array, Array]:
    """Effects (m,) and covariance (m, m) against class `to`, counted from zero, of those against a reference.

    A y and A S A', where A takes y[to] from every effect; the former reference stands in the place of class
    `to`, with -y[to], so that changing twice changes nothing. After Greenland & Longnecker 1992, whose
    covariance it needs: without it the errors of the new contrasts are not known.
    Raises ValueError where the covariance is not (m, m), and for a class that there is not.
    """
    y, s = np.asarray(yi, dtype=float), np.asarray(covariance, dtype=float)
    if y.ndim != 1 or s.shape != (y.size, y.size):
        raise ValueError(f"yi has shape {y.shape} and covariance {s.shape}; expected (m,) and (m, m)")
    at = as_whole(to, "to", 0)
    if at >= y.size:
        raise ValueError(f"to is {at}; expected a class from 0 to {y.size - 1}")
    a = np.eye(y.size)
    a[:, at] = -1.0
    return a @ y, a @ s @ a.T
