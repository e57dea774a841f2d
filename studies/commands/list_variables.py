"""`variables`: what a protocol may name, and where it is from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from evidence.wording import counted

if TYPE_CHECKING:
    from studies.nhanes.variables.listing import VariableEntry


def variables(
    word: Annotated[
        str, typer.Argument(help="Part of a name, a label, an explanation, a table or a column.")
    ] = "",
    protocol: Annotated[
        str | None, typer.Option("--protocol", help="A protocol file, to list its own variables too.")
    ] = None,
) -> None:
    """List the variables that protocols may name; with a WORD, tell everything of those that hold it.

    Of each: the table and columns of the survey, the cycles that have them, its classes, and whose weights it
    needs.
    """
    from studies.nhanes.errors import NhanesError
    from studies.nhanes.protocol import load_named
    from studies.nhanes.variables.dictionary import Dictionary
    from studies.nhanes.variables.listing import entries
    from synthesis.terminal import console, refuse

    try:
        known = Dictionary() if protocol is None else load_named(protocol).dictionary
        found = list(entries(known, word))
    except NhanesError as error:
        refuse(str(error))
    if not found:
        refuse(
            f"no variable holds '{word}'; without a word all are listed, and docs/protocols.md says how to"
            " define one"
        )
    if word:
        for entry in found:
            _explain(entry)
        return
    width = max(len(entry.name) for entry in found)
    for entry in found:
        label, unit = entry.variable.label, entry.variable.unit or ""
        said = counted(len(entry.variable.labels), "class", "classes") if entry.variable.categorical else unit
        console.print(f"{entry.name:<{width}}  {label}{f' ({said})' if said else ''}")
    console.print()
    console.print(f"{counted(len(found), 'variable')}. More of one: python -m studies nhanes variables WORD")


def _explain(entry: VariableEntry) -> None:
    import textwrap

    from studies.nhanes.catalogue import catalogue
    from studies.nhanes.variables.listing import spans
    from synthesis.terminal import console

    unit = f" ({entry.variable.unit})" if entry.variable.unit else ""
    columns = "; ".join(f"{table}: {', '.join(some)}" for table, some in entry.columns.items())
    lines = (
        entry.variable.explanation,
        entry.made and f"made: {entry.made}",
        entry.classes and f"classes: {entry.classes}",
        f"columns: {columns}",
        f"cycles: {spans(entry.cycles, catalogue())}",
        f"weights: {entry.weights}",
    )
    console.print(f"{entry.name}: {entry.variable.label}{unit}", style="bold")
    for line in filter(None, lines):
        text = textwrap.fill(line, console.width, initial_indent="  ", subsequent_indent="    ")
        console.print(text)
    console.print()
