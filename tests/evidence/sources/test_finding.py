"""Recorded numbers found again in a text: whole, differing, elsewhere, under other words."""

from __future__ import annotations

import pytest

from evidence.sources.finding import Found, look
from evidence.sources.text import PaperText
from tests.evidence.records.samples import record

PAPER = """\
Results
This study included 1,426 participants (54.2% female), aged 50 years or more, mean age 62.6 ± 8.0 years.
A positive relationship was found at the hip (β = 0.0079, 95% CI: 0.002- 0.0135, p-value = 0.006) in men.
Table 2 Slopes
Model 1 Model 2
Hip
Men 0.0079 (0.002, 0.0135) 0.006
0.0061 (0.001, 0.0112) 0.02
Women -0.0012 (-0.0051, 0.0027)
0.54
0.0003 (-0.0041, 0.0047) 0.89
Discussion
Others found 0.0045 (0.001, 0.008) in 99 women.
"""
AT = "at: Table 2}"


def texts_of(text: str) -> dict[str, PaperText]:
    return {"lee-2019": PaperText.of(text.splitlines())}


def found(*changes: tuple[str, str], text: str = PAPER) -> list[Found]:
    return list(look(record(*changes), texts_of(text)).findings)


def told(*changes: tuple[str, str], text: str = PAPER) -> list[tuple[str, str]]:
    return [(each.rule, each.says) for each in found(*changes, text=text)]


def test_every_number_as_printed_is_found_and_counted() -> None:
    looked = look(record(), texts_of(PAPER))
    assert looked.findings == ()
    # the estimate with its limits and p; n, women, and the age's mean, SD and minimum
    assert looked.numbers == 4 + 5


@pytest.mark.parametrize(
    ("typed", "instead", "printed"),
    [
        ("estimate: 0.0079", "estimate: 0.0078", "0.0079"),
        ("estimate: 0.0079", "estimate: -0.0079", "0.0079"),
        ("ci: [0.002, 0.0135]", "ci: [0.001, 0.0135]", "0.002"),
        ("ci: [0.002, 0.0135]", "ci: [0.002, 0.0136]", "0.0135"),
    ],
)
def test_one_number_that_differs_is_named_with_what_is_printed_and_where(
    typed: str, instead: str, printed: str
) -> None:
    [one] = found((typed, instead))
    assert (one.rule, str(one.severity)) == ("source-differs", "error")
    wrong = instead.strip("ci: []estma").split(", ")
    assert one.says.startswith(f"the text prints {printed} where the record has ")
    assert one.says.split()[-1] in wrong
    assert one.hint == "Read line 7: 'Men 0.0079 (0.002, 0.0135) 0.006'"


def test_p_must_stand_beside_the_others_with_its_relation() -> None:
    assert told(("p: 0.006", "p: 0.007")) == [("source-differs", "0.007 does not stand beside 0.0079")]
    assert told(("p: 0.006", "p: < 0.006")) == [("source-differs", "< 0.006 does not stand beside 0.0079")]
    assert told(("p: 0.006", "p: not printed")) == []


def test_two_numbers_that_differ_stand_together_nowhere() -> None:
    [one] = found(("0.0079, ci: [0.002, 0.0135]", "0.0078, ci: [0.002, 0.0136]"))
    assert (one.rule, str(one.severity)) == ("source-not-found", "warning")
    assert one.says == "'0.0078 0.002 0.0136' does not stand together in the text"
    assert one.hint == "0.0078 stands nowhere in it."
    [one] = found(("0.0079, ci: [0.002, 0.0135]", "0.0079, ci: [0.003, 0.0136]"))
    assert one.hint == "0.0079 alone stands in line 3, line 7."
    [one] = found(("0.0079, ci: [0.002, 0.0135]", "0.0078, ci: [0.003, 0.0135]"))
    assert one.says == "'0.0078 0.003 0.0135' does not stand together in the text"


