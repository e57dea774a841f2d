"""Before a second model joins a record, what left the first one out is made to say it, in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from evidence.records.reading import record_from_text
from evidence.records.schema import Record
from evidence.records.writing.naming import with_names
from tests.evidence.records.samples import TEXT, bent

FLOW = (
    "  - {id: all, outcome: hip, effect: {measure: beta, per: 1 g/dL, estimate: 0.01, p: 0.02}, "
    "where: {report: lee-2019, at: Table 3}}  # in braces\n"
)
ARMS = """\
comparisons:
  - id: dose
    outcome: hip   # site
    measure: OR
    arms:
      - {id: a, name: A, reference: true, n: 9, events: 3}
      - {id: b, name: B, n: 9, events: 4}
    where: {report: lee-2019, at: Table 4}
"""


def read(text: str) -> Record:
    document = record_from_text(text, Path("r.yaml"))
    assert document.model is not None, document.problems
    return document.model


@pytest.mark.parametrize("key", ["model", "exposure"])
def test_names_are_written_in_and_no_other_line_changes(key: Literal["exposure", "model"]) -> None:
    text = bent(("extraction:", f"{FLOW}{ARMS}extraction:"))
    record = read(text)
    name = {"model": "adjusted", "exposure": "hemoglobin"}[key]
    after, named = with_names(text, record, key)
    assert read(after) == named
    assert [getattr(each, key) for each in (*named.estimates, *named.comparisons)] == [name] * 3
    old, new = text.splitlines(), after.splitlines()
    changed = [line for line in old if line not in new]
    assert changed == [FLOW.rstrip("\n")]
    assert len(new) == len(old) + 2
    assert f"outcome: hip, {key}: {name}, effect" in after
    assert f"    outcome: hip   # site\n    {key}: {name}\n" in after


def test_a_record_whose_entries_say_it_all_stays_as_it_is() -> None:
    text = bent(("    outcome: hip\n", "    outcome: hip\n    model: adjusted\n"))
    record = read(text)
    assert with_names(text, record, "model") == (text, record)
    half = bent(
        ("extraction:", f"{FLOW}extraction:"),
        ("    outcome: hip\n", "    outcome: hip\n    model: adjusted\n"),
    )
    after, named = with_names(half, read(half), "model")
    assert read(after) == named
    assert after.count("model: adjusted") == 2
    assert TEXT.count("model: adjusted") == 0
