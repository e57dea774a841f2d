"""`--output`: the folder of what a command writes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

OutputOption = Annotated[
    Path, typer.Option("--output", "-o", metavar="DIR", help="Folder to write into; it is made when missing.")
]
