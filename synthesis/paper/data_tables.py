"""The tables of a review as rows for other programs: what `export` writes as CSV and a release keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synthesis.paper.contents import TABLES
from synthesis.paper.formats.plain_data import table_rows
from synthesis.paper.paper_table import Reported
from synthesis.review.effects_table import effects_table

EFFECTS = "effects"


def data_rows(material: Reported, name: str) -> tuple[list[str], Sequence[Mapping[str, Any]]]:
    """The columns and unrounded rows of a table of TABLES.

    The effects have metafor's names of columns, and all that a program needs to pool them again.
    """
    if name == EFFECTS:
        effects = effects_table(material.results)
        return (list(effects[0]) if effects else ["analysis"]), effects
    return table_rows(TABLES[name](material))
