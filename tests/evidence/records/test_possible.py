"""What no study can have is said at its place, and what one can have, to the last value, is left alone."""

from __future__ import annotations

import pytest

from evidence.records.possible import faults_of_part, faults_of_record, is_a_count
from evidence.records.trust import is_printed, only, trusted
from evidence.records.vocabulary import Use
from tests.evidence.records.samples import record

GROUPS = (
    "{measure: beta, per: 1 g/dL, estimate: 0.0079, ci: [0.002, 0.0135], level: 95 %, p: 0.006}",
    "{measure: MD, groups: [{name: A, n: %s, mean: %s, sd: %s}, {name: B, n: 30, mean: 2.0, sd: 0.5}], "
    "versus: {exposed: A, reference: B}}",
)
EVENTS = (
    GROUPS[0],
    "{measure: RR, groups: [{name: A, n: %s, events: %s}, {name: B, n: 30, events: 4}], "
    "versus: {exposed: A, reference: B}}",
)


def of_groups(n: object, mean: object, sd: object) -> tuple[str, str]:
    return GROUPS[0], GROUPS[1] % (n, mean, sd)


def of_events(n: object, events: object) -> tuple[str, str]:
    return EVENTS[0], EVENTS[1] % (n, events)


def of_silence(n: str) -> tuple[str, str]:
    return f"    effect: {GROUPS[0]}\n", f"    not_reported: {{said: not significant}}\n{n}"


def of_flow(first: str) -> tuple[str, str]:
    steps = f"[{{{first}}}, {{excluded: -3, what: b}}]"
    return "extraction:", f"flow: {{where: {{report: lee-2019, at: Figure 1}}, steps: {steps}}}\nextraction:"


def of_table(row: str) -> tuple[str, str]:
    where = "where: {report: lee-2019, at: Table 1}, columns: [all, men]"
    first = "{variable: bmi, mean_sd: [[25, 3], [26, 4]]}"
    rows = f"rows: [{first}, {{variable: age, {row}}}]"
    return "extraction:", f"baseline:\n  - {{{where}, {rows}}}\nextraction:"


def of_arms(n: str) -> tuple[str, str]:
    arms = f"[{{id: a, name: A, reference: true, n: 9, events: 3}}, {{id: b, name: B, {n}, events: 4}}]"
    where = "where: {report: lee-2019, at: Table 4}"
    added = f"comparisons:\n  - {{id: dose, outcome: hip, measure: OR, arms: {arms}, {where}}}\nextraction:"
    return "extraction:", added


