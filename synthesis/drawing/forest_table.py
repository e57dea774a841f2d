"""What a forest plot shows, as plain data: rows from top to bottom, and one axis.

Nothing here knows how results are computed or how figures are drawn, so importing it costs nothing.
Every number is on the scale that is printed: a risk ratio, not its logarithm. A number that is unknown
is ``None`` or NaN; it is then neither drawn nor printed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite, isnan
from statistics import median
from typing import Literal, TypeAlias

from evidence.wording import places

RATIO_DECIMALS = 2
LIGHTS = ("low", "some concerns", "high", "unclear")
"""What a light may say, as in judgements of the risk of bias."""

Number: TypeAlias = float | None
Scale: TypeAlias = Literal["linear", "log"]


@dataclass(frozen=True)
class GroupHeading:
    """The bold name of a subgroup; the rows below it are indented until white, a heading or the summary."""

    label: str


@dataclass(frozen=True)
class StudyRow:
    """One estimate: a square with area proportional to ``weight`` (percent) on its confidence interval.

    ``mark`` is set behind the label ("↻", "†"); a footnote should explain it.
    ``cells`` holds one string for each of the table's extra columns, or is empty. ``part`` is for an estimate
    that is a part of the study above: indented, with a small hollow square. ``fitted`` is what a model says
    of the study, estimate and limits: a grey diamond behind the square.
    """

    label: str
    estimate: Number
    low: Number
    high: Number
    weight: Number = None
    mark: str = ""
    cells: tuple[str, ...] = ()
    part: bool = False
    fitted: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class NotReportedRow:
    """A study that examined the effect without printing a number: its text stands where the number would.

    ``extents`` are the ranges of effects that the text allows, perhaps infinite, each a hollow bar.
    """

    label: str
    text: str
    mark: str = ""
    cells: tuple[str, ...] = ()
    extents: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class SummaryRow:
    """A pooled estimate, drawn as a diamond as wide as its confidence interval."""

    label: str
    estimate: Number
    low: Number
    high: Number
    weight: Number = None
    cells: tuple[str, ...] = ()
    level: Literal["overall", "subgroup"] = "overall"


@dataclass(frozen=True)
class PredictionRow:
    """The interval in which the effect of a new study is expected; a slim bar with end caps."""

    label: str
    low: Number
    high: Number


@dataclass(frozen=True)
class TextRow:
    """A line of small print among the rows, such as the heterogeneity of the studies above."""

    text: str


@dataclass(frozen=True)
class SpacerRow:
    """Half a row of white."""


Row: TypeAlias = GroupHeading | StudyRow | NotReportedRow | SummaryRow | PredictionRow | TextRow | SpacerRow
IntervalRow: TypeAlias = StudyRow | SummaryRow | PredictionRow


@dataclass(frozen=True)
class Axis:
    """The horizontal axis; ``left`` and ``right`` say what lies on either side of ``null``."""

    label: str
    scale: Scale = "linear"
    null: float | None = 0.0
    left: str = ""
    right: str = ""


@dataclass(frozen=True)
class ForestTable:
    """A whole forest plot.

    ``columns`` are the headers of extra text columns between the study and its effect; the cells of those
    that are ``lights`` hold a word of LIGHTS, or none, and are drawn as its light. ``decimals`` is the number
    of printed decimals (chosen from the widths of the intervals when None); ``footnotes`` stand below the
    axis.

    Raises ValueError, naming the row, where limits are in the wrong order, a summary lies outside its
    interval, a log axis meets a number that is not positive, a weight is negative or infinite, the
    number of cells is not that of ``columns``, or a light is not known.
    """

    title: str
    effect_header: str
    axis: Axis
    rows: tuple[Row, ...]
    subtitle: str | None = None
    columns: tuple[str, ...] = ()
    study_header: str = "Study"
    footnotes: tuple[str, ...] = ()
    decimals: int | None = None
    lights: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.axis.scale == "log" and self.axis.null is not None and self.axis.null <= 0:
            raise ValueError(
                f"axis: the null value of a log axis must be positive, not {self.axis.null}; a ratio's is 1"
            )
        for row in self.rows:
            _check_cells(row, len(self.columns))
            _check_lights(row, self.light_columns)
            _check_extents(row)
        for interval in self.intervals():
            _check_interval(interval, self.axis.scale)

    @property
    def light_columns(self) -> dict[int, str]:
        """Positions and headers of the columns of lights."""
        return {index: name for index, name in enumerate(self.columns) if name in self.lights}

    def intervals(self) -> Iterator[IntervalRow]:
        """The rows that carry an interval, in order."""
        for row in self.rows:
            if isinstance(row, StudyRow | SummaryRow | PredictionRow):
                yield row


def extents(table: ForestTable) -> Iterator[tuple[float, float]]:
    """The ranges that rows without a number allow."""
    for row in table.rows:
        if isinstance(row, NotReportedRow):
            yield from row.extents


def known(value: Number) -> float | None:
    """The value, or None if it is missing or NaN."""
    return None if value is None or isnan(value) else float(value)


def estimate_of(row: IntervalRow) -> float | None:
    """The point of a row if it is a finite number; a prediction interval has none."""
    value = None if isinstance(row, PredictionRow) else known(row.estimate)
    return value if value is not None and isfinite(value) else None


def limits_of(row: IntervalRow) -> tuple[float, float] | None:
    """Both limits of a row's interval, perhaps infinite, or None if either is unknown."""
    low, high = known(row.low), known(row.high)
    return None if low is None or high is None else (low, high)


