"""Which function computes which measure from which columns: the only place that knows the abbreviations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from evidence.effects import (
    conversions,
    correlations,
    hazard_ratios,
    means,
    paired,
    ratios,
    standard_errors,
)
from evidence.effects.columns import EffectSizes
from evidence.effects.five_numbers import FiveNumbers, estimated
from evidence.effects.person_time import PERSON_TIME_MEASURES, compare_rates, person_time
from evidence.effects.proportions import PROPORTION_MEASURES, describe_proportions, proportions
from evidence.effects.rates import RATE_MEASURES, describe_rates, rates
from evidence.effects.two_by_two import TABLE_MEASURES, two_by_two
from evidence.effects.zero_cells import tables

Compute: TypeAlias = Callable[..., EffectSizes]


@dataclass(frozen=True)
class Form:
    """One set of columns from which a measure is computed.

    required, alternatives: columns that must be given, and those that may be. options: everything else that
    `compute`, called with all of these by name, understands.
    """

    compute: Compute
    required: tuple[str, ...]
    alternatives: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column it understands."""
        return self.required + self.alternatives


@dataclass(frozen=True)
class Measure:
    """A measure's name in words and the forms it is computed from, the usual one first."""

    title: str
    forms: tuple[Form, ...]


def form_of(function: Compute) -> Form:
    """The form that a function's signature states: keyword-only parameters are options, others columns."""
    parameters = inspect.signature(function).parameters.values()
    of_columns = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    return Form(
        function,
        tuple(p.name for p in of_columns if p.default is p.empty),
        tuple(p.name for p in of_columns if p.default is not p.empty),
        tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY),
    )


_FIVE = {"min": "minimum", "q1": "q1", "med": "median", "q3": "q3", "max": "maximum"}


def _from_five_numbers(of_means: Form, groups: tuple[str, ...]) -> Form:
    """The form that takes medians with quartiles, extremes or both in the place of means and SDs.

    groups: the numbers of the groups in the columns' names, "" for a single group.
    """
    columns = {group: {f"{short}{group}i": name for short, name in _FIVE.items()} for group in groups}
    required = tuple(name for group in groups for name in (f"med{group}i", f"n{group}i"))

    def call(five_numbers: str = "normal", **given: Any) -> EffectSizes:
        values: dict[str, Any] = {name: given[name] for name in of_means.options if name in given}
        said = []
        for group in groups:
            size = given[f"n{group}i"]
            numbers = {full: given.get(name, np.nan) for name, full in columns[group].items()}
            mean, sd, notes = estimated(FiveNumbers.of(size, **numbers), five_numbers)
            values |= {f"m{group}i": mean, f"sd{group}i": sd, f"n{group}i": size}
            said.append((f"group {group}: " if group else "", notes))
        result = of_means.compute(**values)
        return replace(result, notes=tuple(_joined(said, i, result) for i in range(result.k)))

    others = tuple(name for group in groups for name in columns[group] if name not in required)
    return Form(call, required, others, (*of_means.options, "five_numbers"))


def _joined(said: list[tuple[str, tuple[str, ...]]], row: int, result: EffectSizes) -> str:
    """Why a study's means could not be estimated, or that they were, and what is said of its effect."""
    own = [
        f"{who}{notes[row if len(notes) > 1 else 0]}"
        for who, notes in said
        if notes[row if len(notes) > 1 else 0]
    ]
    if np.isnan(result.yi[row]):
        return "; ".join(own) or result.notes[row]
    estimated_from = "mean and SD are estimated from median, quartiles or extremes"
    return "; ".join([estimated_from, *own, *([result.notes[row]] if result.notes[row] else [])])


def _means(*functions: Compute) -> tuple[Form, ...]:
    """Forms of functions, the first of which takes means and SDs of two groups: medians as well."""
    first, *others = (form_of(function) for function in functions)
    return (first, *others, _from_five_numbers(first, ("1", "2")))


def _one_mean(function: Compute) -> tuple[Form, ...]:
    first = form_of(function)
    return first, _from_five_numbers(first, ("",))


def _of(*functions: Compute) -> tuple[Form, ...]:
    return tuple(form_of(function) for function in functions)


_SMD = (
    means.standardised_mean_difference,
    means.smd_from_d,
    means.smd_from_t,
    means.smd_from_f,
    means.smd_from_p,
    conversions.log_odds_ratio_to_d,
    conversions.r_to_d,
)

