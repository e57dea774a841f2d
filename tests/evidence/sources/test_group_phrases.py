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


def test_the_word_for_n_and_percent_stands_up_to_80_characters_before_in_the_line() -> None:
    assert told("n (%) men 12 (30)") == ["counts: events 12, percent 30"]
    assert told("n (%) men 12 (100)") == ["counts: events 12, percent 100"]
    assert told("n (%) men 12 (100.5)") == []
    assert told("n (%) men 12 (101)") == []
    assert told(f"n (%) {'x' * 73} 12 (30)") == ["counts: events 12, percent 30"]
    assert told(f"n (%) {'x' * 74} 12 (30)") == []
    assert told("n (%)\nmen 12 (30)") == []
    assert told("n (%) men 12 (30") == []
    assert told("n (%) men 12, 30)") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # of a total: a whole number, no year, not below the events
        ("12 of 1899 died", ["counts: events 12, n 1899"]),
        ("12 of 1900 died", []),
        ("12 of 2099 died", []),
        ("12 of 2100 died", ["counts: events 12, n 2100"]),
        ("12 of 2,013 died", ["counts: events 12, n 2013"]),
        ("12/2013 died", []),
        ("12 of 12 died", ["counts: events 12, n 12"]),
        ("13 of 12 died", []),
        ("12 of 40.5 died", []),
        ("12 of 40% died", []),
        ("12 of > 40 died", []),
        ("12 of -40 died", []),
        ("12.5 of 40 died", []),
        ("12% of 40 died", []),
        ("-12 of 40 died", []),
        ("< 12 of 40 died", []),
        ("n = 12 of 40 died", ["counts: events 12, n 40"]),
        ("12 among 40 died", []),
        ("12 / 40 died", []),
        ("12/40°", []),
        ("12/40/2013", []),
        ("12/40kg", []),
        # what stands before or after says that nobody is counted
        ("page 12 of 40", []),
        ("-12/40", []),
        ("A12/40", []),
        ("12 of 40 items", []),
        ("12 of 40 medical centers", []),
        ("12 of 40 men in centers", ["counts: events 12, n 40"]),
        # with a percentage after the fraction or a total after the percentage
        ("12 of 40 (30%)", ["counts: events 12, n 40, percent 30 %"]),
        ("12 of 40 (30)", ["counts: events 12, n 40"]),
        (f"12 of 40 {'x' * 23} (30%)", ["counts: events 12, n 40, percent 30 %"]),
        (f"12 of 40 {'x' * 24} (30%)", ["counts: events 12, n 40"]),
        ("12 of 40; (30%)", ["counts: events 12, n 40"]),
        ("12 of 40, 30%", ["counts: events 12, n 40"]),
        ("12 (30%) of 40", ["counts: events 12, percent 30 %, n 40"]),
        ("12 (30%) of 41", ["counts: events 12, percent 30 %, n 41"]),
        ("12 (30%) out of the 40", ["counts: events 12, percent 30 %, n 40"]),
        ("12 (100%) of 12", ["counts: events 12, percent 100 %, n 12"]),
        ("12 (30%) of 11", ["counts: events 12, percent 30 %"]),
        ("12 (30%) of 40.5", ["counts: events 12, percent 30 %"]),
        ("12 (30%) and 40", ["counts: events 12, percent 30 %"]),
        ("12 (30%", []),
        ("12, 30%)", []),
        ("1899 (30%)", ["counts: events 1899, percent 30 %"]),
        ("1900 (30%)", []),
        ("1,900 (30%)", ["counts: events 1900, percent 30 %"]),
        ("12.5 (30%)", []),
        # means
        ("60 ± -2", []),
        ("60 ± 0", ["mean: mean 60, spread 0"]),
        ("< 60 ± 2", []),
        ("60 ± < 2", []),
        ("a mean of 60 (SE 2)", ["mean: mean 60, se 2"]),
        ("60 kg (SE 2)", []),
        ("60 kg (SD 2)", ["mean: mean 60, sd 2"]),
        (f"60 ± 2 {'x' * 26} SD", ["mean: mean 60, sd 2"]),
        (f"60 ± 2 {'x' * 27} SD", ["mean: mean 60, spread 2"]),
        (f"mean {'x' * 74} 60 (SE 2)", ["mean: mean 60, se 2"]),
        (f"mean {'x' * 75} 60 (SE 2)", []),
        ("mean (SD) 60.1 (2)", ["mean: mean 60.1, sd 2"]),
        ("mean (SD) 60 (2.1)", ["mean: mean 60, sd 2.1"]),
        ("mean (SD) 60 (2)", []),
        ("mean (SD) 60.1 (2%)", []),
        ("mean (SD), % 60.1 (2.1)", []),
        ("mean (SD) 60.1 (2", []),
        ("mean (SD) 60.1, 2)", []),
        ("mean 60.1 (2.1)", []),
        ("mean (SD)\n60.1 (2.1)", ["mean: mean 60.1, sd 2.1"]),
        ("Table 1 Mean (SD)\nAge 60.1 (2.1)", ["mean: mean 60.1, sd 2.1"]),
        ("Table 1 Persons\nmean (SD) 60.1 (2.1)", ["mean: mean 60.1, sd 2.1"]),
        ("Table 1 Persons\nAge 60.1 (2.1)", []),
    ],
)
def test_means_and_counts_have_these_forms_only(text: str, expected: list[str]) -> None:
    assert told(text) == expected


def test_a_percentage_in_brackets_is_one_whatever_number_stands_before_the_count() -> None:
    assert told("Code 500; smokers, n (%) 46 (23)") == ["counts: events 46, percent 23"]
    assert told("Code 50; smokers, n (%) 46 (123)") == []
