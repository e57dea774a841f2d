"""The measures of means, SDs, correlations and alphas: their names and the functions that compute them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from evidence.effects import (
    correlations,
    means,
    paired,
    partial_correlations,
    pre_post_control,
    ratios,
    reliability,
    single_means,
    smd_from_tests,
)
from evidence.effects.result import EffectSizes

Compute: TypeAlias = Callable[..., EffectSizes]

_SMD = (
    means.standardised_mean_difference,
    smd_from_tests.smd_from_d,
    smd_from_tests.smd_from_t,
    smd_from_tests.smd_from_p,
)

CONTINUOUS_MEASURES: dict[str, tuple[str, tuple[Compute, ...]]] = {
    "MD": ("mean difference", (means.mean_difference,)),
    "SMD": ("standardised mean difference, Hedges' g", _SMD),
    "D": ("standardised mean difference, Cohen's d", (means.cohens_d,)),
    "SMD1": ("standardised mean difference, Glass's delta", (means.glass_delta,)),
    "SMDH": ("standardised mean difference, unequal variances", (means.heteroscedastic_smd,)),
    "ROM": ("log ratio of means", (ratios.log_ratio_of_means,)),
    "ROMBC": ("log ratio of means, bias corrected", (ratios.bias_corrected_log_ratio_of_means,)),
    "CVR": ("log ratio of coefficients of variation", (ratios.log_ratio_of_cvs,)),
    "VR": ("log ratio of SDs", (ratios.log_ratio_of_sds,)),
    "MC": ("mean change", (paired.mean_change,)),
    "SMCC": ("mean change in SDs of the changes", (paired.mean_change_in_change_sds,)),
    "SMCR": ("mean change in SDs of the first measurement", (paired.mean_change_in_raw_sds,)),
    "SMCRH": ("mean change in SDs, unequal variances", (paired.heteroscedastic_mean_change,)),
    "ROMC": ("log ratio of paired means", (paired.log_ratio_of_paired_means,)),
    "CVRC": ("log ratio of paired coefficients of variation", (paired.log_ratio_of_paired_cvs,)),
    "VRC": ("log ratio of paired SDs", (paired.log_ratio_of_paired_sds,)),
    "PPC": ("change against control in pretest SDs", (pre_post_control.change_against_control,)),
    "COR": ("correlation", (correlations.correlation,)),
    "UCOR": ("unbiased correlation", (correlations.unbiased_correlation_coefficient,)),
    "ZCOR": ("Fisher's z of a correlation", (correlations.fisher_z,)),
    "PCOR": ("partial correlation", (partial_correlations.partial_correlation,)),
    "ZPCOR": ("Fisher's z of a partial correlation", (partial_correlations.partial_fisher_z,)),
    "SPCOR": ("semi-partial correlation", (partial_correlations.semi_partial_correlation,)),
    "ZSPCOR": ("Fisher's z of a semi-partial correlation", (partial_correlations.semi_partial_fisher_z,)),
    "MN": ("mean", (single_means.mean,)),
    "MNLN": ("log mean", (single_means.log_mean,)),
    "CVLN": ("log coefficient of variation", (single_means.log_cv,)),
    "SDLN": ("log SD", (single_means.log_sd,)),
    "ARAW": ("Cronbach's alpha", (reliability.alpha,)),
    "AHW": ("Cronbach's alpha, cube root", (reliability.alpha_hakstian_whalen,)),
    "ABT": ("Cronbach's alpha, log", (reliability.alpha_bonett,)),
}
"""Abbreviation: name, and one function for each set of columns the measure can be computed from.

The columns are the function's positional parameters, its options the keyword-only ones, and the way back
from the analysis scale is the `scale` of what it returns.
"""
