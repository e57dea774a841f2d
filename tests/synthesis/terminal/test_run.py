"""How a command line ends: its exit code and what it says, for whatever a command does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from types import SimpleNamespace
from typing import Annotated

import pytest
import typer

from synthesis.terminal import (
    INTERRUPTED,
    Terminal,
    progress_bar,
    refuse,
    run,
    steps,
    version_option,
    write_json,
)
from tests.synthesis.commands.running import called
from tests.synthesis.terminal.test_terminal import Screen


def raising(error: BaseException | None) -> Callable[[], None]:
    def command() -> None:
        if error is not None:
            raise error

    return command


def ended(folder: Path, error: BaseException | None, *words: str) -> CompletedProcess[str]:
    """What becomes of a program whose command `do` raises this; `other` is there so that there are two."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.command("do")(raising(error))
    app.command("other")(raising(None))

    @app.callback()
    def start(version: Annotated[bool, version_option("program")] = False) -> None:
        """What the program is for."""

    return called(lambda: run(app, "program"), *words, cwd=folder)


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (None, 0, ""),
        (typer.Exit(0), 0, ""),
        (typer.Exit(7), 7, ""),
        (typer.Abort(), 130, "error: stopped\n"),
        (KeyboardInterrupt(), 130, "error: stopped\n"),
        (MemoryError(), 1, "error: there is not enough memory\n"),
        (OSError(28, "No space left"), 1, "error: the output cannot be written: no space left\n"),
        (OSError(13, "Permission denied", "x.png"), 1, "error: 'x.png': permission denied\n"),
        (OSError("Odd"), 1, "error: the output cannot be written: odd\n"),
        (BrokenPipeError(32, "Broken pipe"), 1, ""),
        (SystemExit(1), 1, ""),
        (typer.BadParameter("Wrong word."), 2, "error: Invalid value: Wrong word; see: program do --help\n"),
    ],
)
def test_a_program_ends_with_a_code_and_at_most_one_line(
    error: BaseException | None, code: int, says: str, tmp_path: Path
) -> None:
    done = ended(tmp_path, error, "do")
    assert (done.returncode, done.stdout, done.stderr) == (code, "", says)


def test_an_interrupt_that_the_command_tells_is_told_once(tmp_path: Path) -> None:
    app = typer.Typer(add_completion=False)

    @app.command()
    def do() -> None:
        refuse("stopped; nothing was written", code=INTERRUPTED)

    done = called(lambda: run(app, "program"), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (130, "error: stopped; nothing was written\n")


def test_what_nobody_foresaw_is_not_hidden(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        ended(tmp_path, ZeroDivisionError("no"), "do")


def test_help_is_shown_where_nothing_was_asked_and_tells_of_the_version(tmp_path: Path) -> None:
    for words, code in (((), 2), (("--help",), 0)):
        done = ended(tmp_path, None, *words)
        assert (done.returncode, done.stderr) == (code, "")
        assert "What the program is for." in done.stdout
        assert "Print the version and stop." in done.stdout


def test_a_wrong_word_is_told_with_the_page_of_help(tmp_path: Path) -> None:
    done = ended(tmp_path, None, "do", "--colour")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: No such option: --colour; see: program do --help\n"


def test_the_version_comes_before_any_command(tmp_path: Path) -> None:
    for words in (("--version",), ("--version", "do")):
        done = ended(tmp_path, ZeroDivisionError(), *words)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("program ")


def watched(monkeypatch: pytest.MonkeyPatch) -> Screen:
    shown = Screen()
    monkeypatch.setattr("sys.stderr", shown)
    monkeypatch.setattr("synthesis.terminal.errors", Terminal(file=shown, force_terminal=True, width=80))
    return shown


@pytest.mark.parametrize(("seconds", "seen"), [(0.0, False), (0.5, False), (0.625, True)])
def test_a_bar_appears_after_half_a_second(
    seconds: float, seen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = watched(monkeypatch)
    clock = SimpleNamespace(monotonic=lambda: 100.0)
    monkeypatch.setattr("synthesis.terminal.time", clock)
    with progress_bar() as tell:
        clock.monotonic = lambda: 100.0 + seconds
        tell(1, 2, "drawing")
    assert ("drawing" in screen.getvalue()) is seen


def test_a_bar_is_gone_when_the_work_is_done_and_its_own_signs_are_obeyed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = watched(monkeypatch)
    monkeypatch.setattr("synthesis.terminal._PATIENCE", -1.0)
    with steps(2) as begin:
        begin("one")
        begin("two")
    text = screen.getvalue()
    assert "\\x1b" not in text
    assert text.endswith("\x1b[1A\x1b[2K"), "the last thing is that the line is cleared"


def test_json_is_indented_by_two(capsys: pytest.CaptureFixture[str]) -> None:
    write_json({"a": [1]})
    assert capsys.readouterr().out == '{\n  "a": [\n    1\n  ]\n}\n'
