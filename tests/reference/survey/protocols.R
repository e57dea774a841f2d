# Pins protocols that ask for more than a slope to R's survey package. Usage, from this folder:
#   Rscript protocols.R <folder with the cycles' XPT files> protocols.json
# Reads the public files with haven, builds cohorts, classes, splines and outcomes anew (nothing is shared with the
# Python code) and writes aggregate results alone; no participant's data leave this script.
suppressPackageStartupMessages({library(haven); library(survey); library(jsonlite)})
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
target <- if (length(arguments) > 1) arguments[2] else "protocols.json"

SUFFIX <- c("2005-2006" = "D", "2007-2008" = "E", "2009-2010" = "F",
            "2013-2014" = "H", "2015-2016" = "I", "2017-2018" = "J")
FEMUR <- c("2005-2006", "2007-2008", "2009-2010", "2013-2014", "2017-2018")
SPINE <- c("2013-2014", "2015-2016", "2017-2018")
DEMO <- c("RIDAGEYR", "RIAGENDR", "RIDRETH1", "WTMEC2YR", "SDMVSTRA", "SDMVPSU")

read_cycles <- function(cycles, tables) {
  one <- function(cycle) {
    read <- function(table) as.data.frame(zap_labels(read_xpt(
      file.path(folder, cycle, paste0(table, "_", SUFFIX[[cycle]], ".XPT")),
      col_select = all_of(c("SEQN", tables[[table]])))))
    merged <- Reduce(function(a, b) merge(a, b, by = "SEQN", all.x = TRUE), lapply(names(tables), read))
    merged$weight <- merged$WTMEC2YR / length(cycles)
    merged
  }
  d <- do.call(rbind, lapply(cycles, one))
  d$sex <- factor(d$RIAGENDR, labels = c("men", "women"))
  d
}

design_of <- function(persons) {
  svydesign(ids = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~weight, nest = TRUE,
            data = persons[persons$WTMEC2YR > 0, ])
}

# The smallest value with at least the given share of the weight at or below it.
weighted_quantile <- function(x, w, shares) {
  order_ <- order(x); x <- x[order_]; share <- cumsum(w[order_]) / sum(w)
  sapply(shares, function(p) x[which(share >= p - 1e-12)[1]])
}

told <- function(estimate, se, df) {
  list(estimate = estimate, se = se, df = df, ci_low = estimate - qt(0.975, df) * se,
       ci_high = estimate + qt(0.975, df) * se, p = 2 * pt(-abs(estimate / se), df))
}

CONTROL <- glm.control(epsilon = 1e-14, maxit = 100)

# A regression among `keep` with what is complete, and the design's degrees of freedom there. The variance comes from the
# weights before glm's last step: begun once more where it ended, they are those of the end.
regress <- function(design, formula, keep, family = gaussian()) {
  part <- subset(design, keep)
  part <- subset(part, complete.cases(part$variables[, all.vars(formula)]))
  fitted <- svyglm(formula, part, family = family, control = CONTROL)
  if (family$family != "gaussian") {
    START <<- coef(fitted) # svyglm looks for it among the globals
    fitted <- svyglm(formula, part, family = family, control = CONTROL, start = START)
  }
  list(fit = fitted, df = degf(part), n = sum(part$prob < Inf), frame = part$variables[part$prob < Inf, ])
}

linear_combination <- function(found, factors) { # factors: by the names of coefficients
  b <- coef(found$fit); v <- vcov(found$fit)
  l <- setNames(rep(0, length(b)), names(b)); l[names(factors)] <- factors
  told(sum(l * b), sqrt(drop(t(l) %*% v %*% l)), found$df)
}

joint <- function(found, names) {
  b <- coef(found$fit)[names]; v <- vcov(found$fit)[names, names, drop = FALSE]
  f <- drop(t(b) %*% solve(v) %*% b) / length(b)
  list(F = f, df1 = length(b), df2 = found$df, p = pf(f, length(b), found$df, lower.tail = FALSE))
}

rows <- list()
add <- function(...) rows[[length(rows) + 1]] <<- list(...)

# --- Hip and femoral neck by sex and age ------------------------------------------------------------------
femur <- read_cycles(FEMUR, list(
  DEMO = c(DEMO, "RIDEXPRG"), CBC = "LBXHGB", DXXFEM = c("DXAFMRST", "DXXOFBMD", "DXXNKBMD"),
  DXXSPN = c("DXASPNST", "DXXOSBMD"), BMX = "BMXBMI"))
