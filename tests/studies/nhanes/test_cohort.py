"""The cohort: the published counts on the real files, and each rule on an invented survey."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from studies.nhanes.cohort import Cohort, build_cohort, cancer_answers, flow_table, load_cohort
from studies.nhanes.errors import NhanesError
from studies.nhanes.persons import CYCLE, WEIGHT, input_hashes, read_persons
from studies.nhanes.protocol import load_protocol
from tests.studies.nhanes.protocols import two_cycles, variant

CANCER = "with cancer or malignancy"


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    path = Path(__file__).parents[2] / "reference" / "survey" / "nhanes.json"
    pinned: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return pinned


@pytest.fixture
def invented(invented_data: Path, tmp_path: Path) -> Cohort:
    return load_cohort(two_cycles(tmp_path), invented_data)


def test_the_flow_is_the_published_one(real_cohorts: dict[str, Cohort]) -> None:
    # Liu et al. 2022, Result, first paragraph, and Figure 1
    flow = flow_table(real_cohorts["spine"])
    assert flow["n_before"].iloc[0] == 29_400
    assert flow["excluded"].tolist() == [5_211, 10_942, 4_133, 988]
    assert real_cohorts["spine"].n == 8_126


def test_age_and_sex_are_the_published_ones_without_weights(real_cohorts: dict[str, Cohort]) -> None:
    members = real_cohorts["spine"].members  # Table 1, column All
    assert round(members["RIDAGEYR"].mean(), 1) == 39.3
    assert round(members["RIDAGEYR"].std(), 1) == 11.4
    assert round(100 * (members["RIAGENDR"] == 1).mean(), 1) == 50.8


def test_most_of_those_left_out_for_cancer_were_never_asked(
    real_cohorts: dict[str, Cohort], reference: dict[str, Any]
) -> None:
    answers = cancer_answers(real_cohorts["spine"].excluded_at(CANCER))
    counts = reference["counts"]
    assert answers["n"].sum() == counts["not_no_to_cancer"] == 988
    assert answers.loc["yes", "n"] == counts["said_yes"] == 308
    assert answers.loc["did not know", "n"] == counts["refused_or_unknown"] == 5
    not_asked = answers.loc["not asked or not answered"]
    assert not_asked["n"] == counts["not_asked_or_answered"] == 675
    assert not_asked["under_20"] == counts["not_asked_aged_18_19"] == 675
    assert real_cohorts["spine"].members["RIDAGEYR"].min() == 20


def test_answers_are_counted_by_age_the_commonest_first() -> None:
    """1 yes, 2 no, 7 refused, 9 did not know; from 20 years on everybody is asked."""
    asked = [2, 2, 2, 1, 1, 9, 7, np.nan, np.nan, np.nan, np.nan]
    ages = [20, 50, 80, 20, 71, 33, 19, 19, 18, 19, 20]
    answers = cancer_answers(pd.DataFrame({"MCQ220": asked, "RIDAGEYR": ages}))
    assert list(answers.columns) == ["n", "under_20", "aged_20_and_over"]
    assert [(name, *row) for name, row in answers.iterrows()] == [
        ("not asked or not answered", 4, 3, 1),
        ("no", 3, 0, 3),
        ("yes", 2, 0, 2),
        ("did not know", 1, 0, 1),
        ("refused", 1, 1, 0),
    ]


def test_excluding_only_who_said_yes_keeps_the_others(
    survey_data: Path, tmp_path: Path, reference: dict[str, Any]
) -> None:
    protocol = load_protocol(variant(tmp_path, {"exclude_cancer: not no": "exclude_cancer: yes"}))
    cohort = load_cohort(protocol, survey_data)
    assert cohort.n == reference["counts"]["cohort_yes_rule"] == 8_126 + 988 - 308


def test_the_matched_cohorts_have_the_sizes_r_counts(
    real_cohorts: dict[str, Cohort], reference: dict[str, Any]
) -> None:
    for name in ("femur-50", "spine-50"):
        assert real_cohorts[name].n == reference[name]["n"]
    assert real_cohorts["spine-50"].members["RIDAGEYR"].max() == 59
    assert real_cohorts["femur-50"].members["RIDAGEYR"].min() == 50


def test_combined_weights_stand_for_the_population_once(real_cohorts: dict[str, Cohort]) -> None:
    for cohort in real_cohorts.values():
        persons = cohort.persons
        totals = persons.groupby(CYCLE, observed=True)[WEIGHT].sum() * len(cohort.protocol.cycles)
        assert_allclose(persons[WEIGHT].sum(), totals.mean())
        assert ((totals > 290e6) & (totals < 325e6)).all()  # the civilian population of the United States


def test_everybody_stays_in_the_design(invented: Cohort) -> None:
    assert len(invented.persons) == 3_000
    assert invented.design.n == 3_000
    assert 0 < invented.n < 1_500


def test_the_steps_account_for_everybody(invented: Cohort) -> None:
    left = len(invented.persons)
    gone: set[int] = set()
    for step in invented.steps:
        assert (step.n_before, step.n_left) == (left, left - step.excluded)
        assert len(step.who) == step.excluded > 0
        assert gone.isdisjoint(step.who)
        gone |= set(step.who)
        left = step.n_left
    assert left == invented.n
    assert gone == set(invented.persons.index[~invented.included])


def test_who_leaves_at_a_step_can_be_looked_at(invented: Cohort) -> None:
    assert invented.excluded_at("without hemoglobin")["LBXHGB"].isna().all()
    assert (invented.excluded_at("under 18 years of age")["RIDAGEYR"] < 18).all()
    assert (invented.excluded_at(CANCER)["MCQ220"] != 2).all()
    assert invented.step(CANCER).excluded == len(invented.excluded_at(CANCER))


def test_the_order_of_the_steps_changes_the_counts_and_not_the_cohort(invented: Cohort) -> None:
    turned = invented.protocol.model_copy(update={"eligibility": invented.protocol.eligibility[::-1]})
    other = build_cohort(turned, invented.persons)
    assert_array_equal(other.included, invented.included)
    assert other.steps[0].excluded > invented.steps[-1].excluded


def test_ages_have_both_ends(invented_data: Path, tmp_path: Path) -> None:
    protocol = two_cycles(tmp_path, **{"age: 18+": "age: 30-39"})
    ages = load_cohort(protocol, invented_data).members["RIDAGEYR"]
    assert (ages.min(), ages.max()) == (30, 39)


def test_persons_are_the_same_from_the_files_and_from_the_cache(
    invented_data: Path, tmp_path: Path, own_cache: Path
) -> None:
    protocol = two_cycles(tmp_path)
    read_persons(protocol, invented_data)
    kept = set((own_cache / "living-synthesis" / "frames").iterdir())
    again = read_persons(protocol, invented_data)
    assert set((own_cache / "living-synthesis" / "frames").iterdir()) == kept
    for path in kept:
        path.unlink()
    assert again.equals(read_persons(protocol, invented_data))
    assert again.index.name == "SEQN"
    assert again.index.to_numpy().dtype == np.int64


def test_inputs_are_named_with_their_cycle(invented_data: Path, tmp_path: Path) -> None:
    hashes = input_hashes(two_cycles(tmp_path), invented_data)
    assert len(hashes) == 2 * 14
    assert {"2013-2014/DEMO_H", "2015-2016/TRIGLY_I"} <= set(hashes)


def test_a_cycle_without_the_scan_says_why(survey_data: Path, tmp_path: Path) -> None:
    protocol = load_protocol(variant(tmp_path, {"2017-2018]": "2015-2016]"}, of="femur-50"))
    with pytest.raises(NhanesError, match="not done in 2015-2016"):
        load_cohort(protocol, survey_data)


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(NhanesError, match=r"2013-2014/DEMO_H\.XPT"):
        load_cohort(two_cycles(tmp_path), tmp_path)
