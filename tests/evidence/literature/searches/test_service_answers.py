"""Answers of the services as they were recorded, and what is read of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.literature.assembling import citation_of
from evidence.literature.citation import Citation
from evidence.literature.raw_record import RawRecord
from evidence.literature.searches.service_requests import Asking
from evidence.literature.searches.services import crossref, europe_pmc, openalex, pubmed
from evidence.literature.searches.services.search_service import FIRST
from evidence.records.saved_searches import SavedSearch
from tests.evidence.literature.searches.loopback import sent, services_running


def cited(raws: Iterator[RawRecord], service: str) -> list[Citation]:
    found = [citation_of(raw, "x", service) for raw in raws]
    return [each for each in found if each is not None]


def test_a_record_of_europe_pmc(shared: Path) -> None:
    record = json.loads((shared / "imports/api/europepmc/record_core_21999661.json").read_text())
    answer = {"hitCount": 1, "nextCursorMark": "*", "resultList": {"result": [record]}}
    (found,) = cited(europe_pmc.read(json.dumps(answer).encode()), "Europe PMC")
    assert found.title == "Open bibliography for science, technology, and medicine."
    assert found.authors == ("Jones R", "Macgillivray M", "Murray-Rust P")
    assert (found.year, found.journal, found.volume, found.pages) == (
        2011,
        "Journal of Cheminformatics",
        "3",
        "47",
    )
    assert (found.doi, found.pmid, found.pmcid) == ("10.1186/1758-2946-3-47", "21999661", "PMC3206455")
    assert (found.issn, found.language, found.kind) == (
        ("1758-2946",),
        "eng",
        "research-article; journal article",
    )
    assert found.abstract.startswith("The concept of Open Bibliography")
    assert (found.sources[0].accession, found.sources[0].database) == ("MED:21999661", "Europe PMC")


def test_other_kinds_of_europe_pmc() -> None:
    results = [
        {
            "id": "PPR77",
            "source": "PPR",
            "title": "A preprint",
            "bookOrReportDetails": {"publisher": "medRxiv"},
            "pubYear": "2026",
            "meshHeadingList": {"meshHeading": [{"descriptorName": "Bone"}]},
            "keywordList": {"keyword": ["iron"]},
            "authorList": {"author": [{"fullName": "Li D"}, {"collectiveName": "The Group"}]},
        },
        {"id": "9", "source": "AGR", "authorString": "Kim J, Rossi A.", "title": "Plants"},
        "no record",
        {"id": 5},
    ]
    answer = json.dumps({"resultList": {"result": results}}).encode()
    preprint, plants = cited(europe_pmc.read(answer), "Europe PMC")
    assert (preprint.kind, preprint.journal, preprint.year) == ("preprint", "medRxiv", 2026)
    assert (preprint.keywords, preprint.authors) == (("Bone", "iron"), ("Li D", "The Group"))
    assert plants.authors == ("Kim J", "Rossi A")
    assert [raw.line for raw in europe_pmc.read(answer)] == [1, 2, 3, 4]


def test_works_of_crossref(shared: Path) -> None:
    one, other = cited(
        crossref.read((shared / "imports/api/crossref/works_query_2.json").read_bytes()), "Crossref"
    )
    assert one.doi == "10.1093/obo/9780199830060-0238"
    assert one.sources[0].accession == one.doi
    assert one.sources[0].database == "Crossref"
    assert one.abstract.startswith("Communication is perhaps the most important")
    assert other.title
    for name in ("10.1177_02683962211048201.json", "10.2196_22081.json"):
        work = json.loads((shared / "imports/api/crossref" / name).read_text())["message"]
        (found,) = cited(crossref.read(json.dumps({"message": {"items": [work]}}).encode()), "Crossref")
        assert found.doi == name.removesuffix(".json").replace("_", "/")
        assert found.year in (2020, 2021)
        assert found.kind == "journal-article"
        assert len(found.authors) >= 2
        assert "<" not in found.abstract[:40]
    nothing = b'{"message": {"items": ["x", {}, {"DOI": 5}]}}'
    assert cited(crossref.read(nothing), "Crossref") == []
    assert [raw.line for raw in crossref.read(nothing)] == [1, 2, 3]


def test_a_work_of_openalex() -> None:
    """Keys and their values as https://developers.openalex.org/api-reference/works names them."""
    work = {
        "id": "https://openalex.org/W2741809807",
        "doi": "https://doi.org/10.7717/peerj.4375",
        "title": "The state of OA",
        "display_name": "The state of OA",
        "publication_year": 2018,
        "publication_date": "2018-02-13",
        "ids": {
            "pmid": "https://pubmed.ncbi.nlm.nih.gov/29456894",
            "pmcid": "https://www.ncbi.nlm.nih.gov/pmc/articles/5815332",
        },
        "language": "en",
        "primary_location": {
            "source": {"display_name": "PeerJ", "issn_l": "2167-8359", "issn": ["2167-8359"]}
        },
        "type": "article",
        "authorships": [
            {"author": {"display_name": "Heather Piwowar"}},
            {"author": {"display_name": "Jason Priem"}},
        ],
        "biblio": {"volume": "6", "issue": None, "first_page": "e4375", "last_page": "e4375"},
        "keywords": [{"id": "x", "display_name": "Citation"}],
        "abstract_inverted_index": {
            "Despite": [0],
            "growing": [1],
            "interest": [2, 4],
            "in": [3],
            "bad": ["x"],
        },
    }
    bare = {"id": "https://openalex.org/W1", "title": None, "display_name": "Bare", "primary_location": None}
    answer = json.dumps({"results": [work, bare, 5, {"abstract_inverted_index": [1]}]}).encode()
    found, other = cited(openalex.read(answer), "OpenAlex")
    assert (found.title, found.year, found.journal) == ("The state of OA", 2018, "PeerJ")
    assert (found.doi, found.pmid) == ("10.7717/peerj.4375", "29456894")
    assert found.authors == ("Heather Piwowar", "Jason Priem")
    assert (found.volume, found.issue, found.pages) == ("6", "", "e4375")
    assert (found.language, found.kind, found.keywords) == ("en", "article", ("Citation",))
    assert found.abstract == "Despite growing interest in interest"
    assert found.sources[0].accession == "W2741809807"
    assert (other.title, other.sources[0].accession) == ("Bare", "W1")
    assert [raw.line for raw in openalex.read(answer)] == [1, 2, 3, 4]


