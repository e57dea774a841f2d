"""Both programs where people are: outputs of any encoding, full, closed or cut off; names of any bytes."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from evidence.records.review import SHIPPED
from synthesis.terminal import can_ask
from tests.synthesis.commands.running import Screen, environment
from tests.thinned import thinned

REVIEW = shlex.quote(str(SHIPPED))
QUICK = ("synthesis check", "synthesis forest hip-men", "synthesis schema", "studies nhanes cohort --data .")
SLOW = (
    "synthesis forest",
    "synthesis forest --list",
    "synthesis forest hip-men --json",
    "synthesis plot --list",
    "synthesis plot funnel hip-men",
    "synthesis plot leave-one-out hip-men",
    "synthesis init new",
    "synthesis add --study x",
    "synthesis check --format json",
    "synthesis check --format sarif",
    "synthesis check --format github",
    "synthesis --help",
    "synthesis forest --help",
    "synthesis --version",
    "studies --version",
    "studies --help",
    "studies nhanes fetch --data x --base-url http://127.0.0.1:9",
    "studies nhanes compare --data x",
    "studies nhanes definitions --data x",
    "studies nhanes tables --data x",
    "studies nhanes figures --data x",
    "studies nhanes records --data x --output y",
)
COMMANDS = [*thinned(QUICK), *(pytest.param(each, marks=pytest.mark.long) for each in SLOW)]


def shell(script: str, folder: Path, **more: str) -> subprocess.CompletedProcess[bytes]:
    """A line as typed into bash, with `python -m` before each program."""
    return subprocess.run(
        ["bash", "-c", script.replace("PYTHON", shlex.quote(sys.executable))],
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        check=False,
        timeout=120,
    )


def no_traceback(done: subprocess.CompletedProcess[bytes]) -> None:
    for stream in (done.stdout, done.stderr):
        assert b"Traceback" not in stream, stream.decode(errors="replace")
        assert b"Exception ignored" not in stream


@pytest.mark.parametrize(
    "encoding", [*(pytest.param(each, marks=pytest.mark.long) for each in ("cp1252", "cp850")), "ascii"]
)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_speaks_every_encoding(command: str, encoding: str, tmp_path: Path) -> None:
    done = shell(f"PYTHON -m {command}", tmp_path, PYTHONIOENCODING=encoding)
    no_traceback(done)
    assert done.returncode in (0, 1, 2)
    done.stdout.decode(encoding)
    done.stderr.decode(encoding)
    assert done.stdout + done.stderr


@pytest.mark.long
def test_a_locale_without_any_accent_gets_the_same_numbers(tmp_path: Path) -> None:
    done = shell(
        "PYTHON -m synthesis forest hip-men",
        tmp_path,
        LC_ALL="C",
        PYTHONCOERCECLOCALE="0",
        PYTHONUTF8="0",
        PYTHONIOENCODING="",
    )
    no_traceback(done)
    text = done.stdout.decode("ascii")
    assert re.search(r"IMOS-4 2025 +not stated +0\.0079 +\[0\.0020, +0\.0135\]", text)
    assert "tau2 = " in text
    assert "-> output/hip-men.png .svg .pdf" in text


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.long
def test_a_full_output_is_one_line(command: str, tmp_path: Path) -> None:
    done = shell(f"PYTHON -m {command} > /dev/full", tmp_path)
    no_traceback(done)
    said = done.stderr.decode().splitlines()
    if "--data" in command or "add" in command:  # these have nothing to say on stdout
        assert done.returncode in (1, 2)
    else:
        assert done.returncode == 1
        assert said == ["error: the output cannot be written: no space left on device"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.long
def test_a_reader_that_goes_away_ends_it_in_silence(command: str, tmp_path: Path) -> None:
    done = shell(f"PYTHON -m {command} | head -c 1", tmp_path)
    no_traceback(done)
    assert b"ipe" not in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.long
def test_closed_streams_end_it_in_silence(command: str, tmp_path: Path) -> None:
    done = shell(f"PYTHON -m {command} >&- <&-", tmp_path)
    no_traceback(done)
    assert done.returncode in (0, 1, 2)
    assert shell(f"PYTHON -m {command} >&- 2>&- <&-", tmp_path).returncode in (0, 1, 2)


@pytest.mark.long
def test_an_error_goes_nowhere_when_stderr_is_full(tmp_path: Path) -> None:
    assert shell("PYTHON -m synthesis forest nothing 2> /dev/full", tmp_path).returncode == 2


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("synthesis forest hip-men", "output/hip-men.pdf"),
        pytest.param("synthesis plot funnel hip-men", "output/hip-men-funnel.pdf", marks=pytest.mark.long),
    ],
)
@pytest.mark.long
def test_a_backend_of_matplotlib_that_is_not_there_does_not_matter(
    command: str, output: str, tmp_path: Path
) -> None:
    done = shell(f"PYTHON -m {command}", tmp_path, MPLBACKEND="nonsense")
    assert done.returncode == 0
    assert done.stderr == b""
    assert (tmp_path / output).stat().st_size > 1000


# Names that are no UTF-8, and names that would command the terminal.

CAFE = "$'caf\\xe9'"
ESCAPE = "$'a\\e[31m\\u202e'"


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        (f"synthesis check {CAFE}", 1, "caf\\xe9:1:1: error"),
        (f"synthesis forest hip-men --output {CAFE}", 0, "→ caf\\xe9/hip-men.png"),
        (f"synthesis forest --review {CAFE}", 2, "'caf\\xe9' is no folder"),
        (f"synthesis init {CAFE}", 0, "wrote caf\\xe9/review.yaml"),
        (f"synthesis forest {ESCAPE}", 2, "no analysis is called 'a\\x1b[31m\\u202e'"),
    ]
    + [
        pytest.param(*case, marks=pytest.mark.long)
        for case in [
            (f"synthesis check {ESCAPE}", 1, "a\\x1b[31m\\u202e:1:1: error"),
            (f"synthesis check --format github {ESCAPE}", 1, "file=a\\x1b[31m\\u202e"),
            (f"synthesis forest {CAFE}", 2, "no analysis is called 'caf\\xe9'"),
            (f"synthesis forest --method {CAFE}", 2, "unknown method 'caf\\xe9'"),
            (f"synthesis forest --test {CAFE}", 2, "unknown test 'caf\\xe9'"),
            (f"synthesis plot {CAFE}", 2, "no kind of plot is called 'caf\\xe9'"),
            (f"synthesis plot bubble --moderator {CAFE}", 2, "no moderator is called 'caf\\xe9'"),
            (f"synthesis init x --title {CAFE}", 1, "was not written: character"),
            (f"synthesis add --from {CAFE}", 1, "caf\\xe9:1:1: error"),
            (f"synthesis add --study {CAFE}", 2, "nothing was written"),
            (f"synthesis --{ESCAPE}", 2, "No such option: --a\\x1b[31m\\u202e"),
            (f"synthesis {CAFE}", 2, "No such command"),
            (f"studies nhanes cohort {CAFE}", 1, "no protocol 'caf\\xe9'"),
            (f"studies nhanes cohort --data {CAFE}", 1, "is not in caf\\xe9"),
            (f"studies nhanes figures --data {CAFE}", 1, "is not in caf\\xe9"),
            (f"studies nhanes tables --data {CAFE}", 1, "is not in caf\\xe9"),
            (f"studies nhanes compare --data {CAFE}", 1, "is not in caf\\xe9"),
            (f"studies nhanes definitions --data {CAFE}", 1, "is not in caf\\xe9"),
            (f"studies nhanes records --data {CAFE}", 1, "is not in caf\\xe9"),
            (f"studies nhanes fetch --cycles {CAFE}", 2, "no survey cycle is called 'caf\\xe9'"),
            (f"studies nhanes fetch --tables {CAFE}", 2, "caf\\xe9"),
        ]
    ],
)
@pytest.mark.long
def test_names_of_any_bytes_are_shown_and_not_obeyed(
    command: str, code: int, says: str, tmp_path: Path
) -> None:
    done = shell(f"PYTHON -m {command}", tmp_path)
    no_traceback(done)
    text = (done.stdout + done.stderr).decode()
    assert says in text
    assert done.returncode == code
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.long
def test_a_review_in_a_folder_of_any_bytes_works(tmp_path: Path) -> None:
    done = shell(
        f"PYTHON -m synthesis init {CAFE} && PYTHON -m synthesis forest --review {CAFE}"
        f" && PYTHON -m synthesis check {CAFE}",
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "0 errors, 0 warnings, 0 notes in 2 files" in done.stdout.decode()
    assert os.fsencode(tmp_path) + b"/caf\xe9/review.yaml" in [
        os.fsencode(path) for path in tmp_path.glob("caf*/review.yaml")
    ]


# How a command line starts.


@pytest.mark.parametrize("program", ["synthesis", "studies"])
def test_the_version_is_that_of_the_distribution(program: str, tmp_path: Path) -> None:
    from importlib.metadata import version

    done = shell(f"PYTHON -m {program} --version", tmp_path)
    assert done.stdout.decode() == f"{program} {version('living-synthesis')}\n"
    assert done.returncode == 0


def test_a_wrong_word_names_the_page_of_help(tmp_path: Path) -> None:
    done = shell("PYTHON -m synthesis forest --xyz", tmp_path)
    assert done.returncode == 2
    assert done.stderr.decode() == ("error: No such option: --xyz; see: python -m synthesis forest --help\n")


def test_help_without_words_and_its_exit_code(tmp_path: Path) -> None:
    done = shell("PYTHON -m synthesis", tmp_path)
    assert done.returncode == 2
    assert b"A living meta-analysis as code" in done.stdout + done.stderr


@pytest.mark.parametrize(("typing", "seeing"), [(True, True), (True, False), (False, True), (False, False)])
def test_somebody_can_be_asked_who_sees_the_question_and_can_answer(
    typing: bool, seeing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, terminal in (("stdin", typing), ("stdout", seeing)):
        monkeypatch.setattr(sys, name, (Screen if terminal else TextIOWrapper)(BytesIO()))
    assert can_ask() == (typing and seeing)
