"""The fully adjusted model as curves and turning points take it: its covariates apart from the exposure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studies.nhanes.cohort import Cohort, Mask
from studies.nhanes.columns import EXPOSURE_COLUMN, Array, Columns
from studies.nhanes.models import Subgroup, design_matrix


@dataclass(frozen=True, eq=False)
class Adjustment:
    """Covariates by name, shape (n,) each, for the persons of the domain, shape (n,); others have zeros."""

    cohort: Cohort
    covariates: dict[str, Array]
    domain: Mask

    def analysed(self, y: Array) -> Mask:
        """Who of the domain has an outcome and a weight; shape (n,)."""
        mask: Mask = self.domain & ~np.isnan(y) & (self.cohort.design.weights > 0)
        return mask


def full_adjustment(cohort: Cohort, columns: Columns, subgroup: Subgroup) -> Adjustment:
    """The covariates of the protocol's last model, which is its fullest, in a subgroup."""
    model = cohort.protocol.models[-1]
    matrix = design_matrix(columns, subgroup, model, subgroup.within(cohort))
    after = EXPOSURE_COLUMN + 1
    covariates = {name: matrix.x[:, after + index] for index, name in enumerate(matrix.names[after:])}
    return Adjustment(cohort, covariates, matrix.domain)
