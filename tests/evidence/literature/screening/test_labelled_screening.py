"""What the order saves on a set that its authors labelled."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.literature.screening.ranking import RelevanceRanker
from tests.evidence.literature.screening.labelled_screening import (
    SHARED,
    gambling_pile,
    needed_for,
    pile_of_table,
    screened,
)


def test_needed_are_those_screened_until_a_share_is_found() -> None:
    kept = [False, True, False, True, *[True] * 17, False, False, True, False]
    assert sum(kept) == 20
    assert needed_for(kept, (0.05, 0.95, 1.0)) == {0.05: 2, 0.95: 21, 1.0: 24}


def test_a_table_is_read_with_its_labels(tmp_path: Path) -> None:
    path = tmp_path / "set.csv"
    path.write_text("title,abstract,label\nIce,Cold,1\nSun,Hot,0\n", encoding="utf-8")
    pile = pile_of_table(path, "label")
    assert [(each.title, each.abstract, pile.relevant[each.id]) for each in pile.works] == [
        ("Ice", "Cold", True), ("Sun", "Hot", False),
    ]  # fmt: skip


@pytest.mark.skipif(not (SHARED / "imports").is_dir(), reason="the shared exports are not here")
def test_a_pile_is_screened_to_its_end_the_same_way_each_time() -> None:
    pile = gambling_pile(SHARED)
    ranker = RelevanceRanker(pile.works)
    assert (len(pile.works), sum(pile.relevant.values())) == (109, 10)
    run, again = screened(pile, 0, ranker), screened(pile, 0, ranker)
    assert run.needed == again.needed
    assert 10 <= run.needed[0.95] == run.needed[1.0] <= 109  # 95 % of 10 are all of them
    assert run.stopped is None or run.stopped[0] % 25 == 0
