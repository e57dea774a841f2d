"""Figures 1 to 5 from curves and boxes made by hand: what is drawn where, in what order, and its words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from studies.nhanes.cohort import Cohort, load_cohort
from studies.nhanes.figures.flow import flow_boxes, flow_figure
from studies.nhanes.figures.smooths import FittedCurve, race_figure, scatter_figure, sex_figure, step_count
from studies.nhanes.models import Subgroup
from studies.nhanes.protocol import Protocol, load_protocol
from studies.survey import Curve, Smooth
from synthesis.drawing.canvas import DescribedFigure
from synthesis.drawing.style import BOX_FILL, CURVE, FAINT, INK, MUTED, POINTS, SECOND
from tests.studies.nhanes.artists import xs, ys
from tests.studies.nhanes.generated import write_survey
from tests.studies.nhanes.protocols import two_cycles

Array = NDArray[np.float64]
RACES = ("Mexican American", "Other Hispanic", "Non-Hispanic White", "Non-Hispanic Black")


@dataclass
class Hill:
    """A curve that rises to 1 at 14 g/dL and falls after it, plus its height; its band is 0.1 wide."""

    height: float = 0.0
    edf: float = 3.14

    def curve(self, at: Array) -> Curve:
        y = 1.0 + self.height - 0.01 * (at - 14.0) ** 2
        return Curve(at, y, np.full(len(y), 0.02), y - 0.04, y + 0.06)


def fitted(outcome: str, label: str, height: float = 0.0, stratum: str | None = None) -> FittedCurve:
    """101 persons from 12 to 17 g/dL: the first and 99th percentile are the second and the last but one."""
    exposure = np.linspace(12.0, 17.0, 101)
    smooth = cast(Smooth, Hill(height))
    return FittedCurve(outcome, Subgroup(label, stratum), smooth, exposure, exposure / 10)


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return load_protocol("spine")


@pytest.fixture(scope="module")
def scatter(protocol: Protocol) -> DescribedFigure:
    return scatter_figure(protocol, fitted("lumbar-spine", "all"), 3)


@pytest.fixture(scope="module")
def by_sex(protocol: Protocol) -> DescribedFigure:
    curves = [
        fitted(outcome, label, height, "sex")
        for label, height in (("men", 0.2), ("women", 0.0))
        for outcome in protocol.outcomes
    ]
    return sex_figure(protocol, curves, 4)


@pytest.fixture(scope="module")
def by_race(protocol: Protocol) -> DescribedFigure:
    curves = [
        fitted(outcome, label, 0.1 * place, "race")
        for place, label in enumerate(RACES)
        for outcome in protocol.outcomes
    ]
    # six panels a block, as the survey has six classes
    more = [fitted(o, f"more {n}", 1.0, "race") for n in range(2) for o in protocol.outcomes]
    return race_figure(protocol, [*curves, *more], 5)


def band(axes: Axes, at: int = 0) -> PolyCollection:
    found = axes.collections[at]
    assert isinstance(found, PolyCollection)
    return found


def has_curve(axes: Axes, line: int, colour: str, ends: tuple[float, float], height: float = 0.0) -> None:
    """A curve of 240 places between two exposures, 1.5 points wide, on its band of the same colour."""
    drawn = axes.lines[line]
    x, y = xs(drawn), ys(drawn)
    assert len(x) == 240
    assert_allclose((x[0], x[-1]), ends)
    assert_allclose(y, Hill(height).curve(x).estimate)
    assert (drawn.get_color(), drawn.get_linewidth()) == (colour, 1.5)
    of_colour = [
        each for each in axes.collections if to_hex(np.asarray(each.get_facecolor())[0]).upper() == colour
    ]
    (beneath,) = of_colour
    edge = beneath.get_paths()[0].get_extents()
    assert_allclose((edge.x0, edge.x1), ends)
    assert_allclose((edge.y0, edge.y1), (y.min() - 0.04, y.max() + 0.06))
    assert (beneath.get_alpha(), beneath.get_linewidth()) == (0.22, 0)
    assert beneath.get_zorder() < drawn.get_zorder()


def test_everybody_is_a_point_below_the_whole_curve_and_beside_it_98_per_cent_are_magnified(
    scatter: DescribedFigure,
) -> None:
    everybody, close = scatter.axes
    points = everybody.lines[0]
    assert_allclose(ys(points), xs(points) / 10)
    assert (points.get_marker(), points.get_linestyle(), points.get_color()) == ("o", "None", POINTS)
    assert (points.get_markersize(), points.get_markeredgewidth(), points.get_alpha()) == (1.6, 0, 0.3)
    assert points.get_rasterized() is True, "thousands of points stay quick to open"
    assert band(everybody).get_zorder() >= points.get_zorder()
    has_curve(everybody, 1, CURVE, (12.0, 17.0))
    has_curve(close, 0, CURVE, (12.05, 16.95))
    assert len(everybody.lines) == 2
    assert len(close.lines) == 1
    assert everybody.get_title(loc="left") == "(a) 101 participants"
    assert close.get_title(loc="left") == "(b) The smooth, magnified"
    for axes in (everybody, close):
        assert axes.get_xlabel() == "Hemoglobin (g/dL)"
        assert axes.get_ylabel() == "Lumbar spine BMD (g/cm²)"


@pytest.mark.parametrize(
    ("name", "height", "bottom"), [("scatter", 3.5, 0.25), ("by_sex", 3.3, 0.235)]
)  # fmt: skip
def test_two_panels_share_seven_inches(
    name: str, height: float, bottom: float, request: pytest.FixtureRequest
) -> None:
    """From 7.5 % to 98.5 % of the width; between them 0.24 of a panel."""
    figure: DescribedFigure = request.getfixturevalue(name)
    assert_allclose(figure.get_size_inches(), (7, height))
    left, right = (axes.get_position() for axes in figure.axes)
    width = (0.985 - 0.075) / 2.24
    assert_allclose((left.x0, left.x1, right.x0, right.x1), (0.075, 0.075 + width, 0.985 - width, 0.985))
    assert_allclose((left.y0, left.y1, right.y0, right.y1), (bottom, 0.9, bottom, 0.9))


@pytest.mark.parametrize(("name", "height"), [("scatter", 3.5), ("by_sex", 3.3), ("by_race", 8.6)])
def test_small_print_stands_six_and_sixteen_points_above_the_foot(
    name: str, height: float, request: pytest.FixtureRequest
) -> None:
    figure: DescribedFigure = request.getfixturevalue(name)
    lower, upper = [text for text in figure.texts if text.get_color() == MUTED]
    assert_allclose(lower.get_position(), (0.012, 6 / 72 / height))
    assert_allclose(upper.get_position(), (0.012, 16 / 72 / height))
    assert lower.get_fontsize() == upper.get_fontsize() == 7
    assert "1st to the 99th percentile of hemoglobin" in lower.get_text()
    assert "pointwise 95% band" in upper.get_text()


def test_the_scatter_says_where_the_curve_begins_turns_and_ends(scatter: DescribedFigure) -> None:
    """1 − 0.01 (12.05 − 14)² = 0.962, then 1 at 14 g/dL, then 1 − 0.01 (16.95 − 14)² = 0.913."""
    assert scatter.name == "figure-3"
    assert scatter.title == (
        "Figure 3. Lumbar spine BMD along hemoglobin, adjusted for all covariates of the full model"
    )
    assert scatter.description == (
        "Scatter plot of 101 participants with a smooth curve and its 95% band. From 0.962 (0.922 to 1.022)"
        " at 12.1 g/dL the curve rises to 1.000 (0.960 to 1.060) at 14.0 g/dL, then falls to 0.913 (0.873 to"
        " 0.973) at 16.9 g/dL; effective degrees of freedom 3.1."
    )


def test_each_sex_has_its_curve_with_its_name_above_the_band(by_sex: DescribedFigure) -> None:
    assert [axes.get_title(loc="left") for axes in by_sex.axes] == [
        "(a) Thoracic spine BMD", "(b) Lumbar spine BMD",
    ]  # fmt: skip
    assert [axes.get_ylabel() for axes in by_sex.axes] == [
        "Thoracic spine BMD (g/cm²)",
        "Lumbar spine BMD (g/cm²)",
    ]
    for axes in by_sex.axes:
        assert axes.get_xlabel() == "Hemoglobin (g/dL)"
        has_curve(axes, 0, CURVE, (12.05, 16.95), 0.2)
        has_curve(axes, 1, SECOND, (12.05, 16.95))
        low, high = 0.91298 - 0.04, 1.2 + 0.06
        margin = 0.18 * (high - low)
        assert_allclose(axes.get_ylim(), (low - margin, high + margin), rtol=1e-4)
        first, second = axes.texts
        assert (first.get_text(), second.get_text()) == ("men\nn = 101", "women\nn = 101")
        # The last third of the curve is highest at its beginning, the first third at its end.
        (x, y), (other_x, other_y) = (cast(tuple[float, float], text.xy) for text in (first, second))  # type: ignore[attr-defined]
        step = (16.95 - 12.05) / 239
        assert x == pytest.approx(16.95)
        assert y == pytest.approx(1.26 - 0.01 * (16.95 - 79 * step - 14) ** 2)
        assert other_x == pytest.approx(12.05)
        assert other_y == pytest.approx(1.06 - 0.01 * (12.05 + 79 * step - 14) ** 2)
        for text, place, colour in ((first, "right", CURVE), (second, "left", SECOND)):
            assert (text.get_horizontalalignment(), text.get_verticalalignment(), text.get_color()) == (
                place,
                "bottom",
                colour,
            )
            assert text.get_position() == (0, 3), "points above the band"
            assert (text.get_fontweight(), text._linespacing) == ("bold", 1.15)  # type: ignore[attr-defined]


def test_the_figures_by_group_say_every_curve(by_sex: DescribedFigure, by_race: DescribedFigure) -> None:
    assert (by_sex.name, by_race.name) == ("figure-4", "figure-5")
    assert by_sex.title == (
        "Figure 4. Thoracic spine BMD and lumbar spine BMD along hemoglobin by sex, adjusted for all"
        " covariates of the full model"
    )
    assert by_race.title.startswith("Figure 5. ")
    assert " by race, " in by_race.title
    assert by_sex.description.count("Thoracic spine BMD, men (n = 101): From 1.162 ") == 1
    assert by_sex.description.count("; effective degrees of freedom 3.1.") == 4
    assert by_race.description.count("; effective degrees of freedom 3.1.") == 12


def test_each_race_stands_before_the_other_curves_in_grey(by_race: DescribedFigure) -> None:
    assert_allclose(by_race.get_size_inches(), (7, 8.6))
    assert len(by_race.axes) == 12
    for number, axes in enumerate(by_race.axes[:4]):
        assert axes.get_title(loc="left") == RACES[number]
        assert (axes.title.get_fontsize(), axes._left_title.get_fontsize()) == (9, 7.5)  # type: ignore[attr-defined]
        assert axes._left_title.get_fontweight() == "normal"  # type: ignore[attr-defined]
        *others, own = axes.lines
        assert len(others) == 5
        assert {(line.get_color(), line.get_linewidth()) for line in others} == {(FAINT, 0.7)}
        assert max(line.get_zorder() for line in others) < band(axes).get_zorder() < own.get_zorder()
        heights = sorted(float(np.max(ys(line))) - 1 for line in others)
        rest = [0.1 * place for place in range(4) if place != number]
        assert_allclose(heights, [*rest, 1, 1], atol=1e-4)
        has_curve(axes, -1, CURVE, (12.05, 16.95), 0.1 * number)
        (count,) = axes.texts
        assert (count.get_text(), count.get_position(), count.get_fontsize()) == ("n = 101", (0.03, 0.04), 7)
        assert count.get_transform() == axes.transAxes


def test_a_block_of_six_panels_an_outcome_shares_its_axes_and_its_names(by_race: DescribedFigure) -> None:
    above, below = by_race.axes[:6], by_race.axes[6:]
    # Two blocks between 9.5 % and 93.5 % of the height, 0.29 of a block between them.
    block = (0.935 - 0.095) / 2.29
    for panels, bottom in ((above, 0.935 - block), (below, 0.095)):
        panel, wide = block / 2.26, (0.985 - 0.085) / 3.16
        for number, axes in enumerate(panels):
            place = axes.get_position()
            assert (place.width, place.height) == pytest.approx((wide, panel))
            assert place.x0 == pytest.approx(0.085 + number % 3 * 1.08 * wide)
            assert place.y0 == pytest.approx(bottom + (1.26 * panel if number < 3 else 0))
            assert panels[0].get_shared_x_axes().joined(panels[0], axes)
            assert panels[0].get_shared_y_axes().joined(panels[0], axes)
        assert [axes.get_xlabel() for axes in panels] == [""] * 3 + ["Hemoglobin (g/dL)"] * 3
        low, high = 0.91298 - 0.04, 2.06
        margin = 0.12 * (high - low)
        assert_allclose(panels[0].get_ylim(), (low - margin, high + margin), rtol=1e-4)
    names = [text for text in by_race.texts if text.get_color() != MUTED]
    assert [text.get_text() for text in names] == [
        "(a) Thoracic spine BMD", "Thoracic spine BMD (g/cm²)",
        "(b) Lumbar spine BMD", "Lumbar spine BMD (g/cm²)",
    ]  # fmt: skip
    for (title, beside), top in zip((names[:2], names[2:]), (0.935, 0.095 + block), strict=True):
        assert_allclose(title.get_position(), (0.012, top + 0.032))
        assert (title.get_fontsize(), title.get_fontweight()) == (9, "bold")
        assert_allclose(beside.get_position(), (0.012, top - block / 2))
        assert (beside.get_rotation(), beside.get_verticalalignment()) == (90, "center")


def test_the_steps_are_the_flow_everybody_and_each_class(protocol: Protocol) -> None:
    assert step_count(protocol) == 2 + 2 + 6


# Figure 1.


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    data = write_survey(tmp_path_factory.mktemp("survey"), persons=300)
    return load_cohort(two_cycles(tmp_path_factory.mktemp("protocol")), data)


@pytest.fixture(scope="module")
def flow(cohort: Cohort) -> DescribedFigure:
    return flow_figure(cohort)


def heights(cohort: Cohort) -> list[float]:
    """Twelve points a line and seven above and below."""
    return [12 * len(box.lines) + 14 for box in flow_boxes(cohort)]


def rectangles(figure: Figure) -> list[FancyBboxPatch]:
    return [patch for patch in figure.axes[0].patches if isinstance(patch, FancyBboxPatch)]


def test_boxes_stand_below_each_other_with_nine_points_between(flow: DescribedFigure, cohort: Cohort) -> None:
    """The main column is 160 points wide, 8 from the left; who is excluded 232 wide, 8 from the right."""
    boxes, tall = rectangles(flow), heights(cohort)
    assert len(boxes) == len(tall) == 9
    assert_allclose(flow.get_size_inches() * 72, (440, sum(tall) + 8 * 9 + 2 * 8))
    axes = flow.axes[0]
    assert axes.get_xlim() == (0, 440)
    assert_allclose(axes.get_ylim(), (sum(tall) + 88, 0))
    assert axes.get_position().bounds == (0, 0, 1, 1)
    top = 8.0
    for number, (box, height) in enumerate(zip(boxes, tall, strict=True)):
        aside = number % 2 == 1
        found = (box.get_x(), box.get_y(), box.get_width(), box.get_height())
        assert_allclose(found, (200, top, 232, height) if aside else (8, top, 160, height))
        assert to_hex(box.get_facecolor()).upper() == ("#FFFFFF" if aside else BOX_FILL)
        assert to_hex(box.get_edgecolor()).upper() == (MUTED if aside else INK)
        assert box.get_linewidth() == (1.4 if number == 8 else 0.7), "who is analysed stands out"
        top += height + 9


def test_arrows_go_from_box_to_box_and_branch_off_to_who_is_excluded(
    flow: DescribedFigure, cohort: Cohort
) -> None:
    arrows = [patch for patch in flow.axes[0].patches if isinstance(patch, FancyArrowPatch)]
    tops = 8 + np.cumsum([0, *(height + 9 for height in heights(cohort))])[:-1]
    expected = []
    for number, (top, height) in enumerate(zip(tops, heights(cohort), strict=True)):
        if number % 2:
            expected.append(((88, top + height / 2), (200, top + height / 2)))
        elif number:
            expected.append(((88, tops[number - 2] + heights(cohort)[number - 2]), (88, top)))
    assert_allclose([arrow._posA_posB for arrow in arrows], expected)  # type: ignore[attr-defined]
    for arrow in arrows:
        assert (arrow.get_linewidth(), arrow.shrinkA, arrow.shrinkB) == (0.8, 0, 0)


def test_lines_stand_in_the_middle_of_their_twelve_points(flow: DescribedFigure, cohort: Cohort) -> None:
    """0.36 of the type of 8 points is half a capital."""
    boxes, tall = flow_boxes(cohort), heights(cohort)
    tops = 8 + np.cumsum([0, *(height + 9 for height in tall)])[:-1]
    texts = iter(flow.axes[0].texts)
    compared = 0
    for number, (box, top) in enumerate(zip(boxes, tops, strict=True)):
        for index, line in enumerate(box.lines):
            text = next(texts)
            assert text.get_text() == line
            aside = number % 2 == 1
            x = 207 if aside else 88
            assert_allclose(text.get_position(), (x, top + 7 + 12 * index + 6 + 2.88))
            assert text.get_horizontalalignment() == ("left" if aside else "center")
            assert text.get_fontweight() == ("bold" if index == 0 and not aside else "normal")
            assert text.get_color() == (MUTED if aside and line.startswith("   ") else INK)
            compared += 1
    assert next(texts, None) is None
    assert compared > 12


def test_a_long_reason_is_broken_after_44_letters(cohort: Cohort) -> None:
    step = cohort.steps[0]
    counted = len(f"{step.excluded:,} ")

    def lines(letters: int) -> tuple[str, ...]:
        name = "a" * (letters - counted - 4) + " bcd"
        rules = [cohort.protocol.eligibility[0].model_copy(update={"name": name})]
        protocol = cohort.protocol.model_copy(update={"eligibility": rules})
        changed = replace(cohort, protocol=protocol, steps=(replace(step, name=name),))
        return flow_boxes(changed)[1].lines

    assert len(lines(44)) == 1
    assert lines(45)[1] == "bcd"


def test_the_flow_is_said_in_sentences(flow: DescribedFigure, cohort: Cohort) -> None:
    hemoglobin, cancer = cohort.steps[0], cohort.steps[-1]
    men = int((cohort.members["RIAGENDR"] == 1).sum())
    left = [step.n_left for step in cohort.steps]
    gone = cohort.excluded_at(cancer.name)
    young = int((gone["RIDAGEYR"] < 20).sum())
    unasked = int(gone["MCQ220"].isna().sum())
    assert flow.description.startswith(
        "Flow diagram. 600 participants of NHANES 2013–2016. "
        f"Excluded: {hemoglobin.excluded} without hemoglobin. {left[0]} left. Excluded: "
    )
    assert f" Excluded: {cancer.excluded} without a “no” to cancer or malignancy: " in flow.description
    assert f"{int((gone['MCQ220'] == 1).sum())} said yes" in flow.description
    if unasked:
        assert f"{unasked} not asked or not answered" in flow.description
    assert "under 20" in flow.description or young == 0
    assert flow.description.endswith(f". {cohort.n} analysed ({men} men, {cohort.n - men} women).")
    assert flow.name == "figure-1"
