"""The two source papers' records against their text and against an independent transcription, both ways."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.records.effect import Effect, Estimate
from evidence.records.reading import read_record
from evidence.records.review import SHIPPED
from evidence.records.schema import BaselineRow, Record

Row = dict[str, str]
Key = tuple[str, str, str, str]

# The transcription's words for the record's; its garbled names come from line breaks of the PDF.
SUBGROUPS = {"men": "Male", "women": "Female", "all": "All"}
VARIABLES = {
    ".3 Female 49.2 93.4 73.3 34.2 5.7 Weight(Kg)": "Weight",
    ".2 0 0.0 Laboratory measurements BMI (Kg/m2)": "BMI",
    "Education": "Education Level",
    "Income": "Annual Household Income",
    "Alcohol": "Alcohol Status",
    "Smoking": "Smoking Status",
}


@pytest.fixture(scope="module")
def nhanes() -> Record:
    return _record("nhanes-2013-2018")


@pytest.fixture(scope="module")
def imos() -> Record:
    return _record("imos-4")


@pytest.fixture(scope="module")
def seed(shared: Path) -> list[Row]:
    return _rows(shared / "evidence" / "seed-estimates.csv")


@pytest.fixture(scope="module")
def preprint_text(shared: Path) -> str:
    """The preprint's text on one line, without the space that some cells have and others lack."""
    (path,) = (shared / "papers").glob("001_*.txt")
    return re.sub(r"(?<=[(,])\s+", "", " ".join(path.read_text(encoding="utf-8").split()))


def test_every_regression_is_spelled_as_transcribed(nhanes: Record, seed: list[Row]) -> None:
    transcribed = {_key_of_row(row): row for row in seed if row["table"] in _TABLES}
    recorded = {key: estimate for key, estimate in _regressions(nhanes)}
    assert len(recorded) == 58
    assert recorded.keys() == transcribed.keys()
    compared = sum(_compare(recorded[key], row) for key, row in transcribed.items())
    assert compared == 58 * 4 + 6  # estimate, two limits and p of each; n of the six undivided


def test_every_locator_names_the_cell(nhanes: Record) -> None:
    named = 0
    for (table, outcome, subgroup, model), estimate in _regressions(nhanes):
        within = _effect(estimate).within
        row = "" if subgroup == "All" or within else f"{subgroup}, "
        column = f"{within[0]}11.9(g/dl)" if within else model
        site = outcome.replace("spine", "Spine")
        assert estimate.where.at == f"{table}, {site}, {row}{column}", estimate.id
        named += 1
    assert named == 58


def test_every_slope_is_per_gram_per_decilitre(nhanes: Record, imos: Record) -> None:
    slopes = [*_of(nhanes, "liu-2022-preprint", "beta"), *_of(imos, "khadembashiri-2025", "beta")]
    assert [_effect(estimate).per for estimate in slopes] == ["1 g/dL"] * (58 + 2)


def test_the_text_of_the_results_repeats_the_tables(nhanes: Record, seed: list[Row]) -> None:
    recorded = {key[1:]: estimate for key, estimate in _regressions(nhanes)}
    repeated = [row for row in seed if row["table"] == "Text (Results)"]
    compared = 0
    for row in repeated:
        effect = _effect(recorded[_key_of_row(row)[1:]])
        compared += _compare_numbers(effect, row)
        if row["p_text"] != "not printed":
            assert _p(str(effect.p)) == _p(row["p_text"])
            compared += 1
    assert (len(repeated), compared) == (10, 10 + 6 * 2 + 4)


def test_the_turning_point_stands_for_both_sites(nhanes: Record, seed: list[Row]) -> None:
    (row,) = (row for row in seed if row["outcome"].startswith("Hb turning point"))
    found = [
        (nhanes.outcome_of(estimate).site, estimate.stratum.ancestry, str(_effect(estimate).estimate))
        for estimate in _of(nhanes, "liu-2022-preprint", "threshold")
    ]
    assert found == [(site, row["subgroup"], row["estimate"]) for site in ("thoracic spine", "lumbar spine")]


def test_every_estimate_stands_in_the_preprint(nhanes: Record, preprint_text: str) -> None:
    compared = 0
    for _, estimate in _regressions(nhanes):
        effect = _effect(estimate)
        assert effect.ci is not None
        numbers = re.escape(f"{effect.estimate} ({effect.ci[0]},{effect.ci[1]})").replace(r"\ ", " ?")
        p = _p(str(effect.p))
        follows = r"(?! <?\d)" if p == "not printed" else rf" {p}(?!\d)"
        assert re.search(rf"(?<![-\d.]){numbers}{follows}", preprint_text), estimate.id
        compared += 1
    assert compared == 58


