"""Whoever may share persons is found among many, and nobody who does is missed."""

from __future__ import annotations

import random

from evidence.records.schema import Cohort
from evidence.selection.overlap import Neighbours, cohorts_overlap


def test_all_who_overlap_are_near_and_come_in_the_order_put_in() -> None:
    rng = random.Random(1)
    names = [f"Cohort {letter}" for letter in "abcdefgh"]
    cohorts = [
        (
            f"s{rng.randrange(20)}",
            Cohort(name=rng.choice(names), part_of=tuple(rng.sample(names, rng.randrange(3)))),
        )
        for _ in range(200)
    ]
    near: Neighbours[int] = Neighbours()
    compared = found = 0
    for position, (study, cohort) in enumerate(cohorts):
        told = list(near.near(study, cohort))
        assert told == sorted(told)
        for earlier, (other, inside) in enumerate(cohorts[:position]):
            compared += 1
            if study == other or cohorts_overlap(cohort, inside):
                found += 1
                assert earlier in told
        near.put(position, study, cohort)
    assert compared == 199 * 100
    assert 2_000 < found < compared / 2


def test_the_spelling_of_a_cohort_does_not_hide_it_and_strangers_are_not_near() -> None:
    near: Neighbours[str] = Neighbours()
    near.put("a", "one", Cohort(name="UK Biobank"))
    near.put("b", "two", Cohort(name="EPIC", part_of=("Large",)))
    assert list(near.near("three", Cohort(name="uk  biobank"))) == ["a"]
    assert list(near.near("three", Cohort(name="LARGE"))) == ["b"]
    assert list(near.near("three", Cohort(name="Inner", part_of=("epic",)))) == ["b"]
    assert list(near.near("one", Cohort(name="Other"))) == ["a"]
    assert list(near.near("three", Cohort(name="Other", part_of=("Elsewhere",)))) == []
