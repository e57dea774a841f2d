"""Fields of a record as a citation."""

from __future__ import annotations

import pytest

from evidence.literature.assembling import UNTITLED, citation_of
from evidence.literature.citation import Citation, CitationSource
from evidence.literature.raw_record import FIELDS, RawRecord
from evidence.literature.readers import (
    bibtex,
    csl_json,
    delimited,
    endnote_tagged,
    endnote_xml,
    medline,
    pubmed_xml,
    ris,
    web_of_science,
)


def made(of_file: str = "", **said: str | list[str]) -> Citation:
    fields = {"title": ["T"], **{k: [v] if isinstance(v, str) else v for k, v in said.items()}}
    citation = citation_of(RawRecord(7, fields), "f.ris", of_file)
    assert citation is not None
    return citation


def test_every_reader_speaks_the_common_names() -> None:
    tables = (ris, medline, web_of_science, endnote_tagged, bibtex, csl_json)
    spoken = {name for module in tables for name in module.NAMES.values()}
    spoken |= set(delimited.NAMES.values()) | set(endnote_xml._PATHS) | set(pubmed_xml._PATHS)
    own = {"full_author", "location", "owner", "identifiers", "source"}  # which those readers take apart
    assert spoken - own == FIELDS


def test_a_whole_record_becomes_a_citation() -> None:
    raw = RawRecord(
        3,
        {
            "kind": ["JOUR", "Article", "jour"],
            "title": ["<i>A</i>  title"],
            "short_title": ["A"],
            "other_title": ["Ein Titel"],
            "author": ["Rossi, A.", "Lee, B."],
            "year": ["2012/05/01"],
            "journal": ["Blood."],
            "issn": ["0021-9681"],
            "volume": ["Vol. 27"],
            "issue": ["No. 3"],
            "first_page": ["12"],
            "last_page": ["15"],
            "doi": ["https://doi.org/10.1/a"],
            "pmid": ["7"],
            "pmcid": ["PMC123"],
            "registry": ["NCT01234567"],
            "language": ["ENG"],
            "keyword": ["a; b", "a"],
            "abstract": ["short", "a longer one"],
            "database": ["Scopus"],
            "accession": ["X1"],
        },
    )
    assert citation_of(raw, "f.ris") == Citation(
        kind="jour; article",
        title="A title",
        other_titles=("Ein Titel",),
        authors=("Rossi, A.", "Lee, B."),
        year=2012,
        journal="Blood",
        issn=("0021-9681",),
        volume="27",
        issue="3",
        pages="12-15",
        doi="",
        pmid="7",
        pmcid="PMC123",
        registry=("NCT01234567",),
        language="eng",
        keywords=("a", "b"),
        abstract="a longer one",
        sources=(CitationSource("f.ris", 3, "Scopus", "X1"),),
    )


def test_what_says_that_nothing_is_known_is_nothing() -> None:
    for word in ("NA", "n/a", "None", "null", "UNKNOWN", " nan ", "-", "undefined"):
        assert made(journal=word, volume=[word, "3"]) == made(volume="3")


def test_a_record_of_which_nothing_is_known_is_none() -> None:
    assert citation_of(RawRecord(1, {"year": ["2012"], "journal": [" "]}), "f") is None
    for name in ("title", "author", "doi", "pmid", "pmcid", "registry"):
        value = {"doi": "10.1000/a", "pmid": "5", "pmcid": "PMC123", "registry": "NCT01234567"}.get(name, "x")
        assert citation_of(RawRecord(1, {name: [value]}), "f") is not None


def test_a_missing_title_is_told_by_other_words() -> None:
    words = " ".join(f"w{i}" for i in range(20))
    assert made(title=[], abstract=words).title == UNTITLED + " ".join(f"w{i}" for i in range(12))
    assert made(title=[], url="https://x.org").title == UNTITLED + "https://x.org"
    assert made(title=[], book="A book", url="https://x.org").title == UNTITLED + "A book"
    assert made(title=[], short_title="Short").title == "Short"


def test_other_titles_are_those_that_say_something_else() -> None:
    found = made(
        title=["The long title", "Der Titel"], short_title="The long", other_title=["Der Titel", "C"]
    )
    assert found.other_titles == ("C", "Der Titel")


def test_one_field_may_hold_several_authors_and_several_fields_hold_one_each() -> None:
    assert made(author="Rossi, A.; Lee, B.").authors == ("Rossi, A.", "Lee, B.")
    assert made(author=["Rossi; Sons, Inc.", "Lee, B.,"]).authors == ("Rossi; Sons, Inc.", "Lee, B.")
    assert len(made(author=[f"A{i}" for i in range(6_000)]).authors) == 5_000


