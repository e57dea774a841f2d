"""Correlated arms of a review: what is pooled, and how rows, words, files and plots show it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.records.review import LoadedReview, Method
from synthesis.drawing.forest_table import StudyRow, SummaryRow, TextRow
from synthesis.plots.kinds import KINDS
from synthesis.plots.subject import NotDefinedError
from synthesis.pooled import pool
from synthesis.review.alternatives import group_rounding
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.effects_table import effects_table
from synthesis.review.export import as_dict
from synthesis.review.forest_table import forest_table
from synthesis.review.order import Order
from synthesis.review.overview import overview_lines
from synthesis.review.plot_subjects import SEVERAL_ARMS, ReviewSubject, subjects_of
from synthesis.review.pooled_units import counted_apart
from tests.synthesis.review.made import record, review, silent
from tests.synthesis.review.test_notes import ODDS, ratio

OWN = 1 / (1 / (1 / 7 + 1 / 23) + 1 / (1 / 10 + 1 / 25))
"""The variance of the mean of both arms, without what they share."""
SHARED = 1 / 8 + 1 / 32
LOW, HIGH = np.log(7 / 23 / (8 / 32)), np.log(10 / 25 / (8 / 32))
MEAN = OWN * (LOW / (1 / 7 + 1 / 23) + HIGH / (1 / 10 + 1 / 25))
"""Of two effects with errors in common, weighted by what is each one's own."""


def arms(study: str, low: int = 7, year: int = 2020, name: str = "dose", stratum: str = "") -> str:
    comparison = f"""
  - id: {name}
    outcome: hip
    model: least
    measure: OR{stratum}
    arms:
      - {{id: none, name: placebo, reference: true, n: 40, events: 8}}
      - {{id: low, name: 50 mg, dose: 50 mg, n: 30, events: {low}}}
      - {{id: high, name: 75 mg, dose: 75 mg, n: 35, events: 10}}
    where: {{report: first, at: Table 2}}"""
    whole = record(study, [silent("x", "spine")], year=year)
    return whole.replace("\nextraction:", f"\ncomparisons:{comparison}\nextraction:")


def alone(study: str, numbers: str, year: int = 2020) -> str:
    return record(study, [ratio("OR", numbers)], year=year)


def three(folder: Path, more: str = "arms: correlated") -> LoadedReview:
    """Two arms of one study between two studies of one estimate, by their years."""
    records = {
        "a": alone("a", "estimate: 1.20, ci: [1.00, 1.44]", 2018),
        "b": arms("b", year=2019),
        "c": alone("c", "estimate: 2.00, ci: [1.60, 2.50]", 2020),
    }
    return review(folder, records, scale=ODDS, more=more, sites="hip")


def analysed(loaded: LoadedReview, order: Order = Order.REVIEW, **choices: Any) -> AnalysisResult:
    method = Method(**{"estimator": "DL", "test": "z", **choices})
    return analyse(loaded, loaded.review.analyses[0], method, order)


def test_the_study_enters_once_with_the_mean_of_its_arms(tmp_path: Path) -> None:
    (group,) = analysed(three(tmp_path)).groups
    assert group.pooled is not None
    assert group.pooled.labels == ("a/x", "b/dose", "c/x")
    unit = group.units[1]
    assert (unit.yi, unit.sei) == pytest.approx((MEAN, np.sqrt(OWN + SHARED)), rel=1e-12)
    single = [np.log(1.2), np.log(2.0)]
    errors = [np.log(1.44) / (2 * 1.959963984540054), np.log(2.5 / 1.6) / (2 * 1.959963984540054)]
    expected = pool(
        yi=[single[0], MEAN, single[1]],
        sei=[errors[0], np.sqrt(OWN + SHARED), errors[1]],
        method="DL",
        test="z",
    )
    assert_allclose(
        [group.pooled.estimate, group.pooled.se, group.pooled.tau2, *group.pooled.weights],
        [expected.estimate, expected.se, expected.tau2, *expected.weights],
        rtol=1e-10,
    )
    assert len(group.chosen) == 4


def test_arms_stand_below_their_study_without_weights(tmp_path: Path) -> None:
    table = forest_table(analysed(three(tmp_path)))
    rows = [row for row in table.rows if isinstance(row, StudyRow)]
    assert [(row.label, row.part) for row in rows] == [
        ("A", False), ("B", False), ("50 mg", True), ("75 mg", True), ("C", False),
    ]  # fmt: skip
    assert [row.weight is None for row in rows] == [False, False, True, True, False]
    assert sum(row.weight or 0 for row in rows) == pytest.approx(100)
    half = 1.959963984540054 * np.sqrt(OWN + SHARED)
    assert (rows[1].estimate, rows[1].low, rows[1].high) == pytest.approx(
        tuple(np.exp([MEAN, MEAN - half, MEAN + half])), rel=1e-12
    )
    assert [row.estimate for row in rows[2:4]] == pytest.approx(np.exp([LOW, HIGH]).tolist(), rel=1e-12)
    assert [row.cells for row in rows] == [("none",), ("none",), ("",), ("",), ("none",)]


