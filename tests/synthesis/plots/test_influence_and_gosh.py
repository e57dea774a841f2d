"""The influence panel and the GOSH plot: what they draw, say and refuse."""

import numpy as np
import pytest

from synthesis import pool
from synthesis.diagnostics.gosh import gosh
from synthesis.diagnostics.influence import influence
from synthesis.drawing.chart import Area, Chart, Dots, ReferenceLine
from synthesis.drawing.saving import chart_figure
from synthesis.plots.gosh import DRAWN, gosh_plot
from synthesis.plots.influence import influence_plot
from synthesis.plots.kinds import KINDS
from synthesis.plots.subject import NotDefinedError, Subject


def subject(k: int, outliers: tuple[int, ...] = (), log: bool = False) -> Subject:
    rng = np.random.default_rng(7)
    vi = rng.uniform(0.01, 0.08, k)
    yi = rng.normal(0.3, np.sqrt(vi + 0.01))
    yi[list(outliers)] += 1.5
    pooled = pool(yi, vi, slab=[f"Author {i + 1}" for i in range(k)])
    return Subject(pooled, "Outcome", "Odds ratio" if log else "Difference (mg/L)", log, 1.0 if log else 0.0)


def dots(chart: Chart) -> list[Dots]:
    return [mark for row in chart.panels for panel in row for mark in panel.marks if isinstance(mark, Dots)]


def test_every_study_has_its_dot_in_every_panel() -> None:
    about = subject(12, (3,))
    chart, found = influence_plot(about), influence(about.pooled)
    assert [len(row) for row in chart.panels] == [2, 2, 2, 2]
    assert sum(mark.x.size for mark in dots(chart)) == 8 * 12
    first = [mark for mark in chart.panels[0][0].marks if isinstance(mark, Dots)]
    shown = dict(zip(np.concatenate([m.x for m in first]), np.concatenate([m.y for m in first]), strict=True))
    assert [shown[float(i)] for i in range(1, 13)] == found.rstudent.tolist()
    assert [mark.labels for mark in first] == [(), ("Author 4",)]
    assert "1 study called influential: Author 4." in chart.description
    assert "4 Author 4;" in chart.footnotes[0]


def test_thresholds_are_drawn_where_they_are_near() -> None:
    about = subject(200)
    drawn = {
        panel.y.label.partition(";")[0]: sum(
            isinstance(m, ReferenceLine) and m.stroke == "dashed" for m in panel.marks
        )
        for row in influence_plot(about).panels
        for panel in row
    }
    assert drawn["Deleted residual (standard errors)"] == 2
    assert drawn["DFBETAS (standard errors)"] == 0
    assert drawn["Leverage"] == 1


def test_no_influential_study_is_said() -> None:
    assert (
        "none is influential"
        in influence_plot(Subject(pool(np.linspace(0, 1, 9), np.ones(9)), "Outcome")).description
    )


def test_dots_of_a_cloud_are_its_subsets() -> None:
    about = subject(8, (2,), log=True)
    chart, found = gosh_plot(about), gosh(about.pooled)
    without, holding, everyone = dots(chart)
    assert (without.name, holding.name) == ("without Author 3", "with Author 3")
    several = found.several
    assert np.array_equal(holding.x, np.exp(found.estimate[several & found.holds(2)]))
    assert np.array_equal(without.y, found.estimates.I2[several & ~found.holds(2)])
    assert everyone.x.tolist() == [pytest.approx(np.exp(about.pooled.estimate))]
    assert "Author 3 explains" in chart.description
    assert chart.footnotes[0] == "All 247 subsets of two studies or more."


def test_histograms_hold_every_subset() -> None:
    for panel in gosh_plot(subject(9, (1,))).panels[0]:
        whole, without = [mark for mark in panel.marks if isinstance(mark, Area)]
        assert whole.y[1:-1:2].sum() == pytest.approx(100.0, abs=0.5)
        assert without.y[1:-1:2].sum() == pytest.approx(100.0 * (2**8 - 9) / (2**9 - 10), abs=0.5)


def test_two_studies_make_four_clouds() -> None:
    names = [mark.name for mark in dots(gosh_plot(subject(12, (3, 5))))]
    assert names == ["with neither", "with Author 4", "with Author 6", "with both", "all studies"]


def test_a_sample_says_that_it_is_one() -> None:
    chart = gosh_plot(subject(20))
    assert "a sample with all sizes equally frequent (seed 0)" in chart.footnotes[0]
    assert sum(mark.x.size for mark in dots(chart)) == DRAWN + 1


def test_a_study_can_be_chosen_by_name() -> None:
    chart = gosh_plot(subject(6), "Author 2")
    assert [mark.name for mark in dots(chart)][:2] == ["without Author 2", "with Author 2"]
    with pytest.raises(NotDefinedError, match="No study is called 'Author 9'; one of: Author 1, "):
        gosh_plot(subject(6), "Author 9")


@pytest.mark.parametrize("draw", [influence_plot, gosh_plot])
def test_equal_effects_are_drawn(draw: object) -> None:
    about = Subject(pool([0.5] * 5, [0.1] * 5), "Outcome")
    chart = influence_plot(about) if draw is influence_plot else gosh_plot(about)
    assert chart_figure(chart).get_figheight() > 0


@pytest.mark.parametrize("k", [3, 8, 40])
def test_figures_are_drawn(k: int) -> None:
    for chart in (influence_plot(subject(k, (2,))), gosh_plot(subject(k, (2,)))):
        assert chart_figure(chart).get_figheight() > 0


def test_two_studies_are_too_few() -> None:
    for draw in (influence_plot, gosh_plot):
        with pytest.raises(NotDefinedError, match="needs at least 3 studies; this analysis has 2 studies"):
            draw(subject(2))


def test_weights_of_the_result_are_those_of_both() -> None:
    """Subsets and refits have the fixed weights that Henmi and Copas's test is defined with."""
    yi, vi = [0.1, 0.2, 0.9, 0.4], [0.1, 0.2, 0.1, 0.3]
    with_test = Subject(pool(yi, vi, method="DL", test="HC"), "Outcome")
    fixed = Subject(pool(yi, vi, method="DL", test="z", weights="fixed"), "Outcome")
    model = Subject(pool(yi, vi, method="DL", test="z"), "Outcome")
    for draw in (influence_plot, gosh_plot):
        assert draw(with_test).description == draw(fixed).description
        assert draw(with_test).description != draw(model).description


def test_both_are_kinds() -> None:
    assert {"influence", "gosh"} <= KINDS.keys()
