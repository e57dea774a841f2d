"""PubMed's and EndNote's XML."""

from __future__ import annotations

import tracemalloc

from tests.evidence.literature.exports import only, read_text

PUBMED = """<PubmedArticle><MedlineCitation><PMID Version="1">777</PMID><Article>
<Journal><ISSN>0021-9681</ISSN><JournalIssue><Volume>27</Volume><Issue>3</Issue><PubDate><Year>2012</Year>
</PubDate></JournalIssue><Title>Blood</Title><ISOAbbreviation>Bl.</ISOAbbreviation></Journal>
<ArticleTitle>Iron &amp; <i>bone</i> &beta; &lt;5</ArticleTitle>
<Pagination><MedlinePgn>12-5</MedlinePgn></Pagination>
<ELocationID EIdType="doi">10.1000/a</ELocationID>
<Abstract><AbstractText Label="AIM">First.</AbstractText><AbstractText>Second.</AbstractText></Abstract>
<AuthorList><Author><LastName>Rossi</LastName><Initials>A</Initials></Author>
<Author><CollectiveName>Study Group</CollectiveName></Author></AuthorList><Language>eng</Language>
<DataBankList><DataBank><AccessionNumberList><AccessionNumber>NCT01234567</AccessionNumber></AccessionNumberList>
</DataBank></DataBankList>
<PublicationTypeList><PublicationType>Journal Article</PublicationType></PublicationTypeList>
<VernacularTitle>Eisen</VernacularTitle></Article>
<MeshHeadingList><MeshHeading><DescriptorName>Iron</DescriptorName></MeshHeading></MeshHeadingList>
</MedlineCitation><PubmedData><ArticleIdList><ArticleId IdType="pmc">PMC888</ArticleId></ArticleIdList>
<ReferenceList>
<Reference><ArticleIdList><ArticleId IdType="doi">10.9/other</ArticleId></ArticleIdList></Reference>
</ReferenceList></PubmedData></PubmedArticle>"""
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<PubmedArticleSet>\n'
BOOK = """<PubmedBookArticle><BookDocument><PMID>5</PMID><Book>
<BookTitle>Reviews</BookTitle><PubDate><Year>2001</Year>
</PubDate></Book><ArticleTitle>Iron</ArticleTitle></BookDocument></PubmedBookArticle>"""
RECORD = """<record><ref-type name="Journal Article">17</ref-type>
<contributors><authors><author><style>Rossi, A.</style>
</author></authors><secondary-authors><author>Editor, E.</author></secondary-authors></contributors>
<titles><title><style face="n">Iron and </style><style>bone</style></title>
<secondary-title>Blood</secondary-title>
</titles><dates><year>2012</year></dates><volume>27</volume><number>3</number><pages>12-5</pages>
<isbn>0021-9681</isbn><electronic-resource-num>10.1000/a</electronic-resource-num>
<accession-num>777</accession-num>
<remote-database-provider>NLM</remote-database-provider><custom2>PMC888</custom2><abstract>Abs</abstract>
<keywords><keyword>iron</keyword></keywords><language>eng</language></record>"""


def test_an_article_of_pubmed_becomes_a_citation() -> None:
    got = only(HEAD + PUBMED + "</PubmedArticleSet>")
    assert (got.title, got.authors, got.year) == ("Iron & bone β <5", ("Rossi A", "Study Group"), 2012)
    assert (got.journal, got.volume, got.issue, got.pages) == ("Blood", "27", "3", "12-5")
    assert (got.doi, got.pmid, got.pmcid, got.registry) == ("10.1000/a", "777", "PMC888", ("NCT01234567",))
    assert (got.abstract, got.language, got.keywords) == ("AIM: First. Second.", "eng", ("Iron",))
    assert (got.kind, got.other_titles, got.issn) == ("journal article", ("Eisen",), ("0021-9681",))
    assert (got.sources[0].line, got.sources[0].database, got.sources[0].accession) == (3, "PubMed", "777")


def test_a_chapter_of_pubmed_becomes_a_citation() -> None:
    got = only(HEAD + BOOK + "</PubmedArticleSet>")
    assert (got.title, got.journal, got.pmid, got.year) == ("Iron", "Reviews", "5", 2001)
    assert got.other_titles == ()


def test_a_record_of_endnote_becomes_a_citation() -> None:
    got = only("<xml><records>" + RECORD + "</records></xml>")
    assert (got.title, got.authors, got.year, got.kind) == (
        "Iron and bone",
        ("Rossi, A.",),
        2012,
        "journal article",
    )
    assert (got.journal, got.volume, got.issue, got.pages) == ("Blood", "27", "3", "12-5")
    assert (got.doi, got.pmid, got.pmcid, got.issn) == ("10.1000/a", "777", "PMC888", ("0021-9681",))
    assert (got.abstract, got.keywords, got.language) == ("Abs", ("iron",), "eng")


def test_damage_stays_inside_one_record() -> None:
    cut = PUBMED[: PUBMED.index("<Abstract>")]
    text = HEAD + PUBMED + "\n" + cut + "\n" + PUBMED.replace("</i>", "") + "\n" + cut
    whole = read_text(text)
    assert [c.pmid for c in whole.citations] == ["777"] * 4
    lines = [c.sources[0].line for c in whole.citations]
    assert lines == [3, 21, 28, 46]
    assert [(t.line, t.says, t.lost) for t in whole.troubles] == [
        (21, "its end is missing: the next begins on line 28", False),
        (46, "the file ends before the record does", False),
    ]


def test_records_on_one_line_are_told_apart() -> None:
    whole = read_text(("<xml><records>" + RECORD * 3 + "</records></xml>").replace("\n", ""))
    assert [c.title for c in whole.citations] == ["Iron and bone"] * 3
    assert len(read_text("<records><record/>" + RECORD + "</records>").citations) == 1


def test_comments_and_characters_that_xml_forbids_are_passed_over() -> None:
    text = "<records>" + RECORD.replace("Iron and ", "Iron<!-- no --> and \x0b") + "</records>"
    assert only(text).title == "Iron and bone"


def test_entities_within_entities_cost_nothing() -> None:
    bomb = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10 if i else "ha"}">' for i in range(12))
    text = (
        f"<!DOCTYPE x [{bomb}<!ENTITY file SYSTEM 'file:///etc/passwd'>]>\n<PubmedArticleSet>"
        + PUBMED.replace("First.", "&l11;&file;First.")
    )
    tracemalloc.start()
    got = read_text(text).citations[0]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert got.abstract == "AIM: First. Second."
    assert peak < 5_000_000


def test_the_end_of_a_record_may_have_a_blank_and_the_next_begin_behind_it() -> None:
    text = HEAD + PUBMED.replace("</PubmedArticle>", "</PubmedArticle >") + PUBMED + "\n</PubmedArticleSet>"
    assert [each.pmid for each in read_text(text).citations] == ["777", "777"]
    assert read_text(text).troubles == []
