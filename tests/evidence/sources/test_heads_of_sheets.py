"""Heads as extraction sheets of reviews have them, each with what a person reads in its columns.

A wrong role that looks right is the worst that can happen, so every head states all its columns; where a
person could not tell, nothing is read and that is said.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import NamedTuple

import pytest

from evidence.sources.mapping import Plan, guessed
from tests.evidence.sources.importing import table


class Head(NamedTuple):
    """names, row: cells of the table. roles: of the columns; empty where nothing can be read."""

    names: list[str]
    row: list[str]
    roles: list[str]
    said: dict[str, str]


def heads() -> list[Head]:
    text = Path(__file__).with_name("heads_of_sheets.txt").read_text(encoding="utf-8")
    found = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            names, row, roles, said, *_ = [*(part.strip() for part in line.split(";;")), ""]
            values = dict(each.split(": ", 1) for each in said.split(", ") if each)
            found.append(
                Head(names.split("|"), row.split("|"), [] if roles == "told" else roles.split(), values)
            )
    return found


HEADS = heads()


def plan_of(head: Head) -> Plan:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(head.names)
    writer.writerow(head.row)
    writer.writerow([cell.replace("Abel", "Berg").replace("2001", "2003") for cell in head.row])
    return guessed(table(stream.getvalue())).plan


@pytest.mark.parametrize("head", HEADS, ids=["|".join(head.names) for head in HEADS])
def test_a_head_is_read_as_a_person_reads_it(head: Head) -> None:
    plan = plan_of(head)
    lacking = plan.model_copy(update={"values": {"measure": "OR"} | plan.values}).lacking
    if not head.roles:
        assert lacking == "no columns with numbers of effects or groups are recognised by their names"
        return
    assert lacking is None
    assert [plan.columns.get(name, "-") for name in head.names] == head.roles
    assert {key: plan.values.get(key) for key in head.said} == head.said


def test_there_are_as_many_heads_as_before() -> None:
    assert (len(HEADS), sum(not head.roles for head in HEADS)) == (93, 12)
