"""Charts of millions of results: volcano, Q-Q and Manhattan; what coincides is drawn once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from scipy import special

from evidence.wording import counted, fixed, written
from synthesis.bulk.arrow_parts import arrow, numbers_of
from synthesis.bulk.gwas_columns import VARIANT_PLACE, chromosomes_of
from synthesis.bulk.many_tests import Column, bin_counts, bin_starts
from synthesis.bulk.whole_results import Assembled
from synthesis.drawing.chart import (
    Area,
    Arrows,
    Chart,
    ChartAxis,
    ChartCurve,
    Dots,
    Mark,
    Panel,
    ReferenceLine,
)
from synthesis.drawing.style import ACCENT, BAND_FILL, MUTED, NULL_LINE, STUDY_FILL, SUMMARY_FILL
from synthesis.pooling.kernel.effects import Array, Mask

GENOME_WIDE = 5e-8
"""The level of significance of genome-wide studies: Pe'er, Yelensky, Altshuler & Daly 2008."""

_LOG_P = "−log₁₀ p"
_CELLS = (720, 420)  # of the grid on which points coincide, about a third of a point each
_RADIUS = 1.1
_SAMPLE = 1_000_000  # values by which an axis is chosen
_EXACT = 2_000  # points of a Q-Q plot that stand for one p-value each
_SHARE = 5e-4  # of values beyond either end of an axis
_TIMES = 8.0  # how much higher an axis may be than what has to be seen on it
_LABEL = 0.042  # of the genome that the name of a chromosome takes
_LONG, X = 12, 23
_NAMES = {X: "X", 24: "Y", 25: "MT"}
_ROOM = 1.06  # times the height of the highest point
_LN10 = 2.302585092994046


def log_p(whole: Assembled) -> Column:
    """-log10 p of every row, where p itself is below what a double holds too; nan without p."""
    p_value, statistic, df = (whole.column(name) for name in ("p_value", "statistic", "df"))

    def of_part(p: Array, z: Array, degrees: Array) -> Array:
        with np.errstate(divide="ignore"):
            found = -np.log10(p)
        normal = np.isinf(degrees)
        found[normal] = -(special.log_ndtr(-np.abs(z[normal])) + np.log(2.0)) / _LN10
        return np.maximum(found, 0.0)

    return lambda: map(of_part, p_value(), statistic(), df())


@dataclass(frozen=True, eq=False)
class Spots:
    """Points of a panel, one a spot; over: where on the x axis points lie above the panel."""

    x: Array
    y: Array
    over: Array

    def marks(self, top: float, radius: float, colour: str, name: str = "") -> list[Mark]:
        """Dots, and triangles at the upper end for what lies above it."""
        found: list[Mark] = [Dots(self.x, self.y, radius, colour, colour, name=name)] if self.x.size else []
        if self.over.size:
            size = np.full(self.over.size, 2.0)
            height = np.full(self.over.size, 0.5 * (1.0 + _ROOM) * top)
            found.append(Arrows(self.over, height, size, "up", colour, colour))
        return found


def spots(
    points: Callable[[], Iterator[tuple[Array, Array]]],
    x_range: tuple[float, float],
    top: float,
) -> Spots:
    """The first point of each cell of a grid, from zero to `top`; points beyond stand at the nearer end."""
    low, high = x_range
    taken = np.zeros(_CELLS, dtype=bool)
    over, xs, ys = list[Any](), list[Array](), list[Array]()
    for x, y in points():
        known = ~(np.isnan(x) | np.isnan(y))
        x, y = np.clip(x[known], low, high), y[known]
        above = y > top
        across = _cells((x - low) / (high - low), _CELLS[0])
        over.append(np.unique(across[above]))
        x, y = x[~above], y[~above]
        cells, first = np.unique(across[~above] * _CELLS[1] + _cells(y / top, _CELLS[1]), return_index=True)
        new = ~taken.ravel()[cells]
        taken.ravel()[cells] = True
        xs.append(x[first[new]])
        ys.append(y[first[new]])
    beyond = low + (np.unique(np.concatenate(over)) + 0.5) / _CELLS[0] * (high - low)
    return Spots(np.concatenate(xs), np.concatenate(ys), beyond)


def _cells(shares: Array, count: int) -> Any:
    """Cells, of so many, in which shares of an axis lie, its end in the last."""
    return np.minimum((shares * count).astype(np.intp), count - 1)


