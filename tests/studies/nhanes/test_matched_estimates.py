"""Estimates of two records side by side: what is matched, on whose scale, and why the rest is alone."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from numpy.testing import assert_allclose

from evidence.records.schema import Record
from studies.nhanes.cohort import load_cohort
from studies.nhanes.comparison.matched_estimates import PRINT, REGENERATED, EstimatePair, match_records
from studies.nhanes.comparison.output import write_matches
from studies.nhanes.comparison.published import (
    RECORD,
    named_record,
    published_record,
    review_place,
    straight_slopes,
)
from studies.nhanes.errors import NhanesError
from studies.nhanes.models import regressions
from studies.nhanes.protocol import load_protocol
from studies.nhanes.records import record_of

SLOPE: dict[str, Any] = {"measure": "beta", "per": "1 g/dL", "estimate": "0.0060", "ci": ["0.0020", "0.0100"]}


def estimate(name: str, effect: Mapping[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    said = {"effect": dict(effect)} if effect else {"not_reported": {"said": "not significant"}}
    where = {"report": "paper", "at": f"Table 2, {name}"}
    return {"id": name, "outcome": "hip", "model": "full", "where": where, **said, **given}


def record(*estimates: dict[str, Any], **given: Any) -> Record:
    """Hemoglobin and BMD of hip and neck under two models; given: parts that are otherwise."""
    report = {"type": "journal article", "status": "published", "citation": "A", "year": 2020}
    plain: dict[str, Any] = {
        "schema": 1,
        "study": "a-study",
        "title": "A study",
        "design": "cross-sectional",
        "cohort": {"name": "NHANES", "years": "2013-2018"},
        "reports": {"paper": report | {"label": "A 2020", "read": "full text"}},
        "exposures": {"hemoglobin": {"name": "hemoglobin", "unit": "g/dL"}},
        "outcomes": {
            "hip": {"name": "BMD", "site": "hip", "unit": "g/cm2"},
            "neck": {"name": "BMD", "site": "femoral neck", "unit": "g/cm2"},
            "fracture": {"name": "fracture"},
        },
        "models": {
            "full": {"type": "linear regression", "adjustment": "full"},
            "none": {"type": "linear regression", "adjustment": "none"},
        },
        "estimates": estimates,
        "extraction": {"by": "x", "on": "2026-01-01"},
    }
    return Record.model_validate(plain | given)


def only(printed: Record, regenerated: Record) -> EstimatePair:
    matched = match_records(printed, regenerated)
    (pair,) = matched.pairs
    return pair


def why(printed: Record, regenerated: Record) -> str:
    matched = match_records(printed, regenerated)
    assert matched.pairs == ()
    (alone,) = matched.printed_alone
    return alone.reason


MINE = {**SLOPE, "estimate": "0.0081", "ci": ["0.0041", "0.0121"], "se": "0.002"}


def test_a_pair_has_both_numbers_and_their_distance_in_printed_standard_errors() -> None:
    """The printed interval is 0.008 wide: a standard error of 0.008 / (2 × 1.959964)."""
    pair = only(record(estimate("a", SLOPE, n=900)), record(estimate("b", MINE, n=1000)))
    assert (pair.id, pair.report, pair.at) == ("a", "A 2020", "Table 2, a")
    assert (pair.outcome, pair.group, pair.measure) == ("BMD, hip", "all; adjustment full", "beta")
    assert (pair.n_printed, pair.n) == (900, 1000)
    assert (pair.printed, pair.printed_low, pair.printed_high) == ("0.0060", "0.0020", "0.0100")
    assert_allclose([pair.regenerated, pair.regenerated_low, pair.regenerated_high], [0.0081, 0.0041, 0.0121])
    assert_allclose(pair.in_se, 0.0021 / (0.008 / (2 * 1.959963984540054)), rtol=1e-9)
    assert (pair.se_from, pair.agrees, pair.inside, pair.assumed) == (PRINT, False, True, "")


@pytest.mark.parametrize(
    ("mine", "agrees", "inside"),
    [("0.00604", True, True), ("0.00606", False, True), ("0.0101", False, False), ("0.0020", False, True)],
)
def test_agreement_is_to_the_last_printed_digit(mine: str, agrees: bool, inside: bool) -> None:
    pair = only(record(estimate("a", SLOPE)), record(estimate("b", {**MINE, "estimate": mine})))
    assert (pair.agrees, pair.inside) == (agrees, inside)


def test_regenerated_numbers_are_told_in_the_step_and_the_unit_of_print() -> None:
    """Per 10 g/L and in mg/cm2: a thousand times the number; per 1.5 g/dL half as much again."""
    printed = record(
        estimate("a", {**SLOPE, "per": "15 g/L", "estimate": "9.0", "ci": ["3.0", "15.0"]}),
        outcomes={"hip": {"name": "BMD", "site": "hip", "unit": "mg/cm2"}},
    )
    pair = only(printed, record(estimate("b", MINE)))
    assert_allclose([pair.regenerated, pair.regenerated_low, pair.regenerated_high], [12.15, 6.15, 18.15])
    assert_allclose(pair.in_se, (12.15 - 9.0) / (12 / (2 * 1.959963984540054)), rtol=1e-9)


def test_what_print_does_not_state_is_taken_as_regenerated_and_said() -> None:
    printed = record(
        estimate("a", {**SLOPE, "per": "not stated"}), outcomes={"hip": {"name": "BMD", "site": "hip"}}
    )
    pair = only(printed, record(estimate("b", MINE)))
    assert pair.regenerated == pytest.approx(0.0081)
    assert (
        pair.assumed == "step not stated in print, taken as 1 g/dL; unit not stated in print, taken as g/cm2"
    )


def test_a_ratio_is_compared_on_the_log_scale_and_told_as_a_ratio() -> None:
    """An outcome of a ratio has no unit that anything depends on."""
    printed = record(
        estimate(
            "a",
            {"measure": "OR", "per": "1 g/dL", "estimate": "0.80", "ci": ["0.64", "1.00"]},
            outcome="fracture",
        )
    )
    effect = {"measure": "OR", "per": "1 g/dL", "estimate": "0.9", "ci": ["0.75", "1.08"], "se": "0.093"}
    pair = only(printed, record(estimate("b", effect, outcome="fracture")))
    assert_allclose([pair.regenerated, pair.regenerated_low, pair.regenerated_high], [0.9, 0.75, 1.08])
    sei = math.log(1.0 / 0.64) / (2 * 1.959963984540054)
    assert_allclose(pair.in_se, math.log(0.9 / 0.8) / sei, rtol=1e-9)
    assert (pair.assumed, pair.inside) == ("", True)


def test_printed_logarithms_of_ratios_stay_logarithms() -> None:
    logs = {"measure": "OR", "per": "1 g/dL", "estimate": "-0.223", "ci": ["-0.446", "0.000"], "log": True}
    effect = {"measure": "OR", "per": "1 g/dL", "estimate": "0.9", "ci": ["0.75", "1.08"], "se": "0.093"}
    pair = only(
        record(estimate("a", logs, outcome="fracture")), record(estimate("b", effect, outcome="fracture"))
    )
    found = [pair.regenerated, pair.regenerated_low, pair.regenerated_high]
    assert_allclose(found, [math.log(0.9), math.log(0.75), math.log(1.08)])
    assert_allclose(pair.in_se, (math.log(0.9) + 0.223) / (0.446 / (2 * 1.959963984540054)), rtol=1e-9)
    assert pair.inside is True


def test_without_a_printed_standard_error_the_distance_is_in_regenerated_ones() -> None:
    bare = {"measure": "beta", "per": "1 g/dL", "estimate": "0.0060"}
    pair = only(record(estimate("a", bare)), record(estimate("b", MINE)))
    assert_allclose(pair.in_se, 0.0021 / 0.002, rtol=1e-9)
    assert (pair.se_from, pair.inside, pair.printed_low, pair.printed_high) == (REGENERATED, None, "", "")


def test_names_differ_in_case_and_blanks_alone_and_places_have_one_name() -> None:
    other = record(
        estimate("b", MINE, stratum={"ancestry": "non-hispanic  white"}),
        outcomes={"hip": {"name": "bmd", "site": "Total hip", "unit": "g/cm2"}},
    )
    printed = record(estimate("a", SLOPE, stratum={"ancestry": "Non-Hispanic White"}))
    assert why(printed, other) == "outcome is BMD, hip; regenerated: bmd, Total hip"
    assert review_place()("Total hip") == "hip"
    assert len(match_records(printed, other, review_place()).pairs) == 1


@pytest.mark.parametrize(
    ("printed", "regenerated", "reason"),
    [
        ({"effect": None}, {}, "examined, no number printed"),
        ({"outcome": "neck"}, {}, "outcome is BMD, femoral neck; regenerated: BMD, hip"),
        ({"stratum": {"sex": "men"}}, {}, "stratum is men; regenerated: all"),
        (
            {"stratum": {"age": "50+"}},
            {"stratum": {"sex": "men", "age": "50+"}},
            "stratum is age 50+; regenerated: men, age 50+",
        ),
        ({"model": "none"}, {}, "adjustment is none; regenerated: full"),
        ({"effect": {**SLOPE, "measure": "MD", "per": None}}, {}, "measure is MD; regenerated: beta"),
        (
            {"effect": {**SLOPE, "within": "< 12 g/dL"}},
            {},
            "measure is beta within < 12 g/dL; regenerated: beta",
        ),
        (
            {"effect": {"measure": "MD", "versus": {"exposed": "Q4", "reference": "Q1"}, "estimate": "1"}},
            {"effect": {"measure": "MD", "versus": {"exposed": "Q2", "reference": "Q1"}, "estimate": "1"}},
            "measure is MD of Q4 against Q1; regenerated: MD of Q2 against Q1",
        ),
        ({"effect": {**SLOPE, "per": "1 SD"}}, {}, "exposure step: 'SD' cannot be converted to 'g/dL'"),
    ],
)  # fmt: skip
def test_what_has_no_partner_says_the_first_question_that_differs(
    printed: dict[str, Any], regenerated: dict[str, Any], reason: str
) -> None:
    def one(name: str, effect: dict[str, Any], changed: dict[str, Any]) -> Record:
        changed = dict(changed)
        return record(estimate(name, changed.pop("effect", effect), **changed))

    assert why(one("a", SLOPE, printed), one("b", MINE, regenerated)) == reason


def test_a_contrast_has_its_pair_by_both_of_its_groups() -> None:
    versus = {
        "measure": "MD",
        "versus": {"exposed": "Q4", "reference": "Q1"},
        "estimate": "0.012",
        "se": "0.004",
    }
    pair = only(record(estimate("a", versus)), record(estimate("b", {**versus, "estimate": "0.014"})))
    assert pair.in_se == pytest.approx(0.5)


def test_another_exposure_and_a_record_without_estimates_are_said() -> None:
    ferritin = record(estimate("b", MINE), exposures={"ferritin": {"name": "ferritin", "unit": "ug/L"}})
    assert why(record(estimate("a", SLOPE)), ferritin) == "exposure is hemoglobin; regenerated: ferritin"
    assert why(record(estimate("a", SLOPE)), record()) == "exposure is hemoglobin; regenerated: nothing"
    nothing = match_records(record(), record(estimate("b", MINE)))
    assert nothing.why_none() == (
        "nothing that a-study prints can be compared with a-study: it has no estimates"
    )


def test_several_regenerated_estimates_of_one_question_are_named_and_none_is_chosen() -> None:
    both = record(estimate("b", MINE), estimate("c", MINE))
    assert why(record(estimate("a", SLOPE)), both) == "several regenerated estimates ask the same: b, c"


def test_a_printed_estimate_without_a_number_of_its_own_is_said() -> None:
    group = {"name": "x", "n": 10, "mean": "1", "sd": "1"}
    raw = {"measure": "MD", "groups": [group, {**group, "name": "y"}]}
    mine = {"measure": "MD", "estimate": "1", "se": "1"}
    assert why(record(estimate("a", raw)), record(estimate("b", mine))) == (
        "no estimate is printed, only raw numbers"
    )


def test_each_of_several_printed_estimates_has_its_pair_and_what_is_not_printed_says_why() -> None:
    printed = record(estimate("a", SLOPE), estimate("again", SLOPE), estimate("silent"))
    mine = record(
        estimate("b", MINE),
        estimate("men", MINE, stratum={"sex": "men"}),
        estimate("neck", MINE, outcome="neck"),
        estimate("crude", MINE, model="none"),
        estimate("part", {**MINE, "within": "< 12 g/dL"}),
    )
    matched = match_records(printed, mine)
    assert [pair.id for pair in matched.pairs] == ["a", "again"]
    assert [each.id for each in matched.printed_alone] == ["silent"]
    assert {each.id: each.reason for each in matched.regenerated_alone} == {
        "men": "no printed number has stratum men",
        "neck": "no printed number has outcome BMD, femoral neck",
        "crude": "no printed number has adjustment none",
        "part": "no printed number has measure beta within < 12 g/dL",
    }
    both = record(estimate("b", MINE), estimate("c", MINE))
    assert {each.reason for each in match_records(record(estimate("a", SLOPE)), both).regenerated_alone} == {
        "no printed number can be compared with it"
    }


def test_the_commonest_reason_is_said_first_where_nothing_can_be_compared() -> None:
    printed = record(
        estimate("a", SLOPE, outcome="neck"), estimate("b", SLOPE, outcome="neck"), estimate("c")
    )
    assert match_records(printed, record(estimate("d", MINE))).why_none() == (
        "nothing that a-study prints can be compared with a-study: outcome is BMD, femoral neck; regenerated:"
        " BMD, hip (2); examined, no number printed (1)"
    )


def test_files_hold_every_pair_and_what_is_alone_with_its_side(tmp_path: Path) -> None:
    printed = record(estimate("a", SLOPE), estimate("silent"))
    matched = match_records(printed, record(estimate("b", MINE), estimate("crude", MINE, model="none")))
    pairs, alone = write_matches(tmp_path / "new", matched)
    assert (pairs.name, alone.name) == ("estimates.csv", "unmatched.csv")
    (row,) = csv.DictReader(pairs.read_text(encoding="utf-8").splitlines())
    assert (row["printed"], float(row["regenerated"]), row["n"]) == ("0.0060", 0.0081, "")
    rows = list(csv.DictReader(alone.read_text(encoding="utf-8").splitlines()))
    assert [(each["side"], each["id"]) for each in rows] == [("printed", "silent"), ("regenerated", "crude")]
    assert rows[0]["reason"] == "examined, no number printed"
    other = match_records(printed, record(estimate("b", MINE)))
    assert write_matches(tmp_path / "new", other) == [pairs, alone], "over the older ones"
    assert len(list(csv.DictReader(alone.read_text(encoding="utf-8").splitlines()))) == 1


def test_the_slopes_of_the_paper_have_the_partners_that_its_full_comparison_gives_them(
    three_cycles: Path,
) -> None:
    """By outcome, stratum and adjustment alone, as by the paper's tables."""
    cohort = load_cohort(load_protocol("spine"), three_cycles)
    matched = match_records(published_record(), record_of(cohort, {}))
    table = regressions(cohort).set_index(["outcome", "subgroup", "model"])["estimate"]
    models = {"none": "model-1", "minimal": "model-2", "full": "model-3"}
    found = {pair.at: pair.regenerated for pair in matched.pairs}
    compared = 0
    for printed in straight_slopes(published_record()):
        mine = table[printed.outcome, printed.subgroup, models[printed.adjustment]]
        assert found[f"{printed.table}, {printed.at}"] == pytest.approx(mine, rel=1e-12)
        compared += 1
    assert compared == 54


