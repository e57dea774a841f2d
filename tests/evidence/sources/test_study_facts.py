"""What rows say of their study in several ways is told with both cells; years that are missing."""

from __future__ import annotations

from evidence.records.schema import Record
from evidence.records.writing import record_to_yaml
from tests.evidence.sources.importing import as_recognised, records_of


def of(text: str) -> list[Record]:
    entries, skipped = as_recognised(text, measure="OR")
    assert skipped == []
    return records_of(entries)


def test_the_first_of_two_dois_and_titles_is_taken_and_both_cells_are_told() -> None:
    (record,) = of(
        "study,doi,title,OR,lower,upper\nAbel 2001,10.1000/a,Zinc,2,1,4\nAbel 2001,10.1000/b,zinc,3,1,9\n"
        "Abel 2001,,Iron,3,1,9\n"
    )
    assert (record.reports["abel-2001"].doi, record.title) == ("10.1000/a", "Zinc")
    assert record.note == (
        "doi is '10.1000/a' (t.csv, row 2) and '10.1000/b' (t.csv, row 3); the first is taken; "
        "title is 'Zinc' (t.csv, row 2) and 'Iron' (t.csv, row 4); the first is taken"
    )


def test_rows_of_one_name_and_several_years_are_several_studies() -> None:
    text = "study,year,OR,lower,upper\nAbel,2001,2,1,4\nAbel,2005,3,1,9\nAbel,,3,1,9\nBerg,2003,2,1,4\n"
    found = of(text)
    assert [(record.study, len(record.estimates)) for record in found] == [
        ("abel-2001", 2), ("abel-2005", 1), ("berg-2003", 1),
    ]  # fmt: skip
    told = "rows of 'Abel' state several years and are taken as a study each"
    assert [record.note for record in found] == [told, told, None]


def test_a_name_with_a_year_is_one_study_and_the_second_year_is_told() -> None:
    (record,) = of("study,year,OR,lower,upper\nTrial 2001,2001,2,1,4\nTrial 2001,2005,3,1,9\n")
    assert record.note == "year is '2001' (t.csv, row 2) and '2005' (t.csv, row 3); the first is taken"


def test_a_study_without_a_year_says_so() -> None:
    abel, berg = of("study,OR,lower,upper\nAbel,2,1,4\nBerg 2004a,3,1,9\n")
    assert (abel.study, abel.reports["abel"].year) == ("abel", None)
    assert (berg.study, berg.reports["berg-2004a"].year) == ("berg-2004a", 2004)
    assert "year: not stated" in record_to_yaml(abel)


def test_the_dose_of_a_wide_table_and_what_is_no_identifier_stand_in_notes() -> None:
    (record,) = of("study,dose,doi,pmid,notes,OR,lower,upper\nAbel 2001,20 mg,none found,PMC12,pilot,2,1,4\n")
    assert record.estimates[0].note == (
        "pilot; DOI in the table: none found; PMID in the table: PMC12; dose 20 mg"
    )
    report = record.reports["abel-2001"]
    assert (report.doi, report.pmid) == (None, None)
