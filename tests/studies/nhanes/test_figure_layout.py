"""The figures of a protocol from curves and boxes made by hand: what is drawn where, and its words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import Any, cast

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from studies.nhanes.cohort import Cohort, load_cohort
from studies.nhanes.errors import NhanesError
from studies.nhanes.figures.curve_marks import spread
from studies.nhanes.figures.everybody import everybody_figure
from studies.nhanes.figures.fitted_curves import FigureWords, FittedCurve
from studies.nhanes.figures.flow import flow_figure, flow_of_persons
from studies.nhanes.figures.smooths import refuse_without_curves, step_count
from studies.nhanes.figures.strata import strata_figure
from studies.nhanes.models import Subgroup, subgroups
from studies.nhanes.protocol import Protocol, load_protocol
from studies.nhanes.protocol_parts import ProtocolExposure
from studies.survey import Curve, Smooth
from synthesis.drawing.canvas import DescribedFigure
from synthesis.drawing.style import CURVE, FAINT, MUTED, NULL_LINE, SECOND
from tests.studies.nhanes.artists import drawn, xs, ys
from tests.studies.nhanes.generated import write_survey
from tests.studies.nhanes.protocols import two_cycles

Array = NDArray[np.float64]
RACES = ("Mexican American", "Other Hispanic", "Non-Hispanic White", "Non-Hispanic Black", "A", "B")
OUTCOMES = ("thoracic-spine", "lumbar-spine")


@dataclass
class Hill:
    """A curve that rises to 1 at 14 g/dL and falls after it, plus its height; its band is 0.1 wide."""

    height: float = 0.0
    edf: float = 3.14

    def curve(self, at: Array) -> Curve:
        y = 1.0 + self.height - 0.01 * (at - 14.0) ** 2
        return Curve(at, y, np.full(len(y), 0.02), y - 0.04, y + 0.06)


def fitted(
    outcome: str, label: str, height: float = 0.0, stratum: str | None = None, low: float = 12.0
) -> FittedCurve:
    """Persons every 0.05 g/dL up to 17, the first and 99th percentile the second and the last but one of 101.

    Their outcome is a tenth of the exposure, and the k-th of them stands for k people.
    """
    exposure = np.linspace(low, 17.0, 101)
    smooth = cast(Smooth, Hill(height))
    weights = np.arange(1.0, 102.0)
    return FittedCurve(outcome, Subgroup(label, stratum), smooth, exposure, exposure / 10, weights)


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return load_protocol("spine")


@pytest.fixture(scope="module")
def everybody(protocol: Protocol) -> DescribedFigure:
    return everybody_figure(protocol, [fitted(outcome, "all") for outcome in OUTCOMES], 2)


@pytest.fixture(scope="module")
def by_sex(protocol: Protocol) -> DescribedFigure:
    curves = [
        fitted(outcome, label, height, "sex")
        for label, height in (("men", 0.2), ("women", 0.0))
        for outcome in OUTCOMES
    ]
    return strata_figure(protocol, "sex", curves, 3)


@pytest.fixture(scope="module")
def by_race(protocol: Protocol) -> DescribedFigure:
    """The second class begins at 13 g/dL."""
    curves = [
        fitted(outcome, label, 0.02 * place, "race", low=13.0 if place == 1 else 12.0)
        for place, label in enumerate(RACES)
        for outcome in OUTCOMES
    ]
    return strata_figure(protocol, "race", curves, 4)


def inches(axes: Axes) -> tuple[float, ...]:
    """Left, bottom, width and height."""
    assert isinstance(axes.figure, Figure)
    across, up = axes.figure.get_size_inches()
    left, bottom, width, height = axes.get_position().bounds
    return left * across, bottom * up, width * across, height * up


def all_text(figure: Figure) -> Iterator[tuple[str, Bbox]]:
    """Every text that is seen, with the pixels that it takes; of an annotation without its line."""
    renderer = drawn(figure)
    texts: list[Text] = list(figure.texts)
    for axes in figure.findobj(Axes):
        assert isinstance(axes, Axes)
        texts += [*axes.texts, axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label]  # type: ignore[attr-defined]
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            texts += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    for text in texts:
        if text.get_visible() and text.get_text():
            yield text.get_text(), Text.get_window_extent(text, renderer)


def tight(axes: Any, renderer: Any) -> Bbox:
    """All that belongs to a panel."""
    found = axes.get_tightbbox(renderer)
    assert isinstance(found, Bbox)
    return found


def above(text: Text, pixels: float) -> float:
    """How many points a text's anchor stands above a height, once it is drawn."""
    assert text.figure is not None
    anchored = text.get_transform().transform(text.get_position())[1]
    return float(anchored - pixels) * 72 / text.figure.dpi


