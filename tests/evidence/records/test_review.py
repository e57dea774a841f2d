"""What a review may ask, which files of its folder are read, and what editors are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evidence.records.json_schema import json_schema
from evidence.records.parsing import Severity
from evidence.records.reading import read_model
from evidence.records.review import (
    Review,
    faults_as_problems,
    load_review,
    review_faults,
)
from evidence.records.review_folder import misplaced, record_paths
from evidence.records.schema import Record
from tests.evidence.records.samples import TEXT

REVIEW = """\
schema: 1
review: r
title: A review
question: {population: adults, exposure: hemoglobin, outcome: BMD, design: cohort}
scale: {measure: beta, exposure: hemoglobin, per: 1 g/dL, unit: g/cm2}
sites: {Hip: [total hip]}
method: {estimator: REML, test: HKSJ, level: 95 %, prediction: t(k-1)}
analyses:
  - {id: men, title: Men, outcome: {name: BMD}}
  - {id: women, title: Women, outcome: {name: BMD}}
"""


def review(folder: Path, *changes: tuple[str, str]) -> Review:
    text = REVIEW
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "review.yaml"
    path.write_text(text, encoding="utf-8")
    document = read_model(path, Review)
    assert document.model is not None, document.problems
    return document.model


FAULTS: list[tuple[tuple[str, str], str, tuple[str | int, ...], str]] = [
    (("per: 1 g/dL", "per: 0 g/dL"), "scale-step", ("scale", "per"), "'per: 0 g/dL' is not above zero"),
    (("per: 1 g/dL", "per: -1 g/dL"), "scale-step", ("scale", "per"), "turn or erase every effect"),
    (("per: 1 g/dL", "per: 2"), "scale-step", ("scale", "per"), "'per: 2' has no unit"),
    (("unit: g/cm2", "unit: 0 g/cm2"), "scale-step", ("scale", "unit"), "'unit: 0 g/cm2' is not above zero"),
    *(
        (
            ("measure: beta, exposure: hemoglobin, per: 1 g/dL", f"measure: {measure}, exposure: hemoglobin"),
            "scale-step",
            ("scale", "unit"),
            f"'unit: g/cm2' would multiply every {measure}, which is in no unit",
        )
        for measure in ("OR", "ROM", "SMD", "r", "MNLN", "proportion")
    ),
    (
        ("title: Women", "title: Women, scale: {measure: beta, exposure: iron, per: 0 g/dL}"),
        "scale-step",
        ("analyses", 1, "scale", "per"),
        "not above zero",
    ),
    (("estimator: REML", "estimator: XX"), "method-unknown", ("method", "estimator"), "'XX'"),
    (("test: HKSJ", "test: XX"), "method-unknown", ("method", "test"), "'XX'"),
    (("prediction: t(k-1)", "prediction: XX"), "method-unknown", ("method", "prediction"), "'XX'"),
    (
        ("title: Women", "title: Women, moderators: [site]"),
        "method-mismatch",
        ("analyses", 1, "moderators"),
        "'moderators' are tested in a model of dependent effects, and none is named",
    ),
    (
        ("title: Women", "title: Women, model: CHE, tau2: common"),
        "method-mismatch",
        ("analyses", 1, "tau2"),
        "model CHE has variances of its own",
    ),
    (
        ("title: Women", "title: Women, model: CHEE"),
        "method-unknown",
        ("analyses", 1, "model", "name"),
        "'CHEE'",
    ),
    (
        ("prediction: t(k-1)", "prediction: t(k-1), model: CHEE"),
        "method-unknown",
        ("method", "model", "name"),
        "'CHEE'",
    ),
    (
        ("title: Women", "title: Women, accept: [MD]"),
        "accept-other-scale",
        ("analyses", 1, "accept", 0),
        "'accept' takes MD for beta, but beta is no ratio of two groups",
    ),
    (("level: 95 %", "level: 49 %"), "review-level", ("method", "level"), "no level"),
    (
        ("REML, test: HKSJ", "DL, test: KR"),
        "method-mismatch",
        ("method", "test"),
        "test 'KR' is defined for estimator 'REML' alone, not for 'DL'",
    ),
    (
        ("test: HKSJ", "test: HC"),
        "method-mismatch",
        ("method", "test"),
        "estimator 'DL' alone, not for 'REML'",
    ),
    (
        ("REML, test: HKSJ, level: 95 %, prediction: t(k-1)", "EE, test: z, level: 95 %, prediction: NNF"),
        "method-mismatch",
        ("method", "prediction"),
        "prediction 'NNF' is about heterogeneity, which estimator 'EE' rules out",
    ),
]
POSSIBLE: list[tuple[str, str]] = [
    ("title: A review", "title: Another"),
    ("title: Women", "title: Women, model: CHE, moderators: [site]"),
    ("title: Women", "title: Women, tau2: common"),
    ("per: 1 g/dL, unit: g/cm2", "versus: {exposed: A, reference: B}"),
    ("per: 1 g/dL", "per: 0.01 g/dL"),
    ("per: 1 g/dL", "per: 5 %"),
    ("level: 95 %", "level: 50 %"),
    ("test: HKSJ", "test: KR"),
    ("REML, test: HKSJ", "DL, test: HC"),
    ("REML, test: HKSJ", "EE, test: z"),
    ("prediction: t(k-1)", "prediction: NNF"),
]


@pytest.mark.parametrize(("change", "rule", "at", "says"), FAULTS)
def test_a_choice_with_which_nothing_can_be_pooled_is_named(
    change: tuple[str, str], rule: str, at: tuple[str | int, ...], says: str, tmp_path: Path
) -> None:
    (fault,) = review_faults(review(tmp_path, change))
    assert (fault.rule, fault.at) == (rule, at)
    assert says in fault.says


@pytest.mark.parametrize("change", POSSIBLE)
def test_a_choice_that_can_be_is_left_alone(change: tuple[str, str], tmp_path: Path) -> None:
    assert list(review_faults(review(tmp_path, change))) == []


def test_a_fault_stands_at_its_line(tmp_path: Path) -> None:
    review(tmp_path, ("per: 1 g/dL", "per: 0 g/dL"))
    (problem,) = faults_as_problems(read_model(tmp_path / "review.yaml", Review))
    assert (problem.place.line, problem.severity, problem.rule) == (5, Severity.ERROR, "scale-step")
    for unusable in ("review: [\n", "review: r\n"):
        (tmp_path / "review.yaml").write_text(unusable, encoding="utf-8")
        assert list(faults_as_problems(read_model(tmp_path / "review.yaml", Review))) == []


def test_an_unreadable_step_and_an_analysis_named_twice_are_refused_on_reading(tmp_path: Path) -> None:
    path = tmp_path / "review.yaml"
    for old, new, says in (
        ("per: 1 g/dL", "per: not stated", "the unit is not stated; expected e.g. 1 g/dL"),
        ("id: women", "id: men", "two analyses are called 'men'"),
    ):
        path.write_text(REVIEW.replace(old, new), encoding="utf-8")
        (problem,) = read_model(path, Review).problems
        assert says in problem.says


def test_a_review_has_one_analysis_at_least_and_its_lists_one_entry(tmp_path: Path) -> None:
    second = "  - {id: women, title: Women, outcome: {name: BMD}}\n"
    lists = ("title: A review", "title: A review\nreports: [published]\nadjustment: [full]")
    found = review(tmp_path, (second, ""), lists)
    assert (len(found.analyses), found.reports, found.adjustment) == (1, ("published",), ("full",))
    none = f"{REVIEW[: REVIEW.index('analyses:')]}reports: []\nadjustment: []\nanalyses: []\n"
    (tmp_path / "review.yaml").write_text(none, encoding="utf-8")
    problems = read_model(tmp_path / "review.yaml", Review).problems
    assert sorted(problem.says for problem in problems) == [
        f"'{key}': a list or mapping has no entry; expected at least one"
        for key in ("adjustment", "analyses", "reports")
    ]


def test_a_review_that_names_no_schema_is_of_the_first(tmp_path: Path) -> None:
    assert review(tmp_path, ("schema: 1\n", "")).schema_version == 1


def test_a_place_has_the_review_s_name_whatever_a_paper_calls_it(tmp_path: Path) -> None:
    found = review(tmp_path)
    names = {printed: found.site_name(printed) for printed in ("HIP", "Total Hip", "neck")}
    assert names == {"HIP": "Hip", "Total Hip": "Hip", "neck": "neck"}


def test_an_analysis_s_own_scale_goes_before_the_review_s(tmp_path: Path) -> None:
    own = ("title: Women", "title: Women, scale: {measure: OR, exposure: iron}")
    found = review(tmp_path, own)
    assert [found.scale_of(one).measure for one in found.analyses] == ["beta", "OR"]


def folder_of(path: Path, *names: str) -> Path:
    review(path)
    for name in names:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(TEXT, encoding="utf-8")
    return path


def test_records_are_the_visible_yaml_files_of_studies_by_name(tmp_path: Path) -> None:
    others = ("studies/.hidden.yaml", "studies/a.yml", "studies/notes.txt", "beside.yaml")
    folder = folder_of(tmp_path, "studies/b.yaml", "studies/a.yaml", *others)
    assert [path.name for path in record_paths(folder)] == ["a.yaml", "b.yaml"]
    assert record_paths(tmp_path / "nowhere") == []


def test_every_yaml_file_that_nothing_reads_is_named_once(tmp_path: Path) -> None:
    read = ("studies/a.yaml", "studies/.hidden.yaml", ".hidden.yaml", "notes.txt", "studies/notes.txt")
    unread = ("studies/b.yml", "studies/C.YAML", "studies/old/d.yaml", "beside.yaml")
    folder = folder_of(tmp_path, *read, *unread)
    (folder / "folder.yaml").mkdir()
    (folder / "studies" / ".git").mkdir()
    found = misplaced(folder)
    assert sorted(str(problem.place.path.relative_to(folder)) for problem in found) == sorted(unread)
    assert {(one.rule, one.severity, one.says) for one in found} == {
        ("misplaced", Severity.ERROR, "this file is in no pool: nothing reads it")
    }
    assert all(one.hint and "directly in studies/" in one.hint for one in found)


def test_a_link_that_turns_in_a_circle_is_not_followed(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "studies/a.yaml")
    (folder / "studies" / "again").symlink_to(folder, target_is_directory=True)
    assert misplaced(folder) == []


def test_files_are_sought_as_deep_as_twenty_folders(tmp_path: Path) -> None:
    deep = "/".join(["studies", *("d" * 20)])
    folder = folder_of(tmp_path, "studies/a.yaml", f"{deep}/in.yaml", f"{deep}/d/out.yaml")
    assert [problem.place.path.name for problem in misplaced(folder)] == ["in.yaml"]


def test_a_review_without_a_folder_of_studies_says_so(tmp_path: Path) -> None:
    review(tmp_path)
    (missing,) = misplaced(tmp_path)
    assert "no folder 'studies'" in missing.says
    (tmp_path / "studies").write_text("", encoding="utf-8")
    (file,) = misplaced(tmp_path)
    assert "'studies' is a file" in file.says
    assert load_review(tmp_path).problems == (file,)


def test_a_review_keeps_the_problems_of_its_folder_itself_and_its_records(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "studies/a.yaml", "beside.yaml")
    (folder / "studies" / "b.yaml").write_text("study: [\n", encoding="utf-8")
    review(folder, ("per: 1 g/dL", "per: 0 g/dL"))
    loaded = load_review(folder)
    assert [problem.rule for problem in loaded.problems] == ["misplaced", "scale-step", "yaml"]
    assert [one.study for one in loaded.records] == ["lee-2019"]
    assert [one.path.name for one in loaded.unread] == ["b.yaml"]
    assert loaded.review.review == "r"


def typed(part: Any, kind: str) -> int:
    """How often a type is demanded anywhere in a schema."""
    if isinstance(part, dict):
        return (part.get("type") == kind) + sum(typed(each, kind) for each in part.values())
    return sum(typed(each, kind) for each in part) if isinstance(part, list) else 0


def test_an_editor_takes_yes_and_no_for_booleans_and_numbers_for_texts() -> None:
    schema = json_schema(Record)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    stated = schema["$defs"]["Outcome"]["properties"]["unit_stated"]
    assert stated["enum"] == [True, False, "yes", "no"]
    assert "type" not in stated
    assert schema["$defs"]["Cohort"]["properties"]["name"]["type"] == ["string", "number"]
    assert "number" not in schema["$defs"]["Stratum"]["properties"]["sex"]["anyOf"][0]["type"]
    assert typed(schema, "boolean") == 0
    assert typed(json_schema(Review), "boolean") == 0


def test_a_second_reading_belongs_to_a_record_of_its_name(tmp_path: Path) -> None:
    of_records = ("second-readings/a.yaml",)
    lost = ("second-readings/b.yaml", "second-readings/deep/a.yaml")
    folder = folder_of(tmp_path, "studies/a.yaml", *of_records, *lost)
    found = misplaced(folder)
    assert sorted(one.place.path.relative_to(folder).as_posix() for one in found) == sorted(lost)
    assert {one.says for one in found} == {"this second reading belongs to no record"}
    assert {one.hint for one in found} == {
        "It stands directly in second-readings/, under the name of its record in studies/."
    }
