"""The citations of a review, as text in its folder `literature`: one a line, in the order of their ids.

Two branches that add citations merge line by line; what a merge leaves behind (the same work twice, lines
out of order, marks of a conflict) is read without loss and put in order when the files are written next.
Abstracts have a file of their own. Files are written whole, abstracts first, by one command at a time.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from evidence.literature.citation import Citation, one_of, record_mark
from evidence.literature.citation_lines import citation_of_line, citation_to_line
from evidence.literature.duplicates.deduplicating import Decisions, deduplicate
from evidence.records.review_folder import LITERATURE
from evidence.records.writing.files import WritingError, write_atomically

FOLDER = LITERATURE
CITATIONS = "citations.jsonl"
ABSTRACTS = "abstracts.jsonl"
_MARKS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
_GIT = ("*.jsonl merge=union", "*.tsv merge=union")
PATIENCE = 30.0
"""Seconds that a command waits for another one that is writing."""


class StoreError(Exception):
    """Files of citations that cannot be read or written; the message says which and why in one line."""


@contextmanager
def writing_alone(review: Path, patience: float = PATIENCE) -> Iterator[None]:
    """While this holds, no other command writes the citations of the review; the folder is made.

    Raises StoreError where another command holds it for longer than patience (seconds).
    """
    folder = review / FOLDER
    with folder_alone(folder, patience, "is being written by another command; try again when it has ended"):
        _tell_git(folder)
        yield


def _tell_git(folder: Path) -> None:
    """How git merges the files of the folder, and what it passes over."""
    try:
        if not (folder / ".gitattributes").exists():
            write_atomically(folder / ".gitignore", ".lock\n", overwrite=True)
            write_atomically(folder / ".gitattributes", "".join(f"{line}\n" for line in _GIT))
    except WritingError as error:
        raise StoreError(str(error)) from error


@contextmanager
def folder_alone(folder: Path, patience: float, otherwise: str) -> Iterator[None]:
    """While this holds, nobody else holds the folder, which is made.

    The lock is the operating system's: it ends with the process, however that ends. Raises StoreError, which
    says otherwise, where another process holds it for longer than patience (seconds).
    """
    try:
        folder.mkdir(exist_ok=True)
        lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise StoreError(f"'{folder}': {(error.strerror or str(error)).lower()}") from error
    try:
        until = time.monotonic() + patience
        while not take_lock(lock):
            if time.monotonic() > until:
                raise StoreError(f"'{folder}' {otherwise}")
            time.sleep(0.05)
        yield
    finally:
        os.close(lock)


def take_lock(lock: int) -> bool:
    """Whether the lock could be had; closing the file gives it back."""
    try:
        import fcntl
    except ImportError:  # Windows refuses to replace a file that is open, which is all that can be had there
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def read_citations(review: Path, decisions: Decisions) -> list[Citation]:
    """The citations of a review with their abstracts, in the order of their ids; none where it has no file.

    Raises StoreError for a line that cannot be read: nothing is dropped.
    """
    folder = review / FOLDER
    found = [citation for _, citation in _parsed(folder / CITATIONS)]
    abstracts = _abstracts(folder / ABSTRACTS)
    if abstracts:
        found = [_with_abstracts(each, abstracts) for each in found]
    ids = [each.id for each in found]
    if all(a < b for a, b in pairwise(ids)):
        return found
    return list(deduplicate(found, decisions).citations)


def _parsed(path: Path) -> Iterator[tuple[int, Citation]]:
    for number, line in stored_lines(path):
        try:
            yield number, citation_of_line(line)
        except ValueError as error:
            raise StoreError(f"'{path}', line {number:,}: {error}; git has the line as it was") from None


def stored_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines that hold something; marks of a conflict are none, both sides of it are kept.

    Nothing where there is no file. Raises StoreError.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            for number, line in enumerate(file, 1):
                if line.strip() and not line.startswith(_MARKS):
                    yield number, line.strip()
    except FileNotFoundError:
        return
    except UnicodeDecodeError:
        raise StoreError(f"'{path}' is no text in UTF-8; git has the file as it was") from None
    except OSError as error:
        raise StoreError(f"'{path}': {(error.strerror or str(error)).lower()}") from error


def _abstracts(path: Path) -> dict[str, str]:
    """Abstracts by the marks of their records, the longest where there are several."""
    found: dict[str, str] = {}
    for number, line in stored_lines(path):
        try:
            data = json.loads(line)
            marks, text = data["of"], data["abstract"]
            if not isinstance(text, str) or not isinstance(marks, list):
                raise ValueError
        except (ValueError, KeyError, TypeError, RecursionError):
            raise StoreError(
                f"'{path}', line {number:,}: expected id, of and abstract; git has the line as it was"
            ) from None
        for mark in map(str, marks):
            found[mark] = max(found.get(mark, ""), text, key=lambda each: (len(each), each))
    return found


def _with_abstracts(citation: Citation, abstracts: dict[str, str]) -> Citation:
    parts = [replace(part, abstract=abstracts.get(record_mark(part), "")) for part in citation.records()]
    return replace(one_of(parts), apart=citation.apart)


def write_citations(review: Path, citations: Iterable[Citation]) -> None:
    """Write the citations of a review, whole or not at all, inside `writing_alone`. Raises StoreError."""
    folder = review / FOLDER
    ordered = sorted(citations, key=lambda each: each.id)
    try:
        _write(folder / ABSTRACTS, (line for each in ordered for line in _abstract_lines(each)))
        _write(folder / CITATIONS, (citation_to_line(each) for each in ordered))
    except WritingError as error:
        raise StoreError(str(error)) from error


def _write(path: Path, lines: Iterator[str]) -> None:
    """Only where it changes: a command that finds nothing new leaves git nothing to see."""
    text = "".join(f"{line}\n" for line in lines)
    try:
        if path.read_text(encoding="utf-8") == text:
            return
    except (OSError, UnicodeDecodeError):
        pass
    write_atomically(path, text, overwrite=True)


def _abstract_lines(citation: Citation) -> Iterator[str]:
    """One line a text: records that were joined often have the same."""
    marks: dict[str, list[str]] = {}
    for part in citation.records():
        if part.abstract:
            marks.setdefault(part.abstract, []).append(record_mark(part))
    for text, of in sorted(marks.items(), key=lambda item: item[1]):
        yield json.dumps({"id": citation.id, "of": sorted(of), "abstract": text}, ensure_ascii=False)
