"""The difference of groups where there is little of it, none to be told, or several kinds of studies."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from evidence.records.review import Method
from synthesis.regression.contrasts import WaldTest
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.difference import difference_interval, words_of_test
from synthesis.review.forest_table import forest_table
from tests.synthesis.paper.making import by_sex
from tests.synthesis.review.made import SLOPE, record, review
from tests.synthesis.review.test_groups import RATIO, analysed, sexes, texts

Z = 1.959963984540054


def row(name: str, stratum: str, numbers: str, measure: str = "beta, per: 1 g/dL") -> str:
    effect = f"{{measure: {measure}, {numbers}}}"
    return f"id: {name}, outcome: hip, model: full, stratum: {{{stratum}}}, effect: {effect}"


def grouped(
    folder: Path, records: dict[str, list[str]], by: str = "sex", scale: str = SLOPE, also: str = ""
) -> AnalysisResult:
    written = {study: record(study, rows) for study, rows in records.items()}
    more = f"stratum: {{{by}: each{also}}}\n    group_by: {by}"
    return analysed(review(folder, written, scale=scale, more=more), test="z")


def told(result: AnalysisResult, *beginnings: str) -> list[str]:
    return [text for text in texts(forest_table(result)) if text.startswith(beginnings)]


def test_a_difference_far_below_its_standard_error_has_its_interval(tmp_path: Path) -> None:
    """Two of standard error 0.01 in each group: that of a group is 0.01 / √2, and of the difference 0.01."""
    men, women = {"a": (0.02, 0.01), "b": (0.02, 0.01)}, {"c": (0.021, 0.01), "d": (0.021, 0.01)}
    result = analysed(sexes(tmp_path, men, women), estimator="DL", test="z")
    assert result.difference is not None
    assert result.difference.between.statistic == pytest.approx(0.01, rel=1e-9)
    assert difference_interval(result.difference) == pytest.approx(
        (0.001, 0.001 - Z * 0.01, 0.001 + Z * 0.01), rel=1e-9
    )
    assert told(result, "Difference") == ["Difference of women to men: 0.001, 95% CI [−0.019, 0.021]"]


def test_equal_groups_have_a_test_and_no_interval_that_follows_from_it(tmp_path: Path) -> None:
    men, women = {"a": (0.02, 0.01), "b": (0.02, 0.01)}, {"c": (0.02, 0.01), "d": (0.02, 0.01)}
    result = analysed(sexes(tmp_path, men, women), test="z")
    assert result.difference is not None
    assert difference_interval(result.difference) is None
    assert told(result, "Test of difference", "Difference") == [
        "Test of difference by sex: χ²(1) = 0.00, p = 1.0"
    ]


def test_of_three_groups_no_difference_of_two_is_told(tmp_path: Path) -> None:
    slopes = {"white": ("0.01", "0.02"), "black": ("0.02", "0.02"), "asian": ("0.03", "0.05")}
    records = {
        study: [
            row(group, f"ancestry: {group}", f"estimate: {values[at]}, se: 0.01")
            for group, values in slopes.items()
        ]
        for at, study in enumerate("ab")
    }
    result = grouped(tmp_path, records, by="ancestry")
    assert result.difference is not None
    assert [group.k for group in result.difference.groups] == [2, 2, 2]
    assert (difference_interval(result.difference), result.within) == (None, None)
    (line,) = told(result, "Test of difference", "Difference")
    assert line.startswith("Test of difference by ancestry: χ²(2) = ")
    assert any("studies in asian, black and white:" in note for note in forest_table(result).footnotes)


def test_studies_with_two_effects_in_a_group_have_no_part_in_the_difference_within(tmp_path: Path) -> None:
    """Of a study with two strata of men it is not known which of them to take from the women."""
    men = [
        row(each, f"sex: men, ancestry: {each}", "estimate: 0.01, se: 0.01") for each in ("white", "black")
    ]
    records = {
        "a": [*men, row("women", "sex: women, ancestry: white", "estimate: 0.09, se: 0.01")],
        "b": [
            row("men", "sex: men, ancestry: white", "estimate: 0.01, se: 0.03"),
            row("women", "sex: women, ancestry: white", "estimate: 0.05, se: 0.04"),
        ],
    }
    result = grouped(tmp_path, records, also=", ancestry: each")
    assert result.within is not None
    assert result.within.labels == ("b",)
    assert (result.within.estimate, result.within.se) == pytest.approx((0.04, 0.05), rel=1e-12)
    half = Z * 0.05  # 0.098
    assert (0.04 - half, 0.04 + half) == pytest.approx((-0.058, 0.138), abs=5e-4)
    assert told(result, "Difference within") == [
        "Difference within the one study with both: 0.040, 95% CI [−0.058, 0.138], p = 0.42"
    ]


def test_of_a_small_ratio_of_ratios_a_digit_is_shown(tmp_path: Path) -> None:
    """0.05 to 20 is 0.0025, which two decimals would print as zero."""
    measure = "HR, per: 1 g/dL"
    records = {
        "a": [
            row("men", "sex: men", "estimate: 20.0, ci: [10.0, 40.0]", measure),
            row("women", "sex: women", "estimate: 0.05, ci: [0.025, 0.10]", measure),
        ]
    }
    result = grouped(tmp_path, records, scale=RATIO)
    reach = math.exp(math.sqrt(2) * math.log(2))  # both intervals reach to the double and to the half
    ends = f"[{0.0025 / reach:.4f}, {0.0025 * reach:.3f}]"
    assert ends == "[0.0009, 0.007]"
    of, within = told(result, "Ratio")
    assert of.startswith("Ratio of women to men: 0.00")
    assert of.endswith(ends)
    assert within.startswith("Ratio within the one study with both: 0.00")
    assert within.endswith(f"{ends}, p < 0.0001")
    (bayes,) = told(result, "Bayesian")
    low, high = bayes.partition("[")[2].partition("]")[0].split(", ")
    assert low.endswith("×10⁻⁵")  # 20 and 1 / 20 lie about 1, so that its ends are each other's reciprocals
    assert float(low.replace("×10⁻⁵", "e-5")) * float(high) == pytest.approx(1, rel=0.01)


def test_of_correlations_the_test_alone_is_told(tmp_path: Path) -> None:
    """The tangent of a difference of Fisher's z is the difference of no two correlations."""
    records = {
        "a": [
            row("men", "sex: men", "estimate: 0.30, ci: [0.20, 0.40]", "r"),
            row("women", "sex: women", "estimate: 0.10, ci: [0.00, 0.20]", "r"),
        ]
    }
    result = grouped(tmp_path, records, scale="{measure: r, exposure: hemoglobin}")
    assert result.within is not None
    width = math.atanh(0.4) - math.atanh(0.2), math.atanh(0.2)
    se = math.hypot(*width) / (2 * Z)
    chi2 = ((math.atanh(0.3) - math.atanh(0.1)) / se) ** 2
    (line,) = told(result, "Test of difference", "Difference", "Ratio")
    assert line.startswith(f"Test of difference by sex: χ²(1) = {chi2:.2f}, p = 0.00")


