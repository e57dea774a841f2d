"""Two spellings of one thing are told apart from two things with names alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.audit.name_rules import are_near
from evidence.records.parsing import Severity
from tests.evidence.audit.test_plan_rules import REVIEW, folder, problems
from tests.evidence.records.samples import bent

ONE_THING = [
    ("anemia", "anaemia"),
    ("hemoglobin", "haemoglobin"),
    ("no anemia", "no anaemia"),
    ("femoral neck BMD", "femoral-neck BMD"),
    ("Korean NHIS Senior", "Korean National Health Insurance Service"),
    ("Bone mineral density", "bone mineral densitiy"),
    ("UK Biobank", "UK-Biobank"),
    ("10 fractures", "10 fracturs"),
    ("fracture", "fractures"),
    ("ulcer", "ulcers"),
]
TWO_THINGS = [
    ("anemia", "no anemia"),
    ("KNHANES", "NHANES"),
    ("NHANES 2013-2014", "NHANES 2015-2016"),
    ("hemoglobin < 130 g/L", "hemoglobin >= 130 g/L"),
    ("ultrasound T-score", "ultrasound Z-score"),
    ("cortical bone density", "total bone density"),
    ("Chinese adults with type 2 diabetes", "Chinese elders with type 2 diabetes"),
    ("hip", "hit"),
    ("bone", "bones"),
    ("grade 1", "grade 2"),
    ("men", "women"),
    ("fracture", "fracture"),
    ("Fracture", "fracture"),
    ("hip fracture", "fracture"),
    ("BMD", "BMD of the hip"),
    ("spine1", "spine2"),
    ("total hip", "total hop"),
]


@pytest.mark.parametrize(("first", "second"), ONE_THING)
def test_spellings_and_abbreviations_of_one_thing_are_near(first: str, second: str) -> None:
    assert are_near(first, second)
    assert are_near(second, first)


@pytest.mark.parametrize(("first", "second"), TWO_THINGS)
def test_two_things_with_names_alike_are_not_near(first: str, second: str) -> None:
    assert not are_near(first, second)
    assert not are_near(second, first)


OTHER = bent(("study: lee-2019", "study: leo-2020"), ("name: BMD", "name: bone minral density"))
THIRD = bent(("name: BMD", "name: bone mineral density"))


def test_near_names_are_a_note_with_both_ways_out(tmp_path: Path) -> None:
    path = folder(tmp_path, REVIEW, THIRD)
    (path / "studies" / "leo-2020.yaml").write_text(OTHER, encoding="utf-8")
    (found,) = problems(path, "near-names")
    assert found.severity is Severity.NOTE
    assert found.says == (
        "'bone mineral density' and 'bone minral density' look like one of the outcomes, and count as two"
    )
    assert found.hint == "Name them under 'same: outcomes:' as one, or under 'distinct:' as two."


@pytest.mark.parametrize(
    "line",
    [
        "same: {outcomes: {bone mineral density: [bone minral density]}}",
        "same: {outcomes: {BMD: [Bone mineral density, bone minral density]}}",
        "distinct: [[bone minral density, Bone Mineral Density]]",
    ],
)
def test_names_that_are_declared_one_thing_or_two_are_left_alone(line: str, tmp_path: Path) -> None:
    path = folder(tmp_path, f"{REVIEW}{line}\n", THIRD)
    (path / "studies" / "leo-2020.yaml").write_text(OTHER, encoding="utf-8")
    assert problems(path, "near-names") == []


def test_groups_that_are_compared_are_names_too(tmp_path: Path) -> None:
    def comparing(exposed: str) -> tuple[str, str]:
        return (
            "measure: beta, per: 1 g/dL",
            f"measure: MD, versus: {{exposed: {exposed}, reference: placebo}}",
        )

    path = folder(tmp_path, REVIEW, bent(comparing("anaemic women")))
    other = bent(("study: lee-2019", "study: leo-2020"), comparing("anemic women"))
    (path / "studies" / "leo-2020.yaml").write_text(other, encoding="utf-8")
    (found,) = problems(path, "near-names")
    assert (
        found.says
        == "'anaemic women' and 'anemic women' look like one of the groups compared, and count as two"
    )
    assert found.hint == "Name them under 'same: groups:' as one, or under 'distinct:' as two."
    named = f"{REVIEW}same: {{groups: {{iron: [zinc]}}}}\n"
    (path / "review.yaml").write_text(named, encoding="utf-8")
    assert [one.says for one in problems(path, "name-of-nothing")] == [
        "no record has 'iron' among its groups compared"
    ]
    (path / "review.yaml").write_text(named.replace("zinc", "Placebo"), encoding="utf-8")
    assert problems(path, "name-of-nothing") == []


@pytest.mark.parametrize(("others", "told"), [(397, 1), (398, 0)])
def test_among_more_than_400_names_no_pairs_are_looked_for(others: int, told: int, tmp_path: Path) -> None:
    # the record's own exposure, two names alike and others that differ in a digit
    more = "".join(f"  x{at}: {{name: 'E {at}', unit: g/dL}}\n" for at in range(others))
    near = "  y: {name: anaemic state, unit: g/dL}\n  z: {name: anemic state, unit: g/dL}\n"
    text = bent(
        ("outcomes:\n", f"{near}{more}outcomes:\n"),
        ("    outcome:", "    exposure: hemoglobin\n    outcome:"),
    )
    assert len(problems(folder(tmp_path, REVIEW, text), "near-names")) == told
