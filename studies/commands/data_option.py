"""`--data`: the folder of the survey's files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        envvar="NHANES_DATA",
        help="Folder of the survey's files, e.g. DIR/2013-2014/DEMO_H.XPT; else your cache.",
    ),
]


# `--output`: the folder of what a command writes.


OutputOption = Annotated[
    Path, typer.Option("--output", "-o", metavar="DIR", help="Folder to write into; it is made when missing.")
]
