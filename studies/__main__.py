"""`python -m studies`: re-analyses of primary data. One thin module a verb in `studies/commands/`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from studies.commands.compare import compare
from studies.commands.definitions import definitions
from studies.commands.fetch import fetch
from studies.commands.figures import cohort, figures, records, tables
from studies.commands.list_variables import variables
from synthesis.terminal import run, version_option

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
nhanes = typer.Typer(
    help="The United States National Health and Nutrition Examination Survey.", no_args_is_help=True
)
app.add_typer(nhanes, name="nhanes")
for command in (fetch, variables, cohort, records, figures, tables, compare, definitions):
    nhanes.command()(command)


@app.callback()
def start(version: Annotated[bool, version_option("studies")] = False) -> None:
    """Re-analysis of primary data: from the survey's own files to regenerated records."""


def main() -> None:
    """Run the command line."""
    # Many small decompositions: threads waiting for each other cost far more than they bring.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    run(app, "python -m studies")


if __name__ == "__main__":
    main()
