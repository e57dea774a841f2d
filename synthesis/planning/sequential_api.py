"""`sequential`: a cumulative analysis beside bounds that allow for looking again and again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import special

from evidence.choices import as_number, named
from synthesis.diagnostics.refits import one_more_each
from synthesis.planning.new_studies import check_reach, check_result
from synthesis.planning.sequential_result import SequentialSummary, first_beyond
from synthesis.planning.spending import SPENDING, spending_bounds
from synthesis.plots.drawable import Drawable, PlotRequest
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.mean.inference import normal_quantile
from synthesis.pooling.result import PooledSummary

if TYPE_CHECKING:
    from synthesis.drawing.chart import Plot

ADJUSTMENTS = ("I2", "D2", "none")
PENALTY = 2.0
"""Hu, Cappelleri & Lan 2007: 2 for odds ratios and relative risks, 1.5 for risk differences."""


def sequential(
    pooled: PooledSummary,
    *,
    effect: float,
    power: float = 0.8,
    spending: str = "O'Brien-Fleming",
    adjust: Literal["I2", "D2", "none"] = "I2",
    order: Sequence[int] | None = None,
    null: float = 0.0,
    unit_sd: float | None = None,
    penalty: float = PENALTY,
) -> Sequential:
    """The cumulative z of a result beside bounds for repeated looks: to show, not to decide by.

    pooled: what `pool` returned; each look is pooled by its method and weights, with Wald's z. effect: the
    smallest difference from `null` that matters, in the units of yi; with `power` and the level of the result
    it says how much information is required, ((z_alpha/2 + z_power) / effect)^2, which heterogeneity
    inflates: by 1 / (1 - I2) (adjust="I2", Wetterslev et al. 2008), 1 / (1 - D2), D2 = 1 - v_fixed / v_random
    ("D2", Wetterslev et al. 2009), or not ("none"; with method="EE" always). The information that is there is
    the sum of 1 / vi. order: positions of the studies from 0 as they came; that of the rows when None.

    spending: "O'Brien-Fleming" or "Pocock" (Lan & DeMets 1983). The bound by the law of the iterated
    logarithm is z_alpha/2 sqrt(penalty ln ln I), never below z_alpha/2 (Lan, Hu & Cappelleri 2003; Hu,
    Cappelleri & Lan 2007); its information I = (unit_sd / se)^2 counts in units, so that it is left out
    unless unit_sd names one: 1 for log ratios and standardised differences, the standard deviation of one
    person's outcome otherwise.
    Raises ValueError for an effect of zero, and for one study adjusted for heterogeneity.
    """
    check_result(pooled)
    spending, adjusted = named(spending, SPENDING, "spending"), _adjustment(pooled, adjust)
    null, wanted = as_number(null, "null"), as_number(effect, "effect")
    if wanted == 0:
        raise ValueError("effect is 0; expected the smallest difference from the null that matters")
    check_reach(pooled, wanted, "effect")
    target, factor = as_number(power, "power"), as_number(penalty, "penalty")
    if not 0.5 <= target < 1:
        raise ValueError(f"power is {target:g}; expected a fraction from 0.5 to below 1, such as 0.8")
    if factor <= 0:
        raise ValueError(f"penalty is {factor:g}; expected a number above zero, such as 2")
    unit = math.nan if unit_sd is None else as_number(unit_sd, "unit_sd")
    if unit <= 0:
        raise ValueError(f"unit_sd is {unit:g}; expected a standard deviation above zero, in the units of yi")
    if unit_sd is not None:
        check_reach(pooled, unit, "unit_sd")
    looks, plain = one_more_each(pooled, order), float(normal_quantile(pooled.level))
    se, vi = looks.wald_se, pooled.vi if order is None else pooled.vi[np.asarray(order)]
    z = (looks.estimate - null) / se
    inflation = _inflation(pooled, adjusted, float(se[-1]))
    required = inflation * ((plain + float(special.ndtri(target))) / wanted) ** 2
    fraction = np.cumsum(1.0 / vi) / required
    bounds = spending_bounds(fraction, 1.0 - pooled.level, spending)
    lil = plain * _iterated(unit / se, factor)
    return Sequential(
        labels=looks.labels,
        k=looks.k,
        estimate=looks.estimate,
        z=z,
        fraction=fraction,
        bound=bounds.z,
        spent=bounds.spent,
        lil=lil,
        plain=plain,
        crossed=first_beyond(z, bounds.z),
        crossed_lil=first_beyond(z, lil),
        crossed_plain=first_beyond(z, np.full(z.shape, plain)),
        required=required,
        inflation=inflation,
        effect=wanted,
        power=target,
        level=pooled.level,
        null=null,
        spending=spending,
        adjust=adjusted,
        unit_sd=unit,
        penalty=factor,
        pooled_by=pooled.method_sentence,
    )


class Sequential(Drawable, SequentialSummary):
    """The cumulative z of a result beside bounds that allow for looking again and again; arrays (k,).

    labels: the study added. estimate, z: of the result so far. fraction: of the required information.
    bound: of |z| by alpha spending, infinite where nothing is spent; lil: by the law of the iterated
    logarithm, nan without unit_sd. crossed, crossed_lil, crossed_plain: the first look beyond each, from 1,
    and 0 for none.

    Its plot: "sequential".
    """

    def _drawn(self, request: PlotRequest) -> Plot:
        from synthesis.planning.sequential_plot import sequential_plot

        return sequential_plot(self, request)


def _adjustment(pooled: PooledSummary, adjust: str) -> str:
    adjust = named(adjust, ADJUSTMENTS, "adjust")
    if pooled.method == "EE":
        return "none"
    if adjust != "none" and pooled.k == 1:
        raise ValueError("one study has no heterogeneity to adjust for; expected adjust='none'")
    return adjust


def _inflation(pooled: PooledSummary, adjust: str, se: float) -> float:
    """The factor of the required information for heterogeneity, at least 1.

    se: Wald's, of the whole result. Raises ValueError where nearly all variation is heterogeneity.
    """
    if adjust == "none":
        return 1.0
    share = pooled.I2 / 100.0
    if adjust == "D2":
        share = 1.0 - 1.0 / (float(np.sum(1.0 / pooled.vi)) * se * se)
    if share >= 1.0 - 1e-9:
        raise ValueError(
            f"{adjust} is 100%: no amount of information would be enough; expected adjust='none'"
        )
    return 1.0 / (1.0 - max(share, 0.0))


def _iterated(root_information: Array, penalty: float) -> Array:
    """sqrt(penalty ln ln I) where that is above 1, else 1; nan where the information has no unit."""
    information = np.maximum(root_information**2, math.e)
    return np.sqrt(np.maximum(penalty * np.log(np.log(information)), 1.0))
