"""Three months of a review: papers, an erratum, a misprint, a rename, a merge, a retraction, another method.

Every number is pooled once more from the printed numbers of each commit, read here without the program's
records.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scipy.special import ndtri

from synthesis import pool, subgroups
from tests.synthesis.commands.running import synthesis
from tests.synthesis.living.reviews import commit, git

REVIEW = """\
schema: 1
review: tea-fracture
title: Tea and fracture
question: {population: adults, exposure: tea, outcome: fracture, design: trials}
scale: {measure: OR, exposure: tea, versus: {exposed: tea, reference: water}}
method: {estimator: REML, test: HKSJ, level: 95 %, prediction: t(k-1)}
analyses:
  - {id: every, title: All, outcome: {name: fracture, sites: [any]}}
  - {id: by, title: By design, outcome: {name: fracture, sites: [any]}, group_by: design, tau2: common}
"""
STUDY = """\
schema: 1
study: {name}
title: Study {name}
design: {design}
cohort: {{name: Cohort {name}}}
reports:
  paper:
    {{type: journal article, status: published, citation: {name}, year: 2020, doi: 10.1000/{name}, read: all}}
exposures:
  tea: {{name: tea, unit: not stated}}
outcomes:
  any: {{name: fracture, site: any, unit: not stated}}
models:
  m: {{type: logistic regression, adjustment: full, covariates: [age]}}
estimates:
  - id: main
    outcome: any
    effect: {{measure: OR, versus: {{exposed: tea, reference: water}}, estimate: {estimate}, ci: [{ci}]}}
    where: {{report: paper, at: Table 2}}
extraction: {{by: me, on: 2026-06-01}}
""".replace("read: all", "read: full text")


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A review whose twelve commits no test changes."""
    folder = tmp_path_factory.mktemp("history")
    git(folder, "init", "-q", "-b", "main", ".")
    (folder / "studies").mkdir()
    (folder / "review.yaml").write_text(REVIEW)

    def new(name: str, estimate: str, ci: str, design: str = "trial") -> None:
        text = STUDY.format(name=name, estimate=estimate, ci=ci, design=design)
        (folder / "studies" / f"{name}.yaml").write_text(text)

    def edit(path: str, old: str, by: str) -> None:
        text = (folder / path).read_text()
        assert old in text
        (folder / path).write_text(text.replace(old, by))

    new("adams", "0.80", "0.65, 0.98")
    new("baker", "0.70", "0.50, 0.98")
    new("clark", "0.95", "0.80, 1.13", "cohort")
    new("dunn", "0.85", "0.60, 1.20", "cohort")
    new("evans", "0.60", "0.38, 0.95")
    commit(folder, "2026-06-01")
    git(folder, "tag", "v1.0")
    new("fox", "1.10", "0.90, 1.34")
    commit(folder, "2026-06-10")
    new("gray", "0.92", "0.70, 1.21", "cohort")
    commit(folder, "2026-06-20")
    edit("studies/baker.yaml", "0.70, ci: [0.50, 0.98]", "0.72, ci: [0.50, 1.04]")
    edit("studies/baker.yaml", "status: published", "status: corrected")
    commit(folder, "2026-07-01", "an erratum")
    edit("studies/clark.yaml", "1.13", "1.12")
    commit(folder, "2026-07-04", "a misprint of ours")
    git(folder, "mv", "studies/dunn.yaml", "studies/dunn-2020.yaml")
    edit("studies/dunn-2020.yaml", "study: dunn", "study: dunn-2020")
    commit(folder, "2026-07-10")
    git(folder, "checkout", "-q", "-b", "hay")
    new("hay", "0.75", "0.50, 1.13")
    commit(folder, "2026-07-15")
    git(folder, "checkout", "-q", "main")
    edit("studies/adams.yaml", "status: published", "status: retracted")
    commit(folder, "2026-07-20")
    git(folder, "merge", "-q", "--no-ff", "-m", "hay", "hay", day="2026-07-25")
    edit("review.yaml", "REML", "DL")
    commit(folder, "2026-08-01")
    edit("review.yaml", "title: All", "title: All fractures")
    commit(folder, "2026-08-15")
    edit("studies/gray.yaml", "schema: 1", "# looked at again\nschema: 1")
    commit(folder, "2026-08-20")
    return folder


