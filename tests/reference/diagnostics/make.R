# Values of metafor for trim-and-fill, Baujat coordinates and asymmetry tests with sample sizes.
# Run in this folder: Rscript make.R
pdf(NULL)
library(metafor)
library(jsonlite)
control <- list(threshold = 1e-13, maxiter = 1000)

trimmed <- function(yi, vi, method, estimator, side) {
  fit <- rma(yi, vi, method = method, control = control)
  filled <- tryCatch(trimfill(fit, estimator = estimator, side = side, control = control),
                     error = function(e) NULL, warning = function(w) NULL)
  if (is.null(filled)) return(NULL)
  list(side = filled$side, k0 = filled$k0, beta = c(filled$beta), se = filled$se,
       ci_lb = filled$ci.lb, ci_ub = filled$ci.ub, tau2 = filled$tau2,
       filled = filled$yi[filled$fill])
}

one <- function(yi, vi, ni = NULL) {
  result <- list(yi = yi, vi = vi)
  for (method in c("EE", "REML", "DL"))
    for (estimator in c("L0", "R0", "Q0"))
      for (side in c("left", "right"))
        result$trimfill[[paste(method, estimator, side, sep = "/")]] <- trimmed(yi, vi, method, estimator, side)
  fit <- rma(yi, vi, control = control)
  result$baujat <- baujat(fit)[c("x", "y")]
  if (!is.null(ni)) {
    result$ni <- ni
    for (model in c("rma", "lm")) for (predictor in c("ni", "ninv", "sqrtninv")) {
      test <- regtest(rma(yi, vi, ni = ni, control = control), model = model, predictor = predictor)
      result$regtest[[paste(model, predictor, sep = "/")]] <-
        list(stat = test$zval, pval = test$pval, limit = test$est, ci = c(test$ci.lb, test$ci.ub))
    }
  }
  result
}

bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
smoke <- dat.hackshaw1998
bangert <- dat.bangertdrowns2004
teachers <- dat.raudenbush1985
molloy <- escalc(measure = "ZCOR", ri = ri, ni = ni, data = dat.molloy2014)
values <- list(
  bcg = one(c(bcg$yi), c(bcg$vi), with(dat.bcg, tpos + tneg + cpos + cneg)),
  hackshaw1998 = one(smoke$yi, smoke$vi),
  bangertdrowns2004 = one(bangert$yi, bangert$vi, bangert$ni),
  raudenbush1985 = one(teachers$yi, teachers$vi),
  molloy2014 = one(c(molloy$yi), c(molloy$vi), molloy$ni)
)
# Asymmetry tests of 2x2 tables and extrapolations, by R's lm with the regressions of the papers.
slope <- function(fit) {
  row <- summary(fit)$coefficients
  list(stat = row[2, 3], pval = row[2, 4], limit = row[1, 1], ci = unname(confint(fit)[1, ]), limit_p = row[1, 4])
}
counts <- function(a, b, c, d) {
  storage.mode(a) <- storage.mode(b) <- storage.mode(c) <- storage.mode(d) <- "double"  # integers overflow
  n <- a + b + c + d
  n1 <- a + b
  n2 <- c + d
  add <- ifelse(pmin(a, b, c, d) == 0, 0.5, 0)
  lor <- log((a + add) * (d + add) / ((b + add) * (c + add)))
  pooled <- (a + c) * (b + d) / n
  score <- a - n1 * (a + c) / n
  v <- n1 * n2 * (a + c) * (b + d) / (n^2 * (n - 1))
  ess <- 4 * n1 * n2 / n
  list(a = a, b = b, c = c, d = d,
       Macaskill = slope(lm(lor ~ n, weights = pooled)),
       Peters = slope(lm(lor ~ I(1 / n), weights = pooled)),
       Harbord = slope(lm(I(score / v) ~ I(1 / sqrt(v)), weights = v)),
       Deeks = slope(lm(lor ~ I(1 / sqrt(ess)), weights = ess)))
}
extrapolated <- function(yi, vi) {
  sei <- sqrt(vi)
  tau2 <- rma(yi, vi, control = control)$tau2
  spread <- sqrt(vi + tau2)
  fit <- lm(yi ~ spread, weights = 1 / (vi + tau2))
  at <- c(1, sqrt(tau2))
  list(yi = yi, vi = vi, PET = slope(lm(yi ~ sei, weights = 1 / vi)), PEESE = slope(lm(yi ~ vi, weights = 1 / vi)),
       limit = list(estimate = sum(at * coef(fit)), se = sqrt(c(t(at) %*% vcov(fit) %*% at))))
}
tables <- list(bcg = with(dat.bcg, counts(tpos, tneg, cpos, cneg)),
               collins1985b = with(na.omit(dat.collins1985b[c("pre.xti", "pre.nti", "pre.xci", "pre.nci")]),
                                   counts(pre.xti, pre.nti - pre.xti, pre.xci, pre.nci - pre.xci)))
corrections <- list(hackshaw1998 = extrapolated(smoke$yi, smoke$vi), bcg = extrapolated(c(bcg$yi), c(bcg$vi)))
write_json(list(metafor = as.character(packageVersion("metafor")), values = values,
                tables = tables, corrections = corrections),
           "small_studies.json", digits = NA, auto_unbox = TRUE, pretty = FALSE)
