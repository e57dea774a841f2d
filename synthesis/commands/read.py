"""`read`: what a paper has to offer a record, what of it is recorded, and the draft of a record."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthesis.commands.loading import ReviewOption, find_review
from synthesis.terminal import console, refuse

if TYPE_CHECKING:
    from evidence.sources.paper_files import PaperFile
    from synthesis.commands.candidate_lists import Listed


class ListFormat(StrEnum):
    """How candidates are written."""

    TEXT = "text"
    JSON = "json"


def read(
    paper: Annotated[
        Path, typer.Argument(metavar="PAPER", help="The paper: PDF, JATS XML, HTML or plain text.")
    ],
    review: ReviewOption = None,
    draft: Annotated[
        str | None,
        typer.Option(
            "--draft",
            metavar="FILE|STUDY",
            help="Write what is not recorded yet as a draft for you to complete: to a .yaml file, or as one "
            "of the review's drafts. When you have confirmed every guess, `add --from` takes it.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file of that name.")] = False,
    output_format: Annotated[
        ListFormat, typer.Option("--format", help="json is for programs.")
    ] = ListFormat.TEXT,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """List the numbers of a paper that a record can hold, each with its place and its words.

    Effects (beta, OR, HR, RR, IRR, RD, MD, SMD, r, prevalence) with interval, SE or p; counts; means with SD;
    numbers excluded and left. Says which are in the review already and which contradict themselves. A measure
    that no word of the paper names is unknown, and what the reading missed only you can see: keep the paper
    beside it.
    """
    from evidence.sources.paper_files import SourceError, read_paper
    from synthesis.commands.candidate_lists import WRITERS, listed

    if force and draft is None:
        refuse("--force is about a file that --draft writes", code=2)
    folder = find_review(review)
    target = None if draft is None else _target(folder, draft)
    try:
        source = read_paper(paper)
    except SourceError as error:
        refuse(f"{error}. {error.hint}" if error.hint else str(error))
    found = listed(source, folder)
    written = None if target is None else _draft(source, found, target, force)
    chosen = ListFormat.JSON if as_json else output_format
    if written is None or chosen is ListFormat.JSON:
        WRITERS[chosen](found, written)
    if written is not None and chosen is ListFormat.TEXT:
        _tell(found, written)


def _target(folder: Path, draft: str) -> Path:
    """The file of a draft: as named, or among the drafts of the review, beside its studies."""
    from evidence.records.review_folder import DRAFTS
    from evidence.sources.drafting import study_name

    path = Path(draft)
    if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        if path.suffix not in (".yaml", ".yml"):
            refuse(f"--draft: '{draft}' does not end in .yaml", code=2)
        return path
    if draft != study_name(draft):
        says = f"--draft: '{draft}' is neither a .yaml file nor the name of a study"
        refuse(f"{says}; names are lower-case letters, digits, '-' and '.', e.g. {study_name(draft)}", code=2)
    return folder / DRAFTS / f"{draft}.yaml"


def _draft(source: PaperFile, found: Listed, target: Path, force: bool) -> Path:
    import os

    from evidence.records.review_folder import is_draft
    from evidence.records.writing import WritingError, write_atomically
    from evidence.sources.comparing import text_path
    from evidence.sources.drafting import begun_draft, drafted, study_name

    new = found.new
    if not new:
        refuse(f"nothing was written: '{source.path.name}' has nothing that is not recorded already")
    base = text_path(target, "")
    name = Path(os.path.relpath(source.path, base)).as_posix()
    try:
        if is_draft(target):
            target.parent.mkdir(exist_ok=True)
        begun = begun_draft(target) if target.is_file() and is_draft(target) else None
        text = drafted(study_name(target.stem), source, name, new, begun)
        write_atomically(target, text, overwrite=force or begun is not None)
    except OSError as error:
        refuse(f"'{target.parent}' cannot be made: {error.strerror}")
    except WritingError as error:
        exists = target.exists() and not force
        refuse(f"{error}; --force replaces it" if exists else str(error))
    return target


def _tell(found: Listed, written: Path) -> None:
    from evidence.records.reading import read_record
    from evidence.wording import counted
    from synthesis.commands.problem_formats import shown_path

    console.print(found.summary)
    console.print(f"wrote {shown_path(written)}", style="bold green")
    problems = read_record(written).problems
    marks = sum(problem.rule == "to-be-confirmed" for problem in problems)
    more = " or more" if any(problem.rule == "more" for problem in problems) else ""
    says = f"{counted(marks, 'value')}{more} to confirm: python -m synthesis check {shown_path(written)}"
    console.print(f"{says}\nthen: python -m synthesis add --from {shown_path(written)}")
