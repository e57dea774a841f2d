"""Names that a record uses: which are known, which was meant, and what is said of keys and values."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.parsing import Problem
from evidence.records.reading import record_from_text
from tests.evidence.records.samples import TEXT, bent

EXPOSURE = "  hemoglobin: {name: hemoglobin, unit: g/dL}\n"
MODEL = "  adjusted: {type: linear regression, adjustment: full, covariates: [age, sex]}\n"


def problems_of(text: str) -> tuple[Problem, ...]:
    return record_from_text(text, Path("r.yaml")).problems


def exposures(*names: str) -> tuple[str, str]:
    return EXPOSURE, "".join(f"  {name}: {{name: iron, unit: g/L}}\n" for name in names)


def asked(name: str, *known: str) -> str | None:
    (problem,) = problems_of(bent(exposures(*known), ("    stratum:", f"    exposure: {name}\n    stratum:")))
    assert problem.says == f"no exposure of this record is called '{name}'"
    return problem.hint


def test_a_hint_lists_thirty_names_and_says_that_there_are_more() -> None:
    names = [f"x{number}" for number in range(31)]
    assert asked("qqqqqqqq", *names[:30]) == f"Known: {', '.join(names[:30])}."
    assert asked("qqqqqqqq", *names) == f"Known: {', '.join(names[:30])}, ...."


def test_what_was_meant_is_sought_among_five_hundred_names() -> None:
    names = [*(f"x{number}" for number in range(499)), "hemoglobin", "ferritin"]
    assert asked("hemoglobn", *names) == "Did you mean 'hemoglobin'?"
    assert (asked("feritin", *names) or "").startswith("Known: x0, x1")


def test_of_several_things_one_has_to_be_named() -> None:
    for more, missing in (("", 0), (MODEL.replace("adjusted", "crude"), 1)):
        found = problems_of(bent((MODEL, MODEL + more)))
        assert [problem.says for problem in found] == ["'model' is missing: the record has 2"] * missing
        assert [problem.hint for problem in found] == ["One of: adjusted, crude."] * missing
    assert not problems_of(bent(("    stratum:", "    model: adjusted\n    stratum:"), (MODEL, MODEL * 1)))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("title: A study\n", ""), "'title' is missing"),
        (("name: LEE, ", ""), "'name' is missing in 'cohort'"),
        (("measure: beta, ", ""), "'measure' is missing in no. 1 'effect'"),
        (("unit: g/dL", "note: x"), "'unit' is missing in 'exposures' 'hemoglobin'"),
        (("sex: men", "sexx: men"), "unknown key 'sexx'"),
        (("sex: men", "age: old"), "'age': 'old' does not have the expected form"),
    ],
)
def test_what_is_missing_is_named_with_the_part_it_is_missing_in(change: tuple[str, str], says: str) -> None:
    assert [problem.says for problem in problems_of(bent(change))] == [says]


@pytest.mark.parametrize(
    ("change", "at", "width", "hint"),
    [
        (("  lee-2019: {type", "  Lee: {type"), "Lee: {", 3, "lower-case letters"),
        (("study: lee-2019", "study: -lee"), "-lee", 4, "lower-case letters"),
        (("study: lee-2019", "study: Lee 2019"), "Lee 2019", 8, "lower-case letters"),
        (("years: 2010-2012", "years: 2010 to 2012"), "2010 to", 12, "written 2013-2018, 2008"),
    ],
)
def test_a_name_and_a_form_are_refused_where_they_stand(
    change: tuple[str, str], at: str, width: int, hint: str
) -> None:
    text = bent(change)
    (problem,) = [problem for problem in problems_of(text) if problem.rule == "value"]
    before = text[: text.index(at)]
    place = (before.count("\n") + 1, len(before) - before.rfind("\n"), width)
    assert (problem.place.line, problem.place.column, problem.width) == place
    assert problem.hint is not None
    assert hint in problem.hint


def test_a_key_that_is_no_name_is_refused_at_the_key_and_not_at_its_value() -> None:
    made = f"generated: {{protocol: p, inputs: {{a.csv: '{'0' * 64}'}}, software: {{'': 3.12}}}}\n"
    text = bent(("extraction:", f"{made}extraction:"))
    (problem,) = problems_of(text)
    line = text.splitlines()[problem.place.line - 1]
    assert line[problem.place.column - 1 :].startswith("'': 3.12")


def test_years_of_the_right_form_are_read() -> None:
    for years in ("2008", "2010-2012", "2005-2010, 2013-2014"):
        assert problems_of(bent(("years: 2010-2012", f"years: '{years}'"))) == (), years


JUDGED = (
    "extraction:",
    "risk_of_bias:\n  - {tool: T, domain: D, judgement: low, support: S%s}\nextraction:",
)
UNKNOWN = "no report of this record is called 'li-2020'"
FLOW = (
    "extraction:",
    "flow: {where: {report: %s, at: Figure 1}, steps: [{start: 9, what: asked}]}\nextraction:",
)
TABLE = (
    "extraction:",
    "baseline:\n  - {where: {report: %s, at: Table 1}, columns: [all], rows: []}\nextraction:",
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((JUDGED[0], JUDGED[1] % ""), []),
        ((JUDGED[0], JUDGED[1] % ", report: lee-2019"), []),
        ((JUDGED[0], JUDGED[1] % ", report: li-2020"), [UNKNOWN]),
        ((FLOW[0], FLOW[1] % "lee-2019"), []),
        ((FLOW[0], FLOW[1] % "li-2020"), [UNKNOWN]),
        ((TABLE[0], TABLE[1] % "lee-2019"), []),
        ((TABLE[0], TABLE[1] % "li-2020"), [UNKNOWN]),
        (
            ("year: 2019", "year: 2019, superseded_by: li-2020"),
            [UNKNOWN],
        ),
        (("year: 2019", "year: 2019, superseded_by: lee-2019"), ["a report cannot supersede itself"]),
    ],
)
def test_a_report_that_is_named_is_one_of_the_record(change: tuple[str, str], said: list[str]) -> None:
    assert [problem.says for problem in problems_of(bent(change))] == said


@pytest.mark.parametrize("part", ["reports", "exposures", "outcomes", "models"])
def test_a_record_has_one_of_each_thing_at_least(part: str) -> None:
    begin = TEXT.index(f"{part}:\n")
    end = TEXT.index("\n", TEXT.index("\n", begin) + 1)
    found = problems_of(f"{TEXT[:begin]}{part}: {{}}{TEXT[end:]}")
    assert [problem.says for problem in found] == [
        f"'{part}': a list or mapping has no entry; expected at least one"
    ]