CONTINUOUS_MEASURES: dict[str, tuple[str, tuple[Form, ...]]] = {
    "MD": ("mean difference", _means(means.mean_difference)),
    "SMD": ("standardised mean difference, Hedges' g", _means(*_SMD)),
    "D": (
        "standardised mean difference, Cohen's d",
        (*_means(means.cohens_d), *_of(conversions.point_biserial_to_d)),
    ),
    "SMD1": ("standardised mean difference, Glass's delta", _of(means.glass_delta)),
    "SMDH": ("standardised mean difference, unequal variances", _means(means.heteroscedastic_smd)),
    "ROM": ("log ratio of means", _means(ratios.log_ratio_of_means)),
    "ROMBC": ("log ratio of means, bias corrected", _means(ratios.bias_corrected_log_ratio_of_means)),
    "CVR": ("log ratio of coefficients of variation", _means(ratios.log_ratio_of_cvs)),
    "VR": ("log ratio of SDs", _of(ratios.log_ratio_of_sds)),
    "MC": ("mean change", _of(paired.mean_change)),
    "SMCC": ("mean change in SDs of the changes", _of(paired.mean_change_in_change_sds)),
    "SMCR": ("mean change in SDs of the first measurement", _of(paired.mean_change_in_raw_sds)),
    "SMCRH": ("mean change in SDs, unequal variances", _of(paired.heteroscedastic_mean_change)),
    "ROMC": ("log ratio of paired means", _of(paired.log_ratio_of_paired_means)),
    "CVRC": ("log ratio of paired coefficients of variation", _of(paired.log_ratio_of_paired_cvs)),
    "VRC": ("log ratio of paired SDs", _of(paired.log_ratio_of_paired_sds)),
    "PPC": ("change against control in pretest SDs", _of(paired.change_against_control)),
    "RPB": ("point-biserial correlation", _of(conversions.d_to_point_biserial)),
    "COR": ("correlation", _of(correlations.correlation, conversions.d_to_r)),
    "UCOR": ("unbiased correlation", _of(correlations.unbiased_correlation_coefficient)),
    "ZCOR": ("Fisher's z of a correlation", _of(correlations.fisher_z)),
    "PCOR": ("partial correlation", _of(correlations.partial_correlation)),
    "ZPCOR": ("Fisher's z of a partial correlation", _of(correlations.partial_fisher_z)),
    "SPCOR": ("semi-partial correlation", _of(correlations.semi_partial_correlation)),
    "ZSPCOR": ("Fisher's z of a semi-partial correlation", _of(correlations.semi_partial_fisher_z)),
    "MN": ("mean", _one_mean(means.mean)),
    "MNLN": ("log mean", _one_mean(means.log_mean)),
    "CVLN": ("log coefficient of variation", _one_mean(means.log_cv)),
    "SDLN": ("log SD", _of(means.log_sd)),
    "ARAW": ("Cronbach's alpha", _of(correlations.alpha)),
    "AHW": ("Cronbach's alpha, cube root", _of(correlations.alpha_hakstian_whalen)),
    "ABT": ("Cronbach's alpha, log", _of(correlations.alpha_bonett)),
    "HR": (
        "log hazard ratio",
        _of(
            hazard_ratios.log_hazard_ratio,
            hazard_ratios.log_hazard_ratio_from_p,
            hazard_ratios.log_hazard_ratio_from_events,
            hazard_ratios.log_hazard_ratio_from_arms,
        ),
    ),
    "GEN": (
        "an estimate as printed, or a slope in other units",
        _of(
            standard_errors.from_interval,
            standard_errors.from_limit,
            standard_errors.from_p_value,
            standard_errors.from_statistic,
            conversions.per_units,
            conversions.per_sd,
        ),
    ),
}

_CONVERTED = {
    "OR": _of(
        conversions.d_to_log_odds_ratio,
        conversions.log_odds_ratio_from_chi2,
        conversions.log_odds_ratio_from_risk_ratio,
    ),
    "RR": _of(conversions.log_risk_ratio_from_odds_ratio),
    "PHI": _of(conversions.phi_from_chi2),
    "PETO": _of(hazard_ratios.peto_log_odds_ratio_from_o_minus_e),
}
"""Forms of the measures of 2x2 tables that are not counts."""


def _counts(
    measures: Mapping[str, Any],
    read: Callable[..., Any],
    compute: Callable[..., EffectSizes],
    forms: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...],
    options: tuple[str, ...],
) -> dict[str, Measure]:
    """Rows for measures that `compute` takes from what `read` makes of columns; (required, alternatives)."""
    understood = {name for required, alternatives in forms for name in required + alternatives}

    def row(measure: str) -> Callable[..., EffectSizes]:
        def call(**given: Any) -> EffectSizes:
            columns = {name: value for name, value in given.items() if name in understood}
            chosen = {name: value for name, value in given.items() if name not in understood}
            return compute(measure, read(**columns), **chosen)

        return call

    return {
        name: Measure(
            m.name, (*(Form(row(name), *columns, options) for columns in forms), *_CONVERTED.get(name, ()))
        )
        for name, m in measures.items()
    }


_CELLS = (("ai", "bi", "ci", "di"), ("n1i", "n2i"))
_SIZES = (("ai", "n1i", "ci", "n2i"), ("bi", "di"))
_OPTIONS = ("add", "to")

MEASURES: dict[str, Measure] = {
    **_counts(TABLE_MEASURES, tables, two_by_two, (_CELLS, _SIZES), (*_OPTIONS, "drop00")),
    **_counts(
        {"PHI": TABLE_MEASURES["PHI"]}, tables, two_by_two, (_CELLS, _SIZES), (*_OPTIONS, "drop00", "vtype")
    ),
    **_counts(
        PERSON_TIME_MEASURES,
        person_time,
        compare_rates,
        ((("x1i", "t1i", "x2i", "t2i"), ()),),
        (*_OPTIONS, "drop00"),
    ),
    **_counts(
        PROPORTION_MEASURES,
        proportions,
        describe_proportions,
        ((("xi", "ni"), ()), (("xi", "mi"), ())),
        _OPTIONS,
    ),
    **_counts(RATE_MEASURES, rates, describe_rates, ((("xi", "ti"), ()),), _OPTIONS),
    **{name: Measure(title, forms) for name, (title, forms) in CONTINUOUS_MEASURES.items()},
}
