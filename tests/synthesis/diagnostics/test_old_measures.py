"""Fail-safe N, excess significance, PET-PEESE and limit estimates against metafor and R's lm."""

import math

import numpy as np
import pytest
from scipy import special, stats

from synthesis import pool
from synthesis.diagnostics.old_measures import excess_significance, fail_safe
from synthesis.diagnostics.small_study_corrections import limit_meta_analysis, pet_peese
from tests.synthesis.diagnostics.reference import METAFOR, SMALL_STUDIES, Comparisons, effects


def test_fail_safe_numbers_agree_with_metafor() -> None:
    compared = Comparisons()
    for name, entry in METAFOR.items():
        found = fail_safe(pool(*effects(entry)))
        for attribute, key in (("rosenthal", "Rosenthal"), ("orwin", "Orwin"), ("rosenberg", "Rosenberg")):
            compared.check(f"{name} {key}", getattr(found, attribute), entry["fsn"][key])
    assert compared.report() == 39


def test_excess_significance_agrees_with_metafor() -> None:
    """metafor gives the chi-squared p for many studies and the exact one for few; ours gives both."""
    compared = Comparisons()
    for name, entry in METAFOR.items():
        found, expected = excess_significance(pool(*effects(entry))), entry["tes"]
        compared.check(f"{name} O", found.observed, expected["O"])
        compared.check(f"{name} E", found.expected, expected["E"])
        many = expected["X2"] != "NA"
        if many:
            compared.check(f"{name} X2", found.chi2, expected["X2"])
        compared.check(f"{name} p", found.chi2_p if many else found.exact_p, expected["pval"])
    assert compared.report() == 13 * 3 + 5


def test_the_exact_chance_is_binomial_when_all_studies_have_one_power() -> None:
    found = excess_significance(pool([2.1, 2.0, 0.3, -0.1, 0.5], np.ones(5)), theta=1.0)
    p, k = found.power[0], 5
    expected = sum(math.comb(k, i) * p**i * (1 - p) ** (k - i) for i in range(found.observed, k + 1))
    assert found.observed == 2
    assert found.exact_p == pytest.approx(expected, rel=1e-12)


def test_extrapolations_agree_with_weighted_regressions_in_r() -> None:
    compared = Comparisons()
    for name, entry in SMALL_STUDIES["corrections"].items():
        yi, vi = effects(entry)
        both, limit = pet_peese(pool(yi, vi)), limit_meta_analysis(pool(yi, vi))
        for found, key in ((both.pet, "PET"), (both.peese, "PEESE")):
            ours = (found.estimate, found.low, found.high, found.p_value)
            pinned = (entry[key]["limit"], *entry[key]["ci"], entry[key]["limit_p"])
            for a, b in zip(ours, pinned, strict=True):
                compared.check(f"{name} {key}", a, b)
        compared.check(f"{name} limit", limit.adjusted.estimate, entry["limit"]["estimate"])
        half = (limit.adjusted.high - limit.adjusted.low) / 2
        quantile = -float(special.stdtrit(yi.size - 2.0, 0.025))
        compared.check(f"{name} limit se", half / quantile, entry["limit"]["se"])
    assert compared.report() == 2 * 10


def test_the_parts_of_heterogeneity_add_up() -> None:
    for entry in METAFOR.values():
        limit = limit_meta_analysis(pool(*effects(entry)))
        assert limit.Q_small + limit.Q_residual == pytest.approx(limit.Q, rel=1e-9)


def test_without_heterogeneity_the_limit_is_the_intercept_of_egger() -> None:
    yi, vi = effects(METAFOR["hine1989"])
    limit = limit_meta_analysis(pool(yi, vi))
    assert limit.tau2 == 0.0
    assert limit.adjusted.estimate == pytest.approx(pet_peese(pool(yi, vi)).pet.estimate, rel=1e-9)


def test_the_conditional_rule_takes_peese_when_pet_finds_an_effect() -> None:
    vi = np.linspace(0.01, 0.3, 30)
    rng = np.random.default_rng(3)
    clear = pet_peese(pool(1.0 + rng.normal(0, np.sqrt(vi)), vi))
    none = pet_peese(pool(rng.normal(0, np.sqrt(vi)), vi))
    assert clear.chosen is clear.peese
    assert none.chosen is none.pet


