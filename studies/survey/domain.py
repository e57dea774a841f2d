"""Who is analysed inside a design, and the variance of what is estimated from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from studies.survey.design import Array, Index, Mask, SurveyDesign, SurveyError


@dataclass(frozen=True, eq=False)
class Domain:
    """The people of a design who are analysed: their rows, and how many had to be left out.

    rows: positions in the design, shape (n,). missing: rows of the mask without a value in what is analysed.
    """

    design: SurveyDesign
    rows: Index
    missing: int

    @property
    def n(self) -> int:
        return len(self.rows)

    @cached_property
    def weights(self) -> Array:
        return self.design.weights[self.rows]

    @cached_property
    def psu(self) -> Index:
        """The PSU of each person, shape (n,), positions among the design's PSUs."""
        return self.design.psu_of_person[self.rows]

    @cached_property
    def psus(self) -> Mask:
        """Which of the design's PSUs have somebody in the domain."""
        present = np.zeros(len(self.design.stratum_of_psu), dtype=bool)
        present[self.psu] = True
        return present

    @cached_property
    def strata(self) -> Mask:
        """Which of the design's strata have somebody in the domain."""
        present = np.zeros(len(self.design.stratum_names), dtype=bool)
        present[self.design.stratum_of_psu[self.psus]] = True
        return present

    @property
    def df(self) -> int:
        """Degrees of freedom of the design in the domain: PSUs minus strata with somebody in it."""
        return int(self.psus.sum()) - int(self.strata.sum())

    def psu_totals(self, values: Array) -> Array:
        """Sums of values (n, m) over the people of each PSU of the design: (PSUs, m)."""
        m, count = values.shape[1], len(self.design.stratum_of_psu)
        cell = self.psu[:, None] * m + np.arange(m)
        sums = np.bincount(cell.ravel(), values.ravel(), minlength=count * m)
        return sums.astype(float).reshape(count, m)

    def covariance(self, influence: Array) -> Array:
        """Covariance of the column sums of linearised values (n, m): (m, m).

        A PSU without anybody in the domain counts as a total of zero in its stratum: how many of the domain
        fall into the sample is random too. Binder 1983; Särndal, Swensson & Wretman 1992, chapter 10.
        """
        return self.covariance_of_totals(self.psu_totals(influence))

    def covariance_of_totals(self, totals: Array) -> Array:
        """The same from the sums of the PSUs, shape (PSUs, m)."""
        design = self.design
        stratum, size = design.stratum_of_psu, design.psus_in_stratum
        sums = np.stack([np.bincount(stratum, column) for column in totals.T], axis=1)
        # A lonely PSU is its stratum's mean, so that its factor makes no difference.
        factor = size / np.maximum(size - 1, 1)
        residual = (totals - (sums / size[:, None])[stratum]) * np.sqrt(factor)[stratum][:, None]
        covariance: Array = residual.T @ residual
        lonely = design.lonely_strata & self.strata
        return covariance if not lonely.any() else self._with_lonely(covariance, totals, lonely)

    def _with_lonely(self, covariance: Array, totals: Array, lonely: Mask) -> Array:
        if self.design.lonely == "adjust":
            residual = totals[lonely[self.design.stratum_of_psu]]
            covariance = covariance + residual.T @ residual
        if self.design.lonely == "average":
            others = int(self.strata.sum()) - int(lonely.sum())
            if not others:
                raise SurveyError(
                    "every stratum of the domain has one PSU, so there is no average of others: "
                    "choose lonely='adjust' or a larger domain"
                )
            covariance = covariance * (1.0 + int(lonely.sum()) / others)
        return covariance


def choose(design: SurveyDesign, domain: npt.ArrayLike | None, *columns: Array) -> Domain:
    """The domain: people of the mask with a positive weight and no missing value in the columns.

    domain: boolean, shape (n,), None for everybody. columns: shape (n,) or (n, p).
    Raises SurveyError when a shape does not fit or nobody is left.
    """
    inside = _mask(design.n, domain) & (design.weights > 0)
    complete = np.ones(design.n, dtype=bool)
    for column in columns:
        if column.shape[0] != design.n:
            raise SurveyError(
                f"a column has {column.shape[0]} rows and the design {design.n}; give values for everybody "
                "in the design, and say who is analysed by domain="
            )
        if np.isinf(column).any():
            raise SurveyError(f"{np.isinf(column).sum()} values are infinite; a missing value is nan")
        complete &= ~np.isnan(np.atleast_2d(column.T)).any(axis=0)
    rows = np.flatnonzero(inside & complete)
    missing = int(inside.sum()) - len(rows)
    if not len(rows):
        raise SurveyError(f"nobody is left in the domain: {missing} had a missing value")
    return Domain(design, rows, missing)


def _mask(n: int, domain: npt.ArrayLike | None) -> Mask:
    if domain is None:
        return np.ones(n, dtype=bool)
    mask = np.asarray(domain)
    if mask.dtype != np.bool_ or mask.shape != (n,):
        raise SurveyError(
            f"domain has type {mask.dtype} and shape {mask.shape}; expected true or false for {n} people"
        )
    return mask
