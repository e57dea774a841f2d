"""`diff` tells three months of a review, in every form, and its exit codes are as stated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.synthesis.commands.running import synthesis
from tests.synthesis.living.reviews import REVIEW, git, study, three_months, write


@pytest.fixture(scope="module")
def tea(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A review that no test changes."""
    return three_months(tmp_path_factory.mktemp("diff"))


def test_three_months_are_told_from_the_records_to_the_signals(tea: Path) -> None:
    done = synthesis("diff", cwd=tea)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("tea   v1.0 (")
    assert lines[0].endswith(", 2026-06-01)  →  working tree")
    assert lines[1:] == [
        " records   1 added: fink; 1 retracted: cole; 1 changed: berg",
        " berg (changed)",
        "   main: effect.estimate 0.30 → 0.35  studies/berg.yaml:19",
        " cole (retracted)",
        "   reports: paper.status published → retracted  studies/cole.yaml:8",
        " Hip  0.40 [0.15, 0.65]  →  0.25 [−0.53, 1.03]   (k 3 → 3)",
        "   because of fink −0.125, berg +0.017, cole (hardly the estimate); together −0.042 more",
        "   τ² 0 → 0.087; I² 0 % → 90 %; weights fink/main – → 33 %, cole/main 33 % → –",
        " 1 other analysis unchanged",
        " signal Hip: the result is no longer significant: p = 0.020 before, p = 0.30 after (Shojania 2007)",
        " signal Hip: the prediction interval now includes no effect (IntHout 2016)",
        " signal Hip: heterogeneity may now be substantial: I² 90 %, 0 % before (Cochrane Handbook 10.10.2)",
    ]


def test_nothing_changed_is_one_line_and_comments_are_counted(tea: Path, tmp_path: Path) -> None:
    assert synthesis("diff", "HEAD", cwd=tea).stdout.splitlines()[1:] == [" nothing changed"]
    copy = write(
        tmp_path, **{p.stem: f"# looked at\n{p.read_text()}" for p in (tea / "studies").glob("*.yaml")}
    )
    done = synthesis("diff", tea, copy, cwd=tmp_path)
    assert done.stdout.splitlines()[1:] == [" nothing changed; 6 differ in comments or layout alone"]


def test_the_exit_code_tells_a_difference_only_where_asked(tea: Path) -> None:
    assert synthesis("diff", "v1.0", cwd=tea).returncode == 0
    assert synthesis("diff", "v1.0", "--exit-code", cwd=tea).returncode == 1
    assert synthesis("diff", "HEAD", "--exit-code", cwd=tea).returncode == 0


def test_an_analysis_that_is_newly_refused_makes_the_exit_code_one(tea: Path, tmp_path: Path) -> None:
    twin = study("twin", "0.1", cohort="Cohort berg")
    old = {path.stem: path.read_text() for path in (tea / "studies").glob("*.yaml")}
    a, b = write(tmp_path / "a", **old), write(tmp_path / "b", **old, twin=twin)
    done = synthesis("diff", a, b, cwd=tmp_path)
    assert done.returncode == 1
    assert " Hip is now refused: " in done.stdout
    still = write(tmp_path / "c", **{**old, "twin": twin, "abel": study("abel", "0.9")})
    again = synthesis("diff", b, still, cwd=tmp_path)
    assert again.returncode == 0
    assert " Hip is still refused: " in again.stdout


def test_json_has_every_number_of_the_text(tea: Path, tmp_path: Path) -> None:
    done = synthesis("diff", "v1.0", "--format", "json", cwd=tea)
    found = json.loads(done.stdout)
    assert [(each["study"], each["happened"]) for each in found["records"]] == [
        ("berg", "changed"),
        ("cole", "retracted"),
        ("fink", "added"),
    ]
    assert found["records"][0]["fields"] == [
        {
            "file": "studies/berg.yaml",
            "line": 19,
            "of": "main",
            "key": "effect.estimate",
            "before": "0.30",
            "after": "0.35",
        }
    ]
    [moved] = found["moved"]
    assert moved["before"]["estimate"] == pytest.approx(0.4)  # the mean of 0.5, 0.3 and 0.4
    assert moved["after"]["estimate"] == pytest.approx(0.25)  # of 0.5, 0.35 and -0.1
    assert moved["before"]["weights"] == pytest.approx(
        dict.fromkeys(("abel/main", "berg/main", "cole/main"), 100 / 3)
    )
    shifts = {each["change"]: each["shift"] for each in moved["causes"]}
    assert shifts == pytest.approx({"berg": 0.05 / 3, "cole": 0.0, "fink": -0.125}, abs=1e-9)
    assert moved["joint"] == pytest.approx(-0.15 - sum(shifts.values()), abs=1e-9)
    assert [each["kind"] for each in found["signals"]] == ["significance", "prediction", "heterogeneity"]
    assert found["unchanged"] == 1
    written = synthesis("diff", "v1.0", "--format", "json", "--to", tmp_path / "moved.json", cwd=tea)
    assert written.returncode == 0
    assert json.loads((tmp_path / "moved.json").read_text()) == found


