"""The terminal: one console, one way to complain, one progress bar, and how a command line starts and ends.

Foreign words (titles, labels, keys, file names) are printed as they are or made visible; they never command
the terminal. Whatever the encoding of the output, what it lacks is spelled in what it has.
"""

from __future__ import annotations

import codecs
import gc
import json
import os
import re
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

# Text that cannot command the terminal.

_COMMANDING = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f"  # controls: ESC begins a sequence, and so do the C1 codes
    "\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"  # what turns, ends or hides the text around it
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text on one line, with what a terminal would obey instead of show written out: ESC is \\x1b."""
    return _shown(text).replace("\n", "\\n")


def _shown(text: str) -> str:
    return _COMMANDING.sub(lambda found: _escape(found[0]), text)


def _escape(character: str) -> str:
    """A character as Python writes it; a byte of a file name that is no UTF-8 as that byte."""
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


class Terminal(Console):
    """A console for foreign words: no markup, no emoji codes, no control characters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(soft_wrap=True, highlight=False, markup=False, emoji=False, **options)

    def print(self, *objects: Any, **options: Any) -> None:
        """Print words and rich's renderables; lines are broken where the words break them."""
        # rich drops some controls without a word when it makes a Text, before render sees them
        super().print(*(_shown(each) if isinstance(each, str) else each for each in objects), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The pieces rich makes of something, each with its controls made visible."""
        for segment in super().render(renderable, options):
            if segment.control or not _COMMANDING.search(segment.text):
                yield segment
            else:
                yield Segment(_shown(segment.text), segment.style)


console = Terminal()
errors = Terminal(stderr=True)


INTERRUPTED = 130
_complaints = 0  # of this run, so that an interrupt that a command told is not told again


def complain(says: str) -> None:
    """Print one line on stderr; where that is gone too, nobody can be told."""
    global _complaints
    _complaints += 1
    with suppress(OSError):
        errors.print(Text.assemble(("error", "bold red"), ": ", _shown(says)))


def refuse(says: str, code: int = 1) -> NoReturn:
    """Print one line on stderr and exit."""
    complain(says)
    raise typer.Exit(code)


def can_ask() -> bool:
    """Whether somebody sees a question and can answer it."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def write(text: str) -> None:
    """A line for programs on stdout: no colours, no breaks, controls made visible."""
    sys.stdout.write(_shown(text) + "\n")


def write_json(value: Any) -> None:
    """A document on stdout; what the terminal would obey or cannot show is escaped as JSON does."""
    ascii_only = not (sys.stdout.encoding or "").lower().startswith("utf")
    text = json.dumps(value, indent=2, ensure_ascii=ascii_only)
    sys.stdout.write(_COMMANDING.sub(lambda found: json.dumps(found[0])[1:-1], text) + "\n")


# Characters that the output's encoding lacks.

_SPELLED = {
    **dict.fromkeys("−–—‐‑─━", "-"),
    **dict.fromkeys("‘’‚", "'"),
    **dict.fromkeys("“”„", '"'),
    **dict.fromkeys("│┃", "|"),
    **dict.fromkeys("µμ", "u"),
    **dict.fromkeys("↻●•", "*"),
    "→": "->",
    "←": "<-",
    "×": "x",
    "·": ".",
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "≈": "~",
    "±": "+/-",
    "∞": "inf",
    "√": "sqrt",
    "†": "+",
    "‡": "++",
    "§": "S.",
    "ß": "ss",
    "æ": "ae",
    "Æ": "AE",
    "œ": "oe",
    "Œ": "OE",
    "ø": "o",
    "Ø": "O",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ı": "i",
}


def _readable(error: UnicodeError) -> tuple[str, int]:
    """What stands for characters that an encoding lacks: the codec machinery asks."""
    assert isinstance(error, UnicodeEncodeError)
    return "".join(map(spelled, error.object[error.start : error.end])), error.end


def spelled(character: str) -> str:
    """A character in ASCII: its usual substitute, its base letter, a Greek letter's name, or its number."""
    if character in _SPELLED:
        return _SPELLED[character]
    name = unicodedata.name(character, "")
    if name.startswith("GREEK"):
        return unicodedata.name(unicodedata.normalize("NFD", character)[0]).rpartition("LETTER ")[2].lower()
    parts = (_SPELLED.get(part, part) for part in unicodedata.normalize("NFKD", character))
    return "".join(parts).encode("ascii", "ignore").decode("ascii") or _escape(character)


codecs.register_error("synthesis.readable", _readable)


# How far a command has come.

_PATIENCE = 0.5

Tell = Callable[[int, int | None, str], None]
"""Called with how much is done, of how much (None: not known), and what is being done."""


@contextmanager
def progress_bar(in_bytes: bool = False) -> Iterator[Tell]:
    """A bar on stderr, if that is a terminal; but for a download, it appears after half a second."""
    if not sys.stderr.isatty():
        yield lambda done, total, what: None
        return
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TransferSpeedColumn,
    )

    amounts: tuple[ProgressColumn, ...] = (MofNCompleteColumn(),)
    if in_bytes:
        amounts = (DownloadColumn(), TransferSpeedColumn())
    began = time.monotonic()
    columns = (BarColumn(), *amounts, TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task("", total=None, visible=False)

        def tell(done: int, total: int | None, what: str) -> None:
            late = in_bytes or time.monotonic() - began > _PATIENCE
            bar.update(task, completed=done, total=total, description=visible(what), visible=late)

        yield tell


@contextmanager
def steps(total: int) -> Iterator[Callable[[str], None]]:
    """A bar of that many steps; call what it yields at the beginning of each, with its name."""
    with progress_bar() as tell:
        number = iter(range(total))
        yield lambda name: tell(next(number), total, name)


# How a command line starts and ends.


def run(app: typer.Typer, name: str) -> NoReturn:
    """Run a command line and exit with its code.

    The standard streams may be closed, full or of any encoding. A usage error, an interrupt and an output
    that cannot be written are one line each.
    """
    gc.set_threshold(100_000)  # looking for garbage among loading modules is a tenth of a cold start
    _prepare_streams()
    os.environ.pop("MPLBACKEND", None)  # figures go into files; a backend that is not there stops matplotlib
    code = _outcome(app, name)
    try:
        sys.stdout.flush()
    except OSError as error:
        code = code or _unwritten(error)
    gc.freeze()  # at its end the interpreter would look for garbage among all modules again, for as long
    sys.exit(code)


def _prepare_streams() -> None:
    """Closed streams lead nowhere, open ones spell what their encoding lacks."""
    for name in ("stdin", "stdout", "stderr"):  # in this order each gets the number that was closed
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="synthesis.readable")


