"""The panels of influence by closed forms of equal effects, with thresholds, limits, ticks and names."""

from __future__ import annotations

import numpy as np
import pytest

from synthesis.drawing.chart import Chart, ChartCurve, Dots, Panel, ReferenceLine, Values
from synthesis.plots.influence import influence_plot
from synthesis.plots.subject import Subject
from synthesis.pooled import pool


def subject(yi: Values, vi: Values, method: str = "EE") -> Subject:
    labels = [f"Study {i}" for i in range(1, yi.size + 1)]
    return Subject(pool(yi, vi=vi, method=method, test="z", slab=labels), "Outcome")


def panels_of(chart: Chart) -> list[Panel]:
    return [panel for row in chart.panels for panel in row]


def values_of(panel: Panel) -> Values:
    """In the order of the studies."""
    dots = [mark for mark in panel.marks if isinstance(mark, Dots)]
    x, y = (np.concatenate([getattr(mark, name) for mark in dots]) for name in "xy")
    assert sorted(x) == list(range(1, x.size + 1))
    return y[np.argsort(x)]


def rules_of(panel: Panel, stroke: str) -> list[float]:
    return [mark.at for mark in panel.marks if isinstance(mark, ReferenceLine) and mark.stroke == stroke]


def closed_forms(yi: Values, vi: Values) -> list[Values]:
    """The eight diagnostics of a mean weighted by w = 1/v without heterogeneity."""
    w, k = 1.0 / vi, yi.size
    mean, rest = np.average(yi, weights=w), w.sum() - w
    without = (np.sum(w * yi) - w * yi) / rest
    q = np.array([np.sum(np.delete(w * (yi - m) ** 2, i)) for i, m in enumerate(without)])
    hat, change = w / w.sum(), mean - without
    return [
        (yi - without) / np.sqrt(vi + 1.0 / rest),
        change / np.sqrt(hat * vi),
        change**2 * w.sum(),
        change * np.sqrt(w.sum()),
        hat,
        w.sum() / rest,
        np.zeros(k),
        q,
    ]


YI = np.array([0.4, -0.3, 0.9, 0.2, 2.5, 0.1, 0.3, 0.0])
VI = np.array([0.04, 0.09, 0.25, 0.1, 0.02, 0.3, 0.07, 0.12])


def test_each_panel_shows_its_diagnostic_with_stems_from_the_value_of_no_influence() -> None:
    forms = closed_forms(YI, VI)
    chart = influence_plot(subject(YI, VI))
    total = float(np.sum((YI - np.average(YI, weights=1 / VI)) ** 2 / VI))
    bases = [0.0, 0.0, 0.0, 0.0, 1.0 / 8.0, 1.0, 0.0, total]
    assert [len(row) for row in chart.panels] == [2, 2, 2, 2]
    for panel, expected, base in zip(panels_of(chart), forms, bases, strict=True):
        assert values_of(panel) == pytest.approx(expected, abs=1e-12), panel.y.label
        assert rules_of(panel, "solid") == [pytest.approx(base)]
        [stems] = [mark for mark in panel.marks if isinstance(mark, ChartCurve)]
        assert stems.x[::3].tolist() == stems.x[1::3].tolist() == list(range(1, 9))
        assert stems.y[::3] == pytest.approx(np.full(8, base))
        assert stems.y[1::3] == pytest.approx(expected, abs=1e-12)
        assert np.isnan(stems.x[2::3]).all()
        assert np.isnan(stems.y[2::3]).all()


def test_tau2_without_a_study_stands_on_that_of_all() -> None:
    shown = subject(YI, VI, "DL")
    panel = panels_of(influence_plot(shown))[6]
    assert panel.y.label == "τ² without the study"
    assert rules_of(panel, "solid") == [pytest.approx(shown.pooled.tau2)]
    w = np.delete(1.0 / VI, 4)
    mean = np.average(np.delete(YI, 4), weights=w)
    q = np.sum(w * (np.delete(YI, 4) - mean) ** 2)
    assert values_of(panel)[4] == pytest.approx(max(0.0, (q - 6) / (w.sum() - np.sum(w**2) / w.sum())))


def test_thresholds_are_those_of_viechtbauer_and_cheung_and_stand_in_the_label() -> None:
    """1.96, 3 sqrt(1/(k - 1)), the median of chi-squared on 1 degree of freedom, 1 and 3/k."""
    panels = panels_of(influence_plot(subject(YI, VI)))
    assert [panel.y.label for panel in panels] == [
        "Deleted residual (standard errors); threshold ±1.96",
        "DFFITS (standard errors); threshold ±1.13",
        "Cook's distance; threshold 0.455",
        "DFBETAS (standard errors); threshold ±1",
        "Leverage; threshold 0.375",
        "Covariance ratio",
        "τ² without the study",
        "Q without the study",
    ]
    expected = [
        [-1.96, 1.96],
        [-3 / np.sqrt(7), 3 / np.sqrt(7)],
        [0.454936],
        [-1.0, 1.0],
        [0.375],
        [],
        [],
        [],
    ]
    for panel, at in zip(panels, expected, strict=True):
        assert rules_of(panel, "dashed") == pytest.approx(at, rel=1e-5)


