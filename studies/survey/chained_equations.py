"""One chain of imputations: statsmodels' MICEData, and what it does not have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import KDTree
from statsmodels.imputation.mice import MICEData

from studies.survey.design import Array

# Of so many whose predictions are nearest one is drawn (Morris, White & Royston 2014).
DONORS = 10

Split = tuple[Array, Array, Array, dict[str, Any], dict[str, Any]]


class Chain(MICEData):  # type: ignore[misc]
    """Columns of numbers, nan where missing; those of `nominal` are numbers of classes without an order.

    Predictors are taken as arrays, for nearly all of MICEData's time goes into reading formulas. People alike
    in everything have the same prediction; a column of noise among the predictors lets each of them be the
    neighbour of some, where the order of rows would let the same few be it always.
    """

    def __init__(self, data: pd.DataFrame, nominal: set[str], generator: np.random.Generator) -> None:
        self.nominal = nominal
        super().__init__(data.assign(noise=generator.normal(size=len(data))), k_pmm=DONORS, rng=generator)

    def update(self, vname: str) -> None:
        """Draw the coefficients for a column, and its missing values anew."""
        if vname in self.nominal:
            self._match_classes(vname)
        else:
            super().update(vname)

    def get_split_data(self, vname: str) -> Split:
        """Observed values; predictors where it is observed, and where it is missing; no keywords."""
        values = {name: self.data[name].to_numpy() for name in self.data.columns}
        columns = [np.ones(len(self.data))]
        for name, value in values.items():
            if name in self.nominal and name != vname:
                columns += [(value == level).astype(float) for level in np.unique(value)[1:]]
            elif name != vname:
                columns.append(value)
        x = np.stack(columns, axis=1)
        observed = self.ix_obs[vname]
        return values[vname][observed], x[observed], x[self.ix_miss[vname]], {}, {}

    def get_fitting_data(self, vname: str) -> tuple[Array, Array, dict[str, Any], dict[str, Any]]:
        """Observed values and their predictors; no keywords."""
        observed, x, *_ = self.get_split_data(vname)
        return observed, x, {}, {}

    def _match_classes(self, vname: str) -> None:
        """The class of somebody near in the predicted shares of all classes.

        Their regressions are drawn together, as they are correlated, and predict both those observed and
        those missing, as `impute_pmm` does: else the noise would be another one for each.
        """
        observed, x, ahead, *_ = self.get_split_data(vname)
        classes = (observed[:, None] == np.unique(observed)[1:]).astype(float)
        inverse = np.linalg.pinv(x.T @ x)
        coef = inverse @ (x.T @ classes)
        residual = classes - x @ coef
        spread = residual.T @ residual / len(x)
        drawn = coef + _root(np.asarray(inverse)) @ self.rng.normal(size=coef.shape) @ _root(spread).T
        count = min(DONORS, len(x))
        near = np.asarray(KDTree(x @ drawn).query(ahead @ drawn, range(1, count + 1))[1])
        taken = near[np.arange(len(ahead)), self.rng.integers(count, size=len(ahead))]
        self.data.iloc[self.ix_miss[vname], self.data.columns.get_loc(vname)] = observed[taken]


def _root(covariance: Array) -> Array:
    """A matrix whose product with its transpose is the covariance."""
    size, turn = np.linalg.eigh(covariance)
    return np.asarray(turn * np.sqrt(np.maximum(size, 0.0)))
