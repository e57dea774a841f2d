"""One analysis of the page: forest plot with what each row answers to, pooled values, questions."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from evidence.records.review import LoadedReview
from evidence.records.scales import analysis_scale
from evidence.selection.selection import Candidate, Contradicted
from evidence.wording import counted, fixed, percent
from synthesis.diagnostics.refits import without_each
from synthesis.drawing.forest_table import (
    ForestTable,
    GroupHeading,
    NotReportedRow,
    PredictionRow,
    Row,
    SpacerRow,
    StudyRow,
    SummaryRow,
)
from synthesis.paper.summary_table import persons
from synthesis.plots.summary_lines import heterogeneity_line
from synthesis.plots.words import in_symbols
from synthesis.pooling.result import PooledSummary
from synthesis.report.anchors import entry_anchor, made_anchor, pooled_anchor, row_anchors
from synthesis.report.does_it_hold import asked_of, curve_figure
from synthesis.report.other_data import OtherData, other_data
from synthesis.report.own_choices import own_choices, role_of
from synthesis.report.page_parts import (
    AnalysisSection,
    AskedOfResult,
    Fact,
    OwnChoices,
    PooledEntry,
    RowSource,
    ToldForest,
)
from synthesis.report.told_rows import told_forest
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.captions import effect_header, shown
from synthesis.review.dose_table import curve_heading, curve_summary_words
from synthesis.review.forest_table import forest_table
from synthesis.review.pooled_units import Unit
from synthesis.review.study_rows import unit_row

LEFT_OUT = "Left out: "
"""How the note begins that the page has as a section."""

LEAST_LEFT = 3
"""Studies of a pool of which one can be left out."""


def analysis_section(
    loaded: LoadedReview,
    result: AnalysisResult,
    decimals: int,
    contradicted: Contradicted,
    said: Collection[str] = (),
) -> AnalysisSection:
    """The section of one analysis. said: notes that stand elsewhere on the page."""
    table = forest_table(result)
    notes = (note for note in table.footnotes if note not in said and not note.startswith(LEFT_OUT))
    table = replace(table, footnotes=tuple(notes))
    entries, common = _said_of_all(tuple(_entries(result, decimals)))
    sources = row_sources(result, table, decimals)
    others = other_data(loaded, result, contradicted)
    whole = told_forest(table, sources, _other_rows(result, sources, others))
    forest = replace(whole, rows=tuple(row for row in whole.rows if not row.source.other))
    return AnalysisSection(
        anchor=result.analysis.id,
        title=result.analysis.title,
        lead=_lead(result),
        note=result.analysis.note or "",
        forest=forest,
        chart=curve_figure(result, decimals),
        entries=entries,
        common=common,
        own=_with_sets(own_choices(result), whole, others),
        asked=tuple(_unsaid(each, result) for each in asked_of(loaded, result, decimals, contradicted)),
    )


def _unsaid(asked: AskedOfResult, result: AnalysisResult) -> AskedOfResult:
    """A question without notes on the method, which stands with the pooled values."""
    if asked.forest is None:
        return asked
    methods = {fact.says for group in result.summarised for fact in _method(result, group)}
    methods |= {in_symbols(each.bayesian.method_sentence) for each in result.summarised if each.bayesian}
    notes = tuple(note for note in asked.forest.notes if in_symbols(note) not in methods)
    return replace(asked, forest=replace(asked.forest, notes=notes))


def _lead(result: AnalysisResult) -> str:
    """`3 estimates of 3 studies, 12,345 persons; 1 examined without a number.`"""
    studies = {each.record.study for each in result.candidates} - {
        each.record.study for each in result.selection.silent
    } | {each.candidate.record.study for each in result.selection.chosen}
    parts = [f"{counted(result.k, 'estimate')} of {counted(len(studies))}"]
    units = tuple(unit for group in result.groups for unit in group.units)
    n = persons(units) if units and not (result.sharing or result.is_modelled) else None
    parts += [counted(n, "person")] if n is not None else []
    lead = ", ".join(parts)
    silent = len(result.selection.silent)
    return lead + (f"; {counted(silent, 'estimate')} examined without a number" if silent else "")


# Rows that only other preferences of reports or adjustment have.


def _other_rows(
    result: AnalysisResult, sources: Sequence[RowSource], others: Sequence[OtherData]
) -> dict[int, list[tuple[StudyRow, RowSource]]]:
    """Estimates that none of the analysis has, below the last row of a study of their group."""
    shown = {unit.name for group in result.groups for unit in group.units}
    last = {source.group: place for place, source in enumerate(sources) if source.yi is not None}
    found: dict[int, list[tuple[StudyRow, RowSource]]] = {}
    for other in others:
        for group, units in enumerate(other.groups):
            for unit in units:
                if unit.name not in shown:
                    shown.add(unit.name)
                    source = RowSource(
                        anchor=_other_anchor(result, unit),
                        entry=entry_anchor(unit.first),
                        yi=unit.yi,
                        vi=unit.sei**2,
                        group=group,
                        other=True,
                    )
                    found.setdefault(last[group], []).append((unit_row(result, unit), source))
    return found


def _other_anchor(result: AnalysisResult, unit: Unit) -> str:
    return f"{result.analysis.id}/{unit.name}"


def _with_sets(own: OwnChoices | None, forest: ToldForest, others: Sequence[OtherData]) -> OwnChoices | None:
    if own is None or not others:
        return own
    poolable = [row for row in forest.rows if row.source.yi is not None]
    ordered = sorted(poolable, key=lambda row: row.source.other)
    places = {row.source.entry: place for place, row in enumerate(ordered)}
    sets = tuple(
        (
            other.key,
            other.words,
            tuple(places[entry_anchor(unit.first)] for units in other.groups for unit in units),
        )
        for other in others
    )
    return replace(own, others=tuple(row for row in ordered if row.source.other), sets=sets)


# What the rows of a forest plot answer to.


@dataclass(frozen=True)
class _Study:
    """A row of a study: an estimate, or the mean of several that are pooled as one."""

    found: Candidate | None
    anchor: str
    unit: Unit | None
    group: int
    name: str


def row_sources(result: AnalysisResult, table: ForestTable, decimals: int) -> tuple[RowSource, ...]:
    """One for each row of the table, which stand in the order in which the table was made."""
    studies = iter(list(_curve_rows(result) if result.dose is not None else _study_rows(result)))
    without = {} if result.dose is not None else _without(result, decimals)
    found: list[RowSource] = []
    anew, back = own_choices(result) is not None, analysis_scale(result.scale.measure).back
    for row, part in zip(table.rows, _parts(result, table.rows), strict=True):
        if isinstance(row, StudyRow | NotReportedRow):
            found.append(_of_study(next(studies), without))
            continue
        source = RowSource()
        if isinstance(row, SummaryRow | PredictionRow):
            anchor = pooled_anchor(result, part)
            first = all(each.anchor != anchor for each in found)
            source = RowSource(anchor=anchor if first else "", entry=made_anchor(anchor))
        if anew and part is not None:
            place = result.summarised.index(part)
            source = replace(source, group=place, role=role_of(row, part, back))
        found.append(source)
    left = next(studies, None)
    assert left is None, f"{result.analysis.id}: a row of {left} is not in its table"
    return tuple(found)


def _parts(result: AnalysisResult, rows: Sequence[Row]) -> Iterator[GroupResult | None]:
    """Which group each row belongs to: groups begin with their heading, all of them together with white."""
    place = -1 if result.grouped else 0
    for row, following in pairwise((*rows, None)):
        if result.dose is not None:
            yield None
            continue
        if isinstance(row, GroupHeading):
            place += 1
        elif isinstance(row, SpacerRow) and result.grouped and not isinstance(following, GroupHeading):
            place = len(result.groups)
        yield result.summarised[min(max(place, 0), len(result.summarised) - 1)]


def _of_study(each: _Study, without: Mapping[str, str]) -> RowSource:
    unit = each.unit
    return RowSource(
        anchor=each.anchor,
        entry="" if each.found is None else entry_anchor(each.found),
        yi=None if unit is None else unit.yi,
        vi=None if unit is None else unit.sei**2,
        group=each.group,
        without=without.get(each.name, ""),
    )


def _study_rows(result: AnalysisResult) -> Iterator[_Study]:
    """The rows of studies in the order of the forest plot: of several effects their mean, then each."""
    anchors = row_anchors(result)
    for place, group in enumerate(result.groups):
        pooled = None if group.model is not None else group
        for unit in group.means:
            held = unit if pooled is not None else None
            if not unit.of_arms:
                yield _Study(unit.first, anchors[unit.first.name], held, place, unit.name)
                continue
            by_first = f"{anchors[unit.first.name]}/mean"
            anchor = _other_anchor(result, unit) if unit.first.comparison is not None else by_first
            yield _Study(None, anchor, held, place, unit.name)
            for each in unit.rows:
                yield _Study(each.candidate, anchors[each.candidate.name], None, place, "")
        for found in group.silent:
            yield _Study(found, anchors[found.name], None, place, "")


def _curve_rows(result: AnalysisResult) -> Iterator[_Study]:
    assert result.dose is not None
    anchors = row_anchors(result)
    rows = [row for _, study in result.dose.studies for row in study.rows]
    rows += [row for _, row in result.dose.slopes]
    for found in (*(row.candidate for row in rows), *result.selection.silent):
        yield _Study(found, anchors[found.name], None, 0, "")


def _without(result: AnalysisResult, decimals: int) -> dict[str, str]:
    """What the summary would be without each estimate that is pooled, by its name, as text."""
    found: dict[str, str] = {}
    for group in result.summarised:
        if group.pooled is None or group.pooled.k < LEAST_LEFT:
            continue
        refits = without_each(group.pooled)
        for place, name in enumerate(refits.labels):
            numbers = (refits.estimate[place], refits.ci_low[place], refits.ci_high[place])
            estimate, low, high = (_written(result, float(value), decimals) for value in numbers)
            found[name] = f"{estimate} ({low} to {high})"
    return found


def _written(result: AnalysisResult, value: float, decimals: int) -> str:
    return shown(value, analysis_scale(result.scale.measure), decimals)


# What pooled values answer to.


def _entries(result: AnalysisResult, decimals: int) -> Iterator[PooledEntry]:
    if result.dose is not None:
        value, count = curve_summary_words(result, result.dose, decimals)
        fit = result.dose.fit
        facts = [Fact("Curve", curve_heading(result, result.dose)), Fact("Entered", count)]
        facts += [] if fit is None else [Fact("Method", in_symbols(fit.method_sentence))]
        yield PooledEntry(
            made_anchor(pooled_anchor(result, None)),
            result.analysis.title,
            value,
            tuple(facts),
            result.analysis.id,
        )
        return
    for group in result.summarised:
        if group.summary is None and group.bayesian is None:
            continue
        name = "overall" if group is result.overall else group.name
        yield PooledEntry(
            anchor=made_anchor(pooled_anchor(result, group)),
            title=f"{result.analysis.title}, {name}" if name else result.analysis.title,
            value=pooled_words(result, group, decimals),
            facts=tuple(_facts(result, group, decimals)),
            analysis=result.analysis.id,
        )


def _said_of_all(entries: tuple[PooledEntry, ...]) -> tuple[tuple[PooledEntry, ...], tuple[Fact, ...]]:
    """Several entries without the facts that all of them have, and these."""
    if len(entries) < 2:
        return entries, ()
    common = tuple(fact for fact in entries[0].facts if all(fact in each.facts for each in entries))
    return tuple(
        replace(each, facts=tuple(fact for fact in each.facts if fact not in common)) for each in entries
    ), common


def pooled_words(result: AnalysisResult, group: GroupResult, decimals: int) -> str:
    """`0.0031 (−0.0110 to 0.0172)`; empty where nothing is pooled."""
    found = group.summary
    if found is None:
        return ""
    ends = (found.estimate, found.ci_low, found.ci_high)
    estimate, low, high = (_written(result, value, decimals) for value in ends)
    return f"{estimate} ({low} to {high})"


def _facts(result: AnalysisResult, group: GroupResult, decimals: int) -> Iterator[Fact]:
    found, level = group.summary, percent(result.method.level.fraction)
    if found is not None:
        what = effect_header(result.scale, result.analysis.outcome.name)
        yield Fact("Number of", f"{what}, with its {level} confidence interval")
        yield Fact("Entered, with weights", _entered(result, group))
    yield from _method(result, group)
    if found is not None and not math.isnan(found.prediction_low):
        low, high = (_written(result, end, decimals) for end in (found.prediction_low, found.prediction_high))
        yield Fact("In a new study", f"{low} to {high} ({level} prediction interval)")
    if isinstance(found, PooledSummary) and found.k > 1:
        yield Fact("Heterogeneity", heterogeneity_line(found).removeprefix("Heterogeneity: "))
    if group.bayesian is not None:
        mu = group.bayesian.mu
        median, low, high = (_written(result, value, decimals) for value in (mu.median, mu.low, mu.high))
        yield Fact("Bayesian", f"{median} ({low} to {high}); {group.bayesian.tau_prior} prior of τ")


def _method(result: AnalysisResult, group: GroupResult) -> Iterator[Fact]:
    if group.model is not None and group.model.summary is not None:
        yield Fact("Method", in_symbols(group.model.summary.method_sentence))
    elif group.mean is not None and result.difference is not None:
        yield Fact("Method", in_symbols(result.difference.method_sentence))
    elif group.pooled is not None:
        single = group.pooled.k == 1
        words = "One study: its own number, nothing is pooled." if single else group.pooled.method_sentence
        yield Fact("Method", in_symbols(words))


def _entered(result: AnalysisResult, group: GroupResult) -> str:
    """What entered, with its weight in this summary: `CHS 2019 17.5 %, IMOS-4 2025 37.2 %`."""
    parts = [
        result.unit_label(unit) + ("" if math.isnan(weight) else f" {fixed(weight, 1)} %")
        for unit, weight in zip(group.units, _own_weights(result, group), strict=True)
    ]
    return "; ".join(parts)


def _own_weights(result: AnalysisResult, group: GroupResult) -> Sequence[float]:
    if group.pooled is not None:
        return [float(weight) for weight in group.pooled.weights]
    return result.weights_of(group)
