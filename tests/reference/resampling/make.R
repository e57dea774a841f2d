# Exact permutation tests and all subsets of small data sets: Rscript make.R (metafor 3.8-1, metadat).
suppressPackageStartupMessages({library(metafor); library(jsonlite)})
precise <- list(threshold = 1e-12, maxiter = 1000)
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)[1:6, ]
groups <- as.numeric(bcg$alloc == "random")
tested <- function(mods, test) {
  fit <- if (is.null(mods)) rma(yi, vi, data = bcg, test = test, control = precise) else
    rma(yi, vi, mods = mods, data = bcg, test = test, control = precise)
  p <- permutest(fit, exact = TRUE, progbar = FALSE)
  list(pval = p$pval, QMp = p$QMp, zval = as.vector(fit$zval), QM = fit$QM)
}
designs <- list(none = NULL, ablat = ~ bcg$ablat, random = ~ groups, both = ~ bcg$ablat + groups)
fits <- list()
for (design in names(designs)) for (test in c("z", "knha"))
  fits[[paste(design, test, sep = "/")]] <- tested(designs[[design]], test)
g <- gosh(rma(yi, vi, data = bcg, control = precise), progbar = FALSE)
out <- list(yi = as.vector(bcg$yi), vi = as.vector(bcg$vi), ablat = bcg$ablat, random = groups,
            permutest = fits, gosh = list(incl = unname(g$incl), res = as.list(g$res)))
write(toJSON(out, digits = NA, auto_unbox = TRUE), "resampling.json")
