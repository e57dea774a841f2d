"""Rules about an estimate and its confidence interval."""

from __future__ import annotations

import math

from evidence.audit.arithmetic import LEAST_SHOWN_P, Interval, p_range, z_of
from evidence.audit.consistency import (
    excludes_no_effect,
    includes_no_effect,
    is_inside,
    p_agrees,
    p_from_correlation,
    p_from_interval,
    p_from_se,
    p_from_t,
    se_agrees,
    se_from_interval,
    statistic_fits,
    statistic_from_interval,
    statistic_from_se,
)
from evidence.audit.explanations import nearest_consistent, nominal_p
from evidence.audit.methods import (
    asymmetry_limit,
    p_limit,
    se_factor,
    states_another_method,
    states_asymmetry,
    usual_share,
)
from evidence.audit.printed_effect import PrintedEffect
from evidence.audit.rule import EFFECT_RULES, ERROR, NOTE, WARNING, Finding
from evidence.records.parsing import KeyPath
from evidence.records.printed import Printed, PValue
from evidence.records.scales import RATIOS
from evidence.wording import format_like, p_text, significant

SLIGHT_ASYMMETRY = 0.05
"""Share of the half-width up to which an interval off its estimate is no more than worth knowing."""


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
    if effect.limit is not None and not is_inside(effect):
        where = "below" if effect.lower is not None else "above"
        says = f"the estimate {effect.estimate} lies {where} its own {effect.level_text} limit {effect.limit}"
        return Finding(("estimate",), says, "A sign or digit wrong, or is it the other limit?")
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
    if effect.region is None or effect.region.vertices or not is_inside(effect) or states_asymmetry(effect):
        return None
    assert effect.centre is not None
    assert effect.limits is not None
    lower, upper = effect.limits
    middle = Interval((lower.low + upper.low) / 2, (lower.high + upper.high) / 2)
    off = max(middle.low - effect.centre.high, effect.centre.low - middle.high)
    share = off / max((sum(upper) - sum(lower)) / 4, 1e-300)
    centre = format_like(effect.scale.back(sum(middle) / 2), effect.estimate.value)
    where = "" if effect.scale.name == "identity" else f" on the {effect.scale.name} scale"
    says = f"the interval {effect.interval_text} is not centred on {effect.estimate} but on {centre}{where}"
    if _is_centred_without_scale(effect):
        hint = "It is centred without logarithms: check how it was computed, and the measure."
        return Finding(("ci",), says, hint, NOTE if share < SLIGHT_ASYMMETRY else None)
    if share < SLIGHT_ASYMMETRY:
        return Finding(("ci",), says, "Slight: a profile or bootstrap interval may be so.", NOTE)
    limit = asymmetry_limit(effect)
    if share <= usual_share(effect) * limit:
        return Finding(("ci",), says, f"{nearest_consistent(effect)} {OTHER_INTERVAL}", NOTE)
    return Finding(("ci",), says, nearest_consistent(effect), ERROR if share > limit else None)


OTHER_INTERVAL = "Or it is no Wald interval: small studies often print such. 'ci_method' can say so."


def _is_centred_without_scale(effect: PrintedEffect) -> bool:
    assert effect.lower is not None
    assert effect.upper is not None
    middle = Interval(
        (effect.lower.lowest + effect.upper.lowest) / 2, (effect.lower.highest + effect.upper.highest) / 2
    )
    return middle.meets(Interval(effect.estimate.lowest, effect.estimate.highest))


@EFFECT_RULES.rule("ratio-not-positive", ERROR)
def ratio_not_positive(effect: PrintedEffect) -> Finding | None:
    """A ratio and its limits are above zero."""
    if effect.measure not in RATIOS or effect.log:
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
    """A correlation lies between -1 and 1, a proportion or risk difference within 100%."""
    bounds = {"r": (-1.0, 1.0), "proportion": (0.0, 100.0), "RD": (-100.0, 100.0)}.get(effect.measure)
    if bounds is None:
        return None
    for at, number in _numbers(effect):
        if number.lowest > bounds[1] or number.highest < bounds[0]:
            says = f"{number} cannot be a {effect.measure}: it lies between {bounds[0]:g} and {bounds[1]:g}"
            if at[0] != "estimate":
                return Finding(at, says, "Wald's interval of a small study may reach there.", WARNING)
            return Finding(at, says, nearest_consistent(effect))
    return None


