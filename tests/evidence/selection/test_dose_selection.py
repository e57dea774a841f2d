"""Which classes and slopes enter a curve, with which doses, and why others stay out."""

from __future__ import annotations

from pathlib import Path

import pytest
from numpy.testing import assert_allclose

from evidence.records.review import LoadedReview
from evidence.selection.dose_selection import DoseSelection, select_doses
from evidence.selection.selection import DoubleCountError, select
from tests.synthesis.review.classes import DOSED, LIMITED, MIDDLES, ODDS, classed, reviewed, slope
from tests.synthesis.review.made import record

CONTRAST = (
    "id: anemia, outcome: hip, model: full, effect: {measure: OR, "
    "versus: {exposed: anemia, reference: none}, estimate: 1.75, ci: [1.20, 2.55]}"
)


def selected(loaded: LoadedReview) -> DoseSelection:
    return select_doses(loaded.review, loaded.review.analyses[0], loaded.records)


def reasons(found: DoseSelection) -> dict[str, str]:
    return {each.candidate.name: each.reason for each in found.selection.left_out}


def only(folder: Path, arms: tuple[str, ...], more: str = MIDDLES % "", measure: str = "OR") -> DoseSelection:
    return selected(reviewed(folder, {"a": classed("a", arms, measure)}, more))


def changed(*pairs: tuple[str, str], arms: tuple[str, ...] = DOSED) -> tuple[str, ...]:
    text = "\n".join(arms)
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return tuple(text.split("\n"))


def test_doses_are_brought_to_one_unit_and_numbers_alone_are_in_that_of_the_exposure(tmp_path: Path) -> None:
    (study,) = only(tmp_path, DOSED).studies
    assert_allclose([study.reference, *study.doses], [11, 12, 13], rtol=1e-12)
    (study,) = only(tmp_path, DOSED, "dose_response: {unit: g/L}").studies
    assert_allclose([study.reference, *study.doses], [110, 120, 130], rtol=1e-12)


def test_the_middle_of_limits_is_a_dose_only_where_the_review_says_so(tmp_path: Path) -> None:
    (study,) = only(tmp_path, LIMITED).studies
    assert (study.reference, study.doses) == (12.0, (11.0, 13.0))
    (study,) = only(tmp_path, LIMITED, MIDDLES.replace("g/dL", "g/L") % "").studies
    assert_allclose([study.reference, *study.doses], [120.0, 110.0, 130.0], rtol=1e-15)
    found = only(tmp_path, LIMITED, "dose_response: {unit: g/dL}")
    assert found.studies == ()
    assert set(reasons(found)) == {"a/quarters.q1", "a/quarters.q3"}
    assert "no dose of class 'Q1' is stated; 'doses: midpoint' would" in reasons(found)["a/quarters.q1"]


@pytest.mark.parametrize(
    ("arms", "says"),
    [
        (changed(("11 g/dL", "11 mmol")), "the dose of class 'Q1': 'mmol' cannot be converted to 'g/dL'"),
        (changed(("dose: 11 g/dL, ", "")), "class 'Q1' has neither a dose nor limits"),
        (changed(("< 11.5", "low"), arms=LIMITED), "has neither a dose nor limits that can be read ('low')"),
        (changed(("11.5-12.5", "'>= 11.5'"), arms=LIMITED), "no neighbour that tells its width"),
        (changed(("< 11.5", "< 115 g/L"), ("11.5-12.5", "11.5-12.5 g/dL"), arms=LIMITED), "different units"),
        (changed(("120 g/L", "11 g/dL"), ("'13'", "11 g/dL")), "all its classes have the same dose"),
        (changed((", events: 20", "")), "it needs the cases and persons"),
    ],
)
def test_a_study_whose_classes_cannot_be_used_stays_out_with_the_reason(
    tmp_path: Path, arms: tuple[str, ...], says: str
) -> None:
    found = only(tmp_path, arms)
    assert found.studies == ()
    assert found.selection.chosen == ()
    assert len(reasons(found)) == 2
    assert all(says in reason for reason in reasons(found).values())


