"""Numbers of persons screened, excluded and left."""

from __future__ import annotations

import pytest

from tests.evidence.sources.candidate_words import told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,325 were excluded, leaving 2,101 for analysis.", ["excluded 1325", "left 2101"]),
        (
            "Of the 2658 men who consented, 299 were excluded: 180 failed control, 21 reported grandparents "
            "born elsewhere, and 98 reported use of steroids. In total, 2359 men, all old, were included.",
            ["start 2658", "excluded 299", "excluded 180", "excluded 21", "excluded 98", "left 2359"],
        ),
        (
            "After excluding subjects without data (n=5211) and under 18 years of age (n = 4133), a total of "
            "8126 subjects was included.",
            ["excluded 5211", "excluded 4133", "left 8126"],
        ),
        (
            "Of 500 patients screened, 320 were eligible and 300 were randomised; 20 withdrew.",
            ["start 500", "left 320", "start 300", "excluded 20"],
        ),
        ("Of 1,000 eligible adults some came.", ["start 1000"]),
        ("Out of 160 recordings, 26 recordings were excluded.", ["start 160", "excluded 26"]),
        ("This study included 1,426 participants.", ["left 1426"]),
        ("The final sample included 812 women.", ["left 812"]),
        ("After exclusion of 120 women 12 persons remained.", ["excluded 120", "left 12"]),
        ("men (n=774) were included", ["left 774"]),
        ("We enrolled 250 children.", ["start 250"]),
        ("15 patients were lost to follow-up", ["excluded 15"]),
    ],
)
def test_the_words_around_a_number_tell_where_in_the_flow_it_stands(text: str, expected: list[str]) -> None:
    assert told(text) == [f"flow: {each}" for each in expected]


@pytest.mark.parametrize(
    "text",
    [
        "In 2013 were included all who came; from 2010 and 2011 excluded.",
        "Men aged 40 years were excluded; 12 months were excluded.",
        "Excluded were 5.5 of them and 30% were excluded.",
        "population registers in 8 European centres recruited them",
        "from day 5 and remained high",
        "two 50 μL aliquots were retained",
        "p < 5 were excluded",
        "Table 3 included all",
        "AD133 was excluded",
        "all 12 covariates were included, in 3 models were included, 45 studies were excluded",
        "2,511,424 person-years were included",
        "a total of 80 videos were analysed",
        "studies included [12] and x^3 were excluded",
    ],
)
def test_other_numbers_beside_such_words_are_none(text: str) -> None:
    assert told(text) == []


def test_a_verb_counts_within_the_sentence_only() -> None:
    assert told("There were 120 women. They were excluded.") == []
    assert told("They were excluded. A total of 120 women came.") == []
