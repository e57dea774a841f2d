"""A value of a YAML text is changed in its place: comments, order and spelling of the rest stay."""

from __future__ import annotations

import difflib
import random
from pathlib import Path

import pytest

from evidence.records.parsing import KeyPath, Node, parse_text
from evidence.records.review import SHIPPED
from evidence.records.schema import Record
from evidence.records.writing import WritingError
from evidence.records.writing.changing import NewValue, with_values
from evidence.records.writing.spreads import spread_of

TEXT = """# a study
schema: 1
study: lee-2019  # its name
title: >-
  A long title
  of two lines
cohort: {name: 'Busan', country: KR}  # where

reports:
  # the only one
  first:
    citation: "Lee J: Bone"
    year: 2019
    note:

models:
  full: {type: Cox, covariates: [age, sex]}
  least:
    type: Cox
    covariates:
      - age   # in years
      - sex
estimates:
  - id: hip
    outcome: hip
    stratum: {sex: men}
    effect: {measure: HR, estimate: 1.20, ci: [0.98, 1.47]}
  - id: spine
    outcome: spine
    stratum:
      sex: women
# the end
"""


def changed(changes: dict[KeyPath, NewValue], text: str = TEXT) -> list[str]:
    """The lines that go (-) and come (+)."""
    new = with_values(text, changes, Record)
    lines = difflib.unified_diff(text.splitlines(), new.splitlines(), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


@pytest.mark.parametrize(
    ("at", "value", "expected"),
    [
        (("study",), "lee", ["-study: lee-2019  # its name", "+study: lee  # its name"]),
        (("title",), "Short", ["-title: >-", "-  A long title", "-  of two lines", "+title: Short"]),
        (("title",), "yes", ["-title: >-", "-  A long title", "-  of two lines", '+title: "yes"']),
        (
            ("cohort", "name"),
            "Seoul",
            [
                "-cohort: {name: 'Busan', country: KR}  # where",
                "+cohort: {name: Seoul, country: KR}  # where",
            ],
        ),
        (
            ("cohort", "name"),
            "7",
            [
                "-cohort: {name: 'Busan', country: KR}  # where",
                '+cohort: {name: "7", country: KR}  # where',
            ],
        ),
        (("reports", "first", "year"), "2020", ["-    year: 2019", "+    year: 2020"]),
        (("reports", "first", "note"), "a: b", ["-    note:", '+    note: "a: b"']),
        (
            ("models", "full", "covariates"),
            ["age", "sex, race"],
            [
                "-  full: {type: Cox, covariates: [age, sex]}",
                '+  full: {type: Cox, covariates: [age, "sex, race"]}',
            ],
        ),
        (
            ("models", "full", "covariates"),
            ["age"],
            [
                "-  full: {type: Cox, covariates: [age, sex]}",
                "+  full: {type: Cox, covariates: [age]}",
            ],
        ),
        (
            ("models", "full", "covariates"),
            "not stated",
            [
                "-  full: {type: Cox, covariates: [age, sex]}",
                "+  full: {type: Cox, covariates: not stated}",
            ],
        ),
        (("models", "least", "covariates"), ["age", "race"], ["-      - sex", "+      - race"]),
        (
            ("estimates", 0, "effect", "ci"),
            ["0.980", "1.47"],
            [
                "-    effect: {measure: HR, estimate: 1.20, ci: [0.98, 1.47]}",
                "+    effect: {measure: HR, estimate: 1.20, ci: [0.980, 1.47]}",
            ],
        ),
    ],
)
def test_a_value_is_changed_and_nothing_else(at: KeyPath, value: NewValue, expected: list[str]) -> None:
    assert changed({at: value}) == expected


@pytest.mark.parametrize(
    ("at", "value", "expected"),
    [
        # behind what comes before it in the schema
        (("label",), "Lee", ["+label: Lee"]),
        (("reports", "first", "type"), "preprint", ["+    type: preprint"]),
        (("estimates", 1, "n"), "120", ["+    n: 120"]),
        (("estimates", 1, "note"), "no", ['+    note: "no"']),
        (
            ("cohort", "years"),
            "2010",
            [
                "-cohort: {name: 'Busan', country: KR}  # where",
                "+cohort: {name: 'Busan', years: 2010, country: KR}  # where",
            ],
        ),
        (
            ("models", "full", "name"),
            "Model 2",
            [
                "-  full: {type: Cox, covariates: [age, sex]}",
                "+  full: {name: Model 2, type: Cox, covariates: [age, sex]}",
            ],
        ),
        (
            ("estimates", 0, "effect", "versus", "exposed"),
            "anemia",
            [
                "-    effect: {measure: HR, estimate: 1.20, ci: [0.98, 1.47]}",
                "+    effect: {measure: HR, versus: {exposed: anemia}, estimate: 1.20, ci: [0.98, 1.47]}",
            ],
        ),
        (("population", "age", "mean"), "61.0", ["+population: {age: {mean: 61.0}}"]),
        (("estimates", 1, "stratum", "age"), "50+", ["+      age: 50+"]),
        (("models", "least", "adjustment"), "full", ["+    adjustment: full"]),
    ],
)
def test_a_new_key_stands_where_the_schema_has_it(at: KeyPath, value: NewValue, expected: list[str]) -> None:
    lines = changed({at: value})
    assert lines == expected


def test_a_new_key_stands_below_the_lines_of_the_one_before_it() -> None:
    lines = with_values(TEXT, {("label",): "Lee", ("estimates", 1, "n"): "120"}, Record).splitlines()
    assert lines[lines.index("label: Lee") - 1] == "  of two lines"
    assert lines[lines.index("    n: 120") - 1] == "      sex: women"
    unknown = with_values(TEXT, {("properties", "region"): "Asia"}, Record)
    assert "properties: {region: Asia}" in unknown.splitlines()


def test_what_has_no_value_yet_and_what_is_empty_takes_a_first_key() -> None:
    assert with_values("study: a\npopulation:\n", {("population", "n"): "5"}, Record) == (
        "study: a\npopulation: {n: 5}\n"
    )
    assert with_values("population: {}\n", {("population", "n"): "5"}, Record) == "population: {n: 5}\n"
    filled = with_values("population: {women: 5 %}\n", {("population", "n"): "5"}, Record)
    assert filled == "population: {n: 5, women: 5 %}\n"
    with pytest.raises(WritingError, match="nothing stands at 'population n' any more"):
        with_values("population: few\n", {("population", "n"): "5"}, Record)


def test_a_key_goes_with_its_lines_and_with_what_held_nothing_else() -> None:
    assert changed({("title",): None}) == ["-title: >-", "-  A long title", "-  of two lines"]
    assert changed({("reports", "first", "year"): None}) == ["-    year: 2019"]
    assert changed({("estimates", 0, "stratum", "sex"): None}) == ["-    stratum: {sex: men}"]
    assert changed({("estimates", 1, "stratum", "sex"): None}) == ["-    stratum:", "-      sex: women"]
    flow = "-cohort: {name: 'Busan', country: KR}  # where"
    assert changed({("cohort", "name"): None}) == [flow, "+cohort: {country: KR}  # where"]
    assert changed({("cohort", "country"): None}) == [flow, "+cohort: {name: 'Busan'}  # where"]
    three = "cohort: {name: a, wave: b, country: c}\n"
    assert with_values(three, {("cohort", "name"): None}, Record) == "cohort: {wave: b, country: c}\n"
    assert with_values(three, {("cohort", "wave"): None}, Record) == "cohort: {name: a, country: c}\n"
    assert with_values(three, {("cohort", "country"): None}, Record) == "cohort: {name: a, wave: b}\n"
    assert changed({("cohort", "years"): None}) == []
    assert changed({("population", "age", "mean"): None}) == []
    assert changed({("estimates", 0, "id"): None}) == [
        "-  - id: hip",
        "-    outcome: hip",
        "+  - outcome: hip",
    ]


def test_a_long_text_is_folded_below_its_key_and_a_short_one_stays_on_its_line() -> None:
    long = " ".join(["words"] * 40)
    new = with_values(TEXT, {("reports", "first", "citation"): long}, Record).splitlines()
    start = new.index("    citation: >-")
    assert all(line.startswith("      words") and len(line) <= 110 for line in new[start + 1 : start + 4])
    assert " ".join(line.strip() for line in new[start + 1 : start + 4]) == long
    added = with_values(TEXT, {("reports", "first", "type"): long}, Record).splitlines()
    assert added[added.index("    type: >-") + 1].startswith("      words words")
    inside = with_values(TEXT, {("cohort", "name"): long}, Record)
    assert f"cohort: {{name: {long}, country: KR}}  # where" in inside.splitlines()
    marked = with_values(TEXT, {("reports", "first", "citation"): f"{long}\nmore"}, Record)
    assert f'    citation: "{long}\\nmore"' in marked.splitlines()


@pytest.mark.parametrize(("key", "line"), [("citation", "    citation: "), ("note", "    note: ")])
def test_a_text_is_folded_where_its_line_would_be_longer_than_110_letters(key: str, line: str) -> None:
    for longer in (0, 1):
        value = "x" * (110 - len(line) + longer)
        new = with_values(TEXT, {("reports", "first", key): value}, Record)
        assert (f"{line}>-\n      {value}\n" if longer else f"{line}{value}\n") in new


def test_a_text_before_a_comment_and_an_entry_of_a_list_stay_on_their_line() -> None:
    long = " ".join(["words"] * 40)
    assert changed({("study",): long}) == ["-study: lee-2019  # its name", f"+study: {long}  # its name"]
    assert with_values("a:\n  - b\n", {("a", 0): long}, Record) == f"a:\n  - {long}\n"


def test_a_list_of_lines_that_becomes_longer_stands_on_one_line() -> None:
    text = "a:\n  - b\n  - c\nd: e\n"
    assert with_values(text, {("a",): ["b", "c", "f"]}, Record) == "a: [b, c, f]\nd: e\n"
    assert with_values(text, {("a",): "b"}, Record) == "a: b\nd: e\n"


def test_the_next_key_of_an_entry_takes_the_place_behind_the_dash_and_the_only_one_stays() -> None:
    two = "estimates:\n  - id: hip\n    n: 5\n"
    assert with_values(two, {("estimates", 0, "id"): None}, Record) == "estimates:\n  - n: 5\n"
    assert with_values(two, {("estimates", 0, "n"): None}, Record) == "estimates:\n  - id: hip\n"
    one = "estimates:\n  - id: hip\n  - id: spine\n"
    with pytest.raises(WritingError, match="nothing stands at 'estimates 0 id' any more"):
        with_values(one, {("estimates", 0, "id"): None}, Record)


def test_ends_of_lines_stay_as_the_file_has_them() -> None:
    text = TEXT.replace("\n", "\r\n")
    long = " ".join(["words"] * 40)
    changes: dict[KeyPath, NewValue] = {("study",): "x", ("label",): "Lee", ("title",): None, ("note",): long}
    new = with_values(text, changes, Record)
    assert "\n" not in new.replace("\r\n", "")
    assert "study: x  # its name\r\nlabel: Lee\r\n" in new
    bare = with_values("study: a", {("title",): "b"}, Record)
    assert bare == "study: a\ntitle: b"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({("estimates", 7, "n"): "1"}, "nothing stands at 'estimates 7 n' any more; edit the text"),
        ({("estimates", 7, "n"): None}, "nothing stands at 'estimates 7 n' any more; edit the text"),
        ({("study", "more"): "1"}, "nothing stands at 'study more' any more; edit the text"),
        ({("estimates", 0): None}, "nothing stands at 'estimates 0' any more; edit the text"),
        ({("cohort",): "Busan"}, "nothing stands at 'cohort' any more; edit the text"),
        (
            {("models", "least", "covariates"): ["a"]},
            "'covariates' has comments among its entries; edit the text",
        ),
    ],
)
def test_what_cannot_be_changed_in_its_place_is_left_to_a_person(
    changes: dict[KeyPath, NewValue], says: str
) -> None:
    with pytest.raises(WritingError) as raised:
        with_values(TEXT, changes, Record)
    assert str(raised.value) == says


