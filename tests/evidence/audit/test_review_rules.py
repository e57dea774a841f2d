"""Each rule about several records: what it must flag, and what it must leave alone."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from evidence.audit.auditing import REVIEW_RULES, all_rules, audit_review
from evidence.records.parsing import Problem
from evidence.records.reading import record_from_text
from tests.evidence.records.samples import TEXT, bent
from tests.work import calls_made

OTHER_STUDY = ("study: lee-2019", "study: other")
OTHER_REPORT = ("citation: Lee 2019", "citation: Other 2020")
OTHER_COHORT = ("name: LEE", "name: OTHER")
REPEATED = ("name: LEE,", "name: LEE, repeated: true,")
WITH_DOI = ("year: 2019,", "year: 2019, doi: 10.1000/Lee,")
WITH_LOWER_CASE_DOI = ("year: 2019,", "year: 2019, doi: 10.1000/lee,")
WITH_PMID = ("year: 2019,", "year: 2019, pmid: 123,")
SEPARATE = bent(OTHER_STUDY, OTHER_REPORT, OTHER_COHORT)

EFFECT = "{measure: beta, per: 1 g/dL, estimate: 0.0079, ci: [0.002, 0.0135], level: 95 %, p: 0.006}"


def other(name: str, effect: str) -> str:
    """A record of another study, with another effect in the place of its slope."""
    return bent(
        ("study: lee-2019", f"study: {name}"),
        ("citation: Lee 2019", f"citation: {name}"),
        ("name: LEE", f"name: {name}"),
        (EFFECT, effect),
    )


def wide(name: str, numbers: str) -> str:
    return other(name, f"{{measure: MD, estimate: {numbers}}}")


def groups(name: str, first: str, second: str) -> str:
    return other(name, f"{{measure: MD, groups: [{{name: a, {first}}}, {{name: b, {second}}}]}}")


def sds(*of_one: str) -> tuple[str, ...]:
    """Studies of 100 persons a group with these SDs in both."""
    return tuple(
        groups(f"s{place}", f"n: 100, mean: 1{place}.0, sd: {sd}", f"n: 100, mean: 9.{place}, sd: {sd}")
        for place, sd in enumerate(of_one)
    )


LONG = ("n: 31, mean: 3.12, sd: 1.17", "n: 42, mean: 2.08, sd: 1.29")
SHORT = "n: 30, mean: 3, sd: 1"

FLAGGED: dict[str, list[tuple[str, ...]]] = {
    "study-twice": [(TEXT, bent(OTHER_REPORT, OTHER_COHORT))],
    "report-twice": [
        (TEXT, bent(OTHER_STUDY, OTHER_COHORT)),
        (bent(WITH_DOI), bent(OTHER_STUDY, OTHER_REPORT, OTHER_COHORT, WITH_LOWER_CASE_DOI)),
        (bent(WITH_PMID), bent(OTHER_STUDY, OTHER_REPORT, OTHER_COHORT, WITH_PMID)),
    ],
    "cohorts-overlap": [
        (TEXT, bent(OTHER_STUDY, OTHER_REPORT)),
        (bent(REPEATED), bent(OTHER_STUDY, OTHER_REPORT, REPEATED, ("2010-2012", "2012-2014"))),
        (TEXT, bent(OTHER_STUDY, OTHER_REPORT, ("name: LEE,", "name: CONSORTIUM, part_of: [lee],"))),
    ],
    "same-numbers-in-two-studies": [
        (wide("a", "1.234, ci: [1.084, 1.384]"), wide("b", "1.234, ci: [1.084, 1.384]")),
        (groups("a", *LONG), groups("b", *LONG)),
    ],
    "sd-across-studies": [
        sds("8.1", "0.9", "9.0", "11.2"),
        sds("8.1", "0.71", "9.0", "7.0", "10.1"),
        sds("8.1", "2.23", "9.0", "11.2"),  # 22.3 is less than twice 11.2
        sds("8.1", "0.41", "9.0", "11.2"),  # 4.1 is more than half of 8.1
    ],
}

LEFT_ALONE: dict[str, list[tuple[str, ...]]] = {
    "study-twice": [(TEXT, SEPARATE)],
    "report-twice": [(TEXT, SEPARATE), (bent(WITH_PMID), bent(OTHER_STUDY, OTHER_REPORT, OTHER_COHORT))],
    "cohorts-overlap": [
        (TEXT, SEPARATE),
        (bent(REPEATED), bent(OTHER_STUDY, OTHER_REPORT, REPEATED, ("2010-2012", "2013-2014"))),
    ],
    "same-numbers-in-two-studies": [
        (TEXT, SEPARATE),
        (wide("a", "1.234, ci: [1.084, 1.384]"), wide("b", "1.234, ci: [1.084, 1.383]")),
        (wide("a", "1.234, ci: [1.085, 1.384]"), wide("b", "1.234, ci: [1.085, 1.384]")),
        (groups("a", *LONG), groups("b", *LONG[::-1])),
        (groups("a", SHORT, LONG[1]), groups("b", SHORT, LONG[1])),
    ],
    "sd-across-studies": [
        sds("8.1", "0.9", "9.0"),
        sds("8.1", "2.8", "9.0", "11.2"),
        sds("8.1", "0.40", "9.0", "11.2"),
        sds("8.1", "2.25", "9.0", "11.2"),
        sds("8.1", "0.2", "9.0", "11.2"),
        tuple(
            text.replace("site: hip", f"site: {site}")
            for text, site in zip(
                sds("8.1", "0.9", "9.0", "11.2"), ("hip", "hip", "hip", "neck"), strict=True
            )
        ),
        sds("8.1", "2.3", "9.0", "11.2"),
        tuple(
            text.replace("unit: g/cm2, unit_stated: no", "unit: not stated")
            for text in sds("8.1", "0.9", "9.0", "11.2")
        ),
    ],
}

RULES = [rule.name for rule in REVIEW_RULES.rules]


def problems(texts: tuple[str, ...], rule: str) -> list[Problem]:
    documents = [record_from_text(text, Path(f"{index}.yaml")) for index, text in enumerate(texts)]
    assert all(document.model is not None for document in documents)
    return [problem for problem in audit_review(documents) if problem.rule == rule]


def test_every_rule_is_tested_both_ways() -> None:
    assert set(FLAGGED) == set(LEFT_ALONE) == set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_flags(rule: str) -> None:
    for pair in FLAGGED[rule]:
        (found,) = problems(pair, rule)
        assert found.place.path == Path("1.yaml")  # the second record is told about the first


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_leaves_alone(rule: str) -> None:
    for pair in LEFT_ALONE[rule]:
        assert not problems(pair, rule), pair


def test_overlaps_are_counted_whatever_the_order() -> None:
    wave = [
        bent(("study: lee-2019", f"study: s{i}"), REPEATED, ("2010-2012", years))
        for i, years in enumerate(["2010-2012", "2013-2014", "2011-2013", "2010-2012", "2014-2015"])
    ]
    found = {
        p.place.path.stem: p.says.partition("with ")[2] for p in problems(tuple(wave), "cohorts-overlap")
    }
    assert found == {"2": "'s0' and 's1'", "3": "'s0' and 's2'", "4": "'s1'"}


def test_thousands_of_records_of_one_cohort_are_not_compared_pair_by_pair() -> None:
    document = record_from_text(TEXT, Path("a.yaml"))
    found = audit_review([document] * 2_000)
    overlaps = [problem for problem in found if problem.rule == "cohorts-overlap"]
    assert len(overlaps) == 1_999
    assert sum(problem.says.endswith("and 1996 more") for problem in overlaps) == 1
    fewer, more = (calls_made(partial(audit_review, [document] * many)) for many in (500, 2_000))
    assert more < 4.5 * fewer, "pair by pair would be 16 times"


def test_unreadable_records_are_passed_over() -> None:
    documents = [record_from_text("study: [", Path("broken.yaml")), record_from_text(TEXT, Path("a.yaml"))]
    assert audit_review(documents) == []


def test_every_rule_can_be_listed() -> None:
    rules = all_rules()
    names = [rule.name for rule in rules]
    assert len(names) == len(set(names)) == 110
    for rule in rules:
        assert rule.explanation.endswith("."), rule.name
        assert len(rule.explanation) <= 120, rule.name
