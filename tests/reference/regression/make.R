# Reference values for meta-regression and subgroups. Run in this folder: Rscript make.R
suppressMessages({library(metafor); library(metadat); library(splines); library(jsonlite)})
exact <- list(threshold = 1e-13, maxiter = 100000, tol = 1e-14)

bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
sets <- list(
  bcg = as.data.frame(bcg)[c("yi", "vi", "author", "year", "ablat", "alloc")],
  bangertdrowns2004 = as.data.frame(dat.bangertdrowns2004)[
    c("yi", "vi", "grade", "length", "minutes", "wic", "feedback", "info", "pers", "imag", "meta")],
  raudenbush1985 = as.data.frame(dat.raudenbush1985)[c("yi", "vi", "weeks", "setting", "tester", "year")],
  konstantopoulos2011 = as.data.frame(dat.konstantopoulos2011)[c("yi", "vi", "district", "year")])
sets <- lapply(sets, function(d) { for (n in names(d)) attributes(d[[n]]) <- NULL; d })

# The formula as formulaic and as R write it; columns of one term (counted from one); new data.
models <- list(
  list("bcg", "ablat", "ablat", list(2), data.frame(ablat = c(0, 33, 60))),
  list("bcg", "ablat + C(alloc)", "ablat + factor(alloc)", list(3:4, c(2, 4)),
       data.frame(ablat = c(20, 50), alloc = c("random", "alternate"))),
  list("bcg", "ablat * C(alloc)", "ablat * factor(alloc)", list(3:4, 5:6),
       data.frame(ablat = c(20, 50), alloc = c("systematic", "random"))),
  list("bcg", "bs(ablat, df=4)", "bs(ablat, df = 4)", list(2:5, 3), data.frame(ablat = c(14, 33, 50.5))),
  list("bcg", "0 + C(alloc)", "0 + factor(alloc)", list(1:2), data.frame(alloc = c("random", "alternate"))),
  list("bcg", "poly(ablat, 2) + I(year - 1948)", "poly(ablat, 2) + I(year - 1948)", list(2:3, 4),
       data.frame(ablat = c(15, 40), year = c(1950, 1980))),
  list("bangertdrowns2004", "length + wic + feedback + info + pers + imag + meta",
       "length + wic + feedback + info + pers + imag + meta", list(3:8, c(2, 5)),
       data.frame(length = 12, wic = 1, feedback = c(0, 1), info = 1, pers = 0, imag = 1, meta = c(1, 0))),
  list("bangertdrowns2004", "C(grade) * length", "factor(grade) * length", list(2:4, 5, 6:8),
       data.frame(grade = c(4, 1), length = c(5, 20))),
  list("bangertdrowns2004", "minutes + C(info)", "minutes + factor(info)", list(2, 3),
       data.frame(minutes = 15, info = c(0, 1))),
  list("raudenbush1985", "weeks", "weeks", list(2), data.frame(weeks = c(0, 1, 10))),
  list("raudenbush1985", "log(weeks + 1) + setting + tester", "log(weeks + 1) + setting + tester", list(3:4),
       data.frame(weeks = c(0, 7), setting = c("group", "indiv"), tester = c("aware", "blind"))),
  list("raudenbush1985", "C(setting) * weeks", "factor(setting) * weeks", list(4),
       data.frame(weeks = c(0, 7), setting = c("group", "indiv"))),
  list("konstantopoulos2011", "C(district)", "factor(district)", list(2:11, c(3, 7)),
       data.frame(district = c(11, 71))),
  list("konstantopoulos2011", "bs(year, df=3)", "bs(year, df = 3)", list(2:4), data.frame(year = c(1980, 1999))))
choices <- rbind(data.frame(method = c("REML", "ML", "DL", "PM", "HE", "SJ", "EE"), test = "z"),
                 data.frame(method = "REML", test = c("t", "knha", "adhoc")), data.frame(method = "DL", test = "knha"))

wald <- function(a) list(QM = a$QM, QMp = a$QMp, m = a$m)

