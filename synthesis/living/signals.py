"""What in a result that moved is worth a person's attention, each as a sentence with its source.

Shojania et al. 2007 (How quickly do systematic reviews go out of date? Ann Intern Med 147:224-233) count as
quantitative signals a change of statistical significance and a relative change of the effect by 50 % or more.
That borderline p-values, both from 0.04 to 0.06, are no signal is a convention of this program. The others
are conventions too, which are named where they stand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import compress

from evidence.wording import SIGNIFICANCE, enumerate_words, fixed, p_text
from synthesis.diagnostics.refits import without_each
from synthesis.living.movement import MovedResult, Movement
from synthesis.living.summaries import BAYESIAN, Summary
from synthesis.pooling.result import PooledSummary
from synthesis.regression.subgroup_result import Subgroup
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.modelled import ModelSummary

SHOJANIA = "Shojania 2007"
LEAVE_ONE_OUT = "Viechtbauer & Cheung 2010"
PREDICTION = "IntHout 2016"
HANDBOOK = "Cochrane Handbook 10.10.2"

RELATIVE_CHANGE = 0.5
BORDERLINE = (0.04, 0.06)
"""p-values for a level of 0.05; for another level in proportion."""
SUBSTANTIAL_I2 = 50.0
"""Percent; from here on heterogeneity may be substantial."""
MOST_NAMED = 3
MOST_LEFT_OUT = 300
"""Studies up to which each is left out: of more, none decides, and the refits would take the longest."""


@dataclass(frozen=True)
class Signal:
    """A sentence about one result. kind: which question it answers; source: whose criterion it is, if any."""

    title: str
    kind: str
    says: str
    source: str

    @property
    def words(self) -> str:
        """'Hip, men: the estimate changed its sign: ... (source)'."""
        return f"{self.title}: {self.says}" + (f" ({self.source})" if self.source else "")


def all_signals(movement: Movement) -> list[Signal]:
    """The signals of every result, and of the differences between groups, in the order of the analyses."""
    found = [signal for moved in movement.moved for signal in signals(moved)]
    for name, after in movement.new.results.items():
        if name in movement.old.results:
            found += group_signals(movement.old.results[name], after)
            found += curve_signals(movement.old.results[name], after)
    return found


def signals(moved: MovedResult) -> list[Signal]:
    """The signals of one result; none where it was or is not pooled."""
    before, after = moved.before, moved.after
    if before.kind or after.kind:
        return list(_of_interval(moved))
    if before.inference is None or after.inference is None:
        return list(_of_existence(moved))
    found = []
    for kind, (ask, source) in _QUESTIONS.items():
        says = ask(before, after)
        if says:
            found.append(Signal(moved.title, kind, says, source))
    return found


def group_signals(before: AnalysisResult, after: AnalysisResult) -> list[Signal]:
    """Whether the test that groups differ has turned; borderline p-values do not count here either."""
    if before.difference is None or after.difference is None:
        return []
    a, b = before.difference.between.p_value, after.difference.between.p_value
    says = _turned(a, b, after.method.level.fraction, "the groups now differ", "the groups differ no longer")
    return [Signal(after.analysis.title, "difference", says, "")] if says else []


def curve_signals(before: AnalysisResult, after: AnalysisResult) -> list[Signal]:
    """Whether the tests of a curve have turned, or whether nothing is left of it."""
    old = None if before.dose is None else before.dose.fit
    if old is None or after.dose is None:
        return []
    new, title = after.dose.fit, after.analysis.title
    if new is None:
        return [Signal(title, "nothing left", "nothing is left to fit a curve to", "")]
    level = after.method.level.fraction
    says = _turned(
        old.association.p_value,
        new.association.p_value,
        level,
        "the effect is now associated with the dose",
        "the effect is no longer associated with the dose",
    )
    told = {"association": says}
    if old.nonlinearity is not None and new.nonlinearity is not None:
        p = old.nonlinearity.p_value, new.nonlinearity.p_value
        told["non-linearity"] = _turned(*p, level, "the curve is now bent", "the curve is no longer bent")
    return [Signal(title, kind, words, "") for kind, words in told.items() if words]


def _turned(before: float, after: float, level: float, now: str, no_longer: str) -> str:
    """What to say of a test that turned, with both p-values; nothing where both are borderline."""
    alpha = alpha_of(level)
    low, high = (edge * alpha / SIGNIFICANCE for edge in BORDERLINE)
    if (before < alpha) == (after < alpha) or math.isnan(before + after):
        return ""
    if all(_within(p, low, high) for p in (before, after)):
        return ""
    return f"{now if after < alpha else no_longer}: {p_text(before)} before, {p_text(after)} after"


def _of_interval(moved: MovedResult) -> Iterator[Signal]:
    """Of what stands beside the pool and has an interval and no test: whether it includes no effect."""
    includes = [_includes_none(each) for each in (moved.before, moved.after)]
    if None not in includes and includes[0] is not includes[1]:
        interval = "credible interval" if moved.after.kind == BAYESIAN else "interval"
        says = f"the {interval} {'now includes' if includes[1] else 'no longer includes'} no effect"
        yield Signal(moved.title, moved.after.kind, says, "")


def _includes_none(summary: Summary) -> bool | None:
    """Whether an interval includes no effect; None where there is no interval, or no such value."""
    if summary.numbers is None or summary.shown_null is None:
        return None
    return summary.numbers[1] <= summary.shown_null <= summary.numbers[2]


def _of_existence(moved: MovedResult) -> Iterator[Signal]:
    if moved.before.k and not moved.after.k:
        yield Signal(moved.title, "nothing left", "nothing is left to pool", "")


def is_significant(summary: Summary) -> bool:
    """Whether the test of a pooled result rejects no effect at its level."""
    return _pooled(summary).p_value < alpha_of(summary.level)


def alpha_of(level: float) -> float:
    """0.05 at a level of 0.95, where the difference in binary is a little more."""
    return round(1 - level, 12)


def _significance(before: Summary, after: Summary) -> str:
    if before.null is None:
        return ""
    a, b = _pooled(before).p_value, _pooled(after).p_value
    now, no_longer = "the result is now significant", "the result is no longer significant"
    return _turned(a, b, after.level, now, no_longer)


def _within(p: float, low: float, high: float) -> bool:
    """With a little room: 0.05 x 1.2 is not quite 0.06 in binary."""
    return low - 1e-12 <= p <= high + 1e-12


def _magnitude(before: Summary, after: Summary) -> str:
    """On the scale of pooling, where no effect is zero: the logarithm of a ratio."""
    a, b = _pooled(before).estimate, _pooled(after).estimate
    if before.null is None:
        assert before.numbers is not None
        assert after.numbers is not None
        a, b = before.numbers[0], after.numbers[0]
    if a == 0 or abs(b - a) < RELATIVE_CHANGE * abs(a) * (1 - 1e-12):
        return ""
    share = fixed(100 * abs(b - a) / abs(a), 0)
    held = _pooled(before)
    remark = (
        "; the new estimate lies within the old interval"
        if held.ci_low <= _pooled(after).estimate <= held.ci_high
        else ""
    )
    of = "log ratio" if before.log else "effect"
    return f"the {of} changed by {share} % of what it was{remark}"


def _sign(before: Summary, after: Summary) -> str:
    if (
        before.null is None
        or (_pooled(before).estimate - before.null) * (_pooled(after).estimate - before.null) >= 0
    ):
        return ""
    return "the estimate is now on the other side of no effect"


def _prediction(before: Summary, after: Summary) -> str:
    if before.null is None:
        return ""
    a, b = (_predicts_none(each, before.null) for each in (_pooled(before), _pooled(after)))
    if a is None or b is None or a == b:
        return ""
    turned = "now includes" if b else "no longer includes"
    return f"the prediction interval {turned} no effect"


def _predicts_none(pooled: PooledSummary | Subgroup | ModelSummary, null: float) -> bool | None:
    if math.isnan(pooled.prediction_low):
        return None
    return pooled.prediction_low <= null <= pooled.prediction_high


def _leave_one_out(before: Summary, after: Summary) -> str:
    if before.null is None or before.pooled is None or after.pooled is None:
        return ""
    names = deciding(after.pooled)
    if not names or deciding(before.pooled):
        return ""
    now = "significant" if is_significant(after) else "not significant"
    which = enumerate_words(names, "or") if len(names) <= MOST_NAMED else f"any of {len(names)} studies"
    return f"one study decides: the result is {now}, and without {which} it is the opposite"


def deciding(pooled: PooledSummary) -> list[str]:
    """The studies without any one of which the result changes its significance; none for fewer than three."""
    if not 3 <= pooled.k <= MOST_LEFT_OUT:
        return []
    refits = without_each(pooled)
    alpha = alpha_of(pooled.level)
    return list(compress(refits.labels, (refits.p_value < alpha) != (pooled.p_value < alpha)))


def _heterogeneity(before: Summary, after: Summary) -> str:
    a, b = _pooled(before).I2, _pooled(after).I2
    if not (b >= SUBSTANTIAL_I2 and not a >= SUBSTANTIAL_I2):
        return ""
    was = "nothing" if math.isnan(a) else f"{fixed(a, 0)} %"
    return f"heterogeneity may now be substantial: I² {fixed(b, 0)} %, {was} before"


def _pooled(summary: Summary) -> PooledSummary | Subgroup | ModelSummary:
    found = summary.inference
    assert found is not None  # asked of pooled results only
    return found


_QUESTIONS: dict[str, tuple[Callable[[Summary, Summary], str], str]] = {
    "significance": (_significance, SHOJANIA),
    "magnitude": (_magnitude, SHOJANIA),
    "sign": (_sign, ""),
    "prediction": (_prediction, PREDICTION),
    "leave-one-out": (_leave_one_out, LEAVE_ONE_OUT),
    "heterogeneity": (_heterogeneity, HANDBOOK),
}
