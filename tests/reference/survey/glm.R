# Pins generalised linear models, splines and Rubin's rules to R's survey and mitools: Rscript glm.R [folder]
# The people are those of the files that make.R wrote, and of the package's own NHANES extract. Further columns
# (outcomes, products, splines, imputed values) are made here and written beside the cases.
suppressPackageStartupMessages({
  library(survey)
  library(mitools)
  library(jsonlite)
})
folder <- commandArgs(trailingOnly = TRUE)
folder <- if (length(folder)) folder[1] else "."
plain <- function(x) unname(as.vector(x))

# glm stops where the deviance changes by 1e-8 of itself, and keeps the weights of the step before. This runs on
# until nothing changes (which it takes for not converging), and once more from there.
to_the_end <- glm.control(epsilon = 1e-30, maxit = 30)
regression <- function(formula, design, family) suppressWarnings({
  fit <- svyglm(formula, design, family = family, control = to_the_end)
  do.call(svyglm, list(formula, design, family = family, control = to_the_end, start = coef(fit)))
})
FAMILIES <- list(binomial = quasibinomial(), poisson = quasipoisson(), gaussian = gaussian())

design_of <- function(d, lonely) {
  options(survey.lonely.psu = lonely)
  svydesign(id = ~psu, strata = ~stratum, weights = ~weight, data = d, nest = TRUE)
}
# svyglm scales weights by the mean over everybody in the design, those whom it leaves out included; so that its
# deviance is that of who is analysed, they are left out before.
analysed <- function(d, lonely, domain, columns) {
  keep <- d[[domain]] & d$weight > 0 & complete.cases(d[, columns, drop = FALSE])
  subset(design_of(d, lonely), keep)
}
quoted <- function(names) paste0("`", names, "`", collapse = " + ")

joint <- function(fit, names, df) {
  beta <- coef(fit)[names]
  regTermTest(fit, as.formula(paste("~", quoted(names))), df = df)
}

glm_case <- function(d, lonely, domain, family, y, x, offset = NULL, tested = x) {
  design <- analysed(d, lonely, domain, c(y, x, offset))
  right <- paste(c(quoted(x), if (!is.null(offset)) paste0("offset(", offset, ")")), collapse = " + ")
  fit <- regression(as.formula(paste(y, "~", right)), design, FAMILIES[[family]])
  df <- degf(design)
  found <- list(kind = "glm", lonely = lonely, domain = domain, family = family, y = y, x = as.list(x),
    offset = offset, tested = as.list(tested),
    coef = plain(coef(fit)), cov = plain(vcov(fit)), n = nobs(fit), df = df, residual_df = fit$df.residual,
    deviance = fit$deviance, dispersion = plain(summary(fit)$dispersion[1]), fitted = plain(fitted(fit))[1:8],
    p = plain(2 * pt(-abs(coef(fit) / SE(fit)), df)),
    ci = plain(coef(fit) + outer(SE(fit), qt(c(0.025, 0.975), df))))
  ask <- function(df) joint(fit, tested, df)
  test <- ask(df)
  found$F <- plain(test$Ftest)
  found$F_p <- plain(test$p)
  found$chi2_p <- plain(ask(Inf)$p)
  if (fit$df.residual > 0) {
    found$summary_p <- plain(summary(fit)$coefficients[, 4])
    found$confint <- plain(as.matrix(confint(fit, level = 0.9)))
    found$residual_F_p <- plain(ask(fit$df.residual)$p)
  }
  found
}

# Harrell's basis, from its formula: x, and for each but the last two knots a cubic that is straight beyond them.
spline_columns <- function(x, t) {
  k <- length(t)
  cube <- function(at) pmax(x - at, 0)^3
  bends <- sapply(seq_len(k - 2), function(j)
    (cube(t[j]) - cube(t[k - 1]) * (t[k] - t[j]) / (t[k] - t[k - 1]) +
      cube(t[k]) * (t[k - 1] - t[j]) / (t[k] - t[k - 1])) / (t[k] - t[1])^2)
  matrix(c(x, bends), length(x), k - 1)
}
SHARES <- list("3" = c(0.1, 0.5, 0.9), "4" = c(0.05, 0.35, 0.65, 0.95),
  "5" = c(0.05, 0.275, 0.5, 0.725, 0.95), "6" = c(0.05, 0.23, 0.41, 0.59, 0.77, 0.95),
  "7" = 0.025 + 0.95 * 0:6 / 6)

