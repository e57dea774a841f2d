"""`screening` of review.yaml: how many persons decide about a citation, and why one stays out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from evidence.records.part import Part

Reason = Annotated[
    str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True, pattern=r"^[^\t\r\n]*$")
]
USUAL_REASONS = (
    "wrong population",
    "wrong exposure",
    "wrong comparator",
    "wrong outcome",
    "wrong study design",
    "wrong publication type",
)


class ScreeningChoice(Part):
    """How citations are screened."""

    reviewers: int = Field(
        1, ge=1, le=20, description="How many persons decide about each citation, blind to each other."
    )
    reasons: tuple[Reason, ...] = Field(
        USUAL_REASONS,
        min_length=1,
        max_length=9,
        description="Why a citation stays out; numbered from 1 while screening, counted in the flow diagram.",
    )
    highlight: tuple[Reason, ...] = Field(
        (),
        description="Words shown in colour while screening, beside those of the question; with * at the end "
        "every word that begins so, e.g. [anaemi*, bone density].",
    )
