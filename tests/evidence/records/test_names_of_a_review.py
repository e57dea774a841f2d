"""What a review says once of names, overlap, arms and ratios, and what follows for one estimate."""

from __future__ import annotations

import math
from typing import Any

import pytest

from evidence.records.measures import factor_to, harmonise, on_measure
from evidence.records.names import Same, review_name
from evidence.records.raw_numbers import NotPoolableError
from evidence.records.review import Review, review_faults
from evidence.records.schema import Cohort, Record
from evidence.records.target_scale import TargetScale
from tests.evidence.records.samples import record

QUESTION = dict.fromkeys(("population", "exposure", "outcome", "design"), "x")
GROUPS = "groups: [{name: a, n: 40, events: 12}, {name: b, n: 41, events: 7}]"
SLOPE = "{measure: beta, per: 1 g/dL, estimate: 0.0079, ci: [0.002, 0.0135], level: 95 %, p: 0.006}"


def review(**fields: Any) -> Review:
    analysis = {"id": "hip", "title": "Hip", "outcome": {"name": "BMD"}, **fields.pop("analysis", {})}
    scale = fields.pop("scale", {"measure": "OR", "exposure": "hemoglobin"})
    return Review.model_validate(
        {"review": "r", "title": "R", "question": QUESTION, "scale": scale, "analyses": [analysis], **fields}
    )


def test_a_papers_name_is_the_reviews_whatever_its_case_and_blanks() -> None:
    known = {"hip": ("total hip", "Hip  (total)"), "spine": ()}
    for printed, name in (
        ("Total  HIP", "hip"),
        ("HIP", "hip"),
        ("hip (total)", "hip"),
        ("Spine", "spine"),
        ("knee", "knee"),
    ):
        assert review_name(known, printed) == name
    same = Same.model_validate({"groups": {"anemia": ["anaemia"]}, "cohorts": {"A": ["B"]}})
    assert (same.name("groups", "Anaemia"), same.name("cohorts", "anaemia")) == ("anemia", "anaemia")
    assert same.name("cohorts", "b") == "A"


@pytest.mark.parametrize(
    ("cohort", "around"),
    [
        ({"name": "senior"}, ("NHIS", "Korea")),
        ({"name": "Old Persons"}, ("NHIS", "Korea")),
        ({"name": "nhis"}, ("Korea",)),
        ({"name": "Korea"}, ()),
        ({"name": "other", "part_of": ["Korean NHIS"]}, ("NHIS", "Korea")),
        ({"name": "other", "part_of": ["x"]}, ("x",)),
        ({"name": "circle"}, ("round",)),
    ],
)
def test_a_cohort_lies_inside_everything_around_it(cohort: dict[str, Any], around: tuple[str, ...]) -> None:
    asked = review(
        same={"cohorts": {"NHIS": ["Korean NHIS"], "senior": ["old persons"]}},
        within={"Senior": ["Korean NHIS"], "NHIS": ["Korea"], "circle": ["round"], "round": ["circle"]},
    )
    found = asked.cohort_as_meant(Cohort.model_validate(cohort))
    assert set(found.part_of) == set(around)
    assert len(found.part_of) == len(around)


def test_an_analysis_comes_before_its_review() -> None:
    asked = review(overlap=["a", "b"], arms="combine", analysis={"overlap": ["b", "c"]})
    (analysis,) = asked.analyses
    assert asked.overlap_of(analysis) == ("b", "c", "a")
    assert asked.arms_of(analysis) == "combine"
    own = review(arms="combine", analysis={"arms": "each"})
    assert own.arms_of(own.analyses[0]) == "each"
    assert review().arms_of(review().analyses[0]) is None


def test_columns_of_an_analysis_are_its_own_or_those_of_the_review() -> None:
    """None are columns as well: an empty list takes the review's away."""
    asked = review(columns=["n", "risk of bias"])
    assert asked.columns_of(asked.analyses[0]) == ("n", "risk of bias")
    for own in (["events"], []):
        other = review(columns=["n"], analysis={"columns": own})
        assert other.columns_of(other.analyses[0]) == tuple(own)
    assert review().columns_of(review().analyses[0]) is None


def test_only_ratios_of_two_groups_stand_for_one_another() -> None:
    fine = review(analysis={"accept": ["OR", "RR", "HR", "IRR"]})
    assert list(review_faults(fine)) == []
    (fault,) = review_faults(review(analysis={"accept": ["RR", "MD"]}))
    assert (fault.rule, fault.at) == ("accept-other-scale", ("analyses", 0, "accept", 1))
    assert fault.says == "'accept' takes MD for OR, but MD is no ratio of two groups"
    assert fault.hint == "Only HR, IRR, OR, RR may stand for one another."
    (fault,) = review_faults(review(scale={"measure": "MD", "exposure": "x"}, analysis={"accept": ["RR"]}))
    assert fault.says == "'accept' takes RR for MD, but MD is no ratio of two groups"


def of(effect: str, adjustment: str = "none") -> Record:
    return record((SLOPE, effect), ("adjustment: full", f"adjustment: {adjustment}"))


