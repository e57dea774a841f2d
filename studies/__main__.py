"""`python -m studies`: re-analyses of primary data. One thin module a verb in `studies/commands/`."""

from __future__ import annotations

import os

import typer

from studies.commands.compare import compare
from studies.commands.fetch import fetch
from studies.commands.figures import cohort, figures, records, tables

app = typer.Typer(
    help="Re-analysis of primary data: from the survey's own files to regenerated records.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
)
nhanes = typer.Typer(
    help="The United States National Health and Nutrition Examination Survey.", no_args_is_help=True
)
app.add_typer(nhanes, name="nhanes")
for command in (fetch, cohort, records, figures, tables, compare):
    nhanes.command()(command)


def main() -> None:
    """Run the command line."""
    # Many small decompositions: threads waiting for each other cost far more than they bring.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    app(prog_name="python -m studies")


if __name__ == "__main__":
    main()
