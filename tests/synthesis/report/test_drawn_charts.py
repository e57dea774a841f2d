"""Charts as SVG: each shape of a layout by its numbers, in tenths of a point, and by the names of colours."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from synthesis.drawing.chart import Chart, ChartAxis, ChartCurve, Panel
from synthesis.drawing.chart_layout import lay_out_chart
from synthesis.drawing.flow_diagram import FlowBox, FlowDiagram, FlowLine, FlowStream, StreamStep
from synthesis.drawing.shapes import Circles, Layout, PlacedText, Polygon, Polyline, Segment
from synthesis.drawing.style import CONTOUR_FILLS, INK, MUTED, STUDY_FILL
from synthesis.report.drawn_charts import shown_chart, shown_flow
from synthesis.report.page_parts import ShownTable

CLIP = (10.0, 5.0, 90.0, 45.0)
CURVE = Chart(
    "A title",
    ((Panel(ChartAxis("dose", 0.0, 4.0), ChartAxis("effect", 0.0, 6.0), (ChartCurve(*np.ones((2, 2))),)),),),
    "told of τ",
    subtitle="Under it",
    footnotes=("tau2 is small",),
)
EMPTY = replace(
    lay_out_chart(CURVE, 300.0), width=100.0, height=50.0, texts=(), segments=(), polygons=(), paths=()
)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What a layout of these parts is inside its frame."""

    def draw(**parts: Any) -> tuple[str, str]:
        def laid_out(chart: Chart, width: float) -> Layout:
            return replace(EMPTY, **parts)

        monkeypatch.setattr("synthesis.report.drawn_charts.lay_out_chart", laid_out)
        found = re.fullmatch(
            r'<svg class="chart" viewBox="([^"]*)" role="img" aria-label="A title">(.*)</svg>',
            shown_chart(CURVE).svg,
        )
        assert found is not None
        return found[1], found[2]

    return draw


def text(words: str, x: float, baseline: float, face: Any = "regular", upright: bool = False) -> PlacedText:
    return PlacedText(words, x, baseline, 20.0, face, 10.0, INK, upright=upright)


def dots(edge: str, thickness: float, opacity: float = 1.0, clip: Any = CLIP) -> Circles:
    centres = ((1.0, 2.0), (1.56, 2.3), (4.0, 4.0))
    return Circles(centres, (2.0, 2.0, 1.0), STUDY_FILL, edge, thickness, opacity, clip)


def test_a_chart_is_as_wide_as_a_telephone_and_its_title_and_notes_are_not_drawn() -> None:
    table = ShownTable("t", "T", ("x",), (False,), ())
    found = shown_chart(CURVE, table)
    assert re.search(r'viewBox="0 [\d.]+ 360 [\d.]+"', found.svg)
    assert (found.description, found.notes, found.behind) == ("told of τ", ("Under it", "τ² is small"), table)
    words = re.findall(r"<text [^>]*>([^<]*)<", found.svg)
    assert {"dose", "effect"} <= {*words}
    assert not {"A title", "Under it", "tau2 is small", "τ² is small"} & {*words}


def test_a_flow_has_its_own_look_and_its_notes_stand_beside_it() -> None:
    box = FlowBox((FlowLine("Records"),))
    flow = FlowDiagram("Flow", (FlowStream("", (StreamStep(box),), None),), footnotes=("A note",))
    found = shown_flow(flow, "told", ShownTable("t", "T", ("x",), (False,), ()))
    assert found.svg.startswith('<svg class="chart flow" ')
    assert (found.description, found.notes) == ("told", ("A note",))
    assert ("A note" in found.svg, ">Flow<" in found.svg, "Records" in found.svg) == (False, False, True)


@pytest.mark.parametrize(
    ("parts", "frame"),
    [
        ({}, "0 0 100 50"),
        ({"texts": (text("x", 5.0, 20.0),)}, "0 8.4 100 41.6"),  # 20 − 0.76 × 10 − 4
        ({"texts": (text("x", 5.0, 20.0), text("y", 5.0, 5.0))}, "0 0 100 50"),
        ({"segments": (Segment((0.0, 14.0), (9.0, 30.0), 1.0, INK, "axis"),)}, "0 10 100 40"),
        (
            {"polygons": (Polygon(((1.0, 20.0), (9.0, 12.5), (9.0, 20.0)), INK, INK, 0.0, "area"),)},
            "0 8.5 100 41.5",
        ),
    ],
)
def test_the_frame_begins_four_points_above_what_is_drawn(
    parts: dict[str, Any], frame: str, drawn: Any
) -> None:
    assert drawn(**parts)[0] == frame


