# Reference values for studies/survey, from R's survey (and mgcv for the smooth): Rscript make.R [folder]
# Writes one JSON file a data set: its columns, and the cases computed from them, with 17 significant digits.
suppressMessages({
  library(survey)
  library(mgcv)
})
folder <- commandArgs(trailingOnly = TRUE)
folder <- if (length(folder)) folder[1] else "."
plain <- function(x) unname(as.vector(x))

design_of <- function(d, lonely) {
  options(survey.lonely.psu = lonely)
  svydesign(id = ~psu, strata = ~stratum, weights = ~weight, data = d, nest = TRUE)
}
inside <- function(d, lonely, domain) subset(design_of(d, lonely), d[[domain]])
right_side <- function(x) paste(x, collapse = " + ")
about <- function(kind, lonely, domain, ...) list(kind = kind, lonely = lonely, domain = domain, ...)

linear_case <- function(d, lonely, domain, y, x) {
  fit <- svyglm(as.formula(paste(y, "~", right_side(x))), inside(d, lonely, domain))
  used <- fit$survey.design
  found <- about("linear", lonely, domain,
    y = y, x = as.list(x),
    coef = plain(coef(fit)), cov = plain(vcov(fit)), n = sum(weights(used) > 0),
    rss = sum(weights(used) * residuals(fit, "response")^2),
    df = degf(used), residual_df = fit$df.residual)
  if (found$df > 0) {
    found$p <- plain(2 * pt(-abs(coef(fit) / SE(fit)), found$df))
    found$ci <- plain(coef(fit) + outer(SE(fit), qt(c(0.025, 0.975), found$df)))
    test <- regTermTest(fit, as.formula(paste("~", right_side(x))), df = found$df)
    found$wald_F <- plain(test$Ftest)
    found$wald_p <- plain(test$p)
  }
  if (found$residual_df > 0) {
    found$summary_p <- plain(summary(fit)$coefficients[, 4])
    found$confint <- plain(as.matrix(confint(fit, level = 0.9)))
  }
  found
}

ordinary_case <- function(d, weighted, y, x) {
  d <- d[d$weight > 0 | !weighted, ]
  d$.w <- if (weighted) d$weight else 1
  fit <- lm(as.formula(paste(y, "~", right_side(x))), d, weights = .w)
  list(kind = "ordinary", weighted = weighted, y = y, x = as.list(x),
    coef = plain(coef(fit)), cov = plain(vcov(fit)), n = nobs(fit),
    df = fit$df.residual, p = plain(summary(fit)$coefficients[, 4]), ci = plain(confint(fit)))
}

describe_case <- function(d, lonely, domain, y) {
  design <- inside(d, lonely, domain)
  design <- design[!is.na(d[d[[domain]], y]), ]
  formula <- as.formula(paste("~", y))
  m <- svymean(formula, design)
  s <- svytotal(formula, design)
  v <- svyvar(formula, design)
  q <- svyquantile(formula, design, c(0.05, 0.25, 0.5, 0.75, 0.95))[[1]]
  about("describe", lonely, domain, y = y, df = degf(design),
    mean = plain(coef(m)), mean_se = plain(SE(m)), mean_ci = plain(confint(m, df = degf(design))),
    total = plain(coef(s)), total_se = plain(SE(s)),
    sd = plain(sqrt(coef(v))), sd_se = plain(SE(v) / (2 * sqrt(coef(v)))),
    quantile = plain(q[, 1]), quantile_low = plain(q[, 2]), quantile_high = plain(q[, 3]),
    quantile_se = plain(q[, 4]))
}

table_case <- function(d, lonely, domain, row, column) {
  design <- inside(d, lonely, domain)
  design <- design[!is.na(d[d[[domain]], row]) & !is.na(d[d[[domain]], column]), ]
  test <- suppressWarnings(svychisq(as.formula(paste("~", row, "+", column)), design))
  shares <- svymean(as.formula(paste("~ factor(", row, ")")), design)
  levels <- sort(unique(design$variables[[row]]))
  ci <- sapply(levels, function(level) {
    design$variables$.is <- as.numeric(design$variables[[row]] == level)
    plain(attr(svyciprop(~.is, design), "ci"))
  })
  about("table", lonely, domain, row = row, column = column,
    F = plain(test$statistic), df1 = plain(test$parameter[1]), df2 = plain(test$parameter[2]),
    p = plain(test$p.value),
    proportion = plain(coef(shares)), proportion_se = plain(SE(shares)), proportion_ci = plain(ci))
}

