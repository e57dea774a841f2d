"""Names declared once for a review: cohorts, outcomes, exposures, groups; ratios that stand for others."""

from __future__ import annotations

import math
from typing import Any

import pytest

from evidence.records.review import Review
from evidence.records.schema import Record
from evidence.selection.accounting import in_no_analysis
from evidence.selection.selection import DoubleCountError, Selection, select
from tests.evidence.selection.test_selection import analysis, estimate, record, review

SLOPE = {"estimate": "0.02", "ci": ["0.01", "0.03"]}
RATIO: dict[str, Any] = {"per": None, "estimate": "1.20", "ci": ["1.00", "1.44"]}


def run(asked: Review, *records: Record) -> Selection:
    return select(asked, asked.analyses[0], records)


def two_cohorts(first: str, second: str, part_of: tuple[str, ...] = ()) -> list[Record]:
    return [
        record("a", estimate("x"), cohort={"name": first}),
        record("b", estimate("x"), cohort={"name": second, "part_of": list(part_of)}),
    ]


def test_another_spelling_of_a_cohort_is_the_same_persons() -> None:
    records = two_cohorts("Korean NHIS", "Korean National Health Insurance Service")
    assert len(run(review(), *records).chosen) == 2
    same = {"cohorts": {"Korean National Health Insurance Service": ["korean  nhis"]}}
    with pytest.raises(DoubleCountError, match="share persons"):
        run(review(same=same), *records)
    found = run(review(same=same, overlap=["b", "a"]), *records)
    assert [each.candidate.record.study for each in found.chosen] == ["b"]


def test_a_cohort_inside_another_shares_its_persons_however_far() -> None:
    records = two_cohorts("NHIS", "NHIS Senior, men")
    inside = {"NHIS senior, men": ["NHIS Senior"], "NHIS Senior": ["NHIS"]}
    assert len(run(review(), *records).chosen) == 2
    with pytest.raises(DoubleCountError, match="share persons"):
        run(review(within=inside), *records)
    by_other_name = review(
        within={"NHIS Senior, men": ["National Service"]}, same={"cohorts": {"NHIS": ["national service"]}}
    )
    with pytest.raises(DoubleCountError, match="share persons"):
        run(by_other_name, *records)
    circle = {"NHIS Senior, men": ["NHIS Senior"], "NHIS Senior": ["NHIS Senior, men"]}
    assert len(run(review(within=circle), *records).chosen) == 2, "a circle ends"


def test_a_studys_own_containing_cohort_is_known_by_the_reviews_name() -> None:
    records = two_cohorts("UK Biobank", "Imaging study", ("UKB",))
    assert len(run(review(), *records).chosen) == 2
    with pytest.raises(DoubleCountError, match="share persons"):
        run(review(same={"cohorts": {"UK Biobank": ["UKB"]}}), *records)


def test_outcomes_and_exposures_of_other_names_answer_the_same_question() -> None:
    outcomes = {"hip": {"name": "bone density", "site": "hip", "unit": "g/cm2"}}
    exposures = {"hb": {"name": "haemoglobin", "unit": "g/dL"}}
    study = record("a", estimate("x", effect=SLOPE), outcomes=outcomes, exposures=exposures)
    assert run(review(), study).chosen == ()
    found = run(review(same={"outcomes": {"BMD": ["Bone density"]}}), study)
    assert [each.reason for each in found.left_out] == ["exposure is haemoglobin, not hemoglobin"]
    same = {"outcomes": {"BMD": ["Bone density"]}, "exposures": {"Hb": ["haemoglobin", "hemoglobin"]}}
    assert [each.effect.yi for each in run(review(same=same), study).chosen] == [0.02]


def of(measure: str, study: str = "a", **effect: Any) -> Record:
    return record(study, estimate("x", effect={"measure": measure, **RATIO, **effect}))


def contrast(exposed: str, reference: str) -> dict[str, Any]:
    return {"versus": {"exposed": exposed, "reference": reference}}


def test_groups_of_other_names_are_the_same_contrast() -> None:
    scale = {"measure": "HR", "exposure": "hemoglobin", **contrast("anemia", "no anemia")}
    study = of("HR", **contrast("Hb < 12 g/dL", "Normal"))
    same = {"groups": {"anemia": ["hb < 12 g/dl"], "no anemia": ["normal"]}}
    assert len(run(review(analysis(scale=scale), same=same), study).chosen) == 1
    half = {"groups": {"anemia": ["hb < 12 g/dl"]}}
    for names in ({}, half):
        found = run(review(analysis(scale=scale), same=names), study)
        assert [each.reason for each in found.left_out] == ["compares Hb < 12 g/dL with Normal"]


def test_ratios_that_an_analysis_accepts_are_pooled_as_they_are() -> None:
    scale = {"measure": "RR", "exposure": "hemoglobin"}
    studies = [of("HR", "a"), of("OR", "b"), of("RR", "c"), of("IRR", "d")]
    plain = run(review(analysis(scale=scale)), *studies)
    assert [each.candidate.record.study for each in plain.chosen] == ["c"]
    assert {each.reason for each in plain.left_out} == {
        f"measure is {m}, not RR" for m in ("HR", "OR", "IRR")
    }
    found = run(review(analysis(scale=scale, accept=["HR", "OR"])), *studies)
    assert [each.candidate.record.study for each in found.chosen] == ["a", "b", "c"]
    assert {each.effect.yi for each in found.chosen} == {math.log(1.2)}


def counts(**effect: Any) -> dict[str, Any]:
    groups = [{"name": "x", "events": 12, "n": 40}, {"name": "y", "events": 7, "n": 41}]
    return {"measure": "RR", "per": None, "estimate": None, "ci": None, "groups": groups, **effect}


