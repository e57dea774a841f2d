"""Agreement of two reviewers, against statsmodels, published tables and by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from evidence.literature.duplicates.deduplicating import deduplicate
from evidence.literature.screening.decision_files import ScreeningDecision, append_decision
from evidence.literature.screening.rater_agreement import RaterAgreement, agreements, rated
from tests.evidence.literature.exports import cited
from tests.evidence.literature.screening.screened import review_with_works, say

TWO = ("include", "exclude")
THREE = ("include", "unsure", "exclude")


def table(*counts: tuple[int, ...]) -> RaterAgreement:
    return RaterAgreement(("ana", "bo"), TWO if len(counts) == 2 else THREE, counts)  # type: ignore[arg-type]


def test_kappa_its_error_and_interval_are_those_of_statsmodels() -> None:
    rng = np.random.default_rng(3)
    tables = [rng.integers(0, 40, (q, q)) for q in (2, 3) for _ in range(20)]
    tables += [np.array([[13, 4], [9, 900]]), np.array([[0, 7], [5, 0]]), np.array([[1, 2], [3, 400]])]
    for counts in tables:
        found, oracle = table(*(tuple(map(int, row)) for row in counts)), cohens_kappa(counts)
        assert found.kappa == pytest.approx(oracle.kappa, rel=1e-10)
        assert found.kappa_se == pytest.approx(oracle.std_kappa, rel=1e-10)
        low, high = found.kappa_interval() or (np.nan, np.nan)
        assert low == pytest.approx(max(-1, oracle.kappa_low), rel=1e-10)
        assert high == pytest.approx(min(1, oracle.kappa_upp), rel=1e-10)
    assert len(tables) == 43


def test_published_tables_are_met() -> None:
    """Cohen 1960, Table 1, and the example on statpsych's page of ci.kappa (31, 12, 4, 58)."""
    cohen = table((50, 26, 24), (24, 4, 32), (6, 30, 4))
    assert cohen.kappa == pytest.approx((0.29 - 0.35) / 0.65)
    printed = table((31, 12), (4, 58))
    assert [round(each or 0, 7) for each in (printed.kappa, printed.kappa_se)] == [0.6756757, 0.0734476]
    assert [round(each, 7) for each in printed.kappa_interval() or ()] == [0.531721, 0.8196303]


def test_pabak_is_the_agreement_alone() -> None:
    assert table((20, 5), (10, 15)).pabak == pytest.approx(2 * 35 / 50 - 1)
    assert table((75, 1, 4), (5, 4, 1), (0, 0, 10)).pabak == pytest.approx((3 * 0.89 - 1) / 2)


def test_an_interval_at_another_level_is_narrower() -> None:
    found = table((20, 5), (10, 15))
    assert found.kappa is not None
    assert found.kappa_se is not None
    low, high = found.kappa_interval(0.9) or (0, 0)
    assert high - found.kappa == pytest.approx(1.6448536269514722 * found.kappa_se)
    assert found.kappa - low == pytest.approx(1.6448536269514722 * found.kappa_se)


def test_kappa_of_one_verdict_is_not_defined_and_said_so() -> None:
    found = table((0, 0), (0, 9))
    assert (found.kappa, found.kappa_se, found.kappa_interval(), found.pabak) == (None, None, None, 1.0)
    assert found.lines()[-1] == "kappa is not defined: both gave one verdict to all; PABAK 1.00"


def test_full_agreement_has_no_interval() -> None:
    found = table((4, 0), (0, 9))
    assert (found.kappa, found.kappa_interval()) == (1.0, None)
    assert found.lines()[-1] == "Cohen's kappa 1.00 (no interval: its standard error is 0), PABAK 1.00"


def test_the_table_and_its_words() -> None:
    assert table((20, 0, 5), (1, 2, 0), (10, 0, 1_015)).lines() == [
        "ana and bo: 1,053 works decided by both, 1,037 alike (98.48%)",
        "        bo:  include   unsure  exclude",
        "ana include       20        0        5",
        " ana unsure        1        2        0",
        "ana exclude       10        0    1,015",
        "Cohen's kappa 0.73 (95% CI 0.61 to 0.86), PABAK 0.98",
    ]


@pytest.mark.parametrize("names", [("a", "the second"), ("the first one", "b")])
def test_the_columns_of_the_table_end_below_one_another_whatever_the_names(names: tuple[str, str]) -> None:
    first, second, *rows = RaterAgreement(names, TWO, ((20, 5), (1_234, 15))).lines()[1:]  # type: ignore[arg-type]
    assert {len(line) for line in (first, second, *rows[:-1])} == {len(first)}
    assert second == f"{names[0]} include".rjust(len(first) - 18) + "       20        5"
    assert first.startswith(" ") == (names[1] == "b")
    assert second.startswith(" ") == (names[1] != "b") or len(f"{names[0]} include") == len(first) - 18


def test_who_decided_differently_about_records_joined_later_counts_with_the_latest_decision(
    tmp_path: Path,
) -> None:
    review_with_works(tmp_path, 1)
    (joined,) = deduplicate([cited(pmid="5"), cited(doi="10.1000/a")]).citations
    for who, first, second in (("ana", "pmid:5", "doi:10.1000/a"), ("bo", "doi:10.1000/a", "pmid:5")):
        for second_of_noon, (work, verdict) in enumerate(((first, "exclude"), (second, "include"))):
            when = f"2026-11-30T12:00:0{second_of_noon}Z"
            append_decision(tmp_path, who, ScreeningDecision(when, "title", work, verdict))  # type: ignore[arg-type]
    (found,) = agreements(tmp_path, [joined], "title")
    assert found.counts == ((1, 0), (0, 0))


def test_only_works_that_both_have_decided_are_compared() -> None:
    found = rated(
        "ana", "bo", {"a": "include", "b": "exclude", "c": "unsure"}, {"a": "exclude", "b": "exclude"}
    )
    assert (found.verdicts, found.counts) == (TWO, ((0, 1), (0, 1)))
    assert rated("ana", "bo", {"a": "unsure"}, {"a": "not retrieved"}).verdicts == (
        "include", "unsure", "not retrieved", "exclude",
    )  # fmt: skip


def test_every_two_reviewers_are_compared_by_what_they_said_themselves(tmp_path: Path) -> None:
    made = review_with_works(tmp_path, 4, "reviewers: 2")
    for who, verdicts in (("ana", "iieu"), ("bo", "iee"), ("cem", "i")):
        for n, letter in enumerate(verdicts):
            verdict = {"i": "include", "e": "exclude", "u": "unsure"}[letter]
            say(tmp_path, who, f"pmid:{1000 + n}", verdict)
    say(tmp_path, "agreed", "pmid:1001", "include")
    say(tmp_path, "dora", "pmid:1003", "include", stage="full text")
    found = agreements(tmp_path, made, "title")
    assert [(each.reviewers, each.decided, each.agreed) for each in found] == [
        (("ana", "bo"), 3, 2), (("ana", "cem"), 1, 1), (("bo", "cem"), 1, 1),
    ]  # fmt: skip
    assert found[0].counts == ((1, 1), (0, 1))
    assert agreements(tmp_path, made, "full text") == []
