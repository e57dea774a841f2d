"""The one scale on which effects are compared, and steps and units that it cannot have."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, field_validator

from evidence.records.effect import Contrast
from evidence.records.parsing import KeyPath
from evidence.records.part import Part, Text
from evidence.records.scales import has_units
from evidence.records.units import UnitError, parse_quantity, quantity_fault
from evidence.records.vocabulary import Measure


class TargetScale(Part):
    """The one scale on which effects are compared."""

    measure: Measure
    exposure: Text = Field(description="Name of the exposure, as in the records.")
    per: Text | None = Field(None, description="Exposure step, e.g. 1 g/dL.")
    versus: Contrast | None = None
    unit: Text | None = Field(None, description="Outcome unit of slopes and differences, e.g. g/cm2.")

    @field_validator("per", "unit")
    @classmethod
    def _readable_unit(cls, given: str | None) -> str | None:
        if given is not None:
            try:
                parse_quantity(given)
            except UnitError as error:
                raise ValueError(f"{error}; expected e.g. 1 g/dL") from None
        return given


def scale_faults(scale: TargetScale, at: KeyPath) -> Iterator[tuple[str, KeyPath, str, str]]:
    """Rule, key path, words and hint of what a scale at this place of review.yaml cannot have."""
    for key in ("per", "unit"):
        says = quantity_fault(getattr(scale, key))
        if says:
            fault = f"'{key}: {getattr(scale, key)}' {says}"
            yield "scale-step", (*at, key), fault, "Expected e.g. 1 g/dL."
    if scale.unit is not None and not has_units(scale.measure):
        fault = f"'unit: {scale.unit}' would multiply every {scale.measure}, which is in no unit"
        yield "scale-step", (*at, "unit"), fault, "Leave 'unit' out."
