"""`dose_response` of review.yaml: classes of an exposure become a curve over its dose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from evidence.choices import named
from evidence.records.method_names import ESTIMATOR_NAMES
from evidence.records.parsing import KeyPath
from evidence.records.part import Part, Text
from evidence.records.printed import Printed
from evidence.records.units import UnitError, parse_quantity

LEAST_KNOTS = 3
OF_ONE_MEAN = ("group_by", "arms", "model", "bayes", "moderators", "unreported", "columns")
"""Keys of an analysis that a curve has no use for."""
_OF_CURVES = ("REML", "ML", "EE", "DL")
Stages = Annotated[Literal[1, 2], BeforeValidator(lambda given: {"1": 1, "2": 2}.get(str(given), given))]


class DoseResponseChoice(Part):
    """One curve over the dose from the classes of all studies, decided before its result is known."""

    unit: Text = Field(description="Unit of the doses, e.g. g/dL; those of the studies are brought to it.")
    curve: Literal["linear", "quadratic", "spline"] = Field(
        "linear", description="A straight line, a parabola, or a restricted cubic spline."
    )
    knots: tuple[Printed, ...] = Field(
        (),
        description="Of a spline: at least three, rising, in the unit of the doses; when left out the 10th, "
        "50th and 90th percentile of the doses.",
    )
    at: tuple[Printed, ...] = Field(
        (), description="Doses of which the effect is told; when left out five over those studied."
    )
    reference: Printed | None = Field(
        None, description="The dose that effects are told against; when left out the median reference class."
    )
    doses: Literal["stated", "midpoint"] = Field(
        "stated",
        description="Of a class without a dose: the study stays out, or the middle of the class's limits "
        "counts.",
    )
    open_classes: Literal["as wide", "1.2 times"] = Field(
        "as wide",
        description="Of an open class whose middle counts: as if it were as wide as its neighbour, or 1.2 "
        "times the limit of the highest and half that of the lowest.",
    )
    prefer: Literal["classes", "slope"] = Field(
        "classes", description="Which enters a straight line where a study has both of the same persons."
    )
    stages: Stages = Field(1, description="1 keeps studies with fewer classes than coefficients.")
    covariance: Literal["GL", "Hamling", "independent"] = Field(
        "GL",
        description="How errors of classes with one reference are correlated: from cases and persons by "
        "Greenland and Longnecker or by Hamling; or not at all.",
    )


Fault = tuple[str, KeyPath, str, str]
"""Rule, key path, words and hint."""


def dose_faults(
    choice: DoseResponseChoice, at: KeyPath, analysis: Mapping[str, Any], estimator: str
) -> Iterator[Fault]:
    """What is read well and cannot be; `at` is the analysis.

    analysis: what stands under its keys; estimator: of the review's method.
    """
    beside = [key for key in OF_ONE_MEAN if analysis[key]]
    beside += ["tau2"] if analysis["tau2"] == "common" else []
    beside += ["scale.versus"] if getattr(analysis["scale"], "versus", None) is not None else []
    for key in beside:
        says = f"'{key}' is of one mean effect, and 'dose_response' is a curve over doses"
        yield "method-mismatch", (*at, *key.split(".")), says, f"Leave '{key}' out of this analysis."
    place: KeyPath = (*at, "dose_response")
    try:
        unit = parse_quantity(choice.unit)
        fault = "" if unit.number == 1 else "has a number of units; expected one, e.g. g/dL"
    except UnitError as error:
        fault = f"cannot be read: {error}"
    if fault:
        yield "scale-step", (*place, "unit"), f"'unit: {choice.unit}' {fault}", "Expected e.g. g/dL."
    values = [knot.value for knot in choice.knots]
    if choice.knots and choice.curve != "spline":
        says = f"'knots' are of a spline, and the curve is {choice.curve}"
        yield "method-mismatch", (*place, "knots"), says, "Leave 'knots' out, or write 'curve: spline'."
    elif choice.knots and (len(values) < LEAST_KNOTS or values != sorted(set(values))):
        says = f"the knots are {', '.join(map(str, choice.knots))}"
        yield "method-mismatch", (*place, "knots"), says, "Expected at least three, rising."
    if choice.prefer == "slope" and choice.curve != "linear":
        says = f"a slope is a straight line, and the curve is {choice.curve}"
        yield "method-mismatch", (*place, "prefer"), says, "Leave 'prefer' out, or write 'curve: linear'."
    fault = estimator_fault(choice, estimator)
    if fault:
        yield "method-mismatch", place, fault, "Choose another 'estimator' under 'method'."


def estimator_fault(choice: DoseResponseChoice, estimator: str) -> str:
    """Why a review's estimator of heterogeneity is none of a curve; empty where it is one."""
    try:
        name = named(estimator, ESTIMATOR_NAMES, "estimator")
    except ValueError:
        return ""  # told of the method itself
    if name not in _OF_CURVES:
        known = ", ".join(_OF_CURVES[:3])
        return f"estimator '{name}' is of one mean effect; a curve has {known}, and DL in two stages"
    return "estimator 'DL' of a curve needs 'stages: 2'" if name == "DL" and choice.stages == 1 else ""
