"""A protocol: who is analysed, in which cycles, with which outcomes and models; kept as a YAML file."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import chain, product
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, PrivateAttr, model_validator

from evidence.records.parsing import KeyPath
from evidence.records.part import Id, Part, Text
from evidence.records.reading import read_model
from evidence.records.stratum import Stratum
from evidence.records.vocabulary import SchemaVersion
from studies.nhanes.catalogue import ProtocolError, catalogue, read_definition
from studies.nhanes.errors import NhanesError, NotInCatalogueError, UnknownColumnError
from studies.nhanes.misfits import (
    Misfit,
    of_exposure,
    of_missing,
    of_models,
    of_outcome,
    of_same_thing,
    of_steps,
)
from studies.nhanes.protocol_parts import (
    Ages,
    Exclusion,
    MissingCovariates,
    ModelTerms,
    ProtocolDesign,
    ProtocolExposure,
    ProtocolOutcome,
    refuse_turned_round,
)
from studies.nhanes.samples import PARTICIPANTS, Sample, chosen_sample, wrong_sample
from studies.nhanes.spelling import slug
from studies.nhanes.variables.definition import Variable
from studies.nhanes.variables.dictionary import Dictionary, VariablesFile
from studies.survey import SurveyError

PROTOCOLS = Path(__file__).parent / "protocols"
EVERYBODY = "all"

Class = tuple[str, str]
"""A variable and one of its classes."""


class Protocol(Part):
    """An analysis of the survey, fixed before it is run.

    fixed_on: the day of its last change; the records carry it, so that running it again changes nothing.
    strata: `all`, variables in classes, or lists of variables that are crossed.
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
    exposed: ProtocolExposure = Field(alias="exposure")
    outcomes: dict[Id, ProtocolOutcome] = Field(min_length=1)
    eligibility: tuple[Exclusion, ...]
    strata: tuple[Text | Annotated[tuple[Text, ...], Field(min_length=1)], ...] = Field(min_length=1)
    age_stratum: Ages | None = None
    missing_covariates: MissingCovariates
    models: tuple[ModelTerms, ...] = Field(min_length=1)
    variables: dict[Id, Variable] = Field(default_factory=dict)
    variables_from: Text | None = None
    _file: Path | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _ages_in_order(self) -> Self:
        refuse_turned_round(self.age_stratum, "'age_stratum'")
        return self

    @property
    def exposure(self) -> str:
        """The name of the exposure."""
        return self.exposed.variable

    @contextmanager
    def named_in_errors(self) -> Iterator[None]:
        """Where something is done with it: what goes wrong names its file."""
        where = f"{self._file or self.protocol}: "
        try:
            yield
        except (ProtocolError, SurveyError, NotInCatalogueError, UnknownColumnError) as error:
            if str(error).startswith(where):
                raise
            kind = SurveyError if isinstance(error, SurveyError) else ProtocolError
            raise kind(f"{where}{error}") from error

    @cached_property
    def dictionary(self) -> Dictionary:
        """The variables that it may name: its own and those that come with the project."""
        return Dictionary(self.variables)

    def variable(self, name: str) -> Variable:
        """The variable of that name; raises ProtocolError with the nearest known one."""
        return self.dictionary[name]

    @property
    def stratifying(self) -> tuple[str, ...]:
        """The variables that define strata, each once."""
        names = chain.from_iterable(map(crossed, self.strata))
        return tuple(dict.fromkeys(names))

    @property
    def covariates(self) -> tuple[str, ...]:
        """The covariates of any model, each once; those of the last model, which is its fullest, first."""
        names = chain.from_iterable(model.covariates for model in reversed(self.models))
        return tuple(dict.fromkeys(names))

    def outcome_label(self, key: str) -> str:
        """An outcome by its variable's label, with the event where that is not yes."""
        outcome = self.outcomes[key]
        label = self.variable(outcome.variable).label
        event = outcome.event is not None and outcome.event.lower() != "yes"
        return f"{label}: {outcome.event}" if event else label

    def classes_of(self, stratum: str | tuple[str, ...]) -> tuple[tuple[Class, ...], ...]:
        """The subgroups of one of its strata, each as the classes of its persons; () is all."""
        pairs = ([(name, label) for label in self.variable(name).labels] for name in crossed(stratum))
        return tuple(product(*pairs))

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
        problem = next(_misfits(protocol), None)
    except NhanesError as error:
        raise ProtocolError(f"{path}: {error}") from error
    if problem is not None:
        raise ProtocolError(f"{_place(path, problem.at)}: {problem.says}")
    protocol._file = path
    return protocol


