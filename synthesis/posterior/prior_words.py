"""Priors as users write them: 'half-normal(0.5)', 'normal(0, 1)', 'Turner(pain, ...)', 'flat'."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evidence.choices import named
from synthesis.pooling.bayes.data_scaled_priors import DuMouchel, Jeffreys, UniformShrinkage
from synthesis.pooling.bayes.mean_priors import FlatMean, KnownMean, MeanPrior, NormalMean, TMean
from synthesis.pooling.bayes.predictive_priors import rhodes, turner
from synthesis.pooling.bayes.tau_priors import (
    Exponential,
    HalfNormal,
    HalfT,
    ImproperUniform,
    InverseGammaTau,
    InverseGammaTau2,
    LogNormalTau2,
    LogTTau2,
    TauPrior,
    Uniform,
    half_cauchy,
)


@dataclass(frozen=True)
class _Form:
    """How a prior is written: the names of its numbers, how many may be left out, and what makes it."""

    numbers: tuple[str, ...]
    make: Callable[..., Any]
    optional: int = 0
    words: bool = False


def _uniform(*ends: float) -> Uniform:
    if len(ends) == 2 and ends[0] != 0.0:
        raise ValueError(f"a uniform prior of tau begins at {ends[0]:g}; expected 0")
    return Uniform(ends[-1])


TAU_PRIORS: Mapping[str, _Form] = {
    "half-normal": _Form(("scale",), HalfNormal),
    "half-Cauchy": _Form(("scale",), half_cauchy),
    "half-t": _Form(("df", "scale"), HalfT),
    "exponential": _Form(("mean",), Exponential),
    "uniform": _Form(("0", "largest tau"), _uniform, 1),
    "improper uniform": _Form((), ImproperUniform),
    "inverse-gamma": _Form(("shape", "scale"), InverseGammaTau2),
    "inverse-gamma on tau": _Form(("shape", "scale"), InverseGammaTau),
    "log-normal": _Form(("meanlog", "sdlog"), LogNormalTau2),
    "log-t": _Form(("location", "scale", "df"), LogTTau2, 1),
    "DuMouchel": _Form((), DuMouchel),
    "uniform shrinkage": _Form((), UniformShrinkage),
    "Jeffreys": _Form((), Jeffreys),
    "Turner": _Form(("outcome", "comparison"), turner, 2, words=True),
    "Rhodes": _Form(("outcome", "comparison", "area"), rhodes, 3, words=True),
}
"""Of tau; log-normal, log-t and inverse-gamma are of tau^2, as in the papers that propose them. The label of
every prior names it too."""

MEAN_PRIORS: Mapping[str, _Form] = {
    "flat": _Form((), FlatMean),
    "normal": _Form(("mean", "sd"), NormalMean),
    "t": _Form(("df", "mean", "scale"), lambda df, mean, scale: TMean(mean, scale, df)),
}


def tau_prior_of(given: TauPrior | str) -> TauPrior:
    """A prior of tau from its words, or as it is. Raises ValueError for words that name none."""
    if isinstance(given, TauPrior):
        return given
    found: TauPrior = _read(given, TAU_PRIORS, "tau_prior", "half-normal(0.5)")
    return found


def mean_prior_of(given: MeanPrior | str) -> MeanPrior:
    """A prior of mu from its words, or as it is. Raises ValueError for words that name none."""
    if isinstance(given, FlatMean | NormalMean | TMean):
        return given
    if isinstance(given, KnownMean):
        raise ValueError(
            "mu_prior is a known mean, which leaves nothing to estimate; expected flat, normal or t"
        )
    found: MeanPrior = _read(given, MEAN_PRIORS, "mu_prior", "normal(0, 1)")
    return found


def _read(given: Any, forms: Mapping[str, _Form], what: str, example: str) -> Any:
    if not isinstance(given, str):
        raise ValueError(f"{what} is {given!r}; expected a prior, or words such as '{example}'")
    parsed = re.fullmatch(r"\s*([^()]+?)\s*(?:\((.*)\))?\s*(on tau2?)?\s*", given)
    if parsed is None:
        raise ValueError(f"{what} is '{given}'; expected a name with its numbers, such as '{example}'")
    of_tau = " on tau" if parsed[3] == "on tau" else ""
    name = named(parsed[1] + of_tau, dict.fromkeys(forms), what)
    form = forms[name]
    parts = [part.strip() for part in (parsed[2] or "").split(",")] if (parsed[2] or "").strip() else []
    if not len(form.numbers) - form.optional <= len(parts) <= len(form.numbers):
        expected = f"'{name}({', '.join(form.numbers)})'" if form.numbers else f"'{name}' alone"
        raise ValueError(f"{what} is '{given}'; expected {expected}")
    return form.make(*(parts if form.words else (_number(part, given, what) for part in parts)))


def _number(text: str, given: str, what: str) -> float:
    """A number, as users write it or as a prior's own label does: 'mean 0.5', '5 df'."""
    try:
        return float(text.removeprefix("mean ").removesuffix(" df"))
    except ValueError:
        raise ValueError(f"{what} is '{given}', where '{text}' is no number; expected one") from None
