"""`schema`: what editors use; every shipped record satisfies it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from evidence.records.review import SHIPPED
from evidence.records.review_folder import record_paths
from tests.evidence.records.samples import TEXT, bent
from tests.synthesis.commands.running import synthesis


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("schema")
    return {kind: json.loads(synthesis("schema", kind, cwd=folder).stdout) for kind in ("record", "review")}


def plain(text: str) -> Any:
    """YAML as an editor sees it: dates as texts."""
    yaml = YAML(typ="safe", pure=True)
    return json.loads(json.dumps(yaml.load(text), default=str))


def test_the_schemas_are_valid_json_schema(schemas: dict[str, Any]) -> None:
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)


def test_every_shipped_file_satisfies_its_schema(schemas: dict[str, Any]) -> None:
    record, review = (Draft202012Validator(schemas[kind]) for kind in ("record", "review"))
    paths = record_paths(SHIPPED)
    for path in paths:
        assert [
            error.message for error in record.iter_errors(plain(path.read_text(encoding="utf-8")))
        ] == [], path
    assert list(review.iter_errors(plain((SHIPPED / "review.yaml").read_text(encoding="utf-8")))) == []
    assert len(paths) >= 19


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("level: 95 %", "leve: 95 %"),
        ("sex: men", "sex: man"),
        ("study: lee-2019", "study: 'Lee 2019'"),
        ("unit_stated: no", "unit_stated: nope"),
        ("women: 54.2 %", "women: 54.2"),
        ("schema: 1", "schema: 2"),
    ],
)
def test_an_editor_sees_mistakes_while_typing(schemas: dict[str, Any], old: str, new: str) -> None:
    errors = list(Draft202012Validator(schemas["record"]).iter_errors(plain(bent((old, new)))))
    assert errors


def test_the_plain_record_satisfies_the_schema(schemas: dict[str, Any], tmp_path: Path) -> None:
    assert list(Draft202012Validator(schemas["record"]).iter_errors(plain(TEXT))) == []
