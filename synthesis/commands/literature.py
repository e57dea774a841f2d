"""`literature`: search exports into the review, and which of their records are one work."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthesis.commands.loading import ReviewOption, find_review
from synthesis.terminal import complain, console, progress_bar, refuse

if TYPE_CHECKING:
    from evidence.literature.citation import Citation
    from evidence.literature.duplicates.deduplicating import CitationPair
    from evidence.literature.importing_exports import Imported

MOST_LINES = 20
"""Lines of one kind that are told; `duplicates` lists every doubtful pair."""

literature = typer.Typer(
    help="Citations from searches: exports read, records of one work joined, doubtful pairs decided.",
    no_args_is_help=True,
)


def _review_to_write(review: Path | None) -> Path:
    """The folder to write to: never the shipped review because none was named."""
    if review is None and not Path("review.yaml").is_file():
        refuse("no review.yaml is here; name the review with --review DIR", code=2)
    return find_review(review)


@literature.command("import")
def import_citations(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Exports as the database or reference manager wrote them: PubMed (.nbib, XML, CSV), RIS, "
            "Web of Science text, EndNote (.enw, XML), BibTeX, CSL JSON, CSV of Scopus, Embase, IEEE, "
            "Rayyan, Covidence, SyRF and others. The format is recognised from the content.",
        ),
    ],
    review: ReviewOption = None,
    via: Annotated[
        str,
        typer.Option(
            metavar="KIND",
            help="What was searched, as PRISMA 2020 tells sources apart: database, register, website, "
            "organisation, or 'citation searching'.",
        ),
    ] = "database",
    searched: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="The day on which the database was asked, e.g. 2026-11-28; without it the day of the export "
            "that a file states (those of Scopus do). No other is made up: figures say that it is missing.",
        ),
    ] = None,
    source: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="The database as the flow diagram shall name it, e.g. 'Web of Science'; without it the one "
            "that the records name.",
        ),
    ] = "",
) -> None:
    """Read search exports into the review's literature/, and join the records that are one work.

    Every record is kept with the file and line it was read from, or named as unreadable with its line. Only
    what is certain is joined; doubtful pairs wait for `literature duplicates`. A file imported again changes
    nothing, under whatever name. Each file is a line of the log of searches, literature/searches.jsonl: the
    date searched to and the flow diagram are made from it.

    Examples:

    python -m synthesis literature import pubmed.nbib scopus.ris embase.csv --review my-review

    python -m synthesis literature import trials.csv --via register --searched 2026-11-28
    """
    from evidence.literature.citation_store import StoreError
    from evidence.literature.duplicates.said_of_pairs import DecisionError
    from evidence.literature.importing_exports import import_exports
    from evidence.literature.searches.search_log import SOURCE_KINDS

    kind = next((each for each in SOURCE_KINDS if each == via.strip().lower()), None)
    if kind is None:
        refuse(f"--via {via}: expected one of {', '.join(SOURCE_KINDS)}", code=2)
    folder = _review_to_write(review)
    day = _day_searched(searched)
    try:
        with progress_bar() as tell:
            done = import_exports(folder, files, tell, via=kind, searched=day, source=source.strip())
    except (StoreError, DecisionError) as error:
        refuse(str(error))
    _tell_import(done)
    if done.refused or any(trouble.lost for trouble in done.troubles):
        raise typer.Exit(1)


def _day_searched(text: str | None) -> datetime.date | None:
    if text is None:
        return None
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        refuse(f"--searched '{text}' is no day; expected e.g. 2026-11-28", code=2)
    if day > datetime.date.today():
        refuse(f"--searched {day} is a day to come", code=2)
    return day


def _tell_import(done: Imported) -> None:
    from evidence.wording import counted

    for says in done.refused:
        complain(says)
    for lost, said in ((True, "not read: "), (False, "")):
        places = [trouble for trouble in done.troubles if trouble.lost is lost]
        for trouble in places[:MOST_LINES]:
            console.print(f"{said}{trouble}", style="yellow")
        if len(places) > MOST_LINES:
            console.print(f"{said}{len(places) - MOST_LINES:,} more", style="yellow")
    for path, number in done.read.items():
        unread = sum(trouble.lost for trouble in done.troubles if trouble.file == path.name)
        console.print(f"{path.name}: {counted(number, 'record')} read, {unread:,} unreadable")
    if done.result is None:
        refuse("no record was read; nothing is written")
    if done.undated:
        console.print(
            f"not stated when they were searched: {', '.join(done.undated)}; import them again with "
            "--searched DATE to say it",
            style="yellow",
        )
    told = [
        f"{done.new:,} new",
        f"{done.joined:,} joined with another record",
        f"{done.known:,} known before",
    ]
    console.print(f"{counted(len(done.result.citations), 'work')} in all: {', '.join(told)}", style="bold")
    if done.result.doubtful:
        console.print(
            f"{counted(len(done.result.doubtful), 'pair')} may be one work; see: "
            "python -m synthesis literature duplicates",
            style="bold yellow",
        )
    elif done.new:
        console.print("next: python -m synthesis screen")


@literature.command()
def duplicates(
    review: ReviewOption = None,
    same: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="ID ID", help="These two are one work: join them, with every source of both."),
    ] = None,
    different: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="ID ID", help="These two are two works: never ask again, and part them if joined."
        ),
    ] = None,
    related: Annotated[
        bool,
        typer.Option("--related", help="List related publications instead: preprints, abstracts, errata."),
    ] = False,
) -> None:
    """List the pairs of citations that may be one work, with the reason; or decide one of them.

    Decisions are lines of literature/duplicates.tsv, which git keeps; the later decision about a pair counts.
    Exit code 1 while a pair waits.

    Example: python -m synthesis literature duplicates --same doi:10.1000/abc pmid:12345678
    """
    from evidence.literature.citation_store import StoreError
    from evidence.literature.duplicates.deciding import decide, review_pairs
    from evidence.literature.duplicates.said_of_pairs import DecisionError

    if same and different:
        refuse("give --same or --different, one at a time", code=2)
    try:
        if same or different:
            says = decide(
                _review_to_write(review), "same" if same else "different", *(same or different or ("", ""))
            )
            console.print(says, style="bold green")
            return
        with progress_bar() as tell:
            found = review_pairs(
                find_review(review), lambda done, total: tell(done, total, "comparing records")
            )
    except (StoreError, DecisionError) as error:
        refuse(str(error))
    pairs = found.related if related else found.doubtful
    for pair in pairs:
        _print_pair(pair)
    if related:
        return
    if not pairs:
        console.print(f"no pair is doubtful among {len(found.citations):,} citations", style="bold green")
        return
    console.print(
        "Decide each: python -m synthesis literature duplicates --same ID ID (or --different ID ID)"
    )
    raise typer.Exit(1)


def _print_pair(pair: CitationPair) -> None:
    console.print(f"{pair.reason}:", style="bold")
    for each in (pair.one, pair.other):
        console.print(f"  {each.id}", style="cyan")
        console.print(f"    {_reference(each)}")


def _reference(citation: Citation) -> str:
    """Authors, title and place on one line, and where they were read."""
    authors = ", ".join(citation.authors[:3]) + (" et al." if len(citation.authors) > 3 else "")
    place = " ".join(each for each in (citation.journal, str(citation.year or ""), citation.volume) if each)
    place += f":{citation.pages}" if citation.pages else ""
    files = ", ".join(sorted({f"{source.file} line {source.line}" for source in citation.sources})[:3])
    return ". ".join(each for each in (authors, citation.title.rstrip("."), place) if each) + f" [{files}]"
