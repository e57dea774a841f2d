# Sparse counts by metafor's rma.glmm: Rscript make.R, in this folder. Needs metafor, metadat, lme4, BiasedUrn, jsonlite.
suppressMessages({library(metafor); library(metadat); library(jsonlite)})

numbers <- function(fit) list(
  beta = c(fit$beta), se = c(fit$se), tau2 = fit$tau2, sigma2 = fit$sigma2,
  loglik = unname(fit$fit.stats["ll", "ML"]), QE_LRT = fit$QE.LRT, QE_df = fit$QE.df)

tried <- function(...) {
  fit <- tryCatch(suppressWarnings(rma.glmm(...)), error = function(e) NULL)
  if (is.null(fit)) NULL else numbers(fit)
}

tables <- list(
  nielweise2007 = with(dat.nielweise2007, list(ai = ai, n1i = n1i, ci = ci, n2i = n2i)),
  collins1985a = with(dat.collins1985a, list(ai = b.xti, n1i = nti, ci = b.xci, n2i = nci)),
  yusuf1985 = with(subset(dat.yusuf1985, table == 6), list(ai = ai, n1i = n1i, ci = ci, n2i = n2i)),
  bcg = with(dat.bcg, list(ai = tpos, n1i = tpos + tneg, ci = cpos, n2i = cpos + cneg)),
  damico2009 = with(dat.damico2009, list(ai = xt, n1i = nt, ci = xc, n2i = nc)))
rates <- list(
  nielweise2008 = with(dat.nielweise2008, list(x1i = x1i, t1i = t1i, x2i = x2i, t2i = t2i)),
  hart1999 = with(dat.hart1999, list(x1i = x1i, t1i = t1i, x2i = x2i, t2i = t2i)))

found <- list(OR = list(), IRR = list(), PLO = list(), IRLN = list())
for (name in names(tables)) {
  d <- lapply(tables[[name]], function(x) { as.numeric(x) })
  ok <- complete.cases(as.data.frame(d)); d <- lapply(d, function(x) x[ok])
  fits <- list()
  for (model in c("CM.EL", "CM.AL", "UM.FS", "UM.RS")) for (method in c("ML", "EE")) {
    agq <- if (model == "UM.RS") 1 else 30
    one <- do.call(tried, c(list(measure = "OR", model = model, method = method, nAGQ = agq), d))
    if (!is.null(one)) fits[[paste(model, method)]] <- one
  }
  for (coding in c(0, 1)) {
    one <- do.call(tried, c(list(measure = "OR", model = "UM.FS", method = "ML", nAGQ = 30, coding = coding), d))
    if (!is.null(one)) fits[[paste("UM.FS ML coding", coding)]] <- one
  }
  found$OR[[name]] <- list(data = d, fits = fits)
  for (method in c("ML", "EE")) {
    one <- tried(measure = "PLO", xi = d$ai, ni = d$n1i, method = method, nAGQ = 30)
    if (!is.null(one)) found$PLO[[name]]$fits[[method]] <- one
  }
  found$PLO[[name]]$data <- list(xi = d$ai, ni = d$n1i)
}
for (name in names(rates)) {
  d <- rates[[name]]; fits <- list()
  for (model in c("CM.EL", "UM.FS", "UM.RS")) for (method in c("ML", "EE")) {
    agq <- if (model == "UM.RS") 1 else 30
    one <- do.call(tried, c(list(measure = "IRR", model = model, method = method, nAGQ = agq), d))
    if (!is.null(one)) fits[[paste(model, method)]] <- one
  }
  found$IRR[[name]] <- list(data = d, fits = fits)
  for (method in c("ML", "EE")) {
    one <- tried(measure = "IRLN", xi = d$x1i, ti = d$t1i, method = method, nAGQ = 30)
    if (!is.null(one)) found$IRLN[[name]]$fits[[method]] <- one
  }
  found$IRLN[[name]]$data <- list(xi = d$x1i, ti = d$t1i)
}
program <- list(R = as.character(getRversion()), metafor = as.character(packageVersion("metafor")),
                lme4 = as.character(packageVersion("lme4")), BiasedUrn = as.character(packageVersion("BiasedUrn")))
write(toJSON(list(program = program, results = found), digits = NA, auto_unbox = TRUE, pretty = 1, null = "null"), "glmm.json")
