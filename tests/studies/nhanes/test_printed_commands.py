"""What `cohort`, `tables` and `figures` print, from an invented survey and from a sheet made by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import pandas as pd
import pytest

from studies.__main__ import main
from studies.nhanes.cohort import cancer_answers, load_cohort
from studies.nhanes.protocol import load_protocol
from studies.nhanes.tables.page import Sheet, SheetLine
from synthesis.drawing.canvas import DescribedFigure
from synthesis.terminal import console, errors
from tests.studies.nhanes.protocols import two_cycles
from tests.studies.nhanes.server import publisher, status
from tests.synthesis.commands.running import called

SHEET = Sheet(
    "table-9",
    "Table 9. Made by hand",
    ("", "a long header of a column", "β"),
    (SheetLine(("Group",), heading=True), SheetLine(("  men", "0.25", "12,345"))),
    ("A note beside it.",),
    pd.DataFrame({"n": [1]}),
)


@pytest.fixture
def styled(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """What has been printed, with the codes of its styles (1 bold, 2 dim, 31 red)."""
    for each in (console, errors):
        monkeypatch.setattr(each, "record", True)
    yield lambda: console.export_text(clear=False, styles=True)
    for each in (console, errors):
        each.export_text(clear=True)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int | None]]:
    """How far the bar of a command was told to be, of how many steps."""
    found: list[tuple[int, int | None]] = []

    @contextmanager
    def bar(in_bytes: bool = False) -> Iterator[Callable[[int, int | None, str], None]]:
        yield lambda done, total, what: found.append((done, total))

    monkeypatch.setattr("synthesis.terminal.progress_bar", bar)
    monkeypatch.setattr("studies.nhanes.cohort.load_cohort", lambda *_: SimpleNamespace())
    return found


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.replace("┃", "│").strip("│").split("│")]


def test_the_cohort_is_shown_step_by_step_and_by_what_was_answered(
    invented_data: Path, tmp_path: Path
) -> None:
    protocol = two_cycles(tmp_path)
    (file,) = tmp_path.glob("*.yaml")
    done = called(main, "nhanes", "cohort", file, "--data", invented_data, cwd=tmp_path, COLUMNS="200")
    made = load_cohort(protocol, invented_data)
    lines = [cells(line) for line in done.stdout.splitlines()]
    steps = [[step.name, step.n_before, step.excluded, step.n_left] for step in made.steps]
    (cancer,) = [step.name for step in protocol.eligibility if step.exclude_cancer]
    answers = [[name, *row] for name, row in cancer_answers(made.excluded_at(cancer)).iterrows()]
    assert lines[0] == [protocol.title]
    assert [f"excluded: {cancer}"] in lines
    wanted = [[str(first), *(f"{number:,}" for number in rest)] for first, *rest in [*steps, *answers]]
    assert [line for line in wanted if line not in lines] == []
    assert len(wanted) == len(made.steps) + len(answers) >= 6
    assert ["who leaves", "before", "excluded", "left"] in lines
    assert ["answer", "n", "under 20", "20 and over"] in lines


def test_a_table_is_wider_than_the_terminal_rather_than_cut(
    tmp_path: Path,
    told: list[tuple[int, int | None]],
    styled: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One step for the files, one for Table 1, one for Tables 2 to 4, and one for each of Table 5."""

    def make(cohort: object, begin: Callable[[str], None]) -> Iterator[Sheet]:
        for step in range(7):
            begin(f"step {step}")
        yield SHEET

    monkeypatch.setattr("studies.nhanes.tables.all.make_tables", make)
    monkeypatch.setattr("studies.nhanes.tables.all.published_turning_points", lambda: range(5))
    done = called(main, "nhanes", "tables", "-o", "out", cwd=tmp_path, COLUMNS="30")
    assert (done.returncode, done.stderr) == (0, "")
    assert told == [(step, 8) for step in range(8)]
    title, _, header, rule, group, men, _, note, end = done.stdout.splitlines()[:9]
    assert (title.strip(), note, end) == ("Table 9. Made by hand", "A note beside it.", "")
    # Names to the left, numbers below the ends of their headers; two spaces at each end, three between.
    wide = len("a long header of a column")
    assert header == f"  {'':5}   a long header of a column   {'β':>6}  "
    assert men == f"  {'  men':5}   {'0.25':>{wide}}   12,345  "
    assert (set(rule.strip()), group.rstrip()) == ({"─"}, "  Group")
    assert "\x1b[1mGroup\x1b[0m" in styled()
    assert men in styled(), "no part of it is bold"
    assert "\x1b[2mA note beside it." in styled()


def test_figures_are_counted_on_the_way(
    tmp_path: Path, told: list[tuple[int, int | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One step for the files, one for the flow, one for everybody and one for each sex and race."""

    def draw(cohort: object, begin: Callable[[str], None]) -> Iterator[DescribedFigure]:
        for step in range(10):
            begin(f"step {step}")
        with matplotlib.rc_context():
            figure = DescribedFigure(figsize=(1, 1))
        figure.name, figure.title, figure.description = "figure-1", "Made by hand", "Nothing."
        yield figure

    monkeypatch.setattr("studies.nhanes.figures.smooths.draw_figures", draw)
    assert len(load_protocol("spine").stratifying) == 2
    done = called(main, "nhanes", "figures", "-o", "out", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert told == [(step, 11) for step in range(11)]


def test_how_many_files_are_not_had_stands_out(tmp_path: Path, styled: Callable[[], str]) -> None:
    with publisher() as server:
        server.answers["/2013/DataFiles/HDL_H.xpt"] = [status(404)]
        called(
            main, "nhanes", "fetch", "--cycles=2013-2014", "--tables=HDL", f"--data={tmp_path}",
            f"--base-url={server.address}", cwd=tmp_path,
        )  # fmt: skip
    assert "\x1b[1;31m1 not had" in styled()
