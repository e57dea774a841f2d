"""Charts of selection models and p-curves."""

from __future__ import annotations

import numpy as np
import pytest

from synthesis.plots.kinds import KINDS
from synthesis.plots.p_curve import p_curve_plot
from synthesis.plots.selection_models import selection_plot
from synthesis.plots.subject import NotDefinedError, Subject
from synthesis.pooled import pool


def invented(k: int, log: bool = False) -> Subject:
    rng = np.random.default_rng(k)
    vi = rng.uniform(0.01, 0.15, 20 * k)
    yi = rng.normal(0.15, np.sqrt(vi + 0.02))
    kept = np.flatnonzero((yi / np.sqrt(vi) > 1.96) | (rng.random(20 * k) < 0.3))[:k]
    return Subject(pool(yi[kept], vi=vi[kept]), "Invented", "Effect", log, 1.0 if log else 0.0)


def test_without_p_values_there_is_neither() -> None:
    subject = Subject(invented(8).pooled, "Invented", null=None)
    for draw in (selection_plot, p_curve_plot):
        with pytest.raises(NotDefinedError, match="no value of no effect"):
            draw(subject)


def test_a_selection_plot_needs_four_studies() -> None:
    with pytest.raises(NotDefinedError, match="at least 4 studies"):
        selection_plot(invented(3))


def test_a_p_curve_needs_a_significant_study() -> None:
    subject = Subject(pool([0.1, 0.2, 0.15], vi=[0.1, 0.1, 0.2]), "Invented")
    with pytest.raises(NotDefinedError, match="at least one study"):
        p_curve_plot(subject)


def test_both_kinds_are_known() -> None:
    assert {"selection", "p-curve"} <= set(KINDS)
