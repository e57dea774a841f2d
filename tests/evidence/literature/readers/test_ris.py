"""RIS in its dialects."""

from __future__ import annotations

from tests.evidence.literature.exports import only, read_text

RECORD = """TY  - JOUR
T1  - Iron and bone
A1  - Rossi, Anna
AU  - Lee, B.
PY  - 2012/05/01/
T2  - Blood
VL  - 27
IS  - 3
SP  - 12
EP  - 15
DO  - 10.1000/a
KW  - iron
bone
KW  - women
AB  - First line
second line

third line
LA  - eng
ER  -
"""


def test_tags_become_the_parts_of_a_citation() -> None:
    got = only(RECORD)
    assert (got.kind, got.title, got.authors, got.year) == (
        "jour",
        "Iron and bone",
        ("Rossi, Anna", "Lee, B."),
        2012,
    )
    assert (got.journal, got.volume, got.issue, got.pages) == ("Blood", "27", "3", "12-15")
    assert (got.doi, got.keywords, got.language) == ("10.1000/a", ("iron", "bone", "women"), "eng")
    assert got.abstract == "First line second line third line"
    assert got.sources[0].line == 1


def test_a_missing_end_loses_no_record_and_is_told() -> None:
    whole = read_text(RECORD.replace("ER  -\n", "") + RECORD + RECORD.removesuffix("ER  -\n"))
    assert [c.title for c in whole.citations] == ["Iron and bone"] * 3
    assert [c.sources[0].line for c in whole.citations] == [1, 20, 40]
    assert [(t.line, t.says, t.lost) for t in whole.troubles] == [
        (1, "its end (ER) is missing: the next record begins on line 20", False),
        (40, "the file ends before the record does", False),
    ]
    assert str(whole.troubles[0]).startswith("export.txt, line 1: its end")


def test_a_missing_beginning_loses_no_record() -> None:
    whole = read_text(RECORD.replace("TY  - JOUR\n", "") * 2 + RECORD)
    assert [c.sources[0].line for c in whole.citations] == [1, 20, 39]
    assert whole.troubles == []
    cut = read_text("ER  -\n" + RECORD.replace("TY  - JOUR\n", "").replace("ER  -\n", "") + RECORD)
    assert [c.sources[0].line for c in cut.citations] == [2, 20]


def test_lines_between_records_are_no_record() -> None:
    whole = read_text("Provider: X\n1.\n" + RECORD + "NL  - Blood\n\nLink to: x\n2.\n" + RECORD + "NL  - B\n")
    assert [c.sources[0].line for c in whole.citations] == [3, 27]
    assert whole.troubles == []
    assert whole.citations[0].journal == "Blood"


def test_a_record_of_nothing_is_named_with_its_line() -> None:
    whole = read_text(RECORD + "TY  - JOUR\nER  - \n" + RECORD)
    assert len(whole.citations) == 2
    assert [(t.line, t.lost) for t in whole.lost] == [(21, True)]
    assert "neither title" in whole.lost[0].says


def test_spaces_before_and_behind_the_hyphen_vary() -> None:
    assert only("TY - JOUR\n TI  -Iron\nAU  - Lee\nER -\n").title == "Iron"
    assert only("TY  - JOUR\nTI  - Iron - a review\nAB  - so\nER  - x\nER  - ").abstract == "so"


def test_a_number_of_pubmed_central_is_one_only_where_it_looks_so() -> None:
    assert only("TY  - JOUR\nTI  - a\nC2  - PMC12345\nER  - ").pmcid == "PMC12345"
    assert only("TY  - JOUR\nTI  - a\nC2  - 12345\nER  - ").pmcid == ""


def test_each_tag_has_its_place() -> None:
    got = only(
        "TY  - CONF\nTI  - a\nTT  - b\nM3  - Conference Abstract\nJF  - J\nSN  - 0021-9681\n"
        "C7  - e1\nPM  - 77\nL2  - http://dx.doi.org/10.1000%2Fx\nAN  - 5\nDB  - D\nDP  - P\nN2  - abs\n"
        "DE  - k\nCN  - NCT01234567\nER  - "
    )
    assert (got.kind, got.other_titles, got.issn, got.pages) == (
        "conf; conference abstract",
        ("b",),
        ("0021-9681",),
        "e1",
    )
    assert (got.pmid, got.doi, got.abstract, got.keywords) == ("77", "10.1000/x", "abs", ("k",))
    assert (got.registry, got.sources[0].database, got.sources[0].accession) == (("NCT01234567",), "D", "5")
