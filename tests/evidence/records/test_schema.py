"""What a record means where its file is silent, what its parts refuse, what an editor is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evidence.records.effect import Effect
from evidence.records.reading import record_from_text
from evidence.records.schema import Cohort, Outcome
from evidence.records.shared_reference import SharedReference
from evidence.records.stratum import Stratum
from tests.evidence.records.samples import TEXT, bent, record


@pytest.mark.parametrize(
    ("age", "span"),
    [
        (None, (0, float("inf"))),
        ("50+", (50, float("inf"))),
        ("18-49", (18, 49)),
        ("49-18", (18, 49)),
        ("<65", (0, 64)),
        ("65", (65, 65)),
    ],
)
def test_the_ages_of_a_stratum_are_whole_years(age: str | None, span: tuple[float, float]) -> None:
    assert Stratum(age=age).age_span == span


def test_what_a_file_does_not_say_is_the_usual() -> None:
    assert not Cohort(name="LEE").repeated, "the same persons all the time"
    outcome = Outcome(name="BMD")
    assert (outcome.unit, outcome.unit_stated) == ("not stated", True)
    row = "{variable: sex, percent: {men: [50.0]}}"
    table = f"baseline:\n  - {{where: {{report: lee-2019, at: T}}, columns: [all], rows: [{row}]}}\n"
    assert not record(("extraction:", f"{table}extraction:")).baseline[0].rows[0].ordered
    assert record(("schema: 1\n", "")).schema_version == 1
    assert (outcome.whole_numbers, outcome.items) == (False, 1)
    effect = Effect.model_validate({"measure": "OR", "estimate": "0.5"})
    assert (effect.log, effect.change) == (False, False)
    arms = [
        {"id": "a", "name": "a", "reference": True},
        {"id": "b", "name": "b", "effect": {"estimate": "1"}},
    ]
    told = {"id": "x", "outcome": "hip", "measure": "MD", "arms": arms, "where": {"report": "r", "at": "T"}}
    shared = SharedReference.model_validate(told)
    assert (shared.change, [arm.reference for arm in shared.arms]) == (False, [True, False])


@pytest.mark.parametrize(
    ("sha256", "refused"),
    [
        ("0123456789abcdef" * 4, False),
        ("0123456789abcdef" * 4 + "0", True),
        ("0123456789abcde" * 4, True),
        ("0123456789ABCDEF" * 4, True),
        ("0123456789abcdeg" * 4, True),
    ],
)
def test_a_sha256_has_64_digits_of_base_16(sha256: str, refused: bool) -> None:
    text = bent(("read: full text", f"read: full text, text: a.txt, sha256: '{sha256}'"))
    found = record_from_text(text, Path("r.yaml")).problems
    assert ["sha256" in problem.says for problem in found] == [True] * refused


@pytest.mark.parametrize(("items", "refused"), [(0, True), (1, False), (7, False)])
def test_a_score_is_the_mean_of_one_item_at_least(items: int, refused: bool) -> None:
    text = bent(("unit_stated: no", f"unit_stated: no, items: {items}"))
    found = record_from_text(text, Path("r.yaml")).problems
    assert ["items" in problem.says for problem in found] == [True] * refused


def test_a_year_that_is_not_stated_is_so_in_json_too() -> None:
    for year in ("2019", "not stated"):
        report = record(("year: 2019", f"year: {year}")).reports["lee-2019"]
        assert str(report.model_dump(mode="json")["year"]) == year
        assert report.year == (2019 if year == "2019" else None)


def test_blanks_at_the_ends_of_a_text_are_no_part_of_it() -> None:
    assert record(("title: A study", "title: ' A study '")).title == "A study"
    assert record(("country: NO", "country: ' NO'")).cohort.country == "NO"


GROUPS = "{measure: beta, per: 1 g/dL, estimate: 0.0079, ci: [0.002, 0.0135], level: 95 %, p: 0.006}"
EITHER = (
    "a group has 'n' and either 'events', or 'mean' and 'sd' (or its 'se' or 'ci'), or 'median' with "
    "'q1' and 'q3' or 'minimum' and 'maximum'; or it has 'events' in 'person_time'"
)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ("events: 3", []),
        ("mean: 1.0, sd: 0.5", []),
        ("mean: 1.0", [EITHER]),
        ("sd: 0.5", [EITHER]),
        ("n: 20", [EITHER]),
        ("events: 3, mean: 1.0, sd: 0.5", [EITHER]),
        ("events: 3, mean: 1.0", []),
    ],
)
def test_a_group_has_events_or_a_mean_and_its_sd(numbers: str, said: list[str]) -> None:
    n = "" if numbers.startswith("n:") else "n: 20, "
    first = f"{{name: A, {n}{numbers}}}"
    groups = f"{{measure: MD, groups: [{first}, {{name: B, n: 30, mean: 2.0, sd: 0.5}}]}}"
    found = record_from_text(bent((GROUPS, groups)), Path("r.yaml")).problems
    assert [problem.says for problem in found] == said


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ("[]", "'ci' has no number; expected two"),
        ("[1]", "'ci' has one number; expected two"),
        ("[1, 2, 3]", "'ci' has 3 numbers; a decimal comma begins a new number; expected two"),
        ("[1, 2, 3, 4]", "'ci' has 4 numbers; a decimal comma begins a new number; expected two"),
        ("[1, 2, 3, 4, 5]", "'ci' has 5 numbers; expected two"),
    ],
)
def test_an_interval_has_two_limits_and_a_decimal_comma_makes_three_or_four(limits: str, says: str) -> None:
    (problem,) = record_from_text(bent(("[0.002, 0.0135]", limits)), Path("r.yaml")).problems
    assert problem.says == f"{says}, e.g. [0.002, 0.0135]"


def table(row: str, whole: str = "all") -> list[str]:
    text = f"""\
