"""`import` as a user meets it: what is asked, written, saved, told, and how it ends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from openpyxl import Workbook

from evidence.checking import check_paths
from evidence.records.reading import read_model, read_record
from evidence.records.review import load_review
from evidence.sources.column_sets import NUMERIC, RAW
from evidence.sources.mapping import ROLES, Plan
from tests.evidence.sources.revman.files import COUNTS, outcome, rm5
from tests.synthesis.commands.running import ROOT, synthesis

TABLE = "study,outcome,OR,lower,upper\nA 2010,bleeding,2,1,4\nB 2011,bleeding,3,1,9\n"


def run(folder: Path, *words: str | Path) -> CompletedProcess[str]:
    done = synthesis("import", *words, cwd=folder, columns=200)
    assert "Traceback" not in done.stdout + done.stderr
    return done


def put(folder: Path, content: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def contents(folder: Path) -> Mapping[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_table_becomes_a_review_that_is_checked_and_pooled(tmp_path: Path) -> None:
    put(tmp_path, TABLE)
    done = run(tmp_path, "t.csv", "--review", "r", "--yes", "--set", "exposure=aspirin", "--by", "A. Berg")
    assert done.returncode == 0, done.stderr
    assert "t.csv: records are 2 new, 0 added to, 0 unchanged; 0 rows not read" in done.stdout
    assert sorted(contents(tmp_path / "r")) == [
        "imports/t.yaml", "review.yaml", "studies/a-2010.yaml", "studies/b-2011.yaml",
    ]  # fmt: skip
    record = read_record(tmp_path / "r" / "studies" / "a-2010.yaml").model
    assert record is not None
    assert record.extraction.by == "A. Berg"
    assert record.estimates[0].where.at == "t.csv, row 2, OR, lower, upper"
    checked = check_paths([tmp_path / "r"])
    assert [each for each in checked.problems if each.severity.name == "ERROR"] == []
    assert [each.id for each in load_review(tmp_path / "r").review.analyses] == ["bleeding-or"]
    pooled = synthesis("forest", "--review", "r", "--json", cwd=tmp_path)
    assert (pooled.returncode, pooled.stdout.count('"estimate_id":')) == (0, 2)


def test_the_columns_are_shown_with_what_is_left_aside(tmp_path: Path) -> None:
    text = "study,OR,SE,HR,SE HR,weather\nA 2010,2,0.5,3,0.5,mild\n"
    done = run(tmp_path, put(tmp_path, text), "--review", "r", "--yes")
    assert [line.split() for line in done.stdout.splitlines()[:7]] == [
        ["t.csv:", "1", "rows,", "header", "in", "row", "1"],
        ["study", "study", "A", "2010"],
        ["OR", "estimate", "2"],
        ["SE", "se", "0.5"],
        ["every", "row", "measure", "OR"],
        ["not", "used:", "HR,", "SE", "HR,", "weather"],
        ["another", "set", "of", "numbers,", "not", "taken:", "HR,", "SE", "HR"],
    ]


def test_nothing_is_written_before_somebody_has_agreed(tmp_path: Path) -> None:
    put(tmp_path, TABLE)
    done = run(tmp_path, "t.csv", "--review", "r")
    assert done.returncode == 2
    assert "nothing was written: say --yes if the columns above are right" in done.stderr
    dry = run(tmp_path, "t.csv", "--review", "r", "--dry-run")
    assert dry.returncode == 0
    assert "records would be 2 new" in dry.stdout
    assert list(contents(tmp_path)) == ["t.csv"]


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    put(tmp_path, TABLE)
    run(tmp_path, "t.csv", "--review", "r", "--yes")
    before = contents(tmp_path)
    done = run(tmp_path, "t.csv", "--review", "r")
    assert done.returncode == 0
    assert "columns as stated in r/imports/t.yaml" in done.stdout, "no question the second time"
    assert "0 new, 0 added to, 2 unchanged" in done.stdout
    assert contents(tmp_path) == before


def test_a_row_that_cannot_be_read_is_told_and_the_rest_come_in(tmp_path: Path) -> None:
    put(tmp_path, TABLE + "C 2012,bleeding,4 %,1,9\nD 2013,bleeding,1*,,\n")
    done = run(tmp_path, "t.csv", "--review", "r", "--yes")
    assert done.returncode == 1
    assert "not read: t.csv, row 4: column 'OR': '4 %' is a percentage" in done.stdout
    assert "not read: t.csv, row 5: the reference class" in done.stdout
    assert "2 new, 0 added to, 0 unchanged; 2 rows not read" in done.stdout


def test_many_unread_rows_are_counted(tmp_path: Path) -> None:
    put(tmp_path, TABLE + "".join(f"S{n} 2012,bleeding,x,1,9\n" for n in range(25)) + "T 2012,b,2,1,4\n" * 60)
    done = run(tmp_path, "t.csv", "--review", "r", "--yes")
    assert done.stdout.count("not read: t.csv, row") == 20
    assert "not read: 5 more rows" in done.stdout


def test_a_second_file_is_added_to_what_is_there_with_its_comments(tmp_path: Path) -> None:
    put(tmp_path, TABLE)
    run(tmp_path, "t.csv", "--review", "r", "--yes")
    path = tmp_path / "r" / "studies" / "a-2010.yaml"
    path.write_text(path.read_text() + "# asked the authors\n")
    review = (tmp_path / "r" / "review.yaml").read_text()
    put(tmp_path, "study,outcome,OR,lower,upper\nA 2010,pain,2,1,4\n", "u.csv")
    done = run(tmp_path, "u.csv", "--review", "r", "--yes")
    assert (done.returncode, "0 new, 1 added to, 0 unchanged" in done.stdout) == (0, True)
    assert "# asked the authors" in path.read_text()
    assert (tmp_path / "r" / "review.yaml").read_text() == review, "a review that is there is its author's"


def test_what_more_records_move_is_told_and_an_import_that_changes_nothing_says_nothing(
    tmp_path: Path,
) -> None:
    table = "study;outcome;OR (95% CI);year\nAbel 2001;cough;2.0 (1.0-4.0);2001\n"
    (tmp_path / "a.csv").write_text(table)
    words = ("--review", "zinc", "--set", "exposure=zinc", "--yes")
    first = synthesis("import", "a.csv", *words, cwd=tmp_path)
    assert "→" not in first.stdout
    (tmp_path / "b.csv").write_text(
        table.replace("Abel 2001", "Berg 2003").replace("2.0 (1.0-4.0)", "8.0 (4.0-16.0)")
    )
    second = synthesis("import", "b.csv", *words, cwd=tmp_path)
    moved = next(line for line in second.stdout.splitlines() if "→" in line)
    assert "2.00 [1.00, 4.00]  →  4.00 [" in moved  # the root of 2 times 8
    assert moved.endswith("(k 1 → 2)")
    again = synthesis("import", "b.csv", *words, cwd=tmp_path)
    assert "→" not in again.stdout


def test_a_contradiction_is_told_and_only_force_overwrites(tmp_path: Path) -> None:
    put(tmp_path, TABLE)
    run(tmp_path, "t.csv", "--review", "r", "--yes")
    before = contents(tmp_path / "r")
    put(tmp_path, TABLE.replace(",4\n", ",5\n"))
    done = run(tmp_path, "t.csv", "--review", "r")
    assert done.returncode == 1
    assert "a-2010 not written: 'bleeding' is another there: effect ci 2 is 4 there and 5" in done.stderr
    assert contents(tmp_path / "r") == before
    forced = run(tmp_path, "t.csv", "--review", "r", "--force")
    assert (forced.returncode, "a-2010 replaced" in forced.stderr) == (0, True)
    changed = {name for name, text in contents(tmp_path / "r").items() if before[name] != text}
    assert changed == {"studies/a-2010.yaml"}


def test_a_stated_mapping_is_used_saved_and_not_overwritten(tmp_path: Path) -> None:
    put(tmp_path, "who,x,y,keep\nA 2010,2,0.5,1\nB 2011,3,0.5,0\n")
    plan = (
        "columns: {who: study, x: estimate, y: se}\nvalues: {measure: OR, outcome: pain}\nonly: {keep: 1}\n"
    )
    put(tmp_path, plan, "m.yaml")
    done = run(tmp_path, "t.csv", "--review", "r", "--mapping", "m.yaml")
    assert (done.returncode, "1 new" in done.stdout) == (0, True)
    saved = tmp_path / "r" / "imports" / "t.yaml"
    text = saved.read_text()
    assert run(tmp_path, "t.csv", "--review", "r").returncode == 0
    put(tmp_path, plan.replace("pain", "fever"), "m.yaml")
    other = run(tmp_path, "t.csv", "--review", "r", "--mapping", "m.yaml")
    assert "how the columns are read is not saved" in other.stderr
    assert saved.read_text() == text
    run(tmp_path, "t.csv", "--review", "r", "--mapping", "m.yaml", "--force")
    assert "outcome: fever" in saved.read_text()


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        ("columns: {study: study, OR: foo}\n", "unknown role of a column 'foo'"),
        ("columns: {study: study, nope: estimate}\nvalues: {measure: OR}\n", "there is no column 'nope'"),
        ("columns: {study: study, OR: estimate}\n", "which measure the numbers are of is not stated"),
        ("columns: {OR: estimate}\nvalues: {measure: OR}\n", "no column is recognised that names the study"),
        ("columns: [\n", "mend the file that states the columns"),
        ("", "mend the file that states the columns"),
        (None, "the file does not exist"),
    ],
)
def test_a_mapping_that_says_what_cannot_be_is_refused(plan: str | None, says: str, tmp_path: Path) -> None:
    put(tmp_path, TABLE)
    if plan is not None:
        put(tmp_path, plan, "m.yaml")
    done = run(tmp_path, "t.csv", "--review", "r", "--mapping", "m.yaml")
    assert done.returncode == 2
    assert says in done.stdout + done.stderr
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--set", "measure"], "expected KEY=TEXT"),
        (["--set", "measure="], "expected KEY=TEXT"),
        (["--set", "colour=red"], "colour"),
        (["--set", "measure=PANSS"], "PANSS"),
        (["--set", "change=perhaps"], "perhaps"),
        (["--sheet", "Data"], "t.csv"),
        (["--review", "t.csv"], "is no folder"),
    ],
)
def test_words_that_cannot_be_are_refused(words: list[str], says: str, tmp_path: Path) -> None:
    put(tmp_path, TABLE)
    done = run(tmp_path, "t.csv", "--review", "r", "--yes", *words)
    if words[0] == "--sheet":
        assert done.returncode == 0, "a text file is its only sheet"
        return
    assert done.returncode == 2
    assert says in done.stderr
    assert list(contents(tmp_path)) == ["t.csv"]


def test_without_a_review_the_folder_must_be_one(tmp_path: Path) -> None:
    put(tmp_path, TABLE)
    done = run(tmp_path, "t.csv", "--yes")
    assert (done.returncode, "this folder is no review" in done.stderr) == (2, True)
    run(tmp_path, "t.csv", "--review", "r", "--yes")
    here = synthesis("import", tmp_path / "t.csv", cwd=tmp_path / "r")
    assert (here.returncode, "2 unchanged" in here.stdout) == (0, True)
    named = run(tmp_path, "t.csv", "--review", "r/review.yaml")
    assert (named.returncode, "2 unchanged" in named.stdout) == (0, True)


def test_files_that_cannot_be_read_are_told_and_the_others_come_in(tmp_path: Path) -> None:
    put(tmp_path, TABLE)
    put(tmp_path, "", "empty.csv")
    put(tmp_path, "<html/>", "a.rm5")
    put(tmp_path, "no zip", "a.zip")
    (tmp_path / "folder.csv").mkdir()
    wrong = ("empty.csv", "missing.csv", "a.rm5", "a.zip", "folder.csv")
    done = run(tmp_path, *wrong, "t.csv", "--review", "r", "--yes")
    assert done.returncode == 1
    assert [name for name in wrong if f"'{name}'" in done.stderr] == list(wrong)
    assert "t.csv: records are 2 new" in done.stdout


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    put(tmp_path, TABLE)
    put(tmp_path, "", "file")
    done = run(tmp_path, "t.csv", "--review", "file/r", "--yes")
    assert done.returncode == 1
    assert "'file/r' cannot be made: not a directory" in done.stderr


def test_a_file_where_a_folder_should_be_is_told(tmp_path: Path) -> None:
    put(tmp_path, TABLE)
    (tmp_path / "r").mkdir()
    put(tmp_path / "r", "", "studies")
    put(tmp_path / "r", "", "imports")
    done = run(tmp_path, "t.csv", "--review", "r", "--yes")
    assert done.returncode == 1
    assert "a-2010.yaml" in done.stderr
    assert sorted(contents(tmp_path / "r")) == ["imports", "studies"]


def test_a_sheet_of_a_workbook_is_named_or_the_first(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.title = "Notes"
    book.active.append(["read", "me"])
    book.active.append(["a", "b"])
    sheet = book.create_sheet("Data")
    for row in (["study", "OR", "SE"], ["A 2010", 2, 0.5], ["B 2011", 3, 0.25]):
        sheet.append(row)
    book.save(tmp_path / "t.xlsx")
    first = run(tmp_path, "t.xlsx", "--review", "r", "--yes")
    assert (first.returncode, "no columns with numbers" in first.stderr) == (2, True)
    wrong = run(tmp_path, "t.xlsx", "--review", "r", "--yes", "--sheet", "Date")
    assert (wrong.returncode, "it has: Notes, Data" in wrong.stderr) == (2, True)
    done = run(tmp_path, "t.xlsx", "--review", "r", "--yes", "--sheet", "data")
    assert (done.returncode, "2 new" in done.stdout) == (0, True)
    record = read_record(tmp_path / "r" / "studies" / "b-2011.yaml").model
    assert record is not None
    assert record.estimates[0].where.at == "t.xlsx, Data, row 3, OR, SE"
    assert "2 unchanged" in run(tmp_path, "t.xlsx", "--review", "r").stdout, "the sheet is saved"


def test_a_revman_review_keeps_its_analyses_and_needs_no_question(tmp_path: Path) -> None:
    data = f'<DICH_DATA STUDY_ID="STD-Abel-2001" {COUNTS}/><DICH_DATA STUDY_ID="STD-Berg" {COUNTS}/>'
    twice = "".join(outcome("DICH", data, NO=number, EFFECT_MEASURE="RR") for number in ("1", "2"))
    path = rm5(tmp_path, twice)
    done = run(tmp_path, path, "--review", "r")
    assert (done.returncode, "2 new" in done.stdout) == (0, True)
    loaded = load_review(tmp_path / "r")
    assert [(each.id, each.title, each.outcome.name) for each in loaded.review.analyses] == [
        ("1-1", "1.1 Cough", "Cough"), ("1-2", "1.2 Cough", "Cough"),
    ]  # fmt: skip
    assert loaded.review.title == "Zinc for colds"
    pooled = synthesis("forest", "--review", "r", "--json", cwd=tmp_path)
    assert (pooled.returncode, pooled.stdout.count('"estimate_id":')) == (0, 4)


def test_which_columns_are_read_is_no_record(tmp_path: Path) -> None:
    put(tmp_path, TABLE)
    run(tmp_path, "t.csv", "--review", "r", "--yes")
    checked = synthesis("check", "r", cwd=tmp_path)
    assert (checked.returncode, "imports" in checked.stdout) == (0, False)


def test_the_example_of_the_page_is_what_the_command_prints(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    page = page.partition("## Tables and RevMan files")[2].partition("\n## ")[0]
    blocks = dict(re.findall(r"```(csv|console|yaml)\n(.*?)```", page, re.DOTALL))
    put(tmp_path, blocks["csv"], "zinc.csv")
    command, _, shown = blocks["console"].partition("\n")
    done = synthesis(*command.split()[4:], cwd=tmp_path, columns=120)
    assert (done.returncode, done.stdout) == (1, shown)
    plan = read_model(put(tmp_path, blocks["yaml"], "m.yaml"), Plan).model
    assert plan is not None
    assert plan.lacking is None
    roles = set(re.findall(r"`([a-z_]+\d?\d?)`", page.partition("A column holds")[2].partition("A cell")[0]))
    assert roles <= set(ROLES)
    assert set(NUMERIC) - {r for r in NUMERIC if r.endswith("2") or r in RAW} <= roles
