"""Many files at once: each whole or not there, none overwritten unless that is said."""

from __future__ import annotations

from pathlib import Path

from evidence.records.writing import write_many


def test_each_file_is_written_or_told_why_not_in_the_order_given(tmp_path: Path) -> None:
    folder = tmp_path / "studies"
    folder.mkdir()
    for name in ("kept", "replaced"):
        (folder / f"{name}.yaml").write_text("old")
    (tmp_path / "file").write_text("x")
    told = write_many(
        [
            (folder / "new.yaml", "ä", False),
            (folder / "kept.yaml", "new", False),
            (folder / "replaced.yaml", "new", True),
            (tmp_path / "file" / "a.yaml", "x", False),
            (folder / "surrogate.yaml", "\ud800", False),
        ]
    )
    assert [told[0], told[2]] == [None, None]
    assert [str(told[at]).partition("not written: ")[2] for at in (1, 3, 4)] == [
        "a file of that name exists",
        "not a directory",
        "character '\\ud800' is no text; type it again",
    ]
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} == {
        "kept.yaml": "old", "new.yaml": "ä", "replaced.yaml": "new",
    }  # fmt: skip
    assert write_many([]) == []


def test_a_hundred_files_come_in_one_call(tmp_path: Path) -> None:
    files = [(tmp_path / "s" / f"{number}.yaml", str(number), False) for number in range(100)]
    assert write_many(files) == [None] * 100
    assert sorted(int(path.read_text()) for path in (tmp_path / "s").iterdir()) == list(range(100))
