"""`compare` as it prints: every table cell from rows, counts and matches made by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from evidence.records.printed import Printed, PValue
from studies.__main__ import main
from studies.commands.comparison_text import alone_tables, pair_tables, paragraph
from studies.nhanes.alignment import AS_FILED, STACKED, Match, diagnose
from studies.nhanes.comparison.compare import Comparison
from studies.nhanes.comparison.matched_estimates import Unmatched, match_records
from studies.nhanes.comparison.published import RECORD
from studies.nhanes.comparison.rows import ComparedRow, FittedSlope, estimate_row, number_row, p_row
from studies.nhanes.protocol import PROTOCOLS
from synthesis.terminal import console
from tests.studies.nhanes.test_comparison import printed_slope
from tests.studies.nhanes.test_comparison_figures import slope
from tests.studies.nhanes.test_matched_estimates import estimate, record
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
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The lines of the whole output in a terminal of 80 letters."""
    work = tmp_path_factory.mktemp("compare")
    with made():
        done = called(main, "nhanes", "compare", "-o", "out", cwd=work, COLUMNS="80")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list((work / "out").iterdir())) == 10
    assert done.stdout.endswith("10 files → out\n")
    return done.stdout.splitlines()


def table(lines: list[str], title: str) -> list[str]:
    """The lines below a title, to the next empty one."""
    start = lines.index(title) + 1
    return lines[start : start + lines[start:].index("")]


def test_no_line_is_longer_than_the_terminal(printed: list[str]) -> None:
    assert max(map(len, printed)) <= 80
    assert len(printed) > 50


def test_every_number_stands_beside_the_printed_one_with_what_became_of_it(printed: list[str]) -> None:
    assert printed[:3] == [
        "= agrees to the last printed digit; ~ does not, but lies in the printed 95%",
        "interval or has the printed number in its own; off: difference in standard",
        "errors of the printed estimate; ! the conclusion has changed",
    ]
    assert table(printed, "Figure 1") == [
        "where       printed  regenerated",
        "sampled  n    29400      29,400 =",
        "left     n     1000       1,000 =",
    ]
    assert table(printed, "Table 1") == [
        "where                           printed  regenerated    as diagnosed",
        "Age, All                 mean      39.3       39.32 =          39.4",
        "Age, Q1                  mean      39.3        1000",
        "Age (significance lost)     p  < 0.0001         0.2  !",
    ]


def test_a_slope_tells_its_distance_once_named_and_what_changed(printed: list[str]) -> None:
    """0.0032 and 0.0132 in printed standard errors of 0.0045 / (2 × 1.96): 2.8 and 11.5."""
    assert table(printed, "Table 2") == [
        "where                            printed  regenerated    off, SE  as diagnosed",
        "here                      slope  -0.0082      -0.005        +2.8       -0.005",
        "(significance lost, sign",
        "  changed)                slope  -0.0082       0.005 ~!    +11.5       -0.005",
        "(sign changed)            slope  -0.0082       0.005  !    +11.5       -0.005",
    ]


def test_agreement_is_counted_by_table_and_number(printed: list[str]) -> None:
    assert table(printed, "Agreement to the last printed digit") == [
        "table            printed  agree  as diagnosed  conclusions  changed",
        "Figure 1      n        2      2",
        "Table 1    mean        2      1        0 of 2",
        "Table 1       p        1      0                          1        1",
        "Table 2   slope        3      0        0 of 3            3        2",
    ]


def test_what_is_random_has_its_spread_and_a_composition_is_shown_once(printed: list[str]) -> None:
    titles = [n for n, line in enumerate(printed) if line.startswith("Arrangements against the 36")]
    heading = " ".join(printed[titles[0] : titles[0] + 4])
    assert "standard errors (of 2 draws where random), slopes to the last digit" in heading
    header = next(n for n, line in enumerate(printed) if line.startswith("race and weights"))
    assert printed[header : header + 6] == [
        "race and weights                       rms     5% to 95%  exact  inside  typical",
        "as in the files                       1.23                  3.3     7.8",
        "weights elsewhere                     1.23                  3.3     7.8",
        "both permuted in 2015-2016            1.23  1.10 to 1.46    3.3     7.8    0.125",
        "later cycles stacked in the other",
        "  order                               1.23                  3.3     7.8",
    ]
    assert table(printed, "Race composition, percent") == [
        "race and weights                            a     b",
        "as in the files                          60.0  40.0",
        "both permuted in 2015-2016               61.3  38.7",
        "later cycles stacked in the other order  62.0  38.0",
        "printed                                  60.1  39.9",
    ]
    assert "a White; b Other." in printed


