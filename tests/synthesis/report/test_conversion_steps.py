"""The steps from print to pool: each formula, worked out by hand, gives what enters."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from evidence.records.effect import Effect
from evidence.records.printed import Printed
from evidence.records.schema import Outcome
from evidence.selection.selection import select
from synthesis.report.conversion_steps import asked_words, conversion_steps, printed_words
from tests.synthesis.review.made import RATIO, SLOPE, record, review

Z = 1.9599639845400545


def steps_of(folder: Path, effect: str, scale: str = SLOPE, unit: str = "g/cm2") -> dict[str, str]:
    text = record("a", [f"id: x, outcome: hip, model: full, n: 100, effect: {{{effect}}}"])
    text = text.replace("site: hip, unit: g/cm2", f"site: hip, unit: {unit}")
    loaded = review(folder, {"a": text}, scale=scale, sites="hip")
    (analysis,) = loaded.review.analyses
    (chosen,) = select(loaded.review, analysis, loaded.records).chosen
    steps = conversion_steps(chosen, loaded.review.scale_of(analysis), analysis.accept)
    return {fact.name: fact.says for fact in steps}


def result(text: str) -> float:
    """The number behind the equals sign, and what it is multiplied by."""
    number, _, times = text.rpartition(" = ")[2].partition(", times ")
    return float(number.replace("−", "-")) * float(times or 1)


@pytest.mark.parametrize(
    ("printed", "says", "sei"),
    [
        ("estimate: 0.02, se: 0.005", "as printed = 0.005", 0.005),
        ("estimate: 0.02, ci: [0.01, 0.03]", "(0.03 − 0.01) / (2 × 1.96) = 0.00510213", 0.02 / (2 * Z)),
        ("estimate: 0.02, lower: 0.01", "|0.02 − 0.01| / 1.96 = 0.00510213", 0.01 / Z),
        ("estimate: 0.02, t: 2.5", "from the test statistic: |0.02| / 2.5 = 0.008", 0.008),
        ("estimate: 0.02, chi2: {value: 6.25}", "from the chi-square: |0.02| / 2.5 = 0.008", 0.008),
        ("estimate: 0.02, p: 0.05", "from p 0.05: |0.02| / 1.96 = 0.0102043", 0.02 / Z),
        (
            "estimate: 0.02, p: < 0.05",
            "from p < 0.05, the largest that it allows: |0.02| / 1.96 = 0.0102043",
            0.02 / Z,
        ),
    ],
)
def test_a_standard_error_is_told_by_what_it_is_worked_out_from(
    printed: str, says: str, sei: float, tmp_path: Path
) -> None:
    steps = steps_of(tmp_path, f"measure: beta, per: 1 g/dL, {printed}")
    assert steps["Standard error"] == says
    assert result(says) == pytest.approx(sei, rel=1e-5)
    assert steps["Scale"] == "as printed, no conversion"
    assert steps["Enters as"] == f"yi = 0.02, SE = {sei:.6g}"


def test_a_conversion_names_both_steps_and_its_factor(tmp_path: Path) -> None:
    steps = steps_of(
        tmp_path, "measure: beta, per: 10 g/L, estimate: 2.0, ci: [1.0, 3.0]", unit="10^-2 g/cm2"
    )
    assert steps["Scale"] == "per 10 g/L to per 1 g/dL, 10⁻² g/cm² to g/cm²: times 0.01"
    assert result(steps["Standard error"]) == pytest.approx(0.02 / (2 * Z), rel=1e-5)
    assert steps["Enters as"] == f"yi = 0.02, SE = {0.02 / (2 * Z):.6g}"


def test_a_ratio_enters_by_its_logarithm(tmp_path: Path) -> None:
    steps = steps_of(tmp_path, "measure: OR, per: 1 g/dL, estimate: 2.0, ci: [1.0, 4.0]", scale=RATIO)
    assert steps["On the analysis scale"] == f"ln 2.0 = {math.log(2):.6g}"
    assert steps["Standard error"].startswith(f"({math.log(4):.6g} − 0) / (2 × 1.96) = ")
    assert re.fullmatch(r"yi = 0\.693147, SE = 0\.353653 \(log scale\)", steps["Enters as"])


def test_raw_numbers_have_no_formula_but_a_source(tmp_path: Path) -> None:
    groups = "{name: a, n: 40, events: 12}, {name: b, n: 38, events: 5}"
    steps = steps_of(
        tmp_path,
        f"measure: OR, versus: {{exposed: a, reference: b}}, groups: [{groups}]",
        scale="{measure: OR, exposure: hemoglobin, versus: {exposed: a, reference: b}}",
    )
    assert steps["Standard error"] == "from the counts"
    yi = math.log(12 * 33 / (28 * 5))
    assert steps["Enters as"].startswith(f"yi = {yi:.6g}, SE = ")


def test_what_is_printed_keeps_its_digits_and_what_is_computed_has_four() -> None:
    effect = Effect.model_validate(
        {"measure": "beta", "estimate": "0.0020", "ci": ["-0.00100", "0.0050"], "p": "0.20", "level": "90 %"}
    )
    assert printed_words(effect) == "0.0020 [-0.00100, 0.0050], 90 % interval, p 0.20"
    long = effect.model_copy(update={"estimate": Printed.parse("0.0072099856246372034")})
    assert printed_words(long, shortened=True).startswith("0.00721 [−0.001, 0.005]")


@pytest.mark.parametrize(
    ("printed", "words"),
    [
        ("groups: [{name: a, n: 40, events: 12}, {name: b, n: 38, events: 5}]", "a: 12 of 40, b: 5 of 38"),
        (
            "groups: [{name: a, n: 25, mean: '5.20', sd: 1.1}, {name: b, n: 24, mean: 4.9, ci: [4.5, 5.3]}]",
            "a: n 25, mean 5.20, sd 1.1, b: n 24, mean 4.9, interval 4.5 to 5.3",
        ),
        (
            "groups: [{name: a, events: 12, person_time: 310.5}, {name: b, events: 9, person_time: 300}]",
            "a: 12 of 310.5 person-time, b: 9 of 300 person-time",
        ),
        ("estimate: '1.20', lower: 1.05, log: true", "1.20, lower limit 1.05 (natural logarithms)"),
        ("estimate: '1.20', f: {value: 4.31, df: [1, 98]}", "1.20, F 4.31 on 1 and 98 df"),
    ],
)
def test_whatever_is_printed_is_told_and_nothing_else(printed: str, words: str) -> None:
    effect = Effect.model_validate(YAML(typ="safe").load(f"{{measure: OR, {printed}}}"))
    assert printed_words(effect) == words


def test_a_number_says_what_of_its_units_nobody_printed() -> None:
    effect = Effect.model_validate({"measure": "beta", "per": "1 g/dL", "estimate": "0.1"})
    stated = Outcome(name="BMD", unit="g/cm2")
    assert asked_words(effect, stated, "") == "slope (g/cm²) per 1 g/dL"
    guessed = stated.model_copy(update={"unit_stated": False})
    assert asked_words(effect, guessed, "mg/dl") == (
        "slope (g/cm²) per 1 g/dL; the outcome's unit is not printed, the exposure's is printed as mg/dl"
    )
    assert asked_words(effect, Outcome(name="BMD", unit_stated=False), "") == "slope per 1 g/dL"
    ratio = Effect.model_validate(
        {"measure": "OR", "versus": {"exposed": "a", "reference": "b"}, "estimate": "2"}
    )
    assert asked_words(ratio, Outcome(name="fracture"), "") == "Odds ratio, a against b"


def test_a_slope_per_sd_names_the_sd_and_its_statistic_is_that_of_the_printed_slope(tmp_path: Path) -> None:
    effect = "{measure: beta, per: 1 SD, estimate: 0.03, t: 3}"
    text = record("a", [f"id: x, outcome: hip, model: full, effect: {effect}"])
    text = text.replace("{name: hemoglobin, unit: g/dL}", "{name: hemoglobin, unit: g/dL, sd: 1.5 g/dL}")
    loaded = review(tmp_path, {"a": text}, sites="hip")
    (analysis,) = loaded.review.analyses
    (chosen,) = select(loaded.review, analysis, loaded.records).chosen
    steps = {f.name: f.says for f in conversion_steps(chosen, loaded.review.scale_of(analysis), ())}
    assert steps["Scale"] == "per 1 SD to per 1 g/dL, with an SD of 1.5 g/dL: times 0.666667"
    assert steps["Standard error"] == "from the test statistic: |0.03| / 3 = 0.01, times 0.666667"
    assert steps["Enters as"] == "yi = 0.02, SE = 0.00666667"


@pytest.mark.parametrize(
    ("printed", "says"),
    [
        # (4 - 2) is 0.6931 on the scale of logarithms, of a 90 % interval 2 x 1.6449 standard errors
        ("estimate: 2.83, ci: [2, 4], level: 90 %", "(1.38629 − 0.693147) / (2 × 1.6449) = 0.210702"),
        ("estimate: 0.5, ci: [0.25, 1]", "(0 − (−1.38629)) / (2 × 1.96) = 0.353653"),
        ("estimate: 2, upper: 4", "|0.693147 − 1.38629| / 1.96 = 0.353653"),
        ("estimate: 0.5, lower: 0.25", "|−0.693147 − (−1.38629)| / 1.96 = 0.353653"),
        ("estimate: 2, f: {value: 6.25, df: [1, 98]}", "from the F: |0.693147| / 2.5 = 0.277259"),
        ("estimate: 0.69, se: 0.1, log: true", "as printed = 0.1"),
    ],
)
def test_a_standard_error_of_a_ratio_is_told_on_the_scale_of_logarithms(
    printed: str, says: str, tmp_path: Path
) -> None:
    steps = steps_of(tmp_path, f"measure: OR, per: 1 g/dL, {printed}", scale=RATIO)
    assert steps["Standard error"] == says
    if "log" in printed:
        assert steps["On the analysis scale"] == "0.69 is printed as a logarithm"
        assert steps["Enters as"] == "yi = 0.69, SE = 0.1 (log scale)"


def test_a_slope_that_is_turned_round_names_what_it_is_multiplied_by(tmp_path: Path) -> None:
    steps = steps_of(tmp_path, "measure: beta, per: 2 g/dL, estimate: -0.04, ci: [-0.06, -0.02]")
    assert steps["Scale"] == "per 2 g/dL to per 1 g/dL: times 0.5"
    assert steps["Standard error"] == "(−0.02 − (−0.06)) / (2 × 1.96) = 0.0102043, times 0.5"


def test_a_correlation_has_its_standard_error_from_the_number_of_persons(tmp_path: Path) -> None:
    steps = steps_of(
        tmp_path, "measure: r, estimate: 0.30", scale="{measure: r, exposure: hemoglobin}", unit="g/cm2"
    )
    assert steps["On the analysis scale"] == f"artanh 0.30 = {math.atanh(0.3):.6g}"
    assert steps["Standard error"] == f"1 / √(100 − 3) = {1 / math.sqrt(97):.6g}"
    assert steps["Enters as"].endswith(" (Fisher z scale)")


def test_what_a_program_computed_has_four_digits_and_a_short_p() -> None:
    effect = Effect.model_validate(
        {"measure": "beta", "estimate": "0.00720998", "se": "0.0012345", "p": "0.00412345"}
    )
    assert printed_words(effect, shortened=True) == "0.00721, SE 0.001234, p 0.0041"
    bound = Effect.model_validate({"measure": "beta", "estimate": "0.1", "p": "< 0.001"})
    assert printed_words(bound, shortened=True) == printed_words(bound) == "0.1, p < 0.001"


def test_the_level_of_an_interval_is_told_where_it_is_not_95_percent_and_there_is_one() -> None:
    def told(**printed: object) -> str:
        return printed_words(Effect.model_validate({"measure": "beta", "estimate": "0.1", **printed}))

    assert told(lower="0.05", level="90 %") == "0.1, 90 % interval, lower limit 0.05"
    assert told(lower="0.05") == "0.1, lower limit 0.05"
    assert told(upper="0.2", level="99 %") == "0.1, 99 % interval, upper limit 0.2"
    assert told(se="0.05", level="90 %") == "0.1, SE 0.05"
    assert told(chi2={"value": 4.2}) == "0.1, χ² 4.2 on 1 df"
    assert told(t="2.5") == "0.1, t 2.5"
