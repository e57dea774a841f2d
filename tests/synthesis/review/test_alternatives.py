"""Other data sets and other roundings of a review's analysis, on reviews whose numbers are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evidence.records.review import LoadedReview, Method
from synthesis.diagnostics.rounding import Rounding
from synthesis.review.alternatives import AS_THE_REVIEW, Specified, group_rounding, rounding_line, specified
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult
from tests.synthesis.review.made import RATIO, record, review, silent, slope
from tests.synthesis.review.test_notes import with_arms

Z = 1.959963984540054


@pytest.fixture
def mixed(tmp_path: Path) -> LoadedReview:
    """A published study with two models, one of a preprint, a superseded one and a re-analysis."""
    return review(
        tmp_path,
        {
            "a": record(
                "a",
                [
                    slope("one", "0.010", "0.002, 0.018"),
                    slope("two", "0.030", "0.020, 0.040", model="least"),
                ],
            ),
            "b": record("b", [slope("one", "0.020", "0.010, 0.030")], status="preprint"),
            "c": record("c", [slope("one", "0.000", "-0.010, 0.010")], superseded=True),
            "d": record("d", [slope("one", "0.005", "0.001, 0.009")], status="re-analysis"),
        },
        reports="re-analysis, corrected, published, preprint, superseded",
    )


def found_in(loaded: LoadedReview, site: str | None = None) -> Specified:
    return specified(loaded, loaded.review.analyses[0], group=site)


def test_each_choice_of_reports_and_models_selects_what_its_name_says(mixed: LoadedReview) -> None:
    found = found_in(mixed)
    assert found.choices == ("reports", "adjustment", "overlap")
    assert found.refused == ()
    plain = (AS_THE_REVIEW, AS_THE_REVIEW, AS_THE_REVIEW)
    by_options = {each.options: each for each in found.alternatives}
    counted = {options: len(each.yi) for options, each in by_options.items()}
    assert counted[plain] == 4
    assert counted[("without superseded", AS_THE_REVIEW, AS_THE_REVIEW)] == 3
    assert counted[("without preprints", AS_THE_REVIEW, AS_THE_REVIEW)] == 2
    assert counted[("as printed, no re-analysis", AS_THE_REVIEW, AS_THE_REVIEW)] == 3
    assert counted[("peer-reviewed only", AS_THE_REVIEW, AS_THE_REVIEW)] == 1
    assert len(found.alternatives) == 10  # five choices of reports, each with two of models
    assert len(found.members) == 10
    # every alternative is the numbers of its members: of the estimates and limits, on paper
    values = {"a": 0.010, "b": 0.020, "c": 0.000, "d": 0.005}
    expected = {
        plain: "abcd",
        ("without superseded", AS_THE_REVIEW, AS_THE_REVIEW): "abd",
        ("without preprints", AS_THE_REVIEW, AS_THE_REVIEW): "ad",
        ("as printed, no re-analysis", AS_THE_REVIEW, AS_THE_REVIEW): "abc",
        ("peer-reviewed only", AS_THE_REVIEW, AS_THE_REVIEW): "a",
    }
    for options, studies in expected.items():
        assert sorted(by_options[options].yi) == sorted(values[each] for each in studies)
    least = by_options[(AS_THE_REVIEW, "least adjusted", AS_THE_REVIEW)]
    assert sorted(least.yi) == [0.000, 0.005, 0.020, 0.030]


def test_an_option_that_changes_nothing_is_left_out(tmp_path: Path) -> None:
    loaded = review(
        tmp_path, {each: record(each, [slope("one", "0.010", "0.002, 0.018")]) for each in ("a", "b")}
    )
    found = found_in(loaded)
    assert [each.options for each in found.alternatives] == [(AS_THE_REVIEW,) * 3]


def test_variances_are_those_of_the_printed_limits(mixed: LoadedReview) -> None:
    plain = found_in(mixed).alternatives[0]
    half_widths = {0.010: 0.008, 0.020: 0.010, 0.000: 0.010, 0.005: 0.004}
    for yi, vi in zip(plain.yi, plain.vi, strict=True):
        assert vi == pytest.approx((half_widths[float(yi)] / Z) ** 2, rel=1e-12)


def test_full_models_only_leaves_out_a_study_without_one(tmp_path: Path) -> None:
    loaded = review(
        tmp_path,
        {
            "a": record("a", [slope("one", "0.010", "0.002, 0.018")]),
            "b": record("b", [slope("one", "0.020", "0.010, 0.030", model="least")]),
        },
    )
    by_options = {each.options: list(each.yi) for each in found_in(loaded).alternatives}
    assert by_options == {
        (AS_THE_REVIEW, AS_THE_REVIEW, AS_THE_REVIEW): [0.010, 0.020],
        (AS_THE_REVIEW, "full only", AS_THE_REVIEW): [0.010],
    }


def test_an_analysis_own_lists_of_reports_and_models_come_before_the_reviews(tmp_path: Path) -> None:
    records = {
        "a": record("a", [slope("one", "0.010", "0.002, 0.018")]),
        "b": record("b", [slope("one", "0.020", "0.010, 0.030")], status="preprint"),
        "c": record("c", [slope("one", "0.030", "0.010, 0.050", model="least")]),
    }
    loaded = review(tmp_path, records, more="reports: [published]\n    adjustment: [full]")
    assert [list(each.yi) for each in found_in(loaded).alternatives] == [[0.010]]


def test_the_other_study_wins_where_two_share_persons(tmp_path: Path) -> None:
    records = {
        "a": record("a", [slope("one", "0.010", "0.002, 0.018")], cohort="Same"),
        "b": record("b", [slope("one", "0.020", "0.010, 0.030")], cohort="Same"),
        "c": record("c", [slope("one", "0.030", "0.010, 0.050")]),
    }
    loaded = review(tmp_path, records, more="overlap: [a, b]")
    by_options = {each.options: sorted(each.yi) for each in found_in(loaded).alternatives}
    assert by_options == {
        (AS_THE_REVIEW, AS_THE_REVIEW, AS_THE_REVIEW): [0.010, 0.030],
        (AS_THE_REVIEW, AS_THE_REVIEW, "other study wins"): [0.020, 0.030],
    }


def test_a_choice_that_counts_persons_twice_is_refused_once_with_its_reason(tmp_path: Path) -> None:
    records = {
        "a": record("a", [slope("one", "0.010", "0.002, 0.018")], cohort="Same", status="re-analysis"),
        "b": record("b", [slope("one", "0.020", "0.010, 0.030")], cohort="Same"),
        "c": record("c", [slope("one", "0.030", "0.010, 0.050")], cohort="Same"),
    }
    loaded = review(tmp_path, records, reports="re-analysis, published")
    found = found_in(loaded)
    assert len(found.refused) == 1
    assert found.refused[0].startswith("b/one and c/one share persons (Same)")
    assert [list(each.yi) for each in found.alternatives] == [[0.010]]


def test_a_site_of_a_grouped_analysis_has_its_own_alternatives(tmp_path: Path) -> None:
    both = [
        slope("one", "0.010", "0.002, 0.018"),
        slope("two", "0.020", "0.010, 0.030", outcome="spine"),
    ]
    loaded = review(tmp_path, {"a": record("a", both)}, more="group_by: site")
    assert [list(each.yi) for each in found_in(loaded, "spine").alternatives] == [[0.020]]
    assert [list(each.yi) for each in found_in(loaded, "hip").alternatives] == [[0.010]]
    together = found_in(loaded)
    assert (together.alternatives, together.refused) == ((), ("rows of different groups share persons: A",))


# Rounding


def result_of(loaded: LoadedReview, estimator: str = "DL", test: str = "z") -> AnalysisResult:
    method = Method(estimator=estimator, test=test)
    return analyse(loaded, loaded.review.analyses[0], method)


def coarse(folder: Path, measure: str = "beta") -> LoadedReview:
    """Two studies printed to one decimal: halves of the last digit move their limits a great deal."""
    if measure == "beta":
        texts = [slope("one", "0.2", "0.0, 0.4"), slope("one", "0.3", "0.1, 0.5")]
        return review(folder, {"a": record("a", texts[:1]), "b": record("b", texts[1:])})
    effects = ["estimate: 1.5, ci: [1.0, 2.2]", "estimate: 1.4, ci: [0.9, 2.2]"]
    texts = [
        f"id: one, outcome: hip, model: full, effect: {{measure: OR, per: 1 g/dL, {each}}}"
        for each in effects
    ]
    return review(folder, {"a": record("a", texts[:1]), "b": record("b", texts[1:])}, scale=RATIO)


def test_draws_lie_inside_the_rounding_of_what_is_printed(tmp_path: Path) -> None:
    """Half a unit of one decimal is 0.05: each effect moves by no more, and the mean of two by most of it."""
    result = result_of(coarse(tmp_path))
    found = group_rounding(result.groups[0])
    assert found is not None
    assert (found.draws, found.unusable) == (1000, 0)
    assert 0.15 < found.estimate_range[0] < 0.22
    assert 0.28 < found.estimate_range[1] < 0.35
    assert found.matters


def test_rounding_of_a_ratio_is_drawn_and_judged_on_its_log_scale(tmp_path: Path) -> None:
    """Pooled 1.45 [1.08, 1.95]: no draw of it holds 1, though many limits lie below 1 on the log scale."""
    result = result_of(coarse(tmp_path, "OR"))
    found = group_rounding(result.groups[0], draws=400)
    assert found is not None
    assert found.draws == 400
    assert np.log(1.40) < found.estimate[0] < found.estimate[1] < np.log(1.50)
    assert found.ci_low[0] > 0.0
    assert found.flips == 0.0


def test_units_that_are_converted_are_converted_in_every_draw(tmp_path: Path) -> None:
    """A slope per 10 g/L is one per 1 g/dL, and one in mg/cm2 a thousandth of one in g/cm2."""
    plain = result_of(coarse(tmp_path / "plain"))
    texts = {
        name: text.replace("unit: g/cm2}", "unit: mg/cm2}")
        for name, text in {
            "a": record("a", [slope("one", "200", "0, 400")]),
            "b": record("b", [slope("one", "300", "100, 500")]),
        }.items()
    }
    converted = result_of(review(tmp_path / "converted", texts))
    found = group_rounding(converted.groups[0])
    whole = group_rounding(plain.groups[0])
    assert found is not None
    assert whole is not None
    assert converted.groups[0].pooled is not None
    assert plain.groups[0].pooled is not None
    assert converted.groups[0].pooled.estimate == pytest.approx(plain.groups[0].pooled.estimate, rel=1e-12)
    # printed to a whole milligram: half of one moves the mean by about 0.0005
    assert 0.0004 < found.estimate_range[1] - converted.groups[0].pooled.estimate < 0.0006
    assert found.estimate_range[1] < whole.estimate_range[1]
    assert found.ci_low[0] < converted.groups[0].pooled.ci_low < found.ci_low[1]
    assert found.ci_low[1] - found.ci_low[0] < 0.001


def test_one_study_and_none_have_no_rounding(tmp_path: Path) -> None:
    one = result_of(review(tmp_path / "one", {"a": record("a", [slope("one", "0.2", "0.0, 0.4")])}))
    none = result_of(
        review(tmp_path / "none", {"a": record("a", [slope("one", "0.2", "0.0, 0.4", outcome="spine")])})
    )
    assert group_rounding(one.groups[0]) is None
    empty = next(iter(none.groups))
    assert empty.pooled is None or empty.pooled.k < 2
    assert group_rounding(empty) is None


def told(flips: float, matters: bool = True) -> Rounding:
    pair = (0.1, 0.2)
    return Rounding(1000, 0, pair, pair, (0.1, 0.2), (0.3, 0.4), pair, flips, matters)


def test_the_sentence_has_both_limits_as_shown_and_the_share_that_changes_sides(tmp_path: Path) -> None:
    slopes = result_of(coarse(tmp_path / "slopes"))
    ratios = result_of(coarse(tmp_path / "ratios", "OR"))
    start = "Rounding of printed digits: lower limit 0.10 to 0.20, upper limit 0.30 to 0.40"
    assert rounding_line(told(0.0), slopes, 2) == start
    assert rounding_line(told(0.0049), slopes, 2) == start
    flipped = "; in 1% of draws the interval lies otherwise to no effect"
    assert rounding_line(told(0.0051), slopes, 2) == start + flipped
    assert rounding_line(told(0.25), slopes, 2) == start + flipped.replace("1%", "25%")
    # exp(0.1), exp(0.2), exp(0.3), exp(0.4)
    assert rounding_line(told(0.0), ratios, 2) == (
        "Rounding of printed digits: lower limit 1.11 to 1.22, upper limit 1.35 to 1.49"
    )
    assert rounding_line(told(0.25, matters=False), slopes, 2) is None
    assert rounding_line(None, slopes, 2) is None


def test_what_becomes_of_arms_is_a_choice_where_a_study_has_some(tmp_path: Path) -> None:
    scale = "{measure: OR, exposure: hemoglobin}"
    loaded = review(
        tmp_path, {"a": with_arms(record("a", [silent("x", "spine")]))}, scale=scale, more="arms: highest"
    )
    found = found_in(loaded)
    assert found.choices == ("reports", "adjustment", "overlap", "arms")
    by_arms = {each.options[3]: float(each.yi[0]) for each in found.alternatives}
    odds = {"lowest dose": 7 / 23, "arms combined": 17 / 48, AS_THE_REVIEW: 10 / 25}
    expected = {name: np.log(value / (8 / 32)) for name, value in odds.items()}
    # two effects whose errors have 1/8 + 1/32 in common: weights by what is each one's own
    low, high = 1 / (1 / 7 + 1 / 23), 1 / (1 / 10 + 1 / 25)
    both = (low * expected["lowest dose"] + high * expected[AS_THE_REVIEW]) / (low + high)
    assert by_arms == pytest.approx({**expected, "arms correlated": both})
    (correlated,) = [each for each in found.alternatives if each.options[3] == "arms correlated"]
    assert float(correlated.vi[0]) == pytest.approx(1 / (low + high) + 1 / 8 + 1 / 32)
    assert found.refused == ()
    (tmp_path / "plain").mkdir()
    plain = review(tmp_path / "plain", {"a": record("a", [slope("one", "0.01", "0.00, 0.02")])})
    assert "arms" not in found_in(plain).choices


def test_arms_without_a_word_are_refused_as_they_stand_and_pooled_by_each_word(tmp_path: Path) -> None:
    scale = "{measure: OR, exposure: hemoglobin}"
    loaded = review(tmp_path, {"a": with_arms(record("a", [silent("x", "spine")]))}, scale=scale)
    found = found_in(loaded)
    taken = {each.options[3] for each in found.alternatives}
    assert taken == {"arms combined", "lowest dose", "highest dose", "arms correlated"}
    assert len(found.refused) == 1
    assert "say what becomes of such arms" in found.refused[0]
