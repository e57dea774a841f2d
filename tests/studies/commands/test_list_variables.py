"""What `variables` lists and tells, and what it says where nothing is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studies.__main__ import main
from studies.nhanes.variables.dictionary import shipped_variables
from tests.studies.nhanes.protocols import variant
from tests.synthesis.commands.running import called


def listed(folder: Path, *words: str | Path, columns: int = 80) -> str:
    done = called(main, "nhanes", "variables", *words, cwd=folder, COLUMNS=str(columns))
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_without_a_word_every_variable_has_one_line(tmp_path: Path) -> None:
    lines = listed(tmp_path).splitlines()
    assert [line.split()[0] for line in lines[:-2]] == list(shipped_variables())
    assert lines[0] == "age                        age (years)"
    assert lines[1].split("  ")[-1] == "sex (2 classes)"
    count = len(shipped_variables())
    assert lines[-2:] == ["", f"{count} variables. More of one: python -m studies nhanes variables WORD"]


def test_a_word_is_told_everything_of_what_holds_it_within_eighty_columns(tmp_path: Path) -> None:
    said = listed(tmp_path, "Oscillometer")
    assert max(map(len, said.splitlines())) <= 80
    first, second, rest = said.split("\n\n")
    assert rest == ""
    assert first.splitlines() == [
        "sbp-oscillometer: SBP (oscillometer) (mmHg)",
        "  Systolic blood pressure by oscillometer, mean of up to three readings; from",
        "    2017-2020 on.",
        "  made: mean of BPXOSY1, BPXOSY2, BPXOSY3",
        "  columns: BPXO: BPXOSY1, BPXOSY2, BPXOSY3",
        "  cycles: 2017-2018, 2017-2020, 2021-2023",
        "  weights: examination",
    ]
    assert second.startswith("dbp-oscillometer: ")


def test_what_is_told_is_headed_in_bold(tmp_path: Path, styled: Callable[[], str]) -> None:
    listed(tmp_path, "Oscillometer")
    assert "\x1b[1msbp-oscillometer: SBP (oscillometer) (mmHg)\x1b[0m\n  Systolic blood" in styled()


def test_classes_parts_cycles_and_weights_are_told(tmp_path: Path) -> None:
    made = {
        "smoking-status": ("classes: never; former; current", "made: by rules on SMQ020, SMQ040"),
        "femoral-neck-t": (
            "made: (femoral-neck-bmd - 0.858) / 0.12",
            "cycles: 2005-2006 to 2009-2010, 2013-2014",
        ),
        "cholesterol-ratio": ("made: ratio of cholesterol, hdl", "TCHOL: LBDTCSI; HDL: LBDHDDSI"),
        "fasting-trigly": ("weights: fasting", "columns: TRIGLY: LBDTRSI"),
        "INDHHIN2": ("cycles: 2007-2008 to 2017-2018", "weights: interview"),
        "hemoglobin-quarter": ("made: from hemoglobin", "classes: Q1; Q2; Q3; Q4"),
    }
    for word, lines in made.items():
        said = listed(tmp_path, word, columns=200)
        assert all(line in said for line in lines), word


def test_a_protocol_s_own_variables_are_listed(tmp_path: Path) -> None:
    own = "variables: {log-hdl: {label: log HDL-C, from: hdl, calculate: log, unit: log(mmol/L)}}\nstrata:"
    file = variant(tmp_path, {"strata:": own})
    said = listed(tmp_path, "log-hdl", "--protocol", file)
    assert said.splitlines()[0] == "log-hdl: log HDL-C (log(mmol/L))"
    assert "  made: log of hdl" in said


def test_a_word_that_nothing_holds_is_told_in_one_sentence(tmp_path: Path) -> None:
    for words, says in (
        (("xyzzy",), "no variable holds 'xyzzy'; without a word all are listed"),
        (("age", "--protocol", "none.yaml"), "there is no protocol 'none.yaml'"),
    ):
        done = called(main, "nhanes", "variables", *words, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"error: {says}")
