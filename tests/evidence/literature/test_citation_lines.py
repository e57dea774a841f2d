"""A citation as a line, and back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from evidence.literature.citation import CitationSource, one_of
from evidence.literature.citation_lines import citation_of_line, citation_to_line
from tests.evidence.literature.exports import bare, cited


def test_a_line_holds_a_citation_and_its_parts_without_abstracts() -> None:
    one = cited("Größe\u2028β", doi="10.1000/a", keywords=("k",), registry=("NCT01234567",), apart="ab")
    one = replace(one, sources=(CitationSource("a.ris", 3, "Scopus", "X"), CitationSource("b.ris", 4)))
    joined = one_of(
        [one, bare("Iron", pmid="5", other_titles=("Eisen",), language="eng", issn=("0021-9681",))]
    )
    for each in (one, joined):
        line = citation_to_line(each)
        assert "\n" not in line
        assert "Größe" in line
        assert citation_of_line(line) == each
        assert json.loads(line)["id"] == each.id
        assert next(iter(json.loads(line))) == "id"
    with_abstract = replace(one, abstract="secret")
    assert citation_to_line(with_abstract) == citation_to_line(one)
    assert json.loads(citation_to_line(bare(authors=(), kind=""))) == {
        "id": bare(authors=()).id,
        "title": bare().title,
        "year": 2012,
        "sources": [{"file": "a.ris", "line": 1}],
    }
    assert len(json.loads(citation_to_line(joined))["parts"]) == 2


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "it is no line of JSON"),
        ("[" * 100_000, "it is no line of JSON"),
        ("[]", "expected a citation in braces"),
        ('{"titel": "x"}', "'titel' is no key of a citation"),
        ('{"abstract": "x"}', "'abstract' is no key of a citation"),
        ('{"title": 5}', "'title' has a value of another kind"),
        ('{"year": "2012"}', "'year' has a value of another kind"),
        ('{"year": true}', "'year' has a value of another kind"),
        ('{"authors": "x"}', "'authors' has a value of another kind"),
        ('{"authors": ["x", 5]}', "'authors' has a value of another kind"),
        ('{"keywords": {"x": 1}}', "'keywords' has a value of another kind"),
        ('{"parts": [5]}', "expected a citation in braces"),
        ('{"parts": [{"parts": []}]}', "'parts' has a value of another kind"),
        ('{"parts": 5}', "'parts' has a value of another kind"),
        ('{"sources": 5}', "'sources' has a value of another kind"),
        ('{"sources": [5]}', "a source has a file and a line"),
        ('{"sources": [{"file": "x"}]}', "a source has a file and a line"),
        ('{"sources": [{"file": "x", "line": "5"}]}', "a source has a file and a line"),
        ('{"sources": [{"file": 1, "line": 5}]}', "a source has a file and a line"),
        ('{"sources": [{"file": "x", "line": 5, "page": 3}]}', "a source has a file and a line"),
    ],
)
def test_a_line_that_is_no_citation_says_why(line: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        citation_of_line(line)
