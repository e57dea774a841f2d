"""Rules about numbers of which too few digits are printed to be what they say."""

from __future__ import annotations

from decimal import Decimal

from evidence.audit.printed_effect import PrintedEffect
from evidence.audit.rule import EFFECT_RULES, NOTE, Finding
from evidence.wording import all_digits

MOST_DECIMALS = -30
"""Power of ten of the last place of a zero that is written out."""


@EFFECT_RULES.rule("p-zero", NOTE)
def p_zero(effect: PrintedEffect) -> Finding | None:
    """No p-value is zero: one that is printed so lies below half of its last place."""
    p = effect.p
    if p is None or p.number is None or p.number.value != 0 or p.relation in (">", ">="):
        return None
    exponent = p.number.value.as_tuple().exponent
    assert isinstance(exponent, int)  # a printed number is finite
    below = all_digits(Decimal(5).scaleb(max(exponent, MOST_DECIMALS) - 1))
    return Finding(
        ("p",), f"p {p} is not zero but below {below}", "Record it as printed: it is taken for what it is."
    )


@EFFECT_RULES.rule("interval-without-width", NOTE)
def interval_without_width(effect: PrintedEffect) -> Finding | None:
    """An interval whose limits are the same digits has no width to learn from."""
    if effect.lower is None or effect.upper is None or effect.lower.value != effect.upper.value:
        return None
    return Finding(
        ("ci",),
        f"both limits of {effect.interval_text} are the same, as printed",
        "Does the text print more digits, or an effect per larger step? Or is one limit copied?",
    )
