"""Tables of exposures and outcomes of every form: each number, step, reference and note says what it is."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evidence.wording import p_number
from studies.nhanes.catalogue import ProtocolError
from studies.nhanes.cohort import Cohort, load_cohort
from studies.nhanes.models import Slope, slopes
from studies.nhanes.spelling import one_unit, slug
from studies.nhanes.table1 import table_one
from studies.nhanes.tables.all import make_tables, step_count
from studies.nhanes.tables.characteristics import characteristics_sheet
from studies.nhanes.tables.page import Sheet, ratio_with_interval, slope_decimals
from studies.nhanes.tables.regressions import regression_sheets
from studies.nhanes.tables.threshold import published_turning_points, sought, threshold_sheet
from tests.studies.nhanes.protocols import model, small

QUARTERS = {"variable": "hemoglobin-quarter", "trend": True, "reference": "Q2"}
DIABETES = {"variable": "diabetes", "event": "Yes"}
DESIGN = "survey-weighted {} with design-based variance."


@pytest.fixture
def cohort_of(invented_data: Path, tmp_path: Path) -> Any:
    return lambda **parts: load_cohort(small(tmp_path, **parts), invented_data)


def only_sheet(cohort: Cohort) -> Sheet:
    (sheet,) = regression_sheets(cohort)
    return sheet


def cells_of(sheet: Sheet) -> dict[str, tuple[str, ...]]:
    """The cells of each line by its name."""
    return {line.cells[0].strip(): line.cells[1:] for line in sheet.lines}


def numbers_of(text: str) -> list[float]:
    return [float(each) for each in re.findall(r"-?\d+\.\d+", text.split("\n")[0].replace("−", "-"))]


def of(found: list[Slope], form: str, exposed: str = "", within: str | None = None) -> Slope:
    (slope,) = [
        each
        for each in found
        if (each.form, each.contrast.exposed, each.within and each.within[1]) == (form, exposed, within)
    ]
    return slope


def test_classes_stand_in_their_order_with_reference_trend_and_joint_test(cohort_of: Any) -> None:
    cohort = cohort_of(exposure=QUARTERS, models=[model("age", "sex")])
    sheet, found = only_sheet(cohort), list(slopes(cohort))
    cells = cells_of(sheet)
    assert list(cells) == [
        "Lumbar spine BMD", "Q1", "Q2 (reference)", "Q3", "Q4", "Trend, per class",
        "p, any difference between classes",
    ]  # fmt: skip
    assert sheet.columns == ("", "n", "adjusted")
    assert [line.heading for line in sheet.lines] == [True] + [False] * 6
    first = of(found, "classes", "Q1")
    assert first.counts is not None
    assert cells["Q2 (reference)"] == (f"{first.counts[1]:,}", "reference")
    compared = 0
    for name in ("Q1", "Q3", "Q4"):
        slope = of(found, "classes", name)
        assert slope.counts is not None
        assert cells[name][0] == f"{slope.counts[0]:,}"
        assert_allclose(numbers_of(cells[name][1]), [slope.estimate, slope.ci_low, slope.ci_high], atol=5e-4)
        compared += 1
    assert compared == 3
    assert sum(int(cells[name][0]) for name in list(cells)[1:5]) == first.n
    assert cells["Trend, per class"][0] == f"{first.n:,}"
    ((what, test),) = first.tests
    assert cells[f"p, {what}"] == ("", p_number(test.p))
    assert sheet.notes[0] == (
        "β (95% interval) and p: difference (g/cm²) against quarter of hemoglobin: Q2, "
        + DESIGN.format("regression")
    )
    assert sheet.notes[1] == "Trend: the slope over the numbers of the classes, 1 to 4."
    assert sheet.notes[2] == "p of joint tests: Wald's F, design-based."
    (joint,) = sheet.data[sheet.data["form"].str.startswith("test: ")].to_dict("records")
    assert (joint["F"], joint["df1"], joint["df"], joint["p"]) == (test.F, test.df1, test.df2, test.p)


def test_a_trend_over_medians_is_per_unit(cohort_of: Any) -> None:
    sheet = only_sheet(cohort_of(exposure={**QUARTERS, "trend": "medians"}))
    assert "Trend, per 1 g/dL" in cells_of(sheet)
    assert "Trend: the slope over the weighted medians of the classes." in sheet.notes


@pytest.mark.parametrize(
    ("measure", "ratio", "regression"),
    [
        ("OR", "odds ratio", "logistic regression"),
        ("PR", "prevalence ratio", "modified Poisson regression of a yes/no outcome"),
    ],
)
def test_ratios_have_events_their_measure_and_their_step(
    measure: str, ratio: str, regression: str, cohort_of: Any
) -> None:
    cohort = cohort_of(
        exposure={"variable": "hemoglobin", "per": 2},
        outcomes={"diabetes": {**DIABETES, "measure": measure}},
    )
    sheet, (slope,) = only_sheet(cohort), list(slopes(cohort))
    inside = cohort.members
    known = inside["LBXHGB"].notna() & inside["DIQ010"].isin([1, 2, 3])
    events = known & (inside["DIQ010"] == 1)
    (line,) = sheet.lines
    assert sheet.columns[1] == "events / n"
    assert line.cells[:2] == ("Diabetes", f"{events.sum():,} / {known.sum():,}")
    expected = [math.exp(each) for each in (slope.estimate, slope.ci_low, slope.ci_high)]
    assert_allclose(numbers_of(line.cells[2]), expected, atol=5e-3)
    what = f"{ratio} per 2 g/dL of hemoglobin, "
    assert sheet.notes[0] == f"{measure} (95% interval) and p: {what}" + DESIGN.format(regression)
    assert sheet.data["measure"].tolist() == [f"log {measure}"]
    assert sheet.data["events"].tolist() == [events.sum()]
    assert sought(cohort, published_turning_points()) == ()
    assert [made.name for made in make_tables(cohort, lambda _: None)] == ["table-1", "table-2"]
    assert step_count(cohort) == 2


def test_events_of_classes_are_counted_class_by_class(cohort_of: Any) -> None:
    cohort = cohort_of(
        exposure={"variable": "sex", "reference": "women"},
        outcomes={"diabetes": {"variable": "diabetes", "event": "Borderline"}},
    )
    cells, members = cells_of(only_sheet(cohort)), cohort.members
    known = members["DIQ010"].isin([1, 2, 3])
    for name, code in (("Men", 1), ("Women (reference)", 2)):
        own = known & (members["RIAGENDR"] == code)
        assert cells[name][0] == f"{(own & (members['DIQ010'] == 3)).sum():,} / {own.sum():,}"
    assert "Diabetes: Borderline" in cells


def test_models_with_and_without_an_interaction_stand_in_their_own_rows(cohort_of: Any) -> None:
    cohort = cohort_of(
        exposure={"variable": "hemoglobin", "per": "SD"},
        models=[model("age", id="plain", name="Plain"), model("age", "sex", interactions=["sex"])],
    )
    sheet, found = only_sheet(cohort), list(slopes(cohort))
    cells = cells_of(sheet)
    assert list(cells) == ["Lumbar spine BMD", "Per SD", "Men", "Women", "p, interaction with sex"]
    assert [cells[name][2] for name in ("Per SD",)] == ["–"]
    assert [cells[name][1] for name in ("Men", "Women", "p, interaction with sex")] == ["–"] * 3
    men = of(found, "slope", within="men")
    assert cells["Men"][0] == f"{men.n:,}"
    assert_allclose(numbers_of(cells["Men"][2]), [men.estimate, men.ci_low, men.ci_high], atol=5e-4)
    assert cells["p, interaction with sex"][2] == p_number(men.tests[0][1].p)
    assert re.search(r"g/cm² per SD of hemoglobin \(weighted, 1\.\d+ g/dL\), ", sheet.notes[0])
    assert "adjusted: adjusted for age, sex; hemoglobin x sex." in sheet.notes
    assert "Within classes of sex: from one model of all, with its product with hemoglobin." in sheet.notes
    threshold = threshold_sheet(cohort, sought(cohort, ())[:0], lambda _: None, 3)
    assert (threshold.lines, threshold.notes) == ((), ())


def test_a_joint_test_beside_products_says_of_which_class_it_is(cohort_of: Any) -> None:
    """With the other sex as reference of the products it would be another test."""
    cohort = cohort_of(exposure=QUARTERS, models=[model("sex", interactions=["sex"])])
    named = [what for what, _ in next(iter(slopes(cohort))).tests]
    assert named == ["any difference between classes in men", "interaction with sex"]
    assert "Men: Q2 (reference)" in cells_of(only_sheet(cohort))


def test_a_curve_has_its_places_knots_and_tests(cohort_of: Any) -> None:
    cohort = cohort_of(exposure={"variable": "hemoglobin", "knots": [12, 14, 16]})
    sheet, found = only_sheet(cohort), list(slopes(cohort))
    cells = cells_of(sheet)
    for slope in found:
        name = f"{slope.contrast.exposed} against {slope.contrast.reference}"
        assert_allclose(numbers_of(cells[name][1]), [slope.estimate, slope.ci_low, slope.ci_high], atol=5e-4)
    assert len(found) == 4
    assert list(cells)[-2:] == ["p, any association with hemoglobin", "p, nonlinearity"]
    assert sheet.notes[0].startswith(
        "β (95% interval) and p: difference (g/cm²) between values of hemoglobin, "
    )
    assert sheet.notes[1] == "Restricted cubic spline of hemoglobin with knots at 12 g/dL, 14 g/dL, 16 g/dL."


def test_outcomes_of_several_measures_and_units_say_theirs(cohort_of: Any) -> None:
    outcomes = {
        "lumbar": {"variable": "lumbar-spine-bmd"},
        "bmi": {"variable": "bmi"},
        "diabetes": DIABETES,
        "platelets": {"variable": "platelets", "kind": "count"},
    }
    sheet = only_sheet(cohort_of(exposure={"variable": "hemoglobin", "per": "doubling"}, outcomes=outcomes))
    assert [line.cells[0] for line in sheet.lines] == [
        "Lumbar spine BMD (g/cm²) [β]", "BMI (kg/m²) [β]", "Diabetes [OR]", "Platelet count [IRR]",
    ]  # fmt: skip
    assert sheet.columns[1] == "n, or events / n"
    assert sheet.title.endswith("hemoglobin and lumbar spine BMD, BMI, diabetes and platelet count")
    starts = [note.split(" of hemoglobin")[0] for note in sheet.notes[:3]]
    assert starts == [
        "β (95% interval) and p: each in its unit per doubling",
        "OR (95% interval) and p: odds ratio per doubling",
        "IRR (95% interval) and p: rate ratio per doubling",
    ]


def test_two_units_are_said_beside_their_outcomes_and_one_is_not(cohort_of: Any) -> None:
    bmd = {"lumbar": {"variable": "lumbar-spine-bmd"}}
    other = {"bmi": {"variable": "bmi"}, "thoracic": {"variable": "thoracic-spine-bmd"}}
    names = [
        [line.cells[0] for line in only_sheet(cohort_of(outcomes=bmd | {key: other[key]})).lines]
        for key in other
    ]
    assert names == [
        ["Lumbar spine BMD (g/cm²)", "BMI (kg/m²)"],
        ["Lumbar spine BMD", "Thoracic spine BMD"],
    ]


def test_what_was_done_about_missing_covariates_is_said(cohort_of: Any) -> None:
    said = {
        "leave out": "Who misses a covariate of a model is left out of it.",
        "fill": "Missing covariates: the mean of the cohort, or a class of their own.",
    }
    for treatment, words in said.items():
        cohort = cohort_of(missing_covariates=treatment, models=[model("bmi", "diabetes")])
        assert only_sheet(cohort).notes[-1] == words
    cohort = cohort_of(missing_covariates={"bmi": "mean"}, models=[model("bmi", "diabetes")])
    assert only_sheet(cohort).notes[-1] == (
        "Missing BMI: the mean of the cohort; who misses another covariate of a model is left out of it."
    )
    filled = "Missing continuous covariates are filled with the mean of the participants."
    assert filled in characteristics_sheet(cohort).notes
    cohort = cohort_of(missing_covariates={"bmi": "mean"}, models=[model("bmi", "hdl")])
    filled = "Of the participants for whom each is recorded; BMI where missing filled with the mean of the"
    assert f"{filled} participants." in characteristics_sheet(cohort).notes


def test_crossed_strata_are_called_by_labels_and_only_covariates_are_left_out(cohort_of: Any) -> None:
    ages = {"label": "age group", "from": "age", "bounds": [40], "classes": ["20-40", "41+"]}
    cohort = cohort_of(variables={"ages": ages}, strata=[["ages", "sex"]], models=[model("sex", "bmi")])
    sheet = only_sheet(cohort)
    assert [line.cells[0] for line in sheet.lines[:2]] == ["Lumbar spine BMD", "  Age group: 20-40, men"]
    assert [line.heading for line in sheet.lines] == [True] + [False] * 4
    assert sheet.title.endswith(" by age group and sex")
    assert sheet.notes[-1] == "The models by age group and sex leave sex out."


# Who they are.


def test_classes_of_the_exposure_are_the_columns_of_table_1(cohort_of: Any) -> None:
    cohort = cohort_of(exposure=QUARTERS)
    table, sheet = table_one(cohort), characteristics_sheet(cohort)
    assert table.columns == ("All", "Q1", "Q2", "Q3", "Q4")
    cuts = cohort.measured.limits("hemoglobin-quarter")[""]
    values = cohort.members["LBXHGB"].to_numpy()
    classes = np.searchsorted(cuts, values[~np.isnan(values)])
    assert table.counts[1:] == tuple(np.bincount(classes))
    assert table.without == np.isnan(values).sum() > 0
    assert sheet.title == "Table 1. Characteristics of the participants by quarter of hemoglobin"
    assert sheet.columns[1] == f"All\nunweighted\nn = {cohort.n:,}"
    assert sheet.columns[2] == f"Q1\n≤ {cuts[0]:.6g}\nn = {table.counts[1]:,}"
    assert sheet.notes[0] == "Mean ± SD, or percentages of the column; classes are survey-weighted."
    alone = f"{table.without:,} participants without quarter of hemoglobin in the column of all alone."
    assert sheet.notes[1] == alone


def test_who_has_no_exposure_is_in_no_quarter(cohort_of: Any) -> None:
    cohort = cohort_of()
    table, values = table_one(cohort), cohort.members["LBXHGB"].to_numpy()
    known = values[~np.isnan(values)]
    assert_allclose(table.limits, np.quantile(known, [0.25, 0.5, 0.75]), rtol=1e-15)
    assert sum(table.counts[1:]) == len(known) < table.counts[0] == cohort.n
    sheet = characteristics_sheet(cohort)
    assert sheet.notes[0] == "Q1 to Q4: quarters of hemoglobin (g/dL), cut at the unweighted quartiles."
    assert sheet.title.endswith("by quarter of hemoglobin")


def test_equal_quartiles_make_fewer_groups(cohort_of: Any) -> None:
    """A number of drinks, 1 in half of the persons or 2: no group is empty, and none is called a quarter."""
    drinks = {"label": "drinks", "table": "ALQ", "columns": ["ALQ130"], "missing": [5, 12, 15, 999]}
    cohort = cohort_of(variables={"drinks": drinks}, exposure="drinks")
    table, sheet = table_one(cohort), characteristics_sheet(cohort)
    assert (table.columns, table.limits) == (("All", "Group 1", "Group 2"), (2.0,))
    values = cohort.members["ALQ130"]
    assert table.counts[1:] == ((values == 1).sum(), (values == 2).sum())
    assert sheet.title.endswith("by group of drinks")
    assert sheet.columns[2].split("\n")[:2] == ["Group 1", "< 2.00"]
    assert sheet.notes[0].startswith("Groups of drinks, cut at the unweighted quartiles; ")
    assert sheet.notes[1].endswith("; groups are survey-weighted.")


def test_limits_have_the_decimals_of_the_exposure_s_spread(cohort_of: Any) -> None:
    spine, bmi = "thoracic-spine-bmd", {"bmi": {"variable": "bmi"}}
    sheet = characteristics_sheet(cohort_of(exposure=spine, outcomes=bmi))
    assert re.search(r"^< 0\.\d\d$", sheet.columns[2].split("\n")[1])


def test_limits_that_would_look_alike_have_more_decimals(cohort_of: Any) -> None:
    """One person's value makes the spread large: two digits of it are no decimal."""
    cohort = cohort_of()
    values = np.resize([13.01, 13.02, 13.03, 13.04], len(cohort.persons))
    values[np.flatnonzero(cohort.included)[0]] = 1e6
    sheet = characteristics_sheet(replace(cohort, persons=cohort.persons.assign(LBXHGB=values)))
    told = [name.split("\n")[1] for name in sheet.columns[2:-1]]
    assert told == ["< 13.02", "13.02 to < 13.03", "13.03 to < 13.04", "≥ 13.04"]


