"""`unreported` of review.yaml: results without a number that a review lets count, and as what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

from pydantic import Field, model_validator

from evidence.records.parsing import KeyPath
from evidence.records.part import Id, Part, Text
from evidence.records.printed import Printed
from evidence.records.scales import analysis_scale
from evidence.records.vocabulary import Measure

Said = Literal[
    "not significant",
    "positive, not significant",
    "negative, not significant",
    "significant",
    "positive, significant",
    "negative, significant",
    "positive",
    "negative",
    "not examined",
    "A",
    "B",
    "C",
    "D",
    "E",
    "F",
    "G",
    "H",
    "I",
]
"""Statements, and classes of the ORBIT study, that review.yaml may name; synthesis.pooling has them."""

SAID_WORDS: tuple[str, ...] = get_args(Said)


class Like(Part):
    """Another result of the same study, whose standard error tells that of the unprinted one."""

    estimate: Id
    n: Printed | None = Field(None, description="Its persons, where the record has no n of it.")


class Unreported(Part):
    """What a result without a number is taken for, and how large its standard error would be."""

    said: Said = Field(description="A statement, e.g. not significant, or an ORBIT class from A to I.")
    n: Printed | None = Field(None, description="Its persons, where the record has no n of it.")
    se: Printed | None = Field(
        None, description="Its standard error on the analysis scale, where something tells it."
    )
    like: Like | None = None
    probability: Printed | None = Field(
        None, description="That it was examined and is so, where a reviewer is not sure, e.g. 0.8."
    )
    alpha: Printed | None = Field(None, description="Level of the paper's two-sided test; 0.05 if left out.")
    note: Text | None = Field(None, description="Why it is taken so.")

    @model_validator(mode="after")
    def _one_way(self) -> Unreported:
        if self.se is not None and self.like is not None:
            raise ValueError("the standard error is told by 'se' or by 'like', not by both")
        return self


_HINTS = {
    "n": "Expected persons, a number above zero.",
    "se": "Expected a number above zero.",
    "probability": "Expected 0 to 1.",
    "alpha": "Expected e.g. 0.05.",
}


def _impossible(key: str, given: Printed | None) -> bool:
    """Whether a number cannot be what its key means."""
    if given is None:
        return False
    if key == "probability":
        return not 0 <= given.value <= 1
    return given.value <= 0 or (key == "alpha" and given.value >= 1)


def unreported_faults(
    given: dict[str, Unreported], at: KeyPath, measure: Measure, grouped: bool, modelled: bool
) -> Iterator[tuple[str, KeyPath, str, str]]:
    """What is read well and cannot be, as rule, key path, words and hint; `at` is the analysis.

    measure: of its scale; grouped, modelled: whether it has `group_by`, or a model of dependent effects.
    """
    if not given:
        return
    reasons = {
        "is of one mean, and 'group_by' asks for several": (grouped, "Give each group an analysis."),
        "is of independent effects, and a model of dependent ones is named": (modelled, "Leave one out."),
        f"is of tests of no effect, which {measure} has not": (
            analysis_scale(measure).null is None,
            "Leave 'unreported' out.",
        ),
    }
    for says, (wrong, hint) in reasons.items():
        if wrong:
            yield "unreported-mismatch", (*at, "unreported"), f"'unreported' {says}", hint
    for name, each in given.items():
        place: KeyPath = (*at, "unreported", name)
        for key, hint in _HINTS.items():
            if _impossible(key, getattr(each, key)):
                yield "unreported-number", (*place, key), f"'{key}: {getattr(each, key)}' cannot be", hint
        if each.like is not None and _impossible("n", each.like.n):
            yield "unreported-number", (*place, "like", "n"), f"'n: {each.like.n}' cannot be", _HINTS["n"]
