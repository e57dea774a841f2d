"""Two versions of a review side by side: each result before and after, and what moved it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from evidence.records.review import Analysis, LoadedReview, Review
from synthesis.living.causes import Alone, Cause, joint_shift, touches
from synthesis.living.changes import Change, Changes, find_changes
from synthesis.living.summaries import NOTHING_POOLED, Contradictions, Pooling, Summary, summaries_of


@dataclass(frozen=True)
class MovedResult:
    """One result that is not as it was. joint: what the causes do together beyond what each does alone.

    analysis: as the new version has it, the old one's where it is gone. why: what is said instead of causes.
    """

    analysis: Analysis
    title: str
    before: Summary
    after: Summary
    causes: tuple[Cause, ...] = ()
    joint: float | None = None
    why: str = ""


@dataclass(frozen=True)
class Refused:
    """An analysis that the new version cannot pool; still: the old one could not either."""

    analysis: Analysis
    reason: str
    still: bool


@dataclass(frozen=True)
class Movement:
    """All that moved between two versions of a review; asked: how many results were compared or untouched."""

    changes: Changes
    old: Pooling
    new: Pooling
    moved: tuple[MovedResult, ...]
    refused: tuple[Refused, ...]
    asked: int

    @property
    def unchanged(self) -> int:
        """How many analyses are as they were."""
        other = {each.analysis.id for each in self.moved} | {each.analysis.id for each in self.refused}
        return self.asked - len(other)


def find_movement(old: LoadedReview, new: LoadedReview, everything: bool = False) -> Movement:
    """Compare two readable versions; only analyses that a change can touch are pooled, unless `everything`.

    Raises ValueError for a method that pooling does not know.
    """
    return movement_of(old, new, find_changes(old, new), everything)


def movement_of(old: LoadedReview, new: LoadedReview, changes: Changes, everything: bool = False) -> Movement:
    """The same of two versions whose changes are known."""
    pairs = _pairs(old.review, new.review)
    reviews = (old.review, new.review)
    if not everything:
        pairs = [pair for pair in pairs if _is_touched(pair, changes, reviews)]
    contradicted = Contradictions()
    before = Pooling.of(old, {a.id for a, _ in pairs if a is not None}, contradicted)
    after = Pooling.of(new, {b.id for _, b in pairs if b is not None}, contradicted)
    alone = Alone(old, changes, contradicted)
    moved = [each for pair in pairs for each in _moved(pair, before, after, alone)]
    refused = tuple(_refused(pairs, before, after))
    asked = len(_pairs(old.review, new.review))
    return Movement(changes, before, after, tuple(moved), refused, asked)


_Pair = tuple[Analysis | None, Analysis | None]


def _pairs(old: Review, new: Review) -> list[_Pair]:
    """The analyses of both versions by id, or by what they ask where only the id is another."""
    before = {each.id: each for each in old.analyses}
    gone = [each for each in old.analyses if each.id not in {other.id for other in new.analyses}]
    pairs: list[_Pair] = []
    for analysis in new.analyses:
        earlier = before.get(analysis.id) or next((each for each in gone if _asks_same(each, analysis)), None)
        if earlier in gone:
            gone.remove(earlier)
        pairs.append((earlier, analysis))
    return [*pairs, *((each, None) for each in gone)]


def _asks_same(a: Analysis, b: Analysis) -> bool:
    words = {"id", "title", "note", "direction"}
    return a.model_dump(exclude=words) == b.model_dump(exclude=words)


def _is_touched(pair: _Pair, changes: Changes, reviews: Sequence[Review]) -> bool:
    analyses = [each for each in pair if each is not None]
    every: Iterable[Change] = (*changes.records, *changes.plan)
    return len(analyses) < 2 or any(touches(change, analyses, reviews) for change in every)


def _moved(pair: _Pair, before: Pooling, after: Pooling, alone: Alone) -> Iterator[MovedResult]:
    old, new = pair
    analysis = new if new is not None else old
    assert analysis is not None
    if new is not None and new.id in after.refusals:
        return
    earlier = before.summaries.get(old.id, {}) if old is not None else {}
    later = after.summaries.get(new.id, {}) if new is not None else {}
    if old is not None and new is not None:
        earlier = _told_alike(old, new, before, after) or earlier
    names = [
        name
        for name in dict.fromkeys([*earlier, *later])
        if not earlier.get(name, NOTHING_POOLED).is_same(later.get(name, NOTHING_POOLED))
    ]
    why = _why(pair, before)
    causes = {}
    if names and old is not None and new is not None and not why:
        held = before.results[old.id].telling_as(after.results[new.id])
        causes = alone.causes(held, earlier, new)
    for name in names:
        was, now = earlier.get(name, NOTHING_POOLED), later.get(name, NOTHING_POOLED)
        found = tuple(
            each for each in causes.get(name, ()) if each.alone is None or not each.alone.is_same(was)
        )
        title = f"{analysis.title}: {name}" if name else analysis.title
        yield MovedResult(analysis, title, was, now, found, joint_shift(was, now, found), why)


def _told_alike(old: Analysis, new: Analysis, before: Pooling, after: Pooling) -> Mapping[str, Summary]:
    """Of a curve in both versions the old one, at the doses that the new one tells; else nothing."""
    held, now = before.results.get(old.id), after.results.get(new.id)
    if held is None or now is None or held.dose is None:
        return {}
    return summaries_of(held.telling_as(now))


def _why(pair: _Pair, before: Pooling) -> str:
    if pair[0] is None:
        return "a new analysis"
    if pair[1] is None:
        return "the analysis is gone"
    return "it was refused before" if pair[0].id in before.refusals else ""


def _refused(pairs: Iterable[_Pair], before: Pooling, after: Pooling) -> Iterator[Refused]:
    for old, new in pairs:
        if new is not None and new.id in after.refusals:
            still = old is not None and old.id in before.refusals
            yield Refused(new, after.refusals[new.id], still)