def test_estimates_and_studies_are_counted_apart(tmp_path: Path) -> None:
    result = analysed(three(tmp_path), test="HKSJ", estimator="REML")
    table = forest_table(result)
    (label, *_) = [row.label for row in table.rows if isinstance(row, SummaryRow)]
    assert label.startswith("Random effects (4 estimates in 3 studies)")
    within = (LOW - HIGH) ** 2 / (1 / 7 + 1 / 23 + 1 / 10 + 1 / 25)
    assert (
        "4 estimates in 3 studies: arms that share a reference enter with their covariance, as the "
        "generalised least-squares mean of their study, below which they stand without weights."
    ) in table.footnotes
    assert (
        f"Arms of one study, taken to have one effect: Q = {within:.2f} (1 df, p = 0.63)." in table.footnotes
    )
    assert not any("common summary" in note for note in table.footnotes)
    assert any("3 studies cannot tell how much" in row.text for row in table.rows if isinstance(row, TextRow))
    assert any("k = 3, 4 estimates in 3 studies" in line for line in overview_lines([result], [2]))


def test_without_correlated_arms_nothing_is_said_of_them(tmp_path: Path) -> None:
    for word in ("combine", "lowest"):
        result = analysed(three(tmp_path / word, f"arms: {word}"))
        table = forest_table(result)
        assert not any("covariance" in note for note in table.footnotes)
        assert [row.label for row in table.rows if isinstance(row, SummaryRow)] == ["Random effects (3)"]
        assert overview_lines([result], [2])[1].endswith("k = 3")
        assert not any(isinstance(row, StudyRow) and row.part for row in table.rows)
    each = analysed(three(tmp_path / "each", "arms: each"))
    assert each.groups[0].pooled is None
    assert len(each.groups[0].units) == 4


def test_printed_effects_whose_correlation_is_estimated_are_named(tmp_path: Path) -> None:
    printed = arms("b").replace("events: 10}", "events: 10, effect: {estimate: 1.5, ci: [0.5, 4.5]}}")
    records = {"a": arms("a", low=8), "b": printed}
    notes = forest_table(analysed(review(tmp_path, records, scale=ODDS, more="arms: correlated"))).footnotes
    (note,) = [note for note in notes if "covariance" in note]
    assert note.endswith("of ratios as by Greenland and Longnecker (1992): B.")


def test_strata_of_one_study_are_comparisons_of_their_own(tmp_path: Path) -> None:
    whole = arms("a", name="men", stratum="\n    stratum: {sex: men}")
    other = arms("a", low=9, name="women", stratum="\n    stratum: {sex: women}")
    both = other.split("comparisons:")[1].split("\nextraction:")[0]
    text = whole.replace("\nextraction:", f"{both}\nextraction:")
    loaded = review(tmp_path, {"a": text}, scale=ODDS, more="arms: correlated\n    stratum: {sex: each}")
    (group,) = analysed(loaded).groups
    assert [unit.name for unit in group.units] == ["a/men", "a/women"]
    assert counted_apart(group.units) == "4 estimates in 2 comparisons of 1 study"
    rows = [row.label for row in forest_table(analysed(loaded)).rows if isinstance(row, StudyRow)]
    assert rows == ["A, men", "50 mg", "75 mg", "A, women", "50 mg", "75 mg"]


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (Order.REVIEW, ["a/x", "b/dose", "c/x"]),
        (Order.YEAR, ["a/x", "b/dose", "c/x"]),
        (Order.NAME, ["a/x", "b/dose", "c/x"]),
        (Order.EFFECT, ["a/x", "b/dose", "c/x"]),
        (Order.WEIGHT, ["a/x", "c/x", "b/dose"]),
    ],
)
def test_studies_are_in_the_order_of_their_own_effect_and_weight(
    order: Order, names: list[str], tmp_path: Path
) -> None:
    (group,) = analysed(three(tmp_path), order).groups
    assert [unit.name for unit in group.units] == names
    assert group.pooled is not None
    assert group.pooled.labels == tuple(names)
    assert np.log(1.2) < MEAN
    assert np.log(2.0) > MEAN


