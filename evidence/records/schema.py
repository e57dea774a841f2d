"""The record: what one study's papers report, as printed and with its locator."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from evidence.records.part import Id, Part, Sha256, Text
from evidence.records.printed import Percent, Printed, PrintedCount, PValue
from evidence.records.provenance import Acknowledgement, Extraction, Generated, Judgement
from evidence.records.vocabulary import (
    NOT_STATED,
    Adjustment,
    IntervalMethod,
    Measure,
    ReportType,
    SchemaVersion,
    Status,
    Test,
    Use,
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
    year: int
    doi: Text | None = None
    pmid: int | None = None
    url: Text | None = None
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


_RANGE = re.compile(r"^(?:(?P<only>\d+)|(?P<low>\d+)-(?P<high>\d+)|(?P<open>\d+)\+|<(?P<below>\d+))$")


class Stratum(Part):
    """The part of the study's persons that an estimate is about; empty for all of them."""

    sex: Literal["men", "women"] | None = None
    ancestry: Text | None = None
    age: Annotated[str, StringConstraints(pattern=_RANGE.pattern)] | None = Field(
        default=None, description="Years, e.g. 50+, 18-49 or <65."
    )
    group: Text | None = Field(
        default=None, description="Any other division; different names are different persons."
    )

    @property
    def age_span(self) -> tuple[float, float]:
        """Lowest and highest age in whole years, both included."""
        match = _RANGE.match(self.age or "0+")
        assert match is not None  # the pattern is part of the field
        if match["only"]:
            return float(match["only"]), float(match["only"])
        if match["open"]:
            return float(match["open"]), float("inf")
        if match["below"]:
            return 0.0, float(match["below"]) - 1
        low, high = sorted((float(match["low"]), float(match["high"])))
        return low, high

    def describe(self) -> str:
        """The stratum in words, `all` for everybody."""
        parts = [self.sex, self.ancestry, f"age {self.age}" if self.age else None, self.group]
        return ", ".join(part for part in parts if part) or "all"


class Contrast(Part):
    """A comparison of groups, for exposures that are not per unit."""

    exposed: Text
    reference: Text


class Group(Part):
    """Raw numbers of one group: counts of events, or a mean and its SD."""

    name: Text
    n: PrintedCount
    events: PrintedCount | None = None
    mean: Printed | None = None
    sd: Printed | None = None

    @model_validator(mode="after")
    def _counts_or_means(self) -> Self:
        if (self.events is None) == (self.mean is None or self.sd is None):
            raise ValueError("a group has either 'events', or 'mean' and 'sd'")
        return self


def _is_number(given: float) -> float:
    if math.isnan(given):
        raise ValueError("df is no number; expected e.g. 29")
    return given


class Effect(Part):
    """One printed estimate; `se`, `sd` and `variance` are different things, and only `se` belongs here."""

    measure: Measure
    per: Text | None = Field(None, description="Exposure step of a slope, e.g. 1 g/dL; or 'not stated'.")
    within: Text | None = Field(
        None, description="Part of the exposure's range the slope belongs to, e.g. < 11.9 g/dL."
    )
    versus: Contrast | None = None
    estimate: Printed | None = None
    ci: tuple[Printed, Printed] | None = Field(None, description="Lower and upper limit, as printed.")
    level: Percent = Percent.parse("95 %")
    se: Printed | None = Field(None, description="Standard error (of the log for OR, RR, HR and IRR).")
    t: Printed | None = Field(None, description="Test statistic, t or z.")
    p: PValue | None = Field(None, description="As printed, or 'not printed' where the table leaves it out.")
    df: Annotated[float, AfterValidator(_is_number)] | None = Field(
        None, description="Degrees of freedom of the interval."
    )
    ci_method: IntervalMethod | None = Field(None, description="How the interval was made, where it is said.")
    test: Test | None = Field(None, description="The test that p comes from, where it is said.")
    use: Use | None = Field(None, description="The number to trust where several contradict each other.")
    groups: tuple[Group, Group] | None = Field(
        None, description="Raw numbers: exposed first, then reference."
    )

    @field_validator("ci", mode="before")
    @classmethod
    def _two_limits(cls, given: Any) -> Any:
        numbers = given if isinstance(given, list | tuple) else [given]
        if given is not None and len(numbers) != 2:
            count = {0: "no number", 1: "one number"}.get(len(numbers), f"{len(numbers)} numbers")
            decimal = "; a decimal comma begins a new number" if len(numbers) in (3, 4) else ""
            raise ValueError(f"'ci' has {count}{decimal}; expected two, e.g. [0.002, 0.0135]")
        return given

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.estimate is None and self.groups is None:
            raise ValueError("an effect has an 'estimate' or raw 'groups'; for none use 'not_reported'")
        if self.per is not None and self.versus is not None:
            raise ValueError("an effect is 'per' a step of the exposure or 'versus' a reference, not both")
        return self


class NotReported(Part):
    """Examined, but no number printed: shown as such, never a zero and never dropped."""

    said: Text = Field(description="What the paper says of it, e.g. not significant.")


class Locator(Part):
    """Where the number stands."""

    report: Id
    at: Text = Field(description="E.g. 'Table 4, Lumbar, Mexican American, Adjust II'.")
    quote: Text | None = Field(None, description="The paper's own words there.")


class Estimate(Part):
    """One estimate, or one thing examined without a number."""

    id: Id
    outcome: Id
    exposure: Id | None = Field(None, description="May be left out when the record has one exposure.")
    model: Id | None = Field(None, description="May be left out when the record has one model.")
    stratum: Stratum = Stratum()
    n: PrintedCount | None = None
    effect: Effect | None = None
    not_reported: NotReported | None = None
    not_poolable: Text | None = Field(
        None, description="Why this number must not be pooled, where code cannot know."
    )
    where: Locator
    note: Text | None = None

    @model_validator(mode="after")
    def _number_or_silence(self) -> Self:
        if (self.effect is None) == (self.not_reported is None):
            raise ValueError("an estimate has either 'effect' or 'not_reported'")
        return self


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
    exposures: dict[Id, Exposure] = Field(min_length=1)
    outcomes: dict[Id, Outcome] = Field(min_length=1)
    models: dict[Id, Model] = Field(min_length=1)
    estimates: tuple[Estimate, ...] = ()
    flow: Flow | None = None
    baseline: tuple[Baseline, ...] = ()
    risk_of_bias: tuple[Judgement, ...] = ()
    acknowledged: tuple[Acknowledgement, ...] = Field(
        (), description="Misprints that a person has looked at; `check` names them as notes."
    )
    extraction: Extraction
    generated: Generated | None = Field(
        None, description="Present in a record that a program wrote from primary data."
    )
    note: Text | None = None

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
