# Effect sizes of means, SDs, correlations and alphas by metafor's escalc, and conversions by effectsize and psych.
# Rscript make_means.R  (writes means.json beside itself)
suppressMessages({library(metafor); library(effectsize); library(jsonlite)})
set.seed(20250107)

sized <- function(k, low, high) sample(low:high, k, replace = TRUE)

k <- 60
two_groups <- data.frame(
  m1i = round(rnorm(k, 20, 4), 2), sd1i = round(exp(rnorm(k, 1.2, 0.4)), 2), n1i = sized(k, 2, 120),
  m2i = round(rnorm(k, 19, 4), 2), sd2i = round(exp(rnorm(k, 1.2, 0.4)), 2), n2i = sized(k, 2, 120))
two_groups <- rbind(two_groups, data.frame(
  m1i = c(10, 5, 103, 1e-3, 9, 4), sd1i = c(2, 1, 5.5, 1e-4, 20, 1), n1i = c(2, 2, 50, 8, 1000, 3),
  m2i = c(10, 9, 100, 2e-3, 8, 3), sd2i = c(3, 1, 4.5, 3e-4, 1, 1e-3), n2i = c(2, 3, 50, 9, 4, 100000)))

k <- 40
paired <- data.frame(
  m1i = round(rnorm(k, 20, 3), 2), m2i = round(rnorm(k, 19, 3), 2), sd1i = round(exp(rnorm(k, 1, 0.4)), 2),
  sd2i = round(exp(rnorm(k, 1, 0.4)), 2), ri = round(runif(k, -0.9, 0.95), 2), ni = sized(k, 2, 150))
paired <- rbind(paired, data.frame(
  m1i = c(5, 5, 5), m2i = c(5, 4, 4), sd1i = c(1, 1, 2), sd2i = c(1, 2, 1),
  ri = c(0, 0.999, -0.999), ni = c(2, 10, 3)))

k <- 40
correlations <- data.frame(ri = round(runif(k, -0.98, 0.98), 3), ni = sized(k, 5, 300))
correlations <- rbind(correlations, data.frame(ri = c(0, 0.999, -0.3, 0.5), ni = c(12, 30, 5, 6)))

k <- 30
regressions <- data.frame(ti = round(rnorm(k, 0.5, 2), 2), mi = sized(k, 1, 6), ni = sized(k, 20, 200),
                          r2i = round(runif(k, 0.3, 0.9), 2))

k <- 30
single <- data.frame(mi = round(rnorm(k, 20, 4), 2), sdi = round(exp(rnorm(k, 1, 0.5)), 2), ni = sized(k, 2, 150))
alphas <- data.frame(ai = round(runif(k, -0.2, 0.98), 2), mi = sized(k, 2, 40), ni = sized(k, 4, 300))

measured <- function(measure, data, vtypes = "LS")
  sapply(vtypes, function(vtype) {
    found <- do.call(escalc, c(list(measure = measure, vtype = vtype), as.list(data)))
    list(yi = as.numeric(found$yi), vi = as.numeric(found$vi))
  }, simplify = FALSE)

all_of <- function(data, ...) {
  wanted <- list(...)
  list(data = data, measures = sapply(names(wanted), function(m) measured(m, data, wanted[[m]]), simplify = FALSE))
}

k <- 20
from_t <- data.frame(ti = round(rnorm(k, 1, 2), 2), n1i = sized(k, 3, 80), n2i = sized(k, 3, 80))
d <- round(rnorm(k), 3)
r <- round(runif(k, -0.95, 0.95), 3)
odds_ratio <- round(exp(rnorm(k)), 3)
baseline <- round(runif(k, 0.02, 0.6), 3)
total <- from_t$n1i + from_t$n2i
chisq <- round(rchisq(k, 1), 3)

answers <- list(
  versions = list(metafor = as.character(packageVersion("metafor")),
                  effectsize = as.character(packageVersion("effectsize")),
                  psych = as.character(packageVersion("psych")), R = R.version.string),
  two_groups = all_of(two_groups, MD = c("LS", "HO"), SMD = c("LS", "UB", "LS2", "AV"),
                      SMD1 = c("LS", "UB", "LS2", "AV"), SMDH = "LS",
                      ROM = c("LS", "HO", "AV", "AVHO"), CVR = "LS", VR = "LS", D2ORN = "LS", D2ORL = "LS",
                      RPB = "ST"),
  paired = all_of(paired, MC = "LS", SMCC = "LS", SMCR = "LS", SMCRH = "LS", ROMC = "LS", CVRC = "LS", VRC = "LS"),
  correlations = all_of(correlations, COR = c("LS", "AV"), UCOR = c("LS", "UB", "AV"), ZCOR = "LS"),
  regressions = all_of(regressions, PCOR = "LS", ZPCOR = "LS", SPCOR = "LS"),
  single = all_of(single, MN = "LS", MNLN = "LS", CVLN = "LS", SDLN = "LS"),
  alphas = all_of(alphas, ARAW = "LS", AHW = "LS", ABT = "LS"),
  from_t = all_of(from_t, SMD = "LS"),
  conversions = list(
    d = d, r = r, odds_ratio = odds_ratio, baseline = baseline, n1 = from_t$n1i, n2 = from_t$n2i, chisq = chisq,
    oddsratio_to_d = oddsratio_to_d(odds_ratio), d_to_oddsratio = d_to_oddsratio(d),
    d_to_r = d_to_r(d, from_t$n1i, from_t$n2i), r_to_d = r_to_d(r, from_t$n1i, from_t$n2i),
    oddsratio_to_riskratio = oddsratio_to_riskratio(odds_ratio, p0 = baseline),
    riskratio_to_oddsratio = riskratio_to_oddsratio(0.5 * odds_ratio / max(odds_ratio) / baseline, p0 = baseline),
    riskratio = 0.5 * odds_ratio / max(odds_ratio) / baseline,
    chisq_to_phi = psych::chi2r(chisq, total),
    psych_d2r = psych::d2r(d), psych_r2d = psych::r2d(r)))
writeLines(toJSON(answers, digits = NA, na = "null", auto_unbox = TRUE), "means.json")
