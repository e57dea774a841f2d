"""What the rules about risk of bias say: which domain, which words, what would be allowed."""

from __future__ import annotations

import pytest

from tests.evidence.audit.bias_cases import APPLICABLE, ITEMS, LOW, SEVEN, STARS, TWO_RESULTS, five, judged
from tests.evidence.audit.records import place, problems, told


def test_the_worst_domain_is_named_and_the_first_of_several_as_bad() -> None:
    text = five("low", "some concerns", "high", "high", "low", overall="some concerns")
    assert told(text, "bias-overall-better") == [
        (
            "overall 'some concerns' for the study, but 'missing outcome data' is 'high'",
            "By RoB 2 (2019) a result is at least as biased as its worst domain.",
        )
    ]
    text = five(*SEVEN[:5], "no information", "low", overall="low", tool="ROBINS-I")
    ((says, _),) = told(text, "bias-overall-better")
    assert says == "overall 'low' for the study, but 'measurement of outcomes' is 'no information'"


def test_an_unknown_word_is_told_with_the_nearest_and_all_that_the_tool_has() -> None:
    assert told(judged("D1: Lwo"), "bias-judgement") == [
        (
            "'Lwo' is no judgement of RoB 2 (2019)",
            "Did you mean 'low'? Its judgements: low, some concerns, high.",
        )
    ]
    assert told(judged("D1: xyz"), "bias-judgement")[0][1] == "Its judgements: low, some concerns, high."
    assert told(judged("S1: 2", tool="NOS cohort"), "bias-judgement")[0][1] == "Its stars: 0, 1."


def test_an_unknown_domain_is_told_with_the_nearest_or_with_all() -> None:
    ((says, hint),) = told(judged("missing outcome date: low"), "bias-domain")
    assert says == "RoB 2 (2019) has no domain 'missing outcome date'"
    assert hint == "Did you mean 'missing outcome data'?"
    ((_, hint),) = told(judged("xyz: low"), "bias-domain")
    assert hint is not None
    assert hint.startswith("Its domains: randomization process, timing of")


def test_an_unknown_tool_or_version_is_told_once_with_those_that_are_known() -> None:
    ((says, hint),) = told(judged("D1: low", "D2: low", tool="Robins"), "bias-tool")
    assert says == "the tool 'Robins' is not known: no word is checked"
    assert hint is not None
    assert hint.startswith("Did you mean 'ROBINS-")
    assert hint.count("JBI RCT") == 1
    text = judged("D1: low, version: '2011'", "D1: low, version: '2012'")
    assert told(text, "bias-tool") == [
        (f"version '{year}' of RoB 2 is not known: no word is checked", "Known: 2019.")
        for year in (2011, 2012)
    ]


def test_findings_stand_at_the_words_they_are_about() -> None:
    for text, rule, word in (
        (judged("D1: low", "D2: Lwo"), "bias-judgement", "Lwo}"),
        (judged("D1: low", "D9: low"), "bias-domain", "D9, "),
        (judged("D1: low, by: A", "D1: high, by: A"), "bias-twice", "D1, judgement: high"),
        (five("high", "low", "low", "low", "low", overall="low"), "bias-overall-better", "low}"),
    ):
        (found,) = problems(text, rule)
        assert place(text, found).startswith(word)
        assert found.place.line == len(text.splitlines()) - 1


def test_what_is_missing_is_named_with_who_and_which_result() -> None:
    text = judged(*(f"D{number}: low, by: A, estimate: hip-men" for number in (1, 2, 4)))
    ((says, _),) = told(text, "bias-missing")
    lacking = "'missing outcome data' and 'selection of the reported result'"
    assert says == f"RoB 2 (2019) of 'hip-men' by A lacks {lacking}"
    text = judged(*APPLICABLE[:2], "D3: low", "D4: low", tool="QUADAS-2")
    ((says, _),) = told(text, "bias-missing")
    assert says == "QUADAS-2 (2011) of the study lacks 'applicability of reference standard'"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            judged(*STARS, "overall: 8", tool="NOS cohort"),
            "overall 8 stars for the study, but its domains have 9 together",
        ),
        (
            judged(*ITEMS, "overall: 7", tool="NOS cohort"),
            "overall 7 stars for the study, but its domains have 6 together",
        ),
        (
            judged("O: 3", "O1: 1", "O2: 0", "O3: 1", tool="NOS cohort"),
            "'outcome' has 3 stars for the study, its items have 2 together",
        ),
    ],
)
def test_stars_that_do_not_add_up_are_told_with_their_sum(text: str, says: str) -> None:
    assert told(text, "bias-stars") == [(says, None)]


def test_what_is_judged_a_second_time_is_told_with_the_first() -> None:
    ((says, _),) = told(judged("D2: low", "D1: low", "D1: high"), "bias-twice")
    assert says == "'D1' is judged a second time; no. 2 of this list says 'low'"


def test_no_information_overall_is_told_where_every_domain_has_its_judgement() -> None:
    ((says, hint),) = told(five(*SEVEN, overall="no information", tool="ROBINS-I"), "bias-overall-worse")
    assert says == "overall 'no information' for the study, though every domain has its judgement"
    assert hint is None


def test_an_overall_judgement_of_no_result_is_told_once_with_a_result_to_name() -> None:
    text = judged(*(f"overall: low, by: {who}" for who in "AB"), text=TWO_RESULTS)
    (found,) = problems(text, "bias-result")
    assert found.says == "RoB 2 (2019) judges each result, and this overall judgement names none"
    assert found.hint == "Add 'estimate:' with an id, e.g. a."
    assert "by: A" in text.splitlines()[found.place.line - 1]


def test_what_is_missing_is_told_at_the_first_judgement_of_its_assessment() -> None:
    text = judged(*(f"D{number}: low, by: A" for number in range(1, 6)), "D2: low, by: B", "D3: low, by: B")
    (found,) = problems(text, "bias-missing")
    assert "domain: D2, judgement: low, by: B" in text.splitlines()[found.place.line - 1]


def test_an_applicability_that_is_not_asked_about_is_told() -> None:
    text = judged("D1: low, applicability: low")
    (found,) = problems(text, "bias-domain")
    assert found.says == "RoB 2 (2019) does not ask about the applicability of 'D1'"
    assert place(text, found).startswith("low}")


def test_an_assessment_of_the_study_counts_for_each_of_its_results() -> None:
    study = [f"D{number}: low" for number in range(1, 5)]
    for fifth, missing in (("D5: low, estimate: a", 0), ("D5: low, estimate: a, by: B", 2)):
        found = problems(judged(*study, fifth, text=TWO_RESULTS), "bias-missing")
        assert len(found) == missing
    assert told(five(*LOW, overall="low", more=", estimate: a", text=TWO_RESULTS), "bias-missing") == []