def _numbers(effect: PrintedEffect) -> list[tuple[KeyPath, Printed]]:
    found: list[tuple[KeyPath, Printed]] = [(("estimate",), effect.estimate)]
    if effect.limit is not None:
        found.append((("lower" if effect.lower is not None else "upper",), effect.limit))
    elif effect.lower is not None and effect.upper is not None:
        found += [(("ci", 0), effect.lower), (("ci", 1), effect.upper)]
    return found


@EFFECT_RULES.rule("unusual-level", NOTE)
def unusual_level(effect: PrintedEffect) -> Finding | None:
    """An interval of another level than 95% is easily mistaken for one."""
    if (effect.lower is None and effect.upper is None) or abs(effect.level - 0.95) < 1e-9:
        return None
    return Finding(
        ("level",), f"the interval is one of {effect.level_text}, not of 95%", "It is converted when pooled."
    )


# Rules about p-values.


@EFFECT_RULES.rule("p-against-significance", ERROR)
def p_against_significance(effect: PrintedEffect) -> Finding | None:
    """p and interval cannot disagree on whether no effect is excluded."""
    allowed = p_from_interval(effect)
    if effect.p is None or allowed is None or p_agrees(effect.p, allowed):
        return None
    # 1 - 0.05 is 0.95, but 1 - 0.95 is not quite 0.05
    if excludes_no_effect(effect) and 1 - effect.p.lowest <= effect.level:
        verb = "excludes"
    elif includes_no_effect(effect) and 1 - effect.p.highest >= effect.level:
        verb = "includes"
    else:
        return None
    null = f"{effect.scale.null:g}"
    says = f"{shown_p(effect.p)} cannot come from {effect.interval_text}, which {verb} {null}"
    if is_gross(effect, allowed):
        return Finding(("p",), says, nearest_consistent(effect))
    if states_another_method(effect):
        return None
    return Finding(("p",), says, f"{nearest_consistent(effect)} {OTHER_METHOD}", WARNING)


@EFFECT_RULES.rule("p-against-interval", WARNING)
def p_against_interval(effect: PrintedEffect) -> Finding | None:
    """p follows from the estimate and its interval, up to rounding and the choice of test."""
    if not is_inside(effect) or p_against_significance(effect) is not None:
        return None
    return p_mismatch(effect, p_from_interval(effect), f"{effect.estimate} {effect.interval_text}")


@EFFECT_RULES.rule("p-against-statistic", WARNING)
def p_against_statistic(effect: PrintedEffect) -> Finding | None:
    """p follows from the test statistic and its degrees of freedom."""
    df = "" if effect.df is None else f" with {effect.df:g} degrees of freedom"
    source = f"the test statistic {effect.t}{df}"
    return p_mismatch(effect, p_from_t(effect), source, is_exact=effect.df is not None)


@EFFECT_RULES.rule("p-against-correlation", WARNING)
def p_against_correlation(effect: PrintedEffect) -> Finding | None:
    """p of a correlation follows from r and n."""
    source = f"r = {effect.estimate} among {effect.n} persons"
    return p_mismatch(effect, p_from_correlation(effect), source)


def p_mismatch(
    effect: PrintedEffect, allowed: Interval | None, source: str, is_exact: bool = False
) -> Finding | None:
    """A finding at a p-value that is not among those its source allows; is_exact: whatever the method."""
    if effect.p is None or allowed is None or p_agrees(effect.p, allowed):
        return None
    exact = nominal_p(effect)
    gives = p_range(allowed)
    if exact is not None and allowed.low <= exact <= allowed.high:
        gives = p_text(exact, LEAST_SHOWN_P)
    says = f"{shown_p(effect.p)} does not follow from {source}, which gives {gives}"
    margin = (
        "" if gives == p_range(allowed) else f"Rounding and the choice of test allow {p_range(allowed)}. "
    )
    hint = margin + nearest_consistent(effect)
    if is_gross(effect, allowed):
        return Finding(("p",), says, hint, ERROR)
    if states_another_method(effect):
        return None
    usual = not is_exact and share_of_limit(effect, allowed) <= usual_share(effect)
    return Finding(("p",), says, f"{hint} {OTHER_METHOD}", NOTE if usual else None)


