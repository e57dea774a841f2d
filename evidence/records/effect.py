"""One printed estimate: its number, what tells its uncertainty, the raw numbers it was made of, and where."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from evidence.records.part import Id, Part, Text
from evidence.records.printed import Percent, Printed, PrintedCount, PValue
from evidence.records.stratum import Stratum
from evidence.records.vocabulary import IntervalMethod, Measure, Test, Use


class Contrast(Part):
    """A comparison of groups, for exposures that are not per unit."""

    exposed: Text
    reference: Text


class RawNumbers(Part):
    """What is printed of one group of persons: counts of events, a mean, or a median."""

    n: PrintedCount | None = None
    events: PrintedCount | None = None
    person_time: Printed | None = Field(None, description="Under observation, e.g. person-years.")
    mean: Printed | None = None
    sd: Printed | None = None
    se: Printed | None = Field(None, description="Standard error of the mean, where no SD is printed.")
    ci: tuple[Printed, Printed] | None = Field(
        None, description="95 % interval of the mean, where no SD is printed."
    )
    median: Printed | None = None
    q1: Printed | None = None
    q3: Printed | None = None
    minimum: Printed | None = None
    maximum: Printed | None = None

    @property
    def kind(self) -> Literal["counts", "rates", "means", "medians"] | None:
        """Which of the forms these numbers have; None where they have none, or two at once."""
        means = self.mean is not None and [self.sd, self.se, self.ci].count(None) < 3
        five = (self.q1 is not None and self.q3 is not None) or (
            self.minimum is not None and self.maximum is not None
        )
        found: list[Literal["counts", "rates", "means", "medians"]] = []
        if self.events is not None:
            found.append("counts" if self.person_time is None else "rates")
        if means and self.n is not None:
            found.append("means")
        if not means and self.median is not None and five and self.n is not None:
            found.append("medians")
        if len(found) != 1 or (found == ["counts"] and self.n is None):
            return None
        return found[0]


class Named(Part):
    """A group as the paper calls it."""

    name: Text


class Group(RawNumbers, Named):
    """Raw numbers of one group: counts of events, a rate, a mean and its SD, or a median and quartiles."""

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if self.kind is None:
            raise ValueError(
                "a group has 'n' and either 'events', or 'mean' and 'sd' (or its 'se' or 'ci'), or 'median' "
                "with 'q1' and 'q3' or 'minimum' and 'maximum'; or it has 'events' in 'person_time'"
            )
        return self


def _is_number(given: float) -> float:
    if math.isnan(given):
        raise ValueError("df is no number; expected e.g. 29")
    return given


Df = Annotated[float, AfterValidator(_is_number)]


class FStatistic(Part):
    """An F statistic with its two numbers of degrees of freedom."""

    value: Printed
    df: tuple[Df, Df]


class ChiSquareStatistic(Part):
    """A chi-square statistic with its degrees of freedom."""

    value: Printed
    df: Df = 1.0


class PrintedNumbers(Part):
    """An estimate as printed, with whatever tells its uncertainty."""

    estimate: Printed | None = None
    ci: tuple[Printed, Printed] | None = Field(None, description="Lower and upper limit, as printed.")
    lower: Printed | None = Field(None, description="Lower limit, where the upper one is not printed.")
    upper: Printed | None = Field(None, description="Upper limit, where the lower one is not printed.")
    level: Percent = Percent.parse("95 %")
    se: Printed | None = Field(None, description="Standard error (of the log for OR, RR, HR and IRR).")
    t: Printed | None = Field(None, description="Test statistic, t or z.")
    p: PValue | None = Field(None, description="As printed, or 'not printed' where the table leaves it out.")
    df: Df | None = Field(None, description="Degrees of freedom of the interval.")
    f: FStatistic | None = Field(None, description="F, e.g. {value: 4.31, df: [1, 98]}.")
    chi2: ChiSquareStatistic | None = Field(None, description="Chi-square, e.g. {value: 5.02, df: 1}.")
    log: bool = Field(
        False, description="true where estimate and interval are printed as natural logarithms of the ratio."
    )
    se_of: Literal["estimate"] | None = Field(
        None, description="estimate: 'se' is of the ratio, proportion or r itself, not of its transform."
    )
    ci_method: IntervalMethod | None = Field(None, description="How the interval was made, where it is said.")
    test: Test | None = Field(None, description="The test that p comes from, where it is said.")
    use: Use | None = Field(None, description="The number to trust where several contradict each other.")

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
    def _one_interval(self) -> Self:
        if [self.ci, self.lower, self.upper].count(None) < 2:
            raise ValueError("both limits stand in 'ci'; 'lower' or 'upper' is for one that stands alone")
        return self

    @property
    def limit(self) -> Printed | None:
        """The one limit that is printed; None where both are, or none."""
        return self.lower if self.lower is not None else self.upper


class Asked(Part):
    """What an estimate is an estimate of."""

    measure: Measure
    per: Text | None = Field(
        None, description="Exposure step of a slope, e.g. 1 g/dL, 1 SD or doubling; or 'not stated'."
    )
    within: Text | None = Field(
        None, description="Part of the exposure's range the slope belongs to, e.g. < 11.9 g/dL."
    )
    versus: Contrast | None = None
    change: bool = Field(
        False, description="true where the means are changes from baseline, not values at the end."
    )


class Effect(PrintedNumbers, Asked):
    """One printed estimate; `se`, `sd` and `variance` are different things, and only `se` belongs here."""

    group: Group | None = Field(
        None, description="Raw numbers of the one group whose proportion, mean or rate this is."
    )
    groups: tuple[Group, Group] | None = Field(
        None, description="Raw numbers: exposed first, then reference."
    )
    columns: dict[Text, Printed] | None = Field(
        None,
        description="Other raw numbers by the names that escalc gives them, e.g. {ri: 0.31, ni: 120}.",
        min_length=1,
    )

    @property
    def has_raw_numbers(self) -> bool:
        """Whether it can be computed from what is printed of its groups."""
        return self.groups is not None or self.group is not None or self.columns is not None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.estimate is None and not self.has_raw_numbers:
            raise ValueError("an effect has an 'estimate' or raw 'groups'; for none use 'not_reported'")
        if self.per is not None and self.versus is not None:
            raise ValueError("an effect is 'per' a step of the exposure or 'versus' a reference, not both")
        if [self.groups, self.group, self.columns].count(None) < 2:
            raise ValueError("an effect has raw numbers in one of 'groups', 'group' and 'columns'")
        return self


class NotReported(Part):
    """Examined, but no number printed: shown as such, never a zero and never dropped."""

    said: Text = Field(description="What the paper says of it, e.g. not significant.")
    direction: Literal["positive", "negative", "none", "mixed"] | None = Field(
        None,
        description="Which way it went, where the paper says so without a number: positive where more of the "
        "exposure went with more of the outcome.",
    )


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