def test_table_1_is_spelled_as_transcribed(nhanes: Record, shared: Path) -> None:
    transcribed: dict[str, list[Row]] = {}
    for row in _rows(shared / "evidence" / "nhanes-table1.csv"):
        name = re.sub(r" ?\(.*\)$", "", VARIABLES.get(row["variable"], row["variable"]))
        transcribed.setdefault(name, []).append(row)
    (table,) = nhanes.baseline
    recorded = {row.variable: row for row in table.rows}
    assert recorded.keys() == transcribed.keys()
    assert len(table.rows) == len(recorded) == 35
    cells = spreads = 0
    for name, rows in transcribed.items():
        expected = [(row["column"], row["value"], row["sd"]) for row in rows]
        assert list(_cells(recorded[name], table.columns)) == expected, name
        cells += len(expected)
        spreads += sum(bool(row["sd"]) for row in rows)
        if rows[0]["sd"]:
            assert {_p(row["note"]) for row in rows} == {_p(str(recorded[name].p))}, name
    assert (cells, spreads) == (370, 130)


def test_every_line_of_table_1_stands_in_the_preprint(nhanes: Record, preprint_text: str) -> None:
    (table,) = nhanes.baseline
    compared = 0
    for row in table.rows:
        unit = rf"(\({re.escape(row.unit)}\) )?" if row.unit else ""
        name, p = re.escape(row.variable), _p(str(row.p))
        if row.mean_sd is not None:
            line = " ".join(f"{mean}±{sd}" for mean, sd in row.mean_sd)
            patterns = [rf"{name} ?{unit}{line} {p}"]
        else:
            classes = row.percent or {}
            patterns = [rf"{name} ?{unit}(\(%\) )?{p}"]
            patterns += [rf"{re.escape(label)} {_joined(line)}(?![\d.])" for label, line in classes.items()]
        for pattern in patterns:
            assert re.search(pattern, preprint_text, re.IGNORECASE), pattern
            compared += 1
    assert compared == 26 + 9 + 48  # lines of means, heads of classes, classes


def test_persons_and_flow_stand_in_the_preprint(nhanes: Record, preprint_text: str) -> None:
    assert nhanes.flow is not None
    start, *excluded, left = nhanes.flow.steps
    numbers = [start.start, *(step.excluded for step in excluded), left.left]
    phrases = ["of {} participants", *["(n={})"] * 4, "total of {} subjects"]
    sentences = [phrase.format(number) for phrase, number in zip(phrases, numbers, strict=True)]
    assert [sentence for sentence in sentences if sentence not in preprint_text] == []
    assert left.left == nhanes.population.n
    age = nhanes.population.age
    assert age is not None
    assert f"{age.mean}±{age.sd}years" in preprint_text
    men, women = (str(share).replace(" ", "") for share in (nhanes.population.men, nhanes.population.women))
    assert f"{men} were male and {women} were female" in preprint_text


def test_the_published_version_is_as_transcribed_and_never_poolable(nhanes: Record, shared: Path) -> None:
    rows = [row for row in _rows(shared / "evidence" / "further-studies.csv") if row["id"] == "A1"]
    report = nhanes.reports["liu-2022"]
    assert {row["doi_pmid_seen"] for row in rows} == {f"{report.doi}; PMID {report.pmid}"}
    slopes = {row["site_outcome"]: row for row in rows if row["estimate_type"] == "linear beta"}
    recorded = {_outcome(nhanes, estimate): estimate for estimate in _of(nhanes, "liu-2022", "beta")}
    assert recorded.keys() == slopes.keys() == {"Lumbar spine BMD", "Thoracic spine BMD"}
    for site, estimate in recorded.items():
        row, effect = slopes[site], _effect(estimate)
        assert (str(effect.estimate), f"p={effect.p}") == (row["estimate"], row["ci_or_se_p"])
        assert f"{estimate.n:,}" == row["n"]
        assert estimate.not_poolable is not None
    (thresholds,) = (row["estimate"] for row in rows if row["estimate_type"] == "threshold")
    found = [str(_effect(estimate).estimate) for estimate in _of(nhanes, "liu-2022", "threshold")]
    assert " / ".join(found) == thresholds


