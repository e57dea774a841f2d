"""An R script with its data inside that reproduces each analysis in metafor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from synthesis.paper.fits import COLUMNS, DIFFERENCE, WITHIN, AnalysisFits, FitData, fits_of
from synthesis.paper.model_fits import ModelFit, model_fits_of
from synthesis.paper.r_models import FUNCTIONS as MODEL_FUNCTIONS
from synthesis.paper.r_models import model_lines
from synthesis.pooling.dependent.robust import ROBUST
from synthesis.review.analysis import AnalysisResult
from synthesis.review.pooled_units import Unit

_TESTS = {"z": "z", "t": "t", "HKSJ": "knha", "adhoc": "adhoc"}
"""Tests by metafor's names. Its `hc`, for Henmi and Copas, finds an interval to four digits only."""

_SAME = ("EE", "DL", "HE", "HS", "HSk", "SJ", "EB", "PM", "PMM", "ML", "REML")
_METHODS = {name: name for name in _SAME} | {"DLIT": "PM", "SJIT": "PM"}
"""Estimators by metafor's names; iterated to the end, DLIT and SJIT are that of Paule and Mandel."""

_DF_LOST = {"t(k-1)": "1", "t(k-2)": "2", "HTS": "2", "HKSJ": "2", "z": "-Inf"}
"""By how many the degrees of freedom of a prediction interval are fewer than the studies."""

_FUNCTIONS = """\
# Tighter than the defaults of rma, in the units of the data, so that estimates agree to the last digits.
control_of <- function(dat) {
  unit <- max(mean(dat$vi), var(dat$yi))
  list(threshold = 1e-14 * unit, tol = 1e-14 * unit, maxiter = 10000, tau2.max = 100 * nrow(dat) * unit)
}

fit <- function(dat, method = METHOD, test = TEST) {
  if (nrow(dat) == 1) return(rma(yi, vi, data = dat, method = "EE", test = "z", level = LEVEL))
  rma(yi, vi, data = dat, method = method, test = test, level = LEVEL, control = control_of(dat))
}

# Never narrower than the intervals of the mean, by the test and by Wald.
around <- function(estimate, se, tau2, df, low, high) {
  if (METHOD == "EE" || is.na(df) || df < 1) return(c(NA, NA))
  half <- qt((1 + LEVEL / 100) / 2, df) * sqrt(tau2 + se^2)
  c(min(estimate - half, low), max(estimate + half, high))
}

predicted <- function(dat, res) {
  if (nrow(dat) == 1) return(c(NA, NA))
  wald <- fit(dat, test = "z")
  se <- if (PREDICTION == "HTS") wald$se else if (PREDICTION == "HKSJ") fit(dat, test = "knha")$se else res$se
  low <- min(res$ci.lb, wald$ci.lb)
  high <- max(res$ci.ub, wald$ci.ub)
  around(c(res$beta), se, res$tau2, nrow(dat) - DF_LOST, low, high)
}

results <- NULL
add <- function(analysis, group, k, estimate = NA, ci.lb = NA, ci.ub = NA, p = NA, tau2 = NA, pi.lb = NA,
                pi.ub = NA, F = NA, df1 = NA, df2 = NA) {
  row <- data.frame(analysis, group, k, estimate, ci.lb, ci.ub, p, tau2, pi.lb, pi.ub, F, df1, df2)
  results <<- rbind(results, row)
}

pooled <- function(analysis, group, dat) {
  res <- fit(dat)
  pi <- predicted(dat, res)
  tau2 <- if (nrow(dat) == 1) NA else res$tau2
  add(analysis, group, nrow(dat), c(res$beta), res$ci.lb, res$ci.ub, res$pval, tau2, pi[1], pi[2])
}

# Each group by itself, with its own tau2: Welch's F, or chi-squared where standard errors are taken as known.
compare <- function(analysis, dat) {
  fits <- lapply(split(dat, dat$group), fit)
  g <- length(fits)
  estimate <- sapply(fits, function(res) c(res$beta))
  w <- 1 / sapply(fits, function(res) res$se)^2
  df <- sapply(fits, function(res) if (res$test %in% c("knha", "adhoc", "t")) res$k - 1 else Inf)
  unsure <- sum((1 - w / sum(w))^2 / df)
  statistic <- sum(w * (estimate - sum(w * estimate) / sum(w))^2)
  p <- pchisq(statistic, g - 1, lower.tail = FALSE)
  df2 <- Inf
  if (unsure > 0) {
    statistic <- statistic / (g - 1) / (1 + 2 * (g - 2) / (g^2 - 1) * unsure)
    df2 <- (g^2 - 1) / (3 * unsure)
    p <- pf(statistic, g - 1, df2, lower.tail = FALSE)
  }
  add(analysis, "@DIFFERENCE@", nrow(dat), F = statistic, df1 = g - 1, df2 = df2, p = p)
}

# One model with a mean for each group and a common tau2.
model <- function(dat, formula, test = TEST) {
  control <- control_of(dat)
  rma(yi, vi, mods = formula, data = dat, method = METHOD, test = test, level = LEVEL, control = control)
}

compare_common <- function(analysis, dat) {
  means <- model(dat, ~ 0 + group)
  wald <- model(dat, ~ 0 + group, test = "z")
  g <- nlevels(dat$group)
  for (i in seq_len(g)) {
    low <- min(means$ci.lb[i], wald$ci.lb[i])
    high <- max(means$ci.ub[i], wald$ci.ub[i])
    pi <- around(means$beta[i], means$se[i], means$tau2, nrow(dat) - g - DF_LOST + 1, low, high)
    name <- levels(dat$group)[i]
    add(analysis, name, sum(dat$group == name), means$beta[i], means$ci.lb[i], means$ci.ub[i], means$pval[i],
        means$tau2, pi[1], pi[2])
  }
  res <- model(dat, ~ group)
  df2 <- if (TEST == "z") Inf else nrow(dat) - g
  add(analysis, "@DIFFERENCE@", nrow(dat), F = res$QM, df1 = g - 1, df2 = df2, p = res$QMp)
}

# Arms that share a reference, with their covariance V, as their generalised least-squares mean.
mean_of_arms <- function(yi, V) {
  W <- solve(V)
  c(yi = sum(W %*% yi) / sum(W), vi = 1 / sum(W))
}
"""


