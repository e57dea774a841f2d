"""A release is whole, never overwritten, the same bytes on any day, and every number of it is verified."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.synthesis.commands.running import environment, synthesis
from tests.synthesis.living.reviews import REVIEW, commit, copy_of, files, released_review, study, write


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A review with release 1.0.0, committed, which no test changes."""
    return released_review(tmp_path_factory.mktemp("released"))


@pytest.fixture
def review(released: Path, tmp_path: Path) -> Path:
    return copy_of(released, tmp_path)


def test_a_release_holds_its_inputs_tables_figures_and_a_manifest_of_hashes(released: Path) -> None:
    folder = released / "releases" / "1.0.0"
    held = files(folder)
    studies = [f"inputs/studies/{name}.yaml" for name in ("abel", "berg", "cole", "dahl", "eder", "fink")]
    figures = [f"figures/{name}.{kind}" for name in ("hip", "spine") for kind in ("pdf", "png", "svg")]
    tables = [f"{name}.csv" for name in ("audit", "bias", "effects", "left-out", "studies", "summary")]
    assert sorted(held) == sorted([*studies, *figures, *tables, "inputs/review.yaml", "manifest.json"])
    manifest = json.loads(held["manifest.json"])
    hashes = {**manifest["files"], **{f"inputs/{name}": value for name, value in manifest["inputs"].items()}}
    assert hashes == {
        name: hashlib.sha256(data).hexdigest() for name, data in held.items() if name != "manifest.json"
    }
    assert (manifest["release"], manifest["review"], manifest["searched_to"]) == ("1.0.0", "tea", None)
    assert set(manifest["made_with"]) == {"python", "living-synthesis", "numpy", "scipy", "matplotlib"}
    assert manifest["methods"]["hip"][0].startswith("Random effects: restricted maximum likelihood")
    assert held["inputs/review.yaml"] == (released / "review.yaml").read_bytes()


def test_the_summary_has_the_numbers_of_the_review(released: Path) -> None:
    with (released / "releases" / "1.0.0" / "summary.csv").open() as file:
        hip, spine = csv.DictReader(file)
    assert float(hip["estimate"]) == pytest.approx(0.25, abs=1e-9)  # the mean of 0.5, 0.35 and -0.1
    assert float(spine["estimate"]) == pytest.approx(0.4, abs=1e-9)  # of 0.2 and 0.6
    assert (hip["k"], spine["k"]) == ("3", "2")
    # variance 0.0975 of three numbers with equal weights: t quantile 4.302653 times its root of a third
    half = 4.302652729911275 * (0.0975 / 3) ** 0.5
    assert float(hip["ci_high"]) == pytest.approx(0.25 + half, rel=1e-8)


def test_the_tables_are_those_that_export_writes_in_twelve_digits(released: Path) -> None:
    compared = 0
    for name in ("audit", "bias", "effects", "left-out", "studies", "summary"):
        exported = synthesis("export", "--table", name, cwd=released).stdout
        kept = (released / "releases" / "1.0.0" / f"{name}.csv").read_text(encoding="utf-8")
        ours, theirs = list(csv.reader(kept.splitlines())), list(csv.reader(exported.splitlines()))
        assert len(ours) == len(theirs)
        for row, other in zip(ours, theirs, strict=True):
            for cell, expected in zip(row, other, strict=True):
                if cell != expected:
                    assert float(cell) == pytest.approx(float(expected), rel=1e-11)
                    assert len(cell.lstrip("-0.").replace(".", "").split("e")[0]) <= 12
                compared += 1
    assert compared > 200


