"""Where blocks and parts end, how columns become numbers, and what places, plans and results say in words."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import synthesis
from synthesis.bulk import many_tests, pooled_rows, rows_in_order, table_plan
from synthesis.bulk.arrow_parts import numbers_of, with_missing
from synthesis.bulk.block_results import directions
from synthesis.bulk.bulk_choices import read_bulk_choices
from synthesis.bulk.bulk_manifest import counts_of, identities, input_entries, table_digest, versions
from synthesis.bulk.bulk_result import BulkPooled
from synthesis.bulk.data_blocks import beyond_scale, run_starts, unusual
from synthesis.bulk.effect_columns import present_column
from synthesis.bulk.rows_in_order import FileRows, Places, in_blocks, open_rows
from synthesis.bulk.streaming import Pace, in_time
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
    files = (Path("out/results.parquet"),)
    shown = str(BulkPooled(5_000, 3_800, refused, 3_800, 1.0414, 1_100, "How.", {}, files))
    assert shown.splitlines() == [
        "5,000 data sets, 3,800 pooled; lambda = 1.041",
        "  refused 1,200 times: nothing",
        "  refused 1 time (A): vi is not above zero",
        "  1,100 Hartung-Knapp intervals narrower than Wald's (wald_low, wald_high), as the studies agree "
        "better than their variances allow; consider test adhoc",
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


def test_rows_are_read_a_few_at_a_time_and_no_further_than_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_in_order, "READ_AT_ONCE", 2)
    table = pa.table({"a": [float(i) for i in range(9)]})
    for name, start, stop in (("a", 0, 5), ("b", 5, 9)):
        pq.write_table(table.slice(start, stop - start), tmp_path / f"{name}.parquet", row_group_size=2)
    files = [str(tmp_path / f"{name}.parquet") for name in "ab"]
    for rows in (open_rows(table, [], ["a"], [], tmp_path), open_rows(None, files, ["a"], [], tmp_path)):
        for start, stop in ((0, 9), (1, 4), (3, 8), (5, 6), (4, 5)):
            found = [each.column("a").to_pylist() for each in rows.between(start, stop, ["a"])]
            assert [value for part in found for value in part] == [float(i) for i in range(start, stop)]
            assert max(map(len, found)) <= 2
    assert open_rows(table, [], ["a"], [], tmp_path).here
    assert not open_rows(None, files, ["a"], [], tmp_path).here


def test_rows_are_read_from_their_own_row_groups_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    values = np.random.default_rng(1).normal(size=2_000)
    pq.write_table(pa.table({"a": values}), path, row_group_size=1_000, use_dictionary=False)
    start = pq.ParquetFile(path).metadata.row_group(0).column(0).data_page_offset
    content = bytearray(path.read_bytes())
    content[start : start + 200] = b"\xff" * 200
    path.write_bytes(content)
    rows = open_rows(None, [str(path)], ["a"], [], tmp_path)
    (second,) = rows.between(1_000, 2_000, ["a"])
    assert second.column("a").to_pylist() == values[1_000:].tolist()
    with pytest.raises(ValueError, match=r"a\.parquet, row 1 or after it: the file is damaged"):
        list(rows.between(999, 1_000, ["a"]))


def test_groups_go_on_from_one_reading_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_in_order, "READ_AT_ONCE", 4)
    groups = [1, 1, 2, 2, 2, 2, 2, 3, 4, 4, 4, 4, 5, 6, 6]
    table: dict[str, Any] = {"g": groups, "y": np.arange(15.0), "v": np.ones(15)}
    found = synthesis.pool_table(table, yi="y", vi="v", group="g", method="EE").to_frame()
    assert found["g"].tolist() == [1, 2, 3, 4, 5, 6]
    assert found["k"].tolist() == [2, 5, 1, 4, 1, 2]
    assert found["estimate"].tolist() == [0.5, 4.0, 7.0, 9.5, 12.0, 13.5]
    table["g"][14] = 2
    with pytest.raises(ValueError, match="row 15: g '2' stands again, after the table, row 3;"):
        synthesis.pool_table(table, yi="y", vi="v", group="g")


def test_a_part_is_full_when_one_more_block_would_be_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooled_rows, "_MOST_ROWS", 10)
    for most, first in ((29, (10, 20)), (30, (10, 20, 30))):
        monkeypatch.setattr(table_plan, "_ROWS", most)
        assert wide_parts(67, 2)[0].cuts == first


def test_digests_tell_keys_apart_whatever_their_order() -> None:
    table = pa.table({"a": ["x", "y", "x", "y"], "b": ["y", "x", "x", "y"]})
    assert len(set(table_plan.digests_of(table, ("a", "b")).tolist())) == 4


def test_the_bins_of_ranks_hold_zeros_of_either_sign_and_are_sorted_a_few_at_a_time() -> None:
    assert many_tests.bin_counts(lambda: iter([np.array([-0.0, 0.0, np.nan])])).tolist() == [2]
    assert many_tests._ranges(np.array([2, 0, 3, 4]), 5) == [(3, 4, 5), (0, 3, 0)]
    assert many_tests._ranges(np.array([1, 9]), 5) == [(1, 2, 1), (0, 1, 0)]
    assert many_tests._ranges(np.array([2, 3]), 5) == [(0, 2, 0)]
    assert many_tests._ranges(np.array([0, 0]), 5) == []


def test_the_digest_of_a_table_in_memory_is_of_batches_of_65536_rows() -> None:
    table = pa.table({"a": np.arange(70_000.0)})
    cut = pa.concat_tables([table.slice(0, 65_536), table.slice(65_536)])
    assert table_digest(cut) == table_digest(table)


def test_one_wide_column_of_each_part_is_one_study() -> None:
    found = synthesis.pool_table({"y": [1.0], "v": [4.0]}, yi="y", vi="v")
    assert found.to_frame()[["k", "estimate", "se"]].to_numpy().tolist() == [[1, 1.0, 2.0]]


def test_a_frame_has_its_columns_whatever_its_index_and_whole_numbers_may_be_large() -> None:
    frame = pd.DataFrame({"y_A": [1.0, 2.0], "v_A": [1, 2**53 + 1]}, index=pd.Index([0, "a"]))
    found = synthesis.pool_table(frame, yi="y_*", vi="v_*").to_frame()
    assert found["se"].tolist() == [1.0, 2.0**26.5]


def test_plain_choices_ask_for_the_mean_alone() -> None:
    chosen = read_bulk_choices(None, None, None, "QP", 0.95, None, ("fit", "bayes"), 1, "stop", ())
    assert chosen.plain.ask == ("mean",)
    assert chosen.plain.method == chosen.method


def test_what_was_refused_stands_data_set_first_and_nothing_has_the_same_columns() -> None:
    table = {"y_A": [1.0, 1.0], "v_A": [-1.0, 1.0], "y_B": [1.0, 1.0], "v_B": [1.0, 1.0]}
    found = synthesis.pool_table(table, yi="y_*", vi="v_*", invalid="refuse", min_k=2)
    assert found.refused_table.column("study").to_pylist() == [None, "A"]
    nothing = synthesis.pool_table(table, yi=["y_B"], vi=["v_B"]).refused_table
    assert nothing.num_rows == 0
    assert nothing.schema == found.refused_table.schema


def test_pace_is_told_without_an_earlier_run_and_in_hours() -> None:
    told: list[Any] = []
    times = iter([0.0, 2.0])
    Pace(10, lambda *each: told.append(each), clock=lambda: next(times)).add(5)
    assert told == [(5, 10, "2 rows/s, 2 s left")]
    assert in_time(6_000.0) == "1 h 40 min"


def test_columns_that_are_not_there_are_told_with_the_first_twelve_that_are() -> None:
    for count, more in ((12, ""), (13, ", ...")):
        known = [f"c{i}" for i in range(count)]
        with pytest.raises(ValueError, match=f"It has: {', '.join(known[:12])}{re.escape(more)}$"):
            present_column("other", known, "yi", "a.csv")
