"""Groups of an analysis: their summaries, the overall one, and the test of their difference."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from evidence.records.review import LoadedReview, Method
from synthesis.drawing.forest_table import (
    ForestTable,
    GroupHeading,
    PredictionRow,
    StudyRow,
    SummaryRow,
    TextRow,
)
from synthesis.pooled import pool
from synthesis.regression.subgroups import subgroups
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.difference import difference_interval, words_of_test
from synthesis.review.export import as_dict
from synthesis.review.forest_table import NOTHING_POOLED, forest_table
from synthesis.review.plot_subjects import subjects_of
from tests.synthesis.review.made import record, review, silent, slope

RATIO = "{measure: HR, exposure: hemoglobin, per: 1 g/dL}"
MEN = {"a": (0.02, 0.005), "b": (0.01, 0.004), "c": (0.05, 0.009)}
WOMEN = {"a": (0.00, 0.006), "b": (0.015, 0.005), "d": (-0.02, 0.008)}


def sexes(
    folder: Path, men: dict[str, Any] = MEN, women: dict[str, Any] = WOMEN, more: str = ""
) -> LoadedReview:
    def row(sex: str, number: tuple[float, float]) -> str:
        effect = f"{{measure: beta, per: 1 g/dL, estimate: {number[0]}, se: {number[1]}}}"
        return f"id: {sex}, outcome: hip, model: full, stratum: {{sex: {sex}}}, effect: {effect}"

    records = {}
    for study in sorted({*men, *women}):
        rows = [row(sex, of[study]) for sex, of in (("men", men), ("women", women)) if study in of]
        records[study] = record(study, rows)
    return review(folder, records, more=f"stratum: {{sex: each}}\n    group_by: sex\n    {more}")


def analysed(loaded: LoadedReview, **choices: Any) -> AnalysisResult:
    return analyse(loaded, loaded.review.analyses[0], Method(**choices))


def rows(table: ForestTable, kind: type) -> list[Any]:
    return [row for row in table.rows if isinstance(row, kind)]


def texts(table: ForestTable) -> list[str]:
    return [row.text for row in rows(table, TextRow)]


def flat(values: dict[str, tuple[float, float]], at: int) -> list[float]:
    return [values[study][at] for study in sorted(values)]


@pytest.mark.parametrize("tau2", ["separate", "common"])
@pytest.mark.parametrize(("estimator", "test"), [("REML", "HKSJ"), ("DL", "z"), ("REML", "t"), ("EE", "z")])
def test_groups_overall_and_test_are_those_of_subgroups_on_the_same_numbers(
    tmp_path: Path, tau2: str, estimator: str, test: str
) -> None:
    loaded = sexes(tmp_path, more=f"tau2: {tau2}")
    if (estimator, tau2) == ("EE", "common"):
        pass
    result = analysed(loaded, estimator=estimator, test=test)
    expected = subgroups(
        yi=flat(MEN, 0) + flat(WOMEN, 0),
        sei=flat(MEN, 1) + flat(WOMEN, 1),
        by=["men"] * 3 + ["women"] * 3,
        tau2=tau2,  # type: ignore[arg-type]
        method=estimator,
        test=test,
    )
    compared = 0
    for group, other in zip(result.groups, expected.groups, strict=True):
        mine = group.mean or group.pooled
        assert mine is not None
        assert (group.mean is None) == (tau2 == "separate")
        for field in ("estimate", "se", "ci_low", "ci_high", "p_value"):
            assert getattr(mine, field) == pytest.approx(getattr(other, field), rel=1e-12)
            compared += 1
    assert result.overall is not None
    assert result.overall.pooled is not None
    assert result.overall.pooled.estimate == pytest.approx(expected.overall.estimate, rel=1e-12)
    assert result.difference is not None
    assert result.difference.between.p_value == pytest.approx(expected.between.p_value, rel=1e-12)
    assert compared == 10
    line = f"Test of difference by sex: {words_of_test(expected.between)}"
    assert any(text.startswith(line) for text in texts(forest_table(result)))


def test_the_difference_of_two_groups_has_the_interval_whose_test_is_the_one_printed(tmp_path: Path) -> None:
    for tau2, test in (("separate", "z"), ("separate", "HKSJ"), ("common", "HKSJ"), ("common", "z")):
        result = analysed(sexes(tmp_path / f"{tau2}{test}", more=f"tau2: {tau2}"), test=test)
        found = result.difference
        assert found is not None
        ends = difference_interval(found)
        assert ends is not None
        difference, low, high = ends
        first, second = found.groups
        assert difference == pytest.approx(second.estimate - first.estimate, rel=1e-12)
        assert (low + high) / 2 == pytest.approx(difference, rel=1e-12)
        df = found.between.df2
        quantile = stats.norm.ppf(0.975) if math.isinf(df) else stats.t.ppf(0.975, df)
        tail = stats.norm.sf if math.isinf(df) else lambda at, df=df: stats.t.sf(at, df)
        se = (high - low) / 2 / quantile
        assert 2 * tail(abs(difference) / se) == pytest.approx(found.between.p_value, rel=1e-9)
        if tau2 == "separate":
            assert se == pytest.approx(math.hypot(first.se, second.se), rel=1e-9)


def test_studies_with_both_groups_tell_the_difference_within_them(tmp_path: Path) -> None:
    result = analysed(sexes(tmp_path), estimator="DL", test="z")
    yi = [WOMEN[study][0] - MEN[study][0] for study in "ab"]
    vi = [WOMEN[study][1] ** 2 + MEN[study][1] ** 2 for study in "ab"]
    expected = pool(yi, vi, method="DL", test="z")
    assert result.within is not None
    assert result.within.estimate == pytest.approx(expected.estimate, rel=1e-12)
    assert result.within.se == pytest.approx(expected.se, rel=1e-12)
    assert any(
        text.startswith(f"Difference within the 2 studies with both: {'−' if expected.estimate < 0 else ''}")
        for text in texts(forest_table(result))
    )
    one = analysed(sexes(tmp_path / "one", MEN, {"a": (0.0, 0.006), "d": (-0.02, 0.008)}))
    assert one.within is not None
    assert one.within.estimate == pytest.approx(-0.02, abs=1e-12)
    assert any("within the one study with both" in text for text in texts(forest_table(one)))
    none = analysed(sexes(tmp_path / "none", MEN, {"d": (-0.02, 0.008), "e": (0.01, 0.01)}))
    assert none.within is None
    assert not any("within" in text for text in texts(forest_table(none)) if text.startswith("Difference"))


def test_within_studies_both_intervals_stand_where_the_studies_agree_too_well(tmp_path: Path) -> None:
    men = {"a": (0.02, 0.005), "b": (0.01, 0.005), "c": (0.03, 0.005)}
    women = {"a": (0.03, 0.005), "b": (0.0201, 0.005), "c": (0.0401, 0.005)}
    found = analysed(sexes(tmp_path, men, women))
    assert found.within is not None
    assert found.within.narrower_than_wald
    (line,) = [text for text in texts(forest_table(found)) if text.startswith("Difference within")]
    assert line.count("[") == 2
    assert "; by Wald [" in line
    assert line.endswith("]" + line.rpartition("]")[2])
    assert ", p = " in line.rpartition("]")[2]


def test_a_ratio_of_ratios_is_told_for_ratios(tmp_path: Path) -> None:
    def row(sex: str, ratio: str, ci: str) -> str:
        effect = f"{{measure: HR, per: 1 g/dL, estimate: {ratio}, ci: [{ci}]}}"
        return f"id: {sex}, outcome: hip, model: full, stratum: {{sex: {sex}}}, effect: {effect}"

    records = {
        "a": record("a", [row("men", "0.80", "0.70, 0.91"), row("women", "1.10", "0.95, 1.27")]),
        "b": record("b", [row("men", "0.85", "0.70, 1.03"), row("women", "1.00", "0.85, 1.18")]),
    }
    loaded = review(tmp_path, records, scale=RATIO, more="stratum: {sex: each}\n    group_by: sex")
    result = analysed(loaded, estimator="EE", test="z")
    assert result.difference is not None
    ends = difference_interval(result.difference)
    assert ends is not None
    ratio = math.exp(ends[0])
    (line,) = [text for text in texts(forest_table(result)) if text.startswith("Ratio of")]
    assert line.startswith(f"Ratio of women to men: {ratio:.2f}, 95% CI [")
    assert 1.2 < ratio < 1.4


def test_rows_say_each_group_once_with_weights_of_the_whole(tmp_path: Path) -> None:
    table = forest_table(analysed(sexes(tmp_path)))
    assert [row.label for row in rows(table, GroupHeading)] == ["Men", "Women"]
    assert [row.label for row in rows(table, StudyRow)] == ["A", "B", "C", "A", "B", "D"]
    weights = [row.weight for row in rows(table, StudyRow)]
    men, women, overall = rows(table, SummaryRow)
    assert sum(weights[:3]) == pytest.approx(men.weight)
    assert sum(weights[3:]) == pytest.approx(women.weight)
    assert overall.weight == pytest.approx(100.0)
    assert [row.level for row in (men, women, overall)] == ["subgroup", "subgroup", "overall"]
    assert overall.label == "Overall, random effects (6)"
    assert len(rows(table, PredictionRow)) == 3
    assert (men.label, women.label) == ("Random effects (3)", "Random effects (3)")


def test_a_common_tau2_is_said_and_heterogeneity_is_told_within_groups(tmp_path: Path) -> None:
    result = analysed(sexes(tmp_path, more="tau2: common"))
    table = forest_table(result)
    assert [row.label for row in rows(table, SummaryRow)] == [
        "Random effects, common τ² (3)",
        "Random effects, common τ² (3)",
        "Overall, random effects (6)",
    ]
    assert result.difference is not None
    (line,) = [text for text in texts(table) if text.startswith("Within groups: τ² = ")]
    assert f"({result.difference.QE_df:g} df" in line
    assert result.difference.QE_df == 4
    assert "common τ²" in " ".join(table.footnotes)
    lone = {"d": (-0.02, 0.008)}
    single = forest_table(analysed(sexes(tmp_path / "lone", MEN, lone, more="tau2: common")))
    assert NOTHING_POOLED in texts(single)
    assert len(rows(single, SummaryRow)) == 2  # of men, and overall


def test_few_studies_in_a_group_are_warned_of_where_each_has_its_own_tau2(tmp_path: Path) -> None:
    notes = forest_table(analysed(sexes(tmp_path, MEN, {"d": (-0.02, 0.008)}))).footnotes
    assert "One study only in women: the test takes it as more certain than it is." in notes
    assert any(note.startswith("No more than 5 studies in men: a τ² of their own") for note in notes)
    many = {f"s{at}": (0.01 * (at % 3), 0.005) for at in range(6)}
    others = {f"w{at}": (0.02 * (at % 2), 0.006) for at in range(6)}
    assert not any(
        "No more than" in note
        for note in forest_table(analysed(sexes(tmp_path / "m", many, others))).footnotes
    )
    five = dict(list(many.items())[:5])
    assert any(
        "studies in men:" in note
        for note in forest_table(analysed(sexes(tmp_path / "5", five, others))).footnotes
    )
    for more, choices in (("tau2: common", {}), ("", {"estimator": "EE", "test": "z"})):
        quiet = forest_table(
            analysed(sexes(tmp_path / f"q{more[:3]}", MEN, WOMEN, more=more), **choices)
        ).footnotes
        assert not any("No more than" in note for note in quiet)


def test_groups_that_share_persons_have_no_overall_and_no_test(tmp_path: Path) -> None:
    both = [slope("one", "0.020", "0.010, 0.030"), slope("two", "0.05", "0.03, 0.07", outcome="spine")]
    records = {"a": record("a", both), "b": record("b", [slope("one", "0.01", "0.00, 0.02")])}
    result = analysed(review(tmp_path, records, more="group_by: site"))
    assert (result.overall, result.difference, result.within) == (None, None, None)
    assert result.sharing == (("A", "A"),)
    assert (
        "Groups share persons (A) and are dependent: no common summary, and no test of their difference."
        in forest_table(result).footnotes
    )
    many = {
        name: record(
            name, [slope("one", "0.020", "0.010, 0.030"), slope("two", "0.05", "0.03, 0.07", outcome="spine")]
        )
        for name in "abcde"
    }
    notes = " ".join(forest_table(analysed(review(tmp_path / "many", many, more="group_by: site"))).footnotes)
    assert "Groups share persons (A, B, C and 2 others)" in notes
    four = {name: many[name] for name in "abcd"}
    notes = " ".join(forest_table(analysed(review(tmp_path / "four", four, more="group_by: site"))).footnotes)
    assert "Groups share persons (A, B, C and D)" in notes


def test_what_keeps_a_test_from_being_made_is_said(tmp_path: Path) -> None:
    records = {
        "a": record("a", [slope("one", "0.020", "0.010, 0.030")]).replace(
            "design: cohort", "properties: {zone: north}\ndesign: cohort"
        ),
        "b": record("b", [slope("one", "0.010", "0.000, 0.020")]),
    }
    result = analysed(review(tmp_path, records, more="group_by: zone"))
    assert [group.name for group in result.groups] == ["north", "not stated"]
    assert result.overall is not None
    assert result.difference is None
    assert "Only one group is stated: there is no test." in texts(forest_table(result))
    lone = analysed(sexes(tmp_path / "l", {"a": (0.02, 0.005)}, {"a": (0.01, 0.004)}, more="tau2: common"))
    (said,) = [text for text in texts(forest_table(lone)) if text.startswith("The groups are not compared: ")]
    assert "a common tau2 needs more studies than subgroups" in said
    assert lone.within is not None
    assert any("within the one study with both" in text for text in texts(forest_table(lone)))
    assert lone.overall is not None


def test_one_study_a_group_is_compared_only_where_it_is_the_same_study(tmp_path: Path) -> None:
    apart = analysed(sexes(tmp_path / "apart", {"a": (0.02, 0.005)}, {"b": (0.01, 0.004)}))
    assert apart.difference is None
    assert (
        "Every group has one study: how the groups differ cannot be told from how the studies do."
        in texts(forest_table(apart))
    )
    same = analysed(sexes(tmp_path / "same", {"a": (0.02, 0.005)}, {"a": (0.01, 0.004)}))
    assert same.difference is not None
    assert same.difference.between.p_value == pytest.approx(
        2 * stats.norm.sf(0.01 / math.hypot(0.005, 0.004))
    )
    two = analysed(sexes(tmp_path / "two", {"a": (0.02, 0.005), "c": (0.03, 0.005)}, {"b": (0.01, 0.004)}))
    assert two.difference is not None


def test_one_group_with_numbers_is_its_own_whole(tmp_path: Path) -> None:
    records = {"a": record("a", [slope("one", "0.020", "0.010, 0.030"), silent("two", "spine")])}
    result = analysed(review(tmp_path, records, more="group_by: site"))
    assert (result.overall, result.difference, result.untested) == (None, None, "")


def test_data_for_json_hold_the_overall_result_and_the_difference(tmp_path: Path) -> None:
    result = analysed(sexes(tmp_path))
    found = as_dict(result)
    assert result.overall is not None
    assert result.overall.pooled is not None
    assert result.difference is not None
    assert result.within is not None
    assert found["overall"]["estimate"] == result.overall.pooled.estimate
    difference = found["difference"]
    assert difference["between"]["p_value"] == result.difference.between.p_value
    assert [difference["estimate"], *difference["ci"]] == list(difference_interval(result.difference) or ())
    assert difference["within_studies"]["estimate"] == result.within.estimate
    common = as_dict(analysed(sexes(tmp_path / "c", more="tau2: common")))
    assert "pooled" not in common["groups"][0]["pooled"]
    assert common["difference"]["tau2"] == "common"
    alone = review(tmp_path / "alone", {"a": record("a", [slope("one", "0.020", "0.010, 0.030")])})
    assert (as_dict(analysed(alone))["overall"], as_dict(analysed(alone))["difference"]) == (None, None)


def test_plots_of_comparable_groups_are_of_all_their_studies(tmp_path: Path) -> None:
    loaded = sexes(tmp_path)
    (found,) = subjects_of(analysed(loaded), loaded, {})
    assert (found.suffix, found.group, found.subject.pooled.k) == ("", None, 6)
    data_sets, _ = found.alternatives()
    assert {each.yi.size for each in data_sets} == {6}