def test_fail_safe_numbers_by_hand() -> None:
    """Mean 0.4 of four studies: 4 (0.4 / 0.1 - 1) = 12 more bring it to 0.1; none bring it below zero."""
    four = pool([0.4, 0.4, 0.4, 0.4], [0.01, 0.01, 0.01, 0.01])
    assert fail_safe(four, 0.1).orwin == 12
    assert fail_safe(four).orwin == 4  # half of it
    assert fail_safe(four, 0.8).orwin == 0
    assert fail_safe(four, -0.1).orwin == fail_safe(four, 0.0).orwin == -1
    down = pool([-0.4, -0.4, -0.4, -0.4], [0.01, 0.01, 0.01, 0.01])
    assert fail_safe(down, -0.1).orwin == 12
    assert fail_safe(down, 0.1).orwin == -1
    nothing = pool([-0.4, 0.4], [0.01, 0.01])
    assert (fail_safe(nothing).orwin, fail_safe(nothing).rosenthal, fail_safe(nothing).rosenberg) == (0, 0, 0)
    # z = 4 each, sum 16: (16 / 1.6449)^2 - 4 = 90.6; weights of 100: ((160 / 1.96)^2 - 400) / 100
    found = fail_safe(four)
    assert (found.rosenthal, found.rosenberg, found.alpha) == (91, 63, 0.05)
    assert fail_safe(pool([0.4] * 4, [0.01] * 4, level=0.8)).alpha == 0.2


def test_excess_significance_by_hand() -> None:
    """At no effect every study has the power 0.05: of four, 0.2 are expected and two observed."""
    found = excess_significance(pool([1.95, 1.97, -2.5, 0.0], np.ones(4)), theta=0.0)
    assert (found.observed, found.theta, found.alpha) == (2, 0.0, 0.05)
    assert found.power == pytest.approx([0.05] * 4, rel=1e-12)
    chi2 = 1.8**2 / 0.2 + 1.8**2 / 3.8
    assert found.chi2 == pytest.approx(chi2, rel=1e-12)
    assert found.chi2_p == pytest.approx(0.5 * special.chdtrc(1.0, chi2), rel=1e-9)
    fewer = excess_significance(pool([0.1, 0.2, 0.3], np.ones(3)), theta=2.0)
    assert fewer.chi2_p == pytest.approx(1.0 - 0.5 * special.chdtrc(1.0, fewer.chi2), rel=1e-9)
    assert fewer.exact_p == 1.0
    sure = excess_significance(pool([60.0, 60.0], np.ones(2)))
    assert (sure.observed, sure.expected) == (2, 2.0)
    assert math.isnan(sure.chi2)
    assert math.isnan(sure.chi2_p)


def test_the_exact_chance_of_none_or_more_is_one_whatever_rounding_adds() -> None:
    rng = np.random.default_rng(0)
    chances = []
    for k in range(3, 63):
        found = excess_significance(pool(rng.uniform(0.0, 0.5, k), rng.uniform(0.5, 2.0, k)), theta=1.0)
        assert found.observed == 0
        chances.append(found.exact_p)
    assert max(chances) == 1.0
    assert chances == pytest.approx([1.0] * 60, rel=1e-12)


@pytest.mark.parametrize("yi", [[0.0, 0.2, 0.1], [0.3, 0.3, 0.3]])
def test_a_small_study_effect_of_next_to_nothing_has_a_p_value_next_to_one(yi: list[float]) -> None:
    """The rest about the mean less the rest about a line on the standard error, both weighted."""
    found = limit_meta_analysis(pool(yi, [1.0, 4.0, 9.0], method="DL"))
    x = np.column_stack([np.ones(3), [1.0, 2.0, 3.0]]) / [[1.0], [2.0], [3.0]]
    z = np.array(yi) / [1.0, 2.0, 3.0]
    rest = [z - part @ np.linalg.lstsq(part, z)[0] for part in (x[:, :1], x)]
    expected = rest[0] @ rest[0] - rest[1] @ rest[1]
    assert -1e-15 < expected < 0.005
    assert found.Q_small == pytest.approx(expected, abs=1e-12)
    assert found.Q_small_p == pytest.approx(stats.chi2.sf(max(float(expected), 0.0), 1), abs=1e-6)