def test_a_search_of_pubmed(shared: Path) -> None:
    folder = shared / "imports/api/eutils"
    search = SavedSearch(name="x", service="PubMed", query="biopython")
    for name, count, numbers in (
        ("esearch_1.xml", 63, 20),
        ("esearch_2.xml", 42249, 100),
        ("esearch_8.xml", 0, 0),
    ):
        with services_running() as services:
            services.faults = [sent((folder / name).read_bytes())] * 2
            ask = Asking("PubMed", services.addresses["PubMed"], 0.0)
            remarks: list[str] = []
            counted, found = pubmed._searched(ask, search.query, remarks)
            assert (counted, len(found)) == (count, numbers)
            assert remarks == (["PubMed has no record with 'abcXYZ'"] if count == 0 else [])
            if count == 63:
                page = pubmed.page(ask, search, None, FIRST)
                assert page.following.split(",")[:2] == ["20", "37810457"]  # in order, behind their number


def test_records_of_pubmed(shared: Path) -> None:
    for name in ("efetch_1.xml", "efetch_2.xml"):
        content = (shared / "imports/pubmed_xml" / name).read_bytes()
        found = cited(pubmed.read(content + content), "PubMed")
        assert len(found) == 4
        assert [each.pmid for each in found[:2]] == [each.sources[0].accession for each in found[2:]]


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d SYSTEM "file:///etc/passwd">]>'
)


@pytest.mark.parametrize("entity", [b"&c;", b"&d;"])
def test_entities_are_never_expanded(entity: bytes) -> None:
    search = (
        BOMB + b"<eSearchResult><Count>1</Count><IdList><Id>" + entity + b"</Id></IdList></eSearchResult>"
    )
    with services_running() as services:
        services.faults = [sent(search)]
        ask = Asking("PubMed", services.addresses["PubMed"], 0.0)
        assert pubmed._searched(ask, "x", []) == (1, [])
    article = (
        BOMB + b"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>A "
    )
    article += (
        entity + b" title</ArticleTitle></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"
    )
    (found,) = cited(pubmed.read(article), "PubMed")
    assert "aaaa" not in found.title
    assert "root" not in found.title
