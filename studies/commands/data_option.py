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
        show_default=False,
    ),
]
