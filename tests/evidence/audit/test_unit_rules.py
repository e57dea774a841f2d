"""Units and values: both sides of the plausible means, and the words of each finding.

A mean of hemoglobin lies within 4 to 21 g/dL, 40 to 210 g/L or 2.5 to 13 mmol/L; of 25-hydroxyvitamin D
within 8 to 250 nmol/L, or 3 to 100 ng/mL or ug/L; of iron within 3 to 60 umol/L or 17 to 335 ug/dL.
"""

from __future__ import annotations

import pytest

from evidence.audit.unit_rules import find_quantity
from tests.evidence.audit.records import baseline, estimate, estimates, place, problems, replaced, told


def table(name: str, unit: str | None, *means: str) -> str:
    columns = ", ".join(f"c{i}" for i, _ in enumerate(means))
    pairs = ", ".join(f"[{mean}, 1]" for mean in means)
    stated = "" if unit is None else f"unit: {unit}, "
    return baseline(
        f"{{variable: {name}, {stated}mean_sd: [{pairs}]}}", columns=f"[{columns}]", whole="whole:"
    )


@pytest.mark.parametrize(
    ("name", "quantity"),
    [
        ("Hemoglobin", "hemoglobin"),
        ("HGB", "hemoglobin"),
        ("Serum  albumin", "albumin"),
        ("Serum albumin (g/L)", "albumin"),
        ("Albumin, (g/L)", "albumin"),
        ("S-calcium", "calcium"),
        ("Mean baseline serum calcium", "calcium"),
        ("total protein", "protein"),
        ("Total Cholesterol", "cholesterol"),
        ("25(OH)D", "25-hydroxyvitamin d"),
        ("P", "phosphorus"),
        ("total", None),
        ("serum", None),
        ("Smoking", None),
        ("calcium intake", None),
    ],
)
def test_a_quantity_is_found_by_its_name(name: str, quantity: str | None) -> None:
    found = find_quantity(name)
    assert (None if found is None else found.name) == quantity


@pytest.mark.parametrize(
    ("unit", "means", "fits"),
    [
        ("g/dL", ("40", "210"), "g/L"),
        ("g/dL", ("39.9",), None),
        ("g/dL", ("211",), None),
        ("g/dL", ("40", "211"), None),
        ("g/dL", ("3.9",), "mmol/L"),
        ("g/dL", ("2.5", "3.9"), "mmol/L"),
        ("g/dL", ("2.4",), None),
        ("g/dL", ("4",), None),
        ("g/dL", ("21",), None),
        ("g/dL", ("4", "40"), None),  # one of them can be in g/dL
        ("g/dL", ("21", "40"), None),
        ("mmol/L", ("14", "21"), "g/dL"),
        ("mmol/L", ("14", "22"), None),
        ("G / dL", ("120",), "g/L"),
        ("mg/mL", ("12",), "g/dL or mmol/L"),  # 40 to 210
        ("mg/mL", ("40",), None),
        ("ug/mL", ("12",), "g/dL or mmol/L"),
        ("SD", ("12",), None),
        (None, ("120",), None),
    ],
)
def test_values_that_are_plausible_in_another_unit_alone(
    unit: str | None, means: tuple[str, ...], fits: str | None
) -> None:
    found = told(table("hemoglobin", unit, *means), "unit-against-value")
    assert [hint for _, hint in found] == ([] if fits is None else [f"It is plausible in {fits}."])


def test_what_is_said_of_a_unit_that_cannot_be() -> None:
    text = table("Hemoglobin", "mg/dl", "12.90", "13.1")
    (problem,) = problems(text, "unit-against-value")
    assert problem.says == "Hemoglobin 12.90 and 13.1 cannot be in mg/dl: a mean would be 4000 to 21000 mg/dl"
    assert problem.hint == "It is plausible in g/dL."
    assert place(text, problem).startswith("mg/dl")
    assert told(table("vitamin D", "nmol/L", "5"), "unit-against-value") == [
        (
            "vitamin D 5 cannot be in nmol/L: a mean would be 8 to 250 nmol/L",
            "It is plausible in ng/mL or ug/L.",
        )
    ]


@pytest.mark.parametrize(
    ("name", "unit", "means", "outside"),
    [
        ("hemoglobin", "g/dL", ("4", "12", "21"), None),
        ("hemoglobin", "g/dL", ("3.9", "12"), "3.9"),
        ("hemoglobin", "g/dL", ("12", "21.1"), "21.1"),
        ("hemoglobin", "g/dL", ("1.3", "12", "130"), "1.3 and 130"),
        ("hemoglobin", "g/dL", ("40", "210"), None),  # another unit
        ("hemoglobin", "g/dL", ("40", "211"), "40 and 211"),
        ("hemoglobin", "g/dL", ("1.2",), "1.2"),
        ("hemoglobin", "SD", ("130", "12"), None),
        ("iron", "mg/L", ("0.18", "3.34"), None),  # a hundredth of 17 to 335
        ("iron", "mg/L", ("0.16", "1"), "0.16"),
        ("iron", "mg/L", ("3.36", "1"), "3.36"),
    ],
)
def test_means_that_no_group_has(name: str, unit: str, means: tuple[str, ...], outside: str | None) -> None:
    text = table(name, unit, *means)
    span = {"hemoglobin": "4 to 21", "iron": "0.17 to 3.35"}[name]
    assert told(text, "implausible-value") == (
        []
        if outside is None
        else [
            (
                f"{name} {outside} {unit} is outside the plausible means of {span}",
                "A shifted decimal point, or columns exchanged?",
            )
        ]
    )
    if outside is not None:
        assert place(text, problems(text, "implausible-value")[0]).startswith("mean_sd: ")


