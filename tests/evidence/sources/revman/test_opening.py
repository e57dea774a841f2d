"""Which files are RevMan's: by their ending, or by the columns of their table."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.sources.revman.opening import is_revman, read_revman
from tests.evidence.sources.importing import table
from tests.evidence.sources.revman.files import outcome, rm5


@pytest.mark.parametrize(
    ("name", "header", "whether"),
    [
        ("zinc.rm5", None, True),
        ("zinc.RM5", None, True),
        ("zinc.zip", None, True),
        ("zinc.csv", None, False),
        ("zinc.csv", "Analysis group,Experimental cases,Study", True),
        ("zinc.csv", "Analysis group,Study", False),
        ("zinc.csv", "Experimental cases,Study", False),
    ],
)
def test_a_file_is_revman_s_by_its_ending_or_by_its_columns(
    name: str, header: str | None, whether: bool
) -> None:
    sheets = () if header is None else (table(f"{header}\n1,2,3\n"),)
    assert is_revman(Path(name), sheets) is whether


def test_an_ending_may_be_in_capitals(tmp_path: Path) -> None:
    path = rm5(tmp_path, outcome("DICH", "")).rename(tmp_path / "ZINC.RM5")
    assert read_revman(path).title == "Zinc for colds"
