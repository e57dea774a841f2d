"""Priors in words, `half-normal(0.5)` or `Turner(pain, ...)`: their names, numbers and published settings."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from evidence.choices import named

TURNER_OUTCOMES = (
    *("all-cause mortality", "obstetric outcomes", "cause-specific mortality", "resource use", "surgical"),
    *("withdrawals", "structure-related", "general physical health", "adverse events", "infection"),
    *("signs and symptoms", "pain", "quality of life", "mental health", "biological markers"),
    "subjective outcomes",
)
TURNER_COMPARISONS = (
    "pharmacological vs placebo/control",
    "pharmacological vs pharmacological",
    "non-pharmacological vs placebo/control",
    "non-pharmacological vs pharmacological",
    "non-pharmacological vs non-pharmacological",
)
RHODES_OUTCOMES = (
    *("obstetric outcomes", "resource use", "structure-related", "general physical health"),
    *("signs and symptoms", "mental health", "biological markers", "subjective outcomes"),
)
RHODES_COMPARISONS = (
    "pharmacological vs placebo/control",
    "pharmacological vs pharmacological",
    "non-pharmacological",
)
RHODES_AREAS = ("other", "respiratory", "cancer")
"""Settings of published priors of tau; synthesis.pooling has their numbers."""

RHODES_IN_DOUBT = (
    ("mental health", "non-pharmacological", "other"),
    ("resource use", "pharmacological vs placebo/control", "cancer"),
    ("structure-related", "pharmacological vs placebo/control", "cancer"),
)
"""Cells whose numbers copies of the table do not agree on."""


@dataclass(frozen=True)
class PriorNumber:
    """A number of a prior: between which it lies, the lower bound itself allowed where `closed`."""

    name: str
    low: float = -math.inf
    high: float = math.inf
    closed: bool = False

    def fault(self, value: float) -> str:
        """Why a value cannot be; empty where it can."""
        below = value < self.low or (value == self.low and not self.closed)
        if math.isfinite(value) and not below and value <= self.high:
            return ""
        expected = "a finite number"
        if math.isfinite(self.high):
            expected = f"{self.low:g} to {self.high:g}"
        elif math.isfinite(self.low):
            expected = f"{self.low:g} or more" if self.closed else "a finite number above zero"
        return f"its {self.name} is {value:g}; expected {expected}"


@dataclass(frozen=True)
class PriorSetting:
    """A word of a prior: one of those that are published."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class PriorForm:
    """What stands in the brackets behind a name, of which the last ones may be left out."""

    parts: tuple[PriorNumber, ...] | tuple[PriorSetting, ...] = ()
    optional: int = 0

    @property
    def has_settings(self) -> bool:
        """Whether words stand in the brackets, and no numbers."""
        return any(isinstance(part, PriorSetting) for part in self.parts)


_SCALE = PriorNumber("scale", 0.0)
_SHAPE = PriorNumber("shape", 0.0)

TAU_PRIOR_FORMS: Mapping[str, PriorForm] = {
    "half-normal": PriorForm((_SCALE,)),
    "half-Cauchy": PriorForm((_SCALE,)),
    "half-t": PriorForm((PriorNumber("df", 0.1, closed=True), _SCALE)),
    "exponential": PriorForm((PriorNumber("mean", 0.0),)),
    "uniform": PriorForm((PriorNumber("0"), PriorNumber("largest tau", 0.0)), 1),
    "improper uniform": PriorForm(),
    "inverse-gamma": PriorForm((_SHAPE, _SCALE)),
    "inverse-gamma on tau": PriorForm((_SHAPE, _SCALE)),
    "log-normal": PriorForm((PriorNumber("meanlog"), PriorNumber("sdlog", 0.0))),
    "log-t": PriorForm((PriorNumber("location"), _SCALE, PriorNumber("df", 5.0, closed=True)), 1),
    "DuMouchel": PriorForm(),
    "uniform shrinkage": PriorForm(),
    "Jeffreys": PriorForm(),
    "Turner": PriorForm(
        (PriorSetting("outcome", TURNER_OUTCOMES), PriorSetting("comparison", TURNER_COMPARISONS)), 2
    ),
    "Rhodes": PriorForm(
        (
            PriorSetting("outcome", RHODES_OUTCOMES),
            PriorSetting("comparison", RHODES_COMPARISONS),
            PriorSetting("area", RHODES_AREAS),
        ),
        3,
    ),
}
"""Priors of tau; synthesis.posterior has them. log-normal, log-t and inverse-gamma are of tau^2."""

