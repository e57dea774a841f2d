"""A protocol: who is analysed, in which cycles, with which outcomes and models; kept as a YAML file."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from evidence.records.part import Id, Part, Text
from evidence.records.stratum import Stratum
from evidence.records.vocabulary import Adjustment, SchemaVersion
from studies.nhanes.catalogue import ProtocolError, catalogue, read_definition
from studies.nhanes.errors import NhanesError
from studies.nhanes.samples import PARTICIPANTS, Sample, chosen_sample, wrong_sample
from studies.nhanes.variables.conditions import Condition
from studies.nhanes.variables.definition import Variable
from studies.nhanes.variables.dictionary import Dictionary, VariablesFile

PROTOCOLS = Path(__file__).parent / "protocols"
EVERYBODY = "all"

Ages = Annotated[str, StringConstraints(pattern=r"^(\d+|\d+-\d+|\d+\+|<\d+)$")]


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


class ProtocolOutcome(Part):
    """What is measured as outcome; the rest is for the record."""

    variable: Text
    site: Text
    method: Text


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
        if self.age and turned_round(self.age):
            raise ValueError(f"the step '{self.name}': the ages {self.age} begin above their end")
        return self

    @property
    def variables(self) -> tuple[str, ...]:
        """What it has to know of a person."""
        if self.age:
            return ("age",)
        return ("cancer",) if self.exclude_cancer else (*self.recorded, *self.only, *self.leave_out)


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
    variables: its own, by name; variables_from: a YAML file of them, beside the protocol's.
    """

    schema_version: SchemaVersion = Field(1, alias="schema")
    protocol: Id
    title: Text
    fixed_on: datetime.date
    cycles: tuple[Text, ...] = Field(min_length=1)
    design: ProtocolDesign = ProtocolDesign()
    exposure: Text
    outcomes: dict[Id, ProtocolOutcome] = Field(min_length=1)
    eligibility: tuple[Exclusion, ...]
    strata: tuple[Text, ...] = Field(min_length=1)
    age_stratum: Ages | None = None
    missing_covariates: Literal["fill", "leave out"]
    models: tuple[ModelTerms, ...] = Field(min_length=1)
    variables: dict[Id, Variable] = Field(default_factory=dict)
    variables_from: Text | None = None

    @cached_property
    def dictionary(self) -> Dictionary:
        """The variables that it may name: its own and those that come with the project."""
        return Dictionary(self.variables)

    def variable(self, name: str) -> Variable:
        """The variable of that name; raises ProtocolError with the nearest known one."""
        return self.dictionary[name]

    @property
    def stratifying(self) -> tuple[str, ...]:
        """The variables that define strata."""
        return tuple(name for name in self.strata if name != EVERYBODY)

    @property
    def named(self) -> tuple[str, ...]:
        """Every variable the analysis names, each once; age and sex always, to describe the cohort."""
        names = chain(
            ("age", "sex", self.exposure),
            (outcome.variable for outcome in self.outcomes.values()),
            chain.from_iterable(step.variables for step in self.eligibility),
            self.stratifying,
            chain.from_iterable(model.covariates for model in self.models),
        )
        return tuple(dict.fromkeys(names))

    def columns_by_table(self, cycle: str) -> dict[str, list[str]]:
        """The columns that its variables need of each table in a cycle."""
        return self.dictionary.columns_by_table(self.named, cycle)

    @cached_property
    def sample(self) -> Sample:
        """Whose weights it uses: as it says, else those of the smallest sample a variable is from."""
        return chosen_sample(self.design.weights, self.tables)

    def weight_place(self, cycle: str) -> tuple[str, str]:
        """Table and column of the weights in a cycle."""
        return self.sample.place(cycle, self.cycles)

    def columns_to_read(self, cycle: str) -> dict[str, list[str]]:
        """The columns to read of each table in a cycle, that of the participants first."""
        wanted = self.columns_by_table(cycle)
        design = [self.design.strata, self.design.psu]
        columns = {PARTICIPANTS: design + wanted.pop(PARTICIPANTS, []), **wanted}
        table, weight = self.weight_place(cycle)
        columns[table] = [weight, *columns.get(table, [])]
        return columns

    @property
    def accepted_tables(self) -> set[str]:
        """Tables of smaller samples that are analysed nevertheless."""
        return {
            source.table
            for cycle in self.cycles
            for source in self.dictionary.sources(self.design.accepted, cycle)
        }

    @property
    def tables(self) -> dict[str, set[str]]:
        """The variables of each table, in any cycle."""
        tables: dict[str, set[str]] = {}
        for name in self.named:
            if name in self.design.accepted:
                continue
            for cycle in self.cycles:
                for source in self.dictionary.sources([name], cycle):
                    tables.setdefault(source.table, set()).add(name)
        return tables

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
    protocol = _with_variables(read_definition(path, Protocol), path)
    try:
        problem = next(_contradictions(protocol), None)
    except NhanesError as error:
        raise ProtocolError(f"{path}: {error}") from error
    if problem is not None:
        raise ProtocolError(f"{path}: {problem}")
    return protocol


