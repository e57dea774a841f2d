"""The subgroups of a protocol as strata of a record: sex, ancestry, age, any other division by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from evidence.records.stratum import Stratum
from studies.nhanes.catalogue import ProtocolError
from studies.nhanes.cohort import Cohort
from studies.nhanes.protocol import Class, Protocol, age_span

_DIMENSIONS = {"sex": "sex", "race": "ancestry", "race-without-asian": "ancestry"}
_AGES = re.compile(r"^(\d+|\d+-\d+|\d+\+|<\d+)$")


def stratum_of(protocol: Protocol, classes: Iterable[Class]) -> Stratum:
    """The persons who are in all of these classes, and of the protocol's ages where these are a stratum."""
    found = {} if protocol.age_stratum is None else {"age": protocol.age_stratum}
    others = []
    for name, label in classes:
        dimension = "age" if _is_ages(protocol, name) else _DIMENSIONS.get(name)
        if dimension is None or (dimension in found and dimension != "age"):
            others.append(f"{protocol.variable(name).label}: {label}")
        else:
            found[dimension] = label
    if others:
        found["group"] = ", ".join(others)
    return Stratum.model_validate(found)


def refuse_other_ages(cohort: Cohort) -> None:
    """Raises ProtocolError where a class that is called by ages holds somebody of another age."""
    protocol, measured = cohort.protocol, cohort.measured
    ages = measured.values("age")
    interacting = [name for model in protocol.models for name in model.interactions]
    for name in dict.fromkeys((*protocol.stratifying, *interacting)):
        if not _is_ages(protocol, name):
            continue
        for label in measured.labels(name):
            inside = ages[cohort.included & measured.in_class(name, label)]
            low, high = age_span(label)
            others = inside[(inside < low) | (inside > high)]
            if len(others):
                raise ProtocolError(
                    f"the class '{label}' of '{name}' holds persons aged {others[0]:.0f}; its name or bounds"
                    " say something else"
                )


def _is_ages(protocol: Protocol, name: str) -> bool:
    """Whether a variable is age in classes that are all called by their ages, e.g. 50-59 or 60+."""
    variable = protocol.variable(name)
    return variable.parts == ("age",) and bool(variable.bounds) and all(map(_AGES.match, variable.labels))
