"""`export` writes what was pooled under metafor's names, so that pooling it again gives the same."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from evidence.effects.escalc import escalc
from evidence.records.review import SHIPPED, load_review
from synthesis.__main__ import app
from synthesis.pooled import pool
from synthesis.review.analysis import analyse
from synthesis.review.effects_table import COLUMNS
from tests.synthesis.review.made import RATIO, record, review, slope

NONE = "outcome: hip, model: least"
ODDS = f"id: x, {NONE}, effect: {{measure: OR, per: 1 g/dL, estimate: 1.20, ci: [1.00, 1.44]}}"


def export(*arguments: str | Path) -> Result:
    return CliRunner(env={"NO_COLOR": "1"}).invoke(app, ["export", *map(str, arguments)])


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.long
def test_pooling_the_exported_effects_gives_the_reviews_results() -> None:
    result = export("--review", SHIPPED)
    assert result.exit_code == 0
    loaded = load_review(SHIPPED)
    compared = 0
    for analysis in loaded.review.analyses:
        rows = [row for row in rows_of(result.stdout) if row["analysis"] == analysis.id]
        own = analyse(loaded, analysis, loaded.review.method)
        assert len(rows) == own.k
        if len(own.groups) > 1 or own.groups[0].pooled is None:
            continue
        again = pool(
            yi=[float(row["yi"]) for row in rows],
            vi=[float(row["vi"]) for row in rows],
            method=loaded.review.method.estimator,
            test=loaded.review.method.test,
        )
        assert again.estimate == pytest.approx(own.groups[0].pooled.estimate, rel=1e-12)
        assert again.tau2 == pytest.approx(own.groups[0].pooled.tau2, rel=1e-9, abs=1e-15, nan_ok=True)
        compared += 1
    assert compared >= 4


def groups(measure: str, first: str, second: str) -> str:
    return (
        f"id: x, {NONE}, effect: {{measure: {measure}, versus: {{exposed: a, reference: b}}, "
        f"groups: [{{name: a, {first}}}, {{name: b, {second}}}]}}"
    )


@pytest.mark.parametrize(
    ("measure", "first", "second", "columns"),
    [
        ("OR", "n: 40, events: 12", "n: 41, events: 7", ("ai", "bi", "ci", "di")),
        ("RD", "n: 40, events: 12", "n: 41, events: 7", ("ai", "n1i", "ci", "n2i")),
        (
            "IRR",
            "events: 12, person_time: 310.5",
            "events: 7, person_time: 290",
            ("x1i", "t1i", "x2i", "t2i"),
        ),
        (
            "SMD",
            "n: 20, mean: 5.2, sd: 1.1",
            "n: 25, mean: 4.8, sd: 1.3",
            ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"),
        ),
    ],
)
def test_raw_numbers_stand_under_the_names_from_which_metafor_computes_the_same(
    measure: str, first: str, second: str, columns: tuple[str, ...], tmp_path: Path
) -> None:
    scale = f"{{measure: {measure}, exposure: hemoglobin}}"
    review(tmp_path, {"a": record("a", [groups(measure, first, second)])}, scale=scale)
    (row,) = rows_of(export("--review", tmp_path).stdout)
    expected = escalc(measure, **{name: float(row[name]) for name in columns})
    assert (float(row["yi"]), float(row["vi"])) == pytest.approx((expected.yi[0], expected.vi[0]), rel=1e-12)
    shown = float(expected.back(expected.yi)[0])
    assert float(row["estimate"]) == pytest.approx(shown, rel=1e-12)
    assert row["ci.lb"] < row["ci.ub"]
    assert [name for name in row if name not in COLUMNS] == []
    assert (row["slab"], row["study"], row["year"], row["at"]) == ("A", "a", "2020", "Table 1")


def test_columns_are_empty_nowhere_or_left_out(tmp_path: Path) -> None:
    review(tmp_path, {"a": record("a", [ODDS])}, scale=RATIO)
    (row,) = rows_of(export("--review", tmp_path).stdout)
    assert float(row["yi"]) == pytest.approx(math.log(1.2), rel=1e-12)
    assert (float(row["ci.lb"]), float(row["ci.ub"])) == pytest.approx((1.0, 1.44))
    assert [name for name, text in row.items() if not text] == []
    assert "ai" not in row


def test_a_file_is_written_once_and_replaced_when_forced(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    folder.mkdir()
    review(folder, {"a": record("a", [slope("one", "0.020", "0.010, 0.030")])})
    target = tmp_path / "effects.csv"
    first = export("all", "--review", folder, "--to", target)
    assert first.exit_code == 0
    assert "1 effects of 1 analysis" in first.stdout
    assert b"\r" not in target.read_bytes()
    text = target.read_text(encoding="utf-8")
    target.write_text("mine", encoding="utf-8")
    again = export("all", "--review", folder, "--to", target)
    assert again.exit_code == 1
    assert "--force replaces it" in " ".join(again.output.split())
    assert target.read_text(encoding="utf-8") == "mine"
    assert export("all", "--review", folder, "--to", target, "--force").exit_code == 0
    assert target.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("force", [["--force"], []])
def test_force_is_advised_where_it_helps(force: list[str], tmp_path: Path) -> None:
    review(tmp_path, {"a": record("a", [slope("one", "0.020", "0.010, 0.030")])})
    (tmp_path / "folder.csv").mkdir()
    for name, helps in (("folder.csv", not force), ("no/folder/here.csv", False)):
        result = export("--review", tmp_path, "--to", tmp_path / name, *force)
        assert result.exit_code == 1
        assert ("--force replaces it" in " ".join(result.stderr.split())) == helps


def test_what_contradicts_itself_is_not_exported(tmp_path: Path) -> None:
    wrong, right = slope("one", "0.020", "0.030, 0.040"), slope("one", "0.020", "0.010, 0.030")
    review(tmp_path, {"a": record("a", [right]), "b": record("b", [wrong])})
    assert [row["study"] for row in rows_of(export("--review", tmp_path).stdout)] == ["a"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["--to", "effects.ods"],
            "'effects.ods' has no ending that export writes; expected one of .csv",
        ),
        (["--to", "a.R", "--table", "summary"], "a script reproduces the analyses and holds no table"),
        (["--table", "summary", "--table", "bias"], "a CSV file holds one table"),
        (["--table", "text"], "a CSV file holds one table"),
        (["hipp"], "no analysis is called 'hipp'"),
    ],
)
def test_other_files_and_unknown_analyses_are_refused(arguments: list[str], says: str) -> None:
    result = export(*arguments, "--review", SHIPPED)
    assert result.exit_code == 2
    assert says in " ".join(result.output.split())


def test_an_analysis_that_is_refused_is_told_and_the_others_are_written(tmp_path: Path) -> None:
    twice = {name: record(name, [slope("one", "0.020", "0.010, 0.030")], cohort="c") for name in "ab"}
    review(tmp_path, twice)
    result = export("--review", tmp_path)
    assert result.exit_code == 1
    assert result.stdout == "analysis\n"
    assert "all is refused" in result.stderr


def folder_of(tmp_path: Path) -> Path:
    folder = tmp_path / "r"
    folder.mkdir()
    rows = {name: record(name, [slope("one", "0.020", "0.010, 0.030")]) for name in ("a", "b", "c")}
    review(folder, rows)
    return folder


@pytest.mark.parametrize("suffix", ["xlsx", "docx", "tex", "md", "html", "json"])
def test_a_document_holds_everything_and_has_its_references_beside_it(suffix: str, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    target = tmp_path / f"paper.{suffix}"
    result = export("--review", folder, "--to", target)
    assert result.exit_code == 0, result.output
    told = " ".join(result.stdout.split())
    assert "text, studies, effects, summary, left-out, bias, audit of 1 analysis" in told
    assert "paper.bib" in told
    assert target.stat().st_size > 1000
    assert "@article{hartung2001," in (tmp_path / "paper.bib").read_text(encoding="utf-8")
    assert str(tmp_path) not in target.read_bytes().decode("utf-8", "ignore")


def test_tables_are_chosen_by_name_in_any_order(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    target = tmp_path / "t.json"
    chosen = ("--table", "left-out", "--table", "summary")
    assert export("all", "--review", folder, "--to", target, *chosen).exit_code == 0
    content = json.loads(target.read_text(encoding="utf-8"))
    assert list(content["tables"]) == ["summary", "left-out"]
    assert content["text"] == []
    assert not (tmp_path / "t.bib").exists()
    rows = rows_of(export("--review", folder, "--table", "summary").stdout)
    assert float(rows[0]["estimate"]) == content["tables"]["summary"]["rows"][0]["estimate"]


def test_references_that_say_the_same_are_shared_and_others_are_not_replaced(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    assert export("--review", folder, "--to", tmp_path / "p.md").exit_code == 0
    assert export("--review", folder, "--to", tmp_path / "p.tex").exit_code == 0
    (tmp_path / "p.bib").write_text("mine", encoding="utf-8")
    result = export("--review", folder, "--to", tmp_path / "p.html")
    assert result.exit_code == 1
    assert "p.bib' was not written: a file of that name exists; --force replaces it" in " ".join(
        result.output.split()
    )
    assert not (tmp_path / "p.html").exists()
    assert (tmp_path / "p.bib").read_text(encoding="utf-8") == "mine"


def test_scripts_are_written_and_what_metafor_has_not_is_told(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    assert export("--review", folder, "--to", tmp_path / "a.R").exit_code == 0
    assert "library(metafor)" in (tmp_path / "a.R").read_text(encoding="utf-8")
    assert export("--review", folder, "--to", tmp_path / "a.py").exit_code == 0
    path = folder / "review.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}method: {{test: KR}}\n", encoding="utf-8")
    result = export("--review", folder, "--to", tmp_path / "b.r")
    assert result.exit_code == 1
    assert "metafor has no test 'KR'" in " ".join(result.output.split())
    assert not (tmp_path / "b.r").exists()


def test_a_text_that_looks_like_a_formula_is_quoted_in_the_data(tmp_path: Path) -> None:
    text = record("a", [slope("one", "0.020", "0.010, 0.030")]).replace("label: A", 'label: "=1+1"')
    review(tmp_path, {"a": text})
    (row,) = rows_of(export("--review", tmp_path).stdout)
    assert row["slab"] == "'=1+1"
    assert float(row["yi"]) == 0.02


def test_a_folder_that_cannot_be_written_to_is_told_in_a_line(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    result = export("--review", folder, "--to", tmp_path / "no" / "such" / "p.docx")
    assert result.exit_code == 1
    assert "was not written: no such file or directory" in " ".join(result.output.split())
