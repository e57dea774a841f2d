"""The covariance of arms or classes that share a reference, as far as what is printed tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evidence.records.effect import Effect
from evidence.records.measures import Harmonised
from evidence.records.raw_numbers import NotPoolableError, escalc_columns, escalc_measure
from evidence.records.scales import RATIOS

Matrix = npt.NDArray[np.float64]

NEEDED = (
    "the covariance of its arms is not known: it needs the cases and persons (or person-time) of each arm "
    "and of the reference, or their means and SDs without adjustment"
)


@dataclass(frozen=True)
class ArmEffect:
    """One arm as it enters: what is printed, the effect on the analysis scale, whether it is adjusted."""

    effect: Effect
    harmonised: Harmonised
    adjusted: bool


def arm_covariance(arms: Sequence[ArmEffect]) -> Matrix:
    """Covariance matrix, shape (m, m), of the effects of m arms of one comparison, on the analysis scale.

    Exact where effects come from raw numbers. Of printed ratios the correlation follows from cases and
    persons (Greenland & Longnecker 1992), of other printed effects that nothing was adjusted for from the raw
    numbers; the variances stay those of the standard errors. Raises NotPoolableError, with what is needed.
    """
    sei = np.array([arm.harmonised.sei for arm in arms])
    if len(arms) == 1:
        return np.outer(sei, sei)
    if any(_kind(arm.effect) is None for arm in arms) or len({_kind(arm.effect) for arm in arms}) > 1:
        raise NotPoolableError(NEEDED)
    printed = any(arm.effect.estimate is not None for arm in arms)
    try:
        if printed and arms[0].effect.measure in RATIOS and _kind(arms[0].effect) in ("counts", "rates"):
            correlation = _of_printed_ratios(arms)
        elif printed and any(arm.adjusted for arm in arms):
            raise NotPoolableError(NEEDED)
        else:
            correlation = _of_raw_numbers([arm.effect for arm in arms])
    except NotPoolableError:
        raise
    except ValueError as error:
        raise NotPoolableError(f"the covariance of its arms cannot be computed: {error}") from None
    covariance = correlation * np.outer(sei, sei)
    np.fill_diagonal(covariance, sei**2)
    return covariance


def _kind(effect: Effect) -> str | None:
    if effect.groups is None or effect.groups[0].kind != effect.groups[1].kind:
        return None
    return effect.groups[0].kind


def _of_raw_numbers(effects: Sequence[Effect]) -> Matrix:
    from evidence.effects.common_reference import reference_covariance

    rows = [escalc_columns(effect, float)[0] for effect in effects]
    first, *_ = rows
    columns = {name: [row[name] for row in rows] for name in first if name != "to"}
    found = reference_covariance(escalc_measure(effects[0]), columns, to=first.get("to"))
    scale = np.sqrt(np.diag(found))
    return np.asarray(found / np.outer(scale, scale))


def _of_printed_ratios(arms: Sequence[ArmEffect]) -> Matrix:
    from evidence.effects.adjusted_ratios import reference_correlation

    pairs = [arm.effect.groups for arm in arms if arm.effect.groups is not None]
    (_, reference), *_ = pairs
    groups = [reference, *(exposed for exposed, _ in pairs)]
    rates = reference.kind == "rates"
    cases = np.array([float(group.events or 0) for group in groups])
    sizes = np.array([float((group.person_time if rates else group.n) or 0) for group in groups])
    odds = arms[0].effect.measure == "OR"
    log_ratios = np.array([arm.harmonised.yi for arm in arms])
    return reference_correlation(log_ratios, cases, sizes, "rates" if rates else "odds" if odds else "risks")