def test_an_outcome_is_never_filled_in(cohort_of: Any) -> None:
    cohort = cohort_of(missing_covariates="fill", models=[model("bmi")])
    row = next(row for row in table_one(cohort).rows if row.variable == "lumbar-spine-bmd")
    known = cohort.members["DXXLSBMD"].dropna()
    assert len(known) < cohort.n
    cell = row.lines[0].cells[0]
    assert cell.sd is not None
    assert_allclose([cell.value, cell.sd], [known.mean(), known.std()])


def test_variables_with_one_label_are_told_apart(cohort_of: Any) -> None:
    rows = table_one(cohort_of(models=[model("race", "race-without-asian")])).rows
    assert [row.name for row in rows][2:4] == ["Race", "Race (race-without-asian)"]


# Turning points.


def test_a_published_turning_point_stands_beside_the_exposure_and_outcome_it_is_of(cohort_of: Any) -> None:
    outcomes = {"spine": {"variable": "thoracic-spine-bmd", "site": "thoracic spine"}}
    other = {"spine": {"variable": "bmi", "site": "thoracic spine"}}
    printed = [
        [place.published is not None for place in sought(cohort, published_turning_points())]
        for cohort in (
            cohort_of(strata=["race"], outcomes=outcomes),
            cohort_of(strata=["race"], outcomes=outcomes, exposure="hdl"),
            cohort_of(strata=["race"], outcomes=other),
        )
    ]
    assert printed == [[True] * 2, [False] * 6, [False] * 6]


