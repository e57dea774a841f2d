"""A citation as one line of JSON, and back, with every word checked: what people edit can be wrong."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from typing import Any

from evidence.literature.citation import Citation, CitationSource

_OWN_FILE = "abstract"
_TEXTS = {each.name for each in fields(Citation) if each.default == ""}
_LISTS = {each.name for each in fields(Citation) if each.default == ()} - {"sources", "parts"}
_KEYS = {each.name for each in fields(Citation)} - {_OWN_FILE}


def citation_to_line(citation: Citation) -> str:
    """One line: the id, what is said, where it was read, and the records that were joined; no abstract."""
    return json.dumps({"id": citation.id, **_said(citation)}, ensure_ascii=False)


def _said(citation: Citation) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for each in fields(citation):
        value = getattr(citation, each.name)
        if each.name == _OWN_FILE or value == each.default:
            continue
        if each.name == "sources":
            value = [{f.name: v for f in fields(one) if (v := getattr(one, f.name)) != ""} for one in value]
        elif each.name == "parts":
            value = [_said(part) for part in value]
        said[each.name] = value
    return said


def citation_of_line(line: str) -> Citation:
    """The citation of a line, without its abstract. Raises ValueError with what is wrong, in one line."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("it is no line of JSON") from None
    if isinstance(data, dict):
        data.pop("id", None)
    return _citation(data, inside=False)


def _citation(data: Any, inside: bool) -> Citation:
    if not isinstance(data, dict):
        raise ValueError("expected a citation in braces")
    if unknown := [key for key in data if key not in _KEYS]:
        raise ValueError(f"'{unknown[0]}' is no key of a citation")
    values: dict[str, Any] = {}
    for key, value in data.items():
        if key == "parts" and isinstance(value, list) and not inside:
            values[key] = tuple(_citation(part, inside=True) for part in value)
        elif key == "sources" and isinstance(value, list):
            values[key] = tuple(_source(each) for each in value)
        elif key in _LISTS and isinstance(value, list) and all(isinstance(each, str) for each in value):
            values[key] = tuple(value)
        elif (key in _TEXTS and isinstance(value, str)) or (key == "year" and type(value) is int):
            values[key] = value
        else:
            raise ValueError(f"'{key}' has a value of another kind than expected")
    return Citation(**values)


def _source(data: Any) -> CitationSource:
    known = {each.name: int if each.name == "line" else str for each in fields(CitationSource)}
    needed = {each.name for each in fields(CitationSource) if each.default is MISSING}
    right = isinstance(data, dict) and needed <= data.keys() <= known.keys()
    if not right or any(type(value) is not known[key] for key, value in data.items()):
        raise ValueError("a source has a file and a line, and may have a database and an accession")
    return CitationSource(**data)
