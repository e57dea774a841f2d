"""The records of the further studies against their transcription, number by number and both ways."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from evidence.records.effect import Effect
from evidence.records.measures import harmonise
from evidence.records.reading import read_record
from evidence.records.review import SHIPPED
from evidence.records.schema import Record
from evidence.records.target_scale import TargetScale

RECORD_OF = {
    "A2": "nhanes-2011-2018",
    "A3": "cardiovascular-health-study",
    "A4": "tuscania",
    "A5": "inchianti",
    "A6": "korkmaz-2012",
    "A7": "kim-2020",
    "A8": "knhanes-2008",
    "A9": "korean-nhis",
    "A10": "uk-biobank",
    "A11": "taiwan-nhird",
    "A12": "know-ckd",
    "A13": "xiu-2022",
    "A14": "ye-2022",
    "A15": "tan-2024",
    "A16": "cui-2021",
    "A17": "ho-2022",
    "A18": "ho-2024",
}

# Numbers of the transcription that belong to no single estimate: the record says them in words.
IN_WORDS = {
    ("A16", "0.031"): "p of the comparison of three groups",
    ("A16", "0.001"): "p of the comparison of three groups",
    ("A18", "-0.038"): "end of a range over three traits",
    ("A18", "-0.019"): "end of a range over three traits",
}

# Numbers of the transcription that no paper prints.
NOT_PRINTED = {("A2", "0.0050"): "what the transcriber thinks the upper limit must be"}

# Numbers of the abstracts that the transcription leaves out.
BEYOND_TRANSCRIPTION = {
    ("know-ckd", "0.036"): "p of the hazard ratio of BMD decline",
    ("know-ckd", "0.038"): "p of the odds ratio in the sister abstract",
    ("know-ckd", "1.45"): "hazard ratio in the sister abstract",
    ("know-ckd", "2.05"): "hazard ratio in the sister abstract",
    ("know-ckd", "0.035"): "hazard ratio in the sister abstract",
    ("xiu-2022", "0.012"): "p of the correlation with femoral neck BMD",
}

# Estimates that the transcription holds in its quotes and remarks only, copied from the abstracts.
FROM_ABSTRACTS = {
    ("know-ckd", "bmd-anemia"): ["-0.03", "-0.042", "-0.008", "0.004"],
    ("know-ckd", "osteoporosis-anemia"): ["1.67", "1.11", "2.51", "0.014"],
    ("know-ckd", "bmd-decline-anemia"): ["1.38", "1.02", "1.87", "0.036"],
    ("know-ckd", "hemoglobin-bmd"): ["0.658", "0.215", "1.101", "0.004"],
    ("know-ckd", "anemia-osteoporosis"): ["1.59", "1.03", "2.46", "0.038"],
    ("know-ckd", "hemoglobin-decline-osteoporosis"): ["1.45", "1.03", "2.05", "0.035"],
    ("xiu-2022", "total-hip-men"): ["0.170", "0.004"],
    ("xiu-2022", "femoral-neck-men"): ["0.148", "0.012"],
    ("ho-2022", "ebmd-mean-corpuscular-hemoglobin-ivw"): ["0.009"],
}

_NUMBER = re.compile(r"(?<![\d.])-?\d*\.\d+")  # the dash of a range stands behind a digit


class Row(NamedTuple):
    """One line of the transcription."""

    id: str
    estimates: tuple[str, ...]
    others: tuple[str, ...]
    all_text: str


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[Row]:
    with (shared / "evidence" / "further-studies.csv").open(encoding="utf-8", newline="") as file:
        return [
            Row(line["id"], _numbers(line["estimate"]), _numbers(line["ci_or_se_p"]), " ".join(line.values()))
            for line in csv.DictReader(file)
            if line["id"] in RECORD_OF
        ]


@pytest.fixture(scope="module")
def records() -> dict[str, Record]:
    found = {}
    for name in RECORD_OF.values():
        document = read_record(SHIPPED / "studies" / f"{name}.yaml")
        assert document.model is not None, [problem.says for problem in document.problems]
        found[name] = document.model
    return found


def _numbers(text: str) -> tuple[str, ...]:
    plain = text.replace("\N{MINUS SIGN}", "-").replace("\N{EN DASH}", "-")
    return tuple(match.group() for match in _NUMBER.finditer(plain))


def _spelled(effect: Effect) -> list[str]:
    """Every number of an effect as it stands in the file."""
    numbers = [
        effect.estimate,
        *(effect.ci or ()),
        effect.se,
        effect.t,
        effect.p.number if effect.p else None,
    ]
    return [number.text for number in numbers if number is not None]


def _effects(record: Record) -> list[list[str]]:
    return [_spelled(estimate.effect) for estimate in record.estimates if estimate.effect]


def _words(record: Record) -> str:
    return " ".join(each.not_reported.said for each in record.estimates if each.not_reported)


def test_every_transcribed_number_stands_in_its_record(rows: list[Row], records: dict[str, Record]) -> None:
    compared, in_words, not_printed = 0, set(), set()
    for row in rows:
        record = records[RECORD_OF[row.id]]
        printed = {number for effect in _effects(record) for number in effect}
        for number in (*row.estimates, *row.others):
            if (row.id, number) in NOT_PRINTED:
                not_printed.add((row.id, number))
            elif (row.id, number) in IN_WORDS:
                in_words.add((row.id, number))
                assert number in _words(record), (row.id, number)
            else:
                compared += 1
                assert number in printed, (row.id, number)
    assert in_words == IN_WORDS.keys()
    assert not_printed == NOT_PRINTED.keys()
    assert compared == 108


def test_an_estimate_stands_with_its_own_interval_and_p(rows: list[Row], records: dict[str, Record]) -> None:
    compared = 0
    for row in rows:
        others = [number for number in row.others if (row.id, number) not in NOT_PRINTED]
        if not row.estimates or not others or len(others) % len(row.estimates):
            continue
        each = len(others) // len(row.estimates)
        effects = _effects(records[RECORD_OF[row.id]])
        for index, estimate in enumerate(row.estimates):
            expected = [estimate, *others[index * each : (index + 1) * each]]
            if not any((row.id, number) in IN_WORDS for number in expected):
                compared += 1
                assert any(effect[: len(expected)] == expected for effect in effects), (row.id, expected)
    assert compared == 29


def test_no_record_holds_a_number_of_its_own(rows: list[Row], records: dict[str, Record]) -> None:
    compared, beyond = 0, set()
    for name, record in records.items():
        known = {number for row in rows if RECORD_OF[row.id] == name for number in _numbers(row.all_text)}
        for number in (number for effect in _effects(record) for number in effect):
            compared += 1
            if number not in known:
                beyond.add((name, number))
    assert beyond == BEYOND_TRANSCRIPTION.keys()
    assert compared == 130


def test_estimates_outside_the_columns_are_those_of_the_abstracts(records: dict[str, Record]) -> None:
    found = {
        (name, each.id): _spelled(each.effect)
        for name, record in records.items()
        for each in record.estimates
        if each.effect and (name, each.id) in FROM_ABSTRACTS
    }
    assert found == FROM_ABSTRACTS


def test_impossible_upper_limit_is_kept_as_printed(records: dict[str, Record]) -> None:
    (second,) = [
        each for each in records["nhanes-2011-2018"].estimates if each.id == "lumbar-spine-q2-adjusted"
    ]
    assert second.effect is not None
    assert _spelled(second.effect) == ["-0.0046", "-0.0142", "-0.0050", ".348413"]


def test_slopes_per_standard_deviation_become_the_derived_slopes_per_gram(
    rows: list[Row], records: dict[str, Record]
) -> None:
    target = TargetScale(measure="beta", exposure="hemoglobin", per="1 g/dL", unit="g/cm2")
    record = records["cardiovascular-health-study"]
    derived = {
        row.estimates: _numbers(row.all_text.partition("DERIVED")[2]) for row in rows if row.id == "A3"
    }
    compared = 0
    for estimate in record.estimates:
        assert estimate.effect is not None
        if estimate.effect.measure != "beta":
            continue
        found = harmonise(record, estimate, target)
        expected = derived[(str(estimate.effect.estimate),)]
        for value, text in zip((found.yi, found.low, found.high), expected, strict=True):
            compared += 1
            assert f"{value:.4f}" == text
    assert compared == 12
