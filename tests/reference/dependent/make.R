# Arms that share a reference: covariances from counts, person-time, means and SDs, and rma.mv with one random
# effect a study. Run in this folder: Rscript make.R

suppressMessages({
  library(metafor)
  library(jsonlite)
})

fit <- function(yi, V, study, method) {
  # begun by nlminb, polished by Newton's method on the slope of the log likelihood, by central differences
  start <- rma.mv(yi, V, random = ~ 1 | study, method = method, sparse = FALSE)$sigma2
  at <- function(tau2) rma.mv(yi, V, random = ~ 1 | study, method = method, sparse = FALSE, sigma2 = tau2)
  slope <- function(tau2, h = 1e-4 * start) {
    l <- sapply(c(-2, -1, 1, 2), function(i) c(logLik(at(tau2 + i * h))))
    sum(l * c(1, -8, 8, -1)) / (12 * h)
  }
  tau2 <- start
  if (start > 1e-8) tau2 <- uniroot(slope, start * c(0.99, 1.01), tol = 1e-15 * start, extendInt = "yes")$root
  res <- at(if (start > 1e-8) tau2 else 0)
  list(mu = c(res$beta), se = res$se, tau2 = res$sigma2, loglik = c(logLik(res)), begun = start)
}

case <- function(measure, data, yi, block) {
  study <- factor(data$study, unique(data$study))
  rows <- split(seq_along(study), study)
  blocks <- lapply(rows, block)
  V <- bldiag(blocks)
  list(measure = measure, data = as.list(data), yi = yi, V = unname(V),
       ML = fit(yi, V, study, "ML"), REML = fit(yi, V, study, "REML"))
}

shared <- function(vi, part) function(rows) {
  V <- matrix(part[rows[1]], length(rows), length(rows))
  diag(V) <- vi[rows]
  V
}

# made: counts, seven studies, four of them of several arms
counts <- data.frame(
  study = c(1, 1, 2, 3, 3, 3, 4, 5, 5, 6, 7, 7),
  ai = c(24, 19, 31, 15, 9, 8, 66, 12, 21, 40, 5, 11),
  n1i = c(118, 125, 140, 58, 61, 60, 402, 80, 83, 133, 44, 47),
  ci = c(30, 30, 36, 14, 14, 14, 51, 30, 30, 61, 4, 4),
  n2i = c(120, 120, 139, 60, 60, 60, 398, 82, 82, 130, 45, 45)
)

of <- function(measure, data) escalc(measure, ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = data, to = "none")
out <- list()
es <- of("OR", counts)
out$OR <- case("OR", counts, c(es$yi), shared(es$vi, with(counts, 1 / ci + 1 / (n2i - ci))))
es <- of("RR", counts)
out$RR <- case("RR", counts, c(es$yi), shared(es$vi, with(counts, 1 / ci - 1 / n2i)))
es <- of("RD", counts)
out$RD <- case("RD", counts, c(es$yi), shared(es$vi, with(counts, ci * (n2i - ci) / n2i^3)))

# the same counts as if the persons had been followed for a while
rates <- with(counts, data.frame(study, x1i = ai, t1i = n1i * 1.7, x2i = ci, t2i = n2i * 1.7))
es <- escalc("IRR", x1i = x1i, t1i = t1i, x2i = x2i, t2i = t2i, data = rates)
out$IRR <- case("IRR", rates, c(es$yi), shared(es$vi, 1 / rates$x2i))

# made: means and SDs, four studies of several arms and two of one
means <- data.frame(
  study = c(1, 1, 2, 2, 2, 3, 4, 5, 5, 6),
  m1i = c(12.1, 13.4, 11.2, 12.9, 15.1, 12.2, 10.4, 14.6, 15.9, 13.0),
  sd1i = c(4.1, 4.8, 3.9, 4.4, 5.2, 4.0, 3.7, 5.1, 5.4, 4.2),
  n1i = c(21, 24, 40, 38, 41, 55, 33, 18, 17, 62),
  m2i = c(10.2, 10.2, 10.9, 10.9, 10.9, 9.8, 10.1, 11.7, 11.7, 9.5),
  sd2i = c(4.3, 4.3, 4.0, 4.0, 4.0, 3.8, 3.9, 4.9, 4.9, 4.1),
  n2i = c(22, 22, 39, 39, 39, 57, 31, 20, 20, 60)
)
of_means <- function(measure) {
  escalc(measure, m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = means)
}
es <- of_means("MD")
out$MD <- case("MD", means, c(es$yi), shared(es$vi, with(means, sd2i^2 / n2i)))
es <- of_means("ROM")
out$ROM <- case("ROM", means, c(es$yi), shared(es$vi, with(means, sd2i^2 / (n2i * m2i^2))))
es <- of_means("SMD")
out$SMD <- case("SMD", means, c(es$yi), function(rows) {
  share <- es$yi[rows] / (means$n1i[rows] + means$n2i[rows])
  n2 <- means$n2i[rows[1]]
  V <- 1 / n2 + n2 / 2 * outer(share, share)
  diag(V) <- es$vi[rows]
  V
})

version <- list(R = as.character(getRversion()), metafor = as.character(packageVersion("metafor")))
writeLines(toJSON(list(version = version, cases = out), digits = 17, auto_unbox = TRUE, matrix = "rowmajor"),
           "arms.json")
for (name in names(out)) cat(name, unlist(out[[name]]$REML), "\n")
