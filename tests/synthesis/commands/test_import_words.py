"""What `import` says of words that no record has, and of tables with several groups in a row."""

from __future__ import annotations

from pathlib import Path

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
