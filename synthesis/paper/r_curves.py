"""Curves over a dose in R without a package: the likelihood of `dose_response`, climbed by its gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from synthesis.review.curve_parts import dose_name
from synthesis.review.dose_pool import DosePool

FUNCTIONS = """\
# Columns of a dose: a straight line, a parabola, or a restricted cubic spline.
dose_columns <- function(x, curve, knots) {
  if (curve == "linear") return(cbind(x))
  if (curve == "quadratic") return(cbind(x, x^2))
  last <- knots[length(knots)]
  before <- knots[length(knots) - 1]
  above <- function(t) pmax(x - t, 0)^3
  bends <- lapply(knots[seq_len(length(knots) - 2)], function(t) {
    bend <- above(t) * (last - before) - above(before) * (last - t) + above(last) * (before - t)
    bend / (last - before) / (last - knots[1])^2
  })
  do.call(cbind, c(list(x), bends))
}

# Generalised least squares with the covariance psi of the studies' true coefficients: y, x, v of each study.
curve_at <- function(studies, psi, restricted) {
  p <- ncol(psi)
  gram <- matrix(0, p, p)
  xy <- numeric(p)
  logdet <- 0
  for (each in studies) {
    v <- each$v + each$x %*% psi %*% t(each$x)
    gram <- gram + t(each$x) %*% solve(v, each$x)
    xy <- xy + c(t(each$x) %*% solve(v, each$y))
    logdet <- logdet + c(determinant(v)$modulus)
  }
  b <- solve(gram, xy)
  covariance <- solve(gram)
  quadratic <- 0
  slope <- matrix(0, p, p)
  for (each in studies) {
    v <- each$v + each$x %*% psi %*% t(each$x)
    left <- c(each$y - each$x %*% b)
    u <- c(t(each$x) %*% solve(v, left))
    a <- t(each$x) %*% solve(v, each$x)
    quadratic <- quadratic + sum(left * solve(v, left))
    slope <- slope + u %o% u - a + if (restricted) a %*% covariance %*% a else 0
  }
  loglik <- -0.5 * (logdet + quadratic + if (restricted) c(determinant(gram)$modulus) else 0)
  list(b = b, covariance = covariance, Q = quadratic, loglik = loglik, slope = 0.5 * slope)
}

# psi = L L', from several starts; the gradient is brought to zero by Newton's method.
likeliest <- function(studies, restricted) {
  p <- ncol(studies[[1]]$x)
  lower <- which(lower.tri(diag(p), diag = TRUE))
  factor_of <- function(theta) {
    root <- matrix(0, p, p)
    root[lower] <- theta
    root
  }
  value <- function(theta) -curve_at(studies, tcrossprod(factor_of(theta)), restricted)$loglik
  gradient <- function(theta) {
    root <- factor_of(theta)
    -(2 * curve_at(studies, tcrossprod(root), restricted)$slope %*% root)[lower]
  }
  best <- list(value = value(numeric(length(lower))), theta = numeric(length(lower)))
  for (start in c(0.1, 0.5, 2, 8)) {
    theta <- optim(diag(start, p)[lower], value, gradient, method = "BFGS",
                   control = list(reltol = 1e-14, maxit = 1000))$par
    for (step in 1:20) {
      g <- gradient(theta)
      h <- sapply(seq_along(theta), function(i) {
        e <- 1e-5 * (seq_along(theta) == i)
        (gradient(theta + e) - gradient(theta - e)) / 2e-5
      })
      new <- tryCatch(theta - solve(as.matrix(h), g), error = function(e) theta)
      if (sum(gradient(new)^2) >= sum(g^2)) break
      theta <- new
    }
    if (value(theta) < best$value) best <- list(value = value(theta), theta = theta)
  }
  tcrossprod(factor_of(best$theta))
}

# Two stages: the coefficients of each study, by generalised least squares.
own_coefficients <- function(each) {
  w <- solve(each$v, each$x)
  v <- solve(t(each$x) %*% w)
  list(y = c(v %*% (t(w) %*% each$y)), x = diag(ncol(each$x)), v = v)
}

by_moments <- function(studies) {
  p <- ncol(studies[[1]]$x)
  w <- lapply(studies, function(each) solve(each$v))
  total <- Reduce(`+`, w)
  b <- solve(total, Reduce(`+`, Map(function(w, each) w %*% each$y, w, studies)))
  q <- Reduce(`+`, Map(function(w, each) w %*% tcrossprod(each$y - b), w, studies))
  spread <- total - Reduce(`+`, lapply(w, function(w) w %*% solve(total, w)))
  psi <- solve(spread, q - (length(studies) - 1) * diag(p))
  parts <- eigen((psi + t(psi)) / 2, symmetric = TRUE)
  parts$vectors %*% diag(pmax(parts$values, 0), p) %*% t(parts$vectors)
}

