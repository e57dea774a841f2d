"""The figures: their files, their words, and that what is drawn is what was estimated."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.testing import assert_array_equal
from PIL import Image

from studies.__main__ import main
from studies.nhanes.cohort import Cohort, cancer_answers, flow_table, load_cohort
from studies.nhanes.covariates import Columns
from studies.nhanes.figures.everybody import everybody_figure
from studies.nhanes.figures.fitted_curves import INNER, FittedCurve, fitted_curves
from studies.nhanes.figures.flow import flow_figure, flow_of_persons
from studies.nhanes.figures.smooths import draw_figures, step_count
from studies.nhanes.models import Subgroup, subgroups
from studies.nhanes.persons import WEIGHT
from studies.nhanes.protocol import load_protocol
from studies.survey import SurveyError
from synthesis.drawing.canvas import DescribedFigure
from synthesis.drawing.encoding import ENCODERS
from synthesis.drawing.saving import save_figure
from synthesis.drawing.style import SETTINGS
from tests.studies.nhanes.protocols import small, two_cycles
from tests.synthesis.commands.running import called

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def invented(invented_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    return load_cohort(two_cycles(tmp_path_factory.mktemp("protocol")), invented_data)


@pytest.fixture(scope="module")
def drawn(invented: Cohort) -> tuple[list[DescribedFigure], list[str]]:
    """All figures of the invented survey, and what was said on the way."""
    said: list[str] = []
    return list(draw_figures(invented, said.append)), said


@pytest.fixture(scope="module")
def saved(three_cycles: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The folder of what the command draws, and the lines that it prints."""
    work = tmp_path_factory.mktemp("figures")
    done = called(main, "nhanes", "figures", "--data", three_cycles, "-o", "made/here", cwd=work)
    assert (done.returncode, done.stderr) == (0, "")
    return work / "made" / "here", done.stdout.splitlines()


def everybody(cohort: Cohort) -> FittedCurve:
    return next(fitted_curves(cohort, Columns(cohort), Subgroup("all")))


def all_texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text)]


@pytest.mark.long
def test_four_figures_in_three_formats_are_whole_files(
    drawn: tuple[list[DescribedFigure], list[str]], saved: tuple[Path, list[str]]
) -> None:
    folder, printed = saved
    names = [f"figure-{number}" for number in range(1, 5)]
    assert [figure.name for figure in drawn[0]] == names
    assert printed == [f"made/here/{each.name} (PNG, SVG, PDF): {each.title}" for each in drawn[0]]
    wanted = sorted(f"{name}.{kind}" for name in names for kind in ("pdf", "png", "svg"))
    assert sorted(path.name for path in folder.iterdir()) == wanted
    for figure in drawn[0]:
        with Image.open(folder / f"{figure.name}.png") as picture:
            picture.load()
            size = np.round(300 * figure.get_size_inches())
            assert np.abs(np.array(picture.size) - size).max() <= 1
            assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        pdf = (folder / f"{figure.name}.pdf").read_bytes()
        assert pdf.startswith(b"%PDF-")
        assert pdf.rstrip().endswith(b"%%EOF")
        assert ElementTree.parse(folder / f"{figure.name}.svg").getroot().tag == f"{SVG}svg"


@pytest.mark.long
def test_the_words_for_who_cannot_see_are_in_every_file(
    drawn: tuple[list[DescribedFigure], list[str]], saved: tuple[Path, list[str]]
) -> None:
    folder = saved[0]
    for figure in drawn[0]:
        with Image.open(folder / f"{figure.name}.png") as picture:
            words = picture.info
        assert words["Title"] == figure.title
        assert len(words["Description"]) > 100
        root = ElementTree.parse(folder / f"{figure.name}.svg").getroot()
        title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert title is not None
        assert description is not None
        assert (title.text, description.text) == (figure.title, words["Description"])
        assert root.attrib["role"] == "img"
        assert root.attrib["aria-labelledby"] == f"{title.attrib['id']} {description.attrib['id']}"
        pdf = (folder / f"{figure.name}.pdf").read_bytes()
        assert b"/Title" in pdf
        assert b"/Subject" in pdf
        assert b"/CreationDate" not in pdf


@pytest.mark.long
def test_the_same_cohort_gives_the_same_bytes(
    three_cycles: Path, saved: tuple[Path, list[str]], tmp_path: Path
) -> None:
    again = flow_figure(load_cohort(load_protocol("spine"), three_cycles))
    files = save_figure(again, tmp_path / "figure-1")
    assert [path.read_bytes() == (saved[0] / path.name).read_bytes() for path in files] == [True] * 3


