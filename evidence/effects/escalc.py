"""`escalc`: effect sizes of any measure from named columns."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from evidence.effects import (
    correlations,
    means,
    paired,
    ratios,
)
from evidence.effects.columns import EffectSizes, StudyError
from evidence.effects.person_time import PERSON_TIME_MEASURES, compare_rates, person_time
from evidence.effects.proportions import PROPORTION_MEASURES, describe_proportions, proportions
from evidence.effects.rates import RATE_MEASURES, describe_rates, rates
from evidence.effects.two_by_two import TABLE_MEASURES, two_by_two
from evidence.effects.zero_cells import tables

# The measures of means, SDs, correlations and alphas: their names and the functions that compute them.


Compute: TypeAlias = Callable[..., EffectSizes]

_SMD = (
    means.standardised_mean_difference,
    means.smd_from_d,
    means.smd_from_t,
    means.smd_from_p,
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
    "PPC": ("change against control in pretest SDs", (paired.change_against_control,)),
    "COR": ("correlation", (correlations.correlation,)),
    "UCOR": ("unbiased correlation", (correlations.unbiased_correlation_coefficient,)),
    "ZCOR": ("Fisher's z of a correlation", (correlations.fisher_z,)),
    "PCOR": ("partial correlation", (correlations.partial_correlation,)),
    "ZPCOR": ("Fisher's z of a partial correlation", (correlations.partial_fisher_z,)),
    "SPCOR": ("semi-partial correlation", (correlations.semi_partial_correlation,)),
    "ZSPCOR": ("Fisher's z of a semi-partial correlation", (correlations.semi_partial_fisher_z,)),
    "MN": ("mean", (means.mean,)),
    "MNLN": ("log mean", (means.log_mean,)),
    "CVLN": ("log coefficient of variation", (means.log_cv,)),
    "SDLN": ("log SD", (means.log_sd,)),
    "ARAW": ("Cronbach's alpha", (correlations.alpha,)),
    "AHW": ("Cronbach's alpha, cube root", (correlations.alpha_hakstian_whalen,)),
    "ABT": ("Cronbach's alpha, log", (correlations.alpha_bonett,)),
}
"""Abbreviation: name, and one function for each set of columns the measure can be computed from.

The columns are the function's positional parameters, its options the keyword-only ones, and the way back
from the analysis scale is the `scale` of what it returns.
"""


# Which function computes which measure from which columns: the only place that knows the abbreviations.


@dataclass(frozen=True)
class Form:
    """One set of columns from which a measure is computed.

    required, alternatives: columns that must be given, and those that may be. options: everything else that
    `compute`, called with all of these by name, understands.
    """

    compute: Callable[..., EffectSizes]
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


def form_of(function: Callable[..., EffectSizes]) -> Form:
    """The form that a function's signature states: keyword-only parameters are options, others columns."""
    parameters = inspect.signature(function).parameters.values()
    of_columns = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    return Form(
        function,
        tuple(p.name for p in of_columns if p.default is p.empty),
        tuple(p.name for p in of_columns if p.default is not p.empty),
        tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY),
    )


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
        name: Measure(m.name, tuple(Form(row(name), *columns, options) for columns in forms))
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
    **{
        name: Measure(title, tuple(form_of(function) for function in functions))
        for name, (title, functions) in CONTINUOUS_MEASURES.items()
    },
}


def escalc(measure: str, *, data: Any = None, slab: Any = None, **columns: Any) -> EffectSizes:
    """Effect sizes and sampling variances of k studies.

    measure: a key of MEASURES, in any case. columns: the measure's columns by metafor's names (ai, n1i, m1i,
    x1i, ...), each k numbers, one number for all, or the name of a column of `data`; and its options (add,
    to, drop00, vtype, ...). slab: k study labels, or the name of a column of `data`.

    A study without an effect size is nan with a note that says why. Raises ValueError for an unknown
    measure or argument, missing columns, and numbers that cannot be true, naming the studies.
    """
    name = _known(measure, MEASURES, "measure")
    given = {key: value for key, value in columns.items() if value is not None}
    form = _chosen(name, MEASURES[name], given)
    values = {key: column(value, data, key) if key in form.columns else value for key, value in given.items()}
    labels = () if slab is None else tuple(str(label) for label in column(slab, data, "slab"))
    try:
        result = form.compute(**values)
    except StudyError as error:
        usable = labels if len(labels) > max(error.rows) else ()
        raise StudyError(error.rows, error.says, usable) from None
    return replace(result, labels=labels)


def _chosen(name: str, measure: Measure, given: Mapping[str, Any]) -> Form:
    """The first form that has what it requires and understands what was given."""
    understood = {key for form in measure.forms for key in (*form.columns, *form.options)}
    for key in given:
        if key not in understood:
            _known(key, understood, f"argument for {name}", sort=True)
    for form in measure.forms:
        if set(form.required) <= set(given) <= {*form.columns, *form.options}:
            return form
    lacking = {form: [name for name in form.required if name not in given] for form in measure.forms}
    if all(lacking.values()):
        nearest = max(
            measure.forms, key=lambda form: (len(set(form.columns) & set(given)), -len(lacking[form]))
        )
        raise ValueError(
            f"{name} ({measure.title}) lacks {_listed(lacking[nearest])}; expected {_forms_text(measure)}"
        )
    raise ValueError(f"{name} was given columns that do not go together; expected {_forms_text(measure)}")


def _forms_text(measure: Measure) -> str:
    return ", or ".join(_columns_text(form) for form in measure.forms)


def _columns_text(form: Form) -> str:
    others = f" (and, if known, {', '.join(form.alternatives)})" if form.alternatives else ""
    return ", ".join(form.required) + others


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _known(value: Any, allowed: Iterable[str], what: str, sort: bool = False) -> str:
    """The allowed name, whatever the case of `value`; ValueError with the closest of them otherwise."""
    listed = sorted(allowed) if sort else list(allowed)
    names = {name.upper(): name for name in listed}
    key = str(value).strip().upper()
    if key in names:
        return names[key]
    close = difflib.get_close_matches(key, names, n=1)
    hint = f"; did you mean '{names[close[0]]}'?" if close else "."
    raise ValueError(f"unknown {what} '{value}'{hint} Expected one of: {', '.join(listed)}")


def column(values: Any, data: Any, name: str) -> Any:
    """The values, or the column of `data` that they name."""
    if not isinstance(values, str):
        return values
    if data is None:
        raise ValueError(
            f"'{name}' is the text '{values}'; expected numbers, or `data` with a column of that name"
        )
    if values not in data:
        close = difflib.get_close_matches(values, [str(column) for column in data], n=1)
        hint = f"; did you mean '{close[0]}'?" if close else ""
        raise ValueError(f"data has no column '{values}', given as '{name}'{hint}")
    return data[values]
