"""Second readings of a record: in the record itself, or in a file of the same name beside the studies."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, Field, create_model, field_validator

from evidence.records.effect import Estimate
from evidence.records.parsing import Problem, Severity, Tree, UnreadableError, parse_file
from evidence.records.part import Id, Part
from evidence.records.provenance import Judgement, Resolution, SecondReading
from evidence.records.reading import Document, modelled, read_record
from evidence.records.review_folder import SECOND_READINGS, STUDIES
from evidence.records.schema import Record
from evidence.records.shared_reference import SharedReference
from evidence.records.vocabulary import SchemaVersion


@dataclass(frozen=True)
class StudyReading:
    """What one person read of a study.

    by: who; tree: the values with their places, None where they cannot be read; whole: it is a record, so
    that what it lacks was not found; else it has only what was read a second time.
    """

    path: Path
    study: str
    by: str = ""
    tree: Tree | None = None
    whole: bool = False
    judgements: tuple[Judgement, ...] = ()
    resolved: tuple[Resolution, ...] = ()
    problems: tuple[Problem, ...] = ()


_PARTS: dict[str, type[Part]] = {"estimates": Estimate, "comparisons": SharedReference}


@cache
def as_read(part: type[Part]) -> type[BaseModel]:
    """The same part with every key optional: what was read a second time is not all there is."""
    fields: dict[str, Any] = {
        field.alias or name: (_optional(field.annotation) | None, None)
        for name, field in part.model_fields.items()
    }
    # Those that look at what is typed say it best; those that look at the whole would miss what is left out.
    kept: dict[str, Any] = {
        name: field_validator(*each.info.fields, mode="before")(getattr(each.func, "__func__", each.func))
        for name, each in part.__pydantic_decorators__.field_validators.items()
        if each.info.mode == "before"
    }
    return create_model(part.__name__, __base__=Part, __validators__=kept, **fields)


def _optional(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return as_read(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (types.UnionType, Union):
        return reduce(or_, map(_optional, arguments))
    if origin in (tuple, dict):
        return origin[tuple(each if each is Ellipsis else _optional(each) for each in arguments)]
    return annotation


@cache
def _model(in_a_file: bool, listed: frozenset[str]) -> type[BaseModel]:
    """What a second reading holds; listed: which of its parts are lists as in a record."""
    fields: dict[str, Any] = {}
    for name, part in _PARTS.items():
        one: Any = as_read(part)
        if name in listed:
            named: Any = create_model(part.__name__, __base__=one, id=(Id, ...))
            fields[name] = (tuple[named, ...], ())
        else:
            fields[name] = (dict[Id, one], {})
    if in_a_file:
        fields |= {"study": (Id, ...), "schema_version": (SchemaVersion | None, Field(None, alias="schema"))}
    return create_model("SecondReading", __base__=SecondReading, **fields)


def first_reading(document: Document[Record]) -> StudyReading | None:
    """A record as its first reader's reading; None for one that cannot be read."""
    record = document.model
    if record is None:
        return None
    return StudyReading(
        document.path,
        record.study,
        record.extraction.by,
        document.tree,
        True,
        record.risk_of_bias,
        record.resolved,
    )


def second_readings(document: Document[Record]) -> Iterator[StudyReading]:
    """The second readings of a record, with the problems of those that cannot be read."""
    record, tree = document.model, document.tree
    if record is None or tree is None:
        return
    node = tree.root.child("second_reading")
    if record.second_reading is not None:
        assert node is not None
        yield _partial(Tree(document.path, node), [], record.study)
    beside = beside_of(document.path)
    if beside is not None:
        found = read_reading(beside)
        if found.tree is not None and found.study != record.study:
            says = f"this second reading is of '{found.study}', the record of '{record.study}'"
            hint = "A second reading has the name of the record's file, and its study."
            problem = found.tree.problem(("study",), Severity.ERROR, "second-reading", says, hint)
            found = StudyReading(beside, found.study, found.by, problems=(problem,))
        yield found


def is_beside(path: Path) -> bool:
    """Whether a file is a second reading beside the studies of a review."""
    return path.parent.name == SECOND_READINGS and (path.parent.parent / STUDIES).is_dir()


def beside_of(path: Path) -> Path | None:
    """The file of a record's second reading beside the studies; None where there is none."""
    if path.parent.name != STUDIES:
        return None
    beside = path.parent.parent / SECOND_READINGS / path.name
    return beside if beside.is_file() else None


def read_reading(path: Path) -> StudyReading:
    """Read a record, or a file with only what was read a second time; its problems are kept, not raised."""
    try:
        tree, problems = parse_file(path)
    except UnreadableError as unreadable:
        return StudyReading(path, path.stem, problems=(unreadable.problem,))
    if tree.root.child("reports") is None and tree.root.child("cohort") is None:
        return _partial(tree, problems)
    document = read_record(path)
    found = first_reading(document)
    return found or StudyReading(path, path.stem, problems=document.problems)


def _partial(tree: Tree, problems: list[Problem], study: str | None = None) -> StudyReading:
    nodes = {name: tree.root.child(name) for name in _PARTS}
    listed = frozenset(name for name, node in nodes.items() if node and isinstance(node.content, list))
    document = modelled(tree, problems, _model(study is None, listed))
    given: Any = document.model
    if given is None:
        return StudyReading(tree.path, tree.path.stem, problems=document.problems)
    judgements = tuple(given.risk_of_bias)
    return StudyReading(tree.path, study or given.study, given.by, tree, judgements=judgements)
