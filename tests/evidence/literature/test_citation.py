"""A citation, its id, and several as one."""

from __future__ import annotations

import itertools
from dataclasses import replace

from evidence.literature.citation import Citation, CitationSource, content, one_of, record_mark
from tests.evidence.literature.exports import bare, cited


def test_the_id_is_the_best_identifier_or_a_hash_of_the_words() -> None:
    assert cited(doi="10.1000/a", pmid="5", pmcid="PMC6").id == "doi:10.1000/a"
    assert cited(pmid="5", pmcid="PMC6").id == "pmid:5"
    assert cited(pmcid="PMC6").id == "pmcid:PMC6"
    assert cited(doi="10.1000/a", pmid="5", pmcid="PMC6").names == {"doi:10.1000/a", "pmid:5", "pmcid:PMC6"}
    assert replace(cited(doi="10.1000/a"), apart="x").id == "doi:10.1000/a#x"
    words = cited().id
    assert words == replace(cited(), kind="x", abstract="y", issue="9", sources=()).id
    assert words == cited("HEMOGLOBIN and bone loss in older women").id
    assert len(words) == len("words:") + 16
    for name, value in (
        ("title", "x"),
        ("authors", ("x",)),
        ("year", 2000),
        ("journal", "x"),
        ("volume", "x"),
    ):
        assert cited(**{name: value}).id != words  # type: ignore[arg-type]
    assert cited(pages="x").id != words


def test_the_hash_of_words_is_the_same_for_ever() -> None:
    import hashlib

    said = "a title\nrossi, a.\n2012\nblood\n27\n1-2"
    made = Citation(
        title="A title", authors=("Rossi, A.",), year=2012, journal="Blood", volume="27", pages="1-2"
    )
    assert made.id == f"words:{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def test_content_is_all_but_place_and_abstract() -> None:
    one = cited(abstract="x")
    assert content(one) == content(replace(one, abstract="y", sources=(), apart="z"))
    assert content(one).isascii()
    assert content(cited("é")) != content(cited("e"))
    for name in ("kind", "title", "journal", "volume", "issue", "pages", "doi", "pmid", "pmcid", "language"):
        assert content(cited(**{name: "other"})) != content(cited())
    for name in ("other_titles", "authors", "issn", "registry", "keywords"):
        assert content(cited(**{name: ("other",)})) != content(cited())  # type: ignore[arg-type]
    assert content(replace(one, year=None)) != content(one)
    assert len(record_mark(one)) == 16


def test_several_are_one_whatever_their_order() -> None:
    records = [
        cited(sources=(CitationSource("a", 1),), abstract="ab"),
        cited(sources=(CitationSource("b", 2),), abstract="abc"),
        cited(
            f"{cited().title}, again",
            year=2013,
            doi="10.1000/a",
            sources=(CitationSource("c", 3),),
            issn=("0021-9681",),
        ),
        bare(
            authors=("Rossi, Anna Maria", "Lee, B. C."),
            year=None,
            sources=(CitationSource("d", 4),),
            other_titles=("Eisen",),
        ),
    ]
    made = {one_of(order) for order in itertools.permutations(records)}
    (one,) = made
    assert len(one.parts) == 3  # two say the same
    assert one.sources == tuple(CitationSource(name, at) for at, name in enumerate("abcd", 1))
    assert (one.title, one.other_titles) == (f"{cited().title}, again", ("Eisen", cited().title))
    assert (one.year, one.doi, one.issn, one.abstract) == (2013, "10.1000/a", ("0021-9681",), "abc")
    assert one.authors == ("Rossi, Anna Maria", "Lee, B. C.")
    assert one.pages == "123-130"
    assert one_of([one, records[0]]) == one
    assert one_of([one]) == one
    assert one_of(one.records()) == one
    assert one.id == "doi:10.1000/a"
    assert one.names == {"doi:10.1000/a", records[0].id, records[3].id}


def test_one_record_by_itself_has_no_parts() -> None:
    one = one_of([cited(), cited(sources=(CitationSource("b", 2),))])
    assert one.parts == ()
    assert one.records() == (one,)
    assert one.sources == (CitationSource("a.ris", 1), CitationSource("b", 2))


def test_of_texts_as_long_the_first_in_the_alphabet_is_chosen() -> None:
    assert one_of([bare("abd"), bare("abc")]).title == "abc"