@pytest.mark.parametrize(("largest", "drawn"), [(0.119, []), (0.121, [0.3])])
def test_a_threshold_is_drawn_up_to_two_and_a_half_times_beyond_the_farthest_study(
    largest: float, drawn: list[float]
) -> None:
    """Leverage of ten studies has the threshold 0.3, which is 2.5 times 0.12."""
    weights = np.array([9.0 * largest / (1.0 - largest), *[1.0] * 9])
    panel = panels_of(influence_plot(subject(np.linspace(0.0, 1.0, 10), 1.0 / weights)))[4]
    assert values_of(panel).max() == pytest.approx(largest)
    assert rules_of(panel, "dashed") == pytest.approx(drawn)


def test_panels_hold_values_base_and_near_thresholds_with_12_percent_of_white() -> None:
    panels = panels_of(influence_plot(subject(YI, VI)))
    for panel in panels:
        held = [*values_of(panel), *rules_of(panel, "solid"), *rules_of(panel, "dashed")]
        white = 0.12 * np.ptp(held) or 1.0
        assert (panel.y.low, panel.y.high) == pytest.approx((min(held) - white, max(held) + white))
        assert (panel.x.low, panel.x.high) == pytest.approx((0.0, 9.24))
    assert [panel.x.label for panel in panels] == [*[""] * 6, "Study", "Study"]


@pytest.mark.parametrize(
    ("k", "step"), [(3, 1), (10, 1), (11, 2), (20, 2), (21, 5), (50, 5), (51, 10), (100, 10), (101, 20)]
)
def test_at_most_ten_studies_are_numbered_on_the_axis(k: int, step: int) -> None:
    rng = np.random.default_rng(k)
    panel = panels_of(influence_plot(subject(rng.normal(size=k), rng.uniform(0.5, 1.5, k))))[0]
    assert panel.x.ticks == tuple((float(at), str(at)) for at in range(step, k + 1, step))
    [dots] = {mark.radius for mark in panel.marks if isinstance(mark, Dots)}
    assert dots == (1.9 if k < 60 else 1.2)


def test_the_four_influential_studies_farthest_from_the_base_are_named() -> None:
    rng = np.random.default_rng(3)
    vi = rng.uniform(0.8, 1.2, 60)
    vi[:6] = [0.012, 0.014, 0.010, 0.016, 0.013, 0.018]
    yi = rng.normal(0.0, np.sqrt(vi))
    yi[:6] = [1.2, -1.0, 0.8, -1.3, 1.5, -0.2]
    chart = influence_plot(subject(yi, vi))
    total = float(np.sum((yi - np.average(yi, weights=1 / vi)) ** 2 / vi))
    bases = [0.0, 0.0, 0.0, 0.0, 1.0 / 60.0, 1.0, 0.0, total]
    compared = 0
    for panel, values, base in zip(panels_of(chart), closed_forms(yi, vi), bases, strict=True):
        ordinary, flagged = (mark for mark in panel.marks if isinstance(mark, Dots))
        assert (ordinary.name, flagged.name, ordinary.labels) == ("study", "influential study", ())
        assert flagged.x.tolist() == [1, 2, 3, 4, 5, 6]
        order = np.argsort(-np.abs(values[:6] - base), kind="stable")[:4]
        assert {i for i, label in enumerate(flagged.labels) if label} == set(order.tolist())
        assert {label for label in flagged.labels if label} == {f"Study {i + 1}" for i in order}
        compared += 1
    assert compared == 8
    called = ", ".join(f"Study {i}" for i in range(1, 7))
    assert f"Influence of each of 60 studies; 6 studies called influential: {called}." in chart.description


def test_the_description_names_the_extremes() -> None:
    forms = closed_forms(YI, VI)
    description = influence_plot(subject(YI, VI, "DL")).description
    assert "Heterogeneity falls most without Study 5: tau2 " in description
    description = influence_plot(subject(YI, VI)).description
    assert f"Largest Cook's distance: Study 5 ({forms[2][4]:.3g}, threshold 0.455)." in description
    assert f"Largest deleted residual: Study 5 ({forms[0][4]:.3g})." in description
    turned = influence_plot(subject(-YI, VI)).description
    assert f"Largest deleted residual: Study 5 (−{forms[0][4]:.3g})." in turned, "whatever its sign"


def test_up_to_sixteen_studies_are_listed_by_name() -> None:
    rng = np.random.default_rng(16)
    for k in (16, 17):
        note = influence_plot(subject(rng.normal(size=k), np.ones(k))).footnotes[0]
        listed = "; ".join(f"{i} Study {i}" for i in range(1, 17)) + "."
        assert note == (listed if k == 16 else "Studies are numbered in the order of the analysis.")