def test_an_analysis_that_waits_for_its_first_study_is_released_as_empty(tmp_path: Path) -> None:
    review = write(tmp_path / "tea", abel=study("abel", "0.50"))
    wrist = "  - id: wrist\n    title: Wrist\n    outcome: {name: BMD, sites: [wrist]}\n"
    path = review / "review.yaml"
    text = (
        path.read_text()
        .replace("  - id: spine\n    title: Spine\n", "")
        .replace("    outcome: {name: BMD, sites: [spine]}\n", wrist)
    )
    path.write_text(text)
    done = synthesis("release", "1.0.0", cwd=review)
    assert (done.returncode, done.stderr) == (0, "")
    with (review / "releases" / "1.0.0" / "summary.csv").open() as file:
        hip, empty = csv.DictReader(file)
    assert (hip["k"], empty["analysis"], empty["k"], empty["estimate"]) == ("1", "wrist", "0", "")
    figures = sorted(path.name for path in (review / "releases" / "1.0.0" / "figures").iterdir())
    assert figures == ["hip.pdf", "hip.png", "hip.svg"]
    assert "- Wrist: nothing (k 0)\n" in (review / "CHANGELOG.md").read_text()
    assert synthesis("verify", "releases/1.0.0", cwd=review).returncode == 0
    path.write_text(text.replace("sites: [wrist]", "sites: [hipp]"))
    refused = synthesis("release", "1.1.0", cwd=review)
    assert refused.returncode == 1
    assert "'hipp'" in refused.stdout


@pytest.mark.long
def test_the_same_inputs_give_the_same_bytes_on_any_day_in_any_folder_and_zone(
    released: Path, tmp_path: Path
) -> None:
    other = tmp_path / "elsewhere" / "münchen"
    shutil.copytree(released / "studies", other / "studies")
    shutil.copy(released / "review.yaml", other)
    # a day twenty years later, another time zone, language and order of sets, run from another folder
    late = "import time; time.time = lambda now=time.time: now() + 631152000.0; "
    program = late + "from synthesis.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "release", "1.0.0", "--review", str(other)],
        cwd=tmp_path,
        env=environment(
            TZ="Asia/Kathmandu",
            PYTHONHASHSEED="4711",
            LC_ALL="C",
            GIT_CEILING_DIRECTORIES=str(tmp_path),
        ),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    first, second = files(released / "releases" / "1.0.0"), files(other / "releases" / "1.0.0")
    assert list(first) == list(second)
    assert [name for name in first if first[name] != second[name]] == []
    assert len(first) == 20


def test_the_changelog_tells_the_first_release_and_then_what_moved(review: Path) -> None:
    assert (review / "CHANGELOG.md").read_text() == (
        "# Changelog\n\n## 1.0.0\n\nFirst release: 6 studies, 2 analyses.\n\n"
        "- Hip: 0.25 \\[−0.53, 1.03\\] (k 3)\n- Spine: 0.40 \\[−2.14, 2.94\\] (k 2)\n"
    )
    write(review, fink=study("fink", "0.40"))
    text = (review / "review.yaml").read_text().replace("direction:", "searched_to: 2026-10-01\ndirection:")
    (review / "review.yaml").write_text(text)
    commit(review, "2026-10-02", "an erratum")
    done = synthesis("release", "1.1.0", cwd=review)
    assert done.returncode == 0, done.stderr
    lines = (review / "CHANGELOG.md").read_text().splitlines()
    assert lines[:5] == ["# Changelog", "", "## 1.1.0", "", "Since 1.0.0: 1 changed: fink."]
    told = "\n".join(lines)
    assert "The literature was searched to 2026-10-01." in told
    assert "- fink (changed): main: effect.estimate -0.10 → 0.40" in told
    assert "- Hip: 0.25 \\[−0.53, 1.03\\] → 0.42 \\[0.23, 0.61\\] (k 3 → 3), because of fink +0.167" in told
    assert "- Worth a look: Hip: the result is now significant" in told
    assert told.index("## 1.1.0") < told.index("## 1.0.0")
    manifest = json.loads((review / "releases" / "1.1.0" / "manifest.json").read_text())
    assert manifest["searched_to"] == "2026-10-01"


