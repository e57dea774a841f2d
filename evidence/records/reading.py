"""YAML files -> records, with every problem of every file at its line and column."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from evidence.records.parsing import (
    MAX_PROBLEMS,
    KeyPath,
    Problem,
    Severity,
    Tree,
    UnreadableError,
    capped,
    parse_file,
    parse_text,
)
from evidence.records.printed import shorten
from evidence.records.unconfirmed import TO_BE_CONFIRMED, unconfirmed

if TYPE_CHECKING:
    from evidence.records.effect import Estimate
    from evidence.records.schema import Record
    from evidence.records.shared_reference import SharedReference

Parsed = TypeVar("Parsed", bound=BaseModel)


MOST_SUGGESTIONS = 500
"""Names among which the one that was meant is sought."""

MOST_NAMED = 30
"""Names that a hint lists."""


@dataclass(frozen=True)
class Document(Generic[Parsed]):
    """One file as read: the model when it is valid, the tree for positions, and the problems."""

    path: Path
    tree: Tree | None
    model: Parsed | None
    problems: tuple[Problem, ...]

    def at(self, path: Path) -> Document[Parsed]:
        """The same document, if it has no problem, at another place."""
        if self.path == path or self.tree is None or self.problems:
            return self
        return Document(path, Tree(path, self.tree.root), self.model, ())


def read_record(path: Path) -> Document[Record]:
    """Read one record; never raises for anything the file may contain."""
    from evidence.records.schema import Record  # other files of the project are read without it

    return _checked_references(_read(path, Record, None))


def record_from_text(text: str, path: Path) -> Document[Record]:
    """Read a record from text that is not (yet) on disk."""
    from evidence.records.schema import Record

    return _checked_references(_read(path, Record, text))


def read_model(path: Path, model: type[Parsed]) -> Document[Parsed]:
    """Read any YAML file of the project into its model."""
    return _read(path, model, None)


def model_from_text(text: str, path: Path, model: type[Parsed]) -> Document[Parsed]:
    """Read any YAML text of the project that is not (or no longer) on disk into its model."""
    return _read(path, model, text)


def _read(path: Path, model: type[Parsed], text: str | None) -> Document[Parsed]:
    try:
        tree, problems = parse_file(path) if text is None else parse_text(text, path)
    except UnreadableError as unreadable:
        return Document(path, None, None, (unreadable.problem,))
    return modelled(tree, problems, model)


def modelled(tree: Tree, problems: list[Problem], model: type[Parsed]) -> Document[Parsed]:
    """A parsed file, or a part of one, as its model, or why it is none; problems: what parsing found."""
    path = tree.path
    if len(problems) > MAX_PROBLEMS:
        return Document(path, tree, None, tuple(problems))
    open_values = dict(unconfirmed(tree.root))
    problems += [_open_problem(at, value, tree) for at, value in islice(open_values.items(), MAX_PROBLEMS)]
    try:
        parsed = model.model_validate(tree.root.plain())
    except ValidationError as error:
        issues = [issue for issue in error.errors() if not _is_below(issue["loc"], open_values)]
        problems += [_translate(issue, tree, model) for issue in issues[:MAX_PROBLEMS]]
        unlisted = max(0, len(issues) - MAX_PROBLEMS) + max(0, len(open_values) - MAX_PROBLEMS)
        return Document(path, tree, None, capped(problems, unlisted))
    problems = list(capped(problems, max(0, len(open_values) - MAX_PROBLEMS)))
    return Document(path, tree, parsed if not problems else None, tuple(problems))


def _is_below(at: KeyPath, places: Mapping[KeyPath, str]) -> bool:
    return any(at[:length] in places for length in range(len(at) + 1))


def _open_problem(at: KeyPath, proposal: str, tree: Tree) -> Problem:
    """One sentence for each value that a person has still to confirm."""
    what = f"is to be confirmed: {shorten(proposal)}" if proposal else "is to be filled in"
    name = next((key for key in reversed(at) if isinstance(key, str)), "value")
    hint = (
        f"Look in the paper; then write the value without '{TO_BE_CONFIRMED}', or delete what does not apply."
    )
    return tree.problem(at, Severity.ERROR, "to-be-confirmed", f"'{name}' {what}", hint)


def _translate(issue: Any, tree: Tree, model: type[BaseModel]) -> Problem:
    """One pydantic issue in plain words, at the place in the file."""
    at = tuple(key for key in issue["loc"] if key != "[key]")
    kind, context, given = issue["type"], issue.get("ctx") or {}, issue.get("input")
    if kind == "extra_forbidden":
        return _unknown_key(at, tree, model)
    if kind == "missing":
        says = f"'{at[-1]}' is missing" + (f" in {_name(at[:-1])}" if at[:-1] else "")
        return tree.problem(at[:-1], Severity.ERROR, "missing-key", says, f"Add a line '{at[-1]}: ...' here.")
    says, hint = _value_message(kind, context, given, issue["msg"])
    prefix = f"'{at[-1]}': " if at and isinstance(at[-1], str) and kind != "value_error" else ""
    return tree.problem(at, Severity.ERROR, "value", prefix + says, hint, on_key="[key]" in issue["loc"])


def _value_message(
    kind: str, context: Mapping[str, Any], given: object, message: str
) -> tuple[str, str | None]:
    shown = "nothing" if given is None else f"'{shorten(str(given))}'"
    if isinstance(given, dict | list):
        shown = "a list or mapping"
    if kind == "value_error":
        return str(context.get("error", message)), None
    if kind == "literal_error":
        allowed = [word.strip("' ") for word in context["expected"].replace(" or ", ", ").split(",")]
        return f"{shown} is not known; expected one of: {', '.join(allowed)}", _did_you_mean(
            str(given), allowed
        )
    if kind.startswith(("int_", "greater", "less")):
        bound = next((f" {word} {context[key]}" for key, word in _BOUNDS.items() if key in context), "")
        return f"{shown} is not a whole number{bound}; expected e.g. 1426", None
    if kind == "string_pattern_mismatch":
        return f"{shown} does not have the expected form", _PATTERN_HINTS.get(context["pattern"])
    words = next((words for start, words in _KINDS.items() if kind.startswith(start)), None)
    return (f"{shown} {words}" if words else message), None


_REST_OF_A_NUMBER = re.compile(r"\d+(?:\s*%)?")
_KINDS = {
    "float": "is not a number",
    "bool": "is neither true nor false",
    "date": "is not a date; expected year-month-day, e.g. 2026-11-21",
    "dict_type": "stands where several 'key: value' lines are expected",
    "model_": "stands where several 'key: value' lines are expected",
    "tuple_type": "is not a list; expected e.g. [first, second]",
    "list_type": "is not a list; expected e.g. [first, second]",
    "string_": "stands where a text is expected",
    "too_short": "has no entry; expected at least one",
}
_BOUNDS = {"gt": "above", "ge": "of at least", "lt": "below", "le": "of at most"}
_PATTERN_HINTS = {
    r"^[a-z0-9][a-z0-9.-]*$": "Names are lower-case letters, digits, '-' and '.', e.g. hip-men.",
    r"^\d{4}(-\d{4})?(, \d{4}(-\d{4})?)*$": "Years are written 2013-2018, 2008, or 2005-2010, 2013-2014.",
}


def _unknown_key(at: KeyPath, tree: Tree, model: type[BaseModel]) -> Problem:
    allowed = keys_at(model, at[:-1])
    key = str(at[-1])
    hint = _did_you_mean(key, allowed) or f"Known here: {', '.join(allowed)}."
    if _REST_OF_A_NUMBER.fullmatch(key):
        hint = "A comma inside a number? In brackets it begins the next entry: write 0.92 for 0,92."
    return tree.problem(at, Severity.ERROR, "unknown-key", f"unknown key '{shorten(key)}'", hint, on_key=True)


def keys_at(model: type[BaseModel], at: KeyPath) -> list[str]:
    """The keys allowed at a path, found by walking the model's annotations."""
    annotation: Any = model
    for key in at:
        inner = _inner_model(annotation)
        if inner is None:
            return []
        if isinstance(key, int) or _is_mapping(annotation):
            annotation = inner
            continue
        fields = {field.alias or name: field for name, field in inner.model_fields.items()}
        if key not in fields:
            return []
        annotation = fields[key].annotation
    found = None if _is_mapping(annotation) else _inner_model(annotation)
    return [field.alias or name for name, field in found.model_fields.items()] if found else []


