"""A model of dependent effects in words: lines below its summary, and notes below the table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from evidence.records.scales import analysis_scale
from evidence.selection.dependence import Bond, Dependence
from evidence.selection.selection import Candidate
from evidence.wording import counted, enumerate_words, fixed, format_number, p_text, significant
from synthesis.clustered.dependent_result import DependentPooled
from synthesis.clustered.fitted_model import Component
from synthesis.plots.words import in_symbols
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.captions import shown
from synthesis.review.difference import difference_written, words_of_test
from synthesis.review.modelled import Modelled

_NAMED = 4  # so many sets of persons are told of one study


def model_lines(result: AnalysisResult, model: Modelled, decimals: int) -> Iterator[str]:
    """Heterogeneity, the test of no effect, and what another correlation would give."""
    found = model.summary
    assert found is not None
    parts = "; ".join(_component(part) for part in found.fit.components)
    share = "" if math.isnan(found.I2) else f"I² = {fixed(found.I2, 0)}%; "
    q = f"Q = {fixed(found.Q, 2)} ({found.Q_df:g}\N{NO-BREAK SPACE}df, {p_text(found.Q_p)})"
    yield f"Heterogeneity: {parts}{'; ' if parts else ''}{share}{q}"
    statistic = "z" if math.isinf(found.df) else f"t({found.df:.3g})"
    yield f"Test of no effect: {statistic} = {format_number(found.statistic, 2)}, {p_text(found.p_value)}"
    curve = curve_line(result, model, decimals)
    if curve:
        yield curve


def _component(part: Component) -> str:
    """`σ² of clusters = 0.000021`."""
    return f"{in_symbols(part.name)} of {part.term} = {significant(part.value, 2)}"


def curve_line(result: AnalysisResult, model: Modelled, decimals: int) -> str:
    """What correlations from 0 to 0.95 would give; empty where the summary hangs on none."""
    curve = model.curve
    if curve is None:
        return ""
    scale = analysis_scale(result.scale.measure)
    first, last = (shown(float(curve.estimate[at, 0]), scale, decimals) for at in (0, -1))
    said = (
        f"With rho from {curve.rho[0]:g} to {curve.rho[-1]:g} instead of {curve.assumed:g}: {first} to {last}"
    )
    null = None if scale.null is None else scale.forward(scale.null)
    if null is None:
        return said
    outside = (curve.ci_low[:, 0] > null) | (curve.ci_high[:, 0] < null)
    if outside.any() and not outside.all():
        return f"{said}; whether the interval excludes no effect depends on rho"
    return f"{said}; no rho changes whether the interval excludes no effect"


def moderator_lines(result: AnalysisResult, decimals: int) -> Iterator[str]:
    """The test of each moderator, and of two levels how far they are apart."""
    found = result.moderated
    if found is None:
        return
    for each in found.tests:
        yield f"Test of {each.name}: {words_of_test(each.test)}"
        if each.difference is not None:
            first, second = each.levels
            line = difference_written(result, f"of {second} to {first}", each.difference, decimals)
            if line:
                yield line
    yield from found.notes


def model_notes(result: AnalysisResult) -> Iterator[str]:
    """How the model was fitted, what a study's own row is, who shares persons, and what to beware of."""
    groups = [group for group in result.summarised if group.chosen]
    models = [group.model for group in groups if group.model is not None]
    if not models:
        return
    fits = [
        ("overall" if group is result.overall else group.name or "", group.model.summary.fit)
        for group in groups
        if group.model is not None and group.model.summary is not None
    ]
    yield from _of_groups([(name, [model_sentence(fit)]) for name, fit in fits])
    if any(unit.of_arms for group in result.groups for unit in group.means):
        yield "The row above several estimates is their generalised least-squares mean, with their weights."
    yield from sharing_sentences(models[-1].dependence)
    yield from ignored_sentences(models[-1])
    yield from _other_estimator(result, [fit for _, fit in fits])
    yield from _of_groups([(name, [in_symbols(note) for note in fit.notes]) for name, fit in fits])


