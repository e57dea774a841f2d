"""Who could be counted twice."""

from __future__ import annotations

from typing import Any

import pytest

from evidence.records.schema import Cohort
from evidence.records.stratum import Stratum
from evidence.selection.overlap import cohorts_overlap, strata_disjoint


def cohort(**fields: Any) -> Cohort:
    return Cohort.model_validate({"name": "NHANES", "repeated": True, **fields})


@pytest.mark.parametrize(
    ("a", "b", "overlap"),
    [
        (cohort(years="2011-2018"), cohort(years="2013-2018"), True),
        (cohort(years="2005-2010"), cohort(years="2013-2018"), False),
        (cohort(years="2013-2018"), cohort(), True),
        (cohort(years="2018"), cohort(years="2018-2020"), True),
        (cohort(years="2005-2010, 2013-2014"), cohort(years="2011-2012"), False),
        (cohort(years="2005-2010, 2013-2014"), cohort(years="2011-2018"), True),
        (cohort(years="2005-2010, 2013-2014"), cohort(years="2007-2008, 2015-2016"), True),
        (cohort(wave="3"), cohort(wave="4"), False),
        (cohort(wave="4"), cohort(wave="4"), True),
        (cohort(wave="4"), cohort(), True),
        (cohort(repeated=False, years="1990"), cohort(repeated=False, years="2010"), True),
        (cohort(repeated=True, years="1990"), cohort(repeated=False, years="2010"), True),
        (cohort(name="nhanes"), cohort(name="NHANES "), True),
        (cohort(name="IMOS"), cohort(name="NHANES"), False),
        (cohort(name="InCHIANTI", part_of=["EU pool"]), cohort(name="EU pool"), True),
        (cohort(name="EU pool"), cohort(name="InCHIANTI", part_of=["EU pool"]), True),
        (cohort(name="A", part_of=["EU pool"]), cohort(name="B", part_of=["EU pool"]), False),
    ],
)
def test_cohorts_that_share_persons(a: Cohort, b: Cohort, overlap: bool) -> None:
    assert cohorts_overlap(a, b) is overlap
    assert cohorts_overlap(b, a) is overlap


def stratum(**fields: Any) -> Stratum:
    return Stratum.model_validate(fields)


@pytest.mark.parametrize(
    ("a", "b", "disjoint"),
    [
        (stratum(sex="men"), stratum(sex="women"), True),
        (stratum(sex="men"), stratum(), False),
        (stratum(sex="men"), stratum(ancestry="Mexican American"), False),
        (stratum(ancestry="Mexican American"), stratum(ancestry="Other Hispanic"), True),
        (stratum(age="50+"), stratum(age="18-49"), True),
        (stratum(age="50+"), stratum(age="<65"), False),
        (stratum(age="<50"), stratum(age="50+"), True),
        (stratum(age="65"), stratum(age="60-70"), False),
        (stratum(group="Q1"), stratum(group="Q2"), True),
        (stratum(sex="men", age="50+"), stratum(sex="men", age="18-49"), True),
    ],
)
def test_strata_that_share_nobody(a: Stratum, b: Stratum, disjoint: bool) -> None:
    assert strata_disjoint(a, b) is disjoint
    assert strata_disjoint(b, a) is disjoint


def test_names_of_ancestry_are_not_comparable_across_studies() -> None:
    hispanic, mexican = stratum(ancestry="Hispanic"), stratum(ancestry="Mexican American")
    assert strata_disjoint(hispanic, mexican)
    assert not strata_disjoint(hispanic, mexican, same_division=False)
    assert strata_disjoint(stratum(sex="men"), stratum(sex="women"), same_division=False)
