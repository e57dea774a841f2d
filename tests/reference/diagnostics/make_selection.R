# Values of metafor for selection models: log-likelihoods, estimates and tests, with all digits kept.
# Run in this folder: Rscript make_selection.R
library(metafor)
library(jsonlite)
tight <- list(reltol = 1e-13, maxit = 5000)  # of step functions; integrals are too slow for more than the default

number <- function(x) if (is.null(x)) NA else c(x)

one <- function(yi, vi, type, alternative, steps, method) {
  found <- tryCatch(suppressWarnings({
    fit <- rma(yi, vi, method = method, control = list(threshold = 1e-13, maxiter = 1000))
    if (is.null(steps)) selmodel(fit, type = type, alternative = alternative)
    else selmodel(fit, type = type, alternative = alternative, steps = steps, control = tight)
  }), error = function(e) NULL)
  if (is.null(found)) return(NULL)
  list(type = type, alternative = alternative, steps = number(steps), method = method,
       beta = c(found$beta), se = number(found$se), ci = c(number(found$ci.lb), number(found$ci.ub)),
       tau2 = found$tau2, se_tau2 = number(found$se.tau2),
       delta = number(found$delta), se_delta = number(found$se.delta),
       ll = found$fit.stats["ll", "ML"], LRT = number(found$LRT), LRTdf = number(found$LRTdf), LRTp = number(found$LRTp),
       LRT_tau2 = number(found$LRT.tau2), LRTp_tau2 = number(found$LRTp.tau2))
}

every <- function(yi, vi, alternative, models, two_sided) {
  fits <- list()
  for (m in models) fits[[length(fits) + 1]] <- one(yi, vi, m[[1]], alternative, m[[2]], "ML")
  fits[[length(fits) + 1]] <- one(yi, vi, "stepfun", alternative, 0.025, "EE")
  for (m in two_sided) fits[[length(fits) + 1]] <- one(yi, vi, m[[1]], "two.sided", m[[2]], "ML")
  list(yi = yi, vi = vi, alternative = alternative, fits = Filter(Negate(is.null), fits))
}

smooth <- list(list("beta", NULL), list("halfnorm", NULL), list("negexp", NULL), list("logistic", NULL), list("power", NULL))
several <- list(list("stepfun", 0.025), list("stepfun", c(0.025, 0.5)), list("stepfun", c(0.05, 0.1, 0.5)))
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
baskerville <- dat.baskerville2012
values <- list(
  hackshaw1998 = every(dat.hackshaw1998$yi, dat.hackshaw1998$vi, "greater", several, several[c(1, 3)]),
  baskerville2012 = every(baskerville$smd, baskerville$se^2, "greater", several, several[1]),
  bcg = every(c(bcg$yi), c(bcg$vi), "less", c(smooth, several), smooth[2:3]))
write_json(list(metafor = as.character(packageVersion("metafor")), values = values),
           "selection_models.json", digits = NA, auto_unbox = TRUE, pretty = FALSE)
