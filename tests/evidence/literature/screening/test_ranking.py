"""The order in which citations are screened."""

from __future__ import annotations

import random
import sys

import pytest

from evidence.literature.screening.ranking import RankerMissingError, RelevanceRanker
from tests.evidence.literature.exports import cited
from tests.evidence.literature.screening.screened import works


def test_without_the_extra_a_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.feature_extraction.text", None)
    with pytest.raises(
        RankerMissingError, match=r'needs scikit-learn \(pip install "living-synthesis\[rank\]"\)'
    ):
        RelevanceRanker(works(3))


@pytest.mark.parametrize(
    "kept", [{}, {"pmid:1000": True, "pmid:1003": True}, {"pmid:1001": False, "x": True}]
)
def test_there_is_no_order_before_one_is_kept_and_one_is_not(kept: dict[str, bool]) -> None:
    made = works(6)
    assert RelevanceRanker(made).order(made, kept) is None


def test_citations_without_a_word_have_no_order() -> None:
    made = [cited("The of", pmid="1", abstract=""), cited("And", pmid="2", abstract="")]
    assert RelevanceRanker(made).order(made, {"pmid:1": True, "pmid:2": False}) is None


def test_the_same_decisions_give_the_same_order_in_whatever_sequence_they_were_made() -> None:
    made = works(40)
    said = [(f"pmid:{1000 + n}", n % 3 == 0) for n in range(12)]
    pile = made[12:]
    first = RelevanceRanker(made).order(pile, dict(said))
    assert first is not None
    for seed in range(5):
        random.Random(seed).shuffle(said)
        assert RelevanceRanker(made).order(pile, dict(said)) == first
    assert {each.id for each in first} == {each.id for each in pile}
    assert ["bones" in each.title for each in first].index(False) == 10  # all that are left come first


def test_an_empty_pile_stays_empty_and_equal_works_stay_in_their_order() -> None:
    made = works(6)
    ranker = RelevanceRanker(made)
    assert ranker.order([], {"pmid:1000": True, "pmid:1001": False}) == []
    same = [cited("Salt lakes", pmid=str(n), abstract="Salty") for n in range(1, 6)]
    pile = [same[4], same[2], same[3]]
    assert RelevanceRanker(same).order(pile, {"pmid:1": True, "pmid:2": False}) == pile


def test_a_word_that_is_repeated_counts_by_its_logarithm() -> None:
    """Of four to one the logarithms are 2.39 to 1, of nine to two only 3.20 to 1.69."""
    made = [
        cited("Walrus", pmid="1", abstract=""),
        cited("Camel", pmid="2", abstract=""),
        cited("Granite " * 2 + "walrus " * 9, pmid="3", abstract=""),
        cited("Granite " + "walrus " * 4, pmid="4", abstract=""),
    ]
    order = RelevanceRanker(made).order(made[2:], {"pmid:1": True, "pmid:2": False})
    assert order == [made[3], made[2]]
