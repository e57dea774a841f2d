"""What stands out where results move: titles are bold (1), explanations stand back (2), success is green."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from synthesis.terminal import console
from tests.synthesis.commands.running import synthesis
from tests.synthesis.living.reviews import commit, git, study, write
from tests.synthesis.living.test_without_doubted import noticed, tea


@pytest.fixture(autouse=True)
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(console, "record", True)
    yield
    console.export_text(clear=True)


def shown(*pieces: tuple[str, str]) -> list[tuple[str, str]]:
    """Those of these words that were not printed in this style."""
    styled = console.export_text(clear=False, styles=True)
    return [(codes, text) for codes, text in pieces if f"\x1b[{codes}m{text}" not in styled]


def test_of_a_diff_headings_are_bold_and_explanations_and_still_reviews_stand_back(tmp_path: Path) -> None:
    whole = {"abel": study("abel", "0.10"), "berg": study("berg", "0.30")}
    a, b = write(tmp_path / "a", **whole), write(tmp_path / "b", **{**whole, "berg": study("berg", "0.50")})
    assert synthesis("diff", a, b, cwd=tmp_path).returncode == 0
    assert shown(("1", " berg (changed)"), ("2", "   because of berg ")) == []
    plan = b / "review.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("Tea and bone", "Tea"), encoding="utf-8")
    assert synthesis("diff", a, b, cwd=tmp_path).returncode == 0
    assert shown(("2", " review.yaml: title ")) == []
    assert synthesis("diff", a, a, "--output", "none", cwd=tmp_path).returncode == 0
    assert shown(("2", " nothing changed"), ("2", "no result moved, so there is no figure")) == []


def test_a_release_is_green_and_what_could_not_be_asked_stands_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    review = write(tmp_path / "tea", abel=study("abel", "0.10"))
    (review / "drafts").mkdir()
    (review / "drafts" / "berg.yaml").write_text(study("berg", "0.30"), encoding="utf-8")
    done = synthesis("release", "1.0.0", cwd=review)
    assert done.returncode == 0, done.stderr
    assert "wrote releases/1.0.0: " in done.stdout
    assert shown(
        ("1;32", "wrote "),
        ("2", "not asked whether all is committed"),
        ("2", "1 draft waits, and the release has nothing of a draft"),
    ) == []  # fmt: skip
    assert stat.S_IMODE((review / "releases" / "1.0.0").stat().st_mode) == 0o755, "others may read it"
    lines = done.stdout.splitlines()
    assert lines[-1] == "next: commit releases/1.0.0 and CHANGELOG.md, then: git tag v1.0.0"


def test_of_files_that_are_not_committed_five_are_named(tmp_path: Path) -> None:
    review = write(tmp_path, abel=study("abel", "0.10"))
    git(review, "init", "-q", "-b", "main", ".")
    commit(review, "2026-06-01")
    for count in (5, 6):
        write(review, **{f"s{number}": study(f"s{number}", "0.1") for number in range(count)})
        done = synthesis("release", "1.0.0", cwd=review)
        assert done.returncode == 1
        names = ", ".join(f"studies/s{number}.yaml" for number in range(5))
        more = " ..." if count > 5 else ""
        says = f"{count} files of the review not as committed: {names}{more}; commit first"
        assert says in " ".join(done.stderr.split())
    assert not (review / "releases").exists()


def test_of_a_plan_the_title_of_the_analysis_is_bold(tmp_path: Path) -> None:
    assert synthesis("plan", "hip-men", "--one-more", cwd=tmp_path).returncode == 0
    assert shown(("1", "Hip, men")) == []


def test_what_rows_of_one_study_say_in_two_ways_is_a_yellow_note_twenty_times_at_most(tmp_path: Path) -> None:
    rows = "".join(f"A{n} 2010,DE,2,1,4\nA{n} 2010,FR,3,1,9\n" for n in range(21))
    (tmp_path / "t.csv").write_text(f"study,country,OR,lower,upper\n{rows}", encoding="utf-8")
    done = synthesis(
        "import", "t.csv", "--review", "r", "--set", "outcome=o", "--yes", cwd=tmp_path, columns=200
    )
    notes = [line for line in done.stdout.splitlines() if ": country is 'DE' (t.csv, row " in line]
    assert len(notes) == 20
    assert shown(("33", notes[0])) == []


def test_what_results_are_without_reports_in_doubt_stands_out(tmp_path: Path) -> None:
    folder = noticed(tea(tmp_path / "a"), abel="retraction")
    done = synthesis("diff", tea(tmp_path / "b"), folder, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert shown(("1;33", " without abel (retracted):")) == []
