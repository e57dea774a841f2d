"""Which numbers of a running text are counts or means: both sides of every bound."""

from __future__ import annotations

import pytest

from tests.evidence.sources.candidate_words import told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a total of five or more, none of its parts above it
        ("4/5 died", ["counts: events 4, n 5"]),
        ("4/4 died", []),
        ("5/5 died", ["counts: events 5, n 5"]),
        ("0/5 died", ["counts: events 0, n 5"]),
        ("6/5 died", []),
        # years have no comma and lie from 1900 to 2099
        ("1900 (15%)", []),
        ("1899 (15%)", ["counts: events 1899, percent 15 %"]),
        ("2099 (15%)", []),
        ("2100 (15%)", ["counts: events 2100, percent 15 %"]),
        ("2,010 (15%)", ["counts: events 2010, percent 15 %"]),
        ("5 of 1900 persons", []),
        ("5 of 1899 persons", ["counts: events 5, n 1899"]),
        ("5 of 2099 persons", []),
        ("5 of 2100 persons", ["counts: events 5, n 2100"]),
        ("5 of 2,010 persons", ["counts: events 5, n 2010"]),
        # a number in brackets is a percentage where its line says so and it can be one
        ("women, n (%) 46 (100)", ["counts: events 46, percent 100"]),
        ("women, n (%) 46 (101)", []),
        ("women 46 (100)", []),
        ("n (%)\nwomen 46 (23)", []),
        # counts are whole, have no sign, relation or per cent
        ("n = 12/40", ["counts: events 12, n 40"]),
        ("> 12/40", []),
        ("12/<40", []),
        ("-12/40", []),
        ("12/-40", []),
        ("12%/40", []),
        ("12/40%", []),
        ("12/40.5", []),
        ("30.5 (12.5%)", []),
        ("30 (12.5%", []),
        # what follows
        ("30 (12.5%) of 30 persons", ["counts: events 30, percent 12.5 %, n 30"]),
        ("30 (12.5%) of 29 persons", ["counts: events 30, percent 12.5 %"]),
        ("30 (12.5%) of 30.5 kg", ["counts: events 30, percent 12.5 %"]),
        ("12/40 of men (30%)", ["counts: events 12, n 40, percent 30 %"]),
        ("12/40 of men, 30%", ["counts: events 12, n 40"]),
        ("12/40 (30)", ["counts: events 12, n 40"]),
    ],
)
def test_counts_of_a_text(text: str, expected: list[str]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5.2 ± 0", ["mean: mean 5.2, spread 0"]),
        ("5.2 ± -0.3", []),
        ("< 5.2 ± 0.3", []),
        ("5.2 ± < 0.3", []),
        # in brackets only where the words say it, with decimals, and no per cent
        ("mean (SD) 62.5 (8)", ["mean: mean 62.5, sd 8"]),
        ("mean (SD) 62 (8.5)", ["mean: mean 62, sd 8.5"]),
        ("mean (SD) 62 (8)", []),
        ("mean (SD) 62.5 (8%)", []),
        ("mean (SD), % 62.5 (8.5)", []),
        ("mean (SD) 62.5 (8.5", []),
        ("62.5 (8.5)", []),
        # a standard error needs the word of a mean
        ("a mean of 5.2, SE 0.3", ["mean: mean 5.2, se 0.3"]),
        ("it was 5.2, SE 0.3", []),
        ("it was 5.2, SD 0.3", ["mean: mean 5.2, sd 0.3"]),
        # thirty characters behind, and eighty between
        (f"5.2 ± 1.1 {'x' * 26} SD", ["mean: mean 5.2, sd 1.1"]),
        (f"5.2 ± 1.1 {'x' * 27} SD", ["mean: mean 5.2, spread 1.1"]),
        ("5.2" + "\n" * 79 + "± 1.1", []),
        ("5.2" + "\n" * 78 + "± 1.1", ["mean: mean 5.2, spread 1.1"]),
    ],
)
def test_means_of_a_text(text: str, expected: list[str]) -> None:
    assert told(text) == expected
