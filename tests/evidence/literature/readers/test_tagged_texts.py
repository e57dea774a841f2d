"""Web of Science's and EndNote's tagged text, and PubMed's summary."""

from __future__ import annotations

from tests.evidence.literature.exports import only, read_text

WOS = """FN Clarivate Analytics Web of Science
VR 1.0
PT J
AU Rossi, A
   Lee, B
TI Iron and
   bone
SO BLOOD
DT Meeting Abstract
DE iron; bone
SN 0021-9681
VL 27
IS 3
BP 12
EP 15
DI 10.1000/a
PM 777
PY 2012
AB First
   second
UT WOS:1
ER

"""
REFER = """%0 Journal Article
%T Iron and bone
%A Rossi, Anna
%A Lee, B.
%J Blood
%D 2012
%V 27
%N 3
%P 12-15
%R 10.1000/a
%M 777
%@ 0021-9681
%K iron
bone
%X First

second
%G eng
%~ PubMed
"""


def test_web_of_science_becomes_a_citation() -> None:
    got = only(WOS + "EF\n")
    assert (got.title, got.authors, got.year) == ("Iron and bone", ("Rossi, A", "Lee, B"), 2012)
    assert (got.journal, got.volume, got.issue, got.pages) == ("BLOOD", "27", "3", "12-15")
    assert (got.kind, got.keywords, got.issn) == (
        "journal; meeting abstract",
        ("iron", "bone"),
        ("0021-9681",),
    )
    assert (got.doi, got.pmid, got.abstract) == ("10.1000/a", "777", "First second")
    source = got.sources[0]
    assert (source.line, source.database, source.accession) == (3, "Web of Science", "WOS:1")


def test_web_of_science_loses_no_record_whose_end_is_missing() -> None:
    body = WOS.partition("VR 1.0\n")[2]
    whole = read_text(WOS.replace("ER\n", "") + body + body.partition("ER\n")[0] + "EF\n")
    assert [c.sources[0].line for c in whole.citations] == [3, 23, 44]
    assert [(t.line, t.says) for t in whole.troubles] == [
        (3, "its end (ER) is missing: the next record begins on line 23"),
        (44, "the file ends before the record does"),
    ]
    assert len(read_text(WOS + "ER\n").citations) == 1


def test_endnote_becomes_a_citation() -> None:
    got = only(REFER)
    assert (got.kind, got.title, got.authors) == (
        "journal article",
        "Iron and bone",
        ("Rossi, Anna", "Lee, B."),
    )
    assert (got.journal, got.year, got.volume, got.issue, got.pages) == ("Blood", 2012, "27", "3", "12-15")
    assert (got.doi, got.pmid, got.issn, got.keywords) == (
        "10.1000/a",
        "777",
        ("0021-9681",),
        ("iron", "bone"),
    )
    assert (got.abstract, got.language, got.sources[0].line) == ("First second", "eng", 1)


def test_endnote_records_are_parted_by_blank_lines_types_or_titles() -> None:
    second = "%T Second\n%0 Book\n%B A book\n"
    for between in ("\n\n", "", "\n"):
        whole = read_text(REFER + between + REFER + between + second + between + second)
        assert [c.title for c in whole.citations] == ["Iron and bone", "Iron and bone", "Second", "Second"]
    assert [c.sources[0].line for c in whole.citations] == [1, 21, 41, 45]


SUMMARY = """
1: Rossi A, van der Lee BC. Non-erythropoiesis-
stimulating agents: a review. Blood. 2012 May
11;27(3):12-15. doi: 10.1000/a. PMID: 777.

2: [Translated article] Iron. Rev Esp Cir. 2013;1:2. PMID: 778.

3: nothing told apart doi: 10.1000/b. PMID: 779
"""


def test_a_printed_list_becomes_citations() -> None:
    whole = read_text(SUMMARY)
    one, two, three = whole.citations
    assert one.title == "Non-erythropoiesis-stimulating agents: a review"
    assert one.authors == ("Rossi A", "van der Lee BC")
    assert (one.journal, one.year, one.volume, one.issue, one.pages) == ("Blood", 2012, "27", "3", "12-15")
    assert (one.doi, one.pmid, one.sources[0].line, one.sources[0].database) == (
        "10.1000/a",
        "777",
        2,
        "PubMed",
    )
    assert (two.title, two.authors, two.journal, two.pmid) == (
        "[Translated article] Iron",
        (),
        "Rev Esp Cir",
        "778",
    )
    assert (three.title, three.doi, three.pmid) == ("nothing told apart", "10.1000/b", "779")
    assert [(t.line, t.lost) for t in whole.troubles] == [(8, False)]
    assert "whole reference" in whole.troubles[0].says
