# Values of metafor for exact permutation tests with intervals; takes ten minutes.
# Run in this folder: Rscript permutation_intervals.R
library(metafor)
library(jsonlite)

permuted <- function(yi, vi, method, test) {
  fit <- rma(yi, vi, method = method, test = test, control = list(maxiter = 1000, stepadj = 0.5))
  found <- permutest(fit, exact = TRUE, permci = TRUE, progbar = FALSE, control = list(tol = 1e-8))
  list(yi = yi, vi = vi, method = method, test = test, pval = c(found$pval),
       ci = c(found$ci.lb, found$ci.ub))
}

bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
yi <- c(bcg$yi)
vi <- c(bcg$vi)
hart <- fromJSON("../metafor/hart1999.json")
permutations <- list(
  hart1999 = permuted(hart$yi, hart$vi, "REML", "z"),
  bcg8_DL = permuted(yi[1:8], vi[1:8], "DL", "z"),
  bcg8_knha = permuted(yi[1:8], vi[1:8], "DL", "knha")
)
write_json(list(metafor = as.character(packageVersion("metafor")), permutations = permutations),
           "permutation_intervals.json", digits = NA, auto_unbox = TRUE, pretty = FALSE)
