"""`add`: a record, asked for, typed as options or read from a file: checked, written, its effect shown."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthesis.adding.fields import FIELDS, STUDY_FIELDS, Field
from synthesis.commands.loading import ReviewOption, find_review
from synthesis.terminal import INTERRUPTED, can_ask, complain, console, refuse

if TYPE_CHECKING:
    from evidence.records.review import LoadedReview
    from evidence.records.schema import Record
    from synthesis.adding.new_records import Draft

_INTERRUPTED = 130


def _with_field_options(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command one option for each row of the table of fields."""
    signature = inspect.signature(command, eval_str=True)
    named = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    typed = [_option(field) for field in FIELDS.values()]
    described: Any = command
    described.__signature__ = signature.replace(parameters=[*named, *typed])
    described.__annotations__ = {each.name: each.annotation for each in [*named, *typed]}
    return command


def _option(field: Field) -> inspect.Parameter:
    panel = "The study" if field in STUDY_FIELDS else "One estimate"
    option = typer.Option(
        field.option,
        metavar="TEXT",
        help=f"{field.words}, e.g. {field.example}",
        rich_help_panel=panel,
    )
    return inspect.Parameter(
        field.name.replace("-", "_"),
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[str | None, option],
    )


@_with_field_options
def add(
    review: ReviewOption = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="A full record in YAML, instead of the options below; a draft of `read` is moved.",
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="STUDY", help="Add one estimate to this study's record instead of starting one."
        ),
    ] = None,
    report: Annotated[
        str | None, typer.Option(metavar="ID", help="With --to: which of the record's reports prints it.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a record of that name; accept a DOI that is known.")
    ] = False,
    ci_low: Annotated[str | None, typer.Option(help="Lower limit of the interval.")] = None,
    ci_high: Annotated[str | None, typer.Option(help="Upper limit of the interval.")] = None,
    **typed: str | None,
) -> None:
    """Add a study: check it, write its record, and show how each pooled result moves.

    In a terminal, what is missing is asked for, step by step. One estimate fits the options; several fit
    the questions or a file (--from), and --to adds one to a study that is there.
    """  # fmt: skip
    from synthesis.commands.drafts import draft_from_answers, draft_from_file, started

    loaded = started(find_review(review))
    given = {name.replace("_", "-"): text for name, text in typed.items() if text and text.strip()}
    if ci_low or ci_high:
        if "ci" in given or not (ci_low and ci_high):
            refuse('an interval is either --ci "LOW, HIGH", or both --ci-low and --ci-high', code=2)
        given["ci"] = f"{ci_low}; {ci_high}"
    try:
        if source is not None:
            given |= {name: text for name, text in (("to", to), ("report", report)) if text}
            if given:
                refuse(f"--from takes everything from the file; remove --{', --'.join(given)}", code=2)
            draft = draft_from_file(loaded, source, force)
        elif to is not None:
            draft = _draft_to(loaded, to, given, report)
        else:
            draft = draft_from_answers(loaded, given, force, asking=can_ask())
    except (KeyboardInterrupt, EOFError):
        typer.echo(err=True)
        refuse("stopped; nothing was written", code=_INTERRUPTED)
    add_draft(loaded, draft, force)


def _draft_to(loaded: LoadedReview, study: str, given: dict[str, str], report: str | None) -> Draft:
    """One more estimate of a record; asked for in a terminal where the options leave something open."""
    from evidence.records.writing import WritingError
    from synthesis.adding.answers import expanded, missing
    from synthesis.adding.appending import UnknownNameError, draft_to
    from synthesis.adding.new_records import NotAddedError, objections
    from synthesis.commands.drafts import refuse_all

    of_the_study = [name for name in given if FIELDS[name] in STUDY_FIELDS and name != "exposure"]
    wrong = [f"--{name} is of the study, whose record is there" for name in of_the_study]
    given = expanded(given)
    wrong += objections({name: text for name, text in given.items() if name not in of_the_study})
    lacking = [name for name in missing({}, given) if name.removeprefix("--") not in _OF_STUDY]
    if not wrong and lacking and can_ask():
        from synthesis.commands.asking import ask_estimate

        given, lacking = ask_estimate(loaded, given, None), []
    wrong += [f"missing: {', '.join(lacking)}"] if lacking else []
    if wrong:
        refuse_all(wrong)
    try:
        return draft_to(loaded, study, given, report)
    except UnknownNameError as error:
        refuse(str(error), code=2)
    except NotAddedError as error:
        refuse_all(error.reasons)
    except WritingError as error:
        refuse(str(error))


_OF_STUDY = frozenset(field.name for field in STUDY_FIELDS)


# The last steps of `add`: the record is written, the audit speaks, and the pooled results move.


def add_draft(loaded: LoadedReview, draft: Draft, force: bool) -> None:
    """Write a draft, then tell what the audit says and how the review moves."""
    from evidence.records.review import load_review
    from evidence.records.writing import WritingError, write_record
    from evidence.records.writing.exchanging import exchange
    from synthesis.commands.problem_formats import shown_path

    try:
        if draft.seen is None:
            write_record(draft.path, draft.text, draft.record, overwrite=force)
        else:
            exchange(draft.path, draft.text, draft.seen)
    except WritingError as error:
        refuse(str(error))
    except KeyboardInterrupt:
        there = draft.path.is_file() and draft.path.read_bytes() == draft.text.encode()
        refuse(f"stopped; {shown_path(draft.path)} {'is' if there else 'was not'} written", code=INTERRUPTED)
    if draft.waited is not None:
        try:
            draft.waited.unlink()
        except OSError as error:
            complain(f"{shown_path(draft.waited)} cannot be deleted: {error.strerror}")
    if _report(loaded, load_review(loaded.folder), draft):
        raise typer.Exit(1)  # the record is written, but not every analysis can be pooled


def _report(before: LoadedReview, after: LoadedReview, draft: Draft) -> bool:
    """Tell what the audit says and what moves; returns whether an analysis is refused."""
    from evidence.audit.auditing import audit_review
    from evidence.checking import Checked, check_one
    from evidence.records.parsing import Severity
    from synthesis.commands.problem_formats import shown_path, write_text

    known = set(audit_review(before.documents))
    _, problems = check_one(draft.path)
    problems += [problem for problem in audit_review(after.documents) if problem not in known]
    checked = Checked(1, tuple(sorted(problems, key=lambda problem: problem.sort_key)))
    write_text(checked)
    console.print(f"wrote {shown_path(draft.path)}", style="bold green")
    if checked.count(Severity.ERROR):
        says = "What is printed contradicts itself (see above): compare it with the paper again."
        console.print(says, style="bold red")
    return _report_movement(before, after, draft.record)


def _report_movement(before: LoadedReview, after: LoadedReview, record: Record) -> bool:
    from synthesis.commands.movement_lines import tell_movement
    from synthesis.living.staying_out import reasons_to_stay_out

    movement = tell_movement(before, after)
    for name, reasons in reasons_to_stay_out(after, record, movement.new).items():
        console.print(f" {name} enters no analysis")
        for reason in reasons:
            console.print(f"   {reason}", style="dim")
    return bool(movement.new.refusals)
