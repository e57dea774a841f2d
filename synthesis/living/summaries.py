"""Every analysis of a version: pooled, as the numbers that are shown, or the reason why it is refused."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from evidence.audit.auditing import contradicted_estimates
from evidence.records.bayes_choice import BayesChoice
from evidence.records.review import Analysis, LoadedReview
from evidence.records.scales import AnalysisScale, analysis_scale
from evidence.records.schema import Record
from evidence.wording import enumerate_words, format_number, format_ratio, p_text
from synthesis.pooling.api import LEVEL
from synthesis.pooling.result import PooledSummary
from synthesis.regression.subgroup_result import Subgroup
from synthesis.review.analysis import analyse, of_each
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.captions import is_log
from synthesis.review.chosen_method import chosen_method
from synthesis.review.curve_parts import SHAPE, CurvePart, curve_parts
from synthesis.review.direction_words import outside_the_pool, sign_tests
from synthesis.review.forest_table import decimals_of
from synthesis.review.modelled import ModelSummary

Kind = Literal["", "bayesian", "unreported", "directions", "curve", "coefficient", "shape"]
BAYESIAN: Kind = "bayesian"
UNREPORTED: Kind = "unreported"
DIRECTIONS: Kind = "directions"
BESIDE: Mapping[Kind, str] = {
    BAYESIAN: "Bayesian estimate",
    UNREPORTED: "with results without a number",
    DIRECTIONS: "directions",
}
"""What stands beside a pool, as titles name it."""

TOLERANCE = 1e-9
"""Of the interval or the estimate: fits that differ by less are one, as rows may stand in another order."""


@dataclass(frozen=True)
class Summary:
    """One pooled result: numbers (estimate, low, high) as they are shown; k = 0 has none.

    null: no effect, on the scale of pooling; None where there is no such value. mean: of a group that shares
    its tau2 with others, model: of rows that may share persons, in place of pooled. kind: of what stands
    beside the pool, else empty. primary: where a Bayesian summary stands beside the pool, which of the two
    the review calls so. says: what is shown in place of numbers.
    """

    k: int
    numbers: tuple[float, float, float] | None
    decimals: int
    log: bool
    pooled: PooledSummary | None = None
    null: float | None = None
    mean: Subgroup | None = None
    level: float = LEVEL
    model: ModelSummary | None = None
    kind: Kind = ""
    primary: bool | None = None
    says: str = ""

    @property
    def inference(self) -> PooledSummary | Subgroup | ModelSummary | None:
        """What was pooled, with its test, intervals and heterogeneity; None where nothing was."""
        return self.model or (self.mean if self.pooled is None else self.pooled)

    @property
    def method_sentence(self) -> str | None:
        """How it was pooled; None of a group that shares its tau2 with others, and where nothing was."""
        found = self.pooled or self.model
        return None if found is None else found.method_sentence

    def shown(self, decimals: int) -> str:
        """'0.0039 [−0.0093, 0.0170]', with a true minus; ', primary' where another summary is not."""
        if self.numbers is None:
            return self.says or "nothing"
        write = format_ratio if self.log else format_number
        estimate, low, high = (write(number, decimals) for number in self.numbers)
        return f"{estimate} [{low}, {high}]{', primary' if self.primary else ''}"

    @property
    def shown_null(self) -> float | None:
        """No effect, on the scale that readers see."""
        return None if self.null is None else 1.0 if self.log else self.null

    def is_same(self, other: Summary) -> bool:
        """Whether nothing moved: the number of estimates, the estimate and its interval, what is primary.

        A summary without another beside it is the primary one. Of a fact about a curve only its words count.
        """
        if self.kind == other.kind == SHAPE:
            return self.says == other.says
        if self.k != other.k or (self.numbers is None) != (other.numbers is None):
            return False
        if self.numbers is None or other.numbers is None:
            return self.says == other.says
        if (self.primary is False) != (other.primary is False):
            return False
        allowed = TOLERANCE * max(abs(self.numbers[2] - self.numbers[1]), abs(self.numbers[0]))

        def is_near(a: float, b: float) -> bool:
            return a == b or abs(a - b) <= allowed or (math.isnan(a) and math.isnan(b))

        return all(map(is_near, self.numbers, other.numbers))


NOTHING_POOLED = Summary(0, None, 0, False)


@dataclass(frozen=True)
class Pooling:
    """The analyses of a version: results, the numbers of their groups, or why they are refused.

    summaries: of an analysis by id: by the name of each of its groups, by '' of all of them together; and
    what stands beside these, by `beside_name`.
    """

    results: Mapping[str, AnalysisResult]
    summaries: Mapping[str, Mapping[str, Summary]]
    refusals: Mapping[str, str]

    @classmethod
    def of(
        cls,
        loaded: LoadedReview,
        only: Collection[str] | None = None,
        contradicted: Contradictions | None = None,
    ) -> Pooling:
        """Pool by the review's own method; only: the ids of these analyses, else of all.

        Raises ValueError for a method that is not known.
        """
        analyses = [each for each in loaded.review.analyses if only is None or each.id in only]
        method = chosen_method(loaded.review)
        reasons = (contradicted or Contradictions()).of(loaded.records) if analyses else {}

        def make(analysis: Analysis) -> tuple[AnalysisResult, Mapping[str, Summary]]:
            result = analyse(loaded, analysis, method, contradicted=reasons)
            return result, summaries_of(result)

        made, refusals = of_each(analyses, make)
        results = {name: result for name, (result, _) in made.items()}
        return cls(results, {name: summaries for name, (_, summaries) in made.items()}, refusals)


class Contradictions:
    """Which estimates cannot be true; a record that two versions share is asked once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Record, dict[tuple[str, str], str]]] = {}

    def of(self, records: Iterable[Record]) -> dict[tuple[str, str], str]:
        """Why, by (study, estimate id), estimates of these records never enter a pool."""
        found: dict[tuple[str, str], str] = {}
        for record in records:
            key = id(record)  # held beside the answer, so that no other record takes its number
            if key not in self._known:
                self._known[key] = (record, contradicted_estimates([record]))
            found |= self._known[key][1]
        return found


