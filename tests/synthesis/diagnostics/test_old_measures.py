"""Fail-safe N, excess significance, PET-PEESE and limit estimates against metafor and R's lm."""

import math

import numpy as np
import pytest
from scipy import special

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
