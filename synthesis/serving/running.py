"""The server as a process: its port, its address with the token, and its end."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn

from synthesis.serving.guard import Guard
from synthesis.serving.live_review import LiveReview
from synthesis.serving.routes import ReviewServer
from synthesis.serving.screening_desk import ScreeningDesk

HOST = "127.0.0.1"
FIRST_PORT = 8765
_PORTS = 20
"""Ports that are tried from the first one on, before the system chooses."""
_GRACE = 2
"""Seconds that answers under way are given at the end."""


class PortTakenError(Exception):
    """The port that was asked for is taken; the message says so."""


def bound_socket(port: int | None) -> socket.socket:
    """A socket on the loopback interface alone, at this port or at a free one. Raises PortTakenError."""
    wanted = [port] if port is not None else [*range(FIRST_PORT, FIRST_PORT + _PORTS), 0]
    for each in wanted:
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if os.name == "posix":  # else the port of a server that has just ended is kept for minutes
                found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind((HOST, each))
            found.listen(128)
        except OSError as error:
            found.close()
            reason = (error.strerror or str(error)).lower()
            continue
        return found
    raise PortTakenError(f"port {port} cannot be used: {reason}; leave --port out for one that is free")


class _Server(uvicorn.Server):
    """Tells the watch at once that it ends, so that pages that listen let go."""

    def __init__(self, config: uvicorn.Config, live: LiveReview) -> None:
        super().__init__(config)
        self._live = live

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Ctrl-C or SIGTERM: finish what is under way and end; a second time, end at once."""
        self._live.end()
        self.force_exit = self.should_exit
        self.should_exit = True


def run_server(folder: Path, port: int | None, reviewer: str, tell: Callable[[str], object]) -> None:
    """Serve a review until Ctrl-C or SIGTERM.

    tell: is given one line with the address once the server can be reached. Raises PortTakenError.
    """
    listening = bound_socket(port)
    own = listening.getsockname()[1]
    token = secrets.token_urlsafe(32)
    live = LiveReview(folder)
    desk = ScreeningDesk(folder, reviewer)
    application = Guard(ReviewServer(live, desk).application(), own, token)
    config = uvicorn.Config(
        application,
        http="h11",
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,  # it would write the token down
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
    )
    live.start()
    tell(f"http://{HOST}:{own}/?token={token}  (Ctrl-C ends it)")
    try:
        _Server(config, live).run(sockets=[listening])
    finally:
        live.end()
        desk.leave()
        listening.close()
