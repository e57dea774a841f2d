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

    from evidence.records.json_schema import json_schema
    from evidence.records.review import Review
    from evidence.records.schema import Record

    print(json.dumps(json_schema(Record if kind is Kind.RECORD else Review), indent=2, ensure_ascii=False))
