"""What travels with a posterior in words: the method in one sentence, and what the reader must know."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.wording import counted, number, percent
from synthesis.pooling.bayes.mean_priors import FlatMean, MeanPrior
from synthesis.pooling.bayes.posterior import Posterior
from synthesis.pooling.inputs import Studies, repeated_note
from synthesis.posterior.default_prior import ChosenPrior, median_of


def method_sentence(chosen: ChosenPrior, mean: MeanPrior, kind: str, level: float) -> str:
    """How the numbers were made, e.g. for the methods section of a paper."""
    flat = "a flat" if isinstance(mean, FlatMean) else f"a {mean.label}"
    how = (
        f"Bayesian random effects (normal-normal model): {chosen.prior.label} prior of tau, {flat} prior "
        f"of the mean; {kind} {percent(level)} credible intervals, by quadrature."
    )
    return f"{how} {chosen.says}".rstrip()


def notes(studies: Studies, found: Posterior, smallest: float | None) -> tuple[str, ...]:
    """Sentences for the reader, most important first."""
    return tuple(_notes(studies, found, smallest))


def study_notes(studies: Studies, sensitivity: str = "below") -> Iterator[str]:
    """Of the studies alone: those left out, labels that repeat, and how few there are.

    sensitivity: where other priors of tau stand.
    """
    k = len(studies.labels)
    if studies.dropped:
        yield f"{counted(studies.dropped)} without an effect or a variance left out."
    repeated = repeated_note(studies.labels)
    if repeated:
        yield f"{repeated[0].upper()}{repeated[1:]}, which this model takes them to be."
    if k == 1:
        yield (
            "One study says nothing about how much effects differ: what stands here of tau is its prior, "
            "and the mean effect is the study's own, as uncertain as that prior makes it."
        )
    elif k <= 3:
        yield (
            f"With {counted(k)} the posterior of tau is mostly its prior: see how the result changes "
            f"with it {sensitivity}."
        )


def _notes(studies: Studies, found: Posterior, smallest: float | None) -> Iterator[str]:
    yield from study_notes(studies)
    if smallest is not None:
        prior = found.tau_priors[0]
        ratio = median_of(prior, studies.vi) / smallest
        yield (
            f"The prior median of tau is {number(ratio, 2)} times the smallest effect of interest "
            f"({number(smallest)})."
        )
    missing = [
        name
        for name, exists in (("mean", found.exists(1).item()), ("standard deviation", found.exists(2).item()))
        if not exists
    ]
    if missing:
        whose = "the mean effect, tau and a new study's effect"
        if not isinstance(found.mean_prior, FlatMean):
            whose = "tau and a new study's effect"
        yield (
            f"No {' or '.join(missing)} of {whose}: the posterior of tau falls too slowly for it to exist. "
            "Medians and intervals do."
        )
