"""`add`: options, files and questions make the same record; nothing wrong or half-written is left behind."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from evidence.records.review import SHIPPED
from synthesis.adding.fields import FIELDS, STUDY_FIELDS
from tests.evidence.records.samples import bent
from tests.synthesis.commands.adding import (
    ESTIMATE,
    STUDY,
    add,
    as_options,
    study_files,
    written,
)
from tests.synthesis.commands.running import synthesis

# --- options -------------------------------------------------------------------------------------


def test_options_make_a_record_with_every_answer_as_typed(review: Path) -> None:
    result = add(review, *as_options(STUDY, ESTIMATE))
    assert result.exit_code == 0, result.output
    record = written(review)
    report, [estimate] = record.reports["lee-2019"], record.estimates
    assert (record.title, record.cohort.name, report.citation) == ("null", "Busan: 李", "Lee J: Bone #1")
    assert report.doi == "10.1000/Lee.1"
    assert estimate.where.at == "Table 2: 'all'"
    assert estimate.effect is not None
    assert str(estimate.effect.estimate) == "1.20"
    assert estimate.effect.ci is not None
    assert [str(limit) for limit in estimate.effect.ci] == ["0.98", "1.47"]
    assert record.model_of(estimate).covariates == ("age", "sex")
    assert "    effect:" in (review / "studies/lee-2019.yaml").read_text(encoding="utf-8")


def test_the_pooled_result_is_shown_before_and_after(review: Path) -> None:
    output = add(review, *as_options(STUDY, ESTIMATE)).stdout
    assert "0 errors, 0 warnings, 0 notes in 1 file" in output
    assert "Hip fracture  1.32 [1.08, 1.61]  →  1.26 [" in output
    assert "(k 1 → 2)" in output
    assert "unchanged" not in output  # there is no other analysis


def test_all_missing_options_are_told_at_once_and_nothing_is_written(review: Path) -> None:
    result = add(review, "--study", "lee-2019", "--estimate", "1.2")
    assert result.exit_code == 2
    for name in ("citation", "year", "type", "status", "read", "title", "design", "cohort", "exposure", "by",
                 "exposure-unit", "outcome", "measure", "model-type", "adjustment", "at"):  # fmt: skip
        assert f"--{name}" in result.stderr
    assert "--study" not in result.stderr
    assert study_files(review) == ["example.yaml"]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("study", "../escape", "does not fit"),
        ("study", "a/b", "does not fit"),
        ("study", "..", "does not fit"),
        ("estimate", "2026-11-21", "is not a number"),
        ("estimate", "NaN", "is not a number"),
        ("p", "1.2", "lies between 0 and 1"),
        ("ci", "1.11", "is not a lower and an upper limit"),
        ("ci", "1,234", "is not a lower and an upper limit"),
        ("sex", "male", "expected one of: men, women"),
        ("years", "2018-2013", "run backwards"),
        ("doi", "doi: abc", "does not begin with '10.'"),
        ("level", "95", "no percent sign"),
        ("year", "19", "does not fit"),
        ("on", "yesterday", "does not fit"),
        ("per", "1 g/dL", "--exposed and --reference are for comparisons"),
        ("not-reported", "ns", "exclude each other"),
    ],
)
def test_a_bad_option_is_explained_and_nothing_is_written(
    review: Path, name: str, text: str, says: str
) -> None:
    result = add(review, *as_options({**STUDY, **ESTIMATE, name: text}))
    assert result.exit_code == 2
    assert says in result.stderr
    assert "Traceback" not in result.output
    assert study_files(review) == ["example.yaml"]


def test_numbers_without_an_estimate_are_not_lost_silently(review: Path) -> None:
    answers = {**STUDY, **ESTIMATE, "estimate": "", "measure": "", "exposed": "", "reference": "", "ci": ""}
    result = add(review, *as_options(answers, {"not-reported": "not significant"}))
    assert result.exit_code == 2
    assert "--p: without --estimate" in result.stderr
    result = add(review, *as_options({**answers, "p": ""}, {"not-reported": "not significant"}))
    assert result.exit_code == 0, result.stderr
    assert "examined without a number" in result.stdout
    [estimate] = written(review).estimates
    assert estimate.not_reported is not None
    assert estimate.not_reported.said == "not significant"


def test_the_interval_can_be_two_options(review: Path) -> None:
    answers = {**STUDY, **ESTIMATE, "ci": ""}
    refused = (("--ci-low", "0.98"), ("--ci-high", "1.47"), ("--ci", "0.98, 1.47", "--ci-low", "0.98"))
    for options in (*refused, (*refused[2], "--ci-high", "1.47")):
        result = add(review, *as_options(answers), *options)
        assert result.exit_code == 2
        assert 'an interval is either --ci "LOW, HIGH", or both --ci-low and --ci-high' in result.stderr
    assert add(review, *as_options(answers), "--ci-low", "0.98", "--ci-high", "1.47").exit_code == 0
    effect = written(review).estimates[0].effect
    assert effect is not None
    assert effect.ci is not None
    assert [str(limit) for limit in effect.ci] == ["0.98", "1.47"]


def test_an_estimate_outside_its_interval_is_written_and_shown_loudly_and_not_pooled(review: Path) -> None:
    result = add(review, *as_options({**STUDY, **ESTIMATE, "estimate": "2.20"}))
    assert result.exit_code == 0
    assert "error" in result.stdout
    assert "contradicts itself" in result.stdout
    assert "no pooled result changed" in result.stdout
    assert "lee-2019.yaml" in study_files(review)


def test_an_estimate_that_answers_nothing_says_why(review: Path) -> None:
    outcome = add(review, *as_options({**STUDY, **ESTIMATE, "outcome": "any fracture"}))
    assert "no analysis has the outcome 'any fracture'; the review asks for: hip fracture" in outcome.stdout
    women = add(review, *as_options({**STUDY, **ESTIMATE, "study": "b", "doi": "", "sex": "women"}))
    assert "has the stratum 'women'; the review asks for: all" in women.stdout
    scale = add(review, *as_options({**STUDY, **ESTIMATE, "study": "c", "doi": "", "measure": "OR"}))
    assert "hip-fracture: measure is OR, not HR" in scale.stdout


def test_a_double_count_is_told_with_its_message(review: Path) -> None:
    assert add(review, *as_options(STUDY, ESTIMATE)).exit_code == 0
    result = add(review, *as_options({**STUDY, "study": "lee-2020", "doi": ""}, ESTIMATE))
    assert "Hip fracture is now refused: " in result.stdout
    assert "share persons" in result.stdout
    assert result.exit_code == 1


def test_what_is_known_of_other_records_is_not_told_again(review: Path) -> None:
    """The citation twice is told of the second record, not of the third, whose own is another."""
    answers = []
    for study, citation in (("lee-2019", "Lee"), ("kim-2019", "Lee"), ("oh-2019", "Oh")):
        own = {**STUDY, "study": study, "cohort": study, "doi": "", "citation": citation}
        answers.append(add(review, *as_options(own, ESTIMATE)).stdout)
    assert ["report-twice" in answer for answer in answers] == [False, True, False]


def test_a_method_that_does_not_go_with_its_test_is_told_after_the_record_is_written(review: Path) -> None:
    path = review / "review.yaml"
    text = path.read_text(encoding="utf-8")
    assert "estimator: REML, test: HKSJ" in text
    path.write_text(text.replace("estimator: REML, test: HKSJ", "estimator: DL, test: KR"), encoding="utf-8")
    result = add(review, *as_options(STUDY, ESTIMATE))
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit), "no traceback"
    assert "lee-2019.yaml" in study_files(review)
    assert "Hip fracture is still refused: test 'KR' is defined for method 'REML' alone" in result.stdout


# --- what the review has already -----------------------------------------------------------------


def test_an_existing_study_is_replaced_only_when_forced(review: Path) -> None:
    assert add(review, *as_options(STUDY, ESTIMATE)).exit_code == 0
    before = (review / "studies/lee-2019.yaml").read_bytes()
    again = [*as_options({**STUDY, "doi": ""}, {**ESTIMATE, "estimate": "1.21"})]
    refused = add(review, *again)
    assert refused.exit_code == 1
    assert "'lee-2019' exists: " in refused.stderr
    assert "--force" in refused.stderr
    assert (review / "studies/lee-2019.yaml").read_bytes() == before
    assert add(review, *again, "--force").exit_code == 0
    assert "1.21" in (review / "studies/lee-2019.yaml").read_text(encoding="utf-8")


def test_a_file_of_that_name_counts_even_if_nobody_can_read_it(review: Path) -> None:
    (review / "studies/lee-2019.yaml").write_text("[", encoding="utf-8")
    refused = add(review, *as_options(STUDY, ESTIMATE))
    assert refused.exit_code == 1
    assert "'lee-2019' exists: " in refused.stderr
    assert (review / "studies/lee-2019.yaml").read_text(encoding="utf-8") == "["


def test_force_replaces_the_file_that_has_the_study_whatever_its_name(review: Path) -> None:
    assert add(review, *as_options(STUDY, ESTIMATE)).exit_code == 0
    (review / "studies/lee-2019.yaml").rename(review / "studies/other.yaml")
    assert add(review, *as_options({**STUDY, "title": "new"}, ESTIMATE), "--force").exit_code == 0
    assert study_files(review) == ["example.yaml", "other.yaml"]
    assert written(review, "other").title == "new"


@pytest.mark.parametrize(
    "spelling", ["10.1000/lee.1", "http://dx.doi.org/10.1000/LEE.1", "doi:10.1000/Lee.1"]
)
def test_a_known_doi_is_refused_and_its_file_named(review: Path, spelling: str) -> None:
    assert add(review, *as_options(STUDY, ESTIMATE)).exit_code == 0
    result = add(review, *as_options({**STUDY, "study": "b", "doi": spelling}, ESTIMATE))
    assert result.exit_code == 1
    assert "lee-2019.yaml has the DOI 10.1000/Lee.1" in result.stderr
    assert study_files(review) == ["example.yaml", "lee-2019.yaml"]


def test_a_doi_in_a_file_with_errors_counts_too(review: Path) -> None:
    broken = "study: x\nreports: {x: {doi: 10.1000/Lee.1}}\n"
    (review / "studies/x.yaml").write_text(broken)
    assert "x.yaml has the DOI" in add(review, *as_options(STUDY, ESTIMATE)).stderr
    (review / "studies/x.yaml").write_text(broken.replace("Lee", "Kim"))
    result = add(review, *as_options(STUDY, ESTIMATE))
    assert result.exit_code == 0
    assert "x.yaml is pooled: it cannot be read" in result.stdout
    assert "(k 1 → 2)" in result.stdout


# --- files ---------------------------------------------------------------------------------------


def test_a_file_keeps_its_comments_and_spelling(review: Path, tmp_path: Path) -> None:
    text = "# from Table 2\n" + bent(("0.0079", "0.0080"), ("p: 0.006}", "p: 0.0060}   # as printed"))
    source = tmp_path / "paper.yaml"
    source.write_bytes(b"\xef\xbb\xbf" + text.rstrip().replace("\n", "\r\n").encode())
    result = add(review, "--from", source)
    assert result.exit_code == 0, result.output
    assert (review / "studies/lee-2019.yaml").read_bytes() == text.rstrip().encode() + b"\n"


def test_a_file_with_errors_is_told_like_check_does_and_not_written(review: Path, tmp_path: Path) -> None:
    source = tmp_path / "paper.yaml"
    source.write_text(bent(("sex: men", "sex: male"), ("0.0079", "abc")), encoding="utf-8")
    result = add(review, "--from", source)
    assert result.exit_code == 1
    assert result.stdout.count(": error: ") == 2
    assert result.stdout.endswith("2 errors, 0 warnings, 0 notes in 1 file\n")
    assert "mend the file first" in result.stderr
    assert study_files(review) == ["example.yaml"]


@pytest.mark.parametrize("source", ["missing.yaml", ".", "r/studies/example.yaml"])
def test_a_file_that_is_no_new_record_is_refused(review: Path, tmp_path: Path, source: str) -> None:
    before = study_files(review)
    result = add(review, "--from", tmp_path / source)
    assert result.exit_code == 1
    assert study_files(review) == before


def test_a_file_and_options_together_are_refused(review: Path, tmp_path: Path) -> None:
    result = add(review, "--from", tmp_path / "x.yaml", "--title", "T")
    assert result.exit_code == 2
    assert "--title" in result.stderr


@pytest.mark.long
def test_a_paper_joins_the_shipped_review_and_moves_one_analysis(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "r")
    source = tmp_path / "paper.yaml"
    source.write_text(bent(), encoding="utf-8")
    result = add(tmp_path / "r", "--from", source)
    assert result.exit_code == 0, result.output
    moved = [line for line in result.stdout.splitlines() if "→" in line]
    assert [line.partition("  ")[0].strip() for line in moved] == [  # with a common tau2 women move too
        "Hip, men",
        "Hip, men: Bayesian estimate",
        "Hip, men: directions",
        "Hip, by sex: men",
        "Hip, by sex: men, Bayesian estimate",
        "Hip, by sex: women",
        "Hip, by sex: women, Bayesian estimate",
        "Hip, by sex",
        "Hip, by sex: Bayesian estimate",
        "Hip, by sex: directions",
        "All sites, by sex",
        "All sites, by sex: directions",
        "Hip and femoral neck, by sex",
        "Hip and femoral neck, by sex: directions",
    ]
    assert max(map(len, moved)) < 200
    parts = [line for line in moved if "All sites, by sex: directions" in line]
    assert "hip, men: 3 positive and 1 negative, sign test p = 0.62  →" in parts[0]
    assert "femoral neck" not in parts[0]  # only what differs is told
    assert all("(k " in line for line in moved)
    assert moved[0].startswith(" Hip, men ")
    assert "other analyses unchanged" in result.stdout


# --- failures ------------------------------------------------------------------------------------


def test_a_missing_studies_folder_is_made(review: Path) -> None:
    shutil.rmtree(review / "studies")
    assert add(review, *as_options(STUDY, ESTIMATE)).exit_code == 0
    assert study_files(review) == ["lee-2019.yaml"]


def test_a_full_disk_is_one_clear_line(review: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    result = add(review, *as_options(STUDY, ESTIMATE))
    assert result.exit_code == 1
    assert "lee-2019.yaml' was not written: no space left on device" in result.stderr
    assert study_files(review) == ["example.yaml"]


def test_an_interrupt_while_writing_says_that_nothing_was_written(
    review: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    result = add(review, *as_options(STUDY, ESTIMATE))
    assert result.exit_code == 130
    assert "was not written" in result.stderr
    assert study_files(review) == ["example.yaml"]


def test_an_interrupt_after_writing_says_that_it_was_written(
    review: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = os.replace

    def interrupted(source: Path, target: Path) -> None:
        place(source, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    result = add(review, *as_options(STUDY, ESTIMATE), "--force")
    assert result.exit_code == 130
    assert "lee-2019.yaml is written" in result.stderr
    assert study_files(review) == ["example.yaml", "lee-2019.yaml"]


def test_a_folder_that_is_no_review_and_a_broken_review_are_refused(review: Path, tmp_path: Path) -> None:
    result = add(tmp_path, *as_options(STUDY, ESTIMATE))
    assert result.exit_code == 2
    assert "has no review.yaml; start one with" in result.stderr
    (review / "review.yaml").write_text("review: x\n")
    result = add(review, *as_options(STUDY, ESTIMATE))
    assert result.exit_code == 1
    assert "mend review.yaml first" in result.stderr
    assert result.stdout.endswith(" in 1 file\n")


def test_options_of_the_study_and_of_an_estimate_have_their_own_panels_in_the_help(tmp_path: Path) -> None:
    shown = synthesis("add", "--help", cwd=tmp_path).stdout
    before, study, estimate = re.split(r"╭─ (?:The study|One estimate) ─+╮\n", shown)
    options = [re.findall(r"│ (--[a-z0-9-]+)", part) for part in (before, study, estimate)]
    assert options[0] == [
        "--review",
        "--from",
        "--to",
        "--report",
        "--force",
        "--ci-low",
        "--ci-high",
        "--help",
    ]
    assert options[1] == [field.option for field in STUDY_FIELDS]
    assert options[2] == [field.option for field in FIELDS.values() if field not in STUDY_FIELDS]
    assert "The review's folder; when left out, this one" in before
    assert shown.count(" TEXT ") == len(FIELDS)
