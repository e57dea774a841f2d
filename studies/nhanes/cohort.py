"""The cohort of a protocol: everybody the survey sampled, and step by step who is left.

The persons stay together to the end: a cohort is a domain of the survey's design, not a smaller data set.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from studies.nhanes.catalogue import ProtocolError
from studies.nhanes.persons import WEIGHT, read_persons
from studies.nhanes.protocol import Protocol, age_span
from studies.nhanes.protocol_parts import Exclusion
from studies.nhanes.variables.conditions import Mask
from studies.nhanes.variables.dictionary import Dictionary
from studies.nhanes.variables.measured import PersonValues
from studies.survey import SurveyDesign

_FIRST_AGE_ASKED_ABOUT_CANCER = 20
_ANSWERS = {1.0: "yes", 2.0: "no", 7.0: "refused", 9.0: "did not know"}


@dataclass(frozen=True, eq=False)
class Step:
    """One exclusion: how many there were, how many went, how many stayed, and the numbers of who went."""

    name: str
    n_before: int
    excluded: int
    n_left: int
    who: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Cohort:
    """The persons of the protocol's cycles, and which of them are analysed.

    persons: one row a participant, index SEQN, columns as the survey's files name them, `cycle` and `weight`
    (combined over the cycles; 0 for who was interviewed and not examined). included: shape (n,).
    """

    protocol: Protocol
    persons: pd.DataFrame
    included: Mask
    steps: tuple[Step, ...]

    @property
    def n(self) -> int:
        """How many are analysed."""
        return int(self.included.sum())

    @property
    def members(self) -> pd.DataFrame:
        """The rows of those who are analysed."""
        return self.persons[self.included]

    @cached_property
    def design(self) -> SurveyDesign:
        """The design of everybody who was examined."""
        design = self.protocol.design
        return SurveyDesign(
            self.persons[WEIGHT].to_numpy(),
            self.persons[design.strata].to_numpy(),
            self.persons[design.psu].to_numpy(),
        )

    @cached_property
    def measured(self) -> PersonValues:
        """The variables of all persons; quantiles are cut in those who are analysed."""
        weights = self.persons[WEIGHT].to_numpy(dtype=float)
        return PersonValues(self.protocol.dictionary, self.persons, self.included, weights)

    def compact(self) -> Cohort:
        """The same cohort with, of those who are not analysed, one person of each PSU.

        Estimates and their variances are the same: of the others a design-based variance needs to know only
        which PSUs there were, also those without anybody of the cohort.
        """
        first_of_psu = ~self.persons.duplicated([self.protocol.design.strata, self.protocol.design.psu])
        needed = self.included | first_of_psu.to_numpy()
        return replace(self, persons=self.persons[needed], included=self.included[needed])

    def step(self, name: str) -> Step:
        """The step of that name; raises KeyError."""
        return {step.name: step for step in self.steps}[name]

    def excluded_at(self, name: str) -> pd.DataFrame:
        """The rows of those who were excluded at a step."""
        return self.persons.loc[self.step(name).who]


def load_cohort(protocol: Protocol, data: Path | None = None) -> Cohort:
    """The cohort from the survey's files; raises NhanesError for a file that is missing or damaged.

    Of a table or a column that the survey does not have, it names the protocol.
    """
    with protocol.named_in_errors():
        persons = read_persons(protocol, data)
    return build_cohort(protocol, persons)


def build_cohort(protocol: Protocol, persons: pd.DataFrame) -> Cohort:
    """Applies the protocol's exclusions, in its order, to persons as read_persons gives them.

    Raises ProtocolError where nobody is left, or nobody with a weight.
    """
    included = np.ones(len(persons), dtype=bool)
    measured = PersonValues(protocol.dictionary, persons)
    numbers = persons.index.to_numpy()
    steps = []
    with protocol.named_in_errors():
        for exclusion in protocol.eligibility:
            leaving = included & ~eligible(exclusion, measured)
            before, gone = int(included.sum()), int(leaving.sum())
            if before == gone:
                raise ProtocolError(
                    f"nobody is left: the step '{exclusion.name}' excludes all {before:,} who were there"
                )
            steps.append(Step(exclusion.name, before, gone, before - gone, numbers[leaving]))
            included = included & ~leaving
        if not (persons[WEIGHT].to_numpy()[included] > 0).any():
            raise ProtocolError(f"nobody of the {included.sum():,} who are left has a weight")
    return Cohort(protocol, persons, included, tuple(steps))


def eligible(exclusion: Exclusion, measured: PersonValues) -> Mask:
    """Who meets one rule; shape (n,)."""
    if exclusion.age:
        low, high = age_span(exclusion.age)
        ages = measured.values("age")
        within: Mask = (ages >= low) & (ages <= high)
        return within
    if exclusion.exclude_cancer == "yes":
        return ~measured.in_class("cancer", "yes")
    if exclusion.exclude_cancer == "not no":
        return measured.in_class("cancer", "no")
    meets = [measured.recorded(name) for name in exclusion.recorded]
    meets += [measured.meets(name, condition) for name, condition in exclusion.only.items()]
    if exclusion.leave_out:
        leaving = [measured.meets(name, condition) for name, condition in exclusion.leave_out.items()]
        meets.append(~np.logical_and.reduce(leaving))
    both: Mask = np.logical_and.reduce(meets)
    return both


def flow_table(cohort: Cohort) -> pd.DataFrame:
    """The steps as a table: name, n_before, excluded, n_left."""
    columns = ["name", "n_before", "excluded", "n_left"]
    return pd.DataFrame([[getattr(step, key) for key in columns] for step in cohort.steps], columns=columns)


def cancer_answers(persons: pd.DataFrame) -> pd.DataFrame:
    """What persons answered when asked for cancer, and how many of them were too young to be asked.

    Rows: the answers, with `not asked or not answered`. Columns: n, under_20, aged_20_and_over.
    """
    measured = PersonValues(Dictionary(), persons)
    answers = pd.Series(measured.values("cancer")).map(_ANSWERS).fillna("not asked or not answered")
    young = measured.values("age") < _FIRST_AGE_ASKED_ABOUT_CANCER
    table = pd.DataFrame({"answer": answers.to_numpy(), "under_20": young, "aged_20_and_over": ~young})
    counts = table.groupby("answer")[["under_20", "aged_20_and_over"]].sum()
    counts.insert(0, "n", counts.sum(axis=1))
    return counts.sort_values("n", ascending=False)
