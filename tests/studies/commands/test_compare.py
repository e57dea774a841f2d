"""`compare` as it prints: every table cell from rows, counts and matches made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from evidence.records.printed import Printed, PValue
from studies.__main__ import main
from studies.nhanes.alignment import AS_FILED, STACKED, Match, diagnose
from studies.nhanes.comparison.compare import Comparison
from studies.nhanes.comparison.rows import ComparedRow, FittedSlope, estimate_row, number_row, p_row
from tests.studies.nhanes.test_comparison import printed_slope
from tests.studies.nhanes.test_comparison_figures import slope
from tests.synthesis.commands.running import called

TABLES = [f"Table {number}" for number in range(1, 6)]
KEPT = FittedSlope(-0.005, -0.007, -0.003, 0.001)
LOST = FittedSlope(0.005, -0.012, 0.022, 0.2)
TURNED = FittedSlope(0.005, 0.003, 0.007, 0.001)


def rows() -> tuple[ComparedRow, ...]:
    printed = printed_slope("-0.0082", "-0.0104", "-0.0059")
    mean = Printed.parse("39.3")
    return (
        number_row("Figure 1", "sampled", "n", Printed.parse("29400"), 29400.0),
        number_row("Figure 1", "left", "n", Printed.parse("1000"), 1000.0),
        number_row("Table 1", "Age, All", "mean", mean, 39.32, 39.4, (39.0, 39.25)),
        number_row("Table 1", "Age, Q1", "mean", mean, 999.96, float("nan")),
        p_row("Table 1", "Age", PValue.parse("< 0.0001"), 0.2),
        estimate_row(printed, KEPT, KEPT),
        estimate_row(printed, LOST, KEPT),
        estimate_row(printed, TURNED, KEPT),
    )


def match(name: str, draws: int, share: float, typical: float = 0.125) -> Match:
    return Match(name, draws, 36, 1.234, 1.1, 1.456, 3.26, 7.84, typical, (share, 100 - share), 0.1)


MATCHES = (
    match(AS_FILED, 1, 60.0),
    match("weights elsewhere", 1, 60.02),
    match("both permuted in 2015-2016", 2, 61.26),
    match(STACKED, 1, 62.0),
)


@contextmanager
def made() -> Iterator[None]:
    """No survey is read: the comparison and the arrangements are those above."""
    slopes = tuple(slope("lumbar-spine", "all", model) for model in ("none", "minimal", "full"))
    comparison = Comparison(("2013-2014", "2015-2016"), rows(), slopes, pd.DataFrame({"n": [1]}))
    races = {"White": Printed.parse("60.1"), "Other": Printed.parse("39.9")}
    with pytest.MonkeyPatch.context() as patch:
        for name, given in (
            ("cohort.load_cohort", SimpleNamespace()),
            ("comparison.compare.compare", comparison),
            ("alignment.diagnose", MATCHES),
            ("comparison.published.race_composition", races),
        ):
            patch.setattr(f"studies.nhanes.{name}", lambda *_, given=given: given)
        yield


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """The words between the columns' lines, one list a line, of the whole output."""
    work = tmp_path_factory.mktemp("compare")
    with made():
        done = called(main, "nhanes", "compare", "-o", "out", cwd=work, COLUMNS="240")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list((work / "out").iterdir())) == 10
    assert done.stdout.endswith("10 files → out\n")
    lines = [line.replace("┃", "│") for line in done.stdout.splitlines()]
    return [[cell.strip() for cell in line.removeprefix("│").removesuffix("│").split("│")] for line in lines]


