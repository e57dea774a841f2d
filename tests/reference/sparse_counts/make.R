# Mantel-Haenszel and Peto pooling of sparse tables by metafor. Run in this folder: Rscript make.R
suppressMessages({library(metafor); library(jsonlite)})
set.seed(3)
number <- function(x) if (length(x) == 0 || !is.finite(x)) NULL else x
sets <- list()
for (i in 1:60) {
  k <- sample(1:8, 1)
  n1 <- sample(5:40, k, TRUE); n2 <- sample(5:40, k, TRUE)
  p <- runif(1, 0.005, 0.12)
  ai <- rbinom(k, n1, p); ci <- rbinom(k, n2, p)
  if (i %% 6 == 0) { ai[1] <- n1[1]; ci[1] <- n2[1] }  # everybody has the event
  found <- list()
  for (measure in c("OR", "RR", "RD")) {
    r <- tryCatch(suppressWarnings(rma.mh(measure = measure, ai = ai, n1i = n1, ci = ci, n2i = n2)), error = function(e) NULL)
    if (!is.null(r) && length(r$beta) && is.finite(r$beta))
      found[[measure]] <- lapply(list(estimate = c(r$beta), se = r$se, Q = r$QE, Q_p = r$QEp, k_yi = r$k.yi), number)
  }
  r <- tryCatch(suppressWarnings(rma.peto(ai = ai, n1i = n1, ci = ci, n2i = n2)), error = function(e) NULL)
  if (!is.null(r) && length(r$beta) && is.finite(r$beta))
    found[["Peto"]] <- lapply(list(estimate = c(r$beta), se = r$se, Q = r$QE, Q_p = r$QEp, k_yi = r$k.yi), number)
  sets[[i]] <- list(ai = ai, n1i = n1, ci = ci, n2i = n2, found = found)
}
write_json(list(metafor = as.character(packageVersion("metafor")), sets = sets), "sparse.json", digits = 17, auto_unbox = TRUE, null = "null", pretty = FALSE)
