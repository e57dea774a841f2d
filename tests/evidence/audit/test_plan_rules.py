"""Each rule about review.yaml: what it must flag, with place and suggestion, and what it must leave alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.audit.auditing import audit_plan
from evidence.audit.rule import PLAN_RULES
from evidence.checking import check_paths
from evidence.records.parsing import Problem
from evidence.records.reading import read_model
from evidence.records.review import Review, load_review
from tests.evidence.records.samples import TEXT, bent

REVIEW = """\
review: bones
title: Bones
question: {population: adults, exposure: hemoglobin, outcome: BMD, design: any}
scale: {measure: beta, exposure: hemoglobin, per: 1 g/dL, unit: g/cm2}
sites: {hip: [total hip]}
method: {estimator: REML, test: HKSJ, level: 95 %, prediction: t(k-1)}
analyses:
  - id: hip-men
    title: Hip, men
    outcome: {name: BMD, sites: [hip]}
    stratum: {sex: men}
    overlap: [lee-2019]
"""
SEARCH = "{name: a, service: PubMed, query: bone}"
SILENT = "unreported: {lee-2019: {said: not significant}}"
GROUP = bent(("{sex: men}", "{sex: men, group: postmenopausal, ancestry: Korean, age: 50+}"))

FLAGGED: dict[str, list[tuple[str, str, str]]] = {
    "scale-step": [
        ("per: 1 g/dL", "per: -1 g/dL", "1 g/dL"),
        ("per: 1 g/dL", "per: 0 g/dL", "1 g/dL"),
        ("per: 1 g/dL", "per: 0", "1 g/dL"),
        ("per: 1 g/dL", "per: 10", "1 g/dL"),
        ("unit: g/cm2", "unit: -1 g/cm2", "1 g/dL"),
        ("stratum:", "scale: {measure: beta, exposure: hemoglobin, per: -2 g/dL}\n    stratum:", "1 g/dL"),
    ],
    "method-unknown": [
        ("estimator: REML", "estimator: XYZ", "Expected one of: EE, DL"),
        ("estimator: REML", "estimator: REMLL", "did you mean 'REML'?"),
        ("test: HKSJ", "test: hksk", "did you mean 'HKSJ'?"),
        ("t(k-1)", "t(k-10)", "did you mean 't(k-1)'?"),
        ("    overlap:", "    model: CHEE\n    overlap:", "did you mean 'CHE'?"),
        ("    overlap:", "    model: {name: CHE, test: CR9}\n    overlap:", "Expected one of: CR2"),
        ("t(k-1)}", "t(k-1), model: HKSJ}", "Expected one of: CHE, CE, HE, SCE, CMVE"),
    ],
    "method-mismatch": [
        ("REML, test: HKSJ", "DL, test: KR", "estimator: REML"),
        ("REML, test: HKSJ", "REML, test: HC", "estimator: DL"),
        (
            "REML, test: HKSJ, level: 95 %, prediction: t(k-1)",
            "EE, test: z, prediction: NNF",
            "Choose another",
        ),
        ("    overlap:", "    model: {name: HE, rho: 0.5}\n    overlap:", "independent errors"),
        ("    overlap:", "    moderators: [sex]\n    overlap:", "none is named"),
        ("    overlap:", "    model: CHE\n    tau2: common\n    overlap:", "Leave 'tau2' out."),
    ],
    "model-rho": [
        ("    overlap:", "    model: {name: CHE, rho: 1}\n    overlap:", "between -1 and 1"),
        ("    overlap:", "    model: {name: CHE, rho: {others: -1}}\n    overlap:", "'rho: -1' is no"),
        ("    overlap:", "    model: {name: CHE, rho: {hip: 0.5}}\n    overlap:", "hip with femoral neck"),
        (
            "    overlap:",
            "    model: {name: CHE, rho: {hip with hip: 0.5}}\n    overlap:",
            "no pair of sites",
        ),
        ("    overlap:", "    model: {name: CHE, rho: {hip with hop: 0.5}}\n    overlap:", "the site 'hop'"),
        ("t(k-1)}", "t(k-1), model: {name: CHE, rho: {hip with hop: 0.5}}}", "the site 'hop'"),
    ],
    "review-level": [("level: 95 %", "level: 5 %", "95 %"), ("level: 95 %", "level: 100 %", "95 %")],
    "saved-search": [
        ("title: Bones", f"title: Bones\nsearches: [{SEARCH}, {SEARCH}]", "two searches are called 'a'"),
        (
            "title: Bones",
            f"title: Bones\nsearches: [{SEARCH[:-1]}, filter: x}}]",
            "PubMed has no 'filter' beside its query Write the condition into 'query'.",
        ),
        (
            "title: Bones",
            f"title: Bones\nsearches: [{SEARCH.replace('PubMed', 'Europe PMC')[:-1]}, filter: x}}]",
            "Europe PMC has no 'filter'",
        ),
    ],
    "exposure-unknown": [("exposure: hemoglobin, per", "exposure: hemoglobine, per", "'hemoglobin'")],
    "outcome-unknown": [
        ("sites: [hip]}", "sites: [hipp]}", "'hip'"),
        ("{name: BMD,", "{name: BMB,", "'BMD'"),
    ],
    "stratum-unknown": [
        ("sex: men", "ancestry: each", "ancestry: each"),
        ("sex: men", "group: premenopausal", "postmenopausal"),
    ],
    "analysis-waits": [
        ("sex: men", "sex: women", "women' yet"),
        ("{name: BMD, sites: [hip]}", "{name: fracture}", "The records have: BMD."),
    ],
    "grouping-unknown": [
        ("    overlap:", "    group_by: sexx\n    overlap:", "Did you mean 'sex'?"),
        ("    overlap:", "    group_by: continent\n    overlap:", "have: adjustment, age, ancestry"),
        ("    overlap:", "    model: CHE\n    moderators: [sex, sits]\n    overlap:", "Did you mean 'site'?"),
    ],
    "study-unknown": [
        ("lee-2019", "lee-2091", "'lee-2019'"),
        ("title: Bones", "title: Bones\noverlap: [lee-2091]", "'lee-2019'"),
    ],
    "site-unknown": [("{hip: [total hip]}", "{hip: [total hip], spine: [lumbar spine]}", "have: hip")],
    "accept-other-scale": [
        ("    overlap:", "    accept: [OR]\n    overlap:", "but beta is no ratio"),
        (
            "    overlap:",
            "    scale: {measure: OR, exposure: hemoglobin}\n    accept: [RR, MD]\n    overlap:",
            "'accept' takes MD for OR, but MD is no ratio of two groups Only HR, IRR, OR, RR may",
        ),
    ],
    "name-of-nothing": [
        ("title: Bones", "title: Bones\nsame: {outcomes: {BMC: [bone mineral content]}}", "outcomes"),
        ("title: Bones", "title: Bones\nwithin: {LEO: [LION]}", "'LEO'"),
    ],
    "unreported-mismatch": [
        ("    overlap:", f"    group_by: sex\n    {SILENT}\n    overlap:", "Give each group an analysis."),
        ("    overlap:", f"    model: CHE\n    {SILENT}\n    overlap:", "Leave one out."),
    ],
    "unreported-number": [
        ("    overlap:", "    unreported: {lee-2019: {said: A, se: 0}}\n    overlap:", "'se: 0' cannot be"),
    ],
    "unreported-unknown": [
        ("    overlap:", "    unreported: {le-2019: {said: A}}\n    overlap:", "mean 'lee-2019'?"),
        ("    overlap:", f"    {SILENT}\n    overlap:", "every result of lee-2019 has a number"),
    ],
}
LEFT_ALONE: dict[str, list[tuple[str, str]]] = {rule: [("title: Bones", "title: Bones")] for rule in FLAGGED}
LEFT_ALONE["method-unknown"] += [("REML", "reml"), ("HKSJ", "knha"), ("estimator: REML", "estimator: DL")]
LEFT_ALONE["unreported-mismatch"] += [("    overlap:", f"    {SILENT}\n    overlap:")]
LEFT_ALONE["unreported-number"] += [
    ("    overlap:", "    unreported: {lee-2019: {said: A, se: 0.1, probability: 0}}\n    overlap:")
]
LEFT_ALONE["method-mismatch"] += [("REML, test: HKSJ", "DL, test: HC"), ("REML, test: HKSJ", "EE, test: z")]
LEFT_ALONE["method-unknown"] += [("    overlap:", "    model: {name: che, test: cr2}\n    overlap:")]
LEFT_ALONE["method-mismatch"] += [
    ("    overlap:", "    model: HE\n    moderators: [sex]\n    overlap:"),
    ("t(k-1)}", "t(k-1), model: {name: CHE, rho: 0}}"),
]
LEFT_ALONE["model-rho"] += [
    ("    overlap:", "    model: {name: CHE, rho: 0.99}\n    overlap:"),
    ("    overlap:", "    model: {name: CHE, rho: -0.99}\n    overlap:"),
    ("    overlap:", "    model: {name: CHE, rho: {others: 0.5}}\n    overlap:"),
]
LEFT_ALONE["grouping-unknown"] += [
    ("    overlap:", "    model: CHE\n    moderators: [sex, Site]\n    overlap:")
]
LEFT_ALONE["scale-step"] += [
    ("per: 1 g/dL", "per: 1 SD"),
    ("unit: g/cm2", "unit: '%'"),
    ("per: 1 g/dL", "per: 10 g/L"),
]
LEFT_ALONE["accept-other-scale"] += [
    (
        "    overlap:",
        "    scale: {measure: OR, exposure: hemoglobin}\n    accept: [OR, RR, HR, IRR]\n    overlap:",
    ),
]
LEFT_ALONE["name-of-nothing"] += [
    (
        "title: Bones",
        "title: Bones\nsame: {outcomes: {bone density: [bmd, BMC]}, cohorts: {Lee study: [lee]}}",
    ),
    ("title: Bones", "title: Bones\nwithin: {lee: [LION]}"),
]
LEFT_ALONE["study-unknown"] += [("title: Bones", "title: Bones\noverlap: [lee-2019]")]
LEFT_ALONE["review-level"] += [("level: 95 %", "level: 90 %")]
LEFT_ALONE["saved-search"] += [
    ("title: Bones", f"title: Bones\nsearches: [{SEARCH}, {SEARCH.replace('name: a', 'name: b')}]"),
    ("title: Bones", f"title: Bones\nsearches: [{SEARCH.replace('PubMed', 'Crossref')[:-1]}, filter: x}}]"),
    ("title: Bones", f"title: Bones\nsearches: [{SEARCH.replace('PubMed', 'OpenAlex')[:-1]}, filter: x}}]"),
]
LEFT_ALONE["outcome-unknown"] += [("sites: [hip]", "sites: [Hip]"), ("name: BMD", "name: bmd")]
RULES = [rule.name for rule in PLAN_RULES.rules]


def folder(tmp_path: Path, review: str, record: str = TEXT) -> Path:
    (tmp_path / "studies").mkdir()
    (tmp_path / "review.yaml").write_text(review, encoding="utf-8")
    (tmp_path / "studies" / "lee-2019.yaml").write_text(record, encoding="utf-8")
    return tmp_path


def problems(path: Path, rule: str) -> list[Problem]:
    return [problem for problem in check_paths([path]).problems if problem.rule == rule]


def test_every_rule_is_tested_both_ways() -> None:
    assert set(FLAGGED) == set(LEFT_ALONE) == set(RULES) - {"near-names"}  # that has test_name_rules.py


@pytest.mark.parametrize(("rule", "case"), [(r, c) for r, cases in FLAGGED.items() for c in cases])
def test_the_rule_flags_at_the_place_and_suggests(
    rule: str, case: tuple[str, str, str], tmp_path: Path
) -> None:
    old, new, hint = case
    assert old in REVIEW
    record = GROUP if "group:" in new else TEXT
    (found,) = problems(folder(tmp_path, REVIEW.replace(old, new), record), rule)
    assert found.place.path.name == "review.yaml"
    line = (tmp_path / "review.yaml").read_text(encoding="utf-8").splitlines()[found.place.line - 1]
    assert line[found.place.column - 1 :].strip()
    assert hint in f"{found.says} {found.hint}"


@pytest.mark.parametrize(("rule", "case"), [(r, c) for r, cases in LEFT_ALONE.items() for c in cases])
def test_the_rule_leaves_alone(rule: str, case: tuple[str, str], tmp_path: Path) -> None:
    assert problems(folder(tmp_path, REVIEW.replace(*case)), rule) == []


def test_a_review_without_records_is_asked_nothing_about_them(tmp_path: Path) -> None:
    document = read_model(folder(tmp_path, REVIEW) / "review.yaml", Review)
    assert audit_plan(document, []) == []


@pytest.mark.parametrize("rule", ["scale-step", "method-unknown", "method-mismatch", "review-level"])
def test_what_would_turn_every_number_stands_in_the_way_of_every_command(rule: str, tmp_path: Path) -> None:
    old, new, _ = FLAGGED[rule][0]
    loaded = load_review(folder(tmp_path, REVIEW.replace(old, new)))
    assert [problem.rule for problem in loaded.problems] == [rule]


def test_files_that_nothing_reads_are_errors_for_every_command(tmp_path: Path) -> None:
    path = folder(tmp_path, REVIEW)
    (path / "studies" / "sub").mkdir()
    stray = ["studies/x.yml", "studies/sub/x.yaml", "beside.yaml", "studies/X.YAML"]
    for name in stray:
        (path / name).write_text(TEXT, encoding="utf-8")
    (path / "studies" / ".hidden.yaml").write_text(TEXT, encoding="utf-8")
    for found in (load_review(path).problems, problems(path, "misplaced")):
        assert {str(problem.place.path.relative_to(path)) for problem in found} == set(stray)
        assert all("nothing reads it" in problem.says for problem in found)


@pytest.mark.parametrize(
    ("kind", "says"), [("missing", "no folder 'studies'"), ("file", "'studies' is a file")]
)
def test_studies_that_is_no_folder_is_an_error_for_every_command(
    kind: str, says: str, tmp_path: Path
) -> None:
    (tmp_path / "review.yaml").write_text(REVIEW, encoding="utf-8")
    if kind == "file":
        (tmp_path / "studies").write_text("", encoding="utf-8")
    for found in (load_review(tmp_path).problems, problems(tmp_path, "misplaced")):
        assert [says in problem.says for problem in found] == [True]


def test_studies_that_cannot_be_listed_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder(tmp_path, REVIEW)
    listed = Path.iterdir

    def forbidden(self: Path) -> object:
        if self.name == "studies":
            raise PermissionError(13, "Permission denied")
        return listed(self)

    monkeypatch.setattr(Path, "iterdir", forbidden)
    (problem,) = load_review(path).problems
    assert "cannot be read: Permission denied" in problem.says
