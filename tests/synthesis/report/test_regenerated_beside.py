"""Printed estimates beside those computed again: which belong together, and how far apart they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.review import load_review
from synthesis.report.page_parts import ShownTable
from synthesis.report.regenerated_beside import regenerated_table
from tests.synthesis.review.made import RATIO, SLOPE, record, review


def effect(estimate: str, rest: str = "se: 0.25", measure: str = "beta", per: str = "1 g/dL") -> str:
    return f"measure: {measure}, per: {per}, estimate: {estimate}, {rest}"


def estimate(effect: str, name: str = "x", model: str = "full", more: str = "") -> str:
    return f"id: {name}, outcome: hip, model: {model}{more}, effect: {{{effect}}}"


def made(folder: Path, printed: str, *again: str, scale: str = SLOPE) -> ShownTable | None:
    """A record with what is printed, and one of the same cohort with what was computed again."""
    records = {"a": record("a", [printed])}
    rows = [each.replace("id: x", f"id: y{place}") for place, each in enumerate(again)]
    if rows:
        records["b"] = record("b", rows, status="re-analysis", cohort="A")
    return regenerated_table(review(folder, records, scale=scale))


def texts(table: ShownTable | None) -> list[list[str]]:
    assert table is not None
    return [[cell.text for cell in row] for row in table.rows]


def test_a_row_has_both_estimates_in_the_printed_decimals_and_leads_to_both(tmp_path: Path) -> None:
    table = made(tmp_path, estimate(effect("0.50")), estimate(effect("0.375")), estimate(effect("0.9")))
    limits = "0.01 to 0.99", "−0.11 to 0.86"
    assert texts(table) == [
        ["A", "BMD, hip", "all", "full", f"0.50 ({limits[0]})", f"0.38 ({limits[1]})", "−0.50 SE"]
    ]
    assert table is not None
    assert [cell.to for cell in table.rows[0]] == ["", "", "", "", "e/a/x", "e/b/y0", ""]
    assert table.numeric == (False, False, False, False, True, True, True)
    assert (table.name, len(table.heads)) == ("regenerated", 7)
    assert table.notes[0].startswith("Change in outcome (g/cm²) per 1 g/dL hemoglobin. Distance: ")
    assert table.notes[0].endswith(" Within one: 1 of 1 estimate.")


@pytest.mark.parametrize(
    ("again", "distance", "near"), [("0.75", "1.00 SE", 0), ("0.7", "0.80 SE", 1), ("0.25", "−1.00 SE", 0)]
)
def test_within_one_standard_error_is_less_than_one(
    again: str, distance: str, near: int, tmp_path: Path
) -> None:
    table = made(tmp_path, estimate(effect("0.50")), estimate(effect(again, "se: 0.001")))
    assert texts(table)[0][-1] == distance
    assert table is not None
    assert table.notes[0].endswith(f" Within one: {near} of 1 estimate.")


def test_a_ratio_is_shown_as_one_and_its_distance_is_that_of_its_logarithm(tmp_path: Path) -> None:
    of = ("ci: [1.00, 4.00]", "OR")
    table = made(
        tmp_path,
        estimate(effect("2.00", *of)),
        estimate(effect("2.2", "ci: [1.1, 4.4]", "OR")),
        scale=RATIO,
    )
    # ln(1.1) / (ln 4 / (2 × 1.96)) = 0.0953 / 0.3537
    assert texts(table)[0][4:] == ["2.00 (1.00 to 4.00)", "2.20 (1.10 to 4.40)", "0.27 SE"]


def test_a_converted_estimate_has_no_printed_decimals_on_the_scale(tmp_path: Path) -> None:
    table = made(tmp_path, estimate(effect("1.00", "se: 0.5", per="2 g/dL")), estimate(effect("0.5")))
    assert texts(table)[0][4] == "0.5000 (0.0100 to 0.9900)"


def test_the_most_decimals_that_were_printed_count_for_all(tmp_path: Path) -> None:
    rows = [
        estimate(effect(number), f"x{place}", more=f", stratum: {{sex: {sex}}}")
        for place, (number, sex) in enumerate((("0.5", "men"), ("0.250", "women")))
    ]
    records = {
        "a": record("a", rows),
        "b": record("b", rows, status="re-analysis", cohort="a"),
    }
    shown = texts(regenerated_table(review(tmp_path, records)))
    assert [(row[2], row[4][:5], row[6]) for row in shown] == [
        ("men", "0.500", "0.00 SE"),
        ("women", "0.250", "0.00 SE"),
    ]


def test_a_report_is_named_by_its_own_label(tmp_path: Path) -> None:
    row = [estimate(effect("0.50"))]
    records = {
        "a": record("a", row).replace("status: published,", "label: Lee 2020, status: published,", 1),
        "b": record("b", row, status="re-analysis", cohort="a"),
    }
    assert texts(regenerated_table(review(tmp_path, records)))[0][0] == "Lee 2020"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cohort: {name: A}", "cohort: {name: B}"),
        ("cohort: {name: A}", "cohort: {name: A, years: 2001-2002}"),
        ("model: full", "model: least"),
        ("model: full", "model: full, stratum: {sex: men}"),
        ("outcome: hip", "outcome: spine"),
        ("{name: BMD, site: hip,", "{name: BMC, site: hip,"),
        ("{name: hemoglobin, unit", "{name: ferritin, unit"),
        ("measure: beta, per: 1 g/dL", "measure: OR, per: 1 g/dL"),
    ],
)
def test_only_the_same_persons_place_outcome_exposure_model_and_measure_are_compared(
    old: str, new: str, tmp_path: Path
) -> None:
    row = [estimate(effect("0.50"))]
    again = record("b", row, status="re-analysis", cohort="A")
    assert old in again
    records = {"a": record("a", row), "b": again}
    assert regenerated_table(review(tmp_path / "same", records)) is not None
    records["b"] = again.replace(old, new)
    assert regenerated_table(review(tmp_path / "other", records)) is None


def test_names_that_the_review_calls_the_same_are_the_same(tmp_path: Path) -> None:
    row = [estimate(effect("0.50"))]
    again = record("b", row, status="re-analysis", cohort="a")
    again = again.replace("{name: BMD, site: hip,", "{name: density, site: Hip,")
    again = again.replace("{name: hemoglobin, unit", "{name: Hb, unit")
    loaded = review(tmp_path, {"a": record("a", row), "b": again})
    assert regenerated_table(loaded) is None
    same = "same: {outcomes: {BMD: [density]}, exposures: {hemoglobin: [Hb]}}\nscale:"
    path = loaded.folder / "review.yaml"
    path.write_text(path.read_text().replace("scale:", same, 1))
    assert len(texts(regenerated_table(load_review(loaded.folder)))) == 1


def test_without_a_regenerated_estimate_on_the_scale_there_is_no_table(tmp_path: Path) -> None:
    one = estimate(effect("0.50"))
    assert made(tmp_path / "alone", one) is None
    odds = estimate(effect("1.2", "ci: [1.0, 1.4]", "OR"))
    assert made(tmp_path / "odds", odds, odds) is None
    quiet = "id: x, outcome: hip, model: full, not_reported: {said: not significant}"
    assert made(tmp_path / "quiet", quiet, one) is None
    assert made(tmp_path / "again", one, quiet) is None
