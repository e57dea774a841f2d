"""`add --to`: of which report, exposure, outcome and model an estimate is, and what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from typer.testing import Result

from evidence.records.schema import Record
from tests.evidence.records.samples import TEXT
from tests.synthesis.commands.adding import add, as_options, written

NEW = {
    "outcome": "BMD", "site": "hip", "sex": "women", "measure": "beta", "per": "1 g/dL", "estimate": "0.0061",
    "ci": "0.001, 0.0112", "model-type": "linear regression", "adjustment": "full", "at": "Table 3",
}  # fmt: skip
REPORT = "  lee-2019: {type: journal article"
EXPOSURE = "  hemoglobin: {name: hemoglobin, unit: g/dL}\n"
OUTCOME = "  hip: {name: BMD, site: hip, unit: g/cm2, unit_stated: no}\n"
MODEL = "  adjusted: {type: linear regression, adjustment: full, covariates: [age, sex]}\n"
OF_ALL = "    outcome: hip\n"


def twice(line: str, *changes: tuple[str, str]) -> tuple[str, str]:
    """A line of the record, and the same again with changes behind it."""
    second = line
    for old, new in changes:
        second = second.replace(old, new, 1)
    return line, line + second


def join(
    review: Path,
    *changes: tuple[str, str],
    words: tuple[str, ...] = (),
    more: Mapping[str, str] = MappingProxyType({}),
) -> Result:
    """One more estimate of the sample record, in which these texts are changed."""
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (review / "studies" / "lee-2019.yaml").write_text(text, encoding="utf-8")
    return add(review, "--to", "lee-2019", *as_options({**NEW, **more}), *words)


def joined(
    review: Path,
    *changes: tuple[str, str],
    words: tuple[str, ...] = (),
    more: Mapping[str, str] = MappingProxyType({}),
) -> Record:
    result = join(review, *changes, words=words, more=more)
    assert result.exit_code == 0, result.output
    return written(review)


def test_twenty_of_the_studies_that_are_there_are_named(review: Path) -> None:
    for number in range(20):
        text = TEXT.replace("lee-2019", f"a-{number:02}")
        (review / "studies" / f"a-{number:02}.yaml").write_text(text, encoding="utf-8")
    result = add(review, "--to", "none", *as_options(NEW))
    assert result.exit_code == 2
    assert result.stderr.endswith("a-18, a-19\n"), "the twenty-first, example, is not"


def test_the_parts_that_are_there_are_used_again_and_need_no_name(review: Path) -> None:
    record = joined(review)
    assert (list(record.outcomes), list(record.models)) == (["hip"], ["adjusted"])
    estimate = record.estimates[1]
    assert (estimate.id, estimate.outcome) == ("hip-women", "hip")
    assert (estimate.model, estimate.exposure, estimate.where.report) == (None, None, "lee-2019")


def test_a_report_must_be_named_where_there_are_several(review: Path) -> None:
    line = next(f"{each}\n" for each in TEXT.splitlines() if each.startswith(REPORT))
    reports = twice(line, ("lee-2019", "later"), ("2019, read", "2020, read"))
    refused = join(review, reports)
    assert refused.exit_code == 2
    assert "--report: expected one of 'lee-2019': lee-2019, later\n" in refused.stderr
    for name in ("later", "lee-2019"):
        assert joined(review, reports, words=("--report", name)).estimates[1].where.report == name


def test_an_exposure_must_be_named_where_there_are_several_by_its_id_or_name(review: Path) -> None:
    exposures = twice(EXPOSURE, ("hemoglobin:", "low:"), ("name: hemoglobin", "name: Low Iron"))
    both = (exposures, (OF_ALL, f"{OF_ALL}    exposure: hemoglobin\n"))
    refused = join(review, *both)
    assert refused.exit_code == 2
    assert "--exposure: expected one of 'lee-2019': hemoglobin, low\n" in refused.stderr
    for name, expected in (("low iron", "low"), ("LOW", "low"), ("hemoglobin", "hemoglobin")):
        assert joined(review, *both, more={"exposure": name}).estimates[1].exposure == expected
    assert joined(review, more={"exposure": "hemoglobin"}).estimates[1].exposure is None, "there is one"


def test_an_outcome_must_be_told_apart_where_several_are_meant(review: Path) -> None:
    outcomes = twice(OUTCOME, ("hip:", "spine:"), ("site: hip", "site: spine"))
    refused = join(review, outcomes, more={"site": ""})
    assert refused.exit_code == 2
    assert "several of the record are meant: hip, spine; say what tells them apart" in refused.stderr
    assert joined(review, outcomes, more={"site": "spine"}).estimates[1].outcome == "spine"
    whole = twice(outcomes[1], ("hip:", "any:"), ("site: hip, unit: g/cm2, unit_stated: no", "unit: g/cm2"))
    more = (OUTCOME, outcomes[1] + whole[1].removeprefix(outcomes[1]).partition("\n")[0] + "\n")
    asked = {"site": "", "outcome-unit": "g/cm2"}
    assert joined(review, more, more=asked).estimates[1].outcome == "any", "which says that and nothing more"


def test_a_model_is_named_where_there_are_several(review: Path) -> None:
    record = joined(review, more={"adjustment": "none", "model-type": "crude"})
    assert (list(record.models), record.estimates[1].model) == (["adjusted", "none"], "none")
    models = twice(MODEL, ("adjusted:", "more:"), ("[age, sex]", "[age, sex, BMI]"))
    both = (models, (OF_ALL, f"{OF_ALL}    model: adjusted\n"))
    assert join(review, *both).exit_code == 2, "both are full"
    assert joined(review, *both, more={"covariates": "age, sex, BMI"}).estimates[1].model == "more"


@pytest.mark.parametrize(
    ("changed", "outcome", "name"),
    [
        ({"site": "Lumbar spine"}, "lumbar-spine", "lumbar-spine-women"),
        ({"site": "", "outcome": "Falls"}, "falls", "falls-women"),
        ({"site": "", "outcome": "骨折"}, "part", "part-women"),
        ({"age": "60-69"}, "hip", "hip-women-60-69"),
        ({"sex": "men"}, "hip", "hip-men-2"),
    ],
)
def test_what_is_new_is_called_by_its_site_or_name_and_its_stratum(
    review: Path, changed: dict[str, str], outcome: str, name: str
) -> None:
    join(review, more=changed)
    estimate = written(review).estimates[1]
    assert (estimate.outcome, estimate.id) == (outcome, name)
