"""Real servers under many edits at once, ended kindly and unkindly: nothing is lost, nothing is half."""

from __future__ import annotations

import http.client
import itertools
import re
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from evidence.records.reading import read_record
from synthesis.serving.study_files import read_study
from tests.synthesis.serving.processes import Served, listens, serving
from tests.synthesis.serving.served import text_of, write_review

pytestmark = pytest.mark.long

NOTE = "estimates/id=hip-a/note"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_review(tmp_path / "r")


def test_of_two_hundred_edits_at_once_none_is_lost_and_both_servers_end_cleanly(folder: Path) -> None:
    with serving(folder) as first, serving(folder) as second:
        assert first.host != second.host
        servers = [(each, each.cookie()) for each in (first, second)]
        of_one_page(folder, servers)
        until_kept(folder, servers)
        for (server, cookie), ending in zip(servers, (signal.SIGINT, signal.SIGTERM), strict=True):
            ends_while_pages_listen(server, cookie, ending)
    assert [path.name for path in (folder / "studies").iterdir() if path.name.startswith(".")] == []


def of_one_page(folder: Path, servers: list[tuple[Served, str]]) -> None:
    """200 that began from one version of a file: one is written, every other one is told what is there."""
    base = read_study(folder, "one").hash

    def edit(number: int) -> tuple[int, str]:
        server, cookie = servers[number % 2]
        while True:
            sent = {"base": base, "values": {NOTE: f"n{number}"}}
            status, answer = server.ask(cookie, "/studies/one", sent)
            if not answer.get("again"):
                return status, answer.get("now", {}).get(NOTE, f"n{number}")

    with ThreadPoolExecutor(200) as pool:
        found = list(pool.map(edit, range(200)))
    assert sorted(status for status, _ in found) == [200, *[409] * 199]
    [written] = {note for _, note in found}
    record = read_record(folder / "studies" / "one.yaml").model
    assert record is not None
    assert record.estimates[0].note == written


def until_kept(folder: Path, servers: list[tuple[Served, str]]) -> None:
    """30 that add a word to what is there, each sent again until it is kept: all words are there at last."""
    told: list[int] = []

    def edit(number: int) -> None:
        server, cookie = servers[number % 2]
        base, now = "", ""
        while True:
            sent = {"base": base, "values": {NOTE: f"{now} w{number}"}}
            status, answer = server.ask(cookie, "/studies/one", sent)
            told.append(status)
            if status == 200:
                return
            assert status == 409
            if not answer.get("again"):
                base, now = answer["base"], answer["now"][NOTE]

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(edit, range(30)))
    assert told.count(200) == 30
    assert told.count(409) > 30
    record = read_record(folder / "studies" / "one.yaml").model
    assert record is not None
    assert sorted((record.estimates[0].note or "").split()[1:]) == sorted(f"w{n}" for n in range(30))
    assert text_of(folder).startswith("# read twice\n")


def ends_while_pages_listen(server: Served, cookie: str, ending: signal.Signals) -> None:
    listening = [listens(server, cookie) for _ in range(3)]
    began = time.monotonic()
    server.process.send_signal(ending)
    out, err = server.process.communicate(timeout=30)
    assert time.monotonic() - began < 15
    assert (server.process.returncode, err) == (0, "")
    assert out == "ended; everything that was saved is in the files\n"
    for each in listening:
        each.close()


def test_a_report_follows_an_edit_paths_lead_nowhere_and_a_killed_server_leaves_whole_files(
    folder: Path, tmp_path: Path
) -> None:
    with serving(folder) as server:
        cookie = server.cookie()
        report_follows(folder, server, cookie)
        paths_lead_nowhere(folder, tmp_path, server, cookie)
        killed_while_writing(folder, server, cookie, 0.0)
    with serving(folder) as server:
        killed_while_writing(folder, server, server.cookie(), 0.05)


def report_follows(folder: Path, server: Served, cookie: str) -> None:
    wait_for(server, cookie, 1)
    status, page = server.ask(cookie, "/")
    assert status == 200
    assert "<h1>Made for a test</h1>" in page
    assert re.search(r'class="live" .*data-version="1"', page)
    connection = listens(server, cookie)
    sent = {"base": read_study(folder, "one").hash, "values": {"label": "Renamed"}}
    assert server.ask(cookie, "/studies/one", sent)[0] == 200
    wait_for(server, cookie, 2)
    assert "Renamed" in server.ask(cookie, "/")[1]
    connection.close()


def wait_for(server: Served, cookie: str, version: int) -> None:
    until = time.monotonic() + 60
    while server.ask(cookie, "/state")[1]["version"] < version:
        assert time.monotonic() < until
        time.sleep(0.1)


def paths_lead_nowhere(folder: Path, outside: Path, server: Served, cookie: str) -> None:
    for place in (folder, outside):
        (place / "secret.yaml").write_text("study: secret")
    asked = 0
    for address in (
        "/studies/../secret", "/studies/..%2fsecret", "/studies/%2e%2e/secret", "/../secret.yaml",
        "/studies/..%5csecret", "/studies/%2fetc%2fpasswd", "/studies/secret", "/studies/one.yaml",
        "//etc/passwd", "/studies/one%00", "/studies/.%2fone", "/studies/%2e", "/static/../../x",
    ):  # fmt: skip
        for sent in (None, {"base": "", "values": {}, "text": ""}):
            status, answer = server.ask(cookie, address, sent)
            assert status in (404, 405), address
            assert "study: secret" not in str(answer)
            asked += 1
    assert asked == 26
    (folder / "secret.yaml").unlink()


def killed_while_writing(folder: Path, server: Served, cookie: str, delay: float) -> None:
    kept: list[str] = []

    def edit() -> None:
        for number in itertools.count():
            title = f"title {number} {'long ' * 2_000}".strip()
            sent = {"base": read_study(folder, "one").hash, "values": {"title": title}}
            try:
                if server.ask(cookie, "/studies/one", sent)[0] == 200:
                    kept.append(title)
            except (OSError, http.client.HTTPException):
                return

    thread = threading.Thread(target=edit)
    thread.start()
    until = time.monotonic() + 30
    while len(kept) < 3 and time.monotonic() < until:
        time.sleep(0.002)
    time.sleep(delay)
    server.process.send_signal(signal.SIGKILL)
    thread.join(30)
    record = read_record(folder / "studies" / "one.yaml").model
    assert record is not None
    written = int(record.title.split()[1])
    assert written - int(kept[-1].split()[1]) in (0, 1)  # what was said to be saved is there
    assert record.title == f"title {written} {'long ' * 2_000}".strip()
