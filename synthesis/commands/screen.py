"""`screen`: a person decides about citations, one after another."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from synthesis.commands.loading import ReviewOption, find_review
from synthesis.terminal import complain, console, refuse

if TYPE_CHECKING:
    from evidence.literature.citation import Citation
    from evidence.literature.screening.decision_files import Stage
    from evidence.literature.screening.session import ScreeningSession
    from synthesis.commands.screening_dialogue import Dialogue


def screen(
    review: ReviewOption = None,
    stage: Annotated[
        str, typer.Option(metavar="title|full-text", help="Titles with abstracts, or full texts.")
    ] = "title",
    reviewer: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who decides; when left out the user.name of git.")
    ] = None,
    conflicts: Annotated[
        bool, typer.Option("--conflicts", help="Show what reviewers decided differently, and settle it.")
    ] = False,
    agreement: Annotated[
        bool, typer.Option("--agreement", help="How far reviewers agree: tables, Cohen's kappa, PABAK.")
    ] = False,
    import_file: Annotated[
        Path | None,
        typer.Option(
            "--import",
            metavar="FILE",
            help="Take over decisions of another tool: an export with the notes of Rayyan or ASReview, or "
            "Rayyan's log. What was decided here stays.",
        ),
    ] = None,
) -> None:
    """Decide which citations belong into the review, one key each; every decision is on the disk at once.

    Ended at any time it goes on where it was. Decisions are lines in literature/screening/NAME.tsv. With
    scikit-learn those likely to be included come first, as learned from one's own decisions.

    Example: python -m synthesis screen --review my-review --reviewer "Ana López"
    """
    from evidence.literature.citation_store import StoreError
    from evidence.literature.duplicates.said_of_pairs import DecisionError
    from evidence.literature.screening.decision_files import ScreeningError

    if stage not in ("title", "full-text"):
        refuse(f"no stage is called '{stage}'; expected title or full-text", code=2)
    if conflicts + agreement + (import_file is not None) > 1:
        refuse("give --conflicts, --agreement or --import, one at a time", code=2)
    if review is None and not Path("review.yaml").is_file():
        refuse("no review.yaml is here; name the review with --review DIR", code=2)
    folder = find_review(review)
    at = cast("Stage", stage.replace("-", " "))
    try:
        works = _works(folder)
        if agreement:
            _tell_agreement(folder, works, at)
        elif import_file is not None:
            _import(folder, works, import_file, at, _who(folder, reviewer))
        elif conflicts:
            _settle(folder, works, at, _who(folder, reviewer))
        else:
            _screen(folder, works, at, _who(folder, reviewer))
    except (StoreError, DecisionError, ScreeningError) as error:
        refuse(str(error))


def _works(folder: Path) -> list[Citation]:
    from evidence.literature.citation_store import FOLDER, read_citations
    from evidence.literature.duplicates.said_of_pairs import as_decisions, read_decisions

    works = read_citations(folder, as_decisions(read_decisions(folder / FOLDER)))
    if not works:
        refuse("the review has no citations; see: python -m synthesis literature import --help")
    return works


def _who(folder: Path, reviewer: str | None) -> str:
    """The reviewer's name as that of a file."""
    from evidence.literature.screening.decision_files import reviewer_name

    name = reviewer
    if name is None:
        try:
            asked = subprocess.run(
                ["git", "config", "user.name"], cwd=folder, capture_output=True, text=True, check=False
            )
            name = asked.stdout.strip()
        except OSError:
            name = ""
        if not name:
            refuse("nobody is named: give --reviewer NAME, or set user.name of git", code=2)
    return reviewer_name(name)


def _dialogue(folder: Path) -> Dialogue:
    from evidence.literature.known_reports import KnownReports
    from evidence.literature.screening.question_words import TermFinder, query_terms, question_terms
    from evidence.literature.screening.states import read_review
    from evidence.records.review import load_review
    from evidence.records.screening_choice import ScreeningChoice
    from synthesis.commands.screening_dialogue import Dialogue
    from synthesis.commands.screening_keys import TerminalKeys, TypedKeys

    review = read_review(folder)
    choice = ScreeningChoice() if review is None else review.screening
    searches = () if review is None else review.searches
    further = [*choice.highlight, *(term for search in searches for term in query_terms(search.query))]
    terms = () if review is None else question_terms(review.question, further)
    keys = TerminalKeys() if sys.stdin.isatty() else TypedKeys()
    known = KnownReports.of_review(load_review(folder))
    return Dialogue(keys, TermFinder(terms), choice.reasons, known.line)