def _range_of(column: Column, total: int, declared: Callable[[], Iterator[Mask]]) -> tuple[float, float, int]:
    """Ends between which nearly all values lie, and all that are declared; and how many are beyond them."""
    step = max(1, total // _SAMPLE)
    sample = np.concatenate([values[::step] for values in column()])
    sample = sample[np.isfinite(sample)]
    low, high = np.quantile(sample, [_SHARE, 1.0 - _SHARE]).tolist() if sample.size else (-1.0, 1.0)
    for some in map(np.extract, declared(), column()):
        low, high = some.min(initial=low), some.max(initial=high)
    room = 0.04 * (high - low) or 1.0
    low, high = low - room, high + room
    beyond = sum(int(((values < low) | (values > high)).sum()) for values in column())
    return low, high, beyond


def _top(column: Column, least: float) -> tuple[float, int]:
    """Up to where an axis of -log10 p shows points, `least` among them, and how many rows lie above."""
    largest = max(float(np.nanmax(values, initial=least)) for values in column())
    top = min(largest, _TIMES * least)
    return top, sum(int((values > top).sum()) for values in column())


def _height_axis(label: str, top: float) -> ChartAxis:
    """An axis with room for triangles above its points."""
    return ChartAxis(label, 0.0, _ROOM * top)


def _above_words(above: int) -> str:
    return f" {counted(above, 'row')} above the axis, drawn as triangles." if above else ""


def _found(whole: Assembled) -> tuple[Column | None, float]:
    """Adjusted p-values, and the height above which rows are discoveries; nan without either."""
    if "p_bh" not in whole.extras:
        return None, float("nan")
    adjusted = whole.column("p_bh")
    above = np.concatenate(list(map(np.extract, _declared(whole, adjusted), log_p(whole)())))
    return adjusted, float(above.min()) if above.size else float("nan")


def volcano(whole: Assembled, title: str) -> Chart:
    """Effects against -log10 p; rows that Benjamini and Hochberg's correction declares stand out."""
    height, estimate = log_p(whole), whole.column("estimate")
    adjusted, least = _found(whole)
    low, high, beyond = _range_of(estimate, sum(whole.sizes), lambda: _declared(whole, adjusted))
    corrected = float(-np.log10(0.05 / whole.tests))  # Bonferroni's, below which a discovery is seen
    top, above = _top(height, min(least, corrected) if isfinite(least) else corrected)

    def some(declared: bool) -> Callable[[], Iterator[tuple[Array, Array]]]:
        def of_part(x: Array, y: Array, chosen: Mask) -> tuple[Array, Array]:
            at = chosen == declared
            return x[at], y[at]

        return lambda: map(of_part, estimate(), height(), _declared(whole, adjusted))

    ends = (low, high), top
    marks: list[Mark] = [ReferenceLine("x", 0.0, NULL_LINE)]
    if isfinite(least):
        marks.append(ReferenceLine("y", least, ACCENT, "dashed", "false discovery rate of 5%"))
    marks += spots(some(False), *ends).marks(top, _RADIUS, NULL_LINE, "other rows")
    marks += spots(some(True), *ends).marks(top, _RADIUS, SUMMARY_FILL, "rows beyond it")
    found = sum(int(each.sum()) for each in _declared(whole, adjusted))
    says = f"{counted(whole.tests, 'row')} with a p-value; {counted(found, 'row')} at a false discovery rate "
    says += "below 5%"
    says += f", from {_LOG_P} = {written(least)} on." if isfinite(least) else "."
    if beyond:
        says += f" {counted(beyond, 'row')} beyond the horizontal axis stand at its ends."
    says += _above_words(above)
    return Chart(
        title=f"{title}: volcano plot",
        panels=((Panel(ChartAxis("Pooled effect", low, high), _height_axis(_LOG_P, top), tuple(marks)),),),
        description=f"Pooled effect of each row against minus the logarithm of its p-value. {says}",
        footnotes=(says,),
    )


def _declared(whole: Assembled, adjusted: Column | None) -> Iterator[Mask]:
    if adjusted is None:
        yield from (np.full(size, False) for size in whole.sizes)
    else:
        yield from (values <= 0.05 for values in adjusted())


def q_q(whole: Assembled, title: str) -> Chart:
    """Ordered -log10 p against those that no effect anywhere would give, with lambda."""
    heights = log_p(whole)
    total = whole.tests
    expected, observed = quantiles(heights, total)
    top_x = 1.04 * float(expected.max(initial=1.0))
    top_y, above = _top(heights, top_x)
    rank = np.unique(np.round(np.geomspace(1.0, total, 200)))
    at = -np.log10((rank - 0.5) / total)
    band = [-np.log10(special.betaincinv(rank, total + 1.0 - rank, share)) for share in (0.975, 0.025)]
    corners = np.concatenate([at, at[::-1]]), np.concatenate([band[0], band[1][::-1]])
    inflation = fixed(whole.inflation, 3)
    says = (
        f"{counted(total, 'p-value')}; λ = {inflation}, the median of z² over that of chi-squared on one "
        "degree of freedom. The band holds 95% of values at each place where rows are independent."
    ) + _above_words(above)
    points = spots(lambda: iter([(expected, observed)]), (0.0, top_x), top_y)
    diagonal = np.array([0.0, min(top_x, top_y)])
    marks: tuple[Mark, ...] = (
        Area(corners[0], np.minimum(corners[1], top_y), BAND_FILL, name="95% without any effect"),
        ChartCurve(diagonal, diagonal, MUTED, 0.9, "dashed"),
        *points.marks(top_y, 1.3, SUMMARY_FILL, f"rows, λ = {inflation}"),
    )
    return Chart(
        title=f"{title}: Q-Q plot",
        panels=(
            (
                Panel(
                    ChartAxis(f"Expected {_LOG_P}", 0.0, top_x),
                    _height_axis(f"Observed {_LOG_P}", top_y),
                    marks,
                ),
            ),
        ),
        description=f"Observed against expected minus logarithms of p. {says}",
        footnotes=(says,),
        aspect=0.8,
    )


def quantiles(heights: Column, total: int) -> tuple[Array, Array]:
    """Expected and observed -log10 p, falling: the highest one by one, the others a bin at a time."""
    counts = bin_counts(heights)
    above = np.cumsum(counts[::-1])[::-1]  # values in a bin and those above it
    exact = int((above > _EXACT).sum())
    (start,) = bin_starts(np.array([exact]))
    highest = -np.sort(-np.concatenate([values[values >= start] for values in heights()]))
    bins = np.flatnonzero(counts[:exact])[::-1]
    observed = np.concatenate([highest, bin_starts(bins)])
    ranks = np.concatenate([np.arange(1.0, highest.size + 1.0), above[bins] - 0.5 * counts[bins] + 0.5])
    expected = -np.log10((ranks - 0.5) / total)
    return expected, observed


def manhattan(whole: Assembled, title: str) -> Chart:
    """-log10 p along the genome, chromosome by chromosome, of rows that have VARIANT_PLACE.

    Raises ValueError for positions that are no numbers, and where no row has a place.
    """
    height = log_p(whole)
    lengths: dict[int, float] = {}
    for code, place in _places(whole):
        for each in np.unique(code).tolist():
            lengths[each] = max(lengths.get(each, 0.0), float(place[code == each].max()))
    lengths.pop(0, None)  # of variants whose place is not known
    if not lengths:
        raise ValueError(f"{VARIANT_PLACE[0]}: no row has one; expected 1 to 22, X, Y or MT")
    gap = 0.008 * sum(lengths.values())
    begins, start = {}, 0.0
    for each in sorted(lengths):
        begins[each] = start
        start += lengths[each] + gap
    line = float(-np.log10(GENOME_WIDE))
    end, (top, over) = start, _top(height, line)
    offset = np.full(max(lengths) + 1, np.nan)
    offset[list(begins)] = list(begins.values())

    def some(odd: bool) -> Callable[[], Iterator[tuple[Array, Array]]]:
        def of_part(found: tuple[Any, Array], y: Array) -> tuple[Array, Array]:
            code, place = found
            at = code % 2 == odd
            return offset[code[at]] + place[at], y[at]

        return lambda: map(of_part, _places(whole), height())

    marks: list[Mark] = [ReferenceLine("y", line, ACCENT, "dashed", "p = 5×10⁻⁸")]
    for odd, colour in ((True, SUMMARY_FILL), (False, STUDY_FILL)):
        marks += spots(some(odd), (-gap, end), top).marks(top, _RADIUS, colour)
    above = sum(int((y > line).sum()) for y in height())
    says = f"{counted(whole.tests, 'variant')}; {counted(above, 'variant')} with p below 5×10⁻⁸. "
    says += f"λ = {fixed(whole.inflation, 3)}."
    says += _above_words(over)
    middles = {each: begins[each] + 0.5 * lengths[each] for each in sorted(lengths)}
    ticks = tuple((at, _NAMES.get(each, str(each))) for each, at in _apart(middles, _LABEL * end).items())
    return Chart(
        title=f"{title}: Manhattan plot",
        panels=(
            (
                Panel(
                    ChartAxis("Chromosome", -gap, end, ticks=ticks), _height_axis(_LOG_P, top), tuple(marks)
                ),
            ),
        ),
        description=f"Minus logarithms of p along the genome. {says}",
        footnotes=(says,),
        aspect=0.42,
    )


def _apart(middles: dict[int, float], least: float) -> dict[int, float]:
    """Middles of chromosomes whose labels do not touch, in order; X is named before small autosomes are."""
    named: dict[int, float] = {}
    for each in sorted(
        middles, key=lambda code: (code > _LONG and code != X, code > _LONG and code % 2, code)
    ):
        if all(abs(middles[each] - at) >= least for at in named.values()):
            named[each] = middles[each]
    return dict(sorted(named.items()))


def _places(whole: Assembled) -> Iterator[tuple[Any, Array]]:
    """Chromosome, 0 for what is none, and position of every row, part by part."""
    pa = arrow()
    for number in range(len(whole.sizes)):
        chromosome, position = (whole.parts.of(number).results.column(name) for name in VARIANT_PLACE)
        try:
            yield chromosomes_of(chromosome), numbers_of(position.cast(pa.float64()))
        except pa.ArrowInvalid as error:
            raise ValueError(f"{VARIANT_PLACE[1]}: {error}; expected a position in each row") from error