curve <- function(analysis, studies, names, curve, knots, stages, method, test, doses, told, reference) {
  columns <- function(x) dose_columns(x, curve, knots)
  less <- function(x, zero) sweep(columns(x), 2, c(columns(zero)))
  studies <- lapply(studies, function(each) {
    list(y = each$yi, x = less(each$dose, each$reference), v = each$v)
  })
  if (stages == 2) studies <- lapply(studies, own_coefficients)
  p <- length(names)
  k <- length(studies)
  # coefficients in units of their standard errors, so that no scale of a dose matters
  gram <- Reduce(`+`, lapply(studies, function(each) t(each$x) %*% solve(each$v, each$x)))
  unit <- solve(chol(gram)) * sqrt(k)
  scaled <- lapply(studies, function(each) list(y = each$y, x = each$x %*% unit, v = each$v))
  restricted <- method == "REML"
  zero <- curve_at(scaled, matrix(0, p, p), restricted)
  psi <- switch(method, EE = matrix(0, p, p), DL = by_moments(studies),
                unit %*% likeliest(scaled, restricted) %*% t(unit))
  back <- solve(unit)
  res <- curve_at(scaled, back %*% psi %*% t(back), restricted)
  b <- c(unit %*% res$b)
  covariance <- unit %*% res$covariance %*% t(unit)
  df <- if (test == "z") Inf else k - p
  quantile <- qt((1 + LEVEL / 100) / 2, df)
  se <- sqrt(diag(covariance))
  for (i in seq_len(p)) {
    p_value <- 2 * pt(-abs(b[i] / se[i]), df)
    add(analysis, names[i], k, b[i], b[i] - quantile * se[i], b[i] + quantile * se[i], p_value, psi[i, i])
  }
  rows <- less(doses, reference)
  for (i in seq_along(doses)) {
    effect <- sum(rows[i, ] * b)
    variance <- c(rows[i, ] %*% covariance %*% rows[i, ])
    half <- quantile * sqrt(variance)
    wide <- quantile * sqrt(variance + c(rows[i, ] %*% psi %*% rows[i, ]))
    add(analysis, told[i], k, effect, effect - half, effect + half, pi.lb = effect - wide,
        pi.ub = effect + wide)
  }
  wald <- function(name, which) {
    statistic <- sum(b[which] * solve(covariance[which, which], b[which]))
    n <- length(which)
    if (is.finite(df)) statistic <- statistic / n
    p_value <- if (is.finite(df)) pf(statistic, n, df, lower.tail = FALSE)
               else pchisq(statistic, n, lower.tail = FALSE)
    add(analysis, name, k, F = statistic, df1 = n, df2 = df, p = p_value)
  }
  wald("association", seq_len(p))
  if (p > 1) wald("non-linearity", 2:p)
  Q_df <- sum(sapply(studies, function(each) length(each$y))) - p
  Q_p <- if (Q_df > 0) pchisq(zero$Q, Q_df, lower.tail = FALSE) else NA
  add(analysis, "heterogeneity", k, F = zero$Q, df1 = Q_df, p = Q_p)
}
"""


def curve_calls_in_r(
    analysis: str,
    found: DosePool,
    text: Callable[[str], str],
    vector: Callable[[Iterable[str]], str],
) -> Iterator[str]:
    """The lines of one analysis; text and vector: how R writes a text, and items as a vector.

    The covariance of a study's classes is given as this package works it out from cases and persons.
    """
    fit = found.fit
    if fit is None:
        return

    def numbers(values: Iterable[float]) -> str:
        return vector(repr(float(value)) for value in values)

    yield "studies <- list("
    for place, each in enumerate(fit.studies, start=1):
        comma = "," if place < len(fit.studies) else ")"
        m = each.yi.size
        yield f"  # {each.name}".encode("ascii", "replace").decode()
        yield f"  list(yi = {numbers(each.yi)}, dose = {numbers(each.dose)}, reference = {each.reference!r},"
        yield f"    v = matrix({numbers(each.covariance.ravel())}, {m})){comma}"
    choices = {
        "names": vector(map(text, fit.names)),
        "curve": text(found.choice.curve),
        "knots": numbers(fit.knots),
        "stages": str(fit.stages),
        "method": text(fit.method),
        "test": text(fit.test),
        "doses": numbers(found.at),
        "told": vector(text(dose_name(found, dose)) for dose in found.at),
        "reference": repr(found.reference),
    }
    yield f"curve({text(analysis)}, studies,"
    listed = [f"  {name} = {value}" for name, value in choices.items()]
    yield ",\n".join(listed) + ")"