def test_in_a_narrow_terminal_numbers_stay_whole(tmp_path: Path) -> None:
    """Where is as wide as 16 letters at least, and the rest is beyond the edge rather than cut."""
    with made():
        done = called(main, "nhanes", "compare", "-o", "out", cwd=tmp_path, COLUMNS="30")
    lines = done.stdout.splitlines()
    assert "Age, Q1           mean      39.3        1000" in lines
    assert "  other order     1.23                  3.3     7.8" in lines


def test_names_with_hyphens_are_not_broken_at_them() -> None:
    """Eleven letters with a hyphen are a line of their own where ten fit."""
    assert paragraph("one another abcdefg-hij far-too-long-for-a-line", 10).splitlines() == [
        "one", "another", "abcdefg-hij", "far-too-long-for-a-line",
    ]  # fmt: skip
    names = ["lumbar-a-q3", "lumbar-a-q4"]
    alone = tuple(Unmatched(name, "r", "at", "o", "all", "no number") for name in names)
    matched = match_records(record(), record())
    (only,) = alone_tables(replace(matched, printed_alone=alone, regenerated_alone=()), 22)
    assert only.plain.splitlines()[1:] == ["no number:", "  lumbar-a-q3,", "  lumbar-a-q4"]


@pytest.mark.parametrize(
    ("count", "told"), [(6, "e0, e1, e2, e3, e4, e5"), (7, "7 estimates, see unmatched.csv")]
)
def test_up_to_six_estimates_of_a_reason_are_named_each(count: int, told: str) -> None:
    alone = tuple(Unmatched(f"e{place}", "r", "at", "o", "all", "no number") for place in range(count))
    matched = replace(match_records(record(), record()), printed_alone=(), regenerated_alone=alone)
    (only,) = alone_tables(matched, 80)
    assert only.plain.splitlines() == [f"Regenerated, and not printed: {count}", f"no number: {told}"]


def test_titles_and_headers_are_bold_and_rows_are_not(tmp_path: Path, styled: Callable[[], str]) -> None:
    with made():
        called(main, "nhanes", "compare", "-o", "out", cwd=tmp_path, COLUMNS="80")
    alone = (Unmatched("e0", "r", "at", "o", "all", "no number"),)
    matched = replace(match_records(record(), record()), printed_alone=alone, regenerated_alone=())
    for table_ in alone_tables(matched, 80):
        console.print(table_)
    found = styled()
    for bold in ("Figure 1", "where       printed", "Printed, and not regenerated: 1"):
        assert f"\x1b[1m{bold}" in found
    for plain in ("sampled  n    29400", "no number: e0"):
        assert f"\n{plain}" in found


# Other protocols and records.


