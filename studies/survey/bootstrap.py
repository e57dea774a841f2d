"""Bootstrap replicates of a survey design."""

from __future__ import annotations

import numpy as np

from studies.survey.design import SurveyDesign
from studies.survey.errors import SurveyError
from studies.survey.values import Array


def rao_wu(design: SurveyDesign, replicates: int, seed: int) -> Array:
    """Factors on the weights of each PSU in each replicate: (replicates, PSUs).

    In a stratum of n PSUs, n - 1 are drawn with replacement, and a PSU drawn r times counts n / (n - 1) r
    times, which makes the variance of a total over replicates the linearised one. Rao & Wu 1988;
    Rao, Wu & Yue 1992. The PSU of a lonely stratum always counts once, which is lonely='certainty'.

    Raises SurveyError for lonely strata under another choice: there is no draw that would show it.
    """
    if design.lonely_strata.any() and design.lonely != "certainty":
        raise SurveyError(
            f"the bootstrap of strata with one PSU knows lonely='certainty' only, not {design.lonely!r}"
        )
    generator = np.random.default_rng(seed)
    factors = np.ones((replicates, len(design.stratum_of_psu)))
    for stratum, size in enumerate(design.psus_in_stratum):
        if size > 1:
            drawn = generator.multinomial(size - 1, np.full(size, 1.0 / size), size=replicates)
            factors[:, design.stratum_of_psu == stratum] = drawn * (size / (size - 1))
    return factors
