"""Tables with a citation a row."""

from __future__ import annotations

import csv

import pytest

from evidence.literature.raw_record import ExportError
from evidence.literature.readers.delimited import _inside, _unquoted, records
from tests.evidence.literature.exports import only, read_text


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_columns_are_recognised_by_name_whatever_parts_them(delimiter: str) -> None:
    head = [
        "Publication Year",
        "Article Title",
        "Author(s)",
        "Source Title",
        "VOLUME",
        "Start Page",
        "End Page",
    ]
    head += ["DOI", "My own column"]
    row = ["2012", '"Iron, bone; and | ""x"""', "Rossi A", "Blood", "27", "12", "15", "10.1000/a", "z"]
    got = only(delimiter.join(head) + "\n" + delimiter.join(row) + "\n")
    assert (got.title, got.year, got.authors, got.journal) == (
        'Iron, bone; and | "x"',
        2012,
        ("Rossi A",),
        "Blood",
    )
    assert (got.volume, got.pages, got.doi, got.sources[0].line) == ("27", "12-15", "10.1000/a", 2)


def test_lines_above_the_names_are_passed_over() -> None:
    got = only("Export of 2024-01-05\nby me\n\nTitle,Year\nIron,2012\n")
    assert (got.title, got.year, got.sources[0].line) == ("Iron", 2012, 5)


def test_a_column_of_titles_alone_is_enough_and_of_years_is_not() -> None:
    assert only("title\nIron and bone\n").title == "Iron and bone"
    with pytest.raises(ExportError, match="title, DOI or PMID; the first 2 lines have none"):
        read_text("year,volume\n2012,3\n")
    with pytest.raises(ExportError, match="the file is empty"):
        read_text("")
    with pytest.raises(ExportError, match="the first 30 lines have none"):
        read_text("x,y\n" * 40 + "title,year\na,2012\n")
    with pytest.raises(ExportError, match="holds no record"):
        read_text("title,year\n")
    with pytest.raises(ExportError, match="the first 1 lines have none"):
        read_text("one title,two\n")


def test_a_cell_may_go_over_lines_and_rows_without_words_are_none() -> None:
    whole = read_text('title,abstract,year\n"Iron","First\n\nsecond, ""x""",2012\n,,\n\nBone,,2013\n')
    assert [(c.title, c.year, c.sources[0].line) for c in whole.citations] == [
        ("Iron", 2012, 2),
        ("Bone", 2013, 7),
    ]
    assert whole.citations[0].abstract == 'First second, "x"'
    assert whole.troubles == []


@pytest.mark.parametrize("closing", ["", '"Last, one",2015\n', 'Last,"2015"\n'])
def test_a_quotation_mark_that_is_never_closed_costs_one_row(closing: str) -> None:
    whole = read_text(f'title,year\n"Iron,2012\nBone,2013\nBlood,2014\n{closing}')
    assert [c.sources[0].line for c in whole.citations] == [2, 3, 4, *([5] if closing else [])]
    assert [c.title for c in whole.citations][:3] == ["Iron", "Bone", "Blood"]
    assert [(t.line, t.lost, t.says) for t in whole.troubles] == [
        (2, False, "a quotation mark in it is never closed")
    ]


def test_quotation_marks_inside_words_open_nothing() -> None:
    whole = read_text('title,year\nA 5" tube,2012\nB,2013\n"a ""b"" c",2014\n')
    assert [c.title for c in whole.citations] == ['A 5" tube', "B", 'a "b" c']
    tabs = read_text('title\tyear\n"On" edges\t2012\n"whole"\t2013\n"a ""b"""\t2014\n""x\t2015\n')
    assert [c.title for c in tabs.citations] == ['"On" edges', "whole", 'a "b"', '""x']


def test_a_row_over_lines_may_end_in_a_comma_and_must_fit_otherwise() -> None:
    whole = read_text('title,abstract\n"A","x\ny",\n"B","z"\n')
    assert [(c.title, c.abstract) for c in whole.citations] == [("A", "x y"), ("B", "z")]
    assert whole.troubles == []
    for row in ('"A","x\ny",,\n', '"A","x\ny",more\n', '"A\ny"\n'):
        damaged = read_text(f'title,abstract\n{row}"B","z"\n')
        assert damaged.troubles[0].line == 2
        assert (damaged.citations[0].title, damaged.citations[-1].title) == ("A", "B")


def test_many_damaged_rows_are_still_all_there() -> None:
    whole = read_text("title,year\n" + "".join(f'"row {i},2012\n' for i in range(61)))
    assert [c.title for c in whole.citations] == [f"row {i}" for i in range(61)]
    assert len(whole.troubles) == 61


