"""The record: what one study's papers report, as printed and with its locator."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from evidence.records.effect import Estimate, Locator
from evidence.records.part import Id, Part, Sha256, Text
from evidence.records.printed import Percent, Printed, PrintedCount, PValue
from evidence.records.provenance import (
    Acknowledgement,
    Extraction,
    Generated,
    Judgement,
    Resolution,
    SecondReading,
)
from evidence.records.shared_reference import SharedReference
from evidence.records.vocabulary import (
    NOT_STATED,
    Adjustment,
    ReportType,
    SchemaVersion,
    Status,
    Year,
    Years,
)


class Cohort(Part):
    """Whose persons these are, so that nobody is counted twice."""

    name: Text = Field(description="The cohort or survey; one name is one population of persons.")
    years: Years | None = Field(
        None, description="Years of recruitment or examination, e.g. 2013-2018, or 2005-2010, 2013-2014."
    )
    wave: Text | None = None
    country: Text | None = None
    repeated: bool = Field(
        False,
        description="true for a repeated cross-section: other years are other persons.",
    )
    part_of: tuple[Text, ...] = Field((), description="Cohorts or consortia whose persons include these.")

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """First and last year of each period without a gap; empty where no years are printed."""
        periods = (period.partition("-") for period in self.years.split(", ")) if self.years else ()
        years = ((int(first), int(last or first)) for first, _, last in periods)
        return tuple((min(span), max(span)) for span in years)


class Report(Part):
    """One publication of the study."""

    type: ReportType
    status: Status
    citation: Text
    label: Text | None = Field(None, description="Short name in tables and figures, e.g. 'Liu 2022'.")
    year: Year = Field(description="Of publication, or 'not stated'.")
    doi: Text | None = None
    pmid: int | None = None
    url: Text | None = None
    found_as: Text | None = Field(
        None, description="Its id in literature/citations.jsonl, where it has neither DOI nor PubMed number."
    )
    read: Literal["full text", "abstract", "secondary source", "data"] = Field(
        description="What the extractor had in hand."
    )
    superseded_by: Id | None = Field(None, description="The report of this record that replaces this one.")
    text: Text | None = Field(
        None,
        description="The paper's file beside the review, e.g. papers/liu-2022.pdf; PDF, XML, HTML or plain "
        "text, in which `check` finds the recorded numbers again.",
    )
    sha256: Sha256 | None = Field(None, description="Of that file, so that another text is noticed.")
    note: Text | None = None

    @property
    def order(self) -> float:
        """The year to sort by; one that is not stated comes last."""
        return math.inf if self.year is None else self.year

    def dated(self, name: str) -> str:
        """A name with the year behind it, where that is stated."""
        return name if self.year is None else f"{name} {self.year}"


class Age(Part):
    """Age in years."""

    minimum: Printed | None = None
    maximum: Printed | None = None
    mean: Printed | None = None
    sd: Printed | None = None
    median: Printed | None = None


class Population(Part):
    """Who was studied."""

    description: Text | None = None
    n: PrintedCount | None = None
    women: Percent | None = None
    men: Percent | None = None
    age: Age | None = None


class Exposure(Part):
    """What was measured as exposure; `printed_unit` only where the paper's differs from what it must mean."""

    name: Text
    unit: Text = Field(description="The unit the figures are in, or 'not stated'.")
    printed_unit: Text | None = None
    sd: Text | None = Field(
        None, description="Its SD in the study, e.g. 1.4 g/dL: what a slope per 1 SD is per."
    )
    note: Text | None = None


class Outcome(Part):
    """What was measured as outcome, where in the body, and in what unit the estimates are."""

    name: Text
    site: Text | None = None
    unit: Text = Field(
        NOT_STATED, description="Unit of the estimates, e.g. g/cm2 or 10^-2 g/cm2; or 'not stated'."
    )
    unit_stated: bool = Field(
        True, description="false when the paper does not print the unit and it is inferred."
    )
    method: Text | None = Field(None, description="How it was measured, e.g. DXA.")
    sd: Text | None = Field(None, description="Its SD in the study, e.g. 0.12 g/cm2: what 1 SD of it is.")
    whole_numbers: bool = Field(
        False, description="true where each person's value is a whole number, e.g. falls or a sum score."
    )
    items: int = Field(
        1, ge=1, description="Above 1 where it is the mean of so many whole numbers, e.g. of a questionnaire."
    )
    bounds: tuple[Printed, Printed] | None = Field(
        None, description="Lowest and highest value that a person can have, e.g. [0, 10]."
    )


class Model(Part):
    """A statistical model that estimates share."""

    name: Text | None = Field(None, description="As the paper calls it, e.g. 'Adjust II'.")
    type: Text
    adjustment: Adjustment
    covariates: tuple[Text, ...] | Literal["not stated"] = ()

    @field_validator("covariates", mode="before")
    @classmethod
    def _names_or_not_stated(cls, given: Any) -> Any:
        listed = given if isinstance(given, list | tuple) else [None]
        named = all(isinstance(name, str) and name.strip() for name in listed)
        if given != NOT_STATED and not named:
            raise ValueError(f"'covariates' is a list, e.g. [age, sex], or '{NOT_STATED}'")
        return given


