# Reference values for effect sizes from counts, and for Mantel-Haenszel and Peto pooling.
# Rscript make_counts.R, in this folder, with metafor 3.8-1 and metadat.
suppressMessages({library(metafor); library(metadat); library(jsonlite)})
set.seed(20240229)

tables <- function(k, n, p) {
  n1 <- sample(n, k, TRUE); n2 <- sample(n, k, TRUE)
  a <- rbinom(k, n1, runif(k, p[1], p[2])); c <- rbinom(k, n2, runif(k, p[1], p[2]))
  data.frame(ai = a, bi = n1 - a, ci = c, di = n2 - c)
}
sets <- list(
  sparse = rbind(tables(24, 3:25, c(0, 0.25)),
    data.frame(ai = c(0, 7, 0, 9, 5, 1e6, 1, 2.5, NA, 3), bi = c(12, 0, 8, 0, 0, 3e6, 1e5, 4, 3, 9),
               ci = c(0, 4, 6, 3, 0, 1.1e6, 2, 1.25, 2, NA), di = c(30, 0, 0, 5, 6, 2.5e6, 1e5, 7, 8, 4))),
  common = tables(15, 40:400, c(0.2, 0.8)),
  some_events = rbind(tables(8, 20:60, c(0.3, 0.6)), data.frame(ai = 0, bi = 20, ci = 3, di = 40)))
# Doubles: products of four integer margins overflow in R, which gives NA.
sets <- lapply(sets, function(d) data.frame(lapply(d, as.numeric)))
counts <- lapply(sets, function(d) data.frame(x1i = d$ai, t1i = (d$ai + d$bi) * 1.7, x2i = d$ci, t2i = (d$ci + d$di) * 2.3))

rules <- rbind(
  expand.grid(add = 0.5, to = c("only0", "all", "if0all", "none"), drop00 = c(FALSE, TRUE), stringsAsFactors = FALSE),
  data.frame(add = 0.1, to = c("only0", "all"), drop00 = FALSE))
computed <- function(f) {
  e <- suppressWarnings(f())
  list(yi = as.numeric(e$yi), vi = as.numeric(e$vi))
}
grid <- function(measures, data, columns, with_drop = TRUE, more = list()) {
  out <- list()
  for (m in measures) for (s in names(data)) for (r in seq_len(nrow(rules))) {
    rule <- rules[r, ]
    if (!with_drop && rule$drop00) next
    args <- c(list(measure = m, add = rule$add, to = rule$to), as.list(data[[s]])[columns], more)
    if (with_drop) args$drop00 <- rule$drop00
    out[[length(out) + 1]] <- c(list(measure = m, set = s, add = rule$add, to = rule$to, drop00 = rule$drop00),
                                more, computed(function() do.call(escalc, args)))
  }
  out
}
defaults <- function(measures, data, columns) {
  out <- list()
  for (m in measures) for (s in names(data))
    out[[length(out) + 1]] <- c(list(measure = m, set = s),
      computed(function() do.call(escalc, c(list(measure = m), as.list(data[[s]])[columns]))))
  out
}
cells <- c("ai", "bi", "ci", "di"); times <- c("x1i", "t1i", "x2i", "t2i")
of_tables <- c("RR", "OR", "RD", "AS", "PETO", "PHI", "YUQ", "YUY", "PBIT", "OR2DN", "OR2DL")
groups <- lapply(sets, function(d) data.frame(xi = d$ai, mi = d$bi))
times1 <- lapply(counts, function(d) data.frame(xi = d$x1i, ti = d$t1i))
escalc_rows <- c(
  grid(of_tables, sets, cells),
  grid("PHI", sets, cells, more = list(vtype = "ST")),
  grid(c("IRR", "IRD", "IRSD"), counts, times),
  grid(c("PR", "PLN", "PLO", "PAS", "PFT"), groups, c("xi", "mi"), FALSE),
  grid(c("IR", "IRLN", "IRS", "IRFT"), times1, c("xi", "ti"), FALSE))
default_rows <- c(
  defaults(of_tables, sets, cells),
  defaults(c("IRR", "IRD", "IRSD"), counts, times),
  defaults(c("PR", "PLN", "PLO", "PAS", "PFT"), groups, c("xi", "mi")),
  defaults(c("IR", "IRLN", "IRS", "IRFT"), times1, c("xi", "ti")))
tetrachoric <- computed(function() escalc("RTET", ai = ai, bi = bi, ci = ci, di = di, data = sets$common))

back <- list(
  double_arcsine = lapply(c(1, 5, 37, 1000), function(n) {
    x <- seq(0, n, length.out = 11); y <- transf.pft(x / n, n)
    inside <- seq(min(y) + 1e-3, max(y) - 1e-3, length.out = 9)
    list(n = n, xi = x, yi = y, values = inside, p = transf.ipft(inside, n))
  }),
  freeman_tukey = lapply(c(0.5, 12, 800), function(t) {
    x <- c(0, 1, 2.5, 10, 50, 200); y <- transf.irft(x / t, t)
    list(t = t, xi = x, yi = y, rate = transf.iirft(y, t))
  }),
  harmonic = list(ni = c(8, 30, 200), values = c(0.2, 0.5, 1.1),
                  p = transf.ipft.hm(c(0.2, 0.5, 1.1), targs = list(ni = c(8, 30, 200)))))

