"""The survey's files read by one process or by two: the same persons, the same sentences."""

from __future__ import annotations

import pickle
import threading
from pathlib import Path

import pandas as pd
import pytest

from studies.nhanes import persons
from studies.nhanes.errors import DataFileError, UnknownColumnError
from studies.nhanes.persons import read_persons
from tests.studies.nhanes.protocols import two_cycles

# What Python says of copying a process in which others of the test's own threads run.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def by_two(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setattr(persons, "_WORTH_TWO_PROCESSES", 0)
    monkeypatch.setattr(threading, "active_count", lambda: 1)


def test_two_processes_read_what_one_reads(
    invented_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    protocol = two_cycles(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "one"))
    alone = read_persons(protocol, invented_data)
    by_two(monkeypatch, tmp_path / "two")
    pd.testing.assert_frame_equal(read_persons(protocol, invented_data), alone, check_exact=True)


def test_a_damaged_file_is_told_alike_from_another_process(
    invented_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    for file in invented_data.rglob("*"):
        if file.is_file():
            copy = data / file.relative_to(invented_data)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    damaged = data / "2015-2016" / "BMX_I.XPT"
    damaged.write_bytes(damaged.read_bytes()[:-1000])
    protocol, said = two_cycles(tmp_path), list[str]()
    for two in (False, True):
        if two:
            by_two(monkeypatch, tmp_path / "two")
        with pytest.raises(DataFileError) as refused:
            read_persons(protocol, data)
        assert refused.value.path == damaged
        said.append(str(refused.value))
    assert said[0] == said[1]


def test_an_error_is_the_same_after_it_was_sent() -> None:
    sent = pickle.loads(
        pickle.dumps(UnknownColumnError(Path("a.xpt"), "has no variable X", "see its codebook"))
    )
    assert type(sent) is UnknownColumnError
    assert str(sent) == "a.xpt: has no variable X; see its codebook"
    assert (sent.path, sent.what, sent.hint) == (Path("a.xpt"), "has no variable X", "see its codebook")
