"""A file that is replaced is the new one whole, or the old one, with nothing left beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.replacing import replace_bytes


def test_a_file_is_made_and_made_anew(tmp_path: Path) -> None:
    for content in (b"one", b"two"):
        replace_bytes(tmp_path / "a", content)
        assert (tmp_path / "a").read_bytes() == content
        assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_cannot_be_replaced_stays_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        replace_bytes(tmp_path / "folder", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    with pytest.raises(FileNotFoundError) as refused:
        replace_bytes(tmp_path / "nowhere" / "a", b"new")
    assert str(tmp_path / "nowhere") in str(refused.value)
