"""Frames kept between runs: made once, and made again when what was kept is of no use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from studies.nhanes.data_files import kept_frame

FRAME = pd.DataFrame(
    {"A": [1.0, np.nan, 0.1 + 0.2], "B": [4.0, 5.0, 6.0]}, index=pd.Index([11, 12, 13], name="SEQN")
)


class Maker:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> pd.DataFrame:
        self.calls += 1
        return FRAME.copy()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "living-synthesis" / "frames"


def test_the_second_time_it_is_read(folder: Path) -> None:
    make = Maker()
    for _ in range(3):
        pd.testing.assert_frame_equal(kept_frame("a", make), FRAME, check_exact=True)
    assert make.calls == 1
    assert [path.name for path in folder.iterdir()] == ["a.npz"]


def test_another_fingerprint_is_another_frame(folder: Path) -> None:
    make = Maker()
    kept_frame("a", make)
    kept_frame("b", make)
    assert make.calls == 2


@pytest.mark.parametrize("content", [b"", b"not a frame", b"PK\x03\x04 cut short"])
def test_a_damaged_file_is_replaced(folder: Path, content: bytes) -> None:
    make = Maker()
    kept_frame("a", make)
    (folder / "a.npz").write_bytes(content)
    pd.testing.assert_frame_equal(kept_frame("a", make), FRAME)
    assert make.calls == 2
    kept_frame("a", make)
    assert make.calls == 2


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "living-synthesis").write_text("a file stands where the folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    pd.testing.assert_frame_equal(kept_frame("a", Maker()), FRAME)