def r_script(results: Sequence[AnalysisResult]) -> str:
    """The script; it prints a table in CSV with the columns of COLUMNS, on the analysis scale.

    Raises ValueError where metafor has no such method.
    """
    method = results[0].method
    _refuse(method.estimator, method.test)
    chosen = [
        f"METHOD <- {_text(_METHODS[method.estimator])}",
        f"TEST <- {_text(_TESTS[method.test])}",
        f"LEVEL <- {100.0 * method.level.fraction!r}",
        f"PREDICTION <- {_text(method.prediction)}",
        f"DF_LOST <- {_DF_LOST.get(method.prediction, 'NA')}",
    ]
    models = {result.analysis.id: list(model_fits_of(result)) for result in results}
    robust = any(fit.test in ROBUST for fits in models.values() for fit in fits)
    lines = [
        _comment(results[0].review.title),
        "# Each analysis in metafor, from the effects and standard errors that entered it, on the "
        "analysis scale.",
        "# Run with: Rscript FILE. It prints a table in CSV.",
        *(_comment(each) for each in _not_in_metafor(method.prediction)),
        "suppressPackageStartupMessages(library(metafor))",
        *(["suppressPackageStartupMessages(library(clubSandwich))"] if robust else []),
        "",
        *chosen,
        "",
        _FUNCTIONS.replace("@DIFFERENCE@", DIFFERENCE),
        *([MODEL_FUNCTIONS] if any(models.values()) else []),
    ]
    for result in results:
        lines += _analysis(fits_of(result), models[result.analysis.id])
    lines += ["", f"write.csv(results[, {_vector(map(_text, COLUMNS))}], row.names = FALSE)"]
    return "\n".join(lines) + "\n"


