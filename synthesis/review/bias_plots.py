"""Risk of bias of an analysis as figures: a light for each domain of each study, and bars of their shares."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from evidence.records.risk_of_bias import OVERALL, BiasDomain, JudgementWord, Tool
from evidence.selection.selection import Candidate
from evidence.wording import counted, enumerate_words
from synthesis.drawing.judged_table import (
    AnyJudged,
    JudgedBar,
    JudgedBars,
    JudgedColumn,
    JudgedRow,
    JudgedShare,
    JudgedTable,
    Light,
)
from synthesis.drawing.style import BACKGROUND, INK, LIGHT_LOOKS, MUTED
from synthesis.plots.subject import NotDefinedError
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.bias_judged import (
    CONCERN,
    JudgedUnit,
    by_study,
    notes_of_judgements,
    of_tool,
    tools_of,
    unknown_tools,
)
from synthesis.review.plot_subjects import file_suffixes

TRAFFIC_LIGHT = "traffic-light"
SHARES = "risk-of-bias"
BIAS_KINDS = {
    TRAFFIC_LIGHT: "Which study is at risk of bias, and by which domain? A light for each judgement.",
    SHARES: "How much of the result is at risk of bias? Shares of weight and of estimates by domain.",
}
"""What each answers."""

_GOOD, _SOME, _BAD, _UNCLEAR = (LIGHT_LOOKS[word] for word in ("low", "some concerns", "high", "unclear"))
_ALMOST = ("#8FD6BE", "±", INK)
_WORST = ("#6B2A00", "×", BACKGROUND)
_LOOKS = {
    **dict.fromkeys(("low", "yes", "include"), _GOOD),
    "low except for concerns about uncontrolled confounding": _ALMOST,
    **dict.fromkeys(("some concerns", "moderate"), _SOME),
    **dict.fromkeys(("high", "serious", "no", "exclude", "at risk of bias"), _BAD),
    **dict.fromkeys(("very high", "critical"), _WORST),
    **dict.fromkeys(("unclear", "no information", "seek further info"), _UNCLEAR),
    "not applicable": (BACKGROUND, "/", INK),
}
"""Colour, sign and the colour of that for every word of the shipped tools; a test asks that none lacks."""

DIFFER = Light("judgements differ", "≠", BACKGROUND, INK, INK)
NOT_JUDGED = Light("not judged", "", BACKGROUND, MUTED, MUTED)
_NOT_SAID = "not said"
_RED, _GREEN, _BLUE = (0xE8, 0x00), (0xF1, 0x4B), (0xF8, 0x7A)
"""In bars: of no star, and of all stars."""

_ON_SHADES = "#000000"
"""Two of three stars are a shade on which neither white nor the ink has a contrast of 4.5."""


def light_of(word: JudgementWord) -> Light:
    """How a word looks; stars are a number without a disc."""
    if word.word.isdigit():
        return Light(counted(int(word.word), "star"), word.word, "", INK)
    fill, sign, ink = _LOOKS[word.word]
    return Light(word.word, sign, fill, ink, MUTED if fill == BACKGROUND else "")


def _shade_of(word: JudgementWord, most: int) -> Light:
    """Stars in a bar: darker as there are more of them."""
    if not word.word.isdigit():
        return light_of(word)
    part = int(word.word) / most
    fill = "".join(f"{round(a + part * (b - a)):02X}" for a, b in (_RED, _GREEN, _BLUE))
    ink = BACKGROUND if part > 0.7 else _ON_SHADES
    return Light(counted(int(word.word), "star"), f"{word.word}★", f"#{fill}", ink)


def bias_plots(kind: str, result: AnalysisResult) -> list[tuple[str, AnyJudged]]:
    """What its file name ends in and the figure, one for each tool and, of bars, each group.

    kind: a key of BIAS_KINDS. Raises NotDefinedError where no study is judged by a tool that is known, and
    bars where nothing that is pooled is.
    """
    return [*(_every_table(result) if kind == TRAFFIC_LIGHT else bias_bars(result))]


def bias_bars(result: AnalysisResult) -> list[tuple[str, JudgedBars]]:
    """Shares of each judgement by tool and group, with what their file names end in.

    Raises NotDefinedError where nothing that is pooled is judged by a tool that is known.
    """
    figures = [
        ("-".join(filter(None, (ending, suffix))), bars)
        for tool, ending in _tools(result)
        for suffix, bars in _every_bars(tool, result)
    ]
    if not figures:
        raise NotDefinedError("No estimate in the pool has a judgement of its risk of bias by a known tool.")
    return figures


def _tools(result: AnalysisResult) -> list[tuple[Tool, str]]:
    """Known tools that judge any of it, with what tells their files apart."""
    candidates = result.candidates
    tools = tools_of(candidates)
    if tools:
        endings = file_suffixes([tool.title for tool in tools]) if len(tools) > 1 else [""]
        return list(zip(tools, endings, strict=True))
    odd = unknown_tools(candidates)
    if odd:
        raise NotDefinedError(
            f"The words of {enumerate_words(odd)} are not known; a figure of risk of bias needs a known tool."
        )
    raise NotDefinedError("No study of this analysis has a judgement of its risk of bias.")


def _every_table(result: AnalysisResult) -> Iterator[tuple[str, JudgedTable]]:
    for tool, ending in _tools(result):
        title = f"{result.analysis.title}: risk of bias by {tool.title}"
        yield ending, judged_table(tool, title, _rows(result))[0]


def judged_table(
    tool: Tool, title: str, rows: Sequence[JudgedUnit]
) -> tuple[JudgedTable, tuple[JudgedUnit, ...]]:
    """The lights of one tool, and of each row what it is of; results of a study judged alike are one row."""
    judged, elsewhere = of_tool(tool, rows)
    units = by_study(judged)
    columns = _columns(tool, units)
    places = [place for place, _ in columns]
    lights = tuple(JudgedRow(unit.label, tuple(_light_at(place, unit) for place in places)) for unit in units)
    notes = [*notes_of_judgements(tool, units, elsewhere), *_notes_of_tool(tool, units, columns)]
    if any(unit.verdicts and place not in unit.verdicts for unit in units for place in places):
        notes.append("An empty place: not judged.")
    told = [f"{unit.label}: {'; '.join(_told(tool, unit, places)) or 'none'}" for unit in units]
    opening = f"Traffic-light plot of {counted(len(units), 'row')}. {title}."
    table = JudgedTable(
        title,
        tuple(column for _, column in columns),
        lights,
        tuple(_key(tool, units)),
        " ".join((opening, *(f"{each}." for each in told), *notes)),
        tuple(notes),
    )
    return table, tuple(units)


_Columns = list[tuple[str, JudgedColumn]]


def _rows(result: AnalysisResult) -> list[JudgedUnit]:
    """All that enters, and what was examined without a number, group by group."""
    if result.dose is not None:
        return [*_of_curve(result), *_silent(result, result.selection.silent)]
    rows: list[JudgedUnit] = []
    for group in result.groups:
        rows += [*_of_group(result, group), *_silent(result, group.silent)]
    return rows


def _of_group(result: AnalysisResult, group: GroupResult) -> list[JudgedUnit]:
    weights = result.weights_of(group)
    return [
        JudgedUnit(
            _in_group(result, result.unit_label(unit), group),
            tuple(row.candidate for row in unit.rows),
            None if math.isnan(weights[place]) else weights[place],
        )
        for place, unit in enumerate(group.units)
    ]


def _in_group(result: AnalysisResult, label: str, group: GroupResult) -> str:
    """A study that stands in several groups says in which."""
    labels = [result.unit_label(unit) for each in result.groups for unit in each.units]
    return f"{label}, {group.name}" if labels.count(label) > 1 and group.name else label


def _of_curve(result: AnalysisResult) -> list[JudgedUnit]:
    """Of a curve each study once: its classes have one reference."""
    studies: dict[str, list[Candidate]] = {}
    for each in result.selection.chosen:
        studies.setdefault(each.candidate.record.study, []).append(each.candidate)
    return [JudgedUnit(found[0].label, tuple(found), None) for found in studies.values()]


def _silent(result: AnalysisResult, silent: Sequence[Candidate]) -> list[JudgedUnit]:
    return [JudgedUnit(result.label(found), (found,), None, silent=True) for found in silent]


def _columns(tool: Tool, units: Sequence[JudgedUnit]) -> _Columns:
    """The places that the figure has, in the order of the tool, and the heads of their columns."""
    judged = {place for unit in units for place in unit.verdicts}
    concerns = [each for each in tool.domains if f"{CONCERN}{each.id}" in judged]
    group = "Risk of bias" if concerns else ""
    places: _Columns = [
        (each.id, JudgedColumn(each.id, _with_stars(each), group))
        for each in tool.domains
        if _is_shown(tool, each, judged)
    ]
    if OVERALL in judged:
        head = "Total" if tool.most_stars else "Overall"
        name = f"Total (0 to {tool.most_stars} stars)" if tool.most_stars else ""
        places.append((OVERALL, JudgedColumn(head, name, group)))
    places += [
        (f"{CONCERN}{each.id}", JudgedColumn(each.id, each.name, "Applicability")) for each in concerns
    ]
    return places


def _is_shown(tool: Tool, domain: BiasDomain, judged: set[str]) -> bool:
    """Every domain of the tool; those of one design, items and headings of stars where any is judged."""
    if domain.when is not None or tool.most_stars:
        return domain.id in judged
    return True


def _with_stars(domain: BiasDomain) -> str:
    if not domain.stars:
        return domain.name
    stars = "0 or 1 star" if domain.stars == 1 else f"0 to {domain.stars} stars"
    return f"{domain.name} ({stars})"


def _light_at(place: str, unit: JudgedUnit) -> Light | None:
    if place not in unit.words:
        return None
    word = unit.words[place]
    return DIFFER if word is None else light_of(word)


def _told(tool: Tool, unit: JudgedUnit, places: Sequence[str]) -> Iterator[str]:
    for place in places:
        light = _light_at(place, unit)
        if light is not None:
            yield f"{_name(tool, place)} {light.word}"


def _name(tool: Tool, place: str) -> str:
    """The name of a place in full."""
    if place.startswith(CONCERN):
        return f"{CONCERN}{_name(tool, place.removeprefix(CONCERN))}"
    return next((each.name for each in tool.domains if each.id == place), place)


def _words(tool: Tool) -> list[JudgementWord]:
    """The words of a tool in its order, each once."""
    every = (*tool.judgements, *tool.applicability, *tool.overall_judgements)
    if tool.most_stars:
        every = tool.words(None)
    return list({word.word: word for word in every}.values())


def _key(tool: Tool, units: Sequence[JudgedUnit]) -> Iterator[Light]:
    """Lights that the figure has, in the order of the tool's words."""
    found = [word for unit in units for word in unit.words.values()]
    there = {word.word for word in found if word is not None}
    yield from (light_of(word) for word in _words(tool) if word.word in there)
    if None in found:
        yield DIFFER


