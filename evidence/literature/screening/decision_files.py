"""What persons decided about citations: lines of text in the review, one file a person, only ever added to.

`literature/screening/NAME.tsv` holds when, stage, id, verdict and reason of each decision, in the order in
which they were made; `agreed.tsv` holds also who settled it. Git keeps the lines of both sides of a merge.
"""

from __future__ import annotations

import errno
import os
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal, get_args

from evidence.literature.citation_store import FOLDER
from evidence.records.writing.files import sync_folder

Stage = Literal["title", "full text"]
ScreeningVerdict = Literal["include", "exclude", "unsure", "not retrieved", "undo"]

SCREENING = "screening"
AGREED = "agreed"
"""The name of the file that settles conflicts, which no person can have."""
_STAGES = get_args(Stage)
_VERDICTS = get_args(ScreeningVerdict)
_HEADS = {
    False: "# when, stage, id of the citation, verdict, reason; the latest line of a work counts",
    True: "# when, stage, id of the citation, verdict, reason, who; the latest line of a work counts",
}
_MARKS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
_WHEN = "%Y-%m-%dT%H:%M:%SZ"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class ScreeningError(Exception):
    """Decisions that cannot be read or kept; the message says which and why in one line."""


@dataclass(frozen=True)
class ScreeningDecision:
    """One decision of a person about a citation."""

    when: str
    """In UTC, such as 2026-11-30T12:00:00Z."""
    stage: Stage
    id: str
    """An id of the citation, which may have got another one since."""
    verdict: ScreeningVerdict
    reason: str = ""
    who: str = ""
    """Who settled it; of a person's own decision ''."""

    @property
    def day(self) -> date:
        """The day of the decision, in UTC."""
        return date.fromisoformat(self.when[:10])


def now() -> str:
    """This second, as decisions tell it."""
    return datetime.now(UTC).strftime(_WHEN)


def reviewer_name(name: str) -> str:
    """A person's name as the name of a file: small letters, digits and hyphens, "Ana López" as "ana-lópez".

    Raises ScreeningError where nothing is left, or what is left names no person.
    """
    plain = unicodedata.normalize("NFC", name.casefold())
    plain = re.sub(r"[^\w]+|_+", "-", plain).strip("-")[:60].strip("-")
    if not plain or plain == AGREED:
        raise ScreeningError(f"'{name}' names no reviewer; expected a name such as 'Ana López'")
    return plain


def decisions_path(review: Path, reviewer: str) -> Path:
    """The file of a reviewer, or of what was agreed."""
    return review / FOLDER / SCREENING / f"{reviewer}.tsv"


def read_screening(review: Path) -> dict[str, tuple[ScreeningDecision, ...]]:
    """The decisions of every reviewer by name, and what was agreed under AGREED; each from old to new.

    Lines of one second stay in the order of the file. Raises ScreeningError for a line that is no decision.
    """
    try:
        names = sorted(path.name for path in (review / FOLDER / SCREENING).iterdir())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ScreeningError(f"'{error.filename}': {(error.strerror or str(error)).lower()}") from error
    reviewers = [name.removesuffix(".tsv") for name in names if name.endswith(".tsv") and name[0] != "."]
    return {
        unicodedata.normalize("NFC", reviewer): read_decisions_of(review, reviewer) for reviewer in reviewers
    }


def read_decisions_of(review: Path, reviewer: str) -> tuple[ScreeningDecision, ...]:
    """The decisions of one reviewer from old to new; none without a file. Raises ScreeningError."""
    path = decisions_path(review, reviewer)
    found = []
    for number, line, ended in _lines(path):
        decision = _parsed(line)
        if decision is not None:
            found.append(decision)
        elif ended:  # a last line that never came to its end was of a computer that stopped while writing it
            raise ScreeningError(
                f"'{path}', line {number:,}: expected when, stage, id, verdict and reason with tabs between; "
                "git has the line as it was"
            )
    return tuple(sorted(found, key=lambda each: each.when))


def _lines(path: Path) -> Iterable[tuple[int, str, bool]]:
    """Lines that hold something with their numbers, and whether they came to their end."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return
    except UnicodeDecodeError as error:
        rest = error.object[error.start :]
        if b"\n" in rest:
            raise ScreeningError(f"'{path}' is no text in UTF-8; git has the file as it was") from None
        text = error.object[: error.start].decode("utf-8-sig")  # cut within the last character
    except OSError as error:
        raise ScreeningError(f"'{path}': {(error.strerror or str(error)).lower()}") from error
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith(("#", *_MARKS)):
            yield number, line.rstrip("\r"), number < len(lines)


def _parsed(line: str) -> ScreeningDecision | None:
    """A decision, or None where the line is none; a reason that is empty may have lost its tab."""
    cells = [each.strip() for each in line.split("\t")]
    if not 4 <= len(cells) <= 6:
        return None
    when, stage, name, verdict = cells[:4]
    reason, who = (*cells[4:], "", "")[:2]
    if stage not in _STAGES or verdict not in _VERDICTS or not name:
        return None
    if stage == "title" and verdict == "not retrieved":
        return None
    if not _TIME.fullmatch(when):
        return None
    try:
        datetime.fromisoformat(when)
    except ValueError:
        return None
    return ScreeningDecision(when, stage, name, verdict, reason, who)  # type: ignore[arg-type]


def append_decision(review: Path, reviewer: str, decision: ScreeningDecision) -> ScreeningDecision:
    """Add a line to the file of a reviewer; when this returns, it is on the disk. Returns what was written.

    The time is never before that of the line above, whatever the clock does. What a computer that stopped
    left of a last line is taken away. Raises ScreeningError.
    """
    path = decisions_path(review, reviewer)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = not path.exists()
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            before, text = _mended_end(file)
            written = replace(decision, when=max(decision.when, before))
            text += f"{_HEADS[reviewer == AGREED]}\n" if fresh else ""
            _write(file, f"{text}{_line(written, reviewer == AGREED)}\n".encode())
            os.fsync(file)
        finally:
            os.close(file)
        if fresh:
            sync_folder(path.parent)
    except OSError as error:
        raise ScreeningError(f"'{path}' was not written: {(error.strerror or str(error)).lower()}") from error
    return written


def _mended_end(file: int) -> tuple[str, str]:
    """The time of the last decision, and what is to be written before the next one."""
    size = os.fstat(file).st_size
    os.lseek(file, max(0, size - _TAIL), os.SEEK_SET)
    lines = os.read(file, _TAIL).split(b"\n")
    last = lines.pop()
    needed = ""
    if last:
        if _parsed(last.decode("utf-8", "replace")) is None and not last.startswith(b"#"):
            os.ftruncate(file, size - len(last))
        else:
            lines.append(last)
            needed = "\n"
    times = (_parsed(line.decode("utf-8", "replace")) for line in reversed(lines))
    return next((each.when for each in times if each is not None), ""), needed


_TAIL = 1 << 16


def _write(file: int, line: bytes) -> None:
    if os.write(file, line) != len(line):
        raise OSError(errno.ENOSPC, "there is no space left for a whole line")


def _line(decision: ScreeningDecision, settled: bool) -> str:
    said = [decision.when, decision.stage, decision.id, decision.verdict, decision.reason]
    return "\t".join(" ".join(each.split()) for each in (*said, *([decision.who] if settled else [])))
