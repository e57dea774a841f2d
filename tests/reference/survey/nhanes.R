# Pins the NHANES re-analyses to R's survey package. Usage, from this folder:
#   Rscript nhanes.R <folder with the cycles' XPT files> nhanes.json
# Reads the public files with haven, builds each cohort anew (nothing is shared with the Python code) and
# writes aggregate results alone; no participant's data leave this script.
suppressPackageStartupMessages({library(haven); library(survey); library(jsonlite)})
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
target <- if (length(arguments) > 1) arguments[2] else "nhanes.json"

SUFFIX <- c("2005-2006" = "D", "2007-2008" = "E", "2009-2010" = "F",
            "2013-2014" = "H", "2015-2016" = "I", "2017-2018" = "J")

read_cycles <- function(cycles, tables) {
  one <- function(cycle) {
    read <- function(table) {
      columns <- c("SEQN", tables[[table]])
      as.data.frame(zap_labels(read_xpt(
        file.path(folder, cycle, paste0(table, "_", SUFFIX[[cycle]], ".XPT")), col_select = all_of(columns))))
    }
    merged <- Reduce(function(a, b) merge(a, b, by = "SEQN", all.x = TRUE), lapply(names(tables), read))
    merged$weight <- merged$WTMEC2YR / length(cycles)
    merged
  }
  do.call(rbind, lapply(cycles, one))
}

DEMO <- c("RIDAGEYR", "RIAGENDR", "RIDRETH1", "WTMEC2YR", "SDMVSTRA", "SDMVPSU")

design_of <- function(persons) {
  svydesign(ids = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~weight, nest = TRUE,
            data = persons[persons$WTMEC2YR > 0, ])
}

# One row: the slope of hemoglobin, design-based and by ordinary least squares with and without weights.
# The interval has the design's degrees of freedom in the domain, not svyglm's residual ones, which are
# negative when a model has more parameters than the survey has primary units.
fit <- function(design, outcome, terms, keep) {
  formula <- reformulate(c("LBXHGB", terms), outcome)
  part <- subset(design, keep)
  complete <- complete.cases(part$variables[, c("LBXHGB", terms, outcome)])
  part <- subset(part, complete)
  found <- svyglm(formula, part)
  estimate <- unname(coef(found)["LBXHGB"])
  se <- unname(SE(found)["LBXHGB"])
  df <- degf(part)
  least <- function(model) {
    row <- summary(model)$coefficients["LBXHGB", ]
    limits <- confint(model)["LBXHGB", ]
    list(estimate = row[[1]], se = row[[2]], df = model$df.residual, ci_low = limits[[1]],
         ci_high = limits[[2]], p = row[[4]])
  }
  frame <- part$variables
  frame <- frame[part$prob < Inf, ]
  list(n = nrow(frame),
       design = list(estimate = estimate, se = se, df = df, ci_low = estimate - qt(0.975, df) * se,
                     ci_high = estimate + qt(0.975, df) * se, p = 2 * pt(-abs(estimate / se), df)),
       weighted = least(lm(formula, frame, weights = weight)),
       unweighted = least(lm(formula, frame)))
}

# --- The published cohort -------------------------------------------------------------------------------
paper_tables <- list(
  DEMO = c(DEMO, "RIDRETH3", "DMDEDUC2", "INDHHIN2"), CBC = c("LBXHGB", "LBXRBCSI"),
  DXX = c("DXXTSBMD", "DXXLSBMD"), MCQ = "MCQ220", BMX = c("BMXWT", "BMXHT", "BMXBMI"),
  BPX = c(paste0("BPXSY", 1:4), paste0("BPXDI", 1:4)),
  BIOPRO = c("LBDSALSI", "LBXSAPSI", "LBXSATSI", "LBXSASSI", "LBDSBUSI", "LBDSCASI", "LBDSIRSI", "LBXSCK",
             "LBXSGTSI", "LBDSGLSI", "LBXSLDSI", "LBDSPHSI", "LBDSTBSI", "LBDSTPSI"),
  ALB_CR = "URDACT", HDL = "LBDHDDSI", TCHOL = "LBDTCSI", TRIGLY = c("LBDTRSI", "LBDLDLSI"),
  ALQ = "ALQ130", SMQ = "SMQ040", DIQ = "DIQ010")
