"""`metareg`: how effects depend on what the studies differ in.

Moderators as people hand them over, the studies that have all of them, and the numbers of a meta-regression,
every one of which is the kernel's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any

import numpy as np

from evidence.choices import as_truth, named
from evidence.effects.input_columns import column, names_of
from synthesis.plots.given import Given
from synthesis.pooling.api import LEVEL, METHOD, TAU2_INTERVAL, read_choices
from synthesis.pooling.batch import PooledBatch, pool_batch, tested_columns
from synthesis.pooling.inputs import Missing, Studies, as_level, read_studies
from synthesis.pooling.kernel.effects import Array, Effects, Mask
from synthesis.pooling.kernel.fitting import estimate_batch, fit
from synthesis.pooling.mean.inference import explained_heterogeneity
from synthesis.pooling.mean.tests import KenwardRoger, kenward_roger
from synthesis.pooling.tau2.intervals import heterogeneity_intervals
from synthesis.regression.behind import Behind, remembering
from synthesis.regression.contrasts import TESTS_OFFERED, WaldTest
from synthesis.regression.design_matrix import DesignMatrix, Moderators, array_moderators, check
from synthesis.regression.formula import formula_columns, formula_moderators, formula_of
from synthesis.regression.notes import method_sentence, notes
from synthesis.regression.result import MetaRegression

_SPANNED = 1e-8


def fit_design(
    effects: Effects, labels: tuple[str, ...], design: DesignMatrix, method: str, test: str, level: float
) -> tuple[MetaRegression, PooledBatch]:
    """A meta-regression on a design that was checked, as yet without words; and the batch behind it."""
    batch = pool_batch(effects, method, test, level, design=design.matrix)
    bounds = heterogeneity_intervals(effects, level, design.matrix)
    without = estimate_batch(effects, method).tau2
    tested = np.arange(len(design.names))[tested_columns(design.matrix)]
    result = MetaRegression(
        labels=labels,
        yi=effects.y[0],
        vi=effects.v[0],
        weights=batch.weights[0],
        design=design.matrix,
        names=design.names,
        terms=design.terms,
        recipe=design.recipe,
        small_sample=_small_sample(effects, method, design.matrix) if test == "KR" else None,
        k=len(labels),
        p=len(design.names),
        estimate=batch.beta[0],
        covariance=batch.covariance[0],
        se=batch.se[0],
        statistic=batch.statistic[0],
        p_value=batch.p_value[0],
        df=batch.coefficient_df[0],
        ci_low=batch.ci_low[0],
        ci_high=batch.ci_high[0],
        tau2=batch.tau2.item(),
        se_tau2=batch.se_tau2.item(),
        tau2_low=bounds.tau2.low.item(),
        tau2_high=bounds.tau2.high.item(),
        I2=batch.I2.item(),
        I2_low=bounds.I2.low.item(),
        I2_high=bounds.I2.high.item(),
        H2=batch.H2.item(),
        H2_low=bounds.H2.low.item(),
        H2_high=bounds.H2.high.item(),
        tau2_without=without.item(),
        R2=_r2(design.matrix, without, batch.tau2),
        QE=batch.Q.item(),
        QE_df=batch.Q_df.item(),
        QE_p=batch.Q_p.item(),
        QM=WaldTest(
            batch.QM.item(),
            tested.size,
            batch.df.item(),
            batch.QM_p.item(),
            tuple(design.names[i] for i in tested),
        ),
        loglik_ml=batch.loglik_ml.item(),
        loglik_reml=batch.loglik_reml.item(),
        AIC=batch.AIC.item(),
        BIC=batch.BIC.item(),
        AICc=batch.AICc.item(),
        method=method,
        test_name=test,
        level=level,
        method_sentence="",
        notes=(),
    )
    return result, batch


def _small_sample(effects: Effects, method: str, design: Array) -> KenwardRoger:
    fitted = fit(effects, method, design)
    return kenward_roger(fitted.model, fitted.at, fitted.back)


def _r2(design: Array, without: Array, residual: Array) -> float:
    """R2, nan unless the intercept alone is a special case of the design and there is more to it."""
    basis = np.linalg.qr(design).Q
    apart = basis @ basis.sum(axis=0) - 1.0  # of the intercept's column from its nearest in the design
    if design.shape[1] == 1 or np.abs(apart).max() > _SPANNED:
        return math.nan
    return float(explained_heterogeneity(without, residual).item())


@dataclass(frozen=True)
class GivenModerators:
    """Moderators as they were given, which are the argument `what`: columns of the studies, by name.

    formula: over the columns, or None where they are one array of numbers.
    """

    what: str
    formula: str | None
    columns: Mapping[str, Any]
    intercept: bool

    @classmethod
    def of(cls, given: Any, data: Any, intercept: bool, what: str = "mods") -> GivenModerators:
        """From a formula over `data`, a data frame, numbers, or the number that names a column of `data`.

        Raises ValueError, saying what was expected, for what is none of these.
        """
        if isinstance(given, str):
            return cls(what, given, formula_columns(given, data, what), intercept)
        if hasattr(given, "columns"):
            names = names_of(given)
            return cls(what, formula_of(names, intercept), {str(n): given[n] for n in names}, intercept)
        return cls(what, None, {what: column(given, data, what)}, intercept)

    @property
    def beside(self) -> dict[str, Any]:
        """The columns under names that tell them from those of other arguments."""
        return {self._named(name): values for name, values in self.columns.items()}

    def _named(self, column_name: str) -> str:
        return self.what if self.formula is None else f"{column_name} of {self.what}"

    def values(self, studies: Studies, kept: Mask, design: DesignMatrix) -> dict[str, list[Any]]:
        """The moderators of the studies kept, by the names that new data have."""
        if self.formula is None:
            at = {name: design.names.index(name) for name in getattr(design.recipe, "names", ())}
            return {name: design.matrix[:, i].tolist() for name, i in at.items()}
        found = {name: list(studies.beside[self._named(name)]) for name in self.columns}
        return {name: list(compress(values, kept.tolist())) for name, values in found.items()}

    def read(self, studies: Studies) -> Moderators:
        """The moderators of the studies that were given, in whose order they stand beside them."""
        n = studies.kept.size
        found = {name: studies.beside[self._named(name)] for name in self.columns}
        if self.formula is not None:
            return formula_moderators(self.formula, found, n)
        return array_moderators(found[self.what], n, self.intercept, self.what)


def complete_studies(
    parts: Sequence[Moderators], studies: Studies, missing: str
) -> tuple[Mask, dict[str, int]]:
    """Which of the studies kept have every moderator, and how many of them lack each.

    Raises ValueError, naming the first that lacks one, unless missing is "drop", and if all lack one.
    """
    gaps: dict[str, Mask] = {}
    for part in parts:
        for name, gap in part.lacking.items():
            known = gaps.get(name)
            gaps[name] = gap[studies.kept] if known is None else known | gap[studies.kept]
    lacking = {name: gap for name, gap in gaps.items() if gap.any()}
    complete = np.ones(len(studies.labels), dtype=bool)
    for gap in lacking.values():
        complete &= ~gap
    if complete.all():
        return complete, {}
    if missing == "refuse":
        first = int(complete.argmin())
        name = next(name for name, gap in lacking.items() if gap[first])
        raise ValueError(
            f"{studies.labels[first]}: {name} is missing; expected a value "
            "(missing='drop' leaves such studies out)"
        )
    if not complete.any():
        raise ValueError(f"every study lacks one of {', '.join(lacking)}; expected some with all of them")
    return complete, {name: int(gap.sum()) for name, gap in lacking.items()}


def kept_studies(studies: Studies, complete: Mask) -> tuple[Mask, tuple[str, ...]]:
    """Which of all the studies given are in the model, and the labels of those."""
    kept = studies.kept.copy()
    kept[studies.kept] = complete
    return kept, tuple(compress(studies.labels, complete))


def metareg(
    yi: Any,
    vi: Any = None,
    *,
    sei: Any = None,
    mods: Any,
    data: Any = None,
    slab: Any = None,
    method: str = METHOD,
    test: str | None = None,
    level: float = LEVEL,
    intercept: bool = True,
    missing: Missing = "refuse",
) -> MetaRegression:
    """Regress k effects on moderators under a mixed-effects model, or a fixed-effects one with method="EE".

    yi, vi, sei, data, slab, method, test and level are as in `pool`, the defaults too. mods: a formula over
    the columns of `data`, such as "~ ablat + C(alloc)" (factors C, interactions *, splines bs, cs, cc,
    polynomials poly; "0 +" for no intercept); numbers (k,) or (k, q); or a data frame, whose columns of
    labels become factors.
    intercept: whether numbers or a data frame get an intercept; a formula says so itself. missing: whether a
    study that lacks its effect, variance or a moderator is refused or left out.

    Raises ValueError, naming the study or the moderator and what was expected, for what cannot be fitted.
    """
    test = None if test is None else named(test, TESTS_OFFERED, "test")
    choices = read_choices(method, test, None, TAU2_INTERVAL, as_level(level))
    given = GivenModerators.of(mods, data, as_truth(intercept, "intercept"))
    studies = read_studies(yi, vi, sei, data, slab, missing, given.beside)
    moderators = given.read(studies)
    complete, lacking = complete_studies([moderators], studies, missing)
    kept, labels = kept_studies(studies, complete)
    design = moderators.design(kept, labels)
    check(design, labels)
    result, batch = fit_design(
        Effects(studies.yi[complete], studies.vi[complete]),
        labels,
        design,
        choices.method,
        choices.test,
        choices.level,
    )
    incomplete = int((~complete).sum())
    said = notes(result, batch, studies.dropped, incomplete, lacking, design.alone)
    result = replace(result, method_sentence=method_sentence(result), notes=said)
    behind = Behind(Given.of(yi, data, kept), given.values(studies, kept, design))
    return remembering(result, behind)
