"""Real exports: the counts that were made of them by hand and by other tools."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from evidence.literature.duplicates.deduplicating import deduplicate
from evidence.literature.raw_record import ExportError
from tests.evidence.literature.exports import whole_export

FOLDERS = (
    "nbib",
    "pubmed_xml",
    "ris",
    "enw",
    "bib",
    "csv",
    "rayyan",
    "messy",
    "scopus_three_formats",
    "synergy",
    "dedup",
)
NO_EXPORTS = {
    "csv/prisma_flow_lsr3h.csv",
    "messy/table_semicolon_decimal_comma_notes.csv",
    "rayyan/customizations_log_100.csv",
}
# records of which nothing is known but a year
OF_NOTHING = {"bib/lsr3_references.bib": 1}
# counted in other words than "n records" or "n rows"
IN_OTHER_WORDS = {
    "enw/endnote_enl.enl": 3,
    "messy/ris_first_tag_not_TY_30.ris": 30,
    "nbib/eric_1.nbib": 1,
    "ris/wos_4.txt": 4,
    "pubmed_xml/set_mixed.xml": 43,
    "csv/pubmed_summary_bone_anaemia.txt": 36,
}
_COUNTED = re.compile(r"counted: (?:well-formed, )?(\d+) (?:TY|entries|rows|PMID-|<PubmedArticle>|<record>)")


def expected(shared: Path) -> dict[str, int]:
    """How many records each file holds, as its row of FILES.tsv counts them."""
    counts = dict(IN_OTHER_WORDS)
    for row in (shared / "imports" / "FILES.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        name, said = row.split("\t")[0], row.split("\t")[5]
        found = _COUNTED.search(said)
        if found and name not in counts and name.split("/")[0] in FOLDERS:
            counts[name] = int(found[1])
    return {name: count for name, count in counts.items() if name not in NO_EXPORTS}


def test_every_record_of_every_file_is_kept_or_named(shared: Path) -> None:
    counts = expected(shared)
    assert len(counts) == 58
    for name, count in counts.items():
        whole = whole_export(shared / "imports" / name)
        assert (len(whole.citations), len(whole.lost)) == (
            count - OF_NOTHING.get(name, 0),
            OF_NOTHING.get(name, 0),
        ), name
        assert all(each.sources[0].line > 0 for each in whole.citations)


@pytest.mark.parametrize("name", sorted(NO_EXPORTS))
def test_files_of_another_kind_are_refused(shared: Path, name: str) -> None:
    with pytest.raises(ExportError, match="expected an export of citations"):
        whole_export(shared / "imports" / name)


def test_one_search_in_three_formats_gives_the_same_works(shared: Path) -> None:
    folder = shared / "imports" / "scopus_three_formats"
    files = [whole_export(folder / f"scopus.{ending}").citations for ending in ("ris", "bib", "csv")]
    told = [
        sorted(
            (c.doi, c.year, c.volume, c.issue, c.pages, c.issn, len(c.authors), len(c.abstract))
            for c in citations
        )
        for citations in files
    ]
    assert len(told[0]) == 8
    assert told[0] == told[1] == told[2]
    joined = deduplicate(each for citations in files for each in citations)
    assert len(joined.citations) == 8
    assert all(len(each.sources) == 3 for each in joined.citations)
    assert (joined.doubtful, joined.related) == ((), ())


def test_one_search_in_two_files_of_embase_gives_the_same_works(shared: Path) -> None:
    ris = whole_export(shared / "imports" / "ris" / "embase_6.ris").citations
    table = whole_export(shared / "imports" / "csv" / "embase_6.csv").citations
    assert sorted((c.doi, c.volume, c.pages) for c in ris) == sorted(
        (c.doi, c.volume, c.pages) for c in table
    )


def test_a_damaged_file_says_where(shared: Path) -> None:
    folder = shared / "imports" / "messy"
    ris = whole_export(folder / "ris_junk_dup_missing_ER.ris")
    assert [(t.line, t.lost) for t in ris.troubles] == [(172, False)]
    assert len(deduplicate(ris.citations).citations) == 7
    nbib = whole_export(folder / "nbib_bom_crlf_dup_truncated.nbib")
    assert [(t.line, t.lost) for t in nbib.troubles] == [(514, False)]
    assert len(deduplicate(nbib.citations).citations) == 7


def test_numbers_of_pubmed_are_all_there(shared: Path) -> None:
    for name, records, distinct in (
        ("csv/pubmed_old_bone_anaemia.csv", 104, 101),
        ("csv/pubmed_summary_bone_anaemia.txt", 36, 36),  # five go over the end of a line
        ("nbib/pubmed_cll_25.nbib", 25, 25),
    ):
        citations = whole_export(shared / "imports" / name).citations
        assert (len(citations), len({c.pmid for c in citations} - {""})) == (records, distinct)
        assert len(deduplicate(replace(c) for c in citations).citations) == distinct
