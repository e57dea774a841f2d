# Numbers of the R blocks of docs/from-metafor.md. Run in this folder: Rscript make.R
suppressMessages({library(metafor); library(jsonlite)})
exact <- list(threshold = 1e-13, maxiter = 100000, tol = 1e-14)

lines <- readLines("../../../docs/from-metafor.md")
fences <- grep("^```", lines)
opening <- which(lines[fences] == "```r")
blocks <- sapply(opening, function(i) paste(lines[(fences[i] + 1):(fences[i + 1] - 1)], collapse = "\n"))

# Fits and root-finding of the page, iterated to the digits in which they are compared.
iterated <- function(e) {
  if (!is.call(e)) return(e)
  e <- as.call(lapply(e, iterated))
  if (deparse(e[[1]])[1] %in% c("rma", "confint")) e$control <- quote(exact)
  e
}
pdf(NULL)
shown <- list()
for (block in blocks) for (e in parse(text = block)) {
  value <- eval(iterated(e))
  if (deparse(e[[1]])[1] %in% c("confint", "predict", "anova")) shown <- c(shown, list(value))
}
bounds <- shown[[1]]$random
mean_shown <- shown[[2]]; factor_test <- shown[[3]]; contrast <- shown[[4]]; at <- shown[[5]]

coefficients_of <- function(r) list(estimate = c(r$beta), se = r$se, statistic = r$zval, p_value = r$pval,
                                    ci_low = r$ci.lb, ci_high = r$ci.ub)
named <- function(prefix, values) setNames(values, paste0(prefix, names(values)))
numbers <- c(
  list(yi = c(dat$yi), vi = c(dat$vi)),
  named("res.", c(coefficients_of(res), list(tau2 = res$tau2, I2 = res$I2, H2 = res$H2, Q = res$QE, Q_p = res$QEp,
    tau2_low = bounds["tau^2", "ci.lb"], tau2_high = bounds["tau^2", "ci.ub"],
    I2_low = bounds["I^2(%)", "ci.lb"], I2_high = bounds["I^2(%)", "ci.ub"],
    H2_low = bounds["H^2", "ci.lb"], H2_high = bounds["H^2", "ci.ub"]))),
  list(shown = c(mean_shown$pred, mean_shown$ci.lb, mean_shown$ci.ub, mean_shown$pi.lb, mean_shown$pi.ub)),
  list(groups.names = names(groups),
       groups.estimate = unname(sapply(groups, coef)), groups.tau2 = unname(sapply(groups, function(g) g$tau2)),
       together = c(together$QM, together$QMp)),
  named("mod.", c(coefficients_of(mod), list(tau2 = mod$tau2, I2 = mod$I2, R2 = mod$R2, QE = mod$QE, QE_p = mod$QEp,
    QM = c(mod$QM, mod$QMp)))),
  list(factor_test = c(factor_test$QM, factor_test$QMp),
       contrast = c(contrast$Xb, contrast$se, contrast$zval, contrast$pval),
       at = rbind(at$pred, at$ci.lb, at$ci.ub, at$pi.lb, at$pi.ub)),
  list(mh = c(mh$beta, mh$se, mh$zval, mh$pval, mh$ci.lb, mh$ci.ub, mh$QE, mh$QEp, mh$MH, mh$MHp, mh$TA, mh$TAp),
       peto = c(peto$beta, peto$se, peto$zval, peto$pval, peto$ci.lb, peto$ci.ub, peto$QE, peto$QEp)),
  named("loo.", list(estimate = loo$estimate, se = loo$se, p_value = loo$pval, ci_low = loo$ci.lb,
    ci_high = loo$ci.ub, tau2 = loo$tau2, I2 = loo$I2, Q = loo$Q, Q_p = loo$Qp)),
  named("inf.", list(rstudent = inf$inf$rstudent, dffits = inf$inf$dffits, cook = inf$inf$cook.d,
    covariance_ratio = inf$inf$cov.r, tau2_deleted = inf$inf$tau2.del, Q_deleted = inf$inf$QE.del,
    hat = inf$inf$hat, weights = inf$inf$weight, dfbetas = inf$dfbs$intrcpt)),
  list(egger = c(egger$zval, egger$pval, egger$est, egger$ci.lb, egger$ci.ub),
       begg = c(begg$tau, begg$pval),
       filled = c(filled$k0, refilled$beta, refilled$se, refilled$ci.lb, refilled$ci.ub, refilled$pval,
                  refilled$tau2),
       perm = perm$pval,
       sets = c(nrow(sets$res), range(sets$res$estimate), mean(sets$res$estimate), mean(sets$res$I2))))

# What the page says of metafor's defaults.
loose <- rma(yi, vi, data = dat, test = "knha")
loose_bounds <- confint(loose)$random
knha <- influence(res)$inf
defaults <- list(
  tau2 = loose$tau2, tau2_low = loose_bounds["tau^2", "ci.lb"],
  egger_knha = c(regtest(res)$zval, regtest(res)$pval),
  influence_knha = list(rstudent = knha$rstudent, dffits = knha$dffits, cook = knha$cook.d,
                        covariance_ratio = knha$cov.r),
  trimfill = c(filled$ci.lb, filled$ci.ub))
write(toJSON(list(blocks = blocks, metafor = as.character(packageVersion("metafor")), numbers = numbers,
                  defaults = defaults), digits = NA, auto_unbox = TRUE, pretty = TRUE), "from_metafor.json")
