"""Two versions of a review's curve: what of it moved, which change moved it, and what deserves a look."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from numpy.testing import assert_allclose
from scipy.stats import t as student

from synthesis.drawing.forest_table import StudyRow
from synthesis.living.before_after import before_and_after
from synthesis.living.exchange import as_data
from synthesis.living.movement import MovedResult, Movement, find_movement
from synthesis.living.releases import method_sentences_of
from synthesis.living.sentences import because, rest_words, results_shown
from synthesis.living.signals import all_signals
from synthesis.living.summaries import Pooling
from synthesis.living.versions import Version
from synthesis.living.what_moved import compare_versions
from tests.synthesis.review.classes import DOSED, LIMITED, MIDDLES, classed, reviewed

Z = 1.959963984540054


def two_doses(estimate: float, low: float, high: float) -> tuple[str, ...]:
    """One class beside the reference, two g/dL above it."""
    return (
        "reference: true, dose: '11', n: 100, events: 20",
        f"dose: '13', n: 120, events: 15, effect: {{estimate: {estimate}, ci: [{low}, {high}]}}",
    )


FIRST, SECOND, OTHER = two_doses(0.60, 0.30, 1.20), two_doses(0.70, 0.35, 1.40), two_doses(0.75, 0.50, 1.125)
SLOPES = {
    name: (math.log(estimate) / 2, math.log(high / low) / 2 / Z / 2)
    for name, estimate, low, high in (
        ("first", 0.60, 0.30, 1.20),
        ("second", 0.70, 0.35, 1.40),
        ("other", 0.75, 0.50, 1.125),
    )
}


def pooled(*names: str) -> tuple[float, float, float]:
    """Slopes that hardly differ, by inverse variances and t, as ratios per 1 g/dL."""
    weights = [SLOPES[name][1] ** -2 for name in names]
    mean = sum(w * SLOPES[name][0] for w, name in zip(weights, names, strict=True)) / sum(weights)
    half = student.ppf(0.975, len(names) - 1) * sum(weights) ** -0.5
    return math.exp(mean), math.exp(mean - half), math.exp(mean + half)


def moved(folder: Path, old: dict[str, str], new: dict[str, str], *more: str) -> Movement:
    """more: of both versions, or of the old and the new one."""
    rules = [MIDDLES % each for each in more or ("",)]
    before = reviewed(folder / "old", old, rules[0])
    return find_movement(before, reviewed(folder / "new", new, rules[-1]))


def by_title(found: Movement) -> dict[str, MovedResult]:
    return {each.title.partition(": ")[2]: each for each in found.moved}


def test_a_study_added_moves_the_slope_the_tests_and_the_list_of_studies(tmp_path: Path) -> None:
    old = {"a": classed("a", FIRST), "b": classed("b", SECOND)}
    found = by_title(moved(tmp_path, old, old | {"c": classed("c", OTHER)}))
    assert list(found) == ["per 1 g/dL", "association", "heterogeneity", "studies and classes"]
    slope = found["per 1 g/dL"]
    assert slope.before.numbers is not None
    assert slope.after.numbers is not None
    assert_allclose(slope.before.numbers, pooled("first", "second"), rtol=1e-8)
    assert_allclose(slope.after.numbers, pooled("first", "second", "other"), rtol=1e-8)
    assert (slope.before.k, slope.after.k) == (2, 3)
    (cause,) = slope.causes
    shift = pooled("first", "second", "other")[0] / pooled("first", "second")[0]
    assert cause.shift(slope.before) == pytest.approx(shift, rel=1e-8)
    assert because(slope) == f"because of c ×{shift:.4f}"
    listed = found["studies and classes"]
    assert results_shown(listed)[1:] == ("–", "C 13 against 11 g/dL")
    assert because(listed) == "because of c"
    q, w = 0.0, [SLOPES[name][1] ** -2 for name in ("first", "second")]
    q = (SLOPES["first"][0] - SLOPES["second"][0]) ** 2 * w[0] * w[1] / sum(w)
    assert found["heterogeneity"].before.says.startswith(f"Q = {q:.4g} on 1 df, p = ")
    assert found["heterogeneity"].before.says.endswith("I² = 0%, SD between studies 0")


def test_a_class_that_changed_moves_effects_of_doses_and_coefficients(tmp_path: Path) -> None:
    changed = tuple(arm.replace("0.80", "0.90") for arm in DOSED)
    old = {"a": classed("a", DOSED), "b": classed("b", LIMITED)}
    new = old | {"a": classed("a", changed)}
    found = by_title(moved(tmp_path, old, new, ", curve: quadratic, at: [11.5, 12, 13], reference: 12"))
    assert list(found) == [
        "11.5 g/dL against 12 g/dL",
        "13 g/dL against 12 g/dL",
        "dose in g/dL",
        "dose^2 in g/dL",
        "association",
        "non-linearity",
        "heterogeneity",
    ]
    assert {because(each).partition("because of ")[2].split()[0] for each in found.values()} == {"a"}
    bend = found["dose^2 in g/dL"]
    assert (bend.before.log, bend.before.null, bend.before.kind) == (False, None, "coefficient")
    assert found["13 g/dL against 12 g/dL"].before.log


def test_a_choice_that_changed_is_told_as_the_reviews(tmp_path: Path) -> None:
    both = {"a": classed("a", DOSED), "b": classed("b", LIMITED)}
    found = by_title(moved(tmp_path, both, both, ", curve: quadratic", ", curve: spline"))
    assert "dose^2 in g/dL" in found
    assert results_shown(found["knots"])[1:] == ("nothing", "11, 12, 13 g/dL")
    assert found["spline 1 in g/dL"].before.numbers is None
    effect = found["11.5 g/dL against 12 g/dL"]
    assert because(effect).startswith("because of review.yaml")
    assert "13 g/dL against 12 g/dL" not in found  # at three doses both curves say the same


def test_an_old_curve_is_told_at_the_doses_of_the_new_one(tmp_path: Path) -> None:
    both = {"a": classed("a", DOSED), "b": classed("b", LIMITED)}
    first = ", curve: quadratic, at: [13], reference: 11"
    still = moved(tmp_path, both, both, first, ", curve: quadratic, at: [12.5], reference: 12")
    assert still.moved == ()
    assert rest_words(still) == "no pooled result changed"
    far = "dose: '15', n: 120, events: 15, effect: {estimate: 0.5, ci: [0.2, 1.25]}"
    wider = classed("c", (FIRST[0], far))
    found = moved(tmp_path / "wider", both, both | {"c": wider}, ", curve: quadratic")
    assert "15 g/dL against 11 g/dL" in by_title(found)
    assert all(each.before.says or each.before.numbers for each in found.moved)


def test_a_unit_that_changed_is_another_curve(tmp_path: Path) -> None:
    both = {"a": classed("a", FIRST), "b": classed("b", SECOND)}
    old = reviewed(tmp_path / "old", both, "dose_response: {unit: g/dL}")
    new = reviewed(tmp_path / "new", both, "dose_response: {unit: g/L}")
    found = by_title(find_movement(old, new))
    assert found["per 1 g/dL"].after.numbers is None
    assert found["per 1 g/L"].before.numbers is None


def test_signals_say_which_test_of_a_curve_has_turned(tmp_path: Path) -> None:
    sure, unsure = two_doses(0.60, 0.59, 0.61), two_doses(0.99, 0.49, 2.0)
    old = {"a": classed("a", unsure), "b": classed("b", unsure), "c": classed("c", unsure)}
    new = {name: classed(name, sure) for name in old}
    now = [each.says for each in all_signals(moved(tmp_path, old, new))]
    assert now[0] == "the interval no longer includes no effect"
    assert now[1].startswith("the effect is now associated with the dose: p = ")
    assert now[1].endswith("before, p < 0.0001 after")
    back = [each.says for each in all_signals(moved(tmp_path / "back", new, old))]
    assert back[1].startswith("the effect is no longer associated with the dose: p < 0.0001 before")
    without = tuple(arm.replace("dose: '", "limits: 'about ") for arm in sure)
    gone = moved(tmp_path / "gone", new, {"a": classed("a", without)}, "")
    assert [each.words for each in all_signals(gone)] == ["Everybody: nothing is left to fit a curve to"]


def test_signals_tell_a_curve_that_bends_now(tmp_path: Path) -> None:
    def study(middle: float) -> str:
        low, high = middle / 1.2, middle * 1.2
        return classed("a", (
            "reference: true, dose: '11', n: 1000, events: 200",
            f"dose: '12', n: 1100, events: 180, effect: {{estimate: {middle}, ci: [{low}, {high}]}}",
            "dose: '13', n: 1200, events: 250, effect: {estimate: 1.2, ci: [1.0, 1.44]}",
        ))  # fmt: skip

    found = moved(tmp_path, {"a": study(1.1)}, {"a": study(0.6)}, ", curve: quadratic")
    says = [each.says for each in all_signals(found) if each.kind == "non-linearity"]
    assert len(says) == 1
    assert says[0].startswith("the curve is now bent: p = ")
    back = moved(tmp_path / "back", {"a": study(0.6)}, {"a": study(1.1)}, ", curve: quadratic")
    assert [each.says.split(":")[0] for each in all_signals(back) if each.kind == "non-linearity"] == [
        "the curve is no longer bent"
    ]


def test_the_figure_and_the_data_of_what_moved_have_the_effects_and_no_coefficient(tmp_path: Path) -> None:
    both = {"a": classed("a", DOSED), "b": classed("b", LIMITED)}
    more = MIDDLES % ", curve: quadratic, at: [13], reference: 11"
    old = Version("a", "version a", reviewed(tmp_path / "old", both, more))
    new = Version("b", "version b", reviewed(tmp_path / "new", both | {"c": classed("c", DOSED)}, more))
    found = compare_versions(old, new)
    (table,) = before_and_after(found)
    rows = [row for row in table.rows if isinstance(row, StudyRow)]
    assert [row.label for row in rows] == ["before", "after"]
    assert table.axis is not None
    assert table.axis.label == "Odds ratio"  # of no one unit: the heading tells of which doses
    data = as_data(found)
    kinds = [each["kind"] for each in data["moved"]]
    assert kinds == ["curve", "coefficient", "coefficient", "shape", "shape", "shape", "shape"]
    effect = data["moved"][0]
    assert effect["title"] == "Everybody: 13 g/dL against 11 g/dL"
    assert (effect["before"]["estimate"], effect["after"]["estimate"]) == (rows[0].estimate, rows[1].estimate)
    assert effect["shift_is"] == "ratio"
    assert data["moved"][1]["shift_is"] == "difference"
    assert data["moved"][-1]["after"]["says"].endswith("C 12 and 13 against 11 g/dL")
    assert "not_compared" not in data


def test_the_sentence_of_a_curve_is_that_of_its_fit_and_without_one_there_is_none(tmp_path: Path) -> None:
    one = reviewed(tmp_path / "one", {"a": classed("a", FIRST)}, MIDDLES % "")
    (result,) = Pooling.of(one).results.values()
    assert result.dose is not None
    assert result.dose.fit is not None
    assert method_sentences_of(result) == [result.dose.fit.method_sentence]
    (empty,) = Pooling.of(reviewed(tmp_path / "none", {}, MIDDLES % "")).results.values()
    assert empty.dose is not None
    assert empty.dose.fit is None
    assert method_sentences_of(empty) == []