def summaries_of(result: AnalysisResult, decimals: int | None = None) -> dict[str, Summary]:
    """The numbers of each group of an analysis by its name; by '' of all together, where they are.

    What a review asks for beside them follows: Bayesian summaries, pools with results without a number, and
    directions outside the pool. Of a curve these are its parts, by their names.

    decimals: to show them with; None: as many as they need, which takes a while to find out.
    """
    decimals = decimals_of(result) if decimals is None else decimals
    found = {each.name: _of_curve(result, each) for each in curve_parts(result, decimals)}
    for group in result.summarised:
        name = group.name or ""
        found[name] = _summary(result, group, decimals)
        for kind, numbers in _beside(result, group).items():
            found[beside_name(name, kind)] = beside(result, kind, len(group.units), numbers, decimals)
    return found | directions_of(result)


def beside_name(group: str, kind: Kind) -> str:
    """Under which name a summary of a group stands that is beside its pool: 'men, Bayesian estimate'."""
    return ", ".join(text for text in (group, BESIDE[kind]) if text)


def asks_for_bayes(result: AnalysisResult) -> BayesChoice | None:
    """What the Bayesian summaries of an analysis are made by; None where it has none."""
    return None if result.is_modelled else result.review.bayes_of(result.analysis)


_Ends = tuple[float, float, float]


def _beside(result: AnalysisResult, group: GroupResult) -> dict[Kind, _Ends | None]:
    """Estimate, low and high of what stands beside a group's pool, on the scale of pooling."""
    found: dict[Kind, _Ends | None] = {}
    if asks_for_bayes(result) is not None:
        by_bayes = group.bayesian
        found[BAYESIAN] = (
            None if by_bayes is None else (by_bayes.mu.median, by_bayes.mu.low, by_bayes.mu.high)
        )
    if result.analysis.unreported:
        silent = None if group.unreported is None else group.unreported.pooled
        found[UNREPORTED] = None if silent is None else (silent.estimate, silent.ci_low, silent.ci_high)
    return found


def beside(result: AnalysisResult, kind: Kind, k: int, numbers: _Ends | None, decimals: int = 0) -> Summary:
    """A summary of k units beside a pool from its numbers on the scale of pooling; None: there is none.

    decimals: to show them with; of what one change does alone the shift is shown.
    """
    scale, choice = analysis_scale(result.scale.measure), asks_for_bayes(result)
    null = None if scale.null is None else scale.forward(scale.null)
    return Summary(
        0 if numbers is None else k,
        None if numbers is None else shown_numbers(scale, *numbers),
        decimals,
        is_log(scale),
        null=null,
        level=result.method.level.fraction,
        kind=kind,
        primary=choice.primary == "bayesian" if kind == BAYESIAN and choice is not None else None,
    )


def directions_of(result: AnalysisResult) -> dict[str, Summary]:
    """Directions and sign tests, where somebody tells a direction outside the pool; nothing elsewhere."""
    tests = sign_tests(result)
    outside = outside_the_pool(tests)
    if not outside:
        return {}
    told = []
    for each in tests:
        test = each.test
        counts = {
            "positive": test.positive,
            "negative": test.negative,
            "none": test.none,
            "mixed": test.mixed,
        }
        words = enumerate_words([f"{count} {word}" for word, count in counts.items() if count])
        p = f", sign test {p_text(test.p_value)}" if test.k else ""
        where = f"{', '.join(each.domain)}: " if len(tests) > 1 else ""
        told.append(f"{where}{words or 'none told'}{p}")
    names = enumerate_words([f"{study} {direction}" for study, direction in outside])
    k = sum(each.test.k for each in tests)
    says = "; ".join([*told, f"outside the pool {names}"])
    return {BESIDE[DIRECTIONS]: Summary(k, None, 0, False, kind=DIRECTIONS, says=says)}


def _of_curve(result: AnalysisResult, part: CurvePart) -> Summary:
    assert result.dose is not None
    assert result.dose.fit is not None
    return Summary(
        result.dose.fit.k,
        part.numbers,
        part.decimals,
        part.log,
        null=part.null,
        level=result.method.level.fraction,
        kind=part.kind,
        says=part.says,
    )


def _summary(result: AnalysisResult, group: GroupResult, decimals: int) -> Summary:
    scale, found = analysis_scale(result.scale.measure), group.summary
    null = None if scale.null is None else scale.forward(scale.null)
    level = result.method.level.fraction
    if found is None:
        return Summary(0, None, decimals, is_log(scale), None, null, level=level)
    numbers = shown_numbers(scale, found.estimate, found.ci_low, found.ci_high)
    model = found if isinstance(found, ModelSummary) else None
    choice = asks_for_bayes(result)
    return Summary(
        found.k,
        numbers,
        decimals,
        is_log(scale),
        group.pooled,
        null,
        group.mean,
        level,
        model,
        primary=None if choice is None or group.bayesian is None else choice.primary == "test",
    )


def shown_numbers(
    scale: AnalysisScale, estimate: float, low: float, high: float
) -> tuple[float, float, float]:
    """An estimate and its limits on the scale that readers see."""
    return scale.back(estimate), scale.back(low), scale.back(high)
