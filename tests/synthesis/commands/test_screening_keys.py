"""Keys: one at a time, none that was pressed too early."""

from __future__ import annotations

import io

import pytest
import typer

from synthesis.commands.screening_keys import QUIT, TerminalKeys, TypedKeys


def pressed(monkeypatch: pytest.MonkeyPatch, *keys: str | type[BaseException]) -> TerminalKeys:
    waiting = list(keys)

    def getchar() -> str:
        key = waiting.pop(0)
        if isinstance(key, str):
            return key
        raise key

    monkeypatch.setattr(typer, "getchar", getchar)
    return TerminalKeys()


def test_of_keys_pressed_together_one_counts_and_the_others_only_where_they_were_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys = pressed(monkeypatch, "Iii", "e25", "u", "3", "e2", "i")
    assert keys.read() == "i"
    assert (keys.read(), keys.then()) == ("e", "2")
    assert keys.then() == "5"
    assert keys.then() == "u"
    assert keys.then() == "3"
    assert (keys.read(), keys.read()) == ("e", "i")


@pytest.mark.parametrize(
    ("key", "read"),
    [("\r", "\r"), ("\n", "\r"), ("\x1b[A", "\x1b"), ("\x1b", "\x1b"), ("É", "é"), ("?", "?")],
)
def test_keys_that_are_no_letters_are_what_they_are(
    monkeypatch: pytest.MonkeyPatch, key: str, read: str
) -> None:
    keys = pressed(monkeypatch, key, "x")
    assert keys.read() == read
    assert keys.then() == "x"  # nothing of an arrow is taken for a key


@pytest.mark.parametrize("end", [KeyboardInterrupt, EOFError])
def test_the_end_of_input_and_an_interrupt_quit(
    monkeypatch: pytest.MonkeyPatch, end: type[BaseException]
) -> None:
    assert pressed(monkeypatch, end).read() == QUIT


def test_without_a_terminal_each_line_is_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("Include\n\n 2 \nq"))
    keys = TypedKeys()
    assert [keys.read(), keys.then(), keys.then(), keys.read(), keys.read()] == ["i", "\r", "2", "q", "q"]
