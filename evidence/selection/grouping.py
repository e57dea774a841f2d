"""The rows of an analysis in groups: by a stratum, a place, or what is recorded of a study."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from evidence.records.names import name_key
from evidence.records.review import Review
from evidence.records.risk_of_bias import find_tool, find_word, is_overall
from evidence.records.schema import Record
from evidence.selection.selection import (
    Candidate,
    Chosen,
    DoubleCountError,
    Selection,
    share_persons,
    share_reference,
)
from evidence.wording import enumerate_words

NOT_STATED = "not stated"


def _risk_of_bias(found: Candidate) -> str | None:
    """The overall judgement of the estimate, else of its study; several that differ are said to."""
    overall = [
        each
        for each in found.record.risk_of_bias
        if is_overall(each.domain) and each.estimate in (None, found.estimate.id)
    ]
    own = [each for each in overall if each.estimate is not None] or overall
    words = {}
    for each in own:
        tool = find_tool(each.tool, each.version)
        word = find_word(tool.words(None), each.judgement) if tool else None
        said = word.word if word else each.judgement
        words[name_key(said)] = said
    return next(iter(words.values())) if len(words) == 1 else "judges differ" if words else None


OF_STUDIES: Mapping[str, Callable[[Candidate], str | None]] = {
    "site": lambda found: found.site,
    "sex": lambda found: found.stratum.sex,
    "ancestry": lambda found: found.stratum.ancestry,
    "age": lambda found: found.stratum.age,
    "group": lambda found: found.stratum.group,
    "adjustment": lambda found: found.record.model_of(found.estimate).adjustment,
    "status": lambda found: found.standing,
    "type": lambda found: found.report.type,
    "design": lambda found: found.record.design,
    "country": lambda found: found.cohort.country,
    "risk of bias": _risk_of_bias,
}
"""What every record can say, beside its own properties; None where it does not say it."""

_ALSO = {"publication status": "status", "report type": "type", "rob": "risk of bias"}


def groupings_of(records: Iterable[Record]) -> tuple[str, ...]:
    """Every name that `group_by` may have in a review of these records."""
    own = dict.fromkeys(name for record in records for name in record.properties)
    return (*OF_STUDIES, *(name for name in own if name_key(name) not in map(name_key, OF_STUDIES)))


def group_of(found: Candidate, by: str) -> str:
    """The group of an estimate, in the record's words; `not stated` where the record does not say."""
    wanted = name_key(by)
    for name, of in OF_STUDIES.items():
        if wanted in (name_key(name), *(name_key(also) for also, meant in _ALSO.items() if meant == name)):
            return of(found) or NOT_STATED
    own = (value for name, value in found.record.properties.items() if name_key(name) == wanted)
    return next(own, NOT_STATED)


def is_grouping(by: str, records: Iterable[Record]) -> bool:
    """Whether there is anything to group by under this name."""
    return name_key(by) in {name_key(name) for name in (*_ALSO, *groupings_of(records))}


def unknown_grouping(by: str, records: Iterable[Record]) -> str:
    """Why rows cannot be grouped by this, and by what they can."""
    known = enumerate_words(list(groupings_of(records)), "or")
    return f"'group_by: {by}' is no stratum and no property of any study; expected {known}"


@dataclass(frozen=True)
class RowGroup:
    """Rows of one group; the only group of an analysis without groups has no name."""

    name: str | None
    chosen: tuple[Chosen, ...]
    silent: tuple[Candidate, ...]


@dataclass(frozen=True)
class GroupedRows:
    """The groups in order, and pairs of rows in different groups that share persons, by their labels.

    Groups that share persons are dependent: there is no test of their difference, and no overall summary.
    """

    groups: tuple[RowGroup, ...]
    sharing: tuple[tuple[str, str], ...] = ()