OTHER_METHOD = "Or p is of another test than the interval: 'test' and 'ci_method' can say so."


def is_gross(effect: PrintedEffect, allowed: Interval) -> bool:
    """Whether no choice of methods explains how far a printed p is from the allowed ones."""
    return share_of_limit(effect, allowed) > 1


def share_of_limit(effect: PrintedEffect, allowed: Interval) -> float:
    """How far a printed p is from the allowed ones, as a share of the furthest that methods explain."""
    assert effect.p is not None
    z = min(LARGEST_Z, max(z_of(allowed.low), z_of(effect.p.lowest)))
    return distance(effect.p, allowed) / p_limit(effect, z)


LARGEST_Z = 8.0
"""A p-value of less is printed as a bound."""


def distance(p: PValue, allowed: Interval) -> float:
    """How far a printed p lies from the allowed ones, in standard errors of the estimate."""
    if p.lowest > allowed.high:
        return z_of(allowed.high) - z_of(p.lowest)
    return z_of(p.highest) - z_of(allowed.low)


def shown_p(p: PValue) -> str:
    """`p = 0.35` or `p < 0.001`, as printed."""
    assert p.number is not None  # one that is not printed contradicts nothing
    relation = {"<=": "≤", ">=": "≥"}.get(p.relation, p.relation)
    return f"p {relation} {p.number.text.strip()}"


# Rules about standard errors and test statistics.


SD_TOLERANCE = 0.1
"""Relative distance from sqrt(n) within which SD / SE is taken for it: some persons are missing."""

LEAST_N_FOR_SD = 9


@EFFECT_RULES.rule("se-against-interval", ERROR)
def se_against_interval(effect: PrintedEffect) -> Finding | None:
    """The standard error follows from the width of the interval."""
    allowed = se_from_interval(effect)
    if (
        allowed is None
        or effect.se is None
        or effect.se.highest <= 0
        or se_agrees(effect)
        or _is_sd(effect) is not None
    ):
        return None
    says = (
        f"SE {effect.se} does not fit {effect.interval_text}, whose width gives "
        f"{significant(allowed.low)} to {significant(allowed.high)}"
    )
    hint = _other_meaning(effect, allowed) or nearest_consistent(effect)
    factor = se_factor(effect)
    if effect.se.lowest > allowed.high * factor or effect.se.highest < allowed.low / factor:
        return Finding(("se",), says, hint)
    return None if states_another_method(effect) else Finding(("se",), says, hint, WARNING)


def _other_meaning(effect: PrintedEffect, allowed: Interval) -> str | None:
    assert effect.se is not None
    low, high = effect.se.lowest, effect.se.highest
    if low > 0 and allowed.meets(Interval(math.sqrt(low), math.sqrt(high))):
        return f"Its square root, {significant(math.sqrt(float(effect.se)))}, fits: is it a variance?"
    if effect.measure in RATIOS and not effect.log and effect.estimate.lowest > 0:
        of_log = Interval(low / effect.estimate.highest, high / effect.estimate.lowest)
        if allowed.meets(of_log):
            return f"It fits as SE of the {effect.measure} itself; expected the SE of its logarithm."
    return None


