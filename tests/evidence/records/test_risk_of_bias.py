"""Tools for risk of bias: every data file is whole, and names are found however they are written."""

from __future__ import annotations

import pytest

from evidence.records.risk_of_bias import (
    FOLDER,
    OVERALL,
    find_tool,
    find_word,
    known_tools,
    nearest,
    versions_of,
)

# Domains as published: RoB 2 has five and one more for each of two designs, NOS eight items and headings for
# seven of them, the first tool of Cochrane seven and one more in its version of 2008.
SIZES = {
    "Cochrane RoB (2011)": 7 + 1,
    "RoB 2 (2019)": 5 + 2,
    "ROBINS-I (2016)": 7,
    "ROBINS-I V2 (2025)": 6,
    "ROBINS-E (2024)": 7,
    "QUADAS-2 (2011)": 4,
    "NOS cohort (2000)": 8 + 2,
    "NOS case-control (2000)": 8 + 2,
    "JBI cross-sectional (2020)": 8,
    "JBI cohort (2020)": 11,
    "JBI case-control (2020)": 10,
    "JBI RCT (2017)": 13,
    "JBI RCT (2023)": 13,
}


def test_every_data_file_is_a_tool_with_the_domains_that_are_published() -> None:
    assert {tool.title: len(tool.domains) for tool in known_tools()} == SIZES
    assert len(list(FOLDER.glob("*.yaml"))) == len(SIZES)


def test_no_name_means_two_domains_and_no_word_two_judgements() -> None:
    names = words = 0
    for tool in known_tools():
        for domain in tool.domains:
            for name in (
                domain.id,
                domain.name,
                *domain.also,
                domain.name.upper(),
                f"{domain.id}: {domain.name}",
            ):
                assert tool.place(name) == domain.id, (tool.title, name)
                names += 1
            for word in tool.words(domain):
                for spelled in (word.word, *word.also, word.word.title()):
                    assert find_word(tool.words(domain), spelled) is word or tool.most_stars
                    words += 1
        for word in tool.words(None):
            assert find_word(tool.words(None), word.word) == word
            words += 1
    assert names > 450
    assert words > 600


def test_nine_stars_are_the_most_of_both_scales_and_no_other_tool_gives_any() -> None:
    stars = {tool.title: tool.most_stars for tool in known_tools() if tool.most_stars}
    assert stars == {"NOS cohort (2000)": 9, "NOS case-control (2000)": 9}
    tool = find_tool("NOS cohort")
    assert tool is not None
    assert [word.word for word in tool.words(tool.domain("S"))] == ["0", "1", "2", "3", "4"]
    assert [word.word for word in tool.words(tool.domain("S1"))] == ["0", "1"]
    spelled = {
        given: find_word(tool.words(tool.domain("C")), given) for given in ("**", "★★", "2 stars", "2")
    }
    assert {word.word for word in spelled.values() if word} == {"2"}
    assert len(spelled) == 4
    assert [word.level for word in tool.words(None)] == [-count for count in range(10)], "fewer are worse"


def test_three_domains_of_quadas_2_and_no_other_are_also_judged_for_applicability() -> None:
    """Whiting 2011, Ann Intern Med 155:529-36: all but flow and timing."""
    judged = {(tool.title, each.id) for tool in known_tools() for each in tool.domains if each.applicability}
    assert judged == {("QUADAS-2 (2011)", place) for place in ("D1", "D2", "D3")}


@pytest.mark.parametrize(
    ("tool", "words", "overall"),
    [
        (
            "JBI cohort",
            ["yes", "no", "unclear", "not applicable"],
            ["include", "exclude", "seek further info"],
        ),
        ("QUADAS-2", ["low", "unclear", "high"], ["low", "at risk of bias"]),
        ("RoB 2", ["low", "some concerns", "high"], ["low", "some concerns", "high"]),
    ],
)
def test_a_tool_may_judge_in_other_words_overall_than_of_a_domain(
    tool: str, words: list[str], overall: list[str]
) -> None:
    found = find_tool(tool)
    assert found is not None
    assert [word.word for word in found.words(found.domains[0])] == words
    assert [word.word for word in found.words(None)] == overall


@pytest.mark.parametrize(
    ("name", "version", "title"),
    [
        ("RoB 2", None, "RoB 2 (2019)"),
        ("rob2", "2019", "RoB 2 (2019)"),
        ("RoB 2", "22 August 2019", "RoB 2 (2019)"),
        ("RoB 2 (2019)", None, "RoB 2 (2019)"),
        ("Cochrane RoB 2", None, "RoB 2 (2019)"),
        ("RoB 2", "2016", None),
        ("RoB", None, None),
        ("ROBINS-I", None, "ROBINS-I (2016)"),
        ("robins i", "2016", "ROBINS-I (2016)"),
        ("ROBINS-I", "V2", "ROBINS-I V2 (2025)"),
        ("ROBINS-I V2", "2024", "ROBINS-I V2 (2025)"),
        ("JBI RCT", None, "JBI RCT (2023)"),
        ("JBI RCT", "2017", "JBI RCT (2017)"),
        ("NOS", None, None),
        ("", None, None),
    ],
)
def test_a_tool_is_found_by_name_and_version(name: str, version: str | None, title: str | None) -> None:
    found = find_tool(name, version)
    assert (found.title if found else None) == title


@pytest.mark.parametrize(
    ("tool", "name", "place"),
    [
        ("RoB 2", "Bias arising from the randomisation process", "D1"),
        ("RoB 2", "Domain 3", "D3"),
        ("RoB 2", "3", "D3"),
        ("RoB 2", "Risk of bias due to missing outcome data", "D3"),
        ("RoB 2", "Overall risk of bias", OVERALL),
        ("RoB 2", "OVERALL", OVERALL),
        ("RoB 2", "6", None),
        ("RoB 2", "allocation concealment", None),
        ("ROBINS-I", "Bias in measurement of outcomes", "D6"),
        ("ROBINS-I V2", "Bias in measurement of the outcome", "D5"),
        ("JBI cohort", "Question 11", "Q11"),
        ("JBI cohort", "12", None),
        ("RoB 2", "", None),
    ],
)
def test_a_domain_is_found_by_its_words_or_number(tool: str, name: str, place: str | None) -> None:
    found = find_tool(tool)
    assert found is not None
    assert found.place(name) == place


def test_a_word_without_level_says_nothing_of_the_bias() -> None:
    tool = find_tool("ROBINS-I")
    assert tool is not None
    levels = {word.word: word.level for word in tool.judgements}
    assert levels == {"low": 0, "moderate": 1, "serious": 2, "critical": 3, "no information": None}


def test_the_nearest_name_is_offered_and_none_for_what_is_far() -> None:
    assert nearest("Lwo", ["low", "some concerns", "high"]) == "low"
    assert nearest("moderat", ["low", "moderate"]) == "moderate"
    assert nearest("xyz", ["low", "high"]) is None
    assert nearest("abxy", ["abcd"]) == "abcd", "half alike"
    assert nearest("abxyz", ["abcd"]) is None
    assert versions_of("JBI RCT") == ["2023", "2017"]
    assert versions_of("NOS") == []