def test_another_measure_follows_from_raw_numbers_that_nobody_adjusted() -> None:
    log_odds, log_risk = math.log(12 * 34 / (28 * 7)), math.log(12 / 40 / (7 / 41))
    target = TargetScale.model_validate({"measure": "OR", "exposure": "hemoglobin"})
    counted = of(f"{{measure: RR, {GROUPS}}}", "full")
    assert harmonise(counted, counted.estimates[0], target).yi == pytest.approx(log_odds, rel=1e-12)
    crude = of(f"{{measure: RR, estimate: 1.76, ci: [0.77, 4.00], {GROUPS}}}")
    assert harmonise(crude, crude.estimates[0], target).yi == pytest.approx(log_odds, rel=1e-12)
    risk = TargetScale.model_validate({"measure": "RR", "exposure": "hemoglobin"})
    assert harmonise(crude, crude.estimates[0], risk).yi == pytest.approx(math.log(1.76), rel=1e-12), (
        "as printed"
    )
    assert harmonise(counted, counted.estimates[0], risk).yi == pytest.approx(log_risk, rel=1e-12)
    for study in (
        of(f"{{measure: RR, estimate: 1.76, ci: [0.77, 4.00], {GROUPS}}}", "full"),
        of("{measure: RR, estimate: 1.76, ci: [0.77, 4.00]}"),
    ):
        with pytest.raises(NotPoolableError, match=r"^measure is RR, not OR$"):
            harmonise(study, study.estimates[0], target)
    with pytest.raises(NotPoolableError, match=r"^measure is RR, not SMD$"):
        on_measure(counted, counted.estimates[0], "SMD")
    single = of("{measure: proportion, group: {name: a, n: 40, events: 12}}")
    assert on_measure(single, single.estimates[0], "PR").measure == "PR"


def test_an_accepted_ratio_is_taken_as_it_is() -> None:
    study = of("{measure: HR, estimate: 1.30, ci: [1.00, 1.69]}", "full")
    target = TargetScale.model_validate({"measure": "RR", "exposure": "hemoglobin"})
    found = harmonise(study, study.estimates[0], target, accept=["HR"])
    assert (found.yi, found.low, found.high) == pytest.approx((math.log(1.3), 1.0, 1.69))
    with pytest.raises(NotPoolableError, match=r"^measure is HR, not RR$"):
        factor_to(study, study.estimates[0], target, accept=["OR"])


def test_where_a_standard_error_comes_from_says_whether_it_is_derived() -> None:
    target = TargetScale.model_validate({"measure": "OR", "exposure": "hemoglobin"})
    expected = {
        "estimate: 1.30, ci: [1.00, 1.69]": False,
        "estimate: 1.30, se: 0.1": False,
        GROUPS: False,
        "estimate: 1.30, p: 0.03": True,
        "estimate: 1.30, t: 2.1": True,
        "estimate: 1.30, f: {value: 4.1, df: [1, 90]}": True,
        "estimate: 1.30, chi2: {value: 4.1}": True,
    }
    for numbers, derived in expected.items():
        study = of(f"{{measure: OR, {numbers}}}")
        assert harmonise(study, study.estimates[0], target).is_derived is derived, numbers
    groups = "groups: [{name: a, n: 40, median: 5, q1: 4, q3: 6}, {name: b, n: 41, median: 4, q1: 3, q3: 5}]"
    medians = of(f"{{measure: MD, {groups}}}")
    means = TargetScale.model_validate({"measure": "MD", "exposure": "hemoglobin"})
    assert harmonise(medians, medians.estimates[0], means).is_derived


def test_a_slope_per_sd_needs_the_studys_own_sd() -> None:
    target = TargetScale.model_validate(
        {"measure": "beta", "exposure": "hemoglobin", "per": "1 g/dL", "unit": "g/cm2"}
    )
    effect = (SLOPE, "{measure: beta, per: 2 SD, estimate: 0.07, ci: [0.00, 0.14]}")
    sd = ("{name: hemoglobin, unit: g/dL}", "{name: hemoglobin, unit: g/dL, sd: 14 g/L}")
    both = record(effect, sd, ("unit: g/cm2, unit_stated: no", "unit: SD, sd: 0.12 g/cm2"))
    assert factor_to(both, both.estimates[0], target) == pytest.approx(0.12 / 2.8, rel=1e-12)
    in_sds = TargetScale.model_validate(
        {"measure": "beta", "exposure": "hemoglobin", "per": "1 SD", "unit": "SD"}
    )
    assert factor_to(both, both.estimates[0], in_sds) == pytest.approx(0.5, rel=1e-12)
    plain = record(sd)
    assert factor_to(plain, plain.estimates[0], TargetScale.model_validate(
        {"measure": "beta", "exposure": "hemoglobin", "per": "1 SD", "unit": "g/cm2"}
    )) == pytest.approx(1.4, rel=1e-12)  # fmt: skip
    without = record(effect)
    with pytest.raises(NotPoolableError, match=r"^exposure step: 'g/dL' cannot be converted to 'SD'$|'SD'"):
        factor_to(without, without.estimates[0], target)
    for wrong in ("0 g/L", "-1 g/L"):
        study = record(effect, (sd[0], sd[1].replace("14 g/L", wrong)))
        with pytest.raises(NotPoolableError, match=f"^exposure step: the SD {wrong} is not positive$"):
            factor_to(study, study.estimates[0], target)
