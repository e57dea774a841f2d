"""Definitions of the published covariates: how they are read and made, and what Table 1 says of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import binom

from evidence.records.schema import Record
from studies.nhanes.alignment import as_diagnosed
from studies.nhanes.catalogue import ProtocolError
from studies.nhanes.cohort import Cohort
from studies.nhanes.comparison.published import baseline
from studies.nhanes.comparison.published_definitions import (
    STATED,
    Definition,
    defined_columns,
    defined_variable,
    published_definitions,
)
from studies.nhanes.comparison.table1_agreement import Answer, Divisor, TableCells, Tried
from studies.nhanes.covariates import Columns
from studies.nhanes.errors import NhanesError
from studies.nhanes.persons import CYCLE, WEIGHT
from studies.nhanes.table1 import ROWS
from studies.nhanes.variables.dictionary import shipped_variables
from tests.studies.nhanes.planted import mean_row, percent_row, with_rows

INCOME = "$35,000 to $44,999"


@pytest.fixture(scope="module")
def answers(real_cohorts: dict[str, Cohort], record: Record) -> dict[str, Answer]:
    """What the printed table says, with race and weights as diagnosed."""
    cells = TableCells(as_diagnosed(real_cohorts["spine"]), record)
    return {answer.row: answer for answer in cells.answers(published_definitions())}


def candidate(name: str, called: str) -> Definition:
    return next(each for each in published_definitions()[name] if each.name == called)


def test_the_first_candidate_is_what_variables_yaml_has() -> None:
    assert len(published_definitions()) == 7
    for name, (first, *others) in published_definitions().items():
        assert first == Definition(name=first.name)
        assert defined_variable(name, first) == shipped_variables()[name]
        assert all(each.model_copy(update={"name": first.name}) != first for each in others)
        assert len({each.name for each in (first, *others)}) == 1 + len(others)


def test_every_class_of_income_is_tried_for_those_without_an_answer() -> None:
    tried = [each.into for each in published_definitions()["income"] if each.into and not each.codes]
    assert tried == list(shipped_variables()["income"].labels)


def test_a_covariate_as_stated_is_that_of_the_regressions(invented: Cohort) -> None:
    columns = Columns(invented)
    for name in ROWS.values():
        expected = columns.covariate(name)[invented.included]
        assert_allclose(defined_columns(name, STATED, invented), expected, rtol=1e-14)


@pytest.mark.parametrize("fill", ["mean", "weighted mean", "median"])
def test_a_missing_first_reading_is_filled_from_the_cohort(invented: Cohort, fill: str) -> None:
    members = invented.members
    reading = members["BPXDI1"].replace(0.0, np.nan)
    known = reading.notna()
    filled = {
        "mean": reading.mean(),
        "weighted mean": np.average(reading[known], weights=members[WEIGHT][known]),
        "median": reading.median(),
    }[fill]
    definition = Definition.model_validate({"name": "x", "variable": "first-dbp", "fill": fill})
    made = defined_columns("dbp", definition, invented)
    assert_allclose(made[:, 0], reading.fillna(filled), rtol=1e-12)
    assert (~known).sum() > 20
    zeros = Definition(name="x", variable="first-dbp", missing=())
    kept = defined_columns("dbp", zeros, invented)[:, 0]
    assert_array_equal(kept == 0.0, members["BPXDI1"] == 0.0)


def test_a_bound_may_belong_to_the_class_above(invented: Cohort) -> None:
    drinks = invented.members["ALQ130"]
    stated, other = (
        defined_columns("alcohol", each, invented) for each in published_definitions()["alcohol"][:2]
    )
    assert_array_equal(stated[:, 1], (drinks >= 12) & (drinks < 777))
    assert_array_equal(other[:, 1], (drinks > 12) & (drinks < 777))
    assert (drinks == 12).sum() > 20


def test_persons_are_moved_by_their_code_by_what_is_measured_or_by_their_cycle(invented: Cohort) -> None:
    members = invented.members
    income, ldl = members["INDHHIN2"], members["LBDLDLSI"]
    place = shipped_variables()["income"].labels.index(INCOME)
    everybody = defined_columns("income", candidate("income", f"no answer in {INCOME}"), invented)
    assert_array_equal(everybody[:, place], (income == 7) | ~income.isin([*range(1, 11), 12, 13, 14, 15]))
    assert not everybody[:, -1].any()
    refused = Definition(name="x", into=INCOME, codes=(77, 99))
    some = defined_columns("income", refused, invented)
    assert_array_equal(some[:, place], income.isin([7, 77, 99]))
    assert_array_equal(some[:, -1], income.isna())
    moved = members["LBDTRSI"].notna() & ldl.isna()
    top = defined_columns("ldl", candidate("ldl", "not computed in the top class"), invented)
    assert_array_equal(top[:, 3], (ldl > 3.491) | moved)
    early = defined_columns("ldl", candidate("ldl", "not computed in 2013-2014 in the top class"), invented)
    assert_array_equal(early[:, 3], (ldl > 3.491) | (moved & (members[CYCLE] == "2013-2014")))
    assert top[:, 3].sum() > early[:, 3].sum() > (ldl > 3.491).sum()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{name: a}, {name: b, into: Dusk}", "'Dusk', which is no class of 'sex'; its classes are men"),
        ("{name: a}, {name: b, codes: [7]}", "'b' says whom to move; expected 'into'"),
        ("{name: a}, {name: b, measured: iron}", "'b' says whom to move; expected 'into'"),
        ("{name: a}, {name: b, cycles: [2013-2014]}", "'b' says whom to move; expected 'into'"),
        ("{name: a}, {name: b, into: men, measured: irom}", "no variable is called 'irom'; did you mean"),
        ("{name: a}, {name: b, variable: sax}", "no variable is called 'sax'; did you mean 'sex'"),
        ("", "expected at least one"),
        ("{name: a}, {name: b, closed: both}", "closed"),
    ],
)  # fmt: skip
def test_a_candidate_that_contradicts_the_variables_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "candidates.yaml"
    path.write_text(f"sex:\n  candidates: [{text}]\n", encoding="utf-8")
    with pytest.raises(ProtocolError, match=says):
        published_definitions(path)
    path.write_text("age:\n  candidates: [{name: a}, {name: b, into: old}]\n", encoding="utf-8")
    with pytest.raises(ProtocolError, match="its classes are none, for it is continuous"):
        published_definitions(path)


def tried(*patterns: str) -> Answer:
    """Cells that agree are x."""
    cells = [tuple(cell == "x" for cell in pattern) for pattern in patterns]
    return Answer("row", "sex", tuple(Tried(Definition(name=f"{i}"), each) for i, each in enumerate(cells)))


@pytest.mark.parametrize(
    ("patterns", "verdict", "best", "telling", "next_best"),
    [
        (("xxxx",), "as stated", 0, 0, 0),
        (("xxx.",), "open", 0, 0, 0),
        (("x...", "xxxx"), "other", 1, 3, 1),
        (("xxxx", "x..."), "as stated", 0, 3, 1),
        (("x...", "xxx.", "xx.."), "other", 1, 2, 2),  # a cell that no definition agrees with tells nothing
        (("x..x", "xxx."), "open", 1, 3, 2),
        (("x...", "xxxx", "xxxx"), "open", 1, 3, 4),  # two that cannot be told apart
        (("xx..", "xx.."), "open", 0, 0, 2),
    ],
)
def test_a_definition_is_settled_when_it_alone_agrees_in_every_cell_that_tells(
    patterns: Sequence[str], verdict: str, best: int, telling: int, next_best: int
) -> None:
    answer = tried(*patterns)
    assert (answer.verdict, answer.as_stated) == (verdict, verdict == "as stated")
    assert answer.best is answer.tried[best]
    assert (len(answer.telling), answer.next_best, answer.cells) == (telling, next_best, 4)


def test_chance_is_that_of_as_many_cells_at_the_share_of_the_others() -> None:
    # of 2 x 3 telling cells one agrees with another definition: 2 of 8 by Laplace's rule
    assert_allclose(tried("x...", "xxxx", "xx..").chance, 0.25**3, rtol=1e-12)
    # two of three: P(2 or 3 of 3)
    partly = tried("..xx", "xx..", "....")
    assert_allclose(partly.chance, binom.sf(1, 4, 3 / 10), rtol=1e-12)
    assert np.isnan(tried("xxxx").chance)
    assert np.isnan(tried("xx..", "xx..").chance)


def test_a_planted_definition_is_found_in_a_printed_table(invented: Cohort, record: Record) -> None:
    """Rows printed from the columns of an invented survey; each is found among its candidates."""
    members = invented.members
    first = members["BPXSY1"]
    second = members["BPXDI2"].replace(0.0, np.nan)
    drinks = members["ALQ130"]
    alcohol = np.select([drinks <= 12, (drinks > 12) & (drinks < 777)], ["low", "high"], "Not recorded")
    income = members["INDHHIN2"].fillna(9).replace({77: 9, 99: 9}).astype(int).astype(str)
    codes = [str(code) for code in (*range(1, 11), 12, 13, 14, 15)]
    known = members["LBDTRSI"].notna()
    ldl = members["LBDLDLSI"].where(~(known & members["LBDLDLSI"].isna()), 9.0)
    ldl_class = np.select([ldl <= 2.302, ldl <= 2.870, ldl <= 3.491, ldl > 3.491], list("abcd"), "n")
    printed = with_rows(
        record,
        mean_row(invented, "SBP", first.fillna(first.mean())),
        mean_row(invented, "DBP", second.fillna(second.mean())),
        percent_row(invented, "Alcohol Status", pd.Series(alcohol), ["low", "high", "Not recorded"]),
        percent_row(invented, "Annual Household Income", income, codes),
        percent_row(invented, "LDL-C", pd.Series(ldl_class), list("abcdn")),
    )
    found = {each.row: each for each in TableCells(invented, printed).answers(published_definitions())}
    assert list(found) == list(ROWS)
    names = {row: found[row].best.definition.name for row in found if len(found[row].tried) > 1}
    assert names == names | {
        "SBP": "first reading",
        "DBP": "second reading",
        "Alcohol Status": "cut above 12 drinks, not known not recorded",
        "Annual Household Income": "no answer in $55,000 to $64,999",
        "LDL-C": "not computed in the top class",
    }
    for row, cells in (("SBP", 10), ("Annual Household Income", 70), ("LDL-C", 25)):
        assert (found[row].best.agree, found[row].verdict) == (cells, "other")
    # nobody's second reading is 0: whether 0 is a reading cannot be told
    assert (found["DBP"].best.agree, found["DBP"].next_best, found["DBP"].verdict) == (10, 10, "open")
    assert [len(each.tried) for each in found.values()].count(1) == len(ROWS) - 7
    # the same cells in the other order agree nowhere else than where they are the same
    turned = with_rows(
        printed, percent_row(invented, "Alcohol Status", pd.Series(alcohol), ["high", "low", "Not recorded"])
    )
    seen = TableCells(invented, turned).cells_of("alcohol", published_definitions()["alcohol"][1])
    assert seen == (False,) * 10 + (True,) * 5


@pytest.mark.parametrize(("n_minus_1", "expected"), [(False, (4, 0, 4)), (True, (4, 4, 0))])
def test_the_divisor_of_a_printed_sd_is_told(
    invented: Cohort, record: Record, n_minus_1: bool, expected: tuple[int, int, int]
) -> None:
    height = invented.members["BMXHT"]
    row = mean_row(invented, "Standing Height", height.fillna(height.mean()), 6, n_minus_1)
    cells = TableCells(invented, with_rows(record, row))
    assert cells.divisor(["sex", "height"]) == Divisor(*expected)


def test_a_table_without_a_row_is_refused(invented: Cohort, record: Record) -> None:
    table = baseline(record)
    short = table.model_copy(update={"rows": tuple(row for row in table.rows if row.variable != "LDL-C")})
    with pytest.raises(NhanesError, match="has no row 'LDL-C'"):
        TableCells(invented, record.model_copy(update={"baseline": (short,)}))


def test_table_1_settles_three_definitions_and_leaves_two_pressures_and_lipids_open(
    answers: dict[str, Answer],
) -> None:
    """Cells of the printed table that agree: with the stated definition, with the nearest, of all."""
    asked = {row: each for row, each in answers.items() if len(each.tried) > 1}
    assert {
        row: (each.tried[0].agree, each.best.agree, each.cells, each.verdict, each.best.definition.name)
        for row, each in asked.items()
    } == {
        "Annual Household Income": (63, 68, 70, "other", f"no answer in {INCOME}"),
        "Alcohol Status": (5, 15, 15, "other", "cut above 12 drinks, not known not recorded"),
        "Diabetes": (19, 19, 20, "open", "not known a class of its own"),
        "SBP": (1, 10, 10, "other", "first reading"),
        "DBP": (2, 8, 10, "open", "first reading, filled with the weighted mean"),
        "Triglyceride": (25, 25, 25, "as stated", "a bound belongs to the class below"),
        "LDL-C": (16, 19, 25, "open", "not computed in 2013-2014 in the top class"),
    }
    assert [asked[row].next_best for row in ("Annual Household Income", "Alcohol Status", "SBP")] == [
        63,
        10,
        7,
    ]
    others = [each for each in answers.values() if len(each.tried) == 1]
    assert (len(others), sum(each.cells for each in others), sum(each.best.agree for each in others)) == (
        28,
        325,
        324,
    )
    # the one: an SD of calcium printed as 0.9 of all, where the quarters have 0.1
    assert [each.row for each in others if each.verdict == "open"] == ["Total Calcium"]


def test_no_row_is_without_its_printed_cells(answers: dict[str, Answer], record: Record) -> None:
    for row in baseline(record).rows:
        columns = len(baseline(record).columns)
        expected = columns * (2 if row.mean_sd else len(row.percent or {}))
        assert answers[row.variable].cells == expected


def test_printed_sds_of_quarters_are_divided_by_the_sum_of_weights(
    real_cohorts: dict[str, Cohort], record: Record
) -> None:
    cells = TableCells(as_diagnosed(real_cohorts["spine"]), record)
    asked = published_definitions()
    found = cells.divisor([name for name in ROWS.values() if name not in asked])
    assert found == Divisor(cells=96, n_minus_1=91, n=96)
