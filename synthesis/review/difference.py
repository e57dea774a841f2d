"""What groups of an analysis say together: the test of their difference, and why there may be none."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from evidence.records.scales import IDENTITY, LOG, analysis_scale
from evidence.wording import enumerate_words, fixed, format_number, p_text, percent, significant
from synthesis.plots.summary_lines import labels_of
from synthesis.pooling.mean.inference import quantile_t, wald_test
from synthesis.regression.contrasts import WaldTest
from synthesis.regression.subgroup_result import Subgroup, Subgroups, narrower_than_wald
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.captions import is_log, shown

_NAMED = 4  # so many studies are named where groups share persons
_FEW = 5  # studies with which a group's own tau2 says little: Borenstein et al. 2009, chapter 19


def difference_lines(result: AnalysisResult, decimals: int) -> Iterator[str]:
    """The test that groups differ, and of two groups how far; or why there is no test."""
    if result.untested:
        yield result.untested
    found = result.difference
    apart = None
    if found is not None:
        wald = f"; with Wald standard errors {words_of_test(found.wald)}" if found.wald is not None else ""
        yield f"Test of difference by {result.analysis.group_by}: {words_of_test(found.between)}{wald}"
        apart = _apart(result, found, decimals)
    yield from (line for line in (apart, _within(result, decimals)) if line)


def words_of_test(test: WaldTest) -> str:
    """'F(1, 2.9) = 0.61, p = 0.49', or with a χ² where standard errors are taken as known."""
    if math.isnan(test.statistic):
        return "cannot be made, as a group has no standard error"
    said = f"{format_number(test.statistic, 2)}, {p_text(test.p_value)}"
    return f"χ²({test.df1}) = {said}" if math.isinf(test.df2) else f"F({test.df1}, {test.df2:.3g}) = {said}"


def _apart(result: AnalysisResult, found: Subgroups, decimals: int) -> str | None:
    """The second of two groups less the first, with its interval; of ratios the ratio of the two.

    With one degree of freedom the statistic of the test is the square of the difference over its standard
    error, so that the interval excludes no difference where p is below 1 - level.
    """
    ends = difference_interval(found)
    if ends is None:
        return None
    first, second = (group.name for group in found.groups)
    return difference_written(result, f"of {second} to {first}", ends, decimals)


def _within(result: AnalysisResult, decimals: int) -> str | None:
    """The same from studies that have both groups: what else differs between studies has no part in it."""
    within = result.within
    if within is None:
        return None
    k = f"the {within.k} studies" if within.k > 1 else "the one study"
    ends = (within.estimate, within.ci_low, within.ci_high)
    line = difference_written(result, f"within {k} with both", ends, decimals)
    if line is None:
        return None
    if not within.narrower_than_wald:
        return f"{line}, {p_text(within.p_value)}"
    _, p = wald_test(within.estimate, within.wald, within.level)
    plain = difference_written(result, "", (within.estimate, *within.wald), decimals) or ""
    return f"{line}, {p_text(within.p_value)}; by Wald [{plain.partition('[')[2]}, {p_text(p)}"


def difference_written(
    result: AnalysisResult, what: str, ends: tuple[float, float, float], decimals: int
) -> str | None:
    """A difference of effects, or the ratio of two ratios; None on scales where neither can be read."""
    scale = analysis_scale(result.scale.measure)
    if scale not in (IDENTITY, LOG):
        return None
    estimate, low, high = (shown(value, scale, decimals) for value in ends)
    level = percent(result.method.level.fraction)
    return f"{'Ratio' if is_log(scale) else 'Difference'} {what}: {estimate}, {level} CI [{low}, {high}]"


def difference_interval(found: Subgroups) -> tuple[float, float, float] | None:
    """Difference of two groups on the analysis scale with its interval; None for more groups or no test."""
    statistic = found.between.statistic
    if len(found.groups) != 2 or not statistic > 0.0:
        return None
    first, second = found.groups
    difference = second.estimate - first.estimate
    reach = (
        abs(difference) / math.sqrt(statistic) * quantile_t(np.array(found.between.df2), found.level).item()
    )
    return difference, difference - reach, difference + reach


def difference_sentence(found: Subgroups) -> str:
    """How groups were compared."""
    if found.tau2 == "common":
        return "Groups: one model with a mean for each and a common τ², compared by its test of the means."
    how = (
        "a χ² test that takes their standard errors as known"
        if math.isinf(found.between.df2)
        else "Welch's F test"
    )
    return f"Groups: each pooled by itself, with its own τ², compared by {how}."


def difference_notes(found: Subgroups) -> Iterator[str]:
    """What few studies in a group mean for the test."""
    if found.tau2 == "common" or found.method == "EE":
        return
    lone = [group.name for group in found.groups if group.k == 1]
    few = [group.name for group in found.groups if 1 < group.k <= _FEW]
    if lone:
        yield (f"One study only in {enumerate_words(lone)}: the test takes it as more certain than it is.")
    if few:
        yield (
            f"No more than {_FEW} studies in {enumerate_words(few)}: a τ² of their own is very uncertain; "
            "'tau2: common' has one for all groups."
        )


def common_heterogeneity(found: Subgroups) -> str:
    """The heterogeneity that is left within groups of a common tau2."""
    assert found.model is not None  # a common tau2 is that of a model
    r2 = found.model.R2
    explained = "" if math.isnan(r2) else f"; {fixed(r2, 0)}% of τ² lies between groups"
    return (
        f"Within groups: τ² = {significant(found.model.tau2, 2)}; Q = {fixed(found.QE, 2)} "
        f"({found.QE_df:g} df, {p_text(found.QE_p)}){explained}"
    )


def mean_labels(mean: Subgroup, test: str) -> tuple[str, ...]:
    """As `summary_labels`, of a group that shares its tau2 with the others."""
    return labels_of(f"Random effects, common τ² ({mean.k:,})", narrower_than_wald(mean, test))


def mean_test_line(mean: Subgroup) -> str:
    """The test of no effect in a group that shares its tau2 with the others."""
    statistic = "z" if math.isinf(mean.df) else f"t({mean.df:.4g})"
    return f"Test of no effect: {statistic} = {format_number(mean.statistic, 2)}, {p_text(mean.p_value)}"


def sharing_note(result: AnalysisResult) -> str | None:
    """That rows of different groups are about the same persons, and what follows."""
    if not result.sharing or result.is_modelled:
        return None
    names = list(dict.fromkeys(name for pair in result.sharing for name in pair))
    told = names if len(names) <= _NAMED else [*names[: _NAMED - 1], f"{len(names) - _NAMED + 1} others"]
    return (
        f"Groups share persons ({enumerate_words(told)}) and are dependent: no common summary, and no "
        "test of their difference."
    )
