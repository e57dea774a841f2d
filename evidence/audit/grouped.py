"""A printed effect beside the raw numbers of its two groups, as the rules see them."""

from __future__ import annotations

from dataclasses import dataclass

from evidence.audit.arithmetic import SLACK, Interval
from evidence.audit.consistency import se_from_interval
from evidence.audit.from_groups import estimates
from evidence.audit.printed_effect import PrintedEffect, printed_effect
from evidence.records.effect import Effect, Estimate
from evidence.records.parsing import KeyPath
from evidence.records.possible import faults_of_effect
from evidence.records.scales import LOG
from evidence.records.schema import Record
from evidence.wording import significant


@dataclass(frozen=True)
class Grouped:
    """A printed effect with its groups, of which no number is impossible by itself."""

    view: PrintedEffect
    effect: Effect
    is_crude: bool

    @classmethod
    def of(cls, record: Record, estimate: Estimate) -> Grouped | None:
        """None where no estimate is printed, or no groups, or it is a slope."""
        effect, view = estimate.effect, printed_effect(estimate)
        if effect is None or view is None or effect.groups is None or effect.per is not None:
            return None
        if next(faults_of_effect(effect), None) is not None:
            return None
        return cls(view, effect, record.model_of(estimate).adjustment == "none")

    @property
    def reach(self) -> Interval:
        """The rounding interval of the printed estimate, a little wider for floating point."""
        low, high = self.view.estimate.lowest, self.view.estimate.highest
        reach = Interval(low, high).widened(SLACK * max(abs(low), abs(high)))
        return Interval(*map(LOG.back, reach)) if self.effect.log else reach

    @property
    def follows(self) -> bool:
        """Whether the estimate is one that the groups give, or nothing is known of what they give."""
        ways = estimates(self.effect)
        return not ways or any(self.reach.meets(way) for way in ways)

    @property
    def printed_errors(self) -> Interval | None:
        """Standard errors that the interval allows, else those printed; None for neither."""
        found = se_from_interval(self.view)
        if found is not None and found.high > 0:
            return found
        if self.view.se is not None and self.view.se.highest > 0:
            return Interval(max(0.0, self.view.se.lowest), self.view.se.highest)
        return None

    @property
    def at_spread(self) -> KeyPath:
        """Where the number stands that `printed_errors` come from."""
        given = (name for name in ("ci", "lower", "upper") if getattr(self.effect, name) is not None)
        return ("effect", next(given, "se"))


def shown(span: Interval) -> str:
    """`0.35`, or `0.35 to 0.41` where the ends are printed differently."""
    low, high = significant(span.low, 2), significant(span.high, 2)
    return low if low == high else f"{low} to {high}"
