"""The terminal: one console, one progress bar."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

console = Console(soft_wrap=False)
errors = Console(stderr=True)

_PATIENCE = 0.5


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr that appears only when the work takes longer than half a second."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.progress import Progress

    began = time.monotonic()
    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task(what, total=None, visible=False)

        def tell(done: int, total: int) -> None:
            late = time.monotonic() - began > _PATIENCE
            bar.update(task, completed=done, total=total, visible=late and total > 1)

        yield tell
