"""`python -m synthesis`: the command line. One thin module a verb in `synthesis/commands/`."""

from __future__ import annotations

import gc

import typer

from synthesis.commands.add import add
from synthesis.commands.check import check, schema
from synthesis.commands.forest import forest
from synthesis.commands.init import init
from synthesis.commands.plot import plot

app = typer.Typer(
    help="A living meta-analysis as code: checked records in, pooled estimates and forest plots out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
)
for command in (forest, plot, check, init, add, schema):
    app.command()(command)


def main() -> None:
    """Run the command line."""
    gc.set_threshold(50_000, 20, 50)  # looking for garbage among loading modules is a tenth of a cold start
    app(prog_name="python -m synthesis")


if __name__ == "__main__":
    main()
