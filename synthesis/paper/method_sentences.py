"""How an analysis was made, sentence by sentence, each with what it cites; only what was done is said."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from evidence.records.raw_numbers import ESTIMATED
from evidence.records.scales import RATIOS, analysis_scale, tests_null
from evidence.selection.selection import Chosen
from evidence.wording import counted, enumerate_words, percent
from synthesis.clustered.robust_inference import TESTS_OF_CLUSTERS
from synthesis.paper.curve_sentences import curve_method_sentences
from synthesis.pooling.dependent.robust import ROBUST
from synthesis.pooling.dependent.working_models import WORKING_MODELS
from synthesis.pooling.result import PooledSummary
from synthesis.pooling.tau2.estimators import ESTIMATORS
from synthesis.posterior.bayesian import Bayesian
from synthesis.posterior.group_posteriors import GroupPosterior
from synthesis.regression.subgroup_result import Subgroup, narrower_than_wald
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.bayesian_words import PRIMARY
from synthesis.review.captions import accepted_note, combined_note, effect_header, source_in_words
from synthesis.review.direction_words import outside_the_pool, sign_tests
from synthesis.review.dose_table import dose_effect
from synthesis.review.modelled import errors_sentence

ESTIMATOR_SOURCES = {
    "DL": "dersimonian1986",
    "DL2": "dersimonian2007",
    "DLIT": "dersimonian2007",
    "CA2": "dersimonian2007",
    "HE": "hedges1983",
    "HS": "viechtbauer2005",
    "SJ": "sidik2005",
    "EB": "morris1983",
    "PM": "paule1982",
    "ML": "viechtbauer2005",
    "REML": "viechtbauer2005",
}
"""Estimators that the paragraphs cite; of others the name is said without a source."""

TEST_WORDS = {
    "z": "by Wald's method, with the normal distribution",
    "t": "by Wald's method, with the t distribution",
    "HKSJ": "by the method of Hartung, Knapp, Sidik and Jonkman [@hartung2001; @sidik2002]",
    "adhoc": "by the method of Hartung and Knapp, and never narrower than Wald's [@hartung2001; @knapp2003]",
    "KR": "by the method of Kenward and Roger [@kenward1997]",
    "HC": "by the method of Henmi and Copas, about the mean with the weights of equal effects [@henmi2010]",
}
PREDICTION_WORDS = {
    "t(k-1)": "the t distribution with {most} degrees of freedom [@higgins2009]",
    "t(k-2)": "the t distribution with {fewer} degrees of freedom [@higgins2009]",
    "z": "the normal distribution",
    "HTS": "the t distribution with {fewer} degrees of freedom and Wald's standard error [@higgins2009]",
    "HKSJ": "the t distribution with {fewer} degrees of freedom and the standard error of Hartung and Knapp "
    "[@partlett2017]",
    "NNF": "the confidence distribution of τ² [@nagashima2019]",
}
OF_FEW = (
    "For summaries of two or three studies a Bayesian interval is given as well, with a flat prior for the "
    "mean and DuMouchel's prior for τ [@dumouchel2000; @rover2020]."
)
OF_NARROW = (
    "Where the Hartung-Knapp interval was narrower than the Wald interval, both are reported [@rover2015]."
)
WITHOUT_NUMBERS = (
    "Results that were examined and not printed were pooled with the others as what is said of them, by "
    "maximum likelihood and with a profile-likelihood interval, beside the pool without them [@copas2014]."
)
OF_DIRECTIONS = (
    "Studies that tell a direction and no number that can be pooled were counted by direction, one a study, "
    "with the exact sign test where there are enough of them [@cochrane2019]."
)
_SCALES = {"log": "natural logarithms", "Fisher z": "Fisher's z", "logit": "logits"}


def method_sentences_of(result: AnalysisResult) -> Iterator[str]:
    """The sentences of one analysis, in the order of a methods section."""
    if result.dose is not None:
        yield f"The effect measure was {_measure(dose_effect(result))}."
        yield from curve_method_sentences(result, result.dose)
        yield from _data(result)
        return
    yield f"The effect measure was {_measure(effect_header(result.scale, result.analysis.outcome.name))}."
    pooled = [group.pooled for group in result.summarised if group.pooled is not None]
    several = [each for each in pooled if each.k > 1]
    means = [group.mean for group in result.groups if group.mean is not None]
    if several or means:
        scale = _SCALES.get(analysis_scale(result.scale.measure).name)
        if scale:
            yield f"Effects were pooled as {scale} and transformed back."
        yield from _model(result)
    if result.is_modelled:
        yield from _of_model(result)
    yield from _heterogeneity(result, several)
    yield from _prediction(result, several)
    if any(group.unreported for group in result.groups):
        yield WITHOUT_NUMBERS
    bayesian = [group.bayesian for group in result.summarised if group.bayesian is not None]
    if bayesian:
        yield from _bayesian(result, bayesian)
    elif any(each.bayes is not None for each in several):
        yield OF_FEW
    if any(each.narrower_than_wald for each in several) or _narrow(result):
        yield OF_NARROW
    yield from _data(result)
    yield from _arms(result)
    yield from _difference(result)
    if outside_the_pool(sign_tests(result)):
        yield OF_DIRECTIONS


def _bayesian(result: AnalysisResult, found: Sequence[Bayesian | GroupPosterior]) -> Iterator[str]:
    """The priors and the interval that the review states, and which summary it calls primary."""
    choice = result.review.bayes_of(result.analysis)
    assert choice is not None  # the review asks for what is found
    first = found[0]
    scale = ""
    if choice.tau_prior is None and choice.smallest_effect is not None:
        scale = f", whose scale is the smallest effect of interest ({choice.smallest_effect})"
    yield (
        f"A Bayesian summary is given as well, under a {first.tau_prior} prior of τ{scale} and a "
        f"{first.mu_prior} prior of the mean, by quadrature, with medians and {first.interval} "
        f"{percent(first.level)} credible intervals [@rover2020], and with its sensitivity to the prior of τ."
    )
    if any(isinstance(each, GroupPosterior) for each in found):
        yield "In the Bayesian summaries of groups each group has a mean of its own, and all have one τ."
    yield f"The {PRIMARY[choice.primary]} was named as the primary summary beforehand."


def _measure(header: str) -> str:
    """A header inside a sentence: `the odds ratio`, but `Yule's Q`."""
    first = header.split()[0].rstrip(",")
    if first.endswith("'s"):
        return header
    return f"the {header[:1].lower()}{header[1:]}" if first[1:].islower() else f"the {header}"


def _model(result: AnalysisResult) -> Iterator[str]:
    method = result.method.estimator
    if method == "EE":
        yield "Effects were pooled under the model of equal effects, weighted by their inverse variances."
    else:
        name, _, how = ESTIMATORS[method].name.partition(" with ")
        cited = f" [@{ESTIMATOR_SOURCES[method]}]" if method in ESTIMATOR_SOURCES else ""
        yield (
            "Effects were pooled under a random-effects model, whose between-study variance τ² was estimated "
            f"by the {name} estimator{f' with {how}' if how else ''} ({method}){cited}."
        )
    level = percent(result.method.level.fraction)
    tested = " and the test of no effect were" if tests_null(result.scale.measure) else " was"
    yield f"The {level} confidence interval{tested} calculated {TEST_WORDS[result.method.test]}."


def _of_model(result: AnalysisResult) -> Iterator[str]:
    """The model of dependent effects, its covariance, and its tests."""
    models = [group.model for group in result.summarised if group.model is not None and group.chosen]
    fits = [model.summary.fit for model in models if model.summary is not None]
    scale = _SCALES.get(analysis_scale(result.scale.measure).name)
    if fits and scale:
        yield f"Effects were pooled as {scale} and transformed back."
    if fits:
        fit = fits[-1]  # of all together, where groups have models too
        name = WORKING_MODELS[fit.model].name
        how = {"ML": "maximum likelihood", "REML": "restricted maximum likelihood"}.get(fit.method)
        fitted = f"fitted by {how} ({fit.method})" if how else "fitted without random effects"
        yield (
            f"Several estimates of one study were pooled by the model of {name} ({fit.model}) "
            f"[@pustejovsky2022], {fitted}."
        )
        yield (
            "Their sampling covariance follows from who shares persons with whom in the records: "
            f"{errors_sentence(models[-1].dependence, models[-1].model)}."
        )
        cited = " [@pustejovsky2018]" if fit.test in ROBUST else ""
        yield f"Tests and intervals are from {TESTS_OF_CLUSTERS[fit.test]}{cited}."
    if result.moderated is not None and result.moderated.fit is not None:
        names = enumerate_words([each.name for each in result.moderated.tests])
        yield f"Differences by {names} were tested in one model with all of them."


def _heterogeneity(result: AnalysisResult, several: Sequence[PooledSummary]) -> Iterator[str]:
    if not several:
        return
    yield "Heterogeneity was described by Cochran's Q [@cochran1954] and by I² [@higgins2002]."
    if any(not math.isnan(each.tau2_low) for each in several):
        what = "interval for I² is" if result.method.estimator == "EE" else "intervals for τ² and I² are"
        yield f"The {what} from the Q-profile method [@viechtbauer2007]."


def _prediction(result: AnalysisResult, several: Sequence[PooledSummary]) -> Iterator[str]:
    """Where one was computed: a kind may need more studies than there are."""
    means = [group.mean for group in result.groups if group.mean is not None]
    lows = [*(each.prediction_low for each in several), *(each.prediction_low for each in means)]
    if all(map(math.isnan, lows)):
        return
    most, fewer = ("the residual", "one less than the residual") if means else ("k − 1", "k − 2")
    words = PREDICTION_WORDS[result.method.prediction].format(most=most, fewer=fewer)
    yield (
        f"A {percent(result.method.level.fraction)} prediction interval for the effect in a new study was "
        f"calculated from {words}; it is never narrower than the confidence interval."
    )


def _data(result: AnalysisResult) -> Iterator[str]:
    """Where standard errors came from, what was converted, and what was taken for something else."""
    chosen = result.selection.chosen
    sources = Counter(_source(each) for each in chosen)
    if sources:
        told = [
            f"{words} ({counted(number, 'estimate')}){cited}" for (words, cited), number in sources.items()
        ]
        yield f"Standard errors were {enumerate_words(told)}."
    converted = dict.fromkeys(each.candidate.label for each in chosen if each.effect.factor != 1)
    if converted:
        yield f"Effects of these studies were converted to the unit and step: {'; '.join(converted)}."
    accepted = accepted_note(chosen, result.scale.measure)
    if accepted:
        yield accepted


def _source(each: Chosen) -> tuple[str, str]:
    """Where a standard error is from, and what is cited for the way from there."""
    source = each.effect.sei_from
    if source == "SE":
        return "taken as reported", ""
    if each.effect.is_at_most:
        return f"set to the largest that {source} allows", " [@cochrane2019]"
    cited = {"p-value": " [@altman2011]", ESTIMATED: _five(each)}.get(source, "")
    return f"calculated from the {source_in_words(source)}", cited


def _five(each: Chosen) -> str:
    """Whose formulas: with all five numbers the SD is that of Shi et al."""
    effect = each.candidate.estimate.effect
    groups = () if effect is None else effect.groups or ((effect.group,) if effect.group else ())
    full = [group.q1 is not None and group.minimum is not None for group in groups]
    return " [@luo2018; @wan2014; @shi2020]" if any(full) else " [@luo2018; @wan2014]"


def _arms(result: AnalysisResult) -> Iterator[str]:
    combined = combined_note(result.selection.chosen)
    if combined:
        yield f"{combined.rstrip('.')} [@cochrane2019]."
    several = [unit for group in result.groups for unit in group.units if unit.of_arms]
    if not several:
        return
    effects = [row.candidate.estimate.effect for unit in several for row in unit.rows]
    printed = any(
        each is not None and each.estimate is not None and each.measure in RATIOS for each in effects
    )
    cited = "[@gleser2009; @greenland1992]" if printed else "[@gleser2009]"
    yield (
        f"Arms of one study that share a reference entered with their covariance {cited}, as the generalised "
        f"least-squares mean of the study ({counted(len(several), 'comparison')})."
    )


def _difference(result: AnalysisResult) -> Iterator[str]:
    found = result.difference
    if found is None:
        return
    by = result.analysis.group_by
    known = math.isinf(found.between.df2)
    if found.tau2 == "common":
        how = "χ² test [@borenstein2013]" if known else f"F test{_F_SOURCES.get(result.method.test, '')}"
        yield f"Groups by {by} were compared in one model with a mean for each and a common τ², by its {how}."
    else:
        how = "a χ² test of their summaries [@borenstein2013]" if known else "Welch's F test [@welch1951]"
        yield f"Groups by {by} were pooled each by itself, with its own τ², and compared by {how}."
    if result.within is not None:
        yield "The difference was also pooled from the studies that have both groups [@fisher2017]."


_F_SOURCES = {"HKSJ": " [@knapp2003]", "adhoc": " [@knapp2003]", "KR": " [@kenward1997]"}
"""Whose standard errors an F test of the means has, by the test of each mean."""


def _narrow(result: AnalysisResult) -> list[Subgroup]:
    """The means of groups with a common τ² that are reported with two intervals."""
    means = [group.mean for group in result.groups if group.mean is not None]
    return [each for each in means if narrower_than_wald(each, result.method.test)]
