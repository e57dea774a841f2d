"""Every chart at every size: legible, described, named on its axes."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from synthesis.diagnostics.multiverse import DataSet, multiverse
from synthesis.drawing.chart import Chart, Dots, Note
from synthesis.drawing.chart_layout import lay_out_chart
from synthesis.drawing.printing import as_width
from synthesis.plots.bubble import Moderator, bubble_plot
from synthesis.plots.funnel import contour_funnel_plot, filled_funnel_plot, funnel_plot
from synthesis.plots.labbe import Arms, labbe_plot
from synthesis.plots.multiverse import multiverse_plot
from synthesis.plots.residuals import baujat_plot, quantile_plot, radial_plot
from synthesis.plots.subject import NotDefinedError, Subject
from tests.synthesis.drawing.charts import colliding, dot_boxes, outside_page, overlap
from tests.synthesis.plots.subjects import AUTHORS, invented
from tests.thinned import thinned

LONG = ("The Collaborative Multinational Study of Intensive versus Standard Care, site ",)
SUBJECTS: dict[str, Callable[[], Subject]] = {
    "2": lambda: invented(2),
    "3 log": lambda: invented(3, True),
    "8": lambda: invented(8),
    "40 log": lambda: invented(40, True),
    "200": lambda: invented(200),
    "8 log, long names": lambda: invented(8, True, authors=LONG),
    "8, other script": lambda: invented(8, authors=("山田・王 骨密度研究",)),
}


def _bubble(subject: Subject) -> Chart:
    years = np.random.default_rng(3).integers(1990, 2025, subject.pooled.k).astype(float)
    return bubble_plot(subject, Moderator("year of the report", years))


def _labbe(subject: Subject) -> Chart:
    rng, k = np.random.default_rng(4), subject.pooled.k
    n, other, risk = rng.integers(20, 3000, k), rng.integers(20, 3000, k), rng.uniform(0.01, 0.3, k)
    counts = (rng.binomial(n, 0.8 * risk), n, rng.binomial(other, risk), other)
    return labbe_plot(
        subject, Arms("RR" if subject.log else "RD", *(np.asarray(a, dtype=float) for a in counts))
    )


def _multiverse(subject: Subject) -> Chart:
    whole = DataSet((), subject.pooled.yi, subject.pooled.vi)
    return multiverse_plot(subject, multiverse(subject.pooled, (whole,)))


PLOTS: dict[str, Callable[[Subject], Chart]] = {
    "funnel": funnel_plot,
    "contour": contour_funnel_plot,
    "fill": filled_funnel_plot,
    "baujat": baujat_plot,
    "radial": radial_plot,
    "qq": quantile_plot,
    "bubble": _bubble,
    "labbe": _labbe,
    "multiverse": _multiverse,
}
NEEDS_THREE = {"fill", "baujat", "qq", "bubble"}
cached = {name: cache(make) for name, make in SUBJECTS.items()}


@pytest.mark.parametrize("plot", thinned(PLOTS, 2))
@pytest.mark.parametrize("size", SUBJECTS)
def test_every_plot_is_legible(plot: str, size: str) -> None:
    subject = cached[size]()
    if size == "2" and plot in NEEDS_THREE:
        with pytest.raises(NotDefinedError, match=r"^[A-Z].* needs .*\.$"):
            PLOTS[plot](subject)
        return
    chart = PLOTS[plot](subject)
    layout = lay_out_chart(chart)
    assert outside_page(layout) == []
    assert colliding(layout) == []
    labels = {
        label
        for panel in sum(chart.panels, ())
        for mark in panel.marks
        if isinstance(mark, Dots)
        for label in mark.labels
    }
    ends = {label[-4:] for label in labels if label}
    placed = [
        text
        for text in layout.texts
        if text.text[-4:] in ends
        and ("…" in text.text or text.text.startswith((*AUTHORS, "The Coll", "山田")))
    ]
    assert not labels - {""} or len(placed) >= min(len(labels - {""}), 12) // 2
    assert not any(overlap(text.box, dot) for text in placed for dot in dot_boxes(layout))


@pytest.mark.parametrize("width", ["75mm", "85mm", "174mm"])
@pytest.mark.parametrize("plot", thinned(PLOTS, 2))
def test_every_plot_is_legible_at_the_width_of_a_journal(plot: str, width: str) -> None:
    printed = as_width(width)
    assert printed is not None
    for size in ("8", "40 log", "8 log, long names"):
        layout = lay_out_chart(PLOTS[plot](cached[size]()), printed.points)
        assert layout.width == printed.points
        assert outside_page(layout) == []
        assert colliding(layout) == []
        assert min(text.size for text in layout.texts) >= 7.0
        tall = [s.end[1] - s.start[1] for s in layout.segments if s.role == "axis" and s.start[0] == s.end[0]]
        assert max(tall) > 50.0, "no panel is flat"


@pytest.mark.parametrize("plot", PLOTS)
def test_every_plot_says_in_words_what_it_shows(plot: str) -> None:
    subject = cached["8"]()
    chart = PLOTS[plot](subject)
    assert chart.title.startswith("Hip, men")
    assert chart.footnotes
    assert all(note.endswith(".") for note in chart.footnotes)
    assert any(character.isdigit() for character in chart.description)
    assert chart.description.endswith(".")
    assert "nan" not in chart.description
    assert not re.search(r"-\d|e[+-]\d", chart.description), "minus signs and powers of ten as in print"
    panels = [panel for row in chart.panels for panel in row]
    assert all(panel.x.label or panel is not panels[-1] for panel in panels)
    assert panels[0].y.label
    assert any(subject.effect in (panel.x.label, panel.y.label) for panel in panels) or plot in {
        "baujat",
        "radial",
        "qq",
        "labbe",
    }
    named = [mark for panel in panels for mark in panel.marks if not isinstance(mark, Note) and mark.name]
    assert named or plot == "baujat", "one kind of mark needs no key"
