# log tau2 at values of the scale's moderators, from metafor's predict: Rscript make.R, in this folder
suppressMessages({
  library(metafor)
  library(jsonlite)
})
at <- list(bangertdrowns_size = cbind(c(3.5, 5, 6.25)), bangertdrowns_two = cbind(c(3.5, 5, 6.25), c(5, 10, 20)),
  normand_size = cbind(c(4, 5)), raudenbush_weeks = cbind(c(0, 1, 2.5)))
searching <- list(optimizer = "BFGS", reltol = 1e-16, maxit = 5000)
formula_of <- function(named) as.formula(paste("~", paste(c("1", names(named)), collapse = " + ")))
out <- list()
for (name in names(at)) {
  set <- fromJSON(file.path("..", paste0(name, ".json")), simplifyVector = FALSE)
  columns <- function(letter) {
    given <- lapply(set[[letter]], unlist)
    if (length(given)) setNames(given, paste0(letter, seq_along(given))) else list()
  }
  x <- columns("x")
  z <- columns("z")
  d <- as.data.frame(c(list(yi = unlist(set$yi), vi = unlist(set$vi)), x, z))
  for (method in c("REML", "ML")) for (test in c("z", "t")) {
    fit <- rma(yi, vi, mods = formula_of(x), scale = formula_of(z), data = d, method = method, test = test,
      control = searching)
    found <- predict(fit, newscale = at[[name]])
    out[[length(out) + 1]] <- list(data = name, method = method, test = test, at = at[[name]],
      log_tau2 = unname(found$pred), se = unname(found$se), ci_low = unname(found$ci.lb), ci_high = unname(found$ci.ub))
  }
}
write(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "predicted.json")