def shapes(axes: Axes) -> list[PolyCollection]:
    return [each for each in axes.collections if isinstance(each, PolyCollection)]


def bands(axes: Axes) -> list[PolyCollection]:
    """Transparent shapes: bands, and not hexagons."""
    return [each for each in shapes(axes) if each.get_alpha() == 0.22]


def has_curve(axes: Axes, colour: str, ends: tuple[float, float], height: float = 0.0) -> None:
    """A curve of 240 places between two exposures, 1.5 points wide, on its band of the same colour."""
    (line,) = [each for each in axes.lines if (each.get_color(), each.get_linewidth()) == (colour, 1.5)]
    x, y = xs(line), ys(line)
    assert len(x) == 240
    assert_allclose((x[0], x[-1]), ends)
    assert_allclose(y, Hill(height).curve(x).estimate)
    (beneath,) = [
        each for each in bands(axes) if to_hex(np.asarray(each.get_facecolor())[0]).upper() == colour
    ]
    edge = beneath.get_paths()[0].get_extents()
    assert_allclose((edge.x0, edge.x1), ends)
    assert_allclose((edge.y0, edge.y1), (y.min() - 0.04, y.max() + 0.06))
    assert beneath.get_linewidth() == 0
    assert beneath.get_zorder() < line.get_zorder()


# Everybody.


def test_an_outcome_is_a_row_of_two_panels_of_one_size(everybody: DescribedFigure) -> None:
    assert_allclose(everybody.get_size_inches(), (7, 0.32 + 0.98 + 2 * 2.75 + 0.72))
    width = (7 - 0.6 - 0.1 - 0.62) / 2
    for row, pair in enumerate((everybody.axes[:2], everybody.axes[2:])):
        bottom = 0.98 + (2.75 + 0.72) * (1 - row)
        for column, axes in enumerate(pair):
            assert_allclose(inches(axes), (0.6 + column * (width + 0.62), bottom, width, 2.75))
    titles = [axes.get_title(loc="left") for axes in everybody.axes]
    assert titles == [
        "(a) Thoracic spine BMD, n = 101", "(b) The smooth, magnified",
        "(c) Lumbar spine BMD, n = 101", "(d) The smooth, magnified",
    ]  # fmt: skip
    assert {axes.get_xlabel() for axes in everybody.axes} == {"Hemoglobin (g/dL)"}
    assert everybody.axes[3].get_ylabel() == "Lumbar spine BMD (g/cm²)"


def hexagons(axes: Axes) -> PolyCollection:
    (found,) = [each for each in shapes(axes) if each.get_alpha() is None]
    return found


def columns_of(axes: Axes) -> Array:
    """Where the hexagons have their middles, each place once."""
    return np.unique(np.round(np.asarray(hexagons(axes).get_offsets())[:, 0], 6))


def test_hexagons_hold_all_people_and_the_darkest_is_named_in_the_key(everybody: DescribedFigure) -> None:
    axes = everybody.axes[0]
    people = np.asarray(hexagons(axes).get_array())
    assert people.sum() == pytest.approx(101 * 102 / 2)
    key = key_of(axes)
    assert key.get_title() == "people a hexagon"
    assert [label.get_text() for label in key.get_xticklabels()] == [
        "0",
        f"{float(f'{people.max():.2g}'):,.0f}",
    ]
    norm = hexagons(axes).norm
    assert (norm.vmin, norm.vmax) == (0.0, people.max())


def test_hexagons_are_cut_between_values_and_hold_equally_many_of_them(everybody: DescribedFigure) -> None:
    """Steps of 0.05 g/dL, 100 of them: at most 36 hexagons across makes four steps each, 0.2 g/dL."""
    values, centres = np.linspace(12.0, 17.0, 101), columns_of(everybody.axes[0])
    assert np.diff(centres).min() == pytest.approx(0.1, abs=1e-6)
    inner = [centre for centre in centres if 12.1 < centre < 16.9]
    assert len(inner) > 20
    for centre in inner:
        away = np.abs(values - centre)
        assert (away < 0.1 - 0.02).sum() == 4
        assert not np.isclose(away, 0.1).any()