femur$RIDRETH1 <- factor(femur$RIDRETH1)
femur$member <- with(femur, !is.na(LBXHGB) & DXAFMRST %in% 1 & RIDAGEYR >= 50)
femur$ages <- cut(femur$RIDAGEYR, c(49, 59, 69, Inf), labels = c("50-59", "60-69", "70+"))
anemic <- ifelse(femur$sex == "men", femur$LBXHGB < 13, femur$LBXHGB < 12)
femur$anemia <- ifelse(femur$RIDAGEYR < 15 | femur$RIDEXPRG %in% c(1, 3), NA, as.numeric(anemic))
# 0.558 g/cm2 is a T-score of -2.5 exactly, and of -2.4999999999999996 in floating-point numbers.
femur$osteoporosis <- as.numeric(round((femur$DXXNKBMD - 0.858) / 0.120, 9) <= -2.5)
design <- design_of(femur)
everyone <- design$variables
ADJUSTED <- c("RIDAGEYR", "RIDRETH1", "BMXBMI")
MODELS <- list(unadjusted = character(0), adjusted = ADJUSTED)
for (outcome in c(hip = "DXXOFBMD", "femoral-neck" = "DXXNKBMD"))
  for (sex in c("men", "women")) for (ages in levels(femur$ages)) for (model in names(MODELS)) {
    keep <- everyone$member & everyone$sex == sex & everyone$ages %in% ages
    found <- regress(design, reformulate(c("LBXHGB", MODELS[[model]]), outcome), keep)
    add(protocol = "femur-by-age", outcome = c(DXXOFBMD = "hip", DXXNKBMD = "femoral-neck")[[outcome]],
        subgroup = paste0(sex, ", age-group: ", ages), model = model, n = found$n,
        values = linear_combination(found, c(LBXHGB = 1)))
  }

# --- The lumbar spine from 50 years on --------------------------------------------------------------------
everyone$spine <- with(everyone, !is.na(LBXHGB) & !is.na(DXXOSBMD) & RIDAGEYR >= 50)
for (sex in c("men", "women")) for (model in names(MODELS)) {
  found <- regress(design, reformulate(c("LBXHGB", MODELS[[model]]), "DXXOSBMD"),
                   everyone$spine & everyone$sex == sex)
  add(protocol = "lumbar-50", outcome = "lumbar-spine", subgroup = sex, model = model, n = found$n,
      values = linear_combination(found, c(LBXHGB = 1)))
}

# --- Osteoporosis by anemia: odds ratios, and prevalence ratios -------------------------------------------
for (measure in c("OR", "PR")) for (sex in c("men", "women")) for (model in names(MODELS)) {
  family <- if (measure == "OR") quasibinomial() else quasipoisson()
  found <- regress(design, reformulate(c("anemia", MODELS[[model]]), "osteoporosis"),
                   everyone$member & everyone$sex == sex, family)
  add(protocol = paste0("osteoporosis", if (measure == "PR") "-pr"), outcome = "osteoporosis", subgroup = sex,
      model = model, n = found$n, exposed = "yes", with = sum(found$frame$anemia == 1),
      values = linear_combination(found, c(anemia = 1)))
}

# --- The same slope per standard deviation and per doubling ----------------------------------------------
inside <- subset(design, member)
sd_hb <- sqrt(drop(coef(svyvar(~LBXHGB, inside))))
design$variables$per_sd <- design$variables$LBXHGB / sd_hb
design$variables$doubling <- log2(design$variables$LBXHGB)
for (step in c("per_sd", "doubling")) for (model in names(MODELS)) {
  found <- regress(design, reformulate(c(step, MODELS[[model]]), "DXXOFBMD"), everyone$member)
  add(protocol = paste0("hip-", gsub("_", "-", step)), outcome = "hip", subgroup = "all", model = model, n = found$n,
      values = linear_combination(found, setNames(1, step)))
}

