"""Means with their SD and counts of events in running text."""

from __future__ import annotations

import pytest

from tests.evidence.sources.candidate_words import read, told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mean (SD) age 62.6 (8.0) years", "mean: mean 62.6, sd 8.0"),
        ("The mean age was 62.6 years (SD 8.0).", "mean: mean 62.6, sd 8.0"),
        ("M = 5.2, SD = 1.1", "mean: mean 5.2, sd 1.1"),
        ("mean ± SD: 35.19 ± 3.04 seconds", "mean: mean 35.19, sd 3.04"),
        ("2359 men, mean (±SD) age 60±11 years", "mean: mean 60, sd 11"),
        ("values are mean ± SEM: 5.2 ± 0.3", "mean: mean 5.2, se 0.3"),
        ("a mean of 5.2 (standard error 0.3)", "mean: mean 5.2, se 0.3"),
        ("aged 7.3 +/- 2.6 years", "mean: mean 7.3, spread 2.6"),
        ("-1.5 ± 0.7 mmol", "mean: mean -1.5, spread 0.7"),
        ("a seroprevalence of 2% (28/1163) was found", "counts: events 28, n 1163"),
        ("Death occurred in 12/40 (30%).", "counts: events 12, n 40, percent 30 %"),
        ("There were 12 of 40 patients (35%) who died.", "counts: events 12, n 40, percent 35 %"),
        ("29 out of 240 animals were positive", "counts: events 29, n 240"),
        ("29 of the 240 animals were positive", "counts: events 29, n 240"),
        ("30 (12.5%) of 240 patients in group A", "counts: events 30, percent 12.5 %, n 240"),
        ("women 46 (23%)", "counts: events 46, percent 23 %"),
        ("women 1,046 (23.5 %)", "counts: events 1046, percent 23.5 %"),
    ],
)
def test_means_and_counts_are_read_as_printed(text: str, expected: str) -> None:
    assert told(text) == [expected]


def test_whether_sd_or_se_stands_after_a_plus_minus_is_said_or_unknown() -> None:
    [found] = read("aged 7.3 ± 2.6 years")
    assert found.remarks == ("nothing says whether SD or SE stands after ±",)
    [found] = read("Table 1 Persons (mean ± SD)\nAge 7.3 ± 2.6")
    assert (found.remarks, "sd" in found.numbers) == ((), True)
    [found] = read("mean ± SD or mean ± SE: 7.3 ± 2.6")
    assert "spread" in found.numbers


@pytest.mark.parametrize(
    "text",
    [
        "In 2010 (15%) of the cases; blood pressure 120/80; on 12/05/2013; pages 3 of 23",
        "n = 50; 1/2 and 3/4; in 2001/2003 or 2003/4",
        "8 of the 10 provinces; 2 of 12 items; 3 of 8 hospitals",
        "1,426 participants (54.2% female)",
        "40 of 12 patients; 2.5 of 40; 12/40/80; 12/40°",
        "Table 3 of 12; day 5 of 14; May 14, 2025 9 / 23",
        "an interval of ± 10 kb; 5 (12)",
        "1 of 4 died",
    ],
)
def test_what_only_looks_like_a_count_or_a_mean_is_none(text: str) -> None:
    assert told(text) == []


def test_a_total_below_five_is_a_fraction_and_from_five_on_a_count() -> None:
    assert told("3/4 died") == []
    assert told("3/5 died") == ["counts: events 3, n 5"]
    assert told("5/5 died") == ["counts: events 5, n 5"]
