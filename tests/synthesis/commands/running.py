"""Running the command line as a user does: its output and its exit code, in this process or a new one."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from subprocess import CompletedProcess
from unittest.mock import patch

import matplotlib.backends.backend_pdf
import matplotlib.backends.backend_svg  # noqa: F401 - loaded once here, not once in every forked worker

from synthesis.__main__ import main
from synthesis.terminal import console

ROOT = Path(__file__).resolve().parents[3]


def environment(**more: str) -> dict[str, str]:
    """That of a user, with this tree imported."""
    return {**os.environ, "COLUMNS": "100", "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **more}


class Screen(TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def called(
    program: Callable[[], None], *arguments: str | Path, cwd: Path, **more: str
) -> CompletedProcess[str]:
    """What a program of this tree does with these words in a folder, without starting Python anew."""
    return called_on(TextIOWrapper, program, *arguments, cwd=cwd, more=more)


def called_on(
    stream: type[TextIOWrapper],
    program: Callable[[], None],
    *arguments: str | Path,
    cwd: Path,
    more: Mapping[str, str],
) -> CompletedProcess[str]:
    """The same, where stdout and stderr are of this kind."""
    words = ["program", *map(str, arguments)]
    streams = [stream(BytesIO(), encoding="utf-8", newline="") for _ in range(2)]
    given, threshold, code = environment(**more), gc.get_threshold(), 0
    with (
        chdir(cwd),
        patch.dict(os.environ, given),
        patch.object(sys, "argv", words),
        patch.object(console, "_width", int(given["COLUMNS"])),
        redirect_stdout(streams[0]),
        redirect_stderr(streams[1]),
    ):
        try:
            program()
        except SystemExit as ending:
            code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    gc.unfreeze()
    gc.set_threshold(*threshold)
    for each in streams:
        each.seek(0)
    return CompletedProcess(words, code, streams[0].read(), streams[1].read())


def synthesis(*arguments: str | Path, cwd: Path, columns: int = 100) -> CompletedProcess[str]:
    """`python -m synthesis ...` in a folder."""
    return called(main, *arguments, cwd=cwd, COLUMNS=str(columns))
