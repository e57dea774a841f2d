"""A record's file as a form: a field for every value that stands in it, and for those that may be added."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from evidence.records.parsing import KeyPath, Node, Tree
from evidence.records.schema import Record
from synthesis.adding.answers import limits
from synthesis.adding.fields import FIELDS

Kind = Literal["text", "lines", "pair"]
_MOST_ADDED = 6
"""A part that is not there is offered if it has no more keys than these; larger ones are typed as text."""
_WORDS = {(each.part, each.key): each for each in FIELDS.values()}
_LEFT_OUT = frozenset({"schema", "generated", "second_reading"})
"""Keys that programs write, or that another person does in a file of his own."""


@dataclass(frozen=True)
class FormField:
    """One value.

    name: its address in the form; value: as the file has it, a list's entries one a line; choices: the words
    that are allowed, if only some are; says: what belongs there; there: whether the file has the key.
    """

    name: str
    label: str
    value: str
    kind: Kind
    choices: tuple[str, ...]
    says: str
    there: bool
    line: int = 0
    column: int = 0


@dataclass(frozen=True)
class FormPart:
    """Values that belong together: a report, an estimate, its effect. as_text: keys that no form shows."""

    name: str
    title: str
    hint: str
    fields: tuple[FormField, ...]
    parts: tuple[FormPart, ...]
    as_text: tuple[str, ...] = ()
    there: bool = True

    def every_field(self) -> Iterator[FormField]:
        """Its own fields, then those of its parts."""
        yield from self.fields
        for each in self.parts:
            yield from each.every_field()


def form_of(tree: Tree) -> FormPart:
    """The form of a record, whether or not the record is valid."""
    return _part(tree.root, Record, "", "Study")


def key_path(name: str, root: Node) -> KeyPath | None:
    """Where an address leads in a file; None where the entry of a list that it names is not there."""
    path: list[str | int] = []
    here: Node | None = root
    for word in name.split("/"):
        key = _key(word, here)
        if key is None:
            return None
        path.append(key)
        here = None if here is None else here.child(key)
    return tuple(path)


def _key(word: str, here: Node | None) -> str | int | None:
    entries = here.content if here is not None and isinstance(here.content, list) else None
    kind, mark, rest = word.partition("=")
    if not mark or kind not in ("id", "no"):
        return None if entries is not None else _unescaped(word)
    if entries is None:
        return None
    if kind == "no":
        return int(rest) if rest.isdecimal() and int(rest) < len(entries) else None
    ids = [own.content if (own := each.child("id")) is not None else None for each in entries]
    return ids.index(_unescaped(rest)) if ids.count(_unescaped(rest)) == 1 else None


def _escaped(word: str) -> str:
    return word.replace("~", "~0").replace("/", "~1").replace("=", "~2")


def _unescaped(word: str) -> str:
    return word.replace("~2", "=").replace("~1", "/").replace("~0", "~")


def value_at(name: str, root: Node) -> str | None:
    """What a form shows at an address, '' for a key that is not there; None where it leads nowhere."""
    at = key_path(name, root)
    if at is None:
        return None
    node: Node | None = root
    for key in at:
        node = None if node is None else node.child(key)
    return "" if node is None else shown(node) or ""


def shown(node: Node) -> str | None:
    """A scalar, or a list of scalars one a line; None for anything else."""
    if isinstance(node.content, list):
        entries = [each.content for each in node.content]
        return "\n".join(str(each or "") for each in entries) if all(map(_is_scalar, entries)) else None
    return (node.content or "") if node.content is None or isinstance(node.content, str) else None


def _is_scalar(content: object) -> bool:
    return content is None or isinstance(content, str)


def new_value(text: str, kind: str) -> str | list[str] | None:
    """What is typed as what the file gets, None where the key goes. Raises ValueError for no pair."""
    plain = text.replace("\r\n", "\n").strip()
    if not plain:
        return None
    if kind == "pair":
        return list(limits(plain.replace("\n", "; ")))
    if kind == "lines":
        entries = [line.strip() for line in plain.split("\n") if line.strip()]
        return entries[0] if entries == ["not stated"] else entries
    return re.sub(r"\s*\n\s*", " ", plain)


# From the schema: what is a field, what is a part.


def _part(node: Node, model: type[BaseModel], name: str, title: str) -> FormPart:
    """The part of a mapping that the file has."""
    content = node.content if isinstance(node.content, dict) else {}
    fields: list[FormField] = []
    parts: list[FormPart] = []
    as_text: list[str] = []
    known = {info.alias or key: info for key, info in model.model_fields.items()}
    for key, info in known.items():
        child, own = content.get(key), _joined(name, _escaped(key))
        if key in _LEFT_OUT:
            continue
        if child is None:
            _offer(key, info, own, model, fields, parts)
        elif (text := shown(child)) is not None and _inner(info.annotation) is None:
            fields.append(_field(key, info, own, model, child, text))
        elif found := list(_parts_below(child, info, own, key)):
            parts += found
        else:
            as_text.append(key)
    as_text += [key for key in content if key not in known]
    return FormPart(name, title, _hint(content), tuple(fields), tuple(parts), tuple(as_text))


def _title(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _one_of(key: str) -> str:
    """The name of one among several: "Report" of reports."""
    return _title(key).removesuffix("s")


def _joined(name: str, word: str) -> str:
    return f"{name}/{word}" if name else word


def _hint(content: Mapping[str, Node]) -> str:
    """What tells a part from its likes."""
    effect = content.get("effect")
    inner = effect.content if effect is not None and isinstance(effect.content, dict) else {}
    nodes = (inner.get("measure"), inner.get("estimate"), content.get("citation"))
    found = [shown(each) for each in nodes if each]
    return " ".join(each for each in found if each)[:90]


def _parts_below(child: Node, info: FieldInfo, name: str, key: str) -> Iterator[FormPart]:
    """The parts that a key of the file holds: itself, or those that it names or lists; none out of place."""
    model, content = _inner(info.annotation), child.content
    entries = _entries(child)
    if isinstance(content, dict) and model is None and _is_mapping(info.annotation):
        texts = [_free(word, name, node) for word, node in content.items()]
        yield FormPart(name, _title(key), "", tuple(each for each in texts if each), ())
    elif isinstance(content, dict) and model is not None and get_origin(_bare(info.annotation)) is None:
        yield _part(child, model, name, _title(key))
    elif model is not None and isinstance(content, dict) is _is_mapping(info.annotation):
        for word, called, node in entries:
            yield _part(node, model, _joined(name, word), f"{_one_of(key)} {called}")


def _entries(node: Node) -> list[tuple[str, str, Node]]:
    """Entries of a list or mapping of parts: word of the address, name, node; none if one is no part."""
    if isinstance(node.content, dict):
        found = [(_escaped(word), word, each) for word, each in node.content.items()]
    else:
        listed = node.content if isinstance(node.content, list) else []
        found = [(*_called(index, each), each) for index, each in enumerate(listed)]
    return found if all(isinstance(each.content, dict) for *_, each in found) else []


def _called(index: int, node: Node) -> tuple[str, str]:
    """How an address and a title call an entry of a list: by its id, else by its number."""
    own = node.child("id")
    if own is not None and isinstance(own.content, str):
        return f"id={_escaped(own.content)}", own.content
    return f"no={index}", str(index + 1)


def _free(word: str, name: str, node: Node) -> FormField | None:
    text = shown(node)
    if text is None:
        return None
    kind: Kind = "lines" if isinstance(node.content, list) else "text"
    return FormField(
        _joined(name, _escaped(word)), word, text, kind, (), "", True, node.spot.line, node.spot.column
    )


def _field(key: str, info: FieldInfo, name: str, model: type[BaseModel], node: Node, text: str) -> FormField:
    kind = _kind(info.annotation)
    shown_text = text.replace("\n", ", ") if kind == "pair" else text
    choices = tuple(dict.fromkeys([*_choices(info.annotation), *([text] if text else [])]))
    return FormField(
        name,
        key.replace("_", " "),
        shown_text,
        kind,
        choices if _choices(info.annotation) else (),
        _says(key, info, model),
        True,
        node.spot.line,
        node.spot.column,
    )


def _offer(
    key: str,
    info: FieldInfo,
    name: str,
    model: type[BaseModel],
    fields: list[FormField],
    parts: list[FormPart],
) -> None:
    """A key that the file has not: as an empty field, or a small part of empty fields."""
    inner = _inner(info.annotation)
    if inner is None and not _is_mapping(info.annotation) and not _is_nested(info.annotation):
        words, choices = key.replace("_", " "), _choices(info.annotation)
        says = _says(key, info, model)
        fields.append(FormField(name, words, "", _kind(info.annotation), choices, says, False))
    elif inner is not None and get_origin(_bare(info.annotation)) is None:
        own: list[FormField] = []
        below: list[FormPart] = []
        if len(inner.model_fields) <= _MOST_ADDED:
            for word, each in inner.model_fields.items():
                _offer(word, each, _joined(name, word), inner, own, below)
        if own and not below:
            parts.append(FormPart(name, _title(key), "", tuple(own), (), (), False))


def _says(key: str, info: FieldInfo, model: type[BaseModel]) -> str:
    """What belongs there: the schema's words, else those of the question that `add` asks."""
    asked = _WORDS.get((model.__name__, key))
    if info.description:
        return info.description
    return f"{asked.words}, e.g. {asked.example}" if asked is not None else ""


