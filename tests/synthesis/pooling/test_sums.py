"""Products over many data sets are taken in pieces and are those of the whole."""

from __future__ import annotations

import numpy as np
import pytest

from synthesis.pooling.kernel import sums
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.kernel.sums import product


@pytest.mark.parametrize("columns", [1, 2, 3])
@pytest.mark.parametrize("rows", [0, 1, 4, 5, 9])
def test_a_product_in_pieces_is_that_of_the_whole(
    rows: int, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole numbers, whose sums are exact in any order."""
    monkeypatch.setattr(sums, "_ALONE", 4 * 3 * columns)
    a, b = np.arange(3.0 * rows).reshape(rows, 3), np.arange(3.0 * columns).reshape(3, columns) - 2.0
    by_hand = [[sum(a[i, j] * b[j, q] for j in range(3)) for q in range(columns)] for i in range(rows)]
    for laid_out in (a, np.asfortranarray(a)):
        assert product(laid_out, b).tolist() == by_hand


def test_no_piece_of_a_product_wakes_threads_of_blas(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenBLAS shares products of more than 262,144 multiplications among threads (interface/gemm.c)."""
    taken, matmul = [], np.matmul

    def noted(a: Array, b: Array, out: Array) -> None:
        taken.append(len(a) * b.size)
        matmul(a, b, out=out)

    monkeypatch.setattr(np, "matmul", noted)
    product(np.ones((50_000, 4)), np.ones((4, 4)))
    assert sum(taken) == 50_000 * 16
    assert max(taken) <= 262_144
    product(np.ones((50_000, 4)), np.ones((4, 1)))
    assert sum(taken) == 50_000 * 16, "a product with one column is none of BLAS"
