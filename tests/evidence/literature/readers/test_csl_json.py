"""CSL JSON."""

from __future__ import annotations

import json

import pytest

from evidence.literature.raw_record import ExportError
from tests.evidence.literature.exports import only, read_text

ITEM = {
    "id": "rossi", "type": "article-journal", "title": "Iron {and} [bone] \"x\"", "container-title": "Blood",
    "author": [{"family": "Rossi", "given": "Anna"}, {"non-dropping-particle": "van", "family": "Lee"},
               {"literal": "Study Group"}, "Plain"],
    "issued": {"date-parts": [[2012, 5]]}, "volume": 27, "issue": "3", "page": "12-15", "DOI": "10.1000/a",
    "PMID": "777", "PMCID": "PMC888", "abstract": "Abs", "language": "eng", "keyword": "iron; bone",
    "ISSN": ["0021-9681"], "source": "PubMed", "URL": "https://x.org", "note": "n",
}  # fmt: skip


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("wrapped", ["array", "items", "object"])
def test_an_item_becomes_a_citation_however_it_is_wrapped(indent: int | None, wrapped: str) -> None:
    data: object = {"array": [ITEM], "items": {"style": {"x": []}, "items": [ITEM]}, "object": ITEM}[wrapped]
    got = only(json.dumps(data, indent=indent))
    assert (got.kind, got.title) == ("article-journal", 'Iron {and} [bone] "x"')
    assert got.authors == ("Rossi, Anna", "van Lee", "Study Group", "Plain")
    assert (got.journal, got.year, got.volume, got.issue, got.pages) == ("Blood", 2012, "27", "3", "12-15")
    assert (got.doi, got.pmid, got.pmcid, got.abstract) == ("10.1000/a", "777", "PMC888", "Abs")
    assert (got.language, got.keywords, got.issn) == ("eng", ("iron", "bone"), ("0021-9681",))
    assert (got.sources[0].database, got.sources[0].accession) == ("PubMed", "rossi")


@pytest.mark.parametrize("indent", [None, 2])
def test_items_are_counted_with_their_lines(indent: int | None) -> None:
    whole = read_text(json.dumps([ITEM] * 3, indent=indent))
    lines = len(json.dumps(ITEM, indent=2).splitlines())
    assert [c.sources[0].line for c in whole.citations] == (
        [1, 1, 1] if indent is None else [2, 2 + lines, 2 + 2 * lines]
    )


def test_a_bracket_that_is_missing_costs_one_item() -> None:
    text = json.dumps([ITEM] * 3, indent=2)
    broken = text.replace("\n  },\n  {", "\n  {", 1)
    assert broken != text
    whole = read_text(broken)
    assert len(whole.citations) == 2
    assert [(t.line, t.lost) for t in whole.troubles] == [(2, True)]
    quote = read_text(text.replace('"title": "Iron', '"title": Iron', 1))
    assert (len(quote.citations), len(quote.lost)) == (2, 1)


def test_an_item_that_the_end_of_the_file_cuts_is_named() -> None:
    whole = read_text(json.dumps([ITEM] * 2, indent=2)[:-300])
    assert len(whole.citations) == 1
    assert len(whole.lost) == 1


def test_json_without_items_is_refused() -> None:
    for text in ("[]", "[1, 2]", "[[]]"):
        with pytest.raises(ExportError, match="looks like CSL JSON, and holds no record"):
            read_text(text)


def test_values_of_other_kinds_than_expected_are_passed_over() -> None:
    got = only('[{"title": "T", "author": {"a": 1}, "volume": {"x": 2}, "issue": null, "issued": "2012-05"}]')
    assert (got.title, got.authors, got.volume, got.year) == ("T", (), "", 2012)
    assert only('[{"title": "T", "author": [5, {"given": "A"}], "created": {"raw": "2011"}}]').year == 2011


def test_a_tab_inside_a_text_is_read_though_json_forbids_it() -> None:
    assert only('[{"title": "Iron\tand bone", "volume": "27"}]').title == "Iron and bone"


def test_an_item_behind_a_sign_of_its_line_ends_with_its_own_brackets_alone() -> None:
    """The first item begins behind a bracket, the object in it behind one blank of a line of its own."""
    got = only('[{"title": "Iron",\n"author": [\n {"family": "Lee"}\n],\n"volume": "27"}]')
    assert (got.title, got.authors, got.volume) == ("Iron", ("Lee",), "27")