def test_one_study_of_two_arms_is_no_pool(tmp_path: Path) -> None:
    result = analysed(review(tmp_path, {"a": arms("a")}, scale=ODDS, more="arms: correlated", sites="hip"))
    table = forest_table(result)
    assert "One study, nothing pooled." in [row.text for row in table.rows if isinstance(row, TextRow)]
    assert [row.weight for row in table.rows if isinstance(row, StudyRow)] == [None, None, None]


def test_plain_data_hold_the_covariance_the_weights_and_persons_once(tmp_path: Path) -> None:
    (group,) = as_dict(analysed(three(tmp_path)))["groups"]
    (found,) = group["correlated"]
    assert (found["study"], found["comparison"], found["label"], found["n"]) == ("b", "dose", "B", 105)
    assert found["estimate_ids"] == ["dose.low", "dose.high"]
    own = [1 / 7 + 1 / 23, 1 / 10 + 1 / 25]
    assert_allclose(found["covariance"], SHARED + np.diag(own), rtol=1e-12)
    assert_allclose(found["weights"], [OWN / own[0], OWN / own[1]], rtol=1e-12)
    assert (found["yi"], found["sei"]) == pytest.approx((MEAN, np.sqrt(OWN + SHARED)), rel=1e-12)
    assert found["shown"]["estimate"] == pytest.approx(np.exp(MEAN), rel=1e-12)
    assert len(group["studies"]) == 4
    assert as_dict(analysed(three(tmp_path / "x", "arms: combine")))["groups"][0]["correlated"] == []


def test_rows_for_other_programs_have_their_row_of_the_covariance_matrix(tmp_path: Path) -> None:
    rows = effects_table([analysed(three(tmp_path))])
    assert [row["comparison"] for row in rows] == [None, "dose", "dose", None]
    names = list(rows[0])
    assert names[-2:] == ["v1i", "v2i"]
    block = [[row["v1i"], row["v2i"]] for row in rows[1:3]]
    assert_allclose(
        np.array(block, dtype=float), SHARED + np.diag([1 / 7 + 1 / 23, 1 / 10 + 1 / 25]), rtol=1e-12
    )
    assert (rows[0]["v1i"], rows[3]["v2i"]) == (None, None)
    assert rows[1]["v1i"] == pytest.approx(rows[1]["vi"], rel=1e-15)
    plain = effects_table([analysed(three(tmp_path / "x", "arms: combine"))])
    assert not {"comparison", "v1i"} & set(plain[0])


def only(loaded: LoadedReview) -> ReviewSubject:
    (found,) = subjects_of(analysed(loaded), loaded, {})
    return found


def test_plots_ask_their_questions_of_studies(tmp_path: Path) -> None:
    found = only(three(tmp_path))
    assert found.subject.pooled.labels == ("A", "B", "C")
    assert found.order()[0] == [0, 1, 2]
    assert found.moderator("n").values[1] == 30 + 35 + 40
    assert found.moderator("year").values.tolist() == [2018, 2019, 2020]
    alternatives, choices = found.alternatives()
    assert choices[3] == "arms"
    assert {each.options[3] for each in alternatives} == {
        "as the review", "arms combined", "lowest dose", "highest dose",
    }  # fmt: skip
    own = next(each for each in alternatives if set(each.options) == {"as the review"})
    assert_allclose(own.yi, found.subject.pooled.yi, rtol=1e-15)
    without = found.subject.pooled
    refits = KINDS["leave-one-out"].draw(found, "")
    assert refits is not None
    assert without.k == 3


def test_a_plot_of_two_arms_a_study_says_what_it_needs(tmp_path: Path) -> None:
    loaded = review(tmp_path, {"a": arms("a"), "b": arms("b", 9)}, scale=ODDS, more="arms: correlated")
    with pytest.raises(NotDefinedError, match="one point a study; here a study has several arms"):
        KINDS["labbe"].draw(only(loaded), "")
    assert "'arms: combine'" in SEVERAL_ARMS
    one = review(
        tmp_path / "x", {"a": arms("a"), "b": arms("b", 9)}, scale=ODDS, more="arms: highest", sites="hip"
    )
    assert only(one).arms is not None


