"""Where a work is printed, in one line."""

from __future__ import annotations

import pytest

from evidence.literature.printed_place import printed_place
from tests.evidence.literature.exports import cited

PLACE = {"journal": "Bone", "year": 2012, "volume": "27", "issue": "3", "pages": "12-5", "kind": "letter"}


@pytest.mark.parametrize(
    ("without", "printed"),
    [
        ((), "Bone. 2012;27(3):12-5. letter. doi:10.1/a pmid:5"),
        (("issue",), "Bone. 2012;27:12-5. letter. doi:10.1/a pmid:5"),
        (("pages",), "Bone. 2012;27(3). letter. doi:10.1/a pmid:5"),
        (("year",), "Bone. 27(3):12-5. letter. doi:10.1/a pmid:5"),
        (("volume", "issue", "pages"), "Bone. 2012. letter. doi:10.1/a pmid:5"),
        (("journal", "kind", "doi"), "2012;27(3):12-5. pmid:5"),
        (("pmid",), "Bone. 2012;27(3):12-5. letter. doi:10.1/a"),
        ((*PLACE, "doi", "pmid"), ""),
    ],
)
def test_what_is_known_of_a_place_stands_in_one_line(without: tuple[str, ...], printed: str) -> None:
    said = {**PLACE, "doi": "10.1/a", "pmid": "5"}
    empty = {name: None if name == "year" else "" for name in without}
    assert printed_place(cited(**{**said, **empty})) == printed  # type: ignore[arg-type]
