"""A real HTTP server on the loopback interface that misbehaves as told, request by request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.loopback_server import loopback_server

ETAG = '"one"'


class Handler(BaseHTTPRequestHandler):
    """Hands each request to the script of its path."""

    def do_GET(self) -> None:
        publisher: Publisher = self.server.publisher  # type: ignore[attr-defined]
        publisher.requests.append((self.path, self.headers.get("Range")))
        answers = publisher.answers.get(self.path, [])
        answer = answers[0] if answers else status(404)
        if len(answers) > 1:
            answers.pop(0)
        answer(self)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


Answer = Callable[[Handler], None]


@dataclass
class Publisher:
    """address: the base URL; answers: per path, one a request, the last of them for ever."""

    address: str
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    requests: list[tuple[str, str | None]] = field(default_factory=list)

    def ranges(self) -> list[str | None]:
        """The Range header of each request so far."""
        return [asked for _, asked in self.requests]


@contextmanager
def publisher() -> Iterator[Publisher]:
    """A running server; its port is free again at the end."""
    with loopback_server(Handler) as (server, address):
        running = Publisher(address)
        server.publisher = running  # type: ignore[attr-defined]
        yield running


def whole(body: bytes, etag: str = ETAG, content_type: str = "application/octet-stream") -> Answer:
    """The file; the asked part of it when Range and If-Range allow."""
    return partly(body, len(body), etag, content_type)


def partly(
    body: bytes,
    sent: int,
    etag: str = ETAG,
    content_type: str = "application/octet-stream",
    ranges: bool = True,
) -> Answer:
    """Announces the whole file (or the rest), sends at most `sent` bytes of it, then drops the connection."""

    def answer(handler: Handler) -> None:
        start = 0
        asked = handler.headers.get("Range")
        if ranges and asked and handler.headers.get("If-Range") == etag:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            handler.send_response(206)
            handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            handler.send_response(200)
        handler.send_header("Content-Type", content_type)
        handler.send_header("ETag", etag)
        handler.send_header("Content-Length", str(len(body) - start))
        handler.end_headers()
        handler.wfile.write(body[start : start + sent])
        handler.close_connection = True

    return answer


def status(code: int, location: str | None = None) -> Answer:
    """A bare status, with a place to go on when given."""

    def answer(handler: Handler) -> None:
        handler.send_response(code)
        if location:
            handler.send_header("Location", location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def hang_up() -> Answer:
    """No answer at all."""

    def answer(handler: Handler) -> None:
        handler.close_connection = True

    return answer
