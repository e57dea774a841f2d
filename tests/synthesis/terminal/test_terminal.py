"""The terminal: foreign words are shown and not obeyed, and spelled in what the output has."""

from __future__ import annotations

import json
import sys
from io import BytesIO, StringIO, TextIOWrapper

import pytest
import typer
from rich.table import Table
from rich.text import Text

from synthesis.terminal import (
    Terminal,
    complain,
    progress_bar,
    refuse,
    spelled,
    steps,
    visible,
    write,
    write_json,
)

COMMANDS = {
    "\x1b[31m": "\\x1b[31m",
    "\x1b]0;title\x07": "\\x1b]0;title\\x07",
    "\x9b31m": "\\x9b31m",
    "\x90q\x9c": "\\x90q\\x9c",
    "\b\r\v\f\x7f\0": "\\x08\\r\\x0b\\x0c\\x7f\\x00",
    "\u202e\u2066\u2069\u202c": "\\u202e\\u2066\\u2069\\u202c",
    "\u200e\u200f\u061c": "\\u200e\\u200f\\u061c",
    "\ufeff\u200b\u2060": "\\ufeff\\u200b\\u2060",
    "\u2028\u2029": "\\u2028\\u2029",
    "\udcff\udc80\ud800\udd00\udc7f": "\\xff\\x80\\ud800\\udd00\\udc7f",
    "\U000e0041": "\\U000e0041",
    "\t": "\\t",
}
HARMLESS = (
    "Müller 2019, 李 −0.5 ± 2 \N{NO-BREAK SPACE}%; نص; क\N{ZERO WIDTH JOINER}ष; [bold]x[/bold] :smile: \\ 👍"
)


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_terminal_obeys_is_written_out(command: str) -> None:
    assert visible(f"a{command}b") == f"a{COMMANDS[command]}b"


def test_a_name_stays_on_its_line() -> None:
    assert visible("Lee\nerror: 2019") == "Lee\\nerror: 2019"


def test_words_of_every_script_stay_as_they_are() -> None:
    assert visible(HARMLESS) == HARMLESS


def printed(*objects: object, **options: object) -> str:
    out = StringIO()
    Terminal(file=out, force_terminal=True, color_system="truecolor", width=60).print(*objects, **options)
    return out.getvalue()


@pytest.mark.parametrize("command", COMMANDS)
def test_no_way_of_printing_lets_a_command_through(command: str) -> None:
    table = Table("head\x1b[2J", title=f"t{command}")
    table.add_row(f"cell{command}")
    pieces = Text.assemble(f"a{command}", ("b\x1b[2J", "bold"))
    for made in (printed(f"word{command}"), printed(pieces), printed(table)):
        for character in command:
            if character not in "\x1b\n[310m;]titleq":
                assert character not in made
        assert made.count("\x1b") == made.count("\x1b[0m") + made.count("\x1b[1m") + made.count("\x1b[3m")
    assert COMMANDS[command] in printed(f"word{command}")


def test_styles_are_still_the_console_s_own_to_give() -> None:
    assert printed("bold", style="bold") == "\x1b[1mbold\x1b[0m\n"


def test_markup_and_emoji_codes_are_text() -> None:
    assert printed("[bold]Trials[/bold] [/] :smile: [link=x]") == "[bold]Trials[/bold] [/] :smile: [link=x]\n"
    table = Table("[red]head[/]")
    table.add_row("[bold]x")
    assert "[red]head[/]" in printed(table)
    assert "[bold]x" in printed(table)


def test_lines_are_broken_where_the_words_break_them() -> None:
    assert printed("long " * 40 + "\nend") == "long " * 40 + "\nend\n"


def test_an_error_is_one_line_on_stderr_and_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ending:
        refuse("'[a]\x1b' cannot be", code=3)
    assert ending.value.exit_code == 3
    assert capsys.readouterr() == ("", "error: '[a]\\x1b' cannot be\n")
    with pytest.raises(typer.Exit) as usual:
        refuse("no")
    assert usual.value.exit_code == 1