@EFFECT_RULES.rule("sd-for-se", ERROR)
def sd_for_se(effect: PrintedEffect) -> Finding | None:
    """A standard error off by the square root of n is a standard deviation, or the reverse."""
    factor = _is_sd(effect)
    if factor is None:
        return None
    assert effect.se is not None
    consistent = float(effect.se) / factor
    word, size = "a standard error divided by sqrt(n) once too often", "smaller"
    if float(effect.se) > consistent:
        word, size = "a standard deviation", "larger"
    return Finding(
        ("se",),
        f"SE {effect.se} is {size} by about sqrt({effect.n}) than the interval, p or test statistic allow",
        f"It looks like {word}; SE {significant(consistent)} would be consistent.",
    )


def _is_sd(effect: PrintedEffect) -> float | None:
    """sqrt(n) or its inverse when the printed SE is off by that; None otherwise."""
    if effect.se is None or effect.se.lowest <= 0 or effect.n is None or effect.n < LEAST_N_FOR_SD:
        return None
    implied = _se_implied(effect)
    if implied is None or implied.low <= 0:
        return None
    ratio = Interval(effect.se.lowest / implied.high, effect.se.highest / implied.low)
    if ratio.low <= 1 <= ratio.high:
        return None
    root = math.sqrt(effect.n)
    for factor in (root, 1 / root):
        if ratio.meets(Interval(factor * (1 - SD_TOLERANCE), factor * (1 + SD_TOLERANCE))):
            return factor
    return None


def _se_implied(effect: PrintedEffect) -> Interval | None:
    """The standard error that the interval, else an exact p, gives."""
    from_interval = se_from_interval(effect)
    if from_interval is not None:
        return from_interval
    if effect.p is None or effect.p.relation != "=" or p_agrees(effect.p, p_from_se(effect)):
        return None
    return _se_from_p(effect)


def _se_from_p(effect: PrintedEffect) -> Interval | None:
    assert effect.p is not None
    assert effect.centre is not None
    size = effect.centre.magnitudes
    low, high = z_of(effect.p.highest), z_of(effect.p.lowest)
    return Interval(size.low / high, size.high / low) if low > 0 else None


@EFFECT_RULES.rule("p-against-se", WARNING)
def p_against_se(effect: PrintedEffect) -> Finding | None:
    """p follows from the estimate and its standard error."""
    if _is_sd(effect) is not None:
        return None
    return p_mismatch(effect, p_from_se(effect), f"the estimate {effect.estimate} with SE {effect.se}")


@EFFECT_RULES.rule("statistic-against-effect", WARNING)
def statistic_against_effect(effect: PrintedEffect) -> Finding | None:
    """The test statistic is the estimate over its standard error, with the same sign."""
    if effect.t is None:
        return None
    for source, allowed in (("SE", statistic_from_se(effect)), ("interval", statistic_from_interval(effect))):
        if allowed is not None and not statistic_fits(effect.t, allowed):
            says = (
                f"the test statistic {effect.t} does not fit estimate and {source}, which give "
                f"{significant(allowed.low)} to {significant(allowed.high)}"
            )
            far = _is_far(effect, allowed, source)
            return Finding(("t",), says, nearest_consistent(effect), ERROR if far else None)
    return None


def _is_far(effect: PrintedEffect, allowed: Interval, source: str) -> bool:
    """Whether a test statistic is another one than estimate and SE give, or has the other sign."""
    assert effect.t is not None
    printed = Interval(effect.t.lowest, effect.t.highest)
    gap = max(allowed.low - printed.high, printed.low - allowed.high)
    size = max(map(abs, (*printed, *(end for end in allowed if math.isfinite(end)))))
    limit = OF_ITS_OWN_SE * max(1.0, size) if source == "SE" else p_limit(effect, size)
    opposite = printed.high < 0 < allowed.low or allowed.high < 0 < printed.low
    return gap > limit or opposite


OF_ITS_OWN_SE = 0.15
"""Share of a test statistic by which it may miss estimate / SE, e.g. where one is of a pooled variance."""


@EFFECT_RULES.rule("se-not-positive", ERROR)
def se_not_positive(effect: PrintedEffect) -> Finding | None:
    """A standard error is above zero."""
    if effect.se is None or effect.se.highest > 0:
        return None
    return Finding(("se",), f"SE {effect.se} is not above zero", nearest_consistent(effect))
