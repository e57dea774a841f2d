"""BibTeX as it is found."""

from __future__ import annotations

from evidence.literature.readers.bibtex import records
from tests.evidence.literature.exports import only, read_text

ENTRY = """@article{Rossi2012,
  author = {Rossi, Anna and Lee, B.},
  title = {{I}ron and "bone": \\'{e}tude},
  journal = "Blood",
  year = 2012,
  volume={27}, number = {3},
  pages = {12--15},
  DOI = {10.1000/a_b},
  key words = {iron; bone},
  abstract = {First {nested} line
     second line},
}
"""


def test_fields_become_the_parts_of_a_citation() -> None:
    got = only("Scopus\nEXPORT DATE: x\n\n" + ENTRY)
    assert (got.kind, got.title, got.authors) == (
        "article",
        'Iron and "bone": étude',
        ("Rossi, Anna", "Lee, B."),
    )
    assert (got.journal, got.year, got.volume, got.issue, got.pages) == ("Blood", 2012, "27", "3", "12-15")
    assert (got.doi, got.keywords) == ("10.1000/a_b", ("iron", "bone"))
    assert got.abstract == "First nested line second line"
    assert (got.sources[0].line, got.sources[0].accession) == (4, "Rossi2012")


def test_keys_and_fields_that_repeat_lose_nothing() -> None:
    twice = ENTRY.replace("  year", "  title = {Another},\n  year")
    whole = read_text(ENTRY + ENTRY + twice)
    assert [c.sources[0].line for c in whole.citations] == [1, 13, 25]
    assert whole.citations[2].title == 'Iron and "bone": étude'
    assert whole.citations[2].other_titles == ("Another",)


def test_strings_are_put_together_and_comments_are_no_entries() -> None:
    text = (
        '@string{bl = "Blood"}\n@comment{x}\n@preamble{"y"}\n'
        '@article{a, title = "One " # bl # { two}, journal = BL, month = mar, year = "2012"}\n'
    )
    got = only(text)
    assert (got.title, got.journal, got.year, got.sources[0].line) == ("One Blood two", "Blood", 2012, 4)


def test_an_entry_that_is_never_closed_ends_where_the_next_begins() -> None:
    whole = read_text(ENTRY.removesuffix("}\n") + ENTRY + ENTRY.removesuffix("}\n"))
    assert [c.year for c in whole.citations] == [2012] * 3
    assert [(t.line, t.says, t.lost) for t in whole.troubles] == [
        (1, "it is never closed: the next entry begins on line 12", False),
        (24, "the file ends before the entry does", False),
    ]


def test_a_value_that_is_never_closed_ends_where_the_next_field_begins() -> None:
    whole = read_text(ENTRY.replace("étude},", "étude,").replace("tude},", "tude,") + ENTRY)
    assert [c.journal for c in whole.citations] == ["Blood", "Blood"]
    assert [c.title for c in whole.citations] == ['Iron and "bone": étude'] * 2
    assert len(whole.troubles) == 1


def test_round_brackets_and_missing_commas_are_understood() -> None:
    got = only("@ARTICLE (k,\n title = {Iron}\n year = {2012}\n)\n")
    assert (got.title, got.year, got.kind) == ("Iron", 2012, "article")
    got = only("@misc{\n title = {Iron},\n year = 2011 }\n")
    assert (got.title, got.year, got.sources[0].accession) == ("Iron", 2011, "")


def test_what_cannot_be_followed_costs_one_field() -> None:
    got = only("@misc{k,\n title = {Iron},\n ??? = 5,\n year = {2012},\n}\n")
    assert (got.title, got.year) == ("Iron", 2012)


def test_escaped_braces_close_nothing() -> None:
    assert only("@misc{k, title = {a \\} b}, year = {2012}}\n").title == "a } b"
    assert only('@misc{k, title = "a {"} b", year = {2012}}\n').title == 'a " b'


def test_names_of_fields_are_those_of_several_programs() -> None:
    got = only(
        "@book{k, title={T}, document_type={Review}, booktitle={B}, eid={e5}, issn={0021-9681}, pmid={7}, "
        "url={https://x.org}, langid={english}, source={Scopus}, abbrev_source_title={J}, unique-id={U}}"
    )
    assert (got.kind, got.journal, got.pages, got.issn, got.pmid) == (
        "book; review",
        "B",
        "e5",
        ("0021-9681",),
        "7",
    )
    assert (got.language, got.sources[0].database, got.sources[0].accession) == ("english", "Scopus", "U")


def test_fields_that_are_not_known_say_nothing() -> None:
    (entry,) = records(
        iter(enumerate(["@article{a,", " title = {Iron}, colour = {red}, year = { }", "}"], 1))
    )
    assert entry.said == {"kind": ["article"], "title": ["Iron"], "accession": ["a"]}


def test_an_entry_without_a_key_has_its_first_field() -> None:
    assert only("@article{title = {Iron}, year = {2012}}\n").title == "Iron"
