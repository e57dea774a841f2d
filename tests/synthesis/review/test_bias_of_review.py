"""Lights of a whole review: a table for each tool, rows by study or result, and who is not judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.review import LoadedReview
from synthesis.drawing.judged_table import JudgedTable
from synthesis.review.analysis import analyse
from synthesis.review.bias_of_review import lights_of_review
from tests.synthesis.review.made import record
from tests.synthesis.review.test_bias_plots import COMMON, EACH, MEN, PRECISE, WOMEN, judged, loaded_of, words

TOOLS = {"RoB 2": "low", "ROBINS-I": "serious", "QUADAS-2": "low"}


def lights(loaded: LoadedReview, times: int = 1) -> list[tuple[JudgedTable, tuple[str, ...]]]:
    """Of the one analysis of a review, given so many times."""
    return list(lights_of_review([analyse(loaded, loaded.review.analyses[0], COMMON)] * times))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_studies_that_no_tool_judges_are_counted_below_the_last_table_alone(
    count: int, tmp_path: Path
) -> None:
    judged_ones = {
        f"s{place}": record(f"s{place}", [PRECISE]) + judged(f"D1: {word}", tool=tool)
        for place, (tool, word) in enumerate(list(TOOLS.items())[:count])
    }
    others = {name: record(name, [PRECISE]) for name in ("x", "y")}
    found = lights(loaded_of(tmp_path, **judged_ones, **others), times=2)
    assert [rows for _, rows in found] == [(name,) for name in judged_ones]
    noted = [[note for note in table.footnotes if "without a judgement" in note] for table, _ in found]
    assert noted == [*[[]] * (count - 1), ["2 studies without a judgement by a known tool."]]


def test_where_every_study_is_judged_none_is_counted(tmp_path: Path) -> None:
    ((table, rows),) = lights(loaded_of(tmp_path, a=record("a", [PRECISE]) + judged("D1: low")))
    assert (table.title, rows) == ("RoB 2 (2019)", ("a",))
    assert not any("without a judgement" in note for note in table.footnotes)


def test_results_judged_apart_are_rows_of_their_study_and_judged_alike_they_are_one(tmp_path: Path) -> None:
    apart = judged("D1: low, estimate: men", "D1: high, estimate: women")
    loaded = loaded_of(
        tmp_path,
        EACH,
        a=record("a", [MEN, WOMEN]) + apart,
        b=record("b", [MEN, WOMEN]) + judged("D1: low"),
        c=record("c", [MEN]) + judged("D1: high"),
    )
    ((table, rows),) = lights(loaded)
    assert {label: each[0] for label, each in words(table).items()} == {
        "A, men": "low",
        "A, women": "high",
        "B": "low",
        "C": "high",
    }
    assert rows == ("a", "a", "b", "c")
