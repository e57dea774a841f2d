"""Who may speak to the server: this computer's browser, with the address that was printed at the start.

Other pages in the same browser reach a server on the loopback interface too, and a name of their own can be
made to lead there (DNS rebinding). So the Host must be ours, what changes something must come from our own
pages (Origin, Sec-Fetch-Site), and every request but the first has the cookie that the printed token was
exchanged for.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from html import escape

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 12_000_000
"""Of a request: a record file of the largest size that is read, as JSON."""

NOT_KNOWN = (
    "This address is not known here: open the one that `python -m synthesis serve` printed when it was "
    "started. What you have typed in another tab stays there; save it again afterwards."
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_BARE = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_MOVED_ON = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Opening the review</title>
<meta http-equiv="refresh" content="0;url=/"><p><a href="/">To the review</a></p></html>"""
"""A page, no redirect: after one that another site led to, browsers withhold a strict cookie."""


class TooLargeError(Exception):
    """A request turned out to have more bytes than any edit; the message says how many are allowed."""


class Guard:
    """Stands before the application and lets through what may come in.

    port: of the server on 127.0.0.1; token: what the printed address has, a secret of one run.
    """

    def __init__(self, app: ASGIApp, port: int, token: str) -> None:
        self._app, self._token = app, token
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._cookie, self._session = f"synthesis-{port}", secrets.token_urlsafe(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request: answered here where it is refused, else by the application."""
        if scope["type"] != "http":
            return
        request = Request(scope)
        answer = self._refusal(request) or self._entrance(request)
        if answer is None and not self._is_known(request):
            answer = refused(request, 403, NOT_KNOWN)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Content-Security-Policy", _BARE)
            await send(message)

        if answer is not None:
            await answer(scope, receive, send_with_headers)
            return
        await self._app(scope, _at_most(receive), send_with_headers)

    def _refusal(self, request: Request) -> Response | None:
        headers = request.headers
        host = headers.get("host", "").lower()
        if len(headers.getlist("host")) != 1 or host not in self._hosts:
            return refused(request, 421, f"The host '{host}' is not this server's.")
        if request.method not in ("GET", "HEAD", "POST"):
            return refused(request, 405, f"{request.method} does nothing here.")
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none") and not _is_a_link(headers):
            return refused(request, 403, "Pages of other sites may not ask this server.")
        if request.method != "POST":
            return None
        if headers.getlist("origin") != [f"http://{host}"]:
            return refused(request, 403, "Only pages of this server may change something.")
        if headers.get("content-type", "").split(";")[0].strip() != "application/json":
            return refused(request, 415, "What is sent must be JSON.")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            return refused(request, 413, _TOO_LARGE)
        return None

    def _entrance(self, request: Request) -> Response | None:
        """The printed address: its token is exchanged for a cookie, and is never in an address again."""
        given = request.query_params.get("token")
        if request.url.path != "/" or request.method != "GET" or given is None:
            return None
        if not secrets.compare_digest(given.encode(), self._token.encode()):
            return refused(request, 403, NOT_KNOWN)
        answer = HTMLResponse(_MOVED_ON)
        answer.set_cookie(self._cookie, self._session, path="/", httponly=True, samesite="strict")
        return answer

    def _is_known(self, request: Request) -> bool:
        given = request.cookies.get(self._cookie, "")
        return secrets.compare_digest(given.encode(), self._session.encode())


_TOO_LARGE = f"More than {MOST_BYTES // 1_000_000} MB are more than any record has."


def _is_a_link(headers: Headers) -> bool:
    """Whether somebody followed a link to a page of ours; it is shown to who has the cookie."""
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"


def _at_most(receive: Receive) -> Receive:
    """The body of a request, ended where it is longer than it may be."""
    had = 0

    async def counted() -> Message:
        nonlocal had
        message = await receive()
        had += len(message.get("body", b""))
        if had > MOST_BYTES:
            raise TooLargeError(_TOO_LARGE)
        return message

    return counted


def refused(request: Request, status: int, says: str, more: Mapping[str, object] | None = None) -> Response:
    """One sentence, as JSON for scripts, as a page for a person."""
    if "text/html" in request.headers.get("accept", "") and request.method == "GET":
        head = '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Refused</title>'
        return HTMLResponse(f"{head}<p>{escape(says)}</p></html>", status)
    return JSONResponse({"says": says, **(more or {})}, status)