@dataclass(frozen=True)
class Printed:
    """What a paper prints, on the scale of logarithms."""

    yi: float
    sei: float
    design: str


def printed(review: Path, revision: str) -> dict[str, Printed]:
    """The studies of a commit that are not retracted, dunn by its later name."""
    found = {}
    for path in git(review, "ls-tree", "--name-only", revision, "studies/").split():
        text = git(review, "show", f"{revision}:{path}")
        ratio, low, high = map(float, re.findall(r"estimate: (.+), ci: \[(.+), (.+)\]", text)[0])
        sei = (math.log(high) - math.log(low)) / (2 * float(ndtri(0.975)))
        [design] = re.findall("design: (.+)\ncohort", text)
        name = path.removeprefix("studies/").removesuffix(".yaml")
        if "status: retracted" not in text:
            found["dunn-2020" if name == "dunn" else name] = Printed(math.log(ratio), sei, design)
    return found


def expected(studies: Mapping[str, Printed], method: str, group: str) -> list[float]:
    """Estimate and interval of all studies, or of one design with the tau2 of both, as ratios."""
    rows = list(studies.values())
    yi, sei = [each.yi for each in rows], [each.sei for each in rows]
    found: Any = pool(yi=yi, sei=sei, method=method)
    if group:
        by = [each.design for each in rows]
        both = subgroups(yi=yi, sei=sei, by=by, tau2="common", method=method)
        [found] = [each for each in both.groups if each.name == group]
    return [math.exp(number) for number in (found.estimate, found.ci_low, found.ci_high)]


def told(review: Path, *versions: str) -> dict[str, Any]:
    done = synthesis("diff", *versions, "--format", "json", cwd=review)
    assert (done.returncode, done.stderr) == (0, "")
    return dict(json.loads(done.stdout))


def numbers(summary: Mapping[str, Any]) -> list[float]:
    return [summary["estimate"], *summary["ci"]]


def test_every_result_before_after_and_with_each_change_alone_is_that_of_the_printed_numbers(
    review: Path,
) -> None:
    old, new, compared = printed(review, "v1.0"), printed(review, "HEAD"), 0
    for moved in told(review)["moved"]:
        group = moved["title"].partition(": ")[2]
        before = expected(old, "REML", group)
        assert numbers(moved["before"]) == pytest.approx(before, rel=1e-8)
        assert numbers(moved["after"]) == pytest.approx(expected(new, "DL", group), rel=1e-8)
        joint = moved["after"]["estimate"] / moved["before"]["estimate"]
        for cause in moved["causes"]:
            name = cause["change"]
            alone = {study: each for study, each in old.items() if study != name}
            alone |= {name: new[name]} if name in new else {}
            method = "DL" if name == "method" else "REML"
            after = expected(alone, method, group)
            assert numbers(cause["alone"]) == pytest.approx(after, rel=1e-8)
            assert cause["shift"] == pytest.approx(after[0] / before[0], rel=1e-8)
            joint /= cause["shift"]
            compared += 1
        assert moved["joint"] == pytest.approx(joint, rel=1e-8)
    # six records and the method of both results of all; the designs have a tau2 of zero by either method
    assert compared == 2 * 7 + 2 * 6


def test_every_record_is_told_by_what_happened_to_it(review: Path) -> None:
    found = told(review)
    assert {each["study"]: (each["happened"], each["was"]) for each in found["records"]} == {
        "adams": ("retracted", None),
        "baker": ("corrected", None),
        "clark": ("changed", None),
        "dunn-2020": ("renamed", "dunn"),
        "fox": ("added", None),
        "gray": ("added", None),
        "hay": ("added", None),
    }
    assert [each["what"] for each in found["plan"]] == ["method"]
    assert [each["after"] for each in found["wording"]] == ["All fractures"]


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("2026-06-15", "2026-07-05", ["baker", "clark", "gray"]),
        ("2026-07-05", "2026-07-24", ["adams", "dunn-2020"]),  # hay is on its branch until the 25th
        ("2026-07-05", "2026-07-26", ["adams", "dunn-2020", "hay"]),
        ("2026-08-02", "HEAD", []),
        ("v1.0", "2026-06-02", []),
    ],
)
def test_a_day_is_the_state_that_main_had_before_it(
    review: Path, old: str, new: str, names: list[str]
) -> None:
    assert sorted(each["study"] for each in told(review, old, new)["records"]) == names
