"""Imported records -> a review's folder: what is new, what is there already, and what contradicts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from evidence.records.reading import Document, read_record, record_from_text
from evidence.records.schema import Record
from evidence.records.writing import WritingError, record_to_yaml, write_record
from evidence.records.writing.extending import extended
from evidence.records.writing.naming import with_names
from evidence.sources.entries import Plain

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
    document = read_record(path)
    if document.model is None:
        return Joined(record.study, path, "different", "its file has errors: mend it first, see: check")
    return _beside(record, document, comment, force)


def _new(record: Record, path: Path, comment: str) -> Joined:
    text = record_to_yaml(record, comment)
    read = record_from_text(text, path)
    if read.model is None:
        return Joined(record.study, path, "invalid", read.problems[0].says)
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
        text = path.read_text(encoding="utf-8-sig")
        for key in ("exposure", "model"):
            if len(getattr(old, f"{key}s")) == 1 < len(getattr(whole, f"{key}s")):
                text, old = with_names(text, old, key)
                whole = whole.model_copy(update=_kept(old, whole))
        text = extended(text, old, whole)
    except WritingError as error:
        return Joined(record.study, path, "different", str(error))
    if record_from_text(text, path).model != whole:
        return Joined(
            record.study, path, "different", "its file cannot be added to by a program; edit it by hand"
        )
    return Joined(record.study, path, "longer", f"added: {', '.join(added)}", text, whole)


def _kept(old: Record, whole: Record) -> dict[str, Any]:
    """The entries of `whole` in which those of the old record are as they are now."""
    return {
        key: (*getattr(old, key), *getattr(whole, key)[len(getattr(old, key)) :])
        for key in ("estimates", "comparisons")
    }


def _together(old: Record, new: Record) -> tuple[Record, list[str], list[str]]:
    """The old record with what only the new one has; what contradicts; the ids of what is added."""
    conflicts: list[str] = []
    parts: dict[str, Any] = {}
    names: dict[str, dict[str, str]] = {}
    for key in ("reports", "exposures", "outcomes", "models"):
        parts[key], names[key] = _named_parts(getattr(old, key), getattr(new, key), key == "reports")
    added: list[str] = []
    for key in ("estimates", "comparisons"):
        kept = {each.id: each for each in getattr(old, key)}
        for each in getattr(new, key):
            renamed = _renamed(each, names)
            same = next((other for other in kept.values() if _says_the_same(other, renamed)), None)
            if same is not None:
                continue
            if each.id in kept:
                conflicts.append(f"'{each.id}' has other numbers there")
            else:
                kept[each.id] = renamed
                added.append(each.id)
        parts[key] = tuple(kept.values())
    known = set(map(str, old.risk_of_bias))
    more = tuple(each for each in new.risk_of_bias if str(each) not in known)
    parts["risk_of_bias"] = (*old.risk_of_bias, *more)
    added += ["risk of bias"] if more else []
    return old.model_copy(update=parts), conflicts, added


def _named_parts(
    old: dict[str, Any], new: dict[str, Any], by_name: bool
) -> tuple[dict[str, Any], dict[str, str]]:
    """Old and new parts together, and under which name each new one stands."""
    whole, names = dict(old), {}
    for name, part in new.items():
        same = next((key for key, other in whole.items() if other == part or (by_name and key == name)), None)
        if same is None:
            same, number = name, 2
            while same in whole:
                same, number = f"{name}-{number}", number + 1
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


def _says_the_same(old: Any, new: Any) -> bool:
    """Whether two entries are one: all but their ids."""
    return bool(old.model_copy(update={"id": new.id}) == new)


def write_all(found: Sequence[Joined], force: bool = False) -> list[str]:
    """Write what is new or longer, or with force different; returns what could not be written, and why."""
    failed = []
    for each in found:
        if each.text is None or each.record is None:
            continue
        try:
            write_record(each.path, each.text, each.record, overwrite=each.state != "new" or force)
        except WritingError as error:
            failed.append(str(error))
    return failed
