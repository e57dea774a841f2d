"""The 54 design-based regressions from XPT files on disk: cold, from the cache, and by R's haven and survey.

    python tests/benchmarks/bench_nhanes.py [DATA] [ROUNDS]

DATA is the folder of the survey's files, NHANES_DATA when left out. All three are alternated in one run, each
a new process. Needs Rscript with haven and survey. Targets: cold at most a quarter of R's time, from the
cache at most 1.0 s.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = """
from studies.nhanes.cohort import load_cohort
from studies.nhanes.models import regressions
from studies.nhanes.protocol import load_protocol
assert len(regressions(load_cohort(load_protocol("spine")))) == 54
"""
R_SCRIPT = """
suppressPackageStartupMessages({library(haven); library(survey)})
tables <- list(
  DEMO = c("RIDAGEYR", "RIAGENDR", "RIDRETH3", "DMDEDUC2", "INDHHIN2", "WTMEC2YR", "SDMVSTRA", "SDMVPSU"),
  CBC = c("LBXHGB", "LBXRBCSI"), DXX = c("DXXTSBMD", "DXXLSBMD"), MCQ = "MCQ220",
  BMX = c("BMXWT", "BMXHT", "BMXBMI"), BPX = c(paste0("BPXSY", 1:4), paste0("BPXDI", 1:4)),
  BIOPRO = c("LBDSALSI", "LBXSAPSI", "LBXSATSI", "LBXSASSI", "LBDSBUSI", "LBDSCASI", "LBDSIRSI", "LBXSCK",
             "LBXSGTSI", "LBDSGLSI", "LBXSLDSI", "LBDSPHSI", "LBDSTBSI", "LBDSTPSI"),
  ALB_CR = "URDACT", HDL = "LBDHDDSI", TCHOL = "LBDTCSI", TRIGLY = c("LBDTRSI", "LBDLDLSI"),
  ALQ = "ALQ130", SMQ = "SMQ040", DIQ = "DIQ010")
read <- function(cycle, suffix) Reduce(
  function(a, b) merge(a, b, by = "SEQN", all.x = TRUE),
  lapply(names(tables), function(t) as.data.frame(zap_labels(read_xpt(
    file.path(Sys.getenv("NHANES_DATA"), cycle, paste0(t, suffix, ".XPT")),
    col_select = all_of(c("SEQN", tables[[t]])))))))
d <- rbind(read("2013-2014", "_H"), read("2015-2016", "_I"), read("2017-2018", "_J"))
cohort <- !is.na(d$LBXHGB) & !is.na(d$DXXTSBMD) & !is.na(d$DXXLSBMD) & d$RIDAGEYR >= 18 & d$MCQ220 %in% 2
d$cohort <- cohort
d$sbp <- rowMeans(d[, paste0("BPXSY", 1:4)], na.rm = TRUE)
diastolic <- d[, paste0("BPXDI", 1:4)]; diastolic[diastolic == 0] <- NA
d$dbp <- rowMeans(diastolic, na.rm = TRUE)
continuous <- c("sbp", "dbp", tables$BMX, "LBXRBCSI", tables$BIOPRO, "URDACT", "LBDHDDSI", "LBDTCSI")
for (v in continuous) d[[v]][is.na(d[[v]])] <- mean(d[[v]][cohort], na.rm = TRUE)
known <- function(x, codes) factor(ifelse(x %in% codes, x, "Not recorded"))
bounded <- function(x, b) {
  k <- as.character(cut(x, c(-Inf, b, Inf)))
  factor(ifelse(is.na(k), "Not recorded", k))
}
d$education <- known(d$DMDEDUC2, 1:5); d$income <- known(d$INDHHIN2, c(1:10, 12:15))
d$smoking <- known(d$SMQ040, 1:3); d$diabetes <- known(d$DIQ010, 1:3)
d$alcohol <- factor(ifelse(is.na(d$ALQ130) | d$ALQ130 > 100, "Not recorded", d$ALQ130 < 12))
d$tg <- bounded(d$LBDTRSI, c(0.677, 1.016, 1.569)); d$ldl <- bounded(d$LBDLDLSI, c(2.302, 2.870, 3.491))
d$sex <- factor(d$RIAGENDR); d$race <- factor(d$RIDRETH3)
design <- svydesign(ids = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~I(WTMEC2YR / 3), nest = TRUE,
                    data = d[d$WTMEC2YR > 0, ])
base <- c("RIDAGEYR", "sex", "race")
full <- c(base, continuous, "education", "income", "smoking", "diabetes", "alcohol", "tg", "ldl")
models <- list(character(0), base, full)
strata <- c(list(NULL), lapply(1:2, function(k) c("sex", k)), lapply(c(1:4, 6, 7), function(k) c("race", k)))
count <- 0
for (y in c("DXXTSBMD", "DXXLSBMD")) for (s in strata) {
  v <- design$variables
  part <- subset(design, if (is.null(s)) v$cohort else v$cohort & v[[s[1]]] == s[2])
  for (terms in models) {
    terms <- setdiff(terms, s[1])
    alike <- function(t) is.factor(d[[t]]) && length(unique(part$variables[[t]])) < 2
    single <- vapply(terms, alike, logical(1))
    fit <- svyglm(reformulate(c("LBXHGB", terms[!single]), y), part)
    stopifnot(is.finite(SE(fit)[["LBXHGB"]]))
    count <- count + 1
  }
}
stopifnot(count == 54)
"""


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """Wall-clock time of one process, which must succeed."""
    began = time.perf_counter()
    subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    """Alternate the three, report medians and the ratio."""
    data = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("NHANES_DATA", "")
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    rscript = shutil.which("Rscript")
    if rscript is None or not Path(data).is_dir():
        sys.exit("this needs Rscript with haven and survey, and the folder of the survey's files")
    times: dict[str, list[float]] = {"R": [], "cold": [], "cached": []}
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "regressions.R")
        script.write_text(R_SCRIPT, encoding="utf-8")
        for number in range(rounds):
            cache = str(Path(folder, str(number)))
            environment = {
                **os.environ,
                "NHANES_DATA": data,
                "XDG_CACHE_HOME": cache,
                "OPENBLAS_NUM_THREADS": "1",
            }
            times["R"].append(seconds([rscript, str(script)], environment))
            times["cold"].append(seconds([sys.executable, "-c", OURS], environment))
            times["cached"].append(seconds([sys.executable, "-c", OURS], environment))
    median = {name: statistics.median(values) for name, values in times.items()}
    print(f"54 regressions, median of {rounds}: cold {median['cold']:.2f} s, cached {median['cached']:.2f} s")
    print(
        f"Rscript with haven and survey: {median['R']:.2f} s; ratio cold {median['cold'] / median['R']:.2f}"
    )


if __name__ == "__main__":
    main()
