"""One file over HTTP: resumed where a connection broke, tried again when the server stumbles."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from studies.nhanes.errors import DownloadError, UnreachableError

if TYPE_CHECKING:
    from requests import Response

Tell = Callable[[int, int | None], None]
"""Told the bytes that are here, and how many there will be (None: the server does not say)."""

_TRIES = 5
_TRIES_UNANSWERED = 3
_CHUNK = 1 << 14
_TIMEOUT = 30.0
_PASSING = {408, 416, 425, 429, 500, 502, 503, 504}


def download(url: str, part: Path, tell: Tell, pause: float = 0.5) -> None:
    """Fetch a file into `part`, going on from what is there if the server's file is still the same.

    pause: seconds before the second try; doubled for each further one. A try that brought the file further
    starts the count anew. Raises UnreachableError when no try had an answer, DownloadError when the answer
    is a refusal or the file never came whole, and OSError when the disk refuses it.
    """
    from requests import RequestException

    failures, furthest, answered = 0, 0, False
    while True:
        transfer = _Transfer(url, part, tell)
        try:
            return transfer.run()
        except RequestException as error:
            answered |= transfer.answered
            _refuse_final_answer(url, error)
            failures = 0 if transfer.size > furthest else failures + 1
            furthest = max(furthest, transfer.size)
            if failures == (_TRIES if answered else _TRIES_UNANSWERED):
                raise _given_up(url, error, answered) from error
        time.sleep(pause * 2 ** max(0, failures - 1))


def forget(part: Path) -> None:
    """Remove a part and what is known of it."""
    part.unlink(missing_ok=True)
    _validator_file(part).unlink(missing_ok=True)


@dataclass
class _Transfer:
    """One try. It is the file-like object that pooch writes to."""

    url: str
    part: Path
    tell: Tell
    size: int = 0
    total: int | None = None
    answered: bool = False
    _file: BinaryIO | None = None

    def run(self) -> None:
        from pooch import HTTPDownloader

        # Compressed transfers cannot be resumed at a byte of the file.
        headers = {"Accept-Encoding": "identity", **self._range()}
        fetch = HTTPDownloader(
            chunk_size=_CHUNK, timeout=_TIMEOUT, headers=headers, hooks={"response": self._on_answer}
        )
        with self.part.open("ab") as self._file:
            fetch(self.url, self, None)

    def write(self, chunk: bytes) -> None:
        assert self._file is not None
        self._file.write(chunk)
        self.size += len(chunk)
        self.tell(self.size, self.total)

    def flush(self) -> None:
        assert self._file is not None
        self._file.flush()

    def _range(self) -> dict[str, str]:
        """Ask for the rest, provided that the file is the one whose beginning is here."""
        with contextlib.suppress(FileNotFoundError):
            self.size = self.part.stat().st_size
            validator = _validator_file(self.part).read_text(encoding="latin-1")
            if self.size:
                return {"Range": f"bytes={self.size}-", "If-Range": validator}
        return {}

    def _on_answer(self, response: Response, **_: Any) -> None:
        """Before the body is read: go on behind what is here, or begin again."""
        self.answered = True
        if response.is_redirect or not response.ok:
            if response.status_code == 416:
                self._begin_again()
            return
        goes_on = response.headers.get("Content-Range", "").startswith(f"bytes {self.size}-")
        if response.status_code != 206 or not goes_on:
            self._begin_again()
        if response.status_code == 206 and not goes_on:
            from requests import ConnectionError as Broken

            raise Broken("the server sent another part than asked for")
        length = response.headers.get("Content-Length", "")
        self.total = self.size + int(length) if length.isdigit() else None
        _remember_validator(self.part, response)

    def _begin_again(self) -> None:
        assert self._file is not None
        self._file.truncate(0)
        self.size = 0
        _validator_file(self.part).unlink(missing_ok=True)


def _validator_file(part: Path) -> Path:
    return part.with_name(part.name + ".validator")


def _remember_validator(part: Path, response: Response) -> None:
    """What tells a later try whether the server's file has changed: a strong ETag or its date."""
    tag = response.headers.get("ETag", "W/")
    validator = response.headers.get("Last-Modified") if tag.startswith("W/") else tag
    if validator:
        _validator_file(part).write_text(validator, encoding="latin-1")


def _refuse_final_answer(url: str, error: Exception) -> None:
    """Raise DownloadError for an answer that another try would not change."""
    from requests import ConnectionError as Broken
    from requests import HTTPError, Timeout
    from requests.exceptions import ChunkedEncodingError, SSLError

    if isinstance(error, HTTPError) and error.response is not None:
        status, reason = error.response.status_code, error.response.reason
        if status in _PASSING:
            return
        hint = (
            "the publisher may have moved its files: see --base-url"
            if status in (404, 410)
            else "see --base-url"
        )
        raise DownloadError(f"{url}: the server answers {status} {reason}; {hint}") from error
    if isinstance(error, SSLError) or not isinstance(error, (Broken, Timeout, ChunkedEncodingError)):
        raise DownloadError(f"{url}: cannot be fetched ({error}); see --base-url") from error


def _given_up(url: str, error: Exception, answered: bool) -> DownloadError:
    from requests import HTTPError

    if not answered:
        return UnreachableError(
            f"{urlsplit(url).netloc} does not answer; check the network, or name another address: --base-url"
        )
    status = (
        f"it answers {error.response.status_code}"
        if isinstance(error, HTTPError) and error.response is not None
        else "the connection breaks"
    )
    return DownloadError(f"{url}: the file did not come whole in {_TRIES} tries ({status}); try again later")