def test_only_where_rows_are_damaged_again_and_again_long_cells_are_cut() -> None:
    long = '"Good","' + "\n".join(f"line {n}" for n in range(30)) + '"\n'
    for times, cut in ((19, False), (20, True)):
        whole = read_text("title,abstract\n" + "".join(f'"row {i},x\n' for i in range(times)) + long)
        good = whole.citations[times]
        assert good.title == "Good"
        assert good.abstract.endswith("line 29") is not cut
        assert len(whole.troubles) == times + cut


def test_a_cell_has_three_thousand_lines_at_most() -> None:
    for lines, fits in ((3_000, True), (3_001, False)):
        cell = "\n".join("x" for _ in range(lines))
        whole = read_text(f'title,abstract\n"Good","{cell}"\n')
        assert (whole.troubles == []) is fits


def test_a_row_with_more_cells_than_names_is_told() -> None:
    whole = read_text("title,year\nIron,2012,\nBone, and more,2013\n")
    assert [c.title for c in whole.citations] == ["Iron", "Bone"]
    assert [(t.line, t.says, t.lost) for t in whole.troubles] == [
        (3, "it has 3 cells below 2 names of columns", False)
    ]


def test_the_old_table_of_pubmed_is_read() -> None:
    got = only(
        "Title,URL,Description,Details,ShortDetails,Resource,Type,Identifiers,Db,EntrezUID,Properties\n"
        '"Iron.","/pubmed/777","Rossi A, Lee B.","Blood. 2012 May;27(3):12-5. doi: 10.1000/a.","Blood. 2012",'
        '"PubMed","citation","PMID:777 | PMCID:PMC888","pubmed","777","create date:2019",\n'
    )
    assert (got.title, got.authors, got.pmid, got.pmcid) == ("Iron.", ("Rossi A", "Lee B"), "777", "PMC888")
    assert (got.journal, got.year, got.volume, got.pages, got.kind) == ("Blood", 2012, "27", "12-5", "")
    assert (got.doi, got.sources[0].database) == ("10.1000/a", "pubmed")
    assert only("title,description,year\nIron,Rossi A,2012\n").authors == ()


def test_a_source_is_a_database_or_a_place() -> None:
    got = only("Title,Source\nIron,Cancer (2004) 102:4 (253-258). Date of Publication: 2004\n")
    assert (got.journal, got.volume, got.pages, got.sources[0].database) == ("Cancer", "102", "253-258", "")
    assert only("Title,Source\nIron,Scopus\n").sources[0].database == "Scopus"


def test_tags_of_web_of_science_are_names_of_columns() -> None:
    got = only("PT\tAU\tTI\tSO\tPY\tDI\nJ\tRossi, A; Lee, B\tIron\tBLOOD\t2012\t10.1000/a\n")
    assert (got.title, got.authors, got.journal, got.year) == ("Iron", ("Rossi, A", "Lee, B"), "BLOOD", 2012)


def test_a_long_cell_is_read_and_the_limit_of_other_readers_stays() -> None:
    before = csv.field_size_limit()
    got = read_text(f"title,year,abstract\nIron and bone,2020,{'word ' * 40_000}\n")
    assert len(got.citations[0].abstract) > 90_000  # as far as texts are kept
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("line", "before", "inside"),
    [
        ('"a', False, True),
        ('a,"b', False, True),
        (',"b', False, True),
        ('a,b","c', False, True),
        ('"a"",b', False, True),
        ('"a""', False, True),
        ('"a",,"b', False, True),
        ('a"b,c', False, False),
        ('"a",b', False, False),
        ('"a"b', False, False),
        ('"",a', False, False),
        ('"a,",b', False, False),
        ("a", True, True),
        ('"', True, False),
        ('",a', True, False),
        ('x",b', True, False),
        ('x","b', True, True),
    ],
)
def test_the_end_of_a_line_is_inside_quotation_marks_that_stand_around_a_cell(
    line: str, before: bool, inside: bool
) -> None:
    assert _inside(line, ",", before) is inside


@pytest.mark.parametrize(
    ("cell", "plain"),
    [
        ('"a"', "a"),
        (' "a ""b"" c" ', 'a "b" c'),
        ('""', ""),
        ('"', '"'),
        ('"a"b"', '"a"b"'),
        ('"a', '"a'),
        ("a", "a"),
    ],
)
def test_marks_around_a_cell_between_tabs_are_taken_away_where_they_are_pairs(cell: str, plain: str) -> None:
    assert read_text(f"Title\tYear\n{cell}x\t2012\n").citations[0].title.endswith("x")
    assert _unquoted(cell) == plain


def test_cells_without_a_name_or_without_words_say_nothing() -> None:
    (row,) = records(iter([(1, "Title,Mine,Journal,Year"), (2, "Iron,x, ,2012")]))
    assert row.said == {"title": ["Iron"], "year": ["2012"]}
