"""What cannot be asked of variables: parts of a protocol that contradict the variables or each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from evidence.records.parsing import KeyPath
from studies.nhanes.protocol_parts import (
    Exclusion,
    MissingCovariates,
    ModelTerms,
    ProtocolExposure,
    ProtocolOutcome,
)
from studies.nhanes.variables.dictionary import Dictionary

_PERSONS = "DEMO "
_NEW_QUANTITIES = ("ratio", "difference", "product")
_ASKED_OF_SMOKERS = "smoking"
_SMOKING = "'smoking' is asked only of who has smoked 100 cigarettes"


class Misfit(NamedTuple):
    """What contradicts what, and the keys that lead to it in the file."""

    at: KeyPath
    says: str


def of_exposure(exposure: ProtocolExposure, known: Dictionary) -> Iterator[Misfit]:
    """What does not go with the exposure's variable."""
    name, variable = exposure.variable, known[exposure.variable]
    if variable.categorical:
        if exposure.per is not None or exposure.knots is not None:
            given = "per" if exposure.per is not None else "knots"
            yield Misfit(
                ("exposure", given),
                f"'{name}' is in classes; '{given}' is for a continuous exposure, e.g. hemoglobin",
            )
        if exposure.reference is not None and exposure.reference not in variable.labels:
            yield Misfit(
                ("exposure", "reference"),
                f"'{name}' has no class '{exposure.reference}'; its classes are {', '.join(variable.labels)}",
            )
        if exposure.trend == "medians" and not (variable.bounds or variable.quantiles):
            yield Misfit(
                ("exposure", "trend"),
                f"'{name}' is not cut from numbers, so its classes have no medians; use trend: ranks",
            )
    elif exposure.reference is not None or exposure.trend is not None:
        given = "reference" if exposure.reference is not None else "trend"
        yield Misfit(
            ("exposure", given),
            f"'{name}' is continuous; '{given}' is for one in classes, e.g. a variable with quantiles: 4",
        )


def of_outcome(key: str, outcome: ProtocolOutcome, known: Dictionary) -> Iterator[Misfit]:
    """What does not go with an outcome's variable."""
    at, name, variable = ("outcomes", key), outcome.variable, known[outcome.variable]
    if outcome.event is None and variable.categorical:
        yield Misfit(
            (*at, "variable"),
            f"'{name}' is in classes; say which class is the event, e.g. event: {variable.labels[0]}",
        )
    if outcome.event is not None and outcome.event not in variable.labels:
        classes = ", ".join(variable.labels)
        has = f"has no class '{outcome.event}'; its classes are {classes}" if classes else (
            "is continuous and has no event; make a variable in classes of it, e.g. with bounds"
        )  # fmt: skip
        yield Misfit((*at, "event"), f"'{name}' {has}")


def of_models(models: Sequence[ModelTerms], known: Dictionary) -> Iterator[Misfit]:
    """Names that stand twice, and interactions that are none."""
    yield from twice((model.id for model in models), "models", "models have the id")
    for place, model in enumerate(models):
        at: KeyPath = ("models", place)
        for name in _repeated(model.covariates):
            yield Misfit((*at, "covariates"), f"the model '{model.id}' names '{name}' twice")
        for name in model.interactions:
            if name not in model.covariates:
                yield Misfit(
                    (*at, "interactions"),
                    f"the model '{model.id}' has an interaction with '{name}', which is not among its"
                    " covariates; add it there",
                )
            elif not known[name].categorical:
                yield Misfit(
                    (*at, "interactions"),
                    f"'{name}' is continuous; an interaction is with one in classes, e.g. groups of it",
                )


def of_same_thing(
    exposure: str, outcomes: Mapping[str, str], models: Sequence[ModelTerms], known: Dictionary
) -> Iterator[Misfit]:
    """An exposure, an outcome and covariates of which two are the same measurement.

    outcomes: the variable of each by its id.
    """
    for key, outcome in outcomes.items():
        if _same(exposure, outcome, known):
            yield Misfit(
                ("outcomes", key),
                f"the outcome '{outcome}' is {_as(outcome, exposure)}the exposure",
            )
    for place, model in enumerate(models):
        for name in model.covariates:
            for other, what in ((exposure, "exposure"), *((each, "outcome") for each in outcomes.values())):
                if _same(name, other, known):
                    yield Misfit(
                        ("models", place, "covariates"),
                        f"the model '{model.id}' adjusts for '{name}', which is {_as(name, other)}the {what};"
                        " leave it out",
                    )


