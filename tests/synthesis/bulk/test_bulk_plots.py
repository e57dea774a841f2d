"""Charts of a table's results: what is on them is what the numbers say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import synthesis
from synthesis.bulk import bulk_charts
from synthesis.bulk.bulk_charts import log_p, manhattan, q_q, quantiles, spots, volcano
from synthesis.bulk.bulk_choices import read_bulk_choices
from synthesis.bulk.bulk_plots import draw_plots, forest_of
from synthesis.bulk.finished_parts import HeldParts
from synthesis.bulk.streaming import Pace, run_here
from synthesis.bulk.table_input import WhatStands, table_input
from synthesis.bulk.whole_results import Assembled, assembled, best_rows
from synthesis.drawing.chart import Area, Arrows, Chart, ChartCurve, Dots, ReferenceLine
from synthesis.pooling.kernel.effects import Array
from tests.synthesis.bulk.made_tables import long, random_effects, wide

ROWS = 3_000


def genome(strong: float = 4.0) -> pd.DataFrame:
    rng = np.random.default_rng(51)
    z = rng.normal(size=(ROWS, 3))
    z[:20] += strong
    return pd.DataFrame(
        {
            "chromosome": np.repeat([1, 2, 23], ROWS // 3),
            "base_pair_location": np.tile(np.arange(1, ROWS // 3 + 1) * 1_000, 3),
        }
        | {f"y_{s}": z[:, i] for i, s in enumerate("ABC")}
        | {f"v_{s}": np.ones(ROWS) for s in "ABC"}
    )


def run(frame: Any, **stands: Any) -> tuple[Any, Assembled, Any]:
    chosen = read_bulk_choices(
        stands.pop("method", "EE"), None, None, "QP", 0.95, None, (), 1, "stop", stands.pop("adjust", ("BH",))
    )
    parts = {"yi": stands.pop("yi", "y_*"), "vi": stands.pop("vi", "v_*")}
    given = WhatStands(
        parts, stands.pop("group", None), stands.pop("study", None), stands.pop("keys", ()), None, False
    )
    source = table_input(frame, given, chosen).opened(Path("unused"))
    held = HeldParts()
    run_here(source, chosen, held, Pace(1, None))
    return source, assembled(held, len(source.parts), chosen, False, {}), chosen


def marks(chart: Chart, kind: type) -> list[Any]:
    return [mark for mark in chart.panels[0][0].marks if isinstance(mark, kind)]


def test_a_volcano_plot_tells_discoveries_from_other_rows() -> None:
    _, whole, _ = run(genome())
    chart = volcano(whole, "Rows")
    others, declared = marks(chart, Dots)
    adjusted = np.concatenate(list(whole.column("p_bh")()))
    estimate = np.concatenate(list(whole.column("estimate")()))
    assert (adjusted <= 0.05).sum() == 20
    assert 18 <= declared.x.size <= 20  # two of them may stand on one spot
    assert set(declared.x) <= set(estimate[adjusted <= 0.05])
    assert estimate[adjusted <= 0.05].max() in declared.x
    assert others.x.size > 300
    low, high = np.quantile(estimate, 5e-4), estimate[adjusted <= 0.05].max()
    axis = chart.panels[0][0].x
    assert axis.low == pytest.approx(low - 0.04 * (high - low), rel=1e-12)
    assert axis.high == pytest.approx(high + 0.04 * (high - low), rel=1e-12)
    beyond = int((estimate < axis.low).sum())
    assert ("beyond the horizontal axis" in chart.footnotes[0]) == (beyond > 0)
    height = -np.log10(np.concatenate(list(whole.column("p_value")())))
    line = next(mark for mark in marks(chart, ReferenceLine) if mark.axis == "y")
    assert line.at == pytest.approx(height[adjusted <= 0.05].min(), rel=1e-12)
    assert "3,000 rows with a p-value; 20 rows at a false discovery rate below 5%, from" in chart.footnotes[0]
    assert chart.panels[0][0].y.high >= declared.y.max()
    assert not marks(chart, Arrows)


def test_rows_above_the_axis_are_triangles_at_its_end() -> None:
    _, whole, _ = run(genome(strong=40.0), keys=("chromosome", "base_pair_location"))
    for chart in (volcano(whole, "Rows"), q_q(whole, "Rows"), manhattan(whole, "Rows")):
        triangles = marks(chart, Arrows)
        assert triangles
        highest = max(dots.y.max(initial=0.0) for dots in marks(chart, Dots))
        for mark in triangles:  # half-way between the highest point and the end of the axis
            assert (mark.y > highest).all()
            assert mark.y == pytest.approx(1.03 / 1.06 * chart.panels[0][0].y.high, rel=1e-12)
        assert "20 rows above the axis, drawn as triangles." in chart.footnotes[0]
    assert np.concatenate(list(log_p(whole)())).max() > 1_000.0  # p itself is zero there


def test_without_a_correction_nothing_is_a_discovery() -> None:
    _, whole, _ = run(genome(), adjust=())
    chart = volcano(whole, "Rows")
    assert len(marks(chart, Dots)) == 1
    assert "0 rows at a false discovery rate below 5%." in chart.footnotes[0]


def test_a_q_q_plot_has_each_of_the_highest_values_at_its_expected_place() -> None:
    _, whole, _ = run(genome())
    chart = q_q(whole, "Rows")
    (dots,) = marks(chart, Dots)
    (band,) = marks(chart, Area)
    assert band.x.max() == pytest.approx(dots.x.max(), rel=1e-14)  # both end at the smallest p-value
    first = np.argmax(band.x)
    low, high = np.sort(band.y[band.x == band.x[first]])[[0, -1]]
    assert 10.0**-high == pytest.approx(
        1.0 - 0.975 ** (1.0 / ROWS), rel=1e-9
    )  # of the least of ROWS p-values
    assert 10.0**-low == pytest.approx(1.0 - 0.025 ** (1.0 / ROWS), rel=1e-9)
    height = np.sort(-np.log10(np.concatenate(list(whole.column("p_value")()))))[::-1]
    order = np.argsort(-dots.y)
    np.testing.assert_allclose(dots.y[order][:20], height[:20], rtol=1e-12)
    np.testing.assert_allclose(dots.x[order][:20], -np.log10((np.arange(1, 21) - 0.5) / ROWS), rtol=1e-12)
    expected = np.interp(dots.x, -np.log10((np.arange(1, ROWS + 1) - 0.5) / ROWS)[::-1], height[::-1])
    np.testing.assert_allclose(dots.y, expected, rtol=0.02, atol=0.01)
    assert f"λ = {whole.inflation:.3f}" in chart.footnotes[0]


def test_lower_values_of_a_q_q_plot_stand_together_at_their_mean_rank(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bulk_charts, "_EXACT", 50)
    _, whole, _ = run(genome())
    height = np.sort(np.concatenate(list(log_p(whole)())))[::-1]
    expected, observed = quantiles(log_p(whole), ROWS)
    together = 0
    for x, low, high in zip(expected, observed, [np.inf, *observed], strict=False):
        own = np.flatnonzero((height >= low) & (height < high)) + 1  # ranks of those from here to the next
        assert low <= height[own - 1].min() <= low * (1 + 2**-7)
        assert x == pytest.approx(-np.log10((own.mean() - 0.5) / ROWS), rel=1e-9)
        together += own.size > 1
    assert together > 100
    np.testing.assert_array_equal(observed[:30], height[:30])


def test_a_manhattan_plot_has_chromosomes_side_by_side() -> None:
    _, whole, _ = run(genome(), keys=("chromosome", "base_pair_location"))
    chart = manhattan(whole, "Rows")
    panel = chart.panels[0][0]
    assert chart.aspect < 0.5 < q_q(whole, "Rows").aspect  # a wide page, and one nearly square
    assert [label for _, label in panel.x.ticks or ()] == ["1", "2", "X"]
    odd, even = marks(chart, Dots)
    assert odd.x.min() == 1_000
    assert panel.x.low == -0.008 * 3_000_000
    assert panel.x.high == odd.x.max() + 0.008 * 3_000_000
    assert even.x.min() > 1_000_000
    gap = 0.008 * 3_000_000
    assert even.x.min() == pytest.approx(1_000_000 + gap + 1_000)
    assert odd.x.max() == pytest.approx(3_000_000 + 2 * gap)
    above = (np.concatenate(list(whole.column("p_value")())) < 5e-8).sum()
    assert f"{above} variants with p below 5×10⁻⁸" in chart.footnotes[0]
    as_text = genome().assign(
        chromosome=lambda frame: "chr" + frame["chromosome"].replace(23, 0).astype(str).replace("0", "X"),
        base_pair_location=lambda frame: frame["base_pair_location"].astype(str),
    )
    _, whole, _ = run(as_text, keys=("chromosome", "base_pair_location"))
    for mark, of_text in zip((odd, even), marks(manhattan(whole, "Rows"), Dots), strict=True):
        np.testing.assert_array_equal(mark.x, of_text.x)
    _, whole, _ = run(
        as_text[:1].assign(base_pair_location="here"), keys=("chromosome", "base_pair_location")
    )
    with pytest.raises(ValueError, match=r"^base_pair_location: .*here.* expected a position in each row"):
        manhattan(whole, "Rows")


def test_points_on_one_spot_are_drawn_once_and_none_is_lost() -> None:
    x, y = (
        np.array([0.0, 0.0, 0.5, 1.0, np.nan, 9.0, -9.0, 0.5]),
        np.array([0.0, 0.0, 0.5, 1.0, 0.0, 0.2, 0.2, 7.0]),
    )

    def points() -> Iterator[tuple[Array, Array]]:
        yield x[:4], y[:4]
        yield x[2:], y[2:]

    found = spots(points, (0.0, 1.0), 1.0)
    assert sorted(zip(found.x.tolist(), found.y.tolist(), strict=True)) == [
        (0.0, 0.0),
        (0.0, 0.2),
        (0.5, 0.5),
        (1.0, 0.2),
        (1.0, 1.0),
    ]
    assert found.over == pytest.approx([0.5], abs=1 / 720)


@pytest.mark.parametrize("study", ["cohort", None])
def test_top_rows_have_the_studies_of_wide_and_long_tables(study: str | None) -> None:
    y, v = random_effects(30, 4, 52)
    for table, stands in (
        (wide(y, v), {"keys": ("gene",)}),
        (long(y, v), {"yi": "y", "vi": "v", "group": "gene", "study": study}),
    ):
        source, whole, chosen = run(table, **stands, method="REML")
        p = np.concatenate(list(whole.column("p_value")()))
        for (number, at), best in zip(best_rows(whole, 3), np.argsort(p), strict=False):
            assert (number, at) == (0, best)
            top = forest_of(source, chosen, number, at)
            there = ~np.isnan(y[best])
            np.testing.assert_array_equal(top.yi, y[best, there])
            np.testing.assert_array_equal(top.vi, v[best, there])
            names = np.array(list("ABCD"))[there].tolist()
            if study is None and "group" in stands:
                names = [f"study {i + 1}" for i in range(len(names))]
            assert list(top.labels) == names
            assert top.p_value == pytest.approx(p[best], rel=1e-10)


@pytest.mark.long
def test_top_rows_are_drawn_under_their_keys(tmp_path: Path) -> None:
    frame = genome()
    source, whole, chosen = run(frame, keys=("chromosome", "base_pair_location"))
    files = draw_plots(["forest"], source, whole, chosen, tmp_path)
    assert [path.name for path in files][::3] == ["forest-1.png", "forest-2.png", "forest-3.png"]
    text = (tmp_path / "forest-1.svg").read_text()
    best = int(np.argmin(np.concatenate(list(whole.column("p_value")()))))
    assert f"base pair location {frame['base_pair_location'][best]}" in text
    assert ">A<" in text


def test_a_plot_of_rows_without_p_values_is_refused(tmp_path: Path) -> None:
    source, whole, chosen = run(pd.DataFrame({"y_A": [np.nan], "v_A": [1.0]}))
    with pytest.raises(ValueError, match="no row has a p-value to plot; the results are in "):
        draw_plots(["qq"], source, whole, chosen, tmp_path)


@pytest.mark.long
def test_plots_stand_beside_the_results(tmp_path: Path) -> None:
    found = synthesis.pool_table(genome(), yi="y_*", vi="v_*", output=tmp_path, plots=("qq", "volcano"))
    assert {path.name for path in found.files} == {
        *("results.parquet", "refused.parquet", "manifest.json"),
        *(f"{kind}.{ending}" for kind in ("qq", "volcano") for ending in ("png", "svg", "pdf")),
    }
    assert all(path.is_file() for path in found.files)


def test_names_of_chromosomes_do_not_touch_on_a_narrow_page() -> None:
    """Lengths of GRCh38, in millions of bases: X is named, and its small neighbour is not."""
    lengths = [248, 242, 198, 190, 182, 171, 159, 145, 138, 134, 135, 133, 114, 107, 102, 90, 83, 80, 59, 64]
    lengths += [47, 51, 156, 57]
    frame = pd.DataFrame(
        {"chromosome": range(1, 25), "base_pair_location": [1_000_000 * each for each in lengths]}
        | {"y_A": 1.0, "v_A": 1.0, "y_B": 1.0, "v_B": 1.0}
    )
    _, whole, _ = run(frame, keys=("chromosome", "base_pair_location"))
    ticks = manhattan(whole, "Rows").panels[0][0].x.ticks or ()
    assert [name for _, name in ticks] == [*map(str, range(1, 13)), "14", "16", "18", "20", "X"]
    at = np.array([place for place, _ in ticks])
    assert np.diff(at).min() > 0.042 * sum(lengths) * 1_000_000
    frame = frame[:3].assign(chromosome=[23, 24, 25], base_pair_location=1_000)
    _, whole, _ = run(frame, keys=("chromosome", "base_pair_location"))
    assert [name for _, name in manhattan(whole, "Rows").panels[0][0].x.ticks or ()] == ["X", "Y", "MT"]


def test_marks_have_the_sizes_and_names_of_their_kind() -> None:
    _, whole, _ = run(genome(strong=40.0), keys=("chromosome", "base_pair_location"))
    charts = volcano(whole, "Rows"), q_q(whole, "Rows"), manhattan(whole, "Rows")
    for chart, wide_dots in zip(charts, (1.1, 1.3, 1.1), strict=True):
        assert chart.panels[0][0].y.low == 0.0
        for dots in marks(chart, Dots):
            assert dots.radius == pytest.approx(
                wide_dots, abs=0.1
            )  # points, about a third of an ordinary one
        for triangles in marks(chart, Arrows):
            assert triangles.pointing == "up"
            assert triangles.radius == pytest.approx(2.0, abs=0.5)
    of_volcano, of_ranks, of_places = charts
    assert [dots.name for dots in marks(of_volcano, Dots)] == ["other rows"]  # those beyond are triangles
    assert next(mark for mark in marks(of_volcano, ReferenceLine) if mark.axis == "x").at == 0.0
    assert of_places.panels[0][0].y.high == pytest.approx(1.06 * 8.0 * -np.log10(5e-8), rel=1e-12)
    gap = 24_000
    assert [at for at, _ in of_places.panels[0][0].x.ticks or ()] == pytest.approx(
        [500_000, 1_500_000 + gap, 2_500_000 + 2 * gap]
    )
    axes, (line,), (band,) = of_ranks.panels[0][0], marks(of_ranks, ChartCurve), marks(of_ranks, Area)
    assert band.name == "95% without any effect"
    assert axes.x.low == 0.0
    assert axes.x.high == pytest.approx(-1.04 * np.log10(0.5 / ROWS), rel=1e-12)
    assert line.x.tolist() == line.y.tolist() == [0.0, axes.x.high]
    assert line.stroke == "dashed"
    assert line.thickness < 1.0
    assert 0.7 < of_ranks.aspect < 1.0


def test_axes_of_few_rows_hold_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = ("chromosome", "base_pair_location")
    _, whole, _ = run(genome(strong=0.0), keys=keys)
    assert manhattan(whole, "Rows").panels[0][0].y.high == pytest.approx(1.06 * -np.log10(5e-8), rel=1e-12)
    small = pd.DataFrame({"y_A": [0.1, 0.2, -0.1, 0.3], "v_A": 1.0})
    _, whole, _ = run(small)
    assert volcano(whole, "Rows").panels[0][0].y.high == pytest.approx(1.06 * -np.log10(0.05 / 4), rel=1e-12)
    _, whole, _ = run(pd.DataFrame({"y_A": [3.0], "v_A": [1.0]}), adjust=())
    axis = volcano(whole, "Rows").panels[0][0].x
    assert (axis.low, axis.high) == (2.0, 4.0)
    assert q_q(whole, "Rows").panels[0][0].x.high == 1.04  # though -log10(1/2) is less
    spread = pd.DataFrame({"y_A": np.arange(9.0), "v_A": 1.0})
    monkeypatch.setattr(bulk_charts, "_SHARE", 0.25)
    _, whole, _ = run(spread, adjust=())
    chart = volcano(whole, "Rows")
    assert chart.panels[0][0].x.low == pytest.approx(2.0 - 0.16)
    assert "4 rows beyond the horizontal axis stand at its ends." in chart.footnotes[0]  # 0, 1, 7 and 8
    monkeypatch.setattr(bulk_charts, "_SAMPLE", 3)  # of nine rows each third has a part in the axis
    assert volcano(whole, "Rows").panels[0][0].x.low == pytest.approx(1.5 - 0.12)
    monkeypatch.setattr(bulk_charts, "_SAMPLE", 1)
    _, whole, _ = run(pd.DataFrame({"y_A": [np.nan, 3.0], "v_A": 1.0}), adjust=())
    axis = volcano(whole, "Rows").panels[0][0].x
    assert (axis.low, axis.high) == pytest.approx((-1.08, 1.08))  # of a sample without any number
    unknown = genome()[:3].assign(chromosome="GL1")
    _, whole, _ = run(unknown, keys=keys)
    with pytest.raises(ValueError, match=r"^chromosome: no row has one; expected 1 to 22, X, Y or MT"):
        manhattan(whole, "Rows")
    some = pd.concat([unknown, genome()[:2].assign(chromosome="1")])
    _, whole, _ = run(some, keys=keys)
    odd = marks(manhattan(whole, "Rows"), Dots)
    assert [dots.x.tolist() for dots in odd] == [[1_000.0, 2_000.0]]


def test_a_spot_is_a_cell_of_720_by_420() -> None:
    def found(x: list[float], y: list[float]) -> int:
        return spots(lambda: iter([(np.array(x), np.array(y))]), (0.0, 1.0), 1.0).x.size

    assert found([0.0, 1 / 720.5], [0.5, 0.5]) == 1
    assert found([0.0, 1 / 719.5], [0.5, 0.5]) == 2
    assert found([0.5, 0.5], [0.0, 1 / 420.5]) == 1
    assert found([0.5, 0.5], [0.0, 1 / 419.5]) == 2
    above = spots(lambda: iter([(np.array([0.5]), np.array([2.0]))]), (0.0, 1.0), 1.0)
    assert above.over == pytest.approx([360.5 / 720], rel=1e-14)


def test_the_best_rows_have_the_smallest_p_values_and_then_the_largest_statistics() -> None:
    _, whole, _ = run(genome(strong=40.0))
    size = np.abs(np.concatenate(list(whole.column("statistic")())))
    assert [at for _, at in best_rows(whole, 3)] == np.argsort(-size)[:3].tolist()  # whose p are all zero


def test_three_forest_plots_have_the_keys_of_their_rows_as_titles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[Any, str]] = []

    def plot(pooled: Any, kind: str, place: Path, *, title: str) -> list[Path]:
        assert kind == "forest"
        drawn.append((place, title))
        return [place]

    monkeypatch.setattr("synthesis.pooled.Pooled.plot", plot)
    monkeypatch.setattr("synthesis.bulk.pooled_rows._MOST_ROWS", 64)
    frame = pd.DataFrame({"a": range(200), "b_c": 1, "c": 2, "d": 3, "y_A": 0.0, "v_A": 1.0})
    frame.loc[[150, 20, 70], "y_A"] = [9.0, 8.0, 7.0]
    source, whole, chosen = run(frame, keys=("a", "b_c", "c", "d"))
    files = draw_plots(["forest"], source, whole, chosen, tmp_path)
    assert files == [tmp_path / f"forest-{rank}" for rank in (1, 2, 3)]
    assert [title for _, title in drawn] == [f"a {at}, b c 1, c 2" for at in (150, 20, 70)]
    source, whole, chosen = run(frame)
    drawn.clear()
    draw_plots(["forest"], source, whole, chosen, tmp_path)
    assert [title for _, title in drawn] == [
        f"Row with the {rank} p-value" for rank in ("smallest", "second", "third")
    ]


def test_charts_are_saved_under_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synthesis.drawing.saving.chart_figure", lambda chart: chart.title)
    monkeypatch.setattr("synthesis.drawing.saving.save_figure", lambda figure, place: [(figure, place)])
    source, whole, chosen = run(genome(), keys=("chromosome", "base_pair_location"))
    found: Any = draw_plots(["volcano", "qq", "manhattan"], source, whole, chosen, tmp_path)
    assert found == [
        ("3,000 meta-analyses: volcano plot", tmp_path / "volcano"),
        ("3,000 meta-analyses: Q-Q plot", tmp_path / "qq"),
        ("3,000 meta-analyses: Manhattan plot", tmp_path / "manhattan"),
    ]
    assert draw_plots([], source, whole, chosen, tmp_path) == []


def test_a_forest_plot_has_the_weights_of_its_row() -> None:
    source, _, chosen = run(pd.DataFrame({"y_A": [1.0], "v_A": 1.0, "y_B": 3.0, "v_B": 9.0}))
    assert forest_of(source, replace(chosen, weighting="equal"), 0, 0).estimate == pytest.approx(2.0)
    assert forest_of(source, chosen, 0, 0).estimate == pytest.approx((1.0 + 3.0 / 9.0) / (1.0 + 1.0 / 9.0))