def test_lines_of_one_look_are_one_path_and_those_along_an_axis_are_told_shorter(drawn: Any) -> None:
    lines = (
        Segment((1.0, 2.0), (1.0, 9.0), 0.8, INK, "axis"),
        Segment((1.0, 9.0), (8.04, 9.0), 0.8, INK, "axis"),
        Segment((1.0, 2.0), (8.06, 9.0), 0.8, INK, "axis", dotted=True),
    )
    assert drawn(segments=(lines[0], lines[2], lines[1]))[1] == (
        '<path d="M1 2V9M1 9H8" stroke="var(--ink)" stroke-width="0.8"/>'
        '<path d="M1 2L8.1 9" stroke="var(--ink)" stroke-width="0.8" stroke-dasharray="1 2"/>'
    )


def test_shapes_stand_in_the_panel_that_cuts_them_or_in_the_whole(drawn: Any) -> None:
    corners = ((20.0, 10.0), (30.0, 10.0), (30.0, 20.0))
    inside = Polygon(corners, CONTOUR_FILLS[0], "#123456", 0.5, "area", clip=CLIP)
    whole = Polygon(corners, CONTOUR_FILLS[2], MUTED, 0.0, "area")
    assert drawn(polygons=(inside, whole))[1] == (
        '<svg x="10" y="5" width="80" height="40" viewBox="10 5 80 40">'
        '<path d="M20 10H30V20Z" fill="var(--shade1)" stroke="#123456" stroke-width="0.5"/></svg>'
        '<svg x="0" y="0" width="100" height="50" viewBox="0 0 100 50">'
        '<path d="M20 10H30V20Z" fill="var(--shade3)" stroke="var(--muted)" stroke-width="0"/></svg>'
    )


def panel(inside: str) -> str:
    return f'<svg x="10" y="5" width="80" height="40" viewBox="10 5 80 40">{inside}</svg>'


def test_neighbouring_lines_of_one_look_are_one_path_with_gaps_where_a_point_is_none(drawn: Any) -> None:
    gap = ((1.0, 1.0), (2.0, 3.0), (math.nan, 4.0), (5.0, math.nan), (6.0, 6.0), (7.0, 8.0))
    lines = (
        Polyline(gap, 1.0, INK, (), CLIP),
        Polyline(((3.0, 3.0), (4.0, 4.0)), 1.0, INK, (), CLIP),
        Polyline(((3.0, 3.0), (4.0, 4.0)), 1.0, INK, (3.0, 1.5), CLIP),
        Polyline(((1.0, 3.0), (4.0, 4.0)), 1.0, INK, (), (0.0, 0.0, 1.0, 1.0)),
    )
    assert drawn(paths=lines)[1].startswith(
        panel(
            '<path d="M1 1L2 3M6 6L7 8M3 3L4 4" stroke="var(--ink)" stroke-width="1"/>'
            '<path d="M3 3L4 4" stroke="var(--ink)" stroke-width="1" stroke-dasharray="3 1.5"/>'
        )
        + '<svg x="0"'
    )


def test_dots_of_one_size_are_one_path_of_round_ends_and_their_edge_another_below(drawn: Any) -> None:
    small, large = 'd="m4 4h.1"', 'd="m1 2h.1m0.5 0.3h.1"'  # told from the end of the dot before
    look = 'stroke-linecap="round"'
    fills = [
        f'<path {path} stroke="var(--study)" stroke-width="{across}" {look}/>'
        for path, across in ((small, 2), (large, 4))
    ]
    assert drawn(circles=(dots(STUDY_FILL, 0.5),))[1] == panel("".join(fills))
    assert drawn(circles=(dots(INK, 0.0),))[1] == panel("".join(fills))
    edges = [
        f'<path {path} stroke="var(--ink)" stroke-width="{across}" {look}/>'
        for path, across in ((small, 2.5), (large, 4.5))
    ]
    both = panel(edges[0] + fills[0] + edges[1] + fills[1])
    assert drawn(circles=(dots(INK, 0.5),))[1] == both
    faint = both.replace(look, f'{look} opacity="0.4"')
    assert drawn(circles=(dots(INK, 0.5, 0.4),))[1] == faint
    outside = drawn(circles=(dots(INK, 0.5), dots(INK, 0.5, clip=(0.0, 0.0, 1.0, 1.0))))[1]
    assert outside.startswith(both + '<svg x="0"')


def test_texts_of_one_face_stand_together_and_an_upright_one_is_turned(drawn: Any) -> None:
    texts = (
        text("plain", 5.0, 20.0),
        text("<b>", 5.0, 30.0, "bold"),
        text("up", 6.0, 40.0, upright=True),
        text("slant", 5.0, 30.0, "italic"),
    )
    assert drawn(texts=texts)[1] == (
        '<g fill="var(--ink)" font-size="10" font-weight="700"><text x="5" y="30">&lt;b&gt;</text></g>'
        '<g fill="var(--ink)" font-size="10" font-style="italic"><text x="5" y="30">slant</text></g>'
        '<g fill="var(--ink)" font-size="10"><text x="5" y="20">plain</text>'
        '<text x="6" y="40" transform="rotate(-90 6 40)">up</text></g>'
    )
