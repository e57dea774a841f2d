# Reference values for intervals of tau2 from metafor: Rscript make.R [folder]
# Q-profile and profile likelihood (REML and ML) at two levels, with and without a moderator, all digits kept.
suppressMessages({
  library(metafor)
  library(jsonlite)
})
folder <- commandArgs(trailingOnly = TRUE)
folder <- if (length(folder)) folder[1] else "."
fitting <- list(threshold = 1e-14, maxiter = 10000, tau2.max = 1e6)
searching <- list(tol = 1e-15, maxiter = 10000, tau2.max = 1e5)

bounds <- function(fit, type, level) {
  if (type == "QP") found <- confint(fit, type = "QP", level = level, control = searching)
  else found <- confint(fit, type = "PL", level = level, control = searching)
  table <- found$random
  list(tau2 = unname(table["tau^2", ]), I2 = unname(table["I^2(%)", ]), H2 = unname(table["H^2", ]))
}

cases <- function(yi, vi, x) {
  list_of <- list()
  for (method in c("REML", "ML")) for (moderator in c(FALSE, TRUE)) {
    fit <- if (moderator) rma(yi, vi, mods = ~x, method = method, control = fitting)
           else rma(yi, vi, method = method, control = fitting)
    for (type in c("QP", "PL")) for (level in c(80, 95)) {
      if (type == "QP" && method == "ML") next
      list_of[[length(list_of) + 1]] <- c(list(
        method = method, moderator = moderator, type = type, level = level / 100), bounds(fit, type, level))
    }
  }
  list_of
}

bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
writing <- dat.bangertdrowns2004
expectancy <- dat.raudenbush1985
sets <- list(
  bcg = list(yi = c(bcg$yi), vi = bcg$vi, x = bcg$ablat),
  bangertdrowns2004 = list(yi = writing$yi, vi = writing$vi, x = log(writing$ni)),
  raudenbush1985 = list(yi = expectancy$yi, vi = expectancy$vi, x = pmin(expectancy$weeks, 3)))
for (name in names(sets)) {
  s <- sets[[name]]
  s$cases <- cases(s$yi, s$vi, s$x)
  s$metafor <- as.character(packageVersion("metafor"))
  write_json(s, file.path(folder, paste0(name, ".json")), digits = NA, auto_unbox = TRUE, pretty = TRUE)
}
