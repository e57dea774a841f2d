"""Restricted cubic splines of an exposure in any regression: columns, test of nonlinearity, curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evidence.cubic_splines import harrell_shares, restricted_cubic
from studies.survey.describe import quantile
from studies.survey.design import Array, SurveyDesign, SurveyError, numbers
from studies.survey.domain import choose
from studies.survey.estimates import Estimates, WaldTest
from studies.survey.matrix import vector
from studies.survey.rubin import CombinedFit
from studies.survey.smoothing import Curve


@dataclass(frozen=True)
class Spline:
    """A restricted cubic spline of the exposure `name` with its knots, three or more, increasing.

    Its columns go into a model matrix beside others: model_matrix({**spline.columns(x), "age": age}).
    """

    name: str
    knots: tuple[float, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Of its columns, knots - 1: the exposure as it is, then its bends, each with one more prime."""
        return tuple(self.name + "'" * j for j in range(len(self.knots) - 1))

    def columns(self, values: npt.ArrayLike) -> dict[str, Array]:
        """The columns of values, shape (n,) each; missing where a value is."""
        basis = restricted_cubic(vector(values, self.name), np.array(self.knots))
        return {name: basis[:, j] for j, name in enumerate(self.names)}

    def nonlinearity(self, fit: Estimates | CombinedFit) -> WaldTest:
        """That the exposure acts along a straight line: the joint test of the bends."""
        return fit.test(self.names[1:])

    def curve(
        self,
        fit: Estimates | CombinedFit,
        at: npt.ArrayLike,
        reference: float,
        level: float = 0.95,
    ) -> Curve:
        """How the outcome at values of the exposure differs from that at the reference, with its band.

        On the scale of the coefficients: exponentials of a `glm` fit are odds or prevalence ratios. The band
        is pointwise, by the fit's own df, and has no width at the reference.
        at: any number of values; fit: of a model with these columns. Raises SurveyError when it has not.
        """
        values, knots = np.atleast_1d(numbers(at)), np.array(self.knots)
        rows = np.zeros((len(values), len(fit.names)))
        apart = restricted_cubic(values, knots) - restricted_cubic(np.array([reference]), knots)
        rows[:, [fit.position(name) for name in self.names]] = apart
        found = fit.contrast([f"{value:g}" for value in values], rows)
        low, high = found.ci(level).T
        return Curve(values, found.estimate, found.se, low, high)


def spline(
    design: SurveyDesign,
    name: str,
    values: npt.ArrayLike,
    knots: int | Sequence[float] = 4,
    domain: npt.ArrayLike | None = None,
    weighted: bool = True,
) -> Spline:
    """A spline with the given knots, or with 3 to 7 of them at Harrell's quantiles in the domain.

    values: of the exposure, shape (n,). weighted: quantiles of the population as `quantile` has them, or of
    the sample, linear between its values. Raises SurveyError for knots that do not increase, as those of an
    exposure with few distinct values may not.
    """
    if isinstance(knots, int | np.integer):
        places = _quantiles(design, vector(values, name), int(knots), domain, weighted)
    else:
        places = numbers(knots)
    if len(places) < 3 or not (np.diff(places) > 0).all():
        shown = ", ".join(f"{place:g}" for place in places)
        raise SurveyError(f"knots of {name} are {shown}; expected three or more that increase")
    return Spline(name, tuple(places.tolist()))


def _quantiles(
    design: SurveyDesign, values: Array, count: int, domain: npt.ArrayLike | None, weighted: bool
) -> Array:
    if not 3 <= count <= 7:
        raise SurveyError(f"{count} knots; expected 3 to 7 of them, or a list of places")
    shares = harrell_shares(count)
    if weighted:
        return quantile(design, values, shares.tolist(), domain).estimate
    return np.asarray(np.quantile(values[choose(design, domain, values).rows], shares))
