"""How far a command has come, on stderr and only when it is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Begin = Callable[[str], None]


@contextmanager
def progress(steps: int) -> Iterator[Begin]:
    """A bar of that many steps; call what it yields at the beginning of each, with its name."""
    from studies.commands.terminal import errors

    if not sys.stderr.isatty():
        yield lambda name: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=errors, transient=True) as bars:
        task = bars.add_task("", total=steps)
        number = iter(range(steps))
        yield lambda name: bars.update(task, description=name, completed=next(number))
