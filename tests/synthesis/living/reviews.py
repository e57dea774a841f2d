"""Small reviews that move, and git repositories that hold three months of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.synthesis.commands.running import synthesis

REVIEW = """\
schema: 1
review: tea
title: Tea and bone
question: {population: adults, exposure: tea, outcome: BMD, design: trials}
scale: {measure: MD, exposure: tea, versus: {exposed: tea, reference: water}, unit: g/cm2}
direction: {lower: lower BMD, higher: higher BMD}
method: {estimator: REML, test: HKSJ, level: 95 %, prediction: t(k-1)}
analyses:
  - id: hip
    title: Hip
    outcome: {name: BMD, sites: [hip]}
  - id: spine
    title: Spine
    outcome: {name: BMD, sites: [spine]}
"""

STUDY = """\
schema: 1
study: {name}
title: Study {name}
label: {label}
design: trial
cohort: {{name: {cohort}}}
reports:
  paper: {{type: journal article, status: {status}, citation: "{label}", year: {year}, read: full text}}
exposures:
  tea: {{name: tea, unit: not stated}}
outcomes:
  hip: {{name: BMD, site: {site}, unit: g/cm2}}
models:
  m: {{type: ANCOVA, adjustment: full, covariates: [age]}}
estimates:
  - id: main
    outcome: hip
    n: 100
    effect: {{measure: MD, versus: {{exposed: tea, reference: water}}, estimate: {estimate}, se: {se}}}
    where: {{report: paper, at: Table 2}}
extraction: {{by: me, on: 2026-06-01}}
"""


def study(name: str, estimate: str, se: str = "0.10", **more: str) -> str:
    """A record of one mean difference and its standard error."""
    words = {
        "label": name.title(),
        "cohort": f"Cohort {name}",
        "status": "published",
        "year": "2020",
        "site": "hip",
    }
    return STUDY.format(name=name, estimate=estimate, se=se, **{**words, **more})


def write(folder: Path, **studies: str) -> Path:
    """A review's folder with these records; names with '_' for '-'."""
    (folder / "studies").mkdir(parents=True, exist_ok=True)
    if not (folder / "review.yaml").exists():
        (folder / "review.yaml").write_text(REVIEW, encoding="utf-8")
    for name, text in studies.items():
        path = folder / "studies" / f"{name.replace('_', '-')}.yaml"
        path.write_text(text, encoding="utf-8")
    return folder


def git(folder: Path, *words: str, day: str = "2026-06-01", zone: str = "+0000") -> str:
    """git in a folder, as one person at noon of a day."""
    when = f"{day}T12:00:00{zone}"
    own = {
        "GIT_AUTHOR_DATE": when,
        "GIT_COMMITTER_DATE": when,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    person = ("-c", "user.name=me", "-c", "user.email=me@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *person, *words],
        cwd=folder,
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def commit(folder: Path, day: str, says: str = "work", zone: str = "+0000") -> str:
    """Commit everything below a folder on a day; returns the commit."""
    git(folder, "add", "-A", ".", day=day)
    git(folder, "commit", "-q", "--allow-empty", "-m", says, day=day, zone=zone)
    return git(folder, "rev-parse", "HEAD").strip()


def three_months(top: Path, inside: str = "reviews/tea") -> Path:
    """A repository with a review in a folder of it: June starts, July adds, August corrects and retracts.

    Tag v1.0 is on the commit of 1 June. The working tree is as the last commit.
    """
    top.mkdir(parents=True, exist_ok=True)
    git(top, "init", "-q", "-b", "main", ".")
    folder = write(
        top / inside,
        abel=study("abel", "0.50"),
        berg=study("berg", "0.30"),
        cole=study("cole", "0.40"),
        dahl=study("dahl", "0.20", site="spine"),
        eder=study("eder", "0.60", site="spine"),
    )
    commit(top, "2026-06-01", "start")
    git(top, "tag", "v1.0")
    write(folder, fink=study("fink", "-0.10"))
    commit(top, "2026-07-01", "a new paper")
    write(folder, berg=study("berg", "0.35"))
    commit(top, "2026-08-01", "an erratum")
    write(folder, cole=study("cole", "0.40", status="retracted"))
    commit(top, "2026-08-15", "a retraction")
    return folder


def released_review(folder: Path) -> Path:
    """A review with release 1.0.0, committed."""
    made = three_months(folder)
    done = synthesis("release", "1.0.0", cwd=made)
    assert (done.returncode, done.stderr) == (0, "")
    commit(made, "2026-09-01", "release 1.0.0")
    return made


def copy_of(review: Path, folder: Path) -> Path:
    """The review in a copy of its repository, to be changed."""
    top = review.parents[1]
    shutil.copytree(top, folder / "top")
    return folder / "top" / review.relative_to(top)


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, with its bytes."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }
