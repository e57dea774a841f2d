"""What moved, in words."""

from __future__ import annotations

import re

import pytest

from synthesis.living.causes import Cause
from synthesis.living.movement import MovedResult
from synthesis.living.sentences import because, details, record_counts, rest_words, result_columns
from synthesis.living.summaries import NOTHING_POOLED, Summary
from tests.synthesis.living.reviews import study
from tests.synthesis.living.test_changes import ABEL, BERG, between
from tests.synthesis.living.test_movement import NEW, OLD, movement, only
from tests.synthesis.living.test_signals import ANALYSIS

OLD_ONE = Summary(3, (0.40, 0.2, 0.6), 2, False)


def moved(
    after: Summary, *causes: Cause, before: Summary = OLD_ONE, joint: float | None = None
) -> MovedResult:
    return MovedResult(ANALYSIS, "Hip", before, after, causes, joint)


def at(estimate: float, k: int = 3, log: bool = False) -> Summary:
    return Summary(k, (estimate, estimate - 0.1, estimate + 0.1), 2, log)


def test_a_result_has_the_more_decimals_of_both() -> None:
    after = Summary(4, (0.4, 0.25, 0.5), 3, False)
    assert result_columns(moved(after)) == (
        "Hip",
        "0.400 [0.200, 0.600]",
        "→  0.400 [0.250, 0.500]   (k 3 → 4)",
    )
    assert result_columns(moved(NOTHING_POOLED)) == ("Hip", "0.40 [0.20, 0.60]", "→  nothing   (k 3 → 0)")


@pytest.mark.parametrize(
    ("joint", "words"),
    [
        (0.004, "because of b −0.200, a +0.100; together +0.004 more"),
        (0.0004, "because of b −0.200, a +0.100"),
        (-0.0006, "because of b −0.200, a +0.100; together −0.001 more"),
        (None, "because of b −0.200, a +0.100"),
    ],
)
def test_causes_come_by_size_with_what_they_do_together_if_one_can_see_it(
    joint: float | None, words: str
) -> None:
    assert because(moved(at(0.3), Cause("a", at(0.5)), Cause("b", at(0.2)), joint=joint)) == words


def test_causes_of_a_ratio_are_factors() -> None:
    before = at(2.0, log=True)
    told = moved(
        at(1.5, log=True),
        Cause("a", at(1.8, log=True)),
        Cause("b", at(1.0, log=True)),
        before=before,
        joint=1.5,
    )
    assert because(told) == "because of b ×0.500, a ×0.900; together ×1.500 more"
    assert "together" not in because(moved(at(1.5, log=True), *told.causes, before=before, joint=1.0002))


def test_many_causes_are_counted_and_a_refused_one_comes_first() -> None:
    causes = [Cause(f"s{number}", at(0.4 + number / 100)) for number in range(1, 7)]
    assert because(moved(at(0.5), *causes)) == (
        "because of s6 +0.060, s5 +0.050, s4 +0.040, s3 +0.030, and 2 other changes"
    )
    assert because(moved(at(0.5), *causes[:4])).endswith("s2 +0.020, s1 +0.010")
    assert because(moved(at(0.5), *causes[:5])).endswith("s2 +0.020, and 1 other change")
    assert because(moved(at(0.5), causes[0], Cause("x", None, "why"))).startswith(
        "because of x (alone refused), "
    )


def test_a_change_that_moves_the_interval_alone_has_no_shift_in_numbers() -> None:
    """Below half a unit of the decimals that are shown, of a difference and of a ratio."""
    wide = Summary(2, (0.4004, 0.1, 0.7), 2, False)
    assert because(moved(at(0.3), Cause("a", wide))) == "because of a (hardly the estimate)"
    assert because(moved(at(0.3), Cause("a", at(0.4006)))) == "because of a +0.001"
    assert because(moved(at(0.3), Cause("a", at(0.3996)))) == "because of a (hardly the estimate)"
    before = at(2.0, log=True)
    ratio = moved(at(1.5, log=True), Cause("a", at(2.0008, log=True)), before=before)
    assert because(ratio) == "because of a (hardly the estimate)"
    other = moved(at(1.5, log=True), Cause("a", at(2.0012, log=True)), before=before)
    assert because(other) == "because of a ×1.001"


def test_without_a_single_cause_that_is_said_and_without_an_old_result_only_the_name() -> None:
    assert because(moved(at(0.5))) == "no change does it alone, all together do"
    assert because(moved(at(0.5), before=NOTHING_POOLED)) == ""
    assert because(moved(at(0.5), Cause("a", at(0.5)), before=NOTHING_POOLED)) == "because of a"


def test_details_name_heterogeneity_and_the_weights_that_changed_most() -> None:
    words = details(only(movement(OLD, NEW)))
    assert words.startswith("τ² ")
    assert re.search(r"; I² \d+ % → \d+ %; ", words)
    assert "weights cole/main " in words
    assert words.count("→") == 2 + 3
    assert details(moved(NOTHING_POOLED)) == ""
    pair = {"a": study("a", "0.1"), "b": study("b", "0.9")}
    one = {"a": pair["a"]}
    assert details(only(movement(one, pair))).startswith("τ² ")
    assert details(only(movement(pair, one))).startswith("weights ")


def test_records_are_counted_by_what_happened_and_very_many_are_not_all_named() -> None:
    assert record_counts(between({"a": ABEL}, {"a": ABEL})) == "no record changed"
    assert (
        record_counts(between({"a": ABEL}, {"b": ABEL, "c": BERG}))
        == "1 added: berg; 1 renamed: a.yaml as abel"
    )
    many = {f"s{number}": study(f"s{number}", "0.1") for number in range(9)}
    assert record_counts(between({}, many)) == "9 added: s0, s1, s2, s3, s4, s5 and 3 more"
    del many["s7"], many["s8"]
    assert record_counts(between({}, many)) == "7 added: s0, s1, s2, s3, s4, s5 and 1 more"
    del many["s6"]
    assert record_counts(between({}, many)) == "6 added: s0, s1, s2, s3, s4, s5"


def test_the_rest_is_counted() -> None:
    assert rest_words(movement(OLD, OLD)) == "no pooled result changed"
    assert rest_words(movement(OLD, NEW)) == "1 other analysis unchanged"
    spine = {**NEW, "eder": study("eder", "0.9", site="spine")}
    assert rest_words(movement(OLD, spine)) == ""