@pytest.mark.parametrize(
    ("people", "says"),
    [(1.0, "1"), (48_400.0, "48,000"), (999_999.0, "1 million"), (1_530_000.0, "1.5 million")],
)
def test_people_in_the_key_have_two_digits(protocol: Protocol, people: float, says: str) -> None:
    curve = replace(fitted("lumbar-spine", "all"), weights=np.r_[people, np.zeros(100)])
    assert key_of(everybody_figure(protocol, [curve], 2).axes[0]).get_xticklabels()[1].get_text() == says


def key_of(axes: Axes) -> Axes:
    (key,) = axes.child_axes
    assert isinstance(key, Axes)
    return key


def test_the_key_ends_two_percent_before_its_panel_and_its_numbers_end_with_it(
    everybody: DescribedFigure,
) -> None:
    renderer = drawn(everybody)
    axes = everybody.axes[0]
    key = key_of(axes)
    panel, bar = axes.get_window_extent(), key.get_window_extent()
    places = [(bar.x0 - panel.x0) / panel.width, (bar.x1 - panel.x0) / panel.width]
    heights = [(bar.y0 - panel.y0) / panel.height, (bar.y1 - panel.y0) / panel.height]
    assert_allclose([*places, *heights], [0.62, 0.98, 0.93, 0.956], atol=1e-6)
    lowest, highest = (label.get_window_extent(renderer) for label in key.get_xticklabels())
    assert_allclose([lowest.x0, highest.x1], [bar.x0, bar.x1], atol=1)
    assert [label.get_fontsize() for label in key.get_xticklabels()] == [7, 7]
    assert (key.title.get_fontsize(), key.title.get_fontweight()) == (7, "normal")
    point = everybody.dpi / 72
    assert (bar.y0 - highest.y1) / point == pytest.approx(2 + 1, abs=0.05), "below the bar and its ticks"
    assert 0 < key.title.get_window_extent(renderer).y0 - bar.y1 < 4 * point, "above it"
    assert key.spines["outline"].get_linewidth() == 0.4
    assert above(key.title, bar.y1) == pytest.approx(2)
    for tick in key.xaxis.get_major_ticks():
        assert tick.tick1line.get_markersize() == 2


def test_few_people_are_seen_beside_many(everybody: DescribedFigure) -> None:
    """A quarter of the darkest number is half as dark; hexagons without people are not there."""
    people = hexagons(everybody.axes[0])
    numbers = np.asarray(people.get_array())
    shades = np.asarray(people.norm(numbers.max() * np.array([0.25, 1.0])))
    assert_allclose(shades, np.array([0.5, 1.0]))
    assert numbers.min() > 0
    assert_allclose(people.get_linewidth(), 0.1)


def test_an_exposure_without_steps_has_thirty_six_hexagons_across(protocol: Protocol) -> None:
    exposure = 12.0 + 5.0 * np.random.default_rng(1).random(1500)
    curve = replace(fitted("lumbar-spine", "all"), exposure=exposure, y=exposure / 10, weights=np.ones(1500))
    axes = everybody_figure(protocol, [curve], 2).axes[0]
    assert_allclose(np.diff(columns_of(axes)).min(), np.ptp(exposure) / 36 / 2, rtol=1e-4)


def test_hexagons_are_regular(protocol: Protocol) -> None:
    """Rows of regular ones are √3 of their width apart, every second one moved by half of it."""
    rng = np.random.default_rng(1)
    exposure, y = 12.0 + 5.0 * rng.random(4000), rng.random(4000)
    curve = replace(fitted("lumbar-spine", "all"), exposure=exposure, y=y, weights=np.ones(4000))
    axes = everybody_figure(protocol, [curve], 2).axes[0]
    _, _, width, height = inches(axes)
    places = np.asarray(hexagons(axes).get_offsets())
    across, up = (np.diff(np.unique(np.round(places[:, k], 6))).max() for k in (0, 1))
    wide, high = across * width / np.ptp(axes.get_xlim()), up * height / np.ptp(axes.get_ylim())
    assert high / wide == pytest.approx(np.sqrt(3), rel=0.1), "rows are whole numbers"