def test_classes_of_one_name_in_two_variables_have_their_own_turning_points(cohort_of: Any) -> None:
    yes = {"label": "old", "rules": {"Yes": {"age": "50+"}, "No": "otherwise"}}
    also = {"label": "heavy", "rules": {"Yes": {"bmi": ">= 30"}, "No": "otherwise"}}
    cohort = cohort_of(variables={"old": yes, "heavy": also}, strata=["old", "heavy"])
    names = [place.subgroup.name for place in sought(cohort, ())]
    assert names == ["old: Yes", "old: No", "heavy: Yes", "heavy: No"]


def test_a_place_that_cannot_be_searched_has_a_note_beside_those_that_can(
    cohort_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studies.nhanes.tables.threshold.REPLICATES", 20)
    few = {"label": "drinks", "table": "ALQ", "columns": ["ALQ130"], "missing": [5, 12, 15, 999]}
    cohort = cohort_of(variables={"drinks": few}, exposure="drinks")
    sheet = threshold_sheet(cohort, sought(cohort, ()), lambda _: None, 3)
    assert sheet.lines == ()
    assert sheet.notes == (
        "Not found: turning point of lumbar spine BMD, all: the exposure has too few distinct values in the"
        " domain for a turning point.",
    )
    outcomes = {"bmi": {"variable": "bmi"}, "lumbar": {"variable": "lumbar-spine-bmd"}}
    cohort = cohort_of(exposure={"variable": "hdl", "per": "SD"}, outcomes=outcomes)
    sheet = threshold_sheet(cohort, sought(cohort, ()), lambda _: None, 3)
    assert sheet.columns[1] == "Turning point, mmol/L"
    assert sheet.notes[0].startswith("β: each outcome in its unit per 1 mmol/L (95% interval), crude, ")
    assert all(re.match(r"\d\.\d\d \(", line.cells[1]) for line in sheet.lines if not line.heading)


def test_numbers_have_the_digits_that_their_standard_errors_bear() -> None:
    assert [slope_decimals([se]) for se in (0.0008, 0.002, 0.03, 2e-6, 12.0)] == [4, 4, 3, 6, 0]
    assert slope_decimals([]) == slope_decimals([1.0]) == 1
    assert ratio_with_interval(1.234, 0.5, 1e7) == "1.23 (0.50, 10⁷)"
    assert ratio_with_interval(0.001, math.nan, math.nan) == "0.001 (–, –)"


# Names.


@pytest.mark.parametrize(
    ("label", "expected"),
    [("été", "ete"), ("Größe ≥ 3", "gro-e-from-3"), ("60+", "60-up"), ("ﬁbre", "fibre")],
)
def test_ids_are_of_letters_without_their_accents(label: str, expected: str) -> None:
    assert slug(label) == expected


@pytest.mark.parametrize(
    ("unit", "number", "expected"),
    [
        ("g/dL", "1", "1 g/dL"),
        ("kg/m2", "5", "5 kg/m²"),
        (None, "1", "1 unit"),
        ("ratio", "0.5", "0.5 units"),
        ("years", "1", "1 year"),
        ("years", "10", "10 years"),
    ],
)
def test_a_slope_is_per_a_number_of_units(unit: str | None, number: str, expected: str) -> None:
    assert one_unit(unit, number) == expected


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"exposure": "femoral-neck-bmd"}, "there is no DXXFEM_I "),
        (
            {"exposure": "x", "variables": {"x": {"label": "x", "table": "CBC", "columns": ["LBXNONE"]}}},
            ".*CBC_H.XPT: has no variable LBXNONE; ",
        ),
    ],
)
def test_what_the_survey_does_not_have_names_the_protocol(
    parts: dict[str, Any], says: str, cohort_of: Any, tmp_path: Path
) -> None:
    with pytest.raises(ProtocolError, match=f"^{re.escape(str(tmp_path / 'small.yaml'))}: {says}"):
        cohort_of(**parts)