spline_case <- function(d, lonely, domain, family, y, exposure, covariates, knots, weighted, at, reference) {
  shares <- SHARES[[as.character(knots)]]
  inside <- analysed(d, lonely, domain, c(y, exposure, covariates))
  places <- if (weighted) plain(svyquantile(as.formula(paste("~", exposure)), inside, shares)[[1]][, 1])
    else plain(quantile(inside$variables[[exposure]], shares))
  columns <- spline_columns(d[[exposure]], places)
  names <- paste0("spline_", seq_len(ncol(columns)))
  d[names] <- columns
  design <- analysed(d, lonely, domain, c(y, names, covariates))
  fit <- regression(as.formula(paste(y, "~", quoted(c(names, covariates)))), design, FAMILIES[[family]])
  rows <- sweep(spline_columns(at, places), 2, spline_columns(reference, places))
  curve <- svycontrast(fit, setNames(lapply(seq_along(at), function(i) setNames(rows[i, ], names)), at))
  df <- degf(design)
  test <- joint(fit, names[-1], df)
  list(kind = "spline", lonely = lonely, domain = domain, family = family, y = y, exposure = exposure,
    covariates = as.list(covariates), count = knots, weighted = weighted, at = at, reference = reference,
    knots = places, coef = plain(coef(fit)), cov = plain(vcov(fit)), nonlinear_F = plain(test$Ftest),
    nonlinear_p = plain(test$p), curve = plain(coef(curve)), curve_se = plain(SE(curve)),
    band = plain(coef(curve) + outer(plain(SE(curve)), qt(c(0.025, 0.975), df))))
}

# x of some people in several versions, x_1 to x_m. mitools' finite df.complete leaves 1 + 1/m out of the share of
# the variance between imputations that Barnard and Rubin's formula has; `df` here is theirs.
rubin_case <- function(d, lonely, domain, family, y, versions, covariates) {
  fits <- lapply(versions, function(x) {
    design <- analysed(d, lonely, domain, c(y, x, covariates))
    list(design = design,
      fit = regression(as.formula(paste(y, "~", quoted(c(x, covariates)))), design, FAMILIES[[family]]))
  })
  complete <- degf(fits[[1]]$design)
  coefs <- lapply(fits, function(f) plain(coef(f$fit)))
  covs <- lapply(fits, function(f) unname(as.matrix(vcov(f$fit))))
  m <- length(fits)
  found <- MIcombine(coefs, covs)
  u <- diag(Reduce(`+`, covs)) / m
  b <- diag(var(do.call(rbind, coefs)))
  r <- (1 + 1 / m) * b / u
  gamma <- r / (1 + r)
  first <- (m - 1) / gamma^2
  observed <- (complete + 1) / (complete + 3) * complete * (1 - gamma)
  df <- 1 / (1 / first + 1 / observed)
  at <- 2:3
  f <- plain(found$coefficients[at] %*% solve(found$variance[at, at]) %*% found$coefficients[at]) / 2
  list(kind = "rubin", lonely = lonely, domain = domain, family = family, y = y, versions = as.list(versions),
    covariates = as.list(covariates), complete = complete, coef = plain(found$coefficients),
    cov = plain(found$variance), infinite_df = plain(found$df), infinite_fmi = plain(found$missinfo), riv = r,
    df = df, fmi = (r + 2 / (df + 3)) / (r + 1), mitools_df = plain(MIcombine(coefs, covs, df.complete = complete)$df),
    p = 2 * pt(-abs(found$coefficients / sqrt(diag(found$variance))), df),
    ci = plain(found$coefficients + outer(sqrt(diag(found$variance)), c(-1, 1)) * qt(0.975, df)),
    F = f, F_p = pf(f, 2, min(df[at]), lower.tail = FALSE))
}

# --- Columns -------------------------------------------------------------------------------------------------
read_columns <- function(name) {
  as.data.frame(fromJSON(file.path(folder, paste0(name, ".json")))$columns)
}
added <- function(d, seed, a, b) {
  set.seed(seed)
  z <- function(x) (x - mean(x, na.rm = TRUE)) / sd(x, na.rm = TRUE)
  u <- ifelse(is.na(z(d[[a]])), 0, z(d[[a]]))
  v <- ifelse(is.na(z(d[[b]])), 0, z(d[[b]]))
  n <- nrow(d)
  d$event <- rbinom(n, 1, plogis(-0.8 + 0.5 * u - 0.3 * v))
  d$years <- round(rexp(n, 0.2) + 0.1, 3)
  d$log_years <- log(d$years)
  d$visits <- rpois(n, d$years * exp(-1 + 0.3 * u - 0.2 * v))
  d$product <- d[[a]] * d[[b]]
  d$event[sample(n, n %/% 40)] <- NA
  hidden <- sample(n, n %/% 5)
  for (i in 1:5) {
    name <- paste0("imputed_", i)
    d[[name]] <- d[[a]]
    d[[name]][hidden] <- round(mean(d[[a]], na.rm = TRUE) + sd(d[[a]], na.rm = TRUE) * rnorm(length(hidden)), 2)
  }
  d
}
NEW <- c("event", "years", "log_years", "visits", "product", paste0("imputed_", 1:5))
IMPUTED <- paste0("imputed_", 1:5)

data_sets <- list()
pin <- function(name, d, cases) data_sets[[name]] <<- list(columns = as.list(d[NEW]), cases = cases)

