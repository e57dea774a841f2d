"""Published tables and RevMan files: their records give the results that the reviews print."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import synthesis
from evidence.records.conversion import to_analysis_scale
from evidence.records.effect import Effect, Estimate
from evidence.records.schema import Record
from evidence.selection.arms import combined
from evidence.sources.mapping import Plan, guessed
from evidence.sources.record_making import records_from
from evidence.sources.sheets import read_sheets
from evidence.sources.table_rows import entries_of
from synthesis.pooled_counts import CountsPooled
from tests.evidence.sources.importing import DAY, first_effect, imported, records_of

CHANGE = {"outcome": "CMJ", "measure": "SMD", "change": "true"}


def estimates(records: Sequence[Record]) -> list[Estimate]:
    return [each for record in records for _, each in record.placed_estimates]


def rows_in(found: Sequence[Estimate]) -> int:
    """The rows that estimates stand for: what two analyses repeat is recorded once, with both rows."""
    return sum(one.where.at.count(", row ") for one in found)


def effects(found: Sequence[Estimate], analysis: str) -> list[Effect]:
    return [one.effect for one in found if f"{one.id}-".startswith(f"{analysis}-") and one.effect]


def tables(found: Sequence[Estimate], analysis: str) -> dict[str, list[int]]:
    """The counts of an analysis, as columns of 2x2 tables."""
    groups = [one.groups for one in effects(found, analysis)]
    columns: dict[str, list[int]] = {"ai": [], "n1i": [], "ci": [], "n2i": []}
    for pair in groups:
        assert pair is not None
        numbers = (pair[0].events, pair[0].n, pair[1].events, pair[1].n)
        for column, number in zip(columns.values(), numbers, strict=True):
            assert number is not None
            column.append(int(number))
    return columns


def mantel_haenszel(measure: str, counts: dict[str, list[int]]) -> CountsPooled:
    return synthesis.pool_counts(measure, data=counts, ai="ai", n1i="n1i", ci="ci", n2i="n2i")


ALENDRONATE = {
    "1-1": (0.4506, 0.3082, 0.6590), "1-2": (0.8226, 0.7277, 0.9298), "1-3": (0.6269, 0.4092, 0.9603),
    "1-5": (0.5467, 0.4487, 0.6660),
}  # fmt: skip
"""Pooled by Mantel-Haenszel over every row of the analysis, RR: estimate and 95 % interval."""


def test_alendronate_and_fractures_pools_to_the_reviews_results(shared: Path) -> None:
    path = shared / "imports" / "revman" / "CD001155_alendronate_data-rows.csv"
    records, skipped = imported(path, measure="RR")
    assert skipped == []
    found = estimates(records)
    assert (len(records), len(found), rows_in(found)) == (39, 286, 300)
    for analysis, expected in ALENDRONATE.items():
        pooled = mantel_haenszel("RR", tables(found, analysis))
        numbers = tuple(map(math.exp, (pooled.estimate, pooled.ci_low, pooled.ci_high)))
        assert numbers == pytest.approx(expected, abs=5e-5), analysis


def test_alendronate_without_a_stated_measure_leaves_two_rows_that_fit_several(shared: Path) -> None:
    path = shared / "imports" / "revman" / "CD001155_alendronate_data-rows.csv"
    records, skipped = imported(path)
    assert rows_in(estimates(records)) == 298
    assert [each.at.rpartition(" ")[2] for each in skipped] == ["178", "210"]
    assert all("--set measure=RR" in each.why for each in skipped)


@pytest.mark.parametrize("file", ["Fleiss1993.rm5", "Fleiss1993_CR.csv", "Fleiss1993_revmanweb_data.zip"])
def test_fleiss_1993_is_one_in_each_of_revmans_forms(file: str, shared: Path) -> None:
    records, skipped = imported(shared / "imports" / "revman" / file)
    assert (len(records), skipped) == (12, [])
    found = estimates(records)
    pooled = mantel_haenszel("OR", tables(found, "1-1"))
    assert [math.exp(each) for each in (pooled.estimate, pooled.ci_low, pooled.ci_high)] == (
        pytest.approx([0.89686556, 0.8405144, 0.95699471], abs=5e-9)
    )
    assert pytest.approx(9.94605598, abs=1e-6) == pooled.Q
    means = effects(found, "1-2")
    # the review and the package say SMD of the second outcome, the exported table MD
    assert {one.measure for one in means} == {"MD" if file.endswith("csv") else "SMD"}
    pairs = [one.groups for one in means if one.groups is not None]
    columns = {
        f"{name}{arm + 1}i": [float(str(getattr(pair[arm], key))) for pair in pairs]
        for arm in (0, 1)
        for name, key in (("m", "mean"), ("sd", "sd"), ("n", "n"))
    }
    differences = synthesis.escalc("MD", **{name: name for name in columns}, data=columns)
    result = synthesis.pool(differences.yi, differences.vi, method="EE", test="z")
    assert (result.estimate, result.ci_low, result.ci_high) == pytest.approx(
        (-0.70938839, -1.25848502, -0.16029176), abs=5e-9
    )
    assert len(pairs) == 5


def test_iron_in_pregnancy_comes_in_but_for_an_analysis_whose_measure_nothing_tells(shared: Path) -> None:
    path = shared / "imports" / "revman" / "CD004736_iron_pregnancy_data-rows.csv"
    records, skipped = imported(path)
    assert rows_in(estimates(records)) + len(skipped) == 224
    assert len(skipped) == 7
    assert {each.why.split(";")[0] for each in skipped} == {"the measure of analysis 1.55 is not stated"}


def test_lead_and_iq_is_recognised_with_all_its_slopes(shared: Path) -> None:
    path = shared / "imports" / "tables" / "lead_iq_coefficients.csv"
    records, skipped = imported(path)
    assert skipped == []
    assert [(r.label, r.estimates[0].n, str(first_effect(r).estimate)) for r in records] == [
        ("Bauer 2020", 635, "-0.1000"), ("Crump 2013", 1355, "-3.315"), ("Dantzer 2020", 224, "-13.1500"),
        ("Desrochers-Couture 2018", 606, "0.0140"), ("Earl 2016", 127, "-13.5000"),
        ("Hong 2015", 839, "-7.2300"), ("Lee 2021", 502, "-3.8300"), ("Lucchini 2019", 299, "-1.1000"),
        ("Lucchini 2012", 299, "-3.4830"), ("Menezes-Filho 2018", 155, "-8.6090"),
        ("Roy 2013", 708, "-4.7000"), ("Schnaas 2006", 150, "0.17"),
    ]  # fmt: skip
    intervals = [first_effect(r).ci is not None for r in records]
    assert intervals == [n not in (4, 8, 9, 10, 11) for n in range(12)]


def test_plyometric_training_pools_to_the_published_result(shared: Path) -> None:
    (sheet,) = read_sheets(shared / "imports" / "tables" / "plyometric_effects.csv")
    columns = {"study_id": "study", "author": "author", "year": "year", "yi_change": "estimate"}
    plan = Plan(
        columns={**columns, "vi_change": "variance"},
        values={**CHANGE, "year": "2014"},  # one of them states none
        only={"cmj_arm": "手叉腰无臂"},
    )
    entries, skipped = entries_of(sheet, plan, "p.csv")
    assert (len(entries), skipped) == (16, [])
    own = [each.effect for each in estimates(records_of(entries)) if each.effect is not None]
    yi = [float(str(each.estimate)) for each in own]
    vi = [float(str(each.se)) ** 2 for each in own]
    pooled = synthesis.pool(yi, vi, method="REML", test="z")
    assert (pooled.estimate, pooled.ci_low, pooled.ci_high, pooled.tau2) == pytest.approx(
        (1.128, 0.656, 1.600, 0.687), abs=5e-4
    )
    assert pytest.approx(76.2, abs=0.05) == pooled.I2
    without = replace(sheet, rows=tuple(row for row in sheet.rows if row.cell(0) == "R18"))
    found, told = entries_of(without, plan.model_copy(update={"values": CHANGE}), "p.csv")
    assert ([each.year for each in found], told) == ([None], [])


def test_arms_of_a_living_review_combine_to_its_published_result(shared: Path) -> None:
    (sheet,) = read_sheets(shared / "imports" / "tables" / "lsr3h_data.xlsx")
    columns = {"study_name": "study", "arm_name": "arm", "dose": "dose", "overall_n": "n"}
    plan = Plan(
        columns={**columns, "overall_mean": "mean", "overall_sd": "sd"},
        values={"outcome": "overall symptoms", "measure": "SMD", "change": "true"},
        only={
            "main": "1", "state": "acute", "population": "Schizophrenia spectrum",
            "drug_new": ("TAAR1 agonist", "placebo"),
        },
    )  # fmt: skip
    entries, skipped = entries_of(sheet, plan, "l.xlsx")
    assert (len(entries), skipped) == (11, [])
    records = records_of(entries)
    arms = [[arm.raw for arm in c.others] + [c.reference.raw] for r in records for c in r.comparisons]
    arms += [list(first_effect(r).groups or ()) for r in records if r.estimates]
    assert sum(int(arm.n or 0) for each in arms for arm in each if arm is not None) == 1291
    assert sorted(len(each) for each in arms) == [2, 3, 3, 3]
    # published, all arms of a trial as one: SMD 0.15 (-0.05 to 0.34), its sign turned so that more is better
    effects = [
        to_analysis_scale(each.effect, each.n)
        for record in records
        for each in (*record.estimates, *(combined(c, c.others) for c in record.comparisons))
        if each.effect is not None
    ]
    pooled = synthesis.pool(yi=[e.yi for e in effects], sei=[e.sei for e in effects], method="REML", test="z")
    turned = [-pooled.estimate, -pooled.ci_high, -pooled.ci_low]
    assert turned == pytest.approx([0.15, -0.05, 0.34], abs=0.005)
    assert sum(len(record.comparisons) for record in records) == 3


def test_tables_that_hold_no_estimates_are_said_to_hold_none(shared: Path) -> None:
    folder = shared / "imports" / "tables"
    for name in (
        "amstar_pfas.csv",
        "nmn_extractor_A.csv",
        "nmn_extractor_B.csv",
        "lsr3h_included_studies.xlsx",
    ):
        for sheet in read_sheets(folder / name):
            assert "no columns with numbers" in str(guessed(sheet).plan.lacking), name


def test_cells_of_a_spanned_table_are_never_taken_for_those_of_another_column(shared: Path) -> None:
    (sheet,) = read_sheets(shared / "imports" / "tables" / "rvf_table4_cells.csv")
    plan = guessed(sheet).plan
    plan = plan.model_copy(update={"values": {**plan.values, "study": "Fafetine", "year": "2013"}})
    entries, skipped = entries_of(sheet, plan, "t.csv")
    assert (entries, len(skipped)) == ([], 23)
    whys = [each.why for each in skipped]
    assert sum("the header has 6" in why for why in whys) == 21
    assert sum("the reference class" in why for why in whys) == 2


def test_a_file_of_revman_4_is_refused_in_words(shared: Path) -> None:
    with pytest.raises(ValueError, match="is of no kind that can be read"):
        read_sheets(shared / "imports" / "revman" / "FLEISS1993.MTV")


def test_what_comes_in_needs_no_second_look_by_the_schema(shared: Path) -> None:
    made = [path for path in sorted((shared / "imports" / "revman").iterdir()) if path.suffix != ".MTV"]
    for path in made:
        records, _ = imported(path, measure="RR")
        assert all(record.extraction.on == DAY for record in records)
    assert len(made) == 5
    assert records_from([], "AB", DAY) == ([], [])
