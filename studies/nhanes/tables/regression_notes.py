"""What is said under a table of regressions: measure, step, models, missing values and tests."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.wording import enumerate_words, written
from studies.nhanes.cohort import Cohort
from studies.nhanes.exposure_forms import exposure_forms, exposure_sd
from studies.nhanes.protocol import Protocol
from studies.nhanes.protocol_parts import ModelTerms
from studies.nhanes.spelling import capital, one_unit, spelled_unit, unit_of
from studies.nhanes.wording_of_models import REGRESSIONS, treated

_RATIOS = {"OR": "odds ratio", "PR": "prevalence ratio", "IRR": "rate ratio"}


def notes_of(cohort: Cohort, strata: tuple[str, ...], first: int | None) -> Iterator[str]:
    """The notes under one table; first: the number of the table whose long lists are not given again."""
    protocol = cohort.protocol
    yield from _measures(cohort)
    if first is None:
        yield from _forms(cohort)
        yield from (_model(protocol, model) for model in protocol.models)
        yield from _missing(protocol)
    else:
        yield f"Models as under Table {first}."
    adjusted = [protocol.variable(name).label for name in strata if name in protocol.covariates]
    if adjusted:
        by = enumerate_words([protocol.variable(name).label for name in strata])
        yield f"The models by {by} leave {enumerate_words(adjusted)} out."


def step_of(cohort: Cohort) -> str:
    """What a slope is per: 1 g/dL, SD, doubling."""
    exposed = cohort.protocol.exposed
    if isinstance(exposed.per, str):
        return exposed.per
    return one_unit(cohort.protocol.variable(exposed.variable).unit, f"{exposed.per or 1:.15g}")


def _measures(cohort: Cohort) -> Iterator[str]:
    protocol = cohort.protocol
    for measure in dict.fromkeys(outcome.measured_by for outcome in protocol.outcomes.values()):
        if measure == "beta":
            units = {
                unit_of(protocol.variable(outcome.variable))
                for outcome in protocol.outcomes.values()
                if outcome.measured_by == "beta"
            }
            told = "each in its unit" if len(units) > 1 else units.pop()
            if _is_difference(protocol):
                told = f"difference ({told})" if told else "difference"
            symbol, regression = "β", "regression"
        else:
            told, symbol, regression = _RATIOS[measure], measure, REGRESSIONS[measure]
        what = f"{told} {_compared(cohort)}".strip()
        yield (
            f"{symbol} (95% interval) and p: {what}, survey-weighted {regression} with design-based variance."
        )


def _is_difference(protocol: Protocol) -> bool:
    """Whether classes or values of the exposure are compared, not a slope told."""
    return protocol.exposed.knots is not None or protocol.variable(protocol.exposure).categorical


def _compared(cohort: Cohort) -> str:
    exposed = cohort.protocol.exposed
    variable = cohort.protocol.variable(exposed.variable)
    if variable.categorical:
        return f"against {variable.label}: {exposed.reference or variable.labels[0]}"
    if exposed.knots is not None:
        return f"between values of {variable.label}"
    sd = ""
    if exposed.per == "SD":
        sd = f" (weighted, {written(exposure_sd(cohort))} {unit_of(variable)}".rstrip() + ")"
    return f"per {step_of(cohort)} of {variable.label}{sd}"


def _forms(cohort: Cohort) -> Iterator[str]:
    """What a reader has to know of trends, curves and products."""
    protocol = cohort.protocol
    label = protocol.variable(protocol.exposure).label
    for form in exposure_forms(cohort):
        if form.told:
            yield f"{spelled_unit(capital(form.told))}."
    if protocol.exposed.trend == "ranks":
        count = len(protocol.variable(protocol.exposure).labels)
        yield f"Trend: the slope over the numbers of the classes, 1 to {count}."
    if protocol.exposed.trend == "medians":
        yield "Trend: the slope over the weighted medians of the classes."
    names = dict.fromkeys(name for model in protocol.models for name in model.interactions)
    if names:
        by = enumerate_words([protocol.variable(name).label for name in names])
        yield f"Within classes of {by}: from one model of all, with its product with {label}."
    if names or any(form.tests for form in exposure_forms(cohort)):
        yield "p of joint tests: Wald's F, design-based."


def _model(protocol: Protocol, model: ModelTerms) -> str:
    if not model.covariates:
        return f"{model.name}: no covariates."
    exposure = protocol.variable(protocol.exposure).label
    labels = [protocol.variable(name).label for name in model.covariates]
    products = (f"; {exposure} x {protocol.variable(name).label}" for name in model.interactions)
    return f"{model.name}: adjusted for {', '.join(labels)}{''.join(products)}."


def _missing(protocol: Protocol) -> Iterator[str]:
    if not protocol.covariates:
        return
    told = list(treated(protocol, protocol.covariates))
    complete = protocol.missing_covariates.impute is None and any(
        protocol.missing_covariates.of(name, protocol.variable(name).categorical) == "leave out"
        for name in protocol.covariates
    )
    if complete:
        told.append(
            "who misses another covariate of a model is left out of it"
            if told
            else "who misses a covariate of a model is left out of it"
        )
    yield f"{capital('; '.join(told))}."
