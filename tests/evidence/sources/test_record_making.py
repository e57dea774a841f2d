"""Names and parts of an imported record: what is one thing gets one name, what is another a number."""

from __future__ import annotations

import pytest

from evidence.records.schema import Record
from tests.evidence.sources.importing import as_recognised, records_of


def record_of(text: str) -> Record:
    (only,) = records_of(as_recognised(text)[0])
    return only


def test_outcomes_of_one_name_and_several_units_are_numbered_and_so_are_their_estimates() -> None:
    units = ("g", "kg", "mg", "g")
    rows = "".join(f"A 2010,BMD,{unit},{at},1\n" for at, unit in enumerate(units, 1))
    found = record_of(f"study,outcome,unit,beta,se\n{rows}")
    assert {key: outcome.unit for key, outcome in found.outcomes.items()} == {
        "bmd": "g", "bmd-2": "kg", "bmd-3": "mg",
    }  # fmt: skip
    assert [each.outcome for each in found.estimates] == ["bmd", "bmd-2", "bmd-3", "bmd"]
    assert [each.id for each in found.estimates] == ["bmd", "bmd-2", "bmd-3", "bmd-4"]


@pytest.mark.parametrize(
    ("name", "study", "report"),
    [
        ("Abel", "abel-2001", "abel"),
        ("Abel 2001", "abel-2001", "abel-2001"),
        ("文", "study-2001", "study-2001"),
    ],
)
def test_a_report_is_called_as_the_study_is_named_or_by_its_id(name: str, study: str, report: str) -> None:
    found = record_of(f"study,year,outcome,beta,se\n{name},2001,pain,1,1\n")
    assert (found.study, list(found.reports)) == (study, [report])


@pytest.mark.parametrize(
    ("outcome", "key"),
    [
        ("a" * 80, "a" * 80),
        ("a" * 81, "a" * 80),
        ("b" * 79 + " c", "b" * 79),
        ("b" * 78 + " c", "b" * 78 + "-c"),
    ],
)
def test_a_key_has_eighty_characters_and_no_dash_at_its_end(outcome: str, key: str) -> None:
    found = record_of(f"study,outcome,beta,se\nA 2010,{outcome},1,1\n")
    assert list(found.outcomes) == [found.estimates[0].id] == [key]


@pytest.mark.parametrize(
    ("columns", "cells", "key", "kind", "adjustment", "covariates"),
    [
        ("beta,se", "1,1", "not-stated", "not stated", "not stated", ()),
        ("events1,n1,events2,n2", "1,10,2,10", "unadjusted", "none", "none", ()),
        ("beta,se,adjustment", "1,1,full", "adjusted", "not stated", "full", ()),
        ("beta,se,adjustment", "1,1,minimal", "minimally-adjusted", "not stated", "minimal", ()),
        ("beta,se,adjustment", "1,1,none", "unadjusted", "not stated", "none", ()),
        ("beta,se,covariates", "1,1,age; sex; ;", "not-stated", "not stated", "not stated", ("age", "sex")),
        ("beta,se,model", "1,1,Model 2", "model-2", "not stated", "not stated", ()),
    ],
)
def test_raw_numbers_are_not_adjusted_and_of_an_estimate_nothing_is_known_but_what_is_said(
    columns: str, cells: str, key: str, kind: str, adjustment: str, covariates: tuple[str, ...]
) -> None:
    ((found, model),) = record_of(f"study,outcome,{columns}\nA 2010,pain,{cells}\n").models.items()
    assert (found, model.type, model.adjustment, model.covariates) == (key, kind, adjustment, covariates)


def test_two_models_of_one_name_are_told_apart() -> None:
    rows = "A 2010,pain,1,1,M,age\nA 2010,pain,2,1,M,sex\nA 2010,pain,3,1,M,age\n"
    found = record_of(f"study,outcome,beta,se,model,covariates\n{rows}")
    assert {key: model.covariates for key, model in found.models.items()} == {"m": ("age",), "m-2": ("sex",)}
    assert [each.model for each in found.estimates] == ["m", "m-2", "m"]


@pytest.mark.parametrize(
    ("name", "study"),
    [
        ("a" * 100, "a" * 100),
        ("a" * 101, "a" * 100),
        ("b" * 99 + " c", "b" * 99),
        ("b" * 98 + " c", "b" * 98 + "-c"),
    ],
)
def test_the_id_of_a_study_has_a_hundred_characters_and_no_dash_at_its_end(name: str, study: str) -> None:
    assert record_of(f"study,outcome,beta,se\n{name},pain,1,1\n").study == study
