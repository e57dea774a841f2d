"""Imported records -> a review's folder: what is new, what is there already, and what contradicts it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from evidence.records.printed import shorten
from evidence.records.reading import Document, read_record, record_from_text
from evidence.records.schema import Record
from evidence.records.vocabulary import NOT_STATED
from evidence.records.writing import WritingError, record_to_yaml, write_many
from evidence.records.writing.extending import extended
from evidence.sources.entries import Plain, free_name

State = Literal["new", "unchanged", "longer", "different", "invalid"]


@dataclass(frozen=True)
class Joined:
    """What became, or would become, of one imported record.

    says: why it is different or invalid; for a record that gets longer what is added. text: of the file as it
    is to be; None where nothing is to be written.
    """

    study: str
    path: Path
    state: State
    says: str = ""
    text: str | None = None
    record: Record | None = None


def joined(made: Plain, studies: Path, comment: str, force: bool = False) -> Joined:
    """Compare an imported record with the file of its study.

    made: the record as plain data. force: what is different takes the place of what is there.
    """
    path = studies / f"{made['study']}.yaml"
    try:
        record = Record.model_validate(made)
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(str(key) for key in first["loc"])
        return Joined(
            made["study"], path, "invalid", f"{where}: {first.get('ctx', {}).get('error', first['msg'])}"
        )
    if not path.exists():
        return _new(record, path, comment)
    if _is_as_written(record, path, comment):
        return Joined(record.study, path, "unchanged")
    document = read_record(path)
    if document.model is None:
        return Joined(record.study, path, "different", "its file has errors: mend it first, see: check")
    return _beside(record, document, comment, force)


_ON = re.compile(r"\bon: (\d{4}-\d\d-\d\d)\b")


def _is_as_written(record: Record, path: Path, comment: str) -> bool:
    """Whether a file is, letter by letter, what an import of this record wrote on that day."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    days = _ON.findall(text)
    if len(days) != 1:
        return False
    try:
        extraction = record.extraction.model_copy(update={"on": datetime.date.fromisoformat(days[0])})
    except ValueError:
        return False
    return record_to_yaml(record.model_copy(update={"extraction": extraction}), comment) == text


def _new(record: Record, path: Path, comment: str) -> Joined:
    text = record_to_yaml(record, comment)
    read = record_from_text(text, path)
    if read.model != record:
        says = read.problems[0].says if read.problems else "its text would not be the same record"
        return Joined(record.study, path, "invalid", says)
    return Joined(record.study, path, "new", "", text, record)


def _beside(record: Record, document: Document[Record], comment: str, force: bool) -> Joined:
    old = document.model
    assert old is not None  # it was read
    path = document.path
    whole, conflicts, added = _together(old, record)
    if conflicts and not force:
        return Joined(record.study, path, "different", "; ".join(conflicts[:3]))
    if conflicts:
        made = _new(record, path, comment)
        return Joined(
            record.study, path, "different" if made.text else "invalid", made.says, made.text, record
        )
    if not added:
        return Joined(record.study, path, "unchanged")
    try:
        text, whole = extended(path, old, whole)
    except WritingError as error:
        return Joined(record.study, path, "different", str(error))
    return Joined(record.study, path, "longer", f"added: {', '.join(added)}", text, whole)


def _together(old: Record, new: Record) -> tuple[Record, list[str], list[str]]:
    """The old record with what only the new one has; what contradicts; the ids of what is added."""
    conflicts: list[str] = []
    parts: dict[str, Any] = {}
    names: dict[str, dict[str, str]] = {}
    for key in ("reports", "exposures", "outcomes", "models"):
        parts[key], names[key] = _named_parts(getattr(old, key), getattr(new, key), key == "reports")
    added: list[str] = []
    for key in ("estimates", "comparisons"):
        own = list(getattr(old, key))
        more = [_renamed(each, names) for each in getattr(new, key)]
        known = {each.id: each for each in own}
        for each in _unmatched(own, more):
            if each.id in known:
                says = _first_difference(known[each.id], each)
                conflicts.append(f"'{each.id}' is another there: {says}")
            else:
                known[each.id] = each
                own.append(each)
                added.append(each.id)
        parts[key] = tuple(own)
    judged = set(map(str, old.risk_of_bias))
    bias = tuple(each for each in new.risk_of_bias if str(each) not in judged)
    parts["risk_of_bias"] = (*old.risk_of_bias, *bias)
    added += ["risk of bias"] if bias else []
    return old.model_copy(update=parts), conflicts, added


