"""What a table says of its rows: derived standard errors, accepted ratios, combined arms, arms apart."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from evidence.records.review import Method
from synthesis.drawing.forest_table import StudyRow, SummaryRow
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.captions import measure_title
from synthesis.review.export import as_dict
from synthesis.review.forest_table import forest_table
from tests.synthesis.review.made import record, review, silent

VERSUS = "versus: {exposed: a, reference: b}"
ODDS = "{measure: OR, exposure: hemoglobin}"
ARMS = """comparisons:
  - id: dose
    outcome: hip
    model: least
    measure: OR
    arms:
      - {id: none, name: placebo, reference: true, n: 40, events: 8}
      - {id: low, name: 50 mg, dose: 50 mg, n: 30, events: 7}
      - {id: high, name: 75 mg, dose: 75 mg, n: 35, events: 10}
    where: {report: first, at: Table 2}
"""


def ratio(measure: str, numbers: str) -> str:
    return f"id: x, outcome: hip, model: least, effect: {{measure: {measure}, {VERSUS}, {numbers}}}"


def with_arms(text: str) -> str:
    assert "\nextraction:" in text
    return text.replace("\nextraction:", f"\n{ARMS}extraction:")


def analysed(folder: Path, records: dict[str, str], more: str = "", scale: str = ODDS) -> AnalysisResult:
    loaded = review(folder, records, scale=scale, more=more)
    assert loaded.problems == ()
    return analyse(loaded, loaded.review.analyses[0], Method(estimator="DL", test="z"))


def notes(result: AnalysisResult) -> list[str]:
    return list(forest_table(result).footnotes)


def test_an_addition_to_counts_of_zero_is_told_with_its_studies(tmp_path: Path) -> None:
    def groups(*events: int) -> str:
        return ", ".join(
            f"{{name: {name}, n: 40, events: {n}}}" for name, n in zip("ab", events, strict=True)
        )

    counts = {"a": (3, 6), "b": (0, 4), "c": (4, 0), "d": (0, 0)}
    records = {name: record(name, [ratio("OR", f"groups: [{groups(*n)}]")]) for name, n in counts.items()}
    found = notes(analysed(tmp_path, records))
    assert "1/2 added to every count of studies with a zero: B, C." in found
    assert "Left out: D: no event in both groups." in found
    without = analysed(
        tmp_path / "without",
        {"a": records["a"], "e": record("e", [ratio("OR", f"groups: [{groups(5, 4)}]")])},
    )
    assert [note for note in notes(without) if "1/2" in note] == []


def test_a_standard_error_that_is_worked_out_is_marked_and_told(tmp_path: Path) -> None:
    records = {
        "a": record("a", [ratio("OR", "estimate: 1.20, ci: [1.00, 1.44]")]),
        "b": record("b", [ratio("OR", "estimate: 1.30, p: 0.03")]),
        "c": record("c", [ratio("OR", "estimate: 1.10, p: 0.30")]),
        "d": record("d", [ratio("OR", "estimate: 1.40, chi2: {value: 4.2}")]),
    }
    result = analysed(tmp_path, records)
    marks = {row.label: row.mark for row in forest_table(result).rows if isinstance(row, StudyRow)}
    assert marks == {"A": "", "B": "≈", "C": "≈", "D": "≈"}
    assert "≈ standard error not printed, worked out from the p-value (B, C), the chi-square (D)." in notes(
        result
    )


def test_a_standard_error_of_a_bound_on_p_is_told_as_the_largest_there_can_be(tmp_path: Path) -> None:
    records = {
        "a": record("a", [ratio("OR", "estimate: 1.20, lower: 1.00")]),
        "b": record("b", [ratio("OR", "estimate: 1.30, p: < 0.05")]),
        "c": record("c", [ratio("OR", "estimate: 1.40, p: '** < 0.01'")]),
        "d": record("d", [ratio("OR", "estimate: 1.10, p: 'NS (> 0.05)'")]),
    }
    result = analysed(tmp_path, records)
    marks = {row.label: row.mark for row in forest_table(result).rows if isinstance(row, StudyRow)}
    assert marks == {"A": "≈", "B": "≈", "C": "≈"}
    (note,) = (note for note in notes(result) if "≈" in note)
    assert note == (
        "≈ standard error not printed, worked out from the lower limit of the 95% interval (A), as if the "
        "estimate were in its middle. p < 0.05 (B), p < 0.01 (C): only a bound on p is printed, and the "
        "standard error is the largest that it allows; intervals of these studies are drawn as if p were the "
        "bound, they weigh too little, and heterogeneity may be understated."
    )
    assert any("only p" in line and "gives no standard error" in line for line in notes(result))


@pytest.mark.parametrize(
    "numbers",
    ["estimate: 1.20, se: 0.1", "groups: [{name: a, n: 40, events: 9}, {name: b, n: 40, events: 7}]"],
)
def test_a_standard_error_that_is_printed_or_counted_is_not_marked(numbers: str, tmp_path: Path) -> None:
    result = analysed(tmp_path, {"a": record("a", [ratio("OR", numbers)])})
    assert [note for note in notes(result) if "≈" in note] == []


def test_accepted_ratios_are_named_with_their_studies(tmp_path: Path) -> None:
    records = {
        "a": record("a", [ratio("OR", "estimate: 1.20, ci: [1.00, 1.44]")]),
        "b": record("b", [ratio("HR", "estimate: 1.30, ci: [1.00, 1.69]")]),
        "c": record("c", [ratio("RR", "estimate: 1.10, ci: [0.90, 1.34]")]),
    }
    told = "Pooled as if they were the odds ratio: hazard ratio (B), risk ratio (C)."
    result = analysed(tmp_path, records, more="accept: [HR, RR]")
    assert told in notes(result)
    assert result.k == 3
    (tmp_path / "plain").mkdir()
    assert told not in notes(analysed(tmp_path / "plain", records))


def test_combined_arms_are_one_row_and_named(tmp_path: Path) -> None:
    result = analysed(tmp_path, {"a": with_arms(record("a", [silent("x", "spine")]))}, more="arms: combine")
    (row,) = [row for row in forest_table(result).rows if isinstance(row, StudyRow)]
    assert row.label == "A"
    assert row.estimate == pytest.approx(17 / 48 / (8 / 32), rel=1e-12)
    assert "Arms combined into one group: A (50 mg and 75 mg)." in notes(result)


def test_arms_that_are_shown_each_have_no_common_summary(tmp_path: Path) -> None:
    records = {
        "a": with_arms(record("a", [silent("x", "spine")])),
        "b": record("b", [ratio("OR", "estimate: 1.30, ci: [1.00, 1.69]")]),
    }
    result = analysed(tmp_path, records, more="arms: each")
    table = forest_table(result)
    assert [row.label for row in table.rows if isinstance(row, StudyRow)] == ["A, 50 mg", "A, 75 mg", "B"]
    assert [row for row in table.rows if isinstance(row, SummaryRow)] == []
    assert "Arms of one study share its reference: no common summary." in notes(result)
    assert as_dict(result)["groups"][0]["pooled"] is None
    weights = [row.weight for row in table.rows if isinstance(row, StudyRow)]
    assert all(weight is None or math.isnan(weight) for weight in weights)


def test_a_chosen_arm_is_named_in_its_row_and_pooled(tmp_path: Path) -> None:
    records = {
        "a": with_arms(record("a", [silent("x", "spine")])),
        "b": record("b", [ratio("OR", "estimate: 1.30, ci: [1.00, 1.69]")]),
    }
    result = analysed(tmp_path, records, more="arms: highest")
    assert [row.label for row in forest_table(result).rows if isinstance(row, StudyRow)] == ["A, 75 mg", "B"]
    assert result.groups[0].pooled is not None
    assert [note for note in notes(result) if "share its reference" in note] == []


def test_measures_are_called_by_what_is_shown() -> None:
    assert measure_title("ROM") == "Ratio of means"
    assert measure_title("IRLN") == "Incidence rate"
    assert measure_title("PFT") == "Double arcsine proportion"
    assert measure_title("PLO") == measure_title("proportion") == "Proportion"
    assert measure_title("OR") == "Odds ratio"