EFFECT = ("estimates", 0, "effect")
ROW = ("baseline", 0, "rows", 1)
IMPOSSIBLE: list[tuple[tuple[str, str], tuple[str | int, ...], str, str]] = [
    (("n: 1426", "n: -3"), ("population", "n"), "count", "there cannot be -3 persons"),
    (("n: 1426", "n: 12.5"), ("population", "n"), "count", "12.5 is no whole number of persons"),
    (("n: 1426", "n: 1e309"), ("population", "n"), "count", "1e309 persons"),
    (("n: 1426", "n: 10000000001"), ("population", "n"), "count", "10000000001 persons"),
    (("women: 54.2 %", "women: 100.2 %"), ("population", "women"), "percent", "between 0 and 100"),
    (("women: 54.2 %", "women: -0.1 %"), ("population", "women"), "percent", "between 0 and 100"),
    (("women: 54.2 %", "women: 1e3 %"), ("population", "women"), "percent", "between 0 and 100"),
    (("women: 54.2 %", "women: 1e307 %"), ("population", "women"), "percent", "between 0 and 100"),
    (("sd: 8.0", "sd: -8.0"), ("population", "age", "sd"), "sd", "SD -8.0 is below zero"),
    (("sd: 8.0", "sd: 14.4e300"), ("population", "age", "sd"), "number", "too large"),
    (("minimum: 50", "minimum: -1"), ("population", "age", "minimum"), "number", "an age of -1"),
    (("mean: 62.6", "mean: -62.6"), ("population", "age", "mean"), "number", "an age of -62.6"),
    (("mean: 62.6", "mean: 1.1e20"), ("population", "age", "mean"), "number", "too large"),
    (("years: 2010-2012", "years: 2012-2010"), ("cohort", "years"), "year", "run backwards"),
    (("years: 2010-2012", "years: 1799-1801"), ("cohort", "years"), "year", "1799 is no year"),
    (("years: 2010-2012", "years: 2010-2201"), ("cohort", "years"), "year", "2201 is no year"),
    (("year: 2019", "year: 2201"), ("reports", "lee-2019", "year"), "year", "2201 is no year"),
    (
        ("year: 2019", "year: 2019, pmid: 0"),
        ("reports", "lee-2019", "pmid"),
        "number",
        "0 is no PubMed number",
    ),
    (("p: 0.006", "p: 1.006"), (*EFFECT, "p"), "p", "between 0 and 1"),
    (("level: 95 %", "level: 100 %"), (*EFFECT, "level"), "level", "no level of an interval"),
    (("level: 95 %", "level: 49 %"), (*EFFECT, "level"), "level", "no level of an interval"),
    (("p: 0.006", "p: 0.006, df: 0"), (*EFFECT, "df"), "df", "0 degrees of freedom"),
    (("estimate: 0.0079", "estimate: 9e-21"), (*EFFECT, "estimate"), "number", "too small"),
    (("[0.002, 0.0135]", "[0.002, 1.1e20]"), (*EFFECT, "ci", 1), "number", "too large"),
    (("[0.002, 0.0135]", "[9e-21, 0.0135]"), (*EFFECT, "ci", 0), "number", "too small"),
    (of_groups(0, 1.0, 0.5), (*EFFECT, "groups", 0, "n"), "count", "there cannot be 0 persons"),
    (of_groups(20, "2e20", 0.5), (*EFFECT, "groups", 0, "mean"), "number", "too large"),
    (of_groups(20, 1.0, -0.5), (*EFFECT, "groups", 0, "sd"), "sd", "SD -0.5 is below zero"),
    (of_events(40, 50), (*EFFECT, "groups", 0, "events"), "count", "50 events in 40 persons of 'A'"),
    (of_events(1, 2), (*EFFECT, "groups", 0, "events"), "count", "2 events in 1 persons of 'A'"),
    (of_events(0, 2), (*EFFECT, "groups", 0, "n"), "count", "there cannot be 0 persons"),
    (of_events(40, -1), (*EFFECT, "groups", 0, "events"), "count", "-1 events"),
    (("sex: men", "sex: men, age: 60-50"), ("estimates", 0, "stratum", "age"), "year", "run backwards"),
    (("    where:", "    n: -1\n    where:"), ("estimates", 0, "n"), "count", "there cannot be -1 persons"),
    (of_silence("    n: -1\n"), ("estimates", 0, "n"), "count", "there cannot be -1 persons"),
    (of_flow("start: 2, what: a"), ("flow", "steps", 1, "excluded"), "count", "there cannot be -3 persons"),
    (of_flow("left: 2, what: a"), ("flow", "steps", 1, "excluded"), "count", "there cannot be -3 persons"),
    (of_arms("n: -40"), ("comparisons", 0, "arms", 1, "n"), "count", "there cannot be -40 persons"),
    (of_arms("n: 3"), ("comparisons", 0, "arms", 1, "events"), "count", "4 events in 3 persons"),
    (of_table("mean_sd: [[60, 8], [61, -9]]"), (*ROW, "mean_sd", 1, 1), "sd", "SD -9 is below zero"),
    (of_table("mean_sd: [[60, 8], [61, 2e20]]"), (*ROW, "mean_sd", 1, 1), "number", "too large"),
    (of_table("mean_sd: [[60, 8], [2e20, 9]]"), (*ROW, "mean_sd", 1, 0), "number", "too large"),
    (
        of_table("percent: {old: [1, 2], young: [3, 101]}"),
        (*ROW, "percent", "young", 1),
        "percent",
        "'young'",
    ),
    (of_table("percent: {old: [1, 2]}, p: 1.2"), (*ROW, "p"), "p", "between 0 and 1"),
]
POSSIBLE: list[tuple[str, str]] = [
    ("n: 1426, ", ""),
    ("n: 1426", "n: 0"),
    ("n: 1426", "n: 10000000000"),
    ("women: 54.2 %", "women: 100 %"),
    ("women: 54.2 %", "women: 0 %"),
    ("women: 54.2 %", "women: 54.2 %, men: 45.8 %"),
    ("sd: 8.0", "sd: 0"),
    ("minimum: 50", "minimum: 0"),
    ("mean: 62.6", "mean: 1e20"),
    ("years: 2010-2012", "years: 1800-2200"),
    ("p: 0.006", "p: 1"),
    ("p: 0.006", "p: 0"),
    ("p: 0.006", "p: < 0.001"),
    ("level: 95 %", "level: 50 %"),
    ("level: 95 %", "level: 99.9 %"),
    ("p: 0.006", "p: 0.006, df: 0.5"),
    ("estimate: 0.0079", "estimate: 1e-20"),
    ("estimate: 0.0079", "estimate: 0"),
    ("year: 2019", "year: 2019, pmid: 1"),
    of_groups(1, 0, 0),
    of_events(40, 40),
    of_events(1, 0),
    ("sex: men", "sex: men, age: 50-60"),
    of_silence(""),
    of_silence("    n: 0\n"),
    of_table("mean_sd: [[60, 8], [61, 0]], p: 0.2"),
    of_table("percent: {old: [0, 100]}, p: 1"),
    of_table("percent: {old: [0, 100]}, p: 0"),
    of_table("percent: {old: [0, 100]}"),
    ("    where:", "    n: 0\n    where:"),
]


