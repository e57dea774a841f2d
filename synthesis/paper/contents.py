"""Which tables there are, and which of them a file gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from synthesis.paper.effect_table import effect_table
from synthesis.paper.manuscript import Manuscript, cited_in
from synthesis.paper.omission_table import omission_table
from synthesis.paper.paper_table import PaperTable, Reported
from synthesis.paper.paragraphs import passages
from synthesis.paper.references import known_references
from synthesis.paper.study_table import study_table
from synthesis.paper.summary_table import summary_table
from synthesis.paper.trust_tables import audit_table, bias_table

TEXT = "text"
TABLES: dict[str, Callable[[Reported], PaperTable]] = {
    "studies": study_table,
    "effects": effect_table,
    "summary": summary_table,
    "left-out": omission_table,
    "bias": bias_table,
    "audit": audit_table,
}
PARTS = (TEXT, *TABLES)
"""All that a file can hold: the paragraphs, then the tables in their order."""


def manuscript(material: Reported, parts: Sequence[str] = PARTS) -> Manuscript:
    """The paragraphs and tables of these names, in the order of PARTS."""
    text = passages(material) if TEXT in parts else ()
    return Manuscript(
        material.loaded.review.title,
        text,
        tuple(make(material) for name, make in TABLES.items() if name in parts),
        cited_in(text, known_references()),
    )