def test_the_band_is_seen_above_the_hexagons_by_its_edges(everybody: DescribedFigure) -> None:
    axes = everybody.axes[0]
    has_curve(axes, CURVE, (12.0, 17.0))
    edges = [line for line in axes.lines if line.get_linewidth() == 0.6]
    x = np.linspace(12.0, 17.0, 240)
    for line, away in zip(edges, (-0.04, 0.06), strict=True):
        assert line.get_color() == CURVE
        assert_allclose(ys(line), Hill().curve(x).estimate + away)
    above = [*edges, *bands(axes)]
    assert min(each.get_zorder() for each in above) > hexagons(axes).get_zorder()


def test_the_key_stands_above_everything_that_is_drawn(everybody: DescribedFigure) -> None:
    renderer = drawn(everybody)
    for axes in (everybody.axes[0], everybody.axes[2]):
        box, inside = tight(key_of(axes), renderer), axes.get_window_extent()
        assert inside.x0 < box.x0
        assert box.x1 <= inside.x1 + 1
        offsets = np.asarray(hexagons(axes).get_offsets())
        assert box.y0 > axes.transData.transform(offsets)[:, 1].max() + 5
        assert box.y1 <= inside.y1 + 1


def test_the_magnified_curve_stands_above_the_distribution_of_people(everybody: DescribedFigure) -> None:
    """The strip has 16 % of the height, its highest bar 90 % of that; bands begin above it."""
    axes = everybody.axes[1]
    has_curve(axes, CURVE, (12.05, 16.95))
    assert_allclose(axes.get_xlim(), (12.05, 16.95))
    lowest, highest = axes.get_ylim()
    low, high = 1 - 0.01 * 2.95**2 - 0.04, 1.06
    room = 0.05 * (high - low)
    assert highest == pytest.approx(high + room, rel=1e-5)
    assert (low - room - lowest) / (highest - lowest) == pytest.approx(0.16, rel=1e-3)
    (strip,) = [patch for patch in axes.patches if isinstance(patch, StepPatch)]
    tops, edges, _ = strip.get_data()
    assert strip.get_transform() == axes.get_xaxis_transform()
    assert_allclose(edges, 11.975 + 0.2 * np.arange(len(edges)))
    exposure, people = np.linspace(12.0, 17.0, 101), np.arange(1.0, 102.0)
    sums = np.array([people[(exposure > a) & (exposure < b)].sum() for a, b in pairwise(edges)])
    assert_allclose(tops, 0.144 * sums / sums.max())
    assert to_hex(strip.get_facecolor()).upper() == FAINT


def test_everybodys_figure_says_where_each_curve_begins_turns_and_ends(everybody: DescribedFigure) -> None:
    """1 − 0.01 (12.05 − 14)² = 0.962, then 1 at 14 g/dL, then 1 − 0.01 (16.95 − 14)² = 0.913."""
    assert everybody.name == "figure-2"
    assert everybody.title == (
        "Figure 2. Thoracic spine BMD and lumbar spine BMD along hemoglobin, adjusted for the 33 covariates"
        " of Model 3"
    )
    assert everybody.description.startswith(
        "Thoracic spine BMD: 101 participants with a smooth curve and its 95% band. From 0.962 (0.922 to"
        " 1.022) at 12.1 g/dL the curve rises to 1.000 (0.960 to 1.060) at 14.0 g/dL, then falls to 0.913"
        " (0.873 to 0.973) at 16.9 g/dL; effective degrees of freedom 3.1. Lumbar spine BMD: 101 "
    )


def test_a_title_names_few_covariates_and_no_model_without_any(protocol: Protocol) -> None:
    def adjusted(*covariates: str) -> FigureWords:
        model = protocol.models[-1].model_copy(update={"covariates": covariates})
        return FigureWords(protocol.model_copy(update={"models": (model,)}))

    assert adjusted().adjusted == "unadjusted"
    assert adjusted("age").adjusted == "adjusted for age"
    assert adjusted("age", "sex", "bmi").adjusted == "adjusted for age, sex and BMI"
    assert "covariates at their means" in adjusted("age").band
    assert "covariates" not in adjusted().band


# By two classes.


