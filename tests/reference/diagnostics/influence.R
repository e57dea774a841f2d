# Values of metafor for the influence set of meta-regressions.
# Run in this folder: Rscript influence.R
library(metafor)
library(jsonlite)
control <- list(threshold = 1e-13, maxiter = 1000, stepadj = 0.5)

influential <- function(yi, vi, X, method) {
  fit <- rma(yi, vi, mods = X, intercept = FALSE, method = method, test = "z", control = control)
  found <- influence(fit)
  wanted <- c("rstudent", "dffits", "cook.d", "cov.r", "tau2.del", "QE.del", "hat", "weight")
  values <- sapply(wanted, function(name) as.numeric(found$inf[[name]]), simplify = FALSE)
  list(method = method, yi = yi, vi = vi, design = unname(X), values = values,
       dfbs = unname(as.matrix(as.data.frame(unclass(found$dfbs)[seq_len(ncol(X))]))),
       influential = unname(found$is.infl))
}
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
yi <- c(bcg$yi)
vi <- c(bcg$vi)
linear <- unname(model.matrix(~ ablat + I(year - 1966), bcg))
factor <- unname(model.matrix(~ alloc, bcg))
bangert <- na.omit(dat.bangertdrowns2004[c("yi", "vi", "length", "wic")])
writing <- unname(model.matrix(~ length + wic, bangert))
designs <- list(
  bcg_linear = influential(yi, vi, linear, "REML"),
  bcg_linear_DL = influential(yi, vi, linear, "DL"),
  bcg_linear_EE = influential(yi, vi, linear, "EE"),
  bcg_factor = influential(yi, vi, factor, "REML"),
  writing = influential(c(bangert$yi), c(bangert$vi), writing, "REML")
)
write_json(list(metafor = as.character(packageVersion("metafor")), designs = designs),
           "influence.json", digits = NA, auto_unbox = TRUE, pretty = FALSE)
