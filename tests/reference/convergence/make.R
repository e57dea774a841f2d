# How often REML by Fisher scoring with step halving, as metafor does it by default, ends without an estimate,
# or with one whose restricted likelihood is lower than that of another tau2 on a fine grid.
# Rscript make.R > convergence.json
suppressPackageStartupMessages({library(metafor); library(jsonlite)})
set.seed(20240501)
k <- 10
per_kind <- 500
kinds <- c("uniform", "log-uniform", "few distinct", "outliers")

variances <- function(kind) switch(kind,
  "uniform" = runif(k, 0.05, 1),
  "log-uniform" = 10^runif(k, -runif(1, 0, 12), 0),
  "few distinct" = sample(10^runif(3, -4, 0), k, replace = TRUE),
  "outliers" = runif(k, 0.5, 1) * 10^ifelse(runif(k) < 0.2, runif(1, -9, 9), 0))

problem <- function(kind) {
  vi <- variances(kind)
  orders <- sample(c(-Inf, -3, -1, 0, 1, 3), 1) + runif(1, -1, 1)
  tau2 <- exp(mean(log(vi))) * 10^orders
  touched <- runif(k) < sample(c(0.3, 1), 1)
  list(kind = kind, vi = vi, yi = rnorm(k, 0, sqrt(vi + ifelse(touched, tau2, 0))))
}

fit <- function(p) tryCatch(
  list(outcome = "estimate", tau2 = suppressWarnings(rma(p$yi, p$vi, method = "REML"))$tau2),
  error = function(e) list(outcome = conditionMessage(e), tau2 = NA))

# Restricted log-likelihood up to a constant, from its definition.
loglik <- function(p, tau2) {
  y <- p$yi - p$yi[which.min(p$vi)]
  w <- 1 / (p$vi + tau2)
  mean <- sum(w * y) / sum(w)
  0.5 * (sum(log(w)) - log(sum(w)) - sum(w * (y - mean)^2))
}

# What the estimate lacks to the best likelihood on a grid of 2,000 tau2 and zero.
lacking <- function(p, tau2) {
  grid <- c(0, 10^seq(log10(min(p$vi)) - 3, log10(max(p$vi) + diff(range(p$yi))^2) + 1, length.out = 2000))
  max(sapply(grid, function(t) loglik(p, t))) - loglik(p, tau2)
}

problems <- unlist(lapply(kinds, function(kind) replicate(per_kind, problem(kind), simplify = FALSE)), FALSE)
kind <- factor(sapply(problems, function(p) p$kind), kinds)

# The same problems in units in which the typical variance is one: convergence thresholds are absolute.
rescaled <- lapply(problems, function(p) {
  unit <- exp(mean(log(p$vi)))
  list(kind = p$kind, vi = p$vi / unit, yi = p$yi / sqrt(unit))
})

count <- function(mask) as.list(tapply(mask, kind, sum))

run <- function(problems) {
  fits <- lapply(problems, fit)
  failed <- sapply(fits, function(f) f$outcome != "estimate")
  lacks <- mapply(function(p, f, bad) if (bad) NA else lacking(p, f$tau2), problems, fits, failed)
  missed <- !failed & lacks > 1e-6
  chosen <- unlist(lapply(kinds, function(a) c(head(which(failed & kind == a), 10),
    head(which(missed & kind == a), 10), head(which(!failed & !missed & kind == a), 10))))
  list(
    failed = count(failed), missed = count(missed), largest_lack = max(lacks, na.rm = TRUE),
    messages = as.list(table(sapply(fits[failed], function(f) f$outcome))),
    examples = lapply(chosen, function(i) c(problems[[i]], fits[[i]])))
}

result <- list(
  metafor = as.character(packageVersion("metafor")), k = k, problems = length(problems),
  fitted = as.list(table(kind)), as_given = run(problems), rescaled = run(rescaled))
cat(toJSON(result, digits = NA, auto_unbox = TRUE, na = "null"), "\n")