def _bare(annotation: Any) -> Any:
    """An annotation without None and without what is said about it."""
    if get_origin(annotation) in (Union, UnionType):
        others = [each for each in get_args(annotation) if each is not type(None)]
        return _bare(others[0]) if others else annotation
    return _bare(get_args(annotation)[0]) if hasattr(annotation, "__metadata__") else annotation


def _inner(annotation: Any) -> type[BaseModel] | None:
    """The model of a part, of the values of a mapping or of the entries of a list."""
    bare = _bare(annotation)
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        return bare
    for each in get_args(bare) if get_origin(bare) in (dict, tuple) else ():
        if (found := _inner(each)) is not None:
            return found
    return None


def _is_mapping(annotation: Any) -> bool:
    return get_origin(_bare(annotation)) is dict


def _is_nested(annotation: Any) -> bool:
    """Whether it is a list of lists, which a form does not show."""
    bare = _bare(annotation)
    return get_origin(bare) is tuple and any(get_origin(_bare(each)) is tuple for each in get_args(bare))


def _kind(annotation: Any) -> Kind:
    bare = _bare(annotation)
    if get_origin(bare) is not tuple:
        return "text"
    return "lines" if Ellipsis in get_args(bare) else "pair"


def _choices(annotation: Any) -> tuple[str, ...]:
    """The words that are allowed; none where others are too."""
    if get_origin(annotation) in (Union, UnionType):
        found = [each for each in get_args(annotation) if each is not type(None)]
        return _choices(found[0]) if len(found) == 1 else ()
    if hasattr(annotation, "__metadata__"):
        return _choices(get_args(annotation)[0])
    if annotation is bool:
        return ("true", "false")
    words = get_args(annotation) if get_origin(annotation) is Literal else ()
    return tuple(map(str, words)) if len(words) > 1 else ()
