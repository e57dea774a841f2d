"""`pool_counts`: Mantel-Haenszel and Peto pooling of counts, from columns to one result."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass, fields
from typing import Any, Literal, cast

from evidence.choices import named
from evidence.effects.escalc import column
from evidence.effects.person_time import person_time
from evidence.effects.zero_cells import tables
from evidence.wording import ci, counted, fixed, number, p_text
from synthesis.pooling.counts.count_tests import (
    ChiSquared,
    breslow_day,
    cochran_mantel_haenszel,
    mantel_haenszel_rate_test,
)
from synthesis.pooling.counts.mantel_haenszel import (
    PooledCounts,
    mantel_haenszel,
    mantel_haenszel_rates,
    peto,
)
from synthesis.pooling.inputs import as_level

MEASURES = {
    "OR": "odds ratio",
    "RR": "risk ratio",
    "RD": "risk difference",
    "IRR": "incidence rate ratio",
    "IRD": "incidence rate difference",
}
METHODS = ("MH", "Peto")


@dataclass(frozen=True)
class CountsPooled:
    """A common effect of counts, on the log scale for ratios; `shown` gives it as readers see it.

    k: studies that took part. Q, Q_df, Q_p: heterogeneity. association, association_p: the test of no common
    effect (Cochran-Mantel-Haenszel); homogeneity, homogeneity_df, homogeneity_p: that studies share one odds
    ratio (Breslow-Day with Tarone's adjustment), nan for other measures. No number is added to any cell.
    """

    measure: str
    method: str
    k: int
    estimate: float
    se: float
    statistic: float
    p_value: float
    ci_low: float
    ci_high: float
    Q: float
    Q_df: float
    Q_p: float
    association: float
    association_p: float
    homogeneity: float
    homogeneity_df: float
    homogeneity_p: float
    level: float
    method_sentence: str

    @property
    def shown(self) -> tuple[float, float, float]:
        """Estimate, lower and upper limit as a ratio, or as the difference itself."""
        values = (self.estimate, self.ci_low, self.ci_high)
        if self.measure in ("RD", "IRD"):
            return values
        first, low, high = (math.exp(value) for value in values)
        return first, low, high

    def __str__(self) -> str:
        rows = self._rows()
        width = max(len(name) for name, _ in rows)
        lines = [f"Common {MEASURES[self.measure]} of {counted(self.k)}"]
        return "\n".join([*lines, *(f"  {n:<{width}}  {t}" for n, t in rows), f"  {self.method_sentence}"])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{html.escape(n)}</th><td>{html.escape(t)}</td></tr>" for n, t in self._rows()
        )
        return f"<table><tbody>{rows}</tbody></table><p>{html.escape(self.method_sentence)}</p>"

    def _rows(self) -> list[tuple[str, str]]:
        estimate, low, high = self.shown
        rows = [
            ("estimate", f"{number(estimate)}, {ci((low, high), self.level)}"),
            ("test", f"z = {fixed(self.statistic, 3)}, {p_text(self.p_value)}"),
            ("Q", f"{number(self.Q)} on {self.Q_df:g} df, {p_text(self.Q_p)}"),
            ("association", f"chi2 = {number(self.association)}, {p_text(self.association_p)}"),
        ]
        if not math.isnan(self.homogeneity):
            text = (
                f"chi2 = {number(self.homogeneity)} on {self.homogeneity_df:g} df, "
                f"{p_text(self.homogeneity_p)}"
            )
            rows.append(("homogeneity", text))
        return rows


def pool_counts(
    measure: str = "OR",
    *,
    method: Literal["MH", "Peto"] = "MH",
    data: Any = None,
    level: float = 0.95,
    **columns: Any,
) -> CountsPooled:
    """Pool 2x2 tables or person-time under a common effect, without adding anything to empty cells.

    measure: OR, RR or RD from ai, bi, ci, di (or ai, n1i, ci, n2i), IRR or IRD from x1i, t1i, x2i, t2i; each
    k numbers or the name of a column of `data`. method: "MH" (Mantel-Haenszel) or "Peto" (OR, one step).
    Raises ValueError for unknown or missing columns, for counts that cannot be true, naming the study, and
    where no study has an event.
    """
    measure, chosen = named(measure, MEASURES, "measure"), named(method, METHODS, "method")
    level = as_level(level)
    if chosen == "Peto" and measure != "OR":
        raise ValueError(f"Peto's method pools odds ratios alone, not {measure}; expected measure='OR'")
    given = {name: column(values, data, name) for name, values in columns.items()}
    if measure in ("IRR", "IRD"):
        rates = person_time(**_expected(given, ("x1i", "t1i", "x2i", "t2i"), ()))
        pooled = mantel_haenszel_rates(rates, cast(Literal["IRR", "IRD"], measure), level=level)
        return _result(measure, chosen, level, pooled, mantel_haenszel_rate_test(rates), None)
    counts = tables(**_expected(given, ("ai", "ci"), ("bi", "di", "n1i", "n2i")))
    if chosen == "Peto":
        pooled = peto(counts, level=level)
    else:
        pooled = mantel_haenszel(counts, cast(Literal["OR", "RR", "RD"], measure), level=level)
    shared = breslow_day(counts) if measure == "OR" else None
    return _result(measure, chosen, level, pooled, cochran_mantel_haenszel(counts), shared)


def _expected(given: dict[str, Any], required: tuple[str, ...], others: tuple[str, ...]) -> dict[str, Any]:
    for name in given:
        if name not in required + others:
            raise ValueError(f"unknown column '{name}'; expected some of: {', '.join(required + others)}")
    for name in required:
        if name not in given:
            raise ValueError(f"'{name}' is missing; expected {', '.join(required)}")
    return given


def _result(
    measure: str,
    method: str,
    level: float,
    pooled: PooledCounts,
    association: ChiSquared,
    homogeneity: ChiSquared | None,
) -> CountsPooled:
    if math.isnan(pooled.estimate.item()):
        raise ValueError(
            f"there is no common {MEASURES[measure]}: a group has no events in any study; "
            "expected at least one study with events in both"
        )
    how = "Peto's one-step odds ratio" if method == "Peto" else f"Mantel-Haenszel {MEASURES[measure]}"
    values = {f.name: getattr(pooled, f.name).item() for f in fields(PooledCounts)}
    shared = (math.nan,) * 3
    if homogeneity is not None:
        shared = (homogeneity.statistic.item(), homogeneity.df.item(), homogeneity.p_value.item())
    return CountsPooled(
        measure=measure,
        method=method,
        **{**values, "k": int(values["k"])},
        association=association.statistic.item(),
        association_p=association.p_value.item(),
        homogeneity=shared[0],
        homogeneity_df=shared[1],
        homogeneity_p=shared[2],
        level=level,
        method_sentence=f"{how}, common effect, nothing added to empty cells.",
    )
