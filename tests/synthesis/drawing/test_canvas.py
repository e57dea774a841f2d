"""From shapes to matplotlib's objects: ink, places, and what lies above what."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import EllipseCollection, LineCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from synthesis.drawing.canvas import draw
from synthesis.drawing.fonts import Fonts
from synthesis.drawing.shapes import Circles, Layout, PlacedText, Polygon, Polyline, Role, Segment
from synthesis.drawing.style import BAND_OPACITY, CURVE_WIDTH, INCHES_WIDE, SETTINGS

TRIANGLE = ((10.0, 20.0), (30.0, 20.0), (30.0, 50.0))
FRAME = (5.0, 10.0, 60.0, 80.0)


def segment(role: Role, dotted: bool = False, thickness: float = 0.8, colour: str = "#112233") -> Segment:
    return Segment((10.0, 20.0), (40.0, 20.0), thickness, colour, role, dotted=dotted)


def polygon(role: Role, clipped: bool = False, fill: str = "#445566") -> Polygon:
    return Polygon(TRIANGLE, fill, "#778899", 0.7, role, clip=FRAME if clipped else None)


def circles(colour: str = "#AABBCC") -> Circles:
    return Circles(((20.0, 30.0), (50.0, 70.0)), (2.0, 5.0), colour, "#010203", 0.5, 0.4, FRAME)


def disc(x: float) -> Circles:
    return Circles(((x, 30.0),), (6.0,), "#000000", "#000000", 0.0, 1.0, FRAME)


PATH = Polyline(((10.0, 20.0), (30.0, 60.0)), 1.7, "#DDEEFF", (), FRAME)
TEXT = PlacedText("words", 12.0, 40.0, 30.0, "bold", 9.0, "#0A0B0C")
PAGE = Layout(
    width=144.0,
    height=90.0,
    fonts=Fonts(),
    texts=(TEXT,),
    segments=tuple(segment(role) for role in ("axis", "interval")),
    polygons=tuple(polygon(role) for role in ("area", "marker", "diamond")),
    paths=(PATH,),
    circles=(circles(), circles("#CCBBAA")),
)


def page(**parts: object) -> Layout:
    empty = {"texts": (), "segments": (), "polygons": (), "paths": (), "circles": ()}
    return Layout(width=144.0, height=90.0, fonts=Fonts(), **{**empty, **parts})  # type: ignore[arg-type]


def artists(layout: Layout, kind: Any = object) -> list[Any]:
    """All of a kind but the figure's own background, from back to front."""
    figure = draw(layout, "T", "D")
    found = [each for each in figure.get_children() if each is not figure.patch and isinstance(each, kind)]
    return sorted(found, key=lambda artist: artist.get_zorder())


def test_the_figure_has_the_page_s_size_and_words() -> None:
    figure = draw(PAGE, "Title", "What it shows")
    assert figure.get_size_inches() == pytest.approx([2.0, 1.25])
    assert (figure.title, figure.description, figure.fonts) == ("Title", "What it shows", Fonts())
    assert to_hex(figure.get_facecolor()) == "#ffffff"


def test_words_lie_above_summaries_above_dots_and_intervals_above_curves_above_squares_above_axes() -> None:
    kinds = [
        type(artist).__bases__[0] if isinstance(artist, Text) else type(artist) for artist in artists(PAGE)
    ]
    assert kinds == [
        PolyCollection,
        LineCollection,
        PolyCollection,
        Line2D,
        LineCollection,
        EllipseCollection,
        EllipseCollection,
        PolyCollection,
        Text,
    ]
    heights = [artist.get_zorder() for artist in artists(PAGE)]
    assert heights[:5] == sorted(set(heights[:5]))
    assert heights[4] <= heights[5] < heights[6] < heights[7] < heights[8]


def test_later_dots_lie_above_earlier_ones_and_below_words_however_many() -> None:
    many = page(circles=tuple(circles() for _ in range(50)), polygons=(polygon("diamond"),))
    heights = [artist.get_zorder() for artist in artists(many, EllipseCollection)]
    assert heights == sorted(set(heights))
    assert isinstance(artists(many)[-1], PolyCollection)


