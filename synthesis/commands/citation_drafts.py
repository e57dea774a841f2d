"""`literature draft`: included citations that no record has become drafts of records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthesis.commands.loading import ReviewOption, find_review
from synthesis.terminal import console, refuse

if TYPE_CHECKING:
    from evidence.literature.citation import Citation
    from evidence.literature.known_reports import KnownReport
    from evidence.records.review import LoadedReview

_ASKED = "python -m synthesis literature draft"


def draft_citations(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID",
            help="Of citations; every one that is included when left out.",
            show_default=False,
        ),
    ] = None,
    review: ReviewOption = None,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="STUDY", help="They are reports of this record: add them to it."),
    ] = None,
    new: Annotated[
        bool,
        typer.Option("--new", help="They are of other persons than every record: draft them."),
    ] = False,
) -> None:
    """Make drafts of records from included citations that no record has yet.

    A draft stands in drafts/, its report filled in, with what is to be extracted marked: `check` says what
    each lacks, no pool has anything of it, and `add --from` takes it when it is complete. A citation that may
    be another report of a record is not drafted: it is told, and --to or --new answers it. Done again,
    nothing is drafted twice. Exit code 1 while such a question is open.

    Example: python -m synthesis literature draft doi:10.1000/abc --to lee-2019
    """
    from evidence.literature.citation_store import StoreError, writing_alone
    from evidence.literature.duplicates.said_of_pairs import DecisionError
    from evidence.literature.screening.decision_files import ScreeningError
    from evidence.records.writing import WritingError
    from synthesis.commands.drafts import started

    if (to or new) and not ids:
        refuse("--new and --to are about citations that are named", code=2)
    if to and new:
        refuse("give --to or --new, one at a time", code=2)
    if review is None and not Path("review.yaml").is_file():
        refuse("no review.yaml is here; name the review with --review DIR", code=2)
    folder = find_review(review)
    try:
        with writing_alone(folder):
            loaded = started(folder)
            chosen = _chosen(folder, ids or [])
            if to is not None:
                _add_to(loaded, to, chosen)
                return
            waits = _draft_all(loaded, chosen, new)
    except (StoreError, DecisionError, ScreeningError, WritingError) as error:
        refuse(str(error))
    if waits:
        raise typer.Exit(1)


def _chosen(folder: Path, ids: Sequence[str]) -> list[Citation]:
    """The included citations, or those of them that are named; exits where one is not known or included."""
    from evidence.literature.citation_store import FOLDER, read_citations
    from evidence.literature.duplicates.said_of_pairs import as_decisions, read_decisions
    from evidence.literature.screening.states import screening_states

    citations = read_citations(folder, as_decisions(read_decisions(folder / FOLDER)))
    states = screening_states(folder, citations)
    if not ids:
        return [each for each in citations if states[each.id].verdict == "included"]
    named = {name: each for each in citations for name in (*each.names, each.id)}
    found = []
    for name in ids:
        citation = named.get(name)
        if citation is None:
            refuse(f"no citation has the id {name}; they stand in literature/citations.jsonl", code=2)
        state = states[citation.id]
        if state.verdict != "included":
            refuse(
                f"{name} is not included: {state.verdict} at its {state.stage}; python -m synthesis screen"
            )
        found.append(citation)
    return found


def _draft_all(loaded: LoadedReview, chosen: Sequence[Citation], new: bool) -> int:
    """Write the drafts, tell what else there is, and return how many wait for an answer."""
    from evidence.literature.drafts_of_citations import draft_of_citation, reference_of, study_of
    from evidence.literature.known_reports import KnownReports
    from evidence.records.reading import read_record
    from evidence.records.review_folder import DRAFTS, draft_paths, record_paths
    from evidence.records.writing import write_atomically
    from evidence.wording import counted
    from synthesis.commands.problem_formats import shown_path

    known = KnownReports.of_review(loaded)
    taken = {path.stem for path in (*record_paths(loaded.folder), *draft_paths(loaded.folder))}
    taken |= {record.study for record in loaded.records}
    counts = {"draft": 0, "known": 0, "question": 0}
    for citation in chosen:
        if known.facts(citation):
            counts["known"] += 1
            continue
        questions = () if new else known.questions(citation)
        if questions:
            counts["question"] += 1
            _ask(citation, questions)
            continue
        study = study_of(citation, taken)
        path = loaded.folder / DRAFTS / f"{study}.yaml"
        write_atomically(path, draft_of_citation(citation, study, loaded.document.model))
        taken.add(study)
        counts["draft"] += 1
        console.print(f"wrote {shown_path(path)}", style="bold green")
        console.print(f"  {reference_of(citation)}", style="dim")
        known.put(read_record(path), waiting=True)  # the next one may be another report of it
    told = f"{counts['draft']:,} drafted, {counts['known']:,} in a record or draft before"
    more = f", {counts['question']:,} to be answered" if counts["question"] else ""
    console.print(f"{counted(len(chosen), 'included citation')}: {told}{more}", style="bold")
    if counts["draft"]:
        console.print("what each lacks: python -m synthesis check")
    return counts["question"]


def _ask(citation: Citation, questions: Sequence[KnownReport]) -> None:
    from evidence.literature.drafts_of_citations import reference_of
    from evidence.literature.known_reports import question_words

    console.print(citation.id, style="cyan")
    console.print(f"  {reference_of(citation)}")
    for line in question_words(questions):
        console.print(f"  {line}", style="yellow")
    console.print(f"  if it is: {_ASKED} {citation.id} --to {questions[0].study}; if not: --new")


def _add_to(loaded: LoadedReview, study: str, chosen: Sequence[Citation]) -> None:
    """Write citations into a record as reports of it; exits where there is no such record."""
    from evidence.literature.drafts_of_citations import report_of_citation, study_of
    from evidence.literature.known_reports import KnownReports
    from evidence.records.writing import write_record
    from evidence.records.writing.extending import extended
    from synthesis.commands.problem_formats import shown_path

    document = next((each for each in loaded.documents if each.model and each.model.study == study), None)
    if document is None or document.model is None:
        refuse(_no_record(loaded, study), code=2)
    record, known = document.model, KnownReports([document])
    for citation in chosen:
        facts = known.facts(citation)
        if facts:
            console.print(f"{citation.id} is report {facts[0].report} of {study} already")
            continue
        name = study_of(citation, record.reports)
        longer = record.model_copy(update={"reports": {**record.reports, name: report_of_citation(citation)}})
        text, record = extended(document.path, record, longer)
        write_record(document.path, text, record, overwrite=True)
        console.print(f"wrote {shown_path(document.path)}: report {name}", style="bold green")
        console.print(f"what it prints: python -m synthesis add --to {study} --report {name}")


def _no_record(loaded: LoadedReview, study: str) -> str:
    from evidence.records.review_folder import DRAFTS, draft_paths

    if study in {path.stem for path in draft_paths(loaded.folder)}:
        place = f"{DRAFTS}/{study}.yaml"
        return f"'{study}' is a draft: write the report under 'reports:' of {place}, with its doi or pmid"
    known = ", ".join(sorted(each.study for each in loaded.records)[:20])
    return f"--to: no record is called '{study}'; the review has: {known}"
