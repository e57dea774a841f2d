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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 was excluded", ["excluded 1"]),
        ("0 were excluded", []),
        ("1.5 were excluded", []),
        ("5% were excluded", []),
        ("-5 were excluded", []),
        ("< 5 were excluded", []),
        ("= 5 were excluded", []),
        ("Persons (n = 5) were excluded", ["excluded 5"]),
        ("Persons (n 5) were excluded", []),
        ("Persons, n = 5, were excluded", []),
        ("Persons (n = 5) came, others were excluded", []),
        ("Persons [N = 5] were excluded", []),
        ("recruited (n = 50), then lost to follow-up (n = 5)", ["start 50", "excluded 5"]),
        ("Excluding the old (n = 5)", ["excluded 5"]),
        ("Persons (n = 5)", []),
        (f"excluded {'x' * 187} (n = 5)", ["excluded 5"]),
        (f"excluded {'x' * 188} (n = 5)", []),
        # years
        ("from 1900 men were included", []),
        ("and 1899 men were included", ["left 1899"]),
        ("between 1900 and 2099 were included", []),
        ("and 2100 were included", ["left 2100"]),
        ("and 2,013 were included", ["left 2013"]),
        ("all 2013 men were included", ["left 2013"]),
        # letters and signs right beside it
        ("A-5 were excluded", []),
        ("and/5 were excluded", []),
        ("x^5 were excluded", []),
        ("5^2 were excluded", []),
        ("5a were excluded", []),
        ("5 mg were excluded", []),
        ("aged 50 were excluded", []),
        ("week 5 were excluded", []),
        # words
        ("5 men had been excluded", ["excluded 5"]),
        ("5 then were later excluded", ["excluded 5"]),
        ("5 and others were excluded", []),
        ("5 a b c d e f g were excluded", ["excluded 5"]),
        ("5 a b c d e f g h were excluded", []),
        ("excluding a b c d 5", ["excluded 5"]),
        ("excluding a b c d e 5", []),
        ("leaving 5", ["left 5"]),
        ("a final sample of 50", ["left 50"]),
        ("a sample of 50", []),
        ("We included 50", ["left 50"]),
        ("They included 50", []),
        ("In total, 50 of the men, all of them old, had consented", ["start 50"]),
        ("50 of the men, all of them old, had consented", []),
        ("a total of 50 men, all of them old", []),
        ("Out of the eligible 50 some came", ["start 50"]),
        ("Some. Of 50 some came", ["start 50"]),
        ("Some of 50 came", []),
        ("some were excluded: 5 for age", ["excluded 5"]),
        ("some were excluded: 5", []),
        ("some were excluded; 5 for age", []),
        (f"excluded {'x' * 39}: 5 for age", ["excluded 5"]),
        (f"excluded {'x' * 40}: 5 for age", []),
    ],
)
def test_a_number_of_persons_is_a_whole_one_with_these_words_beside_it(
    text: str, expected: list[str]
) -> None:
    assert told(text) == [f"flow: {each}" for each in expected]
