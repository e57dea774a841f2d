"""Effects without a standard error in a review: which they are, what they are with the others, and plots."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from evidence.records.review import LoadedReview, Method
from synthesis.drawing.chart import Area, Chart, Dots
from synthesis.drawing.style import BACKGROUND
from synthesis.plots.subject import NotDefinedError
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.forest_table import forest_table
from synthesis.review.observed import observed_effects, observed_notes
from synthesis.review.unpooled_plots import unpooled_plot, without_records
from tests.synthesis.review.made import RATIO, SLOPE, record, review, silent, slope

WOMEN, MEN = ", stratum: {sex: women}", ", stratum: {sex: men}"


def alone(
    name: str, estimate: str, more: str = "", model: str = "full", effect: str = "", outcome: str = "hip"
) -> str:
    """An estimate with nothing that tells its standard error."""
    of = f"{{measure: beta, per: 1 g/dL, estimate: {estimate}{effect}}}"
    return f"id: {name}, outcome: {outcome}, model: {model}, effect: {of}{more}"


def loaded_of(
    folder: Path, sites: str = "hip", more: str = "", scale: str = SLOPE, **records: str
) -> LoadedReview:
    return review(folder, records, scale, sites=sites, more=more)


def made(
    folder: Path, sites: str = "hip", more: str = "", scale: str = SLOPE, **records: str
) -> AnalysisResult:
    loaded = loaded_of(folder, sites, more, scale, **records)
    return analyse(loaded, loaded.review.analyses[0], Method())


def told(result: AnalysisResult) -> list[tuple[str, str, float, bool]]:
    return [(each.label, each.group, round(each.yi, 12), each.alone) for each in observed_effects(result)]


UP = slope("hip", "0.020", "0.010, 0.030") + ", n: 400"
DOWN = slope("hip", "-0.020", "-0.030, -0.010") + ", n: 100"


def test_effects_without_a_standard_error_stand_beside_what_is_pooled(tmp_path: Path) -> None:
    result = made(
        tmp_path,
        a=record("a", [UP]),
        b=record("b", [alone("hip", "0.030")]),
        c=record("c", [alone("hip", "0.2", effect=", p: '> 0.05'").replace("1 g/dL", "10 g/dL")]),
        d=record("d", [silent("hip")]),
        e=record("e", [DOWN]),
    )
    assert told(result) == [
        ("A", "", 0.02, False),
        ("E", "", -0.02, False),
        ("B", "", 0.03, True),
        ("C", "", 0.02, True),
    ]
    (note,) = observed_notes(result)
    assert note == (
        "Without a standard error, and not in the pool: B (0.03) and C (0.02). Effects without pooling, each "
        "counting the same: median 0.02 of 4 effects, interquartile range 0.01 to 0.0225, range -0.02 to "
        "0.03."
    )
    assert note in forest_table(result).footnotes


def test_where_every_effect_has_a_standard_error_nothing_is_said(tmp_path: Path) -> None:
    result = made(tmp_path, a=record("a", [UP]), b=record("b", [DOWN]))
    assert len(observed_effects(result)) == 2
    assert list(observed_notes(result)) == []


def test_six_effects_have_an_interval_of_their_median(tmp_path: Path) -> None:
    some = {name: record(name, [alone("hip", f"0.0{i}")]) for i, name in enumerate("bcdef", start=1)}
    (note,) = observed_notes(made(tmp_path, a=record("a", [UP]), **some))
    assert "median 0.025 (95% CI [0.01, 0.05] by order statistics, attained 96.88%) of 6 effects" in note


def test_nobody_counts_twice_and_the_preferred_model_comes_first(tmp_path: Path) -> None:
    result = made(
        tmp_path,
        a=record("a", [UP], cohort="town"),
        b=record("b", [alone("hip", "0.5")], cohort="town"),
        c=record("c", [alone("crude", "0.7", model="least"), alone("best", "0.1")], cohort="village"),
        d=record("d", [alone("hip", "0.9")], cohort="village", status="preprint"),
    )
    assert told(result) == [("A", "", 0.02, False), ("C", "", 0.1, True)]


def test_what_may_not_enter_is_not_observed(tmp_path: Path) -> None:
    loaded = loaded_of(
        tmp_path,
        a=record("a", [UP]),
        b=record("b", [alone("hip", "0.5")], status="conference abstract"),
        c=record("c", [alone("hip", "0.5", ", not_poolable: it is misprinted")]),
        d=record("d", [alone("hip", "0.5")]),
        e=record("e", [alone("hip", "0.5", effect=", within: < 12 g/dL")]),
        f=record("f", [alone("part", "0.5", WOMEN)]),
        g=record("g", [slope("hip", "0.4", "0.1, 0.7")], superseded=True),
        h=record("h", ["id: hip, outcome: hip, model: full, effect: {measure: r, estimate: 0.2}"]),
    )
    wrong = {("d", "hip"): "it does not add up"}
    result = analyse(loaded, loaded.review.analyses[0], Method(), contradicted=wrong)
    assert told(result) == [("A", "", 0.02, False)]


def test_groups_and_sites_of_a_model_are_summarised_apart(tmp_path: Path) -> None:
    studies = {
        "a": record("a", [slope("women", "0.020", "0.010, 0.030") + WOMEN, alone("men", "0.05", MEN)]),
        "b": record("b", [alone("women", "0.04", WOMEN)]),
    }
    by_sex = made(tmp_path / "sex", more="stratum: {sex: each}\n    group_by: sex", **studies)
    assert told(by_sex) == [
        ("A", "women", 0.02, False),
        ("A", "men", 0.05, True),
        ("B", "women", 0.04, True),
    ]
    notes = list(observed_notes(by_sex))
    assert [note.partition(":")[0] for note in notes] == [
        "Without a standard error, and not in the pool (women)",
        "Without a standard error, and not in the pool (men)",
    ]
    assert notes[1].endswith("each counting the same: one effect, 0.05.")
    both = {
        name: record(name, [UP, slope("spine", "0.01", "0.00, 0.02", outcome="spine")]) for name in ("a", "b")
    }
    both["c"] = record("c", [alone("spine", "0.07", outcome="spine")])
    sites = made(tmp_path / "sites", sites="hip, spine", more="model: {name: CHE, rho: 0.6}", **both)
    groups = {(group, lacks) for _, group, _, lacks in told(sites)}
    assert groups == {("hip", False), ("spine", False), ("spine", True)}


def test_ratios_are_told_and_drawn_as_ratios(tmp_path: Path) -> None:
    ratio = "id: hip, outcome: hip, model: full, effect: {{measure: OR, per: 1 g/dL, estimate: {0}{1}}}"
    result = made(
        tmp_path,
        scale=RATIO,
        a=record("a", [ratio.format("0.5", ", ci: [0.3, 0.8333]")]),
        b=record("b", [ratio.format("2.0", "")]),
        c=record("c", [ratio.format("0.0", ", log: true")]),
    )
    assert_allclose(
        [each.yi for each in observed_effects(result)], [math.log(0.5), math.log(2.0), 0.0], atol=1e-15
    )
    (note,) = observed_notes(result)
    assert "B (2) and C (1)" in note
    assert "median 1 of 3 effects, interquartile range 0.7071 to 1.414, range 0.5 to 2." in note
    panel = unpooled_plot("box", result).panels[0][0]
    assert panel.x.scale == "log"
    (box,) = (mark for mark in panel.marks if isinstance(mark, Area))
    assert_allclose(box.x[:2], [math.sqrt(0.5), math.sqrt(2.0)], rtol=1e-12)
    hollow = [mark for mark in panel.marks if isinstance(mark, Dots) and mark.fill == BACKGROUND]
    assert_allclose(np.sort(hollow[0].x), [1.0, 2.0], rtol=1e-12)


def test_an_analysis_of_which_nothing_is_pooled_has_a_note_and_a_plot(tmp_path: Path) -> None:
    result = made(tmp_path, a=record("a", [alone("hip", "0.03")]), b=record("b", [alone("hip", "0.01")]))
    assert any("median 0.02 of 2 effects" in note for note in forest_table(result).footnotes)
    chart = unpooled_plot("box", result)
    assert chart.title == "Everybody: observed effects"
    assert chart.panels[0][0].x.label == "Change in BMD (g/cm²) per 1 g/dL hemoglobin"
    assert not any(note.startswith("Left") for note in chart.footnotes)
    sides = made(
        tmp_path / "sides",
        more="direction: {lower: lower BMD, higher: higher BMD}",
        a=record("a", [alone("hip", "0.03")]),
    )
    assert unpooled_plot("box", sides).footnotes[0] == "Left: lower BMD; right: higher BMD."
    empty = made(tmp_path / "empty", a=record("a", [silent("hip")]))
    with pytest.raises(NotDefinedError, match="No record of this analysis has an effect on its scale"):
        unpooled_plot("box", empty)
    with pytest.raises(NotDefinedError, match="what a review's records tell"):
        without_records()


def dots_of(chart: Chart) -> Dots:
    (panel,) = chart.panels[0]
    (dots,) = (mark for mark in panel.marks if isinstance(mark, Dots))
    return dots


def test_p_as_printed_or_of_the_standard_error_stands_against_persons(tmp_path: Path) -> None:
    r = "id: hip, outcome: hip, model: full, effect: {{measure: r, estimate: {0}{1}}}{2}"
    result = made(
        tmp_path,
        a=record("a", [UP]),
        b=record("b", [slope("hip", "-0.01", "-0.03, 0.01").replace("]}", "], p: 0.31}") + ", n: 90"]),
        c=record("c", [r.format("0.2", ", p: 0.04", ", n: 103")]),
        d=record("d", [r.format("0.2", "", ", n: 103")]),
        e=record("e", [alone("hip", "0.5", effect=", p: '> 0.05'") + ", n: 50"]),
        f=record("f", [slope("hip", "0.01", "0.00, 0.02")], population="{n: 640}"),
        g=record("g", [slope("hip", "0.01", "0.00, 0.02")]),
        h=record("h", [slope("hip", "0.01", "0.00, 0.02") + ", n: 3"]),
    )
    chart = unpooled_plot("albatross", result)
    dots = dots_of(chart)
    z = {"A": 0.02 / (0.02 / 2 / norm.ppf(0.975)), "F": norm.ppf(0.975), "D": math.atanh(0.2) * 10}
    p = {name: 2 * norm.sf(each) for name, each in z.items()} | {"B": 0.31, "C": 0.04}
    n = {"A": 400.0, "B": 90.0, "C": 103.0, "D": 103.0, "F": 640.0}
    assert sorted(dots.labels) == [*"ABCDF"]
    for label, x, persons in zip(dots.labels, dots.x.tolist(), dots.y.tolist(), strict=True):
        assert persons == n[label]
        assert x == pytest.approx((1 if label == "B" else -1) * math.log10(p[label]), rel=1e-9)
    assert chart.panels[0][0].title == "Hip"
    assert chart.title == "Everybody: albatross plot"
    assert "contours of a correlation of" in chart.description


def test_strata_of_one_study_need_not_name_it_and_those_of_several_do(tmp_path: Path) -> None:
    one = [UP + WOMEN, slope("men", "0.01", "0.00, 0.02") + MEN + ", n: 200"]
    more = "stratum: {sex: each}\n    group_by: sex"
    single = made(tmp_path / "one", more=more, a=record("a", one))
    assert dots_of(unpooled_plot("albatross", single)).labels == ("men", "women")
    several = made(tmp_path / "two", more=more, a=record("a", one), b=record("b", [DOWN + WOMEN]))
    assert sorted(dots_of(unpooled_plot("albatross", several)).labels) == ["A, men", "A, women", "B, women"]


def test_contours_are_of_differences_where_the_measure_is_none_of_a_relation(tmp_path: Path) -> None:
    effect = "{measure: OR, per: 1 g/dL, estimate: 0.5, ci: [0.3, 0.8333]}"
    ratio = f"id: hip, outcome: hip, model: full, n: 80, effect: {effect}"
    chart = unpooled_plot("albatross", made(tmp_path, scale=RATIO, a=record("a", [ratio])))
    assert "contours of a standardised mean difference of" in chart.description
    assert "A: negative" in chart.description


def test_without_p_n_and_a_direction_there_is_no_albatross(tmp_path: Path) -> None:
    result = made(
        tmp_path, a=record("a", [slope("hip", "0.01", "0.00, 0.02")]), b=record("b", [silent("hip")])
    )
    with pytest.raises(
        NotDefinedError, match="needs p, a direction and a number of persons, which no record"
    ):
        unpooled_plot("albatross", result)
