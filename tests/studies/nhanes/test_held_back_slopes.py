"""Model 3 under combinations of definitions: against the regressions, by planted answers, and as printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from evidence.records.schema import Record
from studies.nhanes.alignment import as_diagnosed
from studies.nhanes.cohort import Cohort
from studies.nhanes.comparison.definitions_study import (
    AS_STATED,
    NEAREST,
    SETTLED,
    DefinitionsStudy,
    study_definitions,
    write_study,
)
from studies.nhanes.comparison.held_back_slopes import (
    HeldBack,
    agreements,
    distances,
    full_slopes,
    held_back_slopes,
    residual_products,
    settled,
)
from studies.nhanes.comparison.published_definitions import STATED, Definition, published_definitions
from studies.nhanes.comparison.table1_agreement import Answer, TableCells, Tried
from studies.nhanes.comparison.unplaced_persons import Unplaced, explain, unplaced_persons
from studies.nhanes.models import regressions
from tests.studies.nhanes.planted import mean_row, percent_row, with_rows, with_slopes

INCOME = 7
LDL_CLASSES = ("a", "b", "c", "d", "n")


@pytest.fixture(scope="module")
def diagnosed(real_cohorts: dict[str, Cohort]) -> Cohort:
    return as_diagnosed(real_cohorts["spine"])


def few(*places: tuple[str, Sequence[int]]) -> dict[str, tuple[Definition, ...]]:
    """Some of the shipped candidates of some covariates."""
    known = published_definitions()
    return {name: tuple(known[name][place] for place in chosen) for name, chosen in places}


def slope_table(cohort: Cohort) -> pd.Series:
    return regressions(cohort, "weighted").set_index(["outcome", "subgroup", "model"])["estimate"]


def expected_slopes(cohort: Cohort, record: Record) -> list[float]:
    table = slope_table(cohort)
    return [table[each.outcome, each.subgroup, "model-3"] for each in full_slopes(record)]


def changed(cohort: Cohort, **columns: pd.Series | float) -> Cohort:
    return replace(cohort, persons=cohort.persons.assign(**columns))


def test_every_combination_is_the_regression_on_such_columns(invented: Cohort, record: Record) -> None:
    questions = few(("income", (0, 7)), ("sbp", (0, 1)), ("alcohol", (0, 1)))
    found = held_back_slopes(invented, record, questions)
    assert found.names == ("income", "alcohol", "sbp")
    assert found.slopes.shape == (8, 18)
    assert_array_equal(found.choices, list(product((0, 1), repeat=3)))
    income = invented.persons["INDHHIN2"]
    moved = changed(invented, INDHHIN2=income.where(~income.isin([77, 99]) & income.notna(), 7.0))
    compared = 0
    for choice in ({}, {"income": 1}, {"sbp": 1, "alcohol": 1}, {"income": 1, "sbp": 1, "alcohol": 1}):
        persons = moved if choice.get("income") else invented
        if choice.get("sbp"):
            persons = changed(persons, **{f"BPXSY{reading}": np.nan for reading in (2, 3, 4)})
        if choice.get("alcohol"):
            persons = changed(persons, ALQ130=persons.persons["ALQ130"].replace(12.0, 11.0))
        expected = expected_slopes(persons, record)
        assert_allclose(found.of(choice), expected, rtol=1e-8)
        compared += len(expected)
    assert compared == 4 * 18


def test_without_questions_or_with_continuous_ones_only_slopes_are_those_of_the_regressions(
    invented: Cohort, record: Record
) -> None:
    expected = expected_slopes(invented, record)
    for questions in ({}, few(("sbp", (0,))), few(("alcohol", (0,)))):
        found = held_back_slopes(invented, record, questions)
        assert found.slopes.shape == (1, 18)
        assert_allclose(found.of({}), expected, rtol=1e-8)


def test_residual_products_are_those_of_the_residuals() -> None:
    """Beside least squares one by one; a column of zeros and a sum of others change nothing."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(40, 6))
    x[:, 2] = 0.0
    x[:, 3] = 1000.0 * (x[:, 0] + x[:, 1])
    weights = rng.uniform(1, 2, 40)
    root = np.sqrt(weights)[:, None]
    adjusted = root * x[:, [0, 1]]
    expected = []
    for column in (root * x[:, [4, 5]]).T:
        expected.append(column - adjusted @ np.linalg.lstsq(adjusted, column, rcond=None)[0])
    products = (x * weights[:, None]).T @ x
    found = residual_products(products, np.arange(4), np.array([4, 5]))
    assert_allclose(found, np.array(expected) @ np.array(expected).T, rtol=1e-10)
    nothing = residual_products(products, np.zeros(0, dtype=np.intp), np.array([4, 5]))
    assert_array_equal(nothing, products[4:, 4:])


