"""What a regression is and what was done about missing covariates, in words for records and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from studies.nhanes.protocol import Protocol
from studies.nhanes.protocol_parts import Treatment

REGRESSIONS = {
    "beta": "linear regression",
    "OR": "logistic regression",
    "PR": "modified Poisson regression of a yes/no outcome",
    "IRR": "quasi-Poisson regression of a count",
}
"""Of each measure."""

_TREATED: dict[Treatment, str] = {"mean": "the mean of the cohort", "own class": "a class of their own"}


def treated(protocol: Protocol, covariates: Sequence[str]) -> Iterator[str]:
    """What was done about missing covariates other than leaving out who misses one."""
    missing = protocol.missing_covariates
    if missing.impute is not None:
        if covariates:
            times = f"{missing.impute.m} times by chained equations (seed {missing.impute.seed})"
            yield f"missing covariates imputed {times}, combined by Rubin's rules"
        return
    if missing.default == "fill" and not missing.by_covariate:
        if covariates:
            yield f"missing covariates: {_TREATED['mean']}, or {_TREATED['own class']}"
        return
    variables = {name: protocol.variable(name) for name in covariates}
    chosen = {name: missing.of(name, variable.categorical) for name, variable in variables.items()}
    for treatment, done in _TREATED.items():
        labels = [variables[name].label for name, each in chosen.items() if each == treatment]
        if labels:
            yield f"missing {', '.join(labels)}: {done}"
