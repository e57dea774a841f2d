"""Counts pooled for a user: what is left to itself, the plots that there are, and the files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from synthesis.drawing.chart import Chart, Dots
from synthesis.drawing.picture import Picture
from synthesis.pooled_counts import CountsPooled, pool_counts

A, N1, C, N2 = [4, 6, 0, 62], [123, 306, 20, 13598], [11, 29, 2, 248], [139, 303, 22, 12867]


def made(measure: str = "OR", **choices: str) -> CountsPooled:
    return pool_counts(measure, ai=A, n1i=N1, ci=C, n2i=N2, slab=list("abcd"), **choices)  # type: ignore[arg-type]


def test_a_labbe_plot_has_the_risks_and_a_path_writes_files(tmp_path: Path) -> None:
    picture = made("RR").plot("labbe")
    assert isinstance(picture, Picture)
    assert isinstance(picture.content, Chart)
    [dots] = [mark for mark in picture.content.panels[0][0].marks if isinstance(mark, Dots)]
    assert dots.y == pytest.approx(np.array(A) / np.array(N1))
    assert made().plot("forest", tmp_path / "a.svg", width="85mm") == [tmp_path / "a.svg"]
    assert "_counts" not in made().to_dict()
    with pytest.raises(ValueError, match="of counts has no funnel plot; it has forest and labbe"):
        made().plot("funnel")


def test_left_to_itself_the_test_is_corrected_and_the_interval_holds_95_percent() -> None:
    """Cochran, Mantel and Haenszel: (|sum of a - E(a)| - 1/2)² over the sum of variances."""
    result = made()
    a, n1, c, n2 = (np.array(each, dtype=float) for each in (A, N1, C, N2))
    n, m = n1 + n2, a + c
    away = abs((a - n1 * m / n).sum())
    variance = (n1 * n2 * m * (n - m) / (n**2 * (n - 1))).sum()
    assert result.association == pytest.approx((away - 0.5) ** 2 / variance, rel=1e-12)
    half = 1.959963984540054 * result.se
    assert (result.ci_low, result.ci_high) == pytest.approx((result.estimate - half, result.estimate + half))
    plain = pool_counts("OR", ai=A, n1i=N1, ci=C, n2i=N2, correct=False)
    assert plain.association == pytest.approx(away**2 / variance, rel=1e-12)
