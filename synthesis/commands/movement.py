"""How a new record moves the review: every pooled result before and after, and what stayed out and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from evidence.audit.auditing import contradicted_estimates
from evidence.records.review import EACH, Analysis, LoadedReview, Review
from evidence.records.scales import analysis_scale
from evidence.records.schema import Record
from evidence.selection.selection import Candidate, candidates, matches
from evidence.wording import format_number, format_ratio
from synthesis.commands.loading import method_of
from synthesis.review.analysis import AnalysisResult, GroupResult, analyse, of_each
from synthesis.review.captions import is_log
from synthesis.review.forest_table import forest_table
from synthesis.terminal import visible


@dataclass(frozen=True)
class Summary:
    """One pooled result on the display scale; k = 0 has no numbers."""

    k: int
    numbers: tuple[float, float, float] | None
    decimals: int
    log: bool

    def shown(self, decimals: int) -> str:
        """'0.0039 [-0.0093, 0.0170]', with a true minus."""
        if self.numbers is None:
            return "nothing"
        write = format_ratio if self.log else format_number
        estimate, low, high = (write(number, decimals) for number in self.numbers)
        return f"{estimate} [{low}, {high}]"


@dataclass(frozen=True)
class Pooling:
    """Every analysis of a review: its result and the numbers of its groups, or why it is refused.

    summaries: of an analysis by name: its title, and the site where it has groups.
    """

    results: Mapping[str, AnalysisResult]
    summaries: Mapping[str, Mapping[str, Summary]]
    refusals: Mapping[str, str]

    @classmethod
    def of(cls, loaded: LoadedReview) -> Pooling:
        """Pool all analyses by the review's own method."""
        method = method_of(loaded.review, None, None)
        contradicted = contradicted_estimates(loaded.records)

        def make(analysis: Analysis) -> tuple[AnalysisResult, Mapping[str, Summary]]:
            result = analyse(loaded, analysis, method, contradicted=contradicted)
            return result, _summaries(result)

        made, refusals = of_each(loaded.review.analyses, make)
        results = {name: result for name, (result, _) in made.items()}
        return cls(results, {name: summaries for name, (_, summaries) in made.items()}, refusals)


def _summaries(result: AnalysisResult) -> dict[str, Summary]:
    title, decimals = result.analysis.title, forest_table(result).decimals or 0
    return {
        f"{title}: {group.name}" if group.name else title: _summary(result, group, decimals)
        for group in result.summarised
    }


def _summary(result: AnalysisResult, group: GroupResult, decimals: int) -> Summary:
    scale, pooled = analysis_scale(result.scale.measure), group.mean or group.pooled
    if pooled is None:
        return Summary(0, None, decimals, is_log(scale))
    numbers = (scale.back(pooled.estimate), scale.back(pooled.ci_low), scale.back(pooled.ci_high))
    return Summary(pooled.k, numbers, decimals, is_log(scale))


def movement_lines(review: Sequence[Analysis], before: Pooling, after: Pooling) -> list[Text]:
    """One line a result that moved or is refused, then one for the others."""
    rows: list[tuple[str, str, str]] = []
    refused = []
    for analysis in review:
        reason = after.refusals.get(analysis.id)
        if reason is None:
            rows += _moved(before.summaries.get(analysis.id, {}), after.summaries.get(analysis.id, {}))
        else:
            still = "is still" if analysis.id in before.refusals else "is now"
            refused.append(
                Text(f" {visible(analysis.title)} {still} refused: {visible(reason)}", style="bold red")
            )
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    lines = [Text(f" {_padded(a, widths[0])}  {_padded(b, widths[1])}  {c}") for a, b, c in rows]
    rest = "other analyses unchanged" if lines or refused else "no pooled result changed"
    return [*lines, *refused, Text(f" {rest}", style="dim")]


def _moved(before: Mapping[str, Summary], after: Mapping[str, Summary]) -> Iterator[tuple[str, str, str]]:
    for name in dict.fromkeys([*before, *after]):
        nothing = Summary(0, None, 0, False)
        old, new = before.get(name, nothing), after.get(name, nothing)
        if (old.k, old.numbers) != (new.k, new.numbers):
            decimals = max(old.decimals, new.decimals)
            yield visible(name), old.shown(decimals), f"→  {new.shown(decimals)}   (k {old.k} → {new.k})"


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def reasons_to_stay_out(loaded: LoadedReview, record: Record, after: Pooling) -> dict[str, list[str]]:
    """For each estimate of a record that enters no analysis: why, by estimate id."""
    reasons = {}
    for found in candidates(loaded.review, [record]):
        if not any(_enters(found, result) for result in after.results.values()):
            reasons[found.estimate.id] = _reasons(found, loaded.review, after)
    return reasons


def _enters(found: Candidate, result: AnalysisResult) -> bool:
    return any(_is_of(found, each.candidate) for each in result.selection.chosen)


def _is_of(found: Candidate, shown: Candidate) -> bool:
    """Whether a row is an estimate itself, or stands for it as one arm of several."""
    same_study = shown.record.study == found.record.study
    return same_study and found.estimate.id in (shown.estimate.id, *shown.stands_for)


def _reasons(found: Candidate, review: Review, after: Pooling) -> list[str]:
    analyses = review.analyses
    said = []
    for name, result in after.results.items():
        selection = result.selection
        if any(silent.name == found.name for silent in selection.silent):
            said.append(f"{name}: examined without a number; shown as such, pooled nowhere")
        for left_out in (*selection.left_out, *selection.other_models):
            if _is_of(found, left_out.candidate):
                said.append(f"{name}: {left_out.reason}")
    said += [
        f"{each.id}: refused"
        for each in analyses
        if each.id in after.refusals and matches(found, each, review.same)
    ]
    return said or [_no_question(found, analyses)]


def _no_question(found: Candidate, analyses: Sequence[Analysis]) -> str:
    """The first thing that no analysis asks for: the outcome, the place, or the stratum."""
    outcome = found.record.outcome_of(found.estimate).name
    same = [each for each in analyses if each.outcome.name.casefold() == outcome.casefold()]
    if not same:
        known = dict.fromkeys(each.outcome.name for each in analyses)
        return f"no analysis has the outcome '{outcome}'; the review asks for: {', '.join(known)}"
    near = [each for each in same if not each.outcome.sites or _has_site(each, found.site)]
    if not near:
        sites = dict.fromkeys(site for each in same for site in each.outcome.sites)
        return (
            f"no analysis of {outcome} has the site '{found.site}'; the review asks for: {', '.join(sites)}"
        )
    strata = dict.fromkeys(_stratum_words(each) for each in near)
    return (
        f"no analysis of {outcome} at this site has the stratum '{found.stratum.describe()}'; "
        f"the review asks for: {'; '.join(strata)}"
    )


def _has_site(analysis: Analysis, site: str) -> bool:
    return site.casefold() in (each.casefold() for each in analysis.outcome.sites)


def _stratum_words(analysis: Analysis) -> str:
    wanted = analysis.stratum.model_dump(exclude_none=True)
    words = [f"each {name}" if value == EACH else str(value) for name, value in wanted.items()]
    return ", ".join(words) or "all"