@pytest.mark.parametrize("role", ["interval", "point", "prediction"])
def test_intervals_points_and_predictions_lie_in_front_of_squares(role: Role) -> None:
    front = page(segments=(segment(role),), polygons=(polygon("marker"),))
    back = page(segments=(segment("pooled"),), polygons=(polygon("marker"),))
    assert isinstance(artists(front)[-1], LineCollection)
    assert isinstance(artists(back)[-1], PolyCollection)


def test_lines_keep_thickness_colour_and_dots() -> None:
    parts = (segment("axis"), segment("rule", thickness=0.4, colour="#998877"), segment("null", dotted=True))
    plain, dotted = sorted(
        artists(page(segments=parts), LineCollection),
        key=lambda lines: -len(lines.get_segments()),
    )
    assert list(plain.get_linewidths()) == [0.8, 0.4]
    assert [to_hex(colour) for colour in plain.get_colors()] == ["#112233", "#998877"]
    assert {pattern for _, pattern in plain.get_linestyle()} == {None}
    assert [pattern for _, pattern in dotted.get_linestyle()] == [[0.8, 1.6]], "one and two thicknesses"
    assert plain.get_capstyle() == "butt"


def test_shapes_keep_their_ink_and_are_cut_at_their_frame() -> None:
    whole, cut = (
        artists(page(polygons=(polygon("area", clipped, "#123456"),)))[0] for clipped in (False, True)
    )
    for shapes in (whole, cut):
        assert [to_hex(colour) for colour in shapes.get_facecolor()] == ["#123456"]
        assert [to_hex(colour) for colour in shapes.get_edgecolor()] == ["#778899"]
        assert list(shapes.get_linewidths()) == [0.7]
        assert shapes.get_joinstyle() == "miter"
    assert whole.get_clip_box() is None
    box = cut.get_clip_box()
    assert box is not None
    figure = cut.get_figure(root=True)
    assert figure is not None
    x, y = np.array(box.extents).reshape(2, 2).T / figure.dpi * 72.0
    assert sorted(x) == pytest.approx([5.0, 60.0])
    assert sorted(y) == pytest.approx([90.0 - 80.0, 90.0 - 10.0]), "from below, in points"


def test_circles_have_twice_their_radius_in_points() -> None:
    [found] = artists(page(circles=(circles(),)), EllipseCollection)
    assert list(found.get_widths()) == list(found.get_heights()) == pytest.approx([4.0, 10.0])
    assert found.get_alpha() == 0.4
    assert list(found.get_linewidths()) == [0.5]
    assert to_hex(found.get_facecolor()[0]) == "#aabbcc"
    assert to_hex(found.get_edgecolor()[0]) == "#010203"


@pytest.mark.parametrize("dashes", [(), (4.0, 2.5)])
def test_curves_keep_thickness_colour_and_dashes(dashes: tuple[float, ...]) -> None:
    path = Polyline(PATH.points, 1.7, "#DDEEFF", dashes, FRAME)
    [line] = artists(page(paths=(path,)), Line2D)
    assert line.get_xydata() == pytest.approx(np.array(PATH.points))
    assert (line.get_linewidth(), line.get_color()) == (1.7, "#DDEEFF")
    assert line.is_dashed() == bool(dashes)


def pixels(layout: Layout) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """Four to a point."""
    with matplotlib.rc_context(SETTINGS):
        figure = draw(layout, "T", "D")
        figure.dpi = 288
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[:, :, :3]


def inked(layout: Layout) -> list[float]:
    """Left, top, right and bottom in points of what is not white."""
    rows, columns = np.nonzero((pixels(layout) < 250).any(axis=2))
    return [columns.min() / 4, rows.min() / 4, (columns.max() + 1) / 4, (rows.max() + 1) / 4]


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        (page(segments=(segment("axis", thickness=2.0),)), (10.0, 19.0, 40.0, 21.0)),
        (page(polygons=(Polygon(TRIANGLE, "#000000", "#000000", 0.0, "area"),)), (10.0, 20.0, 30.0, 50.0)),
        (
            page(circles=(disc(20.0),)),
            (14.0, 24.0, 26.0, 36.0),
        ),
        (
            page(circles=(disc(58.0),)),
            (52.0, 24.0, 60.0, 36.0),
        ),
        (
            page(paths=(Polyline(((0.0, 40.0), (99.0, 40.0)), 4.0, "#000000", (), FRAME),)),
            (5.0, 38.0, 60.0, 42.0),
        ),
    ],
)
def test_ink_is_where_the_layout_puts_it_and_nowhere_beyond_its_frame(
    layout: Layout, expected: tuple[float, float, float, float]
) -> None:
    assert inked(layout) == pytest.approx(expected, abs=0.3)


