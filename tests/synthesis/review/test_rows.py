"""The rows, words and plain data of an analysis, on reviews whose numbers are known."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from evidence.records.review import LoadedReview, Method
from evidence.selection.selection import LeftOut
from synthesis.drawing.forest_table import (
    ForestTable,
    GroupHeading,
    NotReportedRow,
    SpacerRow,
    StudyRow,
    SummaryRow,
    TextRow,
)
from synthesis.plots.summary_lines import heterogeneity_line
from synthesis.pooled import pool
from synthesis.review.analysis import analyse, of_each
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.captions import left_out_lines, mark_notes, method_sentences
from synthesis.review.export import as_dict
from synthesis.review.forest_table import NOTHING_FOUND, forest_table
from synthesis.review.order import Order
from tests.synthesis.review.made import SLOPE, record, review, silent, slope


def analysed(loaded: LoadedReview, order: Order = Order.REVIEW, **choices: Any) -> AnalysisResult:
    method = Method(**{"estimator": "DL", "test": "z", **choices})
    return analyse(loaded, loaded.review.analyses[0], method, order)


def three(folder: Path, more: str = "", scale: str = SLOPE) -> LoadedReview:
    records = {
        "a": record("a", [slope("one", "0.020", "0.010, 0.030")], year=2019),
        "b": record("b", [slope("one", "0.010", "0.001, 0.019", model="least")], year=2021),
        "c": record("c", [slope("one", "0.040", "0.025, 0.055")], year=2020),
    }
    return review(folder, records, scale=scale, more=more)


def kinds(table: ForestTable) -> list[str]:
    return [type(row).__name__ for row in table.rows]


def test_rows_stand_in_the_order_that_is_asked_for(tmp_path: Path) -> None:
    loaded = three(tmp_path)
    by_effect = [each.effect.yi for each in analysed(loaded, Order.EFFECT).selection.chosen]
    assert by_effect == [0.010, 0.020, 0.040]
    by_year = [each.candidate.report.year for each in analysed(loaded, Order.YEAR).selection.chosen]
    assert by_year == [2019, 2020, 2021]
    by_weight = [
        row.weight or 0.0
        for row in forest_table(analysed(loaded, Order.WEIGHT)).rows
        if isinstance(row, StudyRow)
    ]
    assert by_weight == sorted(by_weight, reverse=True)


def test_the_kind_of_prediction_is_the_one_that_is_asked_for_and_equal_effects_have_none(
    tmp_path: Path,
) -> None:
    loaded = three(tmp_path)
    for kind in ("t(k-1)", "t(k-2)", "z"):
        (group,) = analysed(loaded, prediction=kind).groups
        yi = [each.effect.yi for each in group.chosen]
        sei = [each.effect.sei for each in group.chosen]
        expected = pool(yi=yi, sei=sei, method="DL", test="z", prediction=kind)
        assert group.pooled is not None
        assert group.pooled.prediction_low == expected.prediction_low
        assert math.isfinite(expected.prediction_low)
    (group,) = analysed(loaded, estimator="EE", prediction="t(k-2)").groups
    assert group.pooled is not None
    assert math.isnan(group.pooled.prediction_low)


def test_an_analysis_that_cannot_be_pooled_says_why_and_the_others_go_on(tmp_path: Path) -> None:
    (analysis,) = three(tmp_path).review.analyses
    others = [analysis.model_copy(update={"id": name}) for name in ("one", "two", "three")]

    def make(each: Any) -> str:
        if each.id == "one":
            raise ValueError
        if each.id == "two":
            raise ValueError("persons are counted twice")
        return "made"

    made, refusals = of_each(others, make)
    assert made == {"three": "made"}
    assert refusals == {"one": "ValueError", "two": "persons are counted twice"}


@pytest.fixture
def sites(tmp_path: Path) -> LoadedReview:
    """Two sites, the second one first in the files; one is silent in one study."""
    records = {
        "a": record("a", [slope("one", "0.020", "0.010, 0.030", outcome="spine"), silent("two")]),
        "b": record("b", [slope("one", "0.010", "0.001, 0.019"), silent("two", "spine")]),
        "c": record("c", [slope("one", "0.040", "0.025, 0.055", outcome="spine")]),
    }
    return review(tmp_path, records, more="group_by: site")


def test_groups_follow_the_order_of_sites_and_hold_their_own_silent_rows(sites: LoadedReview) -> None:
    result = analysed(sites)
    assert [group.name for group in result.groups] == ["hip", "spine"]
    assert [[found.record.study for found in group.silent] for group in result.groups] == [["a"], ["b"]]
    assert [len(group.chosen) for group in result.groups] == [1, 2]


@pytest.fixture
def dependent(tmp_path: Path) -> LoadedReview:
    """Two sites of the same persons, one of them in a second study too."""
    records = {
        "a": record("a", [slope("one", "0.020", "0.010, 0.030", outcome="spine")]),
        "b": record(
            "b",
            [slope("one", "0.010", "0.001, 0.019"), slope("two", "0.04", "0.025, 0.055", outcome="spine")],
        ),
    }
    return review(tmp_path, records, more="group_by: site")


def test_a_grouped_table_has_headings_spaces_between_groups_and_no_total(dependent: LoadedReview) -> None:
    table = forest_table(analysed(dependent))
    assert [row.label for row in table.rows if isinstance(row, GroupHeading)] == ["Hip", "Spine"]
    assert kinds(table).count("SpacerRow") == 1  # between the groups, none before a group's summary
    (summary,) = (row for row in table.rows if isinstance(row, SummaryRow))
    assert (summary.weight, summary.level) == (None, "subgroup")
    weights = [row.weight for row in table.rows if isinstance(row, StudyRow)]
    assert weights[0] is None  # the only study of its group has no weight beside others
    assert sum(weight for weight in weights if weight is not None) == pytest.approx(100.0)


def test_an_ungrouped_table_has_a_space_before_a_summary_of_all_the_weight(tmp_path: Path) -> None:
    table = forest_table(analysed(three(tmp_path)))
    (summary,) = (row for row in table.rows if isinstance(row, SummaryRow))
    assert (summary.weight, summary.level) == (100.0, "overall")
    assert kinds(table)[:5] == ["StudyRow"] * 3 + ["SpacerRow", "SummaryRow"]
    assert isinstance(table.rows[3], SpacerRow)


def test_every_row_says_how_its_model_was_adjusted(tmp_path: Path) -> None:
    records = {
        "a": record("a", [slope("one", "0.020", "0.010, 0.030")]),
        "b": record("b", [slope("one", "0.010", "0.001, 0.019", model="least")]),
        "c": record("c", [silent("one")]),
    }
    table = forest_table(analysed(review(tmp_path, records)))
    cells = {row.label: row.cells for row in table.rows if isinstance(row, StudyRow | NotReportedRow)}
    assert cells == {"A": ("full",), "B": ("none",), "C": ("full",)}
    (quiet,) = (row for row in table.rows if isinstance(row, NotReportedRow))
    assert quiet.text == "examined, not reported: not significant"


def test_a_silent_row_names_its_report_where_the_study_has_several(tmp_path: Path) -> None:
    text = record("c", [silent("one")], superseded=True).replace(
        "citation: 1,", "citation: 1, label: First 2020,"
    )
    records = {"a": record("a", [slope("one", "0.020", "0.010, 0.030")]), "c": text}
    loaded = review(tmp_path, records, reports="published, superseded")
    table = forest_table(analysed(loaded))
    (quiet,) = (row for row in table.rows if isinstance(row, NotReportedRow))
    assert quiet.label == "C (First 2020)"
    one = record("d", [silent("one")]).replace("citation: 1,", "citation: 1, label: First 2020,")
    alone = review(tmp_path / "alone", {"a": records["a"], "d": one})
    (quiet,) = (row for row in forest_table(analysed(alone)).rows if isinstance(row, NotReportedRow))
    assert quiet.label == "D"


def test_only_an_analysis_with_no_row_at_all_says_that_nothing_was_found(tmp_path: Path) -> None:
    quiet = forest_table(analysed(review(tmp_path / "quiet", {"a": record("a", [silent("one")])})))
    assert NOTHING_FOUND not in [row.text for row in quiet.rows if isinstance(row, TextRow)]
    elsewhere = slope("one", "0.2", "0.1, 0.3").replace("beta", "MD")
    none = forest_table(analysed(review(tmp_path / "none", {"a": record("a", [elsewhere])})))
    assert NOTHING_FOUND in [row.text for row in none.rows if isinstance(row, TextRow)]
    full = forest_table(analysed(three(tmp_path / "full")))
    assert NOTHING_FOUND not in [row.text for row in full.rows if isinstance(row, TextRow)]


def test_directions_are_the_analysis_own_or_else_the_reviews(tmp_path: Path) -> None:
    own = forest_table(analysed(three(tmp_path / "own", "direction: {lower: bone lost, higher: bone won}")))
    assert (own.axis.left, own.axis.right) == ("bone lost", "bone won")
    none = forest_table(analysed(three(tmp_path / "none")))
    assert (none.axis.left, none.axis.right) == ("", "")


def test_a_header_of_more_than_24_letters_gives_way_to_the_word_effect(tmp_path: Path) -> None:
    headers = []
    for exposure in ("xy", "xyz"):  # 'Odds ratio per 1 g/dL xy' has 24 letters
        scale = f"{{measure: OR, exposure: {exposure}, per: 1 g/dL}}"
        loaded = review(tmp_path / exposure, {"a": record("a", [silent("one")])}, scale=scale)
        headers.append(forest_table(analysed(loaded)).effect_header)
    assert headers == ["Odds ratio per 1 g/dL xy [95% CI]", "Effect [95% CI]"]


def test_as_many_decimals_as_papers_print_are_shown_and_of_a_reanalysis_two_digits_of_its_error(
    tmp_path: Path,
) -> None:
    printed = review(tmp_path / "a", {"a": record("a", [slope("one", "0.0200", "0.0100, 0.0300")])})
    assert forest_table(analysed(printed)).decimals == 4
    again = record("a", [slope("one", "0.02000001", "0.01000001, 0.03000001")], status="re-analysis")
    # a standard error of 0.0051 has its second digit in the fourth decimal
    assert forest_table(analysed(review(tmp_path / "b", {"a": again}))).decimals == 4
    long = record("a", [slope("one", "0.02000001", "0.01000001, 0.03000001")])
    short = long.replace("0.02000001", "0.02")
    shown = [
        forest_table(analysed(review(tmp_path / name, {"a": text}))).decimals or 0
        for name, text in (("c", long), ("d", short))
    ]
    assert shown[0] == shown[1] + 2  # two more than the interval needs, however many are printed


def test_heterogeneity_is_told_with_two_digits_of_tau2(tmp_path: Path) -> None:
    (group,) = analysed(three(tmp_path)).groups
    pooled = group.pooled
    assert pooled is not None
    line = heterogeneity_line(pooled)
    told = line.partition("τ² = ")[2].partition(";")[0]
    numbers = [part.strip("[], ") for part in told.replace(",", " ").split()]
    assert len(numbers) == 3
    for text, value in zip(numbers, (pooled.tau2, pooled.tau2_low, pooled.tau2_high), strict=True):
        assert float(text) == pytest.approx(value, rel=0.05)
        assert len(text.replace(".", "").lstrip("0").split("e")[0]) in (0, 1, 2)
    assert f"Q = {pooled.Q:.2f} (2 df, " in line


def test_a_mark_is_explained_with_the_report_that_came_after(tmp_path: Path) -> None:
    records = {
        "a": record("a", [slope("one", "0.020", "0.010, 0.030")], superseded=True),
        "b": record("b", [slope("one", "0.010", "0.001, 0.019")], status="preprint"),
        "c": record("c", [slope("one", "0.010", "0.001, 0.019")]),
    }
    loaded = review(tmp_path, records, reports="published, preprint, superseded")
    candidates = [each.candidate for each in analysed(loaded).selection.chosen]
    assert mark_notes(candidates) == ["† report superseded by a 2024.", "‡ preprint."]
    assert mark_notes([each for each in candidates if each.record.study == "c"]) == []


def test_what_was_left_out_has_a_line_a_study_with_each_reason_once(tmp_path: Path) -> None:
    chosen = analysed(three(tmp_path)).selection.chosen
    by_study = {each.candidate.record.study: each.candidate for each in chosen}
    left_out = [
        LeftOut(by_study["b"], "another scale."),
        LeftOut(by_study["a"], "same persons"),
        LeftOut(by_study["b"], "another scale"),
        LeftOut(by_study["b"], "no number"),
    ]
    assert left_out_lines(left_out) == ["A: same persons", "B: another scale; no number"]


def test_one_study_has_no_sentence_of_method_and_several_summaries_share_theirs(tmp_path: Path) -> None:
    one = pool(yi=[0.1], sei=[0.1])
    two = pool(yi=[0.1, 0.2], sei=[0.1, 0.1])
    three_studies = pool(yi=[0.1, 0.2, 0.4], sei=[0.1, 0.1, 0.2])
    assert method_sentences([one], common=False) == []
    assert len(method_sentences([two, three_studies], common=False)) == 2
    (shared,) = method_sentences([two, three_studies], common=True)
    assert " df)" not in shared
    assert "tau2" not in shared


def test_plain_data_hold_the_scale_as_given_and_a_summary_where_one_was_pooled(tmp_path: Path) -> None:
    found = as_dict(analysed(three(tmp_path / "three")))
    assert found["scale"] == {"measure": "beta", "exposure": "hemoglobin", "per": "1 g/dL", "unit": "g/cm2"}
    (group,) = found["groups"]
    assert group["pooled"]["k"] == 3
    assert group["pooled"]["shown"]["estimate"] == group["pooled"]["estimate"]
    quiet = as_dict(analysed(review(tmp_path / "quiet", {"a": record("a", [silent("one")])})))
    (group,) = quiet["groups"]
    assert group["pooled"] is None
    assert [each["said"] for each in group["not_reported"]] == ["not significant"]


@pytest.mark.parametrize(
    ("sites", "groups"),
    [("hip, spine", ["hip", "spine"]), ("spine, hip", ["spine", "hip"]), ("", ["spine", "hip"])],
)
def test_groups_stand_in_the_order_of_the_sites_named_or_else_of_the_rows(
    tmp_path: Path, sites: str, groups: list[str]
) -> None:
    estimates = [slope("one", "0.02", "0.01, 0.03"), slope("two", "0.01", "0.00, 0.02", outcome="spine")]
    loaded = review(tmp_path, {"a": record("a", estimates)}, more="group_by: site", sites=sites)
    assert [group.name for group in analysed(loaded, Order.EFFECT).groups] == groups
