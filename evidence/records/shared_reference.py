"""Groups that share a reference: the arms of a trial, or the classes of an exposure, as one structure."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from evidence.records.effect import Contrast, Effect, Estimate, Group, Locator, PrintedNumbers, RawNumbers
from evidence.records.part import Id, Part, Text
from evidence.records.printed import PrintedCount
from evidence.records.stratum import Stratum
from evidence.records.vocabulary import Measure


class ArmName(Part):
    """What an arm or class is called, and what tells it from the others."""

    id: Id
    name: Text
    reference: bool = Field(False, description="true for the one that the others are compared with.")
    dose: Text | None = Field(None, description="E.g. 50 mg; of a class the dose assigned to it.")
    limits: Text | None = Field(
        None, description="Of a class of the exposure, e.g. < 11.9, 11.9-13.0 or > 13."
    )


class Arm(RawNumbers, ArmName):
    """One arm or class: its raw numbers, and the estimate against the reference where one is printed."""

    effect: PrintedNumbers | None = Field(None, description="Against the reference, as printed.")

    @model_validator(mode="after")
    def _raw_numbers_in_one_form(self) -> Self:
        numbers = [getattr(self, name) for name in RawNumbers.model_fields if name != "n"]
        if self.kind is None and any(number is not None for number in numbers):
            raise ValueError(
                f"'{self.id}' has no complete raw numbers: 'n' and either 'events', or 'mean' and 'sd', or "
                "'median' with quartiles or range; or 'events' in 'person_time'"
            )
        if self.effect is not None and self.effect.estimate is None:
            raise ValueError(f"the effect of '{self.id}' has no 'estimate'")
        return self

    @property
    def raw(self) -> Group | None:
        """Its raw numbers; None where none are printed."""
        if self.kind is None:
            return None
        return Group(name=self.name, **{key: getattr(self, key) for key in RawNumbers.model_fields})


class SharedReference(Part):
    """Arms or classes with one reference; what is made of them is dependent, and nothing is thrown away.

    Each arm but the reference stands for an estimate called `<comparison>.<arm>`.
    """

    id: Id
    outcome: Id
    exposure: Id | None = Field(None, description="May be left out when the record has one exposure.")
    model: Id | None = Field(None, description="May be left out when the record has one model.")
    measure: Measure
    change: bool = Field(False, description="true where the means are changes from baseline.")
    stratum: Stratum = Stratum()
    arms: tuple[Arm, ...] = Field(min_length=2, description="Classes from low to high.")
    where: Locator
    not_poolable: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _one_reference(self) -> Self:
        references = [arm.id for arm in self.arms if arm.reference]
        if len(references) != 1:
            raise ValueError(
                f"'{self.id}' has {len(references) or 'no'} reference{'s' * (len(references) > 1)}; expected "
                "'reference: true' at exactly one of its arms"
            )
        ids = [arm.id for arm in self.arms]
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise ValueError(f"two arms of '{self.id}' are called '{twice[0]}'")
        if self.reference.effect is not None:
            raise ValueError(f"'{self.reference.id}' is the reference of '{self.id}'; it has no 'effect'")
        for arm in self.others:
            if arm.effect is None and (arm.kind is None or arm.kind != self.reference.kind):
                raise ValueError(
                    f"'{arm.id}' has neither an 'effect' against '{self.reference.id}' nor raw numbers of "
                    "the same form as it has"
                )
        return self

    @property
    def reference(self) -> Arm:
        """The arm or class that the others are compared with."""
        return next(arm for arm in self.arms if arm.reference)

    @property
    def others(self) -> tuple[Arm, ...]:
        """All arms but the reference, in their order."""
        return tuple(arm for arm in self.arms if not arm.reference)

    @property
    def placed_estimates(self) -> tuple[tuple[tuple[str | int, ...], Estimate], ...]:
        """One estimate for each arm but the reference with the arm's key path, in the order of the arms."""
        return tuple(
            (("arms", place), self.estimate_of(arm.id, arm.name, arm.raw, arm.effect))
            for place, arm in enumerate(self.arms)
            if not arm.reference
        )

    @property
    def estimates(self) -> tuple[Estimate, ...]:
        """One estimate for each arm but the reference, in the order of the arms."""
        return tuple(estimate for _, estimate in self.placed_estimates)

    def estimate_of(
        self, name: str, exposed: str, raw: Group | None, printed: PrintedNumbers | None
    ) -> Estimate:
        """An estimate against the reference; its raw numbers count where both groups have the same form."""
        reference = self.reference.raw
        same = raw is not None and reference is not None and raw.kind == reference.kind
        numbers = {} if printed is None else {key: getattr(printed, key) for key in printed.model_fields_set}
        effect = Effect(
            measure=self.measure,
            change=self.change,
            versus=Contrast(exposed=exposed, reference=self.reference.name),
            groups=(raw, reference) if same else None,
            **numbers,
        )
        return Estimate(
            id=f"{self.id}.{name}",
            outcome=self.outcome,
            exposure=self.exposure,
            model=self.model,
            stratum=self.stratum,
            n=self._persons(raw),
            effect=effect,
            not_poolable=self.not_poolable,
            where=self.where,
        )

    def _persons(self, raw: Group | None) -> PrintedCount | None:
        """Persons of an arm and the reference together; None where they are not printed."""
        if raw is None or raw.n is None or self.reference.n is None:
            return None
        return PrintedCount.parse(str(raw.n + self.reference.n))
