"""A review that is watched: its findings and its report are made anew when a file has changed."""

from __future__ import annotations

import datetime
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from evidence.audit.auditing import contradicted_estimates
from evidence.records.review import LoadedReview, load_review
from evidence.records.review_folder import (
    DRAFTS,
    IMPORTS,
    LITERATURE,
    RELEASES,
    SECOND_READINGS,
    STUDIES,
)
from synthesis.paper.gathering import gathered
from synthesis.report.findings_of_records import findings_of
from synthesis.report.page_of_review import report_page
from synthesis.report.page_parts import FindingShown
from synthesis.report.rendering import as_page
from synthesis.review.chosen_method import chosen_method

LOOK_EVERY = 0.4
"""Seconds between two looks at the times of the files."""
QUIET = 0.4
"""Seconds without a change before something is made anew: who saves ten files at once wants one report."""
_WATCHED = (STUDIES, SECOND_READINGS, IMPORTS, DRAFTS, LITERATURE, RELEASES, "papers")
_DEEPEST = 6

Times = Mapping[str, tuple[int, int, int]]
"""Of each file when it was changed, how long it is, and which file it is."""


@dataclass(frozen=True)
class LiveState:
    """What a browser is shown.

    number: grows with every change of anything here; version: of the page, 0 before the first; page: the
    last report that could be made, as a file; made: when; old: whether records have changed since, or cannot
    be read.
    """

    number: int = 0
    version: int = 0
    page: bytes | None = None
    made: str = ""
    old: bool = True
    busy: bool = True
    says: str = ""
    findings: tuple[FindingShown, ...] = ()
    loaded: LoadedReview | None = None

    def count(self, severity: str) -> int:
        """How many findings are of a severity."""
        return sum(each.severity == severity for each in self.findings)


class UnmadeError(Exception):
    """No report can be made; the message says why in one sentence."""


def report_of(loaded: LoadedReview) -> bytes:
    """The report of a review as it was read. Raises UnmadeError where nothing can be pooled."""
    if loaded.own_problems or not loaded.records:
        first = next(iter(loaded.problems), None)
        why = "there is no record yet" if first is None else f"{first.place.path.name}: {first.says}"
        raise UnmadeError(why)
    contradicted = contradicted_estimates(loaded.records)
    method = chosen_method(loaded.review, None, None)
    material, refusals = gathered(loaded, loaded.review.analyses, method, contradicted)
    return as_page(report_page(material, refusals, contradicted))


class LiveReview:
    """Looks at a review's files again and again, and keeps what follows from them.

    make: makes the report; called in the thread that looks.
    """

    def __init__(self, folder: Path, make: Callable[[LoadedReview], bytes] = report_of) -> None:
        self.folder, self._make = folder, make
        self.standing = LiveState()
        self.viewers = 0
        """Pages that show the report: without one it is not made anew."""
        self._seen: Times = {}
        self._checked: Times | None = None
        self._made: Times | None = None
        self._since = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="review")

    def start(self) -> None:
        """Begin to look, in a thread that ends with the process."""
        self._thread.start()

    def end(self) -> None:
        """Look no more; what is being made is given up with the process."""
        self._end.set()

    @property
    def ended(self) -> bool:
        """Whether nobody looks any more."""
        return self._end.is_set()

    def _watch(self) -> None:
        while not self._end.is_set():
            self.look(time.monotonic())
            self._end.wait(LOOK_EVERY)

    def look(self, now: float) -> None:
        """One look at the files: after a while without a change findings are made anew, then the report."""
        times = dict(times_of(self.folder))
        if times != self._seen:
            self._seen, self._since = times, now
        if self._checked is not None and now - self._since < QUIET:
            return
        if self._checked != self._seen:
            self._check()
        elif self._made != self._seen and (self.viewers or self.standing.page is None):
            self._report()

    def _check(self) -> None:
        seen = self._seen
        self._tell(busy=True)
        try:
            loaded = load_review(self.folder)
            self._tell(loaded=loaded, findings=findings_of(loaded), old=self._made != seen, says="")
        except Exception as error:  # a fault of this program must not end the watch over the others' work
            self._tell(says=f"The check has failed: {type(error).__name__}: {error}", old=True)
            self._made = seen  # a report would be of what was there before
        self._checked = seen
        self._tell(busy=False)

    def _report(self) -> None:
        seen, loaded = self._seen, self.standing.loaded
        self._made = seen
        if loaded is None:
            return
        unread = ", ".join(each.path.name for each in loaded.unread)
        if unread and self.standing.page is not None:
            self._tell(old=True, says=f"{unread} cannot be read: this is the report as it was before")
            return
        self._tell(busy=True)
        try:
            page = self._make(loaded)
        except UnmadeError as error:
            self._tell(old=True, busy=False, says=f"No report can be made: {error}")
        except Exception as error:
            self._tell(old=True, busy=False, says=f"The report has failed: {type(error).__name__}: {error}")
        else:
            made = datetime.datetime.now().strftime("%H:%M:%S")
            version = self.standing.version + 1
            says = f"{unread} cannot be read: this report is without it" if unread else ""
            self._tell(page=page, version=version, made=made, old=False, busy=False, says=says)

    def _tell(self, **changes: object) -> None:
        self.standing = replace(self.standing, number=self.standing.number + 1, **changes)  # type: ignore[arg-type]


def times_of(folder: Path) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """The files of a review that its report depends on; links to folders are not followed."""
    yield from _files_in(folder, 1)
    for name in _WATCHED:
        yield from _files_in(folder / name, _DEEPEST)


def _files_in(folder: Path, depth: int) -> Iterator[tuple[str, tuple[int, int, int]]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                if depth > 1:
                    yield from _files_in(Path(entry.path), depth - 1)
                continue
            found = entry.stat()
        except OSError:
            continue
        if stat.S_ISREG(found.st_mode):
            yield entry.path, (found.st_mtime_ns, found.st_size, found.st_ino)
