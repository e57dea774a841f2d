"""A protocol: who is analysed, in which cycles, with which outcomes and models; kept as a YAML file."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from evidence.records.part import Id, Part, Text
from evidence.records.stratum import Stratum
from evidence.records.vocabulary import Adjustment, SchemaVersion
from studies.nhanes.catalogue import ProtocolError, catalogue, read_definition
from studies.nhanes.variables import Variable, variable

PROTOCOLS = Path(__file__).parent / "protocols"
EVERYBODY = "all"

Ages = Annotated[str, StringConstraints(pattern=r"^(\d+|\d+-\d+|\d+\+|<\d+)$")]


class ProtocolDesign(Part):
    """Where the survey's files keep its design; weights by the kind, for cycles name them differently."""

    weights: Literal["examination", "interview"]
    strata: Text
    psu: Text


class ProtocolOutcome(Part):
    """What is measured as outcome; the rest is for the record."""

    variable: Text
    site: Text
    method: Text


class Exclusion(Part):
    """One step of eligibility, by exactly one rule; it excludes those who do not meet it.

    recorded: variables that must all have a value. age: years in which a person must be, e.g. 18+.
    only: class of a variable that a person must be in, e.g. {femur-scan: valid}. exclude_cancer: `yes`
    excludes who said yes; `not no` also who refused, did not know or was not asked (below 20 years).
    """

    name: Text
    recorded: tuple[Text, ...] = ()
    age: Ages | None = None
    only: dict[Text, Text] = Field(default_factory=dict, max_length=1)
    exclude_cancer: Literal["yes", "not no"] | None = None

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        rules = (self.recorded, self.age, self.only, self.exclude_cancer)
        if sum(bool(rule) for rule in rules) != 1:
            raise ValueError(
                f"the step '{self.name}' needs exactly one of 'recorded', 'age', 'only' and 'exclude_cancer'"
            )
        return self

    @property
    def variables(self) -> tuple[str, ...]:
        """What it has to know of a person."""
        if self.age:
            return ("age",)
        return ("cancer",) if self.exclude_cancer else (*self.recorded, *self.only)


class ModelTerms(Part):
    """A regression on the exposure and these covariates; the one that defines a stratum is left out there."""

    id: Id
    name: Text
    adjustment: Adjustment
    covariates: tuple[Text, ...]


class Protocol(Part):
    """An analysis of the survey, fixed before it is run.

    fixed_on: the day of its last change; the records carry it, so that running it again changes nothing.
    missing_covariates: `fill` gives continuous covariates the unweighted mean of the cohort and categorical
    ones the class Not recorded; `leave out` analyses complete cases, model by model.
    age_stratum: the ages that the record's estimates carry as their stratum; left out where the record as
    a whole is compared with other studies.
    """

    schema_version: SchemaVersion = Field(1, alias="schema")
    protocol: Id
    title: Text
    fixed_on: datetime.date
    cycles: tuple[Text, ...] = Field(min_length=1)
    design: ProtocolDesign
    exposure: Text
    outcomes: dict[Id, ProtocolOutcome] = Field(min_length=1)
    eligibility: tuple[Exclusion, ...]
    strata: tuple[Text, ...] = Field(min_length=1)
    age_stratum: Ages | None = None
    missing_covariates: Literal["fill", "leave out"]
    models: tuple[ModelTerms, ...] = Field(min_length=1)

    @property
    def stratifying(self) -> tuple[str, ...]:
        """The variables that define strata."""
        return tuple(name for name in self.strata if name != EVERYBODY)

    @property
    def variables(self) -> tuple[str, ...]:
        """Every variable the analysis needs, each once; age and sex always, to describe the cohort."""
        names = chain(
            ("age", "sex", self.exposure),
            (outcome.variable for outcome in self.outcomes.values()),
            chain.from_iterable(step.variables for step in self.eligibility),
            self.stratifying,
            chain.from_iterable(model.covariates for model in self.models),
        )
        return tuple(dict.fromkeys(names))

    def weight_column(self, cycle: str) -> str:
        """The weights of a cycle, by the name they have there."""
        found = catalogue().cycle(cycle)
        return found.exam_weight if self.design.weights == "examination" else found.interview_weight

    def step(self, name: str) -> Exclusion:
        """The exclusion of that name; raises KeyError."""
        return {step.name: step for step in self.eligibility}[name]


def shipped_protocols() -> tuple[str, ...]:
    """Names of the protocols that come with the project."""
    return tuple(sorted(path.stem for path in PROTOCOLS.glob("*.yaml")))


def load_protocol(name: str | Path) -> Protocol:
    """A shipped protocol by name, or one from a file.

    Raises ProtocolError, with file, line and column where that helps.
    """
    path = name if isinstance(name, Path) else PROTOCOLS / f"{name}.yaml"
    if not path.is_file():
        raise ProtocolError(
            f"there is no protocol '{name}'; expected a YAML file or one of {', '.join(shipped_protocols())}"
        )
    protocol = read_definition(path, Protocol)
    problem = next(_contradictions(protocol), None)
    if problem is not None:
        raise ProtocolError(f"{path}: {problem}")
    return protocol


def load_named(name: str) -> Protocol:
    """A protocol as a command line names it: a shipped one, or the path of a YAML file."""
    return load_protocol(Path(name) if name.endswith((".yaml", ".yml")) else name)


def _contradictions(protocol: Protocol) -> Iterator[str]:
    """What the parts of a protocol must know of each other, of the variables and of the cycles."""
    try:
        known = {name: variable(name) for name in protocol.variables}
    except ProtocolError as unknown:
        yield str(unknown)
        return
    yield from _doubled_cycles(protocol.cycles)
    for name in protocol.stratifying:
        if not known[name].categorical:
            yield f"'{name}' is continuous; strata need a variable in classes"
    for name in (protocol.exposure, *(outcome.variable for outcome in protocol.outcomes.values())):
        if known[name].categorical:
            yield f"'{name}' is in classes; the exposure and the outcomes are continuous"
    yield from _unknown_classes(protocol.eligibility, known)


def _doubled_cycles(cycles: tuple[str, ...]) -> Iterator[str]:
    if len(set(cycles)) < len(cycles):
        yield "a cycle is named twice"
    for cycle in cycles:
        doubled = set(catalogue().cycle(cycle).contains) & set(cycles)
        if doubled:
            yield f"{cycle} holds the participants of {', '.join(sorted(doubled))} again; name one of them"


def _unknown_classes(steps: tuple[Exclusion, ...], known: Mapping[str, Variable]) -> Iterator[str]:
    for step in steps:
        for name, label in step.only.items():
            if label not in known[name].labels:
                classes = ", ".join(known[name].labels) or "none, for it is continuous"
                yield f"'{name}' has no class '{label}'; its classes are {classes}"


def age_span(ages: str) -> tuple[float, float]:
    """Lowest and highest age in whole years, both included, of e.g. 50+, 18-49 or <65."""
    return Stratum(age=ages).age_span