@pytest.mark.parametrize("between", ["", "1.1 1.2 1.3 1.4", "1.1 1.2 1.3 1.4 1.5"])
def test_p_stands_at_most_five_numbers_after_the_others_or_before_them(between: str) -> None:
    rule = [] if len(between) < 16 else [("source-differs", "0.006 does not stand beside 0.0079")]
    after = f"Table 2 Slopes\nMen 0.0079 (0.002, 0.0135) {between} 0.006"
    before = f"Table 2 Slopes\n0.006 {between} men 0.0079 (0.002, 0.0135)"
    whole = ("population: {n: 1426, women: 54.2 %, age: {minimum: 50, mean: 62.6, sd: 8.0}}\n", "")
    assert told(whole, text=after) == rule
    assert told(whole, text=before) == rule
    assert told(whole, (AT, "at: Results}"), text=before.removeprefix("Table 2 Slopes\n")) == rule


def test_numbers_of_another_table_or_of_the_text_stand_elsewhere() -> None:
    elsewhere = [("source-elsewhere", "'0.0079' stands elsewhere, not in table 3")]
    assert told((AT, "at: Table 3}")) == elsewhere
    assert told((AT, 'at: "Results, page 3, and Table 3"}')) == [], "a text is named first"
    assert told((AT, 'at: "Abstract"}')) == []


ROWS = """
  - id: hip-women
    outcome: hip
    stratum: {sex: women}
    effect: {measure: beta, per: 1 g/dL, estimate: -0.0012, ci: [-0.0051, 0.0027], p: 0.54}
    where: {report: lee-2019, at: "Table 2, Hip, Women, Model 1"}
  - id: hip-women-2
    outcome: hip
    stratum: {sex: women}
    effect: {measure: beta, per: 1 g/dL, estimate: 0.0003, ci: [-0.0041, 0.0047], p: 0.89}
    where: {report: lee-2019, at: "Table 2, Hip, Women, Model 2"}
  - id: hip-men-2
    outcome: hip
    stratum: {sex: men}
    effect: {measure: beta, per: 1 g/dL, estimate: 0.0061, ci: [0.001, 0.0112], p: 0.02}
    where: {report: lee-2019, at: "Table 2, Hip, Men, Model 2"}
extraction"""
FOUR = ((AT, 'at: "Table 2, Hip, Men, Model 1"}'), ("\nextraction", ROWS))


def test_rows_and_columns_of_a_table_are_told_apart_by_their_words() -> None:
    assert told(*FOUR) == []


def test_a_table_may_be_named_in_any_case() -> None:
    assert told(FOUR[0], ("\nextraction", ROWS.replace("Table 2, Hip, W", "TABLE 2, Hip, W"))) == []


@pytest.mark.parametrize(("row", "under"), [("Total hip", None), ("Hip", "Total hip")])
def test_a_row_may_end_with_the_name_of_another(row: str, under: str | None) -> None:
    """The slope of 0.0079 stands beside 'Total hip', that of 0.0061 beside 'Hip'."""
    other = {"Total hip": "Hip", "Hip": "Total hip"}[row]
    text = PAPER.replace("Hip\nMen 0.0079", "Total hip 0.0079").replace("\n0.0061", "\nHip 0.0061")
    more = ROWS[ROWS.index("  - id: hip-men-2") :].replace("Hip, Men, Model 2", other)
    found = told((AT, f'at: "Table 2, {row}"}}'), ("\nextraction", f"\n{more}"), text=text)
    says = [f"'0.0079' stands under '{under}' in table 2, not under '{row}'"] if under else []
    assert [each for _, each in found if "0.0079" in each] == says


@pytest.mark.parametrize(("above", "told_apart"), [("", True), ("0.5 (0.4, 0.6) 0.7 (0.6, 0.8)\n", False)])
def test_in_a_table_without_names_of_rows_the_columns_are_those_of_its_first_row(
    above: str, told_apart: bool
) -> None:
    """The slopes of the two models are exchanged in the record."""
    head, tail = PAPER.split("Table 2 Slopes")[0], PAPER.split("0.89\n")[1]
    cells = "0.0079 (0.002, 0.0135) 0.006 0.0061 (0.001, 0.0112) 0.02"
    text = f"{head}Table 2 Slopes\nModel 1 Model 2\n{above}{cells}\n{tail}"
    more = ROWS[ROWS.index("  - id: hip-men-2") :].replace("Hip, Men, Model 2", "Model 1")
    found = told((AT, 'at: "Table 2, Model 2"}'), ("\nextraction", f"\n{more}"), text=text)
    says = [
        ("source-elsewhere", "'0.0079' stands under 'Model 1' in table 2, not under 'Model 2'"),
        ("source-elsewhere", "'0.0061' stands under 'Model 2' in table 2, not under 'Model 1'"),
    ]
    assert found == (says if told_apart else [])