for (name in c("apistrat", "apiclus1", "apiclus2")) {
  d <- added(read_columns(name), nchar(name) + 20, "ell", "meals")
  cases <- list()
  for (domain in c("everybody", "grown", "poor")) cases <- c(cases, list(
    glm_case(d, "fail", domain, "binomial", "event", c("ell", "mobility")),
    glm_case(d, "fail", domain, "poisson", "event", c("ell", "meals", "product"), tested = c("meals", "product")),
    glm_case(d, "fail", domain, "poisson", "visits", c("ell", "meals"), "log_years")))
  pin(name, d, c(cases, list(
    spline_case(d, "fail", "everybody", "binomial", "event", "meals", "ell", 3, TRUE, c(5, 30, 60), 45),
    rubin_case(d, "fail", "everybody", "gaussian", "api00", IMPUTED, "meals"))))
}

for (name in c("generated", "lonely")) {
  d <- added(read_columns(name), 31, "hb", "male")
  groups <- c("groupB", "groupC", "groupD")
  cases <- list()
  choices <- if (name == "lonely") c("certainty", "adjust", "average") else "fail"
  for (lonely in choices) for (domain in c("everybody", "old", "men")) {
    sex <- if (domain == "men") NULL else c("male", "product")
    cases <- c(cases, list(
      glm_case(d, lonely, domain, "binomial", "event", c("hb", sex, "age"), tested = c("hb", sex)),
      glm_case(d, lonely, domain, "poisson", "event", c("hb", "age", groups), tested = groups),
      glm_case(d, lonely, domain, "poisson", "visits", c("hb", "bmi"), "log_years"),
      glm_case(d, lonely, domain, "binomial", "event", c("bmi", "bmd"), "log_years")))
  }
  cases <- c(cases, list(
    spline_case(d, choices[1], "everybody", "gaussian", "bmd", "hb", c("age", "male"), 4, TRUE, c(11, 13, 16), 14),
    spline_case(d, choices[1], "old", "binomial", "event", "hb", "male", 3, FALSE, c(11, 13, 16), 14),
    spline_case(d, choices[1], "everybody", "poisson", "visits", "bmi", "age", 5, FALSE, c(18, 25, 40), 30),
    spline_case(d, choices[1], "men", "gaussian", "bmd", "age", NULL, 6, TRUE, c(20, 50), 30),
    spline_case(d, choices[1], "everybody", "binomial", "event", "age", "hb", 7, FALSE, c(20, 50), 30),
    rubin_case(d, choices[1], "everybody", "binomial", "event", IMPUTED, c("age", "bmi")),
    rubin_case(d, choices[1], "old", "poisson", "visits", IMPUTED[1:3], "age"),
    rubin_case(d, choices[1], "men", "gaussian", "bmd", IMPUTED, "age")))
  pin(name, d, cases)
}

# --- The package's extract of NHANES 2009-2010: high cholesterol by age and sex --------------------------------
data(nhanes)
d <- data.frame(weight = round(nhanes$WTMEC2YR, 2), stratum = nhanes$SDMVSTRA, psu = nhanes$SDMVPSU,
  event = nhanes$HI_CHOL, female = nhanes$RIAGENDR - 1)
for (k in 2:4) d[[paste0("age", k)]] <- as.numeric(as.integer(nhanes$agecat) == k)
for (k in 2:4) d[[paste0("race", k)]] <- as.numeric(nhanes$race == k)
for (k in 2:4) d[[paste0("female_age", k)]] <- d$female * d[[paste0("age", k)]]
d$adults <- d$age2 + d$age3 + d$age4 == 1
d$women <- d$female == 1
d$everybody <- TRUE
ages <- paste0("age", 2:4)
races <- paste0("race", 2:4)
inside <- paste0("female_age", 2:4)
cases <- list()
for (family in c("binomial", "poisson")) cases <- c(cases, list(
  glm_case(d, "fail", "everybody", family, "event", c(ages, "female", races), tested = races),
  glm_case(d, "fail", "everybody", family, "event", c(ages, "female", inside), tested = inside),
  glm_case(d, "fail", "women", family, "event", c(ages, races), tested = ages),
  glm_case(d, "fail", "adults", family, "event", c("age3", "age4", "female"))))
written <- c("weight", "stratum", "psu", "event", "female", ages, races)
data_sets[["cholesterol"]] <- list(columns = as.list(d[written]), cases = cases)

# jsonlite stops at 15 digits; numbers go through as text and lose their quotes at the end.
at_full_precision <- function(x) {
  if (is.list(x)) return(lapply(x, at_full_precision))
  if (!is.numeric(x)) return(x)
  short <- sprintf("%.15g", x)
  short[is.na(x)] <- "0"
  ifelse(is.na(x), NA, paste0("@", ifelse(as.numeric(short) == x, short, sprintf("%.17g", x)), "@"))
}
version <- function(package) as.character(packageVersion(package))
pinned <- c(list(versions = list(survey = version("survey"), mitools = version("mitools"))), data_sets)
text <- toJSON(at_full_precision(pinned), auto_unbox = TRUE, na = "null", null = "null")
text <- gsub('([]}]),"', '\\1,\n"', gsub('"@([^"@]*)@"', "\\1", text))
writeLines(text, file.path(folder, "glm.json"))
