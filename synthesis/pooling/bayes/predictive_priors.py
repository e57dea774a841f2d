"""Predictive distributions of tau^2 from the Cochrane Database, by type of outcome and comparison.

Turner RM, Jackson D, Wei Y, Thompson SG, Higgins JPT 2015, Statistics in Medicine 34(6):984-998, table IV:
tau^2 of log odds ratios is log-normal. Rhodes KM, Turner RM, Higgins JPT 2015, Journal of Clinical
Epidemiology 68(1):52-60, table 3, and tables A.3.1 and A.3.2 for respiratory diseases and cancer: log tau^2
of standardised mean differences is t with 5 degrees of freedom. The numbers were compared between two
independent transcriptions. Three cells of Rhodes' tables, None here, are left out: there the transcriptions
differ, or both break the rule that holds elsewhere, that columns differ by a constant.
"""

from __future__ import annotations

from collections.abc import Mapping

from evidence.choices import named
from evidence.records.prior_forms import RHODES_COMPARISONS, TURNER_COMPARISONS
from synthesis.pooling.bayes.tau_priors import LogNormalTau2, LogTTau2

TURNER = "Turner et al. 2015, table IV"
RHODES = "Rhodes et al. 2015, table 3"
RHODES_DF = 5.0

Pair = tuple[float, float]

TURNER_PRIORS: Mapping[str, tuple[Pair, ...]] = {
    "all-cause mortality": ((-3.95, 1.34), (-4.18, 1.41), (-4.17, 1.55), (-2.92, 1.02), (-3.50, 1.26)),
    "obstetric outcomes": ((-3.52, 1.74), (-3.75, 1.79), (-3.74, 1.91), (-2.49, 1.50), (-3.08, 1.68)),
    "cause-specific mortality": ((-3.71, 1.74), (-3.95, 1.79), (-3.93, 1.91), (-2.68, 1.51), (-3.27, 1.68)),
    "resource use": ((-2.34, 1.74), (-2.58, 1.79), (-2.56, 1.91), (-1.31, 1.50), (-1.90, 1.68)),
    "surgical": ((-2.14, 1.74), (-2.37, 1.79), (-2.36, 1.91), (-1.11, 1.50), (-1.69, 1.68)),
    "withdrawals": ((-2.99, 1.74), (-3.23, 1.79), (-3.21, 1.91), (-1.96, 1.51), (-2.55, 1.68)),
    "structure-related": ((-2.71, 1.74), (-2.94, 1.79), (-2.93, 1.92), (-1.67, 1.51), (-2.26, 1.68)),
    "general physical health": ((-2.29, 1.53), (-2.53, 1.58), (-2.51, 1.72), (-1.26, 1.25), (-1.85, 1.46)),
    "adverse events": ((-1.87, 1.52), (-2.10, 1.58), (-2.10, 1.71), (-0.84, 1.24), (-1.43, 1.45)),
    "infection": ((-2.49, 1.52), (-2.73, 1.58), (-2.71, 1.71), (-1.46, 1.24), (-2.05, 1.45)),
    "signs and symptoms": ((-2.06, 1.51), (-2.29, 1.58), (-2.28, 1.71), (-1.03, 1.24), (-1.61, 1.45)),
    "pain": ((-1.83, 1.52), (-2.06, 1.58), (-2.05, 1.71), (-0.80, 1.25), (-1.38, 1.45)),
    "quality of life": ((-2.54, 1.54), (-2.78, 1.60), (-2.77, 1.73), (-1.51, 1.27), (-2.10, 1.47)),
    "mental health": ((-2.12, 1.53), (-2.35, 1.60), (-2.34, 1.72), (-1.09, 1.27), (-1.67, 1.47)),
    "biological markers": ((-1.77, 1.52), (-2.00, 1.58), (-1.99, 1.71), (-0.74, 1.24), (-1.33, 1.45)),
    "subjective outcomes": ((-2.70, 1.52), (-2.93, 1.58), (-2.92, 1.71), (-1.67, 1.25), (-2.26, 1.45)),
}
"""Mean and standard deviation of log tau^2 of log odds ratios, in the order of TURNER_COMPARISONS."""

TURNER_GENERAL: Pair = (-2.56, 1.74)
"""In any setting: page 993."""