def _notes_of_tool(tool: Tool, units: Sequence[JudgedUnit], columns: _Columns) -> Iterator[str]:
    judged = {place for place, _ in columns}
    if tool.overall == "worst" and OVERALL not in judged:
        yield "No overall judgement is recorded."
    if tool.most_stars and any(
        not verdict.opinions[0].estimate
        for unit in units
        for place, verdict in unit.verdicts.items()
        if place == OVERALL
    ):
        yield "Totals that no one gave are the sums of the stars."


def _every_bars(tool: Tool, result: AnalysisResult) -> Iterator[tuple[str, JudgedBars]]:
    """Of the curve or the overall summary, else of each group by itself, where the tool judges any of it."""
    if result.dose is not None:
        parts = [("", _of_curve(result))]
    else:
        summaries = result.groups if result.overall is None else (result.overall,)
        parts = [(each.name or "", _of_group(result, each)) for each in summaries if each.units]
    if not parts:
        raise NotDefinedError("No estimate of this analysis is on its scale; there is nothing to share out.")
    suffixes = file_suffixes([name for name, _ in parts])
    for place, (name, units) in enumerate(parts):
        if tool in tools_of(found for unit in units for found in unit.candidates):
            yield suffixes[place], _bars(tool, result, name, units)


def _bars(tool: Tool, result: AnalysisResult, group: str, every: Sequence[JudgedUnit]) -> JudgedBars:
    units, elsewhere = of_tool(tool, every)
    columns = _columns(tool, units)
    what = "study" if result.dose is not None else "estimate"
    countings, of = _countings(units, what)
    key = [] if tool.most_stars else list(_key(tool, units))
    if any(place not in unit.words for unit in units for place, _ in columns):
        key.append(NOT_JUDGED)
    domains = tuple(
        JudgedBar(
            _capital(column.name or column.head),
            column.group,
            tuple(tuple(_shares(tool, units, place, weights)) for weights in of),
        )
        for place, column in columns
    )
    notes = [_of_what(units, every, what, len(of) > 1), *notes_of_judgements(tool, units, elsewhere)]
    notes += _notes_of_tool(tool, units, columns)
    notes += ["Numbers within bars are stars: the darker, the more."] if tool.most_stars else []
    where = f", {group}" if group else ""
    title = f"{result.analysis.title}{where}: risk of bias by {tool.title}"
    told = [
        f"{_name(tool, columns[at][0])}: {_in_words(domain, countings)}." for at, domain in enumerate(domains)
    ]
    return JudgedBars(
        title,
        countings,
        domains,
        tuple(key),
        " ".join((f"Shares of judgements. {title}.", *told, *notes)),
        tuple(notes),
    )


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _countings(units: Sequence[JudgedUnit], what: str) -> tuple[tuple[str, ...], tuple[list[float], ...]]:
    """What the bars count, and what each row counts in each: its weight, and one."""
    plural = "studies" if what == "study" else "estimates"
    ones = [1.0] * len(units)
    weights = [unit.weight for unit in units if unit.weight is not None]
    if len(weights) < len(units) or min(weights) < 0.0 or sum(weights) == 0.0:
        return (plural,), (ones,)
    return ("weight", plural), (weights, ones)


