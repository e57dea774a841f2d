"""Bayesian summaries in a Python script: their data and choices, by `synthesis.bayes`."""

from __future__ import annotations

from collections.abc import Callable

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


def posterior_call(analysis: str, fit: PosteriorFit, of: Callable[[FitData], str]) -> str:
    """The call of one posterior; of: the effects of a group."""
    groups = ", ".join(f"({bayesian_row(group.name)!a}, {of(group)})" for group in fit.groups)
    choices = {
        "tau_prior": fit.tau_prior,
        "mu_prior": fit.mu_prior,
        "smallest_effect": fit.smallest_effect,
        "interval": fit.interval,
    }
    told = ", ".join(f"{name}={value!a}" for name, value in choices.items())
    return f"posterior({analysis!a}, [{groups}], {fit.shared!r}, {told})"
