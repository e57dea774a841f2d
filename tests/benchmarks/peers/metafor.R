# Seconds and result of one task by metafor, as JSON: Rscript metafor.R TASK DATA. TASK: fits, gosh, permutest, long.
# DATA: a JSON file with y, v (few studies), ys, vs (data sets as rows), y_long and v_long.
suppressPackageStartupMessages({library(metafor); library(jsonlite)})
chosen <- commandArgs(trailingOnly = TRUE)
data <- fromJSON(chosen[2])
fit <- function(y, v) rma(y, v, control = list(threshold = 1e-12, maxiter = 1000))
one <- fit(data$y, data$v)
tasks <- list(
  fits = function() sapply(seq_len(nrow(data$ys)), function(i) fit(data$ys[i, ], data$vs[i, ])$tau2),
  gosh = function() {
    g <- gosh(one, progbar = FALSE)
    g$res$tau2[order(as.vector(g$incl %*% 2^(seq_along(data$y) - 1)))]
  },
  permutest = function() permutest(one, exact = TRUE, progbar = FALSE)$pval,
  long = function() fit(data$y_long, data$v_long)$tau2
)
began <- proc.time()[["elapsed"]]
result <- tasks[[chosen[1]]]()
cat(toJSON(list(seconds = proc.time()[["elapsed"]] - began, result = result), digits = NA, auto_unbox = TRUE))
