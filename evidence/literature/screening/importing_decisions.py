"""Decisions that were made with another tool: in the notes of an export, or in Rayyan's log.

- Rayyan writes `RAYYAN-INCLUSION: {"Ana"=>"Included"}` and `RAYYAN-EXCLUSION-REASONS: a,b` into the notes of
  its exports; its log names the article, `included` with 1, 0 (maybe) or -1, and reasons as `__EXR__reason`.
- ASReview writes `ASReview_relevant`, `ASReview_irrelevant` or `ASReview_not_seen` into the notes of RIS.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evidence.literature.assembling import citation_of
from evidence.literature.citation import Citation
from evidence.literature.decoding import text_lines
from evidence.literature.raw_record import ExportError
from evidence.literature.readers.recognising import LOOKED_AT, reader_of
from evidence.literature.screening.decision_files import (
    ScreeningDecision,
    ScreeningError,
    ScreeningVerdict,
    Stage,
    append_decision,
    now,
    read_decisions_of,
    reviewer_name,
)
from evidence.literature.screening.session import reviewing_alone
from evidence.literature.screening.works_by_id import WorksByID

_RAYYAN = re.compile(r"RAYYAN-INCLUSION:\s*\{([^}]*)\}")
_VOTE = re.compile(r'"([^"]+)"\s*=>\s*"(\w+)"')
_REASONS = re.compile(r"RAYYAN-EXCLUSION-REASONS:\s*([^|]*)")
_ASREVIEW = re.compile(r"ASReview_(relevant|irrelevant)")
_WORDS: dict[str, ScreeningVerdict] = {
    "Included": "include",
    "Excluded": "exclude",
    "Maybe": "unsure",
    "1": "include",
    "-1": "exclude",
    "0": "unsure",
    "relevant": "include",
    "irrelevant": "exclude",
}
_LOG = {"created_at", "article_id", "key", "value"}
_OF_LOG = "__EXR__"


@dataclass(frozen=True)
class ForeignVote:
    """What a file says that a person decided of a work; who is '' where it does not say it."""

    work: str
    who: str
    verdict: ScreeningVerdict
    reason: str = ""


@dataclass
class ImportedDecisions:
    """What an import of decisions did.

    added: new decisions of each reviewer. known: those of which the reviewer had decided already, here or
    before. unknown: votes about works that the review does not hold.
    """

    unknown: int
    added: Counter[str] = field(default_factory=Counter)
    known: int = 0


def import_decisions(
    review: Path, citations: Sequence[Citation], path: Path, stage: Stage, reviewer: str
) -> ImportedDecisions:
    """The decisions of a file as those of this review's reviewers; what one has decided here stays.

    reviewer: whose the decisions are where the file does not say it. Raises ScreeningError for a file without
    decisions or one that cannot be read, and where nothing can be kept.
    """
    try:
        votes = list(_votes(path, citations))
    except OSError as error:
        raise ScreeningError(f"'{path}': {(error.strerror or str(error)).lower()}") from error
    except ExportError as error:
        raise ScreeningError(f"'{path}': {error}") from None
    if not votes:
        raise ScreeningError(
            f"'{path}' holds no decisions; expected notes of Rayyan or ASReview in an export, or Rayyan's log"
        )
    done = ImportedDecisions(sum(not vote.work for vote in votes))
    by_person: dict[str, dict[str, ForeignVote]] = {}
    for vote in votes:
        if vote.work:
            by_person.setdefault(reviewer_name(vote.who or reviewer), {})[vote.work] = vote
    for person, theirs in sorted(by_person.items()):
        with reviewing_alone(review, person):
            _keep(review, person, theirs, WorksByID(citations), stage, done)
    return done


def _keep(
    review: Path,
    person: str,
    votes: Mapping[str, ForeignVote],
    works: WorksByID,
    stage: Stage,
    done: ImportedDecisions,
) -> None:
    found = (works.find(each.id) for each in read_decisions_of(review, person) if each.stage == stage)
    decided = {work.id for work in found if work is not None}
    for work, vote in votes.items():
        if work in decided:
            done.known += 1
            continue
        append_decision(review, person, ScreeningDecision(now(), stage, work, vote.verdict, vote.reason))
        done.added[person] += 1


def _votes(path: Path, citations: Sequence[Citation]) -> Iterator[ForeignVote]:
    lines = text_lines(path)
    head = list(itertools.islice(lines, LOOKED_AT))
    columns = next(csv.reader([head[0][1]])) if head else []
    if set(columns) >= _LOG:
        rows = csv.DictReader(text for _, text in itertools.chain(head, lines))
        yield from _of_log(rows, citations)
        return
    _, reader = reader_of([text for _, text in head])
    works = WorksByID(citations)
    for raw in reader(itertools.chain(head, lines)):
        citation = citation_of(raw, path.name)
        if citation is None:
            continue
        bearers = (works.find(name) for name in sorted(citation.names))
        work = next((each.id for each in bearers if each is not None), "")
        for who, verdict, reason in _of_notes(" | ".join(raw.said.get("note", ()))):
            yield ForeignVote(work, who, verdict, reason)


def _of_notes(notes: str) -> Iterator[tuple[str, ScreeningVerdict, str]]:
    rayyan = _RAYYAN.search(notes)
    reasons = _REASONS.search(notes)
    for who, word in _VOTE.findall(rayyan[1]) if rayyan else ():
        if word in _WORDS:
            verdict = _WORDS[word]
            yield who, verdict, _joined(reasons[1].split(",")) if reasons and verdict == "exclude" else ""
    asreview = _ASREVIEW.search(notes)
    if asreview:
        yield "", _WORDS[asreview[1]], ""


def _of_log(rows: Iterable[dict[str, str]], citations: Sequence[Citation]) -> Iterator[ForeignVote]:
    """The last decision of each person about each article, with the reasons that were left standing."""
    of_article = {
        source.accession.removeprefix("rayyan-"): each.id
        for each in citations
        for source in each.sources
        if source.accession.startswith("rayyan-")
    }
    verdicts: dict[tuple[str, str], ScreeningVerdict] = {}
    reasons: dict[tuple[str, str], dict[str, None]] = {}
    for row in sorted(rows, key=lambda row: row["created_at"] or ""):
        who, key, value = row.get("user_email") or "", (row["key"] or "").strip('"'), row["value"] or ""
        vote = who.partition("@")[0], row["article_id"] or ""
        if key == "included":
            verdicts.pop(vote, None)
            if value in _WORDS:
                verdicts[vote] = _WORDS[value]
        elif key.startswith(_OF_LOG):
            named = reasons.setdefault(vote, {})
            named.pop(key, None)
            if value == "1":
                named[key] = None
    for vote, verdict in verdicts.items():
        said = [key.removeprefix(_OF_LOG) for key in reasons.get(vote, ())] if verdict == "exclude" else []
        yield ForeignVote(of_article.get(vote[1], ""), vote[0], verdict, _joined(said))


def _joined(reasons: Iterable[str]) -> str:
    return "; ".join(each.strip() for each in reasons if each.strip())
