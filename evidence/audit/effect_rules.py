"""Rules about an estimate and its confidence interval."""

from __future__ import annotations

from evidence.audit.arithmetic import Interval
from evidence.audit.consistency import is_inside
from evidence.audit.explanations import nearest_consistent
from evidence.audit.printed_effect import PrintedEffect
from evidence.audit.rule import EFFECT_RULES, ERROR, NOTE, WARNING, Finding
from evidence.audit.wording import format_like
from evidence.records.measures import RATIOS
from evidence.records.printed import Printed
from evidence.records.problems import KeyPath

SLIGHT_ASYMMETRY = 0.05
"""Share of the half-width up to which an interval off its estimate is no more than worth knowing."""

GROSS_ASYMMETRY = 0.25
"""Share of the half-width beyond which no profile or bootstrap interval of a sensible size is off."""


@EFFECT_RULES.rule("limits-reversed", ERROR)
def limits_reversed(effect: PrintedEffect) -> Finding | None:
    """The lower confidence limit cannot be above the upper one."""
    if effect.lower is None or effect.upper is None or effect.lower.lowest <= effect.upper.highest:
        return None
    return Finding(
        ("ci",),
        f"the limits of {effect.interval_text} are reversed: the lower is above the upper",
        nearest_consistent(effect),
    )


@EFFECT_RULES.rule("estimate-outside-interval", ERROR)
def estimate_outside_interval(effect: PrintedEffect) -> Finding | None:
    """The point estimate cannot lie outside its own confidence interval."""
    if effect.lower is None or effect.upper is None or effect.lower.lowest > effect.upper.highest:
        return None
    if is_inside(effect):
        return None
    return Finding(
        ("estimate",),
        f"the estimate {effect.estimate} lies outside its own {effect.level_text} interval "
        f"{effect.interval_text}",
        nearest_consistent(effect),
    )


@EFFECT_RULES.rule("estimate-off-centre", WARNING)
def estimate_off_centre(effect: PrintedEffect) -> Finding | None:
    """The interval of a symmetric method is centred on its estimate, for ratios on the log scale."""
    if effect.region is None or effect.region.vertices or not is_inside(effect):
        return None
    assert effect.centre is not None
    assert effect.limits is not None
    lower, upper = effect.limits
    middle = Interval((lower.low + upper.low) / 2, (lower.high + upper.high) / 2)
    off = max(middle.low - effect.centre.high, effect.centre.low - middle.high)
    share = off / max((sum(upper) - sum(lower)) / 4, 1e-300)
    centre = format_like(effect.scale.back(sum(middle) / 2), effect.estimate)
    where = "" if effect.scale.name == "identity" else f" on the {effect.scale.name} scale"
    says = f"the interval {effect.interval_text} is not centred on {effect.estimate} but on {centre}{where}"
    if _is_centred_without_scale(effect):
        hint = "It is centred without logarithms: check how it was computed, and the measure."
        return Finding(("ci",), says, hint, NOTE if share < SLIGHT_ASYMMETRY else None)
    if share < SLIGHT_ASYMMETRY:
        return Finding(("ci",), says, "Slight: a profile or bootstrap interval may be so.", NOTE)
    return Finding(("ci",), says, nearest_consistent(effect), ERROR if share > GROSS_ASYMMETRY else None)


def _is_centred_without_scale(effect: PrintedEffect) -> bool:
    assert effect.lower is not None
    assert effect.upper is not None
    middle = Interval(
        (effect.lower.lowest + effect.upper.lowest) / 2, (effect.lower.highest + effect.upper.highest) / 2
    )
    return effect.scale.name != "identity" and middle.meets(
        Interval(effect.estimate.lowest, effect.estimate.highest)
    )


@EFFECT_RULES.rule("ratio-not-positive", ERROR)
def ratio_not_positive(effect: PrintedEffect) -> Finding | None:
    """A ratio and its limits are above zero."""
    if effect.measure not in RATIOS:
        return None
    for at, number in _numbers(effect):
        if number.highest <= 0:
            says = f"{effect.measure} {number} is not above zero"
            return Finding(
                at, says, f"{nearest_consistent(effect)} Or is it the logarithm, or another measure?"
            )
    return None


@EFFECT_RULES.rule("out-of-range", ERROR)
def out_of_range(effect: PrintedEffect) -> Finding | None:
    """A correlation lies between -1 and 1, a proportion or risk difference within 100 %."""
    bounds = {"r": (-1.0, 1.0), "proportion": (0.0, 100.0), "RD": (-100.0, 100.0)}.get(effect.measure)
    if bounds is None:
        return None
    for at, number in _numbers(effect):
        if number.lowest > bounds[1] or number.highest < bounds[0]:
            says = f"{number} cannot be a {effect.measure}: it lies between {bounds[0]:g} and {bounds[1]:g}"
            return Finding(at, says, nearest_consistent(effect))
    return None


def _numbers(effect: PrintedEffect) -> list[tuple[KeyPath, Printed]]:
    found: list[tuple[KeyPath, Printed]] = [(("estimate",), effect.estimate)]
    if effect.lower is not None and effect.upper is not None:
        found += [(("ci", 0), effect.lower), (("ci", 1), effect.upper)]
    return found


@EFFECT_RULES.rule("unusual-level", NOTE)
def unusual_level(effect: PrintedEffect) -> Finding | None:
    """An interval of another level than 95 % is easily mistaken for one."""
    if effect.lower is None or abs(effect.level - 0.95) < 1e-9:
        return None
    return Finding(
        ("level",), f"the interval is one of {effect.level_text}, not of 95 %", "It is converted when pooled."
    )
