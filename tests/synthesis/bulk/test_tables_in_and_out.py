"""Tables of every form are read alike, and what is written is whole, in full precision and resumable."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import synthesis
from synthesis.bulk import rows_in_order, study_buckets, table_plan
from synthesis.bulk.finished_parts import StoredParts, begun
from synthesis.bulk.streaming import Pace, in_time
from synthesis.bulk.whole_results import file_digest
from tests.synthesis.bulk.made_tables import long, random_effects, wide

ROOT = Path(__file__).parents[3]
COLUMNS: dict[str, Any] = {"yi": "y_*", "vi": "v_*", "key": "gene"}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return wide(*random_effects(500, 4, 11))


def test_every_kind_of_table_gives_the_same_bits(frame: pd.DataFrame, tmp_path: Path) -> None:
    text = frame.to_csv(index=False, na_rep="NA")
    (tmp_path / "a.csv").write_text(text)
    (tmp_path / "a.tsv").write_text(frame.to_csv(index=False, sep="\t"))
    (tmp_path / "a.txt").write_text(frame.to_csv(index=False, sep=" ", na_rep=".").replace(" ", "   "))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text.encode()))
    with pa.CompressedOutputStream(str(tmp_path / "a.csv.zst"), "zstd") as file:
        file.write(text.encode())
    frame.to_parquet(tmp_path / "a.parquet", row_group_size=70)
    parts = tmp_path / "parts"
    parts.mkdir()
    frame[:123].to_parquet(parts / "part-0.parquet")
    (parts / "part-1.csv").write_text(frame[123:].to_csv(index=False))
    for other in ("_SUCCESS", "_old.csv", ".part-2.csv", "notes.md"):
        (parts / other).write_text("")
    table = pa.Table.from_pandas(frame, preserve_index=False)
    given: list[Any] = [
        *(str(tmp_path / name) for name in ("a.csv", "a.tsv", "a.txt", "a.csv.gz", "a.csv.zst")),
        tmp_path / "a.parquet",
        str(tmp_path / "a.parq*"),
        f"file://{tmp_path}/a.parquet",
        f"file://{tmp_path}/a.parq*",
        f"file://{parts}",
        f"file://{tmp_path}/a.csv.gz",
        f"file://{tmp_path}/a.tsv",
        parts,
        [parts / "part-0.parquet", parts / "part-1.csv"],
        polars.from_pandas(frame),
        table,
        table.to_batches()[0],
        {name: frame[name].to_numpy() for name in frame},
    ]
    expected = synthesis.pool_table(frame, **COLUMNS).table
    for each in given:
        found = synthesis.pool_table(each, **COLUMNS).table
        assert found.drop_columns("gene").equals(expected.drop_columns("gene")), each
        assert found.column("gene").to_pylist() == frame["gene"].tolist()
    assert len(given) == 18


def test_effects_may_come_with_errors_intervals_or_z_and_n() -> None:
    y, v = random_effects(50, 3, 12)
    expected = synthesis.pool_table(wide(y, v), yi="y_*", vi="v_*").to_frame()
    frame = wide(y, v, error=True)
    half = 1.959963984540054 * np.sqrt(v)
    for j, name in enumerate("ABC"):
        frame[f"low_{name}"], frame[f"high_{name}"] = y[:, j] - half[:, j], y[:, j] + half[:, j]
        frame[f"rr_{name}"] = np.exp(y[:, j])
        frame[f"rrlow_{name}"], frame[f"rrhigh_{name}"] = (
            np.exp(y[:, j] - half[:, j]),
            np.exp(y[:, j] + half[:, j]),
        )
        frame[f"n_{name}"] = 1.0 / v[:, j]
        frame[f"z_{name}"] = y[:, j] / np.sqrt(v[:, j])
    ways: list[dict[str, Any]] = [
        {"yi": "y_*", "sei": "s_*"},
        {"ci_low": "low_*", "ci_high": "high_*"},
        {"yi": "y_*", "ci_low": "low_*", "ci_high": "high_*"},
        {"ci_low": "rrlow_*", "ci_high": "rrhigh_*", "ratio": True},
        {"yi": "rr_*", "ci_low": "rrlow_*", "ci_high": "rrhigh_*", "ratio": True},
        {"zi": "z_*", "ni": "n_*"},
        {"yi": ["y_A", "y_B", "y_C"], "sei": ["s_A", "s_B", "s_C"]},
    ]
    for way in ways:
        found = synthesis.pool_table(frame, **way).to_frame()
        for name in ("estimate", "se", "tau2", "ci_low"):
            np.testing.assert_allclose(found[name], expected[name], rtol=1e-11, atol=1e-13)
    assert len(ways) == 7


def test_an_interval_is_at_the_level_of_the_run() -> None:
    table = {"l": [-1.0], "h": [3.0]}
    found = synthesis.pool_table(table, ci_low=["l"], ci_high=["h"], level=0.9).to_frame()
    assert found["estimate"][0] == 1.0
    assert found["se"][0] == pytest.approx(2.0 / 1.6448536269514722, rel=1e-14)
    assert found["ci_high"][0] == pytest.approx(3.0, rel=1e-14)


def test_results_are_written_in_full_precision(frame: pd.DataFrame, tmp_path: Path) -> None:
    held = synthesis.pool_table(frame, **COLUMNS, ask="direction")
    written = [
        synthesis.pool_table(frame, **COLUMNS, ask="direction", output=tmp_path / kind, format=kind)
        for kind in ("parquet", "tsv")
    ]
    assert written[0].table.combine_chunks().equals(held.table)
    text = written[1].table
    for name in held.table.column_names:
        assert text.column(name).to_pylist() == held.table.column(name).to_pylist(), name
    assert [path.name for path in written[1].files] == ["results.tsv", "refused.tsv", "manifest.json"]
    assert sorted(path.name for path in (tmp_path / "tsv").iterdir()) == [
        "manifest.json",
        "refused.tsv",
        "results.tsv",
    ]


def test_a_manifest_says_what_a_result_rests_on(frame: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "effects.parquet"
    frame.to_parquet(path)
    found = synthesis.pool_table(path, **COLUMNS, output=tmp_path / "out", method="DL", ask="tau2_interval")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest == found.manifest
    assert manifest["inputs"] == [
        {"path": str(path), "bytes": path.stat().st_size, "sha256": file_digest(path)}
    ]
    assert manifest["outputs"][0]["sha256"] == file_digest(tmp_path / "out" / "results.parquet")
    assert manifest["versions"]["numpy"] == np.__version__
    assert (manifest["data_sets"], manifest["pooled"], manifest["tests"]) == (500, 500, 500)
    assert manifest["reading"]["layout"] == "wide"
    assert manifest["method"] == (
        "Random effects: DerSimonian-Laird (DL); Hartung-Knapp-Sidik-Jonkman t intervals at 95%; Q-profile "
        "intervals for tau2; prediction intervals t(k-1) with the standard error of the test; one study is "
        "returned as it is, with its own z interval; p-values adjusted by Benjamini-Hochberg and Bonferroni."
    )
    assert str(found).startswith("500 data sets, 500 pooled; lambda = ")
    assert str(tmp_path / "out" / "results.parquet") in str(found)


def test_a_table_without_a_result_has_no_lambda(tmp_path: Path) -> None:
    nothing = {"y_A": [None, None], "v_A": [1.0, 1.0]}
    found = synthesis.pool_table(nothing, yi="y_*", vi="v_*", output=tmp_path)
    assert (found.rows, found.pooled, found.tests) == (2, 0, 0)
    assert json.loads((tmp_path / "manifest.json").read_text())["lambda"] is None
    assert str(found).startswith(
        "2 data sets, 0 pooled; lambda = –\n  refused 2 times: no study with an effect"
    )


def test_studies_in_files_of_their_own_are_joined_on_a_key(tmp_path: Path) -> None:
    y, v = random_effects(400, 3, 13, missing=0.3)
    y[7] = np.nan
    frame = wide(y, v)
    tables: dict[str, Any] = {}
    rng = np.random.default_rng(1)
    for study in "ABC":
        own = frame[["gene", f"y_{study}", f"v_{study}"]].set_axis(["gene", "y", "v"], axis=1)
        tables[study] = own[own["y"].notna()].iloc[rng.permutation(int(own["y"].notna().sum()))]
    whole = synthesis.pool_table(frame, **COLUMNS).to_frame()
    expected = whole[whole["k"] > 0].sort_values("gene", ignore_index=True)
    tables["B"].to_csv(tmp_path / "B.tsv.gz", sep="\t", index=False)
    tables["C"].to_parquet(tmp_path / "C.parquet")
    given: dict[str, Any] = {"A": tables["A"], "B": str(tmp_path / "B.tsv.gz"), "C": tmp_path / "C.parquet"}
    found = synthesis.pool_table(given, yi="y", vi="v", key="gene", ask="direction").to_frame()
    assert found["gene"].tolist() == expected["gene"].tolist()
    for name in ("k", "estimate", "se", "tau2", "p_value"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-12, atol=1e-15)
    signs = "".join("?" if np.isnan(each) else "+-"[int(each < 0)] for each in y[int(found["gene"][0][1:])])
    assert found["direction"][0] == signs


def test_a_join_does_not_depend_on_how_many_buckets_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    from synthesis.bulk import joined_input
    from synthesis.bulk.study_buckets import divided

    y, v = random_effects(900, 2, 14)
    frame = wide(y, v)
    given = {
        study: frame[["gene", f"y_{study}", f"v_{study}"]].set_axis(["gene", "y", "v"], axis=1)
        for study in "AB"
    }
    numbered = {study: table.assign(gene=range(900)) for study, table in given.items()}
    for tables in (given, numbered):
        whole = synthesis.pool_table(tables, yi="y", vi="v", key="gene").to_frame()
        buckets: list[int] = []

        def many(studies: Any, name: str, buckets: list[int] = buckets) -> Any:
            found = divided(studies, name, 100)
            buckets.append(found.count)
            return found

        monkeypatch.setattr(joined_input, "divided", many)
        in_parts = synthesis.pool_table(tables, yi="y", vi="v", key="gene").to_frame()
        monkeypatch.undo()
        assert buckets == [18]
        assert in_parts["gene"].tolist() == whole["gene"].tolist() == sorted(tables["A"]["gene"])
        np.testing.assert_allclose(in_parts["estimate"], whole["estimate"], rtol=1e-13)


def test_progress_tells_rows_rate_and_time_left(frame: pd.DataFrame) -> None:
    told: list[tuple[int, int, str]] = []
    synthesis.pool_table(frame, **COLUMNS, progress=lambda *each: told.append(each))
    assert told[-1][:2] == (500, 500)
    assert told[-1][2].endswith(" rows/s, 0 s left")
    times = iter([0.0, 0.0, 10.0])
    pace = Pace(1_000, lambda *each: told.append(each), clock=lambda: next(times))
    pace.skip(400)
    pace.add(200)
    assert told[-1] == (600, 1_000, "20 rows/s, 20 s left")
    assert [in_time(s) for s in (99.4, 100.0, 5_960.0, 7_500.0)] == ["99 s", "2 min", "99 min", "2 h 05 min"]


_KILLED = """
import os, sys
import synthesis
from synthesis.bulk import finished_parts
keep = finished_parts.StoredParts.keep
def dying(self, number, blocks):
    if number == 2:
        os.kill(os.getpid(), 9)
    keep(self, number, blocks)
