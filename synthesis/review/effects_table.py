"""The effects of analyses as rows for other programs, under metafor's names of columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from evidence.records.effect import Effect, Group
from evidence.records.printed import Printed
from evidence.records.scales import analysis_scale
from evidence.selection.selection import Chosen
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.pooled_units import Unit

Cell: TypeAlias = str | int | float | None
EffectRow: TypeAlias = dict[str, Cell]

COLUMNS = (
    *(
        "analysis",
        "slab",
        "study",
        "estimate_id",
        "year",
        "outcome",
        "site",
        "sex",
        "ancestry",
        "age",
        "group",
    ),
    "comparison",
    "cluster",
    *("measure", "yi", "vi", "sei", "estimate", "ci.lb", "ci.ub", "ni", "sei_from"),
    *("ai", "bi", "n1i", "ci", "di", "n2i", "x1i", "t1i", "x2i", "t2i", "xi", "ti"),
    *("m1i", "sd1i", "m2i", "sd2i", "mi", "sdi", "report", "at"),
)
"""Every column there can be, in their order."""

_KEPT = ("analysis", "slab", "study", "estimate_id", "year", "measure", "yi", "vi", "sei", "report", "at")


def effects_table(results: Iterable[AnalysisResult]) -> list[EffectRow]:
    """One row an effect that enters an analysis, in the order of its rows.

    yi, vi and sei are on the analysis scale (log of ratios, Fisher's z, logit); estimate, ci.lb and ci.ub on
    the measure's own. Raw numbers stand under metafor's names where a record has them: ai, n1i, m1i, x1i ...
    Columns that are empty in every row are left out, but for those that name and give the effect. Correlated
    arms have the name of their comparison, under a model estimates that of their cluster, and in v1i, v2i ...
    their row of its covariance matrix, as metafor's data sets of several outcomes have it.
    """
    rows = [
        {**_row(result, each), **_covariances(unit, position)}
        for result in results
        for group in result.groups
        for unit in group.means
        for position, each in enumerate(unit.rows)
    ]
    used = {name for row in rows for name, value in row.items() if value is not None}
    names = dict.fromkeys((*COLUMNS, *(name for row in rows for name in row)))
    return [{name: row.get(name) for name in names if name in used or name in _KEPT} for row in rows]


def _covariances(unit: Unit, position: int) -> EffectRow:
    if not unit.of_arms:
        return {}
    row = {f"v{number}i": value for number, value in enumerate(unit.covariance[position].tolist(), start=1)}
    return {"cluster": unit.label, **row} if unit.label else {"comparison": unit.first.comparison, **row}


def _row(result: AnalysisResult, each: Chosen) -> EffectRow:
    found = each.candidate
    stratum, effect = found.stratum, found.estimate.effect
    assert effect is not None  # what was chosen has a number
    return {
        "analysis": result.analysis.id,
        "slab": result.label(found),
        "study": found.record.study,
        "estimate_id": found.estimate.id,
        "year": found.report.year,
        "outcome": found.record.outcome_of(found.estimate).name,
        "site": found.record.outcome_of(found.estimate).site,
        "sex": stratum.sex,
        "ancestry": stratum.ancestry,
        "age": stratum.age,
        "group": stratum.group,
        "measure": effect.measure,
        "yi": each.effect.yi,
        "vi": each.effect.sei**2,
        "sei": each.effect.sei,
        "estimate": analysis_scale(result.scale.measure).back(each.effect.yi),
        "ci.lb": each.effect.low,
        "ci.ub": each.effect.high,
        "ni": None if found.estimate.n is None else int(found.estimate.n),
        "sei_from": each.effect.sei_from,
        **_raw(effect),
        "report": found.estimate.where.report,
        "at": found.estimate.where.at,
    }


def _raw(effect: Effect) -> Mapping[str, Cell]:
    """The raw numbers of the groups; of medians none, as metafor has other forms for them."""
    if effect.group is not None:
        return _single(effect.group)
    if effect.groups is None or effect.groups[0].kind != effect.groups[1].kind:
        return {}
    first, second = effect.groups
    if first.kind == "counts":
        a, n1, c, n2 = (_count(number) for number in (first.events, first.n, second.events, second.n))
        return {"ai": a, "bi": n1 - a, "n1i": n1, "ci": c, "di": n2 - c, "n2i": n2}
    if first.kind == "rates":
        return {
            "x1i": _count(first.events),
            "t1i": _number(first.person_time),
            "x2i": _count(second.events),
            "t2i": _number(second.person_time),
        }
    if first.kind == "means" and first.sd is not None and second.sd is not None:
        return {
            "m1i": _number(first.mean),
            "sd1i": _number(first.sd),
            "n1i": _count(first.n),
            "m2i": _number(second.mean),
            "sd2i": _number(second.sd),
            "n2i": _count(second.n),
        }
    return {}


def _single(group: Group) -> Mapping[str, Cell]:
    if group.kind == "counts":
        return {"xi": _count(group.events), "ni": _count(group.n)}
    if group.kind == "rates":
        return {"xi": _count(group.events), "ti": _number(group.person_time)}
    if group.kind == "means" and group.sd is not None:
        return {"mi": _number(group.mean), "sdi": _number(group.sd), "ni": _count(group.n)}
    return {}


def _count(number: int | None) -> int:
    """A count that every group of its kind has."""
    assert number is not None
    return int(number)


def _number(printed: Printed | None) -> float | None:
    return None if printed is None else float(printed)
