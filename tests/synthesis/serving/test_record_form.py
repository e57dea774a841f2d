"""A record's file as fields: each value at an address of its own, with what belongs there."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.parsing import Tree, parse_text
from evidence.records.review import SHIPPED
from synthesis.serving.record_form import (
    FormField,
    FormPart,
    form_of,
    key_path,
    new_value,
    shown,
    value_at,
)

TEXT = """schema: 1
study: lee-2019
design: cohort
cohort: {name: Busan, repeated: true}
reports:
  a/b: {type: preprint, year: 2019, citation: Lee J}
properties: {region: Asia, a=b: [x, y]}
exposures: {hb: {name: hemoglobin, unit: g/dL}}
outcomes:
  hip: {name: BMD, bounds: [0, 10]}
models: {full: {type: linear, adjustment: odd, covariates: [age, sex]}}
estimates:
  - id: hip
    outcome: hip
    effect: {measure: HR, estimate: 1.20, ci: [0.98, 1.47], groups: [{name: a, n: 2}, {name: b}]}
  - outcome: hip
    effect: {f: {value: 3.1, df: [1, 98]}}
baseline:
  - {where: {report: a/b, at: T}, columns: [all], rows: [{variable: age, mean_sd: [[1, 2]]}]}
generated: {by: nobody}
later: 5
"""


def tree(text: str = TEXT) -> Tree:
    return parse_text(text, Path())[0]


def fields(text: str = TEXT) -> dict[str, FormField]:
    return {each.name: each for each in form_of(tree(text)).every_field()}


def test_every_value_is_a_field_at_its_address_with_its_line() -> None:
    found = fields()
    values = {name: each.value for name, each in found.items() if each.there}
    assert values == {
        "study": "lee-2019", "design": "cohort", "cohort/name": "Busan", "cohort/repeated": "true",
        "reports/a~1b/type": "preprint", "reports/a~1b/year": "2019", "reports/a~1b/citation": "Lee J",
        "properties/region": "Asia", "properties/a~2b": "x\ny",
        "exposures/hb/name": "hemoglobin", "exposures/hb/unit": "g/dL",
        "outcomes/hip/name": "BMD", "outcomes/hip/bounds": "0, 10",
        "models/full/type": "linear", "models/full/adjustment": "odd", "models/full/covariates": "age\nsex",
        "estimates/id=hip/id": "hip", "estimates/id=hip/outcome": "hip",
        "estimates/id=hip/effect/measure": "HR", "estimates/id=hip/effect/estimate": "1.20",
        "estimates/id=hip/effect/ci": "0.98, 1.47",
        "estimates/id=hip/effect/groups/no=0/name": "a", "estimates/id=hip/effect/groups/no=0/n": "2",
        "estimates/id=hip/effect/groups/no=1/name": "b",
        "estimates/no=1/outcome": "hip",
        "estimates/no=1/effect/f/value": "3.1", "estimates/no=1/effect/f/df": "1, 98",
        "baseline/no=0/where/report": "a/b", "baseline/no=0/where/at": "T", "baseline/no=0/columns": "all",
        "baseline/no=0/rows/no=0/variable": "age",
    }  # fmt: skip
    assert (found["cohort/repeated"].line, found["cohort/repeated"].column) == (4, 33)
    assert found["outcomes/hip/bounds"].line == 10
    assert found["label"].there is False
    assert found["label"].line == 0


def test_an_address_leads_back_to_its_value_also_where_entries_were_moved() -> None:
    root, asked = tree().root, 0
    for name, field in fields().items():
        if field.kind != "pair":
            assert value_at(name, root) == field.value
            asked += 1
    assert asked > 150
    assert key_path("estimates/id=hip/effect/ci", root) == ("estimates", 0, "effect", "ci")
    assert value_at("estimates/id=hip/effect/ci", root) == "0.98\n1.47"
    moved = tree(TEXT.replace("estimates:\n", "estimates:\n  - id: first\n    outcome: hip\n")).root
    assert key_path("estimates/id=hip/effect/ci", moved) == ("estimates", 1, "effect", "ci")
    assert key_path("estimates/id=gone/n", moved) is None
    assert value_at("estimates/id=gone/n", moved) is None
    twice = tree(TEXT.replace("  - outcome: hip", "  - id: hip\n    outcome: hip")).root
    assert key_path("estimates/id=hip/n", twice) is None
    assert key_path("estimates/no=2/n", moved) == ("estimates", 2, "n")
    for lost in (
        "estimates/no=3/n",
        "estimates/no=-1/n",
        "estimates/no=x/n",
        "estimates/hip/n",
        "cohort/id=x",
    ):
        assert key_path(lost, moved) is None
    assert value_at("population/age/mean", root) == ""
    assert value_at("cohort", root) == ""


def test_what_belongs_there_is_said_by_the_schema_else_by_the_question_of_add() -> None:
    found = fields()
    assert found["cohort/name"].says == "The cohort or survey; one name is one population of persons."
    assert found["title"].says == "Title of the study, e.g. Anemia and hip fracture in Busan"
    assert found["note"].says == ""
    assert (
        found["estimates/id=hip/not_reported/said"].says == "What the paper says of it, e.g. not significant."
    )
    assert found["outcomes/hip/unit_stated"].label == "unit stated"


def test_words_that_alone_are_allowed_are_choices_and_a_wrong_one_stays_among_them() -> None:
    found = fields()
    assert found["cohort/repeated"].choices == ("true", "false")
    assert found["models/full/adjustment"].choices[-1] == "odd"
    assert "full" in found["models/full/adjustment"].choices
    assert found["reports/a~1b/status"].choices[:2] == ("published", "preprint")
    assert found["reports/a~1b/read"].choices == ("full text", "abstract", "secondary source", "data")
    assert found["reports/a~1b/year"].choices == ()
    assert found["models/full/covariates"].choices == ()
    assert found["estimates/id=hip/stratum/sex"].choices == ("men", "women")
    assert found["estimates/id=hip/effect/se_of"].choices == ()


def test_lists_are_lines_and_two_limits_are_a_pair() -> None:
    found = fields()
    assert found["models/full/covariates"].kind == "lines"
    assert found["cohort/part_of"].kind == "lines"
    assert found["estimates/id=hip/effect/ci"].kind == "pair"
    assert found["outcomes/hip/bounds"].kind == "pair"
    assert found["study"].kind == "text"


def parts(part: FormPart) -> list[FormPart]:
    return [part, *(inner for each in part.parts for inner in parts(each))]


def test_parts_have_titles_hints_and_small_ones_that_may_be_added() -> None:
    every = {each.name: each for each in parts(form_of(tree()))}
    assert [each.title for each in form_of(tree()).parts if each.there] == [
        "Cohort", "Report a/b", "Properties", "Exposure hb", "Outcome hip", "Model full", "Estimate hip",
        "Estimate 2", "Baseline 1",
    ]  # fmt: skip
    assert every["estimates/id=hip"].hint == "HR 1.20"
    assert every["reports/a~1b"].hint == "Lee J"
    long = parts(form_of(tree(TEXT.replace("Lee J", "L" * 91))))
    assert next(each.hint for each in long if each.name == "reports/a~1b") == "L" * 90
    assert every["estimates/id=hip/stratum"].there is False
    assert [each.name for each in every["estimates/id=hip/stratum"].fields] == [
        f"estimates/id=hip/stratum/{key}" for key in ("sex", "ancestry", "age", "group")
    ]
    assert every["estimates/id=hip/effect/versus"].title == "Versus"
    assert "estimates/id=hip/effect/group" not in every  # it has more keys than a form offers
    assert "risk_of_bias" not in {name.split("/")[0] for name in every}
    assert form_of(tree()).as_text == ("later",)
    assert every["baseline/no=0/rows/no=0"].as_text == ("mean_sd",)
    assert not any(name.startswith(("generated", "schema")) for name in fields())


def test_a_record_with_things_in_wrong_places_is_a_form_too() -> None:
    wrong = tree(
        "study: [a, b]\ncohort: Busan\nreports: [x]\nestimates: {a: {b: c}}\nmodels: {full: linear}\n"
    )
    form = form_of(wrong)
    assert {each.name: each.value for each in form.fields if each.there} == {"study": "a\nb"}
    assert set(form.as_text) == {"cohort", "reports", "estimates", "models"}


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        (" 0.0020 ", "text", "0.0020"),
        ("two\r\n  lines", "text", "two lines"),
        (" \n ", "text", None),
        ("", "lines", None),
        ("age\n\n sex \r\nrace", "lines", ["age", "sex", "race"]),
        ("not stated", "lines", "not stated"),
        ("not stated\nage", "lines", ["not stated", "age"]),
        ("0.98, 1.47", "pair", ["0.98", "1.47"]),
        ("0.98\n1.47", "pair", ["0.98", "1.47"]),
        ("[0,98; 1,47]", "pair", ["0.98", "1.47"]),
    ],
)
def test_what_is_typed_becomes_what_the_file_gets(text: str, kind: str, expected: object) -> None:
    assert new_value(text, kind) == expected


def test_a_pair_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="'1' is not a lower and an upper limit"):
        new_value("1", "pair")


def test_every_shipped_record_is_a_form_in_which_no_value_is_lost() -> None:
    seen = 0
    for path in sorted((SHIPPED / "studies").glob("*.yaml"))[:6]:
        text = path.read_text(encoding="utf-8")
        found = {name: each.value for name, each in fields(text).items() if each.there}
        root = tree(text).root
        assert shown(root) is None
        for name, value in found.items():
            assert (value_at(name, root) or "").replace("\n", ", ") == value.replace("\n", ", ")
            seen += 1
    assert seen > 200