def test_markdown_is_a_table_and_obeys_no_foreign_word(tea: Path, tmp_path: Path) -> None:
    (tmp_path / "moved.md").write_text("of yesterday, replaced", encoding="utf-8")
    done = synthesis("diff", "v1.0", "--format", "markdown", "--to", tmp_path / "moved.md", cwd=tea)
    assert done.returncode == 0
    text = (tmp_path / "moved.md").read_text()
    assert text.startswith("### tea: v1.0 ")
    assert "| Hip | 3 → 3 | 0.40 \\[0.15, 0.65\\] | 0.25 \\[−0.53, 1.03\\] | because of fink −0.125" in text
    assert "- Hip: the result is no longer significant" in text
    hostile = study("abel", "0.50").replace(
        "title: Study abel", "title: '<img src=x> @someone `x` | \\\\ [a](b)'"
    )
    a, b = write(tmp_path / "a", abel=study("abel", "0.50")), write(tmp_path / "b", abel=hostile)
    told = synthesis("diff", a, b, "--format", "markdown", cwd=tmp_path).stdout
    line = next(line for line in told.splitlines() if "img" in line)
    assert "\\<img src=x\\>" in line
    assert "@\N{ZERO WIDTH NON-JOINER}someone" in line
    assert "\\`x\\` \\| " in line
    assert "\\[a\\](b)" in line


def test_before_and_after_stand_in_one_figure(tea: Path, tmp_path: Path) -> None:
    done = synthesis("diff", "v1.0", "--output", tmp_path / "out", cwd=tea)
    assert done.returncode == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"what-moved.{kind}" for kind in ("pdf", "png", "svg")
    ]
    svg = (tmp_path / "out" / "what-moved.svg").read_text()
    for word in ("Tea and bone: what moved", "v1.0", "working tree", "0.25"):
        assert word in svg
    none = synthesis("diff", "HEAD", "--output", tmp_path / "none", cwd=tea)
    assert "no result moved, so there is no figure" in none.stdout
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nothing",), "no version is called 'nothing'"),
        (("2026-01-01",), "there is no commit before 2026-01-01; choose a later day"),
        (("v1.0", "nothing"), "no version is called 'nothing'"),
        (("--to", "x.md"), "--to takes '--format json' or '--format markdown'"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence_and_exit_code_two(
    tea: Path, arguments: tuple[str, ...], says: str
) -> None:
    done = synthesis("diff", *arguments, cwd=tea)
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_outside_a_repository_the_way_out_is_told_and_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    a = write(tmp_path / "a", abel=study("abel", "0.50"))
    done = synthesis("diff", cwd=a)
    assert done.returncode == 2
    assert "in no git repository" in done.stderr
    assert "python -m synthesis diff OLD-FOLDER NEW-FOLDER" in done.stderr
    b = write(tmp_path / "b", abel=study("abel", "0.60"))
    assert "main: effect.estimate 0.50 → 0.60" in synthesis("diff", a, b, cwd=tmp_path).stdout
    assert "main: effect.estimate 0.50 → 0.60" in synthesis("diff", a, cwd=b).stdout


def test_a_file_that_cannot_be_read_stops_the_new_version_and_is_told_of_the_old(tmp_path: Path) -> None:
    a = write(tmp_path / "a", abel=study("abel", "0.50"), berg="study: berg\n")
    b = write(tmp_path / "b", abel=study("abel", "0.50"), berg=study("berg", "0.20"))
    done = synthesis("diff", a, b, cwd=tmp_path)
    assert done.returncode == 0
    assert f" not read {a}: berg.yaml:1: " in done.stdout
    assert " records   1 added: berg" in done.stdout
    back = synthesis("diff", b, a, cwd=tmp_path)
    assert back.returncode == 1
    assert back.stdout.endswith(" in 3 files\n"), "two records and review.yaml"
    assert "mend the files named above first" in back.stderr
    (a / "review.yaml").write_text("review: x\n")
    broken = synthesis("diff", a, b, cwd=tmp_path)
    assert broken.returncode == 2
    assert "cannot be pooled: review.yaml:1: " in broken.stderr


def test_a_method_that_is_unknown_in_one_version_is_a_sentence(tmp_path: Path) -> None:
    a = write(tmp_path / "a", abel=study("abel", "0.50"))
    (a / "review.yaml").write_text(REVIEW.replace("estimator: REML", "estimator: MAGIC"))
    b = write(tmp_path / "b", abel=study("abel", "0.60"))
    done = synthesis("diff", a, b, cwd=tmp_path)
    assert done.returncode == 1
    assert "nothing was compared: " in done.stderr
    assert "MAGIC" in done.stderr


def test_the_shipped_review_is_compared_inside_its_repository() -> None:
    root = Path(__file__).resolve().parents[3]
    if not (root / ".git").exists():
        pytest.skip("not in its repository")
    done = synthesis("diff", "HEAD", "HEAD", cwd=root)
    assert done.returncode == 0
    assert done.stdout.startswith("hemoglobin-bmd   HEAD (")
    assert git(root, "status", "--porcelain", "--", ".git") == ""
