"""Risk of bias of a whole review: a light for each judgement of every study that its analyses show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from evidence.selection.selection import Candidate
from evidence.wording import counted
from synthesis.drawing.judged_table import JudgedTable
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.bias_judged import JudgedUnit, tools_of
from synthesis.review.bias_plots import judged_table


def lights_of_review(
    results: Sequence[AnalysisResult],
) -> Iterator[tuple[JudgedTable, tuple[str, ...]]]:
    """Of each known tool its lights, and of each row the study, in the order of the analyses.

    Results of a study that are judged apart are rows of their own, under the names of their estimates.
    Studies that no known tool judges are counted in a note and have no row.
    """
    found: dict[str, Candidate] = {}
    for result in results:
        for each in result.candidates:
            found.setdefault(each.name, each)
    judged = [each for each in found.values() if tools_of([each])]
    times = Counter(each.record.study for each in judged)
    units = [
        JudgedUnit(each.label if times[each.record.study] == 1 else _in_full(each), (each,), None)
        for each in judged
    ]
    others = len({each.record.study for each in found.values()} - set(times))
    tools = tools_of(judged)
    for tool in tools:
        by_it = [unit for unit in units if tool in tools_of(unit.candidates)]
        table, rows = judged_table(tool, tool.title, by_it)
        if others and tool == tools[-1]:
            says = f"{counted(others, 'study')} without a judgement by a known tool."
            table = replace(table, footnotes=(*table.footnotes, says))
        yield table, tuple(row.study for row in rows)


def _in_full(found: Candidate) -> str:
    return f"{found.label}, {found.name.partition('/')[2]}"
