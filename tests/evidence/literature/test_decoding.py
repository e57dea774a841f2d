"""Lines of an export, whatever its bytes."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from evidence.literature import decoding
from evidence.literature.decoding import text_lines

TEXT = "TY  - JOUR\nTI  - Señor Größe βeta\n\nER  - \n"
LINES = [(1, "TY  - JOUR"), (2, "TI  - Señor Größe βeta"), (3, ""), (4, "ER  - ")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("chunk", [1, 3, 1 << 18])
def test_encodings_and_line_ends_make_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, end: str, chunk: int
) -> None:
    monkeypatch.setattr(decoding, "CHUNK", chunk)
    (tmp_path / "f").write_bytes(TEXT.replace("\n", end).encode(encoding))
    assert list(text_lines(tmp_path / "f")) == LINES


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-32-be"])
def test_the_mark_says_which_end_comes_first(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "f").write_bytes(("\ufeff" + TEXT).encode(encoding))
    assert list(text_lines(tmp_path / "f")) == LINES


def test_each_line_has_an_encoding_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes("é–ß\n".encode() + "é–ß\n".encode("cp1252") + b"\x81\xe9")
    assert list(text_lines(tmp_path / "f")) == [(1, "é–ß"), (2, "é–ß"), (3, "\x81é")]


def test_half_a_character_at_the_end_is_told(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes("ab\nc".encode("utf-16") + b"d")
    assert list(text_lines(tmp_path / "f")) == [(1, "ab"), (2, "c\ufffd")]


def test_only_the_ends_of_files_end_lines(tmp_path: Path) -> None:
    text = "a\u2028b\x0bc\x1cd\x85e"
    (tmp_path / "f").write_text(text, encoding="utf-8")
    assert list(text_lines(tmp_path / "f")) == [(1, text)]


def test_an_empty_file_has_no_line_and_a_last_line_needs_no_end(tmp_path: Path) -> None:
    for content, lines in ((b"", []), (b"a\r", ["a"]), (b"a\n\nb", ["a", "", "b"]), (b"\xef\xbb\xbf", [""])):
        (tmp_path / "f").write_bytes(content)
        assert [text for _, text in text_lines(tmp_path / "f")] == lines


def test_a_file_without_line_ends_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "LONGEST_LINE", 10)
    monkeypatch.setattr(decoding, "CHUNK", 8)
    (tmp_path / "f").write_bytes(b"x" * 25 + b"\ny")
    lines = [text for _, text in text_lines(tmp_path / "f")]
    assert "".join(lines) == "x" * 25 + "y"
    assert max(map(len, lines)) <= 18


def test_a_large_file_needs_little_memory(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"AB  - " + b"x" * 94 + b"\n" + (b"y" * 99 + b"\n") * 100_000)
    tracemalloc.start()
    count = sum(1 for _ in text_lines(tmp_path / "f"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 100_001
    assert peak < 3_000_000
