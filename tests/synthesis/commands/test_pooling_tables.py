"""`python -m synthesis bulk`: files in, files out, one line for what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import synthesis
from synthesis.__main__ import app
from synthesis.bulk.finished_parts import StoredParts
from tests.synthesis.bulk.made_tables import long, random_effects, wide


def bulk(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["bulk", *map(str, arguments)])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "a.csv"
    wide(*random_effects(40, 3, 61)).to_csv(path, index=False)
    return path


def test_the_command_writes_what_pool_table_gives(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = bulk(
        *(table, "--yi", "y_*", "--vi", "v_*", "--key", "gene", "--output", out, "--method", "DL"),
        *(
            "--ask",
            "fit",
            "--ask",
            "direction",
            "--adjust",
            "BH",
            "--format",
            "tsv",
            "--level",
            "90",
        ),
    )
    assert result.exit_code == 0, result.output
    assert result.output.startswith("40 data sets, 40 pooled; lambda = ")
    expected = synthesis.pool_table(
        table, yi="y_*", vi="v_*", key="gene", method="DL", ask=("fit", "direction"), adjust="BH", level=0.9
    )
    found = pd.read_csv(out / "results.tsv", sep="\t")
    pd.testing.assert_frame_equal(found, expected.to_frame(), check_dtype=False, rtol=0, atol=0)


def test_studies_have_names_and_long_tables_groups(tmp_path: Path) -> None:
    y, v = random_effects(20, 2, 62, missing=0.0)
    frame = wide(y, v)
    for study in "AB":
        own = frame[["gene", f"y_{study}", f"v_{study}"]].set_axis(["gene", "y", "v"], axis=1)
        own.to_csv(tmp_path / f"{study.lower()}.tsv", sep="\t", index=False)
    options = ("--yi", "y", "--vi", "v", "--key", "gene", "--ask", "direction", "--adjust", "none", "--join")
    named = bulk(f"one={tmp_path}/a.tsv", f"two={tmp_path}/b.tsv", *options, "--output", tmp_path / "x")
    assert named.exit_code == 0, named.output
    assert json.loads((tmp_path / "x" / "manifest.json").read_text())["reading"]["studies"] == ["one", "two"]
    plain = bulk(tmp_path / "a.tsv", tmp_path / "b.tsv", *options, "--output", tmp_path / "y")
    assert plain.exit_code == 0, plain.output
    assert json.loads((tmp_path / "y" / "manifest.json").read_text())["reading"]["studies"] == ["a", "b"]
    mixed = bulk(f"one={tmp_path}/a.tsv", tmp_path / "b.tsv", *options, "--output", tmp_path / "z")
    assert mixed.exit_code == 2
    assert "b.tsv has no name; expected NAME=PATH for all tables, or for none" in mixed.output
    for given, says in (
        (("one=a.tsv", "one=b.tsv"), "study 'one' stands 2 times; expected another name"),
        (("one=a.tsv", "two="), "'two=' lacks a name or a path; expected NAME=PATH"),
        (("=a.tsv",), "'=a.tsv' lacks a name or a path; expected NAME=PATH"),
    ):
        refused = bulk(*given, *options, "--output", tmp_path / "z")
        assert refused.exit_code == 2
        assert says in refused.output
    long(y, v).to_parquet(tmp_path / "l.parquet")
    grouped = bulk(
        *(tmp_path / "l.parquet", "--yi", "y", "--vi", "v", "--group", "gene", "--study", "cohort"),
        *("--output", tmp_path / "l", "--min-k", 3),
    )
    assert grouped.exit_code == 0, grouped.output
    assert "refused 20 times: fewer than 3 studies (min_k)" in grouped.output


def test_overlap_is_read_from_a_table_and_permutations_are_drawn(table: Path, tmp_path: Path) -> None:
    names = ["A", "B", "C"]
    r = pd.DataFrame(np.eye(3) * 0.9 + 0.1, index=names, columns=names)
    r.to_csv(tmp_path / "r.csv")
    given = ("--yi", "y_*", "--vi", "v_*", "--method", "EE")
    assert bulk(table, *given, "--output", tmp_path / "o", "--overlap", tmp_path / "r.csv").exit_code == 0
    manifest = json.loads((tmp_path / "o" / "manifest.json").read_text())
    assert manifest["correlations"] == r.to_numpy().tolist()
    result = bulk(table, *given, "--output", tmp_path / "p", "--permutations", 3, "--seed", 7)
    assert result.exit_code == 0
    assert "family-wise p-values by 3 changes of sign at most (seed 7)" in result.output
    assert bulk(table, *given, "--output", tmp_path / "q", "--genomic-control", "both").exit_code == 0


def test_what_is_wrong_is_one_line(table: Path, tmp_path: Path) -> None:
    for arguments, says in (
        ((tmp_path / "none.csv", "--yi", "y_*", "--vi", "v_*"), "none.csv: no such file"),
        ((table, "--yi", "b_*", "--vi", "v_*"), "a.csv, row 1: yi: no column is like 'b_*'"),
        (
            (table, "--yi", "y_*", "--vi", "v_*", "--invalid", "maybe"),
            "unknown way with invalid numbers 'maybe'",
        ),
        ((table, "--gwas"), "a.csv, row 1: there is no column for effect_allele"),
    ):
        result = bulk(*arguments, "--output", tmp_path / "out")
        assert result.exit_code == 1
        assert says in result.output
        assert result.output.startswith("error: ")
        assert len(result.output.splitlines()) == 1
    nothing = tmp_path / "nothing.csv"
    nothing.write_text("y_A,v_A\nNA,NA\n")
    result = bulk(nothing, "--yi", "y_*", "--vi", "v_*", "--output", tmp_path / "out", "--plot", "qq")
    assert result.exit_code == 1
    assert result.output == f"error: no row has a p-value to plot; the results are in {tmp_path}/out\n"
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["pooled"] == 0
    result = bulk(table, "--yi", "y_*", "--vi", "v_*", "--output", table / "below")
    assert result.exit_code == 1
    assert "not a directory" in result.output


def test_an_interrupt_says_that_the_run_goes_on(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(StoredParts, "keep", interrupted)
    result = bulk(table, "--yi", "y_*", "--vi", "v_*", "--output", tmp_path / "out")
    assert result.exit_code == 130
    assert result.output == "error: stopped; the same command goes on where it stood\n"