def test_a_format_that_fails_leaves_the_old_files(
    invented: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("png", "svg", "pdf"):
        (tmp_path / f"figure-1.{kind}").write_text("old")

    def fails(*_: object) -> bytes:
        raise RuntimeError("no ink")

    monkeypatch.setitem(ENCODERS, "pdf", fails)
    with pytest.raises(RuntimeError, match="no ink"):
        save_figure(flow_figure(invented), tmp_path / "figure-1")
    assert {path.read_text() for path in tmp_path.iterdir()} == {"old"}
    assert len(list(tmp_path.iterdir())) == 3


def test_the_progress_counts_every_step(
    invented: Cohort, drawn: tuple[list[DescribedFigure], list[str]]
) -> None:
    said = drawn[1]
    assert len(said) == step_count(invented) == 1 + len(subgroups(invented))


def test_the_flow_has_the_counts_of_the_cohort(invented: Cohort) -> None:
    written = " ".join(all_texts(flow_figure(invented)))
    flow = flow_table(invented)
    counts = [len(invented.persons), *flow["excluded"], *flow["n_left"]]
    assert len(counts) == 9
    for count in counts:
        assert f"{count:,}" in written


def test_the_flow_of_the_real_files_is_the_published_one(real_cohorts: dict[str, Cohort]) -> None:
    # Liu et al. 2022, Result, first paragraph
    figure = flow_figure(real_cohorts["spine"])
    for says in (
        "29,400 participants",
        "5,211 without",
        "10,942 without",
        "4,133 under 18",
        "8,126 analysed",
    ):
        assert says in figure.description
        assert any(says in text for text in all_texts(figure))
    leaving = [
        box for step in flow_of_persons(real_cohorts["spine"]).streams[0].steps for box in step.leaving
    ]
    answers = cancer_answers(real_cohorts["spine"].excluded_at("with cancer or malignancy"))
    assert leaving[-1].lines[0].text.startswith("988 ")
    assert len(leaving[-1].lines) == 1 + len(answers) == 4


def test_no_text_leaves_its_figure(drawn: tuple[list[DescribedFigure], list[str]]) -> None:
    checked = 0
    for figure in drawn[0]:
        with matplotlib.rc_context(SETTINGS):
            canvas: Any = FigureCanvasAgg(figure)
            canvas.draw()  # axis labels find their place only then
            renderer = canvas.get_renderer()
            texts = list(figure.texts)
            for axes in figure.axes:
                if axes.axison:
                    texts += [*axes.texts, axes.xaxis.label, axes.yaxis.label]
            for text in texts:
                if text.get_text():
                    extent = text.get_window_extent(renderer)
                    assert 0 <= extent.x0 < extent.x1 <= figure.bbox.x1, text.get_text()
                    assert 0 <= extent.y0 < extent.y1 <= figure.bbox.y1, text.get_text()
                    checked += 1
    assert checked > 30


def test_the_hexagons_hold_the_weights_of_everybody_and_the_curve_is_the_estimated_one(
    invented: Cohort,
) -> None:
    fitted = everybody(invented)
    people, close = everybody_figure(invented.protocol, [fitted], 2).axes
    assert_array_equal(fitted.exposure, invented.members["LBXHGB"])
    assert_array_equal(fitted.y, invented.members["DXXTSBMD"])
    assert_array_equal(fitted.weights, invented.members[WEIGHT])
    sums = [np.asarray(each.get_array()) for each in people.collections if each.get_array() is not None]
    assert np.concatenate(sums).sum() == pytest.approx(invented.members[WEIGHT].sum())
    low, high = np.quantile(invented.members["LBXHGB"], INNER)
    expected = fitted.smooth.curve(np.linspace(low, high, 240))
    assert_array_equal(close.lines[0].get_ydata(), expected.estimate)
    band = close.collections[0].get_paths()[0].vertices
    for edge in (expected.low, expected.high):
        assert np.isin(edge, band).all()


def test_the_curves_by_race_leave_race_out_and_hold_everybody_once(invented: Cohort) -> None:
    columns = Columns(invented)
    counts = [
        next(fitted_curves(invented, columns, subgroup)).n
        for subgroup in subgroups(invented)
        if subgroup.variable == "race"
    ]
    assert len(counts) == 6
    assert sum(counts) == invented.n


def test_a_curve_of_nobody_names_the_protocol_and_the_subgroup(invented_data: Path, tmp_path: Path) -> None:
    ages = {"label": "ages", "from": "age", "bounds": [90], "classes": ["young", "older"]}
    protocol = small(tmp_path, variables={"ages": ages}, strata=["ages"])
    said = re.escape(f"{tmp_path / 'small.yaml'}: curves of ages: older: ")
    with pytest.raises(SurveyError, match=f"^{said}"):
        list(draw_figures(load_cohort(protocol, invented_data), lambda _: None))