def test_a_release_is_never_overwritten_and_numbers_rise(review: Path, tmp_path: Path) -> None:
    before = files(review)
    for number, code, says in (
        ("1.0.0", 2, "1.0.0 is released already; a later release has a higher number"),
        ("0.9", 2, "1.0.0 is released already"),
        ("next", 2, "'next' is no number of a release; expected e.g. 1.2.0"),
        ("v2.0.0", 2, "'v2.0.0' is no number of a release"),
    ):
        done = synthesis("release", number, cwd=review)
        assert (done.returncode, says in done.stderr) == (code, True), done.stderr
    taken = tmp_path / "taken"
    taken.mkdir()
    done = synthesis("release", "1.1.0", "--output", taken, cwd=review)
    assert (done.returncode, "never overwritten" in done.stderr) == (1, True)
    assert list(taken.iterdir()) == []
    assert files(review) == before


def test_open_errors_and_uncommitted_changes_refuse_a_release(review: Path) -> None:
    write(review, fink=study("fink", "0.40"))
    done = synthesis("release", "1.1.0", cwd=review)
    assert done.returncode == 1
    assert "1 file of the review not as committed: studies/fink.yaml; commit first" in done.stderr
    bad = study("fink", "0.40").replace("se: 0.10", "ci: [0.50, 0.60]")
    write(review, fink=bad)
    commit(review, "2026-10-01")
    done = synthesis("release", "1.1.0", cwd=review)
    assert done.returncode == 1
    assert "[estimate-outside-interval]" in done.stdout
    assert "mend the errors above" in done.stderr
    assert not (review / "releases" / "1.1.0").exists()


def test_a_refused_analysis_refuses_a_release_and_nothing_half_is_left(review: Path) -> None:
    write(review, twin=study("twin", "0.40", cohort="Cohort berg"))
    commit(review, "2026-10-01")
    done = synthesis("release", "1.1.0", cwd=review)
    assert done.returncode == 1
    assert "nothing was released" in done.stderr
    assert sorted(path.name for path in (review / "releases").iterdir()) == ["1.0.0"]


def test_what_a_release_keeps_is_no_part_of_the_review_that_is_checked(released: Path) -> None:
    assert synthesis("check", ".", cwd=released).stdout.splitlines()[-1].endswith("in 7 files")
    kept = synthesis("check", "releases/1.0.0", cwd=released)
    assert kept.stdout.splitlines()[-1].endswith("in 7 files")
    assert synthesis("forest", "--review", "releases/1.0.0/inputs", "--json", cwd=released).returncode == 0


def test_a_release_without_git_is_made_and_says_what_was_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    silent = study("dahl", "0.1", site="spine")
    effect = next(line for line in silent.splitlines() if "effect:" in line)
    silent = silent.replace(effect, "    not_reported: {said: not significant}")
    folder = write(tmp_path / "tea", abel=study("abel", "0.50"), dahl=silent)
    done = synthesis("release", "1", "--output", tmp_path / "out", cwd=folder)
    assert done.returncode == 0
    assert "not asked whether all is committed" in done.stdout
    assert (tmp_path / "out" / "figures" / "hip.png").is_file()
    assert not (tmp_path / "out" / "figures" / "spine.png").exists()  # an analysis without an estimate
    assert synthesis("verify", tmp_path / "out", cwd=tmp_path).returncode == 0


def test_a_review_of_ratios_is_released_on_their_own_scale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    studies = {"abel": study("abel", "2.00"), "dahl": study("dahl", "2.00", site="spine")}
    folder = write(
        tmp_path / "tea",
        **{name: text.replace("measure: MD", "measure: HR") for name, text in studies.items()},
    )
    (folder / "review.yaml").write_text(
        REVIEW.replace("measure: MD", "measure: HR").replace(", unit: g/cm2}\ndir", "}\ndir")
    )
    assert synthesis("release", "1.0", cwd=folder).returncode == 0
    with (folder / "releases" / "1.0" / "summary.csv").open() as file:
        hip = next(csv.DictReader(file))
    assert float(hip["estimate"]) == pytest.approx(2.0, rel=1e-9)
    assert float(hip["ci_low"]) == pytest.approx(
        2.0 * 2.718281828459045 ** (-0.1 * 1.959963984540054), rel=1e-8
    )
