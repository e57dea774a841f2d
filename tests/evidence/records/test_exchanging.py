"""A file is replaced only while it is what was seen."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from evidence.records.writing import WritingError
from evidence.records.writing.exchanging import ChangedMeanwhileError, exchange, hash_of


def test_a_file_that_is_as_it_was_seen_is_replaced_and_another_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("one")
    exchange(path, "two", hash_of(b"one"))
    assert path.read_text() == "two"
    with pytest.raises(ChangedMeanwhileError, match=r"a\.yaml' was changed by somebody else; nothing"):
        exchange(path, "three", hash_of(b"one"))
    assert path.read_text() == "two"
    path.unlink()
    with pytest.raises(ChangedMeanwhileError):
        exchange(path, "three", hash_of(b"two"))
    assert list(tmp_path.iterdir()) == []


def test_the_hash_is_that_of_the_standard() -> None:
    # FIPS 180-4, example of one block: SHA-256 of "abc"
    assert hash_of(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_of_many_at_once_one_wins_and_every_other_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("0")
    won: list[int] = []
    told: list[int] = []

    def edit(number: int) -> None:
        try:
            exchange(path, str(number), hash_of(b"0"))
            won.append(number)
        except ChangedMeanwhileError:
            told.append(number)

    threads = [threading.Thread(target=edit, args=(number,)) for number in range(1, 13)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (len(won), len(told)) == (1, 11)
    assert path.read_text() == str(won[0])


def test_who_waits_ten_seconds_for_others_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl")
    path = tmp_path / "a.yaml"
    path.write_text("one")
    lock = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    slept = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: 500.0 + sum(slept))
    monkeypatch.setattr("time.sleep", slept.append)
    try:
        with pytest.raises(WritingError, match="is being written by others; try again"):
            exchange(path, "two", hash_of(b"one"))
    finally:
        os.close(lock)
    assert 10 <= sum(slept) < 10.1
    exchange(path, "two", hash_of(b"one"))
    assert path.read_text() == "two"