@pytest.mark.parametrize(("change", "at", "kind", "says"), IMPOSSIBLE)
def test_what_cannot_be_is_said_at_its_place(
    change: tuple[str, str], at: tuple[str | int, ...], kind: str, says: str
) -> None:
    (fault,) = faults_of_record(record(change))
    assert (fault.at, fault.kind) == (at, kind)
    assert says in fault.says
    assert fault.hint


def test_what_cannot_be_in_one_part_is_said_with_a_path_from_the_part() -> None:
    found = record(
        ("p: 0.006", "p: 1.006"), ("    where:", "    n: -1\n    where:"), ("year: 2019", "year: 2201")
    )
    estimate, silent = found.estimates[0], record().estimates[0]
    assert [fault.at for fault in faults_of_part(estimate.effect)] == [("p",)]
    assert [fault.at for fault in faults_of_part(estimate)] == [("n",)], "its effect is a part of its own"
    assert list(faults_of_part(silent)) == []
    assert list(faults_of_part(estimate.model_copy(update={"n": 0}))) == []
    assert [fault.at for fault in faults_of_part(found.reports["lee-2019"])] == [("year",)]
    assert list(faults_of_part(found.exposures["hemoglobin"])) == []


def test_there_can_be_nobody_and_not_fewer() -> None:
    assert [is_a_count(count) for count in (-1, 0, 1, 10**10, 10**10 + 1)] == [False, True, True, True, False]
    assert [is_a_count(count, 1) for count in (0, 1)] == [False, True]


@pytest.mark.parametrize("change", POSSIBLE)
def test_what_can_be_is_left_alone_to_the_last_value(change: tuple[str, str]) -> None:
    assert list(faults_of_record(record(change))) == []


def test_a_level_that_is_the_error_probability_is_offered_turned_round() -> None:
    hints = {}
    for level in ("5", "50.1", "10", "0", "-0.5", "-5"):
        found = list(faults_of_record(record(("level: 95 %", f"level: {level} %"))))
        hints[level] = found[0].hint if found else None
    assert hints == {
        "5": "Is 95 % meant?",
        "50.1": None,
        "10": "Is 90 % meant?",
        "0": "Most intervals are of 95 %.",
        "-0.5": "Most intervals are of 95 %.",
        "-5": "Most intervals are of 95 %.",
    }


@pytest.mark.parametrize(
    ("change", "use", "there"),
    [
        (("p: 0.006", "p: 0.006"), "p", True),
        (("p: 0.006", "p: not printed"), "p", False),
        ((", p: 0.006", ""), "p", False),
        (("p: 0.006", "p: 0.006"), "ci", True),
        (("p: 0.006", "p: 0.006"), "se", False),
        (("ci: [0.002, 0.0135], level: 95 %, p: 0.006", "se: 0.0029"), "se", True),
        (("p: 0.006", "p: 0.006"), "n", False),
        (of_groups(20, 1.0, 0.5), "groups", True),
        (of_groups(20, 1.0, 0.5), "ci", False),
    ],
)
def test_only_a_number_that_is_printed_can_be_trusted(change: tuple[str, str], use: Use, there: bool) -> None:
    effect = record(change).estimates[0].effect
    assert effect is not None
    assert is_printed(effect, use, 1426) is there