def _shares(
    tool: Tool, units: Sequence[JudgedUnit], place: str, weights: Sequence[float]
) -> Iterator[JudgedShare]:
    """The share of each word in the order of the tool, then what differs and what is not judged."""
    whole = math.fsum(weights)
    shares: dict[JudgementWord | str | None, float] = {}
    for at, unit in enumerate(units):
        said = unit.words.get(place, _NOT_SAID)
        shares[said] = shares.get(said, 0.0) + weights[at] / whole
    domain = next((each for each in tool.domains if each.id == place), None)
    most = (None if domain is None else domain.stars) or tool.most_stars
    parts = [(_shade_of(word, most), shares.get(word, 0.0)) for word in _words_at(tool, place)]
    parts += [(DIFFER, shares.get(None, 0.0)), (NOT_JUDGED, shares.get(_NOT_SAID, 0.0))]
    yield from (JudgedShare(light, min(part, 1.0)) for light, part in parts if part > 0.0)


def _words_at(tool: Tool, place: str) -> Sequence[JudgementWord]:
    if place.startswith(CONCERN):
        return tool.applicability
    return tool.words(next((each for each in tool.domains if each.id == place), None))


def _in_words(domain: JudgedBar, countings: Sequence[str]) -> str:
    """`low 62 % of the weight and 50 % of the estimates; ...`."""
    found: dict[str, list[str]] = {}
    for at, bar in enumerate(domain.bars):
        for each in bar:
            share = f"{each.per_cent} % of the {countings[at]}"
            found.setdefault(each.light.word, []).append(share)
    return "; ".join(f"{word} {' and '.join(shares)}" for word, shares in found.items())


def _of_what(units: Sequence[JudgedUnit], every: Sequence[JudgedUnit], what: str, weighted: bool) -> str:
    """What a whole bar is."""
    number = counted(len(units), what)
    some = len(units) < len(every)
    if not weighted:
        of = f"{len(units)} of {counted(len(every), what)}" if some else number
        return f"A whole bar is {of}, each counting the same; there is no weight for each."
    weight = "all of the weight in the pooled result"
    if some:
        part = math.fsum(unit.weight or 0.0 for unit in units)
        whole = math.fsum(unit.weight or 0.0 for unit in every)
        weight = f"{100.0 * part / whole:.0f} % of the weight in the pooled result"
        number = f"{len(units)} of {counted(len(every), what)}"
    return f"Upper bar: {weight}; lower bar: {number}, each counting the same."