bcg <- with(dat.bcg, data.frame(ai = tpos, bi = tneg, ci = cpos, di = cneg))
infections <- with(dat.nielweise2007, data.frame(ai = ai, bi = n1i - ai, ci = ci, di = n2i - ci))
beta <- with(dat.yusuf1985, data.frame(ai = ai, bi = n1i - ai, ci = ci, di = n2i - ci))
full <- function(d) d[complete.cases(d), ]
pooled_sets <- list(bcg = bcg, infections = full(infections), beta = full(beta), sparse = full(sets$sparse[1:29, ]),
                    common = sets$common)
berkeley <- lapply(1:6, function(i) UCBAdmissions[, , i])
pooled_sets$berkeley <- do.call(rbind, lapply(berkeley, function(t)
  data.frame(ai = t[1, 1], bi = t[2, 1], ci = t[1, 2], di = t[2, 2])))
pooled_sets <- lapply(pooled_sets, function(d) data.frame(lapply(d, as.numeric)))
shown <- function(m) list(estimate = as.numeric(m$beta), se = m$se, statistic = m$zval, p_value = m$pval,
                          ci_low = m$ci.lb, ci_high = m$ci.ub, Q = m$QE, Q_p = m$QEp, k_yi = m$k.yi)
mh <- list()
for (s in names(pooled_sets)) {
  d <- pooled_sets[[s]]
  for (m in c("OR", "RR", "RD")) {
    fit <- suppressWarnings(rma.mh(measure = m, ai = ai, bi = bi, ci = ci, di = di, data = d))
    row <- c(list(set = s, measure = m), shown(fit))
    if (m == "OR") {
      plain <- suppressWarnings(rma.mh(measure = m, ai = ai, bi = bi, ci = ci, di = di, data = d, correct = FALSE))
      row <- c(row, list(cmh_corrected = fit$MH, cmh_corrected_p = fit$MHp, cmh = plain$MH, cmh_p = plain$MHp,
                         tarone = fit$TA, tarone_p = fit$TAp))
      informative <- d[d$ai + d$bi > 0 & d$ci + d$di > 0, ]
      cube <- array(t(as.matrix(informative[, cells])), c(2, 2, nrow(informative)))
      row$base_r <- lapply(c(TRUE, FALSE), function(correct) {
        t <- mantelhaen.test(cube, correct = correct)
        list(correct = correct, statistic = as.numeric(t$statistic), p_value = t$p.value,
             estimate = as.numeric(t$estimate), ci_low = t$conf.int[1], ci_high = t$conf.int[2])
      })
    }
    mh[[length(mh) + 1]] <- row
  }
}
peto <- lapply(names(pooled_sets), function(s) c(list(set = s), shown(suppressWarnings(
  rma.peto(ai = ai, bi = bi, ci = ci, di = di, add = 0, data = pooled_sets[[s]])))))
rate_sets <- list(
  hart = with(dat.hart1999, data.frame(x1i = x1i, t1i = t1i, x2i = x2i, t2i = t2i)),
  catheters = with(dat.nielweise2008, data.frame(x1i = x1i, t1i = t1i, x2i = x2i, t2i = t2i)))
mh_rates <- list()
for (s in names(rate_sets)) for (m in c("IRR", "IRD")) {
  d <- rate_sets[[s]]
  fit <- suppressWarnings(rma.mh(measure = m, x1i = x1i, t1i = t1i, x2i = x2i, t2i = t2i, data = d))
  row <- c(list(set = s, measure = m), shown(fit))
  if (m == "IRR") {
    plain <- suppressWarnings(rma.mh(measure = m, x1i = x1i, t1i = t1i, x2i = x2i, t2i = t2i, data = d, correct = FALSE))
    row <- c(row, list(cmh_corrected = fit$MH, cmh_corrected_p = fit$MHp, cmh = plain$MH, cmh_p = plain$MHp))
  }
  mh_rates[[length(mh_rates) + 1]] <- row
}

columnwise <- function(x) lapply(x, as.list)
write(toJSON(list(
  versions = list(R = R.version.string, metafor = as.character(packageVersion("metafor"))),
  tables = columnwise(sets), person_time = columnwise(counts), escalc = escalc_rows, defaults = default_rows,
  tetrachoric = tetrachoric, back = back, pooled_tables = columnwise(pooled_sets),
  pooled_person_time = columnwise(rate_sets), mantel_haenszel = mh, mantel_haenszel_rates = mh_rates, peto = peto),
  digits = NA, auto_unbox = TRUE, na = "null"), "counts.json")
