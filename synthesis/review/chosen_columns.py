"""Columns between study and effect that a reader chose: what records print of groups, size and bias."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from evidence.choices import named
from evidence.records.effect import RawNumbers
from evidence.records.provenance import Judgement
from evidence.records.risk_of_bias import is_overall
from evidence.selection.selection import Candidate
from evidence.wording import NOTHING
from synthesis.drawing.forest_table import ForestTable, NotReportedRow, StudyRow
from synthesis.plots.extra_columns import LIGHT_WORDS
from synthesis.review.analysis_result import AnalysisResult

OVERALL = "Risk of bias"


@dataclass(frozen=True)
class ChosenColumn:
    """One column: its header, a text for each candidate, and whether these are lights.

    of_study: whether what all arms of a study have in common is told of the study.
    """

    header: str
    texts: tuple[str, ...]
    lights: bool = False
    of_study: bool = False


def with_columns(
    table: ForestTable, result: AnalysisResult, names: Sequence[str] | None = None
) -> ForestTable:
    """The forest plot with these columns, keys of COLUMNS, or those that review.yaml names, for its own.

    The mean of correlated arms has the words that all of them share, such as the adjustment, which its arms
    then do not repeat; numbers stand with the arms. Raises ValueError for an unknown name.
    """
    wanted = result.review.columns_of(result.analysis) if names is None else names
    if wanted is None or result.dose is not None:  # classes of a curve have no columns
        return table
    chosen = list(dict.fromkeys(named(name, COLUMNS, "column") for name in wanted))
    shown = [column for name in chosen for column in COLUMNS[name](list(_candidates(result)))]
    waiting = _cells(result, shown)
    rows = tuple(
        replace(row, cells=next(waiting)) if isinstance(row, StudyRow | NotReportedRow) else row
        for row in table.rows
    )
    return replace(
        table,
        rows=rows,
        columns=tuple(column.header for column in shown),
        lights=tuple(column.header for column in shown if column.lights),
    )


def _candidates(result: AnalysisResult) -> Iterator[Candidate]:
    """What the rows stand for, in their order."""
    for group in result.groups:
        yield from (each.candidate for unit in group.units for each in unit.rows)
        yield from group.silent


def _cells(result: AnalysisResult, shown: Sequence[ChosenColumn]) -> Iterator[tuple[str, ...]]:
    """The cells of each row, in the order of the rows."""
    counted = len(list(_candidates(result)))
    waiting = iter([tuple(column.texts[place] for column in shown) for place in range(counted)])
    for group in result.groups:
        for unit in group.means:
            yield from _of_unit(shown, [next(waiting) for _ in unit.rows])
        yield from (next(waiting) for _ in group.silent)


def _of_unit(shown: Sequence[ChosenColumn], arms: list[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """One row, or that of the mean above those of its arms."""
    if len(arms) == 1:
        yield arms[0]
        return
    shared = tuple(
        _of_all({arm[place] for arm in arms}) if column.of_study else "" for place, column in enumerate(shown)
    )
    yield shared
    yield from (tuple("" if shared[place] else text for place, text in enumerate(arm)) for arm in arms)


def _of_all(texts: set[str]) -> str:
    """The text that all arms have; none where they differ."""
    return texts.pop() if len(texts) == 1 else ""


def _adjusted(candidates: Sequence[Candidate]) -> Iterator[ChosenColumn]:
    texts = tuple(found.record.model_of(found.estimate).adjustment for found in candidates)
    yield ChosenColumn("Adjusted", texts, of_study=True)


def _persons(candidates: Sequence[Candidate]) -> Iterator[ChosenColumn]:
    texts = (found.estimate.n for found in candidates)
    yield ChosenColumn("N", tuple(NOTHING if n is None else str(n) for n in texts))


def _of_groups(
    what: str, text: Callable[[RawNumbers], str]
) -> Callable[[Sequence[Candidate]], Iterator[ChosenColumn]]:
    """Both groups of each estimate, a dash where its record does not print them."""

    def columns(candidates: Sequence[Candidate]) -> Iterator[ChosenColumn]:
        pairs = [_groups(found) for found in candidates]
        for place, group in enumerate(("exposed", "reference")):
            texts = tuple(NOTHING if pair is None else text(pair[place]) or NOTHING for pair in pairs)
            yield ChosenColumn(f"{what}, {group}", texts)

    return columns


def _groups(found: Candidate) -> tuple[RawNumbers, RawNumbers] | None:
    effect = found.estimate.effect
    if effect is None or effect.groups is None or len(effect.groups) != 2:
        return None
    first, second = effect.groups
    return first, second


def _events(group: RawNumbers) -> str:
    of = group.n if group.person_time is None else group.person_time
    return "" if group.events is None or of is None else f"{group.events}/{of}"


def _means(group: RawNumbers) -> str:
    if group.mean is None:
        return ""
    return f"{group.mean} ({group.sd})" if group.sd is not None else f"{group.mean}"


def _overall(candidates: Sequence[Candidate]) -> Iterator[ChosenColumn]:
    yield _judged(OVERALL, [_judgement(found, is_overall) for found in candidates])


def _domains(candidates: Sequence[Candidate]) -> Iterator[ChosenColumn]:
    """A column for each domain that any record judges, in the order they come, and one for the whole."""
    domains = dict.fromkeys(
        each.domain
        for found in candidates
        for each in found.record.risk_of_bias
        if not is_overall(each.domain)
    )
    for domain in domains:
        yield _judged(domain, [_judgement(found, domain.__eq__) for found in candidates])
    yield from _overall(candidates)


def _judgement(found: Candidate, wanted: Callable[[str], bool]) -> str:
    """The judgement of the estimate itself, else that of the whole record; empty for none."""
    about = [each for each in found.record.risk_of_bias if wanted(each.domain)]
    own = [each for each in about if each.estimate in found.made_of]
    whole: list[Judgement] = [each for each in about if each.estimate is None]
    return next((each.judgement for each in (*own, *whole)), "")


def _judged(header: str, words: Sequence[str]) -> ChosenColumn:
    """As lights, or as they are where a tool has other words, such as stars."""
    if all(word.lower() in LIGHT_WORDS for word in words):
        lights = tuple(LIGHT_WORDS[word.lower()] for word in words)
        return ChosenColumn(header, lights, lights=True, of_study=True)
    return ChosenColumn(header, tuple(words), of_study=True)


COLUMNS: dict[str, Callable[[Sequence[Candidate]], Iterator[ChosenColumn]]] = {
    "adjusted": _adjusted,
    "n": _persons,
    "events": _of_groups("Events/N", _events),
    "means": _of_groups("Mean (SD)", _means),
    "risk of bias": _overall,
    "domains": _domains,
}
"""What `columns:` in review.yaml and `forest --columns` understand."""