def _with_variables(protocol: Protocol, path: Path) -> Protocol:
    """The protocol with the variables of the file it names among its own."""
    if protocol.variables_from is None:
        return protocol
    beside = path.parent / protocol.variables_from
    if not beside.is_file():
        raise ProtocolError(
            f"{path}: there is no '{beside}'; 'variables_from' names a YAML file of variables"
        )
    brought = read_definition(beside, VariablesFile).root
    twice = sorted(set(brought) & set(protocol.variables))
    if twice:
        raise ProtocolError(f"{path}: '{twice[0]}' is defined here and in '{beside}'")
    return protocol.model_copy(update={"variables": {**brought, **protocol.variables}})


def load_named(name: str) -> Protocol:
    """A protocol as a command line names it: a shipped one, or the path of a YAML file."""
    return load_protocol(Path(name) if name.endswith((".yaml", ".yml")) else name)


def _contradictions(protocol: Protocol) -> Iterator[str]:
    """What the parts of a protocol must know of each other, of the variables and of the cycles."""
    known = {name: protocol.variable(name) for name in protocol.dictionary.closure(protocol.named)}
    yield from _doubled_cycles(protocol.cycles)
    for name in protocol.stratifying:
        if not known[name].categorical:
            yield f"'{name}' is continuous; strata need a variable in classes"
    for name in (protocol.exposure, *(outcome.variable for outcome in protocol.outcomes.values())):
        if known[name].categorical:
            yield f"'{name}' is in classes; the exposure and the outcomes are continuous"
    yield from _wrong_conditions(protocol)
    yield from wrong_sample(protocol.sample, protocol.tables, protocol.cycles)


def _doubled_cycles(cycles: tuple[str, ...]) -> Iterator[str]:
    if len(set(cycles)) < len(cycles):
        yield "a cycle is named twice"
    for cycle in cycles:
        doubled = set(catalogue().cycle(cycle).contains) & set(cycles)
        if doubled:
            yield f"{cycle} holds the participants of {', '.join(sorted(doubled))} again; name one of them"


def _wrong_conditions(protocol: Protocol) -> Iterator[str]:
    for step in protocol.eligibility:
        for name, condition in chain(step.only.items(), step.leave_out.items()):
            found = protocol.variable(name)
            fault = condition.fault(found.labels, codes=found.codes is not None)
            if fault:
                yield f"the step '{step.name}': '{name}' {fault}"
        for name in step.variables:
            if protocol.dictionary.cut_in_the_analysed(name):
                yield (
                    f"the step '{step.name}': '{name}' is cut in those who are analysed, which is not known"
                    " before everybody is included or excluded"
                )


def turned_round(ages: str) -> bool:
    """Whether a range of ages begins above its end: 80-20."""
    low, _, high = ages.partition("-")
    return bool(high) and int(low) > int(high)


def age_span(ages: str) -> tuple[float, float]:
    """Lowest and highest age in whole years, both included, of e.g. 50+, 18-49 or <65."""
    return Stratum(age=ages).age_span