def test_a_record_is_named_by_its_study_or_its_file(tmp_path: Path) -> None:
    assert named_record("nhanes-2013-2018") == published_record(RECORD) == named_record(str(RECORD))
    with pytest.raises(NhanesError, match=r"^there is no record 'x\.yaml'; expected a YAML file, or a"):
        named_record("x.yaml")
    with pytest.raises(NhanesError, match=r"^the review has no study 'imos-3'; did you mean 'imos-4'\?$"):
        named_record("imos-3")
    with pytest.raises(NhanesError, match=r"^the review has no study 'zzz'; its studies are cardiovascular-"):
        named_record("zzz")
    damaged = tmp_path / "a.yml"
    damaged.write_text("schema: 1\n")
    with pytest.raises(NhanesError, match=r"a\.yml: the published numbers cannot be read: "):
        named_record(str(damaged))


# Effects that are not pooled, and classes.


def test_an_effect_that_is_not_pooled_is_compared_where_no_other_asks_the_same() -> None:
    printed = record(estimate("a", SLOPE))
    trend = estimate("trend", MINE, not_poolable="a slope over the numbers of the classes")
    assert only(printed, record(trend)).regenerated == pytest.approx(0.0081)
    both = match_records(printed, record(trend, estimate("b", SLOPE)))
    assert [pair.regenerated for pair in both.pairs] == [pytest.approx(0.0060)]
    assert [each.id for each in both.regenerated_alone] == ["trend"]


@pytest.mark.parametrize(
    ("reference", "said"), [("quarter: Q1", "Q4 against Q1"), ("nobody", "quarter: Q4 against nobody")]
)
def test_classes_say_what_is_compared_with_what(reference: str, said: str) -> None:
    versus = {"exposed": "quarter: Q4", "reference": reference}
    ratio = {"measure": "OR", "versus": versus, "estimate": "1.5", "ci": ["1.2", "1.875"]}
    one = record(estimate("a", ratio, outcome="fracture"))
    pair = only(one, one)
    assert (pair.contrast, pair.agrees, pair.inside) == (said, True, True)
    slope = record(estimate("a", SLOPE))
    assert only(slope, slope).contrast == ""
