"""A server as a process of its own, as a person starts it."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.synthesis.commands.running import environment


@dataclass
class Served:
    """The process, and the address that it printed."""

    process: subprocess.Popen[str]
    address: str

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    def cookie(self) -> str:
        """What the printed token is exchanged for."""
        connection = http.client.HTTPConnection(self.host, timeout=30)
        connection.request("GET", self.address.removeprefix(self.origin))
        found = connection.getresponse().headers["set-cookie"]
        connection.close()
        return found.split(";")[0]

    def ask(self, cookie: str, address: str, sent: Any = None) -> tuple[int, Any]:
        """The status and the answer, as text where it is no JSON."""
        connection = http.client.HTTPConnection(self.host, timeout=60)
        headers = {"Cookie": cookie, "Accept": "*/*"}
        if sent is None:
            connection.request("GET", address, headers=headers)
        else:
            headers |= {"Origin": self.origin, "Content-Type": "application/json"}
            connection.request("POST", address, json.dumps(sent), headers)
        answer = connection.getresponse()
        held = answer.read()
        connection.close()
        try:
            return answer.status, json.loads(held)
        except ValueError:
            return answer.status, held.decode()


@contextmanager
def serving(review: Path, *words: str) -> Iterator[Served]:
    """The server of a review, ended at the end if it has not ended by then."""
    process = subprocess.Popen(
        [sys.executable, "-m", "synthesis", "serve", "--review", str(review), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "(Ctrl-C ends it)" in line, (line, process.stderr and process.stderr.read())
        yield Served(process, line.split()[0])
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=30)


def listens(server: Served, cookie: str) -> http.client.HTTPConnection:
    """A page that shows the report, as far as the server knows."""
    connection = http.client.HTTPConnection(server.host, timeout=60)
    connection.request("GET", "/events?page=report", headers={"Cookie": cookie})
    assert connection.getresponse().readline().startswith(b"data: ")
    return connection
