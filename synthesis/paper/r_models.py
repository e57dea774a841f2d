"""Models of dependent effects in R: `rma.mv` of metafor, with clubSandwich where tests are cluster-robust."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from synthesis.paper.model_fits import TEST_OF, ModelFit

FUNCTIONS = """\
# Several estimates a study: V holds their sampling variances, and the covariances of pairs (i, j).
covariances <- function(vi, i, j, value) {
  V <- diag(vi, nrow = length(vi))
  V[cbind(i, j)] <- value
  V[cbind(j, i)] <- value
  V
}

# In units of the typical standard error, so that the optimiser stops late enough.
unit_of <- function(dat) sqrt(mean(dat$vi))

fit_model <- function(dat, V, random, struct, method, test, mods = ~ 1) {
  unit <- unit_of(dat)
  dat$yi <- dat$yi / unit
  asked <- list(yi = dat$yi, V = V / unit^2, mods = mods, data = dat, method = method, level = LEVEL,
                test = if (test == "z") "z" else "t", dfs = if (test == "z") "residual" else "contain",
                control = list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-15, maxit = 10000))
  if (!is.null(random)) asked$random <- random
  if (!is.null(struct)) asked$struct <- struct
  do.call(rma.mv, asked)
}

model_summary <- function(analysis, group, dat, res, test) {
  robust <- startsWith(test, "CR")
  if (robust) {
    ct <- coef_test(res, vcov = test, cluster = dat$cluster, test = "Satterthwaite")
    se <- ct$SE; df <- ct$df_Satt; p <- ct$p_Satt
  } else {
    se <- res$se; df <- if (test == "t") res$ddf else Inf; p <- res$pval
  }
  q <- qt((1 + LEVEL / 100) / 2, df)
  unit <- unit_of(dat)
  b <- c(res$beta) * unit
  se <- se * unit
  # the variance of true effects in all, where it is the same for every estimate
  tau2 <- if (res$withG) NA else sum(res$sigma2) * unit^2
  pi <- if (!res$withS || is.na(tau2)) c(NA, NA) else b + c(-1, 1) * q * sqrt(se^2 + tau2)
  add(analysis, group, nrow(dat), b, b - q * se, b + q * se, p, tau2, pi[1], pi[2])
}

moderator_test <- function(analysis, name, dat, res, test, which) {
  if (startsWith(test, "CR")) {
    w <- Wald_test(res, constrain_zero(which), vcov = test, cluster = dat$cluster, test = "HTZ")
    add(analysis, name, nrow(dat), F = w$Fstat, df1 = w$df_num, df2 = w$df_denom, p = w$p_val)
  } else {
    w <- anova(res, btt = which)
    df2 <- if (test == "z") Inf else w$QMdf[2]
    add(analysis, name, nrow(dat), F = w$QM, df1 = w$QMdf[1], df2 = df2, p = w$QMp)
  }
}
"""


def model_lines(
    analysis: str,
    fits: Iterable[ModelFit],
    text: Callable[[str], str],
    vector: Callable[[Iterable[str]], str],
) -> Iterator[str]:
    """The lines of one analysis; text and vector: how R writes a text, and items as a vector."""
    for fit in fits:
        yield f"dat <- data.frame(study = {vector(map(text, fit.labels))},"
        yield f"  cluster = {vector(map(text, fit.cluster))},"
        yield f"  site = {vector(map(text, fit.site))},"
        for place, (_, levels) in enumerate(fit.moderators):
            yield f"  m{place} = {vector(map(text, levels))},"
        yield f"  yi = {vector(map(repr, fit.yi))},"
        yield f"  vi = {vector(map(repr, fit.vi))})"
        yield "dat$estimate <- seq_len(nrow(dat))"
        yield from _covariances(fit, vector)
        mods = "".join(f" + m{place}" for place in range(len(fit.moderators)))
        yield (
            f"res <- fit_model(dat, V, {_random(fit)}, {_structure(fit, text)}, {text(fit.method)}, "
            f"{text(fit.test)}, ~ 1{mods})"
        )
        if not fit.moderators:
            yield f"model_summary({text(analysis)}, {text(fit.name)}, dat, res, {text(fit.test)})"
        first = 2
        for name, levels in fit.moderators:
            last = first + len(set(levels)) - 2
            yield (
                f"moderator_test({text(analysis)}, {text(TEST_OF.format(name))}, dat, res, {text(fit.test)}, "
                f"{first}:{last})"
            )
            first = last + 1


def _covariances(fit: ModelFit, vector: Callable[[Iterable[str]], str]) -> Iterator[str]:
    if not fit.covariances:
        yield "V <- diag(dat$vi, nrow = nrow(dat))"
        return
    yield f"V <- covariances(dat$vi, {vector(str(i + 1) for i, _, _ in fit.covariances)},"
    yield f"  {vector(str(j + 1) for _, j, _ in fit.covariances)},"
    yield f"  {vector(repr(value) for _, _, value in fit.covariances)})"


def _random(fit: ModelFit) -> str:
    if fit.method == "EE":
        return "NULL"
    if fit.by_site:
        return "~ site | cluster"
    return "~ 1 | cluster/estimate" if fit.of_estimates else "~ 1 | cluster"


def _structure(fit: ModelFit, text: Callable[[str], str]) -> str:
    if not fit.by_site:
        return "NULL"
    return text("UN" if fit.model == "CMVE" else "DIAG")