def test_a_group_of_two_studies_has_an_uncertain_tau2_and_one_of_one_study_none(tmp_path: Path) -> None:
    men, women = {"a": (0.02, 0.005), "b": (0.01, 0.004)}, {"c": (0.0, 0.006)}
    notes = forest_table(analysed(sexes(tmp_path, men, women))).footnotes
    assert "One study only in women: the test takes it as more certain than it is." in notes
    assert any(note.startswith("No more than 5 studies in men: ") for note in notes)


@pytest.mark.parametrize(
    ("test", "words"),
    [
        (WaldTest(math.nan, 1, math.nan, math.nan, ()), "cannot be made, as a group has no standard error"),
        (WaldTest(0.614, 1, 2.93, 0.49, ()), "F(1, 2.93) = 0.61, p = 0.49"),
        (WaldTest(12.345, 2, math.inf, 0.0021, ()), "χ²(2) = 12.35, p = 0.0021"),
        (WaldTest(4.2e28, 1, 2.0, 1e-20, ()), "F(1, 2) = 4.2×10²⁸, p < 0.0001"),
    ],
)
def test_a_test_of_groups_is_told_in_words(test: WaldTest, words: str) -> None:
    assert words_of_test(test) == words


def test_a_kind_of_prediction_that_is_of_one_mean_leaves_the_means_of_a_model_without(tmp_path: Path) -> None:
    """Groups with a common τ² are compared all the same, and their means and test do not change."""
    usual, other = (
        by_sex(tmp_path / kind, "common", Method(prediction=kind)).results[0] for kind in ("t(k-1)", "HTS")
    )
    assert usual.difference is not None
    assert other.difference is not None
    assert other.difference.between == usual.difference.between
    for a, b in zip(usual.groups, other.groups, strict=True):
        assert a.mean is not None
        assert b.mean is not None
        assert (a.mean.estimate, a.mean.ci_low) == (b.mean.estimate, b.mean.ci_low)
        assert math.isfinite(a.mean.prediction_low)
        assert math.isnan(b.mean.prediction_low)
        assert math.isnan(b.mean.prediction_high)
    assert other.overall is not None
    assert other.overall.pooled is not None
    assert math.isfinite(other.overall.pooled.prediction_low)


def test_a_test_that_is_of_one_mean_compares_groups_each_with_its_own_tau2_alone(tmp_path: Path) -> None:
    method = Method(estimator="DL", test="HC")
    common = by_sex(tmp_path / "common", "common", method).results[0]
    assert common.difference is None
    assert common.untested.startswith("The groups are not compared: with a common τ²")
    assert "'HC' is of one mean; 'tau2: separate' compares them." in common.untested
    assert all(group.pooled is not None for group in common.groups)
    assert by_sex(tmp_path / "separate", "separate", method).results[0].difference is not None