def _outcome(app: typer.Typer, name: str) -> int:
    told_before = _complaints
    try:
        code: int = app(prog_name=name, standalone_mode=False) or 0
        if code == INTERRUPTED and _complaints == told_before:  # typer makes an exit of an interrupt
            complain("stopped")
        return code
    except SystemExit:  # the reader of a pipe has gone
        return _unwritten(BrokenPipeError())
    except typer.Abort:
        complain("stopped")
        return INTERRUPTED
    except OSError as error:
        return _unwritten(error)
    except MemoryError:
        complain("there is not enough memory")
        return 1
    except Exception as error:
        return _usage_error(error)


def _usage_error(error: Any) -> int:
    """Print a wrong word of the command line in one line; whatever else it is goes on."""
    message = getattr(error, "format_message", None)
    if message is None:
        raise error
    if type(error).__name__ != "NoArgsIsHelpError":  # which is the help, on stdout by now
        context = getattr(error, "ctx", None)
        hint = f"; see: {context.command_path} --help" if context is not None else ""
        complain(f"{message().rstrip('.')}{hint}")
    return int(error.exit_code)


def _unwritten(error: OSError) -> int:
    """Say once that the output failed, and let the interpreter flush into nothing; a closed pipe is no news.

    Returns the exit code.
    """
    if not isinstance(error, BrokenPipeError):
        what = f"'{error.filename}'" if error.filename else "the output cannot be written"
        complain(f"{what}: {(error.strerror or str(error)).lower()}")
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def version_option(program: str) -> Any:
    """An option of a program that prints its version and stops."""

    def show(wanted: bool) -> None:
        if wanted:
            from importlib.metadata import PackageNotFoundError, version

            try:
                console.print(f"{program} {version('living-synthesis')}")
            except PackageNotFoundError:
                console.print(f"{program}, not installed: run from its source")
            raise typer.Exit

    return typer.Option("--version", callback=show, help="Print the version and stop.")
