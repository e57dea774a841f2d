"""Protocols that contradict themselves: each is refused in one sentence, with file, line and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from studies.nhanes.catalogue import ProtocolError
from studies.nhanes.cohort import load_cohort
from studies.nhanes.misfits import measured_in
from studies.nhanes.models import slopes
from studies.nhanes.protocol import load_protocol
from studies.nhanes.spelling import slug
from studies.survey import SurveyError
from tests.studies.nhanes.protocols import model, small, written

QUARTER = {"label": "quarter", "from": "hemoglobin", "quantiles": 4}
HB_SI = {"label": "hemoglobin, SI", "unit": "g/L", "from": "hemoglobin"}
FOUR = {"variables": {"hb-quarter": QUARTER, "hb-si": HB_SI}}


def step(name: str, **rule: Any) -> dict[str, Any]:
    return {"name": name, **rule}


CASES: dict[str, tuple[dict[str, Any], str]] = {
    "ages turned round": (
        {"eligibility": [step("old", age="80-20")]},
        "the step 'old': the ages 80-20 begin above their end; expected e.g. 20-80",
    ),
    "an age stratum turned round": (
        {"age_stratum": "60-50"},
        "'age_stratum': the ages 60-50 begin above their end; expected e.g. 50-60",
    ),
    "exposure and outcome": (
        {"outcomes": {"a": {"variable": "hemoglobin"}}},
        "the outcome 'hemoglobin' is the exposure",
    ),
    "exposure and outcome in another unit": (
        {**FOUR, "outcomes": {"a": {"variable": "hb-si"}}},
        "the outcome 'hb-si' is the same measurement as 'hemoglobin', the exposure",
    ),
    "the outcome as its own covariate": (
        {"models": [model("age", "lumbar-spine-bmd")]},
        "the model 'adjusted' adjusts for 'lumbar-spine-bmd', which is the outcome; leave it out",
    ),
    "the exposure in classes as a covariate": (
        {**FOUR, "models": [model("hb-quarter")]},
        "adjusts for 'hb-quarter', which is the same measurement as 'hemoglobin', the exposure; leave it out",
    ),
    "the exposure as a covariate of its classes": (
        {**FOUR, "exposure": "hb-quarter", "models": [model("hemoglobin")]},
        "adjusts for 'hemoglobin', which is the same measurement as 'hb-quarter', the exposure; leave it out",
    ),
    "a part of the exposure as a covariate": (
        {"exposure": "smoking-status", "models": [model("smoking")], "missing_covariates": "fill"},
        "adjusts for 'smoking', which is the same measurement as 'smoking-status', the exposure; leave it",
    ),
    "a covariate of which the exposure is a part": (
        {"exposure": "smoking", "models": [model("smoking-status")]},
        "adjusts for 'smoking-status', which is the same measurement as 'smoking', the exposure; leave it",
    ),
    "a covariate twice": (
        {"models": [model("age", "sex", "age")]},
        "the model 'adjusted' names 'age' twice",
    ),
    "a model twice": ({"models": [model(), model("age")]}, "two models have the id 'adjusted'"),
    "a step twice": (
        {"eligibility": [step("young", age="20+"), step("young", recorded=["bmi"])]},
        "two steps are called 'young'; give one of them another",
    ),
    "a stratum twice": ({"strata": ["sex", "sex"]}, "two subgroups are called 'men'"),
    "two races": (
        {"strata": ["race", "race-without-asian"]},
        "two subgroups are called 'Mexican American'",
    ),
    "a stratum crossed with itself": ({"strata": [["sex", "sex"]]}, "'sex' is crossed with itself"),
    "strata of the exposure": (
        {**FOUR, "exposure": "hb-quarter", "strata": ["hb-quarter"]},
        "'hb-quarter' is analysed; within its classes it does not differ",
    ),
    "a continuous stratum": (
        {"strata": ["all", "bmi"]},
        "'bmi' is continuous; strata need a variable in classes",
    ),
    "smoking": (
        {"models": [model("smoking")]},
        "leaves out everybody who never smoked; adjust for 'smoking-status', or use {default: leave out,"
        " smoking: own class}",
    ),
    "smoking imputed": (
        {"models": [model("smoking")], "missing_covariates": {"impute": {}}},
        "who never smoked has nothing to be imputed: adjust for 'smoking-status'",
    ),
    "classes per SD": (
        {**FOUR, "exposure": {"variable": "hb-quarter", "per": "SD"}},
        "'hb-quarter' is in classes; 'per' is for a continuous exposure, e.g. hemoglobin",
    ),
    "classes with knots": (
        {**FOUR, "exposure": {"variable": "hb-quarter", "knots": 4}},
        "'hb-quarter' is in classes; 'knots' is for a continuous exposure, e.g. hemoglobin",
    ),
    "knots and a step": (
        {"exposure": {"variable": "hemoglobin", "knots": 4, "per": "SD"}},
        "the exposure has 'knots' or is 'per' a step: a curve has no one slope",
    ),
    "no class of that name": (
        {**FOUR, "exposure": {"variable": "hb-quarter", "reference": "Q5"}},
        "'hb-quarter' has no class 'Q5'; its classes are Q1, Q2, Q3, Q4",
    ),
    "a reference of a continuous exposure": (
        {"exposure": {"variable": "hemoglobin", "reference": "Q1"}},
        "'hemoglobin' is continuous; 'reference' is for one in classes, e.g. a variable with quantiles: 4",
    ),
    "a trend of a continuous exposure": (
        {"exposure": {"variable": "hemoglobin", "trend": True}},
        "'hemoglobin' is continuous; 'trend' is for one in classes",
    ),
    "medians of codes": (
        {"exposure": {"variable": "education", "trend": "medians"}},
        "'education' is not cut from numbers, so its classes have no medians; use trend: ranks",
    ),
    "an outcome in classes": (
        {"outcomes": {"a": {"variable": "diabetes"}}},
        "'diabetes' is in classes; say which class is the event, e.g. event: Yes",
    ),
    "an event that is no class": (
        {"outcomes": {"a": {"variable": "diabetes", "event": "yes"}}},
        "'diabetes' has no class 'yes'; its classes are Yes, No, Borderline",
    ),
    "an event of a continuous outcome": (
        {"outcomes": {"a": {"variable": "bmi", "event": "high"}}},
        "'bmi' is continuous and has no event; make a variable in classes of it, e.g. with bounds",
    ),
    "a measure without an event": (
        {"outcomes": {"a": {"variable": "diabetes", "measure": "OR"}}},
        "the measure OR is of a yes/no outcome: name the class of 'diabetes' that is its 'event'",
    ),
    "a yes/no outcome without an event": (
        {"outcomes": {"a": {"variable": "diabetes", "kind": "binary"}}},
        "the outcome 'diabetes': a yes/no outcome names the class that is its 'event'",
    ),
    "an interaction without its covariate": (
        {"models": [model("age", interactions=["sex"])]},
        "has an interaction with 'sex', which is not among its covariates; add it there",
    ),
    "a continuous interaction": (
        {"models": [model("age", interactions=["age"])]},
        "'age' is continuous; an interaction is with one in classes, e.g. groups of it",
    ),
    "a treatment of no covariate": (
        {"missing_covariates": {"bmi": "mean"}},
        "'bmi' is no covariate of any model; nothing has to be done about it",
    ),
    "the mean of classes": (
        {"models": [model("sex")], "missing_covariates": {"sex": "mean"}},
        "'sex' is in classes and has no mean; use own class or leave out",
    ),
    "classes of a number": (
        {"models": [model("bmi")], "missing_covariates": {"bmi": "own class"}},
        "'bmi' is continuous and has no classes; use mean or leave out",
    ),
    "the mean of all": (
        {"models": [model("bmi", "sex")], "missing_covariates": "mean"},
        "'sex' is in classes, so what is missing cannot be 'mean'; give it another treatment, e.g. {default:"
        " mean, sex: leave out}",
    ),
    "classes of all": (
        {"models": [model("sex", "bmi")], "missing_covariates": {"default": "own class"}},
        "'bmi' is continuous, so what is missing cannot be 'own class'",
    ),
    "imputation and more": (
        {"models": [model("bmi")], "missing_covariates": {"impute": {}, "bmi": "mean"}},
        "'impute' fills in every covariate; no other treatment stands beside it",
    ),
    "quantiles before the cohort": (
        {**FOUR, "eligibility": [step("low", only={"hb-quarter": "Q1"})]},
        "the step 'low': 'hb-quarter' is cut in those who are analysed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_contradicts_itself_is_refused_at_its_line(tmp_path: Path, case: str) -> None:
    parts, says = CASES[case]
    with pytest.raises(ProtocolError) as refused:
        small(tmp_path, **parts)
    message = str(refused.value)
    assert message.startswith(f"{tmp_path / 'small.yaml'}:")
    assert says in message
    assert "\n" not in message
    line = int(message.removeprefix(f"{tmp_path / 'small.yaml'}:").split(":")[0])
    assert line > 1 or "'age_stratum'" in says


def test_the_line_is_that_of_the_part_that_is_wrong(tmp_path: Path) -> None:
    path = written(tmp_path, models=[model("age"), model("age", id="second", interactions=["sex"])])
    lines = path.read_text().splitlines()
    wanted = next(number for number, line in enumerate(lines, 1) if '"interactions"' in line) + 1
    with pytest.raises(ProtocolError, match=rf"small\.yaml:({wanted}|{wanted - 1}):\d+: "):
        small(tmp_path, models=[model("age"), model("age", id="second", interactions=["sex"])])


def test_of_names_that_stand_twice_the_line_of_the_last_is_told(tmp_path: Path) -> None:
    models = [model(id="a"), model("age", id="b"), model("sex", id="b"), model("bmi", id="c")]
    lines = written(tmp_path, models=models).read_text().splitlines()
    last = max(number for number, line in enumerate(lines, 1) if '"id": "b"' in line)
    with pytest.raises(
        ProtocolError, match=rf"small\.yaml:({last - 1}|{last}):\d+: two models have the id 'b'"
    ):
        small(tmp_path, models=models)


def test_the_column_is_that_of_the_value(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    plain = (
        written(tmp_path).read_text().replace('"hemoglobin"', '{"variable": "hemoglobin", "trend": "ranks"}')
    )
    path.write_text(plain)
    line, text = next((at, text) for at, text in enumerate(plain.splitlines(), 1) if '"trend"' in text)
    column = text.index('"ranks"') + 1
    with pytest.raises(ProtocolError, match=rf"own\.yaml:{line}:{column}: 'hemoglobin' is continuous"):
        load_protocol(path)


def test_a_condition_may_name_a_code_of_the_survey_and_no_other_number(tmp_path: Path) -> None:
    cuts = {"label": "BMI", "from": "bmi", "bounds": [25], "classes": ["slim", "heavy"]}
    steps = [step("scanned", only={"femur-scan": "1"}), step("told", only={"cancer": [2, "yes"]})]
    assert len(small(tmp_path, eligibility=steps).eligibility) == 2
    with pytest.raises(
        ProtocolError, match="the step 'slim': 'cut' has no class '1'; its classes are slim, h"
    ):
        small(tmp_path, variables={"cut": cuts}, eligibility=[step("slim", only={"cut": "1"})])


def test_what_is_another_measurement_may_be_adjusted_for(tmp_path: Path) -> None:
    """Anemia is cut in hemoglobin, otherwise in men: sex may stand beside it. A ratio is its own thing."""
    old = {"label": "old", "rules": {"yes": {"age": "65+", "sex": "recorded"}, "no": "otherwise"}}
    either = {
        "label": "either",
        "rules": {"yes": [{"sex": "men"}, {"race": "Other Hispanic"}], "no": "otherwise"},
    }
    ratio = {"label": "per height", "from": ["lumbar-spine-bmd", "height"], "calculate": "ratio"}
    protocol = small(
        tmp_path,
        exposure="anemia",
        variables={"old": old, "either": either, "ratio": ratio},
        models=[model("sex", "age", "ratio")],
    )
    known = protocol.dictionary
    assert measured_in("anemia", known) == {"CBC LBXHGB"}
    assert measured_in("old", known) == {"DEMO RIDAGEYR"}
    assert measured_in("either", known) == {"DEMO RIAGENDR", "DEMO RIDRETH3"}
    assert measured_in("smoking-status", known) == {"SMQ SMQ020", "SMQ SMQ040"}
    assert measured_in("ratio", known) == {"ratio"}
    assert measured_in("sbp", known) == {f"BPX BPXSY{number}" for number in range(1, 5)}
    assert measured_in("sex", known) == {"DEMO RIAGENDR"}
    with pytest.raises(ProtocolError, match="'hemoglobin', which is the same measurement as 'anemia'"):
        small(tmp_path, exposure="anemia", models=[model("hemoglobin")])


def test_smoking_with_a_class_of_its_own_is_taken(tmp_path: Path) -> None:
    small(tmp_path, models=[model("smoking")], missing_covariates={"smoking": "own class"})
    small(tmp_path, models=[model("smoking")], missing_covariates="fill")


def test_a_cohort_without_anybody_names_the_step_that_emptied_it(invented_data: Path, tmp_path: Path) -> None:
    steps = [step("young", age="20+"), step("ancient", age="100+"), step("no scan", recorded=["bmi"])]
    protocol = small(tmp_path, eligibility=steps)
    with pytest.raises(ProtocolError) as refused:
        load_cohort(protocol, invented_data)
    assert str(refused.value).startswith(
        f"{tmp_path / 'small.yaml'}: nobody is left: the step 'ancient' excludes"
    )
    assert "all 2,2" in str(refused.value)


def test_a_cohort_without_a_weight_is_refused(invented_data: Path, tmp_path: Path) -> None:
    """Who was interviewed and not examined has no weight of the examination."""
    status = {
        "label": "status",
        "table": "DEMO",
        "columns": ["RIDSTATR"],
        "codes": {1: "interviewed", 2: "both"},
    }
    protocol = small(
        tmp_path,
        variables={"status": status},
        design={"weights": "examination"},
        eligibility=[step("examined", only={"status": "interviewed"})],
    )
    with pytest.raises(ProtocolError, match=r"small\.yaml: nobody of the \d+ who are left has a weight"):
        load_cohort(protocol, invented_data)


def test_a_subgroup_without_anybody_is_named(invented_data: Path, tmp_path: Path) -> None:
    groups = {"label": "age", "from": "age", "bounds": [39, 90], "classes": ["20-39", "40-90", "91+"]}
    protocol = small(tmp_path, variables={"age-group": groups}, strata=["age-group"])
    with pytest.raises(SurveyError) as refused:
        list(slopes(load_cohort(protocol, invented_data)))
    assert str(refused.value) == (
        f"{tmp_path / 'small.yaml'}: age-group: 91+, crude: nobody of the cohort is in this subgroup; leave"
        " it out of the strata"
    )


@pytest.mark.parametrize(("bound", "empty"), [(1, "low"), (200, "high")])
def test_a_class_of_the_exposure_that_nobody_is_in_is_named_also_where_it_is_the_reference(
    bound: float, empty: str, invented_data: Path, tmp_path: Path
) -> None:
    cut = {"label": "cut", "from": "bmi", "bounds": [bound], "classes": ["low", "high"]}
    protocol = small(tmp_path, exposure="cut", variables={"cut": cut})
    with pytest.raises(SurveyError, match=f"nobody analysed is in the exposure's class '{empty}'$"):
        list(slopes(load_cohort(protocol, invented_data)))


def test_an_outcome_that_nobody_has_is_named(invented_data: Path, tmp_path: Path) -> None:
    """No one scanned for the lumbar spine is above 59."""
    protocol = small(tmp_path, eligibility=[step("young", age="65+")])
    with pytest.raises(
        SurveyError, match=r"small\.yaml: lumbar, all, crude: nobody is left in the domain: \d"
    ):
        list(slopes(load_cohort(protocol, invented_data)))


def test_labels_as_parts_of_ids_keep_apart_what_comparisons_keep_apart() -> None:
    labels = (
        "< 12",
        "≥ 12",
        "12+",
        "> 12",
        "≤ 12",
        "<= 12",
        "Other Hispanic",
        "diabetes: Yes",
        "$0 to $4,999",
    )
    assert [slug(label) for label in labels] == [
        "below-12", "from-12", "12-up", "above-12", "to-12", "to-12", "other-hispanic", "diabetes-yes",
        "0-to-4-999",
    ]  # fmt: skip