d <- read_cycles(c("2013-2014", "2015-2016", "2017-2018"), paper_tables)

hemoglobin <- !is.na(d$LBXHGB)
bmd <- !is.na(d$DXXTSBMD) & !is.na(d$DXXLSBMD)
adult <- d$RIDAGEYR >= 18
said_no <- d$MCQ220 %in% 2
cohort <- hemoglobin & bmd & adult & said_no
excluded <- hemoglobin & bmd & adult & !said_no
counts <- list(
  all = nrow(d), without_hemoglobin = sum(!hemoglobin), without_bmd = sum(hemoglobin & !bmd),
  under_18 = sum(hemoglobin & bmd & !adult), not_no_to_cancer = sum(excluded), cohort = sum(cohort),
  said_yes = sum(excluded & d$MCQ220 %in% 1), not_asked_or_answered = sum(excluded & is.na(d$MCQ220)),
  refused_or_unknown = sum(excluded & d$MCQ220 %in% c(7, 9)),
  not_asked_aged_18_19 = sum(excluded & is.na(d$MCQ220) & d$RIDAGEYR < 20),
  cohort_yes_rule = sum(hemoglobin & bmd & adult & !(d$MCQ220 %in% 1)))
age <- list(mean = mean(d$RIDAGEYR[cohort]), sd = sd(d$RIDAGEYR[cohort]), men = mean(d$RIAGENDR[cohort] == 1))

average <- function(columns) { m <- rowMeans(columns, na.rm = TRUE); m[is.nan(m)] <- NA; m }
d$sbp <- average(d[, paste0("BPXSY", 1:4)])
diastolic <- d[, paste0("BPXDI", 1:4)]
diastolic[diastolic == 0] <- NA
d$dbp <- average(diastolic)
continuous <- c("sbp", "dbp", paper_tables$BMX, "LBXRBCSI", paper_tables$BIOPRO, "URDACT", "LBDHDDSI",
                "LBDTCSI")
for (name in continuous) d[[name]][is.na(d[[name]])] <- mean(d[[name]][cohort], na.rm = TRUE)

recorded <- function(codes, known) factor(ifelse(codes %in% known, codes, "Not recorded"))
classes <- function(x, bounds) {
  class <- as.character(cut(x, c(-Inf, bounds, Inf)))
  factor(ifelse(is.na(class), "Not recorded", class))
}
d$education <- recorded(d$DMDEDUC2, 1:5)
d$income <- recorded(d$INDHHIN2, c(1:10, 12:15))
d$smoking <- recorded(d$SMQ040, 1:3)
d$diabetes <- recorded(d$DIQ010, 1:3)
drinks <- ifelse(d$ALQ130 %in% c(777, 999), NA, d$ALQ130)
d$alcohol <- factor(ifelse(is.na(drinks), "Not recorded", ifelse(drinks < 12, "< 12", ">= 12")))
d$triglycerides <- classes(d$LBDTRSI, c(0.677, 1.016, 1.569))
d$ldl <- classes(d$LBDLDLSI, c(2.302, 2.870, 3.491))
d$sex <- factor(d$RIAGENDR)
d$race <- factor(d$RIDRETH3)
d$cohort <- cohort

covariates <- c(continuous, "education", "income", "smoking", "diabetes", "alcohol", "triglycerides", "ldl")
design <- design_of(d)
RACES <- c("Mexican American" = 1, "Other Hispanic" = 2, "Non-Hispanic White" = 3, "Non-Hispanic Black" = 4,
           "Non-Hispanic Asian" = 6, "Other Races and Not recorded" = 7)
