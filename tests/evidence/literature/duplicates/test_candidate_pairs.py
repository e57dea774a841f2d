"""Which records are compared."""

from __future__ import annotations

from evidence.literature.duplicates.candidate_pairs import pairs_to_compare
from evidence.literature.duplicates.compared_forms import compared
from tests.evidence.literature.exports import bare, cited

LONG = "Hemoglobin and bone loss in older women"


def pairs(*citations: object) -> set[tuple[int, int]]:
    found = list(pairs_to_compare([compared(each) for each in citations]))  # type: ignore[arg-type]
    assert len(found) == len(set(found))
    assert all(i < j for i, j in found)
    return set(found)


def test_records_that_share_a_key_are_compared() -> None:
    other = "Zinc for athletes during heavy training"
    for same in ({"doi": "10.1000/a"}, {"pmid": "5"}, {"pmcid": "PMC5"}):
        assert pairs(bare(**same), bare(other, **same)) == {(0, 1)}
    assert pairs(cited(), cited(other)) == {(0, 1)}  # the place
    assert pairs(cited(), cited(other, authors=("Kim",))) == {(0, 1)}
    assert pairs(cited(), cited(other, pages="123-138", authors=("Kim",))) == set()
    assert pairs(cited(), cited(other, pages="123")) == {(0, 1)}
    assert pairs(cited(), cited(other, pages="123", volume="28")) == set()
    assert pairs(bare(), bare(other)) == set()
    assert pairs(bare(""), bare("")) == set()
    # a page without a volume is no place
    assert pairs(bare(pages="5"), bare(other, pages="5")) == set()
    assert pairs(bare(volume="5"), bare(other, volume="5")) == set()


def test_titles_with_a_word_changed_lost_or_added_are_compared() -> None:
    for title in (
        "Hemoglobin and bone loss in elderly women",
        "Haemaglobin and bone loss in older women",
        "Hemoglobin and bone loss",
        f"{LONG}: a cohort study of ten years in three countries",
        "Loss of bone and hemoglobin in older women",
    ):
        assert pairs(bare(), bare(title)) == {(0, 1)}
    assert pairs(bare("Iron: a review of trials"), bare("Iron")) == {(0, 1)}


def test_of_a_large_group_each_is_compared_with_its_next_ones() -> None:
    few = [bare(year=1900 + at) for at in range(40)]
    assert len(pairs(*few)) == 40 * 39 // 2
    assert len(pairs(*(bare(year=1900 + at) for at in range(41)))) == 10 * 31 + 9 * 10 // 2
    many = [bare(year=1900 + at) for at in range(60)]
    found = pairs(*many)
    assert found == {(i, j) for i in range(60) for j in range(i + 1, min(i + 11, 60))}
    assert pairs(*reversed(many)) == found
    # in any order the next ones are those of the next years, and of one year those of the next authors
    rank = [37 * at % 60 for at in range(60)]
    near = {(i, j) for i in range(60) for j in range(i + 1, 60) if abs(rank[i] - rank[j]) <= 10}
    assert pairs(*(bare(year=1900 + each) for each in rank)) == near
    assert pairs(*(bare(authors=(f"Aa{each:02}, B.",)) for each in rank)) == near