piecewise_case <- function(d, lonely, domain, y, exposure, covariates, at) {
  design <- inside(d, lonely, domain)
  h <- d[[exposure]]
  rss <- function(place, lines = 2) {
    d$.low <- if (lines == 2) pmin(h, place) else h
    d$.high <- pmax(h - place, 0)
    terms <- c(".low", if (lines == 2) ".high", covariates)
    used <- d[d[[domain]] & d$weight > 0, ]
    deviance(lm(as.formula(paste(y, "~", right_side(terms))), used, weights = weight))
  }
  used <- d[[domain]] & d$weight > 0 & complete.cases(d[, c(y, exposure, covariates)])
  ends <- quantile(h[used], c(0.05, 0.95))
  searched <- sort(unique(h[used & h >= ends[1] & h <= ends[2]]))
  places <- lapply(seq_len(length(searched) - 1), function(i) optimize(rss, searched[i + 0:1], tol = 1e-11))
  best <- places[[which.min(sapply(places, `[[`, "objective"))]]
  design <- update(design, .low = pmin(get(exposure), at), .high = pmax(get(exposure) - at, 0))
  fit <- svyglm(as.formula(paste(y, "~", right_side(c(".low", ".high", covariates)))), design)
  change <- svycontrast(fit, c(.high = 1, .low = -1))
  about("piecewise", lonely, domain, y = y, exposure = exposure, covariates = as.list(covariates), at = at,
    coef = plain(coef(fit)[2:3]), se = plain(SE(fit)[2:3]),
    change = plain(coef(change)), change_se = plain(SE(change)),
    chi2 = sum(used) * log(rss(at, 1) / rss(at)), best = best$minimum, best_rss = best$objective)
}

smooth_case <- function(d, lonely, domain, y, exposure, covariates) {
  used <- d[d[[domain]] & d$weight > 0 & complete.cases(d[, c(y, exposure, covariates)]), ]
  for (name in covariates) used[[name]] <- used[[name]] - weighted.mean(used[[name]], used$weight)
  used$.h <- used[[exposure]]
  used$.w <- used$weight / mean(used$weight)
  ends <- range(used$.h)
  knots <- list(.h = ends[1] + diff(ends) / 20 * (-3:23))
  formula <- as.formula(paste(y, "~", right_side(c("s(.h, bs = 'ps', k = 23, m = c(2, 2))", covariates))))
  fit <- gam(formula, data = used, weights = .w, method = "REML", knots = knots,
    control = gam.control(epsilon = 1e-13, newton = list(conv.tol = 1e-10)))
  at <- seq(ends[1], ends[2], length.out = 9)
  ahead <- data.frame(.h = at)
  for (name in covariates) ahead[[name]] <- 0
  about("smooth", lonely, domain, y = y, exposure = exposure, covariates = as.list(covariates), at = at,
    curve = plain(predict(fit, ahead)), edf = sum(fit$edf[grepl("^s", names(coef(fit)))]) + 1)
}

# As many digits as it takes to read the same number back, up to 17, which the JSON packages do not keep.
number <- function(x) {
  short <- sprintf("%.15g", x)
  ifelse(!is.finite(x), "null", ifelse(as.numeric(short) == x, short, sprintf("%.17g", x)))
}
json <- function(x) {
  if (is.list(x)) {
    inner <- vapply(x, json, "")
    if (is.null(names(x))) paste0("[", paste(inner, collapse = ", "), "]")
    else paste0("{", paste(sprintf("\"%s\": %s", names(x), inner), collapse = ",\n"), "}")
  } else {
    text <- if (is.character(x)) ifelse(is.na(x), "null", sprintf("\"%s\"", x))
      else if (is.logical(x)) ifelse(is.na(x), "null", tolower(x))
      else number(x)
    if (length(x) == 1) text else paste0("[", paste(text, collapse = ", "), "]")
  }
}

write <- function(name, columns, cases) {
  version <- function(package) as.character(packageVersion(package))
  content <- list(survey = version("survey"), mgcv = version("mgcv"), columns = as.list(columns),
    cases = cases)
  writeLines(json(content), file.path(folder, paste0(name, ".json")))
}

all_cases <- function(d, lonely, domains, y, models, row, column) {
  unlist(lapply(lonely, function(l) {
    unlist(lapply(domains, function(domain) {
      c(lapply(models, function(x) linear_case(d, l, domain, y, x)),
        list(describe_case(d, l, domain, y), table_case(d, l, domain, row, column)))
    }), recursive = FALSE)
  }), recursive = FALSE)
}