case <- function(model, method, test) {
  data <- sets[[model[[1]]]]
  rhs <- as.formula(paste("~", model[[3]]))
  kept <- complete.cases(data[all.vars(rhs)])
  data <- data[kept, ]
  fit <- suppressWarnings(rma(yi, vi, mods = rhs, data = data, method = method, test = test, control = exact))
  p <- fit$p
  set.seed(p)
  L <- matrix(round(rnorm(2 * p), 2), 2)
  setup <- lm(update(rhs, yi ~ .), data)
  X <- model.matrix(delete.response(terms(setup)), model[[5]], xlev = setup$xlevels)
  intercept <- fit$int.incl
  kind <- if (method == "ML") "ML" else "REML"
  at <- suppressWarnings(predict(fit, newmods = if (intercept) X[, -1, drop = FALSE] else X))
  bounds <- if (method == "EE") NULL else
    confint(fit, type = "QP", control = list(tol = 1e-14, maxiter = 100000))$random[, 2:3]
  v <- if (p - intercept > 1) unname(vif(fit)$vifs) else NULL
  g <- if (p - intercept > 1)
    lapply(Filter(function(b) all(b > intercept), model[[4]]),
           function(b) list(columns = b, gvif = unname(vif(fit, btt = b)$vifs)))
  list(
    data = model[[1]], formula = paste("~", model[[2]]), method = method, test = test, k = fit$k,
    beta = c(fit$beta), se = fit$se, statistic = fit$zval, p_value = fit$pval, ci_low = fit$ci.lb,
    ci_high = fit$ci.ub, covariance = unname(fit$vb), tau2 = fit$tau2, se_tau2 = fit$se.tau2,
    I2 = fit$I2, H2 = fit$H2, R2 = fit$R2, QE = fit$QE, QE_p = fit$QEp, QM = fit$QM, QM_p = fit$QMp,
    loglik_ml = fit$fit.stats["ll", "ML"], loglik_reml = fit$fit.stats["ll", "REML"],
    AIC = fit$fit.stats["AIC", kind], BIC = fit$fit.stats["BIC", kind], AICc = fit$fit.stats["AICc", kind],
    bounds = if (!is.null(bounds)) list(tau2 = bounds["tau^2", ], I2 = bounds["I^2(%)", ], H2 = bounds["H^2", ]),
    subsets = lapply(model[[4]], function(b) c(list(columns = b), wald(anova(fit, btt = b)))),
    contrast = { a <- anova(fit, X = L)
      c(list(L = L, estimate = c(a$Xb), se = a$se, statistic = c(a$zval), p_value = c(a$pval)), wald(a)) },
    newdata = model[[5]],
    predicted = list(pred = at$pred, se = at$se, ci_low = at$ci.lb, ci_high = at$ci.ub, pi_low = at$pi.lb,
                     pi_high = at$pi.ub),
    vif = v, gvif = g)
}
cases <- list()
for (model in models) for (i in seq_len(nrow(choices)))
  cases[[length(cases) + 1]] <- case(model, choices$method[i], choices$test[i])

one <- function(fit) {
  at <- predict(fit)
  list(k = fit$k, estimate = c(fit$beta), se = fit$se, statistic = fit$zval, p_value = fit$pval,
       ci_low = fit$ci.lb, ci_high = fit$ci.ub, tau2 = fit$tau2, I2 = fit$I2, Q = fit$QE, Q_p = fit$QEp,
       prediction_low = at$pi.lb, prediction_high = at$pi.ub)
}
groups <- list()
for (g in list(c("bcg", "alloc"), c("raudenbush1985", "setting"), c("raudenbush1985", "tester"),
               c("bangertdrowns2004", "grade"), c("bangertdrowns2004", "feedback"),
               c("konstantopoulos2011", "district")))
  for (method in c("REML", "DL")) for (test in c("z", "knha")) {
    data <- sets[[g[1]]]
    data <- data[!is.na(data[[g[2]]]), ]
    data$by <- data[[g[2]]]
    levels <- unique(data$by)
    fits <- lapply(levels, function(l)
      suppressWarnings(rma(yi, vi, data = data[data$by == l, ], method = method, test = test, control = exact)))
    est <- sapply(fits, function(f) c(f$beta)); se <- sapply(fits, function(f) f$se)
    between <- rma(est, sei = se, mods = ~ factor(levels), method = "FE")
    cells <- suppressWarnings(
      rma(yi, vi, mods = ~ 0 + factor(by, levels), data = data, method = method, test = test, control = exact))
    common <- suppressWarnings(
      rma(yi, vi, mods = ~ factor(by, levels), data = data, method = method, test = test, control = exact))
    at <- suppressWarnings(predict(cells, newmods = diag(length(levels))))
    groups[[length(groups) + 1]] <- list(
      data = g[1], by = g[2], method = method, test = test, levels = levels,
      overall = one(rma(yi, vi, data = data, method = method, test = test, control = exact)),
      separate = lapply(fits, one), Q_between = between$QM, Q_between_p = between$QMp,
      common = list(estimate = c(cells$beta), se = cells$se, statistic = cells$zval, p_value = cells$pval,
                    ci_low = cells$ci.lb, ci_high = cells$ci.ub, prediction_low = at$pi.lb,
                    prediction_high = at$pi.ub, tau2 = cells$tau2, I2 = cells$I2, QE = cells$QE,
                    QM = common$QM, QM_p = common$QMp, R2 = common$R2))
  }

# Welch's test of means: with equal variances, the separate Hartung-Knapp subgroups are group means.
set.seed(3)
y <- round(rnorm(18), 3); a <- rep(c("a", "b", "c"), c(4, 6, 8))
w <- oneway.test(y ~ a)
welch <- list(y = y, group = a, F = unname(w$statistic), df1 = unname(w$parameter[1]),
              df2 = unname(w$parameter[2]), p_value = w$p.value)

permuted <- list()
for (s in list(list("bcg", c(1:6, 12), "ablat"), list("raudenbush1985", c(1, 3, 4, 8, 10, 11, 16), "weeks + tester")))
  for (test in c("z", "knha")) {
    fit <- rma(yi, vi, mods = as.formula(paste("~", s[[3]])), data = sets[[s[[1]]]][s[[2]], ], test = test,
               control = exact)
    p <- permutest(fit, exact = TRUE, progbar = FALSE)
    permuted[[length(permuted) + 1]] <- list(data = s[[1]], rows = s[[2]], formula = paste("~", s[[3]]),
      test = test, p_value = p$pval, QM_p = p$QMp, orders = factorial(length(s[[2]])))
  }

write_json(list(made_with = paste("metafor", packageVersion("metafor")), data = sets, cases = cases,
                subgroups = groups, welch = welch, permutations = permuted),
           "regression.json", digits = NA, auto_unbox = TRUE, null = "null", na = "null", dataframe = "columns")