def test_rounding_of_printed_ratios_moves_their_mean_and_counts_do_not_round(tmp_path: Path) -> None:
    counts = review(
        tmp_path, {"a": arms("a"), "b": arms("b", 9)}, scale=ODDS, more="arms: correlated", sites="hip"
    )
    exact = group_rounding(analysed(counts).groups[0])
    assert exact is not None
    assert exact.estimate_range[1] - exact.estimate_range[0] < 1e-12
    text = arms("a").replace("events: 7}", "events: 7, effect: {estimate: 1.2, ci: [0.4, 3.6]}}")
    text = text.replace("events: 10}", "events: 10, effect: {estimate: 1.6, ci: [0.6, 4.3]}}")
    loaded = review(
        tmp_path / "x", {"a": text, "b": arms("b", 9)}, scale=ODDS, more="arms: correlated", sites="hip"
    )
    (group,) = analysed(loaded).groups
    found = group_rounding(group)
    assert found is not None
    assert group.pooled is not None
    assert found.unusable == 0
    assert found.estimate_range[0] < group.pooled.estimate < found.estimate_range[1]
    # 1.2 and 1.6 lie within 0.05: no draw moves a log ratio further than log(1.65 / 1.6) and log(1.25 / 1.2)
    widest = max(np.log(1.25 / 1.2), np.log(1.6 / 1.55))
    assert found.estimate_range[1] - group.pooled.estimate < widest


def test_only_draws_in_which_an_arms_limits_change_places_are_left_out(tmp_path: Path) -> None:
    """1.0 is anywhere up to 1.05, and 1.04 about there: above it in (1.05 - 1.04) / 0.1 of 1,000 draws."""
    text = arms("a").replace("events: 7}", "events: 7, effect: {estimate: 1.02, ci: [1.0, 1.04]}}")
    text = text.replace("events: 10}", "events: 10, effect: {estimate: 1.6, ci: [0.6, 4.3]}}")
    records = {"a": text, "b": arms("b", 9)}
    loaded = review(tmp_path, records, scale=ODDS, more="arms: correlated", sites="hip")
    found = group_rounding(analysed(loaded).groups[0])
    assert found is not None
    assert found.draws + found.unusable == 1000
    assert 60 < found.unusable < 140


MEANS = """
comparisons:
  - id: dose
    outcome: hip
    model: least
    measure: MD
    arms:
      - {id: none, name: placebo, reference: true, n: 40, mean: 10, sd: 1.0000}
      - {id: low, name: 50 mg, n: 40, mean: 12.0000, sd: 1.0000}
      - {id: high, name: 75 mg, n: 40, mean: 12.0000, sd: 1.0000}
    where: {report: first, at: Table 2}
extraction:"""


def test_arms_move_together_by_the_rounding_of_their_reference(tmp_path: Path) -> None:
    wide = "id: x, outcome: hip, model: least, effect: {measure: MD, estimate: 2.0000, se: 900.00}"
    records = {
        "a": record("a", [silent("x", "spine")]).replace("\nextraction:", MEANS),
        "b": record("b", [wide]),
    }
    scale = "{measure: MD, exposure: hemoglobin, unit: g/cm2}"
    loaded = review(tmp_path, records, scale=scale, more="arms: correlated", sites="hip")
    found = group_rounding(analysed(loaded, estimator="EE").groups[0])
    assert found is not None
    # 10 is anywhere from 9.5 to 10.5, for both arms at once: not the average of two draws
    assert found.estimate == pytest.approx((2 - 0.475, 2 + 0.475), abs=0.02)


def test_groups_are_compared_by_studies_and_not_by_their_arms(tmp_path: Path) -> None:
    status = "status: published"
    records = {
        "a": alone("a", "estimate: 1.20, ci: [1.00, 1.44]"),
        "b": arms("b"),
        "c": alone("c", "estimate: 2.00, ci: [1.60, 2.50]").replace(status, "status: preprint"),
        "d": arms("d", 9).replace(status, "status: preprint"),
    }
    more = "arms: correlated\n    group_by: status"
    result = analysed(review(tmp_path, records, scale=ODDS, more=more, sites="hip"))
    assert result.overall is not None
    assert result.overall.pooled is not None
    assert result.difference is not None
    assert (result.overall.pooled.k, [group.k for group in result.difference.groups]) == (4, [2, 2])
    expected = pool(
        yi=[unit.yi for unit in result.groups[0].units],
        sei=[unit.sei for unit in result.groups[0].units],
        method="DL",
        test="z",
    )
    assert result.difference.groups[0].estimate == pytest.approx(expected.estimate, rel=1e-12)
    rows = [row for row in forest_table(result).rows if isinstance(row, StudyRow)]
    assert sum(row.weight or 0 for row in rows) == pytest.approx(100)
    assert [row.part for row in rows].count(True) == 4
    labels = [row.label for row in forest_table(result).rows if isinstance(row, SummaryRow)]
    assert labels[-1] == "Overall, random effects (6 estimates in 4 studies)"
