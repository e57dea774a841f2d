"""Questions to a service over the network: at its pace, again where it stumbles, and nothing secret told."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from evidence.literature.plain_words import one_line

if TYPE_CHECKING:
    from requests import Response, Session

TRIES = 6
TRIES_UNANSWERED = 3
"""Where nothing was ever answered: a computer without a network is soon told so."""
LONGEST_WAIT = 120.0
"""Seconds that a service may ask to wait; what asks for more is told, and the run is gone on with later."""
LARGEST = 1 << 26
"""Bytes of an answer, unpacked."""
_TIMEOUT = (10.0, 90.0)
_CHUNK = 65_536
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST_TOLD = 200
_PAGE = re.compile(rb"\s*<(?:!doctype html|html)", re.IGNORECASE)

Parameters = Mapping[str, str]
Check = Callable[[bytes], str]
"""What is wrong with an answer so that another try may bring a better one; '' where it is good."""


class ServiceError(Exception):
    """A service that did not answer as it should; the message says which and why in one line."""


class UnreachableServiceError(ServiceError):
    """There is no way to the service: no network, a wall, a name that nobody knows."""


class RefusedQuestionError(ServiceError):
    """The service does not want this question, and asking again is no use.

    status: of its answer, 200 where the refusal stands inside a good one.
    """

    def __init__(self, says: str, status: int = 200) -> None:
        super().__init__(says)
        self.status = status


@dataclass
class Asking:
    """One service: where it is, how fast it may be asked, and what it must be told.

    pause: seconds between the beginnings of two questions. always: parameters of every question. secret: an
    API key among them, which no message and no answer shows.
    """

    service: str
    base: str
    pause: float
    always: Parameters = field(default_factory=dict)
    secret: str = ""
    _next: float = field(default=0.0, init=False)
    _answered: bool = field(default=False, init=False)
    _session: Session | None = field(default=None, init=False)

    def ask(self, path: str, parameters: Parameters, check: Check, post: bool = False) -> bytes:
        """The answer to one question, whole and checked.

        post: the parameters stand in the body, where no log of addresses has them. Raises
        UnreachableServiceError, RefusedQuestionError and ServiceError.
        """
        why, tries = "", 0
        while True:
            tries += 1
            self._keep_pace()
            pause, why, content = self._once(path, parameters, check, post)
            if content is not None:
                return content
            if tries >= (TRIES if self._answered else TRIES_UNANSWERED):
                break
            if pause is not None and pause > LONGEST_WAIT:
                minutes = f"{pause / 60:,.0f} minutes"
                raise ServiceError(f"{self.service} {why} and asks to wait for {minutes}; try again then")
            usual = 2.0 ** (tries - 1)
            time.sleep(usual if pause is None else max(pause, usual))
        if not self._answered:
            raise UnreachableServiceError(
                f"{self.service} ({urlsplit(self.base).netloc}) cannot be reached: {why}"
            )
        raise ServiceError(f"{self.service} {why}, {tries} times; try again later")

    def _once(
        self, path: str, parameters: Parameters, check: Check, post: bool
    ) -> tuple[float | None, str, bytes | None]:
        """Seconds that it asks to wait, why another try is needed, and the answer if it is good."""
        from requests import RequestException

        try:
            with self._sent(path, {**self.always, **parameters}, post) as response:
                self._answered = True
                self._slow_down(response)
                content = self._whole(response)
                status = response.status_code
        except RequestException as error:
            return None, _broken(error), None
        if status == 200:
            why = _no_answer(content) or check(content)
            return None, why, None if why else content
        if status in _PASSING:
            return _asked_wait(response), f"answers {status}{self.told(content)}", None
        raise RefusedQuestionError(f"{self.service} answers {status}{self.told(content)}", status)

    def _sent(self, path: str, parameters: Parameters, post: bool) -> Response:
        session = self._opened()
        url = f"{self.base}{path}"
        if post:
            return session.post(url, data=parameters, timeout=_TIMEOUT, stream=True)
        return session.get(url, params=parameters, timeout=_TIMEOUT, stream=True)

    def _opened(self) -> Session:
        if self._session is None:
            from requests import Session

            self._session = Session()
            contact = self.always.get("email") or self.always.get("mailto")
            about = f" (mailto:{contact})" if contact else ""
            self._session.headers["User-Agent"] = f"living-synthesis{about}"
        return self._session

    def _whole(self, response: Response) -> bytes:
        parts, size = [], 0
        for part in response.iter_content(_CHUNK):
            size += len(part)
            if size > LARGEST:
                raise ServiceError(f"{self.service} sends more than {LARGEST >> 20} MB as one answer")
            parts.append(part)
        content = b"".join(parts)
        return content.replace(self.secret.encode(), b"***") if self.secret else content

    def _keep_pace(self) -> None:
        now = time.monotonic()
        if now < self._next:
            time.sleep(self._next - now)
            now = self._next
        self._next = now + self.pause

    def _slow_down(self, response: Response) -> None:
        """Crossref says how many questions it takes in how many seconds: no more than that."""
        limit = response.headers.get("X-Rate-Limit-Limit", "")
        interval = response.headers.get("X-Rate-Limit-Interval", "").removesuffix("s")
        if limit.isdigit() and interval.isdigit() and int(limit):
            self.pause = max(self.pause, min(int(interval) / int(limit), LONGEST_WAIT))

    def told(self, content: bytes) -> str:
        """What an answer says of its own fault, for a message: a colon and a few words, or ''."""
        says = _says(content)
        if self.secret:
            says = says.replace(self.secret, "***")
        return f": {says[:_LONGEST_TOLD]}" if says else ""


def _broken(error: Exception) -> str:
    """In words of ours: those of the library hold the address, and it the key."""
    from requests import ConnectionError as Broken
    from requests import Timeout
    from requests.exceptions import ChunkedEncodingError, ConnectTimeout, ContentDecodingError, SSLError

    kinds = (
        (SSLError, "has a certificate that is not trusted"),
        (ConnectTimeout, "does not answer"),
        (Timeout, "does not answer in time"),
        ((ChunkedEncodingError, ContentDecodingError), "breaks off in the middle of an answer"),
        (Broken, "has no connection"),
    )
    return next((says for kind, says in kinds if isinstance(error, kind)), "answers what nobody can read")


def _asked_wait(response: Response) -> float | None:
    """Seconds of a Retry-After header, which are a number or a date; None where it says none."""
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    try:
        return float(Retry().parse_retry_after(response.headers["Retry-After"]))
    except (KeyError, InvalidHeader, OverflowError):
        return None


def _no_answer(content: bytes) -> str:
    if not content.strip():
        return "sends an empty answer"
    if _PAGE.match(content):
        return "sends a web page and no answer: a login of this network, or a fault of the service"
    return ""


def _says(content: bytes) -> str:
    """The words of an error in an answer: JSON with a message, or XML with an ERROR."""
    text = content.decode("utf-8", "replace")
    if found := re.search(r"<ERROR>([^<]+)</ERROR>", text):
        return one_line(found[1])
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    while isinstance(data, dict | list):
        if isinstance(data, list):
            data = data[0] if data else ""
        else:
            data = next((data[key] for key in ("message", "errMsg", "error", "ERROR") if data.get(key)), "")
    return one_line(data) if isinstance(data, str) else ""