def test_words_start_at_their_place_and_stand_on_their_base_line() -> None:
    left, top, right, bottom = inked(
        page(texts=(PlacedText("Hxi", 12.0, 40.0, 30.0, "bold", 20.0, "#000000"),))
    )
    assert 12.0 < left < 15.0
    assert bottom == pytest.approx(40.0, abs=0.3)
    assert top == pytest.approx(40.0 - 0.73 * 20.0, abs=0.6)
    assert 40.0 < right < 60.0
    [text] = artists(PAGE, Text)
    assert (text.get_text(), text.get_color(), text.get_fontsize()) == ("words", "#0A0B0C", 9.0)
    assert (text.get_weight(), text.get_style(), text.get_family()) == ("bold", "normal", ["Liberation Sans"])


def test_no_text_is_taken_for_a_formula() -> None:
    formula = PlacedText("$x_1^2$", 0.0, 9.0, 9.0, "italic", 8.0, "#000000")
    [text] = artists(page(texts=(formula,)), Text)
    assert (text.get_parse_math(), text.get_usetex(), text.get_style()) == (False, False, "italic")


# The house style of figures with axes of matplotlib's own.


def test_figures_of_matplotlib_s_own_axes_have_the_house_style() -> None:
    with matplotlib.rc_context(SETTINGS):
        axes: Any = Figure().add_subplot()
        axes.set_title("T")
        axes.set_xlabel("x")
        axes.plot([0.0, 1.0], [-1.0, 1.0])
        axes.figure.canvas.draw()
        labels = [label.get_text() for label in axes.get_yticklabels()]
        spines = {name: spine.get_visible() for name, spine in axes.spines.items()}
        assert spines == {"left": True, "bottom": True, "top": False, "right": False}
        assert {spine.get_linewidth() for spine in axes.spines.values()} == {0.6}
        assert (axes.title.get_fontsize(), axes.title.get_weight()) == (9.0, "bold")
        assert axes.xaxis.label.get_fontsize() == 8.0
        for axis in (axes.xaxis, axes.yaxis):
            tick = axis.get_major_ticks()[0]
            assert tick.label1.get_fontsize() == 7.0
            assert (tick.tick1line.get_markersize(), tick.tick1line.get_markeredgewidth()) == (3.0, 0.6)
        assert axes.text(0.0, 0.0, "plain").get_fontsize() == 8.0
        assert any(label.startswith("−") for label in labels), "a true minus sign"
        assert not axes.title.get_usetex()


def test_files_have_whole_paths_and_fonts_as_truetype() -> None:
    with matplotlib.rc_context(SETTINGS):
        found = matplotlib.rcParams
        assert (found["pdf.fonttype"], found["pdf.compression"]) == (42, 6)
        assert found["path.simplify"] is False


def test_pages_are_seven_inches_wide_and_bands_let_their_curves_show() -> None:
    assert INCHES_WIDE == 7.0
    assert (BAND_OPACITY, CURVE_WIDTH) == (0.22, 1.5)


@pytest.mark.parametrize("role", ["diamond", "prediction", "arrow"])
def test_summaries_predictions_and_arrows_lie_between_intervals_and_words(role: Role) -> None:
    found = artists(page(segments=(segment("interval"),), polygons=(polygon(role),), texts=(TEXT,)))
    assert all(map(isinstance, found, (LineCollection, PolyCollection, Text)))
    assert len(found) == 3


def test_a_page_is_white_and_its_lines_are_whole_whatever_a_user_s_settings_say() -> None:
    line = Segment((10.0, 20.0), (40.0, 20.0), 0.8, "#112233", "interval")
    with matplotlib.rc_context({"figure.facecolor": "red", "lines.linestyle": ":"}):
        figure = draw(page(segments=(line,)), "Title", "Says.")
    assert to_hex(figure.get_facecolor()) == "#ffffff"
    [lines] = [each for each in figure.findobj(LineCollection)]
    [(_, dashes)] = list[Any](lines.get_linestyle())
    assert dashes is None