@pytest.mark.parametrize(
    ("covariance", "says"),
    [
        ("GL", "with these adjusted ratios a class would be nothing but cases"),
        ("Hamling", "no counts have these ratios and variances"),
    ],
)
def test_ratios_that_no_counts_have_stay_out(tmp_path: Path, covariance: str, says: str) -> None:
    arms = ("reference: true, dose: '11', n: 100, events: 60",
            "dose: '12', n: 100, events: 80, effect: {estimate: 4.0, ci: [2.0, 8.0]}",
            "dose: '13', n: 100, events: 90, effect: {estimate: 4.5, ci: [2.0, 10.1]}")  # fmt: skip
    more, scale = MIDDLES % f", covariance: {covariance}", ODDS.replace("OR", "RR")
    found = selected(reviewed(tmp_path, {"a": classed("a", arms, "RR")}, more, scale))
    assert found.studies == ()
    assert set(reasons(found).values()) == {f"{says}: its counts and ratios cannot both be right"}


def test_covariance_that_is_not_asked_for_needs_no_counts(tmp_path: Path) -> None:
    arms = changed((", events: 20", ""))
    assert len(only(tmp_path, arms, MIDDLES % ", covariance: independent").studies) == 1


@pytest.mark.parametrize(("prefer", "classes", "slopes"), [("classes", 1, 1), ("slope", 0, 2)])
def test_classes_and_a_slope_of_the_same_persons_count_once(
    tmp_path: Path, prefer: str, classes: int, slopes: int
) -> None:
    records = {"a": classed("a", DOSED, estimates=[slope(per="10 g/L")]), "b": record("b", [slope()])}
    found = selected(reviewed(tmp_path, records, MIDDLES % f", prefer: {prefer}"))
    assert (len(found.studies), len(found.slopes)) == (classes, slopes)
    entered = {each.candidate.name for each in found.selection.chosen}
    assert entered.isdisjoint(reasons(found))
    assert entered | set(reasons(found)) == {"a/quarters.q2", "a/quarters.q3", "a/slope", "b/slope"}
    says = "whose classes enter" if prefer == "classes" else "whose slope enters"
    assert all(says in reason for reason in reasons(found).values())


def test_a_slope_is_no_part_of_a_bent_curve_and_a_contrast_of_none(tmp_path: Path) -> None:
    records = {"a": classed("a", DOSED, estimates=[CONTRAST]), "b": record("b", [slope()])}
    found = selected(reviewed(tmp_path, records, MIDDLES % ", curve: quadratic"))
    assert found.slopes == ()
    assert reasons(found)["b/slope"] == "a slope is a straight line, and the curve is quadratic"
    assert reasons(found)["a/anemia"].startswith("compares groups and tells no dose")
    assert len(found.studies) == 1
    straight = selected(reviewed(tmp_path / "straight", records))
    assert [each.candidate.name for each in straight.slopes] == ["b/slope"]
    assert list(reasons(straight)) == ["a/anemia"]
    assert reasons(straight)["a/anemia"].startswith("compares groups and tells no dose")


def test_classes_of_another_outcome_are_no_part_of_what_a_curve_leaves_out(tmp_path: Path) -> None:
    text = classed("a", changed(("dose: 11 g/dL, ", ""))).replace("outcome: hip", "outcome: spine")
    found = selected(reviewed(tmp_path, {"a": text, "b": classed("b", DOSED)}))
    assert [each.rows[0].candidate.record.study for each in found.studies] == ["b"]
    assert reasons(found) == {}


def test_a_slope_is_preferred_to_a_single_class_beside_its_reference(tmp_path: Path) -> None:
    records = {"a": classed("a", DOSED[:2], estimates=[slope()])}
    found = selected(reviewed(tmp_path, records, MIDDLES % ", prefer: slope"))
    assert found.studies == ()
    assert list(reasons(found)) == ["a/quarters.q2"]