# --- R's own school data: a stratified sample, and two samples of clusters ---------------------------------
data(api)
school <- function(d, stratum, psu) {
  data.frame(weight = d$pw, stratum = as.character(stratum), psu = as.integer(psu), api00 = d$api00,
    ell = d$ell, meals = d$meals,
    mobility = d$mobility, stype = as.character(d$stype), comp = as.character(d$comp.imp),
    everybody = TRUE, grown = d$sch.wide == "Yes", poor = d$meals > 40)
}
models <- list("ell", c("ell", "meals", "mobility"))
for (sample in list(
  list("apistrat", school(apistrat, apistrat$stype, seq_len(nrow(apistrat)))),
  list("apiclus1", school(apiclus1, rep("all", nrow(apiclus1)), apiclus1$dnum)),
  list("apiclus2", school(apiclus2, rep("all", nrow(apiclus2)), apiclus2$dnum)))) {
  d <- sample[[2]]
  write(sample[[1]], d, c(
    all_cases(d, "fail", c("everybody", "grown", "poor"), "api00", models, "comp", "stype"),
    list(ordinary_case(d, TRUE, "api00", models[[2]]), ordinary_case(d, FALSE, "api00", models[[2]]))))
}

# --- A generated survey: strata of two or three PSUs, missing values, weights of zero --------------------
set.seed(20130102)
n <- 1100
d <- data.frame(stratum = sort(sample(101:114, n, TRUE)), person = seq_len(n))
d$psu <- sample(1:2, n, TRUE)
three <- d$stratum %in% c(103, 110)
d$psu[three] <- sample(1:3, sum(three), TRUE)
d$weight <- round(exp(rnorm(n, 9, 0.7)), 4) / ifelse(d$stratum > 107, 3, 1)
d$weight[sample(n, 40)] <- 0
shift <- rnorm(50)[(d$stratum - 101) * 3 + d$psu]
d$male <- rbinom(n, 1, 0.5)
d$age <- round(runif(n, 18, 60))
d$bmi <- round(rnorm(n, 27 + d$age / 30, 5), 1)
d$hb <- round(13.2 + 1.4 * d$male + 0.2 * shift + rnorm(n), 1)
d$group <- sample(c("A", "B", "C", "D"), n, TRUE, c(0.45, 0.3, 0.2, 0.05))
for (level in c("B", "C", "D")) d[[paste0("group", level)]] <- as.numeric(d$group == level)
d$bmd <- round(1.1 + 0.01 * pmin(d$hb, 14.2) - 0.02 * pmax(d$hb - 14.2, 0) + 0.02 * shift + 0.03 * d$male -
  0.004 * pmax(d$age - 40.4, 0) + rnorm(n, 0, 0.1), 4)
d$class <- ifelse(d$bmd + rnorm(n, 0, 0.2) > 1.2, "high", ifelse(d$bmi > 27, "middle", "low"))
d$bmd[sample(n, 60)] <- NA
d$bmi[sample(n, 30)] <- NA
d$class[sample(n, 25)] <- NA
d$everybody <- TRUE
d$men <- d$male == 1
d$old <- d$age > 45 & d$stratum != 104                        # a stratum with nobody in the domain
d$few <- d$group == "D" & d$stratum < 109                     # PSUs and strata with nobody in it
d$half <- d$stratum %in% c(101, 102) & d$psu == 1             # one PSU of each stratum: no degrees of freedom
d$person <- NULL
models <- list("hb", c("hb", "male", "age"), c("hb", "age", "bmi", "groupB", "groupC", "groupD"))
piece <- function(lonely, domain, covariates)
  piecewise_case(d, lonely, domain, "bmd", "hb", covariates, 14.05)
write("generated", d, c(
  all_cases(d, "fail", c("everybody", "old"), "bmd", models, "class", "group"),
  all_cases(d, "fail", "men", "bmd", models[c(1, 3)], "class", "group"),
  list(linear_case(d, "fail", "few", "bmd", "hb"), linear_case(d, "fail", "few", "bmd", c("hb", "age")),
    linear_case(d, "fail", "half", "bmd", "hb"), describe_case(d, "fail", "few", "bmd"),
    ordinary_case(d, TRUE, "bmd", models[[3]]), ordinary_case(d, FALSE, "bmd", models[[3]]),
    piece("fail", "everybody", c()), piece("fail", "everybody", c("male", "age", "bmi")),
    piece("fail", "men", "age"),
    piecewise_case(d, "fail", "everybody", "bmd", "age", "hb", 40),
    smooth_case(d, "fail", "everybody", "bmd", "hb", c()),
    smooth_case(d, "fail", "men", "bmd", "hb", c("age", "bmi")))))

# --- The same with the second PSU of two strata gone, under each choice for lonely PSUs ------------------
d <- d[!(d$stratum %in% c(105, 112) & d$psu == 2), ]
choices <- c("certainty", "adjust", "average")
write("lonely", d, all_cases(d, choices, c("everybody", "old", "men"), "bmd", models[1], "class", "group"))
