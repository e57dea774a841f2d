"""`python -m studies` itself: what it lists where no command is named."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from studies.__main__ import main, nhanes
from tests.synthesis.commands.running import called

COMMANDS = ["fetch", "variables", "cohort", "records", "figures", "tables", "compare", "definitions"]


@pytest.mark.parametrize(("words", "listed"), [((), ["nhanes"]), (("nhanes",), COMMANDS)])
def test_without_a_command_those_that_there_are_are_listed(
    words: tuple[str, ...], listed: list[str], tmp_path: Path
) -> None:
    done = called(main, *words, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "")
    lines = [line.strip("│ ").split() for line in done.stdout.splitlines() if line.startswith("│")]
    assert [line[0] for line in lines if line and line[0] in [*COMMANDS, "nhanes"]] == listed
    assert len(nhanes.registered_commands) == len(COMMANDS)
    asked = called(main, *words, "--help", cwd=tmp_path)
    assert (asked.returncode, asked.stdout.strip()) == (0, done.stdout.strip())
    assert "completion" not in done.stdout


def test_a_fault_of_the_program_is_a_plain_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr("studies.nhanes.protocol.load_named", fails)
    with pytest.raises(RuntimeError) as caught:
        called(main, "nhanes", "cohort", cwd=tmp_path)
    sys.excepthook(RuntimeError, caught.value, caught.tb)
    lines = capsys.readouterr().err.splitlines()
    assert (lines[0], lines[-1]) == ("Traceback (most recent call last):", "RuntimeError: a fault")
