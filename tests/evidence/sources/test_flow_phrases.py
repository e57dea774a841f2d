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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # lists
        (
            "We excluded 1,204 participants with fractures, 310 with cancer and 95 with missing covariates.",
            ["excluded 1204", "excluded 310", "excluded 95"],
        ),
        (
            "We excluded fracture (n = 1,204), cancer (n = 310), or neither (n = 95), which left 7,526.",
            ["excluded 1204", "excluded 310", "excluded 95", "left 7526"],
        ),
        ("Persons who were ill (n = 310) or away (n = 20) were excluded.", ["excluded 310", "excluded 20"]),
        (
            "3210 were excluded due to: no consent (1,000), no blood sample (2,000), other (210).",
            ["excluded 3210", "excluded 1000", "excluded 2000", "excluded 210"],
        ),
        ("Exclusions: 23 dialysis, 41 hip replacement.", ["excluded 23", "excluded 41"]),
        ("survey conducted in 313 sheep and 449 goats", ["left 313", "left 449"]),
        ("a cohort of 125 animals (74 sheep and 51 goats)", ["left 125", "left 74", "left 51"]),
        ("BMD was measured in all men (N = 2244 and 2314, respectively).", ["left 2244", "left 2314"]),
        (
            "1,811 persons (902 cases, 909 controls) entered the analysis",
            ["left 1811", "left 902", "left 909"],
        ),
        ("We recruited 200 patients and 200 controls.", ["start 200", "start 200"]),
        # the boxes of a flow chart
        ("Records identified through database searching (n = 2,341)", ["start 2341"]),
        ("Records after duplicates removed (n = 1,987)", ["left 1987"]),
        ("Full-text articles assessed for eligibility (n = 137)", ["start 137"]),
        ("Full-text articles excluded, with reasons (n = 98)", ["excluded 98"]),
        ("Studies included in the synthesis (n = 39)", ["left 39"]),
        ("Not meeting inclusion criteria (n=52)", ["excluded 52"]),
        ("Declined to participate (n=60)", ["excluded 60"]),
        ("Allocated to intervention (n=150)", ["start 150"]),
        ("Discontinued intervention (n=5)", ["excluded 5"]),
        ("Analysed (n=133)", ["left 133"]),
        # sentences
        (
            "The search identified 2,341 records; after removal of 354 duplicates, 1,987 were screened.",
            ["start 2341", "excluded 354", "start 1987"],
        ),
        (
            "100 did not meet the criteria, and 260 were randomly assigned to A (n = 130) or B (n = 130).",
            ["excluded 100", "start 260", "start 130", "start 130"],
        ),
        ("Among the 3,411 respondents, 211 had no data and were excluded.", ["start 3411", "excluded 211"]),
        ("Eighty of 1,100 eligible women refused.", ["start 1100"]),
        ("Data were available for 1,533 women.", ["left 1533"]),
        ("Data of 13,013 adults were used in the present analysis.", ["left 13013"]),
        ("The analysis was restricted to 2,115 participants with valid scans.", ["left 2115"]),
        ("The study population consisted of 31,313 Korean adults.", ["left 31313"]),
        ("The present study included data from 6,301 men.", ["left 6301"]),
        ("The final analytic sample comprised 2,987 adults.", ["left 2987"]),
        ("This left a sample of 1,022 women.", ["left 1022"]),
        ("resulting in a final sample size of 3,333", ["left 3333"]),
        ("In all, 640 women completed the study.", ["left 640"]),
        ("n = 9,135 remained", ["left 9135"]),
        ("6,143 were lost during follow-up", ["excluded 6143"]),
        ("Records excluded by title and abstract: n = 1,204", ["excluded 1204"]),
        ("Full texts assessed: 85; included: 22.", ["start 85", "left 22"]),
        ("assessed: 85, 47", []),
        (
            "From an initial sample of 15,792 persons, we excluded 342 who were ill and 1,011 without serum.",
            ["start 15792", "excluded 342", "excluded 1011"],
        ),
        ("The remaining 5,006 individuals formed the study sample.", ["left 5006"]),
        ("There were 6,501 participants in the final analysis.", ["left 6501"]),
        ("Eligible participants: n = 2,455", ["left 2455"]),
        ("We identified 14,212 patients and 28,424 matched controls.", ["start 14212", "start 28424"]),
        ("1,200 questionnaires were mailed and 745 were returned.", ["start 1200", "left 745"]),
        ("giving an analytic cohort of 2,148", ["left 2148"]),
    ],
)
def test_lists_charts_and_sentences_as_papers_have_them(text: str, expected: list[str]) -> None:
    assert told(text) == [f"flow: {each}" for each in expected]


@pytest.mark.parametrize(
    "text",
    [
        "Model 2 included 14 covariates; in step 2 we excluded them.",
        "Similar results were obtained by Lee et al. in a survey of 950 older people.",
        "a sample of 5 ml; a cohort of 1946 births; a population of 3 million",
        "measured in 3 replicates; performed in 96-well plates; data from 5 countries",
        "The search identified 12 loci, and data were available for 5 outcomes.",
        "The province has a total of 32,629 cattle.",
        "For 95% power a sample size of 300 was calculated.",
        "BMD was measured in men (1, 2).",
        "conducted in 2013 among women",
    ],
)
def test_what_is_counted_or_numbered_beside_such_words_is_no_person(text: str) -> None:
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
        ("Persons [N = 5] were excluded", ["excluded 5"]),
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