def _place(path: Path, at: KeyPath) -> str:
    """Where a key is in a file that could be read."""
    tree = read_model(path, Protocol).tree
    assert tree is not None
    spot = tree.spot(at, on_key=False)
    return f"{path}:{spot.line}:{spot.column}"


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


def crossed(stratum: str | tuple[str, ...]) -> tuple[str, ...]:
    """The variables that a stratum crosses; none for all."""
    if isinstance(stratum, tuple):
        return stratum
    return () if stratum == EVERYBODY else (stratum,)


_KNOWN_BY_CLASS = ("sex", "race", "race-without-asian")
"""Their classes say what they are of: men, Other Hispanic."""


def subgroup_name(classes: tuple[Class, ...]) -> str:
    """How a subgroup is called: all, men, or diabetes: Yes; a crossing names them all."""
    named = (label if name in _KNOWN_BY_CLASS else f"{name}: {label}" for name, label in classes)
    return ", ".join(named) or EVERYBODY


def subgroup_label(protocol: Protocol, classes: tuple[Class, ...]) -> str:
    """The same with the labels of variables, as tables have it: age group: 50-59, men."""
    named = (
        label if name in _KNOWN_BY_CLASS else f"{protocol.variable(name).label}: {label}"
        for name, label in classes
    )
    return ", ".join(named) or EVERYBODY


def age_span(ages: str) -> tuple[float, float]:
    """Lowest and highest age in whole years, both included, of e.g. 50+, 18-49 or <65."""
    return Stratum(age=ages).age_span


def _misfits(protocol: Protocol) -> Iterator[Misfit]:
    """What the parts of a protocol must know of each other, of the variables and of the cycles."""
    known, models = protocol.dictionary, protocol.models
    for name in known.closure(protocol.named):
        protocol.variable(name)
    yield from _doubled_cycles(protocol.cycles)
    yield from of_exposure(protocol.exposed, known)
    for key, outcome in protocol.outcomes.items():
        yield from of_outcome(key, outcome, known)
    yield from _wrong_strata(protocol)
    yield from of_models(models, known)
    outcomes = {key: outcome.variable for key, outcome in protocol.outcomes.items()}
    yield from of_same_thing(protocol.exposure, outcomes, models, known)
    yield from of_missing(protocol.missing_covariates, models, known)
    yield from of_steps(protocol.eligibility, known)
    for problem in wrong_sample(protocol.sample, protocol.tables, protocol.cycles):
        yield Misfit(("design",), problem)


def _doubled_cycles(cycles: tuple[str, ...]) -> Iterator[Misfit]:
    if len(set(cycles)) < len(cycles):
        yield Misfit(("cycles",), "a cycle is named twice")
    for cycle in cycles:
        doubled = set(catalogue().cycle(cycle).contains) & set(cycles)
        if doubled:
            yield Misfit(
                ("cycles",),
                f"{cycle} holds the participants of {', '.join(sorted(doubled))} again; name one of them",
            )


def _wrong_strata(protocol: Protocol) -> Iterator[Misfit]:
    """Strata that are not in classes, that are analysed themselves, or whose subgroups have one name."""
    analysed = {protocol.exposure, *(outcome.variable for outcome in protocol.outcomes.values())}
    taken: dict[str, str] = {}
    for place, stratum in enumerate(protocol.strata):
        at, names = ("strata", place), crossed(stratum)
        for name in names:
            if not protocol.variable(name).categorical:
                yield Misfit(at, f"'{name}' is continuous; strata need a variable in classes")
            if name in analysed:
                yield Misfit(at, f"'{name}' is analysed; within its classes it does not differ")
        if len(set(names)) < len(names):
            yield Misfit(at, f"'{names[0]}' is crossed with itself")
            continue
        for classes in protocol.classes_of(stratum):
            name = subgroup_name(classes)
            if slug(name) in taken:
                yield Misfit(at, f"two subgroups are called '{name}'{_or(taken[slug(name)], name)}")
            taken[slug(name)] = name


def _or(first: str, second: str) -> str:
    return "" if first == second else f" or '{first}', which the record cannot tell apart"
