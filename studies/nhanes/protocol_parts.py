"""The parts of a protocol: design, exposure, outcomes, eligibility, models, treatment of missing values."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from evidence.records.part import Id, Part, Text
from evidence.records.vocabulary import Adjustment
from studies.nhanes.variables.conditions import Condition

Ages = Annotated[str, StringConstraints(pattern=r"^(\d+|\d+-\d+|\d+\+|<\d+)$")]
"""Whole years, e.g. 50+, 18-49, <65 or 50."""


class ProtocolDesign(Part):
    """Where the survey's files keep its design; weights by the kind, for cycles name them differently.

    weights: examination, interview, fasting, or {TABLE: COLUMN} of another subsample; those of the smallest
    sample that a variable is from when left out. accepted: variables of a smaller sample than the weights
    are for, which are analysed with them nevertheless, each with the reason.
    """

    weights: Text | Annotated[dict[Text, Text], Field(min_length=1, max_length=1)] | None = None
    strata: Text = "SDMVSTRA"
    psu: Text = "SDMVPSU"
    accepted: dict[Text, Text] = Field(default_factory=dict)


_TREND = {"true": "ranks", "yes": "ranks", "false": None, "no": None}


def _trend(plain: Any) -> Any:
    return _TREND.get(str(plain).lower(), plain)


class ProtocolExposure(Part):
    """What the outcomes are regressed on, by its name alone or with what is asked of it.

    per: of a continuous one, what a slope is per: a number of its unit (1 when left out), SD (of the cohort,
    weighted) or doubling. knots: a restricted cubic spline instead, with 3 to 7 knots at Harrell's quantiles
    or at places. reference: of one in classes, the class that the others are compared with, the first when
    left out. trend: also the slope over the classes' numbers (ranks, or true), or over the medians of what is
    cut into them (medians).
    """

    variable: Text
    per: Literal["SD", "doubling"] | Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    knots: Annotated[int, Field(ge=3, le=7)] | Annotated[tuple[float, ...], Field(min_length=3)] | None = None
    reference: Text | None = None
    trend: Annotated[Literal["ranks", "medians"] | None, BeforeValidator(_trend)] = None

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, plain: Any) -> Any:
        return {"variable": plain} if isinstance(plain, str) else plain

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if self.knots is not None and self.per is not None:
            raise ValueError("the exposure has 'knots' or is 'per' a step: a curve has no one slope")
        return self


Kind = Literal["continuous", "binary", "count"]


class ProtocolOutcome(Part):
    """What is measured as outcome; site, method and name are for the record.

    name: what it is called there, the variable's label when left out. event: of a variable in classes, those
    that count as the event. measure: of a yes/no outcome, OR by logistic regression (when left out), or PR,
    the prevalence ratio, by modified Poisson regression. kind: count where a number is a count, for rate
    ratios by quasi-Poisson regression; else it follows from the variable.
    """

    variable: Text
    name: Text | None = None
    site: Text | None = None
    method: Text | None = None
    kind: Kind | None = None
    event: Text | None = None
    measure: Literal["OR", "PR"] | None = None

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        binary = self.kind == "binary" or (self.kind is None and self.event is not None)
        if binary != (self.event is not None):
            raise ValueError(
                f"the outcome '{self.variable}': a yes/no outcome names the class that is its 'event', e.g."
                " event: yes, and no other has one"
            )
        if self.measure is not None and not binary:
            raise ValueError(
                f"the measure {self.measure} is of a yes/no outcome: name the class of '{self.variable}' that"
                " is its 'event'"
            )
        return self

    @property
    def measured_by(self) -> Literal["beta", "OR", "PR", "IRR"]:
        """What its coefficients are: slopes or differences, or logarithms of ratios."""
        if self.event is not None:
            return self.measure or "OR"
        return "IRR" if self.kind == "count" else "beta"


class Exclusion(Part):
    """One step of eligibility, by exactly one rule; it excludes those who do not meet it.

    recorded: variables that must all have a value. age: years in which a person must be, e.g. 18+.
    only: what variables must be, e.g. {femur-scan: valid, bmi: 18.5 to 40}; who has no value is excluded.
    leave_out: what they must not be; who has no value stays. exclude_cancer: `yes` excludes who said yes;
    `not no` also who refused, did not know or was not asked (below 20 years).
    """

    name: Text
    recorded: tuple[Text, ...] = ()
    age: Ages | None = None
    only: dict[Text, Condition] = Field(default_factory=dict)
    leave_out: dict[Text, Condition] = Field(default_factory=dict)
    exclude_cancer: Literal["yes", "not no"] | None = None

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        rules = (self.recorded, self.age, self.only, self.leave_out, self.exclude_cancer)
        if sum(bool(rule) for rule in rules) != 1:
            raise ValueError(
                f"the step '{self.name}' needs exactly one of 'recorded', 'age', 'only', 'leave_out' and"
                " 'exclude_cancer'"
            )
        refuse_turned_round(self.age, f"the step '{self.name}'")
        return self

    @property
    def variables(self) -> tuple[str, ...]:
        """What it has to know of a person."""
        if self.age:
            return ("age",)
        return ("cancer",) if self.exclude_cancer else (*self.recorded, *self.only, *self.leave_out)


def refuse_turned_round(ages: str | None, where: str) -> None:
    """Raises ValueError for a range of ages that begins above its end: 80-20."""
    low, _, high = (ages or "").partition("-")
    if high and int(low) > int(high):
        raise ValueError(f"{where}: the ages {ages} begin above their end; expected e.g. {high}-{low}")


class ModelTerms(Part):
    """A regression on the exposure and these covariates; the one that defines a stratum is left out there.

    interactions: a covariate in classes by which the exposure's effect may differ: its products with the
    exposure, their joint test, and the effect in each class.
    """

    id: Id
    name: Text
    adjustment: Adjustment
    covariates: tuple[Text, ...]
    interactions: Annotated[tuple[Text, ...], Field(max_length=1)] = ()


Treatment = Literal["leave out", "own class", "mean", "fill"]


class Imputation(Part):
    """Missing covariates drawn m times by chained equations, and the fits combined by Rubin's rules."""

    m: int = Field(20, ge=2, le=1000)
    seed: int = Field(1, ge=0)


class MissingCovariates(Part):
    """What is done about covariates that are not recorded.

    `leave out` analyses complete cases, model by model; `mean` is the unweighted mean of the cohort, for
    continuous covariates; `own class` the class Not recorded, for those in classes; `fill` one or the other.
    One of these for all, or by covariate with a default; or `impute`.
    """

    default: Treatment = "leave out"
    by_covariate: dict[Text, Treatment] = Field(default_factory=dict)
    impute: Imputation | None = None

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, plain: Any) -> Any:
        if isinstance(plain, str):
            return {"default": plain}
        if not isinstance(plain, dict) or "by_covariate" in plain:
            return plain
        if "impute" in plain:
            if len(plain) > 1:
                raise ValueError("'impute' fills in every covariate; no other treatment stands beside it")
            return plain
        chosen = {name: treatment for name, treatment in plain.items() if name != "default"}
        return {"default": plain.get("default", "leave out"), "by_covariate": chosen}

    def of(self, name: str, categorical: bool) -> Treatment:
        """What is done about one covariate: leave out, own class or mean."""
        chosen = self.by_covariate.get(name, self.default)
        if chosen == "fill":
            return "own class" if categorical else "mean"
        return chosen
