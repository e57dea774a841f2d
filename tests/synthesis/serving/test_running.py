"""The server as a process: its port, what is said when it cannot start, and how it ends."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import uvicorn

from synthesis.commands.reviewers import git_user
from synthesis.serving.live_review import LiveReview
from synthesis.serving.running import FIRST_PORT, PortTakenError, _Server, bound_socket, run_server
from tests.synthesis.commands.running import synthesis
from tests.synthesis.serving.served import fast_page, write_review


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


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[_Server, str]]:
    """A server that runs in a thread, and the line that it told."""
    made: list[_Server] = []
    told: list[str] = []

    class Kept(_Server):
        def __init__(self, config: uvicorn.Config, live: LiveReview) -> None:
            super().__init__(config, live)
            made.append(self)

    monkeypatch.setattr("synthesis.serving.running._Server", Kept)
    monkeypatch.setattr("synthesis.serving.running.LiveReview", partial(LiveReview, make=fast_page))
    folder = write_review(tmp_path / "r")
    thread = threading.Thread(target=run_server, args=(folder, None, "Ana", told.append), daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not (made and made[0].started) and time.monotonic() < until:
        time.sleep(0.005)
    yield made[0], told[0]
    made[0].should_exit = True
    thread.join(5)
    assert not thread.is_alive()
    assert made[0]._live.ended
    with socket.socket() as again:
        port = urllib.parse.urlsplit(told[0]).port
        assert port is not None
        assert again.connect_ex(("127.0.0.1", port)) != 0


def test_the_address_that_is_told_opens_the_review_and_answers_name_no_server(
    started: tuple[_Server, str],
) -> None:
    _, told = started
    address, _, says = told.partition("  ")
    assert says == "(Ctrl-C ends it)"
    with urllib.request.urlopen(address, timeout=5) as answer:
        assert answer.status == 200
        assert "server" not in {name.lower() for name in answer.headers}
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(address[:-1], timeout=5)
    assert refused.value.code == 403
    refused.value.close()


def test_no_log_holds_the_token_no_proxy_is_believed_and_no_socket_of_another_kind_is_opened(
    started: tuple[_Server, str],
) -> None:
    config = started[0].config
    assert (config.access_log, config.proxy_headers, config.ws, config.lifespan) == (
        False, False, "none", "off",
    )  # fmt: skip
    assert config.timeout_graceful_shutdown == 2


def test_a_first_ctrl_c_ends_what_is_watched_and_a_second_one_everything_at_once(tmp_path: Path) -> None:
    live = LiveReview(write_review(tmp_path / "r"), fast_page)
    server = _Server(uvicorn.Config(lambda: None), live)
    assert not live.ended
    server.handle_exit(signal.SIGINT, None)
    assert (live.ended, server.should_exit, server.force_exit) == (True, True, False)
    server.handle_exit(signal.SIGINT, None)
    assert (server.should_exit, server.force_exit) == (True, True)


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
