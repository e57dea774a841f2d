"""`serve`: for whom it is started, and the two ways in which it is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from synthesis.commands.init import init
from synthesis.serving.running import PortTakenError
from tests.synthesis.commands.running import synthesis


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, int | None, str]]:
    """With what the server was started; it ends at once, having said that it runs. git's user is Ana."""
    init(tmp_path / "r")
    found: list[tuple[Path, int | None, str]] = []

    def run(folder: Path, port: int | None, who: str, say: Callable[[str], None]) -> None:
        found.append((folder, port, who))
        say("it runs")

    monkeypatch.setattr("synthesis.serving.running.run_server", run)
    monkeypatch.setattr("synthesis.commands.reviewers.git_user", lambda folder: f"Ana of {folder}")
    return found


def test_who_works_is_the_user_of_git_unless_somebody_is_named(
    tmp_path: Path, started: list[tuple[Path, int | None, str]]
) -> None:
    done = synthesis("serve", "--review", "r", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "it runs\nended; everything that was saved is in the files\n"
    synthesis("serve", "--review", "r", "--reviewer", "Bo", "--port", "9000", cwd=tmp_path)
    assert started == [(Path("r"), None, "Ana of r"), (Path("r"), 9000, "Bo")]


def test_a_port_that_is_taken_is_one_sentence_and_code_2(
    tmp_path: Path, started: list[tuple[Path, int | None, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*_: object) -> None:
        raise PortTakenError("port 9000 cannot be used: address already in use")

    monkeypatch.setattr("synthesis.serving.running.run_server", taken)
    done = synthesis("serve", "--review", "r", "--port", "9000", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: port 9000 cannot be used: address already in use\n"


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_without_either_of_its_libraries_it_says_what_to_install(
    missing: str,
    tmp_path: Path,
    started: list[tuple[Path, int | None, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == missing else name)
    done = synthesis("serve", "--review", "r", cwd=tmp_path)
    assert (done.returncode, done.stdout, started) == (1, "", [])
    assert done.stderr.startswith("error: serve needs starlette and uvicorn: pip install ")
