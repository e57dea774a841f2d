"""`compare-readings`: its formats, its exit codes and what it says where nothing can be compared."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from textwrap import dedent

import pytest

from evidence.records.review import SHIPPED
from tests.evidence.readings.samples import SECOND, record, settled, written
from tests.evidence.records.samples import TEXT
from tests.synthesis.commands.running import ROOT, synthesis

REVIEW = """\
schema: 1
review: r
title: R
question: {population: P, exposure: hemoglobin, outcome: BMD, design: cohort}
scale: {measure: beta, exposure: hemoglobin, per: 1 g/dL, unit: g/cm2}
analyses:
  - {id: hip, title: Hip, outcome: {name: BMD}}
"""


@pytest.fixture
def review(tmp_path: Path) -> Path:
    (tmp_path / "review.yaml").write_text(REVIEW, encoding="utf-8")
    return tmp_path


def test_the_second_readings_of_a_review_are_listed_with_both_lines_and_counted(review: Path) -> None:
    written(review, record())
    done = synthesis("compare-readings", cwd=review)
    assert done.returncode == 1
    assert (
        done.stdout
        == """\
lee-2019: extractor-1 and reader-2
  hip-men, effect.estimate: differs
    studies/lee-2019.yaml:19: 0.0079
    studies/lee-2019.yaml:27: 0.0078
  hip-men, effect.ci.lower: printed differently, the same value
    studies/lee-2019.yaml:19: 0.002
    studies/lee-2019.yaml:27: 0.0020
  hip-men, effect.p: printed differently, the same value
    studies/lee-2019.yaml:19: 0.006
    studies/lee-2019.yaml:27: p = .006
  hip-men, n: only the second has it
    studies/lee-2019.yaml:16: nothing
    studies/lee-2019.yaml:26: 650
Agreement (cells that at least one reader filled)
  stratum.sex      100.0%  1 of 1
  effect.estimate    0.0%  0 of 1
  effect.ci.lower  100.0%  1 of 1
  effect.ci.upper  100.0%  1 of 1
  effect.p         100.0%  1 of 1
  n                  0.0%  0 of 1
  overall           66.7%  4 of 6
2 differences not settled, 0 settled, 2 printed differently with the same value
"""
    )


def test_the_exit_code_is_0_when_everything_is_settled_and_the_resolutions_match(review: Path) -> None:
    entries = [settled(f"of: hip-men, key: {key}, took: first") for key in ("n", "effect.estimate")]
    written(review, record(SECOND, *entries))
    done = synthesis("compare-readings", cwd=review)
    assert done.returncode == 0
    assert "    settled by reader-3 on 2026-11-23: took the first (seen together)\n" in done.stdout
    assert done.stdout.endswith(
        "0 differences not settled, 2 settled, 2 printed differently with the same value\n"
    )
    written(review, record(SECOND, *entries, settled("of: hip-men, key: effect.p, took: first")))
    done = synthesis("compare-readings", "--review", review, cwd=review.parent)
    assert done.returncode == 1
    assert "warning: 'effect.p' of 'hip-men' does not differ" in done.stdout


def test_a_review_without_second_readings_says_how_they_are_made(review: Path) -> None:
    written(review, TEXT)
    done = synthesis("compare-readings", cwd=review)
    assert done.returncode == 0
    assert done.stdout.startswith("No record has a second reading. It stands under 'second_reading:'")
    assert json.loads(synthesis("compare-readings", "--format", "json", cwd=review).stdout) == {
        "unresolved": 0,
        "comparisons": [],
        "agreement": [
            {
                "key": "overall",
                "compared": 0,
                "agreed": 0,
                "percent": 100.0,
                "kappa": None,
                "kappa_undefined": None,
            }
        ],
    }


def tables(folder: Path) -> tuple[Path, Path]:
    (folder / "a.csv").write_text(
        "Study,Design,N\nLee,RCT,1\nKim,RCT,2\nPark,cohort,3\nCho,RCT,4\n", encoding="utf-8"
    )
    (folder / "b.csv").write_text(
        "study;design;n\nLee;RCT;1\nKim;cohort;2\nPark;cohort;3,0\nChoi;RCT;4\n", encoding="utf-8"
    )
    return folder / "a.csv", folder / "b.csv"


def test_two_tables_are_compared(tmp_path: Path) -> None:
    done = synthesis("compare-readings", *tables(tmp_path), cwd=tmp_path)
    assert done.returncode == 1
    assert (
        done.stdout
        == """\
a.csv and b.csv
  rows by 'Study' of the first and 'study' of the second
  Kim, Design: differs
    a.csv:3: RCT
    b.csv:3: cohort
  Park, N: printed differently, the same value
    a.csv:4: 3
    b.csv:4: 3,0
  a.csv:5: only a.csv has the row 'Cho'
    hint: Is it 'Choi' of the other?
  b.csv:5: only b.csv has the row 'Choi'
    hint: Is it 'Cho' of the other?