@pytest.mark.parametrize(
    ("means", "hint"),
    [
        (("4.8", "4.4"), "The values fit 10^6/uL or 10^12/L."),
        (("1.5", "8"), "The values fit 10^6/uL or 10^12/L."),
        (("4.8", "8.1"), None),
        (("1.4", "4.8"), None),
    ],
)
def test_a_unit_in_which_the_quantity_is_not_measured(means: tuple[str, ...], hint: str | None) -> None:
    text = table("RBC", "UL", *means)
    assert told(text, "unit-of-other-kind") == [
        ("'UL' is no unit of RBC; expected e.g. 10^6/uL or 10^12/L", hint)
    ]
    assert place(text, problems(text, "unit-of-other-kind")[0]).startswith("UL")


# Thresholds of an exposure.


def threshold(numbers: str, unit: str = "unit: g/dL}") -> str:
    text = estimates(estimate("a", f"effect: {{measure: {numbers}}}"))
    return replaced(("unit: g/dL}", unit), text=text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (threshold("threshold, estimate: 119"), True),
        (threshold("threshold, estimate: 12"), False),
        (threshold("threshold, estimate: 119", "unit: not stated}"), False),
        (threshold("threshold, estimate: 119").replace("name: hemoglobin", "name: shoes"), False),
        (threshold("beta, estimate: 119"), False),
        (estimates(estimate("a", "not_reported: {said: small}")), False),
    ],
)
def test_a_threshold_is_in_the_unit_of_its_exposure(text: str, found: bool) -> None:
    assert bool(told(text, "unit-against-value")) is found


def test_a_threshold_that_is_in_another_unit_is_told_at_its_number() -> None:
    text = threshold("threshold, estimate: 119")
    (problem,) = problems(text, "unit-against-value")
    assert problem.says == "hemoglobin 119 cannot be in g/dL: a mean would be 4 to 21 g/dL"
    assert place(text, problem).startswith("119")


# A unit that was not taken as printed.

NOTHING = "No value of it is recorded that would decide; check the full text."


def printed_as(unit: str, *rows: str) -> str:
    text = baseline(*rows, columns="[a, b]", whole="whole:") if rows else replaced()
    return replaced(("unit: g/dL}", f"unit: g/dL, printed_unit: {unit}}}"), text=text)


def of_hemoglobin(a: str, b: str) -> str:
    return f"{{variable: Hgb, unit: g/dL, mean_sd: [[{a}, 2], [{b}, 2]]}}"


IN_TAKEN = "Its values {} are plausible in g/dL, not in {}."
IN_PRINTED = "Its values {} are plausible in {}, not in g/dL."


@pytest.mark.parametrize(
    ("unit", "rows", "hint"),
    [
        ("g/L", (of_hemoglobin("4", "21"),), IN_TAKEN.format("4 and 21", "g/L")),
        ("g/L", (of_hemoglobin("3.9", "21"),), NOTHING),
        ("g/L", (of_hemoglobin("4", "21.1"),), NOTHING),
        ("g/L", (of_hemoglobin("40", "210"),), IN_PRINTED.format("40 and 210", "g/L")),
        ("g/L", (of_hemoglobin("39", "210"),), NOTHING),
        ("g/L", (of_hemoglobin("40", "211"),), NOTHING),
        ("g/L", (of_hemoglobin("12", "120"),), NOTHING),
        ("mmol/L", (of_hemoglobin("8", "12"),), NOTHING),  # plausible in both
        ("mmol/L", (of_hemoglobin("8", "14"),), IN_TAKEN.format("8 and 14", "mmol/L")),
        ("mmol/L", (of_hemoglobin("3", "12"),), IN_PRINTED.format("3 and 12", "mmol/L")),
        (
            "g/L",
            ("{variable: iron, unit: umol/L, mean_sd: [[12, 2], [13, 2]]}", of_hemoglobin("13", "14")),
            IN_TAKEN.format("13 and 14", "g/L"),
        ),
        (
            "mmol/L",
            (of_hemoglobin("8", "12"), of_hemoglobin("13", "14"), of_hemoglobin("3", "4")),
            IN_TAKEN.format("13 and 14", "mmol/L"),
        ),
        ("g/L", ("{variable: iron, unit: umol/L, mean_sd: [[12, 2], [13, 2]]}",), NOTHING),
        ("SD", (of_hemoglobin("13", "14"),), NOTHING),
        ("g/L", (), NOTHING),
    ],
)
def test_values_that_speak_for_or_against_a_printed_unit(unit: str, rows: tuple[str, ...], hint: str) -> None:
    assert told(printed_as(unit, *rows), "printed-unit-differs") == [
        (f"hemoglobin is printed in {unit} and taken as g/dL", hint)
    ]


def test_the_printed_unit_is_told_at_its_place_unless_it_is_the_one_taken() -> None:
    text = printed_as("g/L")
    assert place(text, problems(text, "printed-unit-differs")[0]).startswith("g/L}")
    assert told(printed_as("G/DL"), "printed-unit-differs") == []
    other = printed_as("g/L", of_hemoglobin("13", "14")).replace("name: hemoglobin", "name: shoes")
    assert told(other, "printed-unit-differs") == [("shoes is printed in g/L and taken as g/dL", NOTHING)]