def _is_mapping(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) is dict


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _inner_model(argument)
        if found is not None:
            return found
    return None


def _did_you_mean(word: str, known: Iterable[str]) -> str | None:
    normal = {name.lower().replace("_", " "): name for name in islice(known, MOST_SUGGESTIONS)}
    close = difflib.get_close_matches(shorten(word).lower().replace("_", " ").replace("-", " "), normal)
    return f"Did you mean '{normal[close[0]]}'?" if close else None


def _listed(known: Iterable[str]) -> str:
    names = list(known)
    return ", ".join([*names[:MOST_NAMED], *(["..."] if len(names) > MOST_NAMED else [])])


def _name(at: KeyPath) -> str:
    """A key path in words: 'estimates' no. 3, 'effect'."""
    words = [f"no. {key + 1}" if isinstance(key, int) else f"'{key}'" for key in at]
    return " ".join(words[-2:])


_Broken = tuple[KeyPath, str, Callable[[], str | None]]
"""Where a name leads nowhere, what to say, and what makes the hint: that takes time, and few are listed."""


def _checked_references(document: Document[Record]) -> Document[Record]:
    """Adds a problem for every name that a record uses and does not define."""
    if document.model is None or document.tree is None:
        return document
    broken = list(_broken_references(document.model))
    problems = [
        document.tree.problem(at, Severity.ERROR, "unknown-name", says, hint())
        for at, says, hint in broken[:MAX_PROBLEMS]
    ]
    model = None if problems else document.model
    return Document(document.path, document.tree, model, capped(problems, len(broken) - len(problems)))


