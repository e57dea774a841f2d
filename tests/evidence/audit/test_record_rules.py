"""Each rule about one record: what it must flag, and what it must leave alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.audit.auditing import ESTIMATE_RULES, RECORD_RULES, audit_record
from evidence.records.reading import record_from_text
from tests.evidence.audit import bias_cases, further_cases
from tests.evidence.audit.records import (
    BACK,
    HIP_MEN,
    MEN_AND_WOMEN,
    REPORT,
    REVERSED,
    UNADJUSTED,
    acknowledging,
    baseline,
    beta,
    estimate,
    estimates,
    flow,
    groups,
    population,
    problems,
    replaced,
    second_report,
    strata,
)
from tests.evidence.records.samples import TEXT

INCOME = (
    "{variable: Income, ordered: true, percent: {0 to 4: [10, 10], 5 to 9: [20, 20], 10 to 14: [40, 39], "
    "15 to 19: [20, 21], 20 to 24: [10, 10]}}"
)
WIDE = (
    "{variable: Income, ordered: true, percent: {0 to 4: [10, 10], 5 to 9: [14, 14], 10 to 24: [44, 44], "
    "25 to 29: [14, 14], 30 to 34: [18, 18]}}"
)
SMOKING = "{variable: Smoking, percent: {Yes: [20, 21], No: [70, 70], Not recorded: [10, 9]}}"
TWO = {"columns": "[men, women]", "whole": "whole:"}

FLAGGED: dict[str, list[str]] = {
    "p-missing": [
        replaced(("p: 0.006", "p: not printed")),
        estimates(
            *(
                beta(f"a{i}", "0.0079, ci: [0.002, 0.0135], p: 0.006", f"{{ancestry: '{i}'}}")
                for i in range(2)
            ),
            beta("b", "0.0071, ci: [0.002, 0.0121]", "{ancestry: c}"),
        ),
    ],
    "no-uncertainty": [replaced((", ci: [0.002, 0.0135], level: 95 %, p: 0.006", ""))],
    "identical-estimates": [
        estimates(
            beta("men", "-0.0129, ci: [-0.0166, -0.0091]", "{sex: men}", "Table 3, men"),
            beta("women", "-0.0129, ci: [-0.0166, -0.0091]", "{sex: women}", "Table 3, women"),
        )
    ],
    "significance-as-said": [
        estimates(
            beta("a", "0.0079, ci: [0.002, 0.0135]"),
            estimate("b", "not_reported: {said: not significant}", at="Text"),
        ),
        estimates(
            beta("a", "0.0079, ci: [-0.002, 0.0178]"),
            estimate("b", "not_reported: {said: a significant association}", at="Text"),
        ),
    ],
    "effect-against-groups": [
        replaced(
            UNADJUSTED,
            (
                "{measure: beta, per: 1 g/dL, estimate: 0.0079, ci: [0.002, 0.0135], level: 95 %, p: 0.006}",
                "{measure: OR, estimate: 3.5, groups: "
                "[{name: a, n: 30, events: 10}, {name: b, n: 30, events: 5}]}",
            ),
        )
    ],
    "strata-against-whole": [strata("0.0061, ci: [0.0044, 0.0078]", MEN_AND_WOMEN)],
    "stratum-too-precise": [
        strata("0.0061, ci: [0.0044, 0.0078]", (("men", "0.0061, ci: [0.0060, 0.0062]"), MEN_AND_WOMEN[1]))
    ],
    "n-across-strata": [
        strata("-0.0070, ci: [-0.0090, -0.0050]", MEN_AND_WOMEN, 1426, (653, 793)),
        strata("-0.0070, ci: [-0.0090, -0.0050]", MEN_AND_WOMEN, 1426, (653, 713)),
    ],
    "flow-subtraction": [
        flow("start: 29400, what: all", "excluded: 5211, what: a", "left: 24198, what: rest")
    ],
    "flow-end": [flow("start: 1500, what: all", "excluded: 100, what: a", "left: 1400, what: rest")],
    "n-above-population": [estimates(beta("a", "0.0079, ci: [0.002, 0.0135]", n=1462))],
    "percent-of-n": [population("{n: 62, women: 54.2 %}")],
    "women-and-men": [population("{women: 54.2 %, men: 46.8 %}")],
    "age-out-of-range": [
        population("{age: {minimum: 65, mean: 62.6}}"),
        population("{age: {maximum: 50, median: 62.6}}"),
        population("{age: {minimum: 65, maximum: 50}}"),
    ],
    "percentages-add-up": [
        baseline("{variable: Sex, percent: {Men: [50.8, 6.6, 26.7], Women: [49.2, 93.4, 83.3]}}"),
        baseline("{variable: Sex, percent: {Men: [50.8], Women: [39.2]}}", columns="[All]", whole="whole:"),
    ],
    "whole-outside-parts": [
        baseline("{variable: Race, percent: {A: [16.1, 10.4, 12.2], B: [83.9, 89.6, 87.8]}}"),
        baseline("{variable: x, mean_sd: [[39.3, 11.4], [40.6, 10.7], [41.2, 11.6]]}"),
    ],
    "sd-of-whole": [
        baseline("{variable: x, mean_sd: [[2.3, 0.9], [2.3, 0.1], [2.4, 0.1]]}"),
        baseline("{variable: x, mean_sd: [[2.35, 0.02], [2.3, 0.1], [2.4, 0.1]]}"),
    ],
    "classes-overlap": [
        baseline("{variable: LDL, percent: {0 to 2.302: [50, 50], 2.301 to 2.870: [50, 50]}}", **TWO),
        baseline(
            "{variable: Income, percent: {'$ 5,000 to $ 9,999': [50, 50], 'Under $20,000': [50, 50]}}", **TWO
        ),
    ],
    "class-sticks-out": [baseline(INCOME, SMOKING, **TWO)],
    "unit-against-value": [
        baseline("{variable: Hemoglobin, unit: mg/dl, mean_sd: [[12.9, 2.0], [13.1, 1.9]]}", **TWO),
        baseline("{variable: Total Calcium, unit: mg/dL, mean_sd: [[2.3, 0.1], [2.4, 0.1]]}", **TWO),
        estimates(estimate("a", "effect: {measure: threshold, estimate: 119}")),
    ],
    "implausible-value": [
        baseline("{variable: hemoglobin, unit: g/dL, mean_sd: [[12.9, 2.0], [1.31, 1.9]]}", **TWO),
        baseline("{variable: BMI, unit: kg/m2, mean_sd: [[2.92, 7.0], [2.88, 7.5]]}", **TWO),
    ],
    "unit-of-other-kind": [
        baseline("{variable: Red Blood Cell Count, unit: UL, mean_sd: [[4.8, 0.5], [4.4, 0.4]]}", **TWO)
    ],
    "printed-unit-differs": [replaced(("unit: g/dL}", "unit: g/dL, printed_unit: mg/dl}"))],
    "superseded-report": [second_report("type: preprint, status: preprint, superseded_by: lee-2019")],
    "preprint-not-superseded": [second_report("type: preprint, status: preprint")],
    "retracted-report": [replaced(("status: published", "status: retracted"))],
    "number-impossible": [
        replaced(("0.0079, ci: [0.002, 0.0135]", "14.4e300")),
        replaced(("0.0079", "1e999999")),
        replaced(("[0.002, 0.0135]", "[0.002, 1e300]")),
        replaced(("level: 95 %", "se: 1e-300")),
        replaced(("level: 95 %", "t: 1e30")),
        replaced(("sd: 8.0", "sd: 8.0e300")),
        replaced(("mean: 62.6", "mean: -62.6"), ("minimum: 50, ", "")),
        replaced(("year: 2019,", "year: 2019, pmid: 0,")),
        groups("MD", "n: 30, mean: 1e30, sd: 2"),
        baseline("{variable: x, mean_sd: [[1e30, 2], [1, 2], [1, 2]]}"),
    ],
    "count-impossible": [
        population("{n: -3}"),
        population("{n: 12.5}"),
        population("{n: 1e309}"),
        population("{n: 10000000001}"),
        estimates(beta("a", "0.0079", n=-1)),
        groups("OR", "n: 40, events: 50"),
        groups("OR", "n: 40, events: -1"),
        groups("OR", "n: 0, events: 0"),
        groups("OR", "n: 40.5, events: 3"),
        flow("start: -5, what: all"),
        estimates(estimate("a", "not_reported: {said: small}", n=-1)),
    ],
    "sd-impossible": [
        groups("MD", "n: 30, mean: 3, sd: -1"),
        replaced(("sd: 8.0", "sd: -8.0")),
        baseline("{variable: x, mean_sd: [[1, -2], [1, 2], [1, 2]]}"),
    ],
    "percent-impossible": [
        population("{women: 154.2 %}"),
        population("{men: -1 %}"),
        baseline("{variable: Sex, percent: {Women: [49.2, 133.4, 73.3]}}"),
    ],
    "p-impossible": [
        replaced(("p: 0.006", "p: 1.6")),
        replaced(("p: 0.006", "p: -0.006")),
        replaced(("p: 0.006", "p: < 6")),
        baseline("{variable: x, mean_sd: [[1, 2], [1, 2], [1, 2]], p: 60}"),
    ],
    "level-impossible": [
        replaced(("level: 95 %", "level: 100 %")),
        replaced(("level: 95 %", "level: 5 %")),
        replaced(("level: 95 %", "level: 950 %")),
    ],
    "df-impossible": [replaced(("level: 95 %", "df: 0")), replaced(("level: 95 %", "df: -3"))],
    "years-impossible": [
        replaced(("2010-2012", "2012-2010")),
        replaced(("2010-2012", "'2010-2012, 2008-2009'")),
        replaced(("2010-2012", "1010-2012")),
        replaced(("year: 2019,", "year: 20199,")),
        replaced(("sex: men", "sex: men, age: 49-18")),
    ],
    "acknowledgement-open": [
        acknowledging("of: hip-men, finding: limits-revers, data: x"),
        acknowledging("of: hip-man, finding: limits-reversed, data: x"),
        acknowledging("of: hip-men, finding: limits-reversed"),
        acknowledging("of: hip-men, finding: limits-reversed, data: 0123456789ab"),
        acknowledging(f"of: hip-men, finding: limits-reversed, data: {HIP_MEN}"),
        acknowledging("of: flow, finding: flow-subtraction, data: x"),
    ],
    "use-not-printed": [
        replaced(("level: 95 %", "use: se")),
        replaced(("level: 95 %", "use: n")),
        replaced(("p: 0.006", "p: not printed, use: p")),
        acknowledging("of: hip-men, finding: limits-reversed, use: t, data: x"),
        acknowledging("of: hip-men, finding: limits-reversed, use: p, data: x", ("level: 95 %", "use: ci")),
    ],
}

LEFT_ALONE: dict[str, list[str]] = {
    "p-missing": [TEXT, replaced((", p: 0.006", ""))],
    "no-uncertainty": [
        TEXT,
        replaced((", ci: [0.002, 0.0135], level: 95 %", "")),
        estimates(estimate("a", "effect: {measure: threshold, estimate: 11.9}")),
        estimates(estimate("a", "effect: {measure: r, estimate: 0.15}", n=371)),
    ],
    "identical-estimates": [
        estimates(  # so few digits that chance suffices
            beta("men", "0.98, ci: [0.97, 0.99]", "{sex: men}"),
            beta("women", "0.98, ci: [0.97, 0.99]", "{sex: women}"),
        ),
        estimates(  # the same number, quoted again in the text
            beta("table", "-0.0129, ci: [-0.0166, -0.0091]", "{sex: men}"),
            beta("text", "-0.0129, ci: [-0.0166, -0.0091]", "{sex: men}", "Text"),
        ),
        estimates(beta("a", "-0.0129", "{sex: men}"), beta("b", "-0.0129", "{sex: women}")),
        replaced(  # a publication repeats the number of its preprint
            (
                REPORT,
                f"{REPORT}\n  old: {{type: preprint, status: preprint, citation: O, year: 2018, read: data}}",
            ),
            ("{report: lee-2019, at: 'Old'}", "{report: old, at: 'Old'}"),
            text=estimates(
                beta("new", "-0.0129, ci: [-0.0166, -0.0091]", "{sex: men}", "New"),
                beta("old", "-0.0129, ci: [-0.0166, -0.0091]", "{sex: women}", "Old"),
            ),
        ),
    ],
    "significance-as-said": [
        estimates(
            beta("a", "0.0079, ci: [-0.002, 0.0178]"),
            estimate("b", "not_reported: {said: not significant}", at="Text"),
        ),
        estimates(
            beta("a", "0.0079, ci: [0.002, 0.0135]", "{sex: men}"),
            estimate("b", "not_reported: {said: not significant}", "{sex: women}"),
        ),
        estimates(beta("a", "0.0079, ci: [0.002, 0.0135]"), estimate("b", "not_reported: {said: not shown}")),
    ],
    "effect-against-groups": [
        replaced(
            UNADJUSTED,
            (
                "{measure: beta, per: 1 g/dL, estimate: 0.0079, ci: [0.002, 0.0135], level: 95 %, p: 0.006}",
                "{measure: MD, estimate: -0.2, groups: "
                "[{name: a, n: 30, mean: 12.9, sd: 2.0}, {name: b, n: 30, mean: 13.1, sd: 1.9}]}",
            ),
        )
    ],
    "strata-against-whole": [
        strata("-0.0068, ci: [-0.0090, -0.0046]", MEN_AND_WOMEN),
        strata("-0.0050, ci: [-0.0070, -0.0030]", MEN_AND_WOMEN),  # outside, but not beyond uncertainty
        estimates(  # the strata may share persons
            beta("all", "0.0061, ci: [0.0044, 0.0078]"),
            beta("a", "-0.0056, ci: [-0.0089, -0.0024]", "{age: 40+}"),
            beta("b", "-0.0097, ci: [-0.0127, -0.0068]", "{age: 60+}"),
        ),
    ],
    "stratum-too-precise": [strata("-0.0068, ci: [-0.0090, -0.0046]", MEN_AND_WOMEN)],
    "n-across-strata": [
        strata("-0.0070, ci: [-0.0090, -0.0050]", MEN_AND_WOMEN, 1426, (653, 773)),
        strata("-0.0070, ci: [-0.0090, -0.0050]", MEN_AND_WOMEN, 1426),
    ],
    "flow-subtraction": [
        flow(
            "start: 29400, what: all",
            "excluded: 5211, what: a",
            "excluded: 10942, what: b",
            "left: 13247, what: some",
            "excluded: 4133, what: c",
            "excluded: 988, what: d",
            "left: 8126, what: rest",
        )
    ],
    "flow-end": [flow("start: 1500, what: all", "excluded: 74, what: a", "left: 1426, what: rest"), TEXT],
    "n-above-population": [estimates(beta("a", "0.0079, ci: [0.002, 0.0135]", n=1426))],
    "percent-of-n": [TEXT, population("{women: 54.2 %}"), population("{n: 62, women: 54.8 %}")],
    "women-and-men": [population("{women: 54.2 %, men: 45.7 %}"), TEXT],
    "age-out-of-range": [population("{age: {minimum: 18, maximum: 59, mean: 39.3}}"), TEXT],
    "percentages-add-up": [
        baseline(
            "{variable: Race, percent: {A: [33.3, 16.1, 9.9], B: [33.3, 83.9, 90.1], C: [33.3, 0, 0.0]}}"
        ),
        baseline("{variable: Disease, percent: {A: [60, 50, 70], B: [60, 70, 80]}}"),  # several may apply
        baseline("{variable: Sex, percent: {Women: [49.2, 93.4, 73.3]}}"),
    ],
    "whole-outside-parts": [
        baseline("{variable: Sex, percent: {Men: [50.8, 6.6, 94.3], Women: [49.2, 93.4, 5.7]}}"),
        baseline("{variable: BMD, mean_sd: [[1.0, 0.2], [1.1, 0.1], [1.1, 0.2]]}"),  # 1.05 rounds to both
        baseline("{variable: x, mean_sd: [[39.3, 11.4], [40.6, 10.7], [41.2, 11.6]]}", whole="whole:"),
    ],
    "sd-of-whole": [
        baseline("{variable: Height, mean_sd: [[167.9, 10.0], [162.0, 7.6], [174.3, 8.0]]}"),
        baseline("{variable: AST, mean_sd: [[24.9, 19.4], [23.1, 28.9], [28.3, 12.2]]}"),
        # Parts within 0.95 and 3.05 about a mean of 1.5 to 2.5: at most 1.05 * 1.05 between them.
        baseline("{variable: x, mean_sd: [[2, 1.0], [1.0, 0.1], [3.0, 0.1]]}"),
    ],
    "classes-overlap": [
        baseline("{variable: x, percent: {0 to 5: [50, 50], 5 to 10: [30, 30], '>10': [20, 20]}}", **TWO),
        baseline(
            "{variable: Grade, percent: {Less than 9th grade: [50, 50], 9-11th grade: [50, 50]}}", **TWO
        ),
    ],
    "class-sticks-out": [
        baseline(INCOME, **TWO),  # no variable of the table has a class for missing values
        baseline(INCOME.replace("ordered: true", "ordered: false"), SMOKING, **TWO),
        baseline(WIDE, SMOKING, **TWO),  # a wider class holds more
        baseline(INCOME.replace("40, 39", "40, 25"), SMOKING, **TWO),
    ],
    "unit-against-value": [
        baseline("{variable: Hemoglobin, unit: g/dl, mean_sd: [[12.9, 2.0], [13.1, 1.9]]}", **TWO),
        baseline("{variable: Serum albumin (g/L), unit: g/L, mean_sd: [[42.8, 3.4], [41.1, 3.2]]}", **TWO),
        baseline("{variable: BMI, unit: Kg/m², mean_sd: [[29.2, 7.0], [29.9, 8.1]]}", **TWO),
        estimates(estimate("a", "effect: {measure: threshold, estimate: 11.9}")),
    ],
    "implausible-value": [
        baseline("{variable: Hemoglobin, unit: mg/dl, mean_sd: [[12.9, 2.0], [13.1, 1.9]]}", **TWO),
        baseline("{variable: Shoe size, unit: EU, mean_sd: [[42, 2], [430, 2]]}", **TWO),
    ],
    "unit-of-other-kind": [
        baseline("{variable: RBC, unit: 10^12/L, mean_sd: [[4.8, 0.5], [4.4, 0.4]]}", **TWO),
        baseline("{variable: SBP, unit: mmHg, mean_sd: [[119.8, 14.8], [117.8, 14.8]]}", **TWO),
        baseline("{variable: Age, unit: years, mean_sd: [[39.3, 11.4], [39.6, 10.7]]}", **TWO),
    ],
    "printed-unit-differs": [TEXT, replaced(("unit: g/dL}", "unit: g/dL, printed_unit: g/dl}"))],
    "superseded-report": [TEXT],
    "preprint-not-superseded": [
        second_report("type: preprint, status: preprint, superseded_by: lee-2019"),
        replaced(("type: journal article, status: published", "type: preprint, status: preprint")),
    ],
    "retracted-report": [TEXT, second_report("type: journal article, status: retracted")],
    "number-impossible": [TEXT, replaced(("p: 0.006", "p: 1e-300"))],
    "count-impossible": [
        TEXT,
        groups("OR", "n: 40, events: 40"),
        population("{n: 0}"),
        population("{n: 4e3}"),
    ],
    "sd-impossible": [TEXT, groups("MD", "n: 30, mean: -3, sd: 0.0")],
    "percent-impossible": [TEXT, population("{women: 100 %, men: 0 %}")],
    "p-impossible": [TEXT, replaced(("p: 0.006", "p: 1.00")), replaced(("p: 0.006", "p: not printed"))],
    "level-impossible": [TEXT, replaced(("level: 95 %", "level: 50 %")), replaced(("95 %", "99.9 %"))],
    "df-impossible": [TEXT, replaced(("level: 95 %", "df: 0.5"))],
    "years-impossible": [
        TEXT,
        replaced(("2010-2012", "'2008, 2010-2012'")),
        replaced(("{sex: men}", "{age: 50+}")),
    ],
    "acknowledgement-open": [
        TEXT,
        acknowledging(f"of: hip-men, finding: limits-reversed, data: {REVERSED}", ("[0.002, 0.0135]", BACK)),
    ],
    "use-not-printed": [
        TEXT,
        replaced(("level: 95 %", "use: ci")),
        replaced(("level: 95 %", "use: p")),
        acknowledging("of: hip-men, finding: limits-reversed, use: nothing, data: x"),
        acknowledging("of: population, finding: limits-reversed, use: ci, data: x"),
    ],
}

FLAGGED |= bias_cases.FLAGGED | further_cases.FLAGGED
LEFT_ALONE |= bias_cases.LEFT_ALONE | further_cases.LEFT_ALONE
RULES = RECORD_RULES.names + ESTIMATE_RULES.names


def test_every_rule_is_tested_both_ways() -> None:
    assert set(FLAGGED) == set(LEFT_ALONE) == set(RULES)
    assert len(RULES) == len(set(RULES)) == 69


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_flags(rule: str) -> None:
    for text in FLAGGED[rule]:
        found = problems(text, rule)
        assert len(found) == 1, (rule, found, text)
        assert found[0].place.line > 1


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_leaves_alone(rule: str) -> None:
    for text in LEFT_ALONE[rule]:
        assert not problems(text, rule), text


def test_a_finding_stands_at_its_number() -> None:
    text = replaced(("ci: [0.002, 0.0135]", "ci: [0.002, 0.0035]"))
    (found,) = problems(text, "estimate-outside-interval")
    assert text.splitlines()[found.place.line - 1][found.place.column - 1 :].startswith("0.0079")


def test_a_record_that_cannot_be_read_is_not_audited() -> None:
    assert audit_record(record_from_text("study: [", Path("broken.yaml"))) == []


@pytest.mark.parametrize(
    ("rule", "text", "words"),
    [
        ("p-missing", replaced(("p: 0.006", "p: not printed")), "p = 0.0071"),  # z = 0.0079 / 0.002934
        ("printed-unit-differs", FLAGGED["printed-unit-differs"][0], "would decide"),
        ("unit-against-value", FLAGGED["unit-against-value"][0], "g/dL"),
        ("unit-against-value", FLAGGED["unit-against-value"][1], "mmol/L"),
        ("sd-of-whole", FLAGGED["sd-of-whole"][0], "0.09"),
        ("percentages-add-up", FLAGGED["percentages-add-up"][0], "73.3 instead of 83.3"),
        ("flow-subtraction", FLAGGED["flow-subtraction"][0], "24189 instead of 24198"),
        ("strata-against-whole", FLAGGED["strata-against-whole"][0], "only if"),
    ],
)
def test_what_the_finding_says(rule: str, text: str, words: str) -> None:
    (found,) = problems(text, rule)
    assert words in f"{found.says} {found.hint}"


def test_confounding_by_the_stratifier_is_named_where_it_is_legitimate() -> None:
    text = replaced(UNADJUSTED, text=FLAGGED["strata-against-whole"][0])
    (found,) = problems(text, "strata-against-whole")
    assert found.hint is not None
    assert "Simpson" in found.hint


def test_the_values_that_speak_against_a_printed_unit_are_named() -> None:
    table = baseline("{variable: hemoglobin, unit: mg/dl, mean_sd: [[12.9, 2.0], [13.1, 1.9]]}", **TWO)
    (found,) = problems(
        replaced(("unit: g/dL}", "unit: g/dL, printed_unit: mg/dl}"), text=table), "printed-unit-differs"
    )
    assert found.hint is not None
    assert "12.9 and 13.1 are plausible in g/dL, not in mg/dl" in found.hint
