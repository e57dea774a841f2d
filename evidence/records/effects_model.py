"""`model` of review.yaml: one model for effects of which some share persons, and what it assumes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field, GetJsonSchemaHandler, field_validator, model_validator
from pydantic_core import CoreSchema

from evidence.choices import named
from evidence.records.names import name_key
from evidence.records.parsing import KeyPath
from evidence.records.part import Part, Text
from evidence.records.printed import Printed

OTHERS = "others"
WITH = " with "


@dataclass(frozen=True)
class Errors:
    """What a working model takes sampling errors for: correlated at all, and only within an outcome."""

    correlated: bool
    by_outcome: bool = False


MODEL_NAMES: Mapping[str, Errors] = {
    "CHE": Errors(correlated=True),
    "CE": Errors(correlated=True),
    "HE": Errors(correlated=False),
    "SCE": Errors(correlated=True, by_outcome=True),
    "CMVE": Errors(correlated=True),
}
"""Working models that review.yaml may name (Pustejovsky & Tipton 2022); synthesis.pooling has them."""

MODEL_TEST_NAMES = ("CR2", "CR0", "CR1", "CR1S", "CR3", "t", "z")
"""How a model's coefficients are tested; synthesis.clustered has them."""


class EffectsModel(Part):
    """A model of dependent effects: its name alone, or with the correlation of errors and the test."""

    name: Text = Field(description="CHE, CE, HE, SCE or CMVE.")
    rho: dict[Text, Printed] | None = Field(
        None,
        description="Correlation of the errors of two estimates of the same persons: one number, e.g. 0.6; "
        "or by pair of sites, e.g. {hip with femoral neck: 0.8, others: 0.5}.",
    )
    test: Text = Field("CR2", description="CR2, CR0, CR1, CR1S, CR3, t or z.")

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, given: Any) -> Any:
        return {"name": given} if isinstance(given, str) else given

    @field_validator("rho", mode="before")
    @classmethod
    def _one_number(cls, given: Any) -> Any:
        return given if given is None or isinstance(given, Mapping) else {OTHERS: given}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        found: dict[str, Any] = handler.resolve_ref_schema(handler(schema))
        pairs = dict(found["properties"]["rho"])
        number = {"type": "string", "pattern": r"^-?[0-9.]+$"}
        pairs["anyOf"] = [number, *pairs["anyOf"]]
        full = {**found, "properties": {**found["properties"], "rho": pairs}}
        return {"anyOf": [{"type": "string", "enum": [*MODEL_NAMES]}, full], "description": cls.__doc__}

    @property
    def correlated(self) -> bool:
        """Whether the errors of the same persons are correlated."""
        return MODEL_NAMES[self.named].correlated

    @property
    def by_outcome(self) -> bool:
        """Whether they are within an outcome alone."""
        return MODEL_NAMES[self.named].by_outcome

    @property
    def named(self) -> str:
        """The model's name in the literature's spelling. Raises ValueError for one that nobody knows."""
        return named(self.name, MODEL_NAMES, "model")

    @property
    def one_rho(self) -> float | None:
        """rho where it is one number for all pairs."""
        if self.rho is None or [*self.rho] != [OTHERS]:
            return None
        return float(self.rho[OTHERS])

    def rho_of(self, one: str, other: str) -> float | None:
        """The correlation of the errors at two sites; None where nothing is said of it."""
        for name, value in (self.rho or {}).items():
            if {*map(name_key, sites_of(name))} == {name_key(one), name_key(other)}:
                return float(value)
        rest = (self.rho or {}).get(OTHERS)
        return None if rest is None else float(rest)

    def at_rho(self, rho: float) -> EffectsModel:
        """The same model with one other correlation for every pair."""
        return self.model_copy(update={"rho": {OTHERS: Printed.parse(str(rho))}})


def sites_of(pair: str) -> tuple[str, ...]:
    """The two sites of `hip with femoral neck`; of anything else what stands there."""
    return tuple(part.strip() for part in pair.split(WITH))


def model_faults(model: EffectsModel | None, at: KeyPath) -> Iterator[tuple[str, KeyPath, str, str | None]]:
    """What cannot be in a model that was read, if there is one: rule, key path, words and hint."""
    if model is None:
        return
    yield from _names_faults(model, at)
    yield from _rho_faults(model, at)


def _names_faults(model: EffectsModel, at: KeyPath) -> Iterator[tuple[str, KeyPath, str, str | None]]:
    known = True
    for key, given, allowed in (("name", model.name, MODEL_NAMES), ("test", model.test, MODEL_TEST_NAMES)):
        try:
            named(given, allowed, "model" if key == "name" else "test of a model")
        except ValueError as error:
            known = known and key != "name"
            yield "method-unknown", (*at, key), str(error), None
    if known and model.rho is not None and not model.correlated:
        says = f"model {model.named} has independent errors, and a correlation 'rho' is stated"
        yield "method-mismatch", (*at, "rho"), says, "Leave 'rho' out, or write 'name: CHE'."


def _rho_faults(model: EffectsModel, at: KeyPath) -> Iterator[tuple[str, KeyPath, str, str | None]]:
    for name, value in (model.rho or {}).items():
        place = (*at, "rho") if model.one_rho is not None else (*at, "rho", name)
        if not -1 < float(value) < 1:
            says = f"'rho: {value}' is no correlation of two estimates"
            yield "model-rho", place, says, "Expected a number between -1 and 1, e.g. 0.6."
        if name != OTHERS and len(set(map(name_key, sites_of(name)))) != 2:
            says = f"'{name}' is no pair of sites"
            yield "model-rho", place, says, "Expected e.g. 'hip with femoral neck: 0.8', or 'others: 0.5'."
