"""JSON Schema of records and reviews, as editors need it: they see the numbers and words of YAML."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a file.

    Values are read as the text that was typed, so where a text is expected a number is as good
    (`years: 2008`), and `yes` and `no` are booleans.
    """
    schema: dict[str, Any] = _loosened(model.model_json_schema())
    return {"$schema": _DIALECT, **schema}


def _loosened(part: Any) -> Any:
    if isinstance(part, list):
        return [_loosened(each) for each in part]
    if not isinstance(part, dict):
        return part
    found = {key: _loosened(value) for key, value in part.items()}
    if found.get("type") == "string" and "enum" not in found and "const" not in found:
        found["type"] = ["string", "number"]
    elif found.get("type") == "boolean":
        del found["type"]
        found["enum"] = [True, False, "yes", "no"]
    return found
