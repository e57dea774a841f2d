"""Duplicates that people labelled, found again."""

from __future__ import annotations

import json
from pathlib import Path

from evidence.literature.assembling import citation_of
from evidence.literature.duplicates.compared_forms import compared
from evidence.literature.duplicates.deduplicating import deduplicate
from evidence.literature.duplicates.verdicts import Verdict, judged
from evidence.literature.raw_record import RawRecord
from evidence.literature.readers.bibtex import NAMES
from tests.evidence.literature.duplicates.labelled_sets import gambling, measure, tafenoquine
from tests.evidence.literature.exports import whole_export


def test_of_one_search_in_three_databases_one_thesis_alone_stays_beside_its_article(shared: Path) -> None:
    measured = measure(gambling(shared))
    assert (measured.records, measured.works) == (189, 108)
    assert measured.false_joins == ()
    assert (measured.found, measured.missed) == (80, 1)
    # the same title: a dissertation of 2015, and the article that came of it; told as related
    assert {pair.reason for pair in measured.result.related} == {
        "the same title and authors, but other journals and volumes"
    }
    kinds = {pair.one.kind[:4] for pair in measured.result.related} | {
        p.other.kind[:4] for p in measured.result.related
    }
    assert "thes" in kinds
    assert measured.result.doubtful == ()
    assert (measured.sensitivity, measured.specificity) == (80 / 81, 1.0)


def test_every_duplicate_of_a_library_of_four_databases_is_found(shared: Path) -> None:
    measured = measure(tafenoquine(shared))
    assert (measured.records, measured.works, measured.found, measured.missed) == (179, 104, 75, 0)
    assert (measured.false_joins, measured.missed_pairs) == ((), ())
    assert (measured.sensitivity, measured.specificity) == (1.0, 1.0)


def test_records_of_information_systems_become_as_many_as_another_tool_makes(shared: Path) -> None:
    folder = shared / "imports" / "dedup" / "colrev"
    found = deduplicate(whole_export(folder / "records.bib").citations)
    assert len(found.citations) == len(whole_export(folder / "records_expected.bib").citations) == 19
    assert found.doubtful == ()


def test_odd_pairs_are_never_joined_wrongly(shared: Path) -> None:
    cases = json.loads((shared / "imports" / "dedup" / "pairs" / "pairs_odd.json").read_text())["cases"]
    verdicts = {}
    for case in cases:
        one, other = (
            citation_of(
                RawRecord(1, {n: [str(v)] for k, v in case[key].items() if v and (n := NAMES.get(k))}),
                "x.bib",
            )
            for key in ("record_a", "record_b")
        )
        assert one is not None
        assert other is not None
        verdicts[case["id"]] = (judged(compared(one), compared(other)).verdict, case["expected_duplicate"])
    assert len(verdicts) == 13
    assert [name for name, (verdict, same) in verdicts.items() if verdict is Verdict.SAME and not same] == []
    missed = [name for name, (verdict, same) in verdicts.items() if verdict is not Verdict.SAME and same]
    assert missed == ["tan_2004_2005_pub2_vs_pub3"]  # two versions of one Cochrane review: related
    assert verdicts[missed[0]][0] is Verdict.RELATED
