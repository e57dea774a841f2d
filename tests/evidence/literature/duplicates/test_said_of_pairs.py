"""Decisions as lines of text."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.literature.duplicates.deduplicating import Decisions
from evidence.literature.duplicates.said_of_pairs import (
    DecisionError,
    SaidOfPair,
    as_decisions,
    read_decisions,
    write_decisions,
)

SAID = [
    SaidOfPair("doi:a", "doi:b", "same", "anna", "2024-01-05"),
    SaidOfPair("doi:c", "pmid:5", "different"),
]


def test_what_is_written_is_read_again_in_order(tmp_path: Path) -> None:
    assert read_decisions(tmp_path) == []
    write_decisions(tmp_path, list(reversed(SAID)))
    assert read_decisions(tmp_path) == SAID
    lines = (tmp_path / "duplicates.tsv").read_text().splitlines()
    assert lines[0].startswith("# same or different")
    assert lines[1] == "same\tdoi:a\tdoi:b\tanna\t2024-01-05"
    assert as_decisions(SAID) == Decisions(frozenset([("doi:a", "doi:b")]), frozenset([("doi:c", "pmid:5")]))


def test_lines_of_a_hand_and_of_a_merge_are_understood(tmp_path: Path) -> None:
    (tmp_path / "duplicates.tsv").write_text(
        "\ufeff# mine\n\n<<<<<<< ours\nsame doi:b  doi:a\n=======\nsame\tdoi:a\tdoi:b\tanna b\n"
        ">>>>>>> theirs\ndifferent\tpmid:5\tdoi:c\n"
    )
    assert read_decisions(tmp_path) == [SaidOfPair("doi:a", "doi:b", "same"), SAID[1]]


@pytest.mark.parametrize("line", ["perhaps a b", "same a", "same", "a\tb\tsame"])
def test_a_line_that_is_no_decision_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "duplicates.tsv").write_text(f"same x y\n{line}\n")
    with pytest.raises(DecisionError, match="line 2: expected same or different, and two ids"):
        read_decisions(tmp_path)


def test_decisions_that_contradict_each_other_are_named_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "duplicates.tsv").write_text("same a b\n#\ndifferent b a\n")
    with pytest.raises(DecisionError, match="a and b are same on line 1 and different on line 3"):
        read_decisions(tmp_path)


def test_a_file_that_cannot_be_read_or_written_is_one_error(tmp_path: Path) -> None:
    path = tmp_path / "duplicates.tsv"
    path.write_bytes(b"\xff")
    with pytest.raises(DecisionError, match="it is no text in UTF-8"):
        read_decisions(tmp_path)
    path.unlink()
    path.mkdir()
    with pytest.raises(DecisionError, match="is a directory"):
        read_decisions(tmp_path)
    with pytest.raises(DecisionError, match="was not written"):
        write_decisions(tmp_path, SAID)
