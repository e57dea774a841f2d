"""The effects of the exposure on the outcomes, a table for each of the protocol's strata."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from evidence.wording import NOTHING, enumerate_words, p_number, p_text
from studies.nhanes.cohort import Cohort
from studies.nhanes.models import COLUMNS, Slope, slope_row, slopes
from studies.nhanes.protocol import Protocol, crossed, subgroup_label, subgroup_name
from studies.nhanes.recorded_estimates import ratio_of
from studies.nhanes.spelling import capital, one_unit, spelled_unit, unit_of
from studies.nhanes.tables.page import Sheet, SheetLine, ratio_with_interval, slope_decimals, with_interval
from studies.nhanes.tables.regression_notes import notes_of, step_of
from studies.survey import WaldTest

_FIRST = 2
_NOT_LINEAR = {"OR": "log OR", "PR": "log PR", "IRR": "log IRR"}


def regression_sheets(cohort: Cohort) -> Iterator[Sheet]:
    """A sheet for each of the protocol's strata, from Table 2 on."""
    found = tuple(slopes(cohort))
    protocol = cohort.protocol
    for number, stratum in enumerate(protocol.strata, start=_FIRST):
        names = [subgroup_name(classes) for classes in protocol.classes_of(stratum)]
        own = [slope for slope in found if slope.subgroup.name in names]
        yield _sheet(cohort, number, crossed(stratum), own)


def _sheet(cohort: Cohort, number: int, strata: tuple[str, ...], found: list[Slope]) -> Sheet:
    protocol = cohort.protocol
    exposure = protocol.variable(protocol.exposure)
    outcomes = enumerate_words(list(dict.fromkeys(map(protocol.outcome_label, protocol.outcomes))))
    by = f" by {enumerate_words([protocol.variable(name).label for name in strata])}" if strata else ""
    maker = _Lines(cohort, bool(strata))
    return Sheet(
        name=f"table-{number}",
        title=f"Table {number}. Association between {exposure.label} and {outcomes}{by}",
        columns=("", _persons_header(protocol), *(model.name for model in protocol.models)),
        lines=tuple(maker.lines(found)),
        notes=tuple(notes_of(cohort, strata, first=_FIRST if number > _FIRST else None)),
        data=_numbers(protocol, found),
    )


def _persons_header(protocol: Protocol) -> str:
    binary = {outcome.event is not None for outcome in protocol.outcomes.values()}
    if len(binary) == 2:
        return "n, or events / n"
    return "events / n" if True in binary else "n"


@dataclass
class _Row:
    """One line of the table: its name, who it is of and the cell of each model, by model."""

    name: str
    persons: dict[str, None]
    cells: dict[str, str]
    test: bool = False


