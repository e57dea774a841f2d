"""Rows in groups: by strata and by what is recorded of a study, and who stands in two of them."""

from __future__ import annotations

from typing import Any

import pytest

from evidence.records.schema import Record
from evidence.selection.grouping import GroupedRows, group_of, grouped, groupings_of, is_grouping
from evidence.selection.selection import Candidate, DoubleCountError, candidates, select
from tests.evidence.selection.test_selection import analysis, estimate, record, review


def made(*records: Record, **fields: Any) -> GroupedRows:
    given = review(analysis(**fields))
    return grouped(select(given, given.analyses[0], records), given, records)


def names(found: GroupedRows) -> list[tuple[str | None, list[str]]]:
    return [(group.name, [each.candidate.record.study for each in group.chosen]) for group in found.groups]


def only(one: Record) -> Candidate:
    (found,) = candidates(review(), [one])
    return found


def judged(*words: str, **fields: Any) -> dict[str, Any]:
    judgements = [
        {"tool": "RoB 2", "domain": "overall", "judgement": w, "support": "x", **fields} for w in words
    ]
    return {"risk_of_bias": judgements}


def test_without_group_by_all_rows_are_one_group_without_a_name() -> None:
    assert names(made(record("a"), record("b"))) == [(None, ["a", "b"])]


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("site", "hip"),
        ("sex", "men"),
        ("ancestry", "Korean"),
        ("age", "50+"),
        ("group", "athletes"),
        ("adjustment", "full"),
        ("status", "published"),
        ("publication status", "published"),
        ("type", "journal article"),
        ("Report type", "journal article"),
        ("design", "cohort"),
        ("country", "Korea"),
        ("risk of bias", "low"),
        ("RoB", "low"),
        ("region", "Asia"),
        ("Region", "Asia"),
        ("setting", "not stated"),
    ],
)
def test_an_estimate_is_in_the_group_that_its_record_says(by: str, expected: str) -> None:
    stratum = {"sex": "men", "ancestry": "Korean", "age": "50+", "group": "athletes"}
    one = record(
        "a",
        estimate("all", stratum=stratum),
        cohort={"name": "a", "country": "Korea"},
        properties={"region": "Asia"},
        **judged("Low risk"),
    )
    assert group_of(only(one), by) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "not stated"),
        (judged("some concerns", "Some Concerns"), "some concerns"),
        (judged("low", "high"), "judges differ"),
        (judged("high", estimate="all"), "high"),
        (judged("high", estimate="another"), "not stated"),
        (
            {
                "risk_of_bias": [
                    *judged("low")["risk_of_bias"],
                    *judged("high", estimate="all")["risk_of_bias"],
                ]
            },
            "high",
        ),
        ({"risk_of_bias": [{**judged("low")["risk_of_bias"][0], "domain": "D1"}]}, "not stated"),
        ({"risk_of_bias": [{**judged("fine")["risk_of_bias"][0], "tool": "our own"}]}, "fine"),
    ],
)
def test_risk_of_bias_is_the_overall_judgement_of_the_result_before_that_of_the_study(
    fields: dict[str, Any], expected: str
) -> None:
    assert group_of(only(record("a", **fields)), "risk of bias") == expected


def test_what_can_be_grouped_by_are_strata_and_the_properties_of_records() -> None:
    records = [
        record("a", properties={"Design": "odd", "region": "Asia"}),
        record("b", properties={"zone": "1"}),
    ]
    assert groupings_of(records)[-3:] == ("risk of bias", "region", "zone")
    assert [is_grouping(by, records) for by in ("Region", "sex", "RoB", "wave")] == [True, True, True, False]
    with pytest.raises(
        ValueError, match=r"'group_by: wave' is no stratum .* expected site, sex, .*, region or zone"
    ):
        made(*records, group_by="wave")


def test_spellings_of_one_group_are_one_and_what_is_not_stated_comes_last() -> None:
    records = [
        record("a"),
        record("b", properties={"region": "Europe"}),
        record("c", properties={"region": "asia"}),
        record("d", properties={"region": "Asia"}),
    ]
    assert names(made(*records, group_by="region")) == [
        ("asia", ["c", "d"]),
        ("Europe", ["b"]),
        ("not stated", ["a"]),
    ]


