"""One reviewer going through the citations of a stage, each decision on the disk before the next is shown."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from evidence.literature.citation import Citation
from evidence.literature.citation_store import FOLDER, take_lock
from evidence.literature.screening.decision_files import (
    SCREENING,
    ScreeningDecision,
    ScreeningError,
    ScreeningVerdict,
    Stage,
    append_decision,
    now,
    read_decisions_of,
)
from evidence.literature.screening.ranking import RelevanceRanker
from evidence.literature.screening.states import (
    ReviewDecisions,
    review_decisions,
    screening_choice,
    screening_state,
)
from evidence.literature.screening.works_by_id import WorksByID
from evidence.records.writing.files import WritingError, write_atomically

EVERY = 10
"""Decisions after which the order of what is left is made anew."""


@contextmanager
def reviewing_alone(review: Path, reviewer: str) -> Iterator[None]:
    """While this holds, nobody else decides under the reviewer's name in this folder.

    The lock is the operating system's: it ends with the process, however that ends. Raises ScreeningError
    where another session holds it.
    """
    folder = review / FOLDER / SCREENING
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / ".gitignore", ".*.lock\n", overwrite=True)
        lock = os.open(folder / f".{reviewer}.lock", os.O_RDWR | os.O_CREAT, 0o666)
    except (OSError, WritingError) as error:
        raise ScreeningError(f"'{folder}': {getattr(error, 'strerror', None) or error}") from error
    try:
        if not take_lock(lock):
            raise ScreeningError(f"'{reviewer}.tsv' is in use by another session; end that one first")
        yield
    finally:
        os.close(lock)


class ScreeningSession:
    """The works that a reviewer has still to decide at a stage, first the undecided, then the unsure.

    Made anew from the files it goes on where the last one ended. ranker: what brings those first that are
    likely to be included; None for the order of the citations.
    """

    def __init__(
        self,
        review: Path,
        reviewer: str,
        stage: Stage,
        citations: Sequence[Citation],
        ranker: RelevanceRanker | None = None,
    ) -> None:
        self.review, self.reviewer, self.stage = review, reviewer, stage
        self.ranked = False
        self._works, self._ranker, self._since = WorksByID(citations), ranker, 0
        decisions = review_decisions(review, citations)
        self.lost = decisions.lost
        needed = screening_choice(review).reviewers
        self._own = {each.id: own for each in citations if (own := self._said(decisions, each)) is not None}
        states = ((each, screening_state(each.id, decisions, needed)) for each in citations)
        here = [(each, state.verdict) for each, state in states if state.stage == stage]
        self._fresh = [each for each, verdict in here if verdict == "waiting" and each.id not in self._own]
        self._unsure = [
            each
            for each, verdict in here
            if self._own.get(each.id) == "unsure" and verdict in ("waiting", "unsure", "conflict")
        ]
        self._left = {each.id for each in (*self._fresh, *self._unsure)}
        self._again: list[Citation] = []
        self._made = [each for each in read_decisions_of(review, reviewer) if each.stage == stage]
        self._rank()

    def _said(self, decisions: ReviewDecisions, work: Citation) -> ScreeningVerdict | None:
        votes = decisions.about(self.stage, work.id).votes.get(self.reviewer, ())
        return max(votes, key=lambda each: each.when).verdict if votes else None

    @property
    def current(self) -> Citation | None:
        """The work that is to be decided now; None when there is nothing left."""
        return next((pile[0] for pile in self._piles() if pile), None)

    def _piles(self) -> tuple[list[Citation], ...]:
        """Those whose decision was taken back, the undecided, and the unsure."""
        return self._again, self._fresh, self._unsure

    @property
    def was_unsure(self) -> bool:
        """Whether the current work comes again because the reviewer was unsure of it."""
        return not self._again and not self._fresh and bool(self._unsure)

    @property
    def place(self) -> tuple[int, int]:
        """Which of how many works the current one is for this reviewer, from 1."""
        left = sum(map(len, self._piles()))
        total = len({*self._own} | self._left)
        return min(total - left + 1, total), total

    def counts(self) -> dict[ScreeningVerdict, int]:
        """How many works the reviewer has decided how at this stage."""
        verdicts: tuple[ScreeningVerdict, ...] = ("include", "exclude", "unsure", "not retrieved")
        found = list(self._own.values())
        return {verdict: found.count(verdict) for verdict in verdicts}

    def decide(self, verdict: ScreeningVerdict, reason: str = "") -> None:
        """Decide about the current work, still the current one where that cannot be kept (ScreeningError)."""
        work = self.current
        assert work is not None
        decision = ScreeningDecision(now(), self.stage, work.id, verdict, reason)
        self._made.append(append_decision(self.review, self.reviewer, decision))
        self._own[work.id] = verdict
        next(pile for pile in self._piles() if pile).pop(0)
        self._since += 1
        if self._since >= EVERY or not self.ranked:
            self._rank()

    def undo(self) -> Citation | None:
        """Take back the last decision at this stage that stands; its work is the current one again.

        None where there is none. Raises ScreeningError where it cannot be kept.
        """
        taken_back: set[str] = set()
        for decision in reversed(self._made):
            if decision.verdict == "undo":
                taken_back.add(decision.id)
                continue
            work = self._works.find(decision.id)
            if decision.id in taken_back or work is None:
                continue
            back = ScreeningDecision(now(), self.stage, decision.id, "undo")
            self._made.append(append_decision(self.review, self.reviewer, back))
            self._own.pop(work.id, None)
            for pile in self._piles():
                pile[:] = [each for each in pile if each.id != work.id]
            self._left.add(work.id)
            self._again.insert(0, work)
            return work
        return None

    def _rank(self) -> None:
        """The undecided in the order of the reviewer's own decisions, if these are enough."""
        if self._ranker is None:
            return
        kept = {work: verdict != "exclude" for work, verdict in self._own.items()}
        order = self._ranker.order(self._fresh, kept)
        if order is not None:
            self._fresh, self.ranked, self._since = order, True, 0

    def in_order(self) -> list[bool]:
        """Of each work that the reviewer has decided whether it was kept, in the order of first decisions."""
        kept: dict[str, bool] = {}
        for decision in self._made:
            work = self._works.find(decision.id)
            if work is not None and (verdict := self._own.get(work.id)) is not None:
                kept.setdefault(work.id, verdict != "exclude")
        return list(kept.values())


def conflicts(review: Path, citations: Sequence[Citation], stage: Stage) -> list[Citation]:
    """The works of a stage about which its reviewers disagree, or are all unsure where several are asked.

    Raises ScreeningError.
    """
    decisions = review_decisions(review, citations)
    needed = screening_choice(review).reviewers
    found = []
    for each in citations:
        state = screening_state(each.id, decisions, needed)
        unsure = state.verdict == "unsure" and needed > 1
        if state.stage == stage and (state.verdict == "conflict" or unsure):
            found.append(each)
    return found