def _refuse(estimator: str, test: str) -> None:
    for what, name, known in (("estimator", estimator, _METHODS), ("test", test, _TESTS)):
        if name not in known:
            raise ValueError(
                f"metafor has no {what} '{name}' that would give these numbers; a .py file reproduces them "
                "with this package alone"
            )


def _not_in_metafor(prediction: str) -> Iterator[str]:
    if prediction == "NNF":
        yield "Prediction intervals of kind NNF are not in metafor, and are left out."


def _analysis(fits: AnalysisFits, models: Sequence[ModelFit]) -> Iterator[str]:
    result = fits.result
    name = _text(result.analysis.id)
    yield ""
    yield _comment(f"{result.analysis.id}: {result.analysis.title}")
    if not (fits.alone or fits.compared or models):
        yield "# Nothing is pooled."
    yield from model_lines(result.analysis.id, models, _text, _vector)
    if fits.compared and fits.common:
        yield from _data(result, fits.compared)
        yield f"compare_common({name}, dat)"
    for fit in fits.alone:
        yield from _data(result, (fit,))
        yield f"pooled({name}, {_text(fit.name)}, dat)"
    if fits.compared and not fits.common:
        yield from _data(result, fits.compared)
        yield f"compare({name}, dat)"
    if fits.within:
        yield f"# {WITHIN}"
        labels, yi, vi = zip(*fits.within, strict=True)
        yield f"dat <- data.frame(study = {_vector(map(_text, labels))},"
        yield f"  yi = {_vector(map(repr, yi))},"
        yield f"  vi = {_vector(map(repr, vi))})"
        yield f"pooled({name}, {_text(WITHIN)}, dat)"


def _data(result: AnalysisResult, fits: Sequence[FitData]) -> Iterator[str]:
    """A data frame with a row a unit, whose groups have the order of the review."""
    units = [unit for fit in fits for unit in fit.units]
    groups = [fit.name for fit in fits for _ in fit.units]
    yield f"dat <- data.frame(study = {_vector(_text(result.unit_label(unit)) for unit in units)},"
    if len(fits) > 1:
        levels = _vector(_text(fit.name) for fit in fits)
        yield f"  group = factor({_vector(map(_text, groups))}, levels = {levels}),"
    yield f"  yi = {_vector(_number(unit.yi, unit) for unit in units)},"
    yield f"  sei = {_vector(_number(unit.sei, unit) for unit in units)})"
    yield "dat$vi <- dat$sei^2"
    for row, unit in enumerate(units, start=1):
        if unit.of_arms:
            yi = _vector(repr(each.effect.yi) for each in unit.rows)
            matrix = _vector(repr(value) for value in unit.covariance.ravel().tolist())
            yield f'dat[{row}, c("yi", "vi")] <- mean_of_arms({yi}, matrix({matrix}, {len(unit.rows)}))'


def _number(value: float, unit: Unit) -> str:
    """Every digit; of several arms what R works out itself."""
    return "NA_real_" if unit.of_arms else repr(value)


def _vector(items: Iterable[str]) -> str:
    return f"c({', '.join(items)})"


def _text(text: str) -> str:
    """A text of R in ASCII."""
    return '"' + "".join(map(_sign, text)) + '"'


def _sign(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    code = ord(sign)
    if 32 <= code < 127:
        return sign
    return " " if code < 32 or 0xD800 <= code < 0xE000 else f"\\U{code:08x}"


def _comment(text: str) -> str:
    """One line of a comment."""
    return f"# {' '.join(text.split())}".encode("ascii", "replace").decode()