def _broken_references(record: Record) -> Iterator[_Broken]:
    seen: set[str] = set()
    for index, estimate in enumerate(record.estimates):
        at: KeyPath = ("estimates", index)
        if estimate.id in seen:
            yield (*at, "id"), f"a second estimate is called '{estimate.id}'", _own_id
        seen.add(estimate.id)
        yield from _broken_names(record, estimate, at)
    yield from _broken_comparisons(record, seen)
    for name, report in record.reports.items():
        if report.superseded_by is not None:
            yield from _unless_known(
                report.superseded_by, record.reports, "report", ("reports", name, "superseded_by")
            )
            if report.superseded_by == name:
                yield ("reports", name, "superseded_by"), "a report cannot supersede itself", _no_hint
    tables = [(("baseline", index), table.where) for index, table in enumerate(record.baseline)]
    for at_table, where in [*tables, *([(("flow",), record.flow.where)] if record.flow else [])]:
        yield from _unless_known(where.report, record.reports, "report", (*at_table, "where", "report"))
    estimates = dict.fromkeys(seen)
    for index, judgement in enumerate(record.risk_of_bias):
        at = ("risk_of_bias", index)
        if judgement.report is not None:
            yield from _unless_known(judgement.report, record.reports, "report", (*at, "report"))
        if judgement.estimate is not None:
            yield from _unless_known(judgement.estimate, estimates, "estimate", (*at, "estimate"))


def _broken_comparisons(record: Record, seen: set[str]) -> Iterator[_Broken]:
    for index, comparison in enumerate(record.comparisons):
        at: KeyPath = ("comparisons", index)
        if comparison.id in seen:
            yield (*at, "id"), f"a second estimate or comparison is called '{comparison.id}'", _own_id
        for of_arm, estimate in comparison.placed_estimates:
            if estimate.id in seen:
                yield (*at, *of_arm, "id"), f"a second estimate is called '{estimate.id}'", _own_id
        seen |= {comparison.id, *(estimate.id for estimate in comparison.estimates)}
        yield from _broken_names(record, comparison, at)


def _broken_names(record: Record, estimate: Estimate | SharedReference, at: KeyPath) -> Iterator[_Broken]:
    yield from _unless_known(estimate.outcome, record.outcomes, "outcome", (*at, "outcome"))
    yield from _unless_known(estimate.where.report, record.reports, "report", (*at, "where", "report"))
    for kind, name, known in (
        ("exposure", estimate.exposure, record.exposures),
        ("model", estimate.model, record.models),
    ):
        if name is not None:
            yield from _unless_known(name, known, kind, (*at, kind))
        elif len(known) > 1:
            yield at, f"'{kind}' is missing: the record has {len(known)}", partial(_one_of, known)


def _unless_known(name: str, known: Mapping[str, Any], kind: str, at: KeyPath) -> Iterator[_Broken]:
    if name not in known:
        yield at, f"no {kind} of this record is called '{shorten(name)}'", partial(_meant, name, known)


def _own_id() -> str:
    return "Each estimate has its own id."


def _no_hint() -> None:
    return None


def _one_of(known: Mapping[str, Any]) -> str:
    return f"One of: {_listed(known)}."


def _meant(name: str, known: Mapping[str, Any]) -> str:
    return _did_you_mean(name, known) or f"Known: {_listed(known)}."
