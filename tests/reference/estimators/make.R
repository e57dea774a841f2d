# Values of metafor 3.8-1 that the 5.1-12 files lack: GENQ with three kinds of weights, some estimators with
# moderators, and likelihood ratio tests. Run in this folder: Rscript make.R
suppressMessages({library(metafor); library(jsonlite)})

tight <- list(threshold = 1e-14, tol = 1e-14, maxiter = 100000)
like <- list(threshold = 1e-13, tol = 1e-13, maxiter = 100000)

bcg <- escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
sets <- list(
  bcg = list(yi = bcg$yi, vi = bcg$vi, x = cbind(bcg$ablat, bcg$year)),
  bangertdrowns2004 = with(dat.bangertdrowns2004[complete.cases(dat.bangertdrowns2004[c("length", "wic")]), ],
                           list(yi = yi, vi = vi, x = cbind(length, wic))),
  raudenbush1985 = with(dat.raudenbush1985, list(yi = yi, vi = vi, x = cbind(weeks, setting == "group"))),
  hackshaw1998 = with(dat.hackshaw1998, list(yi = yi, vi = vi, x = cbind(year, design == "cohort"))),
  molloy2014 = with(escalc("ZCOR", ri = ri, ni = ni, data = dat.molloy2014),
                    list(yi = yi, vi = vi, x = cbind(quality, as.numeric(controls == "none")))),
  konstantopoulos2011 = with(dat.konstantopoulos2011, list(yi = yi, vi = vi, x = cbind(year, district)))
)

estimate <- function(s, mods, method, weights = NULL) {
  arguments <- list(yi = s$yi, vi = s$vi, method = method, control = tight)
  if (!is.null(mods)) arguments$mods <- mods
  if (!is.null(weights)) arguments$weights <- weights
  fit <- tryCatch(do.call(rma.uni, arguments), error = function(e) NULL)
  if (is.null(fit)) NULL else list(tau2 = fit$tau2, se_tau2 = fit$se.tau2)
}

compare <- function(s, full_mods, reduced_mods, full_method, reduced_method) {
  fitted <- function(mods, method) {
    arguments <- list(yi = s$yi, vi = s$vi, method = method, control = like)
    if (!is.null(mods)) arguments$mods <- mods
    do.call(rma.uni, arguments)
  }
  if (reduced_method == "zero") {  # the same method with tau2 fixed at zero keeps the likelihood's kind
    arguments <- list(yi = s$yi, vi = s$vi, method = full_method, tau2 = 0)
    if (!is.null(reduced_mods)) arguments$mods <- reduced_mods
    reduced <- do.call(rma.uni, arguments)
  } else reduced <- fitted(reduced_mods, reduced_method)
  full <- fitted(full_mods, full_method)
  a <- anova(full, reduced)
  list(LRT = as.numeric(a$LRT), pval = as.numeric(a$pval), parms_full = a$parms.f, parms_reduced = a$parms.r,
       ll_full = as.numeric(logLik(full)), ll_reduced = as.numeric(logLik(reduced)))
}

result <- lapply(sets, function(s) {
  designs <- list(none = NULL, one = s$x[, 1, drop = FALSE], two = s$x)
  entries <- list()
  for (d in names(designs)) {
    for (m in c("SJIT", "DLIT", "HSk", "HS"))
      entries[[paste(d, m, sep = "/")]] <- estimate(s, designs[[d]], m)
    entries[[paste(d, "GENQ-se", sep = "/")]] <- estimate(s, designs[[d]], "GENQ", 1 / sqrt(s$vi))
    entries[[paste(d, "GENQ-inverse", sep = "/")]] <- estimate(s, designs[[d]], "GENQ", 1 / s$vi)
    entries[[paste(d, "GENQ-ones", sep = "/")]] <- estimate(s, designs[[d]], "GENQ", rep(1, length(s$yi)))
  }
  tests <- list(
    "one-none/ML" = compare(s, designs$one, NULL, "ML", "ML"),
    "two-one/ML" = compare(s, designs$two, designs$one, "ML", "ML"),
    "two-none/ML" = compare(s, designs$two, NULL, "ML", "ML")
  )
  for (d in names(designs)) for (m in c("ML", "REML"))
    tests[[paste0("tau2/", d, "/", m)]] <- compare(s, designs[[d]], designs[[d]], m, "zero")
  list(yi = as.numeric(s$yi), vi = as.numeric(s$vi), x = unname(s$x), estimates = entries, lrt = tests)
})

write(toJSON(result, digits = NA, auto_unbox = TRUE, null = "null", na = "null"), "estimators.json")