@pytest.mark.parametrize(
    ("values", "ordered"),
    [
        (["65+", "<65", "18-49"], ["18-49", "<65", "65+"]),
        (["10 mg", "9 mg", "none"], ["9 mg", "10 mg", "none"]),
        (["b", "a", "2"], ["2", "a", "b"]),
        (["2.5", "2.25", "2"], ["2", "2.25", "2.5"]),
    ],
)
def test_numbers_are_ordered_by_size_and_words_by_their_letters(
    values: list[str], ordered: list[str]
) -> None:
    records = [record(f"s{at}", properties={"dose": value}) for at, value in enumerate(values)]
    assert [group.name for group in made(*records, group_by="dose").groups] == ordered


def test_groups_follow_the_lists_of_the_review() -> None:
    def of(status: str) -> dict[str, Any]:
        report = {
            "type": "journal article",
            "status": status,
            "citation": "x",
            "year": 2020,
            "read": "full text",
        }
        return {"reports": {"r": report}}

    records = [record("a", **of("preprint")), record("b", **of("published")), record("c", **of("corrected"))]
    assert names(made(*records, group_by="status")) == [
        ("corrected", ["c"]),
        ("published", ["b"]),
        ("preprint", ["a"]),
    ]
    assert [
        each.name for each in made(*records, group_by="status", reports=["preprint", "published"]).groups
    ] == [
        "preprint",
        "published",
    ]
    crude = record("a", estimate("all", model="none"))
    assert names(made(crude, record("b"), group_by="adjustment")) == [("full", ["b"]), ("none", ["a"])]
    adjusted = made(crude, record("b"), group_by="adjustment", adjustment=["none", "full"])
    assert names(adjusted) == [("none", ["a"]), ("full", ["b"])]
    worse = [
        record("a", **judged("high")),
        record("b", **judged("some concerns")),
        record("c", **judged("low")),
    ]
    assert names(made(*worse, group_by="risk of bias")) == [
        ("low", ["c"]),
        ("some concerns", ["b"]),
        ("high", ["a"]),
    ]


def test_a_tool_with_a_version_and_the_same_without_one_are_ordered_together() -> None:
    records = [
        record("a", **judged("high")),
        record("b", **judged("some concerns", version="2019")),
        record("c", **judged("low", version="2016")),
    ]
    assert names(made(*records, group_by="risk of bias")) == [
        ("low", ["c"]),
        ("some concerns", ["b"]),
        ("high", ["a"]),
    ]


def test_sites_follow_the_analysis_and_a_group_without_a_number_is_the_last() -> None:
    silent = {"effect": None, "not_reported": {"said": "no association"}}
    quiet = {key: value for key, value in estimate("s", outcome="hip").items() if key != "effect"}
    quiet["not_reported"] = silent["not_reported"]
    both = record("a", estimate("one", outcome="spine"), quiet)
    found = made(both, outcome={"name": "BMD", "sites": ["hip", "spine"]}, group_by="site")
    assert [(group.name, len(group.chosen), len(group.silent)) for group in found.groups] == [
        ("spine", 1, 0),
        ("hip", 0, 1),
    ]


def test_groups_that_share_persons_are_told_with_their_names() -> None:
    sites = {"outcome": {"name": "BMD", "sites": ["hip", "spine"]}, "group_by": "site"}
    both = record("a", estimate("h"), estimate("s", outcome="spine"))
    assert made(both, record("b"), **sites).sharing == (("a 2020", "a 2020"),)
    apart = made(record("a"), record("b", estimate("s", outcome="spine")), **sites)
    assert apart.sharing == ()
    inside = record("b", estimate("s", outcome="spine"), cohort={"name": "b", "part_of": ["a"]})
    assert made(record("a"), inside, **sites).sharing == (("a 2020", "b 2020"),)
    sexes = record("a", estimate("m", stratum={"sex": "men"}), estimate("w", stratum={"sex": "women"}))
    assert made(sexes, stratum={"sex": "each"}, group_by="sex").sharing == ()


def test_persons_stand_once_in_a_group() -> None:
    both = record("a", estimate("h"), estimate("s", outcome="spine"))
    with pytest.raises(
        DoubleCountError, match=r"a/h and a/s are different outcomes of the same persons in one group"
    ):
        made(both, outcome={"name": "BMD", "sites": ["hip", "spine"]}, group_by="design")