def _named_parts(
    old: dict[str, Any], new: dict[str, Any], by_name: bool
) -> tuple[dict[str, Any], dict[str, str]]:
    """Old and new parts together, and under which name each new one stands.

    A part that a person has said more of since is the same part.
    """
    whole, names = dict(old), {}
    said = {part.model_dump_json(): name for name, part in reversed(list(old.items()))}
    for name, part in new.items():
        same = said.get(part.model_dump_json())
        if same is None and name in old and (by_name or not difference(old[name], part)):
            same = name
        if same is None:
            same = free_name(name, whole)
            whole[same] = part
        names[name] = same
    return whole, names


def _renamed(each: Any, names: dict[str, dict[str, str]]) -> Any:
    changes: dict[str, Any] = {"outcome": names["outcomes"][each.outcome]}
    for key in ("exposure", "model"):
        name = getattr(each, key)
        changes[key] = None if name is None else names[f"{key}s"][name]
    where = each.where.model_copy(update={"report": names["reports"][each.where.report]})
    return each.model_copy(update={**changes, "where": where})


def _unmatched(old: Sequence[Any], new: Sequence[Any]) -> list[Any]:
    """The new entries that say something else than every old one; each old one is met once.

    First those are met that say the same of the same place; then the same of another place, as a row may
    stand lower in the table than it did; then those of one id or place of which a person has said more since.
    """
    left, remaining = list(old), list(new)
    for key in (_all_said, _numbers_said, _id_of, _place_of):
        by_key: dict[str, list[Any]] = {}
        for each in left:
            by_key.setdefault(key(each), []).append(each)
        unmet = []
        for each in remaining:
            same = by_key.get(key(each), [])
            met = next((other for other in same if not difference(other, each, {"id", "where"})), None)
            if met is None:
                unmet.append(each)
            else:
                same.remove(met)
        remaining, left = unmet, [each for same in by_key.values() for each in same]
    return remaining


def _all_said(each: Any) -> str:
    return str(each.model_dump_json(exclude={"id"}))


def _numbers_said(each: Any) -> str:
    return str(each.model_dump_json(exclude={"id", "where"}))


def _id_of(each: Any) -> str:
    return str(each.id)


def _place_of(each: Any) -> str:
    return str(each.where.at)


def _first_difference(old: Any, new: Any) -> str:
    path, there, here = difference(old, new, {"id", "where"})[0]
    return f"{' '.join(path)} is {_shown(there)} there and {_shown(here)} in the file"


def _shown(value: Any) -> str:
    return "not stated" if value in (None, "", [], {}) else shorten(str(value).replace("'", ""))


Difference = tuple[tuple[str, ...], Any, Any]


def difference(old: Any, new: Any, ignored: Set[str] = frozenset()) -> list[Difference]:
    """Where a new part says something else than the old one: the path, what is there, what is new.

    What the new one does not state is no difference. ignored: keys of the part that do not count.
    """
    there, here = (
        each.model_dump(mode="json", exclude_defaults=True, exclude=set(ignored)) for each in (old, new)
    )
    return list(_differences(there, here, ()))


def _differences(old: Any, new: Any, path: tuple[str, ...]) -> Iterator[Difference]:
    if new in (None, NOT_STATED) or old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key, value in new.items():
            yield from _differences(old.get(key), value, (*path, key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for at, value in enumerate(new):
            yield from _differences(old[at], value, (*path, str(at + 1)))
    else:
        yield path, old, new


def write_all(found: Iterable[Joined], force: bool = False) -> list[str]:
    """Write what is new or longer, or with force different; returns what could not be written, and why.

    found: may be made on the way; the files are written meanwhile.
    """
    writable = (
        (each.path, text, each.state != "new" or force) for each in found if (text := each.text) is not None
    )
    return [why for why in write_many(writable) if why is not None]
