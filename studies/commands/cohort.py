"""`cohort`: who a protocol analyses, and who leaves at which step."""

from __future__ import annotations

from typing import Annotated

import typer

from studies.commands.data_option import DataOption


def cohort(
    protocol: Annotated[
        str, typer.Argument(help="A shipped protocol by name, or a protocol file (*.yaml).")
    ] = "spine",
    data: DataOption = None,
) -> None:
    """Show the steps from everybody sampled to the cohort, and what was answered about cancer."""
    from rich.table import Table

    from studies.commands.terminal import console, refuse
    from studies.nhanes.cohort import cancer_answers, flow_table, load_cohort
    from studies.nhanes.errors import NhanesError
    from studies.nhanes.protocol import load_named

    try:
        found = load_cohort(load_named(protocol), data)
    except NhanesError as error:
        refuse(str(error))
    steps = Table("who leaves", "before", "excluded", "left", title=found.protocol.title)
    for step in flow_table(found).itertuples(index=False):
        steps.add_row(str(step[0]), *(f"{number:,}" for number in step[1:]))
    console.print(steps)
    for exclusion in found.protocol.eligibility:
        if exclusion.exclude_cancer:
            answers = Table("answer", "n", "under 20", "20 and over", title=f"excluded: {exclusion.name}")
            for answer, row in cancer_answers(found.excluded_at(exclusion.name)).iterrows():
                answers.add_row(str(answer), *(f"{number:,}" for number in row))
            console.print(answers)
