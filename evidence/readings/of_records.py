"""Two readings of one study -> their cells side by side, aligned by what each is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from evidence.readings.aligning import Entries, Names, estimate_pairs, near, pairs_of, translated
from evidence.readings.leaves import SECTIONS, Entry, as_default, estimates_of, parts_of, sections_of
from evidence.readings.resolving import resolved
from evidence.readings.second import StudyReading
from evidence.readings.side_by_side import Lone, Printing, ReadCell, SideBySide
from evidence.records.parsing import Place, Tree
from evidence.records.provenance import Judgement
from evidence.records.risk_of_bias import Tool, find_tool, find_word, is_overall

RISK_OF_BIAS = "risk_of_bias"
_MAY_BE_LEFT_OUT = frozenset({"exposure", "model"})


@dataclass
class _Found:
    """What has been put side by side so far."""

    first: StudyReading
    second: StudyReading
    cells: list[ReadCell] = field(default_factory=list)
    lone: list[Lone] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def take(self, what: str, ours: Entries, theirs: Entries, pairs: Mapping[str, str]) -> None:
        """Cells of aligned entries, and the entries that only one reading has.

        what: the section whose entries these are; `estimates` and `parts` are called by their own names.
        """
        for name, other in pairs.items():
            self.cells += self._cells(what, ours[name], theirs[other])
            if name != other:
                self.notes.append(f"'{other}' among the second's {what} is taken as '{name}'")
        paired = set(pairs.values())
        left = {name: entry for name, entry in ours.items() if name not in pairs}
        left_there = {name: entry for name, entry in theirs.items() if name not in paired}
        if self.second.whole:
            self.lone += [_lone(what, entry, left_there, True) for entry in left.values()]
        if self.first.whole:
            self.lone += [_lone(what, entry, left, False) for entry in left_there.values()]

    def _cells(self, what: str, ours: Entry, theirs: Entry) -> Iterator[ReadCell]:
        """Of a reading that is not whole only the keys that it has."""
        keys = [key for key in ours.cells if self.second.whole or key in theirs.cells]
        keys += [key for key in theirs.cells if key not in ours.cells and self.first.whole]
        for key in keys:
            first, second = ours.cells.get(key), theirs.cells.get(key)
            read = first or theirs.cells[key]
            first = first or as_default(key, ours.place, read)
            second = second or as_default(key, theirs.place, read)
            if key in _MAY_BE_LEFT_OUT and (first.text is None or second.text is None):
                continue
            if what == "estimates":
                yield ReadCell(ours.name, key, key, first, second)
            elif what == "parts":
                yield ReadCell(
                    ours.name, key, key if key == ours.name else f"{ours.name}.{key}", first, second
                )
            else:
                yield ReadCell(what, f"{ours.name}.{key}", f"{what}.{key}", first, second)


def _lone(what: str, entry: Entry, others: Entries, first_has_it: bool) -> Lone:
    of, key = (what, entry.name) if what in SECTIONS else (entry.name, "id")
    return Lone(
        entry.what, entry.name, of, key, entry.place, first_has_it, near(entry.name, others, entry.what)
    )


def compare_readings(first: StudyReading, second: StudyReading) -> SideBySide:
    """Every value of two readings of one study, with what was settled; problems where one cannot be read."""
    problems = (*first.problems, *second.problems)
    if first.tree is None or second.tree is None:
        return SideBySide(first.study, first.by, second.by, problems=problems)
    found = _Found(first, second)
    names = _take_sections(found, first.tree, second.tree)
    ours = estimates_of(first.tree)
    theirs = {name: translated(entry, names) for name, entry in estimates_of(second.tree).items()}
    found.take("estimates", ours, theirs, estimate_pairs(ours, theirs))
    found.cells += _judgement_cells(first, second)
    cells, lone, notes = tuple(found.cells), tuple(found.lone), tuple(found.notes)
    return resolved(first, SideBySide(first.study, first.by, second.by, cells, lone, problems, notes))


def _take_sections(found: _Found, first: Tree, second: Tree) -> Names:
    """The parts of two records; returns the first's name for each of the second's."""
    names: dict[str, dict[str, str]] = {}
    for section in SECTIONS:
        ours, theirs = sections_of(first, section), sections_of(second, section)
        pairs = pairs_of(ours, theirs)
        names[section] = {other: name for name, other in pairs.items()}
        found.take(section, ours, theirs, pairs)
    ours, theirs = parts_of(first), parts_of(second)
    found.take("parts", ours, theirs, {name: name for name in ours if name in theirs})
    return names


# Judgements of risk of bias.


def _judgement_cells(first: StudyReading, second: StudyReading) -> Iterator[ReadCell]:
    assert first.tree is not None
    assert second.tree is not None
    if not first.judgements or not second.judgements:
        return
    ours = next(iter(_by_assessor(first.tree, first.judgements).values()))
    theirs = next(iter(_by_assessor(second.tree, second.judgements).values()))
    yield from _judged_cells(ours, theirs, first.whole and second.whole)


def compare_assessors(reading: StudyReading) -> Iterator[SideBySide]:
    """Each two persons who judged risk of bias in one record, where several did."""
    if reading.tree is None:
        return
    assessors = _by_assessor(reading.tree, reading.judgements)
    for (name, ours), (other, theirs) in combinations(assessors.items(), 2):
        cells = tuple(_judged_cells(ours, theirs, False))
        if cells:
            found = SideBySide(reading.study, name or reading.by, other or reading.by, cells)
            yield resolved(reading, found, both_stand=True)


_Judged = dict[tuple[str, str], Printing]
"""What was judged, by key and column."""


def _by_assessor(tree: Tree, judgements: tuple[Judgement, ...]) -> dict[str | None, _Judged]:
    found: dict[str | None, _Judged] = {}
    for index, each in enumerate(judgements):
        tool = find_tool(each.tool, each.version)
        title, name = _names(tool, each)
        column = f"{title} / {name}"
        result = "".join(f" / {part}" for part in (each.report, each.estimate) if part)
        mine = found.setdefault(each.by, {})
        mine.setdefault((column + result, column), _printing(tree, index, tool, each, "judgement"))
        if each.applicability is not None:
            concern = f"{column}, applicability"
            mine.setdefault((concern + result, concern), _printing(tree, index, tool, each, "applicability"))
    return found


def _names(tool: Tool | None, each: Judgement) -> tuple[str, str]:
    if tool is None:
        return each.tool, each.domain
    domain = tool.domain(each.domain)
    return tool.tool, "overall" if is_overall(each.domain) else domain.name if domain else each.domain


def _printing(tree: Tree, index: int, tool: Tool | None, each: Judgement, key: str) -> Printing:
    spot = tree.spot((RISK_OF_BIAS, index, key), False)
    text = str(getattr(each, key))
    meaning = None
    if tool is not None:
        domain = None if is_overall(each.domain) else tool.domain(each.domain)
        word = find_word(tool.applicability if key == "applicability" else tool.words(domain), text)
        meaning = word.word if word else None
    return Printing(Place(tree.path, spot.line, spot.column), text, meaning)


def _judged_cells(ours: _Judged, theirs: _Judged, whole: bool) -> Iterator[ReadCell]:
    """What both judged; of two whole records also what one of them did not."""
    for at in {**ours, **theirs}:
        if whole or (at in ours and at in theirs):
            place = next(iter((ours if at not in ours else theirs).values())).place
            first, second = ours.get(at) or Printing(place, None), theirs.get(at) or Printing(place, None)
            yield ReadCell(RISK_OF_BIAS, at[0], at[1], first, second, rated=True)