def test_an_odds_ratio_follows_from_counts_recorded_as_a_risk_ratio() -> None:
    asked = review(analysis(scale={"measure": "OR", "exposure": "hemoglobin"}))
    (found,) = run(asked, record("a", estimate("x", effect=counts()))).chosen
    assert found.effect.yi == pytest.approx(math.log(12 * 34 / (28 * 7)), rel=1e-12)
    effect = found.candidate.estimate.effect
    assert effect is not None
    assert effect.measure == "OR"
    printed = counts(estimate="1.76", ci=["0.77", "4.00"])
    crude = record("a", estimate("x", model="none", effect=printed))
    assert run(asked, crude).chosen[0].effect.yi == pytest.approx(math.log(12 * 34 / (28 * 7)), rel=1e-12)
    adjusted = run(asked, record("a", estimate("x", model="full", effect=printed)))
    assert [each.reason for each in adjusted.left_out] == ["measure is RR, not OR"], "no crude one for it"


def test_raw_numbers_that_give_no_such_measure_say_so() -> None:
    asked = review(analysis(scale={"measure": "SMD", "exposure": "hemoglobin"}))
    found = run(asked, record("a", estimate("x", effect=counts())))
    assert [each.reason for each in found.left_out] == ["measure is RR, not SMD"]


def test_the_reviews_overlap_holds_for_every_analysis_and_an_analysis_comes_first() -> None:
    records = two_cohorts("LEE", "lee")
    assert run(review(overlap=["b"]), *records).chosen[0].candidate.record.study == "b"
    refined = review(analysis(overlap=["a"]), overlap=["b"])
    assert run(refined, *records).chosen[0].candidate.record.study == "a"


def test_slopes_per_sd_and_in_sds_are_brought_to_units_where_the_sd_is_known() -> None:
    exposures = {"hemoglobin": {"name": "hemoglobin", "unit": "g/dL", "sd": "14 g/L"}}
    outcomes = {"hip": {"name": "BMD", "site": "hip", "unit": "SD", "sd": "0.12 g/cm2"}}
    effect = {"per": "1 SD", "estimate": "0.07", "ci": ["0.00", "0.14"]}
    study = record("a", estimate("x", effect=effect), exposures=exposures, outcomes=outcomes)
    assert run(review(), study).chosen[0].effect.yi == pytest.approx(0.07 * 0.12 / 1.4, rel=1e-12)
    without = record("a", estimate("x", effect=effect), outcomes=outcomes)
    assert "'SD' cannot be converted" in run(review(), without).left_out[0].reason.replace("'g/dL'", "'SD'")
    nothing = record(
        "a",
        estimate("x", effect=effect),
        exposures={"hemoglobin": {"name": "hemoglobin", "unit": "g/dL", "sd": "0 g/L"}},
        outcomes=outcomes,
    )
    assert run(review(), nothing).left_out[0].reason == "exposure step: the SD 0 g/L is not positive"
    scale = {"measure": "beta", "exposure": "hemoglobin", "per": "1 SD", "unit": "SD"}
    assert run(review(analysis(scale=scale)), study).chosen[0].effect.yi == pytest.approx(0.07, rel=1e-12)
    per_unit = record(
        "a",
        estimate("x", effect={"per": "1 g/dL", "estimate": "0.05", "ci": ["0", "0.1"]}),
        exposures=exposures,
        outcomes=outcomes,
    )
    assert run(review(analysis(scale=scale)), per_unit).chosen[0].effect.yi == pytest.approx(0.07, rel=1e-12)


def test_a_slope_per_tenfold_is_brought_to_one_per_doubling() -> None:
    effect = {"per": "10-fold", "estimate": "0.10", "ci": ["0.05", "0.15"]}
    scale = {"measure": "beta", "exposure": "hemoglobin", "per": "doubling", "unit": "g/cm2"}
    study = record("a", estimate("x", effect=effect))
    (found,) = run(review(analysis(scale=scale)), study).chosen
    assert found.effect.yi == pytest.approx(0.1 / math.log2(10), rel=1e-12)


def test_blanks_and_case_tell_no_names_apart_anywhere() -> None:
    scale = {"measure": "HR", "exposure": "serum  IRON", **contrast("Iron  deficiency", "no deficiency")}
    exposures = {"iron": {"name": "Serum iron", "unit": "g/dL"}}
    outcomes = {"hip": {"name": "Bone  Mineral density", "site": "hip"}}
    effect = {"measure": "HR", **RATIO, **contrast("iron deficiency", "No  deficiency")}
    study = record("a", estimate("x", effect=effect), exposures=exposures, outcomes=outcomes)
    asked = review(analysis(scale=scale, outcome={"name": "bone mineral density"}))
    found = run(asked, study)
    assert [each.reason for each in found.left_out] == []
    assert len(found.chosen) == 1


def test_an_estimate_that_no_analysis_asks_for_is_read_by_the_names_of_the_review() -> None:
    """Under another name of its exposure it is on the scale, and only its outcome is asked for by nothing."""
    exposures = {"hb": {"name": "Hb", "unit": "g/dL"}}
    outcomes = {"hip": {"name": "wrist BMD", "site": "wrist", "unit": "g/cm2"}}
    study = record("a", estimate("x", effect=SLOPE), exposures=exposures, outcomes=outcomes)
    for same, reason in (
        ({}, "wrist BMD: exposure is Hb, not hemoglobin"),
        ({"exposures": {"hemoglobin": ["Hb"]}}, "no analysis asks for wrist BMD, wrist, all"),
    ):
        asked = review(same=same)
        (found,) = in_no_analysis(asked, [study], [run(asked, study)])
        assert found.reason.startswith(reason), found.reason
