"""The server as a process: its port, what is said when it cannot start, and how it ends."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from synthesis.commands.reviewers import git_user
from synthesis.serving.running import FIRST_PORT, PortTakenError, bound_socket
from tests.synthesis.commands.running import synthesis
from tests.synthesis.serving.served import write_review


def test_only_this_computer_can_reach_it_and_a_port_in_use_is_said_or_passed_over() -> None:
    with bound_socket(None) as first, bound_socket(None) as second:
        taken, other = first.getsockname(), second.getsockname()
        assert taken[0] == other[0] == "127.0.0.1"
        assert taken[1] >= FIRST_PORT
        assert taken[1] != other[1]
        with pytest.raises(PortTakenError) as raised:
            bound_socket(taken[1])
        assert str(raised.value) == (
            f"port {taken[1]} cannot be used: address already in use; leave --port out for one that is free"
        )
    with bound_socket(taken[1]) as again:
        assert again.getsockname() == taken


def test_where_every_usual_port_is_taken_the_system_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    with bound_socket(None) as taken:
        monkeypatch.setattr("synthesis.serving.running.FIRST_PORT", taken.getsockname()[1])
        monkeypatch.setattr("synthesis.serving.running._PORTS", 1)
        with bound_socket(None) as other:
            assert other.getsockname()[1] not in (0, taken.getsockname()[1])


def test_without_its_libraries_and_with_a_port_in_use_serve_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_review(tmp_path / "r")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = synthesis("serve", "--review", "r", "--port", str(port), cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: port {port} cannot be used: address already in use")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "uvicorn" else name)
    done = synthesis("serve", "--review", "r", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (
        1, 'error: serve needs starlette and uvicorn: pip install "living-synthesis[serve]"\n',
    )  # fmt: skip
    assert synthesis("serve", "--review", "gone", cwd=tmp_path).returncode == 2


def test_the_name_is_that_of_git_and_none_where_git_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    assert git_user(tmp_path) == ""
    (tmp_path / "config").write_text("[user]\nname = Ana López\n", encoding="utf-8")
    assert git_user(tmp_path) == "Ana López"
    monkeypatch.setenv("PATH", "")
    assert git_user(tmp_path) == ""