class FlowStep(Part):
    """One box of a flow chart: persons there, persons excluded, or persons left."""

    start: PrintedCount | None = None
    excluded: PrintedCount | None = None
    left: PrintedCount | None = None
    what: Text

    @model_validator(mode="after")
    def _one_number(self) -> Self:
        if sum(number is not None for number in (self.start, self.excluded, self.left)) != 1:
            raise ValueError("a step has one of 'start', 'excluded' and 'left'")
        return self


class Flow(Part):
    """The flow of participants."""

    where: Locator
    steps: tuple[FlowStep, ...]


class BaselineRow(Part):
    """One variable of a baseline table, its values in the order of the table's columns."""

    variable: Text
    unit: Text | None = None
    ordered: bool = Field(False, description="true when the classes are printed from low to high.")
    mean_sd: tuple[tuple[Printed, Printed], ...] | None = None
    percent: dict[Text, tuple[Printed, ...]] | None = Field(
        None, description="One line of percentages a class."
    )
    p: PValue | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.mean_sd is None) == (self.percent is None):
            raise ValueError("a row has either 'mean_sd' or 'percent'")
        return self


class Baseline(Part):
    """A table of characteristics; `whole` names the column that the others are parts of."""

    where: Locator
    columns: tuple[Text, ...]
    whole: Text | None = None
    rows: tuple[BaselineRow, ...]

    @model_validator(mode="after")
    def _aligned(self) -> Self:
        width = len(self.columns)
        for row in self.rows:
            lines = {row.variable: row.mean_sd} if row.mean_sd else dict(row.percent or {})
            for name, line in lines.items():
                if line is not None and len(line) != width:
                    raise ValueError(f"'{name}' has {len(line)} values; expected {width}, one a column")
        if self.whole is not None and self.whole not in self.columns:
            raise ValueError(f"'whole' is {self.whole}; expected one of {', '.join(self.columns)}")
        return self


class Record(Part):
    """One study: its cohort, its reports and every estimate they print."""

    schema_version: SchemaVersion = Field(1, alias="schema")
    study: Id
    title: Text
    label: Text | None = Field(None, description="Short name in tables and figures; else cohort and year.")
    design: Text
    cohort: Cohort
    reports: dict[Id, Report] = Field(min_length=1)
    population: Population = Population()
    properties: dict[Text, Text] = Field(
        {}, description="What else tells studies apart, e.g. region: Asia; an analysis may group by it."
    )
    exposures: dict[Id, Exposure] = Field(min_length=1)
    outcomes: dict[Id, Outcome] = Field(min_length=1)
    models: dict[Id, Model] = Field(min_length=1)
    estimates: tuple[Estimate, ...] = ()
    comparisons: tuple[SharedReference, ...] = Field(
        (), description="Arms of a trial or classes of an exposure that share a reference."
    )
    flow: Flow | None = None
    baseline: tuple[Baseline, ...] = ()
    risk_of_bias: tuple[Judgement, ...] = ()
    acknowledged: tuple[Acknowledgement, ...] = Field(
        (), description="Misprints that a person has looked at; `check` names them as notes."
    )
    second_reading: SecondReading | None = None
    resolved: tuple[Resolution, ...] = Field(
        (), description="What two readings differed in, and whose counts."
    )
    extraction: Extraction
    generated: Generated | None = Field(
        None, description="Present in a record that a program wrote from primary data."
    )
    note: Text | None = None

    @property
    def placed_estimates(self) -> tuple[tuple[tuple[str | int, ...], Estimate], ...]:
        """Every estimate with its key path; that of an arm stands for its estimate against the reference."""
        own = ((("estimates", index), estimate) for index, estimate in enumerate(self.estimates))
        of_arms = (
            (("comparisons", index, *at), estimate)
            for index, each in enumerate(self.comparisons)
            for at, estimate in each.placed_estimates
        )
        return (*own, *of_arms)

    def estimate_at(self, at: tuple[str | int, ...]) -> Estimate | None:
        """The estimate that a key path lies in; None where it lies elsewhere."""
        return next((each for place, each in self.placed_estimates if at[: len(place)] == place), None)

    def exposure_of(self, estimate: Estimate) -> Exposure:
        """The exposure an estimate is about."""
        return self.exposures[_named_or_only(estimate.exposure, self.exposures)]

    def model_of(self, estimate: Estimate) -> Model:
        """The model an estimate comes from."""
        return self.models[_named_or_only(estimate.model, self.models)]

    def outcome_of(self, estimate: Estimate) -> Outcome:
        """The outcome an estimate is about."""
        return self.outcomes[estimate.outcome]

    def report_of(self, estimate: Estimate) -> Report:
        """The report that prints an estimate."""
        return self.reports[estimate.where.report]


def _named_or_only(name: str | None, known: Mapping[str, Any]) -> str:
    return name if name is not None else next(iter(known))
