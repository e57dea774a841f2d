"""Table 1: against the printed cells and R on the real files, and by identities on an invented survey."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from studies.nhanes.alignment import as_diagnosed
from studies.nhanes.cohort import Cohort, load_cohort
from studies.nhanes.persons import WEIGHT
from studies.nhanes.table1 import ROWS, Characteristic, TableOne, table_one
from studies.survey import chi_square, linear, mean, model_matrix, proportion, standard_deviation
from tests.studies.nhanes.protocols import model, small, two_cycles


@pytest.fixture(scope="module")
def invented(invented_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    return load_cohort(two_cycles(tmp_path_factory.mktemp("protocol")), invented_data)


@pytest.fixture(scope="module")
def table(invented: Cohort) -> TableOne:
    return table_one(invented)


def row_of(table: TableOne, name: str) -> Characteristic:
    return next(row for row in table.rows if row.name == name)


def test_the_quarters_are_cut_at_unweighted_quartiles_and_a_limit_belongs_above(
    real_cohorts: dict[str, Cohort],
) -> None:
    found = table_one(real_cohorts["spine"])
    assert found.limits == (13.2, 14.2, 15.2)
    hemoglobin = real_cohorts["spine"].measured.values("hemoglobin")[real_cohorts["spine"].included]
    below = [(hemoglobin < limit).sum() for limit in found.limits]
    assert found.counts == (8126, below[0], below[1] - below[0], below[2] - below[1], 8126 - below[2])


def test_with_race_and_weights_as_diagnosed_a_row_of_races_is_the_printed_one(
    real_cohorts: dict[str, Cohort],
) -> None:
    # Table 1, Non-Hispanic White; the same percentages come out of R (haven and findInterval)
    row = row_of(table_one(as_diagnosed(real_cohorts["spine"])), "Race")
    white = next(line for line in row.lines if line.label == "Non-Hispanic White")
    assert [round(cell.value, 1) for cell in white.cells] == [35.2, 56.2, 61.1, 61.9, 62.7]


def test_every_row_is_there_and_percentages_of_a_column_add_up(table: TableOne) -> None:
    assert [row.name for row in table.rows] == list(ROWS)
    added = 0
    for row in table.rows:
        if row.categorical:
            for column in range(5):
                assert_allclose(sum(line.cells[column].value for line in row.lines), 100.0, rtol=1e-12)
                added += 1
    assert added == 9 * 5


def test_all_is_unweighted_and_the_quarters_are_weighted(invented: Cohort, table: TableOne) -> None:
    members = invented.members
    height = members["BMXHT"].fillna(members["BMXHT"].mean()).to_numpy()
    cells = row_of(table, "Standing Height").lines[0].cells
    assert cells[0].sd is not None
    assert_allclose([cells[0].value, cells[0].sd], [height.mean(), height.std(ddof=1)], rtol=1e-10)
    first = members["LBXHGB"].to_numpy() < table.limits[0]
    weights = members[WEIGHT].to_numpy()[first]
    assert_allclose(cells[1].value, np.average(height[first], weights=weights), rtol=1e-10)
    assert np.isnan(cells[0].ci_low)
    assert cells[1].ci_low < cells[1].value < cells[1].ci_high


def test_quarters_have_design_based_intervals(invented: Cohort, table: TableOne) -> None:
    """Those of `mean`, and of `proportion` in percent; the column of all has none."""
    hemoglobin, compared = invented.persons["LBXHGB"].to_numpy(), 0
    quarter = np.digitize(hemoglobin, table.limits)
    men = (invented.persons["RIAGENDR"] == 1).to_numpy().astype(float)
    height = invented.persons["BMXHT"].fillna(invented.members["BMXHT"].mean()).to_numpy()
    for index in range(4):
        mask = invented.included & (quarter == index)
        found, share = mean(invented.design, height, mask), proportion(invented.design, men, mask)
        cell = row_of(table, "Standing Height").lines[0].cells[1 + index]
        expected = [found.estimate[0], *found.ci()[0]]
        assert_allclose([cell.value, cell.ci_low, cell.ci_high], expected, rtol=1e-9)
        assert cell.sd is not None
        assert_allclose(cell.sd, standard_deviation(invented.design, height, mask).estimate[0], rtol=1e-9)
        cell = row_of(table, "Gender").lines[0].cells[1 + index]
        expected = [share.estimate[1], *share.ci()[1]]
        assert_allclose([cell.value, cell.ci_low, cell.ci_high], 100 * np.array(expected), rtol=1e-9)
        assert cell.sd is None
        compared += 1
    assert compared == 4
    for name in ("Standing Height", "Gender"):
        cell = row_of(table, name).lines[0].cells[0]
        assert np.isnan([cell.ci_low, cell.ci_high]).all()


def test_a_class_that_nobody_is_in_is_left_out_only_when_it_is_not_recorded(table: TableOne) -> None:
    assert [line.label for line in row_of(table, "Gender").lines] == ["men", "women"]
    assert row_of(table, "Alcohol Status").lines[-1].label == "Not recorded"


def test_the_quarters_differ_in_what_hemoglobin_was_drawn_from(table: TableOne) -> None:
    sex, albumin = row_of(table, "Gender"), row_of(table, "Albumin")
    assert (sex.test, albumin.test) == ("Rao-Scott chi-square", "design-based Wald test of the means")
    assert sex.p < 1e-6  # hemoglobin is drawn by sex, and albumin is not
    assert albumin.p > 1e-3


def test_the_tests_between_quarters_are_of_all_means_and_of_all_classes(
    invented: Cohort, table: TableOne
) -> None:
    """Whichever quarter the means are compared with; classes as the files have them."""
    quarter = np.digitize(invented.persons["LBXHGB"].to_numpy(), table.limits)
    protein = invented.persons["LBDSTPSI"].fillna(invented.members["LBDSTPSI"].mean()).to_numpy()
    x, names = model_matrix({f"Q{index + 1}": quarter == index for index in (0, 2, 3)})
    means = linear(invented.design, protein, x, invented.included, names).test(names[1:])
    assert_allclose(row_of(table, "Total Protein").p, means.p, rtol=1e-8)
    codes = invented.persons["RIDRETH3"].to_numpy()
    classes = chi_square(invented.design, codes, quarter, invented.included)
    assert_allclose(row_of(table, "Race").p, classes.p, rtol=1e-8)


def test_where_all_are_in_one_class_there_is_no_test(invented: Cohort) -> None:
    men = invented.included & (invented.persons["RIAGENDR"] == 1).to_numpy()
    row = row_of(table_one(replace(invented, included=men)), "Gender")
    shares = [[cell.value for cell in line.cells] for line in row.lines]
    assert_allclose(shares, [[100.0] * 5, [0.0] * 5], rtol=1e-12)
    assert (row.test, np.isnan(row.p)) == ("", True)


@pytest.mark.parametrize(
    ("column", "name", "lines"), [("BMXBMI", "BMI", 1), ("DMDEDUC2", "Education level", 5)]
)
def test_a_row_that_nobody_has_a_value_of_has_empty_cells(
    column: str, name: str, lines: int, invented_data: Path, tmp_path: Path
) -> None:
    cohort = load_cohort(small(tmp_path, models=[model("bmi", "education")]), invented_data)
    row = row_of(table_one(replace(cohort, persons=cohort.persons.assign(**{column: np.nan}))), name)
    assert [len(line.cells) for line in row.lines] == [5] * lines
    cells = [cell for line in row.lines for cell in line.cells]
    assert np.isnan([(cell.value, cell.ci_low, cell.ci_high) for cell in cells]).all()
    for cell in cells:
        assert (cell.sd is None) == row.categorical == (lines > 1)
        assert cell.sd is None or np.isnan(cell.sd)