def test_a_choice_is_counted_measured_and_ranked(record: Record) -> None:
    printed = full_slopes(record)
    exact = np.array([float(each.estimate) for each in printed])
    se = np.array([each.se for each in printed])
    off = exact + np.where(np.arange(18) < 3, 0.00006, 0.00004)  # printed to four decimals
    slopes = np.stack([exact + 3 * se, off, exact - 2 * se, exact + 1000 * se])
    found = HeldBack(printed, ("sex", "race"), np.array(list(product((0, 1), repeat=2))), slopes)
    assert [found.agreeing({"race": 1}), found.agreeing({"sex": 1})] == [15, 0]
    assert agreements(off, printed) == (False,) * 3 + (True,) * 15
    assert_allclose([found.distance({}), found.distance({"sex": 1})], [3.0, 2.0], rtol=1e-10)
    assert_allclose(distances(slopes[3:], printed), [1000.0], rtol=1e-10)
    ranks = [found.nearer(dict(zip(found.names, places, strict=True))) for places in found.choices.tolist()]
    assert ranks == [0.75, 0.25, 0.5, 1.0]
    assert_array_equal(found.of({"sex": 1, "race": 1, "age": 4}), slopes[3])


def test_what_is_settled_is_chosen_and_what_is_open_only_when_asked_for() -> None:
    def answer(covariate: str, *patterns: str) -> Answer:
        cells = [tuple(cell == "x" for cell in pattern) for pattern in patterns]
        return Answer(
            "row", covariate, tuple(Tried(Definition(name=str(i)), each) for i, each in enumerate(cells))
        )

    answers = [
        answer("sex", "x.", "xx"), answer("age", "xx", ".x"), answer("race", "...", "x..", ".xx"),
        answer("iron", "xx"),
    ]  # fmt: skip
    assert settled(answers) == {"sex": 1, "age": 0}
    assert settled(answers, nearest=True) == {"sex": 1, "age": 0, "race": 2}


def with_ldl_row(cohort: Cohort, moved: np.ndarray, record: Record, places: int) -> Record:
    """Table 1 with LDL's top class holding those of the cohort who are moved."""
    ldl = cohort.members["LBDLDLSI"].mask(moved, 9.0)
    classes = np.select([ldl <= 2.302, ldl <= 2.870, ldl <= 3.491, ldl > 3.491], LDL_CLASSES[:4], "n")
    return with_rows(record, percent_row(cohort, "LDL-C", pd.Series(classes), LDL_CLASSES, places))


@pytest.fixture(scope="module")
def moved(invented: Cohort) -> np.ndarray:
    """Some of those whose triglycerides were measured and whose LDL was not: shape (n,)."""
    members = invented.members
    lacking = np.flatnonzero(members["LBDLDLSI"].isna() & members["LBDTRSI"].notna())
    assert len(lacking) > 15
    found = np.zeros(len(members), dtype=bool)
    found[lacking[:12:2]] = True
    return found


@pytest.fixture(scope="module")
def planted(invented: Cohort, moved: np.ndarray, record: Record) -> Record:
    """Table 1 and the slopes of Model 3 printed with these persons in the top class of LDL."""
    ldl = invented.persons["LBDLDLSI"].copy()
    ldl.loc[invented.members.index[moved]] = 9.0
    slopes = slope_table(changed(invented, LBDLDLSI=ldl))
    return with_slopes(with_ldl_row(invented, moved, record, 2), slopes, 9)


def unplaced_of(cohort: Cohort, record: Record) -> Unplaced:
    return unplaced_persons(cohort, record, "ldl", published_definitions()["ldl"][2])


def test_a_table_says_how_many_persons_are_unplaced_and_which_choices_fit(
    invented: Cohort, moved: np.ndarray, record: Record
) -> None:
    found = unplaced_of(invented, with_ldl_row(invented, moved, record, 2))
    lacking = invented.members["LBDLDLSI"].isna() & invented.members["LBDTRSI"].notna()
    assert_array_equal(found.members, np.flatnonzero(lacking))
    assert (found.covariate, found.into) == ("ldl", "> 3.491")
    assert found.numbers == (int(moved.sum()),)
    assert_allclose(found.shares[:, 0], 1 / invented.n, rtol=1e-12)
    chosen = moved[found.members]
    other = chosen.copy()
    other[np.flatnonzero(chosen)[0]] = False
    assert_array_equal(found.fits(np.stack([chosen, other, ~chosen])), [True, False, False])


