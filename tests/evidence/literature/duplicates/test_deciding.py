"""A person's decision about a pair: what becomes of the citations, and what is kept."""

from __future__ import annotations

import datetime
import getpass
from pathlib import Path

import pytest

from evidence.literature.citation_store import read_citations
from evidence.literature.duplicates.deciding import decide, review_pairs
from evidence.literature.duplicates.deduplicating import NOTHING_DECIDED
from evidence.literature.duplicates.said_of_pairs import DecisionError, read_decisions
from evidence.literature.importing_exports import import_exports
from tests.evidence.literature.test_importing_exports import DOUBT, ONE, OTHER, written


def test_a_decision_joins_is_kept_and_can_be_taken_back(tmp_path: Path) -> None:
    import_exports(tmp_path, written(tmp_path, a=ONE + DOUBT + OTHER))
    path = tmp_path / "literature" / "duplicates.tsv"
    assert len(review_pairs(tmp_path).doubtful) == 1
    says = decide(tmp_path, "same", "doi:10.1000/b", " doi:10.1000/a")
    assert says == "doi:10.1000/a and doi:10.1000/b are same: joined; 2 citations"
    assert [line.split("\t")[:3] for line in path.read_text().splitlines()[1:]] == [
        ["same", "doi:10.1000/a", "doi:10.1000/b"]
    ]
    assert len(path.read_text().splitlines()[1].split("\t")) == 5
    assert len(read_citations(tmp_path, NOTHING_DECIDED)) == 2
    assert review_pairs(tmp_path).doubtful == ()
    says = decide(tmp_path, "different", "doi:10.1000/a", "doi:10.1000/b")
    assert says == "doi:10.1000/a and doi:10.1000/b are different: parted; 3 citations"
    assert len(path.read_text().splitlines()) == 2
    assert decide(tmp_path, "different", "doi:10.1000/a", "doi:10.1000/b").endswith(
        "different: kept; 3 citations"
    )
    assert review_pairs(tmp_path).doubtful == ()
    import_exports(tmp_path, [tmp_path / "a.ris"])
    assert len(read_citations(tmp_path, NOTHING_DECIDED)) == 3


def test_a_decision_needs_two_ids_that_there_are(tmp_path: Path) -> None:
    both = ONE.replace("DO  -", "PM  - 5\nDO  -")
    import_exports(tmp_path, written(tmp_path, a=both + DOUBT))
    with pytest.raises(
        DecisionError, match=r"no citation has the id doi:10.1000/x; `literature duplicates` lists"
    ):
        decide(tmp_path, "same", "doi:10.1000/a", "doi:10.1000/x")
    for other in ("doi:10.1000/a", "pmid:5"):
        with pytest.raises(DecisionError, match="are ids of one record"):
            decide(tmp_path, "same", "doi:10.1000/a", other)
    assert not (tmp_path / "literature" / "duplicates.tsv").exists()


def test_a_decision_keeps_who_made_it_and_when(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import_exports(tmp_path, written(tmp_path, a=ONE + DOUBT + OTHER))
    monkeypatch.setattr(getpass, "getuser", lambda: "anna")
    decide(tmp_path, "different", "doi:10.1000/a", "doi:10.1000/b")

    def nobody() -> str:
        raise OSError

    monkeypatch.setattr(getpass, "getuser", nobody)
    zinc = next(each.id for each in review_pairs(tmp_path).citations if not each.doi)
    assert decide(tmp_path, "same", "doi:10.1000/b", zinc).endswith("joined; 2 citations")
    today = datetime.date.today().isoformat()
    found = read_decisions(tmp_path / "literature")
    assert [(each.one, each.other, each.word, each.by, each.date) for each in found] == [
        ("doi:10.1000/a", "doi:10.1000/b", "different", "anna", today),
        ("doi:10.1000/b", zinc, "same", "", today),
    ]


def test_of_works_that_bear_one_doi_each_is_named_with_its_mark(tmp_path: Path) -> None:
    other = OTHER.replace("ER  -", "DO  - 10.1000/a\nER  -")
    import_exports(tmp_path, written(tmp_path, a=ONE + other))
    one, two = (each.id for each in review_pairs(tmp_path).citations)
    assert one != two
    assert {each.partition("#")[0] for each in (one, two)} == {"doi:10.1000/a"}
    with pytest.raises(DecisionError, match=f"{one} and {one} are ids of one record"):
        decide(tmp_path, "same", one, one)
    assert decide(tmp_path, "same", one, two).endswith("joined; 1 citation")


def test_progress_of_comparing_is_told(tmp_path: Path) -> None:
    import_exports(tmp_path, written(tmp_path, a=ONE + DOUBT))
    told: list[tuple[int, int]] = []
    review_pairs(tmp_path, lambda *numbers: told.append(numbers))
    assert told == [(0, 1)]
