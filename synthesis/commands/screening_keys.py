"""Keys that a person presses while screening: one at a time, never one that was pressed too early."""

from __future__ import annotations

import sys
from typing import Protocol

import typer

QUIT = "q"


class Keys(Protocol):
    """Where keys come from."""

    def read(self) -> str:
        """The next key in small letters, pressed after what is shown now; '' for one that means nothing."""

    def then(self) -> str:
        """The key after another one that asked for it: it may have been pressed together with that."""


class TerminalKeys:
    """Keys of a terminal, without Enter."""

    def __init__(self) -> None:
        self._waiting = ""

    def read(self) -> str:
        """The next key; what was pressed before it is shown is thrown away. The end of input is QUIT."""
        try:
            pressed = typer.getchar()
        except (KeyboardInterrupt, EOFError):
            return QUIT
        self._waiting = "" if pressed.startswith("\x1b") else pressed[1:]
        return "\r" if pressed[:1] in "\r\n" else pressed[:1].lower() if pressed[:1] != "\x1b" else "\x1b"

    def then(self) -> str:
        """The key pressed together with the last one, or the next."""
        if self._waiting:
            key, self._waiting = self._waiting[0], self._waiting[1:]
            return key.lower()
        return self.read()


class TypedKeys:
    """Keys as the first character of each line of standard input, where that is no terminal."""

    def read(self) -> str:
        """The next line's first character, Enter for an empty line, QUIT at the end."""
        line = sys.stdin.readline()
        if not line:
            return QUIT
        return line.strip()[:1].lower() or "\r"

    then = read
