"""Records joined to works."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.literature.citation import Citation, CitationSource, content
from evidence.literature.duplicates.compared_forms import compared
from evidence.literature.duplicates.deduplicating import Decisions, deduplicate
from evidence.literature.duplicates.verdicts import judged
from tests.evidence.literature.exports import bare, cited

LONG = "Hemoglobin and bone loss in older women"


def sourced(*citations: Citation) -> list[Citation]:
    """Each from a line of its own."""
    return [replace(each, sources=(CitationSource("a.ris", at),)) for at, each in enumerate(citations, 1)]


def partition(citations: tuple[Citation, ...]) -> list[list[int]]:
    """Lines of the records of each work."""
    return sorted(sorted(source.line for source in each.sources) for each in citations)


def test_one_work_keeps_every_source_and_the_fullest_words() -> None:
    found = deduplicate(
        sourced(
            cited(doi="10.1000/a", abstract="short", keywords=("iron",), kind="jour"),
            cited(f"{LONG}: a cohort study", pmid="5", abstract="a longer abstract", keywords=("bone",)),
            cited(journal="J Bone Miner Res", registry=("NCT01234567",), authors=("Rossi, A",)),
            cited("Another work of quite another kind", pages="7"),
        )
    )
    assert partition(found.citations) == [[1, 2, 3], [4]]
    work = next(each for each in found.citations if each.parts)
    assert (work.title, work.other_titles) == (f"{LONG}: a cohort study", (LONG,))
    assert (work.doi, work.pmid, work.abstract) == ("10.1000/a", "5", "a longer abstract")
    assert (work.keywords, work.registry) == (("bone", "iron"), ("NCT01234567",))
    assert work.authors == ("Rossi, Anna", "Lee, B. C.")
    assert work.journal == "Journal of Bone and Mineral Research"
    assert work.kind == "journal article"
    assert work.id == "doi:10.1000/a"
    assert {"doi:10.1000/a", "pmid:5"} <= work.names
    assert (found.doubtful, found.related) == ((), ())


def test_a_doubtful_pair_is_told_once_with_its_reason() -> None:
    found = deduplicate(sourced(cited(doi="10.1000/b"), cited(doi="10.1000/a"), cited("X", year=1990)))
    assert [(p.one.id, p.other.id, p.reason) for p in found.doubtful] == [
        ("doi:10.1000/a", "doi:10.1000/b", "the same title and place, but another DOI")
    ]
    assert len(found.citations) == 3
    related = deduplicate(sourced(cited(), cited(f"Erratum: {LONG}", pages="500")))
    assert [(p.reason, len(related.doubtful)) for p in related.related] == [
        ("one is a notice, comment or reply about the other", 0)
    ]


def test_works_with_two_identifiers_of_a_kind_are_not_joined_through_a_third() -> None:
    """One record without a DOI fits both: it goes to the first, and the other is asked about."""
    found = deduplicate(sourced(cited(doi="10.1000/a", pages=""), cited(doi="10.1000/b", volume=""), bare()))
    assert len(found.citations) == 2
    assert {frozenset((p.one.id, p.other.id)) for p in found.doubtful} == {
        frozenset(("doi:10.1000/a", "doi:10.1000/b"))
    }


def test_identifiers_join_before_words_do() -> None:
    """The last fits the first by its words and the second by its number: it belongs to the second."""
    found = deduplicate(
        sourced(
            cited(kind="a", doi="10.1000/a", pages=""),
            cited(
                kind="c", doi="10.1000/b", pmid="5", title=f"{LONG}: quite another view", volume="", pages=""
            ),
            cited(kind="b", pmid="5", volume="", pages=""),
        )
    )
    assert partition(found.citations) == [[1], [2, 3]]


def test_two_works_that_bear_one_doi_have_two_ids() -> None:
    found = deduplicate(
        sourced(cited(doi="10.1000/a"), cited("Iron in young men", doi="10.1000/a", authors=("Kim, J.",)))
    )
    ids = [each.id for each in found.citations]
    assert len(set(ids)) == 2
    assert all(each.startswith("doi:10.1000/a#") and len(each) == len("doi:10.1000/a#") + 8 for each in ids)
    assert [p.reason for p in found.doubtful] == ["the same DOI, but other titles"]
    decided = deduplicate(found.citations, Decisions(different=frozenset([(ids[0], ids[1])])))
    assert [each.id for each in decided.citations] == ids
    assert decided.doubtful == ()
    joined = deduplicate(found.citations, Decisions(same=frozenset([(ids[0], ids[1])])))
    assert [each.id for each in joined.citations] == ["doi:10.1000/a"]


def test_decisions_join_part_and_end_the_asking() -> None:
    records = sourced(
        cited(doi="10.1000/a"), cited(doi="10.1000/b"), cited("Zinc and other things", pmid="5", pages="7")
    )
    pair = ("doi:10.1000/a", "doi:10.1000/b")
    same = deduplicate(records, Decisions(same=frozenset([pair])))
    assert partition(same.citations) == [[1, 2], [3]]
    assert same.doubtful == ()
    different = deduplicate(same.citations, Decisions(different=frozenset([pair])))
    assert partition(different.citations) == [[1], [2], [3]]
    assert (different.doubtful, different.related) == ((), ())
    certain = sourced(cited(pmid="5"), cited(pmcid="PMC6"))
    apart = deduplicate(certain, Decisions(different=frozenset([("pmid:5", "pmcid:PMC6")])))
    assert partition(apart.citations) == [[1], [2]]
    assert apart.doubtful == ()
    through = deduplicate(
        sourced(cited(pmid="5"), cited(pmcid="PMC6"), cited()),
        Decisions(different=frozenset([("pmcid:PMC6", "pmid:5")])),
    )
    assert len(through.citations) == 2
    assert deduplicate(records, Decisions(same=frozenset([("doi:none", "pmid:5")]))) == deduplicate(records)


def test_what_was_decided_to_be_one_stays_one_beside_certain_joins() -> None:
    found = deduplicate(
        sourced(
            cited(doi="10.1000/a"),
            cited("Zinc in the diet of athletes", pmid="5", pages="7"),
            cited(pmcid="PMC6"),
        ),
        Decisions(same=frozenset([("doi:10.1000/a", "pmid:5")])),
    )
    assert partition(found.citations)[0][:2] == [1, 2]
    assert sum(len(each.sources) for each in found.citations) == 3


TITLES = st.sampled_from(
    [
        LONG,
        LONG.upper(),
        f"{LONG}: a cohort",
        f"Erratum: {LONG}",
        f"{LONG} 2",
        "Iron",
        "",
        "Zinc in men's bones and blood",
    ]
)
RECORDS = st.builds(
    Citation,
    kind=st.sampled_from(["", "article", "meeting abstract"]),
    title=TITLES,
    authors=st.sampled_from([(), ("Rossi, A.",), ("A Rossi", "B Lee"), ("Kim J",)]),
    year=st.sampled_from([None, 2012, 2013, 2019]),
    journal=st.sampled_from(
        ["", "Blood", "J Bone Miner Res", "Journal of Bone and Mineral Research", "medRxiv"]
    ),
    volume=st.sampled_from(["", "27", "28"]),
    pages=st.sampled_from(["", "12-15", "12-5", "e7"]),
    doi=st.sampled_from(["", "10.1000/a", "10.1000/b", "10.1000/x.pub2"]),
    pmid=st.sampled_from(["", "", "5", "6"]),
    abstract=st.sampled_from(["", "one", "another"]),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(RECORDS, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_order_and_repetition_of_records_make_no_difference(
    records: list[Citation], dice: random.Random
) -> None:
    records = sourced(*records)
    once = deduplicate(records)
    shuffled = records.copy()
    dice.shuffle(shuffled)
    assert deduplicate(shuffled) == once
    assert deduplicate(records + records) == once
    assert deduplicate(once.citations) == once
    half = deduplicate(shuffled[: len(records) // 2]).citations
    assert deduplicate([*half, *shuffled[len(records) // 2 :]]) == once
    # nothing is lost, nothing is there twice
    assert sorted(s.line for each in once.citations for s in each.sources) == list(range(1, len(records) + 1))
    said = {content(record) for record in records}
    assert {content(part) for each in once.citations for part in each.records()} == said
    ids = [each.id for each in once.citations]
    assert ids == sorted(set(ids))


@settings(max_examples=150, deadline=None)
@given(RECORDS, RECORDS)
def test_a_verdict_is_the_same_whichever_comes_first(one: Citation, other: Citation) -> None:
    a, b = compared(one), compared(other)
    there, back = judged(a, b), judged(b, a)
    assert (there.verdict, there.strength) == (back.verdict, back.strength)


@settings(max_examples=30, deadline=None)
@given(st.lists(RECORDS, min_size=2, max_size=7))
def test_no_work_has_two_identifiers_of_one_kind(records: list[Citation]) -> None:
    for work in deduplicate(sourced(*records)).citations:
        assert len({part.doi for part in work.records()} - {""}) <= 1
        assert len({part.pmid for part in work.records()} - {""}) <= 1


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    deduplicate(
        sourced(cited(), cited(year=2013), cited(pmid="5")),
        tell=lambda done, total: told.append((done, total)),
    )
    assert told == [(0, 3)]
