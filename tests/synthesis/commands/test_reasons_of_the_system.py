"""Where the system refuses, its reason is told in words: no number of an error, and no path a second time."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthesis.commands import workers
from tests.synthesis.commands.running import synthesis
from tests.synthesis.commands.test_import import TABLE
from tests.synthesis.living.reviews import study, write


def said(done_stderr: str) -> str:
    return " ".join(done_stderr.split())


@pytest.fixture
def taken(tmp_path: Path) -> Path:
    """A folder in which the name `taken` is that of a file."""
    (tmp_path / "taken").write_text("x", encoding="utf-8")
    return tmp_path


def test_a_new_review_or_its_workflow_below_a_file_cannot_be_made(taken: Path) -> None:
    done = synthesis("init", "taken/r", cwd=taken)
    assert done.returncode == 1
    assert said(done.stderr).endswith("'taken/r' cannot be made: not a directory")
    review = write(taken / "r", abel=study("abel", "0.1"))
    (review / ".github").write_text("x", encoding="utf-8")
    done = synthesis("init", "r", "--ci", "github", cwd=taken)
    assert done.returncode == 1
    assert said(done.stderr).endswith("cannot be made: not a directory")


def test_an_import_below_a_file_is_refused(taken: Path) -> None:
    (taken / "t.csv").write_text(TABLE, encoding="utf-8")
    done = synthesis("import", "t.csv", "--review", "taken/r", "--yes", cwd=taken)
    assert done.returncode == 1
    assert said(done.stderr).endswith("'taken/r' cannot be made: not a directory")


def test_figures_and_releases_below_a_file_are_refused(taken: Path) -> None:
    done = synthesis("plot", "funnel", "hip-men", "--output", "taken", cwd=taken)
    assert done.returncode == 1
    assert said(done.stderr).endswith("the figure cannot be written to 'taken': file exists")
    review = write(taken / "r", abel=study("abel", "0.1"))
    done = synthesis("release", "1.0.0", "--output", "../taken/out", cwd=review)
    assert done.returncode == 1
    assert said(done.stderr).endswith("/taken/out' cannot be made: file exists")


def test_without_processes_nothing_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(workers, "ProcessPoolExecutor", refused)
    done = synthesis("plot", "funnel", "hip-men", cwd=tmp_path)
    assert done.returncode == 1
    says = "no process for drawing can be started: resource temporarily unavailable"
    assert said(done.stderr).endswith(says)
