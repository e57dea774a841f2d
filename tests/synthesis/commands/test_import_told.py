"""`import` in numbers and words: what it shows of columns, asks in a terminal, counts, and how it ends."""

from __future__ import annotations

import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

import synthesis.commands.asking
from evidence.records.reading import read_record
from evidence.records.review import load_review
from synthesis.__main__ import main
from tests.synthesis.commands.running import Screen, called_on
from tests.synthesis.commands.test_import import TABLE, contents, put, run

SETS = ("OR", "HR", "RR", "MD", "SMD", "IRR")


def lines(text: str, start: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(start)]


@pytest.mark.parametrize(
    ("typing", "seeing", "reply", "code", "says"),
    [
        (True, True, "", 0, "2 new"),
        (True, True, "y", 0, "2 new"),
        (True, True, "n", 1, "nothing was written: state the columns in a file"),
        (True, False, "y", 2, "nothing was written: say --yes"),
        (False, True, "y", 2, "nothing was written: say --yes"),
    ],
)
def test_whether_columns_are_right_is_asked_where_somebody_can_answer(
    typing: bool,
    seeing: bool,
    reply: str,
    code: int,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(tmp_path, TABLE)
    monkeypatch.setattr(sys, "stdin", (Screen if typing else TextIOWrapper)(BytesIO()))
    monkeypatch.setattr(synthesis.commands.asking, "_typed", lambda: reply)
    stream = Screen if seeing else TextIOWrapper
    wide = {"COLUMNS": "200"}
    done = called_on(stream, main, "import", "t.csv", "--review", "r", cwd=tmp_path, more=wide)
    assert done.returncode == code
    assert says in done.stdout + done.stderr
    assert ("Is this right?" in done.stdout) == (typing and seeing)
    assert (tmp_path / "r").exists() == (code == 0)


MEASURE = "Which measure are the numbers of"


@pytest.mark.parametrize(
    ("table", "typing", "reply", "code", "asked"),
    [
        ("study,estimate,lower,upper\nA 2010,2,1,4\n", True, " or ", 0, True),
        ("study,estimate,lower,upper\nA 2010,2,1,4\n", True, "", 2, True),
        ("study,estimate,lower,upper\nA 2010,2,1,4\n", False, "OR", 2, False),
        ("study,colour\nA 2010,red\n", True, "OR", 2, False),
        ("study,OR,lower,upper\nA 2010,2,1,4\n", True, "HR", 0, False),
    ],
)
def test_a_measure_is_asked_for_where_nothing_else_is_lacking(
    table: str,
    typing: bool,
    reply: str,
    code: int,
    asked: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(tmp_path, table)
    monkeypatch.setattr(sys, "stdin", (Screen if typing else TextIOWrapper)(BytesIO()))
    monkeypatch.setattr("builtins.input", lambda _: reply)
    given = ("import", "t.csv", "--review", "r", "--set", "outcome=o", "--yes")
    done = called_on(Screen, main, *given, cwd=tmp_path, more={"COLUMNS": "200"})
    assert (done.returncode, MEASURE in done.stdout) == (code, asked)
    if code == 0:
        [record] = (tmp_path / "r" / "studies").iterdir()
        assert "measure: OR" in record.read_text(encoding="utf-8")


@pytest.mark.parametrize(("many", "ends"), [(20, "c19"), (21, "c19, ...")])
def test_twenty_columns_that_are_not_used_are_named(many: int, ends: str, tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(many)]
    put(tmp_path, f"study,OR,SE,{','.join(names)}\nA 2010,2,0.5{',1' * many}\n")
    [told] = lines(run(tmp_path, "t.csv", "--review", "r", "--dry-run").stdout, "  not used: ")
    assert told == f"  not used: {', '.join(names[:19])}, {ends}"


def test_three_other_sets_of_numbers_are_named_and_a_long_cell_is_cut(tmp_path: Path) -> None:
    header = ",".join(f"{measure},SE {measure}" for measure in SETS)
    put(tmp_path, f"study,{header}\n{'x' * 41},{','.join(['2,0.5'] * len(SETS))}\n")
    told = run(tmp_path, "t.csv", "--review", "r", "--dry-run").stdout
    assert len(lines(told, "  another set of numbers, not taken: ")) == 3
    assert lines(told, "  study")[0].split()[-1] == "x" * 40


def test_the_sheet_and_the_number_of_rows_are_told(tmp_path: Path) -> None:
    put(tmp_path, TABLE)
    assert run(tmp_path, "t.csv", "--review", "r", "--dry-run").stdout.startswith(
        "t.csv: 2 rows, header in row 1\n"
    )


def test_what_was_written_is_counted_and_what_would_be_is_not(tmp_path: Path) -> None:
    put(tmp_path, TABLE + "A 2010,pain,2,1,4\n")

    def last(*words: str) -> str:
        return run(tmp_path, "t.csv", "--review", "r", *words).stdout.splitlines()[-1]

    told = "t.csv: records {} {} new, 0 added to, {} unchanged; 0 rows not read"
    assert last("--dry-run") == told.format("would be", 2, 0)
    assert last("--yes") == told.format("are", 2, 0) + "; 3 estimates in what was written"
    assert last() == told.format("are", 0, 2)


@pytest.mark.parametrize("many", [20, 21])
def test_twenty_rows_that_cannot_be_read_are_told(many: int, tmp_path: Path) -> None:
    put(
        tmp_path,
        TABLE + "".join(f"S{n} 2012,bleeding,x,1,9\n" for n in range(many)) + "T 2012,b,2,1,4\n" * 60,
    )
    told = run(tmp_path, "t.csv", "--review", "r", "--yes").stdout
    assert len(lines(told, "not read: t.csv, row")) == 20
    assert lines(told, "not read: 1 more rows") == ["not read: 1 more rows"] * (many - 20)


def test_the_exit_code_is_1_for_rows_records_and_files_that_did_not_come_in(tmp_path: Path) -> None:
    def code(file: str, *words: str) -> int:
        return run(tmp_path, file, "--review", "r", *words).returncode

    put(tmp_path, TABLE)
    assert code("t.csv", "--yes") == 0
    refused = TABLE.replace(",4\n", ",5\n")
    put(tmp_path, refused)
    assert code("t.csv") == 1, "a record that contradicts the one there"
    put(tmp_path, refused + "C 2012,bleeding,x,1,9\n")
    assert code("t.csv") == 1, "that, and a row that cannot be read"
    put(tmp_path, TABLE + "C 2012,bleeding,x,1,9\n")
    assert code("t.csv") == 1, "a row alone"
    put(tmp_path, TABLE.replace(",4\n", ",5\n"))
    assert code("t.csv", "--force") == 0, "what was replaced came in"
    both = [put(tmp_path, "", "empty.csv").name, "t.csv"]
    assert run(tmp_path, *both, "--review", "r").returncode == 1, (
        "a file that cannot be read, and one that can"
    )
    assert run(tmp_path, *both[::-1], "--review", "r").returncode == 1, "in either order"


def test_files_that_cannot_be_written_are_no_success(tmp_path: Path) -> None:
    put(tmp_path, TABLE)
    (tmp_path / "r").mkdir()
    put(tmp_path / "r", "", "studies")
    done = run(tmp_path, "t.csv", "--review", "r", "--yes")
    assert (done.returncode, (tmp_path / "r" / "review.yaml").exists()) == (1, False)


def test_a_review_without_letters_in_its_name_is_my_review(tmp_path: Path) -> None:
    put(tmp_path, TABLE)
    done = run(tmp_path, "t.csv", "--review", "李", "--yes")
    assert "wrote 李/review.yaml: complete its question, and look at its analyses\n" in done.stdout
    assert load_review(tmp_path / "李").review.review == "my-review"
    run(tmp_path, "t.csv", "--review", "Zinc trials", "--yes")
    assert load_review(tmp_path / "Zinc trials").review.review == "zinc-trials"


def test_who_imports_is_the_login_where_nobody_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, TABLE)
    monkeypatch.setenv("LOGNAME", "a.berg")
    run(tmp_path, "t.csv", "--review", "r", "--yes")
    record = read_record(tmp_path / "r" / "studies" / "a-2010.yaml").model
    assert record is not None
    assert record.extraction.by == "a.berg"


def test_a_stated_mapping_that_has_errors_is_counted_as_one_file(tmp_path: Path) -> None:
    put(tmp_path, TABLE)
    put(tmp_path, "columns: {study: study, OR: foo}\n", "m.yaml")
    done = run(tmp_path, "t.csv", "--review", "r", "--mapping", "m.yaml")
    assert done.stdout.endswith("1 error, 0 warnings, 0 notes in 1 file\n")


def test_a_dry_run_saves_no_columns_and_a_saved_plan_is_not_written_again(tmp_path: Path) -> None:
    put(tmp_path, TABLE)
    put(tmp_path, "columns: {study: study, OR: estimate, lower: ci_low, upper: ci_high}\n", "m.yaml")
    dry = run(tmp_path, "t.csv", "--review", "r", "--mapping", "m.yaml", "--dry-run", "--set", "measure=OR")
    assert (dry.returncode, sorted(contents(tmp_path))) == (0, ["m.yaml", "t.csv"]), dry.stdout
    run(tmp_path, "t.csv", "--review", "r", "--yes")
    saved = tmp_path / "r" / "imports" / "t.yaml"
    saved.write_text(saved.read_text(encoding="utf-8") + "# seen\n", encoding="utf-8")
    again = run(tmp_path, "t.csv", "--review", "r")
    assert (again.returncode, again.stderr) == (0, "")
    assert saved.read_text(encoding="utf-8").endswith("# seen\n")


def test_a_mapping_that_is_saved_already_is_no_news_and_folders_are_made_one_in_the_other(
    tmp_path: Path,
) -> None:
    put(tmp_path, TABLE)
    plan = "columns: {study: study, outcome: outcome, OR: estimate, lower: ci_low, upper: ci_high}\n"
    put(tmp_path, plan + "values: {measure: OR}\n", "m.yaml")
    for new in (2, 0):
        done = run(tmp_path, "t.csv", "--review", "new/folder/r", "--mapping", "m.yaml")
        assert (done.returncode, done.stderr) == (0, "")
        assert f"records are {new} new" in done.stdout
    assert (tmp_path / "new" / "folder" / "r" / "imports" / "t.yaml").is_file()
