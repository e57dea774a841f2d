"""Mantel-Haenszel and Peto pooling of counts, from columns to one result."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Literal, cast

import numpy as np

from evidence.choices import as_truth, named
from evidence.effects.input_columns import column, finite, label_of, numbers, side_by_side
from evidence.effects.person_time import PersonTime, person_time
from evidence.effects.zero_cells import Tables, tables
from evidence.wording import counted
from synthesis.pooling.counts.count_tests import (
    ChiSquared,
    breslow_day,
    cochran_mantel_haenszel,
    mantel_haenszel_rate_test,
)
from synthesis.pooling.counts.mantel_haenszel import (
    VARIANCES,
    PooledCounts,
    Variance,
    mantel_haenszel,
    mantel_haenszel_rates,
    peto,
)
from synthesis.pooling.counts.result import MEASURES, CountsSummary
from synthesis.pooling.inputs import Missing, as_level, check_labels, labels_of, repeated_note
from synthesis.pooling.kernel.effects import Mask

METHODS = ("MH", "Peto")
_RATES = ("x1i", "t1i", "x2i", "t2i")


def summarise_counts(
    measure: str,
    *,
    method: Literal["MH", "Peto"],
    data: Any,
    slab: Any,
    level: float,
    correct: bool,
    variance: Variance,
    missing: Missing,
    **columns: Any,
) -> tuple[CountsSummary, Tables | PersonTime]:
    """The numbers of `pool_counts`, whose arguments these are, with the counts they are made of."""
    measure, chosen = named(measure, MEASURES, "measure"), named(method, METHODS, "method")
    variance = cast(Variance, named(variance, VARIANCES, "variance"))
    missing = cast(Missing, named(missing, ("refuse", "drop"), "missing"))
    level, correct = as_level(level), as_truth(correct, "correct")
    if chosen == "Peto" and measure != "OR":
        raise ValueError(f"Peto's method pools odds ratios alone, not {measure}; expected measure='OR'")
    of_rates = measure in ("IRR", "IRD")
    names = (_RATES, ()) if of_rates else (("ai", "ci"), ("bi", "di", "n1i", "n2i"))
    given, labels = _columns(_expected(columns, *names), data, slab)
    counts = person_time(**given) if of_rates else tables(**given)
    known = _complete(counts.missing, given, labels, missing)
    if isinstance(counts, PersonTime):
        of_measure = cast(Literal["IRR", "IRD"], measure)
        pooled = mantel_haenszel_rates(counts, of_measure, level=level)
        association, shared = mantel_haenszel_rate_test(counts, correct=correct), None
    else:
        pooled = _pooled_tables(counts, measure, chosen, level, variance)
        association = cochran_mantel_haenszel(counts, correct=correct)
        shared = breslow_day(counts) if measure == "OR" else None
    if math.isnan(pooled.estimate.item()):
        raise ValueError(f"there is no common {MEASURES[measure]}: {_why_none(counts, chosen)}")
    kept = tuple(label_of(labels, int(i)) for i in np.flatnonzero(known))
    notes = (_dropped_note(int((~known).sum())), repeated_note(kept), *_notes(counts, pooled, measure))
    said = tuple(note for note in notes if note)
    result = _result(measure, chosen, level, pooled, association, shared, kept, said)
    parts = {f.name: getattr(counts, f.name)[known] for f in fields(counts)}
    return result, replace(counts, **parts)


def _columns(
    columns: Mapping[str, Any], data: Any, slab: Any
) -> tuple[dict[str, Any], tuple[str, ...] | None]:
    """The columns as numbers, and the labels, all in one order."""
    found = {name: column(values, data, name, constant=True) for name, values in columns.items()}
    rows = side_by_side(found | {"slab": column(slab, data, "slab")})
    labels = labels_of(rows["slab"])
    given = {name: finite(numbers(rows[name], name, labels), name, labels) for name in found}
    check_labels(labels, max(values.size for values in given.values()))
    return given, labels


def _expected(
    given: Mapping[str, Any], required: tuple[str, ...], others: tuple[str, ...]
) -> Mapping[str, Any]:
    for name in given:
        if name not in required + others:
            raise ValueError(f"unknown column '{name}'; expected some of: {', '.join(required + others)}")
    for name in required:
        if name not in given:
            raise ValueError(f"'{name}' is missing; expected {', '.join(required)}")
    return {name: values for name, values in given.items() if values is not None}


def _complete(
    lacking: Mask, given: Mapping[str, Any], labels: tuple[str, ...] | None, missing: Missing
) -> Mask:
    """Which studies have all their counts. Raises ValueError, naming the first that does not, to refuse."""
    if lacking.any() and missing == "refuse":
        row = int(lacking.argmax())
        part = next(name for name, values in given.items() if not np.isfinite(values[row % values.size]))
        raise ValueError(
            f"{label_of(labels, row)}: {part} is missing; expected a number "
            "(missing='drop' leaves such studies out)"
        )
    if not lacking.size:
        raise ValueError("there are no studies; expected at least one")
    if lacking.all():
        raise ValueError("every study lacks a count; expected some with all of them")
    return ~lacking


def _pooled_tables(
    counts: Tables, measure: str, method: str, level: float, variance: Variance
) -> PooledCounts:
    if method == "Peto":
        return peto(counts, level=level)
    return mantel_haenszel(counts, cast(Literal["OR", "RR", "RD"], measure), level=level, variance=variance)


def _why_none(counts: Tables | PersonTime, method: str) -> str:
    """Why the studies have no common effect: of rates and risks, for want of events in one of the groups."""
    if isinstance(counts, PersonTime):
        observed = ~(counts.missing | counts.unobserved)
        events = {"1": counts.x1i[observed], "2": counts.x2i[observed]}
        nobody = "has no person-time"
        others = {}
    else:
        observed = ~(counts.missing | counts.empty)
        events = {"1": counts.ai[observed], "2": counts.ci[observed]}
        nobody = "has nobody in it"
        others = {"1": counts.bi[observed], "2": counts.di[observed]}
    if not observed.any():
        return f"in every study one of the groups {nobody}"
    if method == "Peto":
        return "no study has both events and people without one"
    for group, values in events.items():
        if not values.any():
            return f"group {group} has no events in any study; expected some in both groups"
    for group, values in others.items():
        if not values.any():
            return f"everybody in group {group} has the event, in every study; expected some without it"
    return "no study has events in one group beside people without them in the other"


def _dropped_note(dropped: int) -> str:
    if not dropped:
        return ""
    return f"{counted(dropped)} without all counts left out."


def _notes(counts: Tables | PersonTime, pooled: PooledCounts, measure: str) -> tuple[str, ...]:
    """What a reader must know of studies that say nothing, and of intervals without width or end."""
    if isinstance(counts, PersonTime):
        empty, silent, no_events = counts.unobserved, counts.without_events, "no events"
        nobody = "without person-time in one of the groups"
    else:
        empty, silent, no_events = counts.empty, counts.without_contrast, "no events, or nothing else,"
        nobody = "with nobody in one of the groups"
    left_out = int((empty & ~counts.missing).sum())
    uninformative = int((silent & ~counts.missing & ~empty).sum())
    ratio = measure not in ("RD", "IRD")
    limits = np.array([pooled.ci_low.item(), pooled.ci_high.item()])
    with np.errstate(over="ignore"):
        ends = np.exp(limits) if ratio else limits
    return (
        f"{counted(left_out)} {nobody} left out." if left_out else "",
        f"{counted(uninformative)} with {no_events} in both groups: nothing is known from that of a ratio."
        if uninformative and ratio
        else "",
        f"The interval has no width, as every study has {no_events} in both groups: it does not say how rare "
        "events are."
        if pooled.se.item() == 0
        else "",
        "The interval reaches beyond every ratio that can be written: the studies say next to nothing."
        if not (np.isfinite(ends).all() and ends.all()) and ratio
        else "",
        "Q has no degrees of freedom: fewer than two studies have an effect of their own."
        if pooled.Q_df.item() == 0 and pooled.k.item() > 1
        else "",
    )


def _result(
    measure: str,
    method: str,
    level: float,
    pooled: PooledCounts,
    association: ChiSquared,
    homogeneity: ChiSquared | None,
    labels: tuple[str, ...],
    notes: tuple[str, ...],
) -> CountsSummary:
    how = "Peto's one-step odds ratio" if method == "Peto" else f"Mantel-Haenszel {MEASURES[measure]}"
    values = {f.name: getattr(pooled, f.name).item() for f in fields(PooledCounts)}
    shared = (math.nan,) * 3
    if homogeneity is not None:
        shared = (homogeneity.statistic.item(), homogeneity.df.item(), homogeneity.p_value.item())
    return CountsSummary(
        labels=labels,
        measure=measure,
        method=method,
        **{**values, "k": int(values["k"])},
        association=association.statistic.item(),
        association_p=association.p_value.item(),
        homogeneity=shared[0],
        homogeneity_df=shared[1],
        homogeneity_p=shared[2],
        level=level,
        method_sentence=f"{how}, common effect, nothing added to empty cells.",
        notes=notes,
    )
