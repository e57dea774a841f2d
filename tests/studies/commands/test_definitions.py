"""`definitions` as it prints: every table cell from answers and slopes made by hand, and refusals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from studies.__main__ import main
from studies.nhanes.comparison.definitions_study import AS_STATED, NEAREST, SETTLED, DefinitionsStudy
from studies.nhanes.comparison.held_back_slopes import HeldBack, full_slopes
from studies.nhanes.comparison.published import published_record
from studies.nhanes.comparison.published_definitions import Definition
from studies.nhanes.comparison.table1_agreement import Answer, Divisor, Tried
from studies.nhanes.comparison.unplaced_persons import Explained, Unplaced
from tests.synthesis.commands.running import called


def answer(row: str, *patterns: str) -> Answer:
    """Cells that agree are x."""
    cells = [tuple(cell == "x" for cell in pattern) for pattern in patterns]
    return Answer(
        row, row.lower(), tuple(Tried(Definition(name=f"way {i}"), each) for i, each in enumerate(cells))
    )


def study() -> DefinitionsStudy:
    printed = full_slopes(published_record())[:2]  # thoracic -0.0031, lumbar -0.0086
    slopes = np.array([[-0.0031, -0.0090], [-0.00312, -0.00861], [-0.0041, 0.0086]])
    unplaced = Unplaced(
        "ldl", "> 3.491", np.arange(4), np.full((4, 5), 0.25), np.full(5, 0.4), np.full(5, 0.8)
    )
    return DefinitionsStudy(
        answers=(
            answer("Age", "xx"), answer("Iron", "x."), answer("Sex", "x..x", "xx.x"),
            answer("Race", "xx", "x."), answer("BMI", "x.", ".x"),
        ),
        divisor=Divisor(8, 5, 7),
        held_back=HeldBack(printed, ("sex",), np.array([[0], [1], [2]]), slopes),
        choices={AS_STATED: {}, SETTLED: {"sex": 1}, NEAREST: {"sex": 2}},
        unplaced=unplaced,
        explained={"all as nearest to Table 1": Explained(0.01234, 2), "Sex as stated": Explained(0.5, 1)},
    )  # fmt: skip


@contextmanager
def made(given: DefinitionsStudy) -> Iterator[None]:
    """No survey is read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("studies.nhanes.cohort.load_cohort", lambda *_: SimpleNamespace())
        patch.setattr("studies.nhanes.comparison.definitions_study.study_definitions", lambda *_: given)
        yield


def printed(given: DefinitionsStudy, work: Path) -> list[list[str]]:
    """The words between the columns' lines, one list a line, of the whole output."""
    with made(given):
        done = called(main, "nhanes", "definitions", "-o", "out", cwd=work, COLUMNS="200")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("2 files → out\n")
    lines = [line.replace("┃", "│") for line in done.stdout.splitlines()]
    return [[cell.strip() for cell in line.removeprefix("│").removesuffix("│").split("│")] for line in lines]


def test_every_definition_slope_and_distance_stands_in_its_row(tmp_path: Path) -> None:
    found = printed(study(), tmp_path)
    assert [line for line in found if len(line) == 7] == [
        ["row", "nearest definition", "agrees", "next", "stated", "chance", "Table 1 says"],
        ["Sex", "way 1", "3 of 4", "2", "2", "0.3", "this one"],
        ["Race", "way 0", "2 of 2", "1", "2", "0.3", "as stated"],
        ["BMI", "way 0", "1 of 2", "1", "1", "0.8", "open"],
    ]
    assert [line for line in found if len(line) == 5] == [
        ["slope", "printed", AS_STATED, SETTLED, NEAREST],
        ["Thoracic Spine BMD", "-0.0031", "-0.00310*", "-0.00312*", "-0.00410"],
        ["Lumbar Spine BMD", "-0.0086", "-0.00900", "-0.00861*", "0.00860"],
    ]
    held = study().held_back
    near = [f"{held.distance(choice):.3f}" for choice in study().choices.values()]
    assert [line for line in found if len(line) == 4] == [
        ["definitions", "as printed", "rms, SE", "combinations as near"],
        [AS_STATED, "1 of 2", near[0], "67%"],
        [SETTLED, "2 of 2", near[1], "33%"],
        [NEAREST, "0 of 2", near[2], "100%"],
    ]
    assert [line for line in found if len(line) == 3] == [
        ["definitions", "as printed, at most", "rms, SE"],
        ["all as nearest to Table 1", "2 of 2", "0.012"],
        ["Sex as stated", "1 of 2", "0.500"],
    ]
    said = " ".join(line[0] for line in found if len(line) == 1)
    for title in (
        "Definitions against the printed cells of Table 1",
        "Held back: the slopes of Model 3 (* as printed)",
        "Distance to print, among 3 combinations",
        "Exploratory: these persons chosen by the slopes, within Table 1's cells",
    ):
        assert title in said
    assert (
        "2 other rows, not in question: 3 of 4 cells agree. Of their 8 SDs of quarters 7 agree when" in said
    )
    assert "as here, and 5 by n - 1." in said
    assert (
        "Of 4 persons without LDL whose triglycerides were measured, 2 or 3 must stand in its class > 3.491"
        in said
    )
    files = {path.name: pd.read_csv(path) for path in (tmp_path / "out").iterdir()}
    assert sorted(files) == ["definitions.csv", "held-back-slopes.csv"]
    candidates, slopes = files["definitions.csv"], files["held-back-slopes.csv"]
    assert candidates[candidates["row"] == "Sex"].to_numpy().tolist() == [
        ["Sex", "sex", "way 0", 4, 2, 1, 0, False, "other"],
        ["Sex", "sex", "way 1", 4, 3, 1, 1, True, "other"],
    ]
    assert list(candidates) == [
        "row", "covariate", "definition", "cells", "agree", "telling", "telling_agree", "best", "verdict",
    ]  # fmt: skip
    assert slopes.iloc[1].tolist() == [
        "Table 2", "Lumbar Spine BMD, Adjust II", -0.0086, -0.009, False, -0.00861, True, 0.0086, False,
    ]  # fmt: skip


def test_where_no_choice_of_persons_fits_that_is_said_and_no_table_follows(tmp_path: Path) -> None:
    nobody = replace(study().unplaced, low=np.full(5, 0.6), high=np.full(5, 0.7))
    found = printed(replace(study(), unplaced=nobody, explained={}), tmp_path)
    assert not [line for line in found if len(line) == 3]
    assert "were measured, no number of them can" in " ".join(line[0] for line in found if len(line) == 1)


def test_its_tables_fit_a_terminal_of_80_columns(tmp_path: Path) -> None:
    with made(study()):
        done = called(main, "nhanes", "definitions", "-o", "out", cwd=tmp_path, COLUMNS="80")
    tables = [line for line in done.stdout.splitlines() if line[0] in "┏┡┃│└"]
    assert len(tables) == 28
    assert max(map(len, tables)) <= 80
    assert done.stdout.count("…") == 0


def test_what_cannot_be_read_or_written_is_one_sentence(tmp_path: Path) -> None:
    run = partial(called, main, "nhanes", "definitions", cwd=tmp_path)
    absent = run("--data", "nowhere")
    assert absent.returncode == 1
    assert "is not in nowhere" in absent.stderr
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with made(study()):
        done = run("-o", "taken")
    assert (done.returncode, done.stdout) == (1, "")
    assert "'taken' cannot be written: file exists" in done.stderr
