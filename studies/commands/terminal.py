"""The terminal of the commands: where results and errors go."""

from __future__ import annotations

from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape

console = Console(soft_wrap=True, highlight=False)
errors = Console(stderr=True, soft_wrap=True, highlight=False)


def complain(says: str) -> None:
    """Print one line on stderr."""
    errors.print(f"[bold red]error[/]: {escape(says)}")


def refuse(says: str, code: int = 1) -> NoReturn:
    """Print one line on stderr and exit."""
    complain(says)
    raise typer.Exit(code)
