"""What was judged of each row of an analysis by one tool: in the tool's words, agreed on or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from evidence.audit.assessments import of_known_tools
from evidence.records.provenance import Judgement
from evidence.records.risk_of_bias import OVERALL, JudgementWord, Tool, find_tool, find_word
from evidence.selection.selection import Candidate
from evidence.wording import enumerate_words

CONCERN = "applicability of "
"""What stands before the short name of a domain where the judgement is about applicability."""


@dataclass(frozen=True)
class Opinion:
    """The word of one person of one result."""

    by: str | None
    estimate: str
    word: JudgementWord


@dataclass(frozen=True)
class BiasVerdict:
    """What is said of one domain; where several say other words, nothing is agreed on."""

    opinions: tuple[Opinion, ...]

    @property
    def word(self) -> JudgementWord | None:
        """The word that all of them say; None where they differ."""
        words = {each.word for each in self.opinions}
        return words.pop() if len(words) == 1 else None

    @property
    def apart(self) -> str:
        """`low (AB), high (CD)`, by persons, or by results where one person judged."""
        persons = len({each.by for each in self.opinions}) > 1
        told = [(each.word.word, (each.by if persons else None) or each.estimate) for each in self.opinions]
        return ", ".join(f"{word} ({who})" for word, who in dict.fromkeys(told))


@dataclass(frozen=True)
class JudgedUnit:
    """A row of an analysis: its name, its estimates, its weight in per cent, and verdicts by place.

    A place is the short name of a domain, `overall`, or CONCERN and a short name. weight: None where it is
    not pooled or has none. unknown: words that the tool does not have, as sentences.
    """

    label: str
    candidates: tuple[Candidate, ...]
    weight: float | None
    verdicts: Mapping[str, BiasVerdict] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    silent: bool = False

    @property
    def study(self) -> str:
        """The record that it is of."""
        return self.candidates[0].record.study

    @cached_property
    def words(self) -> dict[str, JudgementWord | None]:
        """By place the word that is agreed on, None where judges differ."""
        return {place: verdict.word for place, verdict in self.verdicts.items()}

    @property
    def said(self) -> dict[str, str]:
        """By place what all say, or who says what."""
        return {place: v.apart if v.word is None else v.word.word for place, v in self.verdicts.items()}


def tools_of(candidates: Iterable[Candidate]) -> tuple[Tool, ...]:
    """The known tools that any of these is judged by, in the order they come."""
    found = {
        tool.title: tool
        for each in candidates
        for _, judgement, tool in of_known_tools(each.record)
        if _is_about(judgement, each)
    }
    return tuple(found.values())


def unknown_tools(candidates: Iterable[Candidate]) -> tuple[str, ...]:
    """Names of tools whose words are not known."""
    judgements = (judgement for each in candidates for judgement in each.record.risk_of_bias)
    return tuple(
        dict.fromkeys(each.tool for each in judgements if find_tool(each.tool, each.version) is None)
    )


def judged_by(tool: Tool, unit: JudgedUnit) -> JudgedUnit:
    """The row with what the tool's judgements say of it.

    A judgement of a result itself comes before one of the whole study, and one without a name, which is what
    several persons agreed on, before those with names.
    """
    opinions: dict[str, list[Opinion]] = {}
    unknown: list[str] = []
    for found in unit.candidates:
        for estimate in found.made_of:
            for (place, by), (domain, words, given) in _places(tool, found, estimate).items():
                word = find_word(words, given)
                if word is None:
                    unknown.append(f"{unit.label}: '{given}' for {domain}")
                else:
                    opinions.setdefault(place, []).append(Opinion(by, estimate, word))
    verdicts = {place: BiasVerdict(_agreed(said)) for place, said in opinions.items()}
    if tool.most_stars:
        verdicts |= _total(tool, verdicts)
    return JudgedUnit(
        unit.label,
        unit.candidates,
        unit.weight,
        verdicts,
        tuple(dict.fromkeys(unknown)),
        unit.silent,
    )


_Asked = tuple[str, tuple[JudgementWord, ...], str]


def _places(tool: Tool, found: Candidate, estimate: str) -> dict[tuple[str, str | None], _Asked]:
    """By place and person: the name of the domain, its words and the given one; of the result, else whole."""
    placed: dict[tuple[str, str | None], _Asked] = {}
    own: set[tuple[str, str | None]] = set()
    for _, each, by_tool in of_known_tools(found.record):
        place = tool.place(each.domain)
        is_own = each.estimate == estimate
        if by_tool.title != tool.title or place is None or not _is_about(each, found, estimate):
            continue
        domain = None if place == OVERALL else tool.domain(each.domain)
        asked = [(place, (OVERALL if domain is None else domain.name, tool.words(domain), each.judgement))]
        if domain is not None and domain.applicability and each.applicability is not None:
            name = f"{CONCERN}{domain.name}"
            asked.append((f"{CONCERN}{place}", (name, tool.applicability, each.applicability)))
        for at, words in asked:
            key = (at, each.by)
            if key not in placed or (is_own and key not in own):
                placed[key] = words
                own |= {key} if is_own else set()
    return placed


def _is_about(judgement: Judgement, found: Candidate, estimate: str | None = None) -> bool:
    """Whether it is of this result, or of the study or report as a whole."""
    if judgement.estimate is not None:
        return judgement.estimate in ((estimate,) if estimate is not None else found.made_of)
    return judgement.report in (None, found.estimate.where.report)


def _agreed(said: Sequence[Opinion]) -> tuple[Opinion, ...]:
    without_name = tuple(each for each in said if each.by is None)
    return without_name or tuple(said)


def _total(tool: Tool, verdicts: Mapping[str, BiasVerdict]) -> dict[str, BiasVerdict]:
    """The sum of all stars where no total was judged and every heading has its stars."""
    if OVERALL in verdicts:
        return {}
    stars = {place: int(v.word.word) for place, v in verdicts.items() if v.word is not None}
    total = 0
    for heading in (each for each in tool.domains if each.part_of is None):
        items = [each.id for each in tool.domains if each.part_of == heading.id]
        if heading.id in stars:
            total += stars[heading.id]
        elif items and all(item in stars for item in items):
            total += sum(stars[item] for item in items)
        else:
            return {}
    word = find_word(tool.words(None), str(total))
    assert word is not None  # no heading has more stars than the tool
    return {OVERALL: BiasVerdict((Opinion(None, "", word),))}


def of_tool(tool: Tool, units: Sequence[JudgedUnit]) -> tuple[list[JudgedUnit], list[JudgedUnit]]:
    """The rows that the tool's figure has, judged, and those that other tools judge.

    A row that no known tool judges stands in the figure of each, without judgement.
    """
    here: list[JudgedUnit] = []
    elsewhere: list[JudgedUnit] = []
    for unit in units:
        judged = judged_by(tool, unit)
        by_another = not judged.verdicts and bool(tools_of(unit.candidates))
        (elsewhere if by_another and not judged.unknown else here).append(judged)
    return here, elsewhere


def by_study(units: Sequence[JudgedUnit]) -> list[JudgedUnit]:
    """One row for all results of a study that are judged alike, else a row for each."""
    rows: list[JudgedUnit] = []
    of_studies: dict[str, list[JudgedUnit]] = {}
    for unit in units:
        of_studies.setdefault(unit.study, []).append(unit)
    for same in of_studies.values():
        first = same[0]
        alike = all(unit.said == first.said and unit.silent == first.silent for unit in same)
        if len(same) > 1 and alike:
            unknown = tuple(dict.fromkeys(each for unit in same for each in unit.unknown))
            label = first.candidates[0].label
            everybody = tuple(each for unit in same for each in unit.candidates)
            rows.append(JudgedUnit(label, everybody, None, first.verdicts, unknown, first.silent))
        else:
            rows += same
    return rows


def notes_of_judgements(
    tool: Tool, units: Sequence[JudgedUnit], elsewhere: Sequence[JudgedUnit]
) -> Iterator[str]:
    """What a reader must know: who differs, what is no word of the tool, who is judged otherwise or not."""
    names = {each.id: each.name for each in tool.domains}
    names |= {f"{CONCERN}{each.id}": f"{CONCERN}{each.name}" for each in tool.domains}
    apart = [
        f"{unit.label}, "
        + "; ".join(
            f"{names.get(place, place)}: {v.apart}" for place, v in unit.verdicts.items() if not v.word
        )
        for unit in units
        if None in unit.words.values()
    ]
    if apart:
        yield f"Judgements differ (≠). {'. '.join(apart)}."
    unknown = list(dict.fromkeys(each for unit in units for each in unit.unknown))
    if unknown:
        yield f"No judgement of {tool.title}, and left empty: {enumerate_words(unknown)}."
    without = [unit.label for unit in units if not unit.verdicts and not unit.unknown]
    if without:
        yield f"Not judged by any known tool: {enumerate_words(list(dict.fromkeys(without)))}."
    if elsewhere:
        labels = list(dict.fromkeys(unit.label for unit in elsewhere))
        yield f"Judged by another tool, in a figure of its own: {enumerate_words(labels)}."
    odd = unknown_tools(each for unit in (*units, *elsewhere) for each in unit.candidates)
    if odd:
        yield f"Judgements by {enumerate_words(odd)} are not shown: the words of it are not known."
    silent = list(dict.fromkeys(unit.label for unit in units if unit.silent))
    if silent:
        yield f"Examined without a number, and not in the pool: {enumerate_words(silent)}."