def test_the_year_is_the_first_that_there_is() -> None:
    for text, year in (
        ("10 15", None),
        ("2019//", 2019),
        ("Jun 1998 to 1999", 1998),
        ("12019", None),
        ("1599", None),
    ):
        assert made(year=text).year == year
    assert made(year=["in press", "2020"]).year == 2020
    assert made(year="1600").year == 1600
    assert made(year="2100").year == 2100


@pytest.mark.parametrize(
    ("said", "pages"),
    [
        ({"pages": "12 – 15"}, "12-15"),
        ({"pages": "12--15"}, "12-15"),
        ({"pages": "12-15+"}, "12-15"),
        ({"pages": "12", "first_page": "3"}, "12"),
        ({"first_page": "12", "last_page": "12"}, "12"),
        ({"first_page": "12"}, "12"),
        ({"first_page": "349-69", "last_page": "69"}, "349-69"),
        ({"first_page": "No", "last_page": "Specified", "article_number": "e5"}, "e5"),
        ({"article_number": "110870"}, "110870"),
        ({}, ""),
    ],
)
def test_pages_are_in_one_form(said: dict[str, str], pages: str) -> None:
    assert made(**said).pages == pages


def test_a_doi_is_found_where_it_hides_its_own_field_first() -> None:
    hidden = {"url": "https://doi.org/10.1000/url", "printed": "Blood. 2012;1:2. doi: 10.1000/printed"}
    assert made(doi="10.1000/own", **hidden).doi == "10.1000/own"
    assert made(doi="none", **hidden).doi == "10.1000/url"
    assert made(printed=hidden["printed"]).doi == "10.1000/printed"
    assert made(note="doi: 10.1000/note").doi == "10.1000/note"
    assert made(note="a reference list: 10.1000/other").doi == ""
    assert made(note="x" * 37 + "doi: 10.1000/a").doi == "10.1000/a"
    assert made(note="x" * 38 + "doi: 10.1000/a").doi == ""


def test_a_number_of_pubmed_is_an_accession_only_in_pubmed() -> None:
    for database in ("PubMed", "Ovid MEDLINE(R)", "NLM"):
        assert made(accession="12345678", database=database).pmid == "12345678"
        assert made(accession="12345678", provider=database).pmid == "12345678"
        assert citation_of(RawRecord(1, {"accession": ["12345678"]}), "f", database) is not None
    assert made(accession="12345678", database="Embase").pmid == ""
    assert made(accession="12345678").pmid == ""
    assert made(url="https://pubmed.ncbi.nlm.nih.gov/55").pmid == "55"
    assert made(url="https://x.org/55").pmid == ""
    assert made(url="https://pubmed.ncbi.nlm.nih.gov/55", pmid="66").pmid == "66"


def test_the_database_is_the_records_own_or_the_files() -> None:
    assert made("Scopus", database="Embase", provider="Ovid").sources[0].database == "Embase"
    assert made("Scopus", provider="Ovid").sources[0].database == "Ovid"
    assert made("Scopus").sources == (CitationSource("f.ris", 7, "Scopus"),)


def test_a_printed_place_fills_what_is_not_said() -> None:
    printed = "Behav Ther. 2022 Mar;53(2):334-347. PMID: 123"
    assert made(printed=printed).pages == "334-347"
    assert made(printed=printed, volume="9").volume == "9"
    assert (made(printed=printed).pmid, made(printed=printed).year) == ("123", 2022)


def test_registry_numbers_stand_in_their_field_or_the_title() -> None:
    found = made(
        registry=["ClinicalTrials.gov/NCT01234567"], title="ISRCTN12345678: a trial", abstract="NCT7654321"
    )
    assert found.registry == ("ISRCTN12345678", "NCT01234567")


def test_keywords_are_apart_and_not_without_end() -> None:
    assert made(keyword="a; b| c\nd; a;").keywords == ("a", "b", "c", "d")
    assert len(made(keyword=[f"k{i}" for i in range(300)]).keywords) == 200
    assert made(keyword="k;" * 10_000).keywords == ()


def test_journals_stand_in_for_one_another() -> None:
    assert made(short_journal="J B", book="Book").journal == "Book"
    assert made(short_journal="J B.", journal="Blood").journal == "Blood"
    assert made(short_journal="J B.").journal == "J B"