def test_the_bounds_of_both_cells_hold_together() -> None:
    found = Unplaced("ldl", "top", np.arange(4), np.full((4, 5), 0.25), np.full(5, 0.4), np.full(5, 0.8))
    assert found.numbers == (2, 3)
    choices = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 1], [1, 1, 1, 1]], dtype=bool)
    assert_array_equal(found.fits(choices), [False, True, True, False])
    nobody = replace(found, low=np.full(5, 0.6), high=np.full(5, 0.7))
    assert nobody.numbers == ()


def test_a_planted_choice_of_persons_is_found_and_with_another_definition_none_is(
    invented: Cohort, planted: Record
) -> None:
    """Six of twelve, and quarters of Table 1 may be anything here: the slopes lead to the planted persons."""
    quarters = np.array([False, True, True, True, True])
    found = unplaced_of(invented, planted)
    free = replace(
        found,
        members=found.members[:12],
        shares=found.shares[:12],
        low=np.where(quarters, -1.0, found.low),
        high=np.where(quarters, 1.0, found.high),
    )
    assert free.numbers == (6,)
    here = explain(invented, planted, free, {}, starts=4, seed=1)
    assert here == explain(invented, planted, free, {}, starts=4, seed=1)
    other = explain(invented, planted, free, {"sbp": published_definitions()["sbp"][1]}, starts=4, seed=1)
    assert here is not None
    assert other is not None
    assert (here.agreeing, other.agreeing) == (18, 0)  # printed to nine decimals
    assert here.distance < 1e-6 < 1e-2 < other.distance


def test_where_table_1_allows_nobody_nothing_is_searched(invented: Cohort, record: Record) -> None:
    """The real table beside an invented survey: no number of persons fits."""
    unplaced = unplaced_of(invented, record)
    assert unplaced.numbers == ()
    assert explain(invented, record, unplaced, {}) is None


def test_table_1_settles_definitions_and_slopes_that_were_held_back_come_nearer(
    diagnosed: Cohort, record: Record
) -> None:
    """Printed slopes of Model 3 that agree; chosen by cells of Table 1, none by a slope."""
    questions = few(
        ("income", (0, 7)), ("alcohol", (0, 1)), ("sbp", (0, 1)), ("dbp", (0, 1, 2)), ("ldl", (0, 3))
    )
    found = held_back_slopes(diagnosed, record, questions)
    three = {"income": 1, "alcohol": 1, "sbp": 1}
    agreeing = [
        found.agreeing(each) for each in ({}, three, {**three, "dbp": 1}, {**three, "dbp": 2, "ldl": 1})
    ]
    assert agreeing == [4, 6, 7, 10]
    assert found.distance(three) < 0.5 * found.distance({})
    first = dict(
        zip((each.at for each in found.printed), agreements(found.of(three), found.printed), strict=True)
    )
    assert first["Thoracic Spine BMD, Adjust II"]
    assert first["Lumbar Spine BMD, Adjust II"]
    assert found.nearer(three) <= 0.05


def test_twenty_seven_persons_without_ldl_stand_in_its_top_class(diagnosed: Cohort, record: Record) -> None:
    found = unplaced_of(diagnosed, record)
    assert len(found.members) == 63
    assert found.numbers == (27,)
    # neither all of a cycle nor those above any triglycerides, cholesterol or both
    members = diagnosed.members.iloc[found.members]
    choices = [
        members["cycle"].isin(cycles).to_numpy() for cycles in (["2013-2014"], ["2015-2016"], ["2017-2018"])
    ]
    for column in ("LBDTRSI", "LBDTCSI", "LBDHDDSI"):
        values = members[column].to_numpy()
        choices += [values >= limit for limit in values] + [values <= limit for limit in values]
    assert len(choices) == 3 + 6 * 63
    assert not found.fits(np.array(choices)).any()


@pytest.mark.long
def test_a_choice_of_persons_completes_model_3_only_with_table_1s_definitions(
    diagnosed: Cohort, record: Record
) -> None:
    """Exploratory: persons are chosen by the slopes, in all definitions alike."""
    unplaced = unplaced_of(diagnosed, record)
    known = published_definitions()
    nearest = {
        "income": known["income"][7],
        "alcohol": known["alcohol"][1],
        "sbp": known["sbp"][1],
        "dbp": known["dbp"][2],
    }
    found = explain(diagnosed, record, unplaced, nearest)
    assert found is not None
    assert found.agreeing == 18
    assert found.distance < 0.012


