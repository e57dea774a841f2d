"""Records joined to works where that is certain, with every source; doubtful pairs, to be asked about."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from evidence.literature.citation import Citation, content, one_of, record_mark
from evidence.literature.duplicates.candidate_pairs import pairs_to_compare
from evidence.literature.duplicates.compared_forms import ComparedForms, compared
from evidence.literature.duplicates.verdicts import (
    Judged,
    Verdict,
    judged,
    other_identifier,
    other_number,
    related_as,
    shared_identifier,
)


@dataclass(frozen=True)
class Decisions:
    """What persons said of pairs, by ids of citations."""

    same: frozenset[tuple[str, str]] = frozenset()
    different: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class CitationPair:
    """Two citations that are not joined, and why they are told."""

    one: Citation
    other: Citation
    reason: str


@dataclass(frozen=True)
class Deduplicated:
    """Works in the order of their ids; pairs that may be one work; pairs about one work."""

    citations: tuple[Citation, ...]
    doubtful: tuple[CitationPair, ...]
    related: tuple[CitationPair, ...]


NOTHING_DECIDED = Decisions()
_MOST_CHECKED = 400


def deduplicate(
    citations: Iterable[Citation],
    decisions: Decisions = NOTHING_DECIDED,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Deduplicated:
    """Join what is certainly one work, or was said to be: in any order; done again, nothing changes.

    citations: records, or works that were joined before: they are taken apart and joined anew, so that a
    decision can undo what was joined. tell: called with how many pairs of how many are compared.
    """
    records = _distinct(citations)
    forms = [compared(record) for record in records]
    groups = _Groups(records, forms, decisions)
    notes: list[tuple[int, int, Judged]] = []
    edges: list[tuple[int, int, Judged]] = []
    pairs = list(pairs_to_compare(forms))
    for done, (i, j) in enumerate(pairs):
        if done % 1_000 == 0:
            tell(done, len(pairs))
        found = judged(forms[i], forms[j])
        if found.verdict is Verdict.SAME:
            edges.append((i, j, found))
        elif found.verdict is not Verdict.DIFFERENT:
            notes.append((i, j, found))
    for i, j, found in sorted(edges, key=lambda edge: (-edge[2].strength, edge[0], edge[1])):
        if why_not := groups.join(i, j):
            notes.append((i, j, Judged(Verdict.DOUBTFUL, f"{found.reason}, but {why_not}")))
    works = _named_apart(groups.works())
    return _told(works, groups, notes)


def _distinct(citations: Iterable[Citation]) -> list[Citation]:
    """Records in the order of what they say, each once with all its sources."""
    together: dict[str, list[Citation]] = defaultdict(list)
    for record in (replace(record, apart="") for each in citations for record in each.records()):
        together[content(record)].append(record)
    return [one_of(together[key]) for key in sorted(together)]


class _Groups:
    """Records that are one work, by position; two groups come together only where nothing in them clashes."""

    def __init__(
        self, records: Sequence[Citation], forms: Sequence[ComparedForms], decisions: Decisions
    ) -> None:
        self.records, self.forms = records, forms
        self._of = list(range(len(records)))
        self._members = {at: [at] for at in self._of}
        named: dict[str, list[int]] = defaultdict(list)
        for at, record in enumerate(records):
            for name in record.names:
                named[name].append(at)
                named[f"{name}#{record_mark(record)[:_MARK]}"].append(at)
        self._different: dict[int, set[int]] = defaultdict(set)
        for a, b in sorted(decisions.different):
            for i in named.get(a, ()):
                for j in named.get(b, ()):
                    self._different[i].add(j)
                    self._different[j].add(i)
        self._decided: set[tuple[int, int]] = set()
        for a, b in sorted(decisions.same):
            for i in named.get(a, ()):
                for j in named.get(b, ()):
                    self._unite(i, j)

    def group(self, at: int) -> int:
        """The group of a record."""
        return self._of[at]

    def said_different(self, i: int, j: int) -> bool:
        """Whether persons said that something of the one group is not something of the other."""
        others = set(self._members[self._of[j]])
        return any(
            self._different[each] & others for each in self._members[self._of[i]] if each in self._different
        )

    def join(self, i: int, j: int) -> str:
        """Make two groups one, or say why they stay apart."""
        if self._of[i] == self._of[j]:
            return ""
        if self.said_different(i, j):
            return "said to be different"
        ones, others = self._members[self._of[i]], self._members[self._of[j]]
        pairs = [(a, b) for a in ones for b in others]
        for a, b in pairs[:_MOST_CHECKED]:
            if clash := _clash(self.forms[a], self.forms[b]):
                return f"with what is joined to them they would have {clash}"
        self._unite(i, j)
        return ""

    def _unite(self, i: int, j: int) -> None:
        kept, lost = sorted((self._of[i], self._of[j]))
        if kept != lost:
            for at in self._members[lost]:
                self._of[at] = kept
            self._members[kept] += self._members.pop(lost)

    def works(self) -> dict[int, Citation]:
        """Each group as one citation."""
        return {group: one_of(self.records[at] for at in members) for group, members in self._members.items()}


def _clash(one: ComparedForms, other: ComparedForms) -> str:
    """What two records of one work cannot differ in; one that both have outweighs the kinds."""
    if kind := other_identifier(one, other):
        return f"two {kind}s"
    if shared_identifier(one, other):
        return ""
    if one.titles and other.titles and other_number(one, other):
        return "titles that count differently"
    return "two kinds" if related_as(one, other) else ""


_MARK = 8
"""Characters of a record's mark behind an id that two works would have."""


def _named_apart(works: dict[int, Citation]) -> dict[int, Citation]:
    """Works whose ids would be the same, one bearing the other's identifier, with a mark behind it."""
    times = Counter(work.id for work in works.values())
    apart = {group: work for group, work in works.items() if times[work.id] > 1}
    for group, work in apart.items():
        bearer = min((part for part in work.records() if work.id in part.names), key=content)
        apart[group] = replace(work, apart=record_mark(bearer)[:_MARK])
    return {**works, **apart}


def _told(works: dict[int, Citation], groups: _Groups, notes: list[tuple[int, int, Judged]]) -> Deduplicated:
    """Pairs of works, each once with its weightiest reason; not what persons have decided."""
    pairs: dict[tuple[int, int], Judged] = {}
    for i, j, found in notes:
        a, b = sorted((groups.group(i), groups.group(j)))
        if a == b or groups.said_different(i, j):
            continue
        before = pairs.get((a, b))
        if before is None or (found.verdict, found.reason) > (before.verdict, before.reason):
            pairs[a, b] = found
    told: dict[Verdict, list[CitationPair]] = {Verdict.DOUBTFUL: [], Verdict.RELATED: []}
    for (a, b), found in pairs.items():
        one, other = sorted((works[a], works[b]), key=lambda work: work.id)
        told[found.verdict].append(CitationPair(one, other, found.reason))
    doubtful, related = (
        tuple(sorted(told[verdict], key=lambda pair: (pair.one.id, pair.other.id, pair.reason)))
        for verdict in (Verdict.DOUBTFUL, Verdict.RELATED)
    )
    return Deduplicated(tuple(sorted(works.values(), key=lambda work: work.id)), doubtful, related)
