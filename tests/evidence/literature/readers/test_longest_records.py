"""A record that never ends keeps little, and one that is as long as it may be is whole."""

from __future__ import annotations

from types import ModuleType

import pytest

from evidence.literature.readers import bibtex, csl_json, delimited, pubmed_summary, xml_elements
from tests.evidence.literature.exports import only, read_text


@pytest.mark.parametrize(
    ("module", "name", "most"),
    [
        (bibtex, "LONGEST_ENTRY", 4_000_000),
        (xml_elements, "LONGEST_ELEMENT", 4_000_000),
        (csl_json, "LONGEST_ITEM", 2_000_000),
        (delimited, "LONGEST_CELL", 8_000_000),
        (pubmed_summary, "LONGEST_REFERENCE", 20_000),
    ],
)
def test_a_limit_is_far_above_what_a_record_has(module: ModuleType, name: str, most: int) -> None:
    assert getattr(module, name) == most


def test_an_entry_of_bibtex_that_is_longer_than_the_limit_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["@misc{k,", "title = {Iron},", "year = {2012},", "note = {x},"]
    size = sum(map(len, [lines[0].removeprefix("@misc{"), *lines[1:]]))
    for limit, says in ((size, "the file ends before the entry does"), (size - 1, "it is never closed")):
        monkeypatch.setattr(bibtex, "LONGEST_ENTRY", limit)
        whole = read_text("\n".join(lines))
        assert [(t.line, t.says) for t in whole.troubles] == [(1, says)]
        assert [(each.title, each.year) for each in whole.citations] == [("Iron", 2012)]
    closed = read_text("\n".join((*lines, "}")))
    assert [t.says for t in closed.troubles] == ["it is never closed"]
    monkeypatch.setattr(bibtex, "LONGEST_ENTRY", size + 1)
    assert read_text("\n".join((*lines, "}"))).troubles == []


def test_lines_of_an_element_beyond_the_limit_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["<xml><records>", "<record><titles><title>Iron</title></titles>", "<volume>3</volume>"]
    last = "<pages>5</pages></record>"
    for limit, volume in ((len(lines[1]) + len(lines[2]) + 1, "3"), (len(lines[1]) + len(lines[2]), "")):
        monkeypatch.setattr(xml_elements, "LONGEST_ELEMENT", limit)
        got = only("\n".join((*lines, last)))
        assert (got.title, got.volume, got.pages) == ("Iron", volume, "5")


def test_each_element_has_a_limit_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    record = "<record><titles>\n<title>Iron</title>\n</titles></record>\n"
    monkeypatch.setattr(xml_elements, "LONGEST_ELEMENT", 60)
    assert [each.title for each in read_text(f"<records>\n{record * 4}</records>").citations] == ["Iron"] * 4


def test_an_item_beyond_the_limit_is_lost_and_the_next_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["{", '"title": "Iron",', '"volume": "3"', "}"]
    size = sum(map(len, lines[:2]))
    text = "[\n" + "\n".join(lines) + ",\n" + '{"title": "Zinc"}\n]'
    for limit, titles in ((size + 1, ["Iron", "Zinc"]), (size, ["Zinc"])):
        monkeypatch.setattr(csl_json, "LONGEST_ITEM", limit)
        whole = read_text(text)
        assert [each.title for each in whole.citations] == titles
        assert len(whole.lost) == 2 - len(titles)


def test_a_cell_beyond_the_limit_makes_a_damaged_row(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, remarks in ((6, []), (5, ["a quotation mark in it is never closed"])):
        monkeypatch.setattr(delimited, "LONGEST_CELL", limit)
        whole = read_text("title,year\nAbcdef,2012\n")
        assert [(each.title, each.year) for each in whole.citations] == [("Abcdef", 2012)]
        assert [each.says for each in whole.troubles] == remarks


def test_a_reference_beyond_the_limit_takes_no_further_line(monkeypatch: pytest.MonkeyPatch) -> None:
    first, more = "Rossi A. Iron. Blood. 2012 May;27(3):12-5.", "doi: 10.1000/a."
    for limit, doi in ((len(first) + 1, "10.1000/a"), (len(first), "")):
        monkeypatch.setattr(pubmed_summary, "LONGEST_REFERENCE", limit)
        whole = read_text(f"1: {first}\n{more}\n\n2: Kim J. Zinc. Blood. 2013 May;28(3):1-5. PMID: 7.\n")
        assert [(each.title, each.doi) for each in whole.citations] == [("Iron", doi), ("Zinc", "")]
