"""`literature update`: the saved searches of a review, asked again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthesis.commands.loading import REVIEW_FILE, ReviewOption, find_review
from synthesis.terminal import complain, console, errors, progress_bar, refuse

if TYPE_CHECKING:
    from evidence.literature.searches.updating_searches import UpdatedSearch
    from evidence.records.saved_searches import SavedSearch

MOST_SHOWN = 20
_EXAMPLE = """no search is saved in review.yaml; write for example:
searches:
  - name: pubmed
    service: PubMed
    query: hemoglobins[mh] AND bone density[mh]"""


def update_literature(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME...]", help="Saved searches, by their names; all when left out."),
    ] = None,
    review: ReviewOption = None,
) -> None:
    """Ask the services again, and bring what is new into the review's literature/.

    Searches are saved in review.yaml, for PubMed, Europe PMC, Crossref and OpenAlex:

    searches: [{name: pubmed, service: PubMed, query: 'hemoglobins[mh] AND bone density[mh]'}]

    The first run fetches everything (or what is newer than the search's 'since'), a later one what was
    entered since the last complete run, and some days more, for services learn late of what they date
    earlier. A run that breaks off keeps its pages and goes on with the next one when the command is run
    again; nothing of it counts before it is complete. Each run is a line of literature/searches.jsonl.

    NCBI_API_KEY and OPENALEX_API_KEY in the environment are used where they are set (OpenAlex needs its own,
    which is free), and SYNTHESIS_EMAIL is told to the services, so that they can write before they lock you
    out. None of them is stored. Without a network: search at the services' sites, export, and use `literature
    import FILE --searched DATE`.

    Exit code 0: every search is complete, whether something was new or not. 1: one is not complete, and is
    gone on with the next time; the others are. 2: the command or review.yaml asks for what is not there.

    Example: python -m synthesis literature update --review my-review
    """
    from evidence.literature.citation_store import StoreError
    from evidence.literature.duplicates.said_of_pairs import DecisionError
    from evidence.literature.searches.updating_searches import update_searches

    if review is None and not Path(REVIEW_FILE).is_file():
        refuse("no review.yaml is here; name the review with --review DIR", code=2)
    folder = find_review(review)
    chosen = _chosen(folder, names or ())
    broken = unreachable = False
    try:
        with progress_bar() as tell:
            for done in update_searches(folder, chosen, tell):
                _tell_search(done)
                broken = broken or bool(done.error)
                unreachable = unreachable or done.unreachable
    except (StoreError, DecisionError) as error:
        refuse(str(error))
    except KeyboardInterrupt:
        complain("stopped; what was fetched is kept, and the next update goes on with it")
        raise typer.Exit(1) from None
    if unreachable:
        complain(
            "without a network: search at the service's site, export what it finds, and use: python -m "
            "synthesis literature import FILE --searched DATE"
        )
    if broken:
        raise typer.Exit(1)


def _chosen(folder: Path, names: Sequence[str]) -> Sequence[SavedSearch]:
    """The searches of these names, all without names; exits with 2 where there is none."""
    import difflib

    from evidence.checking import Checked
    from evidence.records.parsing import Severity
    from evidence.records.reading import read_model
    from evidence.records.review import Review
    from evidence.records.saved_searches import search_faults
    from synthesis.commands.problem_formats import write_text

    document = read_model(folder / REVIEW_FILE, Review)
    searches = () if document.model is None else document.model.searches
    faults = (
        []
        if document.tree is None
        else [
            document.tree.problem(at, Severity.ERROR, "saved-search", says, hint)
            for at, says, hint in search_faults(searches)
        ]
    )
    if document.model is None or faults:
        write_text(Checked(1, (*document.problems, *faults)), errors)
        refuse("nothing was asked: mend review.yaml first", code=2)
    known = {each.name: each for each in searches}
    if not known:
        refuse(_EXAMPLE, code=2)
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known)
            hint = f"did you mean '{close[0]}'?" if close else f"one of: {', '.join(known)}"
            refuse(f"no search is called '{name}'; {hint}", code=2)
    return [known[name] for name in dict.fromkeys(names)] if names else tuple(known.values())


def _tell_search(done: UpdatedSearch) -> None:
    from evidence.literature.searches.updating_searches import SERVICES
    from evidence.wording import counted

    search, run = done.search, done.run
    for remark in done.remarks[:MOST_SHOWN]:
        console.print(f"{search.name}: {remark}", style="yellow")
    if len(done.remarks) > MOST_SHOWN:
        console.print(f"{search.name}: {len(done.remarks) - MOST_SHOWN:,} more remarks", style="yellow")
    if run is not None:
        since = f", {SERVICES[search.service].since} {run.since}" if run.since else ""
        told = [f"{len(done.new):,} new", f"{done.joined:,} joined with another record"]
        told.append(f"{run.known:,} known before")
        if run.unreadable:
            told.append(f"{run.unreadable:,} unreadable")
        found = counted((run.found or 0) + run.known, "record")
        about = f"{search.name} ({search.service}{since}): {found} found"
        console.print(f"{about}: {', '.join(told)}", style="bold")
        for work in done.new[:MOST_SHOWN]:
            console.print(f"  {work.id}  {work.title}")
        if len(done.new) > MOST_SHOWN:
            console.print(f"  and {len(done.new) - MOST_SHOWN:,} more")
    if done.error:
        kept = (
            f"; {counted(done.waiting, 'record')} kept, and the next update goes on" if done.waiting else ""
        )
        complain(f"{search.name} is not complete: {done.error}{kept}")
