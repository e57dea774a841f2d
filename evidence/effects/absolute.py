"""What a pooled effect means for patients: the risk at a stated baseline, and the number needed to treat."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evidence.choices import named
from evidence.wording import interval, number, percent

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class NumberNeeded:
    """Patients to treat for one more (or one fewer) with the event, from a risk difference.

    rd, low, high: the risk difference of treatment minus control and its interval. The number is 1 / |rd|,
    infinite at rd = 0. Its interval is that of 1 / rd, which is one range only when `low` and `high` have
    one sign; otherwise it is two ranges, both without end, that meet at infinity (Altman 1998): reading
    1 / low to 1 / high as one range leaves out rd itself.
    Raises ValueError unless -1 <= low <= rd <= high <= 1.
    """

    rd: float
    low: float
    high: float
    harmful: bool = True
    """Whether the event is one to be avoided, as in most trials."""

    def __post_init__(self) -> None:
        if not -1 <= self.low <= self.rd <= self.high <= 1:
            raise ValueError(
                f"risk difference {self.rd:g} with interval {self.low:g} to {self.high:g}; expected "
                "-1 <= low <= rd <= high <= 1 (proportions, not percentages)"
            )

    @property
    def number(self) -> float:
        """1 / |rd|."""
        return _reciprocal(self.rd)

    @property
    def benefit(self) -> tuple[float, float] | None:
        """Range of numbers needed to treat for one to benefit, None when the interval excludes benefit."""
        return _range(-self.high, -self.low) if self.harmful else _range(self.low, self.high)

    @property
    def harm(self) -> tuple[float, float] | None:
        """Range of numbers needed to treat for one to be harmed, None when the interval excludes harm."""
        return _range(self.low, self.high) if self.harmful else _range(-self.high, -self.low)

    def __str__(self) -> str:
        """As Altman 1998 writes it: 'NNTB 10 (NNTH 20 to ∞ to NNTB 4)'."""
        benefit, harm = self.benefit, self.harm
        if benefit and harm:
            limits = f"NNTH {_text(harm[0])} to ∞ to NNTB {_text(benefit[0])}"
        else:
            sides = ("NNTB", benefit), ("NNTH", harm)
            limits = " to ".join(f"{name} {_text(n)}" for name, ends in sides for n in ends or ())
        if self.low == self.high == 0:
            return "NNT ∞"
        if self.rd == 0:
            return f"NNT ∞ ({limits})"
        return f"{'NNTB' if (self.rd < 0) == self.harmful else 'NNTH'} {_text(self.number)} ({limits})"


def _reciprocal(difference: float) -> float:
    return 1.0 / abs(difference) if difference else math.inf


def _range(low: float, high: float) -> tuple[float, float] | None:
    """Smallest and largest 1 / x for x > 0 in low to high."""
    return (1.0 / high, _reciprocal(max(low, 0.0))) if high > 0 else None


def _text(needed: float) -> str:
    return "∞" if math.isinf(needed) else number(needed)


@dataclass(frozen=True)
class AbsoluteEffect:
    """A pooled effect at a baseline risk: the risk with treatment, and how far it lies from the baseline.

    Each is an estimate with the two limits of its interval, proportions. The baseline is taken as known: its
    own uncertainty is in no interval. number: how many to treat for one more, or one fewer, with the event.
    """

    measure: str
    baseline: float
    risk: tuple[float, float, float]
    difference: tuple[float, float, float]
    reduction: tuple[float, float, float]
    """Of the risk, relative to the baseline: 1 - risk / baseline, the efficacy of a vaccine."""
    number: NumberNeeded

    def to_dict(self) -> dict[str, Any]:
        """Measure, baseline, and estimate, low and high of the risk, the difference and the reduction."""
        found: dict[str, Any] = {"measure": self.measure, "baseline": self.baseline}
        for name in ("risk", "difference", "reduction"):
            estimate, low, high = getattr(self, name)
            found |= {name: estimate, f"{name}_low": low, f"{name}_high": high}
        return {**found, "number_needed": str(self.number)}

    def to_frame(self) -> pd.DataFrame:
        """The same in one row."""
        import pandas as pd

        return pd.DataFrame([self.to_dict()])

    def __str__(self) -> str:
        rows = (
            ("risk", _per_1000(*self.risk)),
            ("difference", _per_1000(*self.difference)),
            ("relative reduction", _percent(*self.reduction)),
            ("number needed", str(self.number)),
        )
        lines = [f"{self.measure} at a baseline risk of {number(1000 * self.baseline)} per 1000"]
        return "\n".join([*lines, *(f"  {name:<18}  {text}" for name, text in rows)])

    __repr__ = __str__


def absolute_effect(
    measure: str, values: tuple[float, float, float], baseline: float, *, harmful: bool = True
) -> AbsoluteEffect:
    """What an estimate and the two limits of its interval mean at a baseline risk.

    measure: OR, RR, HR (values are logs) or RD. baseline: the risk without treatment, 0 < baseline < 1.
    harmful: whether the event is one to be avoided. OR: the odds times exp(value); RR: the risk times it;
    HR: 1 - (1 - baseline)^exp(value), with proportional hazards; RD: the risk plus the value. Cochrane
    Handbook 6, section 15.4.4; Altman & Andersen 1999 for HR. Limits are cut off at risks of 0 and 1. Raises
    ValueError for another measure or baseline, and where the estimate carries the risk beyond them.
    """
    chosen = _RISKS[named(measure, _RISKS, "measure with a risk")]
    if not 0.0 < baseline < 1.0:
        raise ValueError(f"baseline is {baseline!r}; expected a risk between 0 and 1, such as 0.1")
    with np.errstate(over="ignore"):
        risks = [chosen(float(value), baseline) for value in values]
    if not 0.0 <= risks[0] <= 1.0:
        raise ValueError(
            f"a baseline risk of {baseline:g} is carried to {risks[0]:.4g}, outside 0 to 1; "
            "expected a baseline nearer to those of the studies, or odds ratios"
        )
    risks = [min(max(risk, 0.0), 1.0) for risk in risks]
    estimate, low, high = (risk - baseline for risk in risks)
    reduction = (-estimate / baseline, -high / baseline, -low / baseline)
    return AbsoluteEffect(
        measure,
        baseline,
        (risks[0], risks[1], risks[2]),
        (estimate, low, high),
        reduction,
        NumberNeeded(estimate, low, high, harmful),
    )


def _by_odds(value: float, baseline: float) -> float:
    return float(1.0 / (1.0 + (1.0 - baseline) / baseline * np.exp(-value)))


def _by_ratio(value: float, baseline: float) -> float:
    return float(baseline * np.exp(value))


def _by_hazard(value: float, baseline: float) -> float:
    return float(-np.expm1(np.log1p(-baseline) * np.exp(value)))


def _by_difference(value: float, baseline: float) -> float:
    return baseline + value


_RISKS: dict[str, Callable[[float, float], float]] = {
    "OR": _by_odds,
    "RR": _by_ratio,
    "HR": _by_hazard,
    "RD": _by_difference,
}


def _per_1000(estimate: float, low: float, high: float) -> str:
    return f"{number(1000 * estimate)} per 1000 {interval((1000 * low, 1000 * high))}"


def _percent(estimate: float, low: float, high: float) -> str:
    return f"{percent(estimate)} {interval((100 * low, 100 * high))}"
