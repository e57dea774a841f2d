"""What records say of classes, ratios, curves, interactions, strata and missing covariates."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.audit.auditing import audit_record
from evidence.records.effect import Estimate
from evidence.records.reading import read_record
from evidence.records.schema import Record
from studies.nhanes.catalogue import ProtocolError
from studies.nhanes.cohort import Cohort, load_cohort
from studies.nhanes.models import Slope, slopes
from studies.nhanes.records import record_of, write
from studies.survey import standard_deviation
from tests.studies.nhanes.protocols import model, small

INPUTS = {"2013-2014/DEMO_H": "0" * 64}
DIABETES = {"diabetes": {"variable": "diabetes", "event": "Yes"}}
QUARTERS = {"variable": "hemoglobin-quarter", "reference": "Q2", "trend": True}
AGES = {"label": "age", "from": "age", "bounds": [39, 49], "classes": ["20-39", "40-49", "50+"]}


def recorded(data: Path, folder: Path, **parts: Any) -> tuple[Record, list[Slope], Cohort]:
    """A record that has been written, read back and audited, and what it was made of."""
    cohort = load_cohort(small(folder, **parts), data)
    record = record_of(cohort, INPUTS)
    document = read_record(write(folder / "records", record))
    assert document.model == record
    assert audit_record(document) == []
    return record, list(slopes(cohort)), cohort


def numbers(estimate: Estimate) -> list[float]:
    effect = estimate.effect
    assert effect is not None
    assert effect.estimate is not None
    assert effect.ci is not None
    assert effect.se is not None
    return [float(each) for each in (effect.estimate, *effect.ci, effect.se)]


def test_classes_stand_beside_their_reference_with_their_limits_and_persons(
    invented_data: Path, tmp_path: Path
) -> None:
    record, found, cohort = recorded(invented_data, tmp_path, exposure=QUARTERS, models=[model("age", "sex")])
    (comparison,) = record.comparisons
    assert comparison.id == "lumbar-all-adjusted"
    assert comparison.measure == "MD"
    assert comparison.reference.id == "q2"
    assert [arm.name for arm in comparison.arms] == [
        f"quarter of hemoglobin: Q{number}" for number in (1, 2, 3, 4)
    ]
    cuts = [f"{cut:.6g}" for cut in cohort.measured.limits("hemoglobin-quarter")[""]]
    assert [arm.limits for arm in comparison.arms] == [
        f"≤ {cuts[0]}", f"{cuts[0]}-{cuts[1]}", f"{cuts[1]}-{cuts[2]}", f"> {cuts[2]}",
    ]  # fmt: skip
    classes = [slope for slope in found if slope.form == "classes"]
    assert sum(arm.n or 0 for arm in comparison.arms) == classes[0].n
    assert comparison.note is not None
    assert comparison.note.startswith("any difference between classes: F(3, ")
    compared = 0
    for slope, estimate in zip(classes, comparison.estimates, strict=True):
        assert numbers(estimate) == [slope.estimate, slope.ci_low, slope.ci_high, slope.se]
        compared += 1
    assert compared == 3
    (trend,) = record.estimates
    assert (trend.id, trend.effect and trend.effect.per) == ("lumbar-all-adjusted-trend", "1 class")
    assert trend.not_poolable == "a slope over the numbers of the classes"
    assert (trend.effect and trend.effect.measure) == "beta"


def test_three_classes_are_tested_together_and_two_by_their_p(invented_data: Path, tmp_path: Path) -> None:
    record, found, _ = recorded(invented_data, tmp_path, exposure="diabetes", strata=["all", "sex"])
    assert len(found) == 2 * 3
    for comparison in record.comparisons:
        assert comparison.note is not None
        assert comparison.note.startswith("any difference between classes: F(2, ")


@pytest.mark.parametrize(
    ("classes", "ids"),
    [
        (["< 14", "≥ 14"], ["below-14", "from-14"]),
        (["é", "other"], ["e", "other"]),
        (["★", "other"], ["class-1", "class-2"]),
        (["a b", "a-b"], ["class-1", "class-2"]),
    ],
)
def test_classes_are_called_by_number_where_their_names_make_no_ids(
    classes: list[str], ids: list[str], invented_data: Path, tmp_path: Path
) -> None:
    cut = {"label": "hemoglobin", "from": "hemoglobin", "bounds": [14], "classes": classes, "closed": "left"}
    record, _, _ = recorded(invented_data, tmp_path, variables={"cut": cut}, exposure="cut")
    (comparison,) = record.comparisons
    assert [arm.id for arm in comparison.arms] == ids
    assert [arm.name for arm in comparison.arms] == [f"hemoglobin: {label}" for label in classes]
    assert [arm.limits for arm in comparison.arms] == ["< 14", "≥ 14"]


def test_a_trend_over_medians_is_per_unit_of_what_was_cut(invented_data: Path, tmp_path: Path) -> None:
    record, _, _ = recorded(invented_data, tmp_path, exposure={**QUARTERS, "trend": "medians"})
    (trend,) = record.estimates
    assert trend.effect is not None
    assert trend.effect.per == "1 g/dL"
    assert trend.not_poolable == "a slope over the medians of the classes"


@pytest.mark.parametrize(
    ("outcome", "measure", "regression"),
    [
        ({"measure": "OR"}, "OR", "logistic regression"),
        ({}, "OR", "logistic regression"),
        ({"measure": "PR"}, "RR", "modified Poisson regression of a yes/no outcome"),
    ],
)
def test_ratios_are_exponentials_with_the_se_of_their_logarithm(
    outcome: dict[str, str], measure: str, regression: str, invented_data: Path, tmp_path: Path
) -> None:
    record, found, _ = recorded(
        invented_data, tmp_path, outcomes={"diabetes": {**DIABETES["diabetes"], **outcome}}
    )
    (estimate,), (slope,) = record.estimates, found
    assert estimate.effect is not None
    assert (estimate.effect.measure, estimate.effect.per) == (measure, "1 g/dL")
    expected = [math.exp(each) for each in (slope.estimate, slope.ci_low, slope.ci_high)]
    assert_allclose(numbers(estimate), [*expected, slope.se], rtol=1e-14)
    assert record.models["crude"].type == f"survey-weighted {regression}, Taylor-linearised variance"
    assert record.outcomes["diabetes"].name == "diabetes"
    assert record.outcomes["diabetes"].unit == "not stated"


def test_an_odds_ratio_and_a_prevalence_ratio_of_two_classes_are_those_of_the_table(
    invented_data: Path, tmp_path: Path
) -> None:
    """With one yes/no exposure and no covariates a model is the two by two table of weighted shares."""
    both = {
        "odds": {"variable": "diabetes", "event": "Yes"},
        "prevalence": {"variable": "diabetes", "event": "Yes", "measure": "PR"},
    }
    record, found, cohort = recorded(invented_data, tmp_path, exposure="sex", outcomes=both)
    measured, weights = cohort.measured, cohort.design.weights * cohort.included

    def share(sex: str) -> float:
        who = measured.in_class("sex", sex) & measured.recorded("diabetes")
        event = who & measured.in_class("diabetes", "Yes")
        return float(weights[event].sum() / weights[who].sum())

    women, men = share("women"), share("men")
    odds, prevalence = found
    assert_allclose(math.exp(odds.estimate), women / (1 - women) / (men / (1 - men)), rtol=1e-10)
    assert_allclose(math.exp(prevalence.estimate), women / men, rtol=1e-10)
    assert set(record.models) == {"crude-or", "crude-pr"}
    assert [comparison.model for comparison in record.comparisons] == ["crude-or", "crude-pr"]
    assert [arm.name for arm in record.comparisons[0].arms] == ["sex: men", "sex: women"]
    assert record.comparisons[0].note is None, "of two classes p is the test"


def test_counts_are_compared_by_ratios_of_their_means(invented_data: Path, tmp_path: Path) -> None:
    drinks = {"label": "drinks a day", "table": "ALQ", "columns": ["ALQ130"], "missing": [999]}
    record, found, cohort = recorded(
        invented_data,
        tmp_path,
        variables={"drinks": drinks},
        exposure="sex",
        outcomes={"drinks": {"variable": "drinks", "kind": "count"}},
    )
    values, weights = cohort.measured.values("drinks"), cohort.design.weights * cohort.included

    def mean(sex: str) -> float:
        who = cohort.measured.in_class("sex", sex) & ~np.isnan(values)
        return float(np.average(values[who], weights=weights[who]))

    assert_allclose(math.exp(found[0].estimate), mean("women") / mean("men"), rtol=1e-10)
    assert record.comparisons[0].measure == "IRR"
    assert "quasi-Poisson regression of a count" in record.models["crude"].type


def test_a_slope_per_sd_or_doubling_or_ten_units_says_so(invented_data: Path, tmp_path: Path) -> None:
    one, (slope,), cohort = recorded(invented_data, tmp_path)
    values = cohort.measured.values("hemoglobin")
    sd = float(standard_deviation(cohort.design, values, cohort.included).estimate[0])
    told = {}
    for per in ("SD", "doubling", 10, 0.5):
        record, (other,), _ = recorded(
            invented_data, tmp_path, exposure={"variable": "hemoglobin", "per": per}
        )
        assert record.estimates[0].effect is not None
        told[per] = (record.estimates[0].effect.per, other.estimate / slope.estimate)
        exposure = record.exposures["hemoglobin"]
        assert (exposure.sd is not None) == (per == "SD")
        if exposure.sd is not None:
            assert_allclose(float(exposure.sd.split()[0]), sd, rtol=1e-13)
            assert exposure.sd.endswith(" g/dL")
    assert told["SD"][0] == "1 SD"
    assert told["doubling"][0] == "doubling"
    assert (told[10][0], told[0.5][0]) == ("10 g/dL", "0.5 g/dL")
    assert_allclose([told["SD"][1], told[10][1], told[0.5][1]], [sd, 10, 0.5], rtol=1e-10)
    assert one.estimates[0].effect is not None
    assert one.estimates[0].effect.per == "1 g/dL"


def test_a_doubling_of_nothing_is_refused(invented_data: Path, tmp_path: Path) -> None:
    less: dict[str, Any] = {
        "label": "score",
        "unit": "SD",
        "from": "hemoglobin",
        "calculate": "z-score",
        "mean": 14,
        "sd": 1,
    }
    protocol = small(tmp_path, variables={"score": less}, exposure={"variable": "score", "per": "doubling"})
    with pytest.raises(
        ProtocolError, match=r"small\.yaml: 'score' is not above zero in [\d,]+ of the cohort"
    ):
        list(slopes(load_cohort(protocol, invented_data)))


def test_zero_has_no_doubling_and_what_is_just_above_it_has(invented_data: Path, tmp_path: Path) -> None:
    since: dict[str, Any] = {"label": "years since 20", "unit": "years", "from": "age"}
    parts: dict[str, Any] = {
        "variables": {"since": {**since, "calculate": "z-score", "mean": 20, "sd": 1}},
        "exposure": {"variable": "since", "per": "doubling"},
    }
    with pytest.raises(ProtocolError, match="'since' is not above zero in"):
        list(slopes(load_cohort(small(tmp_path, **parts), invented_data)))
    adults = [{"name": "under 21", "age": "21+"}]
    assert len(list(slopes(load_cohort(small(tmp_path, **parts, eligibility=adults), invented_data)))) == 1


def test_a_curve_is_told_at_quantiles_against_the_median(invented_data: Path, tmp_path: Path) -> None:
    record, found, _ = recorded(invented_data, tmp_path, exposure={"variable": "hemoglobin", "knots": 3})
    assert len(record.estimates) == len(found) == 4
    for estimate in record.estimates:
        assert estimate.effect is not None
        assert estimate.effect.measure == "MD"
        assert estimate.effect.versus is not None
        assert estimate.effect.versus.exposed.endswith(" g/dL")
        assert estimate.id == f"lumbar-all-crude-{estimate.effect.versus.exposed.replace('.', '-')[:-5]}-g-dl"
        assert estimate.note is not None
        assert estimate.note.startswith("any association with hemoglobin: F(2, ")
        assert "; nonlinearity: F(1, " in estimate.note
    references = {
        estimate.effect.versus.reference
        for estimate in record.estimates
        if estimate.effect and estimate.effect.versus
    }
    assert len(references) == 1
    assert "; restricted cubic spline of hemoglobin with knots at " in record.models["crude"].type


def test_the_slopes_of_an_interaction_are_those_of_the_strata_where_nothing_else_is_shared(
    invented_data: Path, tmp_path: Path
) -> None:
    """With sex alone, one model with products has a line for each sex, as two models have."""
    record, found, _ = recorded(invented_data, tmp_path, models=[model("sex", interactions=["sex"])])
    apart = list(slopes(load_cohort(small(tmp_path, strata=["sex"]), invented_data)))
    for one, other in zip(found, apart, strict=True):
        assert one.n == other.n
        assert_allclose(one.estimate, other.estimate, rtol=1e-10)
        assert_allclose(one.se, other.se, rtol=1e-10)
    ((_, test),) = found[0].tests
    assert test.df1 == 1
    assert [estimate.stratum.sex for estimate in record.estimates] == ["men", "women"]
    assert [estimate.id for estimate in record.estimates] == [
        "lumbar-all-men-adjusted",
        "lumbar-all-women-adjusted",
    ]
    assert {estimate.not_poolable for estimate in record.estimates} == {
        "the effects of one model with an interaction; those of its strata alone can be pooled"
    }
    assert {estimate.note for estimate in record.estimates} != {None}
    assert record.models["adjusted"].covariates == ("sex", "hemoglobin x sex")
    assert record.estimates[1].where.at == "lumbar, all, adjusted, in women"


def test_within_a_stratum_of_its_variable_there_is_no_interaction(
    invented_data: Path, tmp_path: Path
) -> None:
    with_it = small(tmp_path, strata=["sex"], models=[model("sex", "age", interactions=["sex"])])
    found = list(slopes(load_cohort(with_it, invented_data)))
    without = small(tmp_path, strata=["sex"], models=[model("sex", "age")])
    expected = list(slopes(load_cohort(without, invented_data)))
    assert [(one.estimate, one.within, one.tests) for one in found] == [
        (other.estimate, None, ()) for other in expected
    ]


def test_an_interaction_with_classes_that_are_missing_is_told_in_those_that_are_known(
    invented_data: Path, tmp_path: Path
) -> None:
    record, found, _ = recorded(
        invented_data,
        tmp_path,
        models=[model("education", interactions=["education"])],
        missing_covariates="fill",
    )
    assert [slope.within for slope in found] == [
        ("education", label) for label in small(tmp_path).variable("education").labels
    ]
    assert found[0].tests[0][1].df1 == 5, "six classes, Not recorded among them"
    groups = [estimate.stratum.group for estimate in record.estimates]
    assert groups[0] == "education level: Less than 9th grade"


def test_crossed_strata_fill_both_dimensions_and_others_keep_their_variable(
    invented_data: Path, tmp_path: Path
) -> None:
    record, found, _ = recorded(
        invented_data,
        tmp_path,
        variables={"age-group": AGES},
        strata=["all", ["sex", "age-group"], "smoking", ["sex", "race"]],
        models=[model("age", "sex")],
    )
    strata = {estimate.id: estimate.stratum for estimate in record.estimates}
    assert len(strata) == len(found) == 1 + 6 + 3 + 12
    assert strata["lumbar-all-adjusted"].describe() == "all"
    assert strata["lumbar-men-age-group-20-39-adjusted"].model_dump(exclude_none=True) == {
        "sex": "men", "age": "20-39",
    }  # fmt: skip
    assert strata["lumbar-women-age-group-50-up-adjusted"].age == "50+"
    assert strata["lumbar-smoking-every-day-adjusted"].group == "smoking status: Every day"
    both = strata["lumbar-women-other-hispanic-adjusted"]
    assert (both.sex, both.ancestry, both.group) == ("women", "Other Hispanic", None)
    n = {slope.subgroup.name: slope.n for slope in found}
    assert sum(n[name] for name in n if "age-group" in name) == n["all"]
    assert n["men, Other Hispanic"] < n["men, age-group: 20-39"]
    assert [slope.subgroup.classes for slope in found if slope.subgroup.name == "men, Other Hispanic"] == [
        (("sex", "men"), ("race", "Other Hispanic"))
    ]


def test_a_class_called_by_other_ages_than_it_holds_is_refused(invented_data: Path, tmp_path: Path) -> None:
    wrong = {**AGES, "classes": ["20-39", "40-45", "50+"]}
    protocol = small(tmp_path, variables={"age-group": wrong}, strata=["age-group"])
    with pytest.raises(ProtocolError) as refused:
        record_of(load_cohort(protocol, invented_data), INPUTS)
    says = "the class '40-45' of 'age-group' holds persons aged 4"
    assert says in str(refused.value)
    assert str(refused.value).endswith("; its name or bounds say something else")


def test_groups_of_age_by_other_names_are_groups(invented_data: Path, tmp_path: Path) -> None:
    named = {**AGES, "classes": ["young", "middle", "50+"]}
    record, _, _ = recorded(
        invented_data, tmp_path, variables={"age-group": named}, strata=["age-group"], age_stratum="20-80"
    )
    assert [(each.stratum.age, each.stratum.group) for each in record.estimates] == [
        ("20-80", "age: young"), ("20-80", "age: middle"), ("20-80", "age: 50+"),
    ]  # fmt: skip


def test_results_of_one_id_are_refused(invented_data: Path, tmp_path: Path) -> None:
    """Outcome a in men by the model all-x, and outcome a-men in all by the model x."""
    outcomes = {"a": {"variable": "bmi"}, "a-men": {"variable": "weight"}}
    models = [model(id="all-x"), model(id="x")]
    protocol = small(tmp_path, outcomes=outcomes, models=models, strata=["all", "sex"])
    with pytest.raises(ProtocolError, match=r"small\.yaml: two results would be called 'a-men-all-x'"):
        record_of(load_cohort(protocol, invented_data), INPUTS)


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ("leave out", ""),
        ("fill", "; missing covariates: the mean of the cohort, or a class of their own"),
        (
            {"default": "fill", "age": "leave out"},
            "; missing BMI: the mean of the cohort; missing education level: a class of their own",
        ),
        ({"education": "own class"}, "; missing education level: a class of their own"),
        (
            {"impute": {"m": 2, "seed": 3}},
            "; missing covariates imputed 2 times by chained equations (seed 3), combined by Rubin's rules",
        ),
    ],
)
def test_the_model_says_what_was_done_about_missing_covariates(
    missing: Any, says: str, invented_data: Path, tmp_path: Path
) -> None:
    record, _, _ = recorded(
        invented_data,
        tmp_path,
        models=[model("age", "bmi", "education"), model(id="crude")],
        missing_covariates=missing,
    )
    plain = "survey-weighted linear regression, Taylor-linearised variance"
    assert record.models["adjusted"].type == plain + says
    assert record.models["crude"].type == plain


def test_an_outcome_has_the_label_of_its_variable_or_the_name_it_is_given(
    invented_data: Path, tmp_path: Path
) -> None:
    record, _, _ = recorded(
        invented_data,
        tmp_path,
        outcomes={
            "a": {"variable": "bmi"},
            "b": {"variable": "weight", "name": "body mass", "site": "whole body", "method": "scale"},
            "c": {"variable": "diabetes", "event": "Borderline"},
        },
    )
    assert [outcome.name for outcome in record.outcomes.values()] == [
        "BMI",
        "body mass",
        "diabetes: Borderline",
    ]
    assert [outcome.site for outcome in record.outcomes.values()] == [None, "whole body", None]
    assert record.outcomes["b"].method == "scale"
    assert record.outcomes["a"].unit == "kg/m2"
