"""How much of each analysis has which judgement, on the page: the bars of `plot risk-of-bias`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import accumulate

from synthesis.drawing.judged_table import JudgedBar, JudgedBars, JudgedShare
from synthesis.paper.paper_table import Reported
from synthesis.plots.subject import NotDefinedError
from synthesis.report.judged_parts import ShareRow, ShareTable, ShownShare
from synthesis.report.lights_shown import shown_light
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.bias_judged import tools_of
from synthesis.review.bias_plots import bias_bars


def shares_shown(material: Reported, said: Collection[str]) -> tuple[ShareTable, ...]:
    """Of every analysis that a known tool judges, by tool and group; said: notes that the lights have."""
    return tuple(
        table
        for result in material.results
        if tools_of(result.candidates)
        for table in _of_analysis(result, said)
    )


def _of_analysis(result: AnalysisResult, said: Collection[str]) -> Iterator[ShareTable]:
    try:
        every = bias_bars(result)
    except NotDefinedError as reason:
        yield ShareTable(f"{result.analysis.title}: risk of bias", (), (), (), (str(reason),))
        return
    for _, bars in every:
        yield _told(bars, said)


def _told(bars: JudgedBars, said: Collection[str]) -> ShareTable:
    key = (shown_light(light) for light in bars.key)
    return ShareTable(
        title=bars.title,
        countings=bars.countings,
        rows=tuple(ShareRow(_name(each), tuple(map(_parts, each.bars))) for each in bars.domains),
        key=tuple(light for light in key if light.look != "number"),
        notes=tuple(note for note in bars.footnotes if note not in said),
    )


def _name(domain: JudgedBar) -> str:
    return f"{domain.group}: {domain.name}" if domain.group else domain.name


def _parts(bar: tuple[JudgedShare, ...]) -> tuple[ShownShare, ...]:
    starts = accumulate((100.0 * each.share for each in bar), initial=0.0)
    return tuple(_part(each, start) for each, start in zip(bar, starts, strict=False))


def _part(each: JudgedShare, start: float) -> ShownShare:
    """Shades of stars have no look of their own: there are as many as a tool has stars."""
    light = shown_light(each.light)
    own = light.look == "number" and bool(light.sign)
    fill, ink = (each.light.fill, each.light.ink) if own else ("", "")
    return ShownShare(light, start, 100.0 * each.share, each.per_cent, fill, ink)