# --- A restricted cubic spline with four knots, and with an interaction with sex --------------------------
who <- everyone[everyone$member, ]
knots <- weighted_quantile(who$LBXHGB, who$weight, c(0.05, 0.35, 0.65, 0.95))
spline <- function(x) { # Harrell's form, divided by the square of the range of the knots
  k <- length(knots); cube <- function(u) pmax(u, 0)^3
  sapply(1:(k - 2), function(j)
    (cube(x - knots[j]) - cube(x - knots[k - 1]) * (knots[k] - knots[j]) / (knots[k] - knots[k - 1]) +
       cube(x - knots[k]) * (knots[k - 1] - knots[j]) / (knots[k] - knots[k - 1])) / (knots[k] - knots[1])^2)
}
bends <- spline(everyone$LBXHGB)
design$variables$s1 <- bends[, 1]; design$variables$s2 <- bends[, 2]
places <- weighted_quantile(who$LBXHGB, who$weight, c(0.1, 0.25, 0.5, 0.75, 0.9))
S <- c("LBXHGB", "s1", "s2")
for (model in names(MODELS)) {
  found <- regress(design, reformulate(c(S, MODELS[[model]]), "DXXOFBMD"), everyone$member)
  tests <- list(joint(found, S), joint(found, S[-1]))
  for (place in places[-3]) {
    row <- c(place - places[3], spline(c(place, 0))[1, ] - spline(c(places[3], 0))[1, ])
    add(protocol = "hip-curve", outcome = "hip", subgroup = "all", model = model, n = found$n,
        exposed = sprintf("%g g/dL", place), values = linear_combination(found, setNames(row, S)), tests = tests)
  }
}
found <- regress(design, reformulate(c(S, "sex", "LBXHGB:sex", "s1:sex", "s2:sex"), "DXXOFBMD"), everyone$member)
P <- paste0(S, ":sexwomen")
ordered <- names(coef(found$fit))
P <- ifelse(P %in% ordered, P, paste0("sexwomen:", S))
tests <- list(joint(found, S), joint(found, S[-1]), joint(found, P))
for (sex in c("men", "women")) for (place in places[-3]) {
  row <- c(place - places[3], spline(c(place, 0))[1, ] - spline(c(places[3], 0))[1, ])
  factors <- setNames(row, S)
  if (sex == "women") factors <- c(factors, setNames(row, P))
  add(protocol = "hip-curve-by-sex", outcome = "hip", subgroup = "all", model = "by-sex",
      n = sum(found$frame$sex == sex), within = sex, exposed = sprintf("%g g/dL", place),
      values = linear_combination(found, factors), tests = tests)
}

# --- Quarters of hemoglobin against lumbar spine BMD ------------------------------------------------------
spine <- read_cycles(SPINE, list(
  DEMO = c(DEMO, "RIDRETH3"), CBC = "LBXHGB", DXX = "DXXLSBMD", BMX = "BMXBMI", HDL = "LBDHDDSI"))
spine$race <- factor(spine$RIDRETH3, labels = c(
  "Mexican American", "Other Hispanic", "Non-Hispanic White", "Non-Hispanic Black", "Non-Hispanic Asian",
  "Other Races and Not recorded"))
spine$member <- with(spine, !is.na(LBXHGB) & !is.na(DXXLSBMD) & RIDAGEYR >= 20 & RIDAGEYR <= 59)
who <- spine[spine$member & spine$WTMEC2YR > 0, ]
cuts <- weighted_quantile(who$LBXHGB, who$weight, 1:3 / 4)
spine$quarter <- cut(spine$LBXHGB, c(-Inf, cuts, Inf), labels = paste0("Q", 1:4))
middle <- sapply(paste0("Q", 1:4), function(q) {
  those <- spine[spine$member & spine$WTMEC2YR > 0 & spine$quarter %in% q, ]
  weighted_quantile(those$LBXHGB, those$weight, 0.5)
})
spine$score <- middle[as.integer(spine$quarter)]
spine$rank <- as.integer(spine$quarter)
design <- design_of(spine)
everyone <- design$variables
Q <- list(unadjusted = character(0), adjusted = c("RIDAGEYR", "sex", "race", "BMXBMI"))
for (subgroup in c("all", "men", "women")) for (model in names(Q)) {
  keep <- everyone$member & (subgroup == "all" | everyone$sex == subgroup)
  terms <- if (subgroup == "all") Q[[model]] else setdiff(Q[[model]], "sex")
  found <- regress(design, reformulate(c("quarter", terms), "DXXLSBMD"), keep)
  tests <- list(joint(found, paste0("quarterQ", 2:4)))
  for (q in 2:4)
    add(protocol = "hemoglobin-quarters", outcome = "lumbar-spine", subgroup = subgroup, model = model, n = found$n,
        exposed = paste0("Q", q), with = sum(found$frame$quarter == paste0("Q", q)), limits = as.list(cuts),
        values = linear_combination(found, setNames(1, paste0("quarterQ", q))), tests = tests)
  for (score in c("score", "rank")) {
    found <- regress(design, reformulate(c(score, terms), "DXXLSBMD"), keep)
    add(protocol = c(score = "hemoglobin-quarters", rank = "quarters-by-rank")[[score]], outcome = "lumbar-spine",
        subgroup = subgroup, model = model, n = found$n, form = "trend",
        values = linear_combination(found, setNames(1, score)))
  }
}

