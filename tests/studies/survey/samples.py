"""A generated stratified sample of PSUs for the tests of identities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studies.survey.design import Array, Index, Mask, SurveyDesign


@dataclass(frozen=True, eq=False)
class Sample:
    weights: Array
    strata: Index
    psu: Index
    x: Array
    y: Array
    group: Index

    @property
    def design(self) -> SurveyDesign:
        return SurveyDesign(self.weights, self.strata, self.psu)

    @property
    def domain(self) -> Mask:
        """About half of the people, none of them in the first PSU of the first stratum."""
        inside: Mask = (self.group == 1) & ~((self.strata == 0) & (self.psu == 1))
        return inside


def sample(n: int = 400, strata: int = 8, seed: int = 7) -> Sample:
    random = np.random.default_rng(seed)
    stratum, psu = np.arange(n) % strata, random.integers(1, 3, n)
    x = random.normal(14.0, 1.5, n) + 0.3 * psu
    y = 1.0 + 0.02 * x + 0.05 * psu + random.normal(0.0, 0.1, n)
    return Sample(random.uniform(1.0, 9.0, n), stratum, psu, x, y, random.integers(0, 2, n))
