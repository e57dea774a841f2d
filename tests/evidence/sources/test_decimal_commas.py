"""Decimal commas are told from thousands and from lists; no character moves."""

from __future__ import annotations

import pytest

from evidence.sources.numbers import numbers_of, with_decimal_points
from evidence.sources.text import PaperText
from tests.evidence.sources.test_finding import told

DECIMAL = {
    "HR, 1.21 [0,84; 1,73]": "HR, 1.21 [0.84; 1.73]",
    "1,21 [0,84; 1,73]": "1.21 [0.84; 1.73]",
    "1,21 (95 % CI 1,05-1,46)": "1.21 (95 % CI 1.05-1.46)",
    "1,21 (1,05 to 1,46)": "1.21 (1.05 to 1.46)",
    "-0,11 [-0,22; 0,01]": "-0.11 [-0.22; 0.01]",
    "p = 0,03": "p = 0.03",
    "p<0,001.": "p<0.001.",
    "0,1% Tween": "0.1% Tween",
    "OR 1,32 und 5,2; p = 0,03; x = 0,5": "OR 1.32 und 5.2; p = 0.03; x = 0.5",
}
OTHER = [
    "1,325 to 2,101 persons",
    "12,345 (10,000; 15,000)",
    "see [6,37] and [6,10,15-20,22] and (8,9)",
    "the set {0,1} and (0,1) and 0,1,2",
    "a range of 3,000-4,000 and 10,15",
    "1,25 mg; 0.5 mg; 1.5 mg",
]


@pytest.mark.parametrize("text", DECIMAL)
def test_a_decimal_comma_becomes_a_point_at_its_place(text: str) -> None:
    assert with_decimal_points(text) == DECIMAL[text]
    assert len(with_decimal_points(text)) == len(text)


@pytest.mark.parametrize("text", OTHER)
def test_thousands_and_lists_stay(text: str) -> None:
    assert with_decimal_points(text) == text


def test_a_text_of_decimal_commas_is_read_so_everywhere_and_one_of_points_is_not() -> None:
    commas = "Mittel 5,2 ± 1,1 und 3,4; p = 0,03, 0,04"
    assert [str(n.value) for n in numbers_of(PaperText.of([commas]))] == ["5.2", "1.1", "3.4", "0.03", "0.04"]
    points = "mean 5,2 and 3.4 and 1.5; p = 0,03"
    assert [str(n.value) for n in numbers_of(PaperText.of([points]))] == ["5", "2", "3.4", "1.5", "0.03"]


def test_a_recorded_number_is_found_where_the_paper_prints_a_comma() -> None:
    text = "Table 2\n1426 54,2% 50 62,6 8,0\nMen 0,0079 (0,002; 0,0135) 0,006"
    assert told(text=text) == []