MEAN_PRIOR_FORMS: Mapping[str, PriorForm] = {
    "flat": PriorForm(),
    "normal": PriorForm((PriorNumber("mean"), PriorNumber("sd", 0.0))),
    "t": PriorForm((PriorNumber("df", 0.5, 1000.0, closed=True), PriorNumber("mean"), _SCALE)),
}
"""Priors of the mean; synthesis.posterior has them."""


@dataclass(frozen=True)
class ReadPrior:
    """The name of a prior in words, and what stands in its brackets: numbers, or the words of settings."""

    name: str
    parts: tuple[float, ...] | tuple[str, ...]


def read_prior(given: str, forms: Mapping[str, PriorForm], what: str, example: str) -> ReadPrior:
    """A prior of TAU_PRIOR_FORMS or MEAN_PRIOR_FORMS from its words.

    what: the argument or key it is of. Raises ValueError for words that name none, with what was expected.
    """
    parsed = re.fullmatch(r"\s*([^()]+?)\s*(?:\((.*)\))?\s*(on tau2?)?\s*", given)
    if parsed is None:
        raise ValueError(f"{what} is '{given}'; expected a name with its numbers, such as '{example}'")
    of_tau = " on tau" if parsed[3] == "on tau" else ""
    name = named(parsed[1] + of_tau, dict.fromkeys(forms), what)
    form = forms[name]
    inside = (parsed[2] or "").strip()
    parts = tuple(part.strip() for part in inside.split(",")) if inside else ()
    if not len(form.parts) - form.optional <= len(parts) <= len(form.parts):
        listed = ", ".join(part.name for part in form.parts)
        expected = f"'{name}({listed})'" if form.parts else f"'{name}' alone"
        raise ValueError(f"{what} is '{given}'; expected {expected}")
    if form.has_settings:
        return ReadPrior(name, parts)
    return ReadPrior(name, tuple(_number(part, given, what) for part in parts))


def _number(text: str, given: str, what: str) -> float:
    """A number, as users write it or as a prior's own label does: 'mean 0.5', '5 df'."""
    try:
        return float(text.removeprefix("mean ").removesuffix(" df"))
    except ValueError:
        raise ValueError(f"{what} is '{given}', where '{text}' is no number; expected one") from None


def prior_fault(given: str, forms: Mapping[str, PriorForm], what: str, example: str) -> str:
    """Why words are no prior: unknown, numbers that cannot be, settings that nobody published; else empty."""
    try:
        read = read_prior(given, forms, what, example)
        form = forms[read.name]
        if read.name == "uniform" and len(read.parts) == 1:
            form = PriorForm(form.parts[1:])
        for part, value in zip(form.parts, read.parts, strict=False):
            if isinstance(part, PriorNumber) and isinstance(value, float):
                fault = part.fault(value)
                if fault:
                    return f"{what} is '{given}': {fault}"
            elif isinstance(part, PriorSetting):
                named(value, part.words, f"{part.name} of {read.name}'s priors")
    except ValueError as error:
        return str(error)
    return _of_several(read, given, what)


def _of_several(read: ReadPrior, given: str, what: str) -> str:
    """What is wrong with the parts of a prior together."""
    if read.name == "uniform" and len(read.parts) == 2 and read.parts[0] != 0.0:
        return f"{what} is '{given}': a uniform prior of tau begins at 0"
    if len(read.parts) == 1 and read.name in ("Turner", "Rhodes"):
        return f"{what} is '{given}': expected both an outcome and a comparison, or neither"
    words = [str(part) for part in read.parts]
    if read.name == "Rhodes" and len(words) > 1:
        cell = tuple(
            named(word, part, "setting")
            for word, part in zip(
                [*words, "other"], (RHODES_OUTCOMES, RHODES_COMPARISONS, RHODES_AREAS), strict=False
            )
        )
        if cell in RHODES_IN_DOUBT:
            return f"{what} is '{given}': copies of the table do not agree on this cell, which is left out"
    return ""