def grouped(selection: Selection, review: Review, records: Iterable[Record]) -> GroupedRows:
    """The rows of an analysis by its `group_by`, or all in one group.

    Raises ValueError for a name that no study has, DoubleCountError where a group would hold persons twice.
    """
    by = selection.analysis.group_by
    if by is None:
        return GroupedRows((RowGroup(None, selection.chosen, selection.silent),))
    if not is_grouping(by, records):
        raise ValueError(unknown_grouping(by, records))
    names: dict[str, str] = {}
    chosen: dict[str, list[Chosen]] = {}
    silent: dict[str, list[Candidate]] = {}
    for each in selection.chosen:
        chosen.setdefault(_key(each.candidate, by, names), []).append(each)
    for found in selection.silent:
        silent.setdefault(_key(found, by, names), []).append(found)
    sharing = list(_sharing([each.candidate for each in selection.chosen]))
    if review.model_of(selection.analysis) is None:
        _refuse_persons_twice(sharing, by)
    place = _order_of(by, review, selection, list(names))
    ordered = sorted(names, key=lambda key: (key not in chosen, place(key)))
    return GroupedRows(
        tuple(
            RowGroup(names[key], tuple(chosen.get(key, ())), tuple(silent.get(key, ()))) for key in ordered
        ),
        _between(sharing, by),
    )


def _key(found: Candidate, by: str, names: dict[str, str]) -> str:
    """The group's name without what differs from writer to writer; the first spelling is kept."""
    value = group_of(found, by)
    names.setdefault(name_key(value), value)
    return name_key(value)


def _sharing(found: Sequence[Candidate]) -> Iterator[tuple[Candidate, Candidate]]:
    """Pairs of rows that share persons, in order; only those with a study or a cohort in common can."""
    members: dict[tuple[str, str], list[int]] = {}
    for place, each in enumerate(found):
        cohorts = {name_key(name) for name in (each.cohort.name, *each.cohort.part_of)}
        for key in (("study", each.record.study), *(("cohort", name) for name in cohorts)):
            members.setdefault(key, []).append(place)
    near = {pair for places in members.values() for pair in combinations(places, 2)}
    return ((found[a], found[b]) for a, b in sorted(near) if share_persons(found[a], found[b]))


def _in_one_group(a: Candidate, b: Candidate, by: str) -> bool:
    return name_key(group_of(a, by)) == name_key(group_of(b, by))


def _refuse_persons_twice(sharing: Iterable[tuple[Candidate, Candidate]], by: str) -> None:
    for a, b in sharing:
        if _in_one_group(a, b, by) and not share_reference(a, b):
            raise DoubleCountError(
                f"{a.name} and {b.name} are different outcomes of the same persons in one group and not "
                "independent; group by site, or choose one site"
            )


def _between(sharing: Iterable[tuple[Candidate, Candidate]], by: str) -> tuple[tuple[str, str], ...]:
    """The labels of rows in different groups."""
    return tuple(dict.fromkeys((a.label, b.label) for a, b in sharing if not _in_one_group(a, b, by)))


def _order_of(
    by: str, review: Review, selection: Selection, found: Sequence[str]
) -> Callable[[str], tuple[object, ...]]:
    """Groups as the review orders them, ages and other numbers by size, words by their letters."""
    analysis = selection.analysis
    lists: dict[str, Sequence[str]] = {
        "site": (*analysis.outcome.sites, *found),
        "adjustment": analysis.adjustment or review.adjustment,
        "status": analysis.reports or review.reports,
        "risk of bias": _worse_and_worse(selection),
    }
    wanted = next((listed for name, listed in lists.items() if name_key(name) == name_key(by)), ())
    places = {key: place for place, key in enumerate(dict.fromkeys(map(name_key, wanted)))}

    def key(name: str) -> tuple[object, ...]:
        last = name == name_key(NOT_STATED)
        return last, places.get(name, len(places)), *_by_size(name)

    return key


def _by_size(name: str) -> tuple[object, ...]:
    """Names that begin with a number by that number, before the others; `<65` is below `65+`."""
    match = re.match(r"(<?)\s*(\d+(?:\.\d+)?)", name)
    if match is None:
        return True, name
    return False, float(match[2]), not match[1], name


def _worse_and_worse(selection: Selection) -> list[str]:
    """The words of the tools in use, from low to high."""
    found = (each.candidate for each in selection.chosen)
    tools = {(each.tool, each.version) for one in found for each in one.record.risk_of_bias}
    words = {
        word.word: word.level
        for name, version in sorted(tools, key=str)
        if (tool := find_tool(name, version)) is not None
        for word in tool.words(None)
        if word.level is not None
    }
    return sorted(words, key=words.__getitem__)
