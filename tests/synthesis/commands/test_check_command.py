"""`check`: formats, exit codes, and the findings on the shipped review."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from rich.cells import cell_len

from evidence.checking import check_paths
from evidence.records.parsing import Problem, Severity
from evidence.records.review import SHIPPED
from synthesis.terminal import visible
from tests.evidence.records.samples import TEXT, bent
from tests.synthesis.commands.running import synthesis


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.yaml"
    path.write_text(bent(("0.0079", "0.0179")), encoding="utf-8")
    return path


def test_a_consistent_record_passes(good: Path, tmp_path: Path) -> None:
    done = synthesis("check", good, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.strip() == "0 errors, 0 warnings, 0 notes in 1 file"


def test_a_contradiction_is_shown_with_place_line_and_hint(bad: Path, tmp_path: Path) -> None:
    done = synthesis("check", bad, cwd=tmp_path)
    assert done.returncode == 1
    assert re.search(r"^bad\.yaml:19:\d+: error: .*0\.0179 lies outside", done.stdout, re.MULTILINE)
    assert "estimate: 0.0179" in done.stdout
    assert "^^^^" in done.stdout
    assert "hint:" in done.stdout
    assert "Traceback" not in done.stderr


def test_formats_for_pull_requests(bad: Path, tmp_path: Path) -> None:
    as_json = json.loads(synthesis("check", bad, "--json", cwd=tmp_path).stdout)
    assert as_json["errors"] == len([one for one in as_json["problems"] if one["severity"] == "error"]) > 0
    assert as_json["problems"][0]["file"] == "bad.yaml"
    sarif: dict[str, Any] = json.loads(synthesis("check", bad, "--format", "sarif", cwd=tmp_path).stdout)
    results = sarif["runs"][0]["results"]
    assert sarif["version"] == "2.1.0"
    assert len(results) == len(as_json["problems"])
    assert results[0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 19
    assert sarif["runs"][0]["columnKind"] == "unicodeCodePoints"
    github = synthesis("check", bad, "--format", "github", cwd=tmp_path).stdout
    assert re.search(r"^::error file=bad\.yaml,line=19,col=\d+,title=[a-z-]+::", github, re.MULTILINE)


def test_a_review_is_named_as_for_every_other_command(bad: Path, tmp_path: Path) -> None:
    assert synthesis("init", "r", cwd=tmp_path).returncode == 0
    alone = synthesis("check", "--review", "r", cwd=tmp_path)
    assert (alone.returncode, alone.stdout) == (0, synthesis("check", "r", cwd=tmp_path).stdout)
    both = synthesis("check", bad.name, "--review", "r", cwd=tmp_path)
    assert both.returncode == 1
    assert f"{bad.name}:" in both.stdout
    assert both.stdout.rstrip().endswith("in 3 files")
    assert synthesis("check", "--review", "nowhere", cwd=tmp_path).returncode == 2


def test_every_file_of_a_folder_is_checked_at_once(good: Path, bad: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("study: [", encoding="utf-8")
    done = synthesis("check", tmp_path, cwd=tmp_path)
    assert done.returncode == 1
    assert "bad.yaml:19" in done.stdout
    assert re.search(r"^broken\.yaml:\d+:\d+: error", done.stdout, re.MULTILINE)
    assert done.stdout.rstrip().endswith("in 3 files")


@pytest.mark.parametrize("name", ["missing.yaml", "folder", "dangling.yaml"])
def test_paths_that_hold_no_record(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling.yaml").symlink_to(tmp_path / "nowhere")
    done = synthesis("check", name, cwd=tmp_path)
    assert done.returncode == 1
    assert f"{name}:1:1: error: the file" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def found() -> tuple[Problem, ...]:
    return check_paths([SHIPPED]).problems


def of(found: tuple[Problem, ...], file: str, pattern: str) -> list[Problem]:
    return [
        one
        for one in found
        if one.place.path.name == file and re.search(pattern, f"{one.says} {one.hint} {one.rule}")
    ]


@pytest.mark.parametrize(
    ("file", "pattern", "count"),
    [
        ("imos-4.yaml", r"12\.9 and 13\.1 cannot be in mg/dl", 1),
        ("nhanes-2013-2018.yaml", r"-0\.0129 \[-0\.0166, -0\.0091\] stands both at .*Female", 1),
        ("nhanes-2013-2018.yaml", r"p is not printed; .* gives p =", 4),
        ("nhanes-2013-2018.yaml", r"'All' of .* lies outside its parts", 4),
        ("nhanes-2013-2018.yaml", r"SD 0\.9 of 'Total Calcium'", 1),
        ("nhanes-2013-2018.yaml", r"'\$35,000 to \$44,999' .* sticks out", 1),
        ("nhanes-2013-2018.yaml", r"superseded by Liu 2022", 1),
        (
            "nhanes-2011-2018.yaml",
            r"-0\.0046 lies outside its own 95% interval .* 0\.0050 gives p = 0\.35",
            1,
        ),
        ("korkmaz-2012.yaml", r"p < 0\.005 does not follow", 1),
    ],
)
def test_the_audit_finds_what_is_wrong_in_the_shipped_papers(
    found: tuple[Problem, ...], file: str, pattern: str, count: int
) -> None:
    assert len(of(found, file, pattern)) == count


def test_the_audit_is_silent_on_what_rounding_explains(found: tuple[Problem, ...]) -> None:
    about_p = of(found, "nhanes-2013-2018.yaml", r"p-against")
    assert about_p == []
    in_imos = [one.rule for one in found if one.place.path.name == "imos-4.yaml"]
    assert sorted(set(in_imos)) == ["printed-unit-differs", "unit-against-value"]
    off_centre = of(found, "know-ckd.yaml", r"-0\.042")
    assert off_centre == []


def test_the_shipped_review_has_no_error_that_nobody_has_looked_at(found: tuple[Problem, ...]) -> None:
    assert not [one for one in found if one.severity is Severity.ERROR]
    assert len([one for one in found if "acknowledged by" in one.says]) == 2


@pytest.mark.parametrize(
    ("severity", "code", "shown"),
    [
        ([], 0, {"warning", "note"}),
        (["--severity", "error"], 0, set()),
        (["--severity", "warning"], 1, {"warning"}),
        (["--severity", "note"], 1, {"warning", "note"}),
    ],
)
def test_severity_chooses_what_is_shown_and_what_makes_the_exit_code(
    severity: list[str], code: int, shown: set[str], tmp_path: Path
) -> None:
    done = synthesis("check", "--json", *severity, SHIPPED, cwd=tmp_path)
    said = json.loads(done.stdout)
    assert done.returncode == code
    assert {problem["severity"] for problem in said["problems"]} == shown
    assert (said["errors"], said["warnings"] > 0, said["notes"] > 0) == (0, True, True)


def test_sarif_names_files_as_uris(bad: Path, tmp_path: Path) -> None:
    odd = tmp_path / "100 % #1?é" / "b[1].yaml"
    odd.parent.mkdir()
    odd.write_bytes(bad.read_bytes())
    elsewhere = tmp_path / "work"
    elsewhere.mkdir()
    below = uri_of(synthesis("check", odd, "--format", "sarif", cwd=tmp_path).stdout)
    assert below == "100%20%25%20%231%3F%C3%A9/b%5B1%5D.yaml"
    outside = uri_of(synthesis("check", odd, "--format", "sarif", cwd=elsewhere).stdout)
    assert outside == odd.as_uri()
    assert unquote(outside.removeprefix("file://")) == str(odd)


def uri_of(sarif: str) -> str:
    (uri,) = {
        place["physicalLocation"]["artifactLocation"]["uri"]
        for result in json.loads(sarif)["runs"][0]["results"]
        for place in result["locations"]
    }
    return str(uri)


def test_the_caret_stands_below_what_is_wrong_also_behind_wide_and_hidden_characters(tmp_path: Path) -> None:
    path = tmp_path / "wide.yaml"
    source = '"李\u202e\u200b李": {"x": 1, "x": 2}'
    path.write_text(source + "\n", encoding="utf-8")
    lines = synthesis("check", path, cwd=tmp_path).stdout.splitlines()
    found = next(index for index, line in enumerate(lines) if "[duplicate-key]" in line)
    column = source.rindex('"x"')
    assert f"wide.yaml:1:{column + 1}: error" in lines[found]
    assert lines[found + 1] == "     1 | " + visible(source)
    assert lines[found + 2] == "       | " + " " * cell_len(visible(source[:column])) + "^^^"
