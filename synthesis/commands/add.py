"""`add`: a record, asked for, typed as options or read from a file: checked, written, its effect shown."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from synthesis.commands.fields import FIELDS, STUDY_FIELDS, Field
from synthesis.commands.review_option import ReviewOption, find_review

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
        show_default=False,
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
            help="A full record in YAML, instead of the options below.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a record of that name; accept a DOI that is known.")
    ] = False,
    ci_low: Annotated[
        str | None, typer.Option(help="Lower limit of the interval.", show_default=False)
    ] = None,
    ci_high: Annotated[
        str | None, typer.Option(help="Upper limit of the interval.", show_default=False)
    ] = None,
    **typed: str | None,
) -> None:
    """Add a study: check it, write its record, and show how each pooled result moves.

    In a terminal, what is missing is asked for, step by step. One estimate fits the options; several fit
    the questions or a file (--from).
    """  # fmt: skip
    from synthesis.commands.adding import add_draft
    from synthesis.commands.drafts import draft_from_answers, draft_from_file, started
    from synthesis.commands.loading import refuse

    loaded = started(find_review(review))
    given = {name.replace("_", "-"): text for name, text in typed.items() if text and text.strip()}
    if ci_low or ci_high:
        if "ci" in given or not (ci_low and ci_high):
            refuse('an interval is either --ci "LOW, HIGH", or both --ci-low and --ci-high', code=2)
        given["ci"] = f"{ci_low}; {ci_high}"
    try:
        if source is not None:
            if given:
                refuse(f"--from takes everything from the file; remove --{', --'.join(given)}", code=2)
            draft = draft_from_file(loaded, source, force)
        else:
            draft = draft_from_answers(loaded, given, force, asking=_is_terminal())
    except (KeyboardInterrupt, EOFError):
        typer.echo(err=True)
        refuse("stopped; nothing was written", code=_INTERRUPTED)
    add_draft(loaded, draft, force)


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
