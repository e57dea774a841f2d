# Reference values of metafor for weights, predictions of the studies' effects and the Henmi-Copas interval.
# Rscript make.R, in this directory.
suppressMessages(library(metafor))
suppressMessages(library(jsonlite))

# The smallest change of tau2 at which metafor's iterations stop; below its rounding they never do.
closely <- function(data, ...) {
  for (threshold in 10^-(14:8)) {
    control <- list(threshold = threshold, tol = 1e-14, maxiter = 1000)
    given <- list(yi = as.numeric(data$yi), vi = as.numeric(data$vi), data = data, ..., control = control)
    fit <- tryCatch(suppressWarnings(do.call(rma, given)), error = conditionMessage)
    if (inherits(fit, "rma")) return(fit)
  }
  stop(fit)
}
roots <- list(tol = 1e-14, maxiter = 10000)

numbers <- function(fit) {
  at <- suppressWarnings(predict(fit))
  list(beta = c(fit$beta), covariance = unname(vcov(fit)), se = fit$se, stat = fit$zval, pval = fit$pval,
       ci_lb = fit$ci.lb, ci_ub = fit$ci.ub, tau2 = fit$tau2, I2 = fit$I2, H2 = fit$H2, QE = fit$QE, QEp = fit$QEp,
       QM = fit$QM, QMp = fit$QMp, weights = unname(weights(fit)),
       pi_lb = if (fit$p == 1) at$pi.lb else NULL, pi_ub = if (fit$p == 1) at$pi.ub else NULL)
}

studies <- function(found) {
  list(pred = found$pred, se = found$se, pi_lb = found$pi.lb, pi_ub = found$pi.ub)
}

sets <- list(
  bcg = list(data = escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg), mods = ~ ablat + year),
  bangertdrowns2004 = list(data = subset(dat.bangertdrowns2004, !is.na(length)), mods = ~ length),
  raudenbush1985 = list(data = dat.raudenbush1985, mods = ~ weeks),
  hine1989 = list(data = escalc("RD", n1i = n1i, n2i = n2i, ai = ai, ci = ci, data = dat.hine1989)),
  normand1999 = list(data = escalc("MD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i,
                                   data = dat.normand1999))
)

result <- list()
for (name in names(sets)) {
  data <- sets[[name]]$data
  k <- nrow(data)
  given <- list(cycle = rep_len(c(1, 2.5, 0.25, 4), k), some_zero = rep_len(c(0, 1, 3, 2), k), ones = rep(1, k),
                fixed = 1 / as.numeric(data$vi))
  designs <- list(none = ~ 1)
  if (!is.null(sets[[name]]$mods)) designs$moderators <- sets[[name]]$mods
  cases <- list()
  blups <- list()
  for (design in names(designs)) {
    formula <- designs[[design]]
    for (method in c("EE", "DL", "REML")) for (test in c("z", "t", "knha", "adhoc")) {
      for (w in names(given)) {
        fit <- closely(data, mods = formula, method = method, test = test, weights = given[[w]])
        cases[[paste(design, method, test, w, sep = "/")]] <- numbers(fit)
      }
      if (method != "EE") {
        fit <- closely(data, mods = formula, method = method, test = test)
        blups[[paste(design, method, test, sep = "/")]] <- list(blup = studies(blup(fit)), ranef = studies(ranef(fit)))
      }
    }
    fit <- closely(data, mods = formula, method = "REML", test = "knha", weighted = FALSE)
    cases[[paste(design, "REML", "knha", "unweighted", sep = "/")]] <- numbers(fit)
  }
  plain <- rma(yi, vi, data = data, method = "DL")
  henmi <- list()
  for (level in c(50, 90, 95, 99)) {
    found <- tryCatch(hc(update(plain, level = level), control = roots), error = function(e) NULL)
    if (is.null(found)) next # its bracket for the root is too narrow for some
    henmi[[as.character(level)]] <- list(beta = c(found$beta), se = found$se, ci_lb = found$ci.lb, ci_ub = found$ci.ub,
                                         tau2 = found$tau2)
  }
  result[[name]] <- list(
    yi = as.numeric(data$yi), vi = as.numeric(data$vi), weights = given,
    x = if (is.null(sets[[name]]$mods)) NULL else unname(model.matrix(sets[[name]]$mods, data)),
    cases = cases, blups = blups, hc = henmi
  )
}
write_json(result, "inference.json", digits = NA, auto_unbox = TRUE, null = "null", na = "null")
