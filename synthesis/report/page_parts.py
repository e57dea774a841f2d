"""The report as data: sections, tables and figures, and of every number the entry that it answers to.

Nothing here knows HTML. An anchor names a place of the page, such as `hip-men/imos-4`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Literal, TypeAlias

from synthesis.paper.fits import ScriptParts
from synthesis.paper.manuscript import Passage
from synthesis.report.judged_parts import CertaintyShown, LightTable, ShareTable

RowKind: TypeAlias = Literal[
    "study", "part", "silent", "summary", "subgroup", "prediction", "heading", "text", "space"
]
Role: TypeAlias = Literal["", "pooled", "wald", "prediction", "heterogeneity", "test", "other"]
"""What a row below the studies is, where a page can pool these anew."""

Shape: TypeAlias = Literal["square", "hollow", "diamond", "open", "bar", "extent"]


@dataclass(frozen=True)
class Fact:
    """A name and what is said under it; to: the address of a page of others, or an anchor of this one."""

    name: str
    says: str
    to: str = ""


@dataclass(frozen=True)
class RowMarks:
    """What is drawn in a row, in thousandths of the panel from its left end.

    spans: an interval's ends, several of them of a row without a number; cut: whether it leaves the panel to
    the left and to the right. point: the estimate, None where it lies outside. side: of the square in pixels.
    """

    shape: Shape
    spans: tuple[tuple[int, int], ...]
    cut: tuple[bool, bool]
    point: int | None = None
    side: int = 0


@dataclass(frozen=True)
class RowSource:
    """What a row of a forest plot answers to.

    anchor: of the row itself; entry: of what is told of its number. yi, vi: on the analysis scale, of what is
    pooled; group: the position of its group, from 0, and of all of them together behind the last. other:
    whether it enters under another preference of reports or adjustment alone.
    """

    anchor: str = ""
    entry: str = ""
    yi: float | None = None
    vi: float | None = None
    group: int = 0
    without: str = ""
    role: Role = ""
    other: bool = False


@dataclass(frozen=True)
class ToldRow:
    """A row of a forest plot: its words, its marks, and its words for who cannot see them."""

    kind: RowKind
    label: str
    source: RowSource
    cells: tuple[str, ...] = ()
    estimate: str = ""
    interval: str = ""
    weight: str = ""
    note: str = ""
    spoken: str = ""
    marks: RowMarks | None = None
    indent: bool = False


@dataclass(frozen=True)
class PlotAxis:
    """The axis below a panel; places in thousandths of its width. ends: limits on the scale shown."""

    label: str
    scale: Literal["linear", "log"]
    ends: tuple[float, float]
    ticks: tuple[tuple[int, str], ...]
    null: int | None
    lower: str
    higher: str

    @property
    def shows_null(self) -> bool:
        """Whether no effect lies inside the panel."""
        return self.null is not None and 0 <= self.null <= 1000


@dataclass(frozen=True)
class ToldForest:
    """A forest plot as a table whose last column is drawn."""

    title: str
    headers: tuple[str, ...]
    estimate_header: str
    interval_header: str
    rows: tuple[ToldRow, ...]
    axis: PlotAxis | None
    decimals: int
    has_weights: bool
    notes: tuple[str, ...] = ()

    @property
    def body(self) -> tuple[ToldRow, ...]:
        """The rows down to the last that is drawn, below which the axis stands."""
        drawn = [place for place, row in enumerate(self.rows, start=1) if row.marks is not None]
        return self.rows[: max(drawn, default=len(self.rows))]

    @property
    def below(self) -> tuple[ToldRow, ...]:
        """Lines of small print below the axis."""
        return tuple(row for row in self.rows[len(self.body) :] if row.label)


@dataclass(frozen=True)
class TableCell:
    """A cell; to: the anchor that its number answers to, if any."""

    text: str
    to: str = ""


@dataclass(frozen=True)
class ShownTable:
    """Rows of cells under headings; numeric: which columns stand to the right."""

    name: str
    title: str
    heads: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShownChart:
    """A chart as drawn, with its text alternative, its notes, and the numbers behind it.

    svg: made here from numbers and escaped texts alone.
    """

    svg: str
    description: str
    notes: tuple[str, ...]
    behind: ShownTable | None = None


@dataclass(frozen=True)
class AskedOfResult:
    """A question to a result, and what answers it: in short, in words, as a forest plot or a chart."""

    anchor: str
    question: str
    short: str = ""
    says: tuple[str, ...] = ()
    forest: ToldForest | None = None
    chart: ShownChart | None = None


@dataclass(frozen=True)
class PooledEntry:
    """What a pooled value answers to: how it was made, of what, and how to make it again."""

    anchor: str
    title: str
    value: str
    facts: tuple[Fact, ...]
    analysis: str


@dataclass(frozen=True)
class OwnChoices:
    """How the review itself pools an analysis whose studies a reader can take out.

    level: a fraction. back: the name of the analysis scale. whole: the position of all groups together, None
    where there is one group or they are not pooled together. parts: whether rows stand below others.
    others: rows that enter under another preference of reports or adjustment alone; sets: these preferences,
    each with its key, its words, and the positions of its rows, others behind those of the forest plot.
    """

    estimator: str
    test: str
    level: float
    prediction: str
    back: str
    whole: int | None
    parts: bool
    others: tuple[ToldRow, ...] = ()
    sets: tuple[tuple[str, str, tuple[int, ...]], ...] = ()


@dataclass(frozen=True)
class AnalysisSection:
    """One analysis of the review.

    common: facts of all its pooled values where there are several. own: None where the page cannot pool its
    studies exactly.
    """

    anchor: str
    title: str
    lead: str
    note: str
    forest: ToldForest
    chart: ShownChart | None
    entries: tuple[PooledEntry, ...]
    common: tuple[Fact, ...]
    asked: tuple[AskedOfResult, ...]
    own: OwnChoices | None = None


@dataclass(frozen=True)
class Refusal:
    """An analysis of which nothing could be made, and why."""

    title: str
    reason: str


@dataclass(frozen=True)
class FindingShown:
    """A finding of the audit; severity is told in words, beside its colour."""

    severity: str
    says: str
    hint: str
    rule: str
    file: str
    line: int
    to: str


@dataclass(frozen=True)
class EstimateEntry:
    """What an estimate answers to.

    of: what it is a number of; title: whose, among those. report, model: the names that its record has for
    these. steps: from what is printed to what is pooled; enters: anchors of its rows with their titles;
    outside: in what it is not pooled, and why.
    """

    anchor: str
    of: str
    title: str
    at: str
    quote: str
    printed: str
    steps: tuple[Fact, ...]
    enters: tuple[Fact, ...]
    outside: tuple[Fact, ...]
    readings: tuple[str, ...]
    note: str
    report: str
    model: str

    @property
    def fate(self) -> tuple[object, ...]:
        """All that is told of what became of it."""
        return self.steps, self.enters, self.outside, self.readings, self.note


@dataclass(frozen=True)
class RecordShown:
    """A study's record: reports, models, who read it, and each of its estimates.

    main_report, main_model: the names of those that most estimates are from.
    """

    anchor: str
    title: str
    facts: tuple[Fact, ...]
    reports: tuple[tuple[str, Fact], ...]
    models: tuple[tuple[str, Fact], ...]
    reading: tuple[str, ...]
    estimates: tuple[EstimateEntry, ...]
    main_report: str
    main_model: str

    @property
    def blocks(self) -> tuple[tuple[str, tuple[tuple[EstimateEntry, int], ...]], ...]:
        """Estimates by what they are numbers of, each with how many rows its fate stands beside.

        The fate of several in a row is told once, beside the first: of the others the count is 0.
        """
        ordered = sorted(self.estimates, key=lambda each: each.of.casefold())
        return tuple((of, _with_spans(tuple(same))) for of, same in groupby(ordered, lambda each: each.of))


def _with_spans(entries: tuple[EstimateEntry, ...]) -> tuple[tuple[EstimateEntry, int], ...]:
    """Those of one fate beside each other, each fate where the first of its estimates stands."""
    fates: dict[tuple[object, ...], list[EstimateEntry]] = {}
    for each in entries:
        fates.setdefault(each.fate, []).append(each)
    return tuple(
        (each, 0 if place else len(same)) for same in fates.values() for place, each in enumerate(same)
    )


@dataclass(frozen=True)
class ScriptShown:
    """The script that makes every pooled number again; why: in place of one that there is not."""

    language: str
    ending: str
    parts: ScriptParts
    why: str


@dataclass(frozen=True)
class Since:
    """What moved since the last release: sentences, the results that did, and what deserves a look."""

    says: tuple[str, ...]
    moved: ShownTable | None = None
    signals: tuple[str, ...] = ()


@dataclass(frozen=True)
class FlowOfRecords:
    """From searches to studies: sentences, the diagram with its numbers, and the log of searches."""

    says: tuple[str, ...]
    chart: ShownChart | None = None
    log: ShownTable | None = None


@dataclass(frozen=True)
class ReportPage:
    """The whole report.

    methods: how all results were made; reading: what the answers to questions mean; cited: keys of the
    references, in their order.
    """

    title: str
    name: str
    question: tuple[Fact, ...]
    current: tuple[Fact, ...]
    since: Since
    findings: tuple[ToldForest, ...]
    certainty: CertaintyShown
    methods: tuple[str, ...]
    analyses: tuple[AnalysisSection, ...]
    reading: tuple[Fact, ...]
    refused: tuple[Refusal, ...]
    regenerated: ShownTable | None
    tables: tuple[ShownTable, ...]
    lights: tuple[LightTable, ...]
    shares: tuple[ShareTable, ...]
    flow: FlowOfRecords
    accounting: tuple[Fact, ...]
    audit: tuple[FindingShown, ...]
    passages: tuple[Passage, ...]
    references: tuple[str, ...]
    cited: tuple[str, ...]
    records: tuple[RecordShown, ...]
    scripts: tuple[ScriptShown, ...]

    @property
    def nulls(self) -> tuple[int, ...]:
        """Where no effect stands in the forest plots, in thousandths of their panels, each place once."""
        forests = (*self.findings, *(each.forest for each in self.analyses))
        axes = [each.axis for each in forests if each.axis is not None]
        found = {axis.null for axis in axes if axis.null is not None and axis.shows_null}
        return tuple(sorted(found))