def test_two_outcomes_stand_beside_each_other(by_sex: DescribedFigure) -> None:
    assert_allclose(by_sex.get_size_inches(), (7, 0.33 + 0.85 + 2.35))
    width = (7 - 0.6 - 0.1 - 0.62) / 2
    for column, axes in enumerate(by_sex.axes):
        assert_allclose(inches(axes), (0.6 + column * (width + 0.62), 0.85, width, 2.35))
        has_curve(axes, CURVE, (12.05, 16.95), 0.2)
        has_curve(axes, SECOND, (12.05, 16.95))
    assert [axes.get_title(loc="left") for axes in by_sex.axes] == [
        "(a) Thoracic spine BMD",
        "(b) Lumbar spine BMD",
    ]
    assert [axes.get_ylabel() for axes in by_sex.axes] == [
        "Thoracic spine BMD (g/cm²)",
        "Lumbar spine BMD (g/cm²)",
    ]


def test_a_third_outcome_begins_a_row_and_one_alone_has_the_width(protocol: Protocol) -> None:
    described = protocol.outcomes["lumbar-spine"]
    more = protocol.model_copy(update={"outcomes": {name: described for name in ("a", "b", "c")}})
    curves = [
        fitted(outcome, label, 0.1 * (label == "men"), "sex")
        for outcome in "abc"
        for label in ("men", "women")
    ]
    figure = strata_figure(more, "sex", curves, 3)
    assert_allclose(figure.get_size_inches()[1], 0.33 + 0.85 + 2 * 2.35 + 0.75)
    first, second, third = (inches(axes) for axes in figure.axes)
    assert first[1] == second[1] == pytest.approx(third[1] + 2.35 + 0.75)
    assert third[0] == first[0]
    alone = strata_figure(protocol, "sex", curves_of(protocol, "lumbar-spine"), 3)
    assert inches(alone.axes[0])[2] == pytest.approx(7 - 0.6 - 0.1)


def curves_of(protocol: Protocol, outcome: str) -> list[FittedCurve]:
    assert outcome in protocol.outcomes
    return [fitted(outcome, label, height, "sex") for label, height in (("men", 0.2), ("women", 0.0))]


def test_above_and_below_the_bands_28_points_are_free_for_names(by_sex: DescribedFigure) -> None:
    drawn(by_sex)
    for axes in by_sex.axes:
        y = axes.transData.transform([(12.0, 1.26), (12.0, 1 - 0.01 * 2.95**2 - 0.04)])[:, 1]
        point, inside = by_sex.dpi / 72, axes.get_window_extent()
        assert_allclose([inside.y1 - y[0], y[1] - inside.y0], 28 * point, rtol=1e-4)


@pytest.mark.parametrize("heights", [(0.2, 0.0), (0.0, 0.2), (0.0, 0.0), (0.01, 0.0), (0.0, -2.0)])
def test_no_name_stands_on_a_band_or_leaves_its_panel(
    protocol: Protocol, heights: tuple[float, float]
) -> None:
    curves = [
        fitted("lumbar-spine", label, height, "sex")
        for label, height in zip(("men", "women"), heights, strict=True)
    ]
    figure = strata_figure(protocol, "sex", curves, 3)
    renderer = drawn(figure)
    (axes,) = figure.axes
    inside = axes.get_window_extent()
    names = {text.get_text(): text.get_window_extent(renderer) for text in axes.texts}
    assert list(names) == ["men\nn = 101", "women\nn = 101"]
    for box in names.values():
        assert inside.x0 <= box.x0
        assert box.x1 <= inside.x1
        assert inside.y0 <= box.y0
        assert box.y1 <= inside.y1
        for band in bands(axes):
            shape = axes.transData.transform_path(band.get_paths()[0])
            assert not shape.intersects_bbox(box, filled=True)
    men, women = names.values()
    assert (men.y0 > women.y1) == (heights[0] >= heights[1]), "the higher curve is named above"
    assert [to_hex(text.get_color()).upper() for text in axes.texts] == [CURVE, SECOND]


