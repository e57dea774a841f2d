"""The certainty of each summary of an analysis: the effect in GRADE's form, suggestions, and judgements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from evidence.records.certainty_choice import CERTAINTY, CertaintyJudgement, judged_word
from evidence.records.names import name_key
from evidence.selection.entered import entered_hash, is_stale
from evidence.wording import NOTHING, written
from synthesis.certainty.per_thousand import SOURCES, PerThousand
from synthesis.certainty.rated_effect import RatedEffect
from synthesis.certainty.suggestions import Suggestion, baseline_words, persons_in, suggestions
from synthesis.review.analysis_result import AnalysisResult, GroupResult
from synthesis.review.captions import effect_header


@dataclass(frozen=True)
class JudgedDomain:
    """One domain: what the numbers suggest, what a person judged, and the data that a judgement would name.

    stale: whether the data changed since the judgement. suggestion: None of certainty as a whole, which no
    number gives.
    """

    domain: str
    suggestion: Suggestion | None
    judgement: CertaintyJudgement | None
    stale: bool
    data: str

    @property
    def word(self) -> str:
        """What counts: the judgement, stale or not, else what is suggested; empty for neither."""
        if self.judgement is not None:
            return judged_word(self.judgement)
        return "" if self.suggestion is None else self.suggestion.word

    @property
    def told(self) -> str:
        """`serious (AB)`, `serious (AB, stale)`, `suggested: serious`, or a dash."""
        if self.judgement is not None:
            return f"{self.word} ({self.judgement.by}{', stale' if self.stale else ''})"
        return f"suggested: {self.word}" if self.word else NOTHING


@dataclass(frozen=True)
class CertaintyRow:
    """One line of a summary of findings, with what stands behind it."""

    rated: RatedEffect
    domains: tuple[JudgedDomain, ...]

    @property
    def title(self) -> str:
        """The analysis and the group."""
        name, title = self.rated.group.name, self.rated.result.analysis.title
        if self.rated.group is self.rated.result.overall:
            name = "overall"
        return f"{title}: {name}" if name else title

    @property
    def studies(self) -> int:
        """How many studies enter."""
        return len({row.candidate.record.study for row in self.rated.group.chosen})

    @cached_property
    def persons(self) -> int | None:
        """Persons, each once; None where a row does not state them."""
        return persons_in(self.rated)

    @property
    def effect(self) -> str:
        """`Odds ratio per 1 g/dL hemoglobin, over 2 g/dL: 0.81 (0.7 to 0.93)`."""
        result = self.rated.result
        header = effect_header(result.scale, result.analysis.outcome.name)
        over = f", over {self.rated.choice.contrast}" if self.rated.choice.contrast else ""
        estimate, low, high = map(written, self.rated.ends)
        return f"{header}{over}: {estimate} ({low} to {high})"

    def absolute(self) -> Iterator[str]:
        """A sentence for each baseline risk."""
        for baseline, found in self.rated.absolute:
            yield f"{baseline_words(baseline)}: {in_words(found)}"

    @property
    def beside(self) -> str:
        """That what is rated is not the summary that the review calls primary; empty where it is."""
        choice = self.rated.result.review.bayes_of(self.rated.result.analysis)
        if choice is None or choice.primary == "test" or self.rated.group.bayesian is None:
            return ""
        return "Rated is the pooled estimate; the primary summary of this analysis is the Bayesian one."

    @property
    def formula(self) -> str:
        """How the risk with the exposure is worked out, and by whom; empty without absolute effects."""
        if not any(isinstance(found, PerThousand) for _, found in self.rated.absolute):
            return ""
        return f"Risk with the exposure: {SOURCES[self.rated.result.scale.measure]}."


def in_words(found: PerThousand | str) -> str:
    """`24 fewer per 1,000 (38 fewer to 9 fewer), 276 with the exposure`."""
    if isinstance(found, str):
        return found
    cut = "; an end of the interval is cut at none or all persons" if found.cut else ""
    return (
        f"{_more(found.difference)} per 1,000 ({_more(found.low)} to {_more(found.high)}), "
        f"{found.with_exposure:.0f} with the exposure{cut}"
    )


def _more(difference: float) -> str:
    count = f"{abs(difference):.0f}"
    return count if count == "0" else f"{count} {'more' if difference > 0 else 'fewer'}"


def certainty_of(result: AnalysisResult) -> tuple[CertaintyRow, ...]:
    """One row for each summary of an analysis; none where nothing is pooled.

    Raises ValueError, with a sentence, for a curve, and where effects cannot be told over the contrast.
    """
    if result.dose is not None:
        raise ValueError("certainty is of one effect, and a dose-response analysis is a curve over doses")
    return tuple(_row(result, group) for group in result.summarised if group.summary is not None)


def unplaced_judgements(result: AnalysisResult) -> list[str]:
    """A sentence for each judgement of a group that the analysis has not."""
    choice = result.analysis.certainty
    names = {_key(_name_of(result, group)) for group in result.summarised if group.summary is not None}
    return [
        f"the judgement of {each.domain} ({each.by}, {each.on}) is of "
        + (
            f"the group '{each.group}', which has no summary"
            if each.group
            else "no group, and there are several"
        )
        for each in (() if choice is None else choice.judgements)
        if _key(each.group) not in names
    ]


def _row(result: AnalysisResult, group: GroupResult) -> CertaintyRow:
    rated = RatedEffect.of(result, group)
    found = {each.domain: each for each in suggestions(rated)}
    return CertaintyRow(
        rated,
        tuple(_judged(result, group, domain, found.get(domain)) for domain in (*found, CERTAINTY)),
    )


def _judged(
    result: AnalysisResult, group: GroupResult, domain: str, suggestion: Suggestion | None
) -> JudgedDomain:
    name = _name_of(result, group)
    choice = result.analysis.certainty
    judgements = () if choice is None else choice.judgements
    # the last judgement counts: an earlier one stays in the file as it was made
    of_this = [each for each in judgements if each.domain == domain and _key(each.group) == _key(name)]
    judgement = of_this[-1] if of_this else None
    return JudgedDomain(
        domain,
        suggestion,
        judgement,
        judgement is not None and is_stale(result.review, result.selection, judgement),
        entered_hash(result.review, result.selection, name, domain),
    )


def _name_of(result: AnalysisResult, group: GroupResult) -> str | None:
    """Of all groups together None."""
    return None if group is result.overall else group.name


def _key(name: str | None) -> str | None:
    return None if name is None else name_key(name)
