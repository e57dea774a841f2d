"""A review of which a file cannot be read: every command uses the rest, says so, and ends with 1."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.synthesis.commands.running import synthesis


@pytest.mark.parametrize("words", [("export",), ("plot", "funnel"), ("forest", "--json")])
def test_every_command_goes_on_without_what_cannot_be_read(words: tuple[str, ...], review: Path) -> None:
    whole = synthesis(*words, cwd=review)
    assert whole.returncode == 0
    (review / "studies" / "x.yaml").write_text("study: [", encoding="utf-8")
    (review / "studies" / "y.yaml").write_text("study: [", encoding="utf-8")
    done = synthesis(*words, cwd=review)
    assert (done.returncode, done.stdout) == (1, whole.stdout)
    assert "studies/x.yaml:" in done.stderr
    assert " in 4 files\n" in done.stderr, "three records and review.yaml"
    assert done.stderr.endswith("error: 2 records cannot be read, and no analysis has anything of them\n")


def test_several_files_that_nothing_reads_are_counted(review: Path) -> None:
    for name in ("x.yaml", "y.yaml"):
        (review / name).write_text("study: x\n", encoding="utf-8")
    done = synthesis("export", cwd=review)
    assert done.returncode == 1
    assert done.stderr.endswith("error: 2 files of the review stand where nothing reads them\n")


def test_the_analyses_are_listed_all_the_same(review: Path) -> None:
    (review / "studies" / "x.yaml").write_text("study: [", encoding="utf-8")
    done = synthesis("forest", "--list", cwd=review)
    assert done.returncode == 0
    assert done.stdout.strip()
    assert "studies/x.yaml:" in done.stderr
