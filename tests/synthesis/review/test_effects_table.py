"""The effects of analyses as rows for other programs: which columns there are, and what stands in them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from evidence.records.review import Method
from synthesis.review.analysis import analyse
from synthesis.review.effects_table import COLUMNS, EffectRow, effects_table
from tests.synthesis.review.made import RATIO, SLOPE, record, review, silent, slope

RAW = COLUMNS[COLUMNS.index("ai") : COLUMNS.index("report")]


def rows(folder: Path, *records: str, scale: str = SLOPE, more: str = "") -> list[EffectRow]:
    named = {f"{number}": text for number, text in enumerate(records)}
    loaded = review(folder, named, scale=scale, more=more)
    method = Method(estimator="DL", test="z")
    return effects_table(analyse(loaded, each, method) for each in loaded.review.analyses)


def test_a_slope_has_the_columns_that_name_and_give_it_and_no_empty_ones(tmp_path: Path) -> None:
    one = slope("one", "0.020", "0.0004, 0.0396")
    [row] = rows(tmp_path, record("a", [one], year=2019))
    sei = 0.0196 / 1.959963984540054
    assert row == {
        "analysis": "all", "slab": "A", "study": "a", "estimate_id": "one", "year": 2019, "outcome": "BMD",
        "site": "hip", "measure": "beta", "yi": 0.020, "vi": pytest.approx(sei**2), "sei": pytest.approx(sei),
        "estimate": 0.020, "ci.lb": 0.0004, "ci.ub": 0.0396, "sei_from": "95% interval", "report": "first",
        "at": "Table 1",
    }  # fmt: skip
    assert list(row) == [name for name in COLUMNS if name in row]


def test_a_column_that_one_row_fills_is_there_in_every_row(tmp_path: Path) -> None:
    counted = slope("one", "0.020", "0.010, 0.030") + ", n: 310"
    plain = [slope("one", "0.030", "0.010, 0.050"), silent("two")]
    first, second = rows(tmp_path, record("a", [counted]), record("b", plain))
    assert (first["ni"], second["ni"]) == (310, None)
    assert not {"sex", "age", "ancestry", "group", "ai"} & first.keys()


def test_the_stratum_has_its_columns(tmp_path: Path) -> None:
    effect = slope("one", "0.020", "0.010, 0.030") + ", stratum: {sex: women, age: 60-69}"
    [row] = rows(tmp_path, record("a", [effect]), more="stratum: {sex: each, age: each}")
    assert (row["slab"], row["sex"], row["age"]) == ("A, women, 60-69", "women", "60-69")


def test_a_ratio_stands_on_the_log_scale_and_as_printed(tmp_path: Path) -> None:
    effect = "{measure: OR, per: 1 g/dL, estimate: 1.20, ci: [1.00, 1.44]}"
    [row] = rows(
        tmp_path, record("a", [f"id: one, outcome: hip, model: full, effect: {effect}"]), scale=RATIO
    )
    assert row["yi"] == pytest.approx(math.log(1.2))
    assert (row["estimate"], row["ci.lb"], row["ci.ub"]) == pytest.approx((1.2, 1.0, 1.44))


COMPARED: dict[str, tuple[str, str, dict[str, float]]] = {
    "OR": (
        "n: 40, events: 12", "n: 41, events: 7",
        {"ai": 12, "bi": 28, "n1i": 40, "ci": 7, "di": 34, "n2i": 41},
    ),
    "RD": (
        "n: 40, events: 1", "n: 41, events: 7",
        {"ai": 1, "bi": 39, "n1i": 40, "ci": 7, "di": 34, "n2i": 41},
    ),
    "RR": (
        "n: 40, events: 12", "n: 41, events: 1",
        {"ai": 12, "bi": 28, "n1i": 40, "ci": 1, "di": 40, "n2i": 41},
    ),
    "IRR": (
        "events: 12, person_time: 310.5", "events: 7, person_time: 290",
        {"x1i": 12, "t1i": 310.5, "x2i": 7, "t2i": 290.0},
    ),
    "MD": (
        "n: 20, mean: 5.2, sd: 1.1", "n: 25, mean: 4.8, sd: 1.3",
        {"n1i": 20, "n2i": 25, "m1i": 5.2, "sd1i": 1.1, "m2i": 4.8, "sd2i": 1.3},
    ),
    "SMD": ("n: 20, mean: 5.2, se: 0.25", "n: 25, mean: 4.8, sd: 1.3", {}),
}  # fmt: skip


@pytest.mark.parametrize("measure", COMPARED)
def test_raw_numbers_of_two_groups_stand_under_metafors_names(measure: str, tmp_path: Path) -> None:
    first, second, expected = COMPARED[measure]
    groups = f"groups: [{{name: a, {first}}}, {{name: b, {second}}}]"
    effect = f"{{measure: {measure}, versus: {{exposed: a, reference: b}}, {groups}}}"
    text = record("a", [f"id: one, outcome: hip, model: full, effect: {effect}"])
    unit = ", unit: g/cm2" if measure == "MD" else ""
    [row] = rows(tmp_path, text, scale=f"{{measure: {measure}, exposure: hemoglobin{unit}}}")
    assert {name: row[name] for name in row if name in RAW} == expected
    assert [name for name in row if name not in RAW][-1] == "at"
    assert math.isfinite(float(row["yi"] or 0))


SINGLE: dict[str, tuple[str, dict[str, float]]] = {
    "proportion": ("n: 40, events: 12", {"ni": 40, "xi": 12}),
    "IR": ("events: 12, person_time: 310.5", {"xi": 12, "ti": 310.5}),
    "mean": ("n: 20, mean: 5.2, sd: 1.1", {"ni": 20, "mi": 5.2, "sdi": 1.1}),
}


@pytest.mark.parametrize("measure", SINGLE)
def test_raw_numbers_of_one_group_stand_under_metafors_names(measure: str, tmp_path: Path) -> None:
    numbers, expected = SINGLE[measure]
    effect = f"{{measure: {measure}, group: {{name: a, {numbers}}}}}"
    text = record("a", [f"id: one, outcome: hip, model: full, effect: {effect}"])
    unit = ", unit: g/cm2" if measure == "mean" else ""
    [row] = rows(tmp_path, text, scale=f"{{measure: {measure}, exposure: hemoglobin{unit}}}")
    assert {name: row[name] for name in row if name in (*RAW, "ni")} == expected


@pytest.mark.parametrize(
    ("first", "second"),
    [("n: 40, events: 12", "n: 41, mean: 4.8, sd: 1.3"), ("n: 20, mean: 5.2, sd: 1.1", "events: 7, n: 41")],
)
def test_groups_of_different_kinds_beside_a_printed_effect_have_no_raw_numbers(
    first: str, second: str, tmp_path: Path
) -> None:
    groups = f"groups: [{{name: a, {first}}}, {{name: b, {second}}}]"
    effect = f"{{measure: OR, per: 1 g/dL, estimate: 1.20, ci: [1.00, 1.44], {groups}}}"
    text = record("a", [f"id: one, outcome: hip, model: full, effect: {effect}"])
    [row] = rows(tmp_path, text, scale=RATIO)
    assert not set(RAW) & row.keys()
