"""Bayesian summaries in a Python script: their data and choices, by `synthesis.bayes`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from synthesis.paper.fits import FitData, PosteriorFit, bayesian_row

FUNCTIONS = '''

def add_posterior(analysis, name, result):
    """Median, its interval, that of a new study, and the mean."""
    found.append(result)
    mu, new = result.mu, result.new
    rows.append(
        [analysis, name, result.k, mu.median, mu.low, mu.high, "", "", new.low, new.high, "", "", "", mu.mean]
    )


def posterior(analysis, data, shared, **choices):
    """Groups of effects by the names of their rows; shared: with a mean each and one tau."""
    if not shared:
        for name, effects in data:
            labels, yi, sei = zip(*effects)
            result = bayes(yi=yi, sei=sei, slab=labels, level=METHOD["level"], **choices)
            add_posterior(analysis, name, result)
        return
    from synthesis.posterior.group_posteriors import group_posteriors

    names = [name for name, effects in data for _ in effects]
    labels, yi, sei = zip(*(effect for _, effects in data for effect in effects))
    for group in group_posteriors(yi, sei, names, slab=labels, level=METHOD["level"], **choices):
        add_posterior(analysis, group.name, group)
'''


def posterior_calls(
    analysis: str,
    fit: PosteriorFit,
    data: Callable[[FitData, str], Iterator[str]],
    named: Callable[[FitData], Iterator[str]],
) -> Iterator[str]:
    """The lines of one posterior; data: the lines of a group's effects, indented; named: under a name."""
    if len(fit.groups) == 1:
        yield from named(fit.groups[0])
        yield f"posterior({analysis!a}, [({bayesian_row(fit.groups[0].name)!a}, effects)"
    else:
        yield f"posterior({analysis!a}, ["
        for group in fit.groups:
            yield f"    ({bayesian_row(group.name)!a}, ["
            yield from data(group, "        ")
            yield "    ]),"
    choices = {
        "tau_prior": fit.tau_prior,
        "mu_prior": fit.mu_prior,
        "smallest_effect": fit.smallest_effect,
        "interval": fit.interval,
    }
    told = ", ".join(f"{name}={value!a}" for name, value in choices.items())
    yield f"], {fit.shared!r}, {told})"
