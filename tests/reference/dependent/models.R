# Random-effects structures of several levels, crossed and nested intercepts, random slopes, known correlations:
# metafor's rma.mv on data sets of metadat. Run in this folder: Rscript models.R

suppressMessages({
  library(metafor)
  library(metadat)
  library(jsonlite)
})

fits <- list()
data <- list()

errors <- function(d, cluster, rho = NULL, time = NULL, phi = NULL) {
  n <- nrow(d)
  same <- outer(d[[cluster]], d[[cluster]], "==")
  cor <- if (!is.null(rho)) matrix(rho, n, n) else if (!is.null(phi)) phi^abs(outer(d[[time]], d[[time]], "-")) else diag(n)
  diag(cor) <- 1
  sqrt(outer(d$vi, d$vi)) * same * cor
}

add <- function(name, d, spec, random, struct = "CS", method = "REML", mods = NULL, R = NULL, cluster = spec$cluster) {
  V <- errors(d, cluster, spec$rho, spec$time, spec$phi)
  best <- NULL
  for (optimiser in c("nlminb", "BFGS", "nlm")) {
    call <- list(yi = d$yi, V = V, random = random, struct = struct, method = method, data = d, sparse = FALSE,
                 test = "t", dfs = "contain", control = list(optimizer = optimiser))
    if (optimiser == "nlminb") call$control <- c(call$control, list(rel.tol = 1e-13, iter.max = 5000, eval.max = 5000))
    if (optimiser == "BFGS") call$control <- c(call$control, list(reltol = 1e-14, maxit = 5000))
    if (!is.null(mods)) call$mods <- mods
    if (!is.null(R)) call$R <- R
    res <- try(suppressWarnings(do.call(rma.mv, call)), silent = TRUE)
    if (inherits(res, "try-error")) next
    if (is.null(best) || logLik(res) > logLik(best)) best <- res
  }
  if (is.null(best)) { cat(name, struct, "failed\n"); return(invisible()) }
  g <- if (best$withG) unname(best$G) else NULL
  fits[[length(fits) + 1]] <<- c(list(data = name, method = method, struct = struct), spec, list(
    x = unname(best$X), sigma2 = if (best$withS) best$sigma2 else NULL, G = g,
    loglik = c(logLik(best)), beta = c(best$beta), se = best$se, df = best$ddf, p = best$pval,
    low = best$ci.lb, high = best$ci.ub, QE = best$QE))
  cat(name, struct, method, c(logLik(best)), "\n")
}

keep <- function(name, d, columns) {
  data[[name]] <<- as.list(d[c("yi", "vi", columns)])
  d
}

# three levels, and a moderator of the effects within studies
d <- keep("assink2016", dat.assink2016, c("study", "esid", "deltype"))
for (m in c("REML", "ML")) add("assink2016", d, list(cluster = "study", nested = c("study", "esid")), ~ 1 | study/esid, method = m)
add("assink2016", d, list(cluster = "study", rho = 0.6, nested = c("study", "esid")), ~ 1 | study/esid, mods = ~ deltype)

# four times of measurement
d <- reshape(dat.ishak2007, direction = "long", idvar = "study", v.names = c("yi", "vi"),
             varying = list(c(2, 4, 6, 8), c(3, 5, 7, 9)))
d <- d[order(d$study, d$time), ]
d <- d[!is.na(d$yi), ]
d$months <- c(3, 6, 12, 18)[d$time]
d$study <- as.integer(factor(d$study))
d <- keep("ishak2007", d, c("study", "time", "months"))
by_time <- list(cluster = "study", time = "time", phi = 0.97, inner = "time", outer = "study")
for (s in c("UN", "CS", "HCS", "DIAG", "ID", "AR", "HAR")) add("ishak2007", d, by_time, ~ time | study, s, mods = ~ 0 + factor(time))
for (s in c("UN", "HAR", "CS")) add("ishak2007", d, by_time, ~ time | study, s, "ML", mods = ~ 0 + factor(time))
by_month <- list(cluster = "study", time = "time", phi = 0.9, inner = "months", outer = "study")
add("ishak2007", d, by_month, ~ months | study, "CAR", mods = ~ factor(time))
add("ishak2007", d, by_month, ~ months | study, "CAR", "ML")

# samples in studies, crossed with the criterion
d <- escalc(measure = "ZCOR", ri = ri, ni = ni, data = dat.crede2010)
d <- d[d$studyid <= 60, ]
d <- keep("crede2010", as.data.frame(d), c("studyid", "sampleid", "criterion"))
add("crede2010", d, list(cluster = "studyid", nested = c("studyid", "sampleid")), ~ 1 | studyid/sampleid)
add("crede2010", d, list(cluster = "studyid", crossed = c("studyid", "criterion")), list(~ 1 | studyid, ~ 1 | criterion))
add("crede2010", d, list(cluster = "studyid", inner = "criterion", outer = "studyid"), ~ criterion | studyid, "UN", mods = ~ criterion)

# random slopes
d <- escalc(measure = "PLO", xi = cases, ni = total, data = dat.obrien2003)
d$bmi <- d$bmi - 30
d <- keep("obrien2003", as.data.frame(d), c("study", "bmi"))
for (m in c("REML", "ML")) add("obrien2003", d, list(cluster = "study", slope = "bmi", outer = "study"), ~ bmi | study, "GEN", m, mods = ~ bmi)

# four levels: effects in experiments in articles
d <- dat.mccurdy2020[dat.mccurdy2020$article <= 40, ]
d <- keep("mccurdy2020", d, c("article", "experiment", "id"))
nested <- list(cluster = "article", rho = 0.4, nested = c("article", "experiment", "id"))
for (m in c("REML", "ML")) add("mccurdy2020", d, nested, ~ 1 | article/experiment/id, method = m)

# a known correlation of the groups
d <- escalc(measure = "ZCOR", ri = ri, ni = ni, data = dat.lim2014$o_o_unadj)
d <- d[seq_len(60), ]
d$species <- as.character(d$species)
kinds <- sort(unique(d$species))
d$article <- as.integer(factor(d$article))
known <- 0.7^(abs(outer(seq_along(kinds), seq_along(kinds), "-")) / 3)
dimnames(known) <- list(kinds, kinds)
d <- keep("lim2014", as.data.frame(d), c("article", "species"))
for (m in c("REML", "ML")) add("lim2014", d, list(cluster = "article", known = "species", decay = 0.7, over = 3, and = "article"),
  list(~ 1 | species, ~ 1 | article), method = m, R = list(species = known))

write(toJSON(list(program = paste("R", getRversion(), "metafor", packageVersion("metafor"), "metadat", packageVersion("metadat")),
                  data = data, fits = fits), digits = NA, auto_unbox = TRUE, null = "null"), "models.json")