def test_of_two_models_of_the_same_classes_the_preferred_one_enters(tmp_path: Path) -> None:
    crude = """
  - id: crude
    outcome: hip
    model: least
    measure: OR
    arms:
      - {id: q1, name: Q1, reference: true, dose: '11', n: 100, events: 20}
      - {id: q2, name: Q2, dose: '12', n: 110, events: 18}
    where: {report: first, at: Table 2}"""
    behind = classed("a", DOSED, more=crude)
    before = classed("a", DOSED).replace("comparisons:", f"comparisons:{crude}")
    for place, text in enumerate((behind, before)):
        found = selected(reviewed(tmp_path / str(place), {"a": text}))
        (study,) = found.studies
        assert [row.candidate.comparison for row in study.rows] == ["quarters"] * 2
        (other,) = found.selection.other_models
        assert other.candidate.name == "a/crude.q2"
        assert other.reason == "another model of the same persons is preferred (quarters)"


def test_a_difference_of_means_and_a_coefficient_of_a_class_are_one_measure(tmp_path: Path) -> None:
    arms = (
        "reference: true, dose: '11', n: 30, mean: 0.90, sd: 0.12",
        "dose: '13', n: 31, mean: 0.96, sd: 0.12",
    )
    scale = "{measure: beta, exposure: hemoglobin, per: 1 g/dL, unit: g/cm2}"
    records = {
        "a": classed("a", arms, "MD"),
        "b": record("b", [slope("estimate: 0.02, ci: [0.01, 0.03]", measure="beta")]),
    }
    found = selected(reviewed(tmp_path, records, scale=scale))
    (study,) = found.studies
    assert study.rows[0].effect.yi == pytest.approx(0.06)
    assert study.counts is not None
    assert (study.counts.kind, study.counts.cases, study.counts.sizes.tolist()) == ("means", None, [30, 31])
    assert len(found.slopes) == 1


@pytest.mark.parametrize("arms", ["each", "correlated", "combine"])
@pytest.mark.parametrize("scale", [ODDS, "{measure: OR, exposure: hemoglobin}"])
def test_an_ordinary_analysis_never_has_classes_beside_a_slope_of_the_same_persons(
    tmp_path: Path, arms: str, scale: str
) -> None:
    records = {"a": classed("a", DOSED, estimates=[slope()])}
    loaded = reviewed(tmp_path, records, f"arms: {arms}", scale)
    found = select(loaded.review, loaded.review.analyses[0], loaded.records)
    entered = {each.candidate.comparison for each in found.chosen}
    assert entered == ({None} if "per" in scale else set() if arms == "combine" else {"quarters"})


def test_two_models_of_the_same_classes_that_rank_the_same_are_told_apart_in_the_record(
    tmp_path: Path,
) -> None:
    again = """
  - id: again
    outcome: hip
    model: full
    measure: OR
    arms:
      - {id: q1, name: Q1, reference: true, dose: '11', n: 100, events: 20}
      - {id: q2, name: Q2, dose: '12', n: 110, events: 18}
    where: {report: first, at: Table 3}"""
    loaded = reviewed(tmp_path, {"a": classed("a", DOSED, more=again)})
    with pytest.raises(DoubleCountError) as told:
        selected(loaded)
    assert str(told.value) == (
        "a/quarters.q2 and a/again.q2 share persons (a); they are of one study: mark 'quarters' or "
        "'again' as 'not_poolable' in its record"
    )
    marked = again + "\n    not_poolable: the same classes, in Table 2"
    found = selected(reviewed(tmp_path / "marked", {"a": classed("a", DOSED, more=marked)}))
    assert [row.candidate.comparison for row in found.selection.chosen] == ["quarters"] * 2


def test_the_rule_of_open_classes_is_the_reviews(tmp_path: Path) -> None:
    (study,) = only(tmp_path, LIMITED, MIDDLES % ", open_classes: 1.2 times").studies
    assert study.reference == 12.0
    assert_allclose(study.doses, [5.75, 15.0], rtol=1e-15)