def exchanged() -> str:
    """The rows of women with the numbers of each model under the other."""
    one, two = (
        "estimate: 0.0003, ci: [-0.0041, 0.0047], p: 0.89",
        "estimate: -0.0012, ci: [-0.0051, 0.0027], p: 0.54",
    )
    return ROWS.replace(one, "@").replace(two, one).replace("@", two)


def test_columns_that_are_exchanged_are_flagged() -> None:
    assert told(FOUR[0], ("\nextraction", exchanged())) == [
        ("source-elsewhere", "'0.0003' stands under 'Model 2' in table 2, not under 'Model 1'"),
        ("source-elsewhere", "'-0.0012' stands under 'Model 1' in table 2, not under 'Model 2'"),
    ]


@pytest.mark.parametrize(
    ("printed", "instead"),
    [
        ("Model 1 Model 2\n", "Model 1 Model 2 Model 1 Model 2\n"),
        ("0.0003 (-0.0041, 0.0047)", "0.0003, -0.0041, 0.0047"),
    ],
)
def test_columns_named_twice_and_cells_without_brackets_are_not_told_apart(
    printed: str, instead: str
) -> None:
    text = PAPER.replace(printed, instead)
    assert text != PAPER
    assert told(*FOUR, text=text) == []
    flagged = told(FOUR[0], ("\nextraction", exchanged()), text=text)
    assert [says for _, says in flagged if "'0.0003'" in says] == []


def test_rows_that_are_exchanged_are_flagged() -> None:
    swapped = (
        ROWS.replace("Women, Model 2", "@")
        .replace("Men, Model 2", "Women, Model 2")
        .replace("@", "Men, Model 2")
    )
    assert told(FOUR[0], ("\nextraction", swapped)) == [
        ("source-elsewhere", "'0.0003' stands under 'Women' in table 2, not under 'Men'"),
        ("source-elsewhere", "'0.0061' stands under 'Men' in table 2, not under 'Women'"),
    ]


def test_a_row_of_the_table_is_nearer_than_a_sentence_outside_of_it() -> None:
    """The slope of men stands in the text too, where no row is wrong."""
    under = [("source-elsewhere", "'0.0079' stands under 'Men' in table 2, not under 'Women'")]
    assert told((AT, 'at: "Table 2, Hip, Women, Model 1"}'), FOUR[1]) == under


def test_a_quote_must_be_words_of_the_text() -> None:
    quoted = "at: Table 2, quote: {}}}"
    for words in ("A positive  relationship was found at the hip", "Others found 0.0045", "mean age 62.6"):
        assert told((AT, quoted.format(f'"{words}"'))) == []
    [one] = found((AT, quoted.format("a negative relationship")))
    assert (one.rule, str(one.severity)) == ("source-not-found", "warning")
    assert one.says == "'a negative relationship' are not words of the text"
    assert one.at == ("estimates", 0, "where", "quote")
    assert told((AT, quoted.format("β = -0.0079"))) != [], "a sign is no hyphen"
    broken = PAPER.replace("relationship was", "relation-\nship\nwas")
    assert told((AT, quoted.format("relationship was found")), text=broken) == []


def test_numbers_without_a_place_are_looked_for_everywhere() -> None:
    for typed, instead in (
        ("n: 1426", "n: 1427"),
        ("54.2 %", "54.3 %"),
        ("mean: 62.6", "mean: 62.7"),
        ("sd: 8.0", "sd: 8.1"),
        ("minimum: 50", "minimum: 51"),
    ):
        [one] = found((typed, instead))
        assert one.rule in ("source-not-found", "source-differs"), one
        assert one.at[0] == "population"