@pytest.mark.parametrize(
    ("low", "where"),
    [
        (12.0, [(1.95 / 4.9, "center"), (1.0, "right")]),  # 14 g/dL among 12.05 to 16.95
        (13.97, [(0.0, "left"), (1.0, "right")]),
        (11.0, [(2.94 / 5.88, "center"), (0.0, "left")]),  # 11.06 to 16.94: lowest at the left
    ],
)
def test_a_name_stands_where_its_curve_is_nearest_to_it(
    protocol: Protocol, low: float, where: list[tuple[float, str]]
) -> None:
    curves = [
        fitted("lumbar-spine", label, height, "sex", low) for label, height in (("men", 0.2), ("women", 0.0))
    ]
    (axes,) = strata_figure(protocol, "sex", curves, 3).axes
    names = [text for text in axes.texts if isinstance(text, Annotation)]
    found = [(text.xy[0], text.get_horizontalalignment()) for text in names]
    assert [side for _, side in found] == [side for _, side in where]
    margin = 0.05 / 1.1  # beyond the first and the last
    expected = [margin + share * (1 - 2 * margin) for share, _ in where]
    assert_allclose([x for x, _ in found], expected, atol=0.003)
    assert [(text.xy[1], text.xyann, text.get_verticalalignment()) for text in names] == [
        (1.0, (0, -2), "top"),
        (0.0, (0, 3), "bottom"),
    ]
    assert {text.get_fontweight() for text in names} == {"bold"}


# By more classes: a panel each.