def weight_of(row: Row) -> float | None:
    """The weight of a row in percent, or None."""
    return known(row.weight) if isinstance(row, StudyRow | SummaryRow) else None


def cells_of(row: Row) -> tuple[str, ...]:
    """The row's texts for the extra columns."""
    return row.cells if isinstance(row, StudyRow | NotReportedRow | SummaryRow) else ()


def _check_cells(row: Row, expected: int) -> None:
    cells = cells_of(row)
    if cells and len(cells) != expected:
        label = getattr(row, "label", "")
        raise ValueError(
            f"row '{label}' has {len(cells)} cells; expected {expected}, one for each extra column"
        )


def _check_lights(row: Row, columns: dict[int, str]) -> None:
    cells = cells_of(row)
    for index, header in columns.items() if cells else ():
        if cells[index] not in ("", *LIGHTS):
            label = getattr(row, "label", "")
            raise ValueError(
                f"row '{label}': {header} is '{cells[index]}'; expected {', '.join(LIGHTS)}, or nothing"
            )


def _check_extents(row: Row) -> None:
    for low, high in row.extents if isinstance(row, NotReportedRow) else ():
        if not low <= high:
            label = getattr(row, "label", "")
            raise ValueError(f"row '{label}': the range {low} to {high} is in the wrong order")


def _check_interval(row: IntervalRow, scale: Scale) -> None:
    limits, estimate, weight = limits_of(row), estimate_of(row), weight_of(row)
    if limits is not None and limits[0] > limits[1]:
        raise ValueError(
            f"row '{row.label}': the lower limit {limits[0]} is above the upper limit {limits[1]}"
        )
    if isinstance(row, SummaryRow) and limits is not None and estimate is not None:
        _check_inside(row.label, estimate, limits)
    if scale == "log":
        _check_positive(row, estimate, limits)
    if weight is not None and not 0 <= weight < float("inf"):
        raise ValueError(f"row '{row.label}': the weight {weight} is not a percentage; expected 0 or more")


def _check_inside(label: str, estimate: float, limits: tuple[float, float]) -> None:
    low, high = limits
    if not low <= estimate <= high:
        raise ValueError(f"row '{label}': the estimate {estimate} lies outside its interval [{low}, {high}]")


def _check_positive(row: IntervalRow, estimate: float | None, limits: tuple[float, float] | None) -> None:
    hint = "give ratios, not their logarithms, or use a linear axis"
    if estimate is not None and estimate <= 0:
        raise ValueError(f"row '{row.label}': the estimate {estimate} has no place on a log axis; {hint}")
    if limits is not None and limits[0] < 0:
        raise ValueError(f"row '{row.label}': the lower limit {limits[0]} has no place on a log axis; {hint}")


def decimals_for(table: ForestTable) -> int:
    """Two decimals for ratios; otherwise as many as show two digits of the middle interval's half-width.

    The studies' intervals decide, where there are any: those of few studies' summaries may be far wider.
    """
    if table.decimals is not None:
        return table.decimals
    if table.axis.scale == "log":
        return RATIO_DECIMALS
    points = [abs(point) for point in map(estimate_of, table.intervals()) if point]
    return max(0, min(8, places(median(_half_widths(table) or points or [1.0]), digits=2)))


def _half_widths(table: ForestTable) -> list[float]:
    rows = list(table.intervals())
    studies = [row for row in rows if isinstance(row, StudyRow) and limits_of(row) is not None]
    pairs = [limits_of(row) for row in studies or rows]
    widths = [(pair[1] - pair[0]) / 2 for pair in pairs if pair is not None]
    return [width for width in widths if isfinite(width) and width > 0]
