"""What `import` says of words that no record has, and of tables with several groups in a row."""

from __future__ import annotations

from pathlib import Path

from synthesis.terminal import console
from tests.synthesis.commands.test_import import put, run


def test_a_row_with_an_unknown_word_comes_in_and_is_told(tmp_path: Path) -> None:
    put(tmp_path, "study,sex,OR,lower,upper\nA 2010,men,2,1,4\nB 2011,mostly men,3,1,9\n")
    done = run(tmp_path, "t.csv", "--review", "r", "--set", "outcome=o", "--yes")
    assert done.returncode == 0
    assert "kept in a note: t.csv, row 3: sex in the table: mostly men\n" in done.stdout
    assert "2 new" in done.stdout
    assert 'note: "sex in the table: mostly men"' in (tmp_path / "r/studies/b-2011.yaml").read_text()
    rows = "".join(f"A {year},dogs,2,1,4\n" for year in range(2000, 2021))
    put(tmp_path, f"study,sex,OR,lower,upper\n{rows}" + "".join(f"B {n},men,2,1,4\n" for n in range(30)))
    done = run(tmp_path, "t.csv", "--review", "many", "--set", "outcome=o", "--yes")
    assert done.stdout.count("kept in a note: t.csv, row") == 20
    assert "kept in a note: 1 more rows" in done.stdout


def test_three_groups_in_a_row_are_told_with_a_way_out(tmp_path: Path) -> None:
    head = ",".join(f"{name} events,{name} n" for name in ("Iron", "Zinc", "Placebo"))
    put(tmp_path, f"study,{head}\nA 2010,4,40,5,41,6,42\n")
    done = run(tmp_path, "t.csv", "--review", "r", "--yes")
    assert done.returncode == 2
    assert "the numbers of 3 groups: Iron, Zinc, Placebo. Write a row a group" in done.stdout
    assert "--set reference='Placebo'" in done.stdout
    assert not (tmp_path / "r").exists()
    put(tmp_path, "study,OR\nA 2010,4\n", "one.csv")
    assert "groups" not in run(tmp_path, "one.csv", "--review", "r", "--yes").stdout


def test_the_review_is_looked_at_only_before_the_first_file_that_changes_it(tmp_path: Path) -> None:
    put(tmp_path, "study,OR,lower,upper\nA 2010,2,1,4\nB 2011,3,1,9\n", "a.csv")
    put(tmp_path, "study,OR,lower,upper\nC 2012,2,1,4\n", "b.csv")
    given = ("--review", "r", "--set", "outcome=o", "--yes")
    assert "moved" not in run(tmp_path, "a.csv", *given).stdout
    again = run(tmp_path, "a.csv", *given).stdout
    more = run(tmp_path, "a.csv", "b.csv", *given).stdout
    assert "2 unchanged" in again
    assert len(more.splitlines()) > len(again.splitlines()) + 2, "what moved is told"


def test_names_and_words_of_files_are_printed_as_they_stand(tmp_path: Path) -> None:
    """Brackets are no markup, and numbers have no colour of their own (36 is cyan)."""
    rows = "A 2010,men,2,1,4,x\nB 2011,[b]most 3[/b],3,1,9,y\nWomen [i]5[/i],,,,,\nC 2012,women,3,1,9,z\n"
    put(tmp_path, f"study,sex,OR,lower,upper,[u]7[/u]\n{rows}A note [s]8[/s]\n", "a[b]1.csv")
    columns = "columns: {study: study, OR: estimate, lower: ci_low, upper: ci_high}"
    values = "values: {measure: OR, outcome: o}"
    (tmp_path / "m[b]4.yaml").write_text(f"{columns}\n{values}\n", encoding="utf-8")
    console.record = True
    try:
        given = ("--set", "outcome=o", "--yes")
        told = run(tmp_path, "a[b]1.csv", "--review", "r[b]", *given).stdout
        stated = run(tmp_path, "a[b]1.csv", "--review", "s[b]", "--mapping", "m[b]4.yaml").stdout
    finally:
        styled, console.record = console.export_text(styles=True), False
    assert "36m" not in styled
    for text in (
        "a[b]1.csv: 3 rows",
        "  (heading)  group         Women [i]5[/i]",
        "not used: [u]7[/u]",
        "row 4 'Women [i]5[/i]'",
        "row 6 'A note [s]8[/s]'",
        "kept in a note: a[b]1.csv, row 3: sex in the table: [b]most 3[/b]",
        "wrote r[b]/review.yaml",
    ):
        assert text in told
    assert "a[b]1.csv: columns as stated in m[b]4.yaml\n" in stated


def test_what_rows_of_a_study_say_in_two_ways_is_told_when_it_is_written_and_of_twenty_studies(
    tmp_path: Path,
) -> None:
    names = [f"S{number} 2010" for number in range(21)]
    rows = "".join(f"{name},KR,men,2,1,4\n{name},JP,women,3,1,9\n" for name in names)
    put(tmp_path, f"study,country,sex,OR,lower,upper\n{rows}")
    given = ("t.csv", "--review", "r", "--set", "outcome=o", "--yes")
    told = run(tmp_path, *given).stdout
    assert "s0-2010: country is 'KR' (t.csv, row 2) and 'JP' (t.csv, row 3); the first is taken\n" in told
    assert told.count("; the first is taken") == 20
    again = run(tmp_path, *given).stdout
    assert "21 unchanged" in again
    assert "the first is taken" not in again


def test_long_notes_and_examples_are_cut_in_what_is_shown_of_a_table(tmp_path: Path) -> None:
    note, odd = "n" * 100, "e" * 100
    put(tmp_path, f"study,sex,OR,lower,upper\n{odd} 2010,men,2,1,4\nB 2011,men,2,1,4\n{note}.,,,,\n")
    shown = run(tmp_path, "t.csv", "--review", "r", "--set", "outcome=o", "--yes").stdout
    assert f"row 4 '{'n' * 60}'" in shown
    assert f"  {'e' * 40}\n" in shown