def _screen(folder: Path, works: list[Citation], stage: Stage, who: str) -> None:
    from evidence.literature.screening.ranking import RankerMissingError, RelevanceRanker
    from evidence.literature.screening.session import ScreeningSession, reviewing_alone
    from synthesis.commands.screening_dialogue import screen_pile

    with reviewing_alone(folder, who):
        ranker = None
        if stage == "title":
            try:
                ranker = RelevanceRanker(works)
            except RankerMissingError as error:
                console.print(str(error), style="yellow")
        session = ScreeningSession(folder, who, stage, works, ranker)
        if ranker is not None and not session.ranked:
            console.print("in the order of their ids until one is included and one excluded", style="dim")
        screen_pile(session, _dialogue(folder))
    _tell_end(session)


_NEXT = {"title": "screen --stage full-text", "full text": "literature draft"}


def _tell_end(session: ScreeningSession) -> None:
    from evidence.literature.screening.stopping import stopping_estimate

    counts = session.counts()
    console.print(
        f"{session.reviewer}, {session.stage}: "
        + ", ".join(
            f"{number:,} {verdict}"
            for verdict, number in counts.items()
            if number or verdict != "not retrieved"
        ),
        style="bold",
    )
    for decision in session.lost[:5]:
        console.print(f"no one citation has the id {decision.id}, decided on {decision.day}", style="yellow")
    if session.current is None:
        waits = "; those that are unsure come again" if counts["unsure"] else ""
        console.print(f"nothing is left to decide here{waits}")
        if counts["include"]:
            console.print(f"next: python -m synthesis {_NEXT[session.stage]}")
    elif session.stage == "title":
        estimate = stopping_estimate(session.in_order(), session.place[1], session.ranked)
        console.print(
            "no estimate of what is missed: nothing was kept yet" if estimate is None else str(estimate)
        )


def _settle(folder: Path, works: list[Citation], stage: Stage, who: str) -> None:
    from evidence.literature.screening.decision_files import AGREED
    from evidence.literature.screening.session import conflicts, reviewing_alone
    from evidence.literature.screening.states import review_decisions
    from evidence.wording import counted
    from synthesis.commands.screening_dialogue import settle_conflicts

    with reviewing_alone(folder, AGREED):
        waiting = conflicts(folder, works, stage)
        if not waiting:
            console.print(f"no conflict waits at stage {stage}", style="bold green")
            return
        decisions = review_decisions(folder, works)
        done = settle_conflicts(folder, waiting, stage, decisions, who, _dialogue(folder))
    console.print(f"{counted(done, 'conflict')} settled, {len(waiting) - done:,} left", style="bold")


def _import(folder: Path, works: list[Citation], path: Path, stage: Stage, who: str) -> None:
    from evidence.literature.screening.importing_decisions import import_decisions
    from evidence.wording import counted

    done = import_decisions(folder, works, path, stage, who)
    for name, number in sorted(done.added.items()):
        console.print(f"{name}: {counted(number, 'decision')} taken over")
    if done.known:
        console.print(f"{counted(done.known, 'decision')} known before or decided here")
    if done.unknown:
        complain(
            f"{counted(done.unknown, 'decision')} about works that are not in the review; import the file's "
            "citations first: python -m synthesis literature import"
        )
        raise typer.Exit(1)


def _tell_agreement(folder: Path, works: list[Citation], stage: Stage) -> None:
    from evidence.literature.screening.rater_agreement import agreements

    found = agreements(folder, works, stage)
    if not found:
        refuse(f"no two reviewers have decided the same citations at stage {stage}")
    for each in found:
        for line in each.lines():
            console.print(line)