def test_a_correlation_can_be_trusted_with_its_number_of_persons() -> None:
    change = (GROUPS[0], "{measure: r, estimate: 0.21}")
    effect = record(change).estimates[0].effect
    assert effect is not None
    assert is_printed(effect, "n", 60)
    assert not is_printed(effect, "n", None)


def test_the_trusted_number_stands_alone_beside_the_estimate() -> None:
    whole = ("level: 95 %, p: 0.006", "level: 90 %, p: 0.006, se: 0.0029, t: 2.7, df: 40")
    effect = record(whole).estimates[0].effect
    assert effect is not None
    kept: dict[Use, tuple[str, ...]] = {
        "ci": ("ci", "df", "level"),
        "se": ("se",),
        "t": ("df", "t"),
        "p": ("df", "p"),
    }
    for use, keys in kept.items():
        alone = only(effect, use)
        assert (alone.use, alone.estimate) == (use, effect.estimate)
        left = [key for key in ("ci", "df", "se", "t", "p") if getattr(alone, key) is not None]
        left += ["level"] if alone.level.value == 90 else []
        assert tuple(sorted(left)) == tuple(sorted(keys))


def test_an_estimate_without_a_word_about_trust_is_itself() -> None:
    plain = record()
    assert trusted(plain, plain.estimates[0]) is plain.estimates[0]
    chosen = record(("p: 0.006", "p: 0.006, use: p"))
    found = trusted(chosen, chosen.estimates[0]).effect
    assert found is not None
    assert (found.ci, str(found.p)) == (None, "0.006")
    missing = record(("p: 0.006", "p: 0.006, use: se"))
    assert trusted(missing, missing.estimates[0]) is missing.estimates[0]


DOI_FORM = "A DOI is 10., four to nine digits, '/' and a name."


@pytest.mark.parametrize(
    ("doi", "wrong", "hint"),
    [
        ("https://doi.org/10.1007/s00198", "something before or after it", "Write 10.1007/s00198 alone."),
        ("10.1007/s00198.", "something before or after it", "Write 10.1007/s00198 alone."),
        ("10.1007/s00198 (2019)", "something before or after it", "Write 10.1007/s00198 alone."),
        ("1O.1007/s00198", "does not begin with '10.'", DOI_FORM),
        ("10.1007-s00198", "has no '/'", "10.1000/182"),
        ("10.107/s00198", "no four to nine digits", "A digit lost?"),
        ("10.1234567890/s", "no four to nine digits", "A digit lost?"),
        ("10.1007/", "or nothing after it", "A digit lost?"),
    ],
)
def test_a_malformed_doi_is_a_fault_that_says_what_is_wrong(doi: str, wrong: str, hint: str) -> None:
    (fault,) = faults_of_record(record(("year: 2019", f"year: 2019, doi: '{doi}'")))
    assert (fault.at, fault.kind) == (("reports", "lee-2019", "doi"), "doi")
    assert doi in fault.says
    assert wrong in fault.says
    assert hint in fault.hint


@pytest.mark.parametrize(
    "doi",
    [
        "10.1007/s00198-019-04950-x",
        "10.1000/1",
        "10.123456789/a",
        "10.1002/(SICI)1097-0258(19981230)17:24<2815::AID-SIM110>3.0.CO;2-8",
        "10.21203/rs.3.rs-1234567/v1",
    ],
)
def test_a_doi_of_the_right_form_is_left_alone(doi: str) -> None:
    assert not list(faults_of_record(record(("year: 2019", f"year: 2019, doi: '{doi}'"))))


@pytest.mark.parametrize(("bounds", "reversed_"), [("[0, 10]", 0), ("[10, 0]", 1), ("[10, 10]", 1)])
def test_bounds_run_from_the_lowest_value_to_the_highest(bounds: str, reversed_: int) -> None:
    found = list(faults_of_record(record(("unit: g/cm2,", f"unit: g/cm2, bounds: {bounds},"))))
    assert [fault.at for fault in found] == [("outcomes", "hip", "bounds")] * reversed_
    assert all("of 'BMD' are reversed" in fault.says for fault in found)
