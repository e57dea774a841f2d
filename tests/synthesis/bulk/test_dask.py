"""On Dask: the same bits as on one machine, whatever happens to workers, schedulers and files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from types import SimpleNamespace
from typing import Any

import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest

import synthesis
from synthesis.bulk import dask_cluster, table_plan
from synthesis.bulk.bulk_choices import read_bulk_choices
from synthesis.bulk.joined_input import is_studies, study_tables
from synthesis.bulk.table_input import WhatStands
from tests.synthesis.bulk.made_tables import extreme_effects, long, random_effects, wide

ROOT = Path(__file__).parents[3]
WIDE: dict[str, Any] = {"yi": "y_*", "vi": "v_*", "key": "gene"}


def mixed(rows: int, studies: int) -> tuple[Any, Any]:
    parts = random_effects(rows // 2, studies, 41), extreme_effects(rows - rows // 2, studies, 42)
    y, v = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.random.default_rng(1).permutation(rows)
    return y[order], v[order]


def in_partitions(frame: pd.DataFrame, count: int) -> Any:
    made: Any = dd.from_pandas
    return made(frame, npartitions=count)


def computed(frame: Any) -> pd.DataFrame:
    found: pd.DataFrame = frame.compute(scheduler="synchronous").reset_index(drop=True)
    return found


@pytest.mark.parametrize("partitions", [5, *(pytest.param(n, marks=pytest.mark.long) for n in (1, 60))])
def test_a_frame_in_partitions_has_the_bits_of_the_frame_in_memory(
    partitions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synthesis.bulk.pooled_rows._MOST_ROWS", 16)
    monkeypatch.setattr(table_plan, "_EFFECTS", 90)
    y, v = mixed(200, 5)
    frame, grouped = wide(y, v), long(y, v)
    expected = synthesis.pool_table(frame, **WIDE, ask=("tau2_interval", "direction")).to_frame()
    of_groups = synthesis.pool_table(
        grouped, yi="y", vi="v", group="gene", study="cohort", ask="leave_one_out"
    )
    found = synthesis.pool_table(in_partitions(frame, partitions), **WIDE, ask=("tau2_interval", "direction"))
    pd.testing.assert_frame_equal(computed(found), expected, check_exact=True)
    assert found.columns.tolist() == expected.columns.tolist()
    assert found.dtypes.tolist() == expected.dtypes.tolist()
    in_parts = in_partitions(grouped, partitions)
    found = synthesis.pool_table(in_parts, yi="y", vi="v", group="gene", study="cohort", ask="leave_one_out")
    pd.testing.assert_frame_equal(computed(found), of_groups.to_frame(), check_exact=True)


def test_a_frame_in_partitions_is_refused_in_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synthesis.bulk.pooled_rows._MOST_ROWS", 8)
    y, v = random_effects(40, 3, 43, missing=0.0)
    frame, grouped = wide(y, v).assign(unit="a"), long(y, v)
    refused: list[tuple[dict[str, Any], str]] = [
        ({"permutations": 9}, "permutations has no part in a Dask frame"),
        ({"output": "x"}, "output has no part"),
        ({"overlap": np.eye(3)}, "overlap has no part"),
        ({"genomic_control": "both"}, "genomic_control has no part"),
        ({"scheduler": "tcp://x:1"}, "scheduler has no part"),
        ({"plots": "qq"}, "plots has no part"),
        ({"yi": "b_*"}, "the Dask frame, row 1: yi: no column is like 'b_*'"),
    ]
    for options, says in refused:
        with pytest.raises(ValueError, match=says.replace("*", r"\*")):
            synthesis.pool_table(in_partitions(frame, 2), **(WIDE | options))
    with pytest.raises(ValueError, match="gwas has no part"):
        synthesis.pool_table(in_partitions(frame, 2), gwas=True)
    frame.loc[30, "v_B"] = -1.0
    with pytest.raises(ValueError, match="the Dask frame, row 31, study 'B': vi is -1"):
        computed(synthesis.pool_table(in_partitions(frame, 3), **WIDE))
    frame.loc[30, "v_B"] = 1.0
    frame.loc[30, "gene"] = "g2"
    with pytest.raises(ValueError, match="a value of gene stands in two places"):
        computed(synthesis.pool_table(in_partitions(frame, 3), **WIDE))
    frame.loc[30, "unit"] = "b"
    frame.loc[30, "gene"] = "new"
    with pytest.raises(ValueError, match="row 31: unit is 'b', and 'a' before; expected one unit"):
        computed(synthesis.pool_table(in_partitions(frame, 3), **WIDE, unit="unit"))
    apart = pd.concat([grouped, grouped[:1]], ignore_index=True)
    with pytest.raises(ValueError, match="a value of gene stands in two places"):
        computed(synthesis.pool_table(in_partitions(apart, 3), yi="y", vi="v", group="gene"))


def test_a_scheduler_in_this_process_gives_the_bits_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr("synthesis.bulk.pooled_rows._MOST_ROWS", 16)
    monkeypatch.setattr(table_plan, "_BLOCKS", 2)
    y, v = mixed(160, 3)
    frame = wide(y, v)
    frame.to_parquet(tmp_path / "a.parquet")
    studies = {
        name: frame[["gene", f"y_{name}", f"v_{name}"]].set_axis(["gene", "y", "v"], axis=1) for name in "ABC"
    }
    runs: list[tuple[Any, dict[str, Any]]] = [
        (tmp_path / "a.parquet", WIDE),
        (frame, WIDE | {"permutations": 4, "method": "DL"}),
        (studies, {"yi": "y", "vi": "v", "key": "gene"}),
    ]
    cluster_of: Any = LocalCluster
    with cluster_of(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address="127.0.0.1:0"
    ) as cluster:
        address = cluster.scheduler_address
        told: list[tuple[int, int]] = []
        for data, choices in runs:
            told.clear()
            there = synthesis.pool_table(
                data, **choices, scheduler=address, progress=lambda done, rows, _: told.append((done, rows))
            )
            assert there.table.equals(synthesis.pool_table(data, **choices).table)
            assert told[-1][0] == told[-1][1] >= 160
            assert [done for done, _ in told] == sorted(done for done, _ in told)
        frame.loc[100, "v_B"] = -1.0
        with pytest.raises(ValueError, match=r"^the table, row 101, study 'B': vi is -1"):
            synthesis.pool_table(frame, **WIDE, scheduler=address)

        def gone(*given: Any, **named: Any) -> Any:
            raise FileNotFoundError(2, "no such file", "/far/a.parquet")

        monkeypatch.setattr("synthesis.bulk.table_plan.TableSource.blocks", gone)
        with pytest.raises(
            ValueError, match=r"^/far/a\.parquet: a worker does not see this file; expected a disk"
        ):
            synthesis.pool_table(tmp_path / "a.parquet", **WIDE, scheduler=address)


@contextmanager
def process(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_" + command[0], *command[1:]],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as started:
        try:
            yield started
        finally:
            os.killpg(started.pid, signal.SIGKILL)


def scheduler(port: int) -> Any:
    return process("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")


def worker(address: str) -> Any:
    return process(
        "worker", address, "--nthreads", "1", "--nworkers", "1", "--no-dashboard", "--death-timeout", "20"
    )


def free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "effects.parquet"
    wide(*mixed(60_000, 6)).to_parquet(path, row_group_size=7_000)
    return path


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synthesis.bulk.pooled_rows._MOST_ROWS", 1_024)
    monkeypatch.setattr(table_plan, "_BLOCKS", 2)


@pytest.mark.long
@pytest.mark.usefixtures("small_parts")
def test_workers_that_are_killed_or_slow_and_a_scheduler_that_restarts_change_no_bit(
    table: Path, tmp_path: Path
) -> None:
    expected = synthesis.pool_table(table, **WIDE, output=tmp_path / "here")
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    done: list[int] = []
    found: list[Any] = []

    def run() -> None:
        found.append(
            synthesis.pool_table(
                table,
                **WIDE,
                output=tmp_path / "there",
                scheduler=address,
                progress=lambda rows, total, words: done.append(rows),
            )
        )

    def wait_for(parts: int) -> None:
        until = time.monotonic() + 300.0
        while len(done) < parts and not found:
            assert time.monotonic() < until
            time.sleep(0.02)

    thread = Thread(target=run)
    with scheduler(port), worker(address) as first, worker(address) as second:
        thread.start()
        wait_for(2)
        os.killpg(first.pid, signal.SIGSTOP)  # a worker that does not answer for a while
        wait_for(4)
        os.killpg(first.pid, signal.SIGCONT)
        os.killpg(second.pid, signal.SIGKILL)  # one that ends in the middle
        wait_for(7)
    assert not found
    with scheduler(port), worker(address), worker(address):  # and all begins anew
        thread.join(120.0)
    assert found
    assert found[0].table.equals(expected.table)
    for name in ("results.parquet", "refused.parquet", "manifest.json"):
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()


@pytest.mark.long
@pytest.mark.usefixtures("small_parts")
def test_a_cluster_pools_files_tables_and_studies_alike_and_names_a_damaged_file(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import LocalCluster

    cluster_of: Any = LocalCluster
    y, v = mixed(4_000, 3)
    frame, grouped = wide(y, v), long(y, v)
    studies = {
        name: frame[["gene", f"y_{name}", f"v_{name}"]].set_axis(["gene", "y", "v"], axis=1) for name in "ABC"
    }
    damaged = bytearray(table.read_bytes())
    damaged[len(damaged) // 2 : len(damaged) * 3 // 4] = b"\xff" * (len(damaged) * 3 // 4 - len(damaged) // 2)
    (tmp_path / "damaged.parquet").write_bytes(damaged)
    frame.to_csv(tmp_path / "text.csv.gz", index=False)
    runs: list[tuple[Any, dict[str, Any]]] = [
        (table, WIDE),
        (tmp_path / "text.csv.gz", WIDE),
        (frame, WIDE | {"permutations": 4}),
        (grouped, {"yi": "y", "vi": "v", "group": "gene"}),
        (studies, {"yi": "y", "vi": "v", "key": "gene"}),
    ]
    with cluster_of(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", env={"PYTHONPATH": str(ROOT)}
    ) as cluster:
        for data, choices in runs:
            there = synthesis.pool_table(data, **choices, scheduler=cluster.scheduler_address)
            assert there.table.equals(synthesis.pool_table(data, **choices).table)
        with pytest.raises(
            ValueError, match=r"^\S+damaged.parquet, row \d+ or after it: the file is damaged"
        ):
            synthesis.pool_table(
                tmp_path / "damaged.parquet",
                yi="y_*",
                vi="v_*",
                scheduler=cluster.scheduler_address,
            )


def test_an_address_without_a_scheduler_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "_FIRST", 0.0)
    monkeypatch.setattr(dask_cluster, "_ANSWER", 0.1)
    frame = wide(*random_effects(5, 2, 1))
    with pytest.raises(ValueError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        synthesis.pool_table(frame, **WIDE, scheduler="tcp://127.0.0.1:9")
    with pytest.raises(ValueError, match="'nonsense://' is no address of a Dask scheduler"):
        synthesis.pool_table(frame, **WIDE, scheduler="nonsense://")


class PretendedClient:
    """A cluster of some threads that has one part done at each look, the first that it was given."""

    status = "running"

    def __init__(self, threads: int) -> None:
        self.threads, self.sent = threads, list[Any]()

    def __enter__(self) -> PretendedClient:
        return self

    def __exit__(self, *given: object) -> None:
        pass

    def nthreads(self) -> dict[str, int]:
        return {f"worker {i}": 1 for i in range(self.threads)}

    def as_current(self) -> Any:
        return nullcontext()

    def submit(self, work: Any, *given: Any, pure: bool) -> Any:
        assert not pure  # two parts that look alike are two parts
        self.sent.append(given)
        future: Future[Any] = Future()
        future.set_result(work(*given))
        return future


def pretended(client: Any, looks: list[int]) -> Any:
    """The module `distributed` with one client, noting how many parts are under way at each look."""

    def wait(futures: list[Any], timeout: float, return_when: str = "ALL_COMPLETED") -> Any:
        looks.append(len(futures))
        return SimpleNamespace(done=futures[:1] if return_when == "FIRST_COMPLETED" else futures)

    errors = SimpleNamespace(FuturesCancelledError=KeyError, FutureCancelledError=KeyError)
    return SimpleNamespace(
        wait=wait, TimeoutError=TimeoutError, client=errors, KilledWorker=KeyError, Client=client
    )


@pytest.mark.parametrize(("threads", "most"), [(3, 6), (0, 2)])
def test_two_parts_for_each_thread_are_under_way(
    threads: int, most: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("synthesis.bulk.pooled_rows._MOST_ROWS", 4)
    monkeypatch.setattr(table_plan, "_BLOCKS", 1)
    looks: list[int] = []
    frame = wide(*random_effects(40, 2, 5))
    frame.to_parquet(tmp_path / "a.parquet")
    for data in (frame, tmp_path / "a.parquet"):
        looks.clear()
        client = PretendedClient(threads)
        failed: list[int] = []

        def connect(
            *given: Any, client: PretendedClient = client, failed: list[int] = failed, **named: Any
        ) -> PretendedClient:
            assert named["set_as_default"] is False  # which other work of this process would then go to
            if len(failed) < 2:
                failed.append(1)
                raise OSError("not yet")
            return client

        monkeypatch.setattr(dask_cluster, "needed", lambda module: pretended(connect, looks))
        monkeypatch.setattr("synthesis.bulk.dask_cluster.time.sleep", lambda seconds: None)
        found = synthesis.pool_table(data, **WIDE, scheduler="tcp://somewhere")
        assert found.table.equals(synthesis.pool_table(data, **WIDE).table)
        assert looks == [most] * (11 - most) + list(range(most - 1, 0, -1))
        assert len(client.sent) == 10
        if data is not frame:
            assert all(source.parts == () for source, _, _ in client.sent)  # each has its own part alone


def test_the_unit_is_that_of_the_first_row_and_keys_are_not_needed() -> None:
    frame = wide(*random_effects(6, 2, 5, missing=0.0)).assign(unit=["b", *"aaaaa"])
    with pytest.raises(ValueError, match="row 2: unit is 'a', and 'b' before; expected one unit"):
        computed(synthesis.pool_table(in_partitions(frame, 2), yi="y_*", vi="v_*", unit="unit"))
    frame.index = pd.Index([0, "a", 2, "b", 4, "c"])
    made: Any = dd.from_pandas
    without = synthesis.pool_table(made(frame, npartitions=3, sort=False), yi="y_*", vi="v_*", adjust=())
    expected = synthesis.pool_table(frame, yi="y_*", vi="v_*", adjust=()).to_frame()
    pd.testing.assert_frame_equal(computed(without), expected, check_exact=True)


def test_studies_and_tables_in_memory_are_read_by_this_machine() -> None:
    y, v = random_effects(5, 2, 5, missing=0.0)
    chosen = read_bulk_choices(None, None, None, "QP", 0.95, None, (), 1, "stop", ())
    table = pd.DataFrame({"gene": range(5), "y": y[:, 0], "v": v[:, 0]})
    stands = WhatStands({"yi": "y", "vi": "v"}, None, None, ("gene",), None, False)
    with TemporaryDirectory() as folder:
        assert study_tables({"A": table}, stands, chosen).opened(Path(folder) / "copies").here
    assert [is_studies(each) for each in ({}, {"A": table}, {"A": "a.csv"}, {"A": [1.0]})] == [
        *(False, True, True, False)
    ]


def test_keys_and_groups_that_are_missing_are_refused_as_in_memory() -> None:
    y, v = random_effects(6, 2, 5, missing=0.0)
    frame, grouped = wide(y, v), long(y, v)
    frame.loc[4, "gene"] = grouped.loc[7, "gene"] = None
    with pytest.raises(ValueError, match="the Dask frame, row 5: gene is missing; expected a key for each"):
        computed(synthesis.pool_table(in_partitions(frame, 2), **WIDE))
    with pytest.raises(ValueError, match="the Dask frame, row 8: gene is missing; expected the group of"):
        computed(synthesis.pool_table(in_partitions(grouped, 2), yi="y", vi="v", group="gene"))


def test_a_partition_one_row_short_of_a_block_ends_with_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synthesis.bulk.pooled_rows._MOST_ROWS", 4)
    frame = wide(*random_effects(7, 2, 5))
    found = computed(synthesis.pool_table(in_partitions(frame, 1), **WIDE))
    pd.testing.assert_frame_equal(found, synthesis.pool_table(frame, **WIDE).to_frame(), check_exact=True)
