"""Which tables there are, and which of them a file gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from synthesis.paper.bayesian_table import bayesian_table
from synthesis.paper.certainty_table import certainty_table
from synthesis.paper.curve_tables import class_table, coefficient_table, dose_effects_table
from synthesis.paper.direction_table import direction_table
from synthesis.paper.effect_table import effect_table
from synthesis.paper.manuscript import Manuscript, cited_in
from synthesis.paper.omission_table import omission_table
from synthesis.paper.paper_table import PaperTable, Reported
from synthesis.paper.paragraphs import passages
from synthesis.paper.references import known_references
from synthesis.paper.study_table import study_table
from synthesis.paper.summary_table import summary_table
from synthesis.paper.trust_tables import audit_table, bias_table
from synthesis.paper.unprinted_table import unprinted_table

TEXT = "text"
TABLES: dict[str, Callable[[Reported], PaperTable]] = {
    "studies": study_table,
    "effects": effect_table,
    "classes": class_table,
    "summary": summary_table,
    "certainty": certainty_table,
    "curves": coefficient_table,
    "doses": dose_effects_table,
    "bayesian": bayesian_table,
    "unprinted": unprinted_table,
    "directions": direction_table,
    "left-out": omission_table,
    "bias": bias_table,
    "audit": audit_table,
}
PARTS = (TEXT, *TABLES)
"""All that a file can hold: the paragraphs, then the tables in their order."""

WHERE_ASKED = frozenset({"certainty", "classes", "curves", "doses", "bayesian", "unprinted", "directions"})
"""Tables of what a review may ask for, or its records may tell: without rows they are left out."""


def manuscript(material: Reported, parts: Sequence[str] = PARTS) -> Manuscript:
    """The paragraphs and tables of these names, in the order of PARTS.

    Of all parts, tables of what a review does not ask for are left out; one that is named stands there empty.
    """
    text = passages(material) if TEXT in parts else ()
    tables = [make(material) for name, make in TABLES.items() if name in parts]
    whole = set(parts) >= set(TABLES)
    return Manuscript(
        material.loaded.review.title,
        text,
        tuple(each for each in tables if each.rows or each.name not in WHERE_ASKED or not whole),
        cited_in(text, known_references()),
    )