def test_reports_without_a_text_are_not_looked_for() -> None:
    assert look(record(), {}).numbers == 0
    assert look(record(), {"other-2020": PaperText.of(PAPER.splitlines())}).numbers == 5, "the population's"


MORE = """
flow:
  where: {report: lee-2019, at: "Results"}
  steps:
    - {start: 1500, what: asked}
    - {left: 1426, what: included}
baseline:
  - where: {report: lee-2019, at: Table 1}
    columns: [Q1, Q2]
    rows:
      - variable: Age
        mean_sd: [[61.2, 7.9], [63.0, 8.1]]
        p: < 0.001
      - variable: Smoking
        percent: {Never: [40.1, 50.2], Now: [59.9, 49.8]}
        p: 0.03
extraction"""
LONGER = (
    PAPER
    + """\
Of 1500 persons asked 1426 took part.
Table 1 Persons
Q1 Q2 P
Age 61.2 ± 7.9 63.0 ± 8.1 <0.001
Smoking 0.03
Never 40.1 50.2
Now 59.9 49.8
"""
)


def test_flow_and_baseline_are_looked_for_too() -> None:
    assert told(("\nextraction", MORE), text=LONGER) == []
    numbers = look(record(("\nextraction", MORE)), texts_of(LONGER)).numbers
    assert numbers == 9 + 2 + 5 + 4 + 1


@pytest.mark.parametrize(
    ("typed", "instead", "rule"),
    [
        ("start: 1500", "start: 1501", "source-not-found"),
        ("[61.2, 7.9]", "[61.3, 7.9]", "source-differs"),
        ("[63.0, 8.1]", "[63.0, 8.2]", "source-differs"),
        ("p: < 0.001", "p: < 0.01", "source-differs"),
        ("[40.1, 50.2]", "[40.1, 50.3]", "source-differs"),
        ("[59.9, 49.8]", "[58.9, 49.8]", "source-differs"),
        (
            "Never: [40.1, 50.2], Now: [59.9, 49.8]",
            "Now: [40.1, 50.2], Never: [59.9, 49.8]",
            "source-elsewhere",
        ),
        ("p: 0.03", "p: 0.04", "source-not-found"),
    ],
)
def test_a_cell_that_differs_is_flagged(typed: str, instead: str, rule: str) -> None:
    assert typed in MORE
    rules = {each.rule for each in found(("\nextraction", MORE.replace(typed, instead)), text=LONGER)}
    assert rules == {rule}


@pytest.mark.parametrize("exchanged", [False, True])
def test_rows_of_a_baseline_are_told_apart_by_their_variable(exchanged: bool) -> None:
    """Two rows of means, and two p-values of variables in classes."""
    rows = """
      - {variable: Weight, mean_sd: [[81.0, 12.5], [82.0, 13.5]]}
      - {variable: Alcohol, percent: {Daily: [12.7, 13.7]}, p: 0.44}
      - {variable: Marital status, percent: {Widowed: [8.3, 9.3]}, p: 0.71}
extraction"""
    text = f"{LONGER}Weight 81.0 ± 12.5 82.0 ± 13.5\n"
    text += "Alcohol 0.44\nDaily 12.7 13.7\nMarital status 0.71\nWidowed 8.3 9.3\n"
    more = MORE.replace("\nextraction", rows)
    if exchanged:
        for one, other in (
            ("[[61.2, 7.9], [63.0, 8.1]]", "[[81.0, 12.5], [82.0, 13.5]]"),
            ("p: 0.44", "p: 0.71"),
        ):
            more = more.replace(one, "@").replace(other, one).replace("@", other)
    under = [
        ("81.0", "Weight", "Age"), ("61.2", "Age", "Weight"),
        ("0.71", "Marital status", "Alcohol"), ("0.44", "Alcohol", "Marital status"),
    ]  # fmt: skip
    says = [f"'{number}' stands under '{one}' in table 1, not under '{two}'" for number, one, two in under]
    found = [each.says for each in look(record(("\nextraction", more)), texts_of(text)).findings]
    assert [each for each in found if "stands under" in each] == (says if exchanged else [])


