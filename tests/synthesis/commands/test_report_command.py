"""`report`: under which name the page is written, and what it says of it."""

from __future__ import annotations

from pathlib import Path

from tests.synthesis.commands.running import synthesis
from tests.synthesis.living.reviews import study, write


def test_a_report_has_the_review_s_name_or_the_one_it_is_given_and_replaces_an_older_one(
    tmp_path: Path,
) -> None:
    folder = write(tmp_path / "r", abel=study("abel", "0.50"))
    (folder / "tea.html").write_text("an older one", encoding="utf-8")
    done = synthesis("report", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    page = (folder / "tea.html").read_text(encoding="utf-8")
    assert page.startswith("<!")
    assert done.stdout == f"wrote tea.html: 2 analyses, {len(page) / 1000:,.0f} kB\n"
    named = synthesis("report", "--output", "other.html", cwd=folder)
    assert named.stdout.startswith("wrote other.html: ")
    assert sorted(path.name for path in folder.glob("*.html")) == ["other.html", "tea.html"]


def test_a_place_that_cannot_be_written_and_an_analysis_that_is_refused_end_with_1(tmp_path: Path) -> None:
    folder = write(tmp_path, abel=study("abel", "0.50"), twin=study("twin", "0.4", cohort="Cohort abel"))
    done = synthesis("report", cwd=folder)
    assert done.returncode == 1
    assert done.stdout.startswith("wrote tea.html: 1 analysis, ")
    assert done.stderr.startswith("error: hip is refused: ")
    done = synthesis("report", "--output", "studies", cwd=folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: 'studies' was not written: ")
