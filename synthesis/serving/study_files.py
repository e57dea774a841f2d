"""The files of studies by the names that addresses have, and nothing else of the disk."""

from __future__ import annotations

from codecs import BOM_UTF8
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from evidence.audit.auditing import audit_record
from evidence.records.parsing import Problem, UnreadableError, read_bytes
from evidence.records.reading import Document, read_record, record_from_text
from evidence.records.review_folder import STUDIES, record_paths
from evidence.records.schema import Record
from evidence.records.writing.exchanging import hash_of


class NoStudyError(Exception):
    """No file of that name may be read or written; the message says why."""


@dataclass(frozen=True)
class StudyFile:
    """A record's file as it was read."""

    name: str
    path: Path
    held: bytes

    @property
    def address(self) -> str:
        """Of its form."""
        return form_address(self.name)

    @property
    def hash(self) -> str:
        """What tells this version from others."""
        return hash_of(self.held)

    @cached_property
    def text(self) -> str:
        """As an editor shows it; bytes that are no UTF-8 are made visible."""
        return self.held.decode("utf-8-sig", errors="replace")

    @cached_property
    def document(self) -> Document[Record]:
        """Read as a record; what is no UTF-8 is none."""
        if self.text.encode() not in (self.held, self.held.removeprefix(BOM_UTF8)):
            return read_record(self.path)
        return record_from_text(self.text, self.path)


def form_address(name: str) -> str:
    """The address of the form of a file, by its name without the ending."""
    return f"/studies/{quote(name, safe='')}"


def read_study(folder: Path, name: str) -> StudyFile:
    """A file of `studies/` by its name without the ending. Raises NoStudyError."""
    path = next((each for each in record_paths(folder) if each.name == f"{name}.yaml"), None)
    if path is None:
        raise NoStudyError(f"the review has no file {STUDIES}/{name}.yaml")
    refuse_elsewhere(folder, path)
    try:
        return StudyFile(name, path, read_bytes(path))
    except UnreadableError as error:
        raise NoStudyError(f"{STUDIES}/{name}.yaml: {error.problem.says}") from None
    except OSError as error:
        raise NoStudyError(f"{STUDIES}/{name}.yaml cannot be read: {error.strerror}") from None


def refuse_elsewhere(folder: Path, path: Path) -> None:
    """Raises NoStudyError for a file that is a link, or in a folder that leads out of the review."""
    if path.is_symlink() or path.parent.resolve() != folder.resolve() / STUDIES:
        says = f"{STUDIES}/{path.name} is a link or leads out of the review; edit it where it stands"
        raise NoStudyError(says)


def problems_in(document: Document[Record]) -> list[Problem]:
    """What reading finds in a text, or the audit in what was read, by line."""
    return sorted([*document.problems, *audit_record(document)], key=lambda problem: problem.sort_key)