@dataclass(frozen=True)
class _Lines:
    """The lines of one sheet; stratified: whether lines name subgroups."""

    cohort: Cohort
    stratified: bool

    def lines(self, found: list[Slope]) -> Iterator[SheetLine]:
        """Of each outcome and subgroup a line, or a heading and its classes, trends and tests."""
        protocol = self.cohort.protocol
        for outcome, of_outcome in groupby(found, lambda slope: slope.outcome):
            own = list(of_outcome)
            name = capital(_outcome(protocol, outcome))
            groups = [list(group) for _, group in groupby(own, lambda slope: slope.subgroup.name)]
            decimals = slope_decimals(slope.se for slope in own)
            rows = [self._rows(group, decimals) for group in groups]
            single = all(
                len(each) == 1 and group[0].form == "slope" for each, group in zip(rows, groups, strict=True)
            )
            if single and self.stratified:
                yield SheetLine((name,), heading=True)
            for group, each in zip(groups, rows, strict=True):
                label = capital(subgroup_label(protocol, group[0].subgroup.classes))
                if single:
                    yield self._line(f"  {label}" if self.stratified else name, each[0])
                    continue
                yield SheetLine((f"{name}: {label}" if self.stratified else name,), heading=True)
                for row in each:
                    yield self._line(f"  {row.name if row.test else capital(row.name)}", row)

    def _line(self, name: str, row: _Row) -> SheetLine:
        models = self.cohort.protocol.models
        cells = (row.cells.get(model.id, NOTHING) for model in models)
        return SheetLine((name, "; ".join(row.persons), *cells))

    def _rows(self, found: list[Slope], decimals: int) -> list[_Row]:
        """Of one outcome and subgroup; models that ask the same stand in one row."""
        withins = list(dict.fromkeys(slope.within for slope in found))
        withins.sort(key=lambda within: within is not None)
        rows: dict[tuple[object, ...], _Row] = {}
        for within in withins:
            for form in dict.fromkeys(slope.form for slope in found):
                of_form = [s for s in found if (s.within, s.form) == (within, form)]
                for exposed in self._exposed(of_form):
                    for slope in of_form:
                        self._enter(rows, slope, exposed, decimals)
        for slope in found:
            for what, test in slope.tests:
                row = rows.setdefault(("test", what), _Row(f"p, {what}", {}, {}, test=True))
                row.cells[slope.model.id] = _tested(test)
        return list(rows.values())

    def _exposed(self, of_form: list[Slope]) -> list[str]:
        """What is told of a form, in order: of classes all of them, their reference among them."""
        told = list(dict.fromkeys(slope.contrast.exposed for slope in of_form))
        if of_form and of_form[0].form == "classes":
            return list(self.cohort.protocol.variable(self.cohort.protocol.exposure).labels)
        return told

    def _enter(self, rows: dict[tuple[object, ...], _Row], slope: Slope, exposed: str, decimals: int) -> None:
        contrast = slope.contrast
        if exposed not in (contrast.exposed, contrast.reference if slope.form == "classes" else None):
            return
        reference = exposed != contrast.exposed
        key = (slope.within, slope.form, exposed)
        row = rows.setdefault(key, _Row(self._name(slope, exposed, reference), {}, {}))
        row.persons[_persons(slope, reference)] = None
        row.cells[slope.model.id] = "reference" if reference else self._cell(slope, decimals)

    def _name(self, slope: Slope, exposed: str, reference: bool) -> str:
        within = "" if slope.within is None else subgroup_label(self.cohort.protocol, (slope.within,))
        if slope.form == "slope":
            return within or f"per {step_of(self.cohort)}"
        if slope.form == "trend":
            variable = self.cohort.protocol.variable(self.cohort.protocol.exposure)
            ranks = self.cohort.protocol.exposed.trend == "ranks"
            name = f"trend, per {'class' if ranks else one_unit(variable.unit)}"
        elif slope.form == "spline":
            name = spelled_unit(f"{exposed} against {slope.contrast.reference}")
        else:
            name = f"{exposed} (reference)" if reference else exposed
        return f"{within}: {name}" if within else name

    def _cell(self, slope: Slope, decimals: int) -> str:
        numbers = slope.estimate, slope.ci_low, slope.ci_high
        if self.cohort.protocol.outcomes[slope.outcome].measured_by == "beta":
            return f"{with_interval(*numbers, decimals)}\n{p_text(slope.p)}"
        ratios = (number if math.isnan(number) else ratio_of(number) for number in numbers)
        return f"{ratio_with_interval(*ratios)}\n{p_text(slope.p)}"


def _persons(slope: Slope, reference: bool) -> str:
    """How many are in it, of classes those of the class; before them those with the event."""
    n, events = slope.n, slope.events
    if slope.counts is not None:
        n = slope.counts[reference]
        events = None if slope.class_events is None else slope.class_events[reference]
    return f"{n:,}" if events is None else f"{events:,} / {n:,}"


def _tested(test: WaldTest) -> str:
    return "not tested" if math.isnan(test.F) else p_number(test.p)


def _outcome(protocol: Protocol, key: str) -> str:
    """An outcome, with its unit and measure where not all outcomes have the same."""
    described = protocol.outcomes[key]
    said = [protocol.outcome_label(key)]
    units = {unit_of(protocol.variable(each.variable)) for each in protocol.outcomes.values()}
    if len(units) > 1 and described.measured_by == "beta":
        unit = unit_of(protocol.variable(described.variable))
        said += [f"({unit})"] if unit else []
    if len({each.measured_by for each in protocol.outcomes.values()}) > 1:
        said.append(f"[{'β' if described.measured_by == 'beta' else described.measured_by}]")
    return " ".join(said)


def _numbers(protocol: Protocol, found: list[Slope]) -> pd.DataFrame:
    """A row an estimate, its logarithm of ratios, and a row a joint test, for the CSV file."""
    more = ["measure", "n_exposed", "n_reference", "events", "events_exposed", "events_reference", "F", "df1"]
    rows: list[dict[str, object]] = []
    tests: dict[tuple[object, ...], dict[str, object]] = {}
    for slope in found:
        row = dict(zip(COLUMNS, slope_row(slope), strict=True))
        measure = protocol.outcomes[slope.outcome].measured_by
        exposed, reference = slope.counts or (None, None)
        with_event = slope.class_events or (None, None)
        told = (_NOT_LINEAR.get(measure, measure), exposed, reference, slope.events, *with_event)
        rows.append(row | dict(zip(more, told, strict=False)))
        where = {name: row[name] for name in ("outcome", "subgroup", "model")}
        for what, test in slope.tests:
            tests[*where.values(), what] = {
                **where, "form": f"test: {what}", "within": "", "exposed": "", "reference": "",
                "F": test.F, "df1": test.df1, "df": test.df2, "p": test.p,
            }  # fmt: skip
    table = pd.DataFrame([*rows, *tests.values()], columns=[*COLUMNS, *more])
    counts = ["n", *(name for name in more if name.startswith(("n_", "events"))), "df1"]
    return table.astype(dict.fromkeys(counts, "Int64")).dropna(axis=1, how="all")