def test_an_error_that_nobody_can_read_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "no space")

    monkeypatch.setattr(sys, "stderr", Full())
    complain("lost")


@pytest.mark.parametrize(
    ("character", "expected"),
    [
        *zip("−–—─→←≥≤≠", ["-", "-", "-", "-", "->", "<-", ">=", "<=", "!="], strict=True),
        *zip("±×·∞√↻", ["+/-", "x", ".", "inf", "sqrt", "*"], strict=True),
        *zip("²³⁻⁵τχβΔµ", ["2", "3", "-", "5", "tau", "chi", "beta", "delta", "u"], strict=True),
        *zip("éßøŁﬁÅ…“’", ["e", "ss", "o", "L", "fi", "A", "...", '"', "'"], strict=True),
        *zip("李ά\U0001f600", ["\\u674e", "alpha", "\\U0001f600"], strict=True),
        ("\udce9", "\\xe9"),
        ("\N{NO-BREAK SPACE}", " "),
    ],
)  # fmt: skip
def test_a_character_that_is_lacking_has_a_readable_substitute(character: str, expected: str) -> None:
    assert spelled(character) == expected


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("ascii", "tau2 = 0.5 -> Mueller, e \\u674e"),
        ("cp1252", "tau² = 0.5 -> Mueller, é \\u674e"),
        ("cp850", "tau² = 0.5 -> Mueller, é \\u674e"),
        ("utf-8", "τ² = 0.5 → Mueller, é 李"),
    ],
)
def test_an_output_keeps_what_its_encoding_has(encoding: str, expected: str) -> None:
    raw = BytesIO()
    out = TextIOWrapper(raw, encoding=encoding, errors="synthesis.readable")
    Terminal(file=out).print("τ² = 0.5 → Mueller, é 李")
    out.flush()
    assert raw.getvalue().decode(encoding) == expected + "\n"


VALUE = {"title": "τ → \x1b[31m \u202e \x85 \ufeff \udce9 \U000e0041 é", "n": [1, None]}


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_json_is_the_same_value_in_every_encoding(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = BytesIO()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(raw, encoding=encoding))
    write_json(VALUE)
    sys.stdout.flush()
    text = raw.getvalue().decode(encoding)
    assert json.loads(text) == VALUE
    assert ("é" in text) == (encoding == "utf-8")
    assert text.endswith("}\n")
    assert visible(text.replace("\n", "")) == text.replace("\n", "")


def test_a_line_for_programs_has_no_colours_and_no_commands(capsys: pytest.CaptureFixture[str]) -> None:
    write("::error file=a\x1b[31m::[bold]")
    assert capsys.readouterr().out == "::error file=a\\x1b[31m::[bold]\n"


class Screen(StringIO):
    """A terminal that remembers."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("in_bytes", [True, False])
def test_a_bar_is_shown_at_once_for_a_download_and_later_for_other_work(
    in_bytes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr("synthesis.terminal.errors", Terminal(file=screen, force_terminal=True, width=80))
    with progress_bar(in_bytes):
        pass
    assert "━" not in screen.getvalue(), "nothing has begun"
    with progress_bar(in_bytes) as tell:
        tell(1, 2, "[bold]DEMO\x1b[2J")
    assert ("[bold]DEMO\\x1b[2J" in screen.getvalue()) == in_bytes


def test_steps_count_themselves_and_are_silent_without_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with steps(2) as begin:
        begin("one")
        begin("two")
    assert capsys.readouterr().err == ""
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr("synthesis.terminal.errors", Terminal(file=screen, force_terminal=True, width=80))
    monkeypatch.setattr("synthesis.terminal._PATIENCE", -1.0)
    with steps(2) as begin:
        begin("one")
        begin("two")
    assert "1/2\x1b[0m two" in screen.getvalue()
