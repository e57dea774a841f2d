"""MEDLINE tags."""

from __future__ import annotations

from tests.evidence.literature.exports import only, read_text

RECORD = """PMID- 12345
OWN - NLM
TI  - Iron and
      bone.
LID - 10.1000/a [doi]
LID - S0021 [pii]
AB  - First.

      Second.
FAU - Rossi, Anna
AU  - Rossi A
AU  - Lee B
LA  - eng
SI  - ClinicalTrials.gov/NCT01234567
PT  - Journal Article
TT  - Eisen.
TA  - Blood
JT  - Blood journal
IS  - 0021-9681 (Print)
VI  - 27
IP  - 3
PG  - 12-5
DP  - 2012 May
PMC - PMC777
MH  - Iron
OT  - women
SO  - Blood. 2012 May;27(3):12-5.
"""


def test_tags_become_the_parts_of_a_citation() -> None:
    got = only(RECORD)
    assert (got.title, got.authors, got.year, got.pmid) == (
        "Iron and bone.",
        ("Rossi A", "Lee B"),
        2012,
        "12345",
    )
    assert (got.journal, got.volume, got.issue, got.pages) == ("Blood journal", "27", "3", "12-5")
    assert (got.doi, got.pmcid, got.registry, got.issn) == (
        "10.1000/a",
        "PMC777",
        ("NCT01234567",),
        ("0021-9681",),
    )
    assert (got.kind, got.other_titles, got.keywords) == ("journal article", ("Eisen.",), ("Iron", "women"))
    assert (got.abstract, got.language) == ("First. Second.", "eng")
    source = got.sources[0]
    assert (source.line, source.database, source.accession) == (1, "PubMed", "12345")


def test_records_begin_with_their_number_blank_line_or_not() -> None:
    whole = read_text("Search results\n\n" + RECORD + RECORD + "\n\n" + RECORD.replace("TI  -", "\nTI  -"))
    assert [(c.sources[0].line, c.title) for c in whole.citations] == [
        *((3, "Iron and bone."), (30, "Iron and bone."), (59, "Iron and bone."))
    ]
    assert whole.troubles == []


def test_a_record_that_is_cut_is_kept_and_told() -> None:
    whole = read_text(RECORD + "\n" + RECORD[:60])
    assert [c.pmid for c in whole.citations] == ["12345", "12345"]
    assert [(t.line, t.lost, t.says) for t in whole.troubles] == [
        (29, False, "the file ends before the record does")
    ]


def test_records_without_numbers_are_parted_by_blank_lines() -> None:
    one = "\nOWN - ERIC\nTI  - A\nOID - EJ1\nAID - http://dx.doi.org/10.1000/x\nISSN - ISSN-0021-9681\n"
    whole = read_text(one + one.replace("- A", "- B"))
    assert [(c.title, c.sources[0].line, c.sources[0].accession) for c in whole.citations] == [
        *(("A", 2, "EJ1"), ("B", 8, "EJ1"))
    ]
    assert [c.sources[0].database for c in whole.citations] == ["ERIC", "ERIC"]
    assert [c.doi for c in whole.citations] == ["10.1000/x"] * 2
    assert whole.citations[0].issn == ("0021-9681",)


def test_full_names_stand_in_where_there_are_no_others_and_bodies_are_authors() -> None:
    got = only(RECORD.replace("\n\n      Second.", "\n\n Second."))
    assert got.abstract == "First. Second."