def test_groups_are_looked_for_as_counts_together() -> None:
    arms = "[{name: low, n: 40, events: 3}, {name: high, n: 50, events: 7}]"
    groups = f"measure: OR, versus: {{exposed: low, reference: high}}, groups: {arms}"
    old = "measure: beta, per: 1 g/dL, estimate: 0.0079, ci: [0.002, 0.0135], level: 95 %, p: 0.006"
    text = PAPER.replace("Men 0.0079", "low 3/40 high 7/50\nMen 0.0079")
    assert told((old, groups), text=text) == []
    [one] = found((old, groups.replace("events: 7", "events: 8")), text=text)
    assert (one.rule, one.says) == ("source-differs", "the text prints 7 where the record has 8")


@pytest.mark.parametrize("exchanged", [False, True])
def test_arms_of_a_comparison_are_told_apart_by_their_names(exchanged: bool) -> None:
    """Counts of one dose under the name of another, and the effect that stands in the arm's line."""
    low, high = ("3/40", "7/50") if not exchanged else ("7/50", "3/40")
    text = PAPER + f"Table 5 Doses\nnone 5/45\nlow {low}\nhigh {high} 1.30 (0.40, 4.10)\n"
    arms = """
comparisons:
  - id: dose
    outcome: hip
    measure: OR
    arms:
      - {id: none, name: none, reference: true, n: 45, events: 5}
      - {id: low, name: low, n: 40, events: 3}
      - {id: high, name: high, n: 50, events: 7, effect: {estimate: 1.30, ci: [0.40, 4.10]}}
    where: {report: lee-2019, at: Table 5}
extraction"""
    says = [
        "'3' stands under 'high' in table 5, not under 'low'",
        "'7' stands under 'low' in table 5, not under 'high'",
    ]
    assert [each.says for each in found(("\nextraction", arms), text=text)] == (says if exchanged else [])


def test_the_number_of_persons_may_stand_anywhere() -> None:
    effect = "effect: {measure: beta"
    assert told((effect, f"n: 1426\n    {effect}")) == []
    [one] = found((effect, f"n: 1425\n    {effect}"))
    assert (one.rule, one.at) == ("source-differs", ("estimates", 0, "n"))


def test_a_number_without_a_report_is_looked_for_in_all_texts() -> None:
    texts = {
        "lee-2019": PaperText.of(PAPER.splitlines()[3:]),
        "other-2020": PaperText.of(PAPER.splitlines()[:3]),
    }
    assert look(record(), texts).findings == ()
    texts = {"other-2020": texts["other-2020"], "lee-2019": texts["lee-2019"]}
    assert look(record(), texts).findings == ()
    for typed, printed, instead in (("mean: 62.6", "62.6", "62.7"), ("sd: 8.0", "8.0", "8.1")):
        wrong = record((typed, typed.replace(printed, instead)))
        for order in (list(texts), list(texts)[::-1]):
            [one] = look(wrong, {key: texts[key] for key in order}).findings
            assert one.says == f"the text prints {printed} where the record has {instead}", "not: not found"


def test_a_finding_is_about_the_estimate_itself() -> None:
    places = [
        found((AT, "at: Table 3}"))[0].at,
        found((AT, 'at: "Table 2, Women"}'), ("\nextraction", ROWS))[0].at,
        found(("0.0079, ci: [0.002, 0.0135]", "0.0078, ci: [0.002, 0.0136]"))[0].at,
    ]
    assert places == [("estimates", 0, "effect", "estimate")] * 3


@pytest.mark.parametrize("statistic", ["f: {value: 8.4, df: [1, 98]}", "chi2: {value: 8.4, df: 1}"])
def test_a_statistic_with_its_degrees_of_freedom_stands_beside_the_estimate(statistic: str) -> None:
    change = ("ci: [0.002, 0.0135], level: 95 %, p: 0.006", f"{statistic}, p: 0.006")
    beside = PAPER.replace("Men 0.0079 (0.002, 0.0135) 0.006", "Men 0.0079 8.4 0.006")
    assert told(change, text=beside) == []
    assert look(record(change), texts_of(beside)).numbers == 3 + 5
    assert told(change) == [("source-differs", "8.4 does not stand beside 0.0079")]
