"""Studies stand in the order in which they entered: by their files' history, or else by their extraction."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from evidence.records.review import load_review
from synthesis.living.entering import entered
from tests.synthesis.commands.running import synthesis
from tests.synthesis.living.reviews import study, write


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def test_the_history_says_when_and_what_is_not_committed_comes_last(moving: Path) -> None:
    write(moving, aaron=study("aaron", "0.1"))
    found = entered(load_review(moving))
    assert found.says == "the order in which they entered the review"
    assert found.days["abel"] == day("2026-06-01")
    assert found.days["fink"] == day("2026-07-01")
    assert found.days["aaron"] == datetime.date.max


def test_without_a_history_the_day_of_extraction_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    late = study("abel", "0.1").replace("on: 2026-06-01", "on: 2026-08-01")
    found = entered(load_review(write(tmp_path / "tea", abel=late, berg=study("berg", "0.2"))))
    assert found.says == "the order of their extraction"
    assert found.days == {"abel": day("2026-08-01"), "berg": day("2026-06-01")}


def test_a_cumulative_plot_goes_by_it(moving: Path, tmp_path: Path) -> None:
    write(moving, aaron=study("aaron", "0.1", year="1990"))
    done = synthesis("plot", "cumulative", "hip", "--order", "entered", "--output", tmp_path, cwd=moving)
    assert done.returncode == 0, done.stderr
    rows = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("+ ")]
    assert rows == ["Abel", "Berg", "Fink", "Aaron"]
    assert "in the order in which they entered the review, 2026-06-01 to 2026-07-01" in done.stdout
    assert (tmp_path / "hip-cumulative_entered.png").is_file()
    by_year = synthesis("plot", "cumulative", "hip", "--order", "year", "--output", tmp_path, cwd=moving)
    assert next(line for line in by_year.stdout.splitlines() if line.startswith("+ ")).split()[1] == "Aaron"
    assert (tmp_path / "hip-cumulative.png").is_file()


def test_other_kinds_of_plots_have_no_order(moving: Path) -> None:
    done = synthesis("plot", "funnel", "--order", "year", cwd=moving)
    assert done.returncode == 2
    assert "--order is of a cumulative plot" in done.stderr