def test_a_study_puts_together_what_its_parts_find(
    invented: Cohort, record: Record, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Table 1 is planted: first readings of SBP settle it, age is as stated, income stays open."""
    questions = few(("income", (0, 7)), ("sbp", (0, 1)), ("dbp", (0, 1)), ("age", ()), ("ldl", (0, 3, 2)))
    questions["age"] = (STATED, Definition(name="other", variable="bmi"))
    monkeypatch.setattr(
        "studies.nhanes.comparison.definitions_study.published_definitions", lambda: questions
    )
    cohort = as_diagnosed(invented)
    members = cohort.members
    lacking = np.flatnonzero(members["LBDLDLSI"].isna() & members["LBDTRSI"].notna())
    half = np.zeros(cohort.n, dtype=bool)
    half[lacking[::2]] = True
    first = members["BPXSY1"].fillna(members["BPXSY1"].mean())
    table = with_rows(
        with_ldl_row(cohort, half, record, 0),
        mean_row(cohort, "SBP", first), mean_row(cohort, "Age", members["RIDAGEYR"]),
    )  # fmt: skip
    study = study_definitions(invented, table, starts=2)
    cells = TableCells(cohort, table)
    assert study.answers == cells.answers(questions)
    verdicts = {each.covariate: each.verdict for each in study.answers if each.covariate in questions}
    assert verdicts == {"age": "as stated", "income": "open", "sbp": "other", "dbp": "open", "ldl": "other"}
    assert study.held_back.names == ("income", "ldl", "sbp", "dbp"), "all in question but what is as stated"
    assert study.held_back.slopes.shape == (2 * 3 * 2 * 2, 18)
    best = {"age": 0, "sbp": 1, "ldl": 1}
    assert study.choices == {AS_STATED: {}, SETTLED: best, NEAREST: best | {"income": 0, "dbp": 0}}
    others = [each.covariate for each in study.answers if each.covariate not in questions]
    assert len(others) == 30
    assert study.divisor == cells.divisor(others)
    assert_array_equal(study.unplaced.members, lacking)  # of any cycle
    nearest = {
        name: questions[name][place] for name, place in study.choices[NEAREST].items() if name != "ldl"
    }
    stated = {"all as nearest to Table 1": nearest, "SBP as stated": nearest | {"sbp": questions["sbp"][0]}}
    assert study.explained == {
        name: explain(cohort, table, study.unplaced, definitions, starts=2)
        for name, definitions in stated.items()
    }
    # Written twice into a folder that is not there: the second time replaces the first.
    folder = tmp_path / "made" / "here"
    assert write_study(folder, study) == write_study(folder, study)
    assert write_study(folder, study) == [folder / "definitions.csv", folder / "held-back-slopes.csv"]
    lines = pd.read_csv(folder / "definitions.csv")
    assert list(lines)[:3] == ["row", "covariate", "definition"]
    assert len(lines) == 30 + 2 * 4 + 3
    assert lines["best"].sum() == 35
    assert lines.loc[lines["definition"] == "first reading", "best"].tolist() == [True, False]
    assert pd.read_csv(folder / "held-back-slopes.csv").columns[0] == "table"


@pytest.fixture(scope="module")
def study(real_cohorts: dict[str, Cohort], record: Record) -> DefinitionsStudy:
    return study_definitions(real_cohorts["spine"], record)


@pytest.mark.long
def test_the_whole_study_has_the_printed_counts(study: DefinitionsStudy, tmp_path: Path) -> None:
    held = study.held_back
    assert held.slopes.shape == (16 * 4 * 2 * 4 * 10 * 18, 18)
    assert [held.agreeing(study.choices[name]) for name in (AS_STATED, SETTLED, NEAREST)] == [4, 6, 10]
    assert held.nearer(study.choices[SETTLED]) < 0.0002
    assert held.nearer(study.choices[AS_STATED]) > 0.3
    first, *others = study.explained.values()
    assert first.agreeing == 18
    assert len(others) == 4
    assert max(each.agreeing for each in others) == 13
    assert min(each.distance for each in others) > 1.5 * first.distance
    paths = write_study(tmp_path / "out", study)
    candidates, slopes = (pd.read_csv(path) for path in paths)
    assert [path.name for path in paths] == ["definitions.csv", "held-back-slopes.csv"]
    assert candidates["best"].sum() == 35
    assert (
        candidates.loc[candidates["best"], "agree"].sum(),
        candidates.loc[candidates["best"], "cells"].sum(),
    ) == (488, 500)
    assert slopes["published"].tolist() == [float(each.estimate) for each in held.printed]
    assert slopes[f"{SETTLED}: agrees"].sum() == 6
    assert_allclose(slopes[NEAREST], held.of(study.choices[NEAREST]), rtol=1e-15)
