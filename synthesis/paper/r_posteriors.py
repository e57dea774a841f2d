"""Bayesian summaries in R, of no package: tau summed over a fine grid, all else in closed form given tau."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from synthesis.paper.fits import FitData, PosteriorFit, bayesian_row
from synthesis.pooling.bayes.data_scaled_priors import DuMouchel, Jeffreys, UniformShrinkage
from synthesis.pooling.bayes.mean_priors import NormalMean, TMean
from synthesis.pooling.bayes.tau_priors import (
    Exponential,
    HalfNormal,
    HalfT,
    ImproperUniform,
    InverseGammaTau,
    InverseGammaTau2,
    LogNormalTau2,
    LogTTau2,
    TauPrior,
    Uniform,
)
from synthesis.posterior.prior_words import mean_prior_of, tau_prior_of

FUNCTIONS = """\
# Bayesian summaries. Given tau each group's mean is normal; the posterior of tau is summed by the trapezoidal
# rule over its logarithm (below `upper`: over the logit of tau / upper), which for functions like these, that
# fall at both ends, is exact to rounding. log_prior: of tau, up to a constant, with v and s0 to look at;
# mean_prior: mean and sd of a normal prior of each mean, NULL for a flat one.
given_tau <- function(yi, vi, tau2, mean_prior) {
  precision <- score <- logs <- squares <- 0
  if (!is.null(mean_prior)) {
    precision <- 1 / mean_prior[2]^2
    score <- mean_prior[1] / mean_prior[2]^2
  }
  for (i in seq_along(yi)) {
    precision <- precision + 1 / (vi[i] + tau2)
    score <- score + yi[i] / (vi[i] + tau2)
    logs <- logs + log(vi[i] + tau2)
  }
  mean <- score / precision
  for (i in seq_along(yi)) squares <- squares + (yi[i] - mean)^2 / (vi[i] + tau2)
  if (!is.null(mean_prior)) squares <- squares + ((mean - mean_prior[1]) / mean_prior[2])^2
  list(mean = mean, sd = sqrt(1 / precision), log = -0.5 * (logs + log(precision) + squares))
}

# Quantiles of a mixture of normals, and the shortest interval: equal densities at both ends.
quantile_of <- function(p, share, mean, sd) {
  typical <- sd[which.max(share)]
  at <- mean[which.max(share)]
  uniroot(function(z) sum(share * pnorm((z - mean) / sd)) - p, at + c(-9, 9) * typical, extendInt = "upX",
          tol = 1e-15 * typical, maxiter = 10000)$root
}

interval_of <- function(kind, level, share, mean, sd) {
  q <- function(p) quantile_of(p, share, mean, sd)
  if (kind == "central") return(c(q((1 - level) / 2), q((1 + level) / 2)))
  density <- function(z) sum(share * dnorm((z - mean) / sd) / sd)
  gap <- function(p) density(q(p)) - density(q(p + level))
  p <- uniroot(gap, c(1e-9, 1 - level - 1e-9), tol = 1e-14)$root
  c(q(p), q(p + level))
}

