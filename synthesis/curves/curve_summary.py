"""A curve over a dose as numbers and text: its coefficients, and what it says of any dose."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from evidence.choices import as_number
from evidence.wording import counted, fixed, number, p_text, percent
from synthesis.curves.exposure_classes import DoseStudy
from synthesis.pooling.doses.curve_fit import ClassEffects
from synthesis.pooling.doses.dose_basis import DoseBasis
from synthesis.pooling.inputs import as_level
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.mean.inference import quantile_t
from synthesis.regression.contrasts import WaldTest, wald_test
from synthesis.regression.predictions import Predictions, transformed
from synthesis.regression.tabular import Cells, Tabular, coefficient_rows

_SHOWN = 5
_SAME = "without heterogeneity a new study has the interval of the mean"


@dataclass(frozen=True, eq=False, repr=False)
class CurveSummary(Tabular):
    """The numbers of a `DoseResponse`, whose docstring tells of each."""

    _HIDDEN = ("basis", "effects")

    studies: tuple[DoseStudy, ...]
    k: int
    classes: int
    names: tuple[str, ...]
    estimate: Array
    se: Array
    statistic: Array
    p_value: Array
    df: Array
    ci_low: Array
    ci_high: Array
    covariance: Array
    psi: Array
    Q: float
    Q_df: int
    loglik: float
    loglik_without: float
    method: str
    stages: int
    test: str
    level: float
    basis: DoseBasis
    effects: tuple[ClassEffects, ...]
    method_sentence: str = ""
    notes: tuple[str, ...] = ()

    @property
    def Q_p(self) -> float:  # noqa: N802
        """p of Q; nan without degrees of freedom."""
        return float(special.chdtrc(self.Q_df, self.Q)) if self.Q_df > 0 else math.nan

    @property
    def I2(self) -> float:  # noqa: N802
        """Percent of the variation beyond sampling errors, from Q (Higgins & Thompson 2002)."""
        return 100.0 * (1.0 - self.Q_df / self.Q) if self.Q > self.Q_df > 0 else 0.0

    @property
    def association(self) -> WaldTest:
        """The test that there is no curve: all coefficients are zero."""
        return self._wald(range(len(self.names)))

    @property
    def nonlinearity(self) -> WaldTest | None:
        """The test that the curve is a straight line; None where it is one, or where no part of it is."""
        bent = range(self.basis.linear, len(self.names))
        return self._wald(bent) if self.basis.linear and len(bent) else None

    @property
    def reference(self) -> float:
        """The dose that curves are shown against: the median of the studies' references."""
        at = sorted(each.reference for each in self.studies)
        return at[len(at) // 2]

    @property
    def knots(self) -> tuple[float, ...]:
        """Of a spline; empty for other curves."""
        return self.basis.knots

    @property
    def span(self) -> tuple[float, float]:
        """The lowest and the highest dose of a class."""
        doses = [dose for each in self.studies for dose in (each.reference, *each.dose.tolist())]
        return min(doses), max(doses)

    def predict(
        self,
        doses: Any = None,
        *,
        reference: float | None = None,
        level: float | None = None,
        transform: Callable[[Array], Array] | None = None,
    ) -> Predictions:
        """Effects of doses against a reference dose, `reference` of the result when None.

        doses: a number or several; five over the range of the classes when None. The prediction interval is
        of the true effect in a new study. transform: such as np.exp for ratios.
        """
        at = self.level if level is None else as_level(level)
        zero = self.reference if reference is None else as_number(reference, "reference")
        chosen = np.linspace(*self.span, _SHOWN) if doses is None else _doses(doses)
        if self.basis.positive and min(zero, *chosen) <= 0:
            raise ValueError(f"a dose is {min(zero, *chosen):g}; expected doses above zero for this curve")
        rows = self._rows(chosen, zero)
        estimate, df = rows @ self.estimate, np.full(chosen.size, self.df[0])
        variance = np.einsum("mi,ij,mj->m", rows, self.covariance, rows)
        between = np.einsum("mi,ij,mj->m", rows, self.psi, rows)
        quantile = quantile_t(df, at)
        half, wide = quantile * np.sqrt(variance), quantile * np.sqrt(variance + between)
        low, high = self.span
        outside = (chosen < low) | (chosen > high)
        told = f"doses from {number(low)} to {number(high)} were studied: beyond them the curve is a guess"
        found = Predictions(
            names=tuple(f"{dose:g}" for dose in chosen),
            X=rows,
            estimate=estimate,
            se=np.sqrt(variance),
            df=df,
            ci_low=estimate - half,
            ci_high=estimate + half,
            prediction_low=estimate - wide,
            prediction_high=estimate + wide,
            outside=outside,
            level=at,
            notes=(
                f"against a dose of {zero:g}",
                *((_SAME,) if self.method == "EE" else ()),
                *((told,) if outside.any() else ()),
            ),
        )
        return found if transform is None else transformed(found, transform)

    def _rows(self, doses: Array, reference: float) -> Array:
        return self.basis.at(doses) - self.basis.at(np.array([reference]))

    def _wald(self, which: Sequence[int]) -> WaldTest:
        at = list(which)
        part = self.covariance[np.ix_(at, at)]
        return wald_test(self.estimate[at], part, float(self.df[0]), tuple(self.names[i] for i in at))

    def _title(self) -> str:
        classes = counted(self.classes, "class", "classes")
        return f"Dose-response of {counted(self.k)}, {classes} beside their references"

    def _header(self) -> Cells:
        statistic = ("z",) if self.test == "z" else ("t", "df")
        return ("", "estimate", "se", *statistic, "p", f"{percent(self.level)} CI")

    def _body(self) -> list[Cells]:
        return coefficient_rows(self, self.names, self.test != "z")

    def _columns(self) -> dict[str, Any]:
        numbers = ("estimate", "se", "statistic", "p_value", "df", "ci_low", "ci_high")
        return {"name": self.names} | {name: getattr(self, name) for name in numbers}

    def _facts(self) -> list[tuple[str, str]]:
        facts = [("association", str(self.association))] if len(self.names) > 1 else []
        if self.nonlinearity is not None:
            facts.append(("non-linearity", str(self.nonlinearity)))
        facts.append(
            ("Q", f"{number(self.Q)} on {self.Q_df} df, {p_text(self.Q_p)} (I2 {fixed(self.I2, 1)}%)")
        )
        if self.method != "EE":
            spread = ", ".join(number(sd) for sd in np.sqrt(np.diag(self.psi)))
            facts.append(("SD between studies", spread))
        return facts

    def _sentences(self) -> tuple[str, ...]:
        return (self.method_sentence, *(f"Note: {note}" for note in self.notes))


def _doses(given: Any) -> Array:
    values = [given] if np.ndim(given) == 0 else list(given)
    found = np.array([as_number(value, "doses") for value in values])
    if not found.size:
        raise ValueError("doses is empty; expected at least one number")
    return found
