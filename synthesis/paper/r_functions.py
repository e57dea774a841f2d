"""The functions of R scripts: what `rma` of metafor is asked for, and what is worked out around it."""

from __future__ import annotations

ALL = """\
# Tighter than the defaults of rma, in the units of the data, so that estimates agree to the last digits.
control_of <- function(dat) {
  unit <- max(mean(dat$vi), var(dat$yi))
  list(threshold = 1e-14 * unit, tol = 1e-14 * unit, maxiter = 10000, tau2.max = 100 * nrow(dat) * unit)
}

@MODEL@

fit <- function(dat, test = TEST) {
  if (nrow(dat) == 1) return(rma(yi, vi, data = dat, method = "EE", test = "z", level = LEVEL))
  @FIT@
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

results <- setNames(data.frame(matrix(nrow = 0, ncol = length(COLUMNS))), COLUMNS)
add <- function(analysis, group, k, estimate = NA, ci.lb = NA, ci.ub = NA, p = NA, tau2 = NA, pi.lb = NA,
                pi.ub = NA, F = NA, df1 = NA, df2 = NA, mean = NA) {
  row <- data.frame(analysis, group, k, estimate, ci.lb, ci.ub, p, tau2, pi.lb, pi.ub, F, df1, df2, mean)
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
compare_common <- function(analysis, dat) {
  means <- model(dat, ~ 0 + group, TEST)
  wald <- model(dat, ~ 0 + group, "z")
  g <- nlevels(dat$group)
  # other kinds of prediction are of one mean
  df <- if (PREDICTION %in% c("t(k-1)", "t(k-2)", "z")) nrow(dat) - g - DF_LOST + 1 else NA
  for (i in seq_len(g)) {
    low <- min(means$ci.lb[i], wald$ci.lb[i])
    high <- max(means$ci.ub[i], wald$ci.ub[i])
    pi <- around(means$beta[i], means$se[i], means$tau2, df, low, high)
    name <- levels(dat$group)[i]
    add(analysis, name, sum(dat$group == name), means$beta[i], means$ci.lb[i], means$ci.ub[i], means$pval[i],
        means$tau2, pi[1], pi[2])
  }
  res <- model(dat, ~ group, TEST)
  df2 <- if (TEST == "z") Inf else nrow(dat) - g
  add(analysis, "@DIFFERENCE@", nrow(dat), F = res$QM, df1 = g - 1, df2 = df2, p = res$QMp)
}

# Arms that share a reference, with their covariance V, as their generalised least-squares mean.
mean_of_arms <- function(yi, V) {
  W <- solve(V)
  c(yi = sum(W %*% yi) / sum(W), vi = 1 / sum(W))
}
"""
"""With places for a model and for a fit, which are among those below."""

MODEL = """\
model <- function(dat, formula, test) {
  control <- control_of(dat)
  rma(yi, vi, mods = formula, data = dat, method = METHOD, test = test, level = LEVEL, control = control)
}"""

MODEL_BY_Q = """\
# tau2 from a generalised Q, whose weights are 1/se or those of a first estimate; they serve tau2 alone.
model <- function(dat, formula, test) {
  control <- control_of(dat)
  first <- function() rma(yi, vi, mods = formula, data = dat, method = FIRST, control = control)$tau2
  weights <- if (is.na(FIRST)) 1 / sqrt(dat$vi) else 1 / (dat$vi + first())
  tau2 <- rma(yi, vi, mods = formula, data = dat, method = "GENQ", weights = weights, control = control)$tau2
  rma(yi, vi, mods = formula, data = dat, tau2 = tau2, test = test, level = LEVEL)
}"""
"""DerSimonian & Kacker 2007; Jackson 2013 for the weights 1/se."""

FIT = "model(dat, ~ 1, test)"

FIT_OF_HENMI_AND_COPAS = 'if (test == "HC") henmi_copas(dat) else with_weights(dat, test)'

HENMI_COPAS = """\


# The mean with weights 1/v.
with_weights <- function(dat, test) {
  rma(yi, vi, data = dat, method = METHOD, weights = 1 / vi, test = test, level = LEVEL)
}

# The distribution of that mean's error over its standard error. Given R, which is normal with the variance
# `spread`, Q is taken as gamma with its exact moments (Henmi & Copas 2010). `hc` of metafor has the same
# interval to fewer digits.
henmi_copas <- function(dat) {
  w <- 1 / dat$vi
  res <- with_weights(dat, "z")
  k <- nrow(dat)
  total <- sum(w)
  P <- diag(w) - outer(w, w) / total
  S <- diag(dat$vi + res$tau2)
  along <- c(S %*% w)
  spread <- sum(w * along) / total
  PC <- P %*% (S - outer(along, along) / (spread * total))
  m <- along / sqrt(spread * total)
  mean <- function(x) sum(diag(PC)) + c(m %*% P %*% m) * x^2
  variance <- function(x) 2 * sum(PC * t(PC)) + 4 * c(m %*% PC %*% P %*% m) * x^2
  within <- function(x, s) {
    q <- k - 1 + (total^2 / sum(w^2) - 1) * ((x / s)^2 - 1)
    dnorm(x) * pgamma(q, mean(x)^2 / variance(x), scale = variance(x) / mean(x))
  }
  tail <- function(s) {
    near <- integrate(within, s, s + 1, s = s, rel.tol = 1e-12, subdivisions = 1000)$value
    near + integrate(within, s + 1, Inf, s = s, rel.tol = 1e-12, subdivisions = 1000)$value
  }
  missed <- function(s) tail(s) - (1 - LEVEL / 100) / 2
  reach <- uniroot(missed, c(1e-6, qnorm((1 + LEVEL / 100) / 2)), tol = 1e-15)$root * sqrt(spread) * res$se
  res$ci.lb <- c(res$beta) - reach
  res$ci.ub <- c(res$beta) + reach
  res$pval <- 2 * tail(max(abs(c(res$beta)) / res$se / sqrt(spread), 1e-9))
  res
}"""
