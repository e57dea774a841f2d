"""`python -m synthesis`: the command line. One thin module a verb in `synthesis/commands/`."""

from __future__ import annotations

from typing import Annotated

import typer

from synthesis.commands.add import add
from synthesis.commands.certainty import certainty
from synthesis.commands.check import check, schema
from synthesis.commands.citation_drafts import draft_citations
from synthesis.commands.compare_readings import compare_readings
from synthesis.commands.diff import diff
from synthesis.commands.exporting import export
from synthesis.commands.flow import flow
from synthesis.commands.forest import forest
from synthesis.commands.importing import import_files
from synthesis.commands.init import init
from synthesis.commands.literature import literature
from synthesis.commands.notices import notices
from synthesis.commands.plan import plan
from synthesis.commands.plot import plot
from synthesis.commands.pooling_tables import bulk
from synthesis.commands.read import read
from synthesis.commands.release import release, verify
from synthesis.commands.report import report
from synthesis.commands.screen import screen
from synthesis.commands.serve import serve
from synthesis.commands.status import status
from synthesis.commands.update_literature import update_literature
from synthesis.terminal import run, version_option

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
for command in (
    *(forest, plot, certainty, plan, check, compare_readings, init, add, read, export),
    *(report, serve, screen, flow, status, diff, release, verify, schema, bulk),
):
    app.command()(command)
app.command("import")(import_files)
literature.command()(notices)
literature.command("draft")(draft_citations)
literature.command("update")(update_literature)
app.add_typer(literature, name="literature")


@app.callback()
def start(version: Annotated[bool, version_option("synthesis")] = False) -> None:
    """A living meta-analysis as code: checked records in, pooled estimates and forest plots out."""


def main() -> None:
    """Run the command line."""
    run(app, "python -m synthesis")


if __name__ == "__main__":
    main()