posterior <- function(analysis, dat, names, log_prior, kind, upper = Inf, step = 0.01, mean_prior = NULL,
                      without_mean = character(0)) {
  v <- dat$vi
  s0 <- sqrt(1 / mean(1 / v))
  x <- seq(-320, 320, by = step)
  if (is.finite(upper)) {
    tau <- upper * plogis(x)
    slope <- plogis(x, log.p = TRUE) + plogis(-x, log.p = TRUE)
  } else {
    tau <- s0 * exp(x)
    slope <- x
  }
  weight <- log_prior(tau, v, s0) + slope
  parts <- split(dat, if (is.null(dat$group)) rep(1, nrow(dat)) else dat$group)
  given <- lapply(parts, function(part) given_tau(part$yi, part$vi, tau^2, mean_prior))
  for (each in given) weight <- weight + each$log
  share <- exp(weight - max(weight[is.finite(weight)]))
  share[!is.finite(weight)] <- 0
  kept <- share > 1e-22
  share <- share[kept] / sum(share[kept])
  for (i in seq_along(parts)) {
    mean <- given[[i]]$mean[kept]
    sd <- given[[i]]$sd[kept]
    beyond <- sqrt(sd^2 + tau[kept]^2)
    ci <- interval_of(kind, LEVEL / 100, share, mean, sd)
    new <- interval_of(kind, LEVEL / 100, share, mean, beyond)
    add(analysis, names[i], nrow(parts[[i]]), quantile_of(0.5, share, mean, sd), ci[1], ci[2], pi.lb = new[1],
        pi.ub = new[2], mean = if (names[i] %in% without_mean) NA else sum(share * mean))
  }
}
"""

_WITHOUT_T = "# Under a t prior of the mean nothing is in closed form given tau: a .py file has the summary."

_DENSITIES: Mapping[type[TauPrior], Callable[[Any], str]] = {
    HalfNormal: lambda prior: f"-0.5 * (tau / {prior.scale!r})^2",
    HalfT: lambda prior: f"-{(prior.df + 1) / 2!r} * log1p((tau / {prior.scale!r})^2 / {prior.df!r})",
    Exponential: lambda prior: f"-tau / {prior.scale!r}",
    Uniform: lambda prior: "0 * tau",
    ImproperUniform: lambda prior: "0 * tau",
    InverseGammaTau: lambda prior: f"-{prior.shape + 1!r} * log(tau) - {prior.scale!r} / tau",
    InverseGammaTau2: lambda prior: f"-{2 * prior.shape + 1!r} * log(tau) - {prior.scale!r} / tau^2",
    LogNormalTau2: lambda prior: (
        f"-0.5 * ((2 * log(tau) - {prior.meanlog!r}) / {prior.sdlog!r})^2 - log(tau)"
    ),
    LogTTau2: lambda prior: (
        f"-{(prior.df + 1) / 2!r} * log1p(((2 * log(tau) - {prior.location!r}) / {prior.scale!r})^2 / "
        f"{prior.df!r}) - log(tau)"
    ),
    DuMouchel: lambda prior: "-2 * log(s0 + tau)",
    UniformShrinkage: lambda prior: "log(tau) - 2 * log(s0^2 + tau^2)",
    Jeffreys: lambda prior: '0.5 * log(Reduce("+", lapply(v, function(each) (tau / (each + tau^2))^2)))',
}
"""Logarithms of densities of tau in R, up to a constant."""


def posterior_lines(
    analysis: str,
    fit: PosteriorFit,
    text: Callable[[str], str],
    vector: Callable[..., str],
    data: Callable[[tuple[FitData, ...]], Iterator[str]],
) -> Iterator[str]:
    """The lines of one posterior; text, vector: as R writes them; data: the lines of a data frame."""
    mean = mean_prior_of(fit.mu_prior)
    if isinstance(mean, TMean):
        yield _WITHOUT_T
        return
    prior = _tau_prior(fit)
    yield from data(fit.groups)
    names = vector(text(bayesian_row(group.name)) for group in fit.groups)
    more = {}
    if isinstance(prior, Uniform):
        more["upper"] = repr(prior.largest)
    if isinstance(prior, LogNormalTau2):
        more["step"] = repr(min(0.01, prior.sdlog / 20))
    if isinstance(mean, NormalMean):
        more["mean_prior"] = vector([repr(mean.mean), repr(mean.sd)])
    if fit.without_mean:
        more["without_mean"] = vector(text(bayesian_row(name)) for name in fit.without_mean)
    yield f"log_prior <- function(tau, v, s0) {_DENSITIES[type(prior)](prior)}"
    told = "".join(f", {name} = {value}" for name, value in more.items())
    yield f"posterior({text(analysis)}, dat, {names}, log_prior, {text(fit.interval)}{told})"


def _tau_prior(fit: PosteriorFit) -> TauPrior:
    """The prior that is named, or that of the smallest effect, or the one of the standard errors."""
    if fit.tau_prior is not None:
        return tau_prior_of(fit.tau_prior)
    return DuMouchel() if fit.smallest_effect is None else HalfNormal(fit.smallest_effect)