strata <- c(list(list(name = "all", by = NULL)),
            lapply(1:2, function(k) list(name = c("men", "women")[k], by = "sex", code = k)),
            lapply(names(RACES), function(name) list(name = name, by = "race", code = RACES[[name]])))
paper <- list()
for (outcome in c("DXXTSBMD", "DXXLSBMD")) for (stratum in strata) for (model in 1:3) {
  everyone <- design$variables
  keep <- everyone$cohort
  if (!is.null(stratum$by)) keep <- keep & everyone[[stratum$by]] == stratum$code
  terms <- setdiff(list(character(0), c("RIDAGEYR", "sex", "race"),
                        c("RIDAGEYR", "sex", "race", covariates))[[model]], stratum$by)
  used <- design # a class that nobody of the stratum is in would be an empty column
  for (name in intersect(terms, covariates)) if (is.factor(everyone[[name]])) {
    kept <- droplevels(everyone[[name]][keep])
    used$variables[[name]] <- factor(as.character(everyone[[name]]), levels = levels(kept))
  }
  terms <- Filter(function(t) !is.factor(used$variables[[t]]) || nlevels(used$variables[[t]]) > 1, terms)
  row <- c(list(outcome = outcome, subgroup = stratum$name, model = model), fit(used, outcome, terms, keep))
  paper[[length(paper) + 1]] <- row
}

# --- Matched to age 50 and over -------------------------------------------------------------------------
by_sex <- function(persons, outcomes, keep) {
  persons$RIDRETH1 <- factor(persons$RIDRETH1)
  persons$member <- keep
  design <- design_of(persons)
  rows <- list()
  for (outcome in outcomes) for (sex in 1:2) for (model in 1:2) {
    terms <- list(character(0), c("RIDAGEYR", "RIDRETH1", "BMXBMI"))[[model]]
    found <- fit(design, outcome, terms, design$variables$member & design$variables$RIAGENDR == sex)
    rows[[length(rows) + 1]] <- c(
      list(outcome = outcome, subgroup = c("men", "women")[sex], model = model), found)
  }
  rows
}
femur <- read_cycles(
  c("2005-2006", "2007-2008", "2009-2010", "2013-2014", "2017-2018"),
  list(DEMO = DEMO, CBC = "LBXHGB", DXXFEM = c("DXAFMRST", "DXXOFBMD", "DXXNKBMD"), BMX = "BMXBMI"))
femur_cohort <- with(femur, !is.na(LBXHGB) & DXAFMRST %in% 1 & RIDAGEYR >= 50)
spine <- read_cycles(
  c("2013-2014", "2015-2016", "2017-2018"),
  list(DEMO = DEMO, CBC = "LBXHGB", DXX = c("DXXTSBMD", "DXXLSBMD"), BMX = "BMXBMI"))
spine_cohort <- with(spine, !is.na(LBXHGB) & !is.na(DXXTSBMD) & !is.na(DXXLSBMD) & RIDAGEYR >= 50)

# jsonlite stops at 15 digits; numbers go through as text and lose their quotes at the end.
at_full_precision <- function(x) {
  if (is.list(x)) lapply(x, at_full_precision) else if (is.numeric(x)) sprintf("@%.17g@", x) else x
}
pinned <- list(
  versions = list(R = R.version$version.string, survey = as.character(packageVersion("survey")),
                  haven = as.character(packageVersion("haven"))),
  counts = counts, age = age, spine = paper,
  "femur-50" = list(n = sum(femur_cohort),
                    rows = by_sex(femur, c("DXXOFBMD", "DXXNKBMD"), femur_cohort)),
  "spine-50" = list(n = sum(spine_cohort),
                    rows = by_sex(spine, c("DXXTSBMD", "DXXLSBMD"), spine_cohort)))
text <- toJSON(at_full_precision(pinned), auto_unbox = TRUE, pretty = 1)
writeLines(gsub('"@([^"@]*)@"', "\\1", text), target)
