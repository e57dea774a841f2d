"""Where each citation stands: waiting at a stage, in conflict, excluded, included.

A work passes a stage when as many reviewers as the review asks for have decided it alike, or when what they
decided was settled in `agreed.tsv`. The rules:

- At titles an unsure one beside one to include goes on to the full text: nobody wants it out.
- At full texts two exclusions for different reasons are a conflict, for the flow diagram counts reasons.
- Who decided differently of two records that were joined later contradicts himself: a conflict too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from evidence.literature.citation import Citation
from evidence.literature.screening.decision_files import (
    AGREED,
    ScreeningDecision,
    ScreeningError,
    Stage,
    read_screening,
)
from evidence.literature.screening.works_by_id import WorksByID
from evidence.records.reading import read_model
from evidence.records.review import Review
from evidence.records.review_folder import REVIEW_FILE
from evidence.records.screening_choice import ScreeningChoice

WorkStanding = Literal["waiting", "conflict", "unsure", "excluded", "not retrieved", "included"]
ANOTHER = "another reviewer"
"""Who is waited for where fewer persons than needed have begun."""


@dataclass(frozen=True)
class ScreeningState:
    """Where a citation stands.

    A title that is included stands at stage "full text", waiting; "included" it is only there.
    """

    stage: Stage
    verdict: WorkStanding
    reason: str = ""
    """Why it was excluded, as far as it was said."""
    decided: date | None = None
    """The day of the decision that brought it here; None where it waits at its title."""
    waits_for: tuple[str, ...] = ()
    """Whose decisions are missing."""


Votes = Mapping[str, tuple[ScreeningDecision, ...]]
"""Of each reviewer the decisions that stand about a work: several where its records were decided apart."""


@dataclass(frozen=True)
class WorkDecisions:
    """Everything that was decided about a work at a stage."""

    votes: Votes
    settled: ScreeningDecision | None = None


NOTHING_SAID = WorkDecisions({})


def read_review(review: Path) -> Review | None:
    """review.yaml, None where there is none. Raises ScreeningError for a damaged one."""
    path = review / REVIEW_FILE
    if not path.exists():
        return None
    document = read_model(path, Review)
    if document.model is None:
        raise ScreeningError(f"{document.problems[0].place}: {document.problems[0].says}; see: check")
    return document.model


def screening_choice(review: Path) -> ScreeningChoice:
    """How a review screens, the usual way without review.yaml. Raises ScreeningError for a damaged one."""
    found = read_review(review)
    return ScreeningChoice() if found is None else found.screening


@dataclass(frozen=True)
class ReviewDecisions:
    """Every decision of a review, by stage and id of the work as it is now.

    reviewers: whoever has a file, in the order of the alphabet. lost: decisions about ids that no citation
    has, or several bear.
    """

    of: Mapping[tuple[Stage, str], WorkDecisions]
    reviewers: tuple[str, ...]
    lost: tuple[ScreeningDecision, ...] = ()

    def about(self, stage: Stage, work: str) -> WorkDecisions:
        """What was decided about a work at a stage."""
        return self.of.get((stage, work), NOTHING_SAID)


def review_decisions(review: Path, citations: Iterable[Citation]) -> ReviewDecisions:
    """The decisions about these citations. Raises ScreeningError."""
    files = read_screening(review)
    works = WorksByID(citations)
    votes: dict[tuple[Stage, str], dict[str, tuple[ScreeningDecision, ...]]] = defaultdict(dict)
    settled: dict[tuple[Stage, str], ScreeningDecision] = {}
    lost: list[ScreeningDecision] = []
    for reviewer, decisions in files.items():
        for (stage, work), standing in _standing(decisions, works, lost).items():
            if reviewer == AGREED:
                settled[stage, work] = max(standing, key=lambda each: each.when)
            else:
                votes[stage, work][reviewer] = standing
    of = {key: WorkDecisions(votes.get(key, {}), settled.get(key)) for key in {*votes, *settled}}
    return ReviewDecisions(of, tuple(sorted(files.keys() - {AGREED})), tuple(lost))


def _standing(
    decisions: Iterable[ScreeningDecision], works: WorksByID, lost: list[ScreeningDecision]
) -> dict[tuple[Stage, str], tuple[ScreeningDecision, ...]]:
    """Of one file the latest decision about each id, under the work that has it now; not those undone."""
    latest: dict[tuple[Stage, str], ScreeningDecision] = {}
    for decision in decisions:
        latest[decision.stage, decision.id] = decision
    together: dict[tuple[Stage, str], tuple[ScreeningDecision, ...]] = {}
    for decision in latest.values():
        if decision.verdict == "undo":
            continue
        work = works.find(decision.id)
        if work is None:
            lost.append(decision)
            continue
        key = decision.stage, work.id
        together[key] = (*together.get(key, ()), decision)
    return together


def screening_states(review: Path, citations: Sequence[Citation]) -> dict[str, ScreeningState]:
    """Where each of the citations of a review stands, by its id. Raises ScreeningError."""
    needed = screening_choice(review).reviewers
    decisions = review_decisions(review, citations)
    return {work.id: screening_state(work.id, decisions, needed) for work in citations}


def screening_state(work: str, decisions: ReviewDecisions, needed: int) -> ScreeningState:
    """Where a work stands after the decisions of so many reviewers as are needed."""
    title = _at_stage("title", decisions.about("title", work), decisions.reviewers, needed)
    if title.verdict != "included":
        return title
    text = _at_stage("full text", decisions.about("full text", work), decisions.reviewers, needed)
    return replace(text, decided=title.decided) if text.verdict == "waiting" else text


_OUTCOMES: dict[str, WorkStanding] = {
    "include": "included",
    "exclude": "excluded",
    "unsure": "unsure",
    "not retrieved": "not retrieved",
}


def _at_stage(stage: Stage, said: WorkDecisions, reviewers: Sequence[str], needed: int) -> ScreeningState:
    """Where a stage leaves a work; "included" where it passes."""
    if said.settled is not None:
        last = said.settled
        return ScreeningState(stage, _OUTCOMES[last.verdict], _reason((last,)), last.day)
    missing = needed - len(said.votes)
    if missing > 0:
        others = [name for name in reviewers if name not in said.votes]
        waits_for = (*others, *[ANOTHER] * (missing - len(others)))
        return ScreeningState(stage, "waiting", waits_for=waits_for)
    every = [each for votes in said.votes.values() for each in votes]
    return ScreeningState(stage, _together(stage, every), _reason(every), max(each.day for each in every))


def _together(stage: Stage, votes: Sequence[ScreeningDecision]) -> WorkStanding:
    verdicts = {each.verdict for each in votes}
    if stage == "title" and verdicts == {"include", "unsure"}:
        return "included"
    if len(verdicts) > 1:
        return "conflict"
    if stage == "full text" and verdicts == {"exclude"} and len({each.reason for each in votes}) > 1:
        return "conflict"
    return _OUTCOMES[verdicts.pop()]


def _reason(votes: Sequence[ScreeningDecision]) -> str:
    """The reason of exclusions: the last that was said."""
    if any(each.verdict != "exclude" for each in votes):
        return ""
    said = [each.reason for each in sorted(votes, key=lambda each: each.when) if each.reason]
    return said[-1] if said else ""