# --- Quarters that interact with sex, against the third of them -------------------------------------------
design$variables$from3 <- relevel(design$variables$quarter, "Q3")
found <- regress(design, DXXLSBMD ~ from3 * sex + RIDAGEYR, everyone$member)
products <- paste0("from3Q", c(1, 2, 4), ":sexwomen")
tests <- list(joint(found, paste0("from3Q", c(1, 2, 4))), joint(found, products))
for (sex in c("men", "women")) for (q in c(1, 2, 4)) {
  factors <- setNames(1, paste0("from3Q", q))
  if (sex == "women") factors <- c(factors, setNames(1, paste0("from3Q", q, ":sexwomen")))
  add(protocol = "quarters-by-sex", outcome = "lumbar-spine", subgroup = "all", model = "by-sex",
      n = sum(found$frame$sex == sex), within = sex, exposed = paste0("Q", q),
      with = sum(found$frame$sex == sex & found$frame$quarter == paste0("Q", q)),
      values = linear_combination(found, factors), tests = tests)
}

# --- Sex crossed with race --------------------------------------------------------------------------------
for (sex in c("men", "women")) for (race in levels(spine$race)) {
  found <- regress(design, DXXLSBMD ~ LBXHGB + RIDAGEYR, everyone$member & everyone$sex == sex & everyone$race == race)
  add(protocol = "sex-by-race", outcome = "lumbar-spine", subgroup = paste0(sex, ", ", race), model = "adjusted",
      n = found$n, values = linear_combination(found, c(LBXHGB = 1)))
}

# --- A continuous covariate with its mean, one in classes with a class of its own -------------------------
design$variables$bmi <- ifelse(is.na(everyone$BMXBMI), mean(spine$BMXBMI[spine$member], na.rm = TRUE), everyone$BMXBMI)
found <- regress(design, DXXLSBMD ~ LBXHGB + RIDAGEYR + bmi, everyone$member)
add(protocol = "mean-of-bmi", outcome = "lumbar-spine", subgroup = "all", model = "adjusted", n = found$n,
    values = linear_combination(found, c(LBXHGB = 1)))

# --- The logarithm of HDL against BMI, with an interaction with sex ---------------------------------------
spine$log_hdl <- log(spine$LBDHDDSI)
spine$bodies <- with(spine, !is.na(LBDHDDSI) & !is.na(BMXBMI) & RIDAGEYR >= 20)
design <- design_of(spine)
found <- regress(design, BMXBMI ~ log_hdl * sex + RIDAGEYR + race, design$variables$bodies)
tests <- list(joint(found, "log_hdl:sexwomen"))
for (sex in c("men", "women"))
  add(protocol = "hdl-and-bmi", outcome = "bmi", subgroup = "all", model = "by-sex",
      n = sum(found$frame$sex == sex), within = sex, tests = tests,
      values = linear_combination(found, c(log_hdl = 1, "log_hdl:sexwomen" = as.numeric(sex == "women"))))

# jsonlite stops at 15 digits; numbers go through as text and lose their quotes at the end.
at_full_precision <- function(x) {
  if (is.list(x)) lapply(x, at_full_precision) else if (is.numeric(x)) sprintf("@%.17g@", x) else x
}
pinned <- list(
  versions = list(R = R.version$version.string, survey = as.character(packageVersion("survey")),
                  haven = as.character(packageVersion("haven"))),
  rows = rows)
text <- toJSON(at_full_precision(pinned), auto_unbox = TRUE, pretty = 1)
writeLines(gsub('"@([^"@]*)@"', "\\1", text), target)