if sys.argv[3] == "die":
    finished_parts.StoredParts.keep = dying
synthesis.pool_table(sys.argv[1], yi="y", vi="v", group="gene", output=sys.argv[2], ask="tau2_interval")
"""


def test_a_run_that_was_broken_off_goes_on_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    y, v = random_effects(300, 4, 17)
    table = long(y, v)
    monkeypatch.setattr(table_plan, "_BLOCKS", 1)
    monkeypatch.setattr(table_plan, "_EFFECTS", 100)
    kept: list[int] = []
    keep = StoredParts.keep

    def interrupted(parts: StoredParts, number: int, blocks: Any) -> None:
        if number == 4 and len(kept) == 4:
            raise KeyboardInterrupt
        kept.append(number)
        keep(parts, number, blocks)

    def run(place: str) -> None:
        synthesis.pool_table(table, yi="y", vi="v", group="gene", output=tmp_path / place)

    run("straight")
    monkeypatch.setattr(StoredParts, "keep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run("broken")
    assert not (tmp_path / "broken" / "results.parquet").exists()
    kept.append(-1)
    run("broken")
    assert kept[:6] == [0, 1, 2, 3, -1, 4]
    for name in ("results.parquet", "refused.parquet", "manifest.json"):
        assert (tmp_path / "broken" / name).read_bytes() == (tmp_path / "straight" / name).read_bytes()


@pytest.mark.long
def test_a_run_that_was_killed_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    rng = np.random.default_rng(15)
    groups = np.repeat(np.arange(60), rng.integers(1, 2_000, 60))
    rows = groups.size
    table = pa.table({"gene": groups, "y": rng.normal(size=rows), "v": rng.uniform(1.0, 2.0, rows)})
    pq.write_table(table, tmp_path / "a.parquet")
    monkey = tmp_path / "run.py"
    monkey.write_text(
        "import synthesis.bulk.table_plan as plan\nplan._BLOCKS = 1\nplan._EFFECTS = 9_000\n" + _KILLED
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def run(place: str, how: str) -> int:
        command = [sys.executable, str(monkey), str(tmp_path / "a.parquet"), str(tmp_path / place), how]
        return subprocess.run(command, env=environment, check=False).returncode

    assert run("straight", "live") == 0
    assert run("broken", "die") == -signal.SIGKILL
    unfinished = tmp_path / "broken" / ".unfinished"
    assert len(list(unfinished.glob("*.results.arrow"))) == 2
    assert not (tmp_path / "broken" / "results.parquet").exists()
    assert run("broken", "live") == 0
    for name in ("results.parquet", "refused.parquet", "manifest.json"):
        assert (tmp_path / "broken" / name).read_bytes() == (tmp_path / "straight" / name).read_bytes()
    assert not unfinished.exists()


def test_a_run_with_other_choices_begins_anew(frame: pd.DataFrame, tmp_path: Path) -> None:
    folder = begun(tmp_path, {"choices": 1})
    (folder / "0000000.results.arrow").write_bytes(b"")
    assert (begun(tmp_path, {"choices": 1}) / "0000000.results.arrow").exists()
    assert not (begun(tmp_path, {"choices": 2}) / "0000000.results.arrow").exists()
    (folder / "plan").unlink()
    (folder / "left").write_bytes(b"")
    assert not (begun(tmp_path, {"choices": 2}) / "left").exists()


def test_a_long_table_has_its_studies(frame: pd.DataFrame) -> None:
    y, v = random_effects(5, 3, 16, missing=0.0)
    found = synthesis.pool_table(long(y, v), yi="y", vi="v", group="gene", study="cohort", min_k=4)
    assert found.pooled == 0
    assert found.refused == {("", "fewer than 4 studies (min_k)"): 5}
    assert found.refused_table.to_pylist()[1] == {
        "gene": "g1",
        "study": None,
        "reason": "3 of at least 4 studies (min_k)",
        "place": "the table, row 4",
    }


def test_what_was_read_before_a_break_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    y, v = random_effects(60, 2, 18)
    frame = wide(y, v)
    given = {}
    for name in "AB":
        own = frame[["gene", f"y_{name}", f"v_{name}"]].set_axis(["gene", "y", "v"], axis=1)
        own.to_csv(tmp_path / f"{name}.csv", index=False)
        given[name] = tmp_path / f"{name}.csv"
    choices: dict[str, Any] = {"yi": "y", "vi": "v", "key": "gene"}
    expected = synthesis.pool_table(given, **choices).table

    def interrupted(*given: Any) -> None:
        raise KeyboardInterrupt

    def again(*given: Any) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(StoredParts, "keep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        synthesis.pool_table(given, **choices, output=tmp_path / "out")
    monkeypatch.undo()
    monkeypatch.setattr(study_buckets, "_fill", again)
    monkeypatch.setattr(rows_in_order, "copied_text", again)
    found = synthesis.pool_table(given, **choices, output=tmp_path / "out")
    assert found.table.combine_chunks().equals(expected)
    assert not (tmp_path / "out" / ".unfinished").exists()


def test_results_do_not_go_where_a_file_is(tmp_path: Path) -> None:
    file = tmp_path / "results"
    file.write_text("mine")
    with pytest.raises(ValueError, match=r"output .*results is a file; expected a folder for the results"):
        synthesis.pool_table({"y_A": [0.1], "v_A": [0.2]}, yi="y_*", vi="v_*", output=file)
    assert file.read_text() == "mine"


def test_intervals_narrower_than_walds_are_counted_as_pool_notes_them(tmp_path: Path) -> None:
    y = np.array([[0.1, 0.1, 0.1], [0.1, 0.1, 0.11], [0.1, 0.9, 0.5], [0.1, 0.1, np.nan]])
    v = np.where(np.isnan(y), np.nan, 0.02)
    for output in (None, tmp_path / "here"):
        found = synthesis.pool_table(wide(y, v), yi="y_*", vi="v_*", output=output)
        frame = found.to_frame()
        noted = [
            any("narrower than the Wald" in note for note in synthesis.pool(row[row == row], v[0, :k]).notes)
            for row, k in zip(y, frame["k"], strict=True)
        ]
        assert noted == [True, True, False, True]
        assert found.narrower == found.manifest["narrower_than_wald"] == 3
        assert "3 Hartung-Knapp intervals narrower than Wald's" in str(found)
    for test in ("adhoc", "z"):
        found = synthesis.pool_table(wide(y, v), yi="y_*", vi="v_*", test=test)
        assert found.narrower == 0
        assert "narrower_than_wald" not in found.manifest
        assert "intervals narrower" not in str(found)


@pytest.mark.parametrize("far", [-100.0, 100.0])
def test_how_wide_an_interval_is_does_not_depend_on_where_it_lies(far: float) -> None:
    """Three equal effects have no width by Hartung and Knapp, three that differ a larger one than Wald's."""
    given = wide(np.array([[far, far, far], [far, far + 0.8, far + 0.4]]), np.full((2, 3), 0.02))
    assert synthesis.pool_table(given, yi="y_*", vi="v_*").narrower == 1


def test_categories_of_polars_and_an_index_with_a_name_are_keys() -> None:
    table = {"y_A": [0.1, 0.2], "y_B": [0.2, 0.3], "v_A": [0.1, 0.1], "v_B": [0.1, 0.1]}
    categories = polars.Series("gene", ["q", "p"], dtype=polars.Categorical)
    indexed = pd.DataFrame(table, index=pd.Index(["q", "p"], name="gene"))
    for frame in (polars.DataFrame(table).with_columns(categories), indexed, indexed.assign(gene=["q", "p"])):
        found = synthesis.pool_table(frame, yi="y_*", vi="v_*", key="gene").to_frame()
        assert found["gene"].tolist() == ["q", "p"]
        assert found["k"].tolist() == [2, 2]
