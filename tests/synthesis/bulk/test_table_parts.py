"""Where blocks and parts end, how columns become numbers, and what places, plans and results say in words."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import synthesis
from synthesis.bulk import pooled_rows, table_plan
from synthesis.bulk.arrow_parts import numbers_of, with_missing
from synthesis.bulk.block_results import directions
from synthesis.bulk.bulk_choices import read_bulk_choices
from synthesis.bulk.bulk_manifest import counts_of, identities, input_entries, table_digest, versions
from synthesis.bulk.bulk_result import BulkPooled
from synthesis.bulk.data_blocks import beyond_scale, run_starts, unusual
from synthesis.bulk.rows_in_order import FileRows, Places, in_blocks, open_rows
from synthesis.bulk.study_buckets import Divided, StudyPlaces
from synthesis.bulk.table_files import expanded, is_table
from synthesis.bulk.table_plan import long_cuts, long_parts, wide_parts
from synthesis.bulk.whole_results import file_digest
from synthesis.pooling.mean.weighting import WEIGHTINGS
from synthesis.pooling.prediction.prediction import PREDICTIONS
from synthesis.pooling.tau2.intervals import INTERVALS


def test_a_column_of_any_numbers_is_in_double_precision_with_nan_for_what_is_missing() -> None:
    nan = float("nan")
    columns: list[tuple[Any, list[float]]] = [
        (pa.array([1, None, 2**60 + 1]), [1.0, nan, 2.0**60]),
        (pa.array([Decimal("0.25"), None]), [0.25, nan]),
        (pa.array([0.1, None], pa.float32()), [float(np.float32(0.1)), nan]),
        (pa.nulls(2), [nan, nan]),
        (pa.chunked_array([[1.0], [2.0, None]]), [1.0, 2.0, nan]),
    ]
    for column, expected in columns:
        found = numbers_of(column)
        assert found.dtype == np.float64
        np.testing.assert_array_equal(found, expected)
    with pytest.raises(TypeError, match="string"):
        numbers_of(pa.array(["1"]))
    assert with_missing(np.array([1.0, nan])).to_pylist() == [1.0, None]


def test_groups_begin_where_a_value_changes_and_missing_ones_are_a_value() -> None:
    for values, starts in (
        (["a", "a", "b", None, None, "b", "b"], [0, 2, 3, 5]),
        ([1, 1, 1], [0]),
        ([1, 2], [0, 1]),
    ):
        column = pa.chunked_array([values[:1], values[1:]])
        assert run_starts(column).tolist() == starts
    assert run_starts(pa.chunked_array([], pa.int64())).tolist() == []


def test_blocks_of_groups_end_where_a_group_does_when_they_are_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_plan, "_EFFECTS", 10)
    monkeypatch.setattr(table_plan, "_GROUPS", 4)
    starts = np.array([0, 3, 9, 10, 40, 41, 42, 43, 44, 45])
    assert long_cuts(starts, 50, True) == [10, 40, 44, 50]  # full by effects, one large group, by groups
    assert long_cuts(starts, 50, False) == [10, 40, 44]  # more of the last group may follow
    assert long_cuts(starts[:1], 3, True) == [3]
    assert long_cuts(starts[:1], 30, False) == []
    assert long_cuts(np.empty(0, dtype=np.intp), 0, True) == []


def test_parts_are_a_few_blocks_of_not_too_many_data_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooled_rows, "_MOST_ROWS", 10)
    monkeypatch.setattr(table_plan, "_BLOCKS", 3)
    monkeypatch.setattr(table_plan, "_ROWS", 25)
    parts = wide_parts(67, 2)
    assert [(part.number, part.start, part.cuts, part.stop) for part in parts] == [
        (0, 0, (10, 20), 20),
        (1, 20, (30, 40), 40),
        (2, 40, (50, 60), 60),
        (3, 60, (67,), 67),
    ]
    monkeypatch.setattr(table_plan, "_ROWS", 1_000)
    assert [part.cuts for part in wide_parts(67, 2)] == [(10, 20, 30), (40, 50, 60), (67,)]
    assert [part.cuts for part in wide_parts(60, 2)] == [(10, 20, 30), (40, 50, 60)]
    monkeypatch.setattr(table_plan, "_EFFECTS", 4)
    monkeypatch.setattr(table_plan, "_ROWS", 3)
    rows = open_rows(pa.table({"g": [1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 9]}), [], [], ["g"], Path("unused"))
    assert [part.cuts for part in long_parts(rows, "g")] == [(4,), (8,), (12,), (13,)]


def test_tables_are_cut_wherever_they_come_apart() -> None:
    tables = [
        pa.table({"a": list(range(start, stop))}) for start, stop in ((3, 5), (5, 5), (5, 12), (12, 13))
    ]
    found = list(in_blocks(iter(tables), (4, 9, 13), 3))
    assert [block.column("a").to_pylist() for block in found] == [[3], [4, 5, 6, 7, 8], [9, 10, 11, 12]]


def test_rows_have_their_place_in_words() -> None:
    places = Places((("a.csv", 2, 2), ("b.parquet", 3, 1)))
    words = ["a.csv, row 2", "a.csv, row 3", "b.parquet, row 1", "b.parquet, row 2", "b.parquet, row 3"]
    assert [places.where(row) for row in range(5)] == words
    assert places.where(5) == "row 1 after the last"
    studies = StudyPlaces((places, Places((("c.csv", 9, 2),))))
    assert studies.where((1 << 40) + 3) == "c.csv, row 5"
    assert studies.where(1) == "a.csv, row 3"


def test_files_of_a_table_stand_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.csv", "a.tsv.gz", ".c.csv", "_d.csv", "e.md", "f.PARQUET"):
        (tmp_path / name).write_text("x")
    (tmp_path / "g.csv").mkdir()
    inside = [str(tmp_path / name) for name in ("a.tsv.gz", "b.csv", "f.PARQUET")]
    assert expanded([str(tmp_path)]) == inside
    assert expanded([inside[1], inside[0]]) == inside[1::-1]
    assert expanded([f"file://{tmp_path}"]) == [f"file://{path}" for path in inside]
    assert expanded([str(tmp_path / "*.csv")]) == [str(tmp_path / n) for n in (".c.csv", "_d.csv", "b.csv")]
    assert [is_table(name) for name in ("x/a.ma", "a.csv.zst", "a.zst", "a.csvx", "x/_a.csv")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_effects_that_may_be_beyond_double_precision_are_looked_at_once_more() -> None:
    nan = float("nan")
    usual = np.array([[1e20, -1e20, 0.0], [1e-60, nan, -1.0]])
    v = np.array([[1e-40, 1e40, 1.0], [1.0, nan, 1.0]])
    assert unusual(usual, v) is None
    for at, number in (((0, 0), 1.1e20), ((0, 1), -1.1e20), ((1, 0), 0.9e-60)):
        y = usual.copy()
        y[at] = number
        found = unusual(y, v)
        assert found is not None
        assert np.argwhere(found).tolist() == [list(at)]
    for at, number in (((0, 0), 0.9e-40), ((0, 1), 1.1e40)):
        w = v.copy()
        w[at] = number
        found = unusual(usual, w)
        assert found is not None
        assert np.argwhere(found).tolist() == [list(at)]
    assert unusual(np.full((1, 2), nan), np.full((1, 2), nan)) is None
    assert beyond_scale(np.array([1.0]), np.array([1.0]), None) is None
    says = beyond_scale(np.array([1.0, 1e200]), np.array([1.0, 1.0]), ("A", "B"))
    assert says is not None
    assert says.startswith("B: yi is 1e+200; rescale")


def test_directions_are_the_signs_of_effects() -> None:
    y = np.array([[1.0, -1.0, 0.0, np.nan], [-0.0, 2.0, np.nan, -1e-300]])
    assert directions(y).to_pylist() == ["+-0?", "0+?-"]


def test_keys_fall_into_the_bucket_that_begins_at_or_before_them() -> None:
    buckets = Divided(np.array([10, 20]))
    assert buckets.count == 3
    assert buckets.bucket_of(np.array([9, 10, 19, 20, 99])).tolist() == [0, 1, 1, 2, 2]


def test_the_sentence_of_a_method_names_every_choice() -> None:
    def said(method: str, weights: str | None, ask: tuple[str, ...], adjust: tuple[str, ...]) -> list[str]:
        found = read_bulk_choices(method, "z", None, "PL", 0.9, weights, ask, 1, "stop", adjust).sentence
        assert found.endswith(".")
        return found[:-1].split("; ")

    one = "one study is returned as it is, with its own z interval"
    assert said("EE", None, (), ()) == ["Equal effects", "Wald z intervals at 90%", one]
    assert said("DL", "fixed", ("leave_one_out", "bayes", "tau2_interval"), ("BH",)) == [
        f"Random effects: DerSimonian-Laird (DL), {WEIGHTINGS['fixed'].name} for the mean",
        "Wald z intervals at 90%",
        f"{INTERVALS['PL'].name} intervals for tau2",
        f"prediction intervals {PREDICTIONS['t(k-1)'].name}",
        "each study left out once",
        "posteriors with a flat prior of the mean and DuMouchel's prior of tau",
        one,
        "p-values adjusted by Benjamini-Hochberg",
    ]
    table = {"y_A": [1.0], "v_A": [1.0], "y_B": [1.0], "v_B": [2.0]}
    stands: dict[str, Any] = {"yi": "y_*", "vi": "v_*", "method": "EE", "adjust": ()}
    for choices, says in (
        ({"overlap": np.eye(2)}, "shared samples: decoupled, correlations as given."),
        ({"genomic_control": "studies"}, "genomic control of studies."),
        ({"genomic_control": "both"}, "genomic control of studies and results."),
        ({"permutations": 2, "seed": 3}, "family-wise p-values by 2 changes of sign at most (seed 3)."),
    ):
        assert synthesis.pool_table(table, **stands, **choices).method_sentence == (
            f"Equal effects; Wald z intervals at 95%; {one}; {says}"
        )


def test_inputs_are_known_by_size_time_and_hash(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("y_A\n1\n")
    table = pa.table({"a": [1.0, 2.0]})
    (file, held) = identities([str(path)], [table])
    assert file == {"path": str(path), "bytes": 6, "changed": path.stat().st_mtime_ns}
    assert held == {"path": "", "sha256": table_digest(table)}
    assert table_digest(table) != table_digest(pa.table({"a": [1.0, 2.5]}))
    assert table_digest(table) != table_digest(pa.table({"b": [1.0, 2.0]}))
    url = f"file://{path}"
    assert identities([url]) == [{"path": url, "bytes": 6}]
    digest = file_digest(path)
    assert input_entries([url, str(path)]) == [
        {"path": url, "bytes": 6, "sha256": digest},
        {"path": str(path), "bytes": 6, "sha256": digest},
    ]
    assert versions()["numpy"] == np.__version__
    assert set(versions()) == {"python", "living-synthesis", "numpy", "scipy", "pyarrow", "numba"}
    counts = Counter({("B", "x"): 2, ("", "y"): 1})
    assert counts_of(counts) == [
        {"study": None, "reason": "y", "times": 1},
        {"study": "B", "reason": "x", "times": 2},
    ]


def test_a_result_shows_its_counts_files_and_method() -> None:
    refused = {("", "nothing"): 1_200, ("A", "vi is not above zero"): 1}
    shown = str(BulkPooled(5_000, 3_800, refused, 3_800, 1.0414, "How.", {}, (Path("out/results.parquet"),)))
    assert shown.splitlines() == [
        "5,000 data sets, 3,800 pooled; lambda = 1.041",
        "  refused 1,200 times: nothing",
        "  refused 1 time (A): vi is not above zero",
        "  out/results.parquet",
        "  How.",
    ]


def test_only_parquet_files_that_others_can_see_are_read_elsewhere(tmp_path: Path) -> None:
    frame = pd.DataFrame({"y_A": [1.0], "v_A": [1.0]})
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_csv(tmp_path / "b.csv", index=False)
    here = []
    for paths in (["a.parquet"], ["a.parquet", "b.csv"]):
        files = [str(tmp_path / name) for name in paths]
        rows = open_rows(None, files, ["y_A", "v_A"], [], tmp_path / "copies")
        assert isinstance(rows, FileRows)
        assert rows.rows == len(files)
        here.append(rows.here)
        assert [rows.places.where(row) for row in range(rows.rows)] == [
            f"{tmp_path}/a.parquet, row 1",
            f"{tmp_path}/b.csv, row 2",
        ][: len(files)]
    assert here == [False, True]
