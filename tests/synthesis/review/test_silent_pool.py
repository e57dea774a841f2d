"""Results without a number that a review lets count: pooled, shown and exported beside the usual pool."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from numpy.testing import assert_allclose

import synthesis
from evidence.records.printed import Percent
from evidence.records.review import SHIPPED, LoadedReview, Method, load_review
from evidence.wording import format_number
from synthesis.drawing.forest_table import NotReportedRow, SummaryRow, TextRow
from synthesis.paper.python_script import python_script
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.bayesian_words import OF_NUMBERS_ALONE
from synthesis.review.export import as_dict
from synthesis.review.forest_table import forest_table
from synthesis.review.silent_words import silent_sentence
from synthesis.unprinted.unreported_forest import HOLLOW
from tests.synthesis.review.made import RATIO, SLOPE, record, review, silent, slope

C = 1.959963984540054
RECORDS = {
    "a": record("a", [slope("hip", "0.020", "0.010, 0.030") + ", n: 400"]),
    "b": record("b", [slope("hip", "0.012", "0.002, 0.022") + ", n: 900"]),
    "c": record("c", [silent("hip") + ", n: 1600", slope("spine", "0.01", "0.006, 0.014", outcome="spine")]),
    "d": record("d", [silent("hip")]),
}


@pytest.fixture(scope="module")
def shipped() -> LoadedReview:
    return load_review(SHIPPED)


def made(folder: Path, *entries: str, scale: str = SLOPE, method: Method | None = None) -> AnalysisResult:
    listed = "".join(f"\n      {entry}" for entry in entries)
    loaded = review(folder, RECORDS, scale, sites="hip", more=f"unreported:{listed}" if entries else "")
    return analyse(loaded, loaded.review.analyses[0], method or Method())


def test_the_pool_is_that_of_pool_unreported_and_the_usual_one_stays(tmp_path: Path) -> None:
    result = made(tmp_path / "with", "c/hip: {said: not significant}")
    (group,) = result.groups
    assert group.unreported is not None
    units = group.units
    direct = synthesis.pool_unreported(
        [*(unit.yi for unit in units), None],
        sei=[*(unit.sei for unit in units), None],
        said=[None, None, "not significant"],
        ni=[400, 900, 1600],
    )
    found = group.unreported.pooled
    assert_allclose(
        [found.estimate, found.ci_low, found.sei[0]], [direct.estimate, direct.ci_low, direct.sei[0]]
    )
    narrow = (
        made(tmp_path / "90", "c/hip: {said: not significant}", method=Method(level=Percent.parse("90 %")))
        .groups[0]
        .unreported
    )
    assert narrow is not None
    assert narrow.pooled.level == 0.9
    assert narrow.pooled.ci_high - narrow.pooled.ci_low < 0.9 * (found.ci_high - found.ci_low)
    plain = made(tmp_path / "without").groups[0]
    assert plain.unreported is None
    assert plain.pooled is not None
    assert group.pooled is not None
    assert group.pooled.to_dict() == plain.pooled.to_dict()


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("c: {said: A, se: 0.004}", 0.004),
        ("c: {said: A, like: {estimate: spine, n: 400}}", 0.004 / C * math.sqrt(400 / 1600)),
        ("c: {said: A, n: 100, like: {estimate: spine, n: 400}}", 0.004 / C * math.sqrt(400 / 100)),
        ("c: {said: A, n: 100}", 0.01 / C * math.sqrt((400 + 900) / 2 / 100)),
    ],
)
def test_a_standard_error_is_told_by_the_review_by_the_study_or_by_n(
    entry: str, expected: float, tmp_path: Path
) -> None:
    """sigma of the others: the median of 0.01/C times 20 and times 30, which lies midway."""
    spoken = made(tmp_path, entry).groups[0].unreported
    assert spoken is not None
    if "se" in entry or "like" in entry:
        assert_allclose(spoken.pooled.sei, [expected], rtol=1e-9)
    else:
        assert_allclose(spoken.pooled.sei, [0.01 / C * 25.0 / 10.0], rtol=1e-9)


def test_words_levels_and_probabilities_of_the_review_are_used(tmp_path: Path) -> None:
    result = made(
        tmp_path, "c: {said: E, probability: 0.7, alpha: 0.01}", 'd: {said: "positive", se: 0.01}',
        method=Method(estimator="EE", test="z"),
    )  # fmt: skip
    spoken = result.groups[0].unreported
    assert spoken is not None
    found = spoken.pooled
    assert (found.said, found.classes) == (("not significant", "positive"), ("E", ""))
    assert found.probability.tolist() == [0.7, 1.0]
    assert found.alpha.tolist() == [0.01, 0.05]
    assert (found.method, found.tau2) == ("EE", 0.0)
    assert [each.record.study for each in spoken.silent] == ["c", "d"]


def test_the_figure_shows_ranges_both_pools_and_what_results_count_as(tmp_path: Path) -> None:
    result = made(tmp_path, "c: {said: not significant, se: 0.004, note: Because.}", "x/y: {said: A}")
    table = forest_table(result)
    quiet = {row.label: row for row in table.rows if isinstance(row, NotReportedRow)}
    assert_allclose(quiet["C"].extents, [(-0.004 * C, 0.004 * C)], rtol=1e-12)
    assert quiet["D"].extents == ()
    spoken = result.groups[0].unreported
    assert spoken is not None
    first, second = (row for row in table.rows if isinstance(row, SummaryRow))
    assert first.label == "Random effects (2)"
    assert (second.label, second.level) == ("With 1 result without a number", "subgroup")
    assert (second.estimate, second.low) == (spoken.pooled.estimate, spoken.pooled.ci_low)
    lines = [row.text for row in table.rows if isinstance(row, TextRow)]
    alone, worst, places = spoken.pooled.without, spoken.pooled.worst_case, table.decimals
    assert places is not None
    numbers = [format_number(each, places) for each in (alone.estimate, alone.ci_low, alone.ci_high)]
    assert any(f"without: {numbers[0]} [{numbers[1]}, {numbers[2]}]" in line for line in lines)
    rows = spoken.pooled.sensitivity().to_frame().set_index("choice")["estimate"]
    numbers = [format_number(each, places) for each in (rows["times 0.5"], rows["times 2"])]
    ends = [format_number(each, places) for each in (worst.lowest, worst.highest)]
    told = f"halved {numbers[0]}, doubled {numbers[1]}; worst to best case {ends[0]} to {ends[1]}"
    assert any(told in line for line in lines)
    assert "C: not significant; standard error 0.00400, as given. Because." in table.footnotes
    assert any(
        note.startswith("With 3 studies maximum likelihood makes τ² too small") for note in table.footnotes
    )
    assert HOLLOW in table.footnotes
    assert any(note.endswith("so not used: x/y.") for note in table.footnotes)
    sentence = silent_sentence(result, result.groups[0], 4)
    assert sentence.startswith("With 1 result without a number (C: not significant) the estimate was 0.0")
    without = made(tmp_path / "plain")
    assert not any("without a number" in str(row) for row in forest_table(without).rows)
    assert silent_sentence(without, without.groups[0], 4) == ""


def test_the_source_of_an_error_is_told(tmp_path: Path) -> None:
    table = forest_table(made(tmp_path, "c: {said: A, like: {estimate: spine, n: 400}}"))
    assert any("from that of spine in the same study." in note for note in table.footnotes)


def test_json_holds_the_pool_and_whose_results_count(tmp_path: Path) -> None:
    result = made(tmp_path, "c: {said: A, se: 0.004}")
    (group,) = as_dict(result)["groups"]
    spoken = result.groups[0].unreported
    assert spoken is not None
    assert group["unreported"]["estimate"] == spoken.pooled.estimate
    assert group["unreported"]["results"][0]["estimate_id"] == "hip"
    assert group["unreported"]["shown"]["ci"] == [spoken.pooled.ci_low, spoken.pooled.ci_high]
    (plain,) = as_dict(made(tmp_path / "plain"))["groups"]
    assert "unreported" not in plain


def test_ratios_are_shown_as_ratios(tmp_path: Path) -> None:
    effect = "effect: {measure: OR, per: 1 g/dL, estimate: 1.5, ci: [1.1, 2.045]}"
    records = {
        "a": record("a", [f"id: hip, outcome: hip, model: full, {effect}"]),
        "c": record("c", [silent("hip")]),
    }
    loaded = review(tmp_path, records, RATIO, sites="hip", more="unreported: {c: {said: A, se: 0.2}}")
    result = analyse(loaded, loaded.review.analyses[0], Method())
    table = forest_table(result)
    (row,) = (row for row in table.rows if isinstance(row, NotReportedRow))
    assert_allclose(row.extents, [(math.exp(-0.2 * C), math.exp(0.2 * C))], rtol=1e-12)
    (summary,) = (row for row in table.rows if isinstance(row, SummaryRow))
    spoken = result.groups[0].unreported
    assert spoken is not None
    assert summary.estimate == pytest.approx(math.exp(spoken.pooled.estimate), rel=1e-12)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("c: {said: A, like: {estimate: hips}}", "unreported c/hip: 'like' names hips, which is no result"),
        ("c: {said: A, like: {estimate: hip}}", "unreported c/hip: 'like' names hip, which is no result"),
        ("c: {said: A, like: {estimate: spine}}", "unreported c/hip: the persons of spine are not known"),
        ("d: {said: A, like: {estimate: hip}}", "unreported d/hip: 'like' names hip"),
        ("d: {said: A}", "D: said to be 'not significant', but neither its standard error nor its n"),
    ],
)
def test_an_error_that_cannot_be_known_is_refused_with_the_result(
    entry: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        made(tmp_path, entry)


def test_the_shipped_review_counts_what_imos_did_not_print(shipped: LoadedReview) -> None:
    by_id = {each.id: each for each in shipped.review.analyses if each.unreported}
    assert sorted(by_id) == ["hip-women", "lumbar-spine-men"]
    for analysis in by_id.values():
        spoken = analyse(shipped, analysis, shipped.review.method).groups[0].unreported
        assert spoken is not None
        assert [each.name for each in spoken.silent] == [
            f"imos-4/{analysis.id}"
        ] or analysis.id == "hip-women"
        assert spoken.pooled.said == ("not significant",)


def test_directions_without_a_number_are_kept(shipped: LoadedReview) -> None:
    (record_,) = (each for each in shipped.records if each.study == "dalin-tzu-chi")
    told = {each.id: each.not_reported.direction for each in record_.estimates if each.not_reported}
    assert told == {
        "lumbar-spine-to-50": "negative",
        "lumbar-spine-above-50": "positive",
        "femoral-neck-to-50": "negative",
        "femoral-neck-above-50": "positive",
    }


def test_a_python_script_makes_the_same_pool_without_the_review(tmp_path: Path) -> None:
    result = made(tmp_path, "c: {said: A, se: 0.004}", 'd: {said: "not examined"}')
    script = python_script([result])
    held: dict[str, Any] = {"__name__": "script"}
    exec(compile(script, "script", "exec"), held)
    spoken = result.groups[0].unreported
    assert spoken is not None
    again = held["found"][-1]
    assert (again.estimate, again.ci_high) == (spoken.pooled.estimate, spoken.pooled.ci_high)
    assert "pool_unreported" not in python_script([made(tmp_path / "plain")])


@pytest.mark.parametrize("bayes", ["", "\n    bayes: {smallest_effect: 0.005}"])
@pytest.mark.parametrize("entry", ["", "unreported: {c: {said: A, se: 0.004}}"])
def test_that_the_bayesian_summary_is_of_numbers_alone_is_said_where_there_is_more(
    bayes: str, entry: str, tmp_path: Path
) -> None:
    loaded = review(tmp_path, RECORDS, sites="hip", more=f"{entry}{bayes}")
    notes = forest_table(analyse(loaded, loaded.review.analyses[0], Method())).footnotes
    assert (OF_NUMBERS_ALONE in notes) is bool(bayes and entry)