def test_the_imos_abstract_is_spelled_as_transcribed(imos: Record, seed: list[Row]) -> None:
    rows = {(row["outcome"], row["subgroup"]): row for row in seed if row["study"] not in _preprint(seed)}
    assert len(rows) == 9
    estimates = {estimate.id: estimate for estimate in imos.estimates}
    for outcome, name in (('Total hip ("hip") BMD', "hip-men"), ("Femoral neck BMD", "femoral-neck-men")):
        effect, row = _effect(estimates.pop(name)), rows[outcome, "Men"]
        assert _compare_numbers(effect, row) == 3
        assert _p(str(effect.p)) == _p(row["p_text"])
    assert len(estimates) == 8
    assert all(estimate.not_reported is not None for estimate in estimates.values())
    assert sum(row["estimate"] == "not reported" for row in rows.values()) == 3  # several outcomes a row
    (hemoglobin,) = imos.baseline[0].rows
    groups = [row for (outcome, _), row in rows.items() if outcome.startswith("Mean Hb")]
    means = [(str(mean), str(sd)) for mean, sd in hemoglobin.mean_sd or ()]
    assert means == [(row["estimate"], row["model"].split()[-1]) for row in groups]
    assert {_p(row["p_text"]) for row in groups} == {_p(str(hemoglobin.p))}
    age, women = imos.population.age, rows["Female (%)", "All"]
    assert age is not None
    assert [str(age.mean), f"descriptive mean +/- SD {age.sd}"] == [
        rows["Mean age (years)", "All"][key] for key in ("estimate", "model")
    ]
    assert (str(imos.population.women), str(imos.population.n)) == (f"{women['estimate']} %", women["n"])


def test_every_figure_of_the_imos_record_stands_in_the_abstract(imos: Record, shared: Path) -> None:
    (path,) = (shared / "papers").glob("000_*.txt")
    abstract = " ".join(path.read_text(encoding="utf-8").split())
    effects = [estimate.effect for estimate in imos.estimates if estimate.effect is not None]
    phrases = [
        f"β = {effect.estimate}, 95% CI: {effect.ci[0]}- {effect.ci[1]}, p-value = {effect.p}"
        for effect in effects
        if effect.ci is not None
    ]
    (row,) = imos.baseline[0].rows
    phrases.append(
        " and ".join(f"{mean} ± {sd} {row.unit}" for mean, sd in row.mean_sd or ())
        + f", respectively (p-value = {row.p})"
    )
    assert len(phrases) == 3
    assert [phrase for phrase in phrases if phrase not in abstract] == []


_TABLES = ("Table 2", "Table 3", "Table 4", "Table 5")


def _record(name: str) -> Record:
    document = read_record(SHIPPED / "studies" / f"{name}.yaml")
    assert document.problems == ()
    assert document.model is not None
    return document.model


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _preprint(seed: list[Row]) -> set[str]:
    return {row["study"] for row in seed if row["table"] in _TABLES}


def _effect(estimate: Estimate) -> Effect:
    assert estimate.effect is not None
    return estimate.effect


def _of(record: Record, report: str, measure: str) -> list[Estimate]:
    return [
        estimate
        for estimate in record.estimates
        if estimate.where.report == report and estimate.effect and estimate.effect.measure == measure
    ]


def _regressions(record: Record) -> Iterator[tuple[Key, Estimate]]:
    """The preprint's slopes by table, outcome, subgroup and model, in the transcription's words."""
    for estimate in _of(record, "liu-2022-preprint", "beta"):
        within = _effect(estimate).within
        who = estimate.stratum.describe()
        subgroup = SUBGROUPS.get(who, who) + (f"; Hb {within.replace(' ', '', 1)}" if within else "")
        table = estimate.where.at.partition(",")[0]
        yield (table, _outcome(record, estimate), subgroup, str(record.model_of(estimate).name)), estimate


def _outcome(record: Record, estimate: Estimate) -> str:
    return f"{str(record.outcome_of(estimate).site).capitalize()} BMD"


def _key_of_row(row: Row) -> Key:
    model = re.sub(r"^Adjusted (?=two)| \(.*\)$", "", row["model"])
    return row["table"], row["outcome"], row["subgroup"], model


def _compare(estimate: Estimate, row: Row) -> int:
    """Asserts that one estimate is spelled as its row; returns the number of comparisons."""
    effect = _effect(estimate)
    assert _p(str(effect.p)) == _p(row["p_text"]), estimate.id
    assert (str(estimate.n) if estimate.n is not None else "") == row["n"], estimate.id
    return _compare_numbers(effect, row) + 1 + bool(row["n"])


def _compare_numbers(effect: Effect, row: Row) -> int:
    printed = [str(effect.estimate), *map(str, effect.ci or ())]
    transcribed = [row[key] for key in ("estimate", "ci_low", "ci_high") if row[key]]
    assert printed[: len(transcribed)] == transcribed
    return len(transcribed)


def _cells(row: BaselineRow, columns: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Column, value and SD of every cell, line by line."""
    if row.mean_sd is not None:
        for column, (mean, sd) in zip(columns, row.mean_sd, strict=True):
            yield column, str(mean), str(sd)
    for line in (row.percent or {}).values():
        for column, value in zip(columns, line, strict=True):
            yield column, str(value), ""


def _joined(line: tuple[object, ...]) -> str:
    return " ".join(map(str, line))


def _p(text: str) -> str:
    """A p-value's '<' and digits, without the words and spaces around them."""
    found = re.search(r"(<?) ?(0\.\d+)", text)
    return "".join(found.groups()) if found else text
