"""The variables that are known: those that come with the project, and those that a protocol brings."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from pydantic import RootModel

from evidence.records.units import UnitError, conversion_factor, normal_unit
from studies.nhanes.catalogue import ProtocolError, read_definition
from studies.nhanes.variables.definition import TableColumns, Variable

SHIPPED_VARIABLES = Path(__file__).parent / "shipped.yaml"


class VariablesFile(RootModel[dict[str, Variable]]):
    """A YAML file of variables by name."""


@cache
def shipped_variables() -> Mapping[str, Variable]:
    """Every variable that comes with the project, by name."""
    return MappingProxyType(read_definition(SHIPPED_VARIABLES, VariablesFile).root)


class Dictionary:
    """Variables by name, with those they are made from.

    own: what a protocol brings; raises ProtocolError for a name that a shipped variable has, for parts that
    are not known or go round in a circle, and for rules, units and classes that do not fit these parts.
    """

    def __init__(self, own: Mapping[str, Variable] | None = None) -> None:
        shipped = shipped_variables()
        for name in own or {}:
            if name in shipped:
                raise ProtocolError(
                    f"'{name}' is the name of a variable that comes with the project ({shipped[name].label});"
                    " give yours another"
                )
        self._known: dict[str, Variable] = {**shipped, **(own or {})}
        for name in own or {}:
            self._refuse_circle(name, ())
        for name in self.closure(own or {}):  # parts first: a unit may follow from one that follows
            self._known[name] = self[name].model_copy(update={"unit": self._unit(self[name])})
        for name in own or {}:
            problem = next(self._contradictions(name), None)
            if problem is not None:
                raise ProtocolError(f"'{name}': {problem}")

    def __getitem__(self, name: str) -> Variable:
        """The variable of that name; raises ProtocolError with the nearest known one."""
        if name in self._known:
            return self._known[name]
        close = difflib.get_close_matches(name, self._known)
        hint = f"did you mean '{close[0]}'?" if close else "python -m studies nhanes variables lists them"
        raise ProtocolError(f"no variable is called '{name}'; {hint}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def _unit(self, variable: Variable) -> str | None:
        """The unit of a variable's values: its own, or what follows from its parts."""
        if variable.unit is not None or not variable.parts or variable.calculate == "z-score":
            return variable.unit
        units = [self[part].unit for part in variable.parts]
        if variable.calculate in ("ratio", "product"):
            return _ratio_unit(units) if variable.calculate == "ratio" else None
        return units[0] if len(set(units)) == 1 else None

    def factor(self, name: str) -> float:
        """What one part's values are multiplied by to be in the variable's unit; 1 where none converts.

        Raises UnitError where the units have no common dimension.
        """
        variable = self[name]
        if len(variable.parts) != 1 or variable.calculate is not None or variable.unit is None:
            return 1.0
        source = self[variable.parts[0]].unit
        if source is None:
            return 1.0
        if variable.molar_mass is None or normal_unit(source) == normal_unit(variable.unit):
            return conversion_factor(source, variable.unit)
        return _through_moles(source, variable.unit, variable.molar_mass)

    def closure(self, names: Iterable[str]) -> tuple[str, ...]:
        """These variables and all that they are made from, each once, parts first."""
        found: dict[str, None] = {}

        def add(name: str) -> None:
            for part in self.parts_of(name):
                add(part)
            found[name] = None

        for name in names:
            add(name)
        return tuple(found)

    def parts_of(self, name: str) -> tuple[str, ...]:
        """The variables that one is made from, asks for or is cut within; not columns."""
        variable = self[name]
        asked = [one for one in variable.asked if variable.table is None or not one.isupper()]
        return (*variable.parts, *asked, *((variable.within,) if variable.within else ()))

    def sources(self, names: Iterable[str], cycle: str) -> Iterator[TableColumns]:
        """The columns that these variables need in a cycle, table by table as they come."""
        for name in self.closure(names):
            source = self[name].source(cycle)
            if source is not None:
                yield source

    def columns_by_table(self, names: Iterable[str], cycle: str) -> dict[str, list[str]]:
        """The columns to read of each table in a cycle, for these variables, each once."""
        wanted: dict[str, list[str]] = {}
        for source in self.sources(names, cycle):
            columns = wanted.setdefault(source.table, [])
            columns += [column for column in source.columns if column not in columns]
        return wanted

    def cut_in_the_analysed(self, name: str) -> bool:
        """Whether its classes depend on who is analysed, as quantiles do."""
        return any(self[part].quantiles for part in self.closure([name]))

    def _refuse_circle(self, name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ProtocolError(f"'{name}' is made from itself: {' from '.join((*above, name))}")
        for part in self.parts_of(name):
            self._refuse_circle(part, (*above, name))

    def _contradictions(self, name: str) -> Iterator[str]:
        variable = self[name]
        for part in variable.parts:
            made = self[part]
            if made.rules or (made.categorical and not made.codes and variable.calculate):
                yield f"'{part}' is in classes; numbers are made from numbers"
            if made.codes and variable.codes is None:
                yield f"'{part}' is in classes; give 'codes', or 'rules' on its classes"
        if variable.within and not self[variable.within].categorical:
            yield f"'{variable.within}' is continuous; quantiles are cut within classes"
        try:
            self.factor(name)
        except UnitError as error:
            yield f"{error}; 'molar_mass', in g/mol, leads from a weight to moles"
        yield from self._unmet_rules(variable)

    def _unmet_rules(self, variable: Variable) -> Iterator[str]:
        for label, rule in (variable.rules or {}).items():
            for alternative in rule:
                for name, condition in alternative.items():
                    column = variable.table is not None and name.isupper()
                    labels = () if column else self[name].labels
                    coded = not column and self[name].codes is not None
                    fault = condition.fault(labels, coded)
                    if fault:
                        yield f"'{label}': '{name}' {fault}"


def _ratio_unit(units: list[str | None]) -> str | None:
    above, below = units
    if above is None or below is None or normal_unit(above) == normal_unit(below):
        return None
    return f"{above} per {below}"


def _through_moles(source: str, target: str, molar_mass: float) -> float:
    """From mg/dL to mmol/L or back, by grams a mole; raises UnitError."""
    for first, second, power in (("g/L", "mol/L", -1), ("mol/L", "g/L", 1)):
        try:
            return conversion_factor(source, first) * molar_mass**power * conversion_factor(second, target)
        except UnitError:
            continue
    raise UnitError(f"'{source}' cannot be converted to '{target}' by a molar mass")
