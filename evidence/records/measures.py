"""A printed effect on the review's target scale, or the reason why it cannot be there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import ndtri

from evidence.records.conversion import BOUND_ON_P, estimate_alone, printed_scale, to_analysis_scale
from evidence.records.effect import Effect, Estimate
from evidence.records.names import Same
from evidence.records.raw_numbers import CORRECTED, ESTIMATED, NotPoolableError
from evidence.records.scales import AnalysisScale, analysis_scale
from evidence.records.schema import Exposure, Outcome, Record
from evidence.records.target_scale import TargetScale
from evidence.records.trust import only, trusted
from evidence.records.units import Quantity, UnitError, conversion_factor, parse_quantity
from evidence.records.vocabulary import Measure

NO_NAMES = Same()
_ONE_LIMIT = ("lower limit", "upper limit")


@dataclass(frozen=True)
class Harmonised:
    """yi and sei on the analysis scale; the interval as printed, converted to the display scale."""

    yi: float
    sei: float
    low: float
    high: float
    sei_from: str
    factor: float
    """What the printed numbers were multiplied by (on the log scale for ratios)."""

    @property
    def is_derived(self) -> bool:
        """Whether the standard error is a way back from other numbers than an SE, an interval or raw ones."""
        sources = ("p-value", "test statistic", "F", "chi-square", ESTIMATED)
        return self.sei_from in sources or self.is_at_most or self.sei_from.startswith(_ONE_LIMIT)

    @property
    def is_corrected(self) -> bool:
        """Whether 1/2 was added to counts, as one of them is zero."""
        return self.sei_from.endswith(CORRECTED)

    @property
    def is_at_most(self) -> bool:
        """Whether the standard error is the largest there can be, of a p that is printed as a bound."""
        return self.sei_from.startswith(BOUND_ON_P)


def harmonise(
    record: Record,
    estimate: Estimate,
    target: TargetScale,
    level: float = 0.95,
    same: Same = NO_NAMES,
    accept: Sequence[Measure] = (),
) -> Harmonised:
    """Bring one estimate to the target scale, by the numbers that its record trusts.

    level: of the interval to show, a fraction. A printed interval of that level keeps its limits,
    so that a reader finds them in the paper. same: the review's names; accept: ratios that are taken as they
    are for the target's measure. Raises NotPoolableError with the reason in words.
    """
    factor = factor_to(record, estimate, target, same, accept)
    estimate = trusted(record, estimate)
    effect = on_measure(record, estimate, target.measure, accept)
    scale = analysis_scale(effect.measure)
    printed = to_analysis_scale(effect, estimate.n)
    yi, sei = printed.yi * factor, printed.sei * abs(factor)
    ends = _interval(effect, printed.yi, printed_scale(effect), level)
    low, high = sorted(end * factor for end in ends) if ends else _wald(yi, sei, level)
    return Harmonised(yi, sei, scale.back(low), scale.back(high), printed.sei_from, factor)


def effect_alone(
    record: Record,
    estimate: Estimate,
    target: TargetScale,
    same: Same = NO_NAMES,
    accept: Sequence[Measure] = (),
) -> float:
    """The effect of one estimate on the analysis scale of the target, without its standard error.

    Raises NotPoolableError with the reason in words, as `harmonise`, but not for a missing standard error.
    """
    factor = factor_to(record, estimate, target, same, accept)
    counted = trusted(record, estimate)
    return factor * estimate_alone(on_measure(record, counted, target.measure, accept), counted.n)


def factor_to(
    record: Record,
    estimate: Estimate,
    target: TargetScale,
    same: Same = NO_NAMES,
    accept: Sequence[Measure] = (),
) -> float:
    """What brings an estimate to the target scale, on which it is multiplied (on the log scale for ratios).

    Raises NotPoolableError where it answers another question, whatever its numbers are.
    """
    effect = on_measure(record, estimate, target.measure, accept)
    exposure = record.exposure_of(estimate)
    if not same.are_one("exposures", exposure.name, target.exposure):
        raise NotPoolableError(f"exposure is {exposure.name}, not {target.exposure}")
    if target.per is None:
        _check_contrast(effect, target, same)
        factor = 1.0
    else:
        factor = _exposure_factor(effect, exposure, target.per)
    return _outcome_factor(record.outcome_of(estimate), target) * factor


def on_measure(
    record: Record, estimate: Estimate, measure: Measure, accept: Sequence[Measure] = ()
) -> Effect:
    """The effect as the wanted measure: as printed, one that is accepted for it, or from its raw numbers.

    Raw numbers give another measure only where nothing was adjusted for, or no estimate is printed: an
    adjusted one is not replaced by a crude one. Raises NotPoolableError.
    """
    effect = _poolable_effect(estimate)
    if effect.measure == measure or effect.measure in accept:
        return effect
    crude = effect.estimate is None or record.model_of(estimate).adjustment == "none"
    if crude and (effect.groups is not None or effect.group is not None):
        raw = only(effect, "groups" if effect.groups is not None else "group")
        found = raw.model_copy(update={"measure": measure})
        try:
            to_analysis_scale(found)
        except NotPoolableError:
            raise NotPoolableError(f"measure is {effect.measure}, not {measure}") from None
        return found
    raise NotPoolableError(f"measure is {effect.measure}, not {measure}")


def _poolable_effect(estimate: Estimate) -> Effect:
    if estimate.not_poolable is not None:
        raise NotPoolableError(estimate.not_poolable)
    if estimate.effect is None:
        raise NotPoolableError("examined, no number printed")
    if estimate.effect.within is not None:
        raise NotPoolableError(f"slope over a part of the exposure's range ({estimate.effect.within})")
    return estimate.effect


def _exposure_factor(effect: Effect, exposure: Exposure, per: str) -> float:
    if effect.per is None:
        raise NotPoolableError(f"compares groups; not a slope per {per}")
    try:
        printed, wanted = _without_sd(parse_quantity(effect.per), parse_quantity(per), exposure.sd)
        factor = conversion_factor(wanted.unit, printed.unit)
    except UnitError as error:
        raise NotPoolableError(f"exposure step: {error}") from None
    if printed.number <= 0:
        raise NotPoolableError(f"exposure step {effect.per} is not positive")
    return float(wanted.number / printed.number) * factor


def _check_contrast(effect: Effect, target: TargetScale, same: Same) -> None:
    if effect.per is not None:
        raise NotPoolableError(f"a slope per {effect.per}; not a comparison of groups")
    if target.versus is None:
        return
    if effect.versus is None:
        raise NotPoolableError("which groups are compared is not stated")
    for printed, wanted in (
        (effect.versus.exposed, target.versus.exposed),
        (effect.versus.reference, target.versus.reference),
    ):
        if not same.are_one("groups", printed, wanted):
            raise NotPoolableError(f"compares {effect.versus.exposed} with {effect.versus.reference}")


def _outcome_factor(outcome: Outcome, target: TargetScale) -> float:
    if target.unit is None:
        return 1.0
    try:
        printed, wanted = _without_sd(parse_quantity(outcome.unit), parse_quantity(target.unit), outcome.sd)
        return float(printed.number / wanted.number) * conversion_factor(printed.unit, wanted.unit)
    except UnitError as error:
        raise NotPoolableError(f"outcome: {error}") from None


def _without_sd(printed: Quantity, wanted: Quantity, sd: str | None) -> tuple[Quantity, Quantity]:
    """Both quantities in units, where one of them is in SDs and the study's own SD is known."""
    if sd is None or printed.unit == wanted.unit:
        return printed, wanted
    known = parse_quantity(sd)
    if known.number <= 0:
        raise UnitError(f"the SD {sd} is not positive")
    first, second = (
        Quantity(each.number * known.number, known.unit) if each.unit == "SD" else each
        for each in (printed, wanted)
    )
    return first, second


def _interval(effect: Effect, yi: float, scale: AnalysisScale, level: float) -> tuple[float, float] | None:
    """Printed limits, one of them as far from the estimate as the other where it stands alone."""
    if abs(effect.level.fraction - level) > 1e-9:
        return None
    if effect.ci is not None:
        first, second = (scale.forward(float(limit)) for limit in effect.ci)
        return first, second
    if effect.limit is None or effect.se is not None:
        return None
    end = scale.forward(float(effect.limit))
    return end, 2 * yi - end


def _wald(yi: float, sei: float, level: float) -> tuple[float, float]:
    half = float(ndtri(0.5 + level / 2)) * sei
    return yi - half, yi + half