def test_a_limit_meta_analysis_by_its_formulas() -> None:
    """yi on the root of vi + tau2, weights 1 / (vi + tau2); the rest of Q is on k - 2 degrees of freedom."""
    yi, vi = effects(METAFOR["bcg_rr"])
    for level in (0.95, 0.8):
        pooled = pool(yi, vi, level=level)
        found = limit_meta_analysis(pooled)
        spread = np.sqrt(vi + pooled.tau2)
        x = np.column_stack([np.ones(13), spread]) / spread[:, None]
        beta, rest = np.linalg.lstsq(x, yi / spread, rcond=None)[:2]
        assert (found.beta, found.alpha) == pytest.approx(tuple(beta), rel=1e-9)
        at = np.array([1.0, math.sqrt(pooled.tau2)])
        se = math.sqrt(at @ np.linalg.inv(x.T @ x) @ at * rest[0] / 11)
        adjusted, t = found.adjusted, stats.t(11)
        assert adjusted.estimate == pytest.approx(at @ beta, rel=1e-9)
        half = t.ppf(0.5 + level / 2) * se
        assert (adjusted.low, adjusted.high) == pytest.approx((at @ beta - half, at @ beta + half), rel=1e-9)
        assert adjusted.p_value == pytest.approx(2 * t.sf(abs(at @ beta) / se), rel=1e-9)
        assert found.tau2 == pooled.tau2
        small = np.column_stack([np.ones(13), np.sqrt(vi)]) / np.sqrt(vi)[:, None]
        residual = np.linalg.lstsq(small, yi / np.sqrt(vi), rcond=None)[1][0]
        whole = np.sum(1 / vi * (yi - np.average(yi, weights=1 / vi)) ** 2)
        assert (found.Q, found.Q_residual) == pytest.approx((whole, residual), rel=1e-9)
        assert found.Q_small_p == pytest.approx(stats.chi2.sf(whole - residual, 1), rel=1e-6)
        assert found.Q_residual_p == pytest.approx(stats.chi2.sf(residual, 11), rel=1e-9)


def test_a_limit_needs_three_studies_that_differ_and_the_weights_of_the_model() -> None:
    words = "at least three studies that differ in precision"
    for yi, vi in (([0.1], [0.1]), ([0.1, 0.2], [0.1, 0.2]), ([0.1, 0.2, 0.4], [0.1, 0.1, 0.1])):
        with pytest.raises(ValueError, match=words):
            limit_meta_analysis(pool(yi, vi))
    assert (
        limit_meta_analysis(pool([0.1, 0.2, 0.4], [0.1, 0.2, 0.4])).adjusted.method == "limit meta-analysis"
    )
    with pytest.raises(ValueError, match="this result has others"):
        limit_meta_analysis(pool([0.1, 0.4], [0.1, 0.2], weights="equal"))
    with pytest.raises(ValueError, match=words):
        limit_meta_analysis(pool([0.1], [0.1], weights="equal"))


def test_peese_is_chosen_below_five_percent_of_one_sided_p() -> None:
    """Three studies on a line of slope one, moved: PET's two-sided p passes 0.1 between two of the shifts."""
    sei = np.array([0.1, 0.2, 0.3, 0.4])
    bent = np.array([0.01, -0.01, -0.01, 0.01])
    chosen = {}
    for shift in np.linspace(-0.2, 0.2, 81).tolist():
        found = pet_peese(pool(shift + sei + bent, sei**2))
        chosen[found.pet.p_value] = found.chosen.method
        assert (found.pet.method, found.peese.method) == ("PET", "PEESE")
    below, above = [p for p in chosen if p < 0.1], [p for p in chosen if p >= 0.1]
    assert max(below) > 0.07
    assert min(above) < 0.14
    assert {chosen[p] for p in below} == {"PEESE"}
    assert {chosen[p] for p in above} == {"PET"}