Agreement (cells that at least one reader filled)
  Design    66.7%  2 of 3
  N        100.0%  3 of 3
  overall   83.3%  5 of 6
3 differences not settled, 0 settled, 1 printed differently with the same value
"""
    )


def test_json_and_csv_hold_the_same_differences(tmp_path: Path) -> None:
    found = json.loads(
        synthesis("compare-readings", *tables(tmp_path), "--format", "json", cwd=tmp_path).stdout
    )
    (one,) = found["comparisons"]
    assert one["differences"][0] == {
        "of": "Kim",
        "key": "Design",
        "kind": "value",
        "first": {"file": "a.csv", "line": 3, "text": "RCT"},
        "second": {"file": "b.csv", "line": 3, "text": "cohort"},
        "resolved": None,
    }
    assert [(each["what"], each["name"], each["reader"], each["line"]) for each in one["only_one_has"]] == [
        ("row", "Cho", "first", 5),
        ("row", "Choi", "second", 5),
    ]
    assert found["unresolved"] == 3
    assert [each["agreed"] for each in found["agreement"]] == [2, 3, 5]
    as_csv = synthesis("compare-readings", *tables(tmp_path), "--format", "csv", cwd=tmp_path).stdout
    rows = list(csv.DictReader(as_csv.splitlines()))
    assert [(row["of"], row["key"], row["kind"], row["first"], row["second"]) for row in rows] == [
        ("Kim", "Design", "value", "RCT", "cohort"),
        ("Park", "N", "print", "3", "3,0"),
        ("Cho", "row", "only first", "Cho", ""),
        ("Choi", "row", "only second", "", "Choi"),
    ]
    assert [row["second_line"] for row in rows] == ["3", "4", "", "5"]
    assert [line.count(",") for line in as_csv.replace('"3,0"', "").splitlines()] == [13] * 5


def test_resolutions_stand_in_json_and_csv(review: Path) -> None:
    written(review, record(SECOND, settled("of: hip-men, key: n, took: first")))
    found = json.loads(synthesis("compare-readings", "--format", "json", cwd=review).stdout)
    by_key = {each["key"]: each["resolved"] for each in found["comparisons"][0]["differences"]}
    settled_by = {"by": "reader-3", "on": "2026-11-23", "took": "first", "why": "seen together."}
    assert by_key["n"] == settled_by
    assert by_key["effect.estimate"] is None
    rows = list(
        csv.DictReader(synthesis("compare-readings", "--format", "csv", cwd=review).stdout.splitlines())
    )
    (row,) = [row for row in rows if row["key"] == "n"]
    assert {name: row[name] for name in ("resolved_by", "resolved_on", "took", "why")} == {
        "resolved_by": "reader-3",
        "resolved_on": "2026-11-23",
        "took": "first",
        "why": "seen together.",
    }


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["a.csv"], 2, "expected two files, or none for the whole review; got 1"),
        (["a.csv", "b.csv", "a.csv"], 2, "expected two files, or none for the whole review; got 3"),
        (["a.csv", "c.yaml"], 2, "'a.csv' and 'c.yaml' are of different kinds"),
        (["a.csv", "none.csv"], 1, "'none.csv': there is no such file"),
        (
            ["a.csv", "b.csv", "--by", "arm"],
            1,
            "'a.csv', row 1: has no column 'arm'. Its columns: Study, Design, N",
        ),
        (["--by", "arm"], 2, "--by names a column of tables; give two tables"),
    ],
)
def test_what_cannot_be_compared_is_one_line(tmp_path: Path, words: list[str], code: int, says: str) -> None:
    tables(tmp_path)
    done = synthesis("compare-readings", *words, cwd=tmp_path)
    assert done.returncode == code
    assert done.stderr.count("\n") == 1
    assert says in done.stderr
    assert done.stdout == ""


def test_records_that_cannot_be_read_are_said_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "b.yaml").write_text("study: [", encoding="utf-8")
    done = synthesis("compare-readings", "a.yaml", "b.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert "b.yaml:2:1: error:" in done.stdout


def test_the_example_of_the_page_is_what_the_program_prints(review: Path) -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8").partition("## Two readers")[2]
    example = page.partition("```yaml\nsecond_reading:\n")[2].partition("```")[0]
    shipped = (SHIPPED / "studies" / "imos-4.yaml").read_text(encoding="utf-8")
    written(review, shipped, f"study: imos-4\n{dedent(example)}")
    for folder in ("studies", "second-readings"):
        (review / folder / "lee-2019.yaml").rename(review / folder / "imos-4.yaml")
    printed = page.partition("$ python -m synthesis compare-readings\n")[2].partition("```")[0]
    assert synthesis("compare-readings", cwd=review).stdout == printed