RHODES_PRIORS: Mapping[str, Mapping[str, tuple[Pair | None, ...]]] = {
    "other": {
        "obstetric outcomes": ((-4.13, 2.34), (-4.40, 2.31), (-3.99, 2.11)),
        "resource use": ((-2.55, 2.73), (-2.83, 2.70), (-2.41, 2.57)),
        "structure-related": ((-2.43, 2.50), (-2.70, 2.46), (-2.29, 2.32)),
        "general physical health": ((-3.16, 2.50), (-3.44, 2.44), (-3.02, 2.27)),
        "signs and symptoms": ((-3.00, 2.50), (-3.27, 2.47), (-2.86, 2.33)),
        "mental health": ((-2.99, 2.16), (-3.27, 2.14), None),
        "biological markers": ((-3.41, 2.83), (-3.68, 2.78), (-3.27, 2.66)),
        "subjective outcomes": ((-2.76, 2.58), (-3.03, 2.59), (-2.62, 2.41)),
    },
    "respiratory": {
        "obstetric outcomes": ((-6.03, 2.36), (-6.31, 2.31), (-5.89, 2.21)),
        "resource use": ((-4.46, 2.74), (-4.73, 2.70), (-4.32, 2.57)),
        "structure-related": ((-4.33, 2.51), (-4.61, 2.46), (-4.19, 2.33)),
        "general physical health": ((-5.07, 2.51), (-5.34, 2.45), (-4.93, 2.28)),
        "signs and symptoms": ((-4.90, 2.50), (-5.18, 2.47), (-4.76, 2.33)),
        "mental health": ((-4.90, 2.17), (-5.17, 2.14), (-4.76, 1.94)),
        "biological markers": ((-5.31, 2.83), (-5.59, 2.78), (-5.17, 2.66)),
        "subjective outcomes": ((-4.66, 2.59), (-4.94, 2.59), (-4.52, 2.41)),
    },
    "cancer": {
        "obstetric outcomes": ((-1.57, 2.45), (-1.85, 2.41), (-1.43, 2.24)),
        "resource use": (None, (-0.27, 2.79), (0.15, 2.68)),
        "structure-related": (None, (-0.14, 2.56), (0.27, 2.45)),
        "general physical health": ((-0.60, 2.61), (-0.88, 2.55), (-0.46, 2.40)),
        "signs and symptoms": ((-0.44, 2.60), (-0.71, 2.57), (-0.30, 2.46)),
        "mental health": ((-0.43, 2.28), (-0.71, 2.25), (-0.29, 2.08)),
        "biological markers": ((-0.85, 2.93), (-1.13, 2.87), (-0.71, 2.78)),
        "subjective outcomes": ((-0.20, 2.68), (-0.48, 2.68), (-0.06, 2.53)),
    },
}
"""Location and scale of log tau^2 of standardised mean differences, by area, outcome, RHODES_COMPARISONS."""

RHODES_GENERAL: Pair = (-3.44, 2.59)
"""In any setting: section 3.3."""


def turner(outcome: str | None = None, comparison: str | None = None) -> LogNormalTau2:
    """The prior of tau^2 of log odds ratios for an outcome of TURNER_PRIORS and a comparison, or for any.

    Raises ValueError for an unknown word, or one without the other.
    """
    if not _both(outcome, comparison):
        return LogNormalTau2(*TURNER_GENERAL)
    row = TURNER_PRIORS[named(outcome, TURNER_PRIORS, "outcome")]
    return LogNormalTau2(*row[TURNER_COMPARISONS.index(named(comparison, TURNER_COMPARISONS, "comparison"))])


def rhodes(outcome: str | None = None, comparison: str | None = None, area: str = "other") -> LogTTau2:
    """The prior of tau^2 of standardised mean differences for an outcome, a comparison and a medical area.

    Without an outcome, that of any setting. Outcomes that the paper takes together stand under one name:
    "general physical health" is adverse events, pain and quality of life too, "signs and symptoms" infection
    and new disease. Raises ValueError for an unknown word, an outcome without a comparison, or a cell left
    out.
    """
    area = named(area, RHODES_PRIORS, "area")
    if not _both(outcome, comparison):
        return LogTTau2(*RHODES_GENERAL, RHODES_DF)
    table = RHODES_PRIORS[area]
    row = table[named(outcome, table, "outcome")]
    column = RHODES_COMPARISONS.index(named(comparison, RHODES_COMPARISONS, "comparison"))
    found = row[column]
    if found is None:
        raise ValueError(
            f"the prior of Rhodes et al. for {outcome}, {comparison}, area {area} is in doubt between "
            "copies of the table and left out; expected another setting, or LogTTau2 with numbers of your own"
        )
    return LogTTau2(*found, RHODES_DF)


def _both(outcome: str | None, comparison: str | None) -> bool:
    if (outcome is None) != (comparison is None):
        lacking = "comparison" if comparison is None else "outcome"
        raise ValueError(f"the {lacking} is missing; expected both an outcome and a comparison, or neither")
    return outcome is not None
