# Reference values for location-scale models from metafor: Rscript make.R [folder]
# One JSON file a data set: yi, vi, columns x and z without intercept, and fits for ML and REML, with as many digits as there are.
suppressMessages({
  library(metafor)
  library(jsonlite)
})
folder <- commandArgs(trailingOnly = TRUE)
folder <- if (length(folder)) folder[1] else "."
searching <- list(optimizer = "BFGS", reltol = 1e-16, maxit = 5000)
plain <- function(x) unname(as.vector(x))

fit_of <- function(set, method, test) {
  columns <- function(letter, given) if (length(given)) setNames(given, paste0(letter, seq_along(given))) else list()
  formula_of <- function(named) as.formula(paste("~", paste(c("1", names(named)), collapse = " + ")))
  x <- columns("x", set$x)
  z <- columns("z", set$z)
  d <- as.data.frame(c(list(yi = set$yi, vi = set$vi), x, z))
  found <- try(rma(yi, vi, mods = formula_of(x), scale = formula_of(z), data = d,
    method = method, test = test, control = searching), silent = TRUE)
  if (inherits(found, "try-error")) return(NULL)
  statistics <- found$fit.stats[[method]]
  list(method = method, test = test,
    beta = plain(found$beta), se = plain(found$se), pval = plain(found$pval),
    ci_lb = plain(found$ci.lb), ci_ub = plain(found$ci.ub),
    alpha = plain(found$alpha), se_alpha = plain(found$se.alpha), pval_alpha = plain(found$pval.alpha),
    tau2 = plain(found$tau2), QM = plain(found$QM), QMp = plain(found$QMp), QS = plain(found$QS), QSp = plain(found$QSp),
    loglik = statistics[1], AIC = statistics[3], BIC = statistics[4], AICc = statistics[5])
}

bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
writing <- dat.bangertdrowns2004
written <- writing[complete.cases(writing[c("length", "info", "ni")]), ]
expectancy <- dat.raudenbush1985
sets <- list(
  bangertdrowns_size = list(yi = writing$yi, vi = writing$vi, x = list(writing$ni / 100), z = list(writing$ni / 100)),
  bangertdrowns_constant = list(yi = writing$yi, vi = writing$vi, x = list(), z = list()),
  bangertdrowns_two = list(yi = written$yi, vi = written$vi, x = list(written$info), z = list(log(written$ni), written$length)),
  bcg_latitude = list(yi = plain(bcg$yi), vi = bcg$vi, x = list(bcg$ablat), z = list(bcg$ablat)),
  bcg_scale = list(yi = plain(bcg$yi), vi = bcg$vi, x = list(), z = list(bcg$ablat)),
  bcg_year = list(yi = plain(bcg$yi), vi = bcg$vi, x = list(bcg$ablat), z = list(bcg$year - 1950)),
  bcg_random = list(yi = plain(bcg$yi), vi = bcg$vi, x = list(), z = list(1 * (bcg$alloc == "random"))),
  raudenbush_weeks = list(yi = expectancy$yi, vi = expectancy$vi, x = list(), z = list(pmin(expectancy$weeks, 3))),
  raudenbush_both = list(yi = expectancy$yi, vi = expectancy$vi, x = list(pmin(expectancy$weeks, 3)), z = list(pmin(expectancy$weeks, 3))),
  normand_size = list(yi = dat.normand1999$m1i - dat.normand1999$m2i,
    vi = dat.normand1999$sd1i^2 / dat.normand1999$n1i + dat.normand1999$sd2i^2 / dat.normand1999$n2i,
    x = list(), z = list(log(dat.normand1999$n1i + dat.normand1999$n2i))))
for (name in names(sets)) {
  s <- sets[[name]]
  s$fits <- list()
  for (method in c("REML", "ML")) for (test in c("z", "t")) s$fits[[length(s$fits) + 1]] <- fit_of(sets[[name]], method, test)
  s$metafor <- as.character(packageVersion("metafor"))
  write_json(s, file.path(folder, paste0(name, ".json")), digits = NA, auto_unbox = TRUE, pretty = TRUE)
}
