"""Effect sizes of means, SDs, correlations and alphas against metafor; conversions against three packages."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from evidence.effects import (
    conversions,
    correlations,
    means,
    paired,
    ratios,
)
from evidence.effects.columns import Array, EffectSizes
from evidence.effects.escalc import escalc
from evidence.effects.smd import bias_correction

REFERENCE = Path(__file__).parents[2] / "reference" / "effect_sizes" / "means.json"
Function = Callable[..., EffectSizes]

KNOWN_DIFFERENCES = {
    ("SMDH", "LS"): "metafor 3.8-1 puts the corrected g, not d, into J^2 var(d): J is applied twice",
    ("SMCRH", "LS"): "the same",
    ("PCOR", "LS"): "metafor 3.8-1 divides by n - m - 1; version 5.1-12 by n - m, as here (Fisher 1924)",
    ("ZPCOR", "LS"): "metafor 3.8-1 has 1/(n - m - 1), of which ZCOR's 1/(n - 3) is not the case m = 1",
    ("SMD", "UB"): "no variance exists with df <= 2; metafor's J loses digits with large df",
    ("SMD1", "UB"): "the same",
    ("SPCOR", "LS"): "metafor gives a value where t and R2 cannot both be true",
    ("SMD1", "AV"): "metafor gives a variance to n2i = 2, where it gives no effect size",
}

FUNCTIONS: dict[str, dict[str, Function]] = {
    "two_groups": {
        "MD": means.mean_difference,
        "SMD": means.standardised_mean_difference,
        "SMD1": lambda sd1i, **columns: means.glass_delta(**columns),
        "SMDH": means.heteroscedastic_smd,
        "ROM": ratios.log_ratio_of_means,
        "CVR": ratios.log_ratio_of_cvs,
        "VR": lambda m1i, m2i, **columns: ratios.log_ratio_of_sds(**columns),
    },
    "paired": {
        "MC": paired.mean_change,
        "SMCC": paired.mean_change_in_change_sds,
        "SMCR": lambda sd2i, **columns: paired.mean_change_in_raw_sds(**columns),
        "SMCRH": paired.heteroscedastic_mean_change,
        "ROMC": paired.log_ratio_of_paired_means,
        "CVRC": paired.log_ratio_of_paired_cvs,
        "VRC": lambda m1i, m2i, **columns: paired.log_ratio_of_paired_sds(**columns),
    },
    "correlations": {
        "COR": correlations.correlation,
        "UCOR": correlations.unbiased_correlation_coefficient,
        "ZCOR": correlations.fisher_z,
    },
    "regressions": {
        "PCOR": lambda r2i, **columns: correlations.partial_correlation(**columns),
        "ZPCOR": lambda r2i, **columns: correlations.partial_fisher_z(**columns),
        "SPCOR": correlations.semi_partial_correlation,
    },
    "single": {
        "MN": means.mean,
        "MNLN": means.log_mean,
        "CVLN": means.log_cv,
        "SDLN": lambda mi, **columns: means.log_sd(**columns),
    },
    "alphas": {
        "ARAW": correlations.alpha,
        "AHW": correlations.alpha_hakstian_whalen,
        "ABT": correlations.alpha_bonett,
    },
}


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(REFERENCE.read_text())
    return loaded


def columns_of(group: dict[str, Any]) -> dict[str, Array]:
    return {name: np.array([row[name] for row in group["data"]], dtype=float) for name in group["data"][0]}


def ours(group: str, measure: str, vtype: str, data: dict[str, Array]) -> EffectSizes:
    options = {} if vtype == "LS" else {"vtype": vtype}
    return FUNCTIONS[group][measure](**data, **options)


def test_every_effect_size_agrees_with_metafor(reference: dict[str, Any]) -> None:
    compared = 0
    for group, functions in FUNCTIONS.items():
        data = columns_of(reference[group])
        for measure in functions:
            for vtype, expected in reference[group]["measures"][measure].items():
                found = ours(group, measure, vtype, data)
                known = (measure, vtype) in KNOWN_DIFFERENCES
                for name, values in {"yi": found.yi, "vi": found.vi}.items():
                    if known and name == "vi":
                        continue
                    theirs = np.array(expected[name], dtype=float)
                    if known:
                        theirs = np.where(found.defined, theirs, np.nan)
                    assert_allclose(
                        values, theirs, rtol=1e-9, atol=1e-15, err_msg=f"{measure} {vtype} {name}"
                    )
                    compared += int(np.isfinite(values).sum())
    assert compared == 3_561


def test_smdh_and_smcrh_differ_by_a_second_correction(reference: dict[str, Any]) -> None:
    for group, measure in (("two_groups", "SMDH"), ("paired", "SMCRH")):
        data = columns_of(reference[group])
        df = data["n1i"] + data["n2i"] - 2 if measure == "SMDH" else data["ni"] - 1
        found = ours(group, measure, "LS", data)
        theirs = np.array(reference[group]["measures"][measure]["LS"]["vi"], dtype=float)
        without = ours(group, measure, "LS", {**data, "m2i": data["m1i"]}).vi
        twice = bias_correction(df) ** 2 * (found.vi - without)
        assert_allclose(without + twice, theirs, rtol=1e-10)


def test_partial_correlations_differ_by_one_degree_of_freedom(reference: dict[str, Any]) -> None:
    data = columns_of(reference["regressions"])
    left = data["ni"] - data["mi"]
    theirs = {m: np.array(reference["regressions"]["measures"][m]["LS"]["vi"]) for m in ("PCOR", "ZPCOR")}
    assert_allclose(
        ours("regressions", "PCOR", "LS", data).vi * left, theirs["PCOR"] * (left - 1), rtol=1e-12
    )
    assert_allclose(
        ours("regressions", "ZPCOR", "LS", data).vi * (left - 2), theirs["ZPCOR"] * (left - 1), rtol=1e-12
    )


def test_partial_correlations_agree_with_the_newer_metafor() -> None:
    """dat.aloe2013 (metadat): n, t and number of predictors of the five studies."""
    newer = json.loads((REFERENCE.parents[1] / "metafor" / "aloe2013.json").read_text())
    found = correlations.partial_correlation(
        [4.61, 6.19, 4.07, -0.77, 1.16], [218, 232, 156, 382, 259], [4, 7, 6, 19, 15]
    )
    assert_allclose(found.yi, newer["yi"], rtol=1e-12)
    assert_allclose(found.vi, newer["vi"], rtol=1e-12)


@pytest.mark.parametrize("measure", ["SMD", "SMD1"])
def test_unbiased_variances_are_exact_where_metafor_loses_digits(
    reference: dict[str, Any], measure: str
) -> None:
    data = columns_of(reference["two_groups"])
    found = ours("two_groups", measure, "UB", data)
    theirs = np.array(reference["two_groups"]["measures"][measure]["UB"]["vi"], dtype=float)
    defined = ~np.isnan(found.vi)
    off = np.abs(theirs / found.vi - 1) > 1e-8
    assert set(data["n2i"][defined & off]) == {100_000}
    for row in np.flatnonzero(defined):
        m1, sd1, n1, m2, sd2, n2 = (
            mpmath.mpf(data[name][row]) for name in ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")
        )
        with mpmath.workdps(40):
            df = n1 + n2 - 2 if measure == "SMD" else n2 - 1
            pooled = mpmath.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / df) if measure == "SMD" else sd2
            j = mpmath.gammaprod([df / 2], [(df - 1) / 2]) / mpmath.sqrt(df / 2)
            exact = 1 / n1 + 1 / n2 + (1 - (df - 2) / (df * j * j)) * (j * (m1 - m2) / pooled) ** 2
        assert_allclose(found.vi[row], float(exact), rtol=1e-10)


def test_unbiased_variances_are_undefined_only_without_degrees_of_freedom(reference: dict[str, Any]) -> None:
    data = columns_of(reference["two_groups"])
    total = data["n1i"] + data["n2i"]
    assert_allclose(~ours("two_groups", "SMD", "UB", data).defined, total <= 4)
    assert_allclose(~ours("two_groups", "SMD1", "UB", data).defined, data["n2i"] <= 3)
    theirs = np.array(reference["two_groups"]["measures"]["SMD1"]["AV"]["vi"], dtype=float)
    found = ours("two_groups", "SMD1", "AV", data)
    assert_allclose(found.vi[found.defined], theirs[found.defined], rtol=1e-9)
    assert set(data["n2i"][~found.defined]) == {2}


def test_semi_partial_correlations_are_undefined_where_t_contradicts_r2(reference: dict[str, Any]) -> None:
    data = columns_of(reference["regressions"])
    found = ours("regressions", "SPCOR", "LS", data)
    theirs = reference["regressions"]["measures"]["SPCOR"]["LS"]
    assert_allclose(found.defined, np.square(theirs["yi"]) <= data["r2i"])
    assert_allclose(found.vi[found.defined], np.array(theirs["vi"])[found.defined], rtol=1e-9)
    assert np.count_nonzero(~found.defined) == 1


def test_the_registry_computes_what_the_functions_do(reference: dict[str, Any]) -> None:
    for group, measure in (("single", "MN"), ("correlations", "UCOR"), ("paired", "CVRC")):
        data = columns_of(reference[group])
        assert_array_equal(escalc(measure, **data).vi, ours(group, measure, "LS", data).vi)
    data = columns_of(reference["two_groups"])
    assert_array_equal(escalc("SMD", **data, vtype="AV").vi, ours("two_groups", "SMD", "AV", data).vi)
    assert_array_equal(escalc("SMD", pi=-0.02, n1i=20, n2i=20).yi, means.smd_from_p(-0.02, 20, 20).yi)


def test_hedges_g_from_t_agrees_with_metafor(reference: dict[str, Any]) -> None:
    data = columns_of(reference["from_t"])
    d = conversions.d_from_t(data["ti"], data["n1i"], data["n2i"])
    found = means.smd_from_d(d, data["n1i"], data["n2i"])
    expected = reference["from_t"]["measures"]["SMD"]["LS"]
    assert_allclose(found.yi, expected["yi"], rtol=1e-12)
    assert_allclose(found.vi, expected["vi"], rtol=1e-12)


def test_log_odds_ratios_from_d_agree_with_metafor(reference: dict[str, Any]) -> None:
    """metafor's D2ORN and D2ORL start from Cohen's d, not from Hedges' g."""
    measures = reference["two_groups"]["measures"]
    d = means.cohens_d(**columns_of(reference["two_groups"]))
    for name, distribution in (("D2ORN", "normal"), ("D2ORL", "logistic")):
        found = conversions.d_to_log_odds_ratio(d.yi, d.vi, distribution=distribution)
        assert_allclose(found.yi, measures[name]["LS"]["yi"], rtol=1e-12)
        assert_allclose(found.vi, measures[name]["LS"]["vi"], rtol=1e-12)