def test_a_text_that_is_no_yaml_or_says_a_thing_twice_is_left_to_a_person() -> None:
    with pytest.raises(WritingError, match="the text is no YAML: a list or mapping in brackets is not"):
        with_values("study: {a", {("study",): "b"}, Record)
    with pytest.raises(WritingError, match="'study' stands here a second time"):
        with_values("study: a\nstudy: b\n", {("study",): "c"}, Record)


def leaves(node: Node, at: KeyPath = ()) -> list[KeyPath]:
    if isinstance(node.content, dict):
        return [path for key, child in node.content.items() for path in leaves(child, (*at, key))]
    if isinstance(node.content, list):
        return [path for index, child in enumerate(node.content) for path in leaves(child, (*at, index))]
    return [at]


@pytest.mark.parametrize(
    ("names", "least"),
    [("imos-4.yaml", 80), ("cui-2021.yaml", 80), pytest.param("*.yaml", 3_000, marks=pytest.mark.long)],
)
def test_every_value_of_a_shipped_record_can_be_found_and_changed_alone(names: str, least: int) -> None:
    chance, found = random.Random(1), 0
    for path in sorted((SHIPPED / "studies").glob(names)):
        text = path.read_text(encoding="utf-8")
        root, spread = parse_text(text, Path())[0].root, spread_of(text)
        every = leaves(root)
        for at in every:
            place = spread.under(at)
            assert place is not None
            assert place.kind == "scalar"
            found += 1
        for at in chance.sample(every, 4):
            value = chance.choice(["0.0020", "a: b # c", "yes", "- x", "[a]", "two\nlines", "1e5"])
            new = with_values(text, {at: value}, Record)
            after, same = parse_text(new, Path())[0].root, 0
            for other in every:
                mine, before = after, root
                for key in other:
                    mine, before = mine.child(key), before.child(key)  # type: ignore[assignment]
                assert mine.content == (value if other == at else before.content)
                same += 1
            assert same == len(every)
            assert new.count("#") >= text.count("#")
    assert found > least