baseline:
  - where: {{report: lee-2019, at: Table 1}}
    columns: [all, men]
    whole: {whole}
    rows:
      - {{variable: age, {row}}}
extraction:"""
    found = record_from_text(bent(("extraction:", text)), Path("r.yaml")).problems
    return [problem.says for problem in found]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("mean_sd: [[60, 8], [61, 9]]", []),
        ("mean_sd: [[60, 8]]", ["'age' has 1 values; expected 2, one a column"]),
        ("mean_sd: [[60, 8], [61, 9], [62, 9]]", ["'age' has 3 values; expected 2, one a column"]),
        ("percent: {old: [50.0, 40.0], young: [50.0, 60.0]}", []),
        ("percent: {old: [50.0, 40.0], young: [50.0]}", ["'young' has 1 values; expected 2, one a column"]),
        ("unit: years", ["a row has either 'mean_sd' or 'percent'"]),
        ("mean_sd: [[60, 8], [61, 9]], percent: {old: [1, 2]}", ["a row has either 'mean_sd' or 'percent'"]),
    ],
)
def test_a_row_of_a_table_has_one_value_a_column(row: str, said: list[str]) -> None:
    assert table(row) == said


def test_the_whole_of_a_table_is_one_of_its_columns() -> None:
    assert table("mean_sd: [[60, 8], [61, 9]]", "men") == []
    assert table("mean_sd: [[60, 8], [61, 9]]", "women") == ["'whole' is women; expected one of all, men"]


@pytest.mark.parametrize("key", ["reports", "exposures", "outcomes", "models"])
def test_a_record_has_one_of_each_at_least(key: str) -> None:
    text = re.sub(rf"^{key}:\n  .*\n", f"{key}: {{}}\n", TEXT, flags=re.MULTILINE)
    found = record_from_text(text, Path("lee-2019.yaml")).problems
    says = f"'{key}': a list or mapping has no entry; expected at least one"
    assert [problem.says for problem in found] == [says]


def test_a_file_of_the_schema_alone_keeps_what_was_typed() -> None:
    plain = record(("n: 1426", "n: 12.5")).model_dump(mode="json")
    assert plain["population"]["n"] == "12.5"
    assert plain["population"]["women"] == "54.2 %"
    assert plain["population"]["age"]["sd"] == "8.0"
    assert plain["estimates"][0]["effect"]["p"] == "0.006"
    assert record().model_dump(mode="json")["population"]["n"] == 1426


def test_a_report_without_a_year_comes_last_and_its_name_has_none() -> None:
    dated = record().reports["lee-2019"]
    assert (dated.order, dated.dated("Lee")) == (2019, "Lee 2019")
    undated = record(("year: 2019", "year: not stated")).reports["lee-2019"]
    assert (undated.order, undated.dated("Lee")) == (float("inf"), "Lee")
    found = record()
    assert found.report_of(found.estimates[0]) == dated


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("year: 2019", "year: null", "'year' has no value; expected e.g. 2019, or 'not stated'"),
        ("per: 1 g/dL,", "per: 1 g/dL, versus: {exposed: a, reference: b},", "not both"),
        ("    where:", "    not_reported: {said: ns}\n    where:", "either 'effect' or 'not_reported'"),
        ("estimate: 0.0079, ci: [0.002, 0.0135], ", "", "an 'estimate' or raw 'groups'"),
        (
            "extraction:",
            "flow: {where: {report: lee-2019, at: F}, steps: [{start: 1, left: 1, what: a}]}\nextraction:",
            "a step has one of 'start', 'excluded' and 'left'",
        ),
        (
            "extraction:",
            "flow: {where: {report: lee-2019, at: F}, steps: [{what: a}]}\nextraction:",
            "a step has one of 'start', 'excluded' and 'left'",
        ),
    ],
)
def test_parts_that_exclude_or_need_each_other_are_refused_in_one_sentence(
    old: str, new: str, says: str
) -> None:
    problems = record_from_text(bent((old, new)), Path("lee-2019.yaml")).problems
    assert len(problems) == 1, problems
    assert says in f"{problems[0].says} {problems[0].hint}"
