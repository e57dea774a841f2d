"""Screening in the browser: the same sessions and decision files as `screen`, a citation at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from evidence.literature.citation import Citation
from evidence.literature.citation_store import FOLDER, StoreError, read_citations
from evidence.literature.duplicates.said_of_pairs import DecisionError, as_decisions, read_decisions
from evidence.literature.known_reports import KnownReports
from evidence.literature.printed_place import printed_place
from evidence.literature.screening.decision_files import (
    ScreeningError,
    ScreeningVerdict,
    Stage,
    reviewer_name,
)
from evidence.literature.screening.question_words import TermFinder, query_terms, question_terms
from evidence.literature.screening.ranking import RankerMissingError, RelevanceRanker
from evidence.literature.screening.session import ScreeningSession, reviewing_alone
from evidence.literature.screening.states import read_review
from evidence.literature.screening.stopping import stopping_estimate
from evidence.records.review import load_review
from evidence.records.screening_choice import ScreeningChoice

Lit = list[tuple[str, bool]]
"""Pieces of a text, and whether each is a word of the question."""
_MOST_NAMES = 12
_VERDICTS: tuple[ScreeningVerdict, ...] = ("include", "exclude", "unsure", "not retrieved")


class DeskError(Exception):
    """Nobody can screen now, or a decision was not kept; the message says why."""


@dataclass
class _Pile:
    session: ScreeningSession
    terms: TermFinder
    reasons: Sequence[str]
    known: KnownReports
    note: str


class ScreeningDesk:
    """One reviewer's place: the name is taken while it is used, so that nobody decides under it elsewhere.

    reviewer: a person's name; '' where nobody was named at the start.
    """

    def __init__(self, folder: Path, reviewer: str) -> None:
        self._folder, self._reviewer = folder, reviewer
        self._piles: dict[Stage, _Pile] = {}
        self._held = ExitStack()
        self._alone = False
        self._one_at_a_time = threading.Lock()

    @property
    def reviewer(self) -> str:
        """The name that was given at the start."""
        return self._reviewer

    def leave(self) -> None:
        """Give the name back."""
        with self._one_at_a_time:
            self._held.close()
            self._alone, self._piles = False, {}

    def open(self, stage: Stage) -> dict[str, object]:
        """What is to be decided, read anew from the files. Raises DeskError."""
        with self._one_at_a_time:
            try:
                self._piles[stage] = self._pile(stage)
            except (StoreError, DecisionError, ScreeningError) as error:
                raise DeskError(str(error)) from None
            return _told(self._piles[stage])

    def decide(self, stage: Stage, id_: str, verdict: str, reason: str) -> dict[str, object]:
        """Decide about the citation that was shown; where another one is due by now, nothing is decided.

        verdict: include, exclude, unsure, not retrieved, or undo for the last decision. Raises DeskError.
        """
        with self._one_at_a_time:
            pile = self._piles.get(stage)
            if pile is None:
                raise DeskError("the server was started anew: load this page again; nothing was decided")
            try:
                done = self._done(pile, stage, id_, verdict, reason)
                return {**_told(pile), "done": done}
            except ScreeningError as error:
                raise DeskError(f"{error}; nothing was decided") from None

    def _done(self, pile: _Pile, stage: Stage, id_: str, verdict: str, reason: str) -> str:
        session = pile.session
        if verdict == "undo":
            return "there is no decision to take back" if session.undo() is None else "taken back"
        allowed = _VERDICTS if stage == "full text" else _VERDICTS[:3]
        chosen = next((each for each in allowed if each == verdict), None)
        if chosen is None:
            raise DeskError(f"'{verdict}' is no decision at stage {stage}; nothing was decided")
        if session.current is None or session.current.id != id_:
            raise DeskError("another page has decided meanwhile: load this one again; nothing was decided")
        if verdict != "exclude":
            reason = ""
        elif reason not in (*pile.reasons, *([""] if stage == "title" else [])):
            raise DeskError(f"'{reason}' is no reason of this review; nothing was decided")
        session.decide(chosen, reason)
        return f"{verdict}{f': {reason}' if reason else ''}"

    def _pile(self, stage: Stage) -> _Pile:
        if not self._reviewer:
            says = "nobody is named: start the server with --reviewer NAME, or set user.name of git"
            raise DeskError(says)
        name = reviewer_name(self._reviewer)
        works = read_citations(self._folder, as_decisions(read_decisions(self._folder / FOLDER)))
        if not works:
            raise DeskError("the review has no citations: python -m synthesis literature import")
        if not self._alone:
            self._held.enter_context(reviewing_alone(self._folder, name))
            self._alone = True
        ranker, note = None, ""
        if stage == "title":
            try:
                ranker = RelevanceRanker(works)
            except RankerMissingError as error:
                note = str(error)
        session = ScreeningSession(self._folder, name, stage, works, ranker)
        review = read_review(self._folder)
        choice = ScreeningChoice() if review is None else review.screening
        searches = () if review is None else review.searches
        further = [*choice.highlight, *(term for each in searches for term in query_terms(each.query))]
        terms = () if review is None else question_terms(review.question, further)
        known = KnownReports.of_review(load_review(self._folder))
        return _Pile(session, TermFinder(terms), choice.reasons, known, note)


def _told(pile: _Pile) -> dict[str, object]:
    session = pile.session
    number, total = session.place
    return {
        "stage": session.stage,
        "reviewer": session.reviewer,
        "number": number,
        "total": total,
        "again": session.was_unsure,
        "note": pile.note,
        "reasons": list(pile.reasons),
        "counts": {name: count for name, count in session.counts().items() if count},
        "card": None if session.current is None else _card(session.current, pile),
        "missed": _missed(session),
    }


def _missed(session: ScreeningSession) -> str:
    """What may be missed by stopping now, as far as the decisions tell."""
    if session.stage != "title" or session.current is None:
        return ""
    estimate = stopping_estimate(session.in_order(), session.place[1], session.ranked)
    return "" if estimate is None else str(estimate)


def _card(work: Citation, pile: _Pile) -> dict[str, object]:
    names = ", ".join(work.authors[:_MOST_NAMES]) + (" et al." if len(work.authors) > _MOST_NAMES else "")
    return {
        "id": work.id,
        "title": _lit(work.title or "(no title)", pile.terms),
        "others": [_lit(each, pile.terms) for each in work.other_titles[:2] if each != work.title],
        "authors": names,
        "place": printed_place(work),
        "abstract": _lit(work.abstract or "(no abstract)", pile.terms),
        "known": pile.known.line(work),
    }


def _lit(text: str, terms: TermFinder) -> Lit:
    return list(_pieces(text, terms.places(text)))


def _pieces(text: str, places: Sequence[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    at = 0
    for start, end in places:
        if start > at:
            yield text[at:start], False
        yield text[start:end], True
        at = end
    if at < len(text):
        yield text[at:], False
