"""What `cohort`, `tables`, `figures` and `records` print and write, and how they refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib
import pandas as pd
import pytest

from evidence.records.reading import read_record
from evidence.records.review import SHIPPED
from studies.__main__ import main
from studies.nhanes.cohort import cancer_answers, load_cohort
from studies.nhanes.protocol import Protocol, shipped_protocols
from studies.nhanes.tables.page import Sheet, SheetLine
from synthesis.drawing.canvas import DescribedFigure
from tests.studies.nhanes.protocols import two_cycles, written
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
    def make(cohort: object, begin: Callable[[str], None]) -> Iterator[Sheet]:
        for step in range(7):
            begin(f"step {step}")
        yield SHEET

    monkeypatch.setattr("studies.nhanes.tables.all.make_tables", make)
    monkeypatch.setattr("studies.nhanes.tables.all.step_count", lambda _: 7)
    done = called(main, "nhanes", "tables", "-o", "out", cwd=tmp_path, COLUMNS="30")
    assert (done.returncode, done.stderr) == (0, "")
    assert told == [(step, 7) for step in range(7)]
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


def test_figures_are_counted_on_the_way_and_named_with_their_titles(
    tmp_path: Path, told: list[tuple[int, int | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw(cohort: object, begin: Callable[[str], None]) -> Iterator[DescribedFigure]:
        for step in range(10):
            begin(f"step {step}")
        with matplotlib.rc_context():
            figure = DescribedFigure(figsize=(1, 1))
        figure.name, figure.title, figure.description = "figure-1", "Made by hand", "Nothing."
        yield figure

    monkeypatch.setattr("studies.nhanes.figures.smooths.draw_figures", draw)
    monkeypatch.setattr("studies.nhanes.figures.smooths.step_count", lambda _: 10)
    done = called(main, "nhanes", "figures", "-o", "out", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert told == [(step, 10) for step in range(10)]
    assert done.stdout == "out/figure-1 (PNG, SVG, PDF): Made by hand\n"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "figure-1.pdf", "figure-1.png", "figure-1.svg",
    ]  # fmt: skip


@pytest.mark.parametrize("command", ["figures", "tables"])
def test_an_output_that_is_a_file_is_refused_and_kept(
    command: str, three_cycles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studies.nhanes.tables.all.make_tables", lambda *_: iter(()))
    (tmp_path / "taken").write_text("mine")
    done = called(main, "nhanes", command, "--data", three_cycles, "-o", "taken", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: 'taken' cannot be written: file exists\n"
    assert (tmp_path / "taken").read_text() == "mine"


@pytest.mark.parametrize("command", ["figures", "tables", "cohort", "records", "compare"])
def test_a_file_that_is_missing_is_one_sentence(command: str, invented_data: Path, tmp_path: Path) -> None:
    """Two cycles are there: the first of all protocols needs 2005-2006 too, the spine's 2017-2018."""
    output = () if command == "cohort" else ("--output", "out")
    done = called(main, "nhanes", command, "--data", invented_data, *output, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert f" of {'2005-2006' if command == 'records' else '2017-2018'} is not in " in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_all_tables_are_printed_and_written(
    three_cycles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With few replicates of the bootstrap: its interval is rougher, and nothing else changes."""
    monkeypatch.setattr("studies.nhanes.tables.threshold.REPLICATES", 20)
    done = called(main, "nhanes", "tables", "--data", three_cycles, "-o", "out", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    titles = [line.split(". ")[0] for line in lines if line.startswith("Table ")]
    assert titles == [f"Table {number}" for number in range(1, 6)]
    assert "…" not in done.stdout, "nothing is cut short"
    assert sorted(lines[-6:]) == sorted(f"out/{path.name}" for path in (tmp_path / "out").iterdir())


def test_a_protocol_becomes_a_record_that_can_be_read(invented_data: Path, tmp_path: Path) -> None:
    two_cycles(tmp_path)
    (file,) = tmp_path.glob("*.yaml")
    done = called(main, "nhanes", "records", file, "--data", invented_data, "--output", "out", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    path = tmp_path / "out" / "nhanes-spine-reanalysis.yaml"
    record = read_record(path).model
    assert record is not None
    assert done.stdout == f"out/{path.name}: 54 estimates of {record.population.n} persons\n"


def test_a_record_of_one_s_own_protocol_is_written_into_one_s_own_folder(
    invented_data: Path, tmp_path: Path
) -> None:
    """Without --output nothing is written into the shipped review."""
    path = written(tmp_path)
    before = sorted((SHIPPED / "studies").iterdir())
    done = called(main, "nhanes", "records", path, "--data", invented_data, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert [file.name for file in (tmp_path / "output" / "nhanes").iterdir()] == [
        "nhanes-small-reanalysis.yaml"
    ]
    assert sorted((SHIPPED / "studies").iterdir()) == before


def test_a_folder_for_records_that_is_a_file_is_refused(invented_data: Path, tmp_path: Path) -> None:
    path = written(tmp_path)
    done = called(main, "nhanes", "records", path, "--data", invented_data, "-o", path, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"error: '{path}' cannot be written: file exists\n"


def test_two_protocols_of_one_name_are_not_one_record(invented_data: Path, tmp_path: Path) -> None:
    path = written(tmp_path)
    done = called(main, "nhanes", "records", path, path, "--data", invented_data, cwd=tmp_path)
    assert done.returncode == 1
    assert "are both called 'small', and their records would be one file; give" in " ".join(
        done.stderr.split()
    )


@pytest.mark.parametrize("command", ["cohort", "records"])
@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"eligibility": [{"name": "old", "age": "80-20"}]}, "the ages 80-20 begin above their end"),
        ({"eligibility": [{"name": "old", "age": "99+"}]}, "nobody is left: the step 'old' excludes all"),
    ],
)
def test_a_protocol_that_finds_nobody_is_one_sentence(
    command: str, parts: dict[str, Any], says: str, invented_data: Path, tmp_path: Path
) -> None:
    path = written(tmp_path, **parts)
    done = called(main, "nhanes", command, path, "--data", invented_data, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {path}:")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        (
            {
                "exposure": "few",
                "variables": {"few": {"label": "few", "from": "bmi", "bounds": [200], "classes": ["a", "b"]}},
            },
            "lumbar, all, crude: nobody analysed is in the exposure's class 'b'",
        ),
        (
            {
                "exposure": "many",
                "variables": {"many": {"label": "many", "from": "bmi", "bounds": [1], "classes": ["a", "b"]}},
            },
            "lumbar, all, crude: nobody analysed is in the exposure's class 'a'",
        ),
        (
            {
                "exposure": "tied",
                "variables": {"tied": {"label": "t", "from": "age", "calculate": "highest", "quantiles": 20}},
                "eligibility": [{"name": "not 20 to 30", "age": "20-30"}],
            },
            "'tied': 20 classes cannot be cut at",
        ),
    ],
)
def test_what_goes_wrong_in_a_regression_names_the_protocol_s_file(
    parts: dict[str, Any], says: str, invented_data: Path, tmp_path: Path
) -> None:
    path = written(tmp_path, **parts)
    done = called(main, "nhanes", "records", path, "--data", invented_data, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {path}: {says}")
    assert done.stderr.count("\n") == 1


def test_without_a_name_every_shipped_protocol_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: list[str] = []

    def generate(protocol: Protocol, data: Path | None) -> SimpleNamespace:
        run.append(protocol.protocol)
        return SimpleNamespace(placed_estimates=(1,), population=SimpleNamespace(n=1426))

    monkeypatch.setattr("studies.nhanes.records.generate", generate)
    monkeypatch.setattr("studies.nhanes.records.write", lambda folder, record: folder / "a.yaml")
    done = called(main, "nhanes", "records", "--output", "out", cwd=tmp_path)
    assert run == list(shipped_protocols())
    assert done.stdout == "out/a.yaml: 1 estimate of 1426 persons\n" * 6