def test_every_number_stands_in_its_row_with_what_became_of_it(printed: list[list[str]]) -> None:
    by_title = [line[0] for line in printed if line[0] in ("Figure 1", "Table 1", "Table 2")]
    assert by_title[:3] == ["Figure 1", "Table 1", "Table 2"]
    assert [
        "where", "number", "published", "regenerated", "difference", "agrees", "published inside",
        "regenerated inside", "conclusion", "as diagnosed", "agrees",
    ] in printed  # fmt: skip
    found = [line for line in printed if len(line) == 11 and line[0] != "where"]
    assert found == [
        ["sampled", "n", "29400", "29,400", "0", "yes", "", "", "", "", ""],
        ["left", "n", "1000", "1,000", "0", "yes", "", "", "", "", ""],
        ["Age, All", "mean", "39.3", "39.32", "0.02", "yes", "no", "", "", "39.4", "no"],
        ["Age, Q1", "mean", "39.3", "1000", "960.7", "no", "", "", "", "", "no"],
        ["Age", "p", "< 0.0001", "0.2", "", "no", "", "", "changed: significance lost", "", ""],
        ["here", "slope", "-0.0082", "-0.005", "0.0032", "no", "no", "no", "kept", "-0.005", "no"],
        ["here", "slope", "-0.0082", "0.005", "0.0132", "no", "yes", "no",
         "changed: significance lost, sign changed", "-0.005", "no"],
        ["here", "slope", "-0.0082", "0.005", "0.0132", "no", "no", "no",
         "changed: sign changed", "-0.005", "no"],
    ]  # fmt: skip


def test_agreement_is_counted_by_table_and_number(printed: list[list[str]]) -> None:
    start = next(n for n, line in enumerate(printed) if line[0] == "Agreement to the last printed digit")
    found = [line for line in printed[start:] if line[0] in ("Figure 1", "Table 1", "Table 2")]
    assert found == [
        ["Figure 1", "n", "2", "2", "", "", ""],
        ["Table 1", "mean", "2", "1", "0 of 2", "", ""],
        ["Table 1", "p", "1", "0", "", "1", "1"],
        ["Table 2", "slope", "3", "0", "0 of 3", "3", "2"],
    ]


def test_what_is_random_has_its_spread_and_a_composition_is_shown_once(printed: list[list[str]]) -> None:
    found = [line for line in printed if line[0] in {match.arrangement for match in MATCHES}]
    assert found[:4] == [
        ["as in the files", "", "1.23", "", "3.3", "7.8", ""],
        ["weights elsewhere", "", "1.23", "", "3.3", "7.8", ""],
        ["both permuted in 2015-2016", "2", "1.23", "1.10 to 1.46", "3.3", "7.8", "0.125"],
        [STACKED, "", "1.23", "", "3.3", "7.8", ""],
    ]
    assert found[4:] == [
        ["as in the files", "60.0", "40.0"], ["both permuted in 2015-2016", "61.3", "38.7"],
        [STACKED, "62.0", "38.0"],
    ]  # fmt: skip
    assert ["printed", "60.1", "39.9"] in printed
    titles = {"Arrangements against the printed slopes of Models 1 and 2", "Race composition, percent"}
    assert titles <= {line[0] for line in printed}


def test_arrangements_stay_on_one_line_in_a_narrow_terminal(tmp_path: Path) -> None:
    with made():
        done = called(main, "nhanes", "compare", "-o", "out", cwd=tmp_path, COLUMNS="50")
    assert done.stdout.count(f"│ {STACKED} │") == 2


def test_a_file_where_the_folder_should_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with made():
        done = called(main, "nhanes", "compare", "-o", "out", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: 'out' cannot be written: file exists\n"


def test_an_invented_survey_is_compared_from_its_files(
    three_cycles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With few draws of the arrangements that are random."""
    monkeypatch.setattr("studies.nhanes.alignment.diagnose", partial(diagnose, draws=3))
    done = called(main, "nhanes", "compare", "--data", three_cycles, cwd=tmp_path, COLUMNS="250")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list((tmp_path / "output" / "nhanes").iterdir())) == 10
    titles = [line for line in done.stdout.splitlines() if line in ("Figure 1", *TABLES)]
    assert titles == ["Figure 1", *TABLES]
    assert "A diagnosis" in done.stdout
