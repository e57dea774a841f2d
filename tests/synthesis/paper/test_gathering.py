"""What is gathered for a paper: the analyses asked for, without estimates that contradict themselves."""

from __future__ import annotations

from pathlib import Path

from evidence.audit.auditing import contradicted_estimates
from synthesis.paper.gathering import gathered
from synthesis.review.forest_table import decimals_of
from tests.synthesis.review.made import record, review, slope


def test_estimates_that_contradict_themselves_do_not_enter_and_a_part_is_not_the_whole(
    tmp_path: Path,
) -> None:
    records = {
        "a": record("a", [slope("one", "0.020", "0.010, 0.030")]),
        "b": record("b", [slope("one", "0.010", "0.000, 0.020")]),
        "wrong": record("wrong", [slope("one", "0.050", "0.010, 0.030")]),
    }
    loaded = review(tmp_path, records)
    analyses, method = loaded.review.analyses, loaded.review.method
    wrong = contradicted_estimates(loaded.records)
    found, refusals = gathered(loaded, analyses, method, wrong)
    assert [result.k for result in found.results] == [2]
    assert [result.k for result in gathered(loaded, analyses, method, {})[0].results] == [3]
    assert (found.whole, found.decimals, refusals) == (True, (decimals_of(found.results[0]),), {})
    none, _ = gathered(loaded, (), method, wrong)
    assert (none.whole, none.results) == (False, ())
