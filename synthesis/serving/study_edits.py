"""Edits of a study: what is typed becomes its file's text, is checked, and written if nobody else wrote."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evidence.records.parsing import KeyPath, Problem, Severity
from evidence.records.reading import Document, record_from_text
from evidence.records.schema import Record
from evidence.records.writing import WritingError
from evidence.records.writing.changing import NewValue, with_values
from evidence.records.writing.exchanging import ChangedMeanwhileError, exchange, hash_of
from evidence.wording import counted
from synthesis.report.page_parts import FindingShown
from synthesis.serving.record_form import form_of, key_path, new_value, value_at
from synthesis.serving.study_files import StudyFile, problems_in, read_study

Answer = Mapping[str, object]
MOST_DIFFERENT = 400
"""Lines of a difference that are shown."""


@dataclass(frozen=True)
class Edited:
    """What became of an edit: a status as HTTP has it, and what the page is told."""

    status: int
    told: Answer


def edit_values(folder: Path, name: str, seen: str, typed: Mapping[str, str], only_check: bool) -> Edited:
    """Values of a record by their addresses. Raises NoStudyError.

    seen: the hash of the file that the page showed. Where it is another one now, nothing is written, and the
    page is told what stands at each address.
    """
    file = read_study(folder, name)
    if file.hash != seen:
        return _changed_by_others(file, typed)
    changes, wrong = _as_changes(file, typed)
    if wrong:
        return Edited(422, {"says": "Some values cannot be.", "fields": wrong})
    try:
        text = with_values(file.text, changes, Record) if changes else file.text
    except WritingError as error:
        return Edited(422, {"says": f"{error}.", "fields": dict.fromkeys(typed, str(error))})
    return _checked_and_written(file, text, only_check)


def edit_text(folder: Path, name: str, seen: str, text: str, only_check: bool) -> Edited:
    """The whole text of a record's file. Raises NoStudyError.

    Where the file is another one now than was seen, nothing is written, and the page is told both.
    """
    file = read_study(folder, name)
    new = text.replace("\r\n", "\n")
    new = new if new.endswith("\n") else f"{new}\n"
    if "\r\n" in file.text:
        new = new.replace("\n", "\r\n")
    if file.hash != seen:
        lines = list(_difference(file.text, new, "the file now", "yours"))
        told = {"says": _SOMEBODY, "base": file.hash, "text": file.text, "difference": lines}
        return Edited(409, told)
    return _checked_and_written(file, new, only_check)


_SOMEBODY = "Somebody else has changed this file since you began. Nothing was written, and nothing is lost."


def _changed_by_others(file: StudyFile, typed: Mapping[str, str]) -> Edited:
    tree = file.document.tree
    if tree is None:
        now: dict[str, str | None] = dict.fromkeys(typed)
    else:
        shown = {each.name: each.value for each in form_of(tree).every_field()}
        now = {name: shown.get(name, value_at(name, tree.root)) for name in typed}
    return Edited(409, {"says": _SOMEBODY, "base": file.hash, "now": now})


def _as_changes(file: StudyFile, typed: Mapping[str, str]) -> tuple[dict[KeyPath, NewValue], dict[str, str]]:
    """What is typed, by key path; and what is wrong with values by themselves, by address."""
    tree = file.document.tree
    if tree is None:
        return {}, dict.fromkeys(typed, "the file is no YAML; edit its text")
    kinds = {each.name: each.kind for each in form_of(tree).every_field()}
    changes: dict[KeyPath, NewValue] = {}
    wrong = {}
    for name, text in typed.items():
        at = key_path(name, tree.root)
        if at is None or name not in kinds:
            wrong[name] = "nothing stands here any more; edit the text"
            continue
        try:
            changes[at] = new_value(text, kinds[name])
        except ValueError as error:
            wrong[name] = str(error)
    return changes, wrong


def _checked_and_written(file: StudyFile, text: str, only_check: bool) -> Edited:
    document = record_from_text(text, file.path)
    found = told_problems(document)
    if only_check:
        return Edited(200, {"findings": found})
    if document.model is None and file.document.model is not None:
        says = "Nothing was written: the record could not be read any more."
        return Edited(422, {"says": says, "findings": found})
    if text != file.text:
        try:
            exchange(file.path, text, file.hash)
        except ChangedMeanwhileError:
            return Edited(409, {"says": _SOMEBODY, "again": True})
        except WritingError as error:
            return Edited(507, {"says": f"{error}."})
    return Edited(200, {"says": _saved(document), "base": hash_of(text.encode()), "findings": found})


def _saved(document: Document[Record]) -> str:
    problems = problems_in(document)
    if document.model is None:
        return "Saved; the record cannot be read yet."
    errors = sum(each.severity is Severity.ERROR for each in problems)
    return f"Saved; {counted(errors, 'error')} to look at." if errors else "Saved."


def told_problems(
    document: Document[Record], further: Sequence[FindingShown] = ()
) -> list[dict[str, object]]:
    """The findings of a record, each with the address of its field where a form has one.

    further: what else is known of the file, e.g. from comparing it with others.
    """
    places = _places(document)
    found = [
        _told(each.severity.value, each.says, each.hint, each.place.line, _field_at(places, each))
        for each in problems_in(document)
    ]
    said = {(each["line"], each["says"]) for each in found}
    more = [each for each in further if (each.line, each.says) not in said]
    return found + [
        _told(each.severity, each.says, each.hint, each.line, _first_of_line(places, each.line))
        for each in more
    ]


def _told(severity: str, says: str, hint: str | None, line: int, field: str) -> dict[str, object]:
    return {"severity": severity, "says": says, "hint": hint or "", "line": line, "field": field}


Places = Sequence[tuple[int, int, str]]


def _places(document: Document[Record]) -> Places:
    if document.tree is None:
        return ()
    fields = form_of(document.tree).every_field()
    return sorted((each.line, each.column, each.name) for each in fields if each.there)


def _field_at(places: Places, problem: Problem) -> str:
    """The address of the field that begins last on a problem's line and not behind it."""
    line, column = problem.place.line, problem.place.column
    here = [name for at, begins, name in places if at == line and begins <= column]
    return here[-1] if here else _first_of_line(places, line)


def _first_of_line(places: Places, line: int) -> str:
    return next((name for at, _, name in places if at == line), "")


def field_of_line(document: Document[Record], line: int) -> str:
    """The address of the first field of a line; '' where it has none."""
    return _first_of_line(_places(document), line)


def _difference(old: str, new: str, named: str, other: str) -> Iterator[str]:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), named, other, lineterm="", n=2)
    for number, line in enumerate(lines):
        if number == MOST_DIFFERENT:
            yield "... and more"
            return
        yield line