def test_any_record_is_compared_by_its_estimates(three_cycles: Path, tmp_path: Path) -> None:
    arguments = ("spine", "--record", "nhanes-2011-2018", "--data", three_cycles, "-o", "out")
    done = called(main, "nhanes", "compare", *arguments, cwd=tmp_path, COLUMNS="80")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("Cheng 2024 beside Hemoglobin and spine bone mineral density in US adults")
    assert "note: other persons: NHANES 2011-2018 there, NHANES 2013-2018 here" in lines
    header, *words = table(lines, "Cheng 2024: BMD, lumbar spine")
    assert header.split() == ["where", "printed", "here", "95%", "interval", "off,", "SE"]
    assert words[0].startswith("Abstract, ")
    found = pd.read_csv(tmp_path / "out" / "estimates.csv").iloc[0]
    last = words[-1].split()
    place = last.index("-0.0035")
    assert last[place + 1] == f"{found['regenerated']:.4g}"
    assert f"n = 11,658, here {found['n']:,})" in " ".join(" ".join(words).split())
    assert last[-4:] == [
        f"{found['regenerated_low']:.3g}", "to", f"{found['regenerated_high']:.3g}", f"{found['in_se']:+.1f}",
    ]  # fmt: skip
    assert "note: step not stated in print, taken as 1 g/dL; unit not stated in print, taken" in lines
    inside = int(found["inside"])
    assert f"1 estimate compared: 0 to the last printed digit, {inside} inside the printed interval." in lines
    alone = table(lines, "Printed, and not regenerated: 3")
    assert alone[-1] == "examined, no number printed: lumbar-spine-q3-adjusted, lumbar-spine-q4-adjusted"
    missing = table(lines, "Regenerated, and not printed: 53")
    assert missing[:2] == [
        "no printed number has outcome BMD, thoracic spine: 27 estimates, see", "  unmatched.csv",
    ]  # fmt: skip
    assert "no printed number has adjustment none: lumbar-spine-all-model-1" in missing
    assert lines[-1] == "2 files → out"
    assert len(pd.read_csv(tmp_path / "out" / "unmatched.csv")) == 56


def test_a_record_in_a_file_is_compared_by_its_estimates_even_if_it_is_the_papers(
    three_cycles: Path, tmp_path: Path
) -> None:
    """36 slopes by race, 12 by sex, 6 of all, and one that the published version prints again."""
    arguments = ("--record", RECORD, "--data", three_cycles, "-o", "out")
    done = called(main, "nhanes", "compare", *arguments, cwd=tmp_path, COLUMNS="80")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("55 estimates compared: ") for line in lines)
    key = " ".join(lines[: lines.index("")])
    assert key.endswith("; off: difference in standard errors of the printed estimate.")
    assert not any(line.startswith("note: other persons") for line in lines)
    assert [line for line in lines if line.startswith("Liu 2022") and ": BMD" in line] == [
        "Liu 2022 (preprint): BMD, thoracic spine",
        "Liu 2022 (preprint): BMD, lumbar spine",
        "Liu 2022: BMD, thoracic spine",
    ], "a table a report and outcome, however they alternate in the record"
    assert not any("here 4,500" in line for line in lines)


def test_whose_standard_errors_a_distance_is_in_is_said_where_print_has_none() -> None:
    bare = {"measure": "beta", "per": "1 g/dL", "estimate": "0.006"}
    mine = {**bare, "se": "0.002", "estimate": "0.008"}
    for printed, ends in (
        (bare, ", of the regenerated one where none is printed."),
        (mine, "printed estimate."),
    ):
        matched = match_records(record(estimate("a", printed)), record(estimate("b", mine)))
        first = str(next(iter(pair_tables(matched, 500))))
        assert first.rstrip().endswith(ends)


def test_the_paper_beside_another_protocol_is_compared_by_its_estimates_too(
    three_cycles: Path, tmp_path: Path
) -> None:
    done = called(main, "nhanes", "compare", "spine-50", "--data", three_cycles, "-o", "out", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        f"error: {PROTOCOLS / 'spine-50.yaml'}: nothing that nhanes-2013-2018 prints can be compared with"
        " nhanes-spine-50-reanalysis: "
    )
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("--record", "nhanes-2013"),
            "the review has no study 'nhanes-2013'; did you mean 'nhanes-2013-2018'?",
        ),
        (("spin",), "there is no protocol 'spin'; expected a YAML file or one of "),
    ],
)
def test_a_name_that_is_none_is_one_sentence(arguments: tuple[str, ...], says: str, tmp_path: Path) -> None:
    done = called(main, "nhanes", "compare", *arguments, "-o", "out", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {says}")
    assert done.stderr.count("\n") == 1


def test_a_file_where_the_folder_should_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with made():
        done = called(main, "nhanes", "compare", "-o", "out", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: 'out' cannot be written: file exists\n"


@pytest.mark.long
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
