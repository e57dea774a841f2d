"""What else is asked of a result: without each study, under other choices, roundings and priors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from evidence.records.review import LoadedReview
from evidence.records.scales import analysis_scale
from evidence.selection.selection import Contradicted
from evidence.wording import counted, fixed, format_number, format_ratio, number, p_text, percent
from synthesis.diagnostics.asymmetry import rank_test
from synthesis.diagnostics.multiverse import Multiverse, multiverse
from synthesis.diagnostics.rounding import Rounding
from synthesis.drawing.chart import Chart, Plot
from synthesis.drawing.forest_table import Axis, ForestTable, GroupHeading, Row, StudyRow, estimate_of
from synthesis.plots.funnel import ENOUGH, funnel_plot
from synthesis.plots.refits import leave_one_out_plot
from synthesis.plots.subject import NotDefinedError, Subject
from synthesis.plots.words import in_symbols
from synthesis.posterior.posterior_plots import SENSITIVITY
from synthesis.report.drawn_charts import shown_chart
from synthesis.report.page_parts import (
    AnalysisSection,
    AskedOfResult,
    Fact,
    ShownChart,
    ShownTable,
    TableCell,
    ToldForest,
)
from synthesis.report.told_rows import told_forest
from synthesis.review.alternatives import group_rounding
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.bayesian_plots import bayesian_plot
from synthesis.review.captions import shown
from synthesis.review.curve_choices import multiverse_of_curve
from synthesis.review.curve_refits import curve_without_each
from synthesis.review.dose_table import curve_chart
from synthesis.review.model_plots import RHO, model_plot
from synthesis.review.plot_subjects import ReviewSubject, subjects_of

MOST_REFITS = 60
"""Studies up to which each refit has a row; of more the farthest have one."""

_FARTHEST = 20

WITHOUT_EACH = "Without each study"
OTHER_CHOICES = "Under other defensible choices"
PRIOR = "Under other priors of τ"
CORRELATION = "Under other correlations of errors"
ROUNDING = "If printed digits are rounded the other way"
SMALL_STUDIES = "Do small studies differ from large ones?"


@dataclass(frozen=True)
class _Place:
    """The analysis, and the words for one of its groups behind a question."""

    result: AnalysisResult
    decimals: int
    group: str = ""

    def anchor(self, what: str) -> str:
        return "/".join(part for part in (self.result.analysis.id, what, self.group) if part)

    def question(self, words: str) -> str:
        return f"{words}: {self.group}" if self.group else words

    def asked(
        self, what: str, words: str, draw: Callable[[], Plot], behind: Callable[[], ShownTable] | None = None
    ) -> Iterator[AskedOfResult]:
        """The plot; nothing where it does not exist for this result. behind: the numbers of a chart."""
        try:
            found = draw()
        except NotDefinedError:
            return
        anchor, question = self.anchor(what), self.question(words)
        if isinstance(found, Chart):
            table = None if behind is None else behind()
            yield AskedOfResult(anchor, question, chart=shown_chart(found, table))
        else:
            yield AskedOfResult(anchor, question, self.range_of(found), forest=self.told(found))

    def told(self, table: ForestTable) -> ToldForest:
        """In the decimals of the analysis; of very many refits the farthest."""
        return told_forest(replace(_readable(table), decimals=self.decimals))

    def range_of(self, table: ForestTable) -> str:
        """From the lowest estimate of the rows to the highest."""
        rows = (row for row in table.rows if isinstance(row, StudyRow))
        known = [estimate for row in rows if (estimate := estimate_of(row)) is not None]
        write = format_ratio if table.axis.scale == "log" else format_number
        ends = dict.fromkeys(write(end, self.decimals) for end in (min(known), max(known))) if known else ()
        return f"estimates from {' to '.join(ends)}" if len(ends) == 2 else ""


def asked_of(
    loaded: LoadedReview, result: AnalysisResult, decimals: int, contradicted: Contradicted
) -> tuple[AskedOfResult, ...]:
    """The questions that this result can answer, in the order in which a reader would ask them."""
    place = _Place(result, decimals)
    if result.dose is not None:
        return (
            *place.asked("without", WITHOUT_EACH, partial(curve_without_each, result)),
            *place.asked(
                "choices", OTHER_CHOICES, partial(multiverse_of_curve, loaded, result, contradicted)
            ),
        )
    if result.is_modelled:
        return tuple(_of_models(result, place))
    return (*_of_subjects(loaded, result, place, contradicted), *_of_groups(result, place))


def _of_models(result: AnalysisResult, place: _Place) -> Iterator[AskedOfResult]:
    for group in result.groups if result.overall is None else (result.overall,):
        here = replace(place, group=group.name or "")
        yield from here.asked("without", WITHOUT_EACH, partial(model_plot, "leave-one-out", result, group))
        yield from here.asked("choices", OTHER_CHOICES, partial(model_plot, "multiverse", result, group))
        over_rho = partial(_rho_table, here, group)
        yield from here.asked("rho", CORRELATION, partial(model_plot, RHO, result, group), over_rho)
        if group.model is not None and len(group.units) >= ENOUGH:
            funnel, effects = partial(model_plot, "funnel", result, group), partial(_units_table, here, group)
            yield from here.asked("small", SMALL_STUDIES, funnel, effects)


def _of_subjects(
    loaded: LoadedReview, result: AnalysisResult, place: _Place, contradicted: Contradicted
) -> Iterator[AskedOfResult]:
    groups = {group.name: group for group in result.summarised}
    for found in subjects_of(result, loaded, contradicted):
        here = replace(place, group=found.suffix)
        yield from here.asked("without", WITHOUT_EACH, partial(leave_one_out_plot, found.subject))
        yield from _multiverse(here, found)
        yield from _rounding(here, groups[found.group])
        yield from _small_studies(here, found)


def _of_groups(result: AnalysisResult, place: _Place) -> Iterator[AskedOfResult]:
    """The posteriors of all groups under other priors, in one table under their names."""
    tables: list[tuple[str, ForestTable]] = []
    for group in result.groups:
        try:
            found = bayesian_plot(SENSITIVITY, result, group)
        except NotDefinedError:
            continue
        if isinstance(found, ForestTable):
            tables.append((group.name or "", found))
    if tables:
        whole = _under_names(tables)
        yield AskedOfResult(place.anchor("prior"), PRIOR, place.range_of(whole), forest=place.told(whole))


def _under_names(tables: Sequence[tuple[str, ForestTable]]) -> ForestTable:
    """Tables of groups below one another, each under its name."""
    rows = tuple(
        row for name, table in tables for row in (*([GroupHeading(name)] if name else []), *table.rows)
    )
    notes = dict.fromkeys(note for _, table in tables for note in table.footnotes)
    return replace(tables[0][1], rows=rows, footnotes=tuple(notes))


def _readable(table: ForestTable) -> ForestTable:
    """The table; of very many refits the farthest from the whole result, with a note that says so."""
    rows = [row for row in table.rows if isinstance(row, StudyRow)]
    if len(rows) <= MOST_REFITS:
        return table
    known = [(row, estimate) for row in rows if (estimate := estimate_of(row)) is not None]
    middle = float(np.median([estimate for _, estimate in known] or [0.0]))
    by_distance = sorted(known, key=lambda pair: -abs(pair[1] - middle))
    kept = {id(row) for row, _ in by_distance[:_FARTHEST]}
    left = tuple(row for row in table.rows if not isinstance(row, StudyRow) or id(row) in kept)
    note = f"Of {counted(len(rows), 'row')} the {_FARTHEST} farthest from their middle are shown."
    return replace(table, rows=left, footnotes=(note, *table.footnotes))


def _multiverse(place: _Place, found: ReviewSubject) -> Iterator[AskedOfResult]:
    """Of each option of each choice the middle and the range of its results; one row of all of them."""
    subject = found.subject
    if subject.pooled.k < 2:
        return
    alternatives, choices = found.alternatives()
    every = multiverse(subject.pooled, alternatives, choices, null=subject.pooled_null)
    effects = every.estimate[every.defined]
    if not effects.size:
        return
    low, high = _written(place, effects.min()), _written(place, effects.max())
    yield AskedOfResult(
        place.anchor("choices"),
        place.question(OTHER_CHOICES),
        f"{effects.size:,} specifications, estimates from {low} to {high}; the interval leaves out no effect "
        f"in {int(every.excludes_null.sum()):,}",
        forest=told_forest(_options(place, subject, every)),
    )


def _options(place: _Place, subject: Subject, found: Multiverse) -> ForestTable:
    columns = found.table()
    rows: list[Row] = []
    before = ""
    for at, choice in enumerate(columns["choice"]):
        several = columns["choice"].count(choice) > 1
        if several and choice != before:
            rows.append(GroupHeading(choice.capitalize()))
            before = choice
        if several and columns["n"][at]:
            numbers = (columns[name][at] for name in ("median", "lowest", "highest"))
            middle, low, high = (float(value) for value in subject.shown(np.array([*numbers])))
            share = f"{fixed(100 * columns['excludes_null'][at], 0)} %"
            rows.append(
                StudyRow(columns["option"][at], middle, low, high, cells=(str(columns["n"][at]), share))
            )
    return ForestTable(
        title=subject.title,
        effect_header="Median [lowest to highest]",
        axis=Axis(
            subject.effect, "log" if subject.log else "linear", subject.null, subject.lower, subject.higher
        ),
        rows=tuple(rows),
        columns=("Results", "Leave out no effect"),
        study_header="Option",
        decimals=place.decimals,
        footnotes=(in_symbols(found.says), *found.skipped),
    )


def _written(place: _Place, value: float) -> str:
    return shown(float(value), analysis_scale(place.result.scale.measure), place.decimals)


def _rounding(place: _Place, group: GroupResult) -> Iterator[AskedOfResult]:
    found = group_rounding(group)
    if found is None:
        return
    low, high = (_written(place, end) for end in found.estimate)
    short = f"estimate {low} to {high}" if low != high else f"estimate {low} all the same"
    yield AskedOfResult(
        place.anchor("rounding"), place.question(ROUNDING), short, tuple(_drawn(place, found))
    )


def _drawn(place: _Place, found: Rounding) -> Iterator[str]:
    """What the draws gave: the middle 95 % of estimate and limits, and how often the answer turns."""
    pairs = [
        f"{name} {_written(place, ends[0])} to {_written(place, ends[1])}"
        for name, ends in (
            ("estimate", found.estimate),
            ("lower limit", found.ci_low),
            ("upper limit", found.ci_high),
        )
    ]
    yield (
        f"Every printed number drawn {found.draws:,} times inside its rounding interval, and pooled: "
        f"{', '.join(pairs)} (95 % of draws)."
    )
    turned = fixed(100 * found.flips, 1 if found.flips else 0)
    yield f"In {turned} % of draws the interval lies otherwise to no effect."
    yield found.says


def _small_studies(place: _Place, found: ReviewSubject) -> Iterator[AskedOfResult]:
    subject, anchor = found.subject, place.anchor("small")
    question = place.question(SMALL_STUDIES)
    if subject.pooled.k < ENOUGH:
        if subject.pooled.k > 1:
            says = (
                f"With {subject.counted(subject.pooled.k)} neither a funnel plot nor a test can tell; both "
                f"are shown from {ENOUGH} on (Sterne et al. 2011)."
            )
            short = f"{subject.counted(subject.pooled.k)} cannot tell"
            yield AskedOfResult(anchor, question, short, (says,))
        return
    ranks = rank_test(subject.pooled)
    pooled = subject.pooled
    sei = np.sqrt(pooled.vi).tolist()
    behind = _effects_table(place, zip(subject.names, pooled.yi.tolist(), sei, strict=True))
    chart = shown_chart(funnel_plot(subject), behind)
    test = f"Rank test: Kendall's tau {format_number(ranks.tau, 2)}, {p_text(ranks.p_value)}"
    yield AskedOfResult(anchor, question, test, (ranks.says,), chart=chart)


def _effects_table(place: _Place, effects: Iterable[tuple[str, float, float]]) -> ShownTable:
    """What a funnel plot shows: each effect with its standard error on the analysis scale."""
    rows = ((name, _written(place, yi), number(sei)) for name, yi, sei in effects)
    return _numbers("Effects and standard errors", ("Study", "Effect", "SE"), rows)


def _units_table(place: _Place, group: GroupResult) -> ShownTable:
    units = ((place.result.unit_label(unit), unit.yi, unit.sei) for unit in group.units)
    return _effects_table(place, units)


def _rho_table(place: _Place, group: GroupResult) -> ShownTable:
    """The summary at each correlation of errors."""
    curve = None if group.model is None else group.model.curve
    assert curve is not None, "there is a chart of it"
    ends = (curve.estimate[:, 0], curve.ci_low[:, 0], curve.ci_high[:, 0])
    rows = (
        (f"{rho:g}", *(_written(place, float(end[at])) for end in ends)) for at, rho in enumerate(curve.rho)
    )
    return _numbers("Results at each correlation", ("Correlation", "Estimate", *_ends(curve.level)), rows)


def _ends(level: float) -> tuple[str, str]:
    return f"{percent(level)} CI, lower", "upper"


def _numbers(title: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> ShownTable:
    """A table of which all columns but the first are numbers."""
    cells = tuple(tuple(map(TableCell, row)) for row in rows)
    return ShownTable("", title, heads, (False, *[True] * (len(heads) - 1)), cells)


def said_once(analyses: Sequence[AnalysisSection]) -> tuple[tuple[AnalysisSection, ...], tuple[Fact, ...]]:
    """The analyses without the notes that questions of several of them have, and these by their question.

    A note with a number is about one result, whatever other results have the same.
    """
    times: Counter[tuple[str, str]] = Counter()
    for section in analyses:
        times.update({(_bare(each), note) for each in section.asked for note in _notes(each)})
    often = {key for key, n in times.items() if n > 1 and not any(map(str.isdigit, key[1]))}
    kept = tuple(
        replace(section, asked=tuple(_without_notes(each, often) for each in section.asked))
        for section in analyses
    )
    return kept, tuple(Fact(question, note) for question, note in times if (question, note) in often)


def _bare(asked: AskedOfResult) -> str:
    """The question without the group that it is about."""
    return asked.question.partition(": ")[0]


def _notes(asked: AskedOfResult) -> tuple[str, ...]:
    return asked.says + (() if asked.forest is None else asked.forest.notes)


def _without_notes(asked: AskedOfResult, often: Collection[tuple[str, str]]) -> AskedOfResult:
    def kept(notes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(note for note in notes if (_bare(asked), note) not in often)

    forest = None if asked.forest is None else replace(asked.forest, notes=kept(asked.forest.notes))
    return replace(asked, says=kept(asked.says), forest=forest)


def curve_figure(result: AnalysisResult, decimals: int) -> ShownChart | None:
    """The curve of a dose-response analysis, effects of some doses behind it; None without a fit."""
    if result.dose is None or result.dose.fit is None:
        return None
    place, told, unit = _Place(result, decimals), result.dose.told, result.dose.choice.unit
    rows = (
        (
            number(dose),
            *(_written(place, float(end[at])) for end in (told.estimate, told.ci_low, told.ci_high)),
        )
        for at, dose in enumerate(result.dose.at)
    )
    heads = (
        f"Dose ({unit})",
        f"Against {number(result.dose.reference)}",
        *_ends(result.method.level.fraction),
    )
    return shown_chart(curve_chart(result), _numbers("Effects of doses", heads, rows))
