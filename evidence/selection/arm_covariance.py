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
from evidence.records.vocabulary import Measure

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
    (measure,) = {arm.effect.measure for arm in arms}
    kind, *others = {_kind(arm.effect) for arm in arms}
    if kind is None or others:
        raise NotPoolableError(NEEDED)
    printed = any(arm.effect.estimate is not None for arm in arms)
    try:
        if printed and measure in RATIOS and kind in ("counts", "rates"):
            correlation = _of_printed_ratios(arms, measure)
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
    kind, *others = {group.kind for group in effect.groups or ()} or {None}
    return None if others else kind


def _of_raw_numbers(effects: Sequence[Effect]) -> Matrix:
    from evidence.effects.common_reference import reference_covariance

    rows = [escalc_columns(effect, float)[0] for effect in effects]
    first, *_ = rows
    (measure,) = {escalc_measure(effect) for effect in effects}
    columns = {name: [row[name] for row in rows] for name in first}
    found = reference_covariance(measure, columns)
    scale = np.sqrt(np.diag(found))
    return np.asarray(found / np.outer(scale, scale))


def _of_printed_ratios(arms: Sequence[ArmEffect], measure: Measure) -> Matrix:
    from evidence.effects.adjusted_ratios import reference_correlation

    pairs = [arm.effect.groups for arm in arms if arm.effect.groups is not None]
    (_, reference), *_ = pairs
    groups = [reference, *(exposed for exposed, _ in pairs)]
    rates = reference.kind == "rates"
    cases = np.array([float(group.events) for group in groups if group.events is not None])
    sizes = (group.person_time if rates else group.n for group in groups)
    known = np.array([float(size) for size in sizes if size is not None])
    log_ratios = np.array([arm.harmonised.yi for arm in arms])
    return reference_correlation(
        log_ratios, cases, known, "rates" if rates else "odds" if measure == "OR" else "risks"
    )
