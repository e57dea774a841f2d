"""The albatross plot: where studies and contours lie, and what it refuses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

import synthesis
from synthesis.drawing.chart import Chart, ChartCurve, Dots
from synthesis.drawing.chart_layout import lay_out_chart
from synthesis.drawing.printing import as_width
from synthesis.without_pooling.albatross import PAndN, albatross_chart, effects_in_sight
from tests.synthesis.drawing.charts import colliding, outside_page
from tests.thinned import thinned

P, WAY, N = [0.03, 0.2, 0.001], ["positive", "negative", "positive"], [100, 300, 50]


def drawn(**other: Any) -> Chart:
    asked: dict[str, Any] = {"p": P, "direction": WAY, "n": N, "slab": ["Li", "Kim", "Rossi"]} | other
    found = synthesis.albatross_plot(asked.pop("p"), asked.pop("direction"), **asked).content
    assert isinstance(found, Chart)
    return found


def curves(chart: Chart) -> dict[tuple[str, bool], ChartCurve]:
    """By name and whether it is the positive side."""
    marks = [mark for mark in chart.panels[0][0].marks if isinstance(mark, ChartCurve)]
    return {(mark.name, bool(np.nanmax(mark.x) > 0.0)): mark for mark in marks}


def test_studies_lie_at_their_p_on_their_side_and_at_their_persons() -> None:
    (dots,) = [mark for mark in drawn().panels[0][0].marks if isinstance(mark, Dots)]
    assert_allclose(dots.x, [-math.log10(0.03), math.log10(0.2), 3.0], rtol=1e-14)
    assert dots.y.tolist() == N
    assert dots.labels == ("Li", "Kim", "Rossi")


def test_contours_of_a_difference_are_its_z_over_persons() -> None:
    """d = 0.5 in two groups of 50: variance 4/100 + 0.25/200."""
    compared = 0
    found = curves(drawn(effects=[0.5, 0.3]))
    for effect in (0.3, 0.5):
        for positive in (True, False):
            curve = found[f"standardised mean difference of {effect}", positive]
            inside = np.isfinite(curve.x)
            n = curve.y[inside]
            variance = 1 / (n / 2) + 1 / (n / 2) + effect**2 / (2 * n)
            p = 2 * stats.norm.sf(effect / np.sqrt(variance))
            assert_allclose(10 ** -np.abs(curve.x[inside]), p, rtol=1e-9)
            compared += 1
    assert compared == 4


def test_contours_of_a_correlation_are_on_the_scale_of_fisher() -> None:
    curve = curves(drawn(measure="cor"))["correlation of 0.1", True]
    inside = np.isfinite(curve.x)
    assert inside.all()
    p = 2 * stats.norm.sf(np.arctanh(0.1) * np.sqrt(curve.y - 3))
    assert_allclose(10**-curve.x, p, rtol=1e-9)


def test_effects_that_are_not_named_are_small_middle_and_large() -> None:
    """Cohen 1988: d of 0.2, 0.5, 0.8; r of 0.1, 0.3, 0.5."""
    few: dict[str, Any] = {"n": [5, 8, 12]}
    names = {name.rpartition(" ")[2] for name, _ in curves(drawn(**few))}
    assert names == {"0.2", "0.5", "0.8"}
    assert {name.rpartition(" ")[2] for name, _ in curves(drawn(measure="COR", **few))} == {
        "0.1",
        "0.3",
        "0.5",
    }


def test_an_effect_beyond_the_axes_is_not_in_the_key() -> None:
    assert {name for name, _ in curves(drawn(n=[1000, 3000, 5000], measure="COR"))} == {"correlation of 0.1"}


def test_the_axis_ends_beyond_the_smallest_p() -> None:
    panel = drawn(p=[1e-300, 0.5, 0.5]).panels[0][0]
    assert panel.x.high == pytest.approx(330.0)
    assert panel.x.low == -panel.x.high
    assert panel.x.ticks is not None
    assert panel.x.ticks[0] == (-285.0, "10⁻²⁸⁵")
    plain = drawn(p=[0.9, 0.5, 0.5]).panels[0][0]
    assert (plain.x.high, plain.x.ticks) == (
        2.5,
        ((-2.0, "0.01"), (-1.0, "0.1"), (0.0, "1"), (1.0, "0.1"), (2.0, "0.01")),
    )


def test_a_p_of_one_lies_in_the_middle_whatever_its_direction() -> None:
    (dots,) = [
        mark
        for mark in drawn(p=[1.0], direction=[None], n=[4], slab=None).panels[0][0].marks
        if isinstance(mark, Dots)
    ]
    assert dots.x.tolist() == [0.0]


@pytest.mark.parametrize("width", ["75mm", "85mm", "174mm"])
@pytest.mark.parametrize("k", thinned([40, 2, 8, 1]))
def test_it_is_legible_at_every_width(width: str, k: int) -> None:
    rng = np.random.default_rng(k)
    n = np.exp(rng.uniform(3, 8, k)).round()
    z = 0.25 * np.sqrt(n / 4) + rng.normal(size=k)
    chart = drawn(p=2 * stats.norm.sf(abs(z)), direction=z, n=n, slab=[f"Author {i}" for i in range(k)])
    printed = as_width(width)
    assert printed is not None
    layout = lay_out_chart(chart, printed.points)
    assert outside_page(layout) == []
    assert colliding(layout) == []


def test_it_says_in_words_what_it_shows_and_can_be_saved(tmp_path: Any) -> None:
    picture = synthesis.albatross_plot(P, WAY, n=N, title="Hip", width="85mm")
    assert picture.title == "Hip"
    assert "with contours of a standardised mean difference of 0.2, 0.5, 0.8." in picture.description
    assert "study 2: negative, p = 0.20, n = 300" in picture.description.replace("\xa0", " ")
    assert picture.save(tmp_path / "a.svg")[0].exists()


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"n": None}, "n is None; expected the persons of each study"),
        ({"n": [3, 10, 10]}, "Li: n is 3; expected 4 persons or more"),
        ({"n": [10, math.inf, 10]}, "Kim: n is inf; expected 4 persons or more"),
        ({"n": [10, 10]}, "n has 2 values for 3 studies"),
        ({"measure": "OR"}, "unknown measure 'OR'"),
        ({"effects": []}, r"effects is \[\]; expected one to 3 numbers"),
        ({"effects": [0.1, 0.2, 0.3, 0.4]}, "expected one to 3 numbers"),
        ({"effects": 0.3}, "effects is 0.3; expected one to 3 numbers"),
        ({"effects": [0.0]}, "effects holds 0; expected numbers above zero$"),
        ({"effects": [1.0], "measure": "COR"}, "effects holds 1; expected numbers above zero and below 1"),
        ({"p": [0.0, 0.1, 0.1]}, "Li: p is 0, which no test gives"),
        ({"direction": ["positive", None, "positive"]}, "Kim: its direction is 'not told' beside p = 0.2"),
    ],
)
def test_what_cannot_be_drawn_is_refused(other: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        drawn(**other)


def test_parts_have_panels_of_their_own_two_in_a_row() -> None:
    parts = [
        PAndN(
            name,
            ("Li", "Kim"),
            ("positive", "negative"),
            np.array([0.03, 0.2]),
            np.array([100.0, 300.0 + at]),
        )
        for at, name in enumerate(("Hip", "Spine", "Neck"))
    ]
    chart = albatross_chart("BMD", parts, "COR", (0.1,), "result")
    assert [[panel.title for panel in row] for row in chart.panels] == [["Hip", "Spine"], ["Neck"]]
    for at, panel in enumerate(panel for row in chart.panels for panel in row):
        (dots,) = (mark for mark in panel.marks if isinstance(mark, Dots))
        assert dots.y.tolist() == [100.0, 300.0 + at]
        assert_allclose(dots.x, [-math.log10(0.03), math.log10(0.2)], rtol=1e-14)
        assert dots.name == "result"
    assert chart.description.startswith(
        "Albatross plot of 6 results, with contours of a correlation of 0.1. Hip: Li"
    )
    assert "Spine: Li: positive, p = 0.030, n = 100; Kim: negative, p = 0.20, n = 301." in chart.description


@pytest.mark.parametrize(
    ("n", "p", "measure", "seen"),
    [
        (5000.0, 0.2, "COR", (0.01, 0.02)),  # z of 0.05 is 3.5, p below 10^-2.5
        (363.0, 0.8, "COR", (0.02, 0.05, 0.1)),
        (5000.0, 1e-20, "COR", (0.02, 0.05, 0.1)),
        (20.0, 0.5, "SMD", (0.3, 0.5, 0.8)),
        (1e9, 0.5, "SMD", (0.01,)),
    ],
)
def test_effects_in_sight_begin_inside_the_axes(
    n: float, p: float, measure: str, seen: tuple[float, ...]
) -> None:
    part = PAndN("", ("Li", "Kim"), ("positive", "positive"), np.array([p, 0.9]), np.array([n, 2 * n]))
    assert effects_in_sight([part], measure) == seen