def _of_groups(told: Sequence[tuple[str, Sequence[str]]]) -> Iterator[str]:
    """Each sentence once, after the groups that it is of unless it is of all of them."""
    groups: dict[str, list[str]] = {}
    for name, sentences in told:
        for sentence in sentences:
            groups.setdefault(sentence, []).append(name)
    for sentence, names in groups.items():
        if len(names) == len(told):
            yield sentence
            continue
        of = enumerate_words(names)
        yield f"{of[:1].upper()}{of[1:]}: {sentence[:1].lower()}{sentence[1:]}"


def ignored_sentences(found: Modelled) -> Iterator[str]:
    """Which rows share persons whose correlation the model takes for zero."""
    model = found.model
    if model.correlated and not model.by_outcome:
        return
    ignored = found.dependence.of_bond("same persons", "overlapping persons")
    if not ignored:
        return
    homes = {place: each.label for each in found.dependence.clusters for place in each.places}
    where = enumerate_words(list(dict.fromkeys(homes[pair.first] for pair in ignored)))
    yield (
        f"Model {model.named} takes the errors of {counted(len(ignored), 'pair')} of estimates that share "
        f"persons for independent, though they are not ({where}); CHE with a rho would not."
    )


def _other_estimator(result: AnalysisResult, fits: Sequence[DependentPooled]) -> Iterator[str]:
    asked = result.method.estimator
    for used in dict.fromkeys(fit.method for fit in fits if fit.method != asked):
        yield f"Estimator {asked} is of independent effects; the model is fitted by {used}."


def model_sentence(fit: DependentPooled) -> str:
    """The model's sentence without its counts, which stand in the summary's row."""
    said = fit.method_sentence.partition(": ")[2]
    return said[:1].upper() + said[1:]


def sharing_sentences(found: Dependence) -> Iterator[str]:
    """Which rows share persons, an arm or only a cohort, and what follows for their errors."""
    same = _by_cluster(found, "same persons", _sets_of_persons)
    if same:
        yield f"The same persons: {same}."
    overlapping = _by_cluster(found, "overlapping persons", _records)
    if overlapping:
        yield (
            f"Persons in part the same: {overlapping}; their errors are taken to be correlated rho times "
            "√(n/N), the most that the smaller and the larger number of persons allow, or rho where one is "
            "not recorded."
        )
    arms = _by_cluster(found, "shared reference", lambda rows: "")
    if arms:
        yield f"Arms with one reference, whose covariance follows from their groups: {arms}."
    others = _by_cluster(found, "other persons", lambda rows: "")
    if others:
        yield f"Other persons of one cluster, with independent errors: {others}."


def _by_cluster(found: Dependence, bond: Bond, told: object) -> str:
    """`CHS 2019 (men; women), IMOS-4 2025`: the clusters that have such a pair, with what is told of it."""
    assert callable(told)
    of: dict[int, dict[int, None]] = {}
    home = {place: at for at, each in enumerate(found.clusters) for place in each.places}
    for pair in found.of_bond(bond):
        of.setdefault(home[pair.first], {}).update({pair.first: None, pair.second: None})
    words = []
    for at, places in of.items():
        inside = told([found.rows[place].candidate for place in sorted(places)])
        words.append(f"{found.clusters[at].label} ({inside})" if inside else found.clusters[at].label)
    return enumerate_words(words) if words else ""


def _sets_of_persons(rows: list[Candidate]) -> str:
    """`men: hip and femoral neck; women: hip and femoral neck`."""
    sets: dict[str, dict[str, None]] = {}
    several = len({row.record.study for row in rows}) > 1
    for row in rows:
        who = row.stratum.describe()
        words = [row.label] if several else []
        words += [] if who == "all" else [who]
        sets.setdefault(" ".join(words), {})[row.site] = None
    if len(sets) > _NAMED:
        return counted(len(sets), "set") + " of persons"
    told = [
        f"{who}: {enumerate_words(list(sites))}" if who else enumerate_words(list(sites))
        for who, sites in sets.items()
    ]
    return "; ".join(told)


def _records(rows: list[Candidate]) -> str:
    return enumerate_words(list(dict.fromkeys(row.label for row in rows)))