def test_point_biserial_correlations_agree_with_metafor(reference: dict[str, Any]) -> None:
    data = columns_of(reference["two_groups"])
    d = means.cohens_d(**data)
    found = conversions.d_to_point_biserial(d.yi, d.vi, data["n1i"], data["n2i"])
    expected = reference["two_groups"]["measures"]["RPB"]["ST"]
    assert_allclose(found.yi, expected["yi"], rtol=1e-12)
    assert_allclose(found.vi, expected["vi"], rtol=1e-12)


def test_conversions_agree_with_effectsize_and_psych(reference: dict[str, Any]) -> None:
    c = {name: np.array(values) for name, values in reference["conversions"].items()}
    one = np.ones(c["d"].size)
    log_or = np.log(c["odds_ratio"])
    found = {
        "oddsratio_to_d": conversions.log_odds_ratio_to_d(log_or, one).yi,
        "d_to_oddsratio": np.exp(conversions.d_to_log_odds_ratio(c["d"], one).yi),
        "d_to_r": conversions.d_to_point_biserial(c["d"], one, c["n1"], c["n2"]).yi,
        "r_to_d": conversions.point_biserial_to_d(c["r"], one, c["n1"], c["n2"]).yi,
        "oddsratio_to_riskratio": np.exp(
            conversions.log_risk_ratio_from_odds_ratio(log_or, one, c["baseline"]).yi
        ),
        "riskratio_to_oddsratio": np.exp(
            conversions.log_odds_ratio_from_risk_ratio(np.log(c["riskratio"]), one, c["baseline"]).yi
        ),
        "psych_d2r": conversions.d_to_r(c["d"], one, one + 1, one + 1).yi,
        "psych_r2d": conversions.r_to_d(c["r"], one, one + 1, one + 1).yi,
        "chisq_to_phi": conversions.phi_from_chi2(c["chisq"], c["n1"] + c["n2"], one).yi,
    }
    for name, values in found.items():
        assert_allclose(values, c[name], rtol=1e-12, err_msg=name)
    assert len(found) == 9
    assert math.isclose(conversions.LOGISTIC_SD, 1.8137993642342178)
