"""`schema`: the JSON Schema of a record or a review, for editors."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Kind(StrEnum):
    """Which file the schema describes."""

    RECORD = "record"
    REVIEW = "review"


def schema(
    kind: Annotated[
        Kind, typer.Argument(help="The schema of a study's record, or of review.yaml.")
    ] = Kind.RECORD,
) -> None:
    """Print the JSON Schema, with which editors complete and check records while you type."""
    import json

    from evidence.review import Review
    from evidence.schema import Record

    described = (Record if kind is Kind.RECORD else Review).model_json_schema(by_alias=True)
    described["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    print(json.dumps(described, indent=2, ensure_ascii=False))
