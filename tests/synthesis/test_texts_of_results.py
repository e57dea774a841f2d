"""What results print: no negative zero, no "1 studies", one form of intervals, percentages and p-values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import synthesis
from synthesis.drawing.content import forest_alternative
from synthesis.drawing.forest_table import Axis, ForestTable, StudyRow, SummaryRow
from synthesis.plots.refits import cumulative_plot, leave_one_out_plot
from tests.synthesis.plots.subjects import invented
from tests.thinned import thinned

FORBIDDEN = {
    "a negative zero": r"(?<![\w.])[-−]0(\.0+)?(?![\w.])",
    "a wrong plural": r"(?<![\d.,])1 (studies|estimates|subgroups|analyses|rows|moderator columns|subsets)\b",
    "a percentage with a space": r"\d[ \N{NO-BREAK SPACE}]%",
    "an interval in words": r"CI:? [-−\d]|CI\)? [-−\d.]+ to [-−\d.]",
    "a p-value of zero": r"p = 0\.0+(?![\d])",
    "a p-value with an exponent": r"p = [\d.]+e",
    "what is no number": r"\bnan\b",
}


def wrong(text: str) -> list[str]:
    return [
        f"{what}: {found[0]}" for what, pattern in FORBIDDEN.items() if (found := re.search(pattern, text))
    ]


def problems() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Effects and variances: none, few and many studies, equal, tiny, huge, and about zero."""
    rng = np.random.default_rng(3)
    for k in (1, 2, 3, 4, 12):
        vi = rng.uniform(0.01, 0.1, k)
        yield np.zeros(k), vi
        yield np.full(k, 0.1823), vi
        yield -1e-9 * np.ones(k), vi
        for scale in (1e-6, 1e-3, 1.0, 1e4):
            yield scale * rng.normal(0.0, 0.3, k), scale**2 * vi
            centred = rng.normal(0.0, 0.3, k)
            yield scale * (centred - centred.mean()), scale**2 * np.full(k, 0.05)


@pytest.mark.parametrize("test", ["HKSJ", "z", "t"])
@pytest.mark.parametrize("method", thinned(["REML", "DL", "EE"]))
def test_pooled_results(method: str, test: str) -> None:
    checked = 0
    for yi, vi in problems():
        text = str(synthesis.pool(yi, vi=vi, method=method, test=test))
        assert wrong(text) == [], text
        checked += 1
    assert checked == 55


def test_regressions_and_subgroups() -> None:
    checked = 0
    for yi, vi in problems():
        k = len(yi)
        if k < 4:
            continue
        x = np.arange(k) - (k - 1) / 2
        fitted = synthesis.metareg(yi, vi=vi, mods=x)
        texts = [fitted, fitted.predict([x[0]]), fitted.contrast([[1.0, 0.0]]), fitted.QM]
        for tau2 in ("separate", "common"):
            texts.append(synthesis.subgroups(yi, vi=vi, by=["a", "b"] * (k // 2), tau2=tau2))
        for text in map(str, texts):
            assert wrong(text) == [], text
            checked += 1
    assert checked == 132


def test_pooled_counts() -> None:
    rng = np.random.default_rng(8)
    checked = 0
    for k in (1, 2, 6):
        for _ in range(20):
            ai, ci = rng.integers(1, 9, k), rng.integers(1, 9, k)
            cells: dict[str, Any] = {
                "ai": ai,
                "bi": rng.integers(1, 30, k),
                "ci": ci,
                "di": rng.integers(1, 30, k),
            }
            for measure in ("OR", "RR", "RD"):
                text = str(synthesis.pool_counts(measure, **cells))
                assert wrong(text) == [], text
                checked += 1
    equal: dict[str, Any] = {name: [5, 7] for name in ("ai", "bi", "ci", "di")}
    assert wrong(str(synthesis.pool_counts("RD", **equal))) == []
    assert checked == 180


@pytest.mark.parametrize("log", [False, True])
def test_words_of_charts_and_forest_plots(log: bool) -> None:
    for k in (3, 4, 12):
        for draw in (leave_one_out_plot, cumulative_plot):
            assert wrong(forest_alternative(draw(invented(k, log)))) == []


def test_a_refusal_counts_its_studies() -> None:
    with pytest.raises(ValueError, match=r"this analysis has 1 study\.$"):
        cumulative_plot(invented(1))


def test_a_forest_plot_of_numbers_next_to_zero() -> None:
    rows = [StudyRow(f"S{i}", -1e-6 * i, -0.3, 0.3 - 1e-9, 50.0) for i in range(3)]
    table = ForestTable(
        "T", "Effect [95% CI]", Axis("Effect"), (*rows, SummaryRow("All", -1e-9, -0.2, -1e-9, 100.0))
    )
    text = forest_alternative(table)
    assert wrong(text) == []
    assert "All: 0.00 [−0.20, 0.00]" in text


def test_the_forbidden_is_found() -> None:
    texts = ("t = -0.00", "of 1 studies", "95 % CI", "95% CI 0.1 to 0.2", "p = 0.000", "p = 1e-05", "nan")
    assert [len(wrong(text)) for text in texts] == [1] * 7