def test_panels_of_six_classes_stand_in_two_rows_of_three_for_each_outcome(by_race: DescribedFigure) -> None:
    tall = 0.5 + 2 * 1.3 + 0.52
    height = 0.1 + 2 * tall + 0.62 + 0.85
    assert_allclose(by_race.get_size_inches(), (7, height))
    assert len(by_race.axes) == 12
    pitch = (7 - 0.6 - 0.1) / 3
    for number, axes in enumerate(by_race.axes):
        block, place = divmod(number, 6)
        top = height - 0.1 - block * (tall + 0.62) - 0.5 - (place // 3) * (1.3 + 0.52)
        assert_allclose(inches(axes), (0.6 + place % 3 * pitch, top - 1.3, pitch - 0.38, 1.3))
        assert axes.get_xlabel() == ("Hemoglobin (g/dL)" if place >= 3 else "")
    names = [text.get_text() for text in by_race.texts if text.get_color() != MUTED]
    assert names == [
        "(a) Thoracic spine BMD", "Thoracic spine BMD (g/cm²)",
        "(b) Lumbar spine BMD", "Lumbar spine BMD (g/cm²)",
    ]  # fmt: skip


def test_a_block_is_named_above_and_its_variable_beside_it(by_race: DescribedFigure) -> None:
    tall = 0.5 + 2 * 1.3 + 0.52
    height = 0.1 + 2 * tall + 0.62 + 0.85
    words = [text for text in by_race.texts if text.get_color() != MUTED]
    for block, (title, beside) in enumerate((words[:2], words[2:])):
        top = height - 0.1 - block * (tall + 0.62)
        assert_allclose(title.get_position(), (0.012, top / height))
        assert (title.get_fontsize(), title.get_fontweight(), title.get_verticalalignment()) == (
            9,
            "bold",
            "top",
        )
        assert_allclose(beside.get_position(), (0.012, (top - 0.5 - (tall - 0.5) / 2) / height))
        assert (beside.get_rotation(), beside.get_verticalalignment()) == (90, "center")


def test_only_the_first_panel_of_a_row_has_numbers_beside_it(by_race: DescribedFigure) -> None:
    drawn(by_race)
    for number, axes in enumerate(by_race.axes):
        seen = [tick.label1.get_visible() for tick in axes.yaxis.get_major_ticks()]
        assert set(seen) == {number % 3 == 0}
        assert 3 <= len(axes.get_xticks()) <= 7
        assert 3 <= len(axes.get_yticks()) <= 7
        assert axes._left_title.get_fontsize() == 7  # type: ignore[attr-defined]
        assert axes._left_title.get_fontweight() == "normal"  # type: ignore[attr-defined]


def test_nothing_of_one_panel_touches_another(by_race: DescribedFigure) -> None:
    renderer = drawn(by_race)
    boxes = [tight(axes, renderer) for axes in by_race.axes]
    touching = [(a, b) for a, b in combinations(range(12), 2) if boxes[a].overlaps(boxes[b])]
    assert touching == []


def test_a_panel_is_cut_to_the_data_of_its_class(by_race: DescribedFigure) -> None:
    for number, axes in enumerate(by_race.axes):
        low = 13.04 if number % 6 == 1 else 12.05
        high = 16.96 if number % 6 == 1 else 16.95
        assert_allclose(axes.get_xlim(), (low, high))
        has_curve(axes, CURVE, (low, high), 0.02 * (number % 6))
        others = [line for line in axes.lines if line.get_color() == NULL_LINE]
        assert len(others) == 5
        for line in others:
            assert line.get_linewidth() == 0.7
            assert xs(line).min() >= low - 1e-9
            assert xs(line).max() <= high + 1e-9
        assert len({axes.get_ylim() for axes in by_race.axes[:6]}) == 1
    low, high = 1 - 0.01 * 2.95**2 - 0.04, 1.1 + 0.06
    room = 0.05 * (high - low)
    assert_allclose(by_race.axes[0].get_ylim(), (low - room, high + room), rtol=1e-4)


def test_each_grey_line_has_the_number_of_its_own_panel_beside_it(by_race: DescribedFigure) -> None:
    renderer = drawn(by_race)
    point = by_race.dpi / 72
    for number, axes in enumerate(by_race.axes):
        place = number % 6
        title = axes.get_title(loc="left").splitlines()
        assert title == [f"{place + 1}  {RACES[place]}", "n = 101"]
        labels = {text.get_text(): text for text in axes.texts}
        assert sorted(labels) == [str(other + 1) for other in range(6) if other != place]
        right = axes.get_window_extent().x1
        name = cast(Any, axes)._left_title
        assert above(name, axes.get_window_extent().y1) == pytest.approx(4)
        for other, text in labels.items():
            assert isinstance(text, Annotation)
            assert text.arrow_patch is not None
            assert text.arrow_patch.get_linewidth() == 0.4
            assert (text.get_fontsize(), text.get_color()) == (7, MUTED)
            assert text.xyann[0] == pytest.approx(
                axes.transData.inverted().transform((right + 8 * point, 0))[0]
            )
            box = Text.get_window_extent(text, renderer)
            assert box.x0 >= right + 7 * point, "beside the panel, where no band is"
            x, y = text.xy
            assert y == pytest.approx(float(Hill(0.02 * (int(other) - 1)).curve(np.array([x])).estimate[0]))
        middles = sorted(axes.transData.transform((0, text.get_position()[1]))[1] for text in labels.values())
        apart = np.diff(middles) / point
        assert apart.min() >= 8 - 0.01
        assert np.isclose(apart, 8, atol=0.01).sum() >= 2, "no further apart than they must be"


def test_numbers_move_no_further_than_they_must() -> None:
    """Three at 0, 1 and 10 that need 8 each: deviations 0, -7 and -6 from ranks share their mean, -13/3."""
    assert spread([0.0, 20.0, 40.0], 8.0) == [0.0, 20.0, 40.0]
    assert_allclose(spread([1.0, 0.0], 8.0), [4.5, -3.5])
    assert_allclose(spread([10.0, 0.0, 1.0], 8.0), [16 - 13 / 3, -13 / 3, 8 - 13 / 3])
    assert spread([], 8.0) == []


def test_the_figures_by_group_say_every_curve(by_sex: DescribedFigure, by_race: DescribedFigure) -> None:
    assert (by_sex.name, by_race.name) == ("figure-3", "figure-4")
    assert by_sex.title == (
        "Figure 3. Thoracic spine BMD and lumbar spine BMD along hemoglobin by sex, adjusted for the 33"
        " covariates of Model 3"
    )
    assert by_race.title.startswith("Figure 4. ")
    assert " by race, " in by_race.title
    assert by_sex.description.startswith(
        "Smooth curves with 95% bands, by sex. Thoracic spine BMD, men (n = 101): "
    )
    assert by_sex.description.count("; effective degrees of freedom 3.1.") == 4
    assert by_race.description.count("; effective degrees of freedom 3.1.") == 12


@pytest.mark.parametrize("name", ["everybody", "by_sex", "by_race"])
def test_small_print_stands_at_the_foot_and_no_text_on_another(
    name: str, request: pytest.FixtureRequest
) -> None:
    figure: DescribedFigure = request.getfixturevalue(name)
    height = figure.get_size_inches()[1] * 72
    small = [text for text in figure.texts if text.get_color() == MUTED]
    assert_allclose(
        [text.get_position() for text in small],
        [(6 / 504, (6 + 10 * line) / height) for line in range(len(small))],
    )
    words = " ".join(text.get_text() for text in reversed(small))
    assert "pointwise 95% band" in words
    assert "rom the 1st to the 99th percentile of hemoglobin" in words
    renderer = drawn(figure)
    across = figure.bbox.x1 - 6 * figure.dpi / 72
    assert all(text.get_window_extent(renderer).x1 <= across + 1 for text in small)
    seen = [(words, box) for words, box in all_text(figure) if box.width > 0]
    assert len(seen) > 20
    for (first, one), (second, other) in combinations(seen, 2):
        assert not one.shrunk(0.9, 0.6).overlaps(other), (first, second)
    for words, box in seen:
        assert box.x0 >= 0, words
        assert box.x1 <= figure.bbox.x1, words
        assert box.y0 >= 0, words
        assert box.y1 <= figure.bbox.y1, words


def test_an_outcome_in_classes_has_no_curve_and_is_refused(protocol: Protocol) -> None:
    refuse_without_curves(protocol)
    outcome = protocol.outcomes["lumbar-spine"].model_copy(update={"variable": "smoking"})
    for changed in ({"exposed": ProtocolExposure(variable="sex")}, {"outcomes": {"lumbar-spine": outcome}}):
        with pytest.raises(NhanesError, match=r": '(sex|smoking)' is in classes; figures are of"):
            refuse_without_curves(protocol.model_copy(update=changed))


# Figure 1.


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    data = write_survey(tmp_path_factory.mktemp("survey"), persons=300)
    return load_cohort(two_cycles(tmp_path_factory.mktemp("protocol")), data)


@pytest.fixture(scope="module")
def flow(cohort: Cohort) -> DescribedFigure:
    return flow_figure(cohort)


def test_the_steps_are_the_flow_and_each_subgroup(cohort: Cohort) -> None:
    assert step_count(cohort) == 1 + len(subgroups(cohort)) == 1 + 1 + 2 + 6


def test_who_is_excluded_stands_beside_the_line_from_box_to_box(cohort: Cohort) -> None:
    """And who is analysed stands out."""
    (stream,) = flow_of_persons(cohort).streams
    assert stream.end is None
    assert len(stream.steps) == 9
    for number, step in enumerate(stream.steps):
        if number % 2:
            (box,) = step.leaving
            assert (step.box, box.look) == (None, "leaving")
            excluded = cohort.steps[number // 2].excluded
            assert box.lines[0].text.startswith(f"{excluded:,} ")
            assert {line.indent for line in box.lines[1:]} <= {1}
        else:
            assert step.box is not None
            assert (step.leaving, step.box.look) == ((), "last" if number == 8 else "step")
            assert {line.indent for line in step.box.lines} == {0}
    assert len(stream.steps[7].leaving[0].lines) > 1, "answers about cancer"


def test_the_flow_is_said_in_sentences(flow: DescribedFigure, cohort: Cohort) -> None:
    hemoglobin, cancer = cohort.steps[0], cohort.steps[-1]
    men = int((cohort.members["RIAGENDR"] == 1).sum())
    left = [step.n_left for step in cohort.steps]
    gone = cohort.excluded_at(cancer.name)
    young = int((gone["RIDAGEYR"] < 20).sum())
    unasked = int(gone["MCQ220"].isna().sum())
    assert flow.description.startswith(
        "Flow diagram. 600 participants of NHANES 2013–2016. "
        f"Leaving: {hemoglobin.excluded} without hemoglobin. {left[0]} left. Leaving: "
    )
    assert f" Leaving: {cancer.excluded} without a “no” to cancer or malignancy: " in flow.description
    assert f"{int((gone['MCQ220'] == 1).sum())} said yes" in flow.description
    if unasked:
        assert f"{unasked} not asked or not answered" in flow.description
    assert "under 20" in flow.description or young == 0
    assert flow.description.endswith(f". {cohort.n} analysed ({men} men, {cohort.n - men} women).")
    assert flow.name == "figure-1"


def test_the_flow_is_narrower_than_a_page(flow: DescribedFigure) -> None:
    assert flow.get_size_inches()[0] * 72 == pytest.approx(440)
