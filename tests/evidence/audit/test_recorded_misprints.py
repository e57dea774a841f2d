"""Misprints made in real records: each changes one thing, and the page's table is of these kinds."""

from __future__ import annotations

import random

import pytest

from tests.evidence.audit import recorded_misprints
from tests.evidence.audit.recorded_misprints import MISPRINTS, noticed, shipped

RECORDS = {record.study: record for record in shipped()}


@pytest.mark.parametrize("kind", MISPRINTS)
def test_each_kind_changes_some_record(kind: str) -> None:
    draw, made = random.Random(2), 0
    for record in RECORDS.values():
        for broken in MISPRINTS[kind](record, draw):
            assert broken != record
            made += 1
            break
    assert made >= 1


def test_a_lost_minus_and_a_p_one_order_off_are_noticed_in_a_real_record() -> None:
    found = noticed([RECORDS["know-ckd"]], seed=3, most=2)
    assert found["minus of a lower limit lost"] == (1, 1)
    assert found["p one order off"] == (2, 2)


def test_the_table_of_the_page_is_of_these_kinds_and_most_are_noticed() -> None:
    measured = recorded_misprints.between(recorded_misprints.PAGE.read_text(encoding="utf-8"))
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in measured.splitlines()
        if line.startswith("| ")
    ]
    kinds = {row[0]: (int(row[1]), int(row[2])) for row in rows[1:]}
    made, seen = kinds.pop("all")
    assert list(kinds) == list(MISPRINTS)
    assert (made, seen) == (sum(pair[0] for pair in kinds.values()), sum(pair[1] for pair in kinds.values()))
    # Most records have nothing to hold the n of an estimate against.
    alone_made, alone_seen = kinds["digit of n of an estimate"]
    assert seen - alone_seen >= 0.83 * (made - alone_made) >= 400


@pytest.mark.long
def test_the_shares_are_as_the_page_says() -> None:
    page = recorded_misprints.PAGE.read_text(encoding="utf-8")
    assert recorded_misprints.between(page).strip() == recorded_misprints.table().strip()