def of_missing(
    missing: MissingCovariates, models: Sequence[ModelTerms], known: Dictionary
) -> Iterator[Misfit]:
    """Treatments that a covariate cannot have, and the one that loses everybody who never smoked."""
    covariates = tuple(dict.fromkeys(name for model in models for name in model.covariates))
    for name, treatment in missing.by_covariate.items():
        at = ("missing_covariates", name)
        if name not in covariates:
            yield Misfit(at, f"'{name}' is no covariate of any model; nothing has to be done about it")
        elif treatment == "mean" and known[name].categorical:
            yield Misfit(at, f"'{name}' is in classes and has no mean; use own class or leave out")
        elif treatment == "own class" and not known[name].categorical:
            yield Misfit(at, f"'{name}' is continuous and has no classes; use mean or leave out")
    if missing.default in ("mean", "own class"):
        categorical = missing.default == "mean"
        for name in covariates:
            if known[name].categorical == categorical and name not in missing.by_covariate:
                form = "in classes" if categorical else "continuous"
                yield Misfit(
                    ("missing_covariates",),
                    f"'{name}' is {form}, so what is missing cannot be '{missing.default}'; give it another"
                    f" treatment, e.g. {{default: {missing.default}, {name}: leave out}}",
                )
    if _ASKED_OF_SMOKERS in covariates and missing.impute is not None:
        yield Misfit(
            ("missing_covariates", "impute"),
            f"{_SMOKING}; who never smoked has nothing to be imputed: adjust for 'smoking-status'",
        )
    elif _ASKED_OF_SMOKERS in covariates and missing.of(_ASKED_OF_SMOKERS, categorical=True) == "leave out":
        yield Misfit(
            ("missing_covariates",),
            f"{_SMOKING}, and leaving out who has no answer leaves out everybody who never smoked; adjust for"
            " 'smoking-status', or use {default: leave out, smoking: own class}",
        )


def of_steps(steps: Sequence[Exclusion], known: Dictionary) -> Iterator[Misfit]:
    """Names that stand twice, conditions that a variable cannot meet, and quantiles of nobody."""
    yield from twice((step.name for step in steps), "eligibility", "steps are called")
    for place, step in enumerate(steps):
        for key, conditions in (("only", step.only), ("leave_out", step.leave_out)):
            for name, condition in conditions.items():
                found = known[name]
                fault = condition.fault(found.labels, codes=found.codes is not None)
                if fault:
                    yield Misfit(
                        ("eligibility", place, key, name), f"the step '{step.name}': '{name}' {fault}"
                    )
        for name in step.variables:
            if known.cut_in_the_analysed(name):
                yield Misfit(
                    ("eligibility", place),
                    f"the step '{step.name}': '{name}' is cut in those who are analysed, which is not known"
                    " before everybody is included or excluded",
                )


def twice(names: Iterable[str], key: str, what: str) -> Iterator[Misfit]:
    """Names of which one stands twice in the list under a key."""
    found = list(names)
    for name in _repeated(found):
        place = len(found) - 1 - found[::-1].index(name)
        yield Misfit((key, place), f"two {what} '{name}'; give one of them another")


def _repeated(names: Sequence[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if names.count(name) > 1]


def _as(name: str, other: str) -> str:
    return "" if name == other else f"the same measurement as '{other}', "


def _same(first: str, second: str, known: Dictionary) -> bool:
    """Whether two variables are one measurement, in another unit, in classes, or as its logarithm."""
    one, other = measured_in(first, known), measured_in(second, known)
    return one <= other or other <= one


def measured_in(name: str, known: Dictionary) -> frozenset[str]:
    """What a variable measures: its columns, or those of what it is made from.

    A ratio, a difference or a product is a quantity of its own. What rules cut is measured; that they cut it
    otherwise in men and women, or from an age on, makes it no measurement of sex or age.
    """
    variable = known[name]
    if variable.calculate in _NEW_QUANTITIES:
        return frozenset({name})
    if not variable.rules:
        columns = frozenset(f"{variable.table} {column}" for column in variable.columns)
        return columns.union(*(measured_in(part, known) for part in variable.parts))
    asked = [one for one in variable.asked if variable.table is None or not one.isupper()]
    columns = frozenset(f"{variable.table} {column}" for column in variable.asked if column not in asked)
    cut = [measured_in(each, known) for each in asked if not known[each].categorical]
    cut = [each for each in cut if not all(column.startswith(_PERSONS) for column in each)] or cut
    if columns or cut:
        return columns.union(*cut)
    return frozenset().union(*(measured_in(each, known) for each in asked))
