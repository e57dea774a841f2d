"""The result of a subgroup analysis, as text, table and figure read it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from evidence.wording import NOTHING, counted, fixed, interval, number, p_number, percent
from synthesis.plots.drawable import Drawable, PlotRequest
from synthesis.pooled import Pooled
from synthesis.pooling.as_data import AsData
from synthesis.pooling.mean.inference import wald_test
from synthesis.regression.behind import Behind
from synthesis.regression.contrasts import WaldTest
from synthesis.regression.result import MetaRegression
from synthesis.regression.tabular import Cells, Tabular

if TYPE_CHECKING:
    from synthesis.drawing.chart import Plot


@dataclass(frozen=True, eq=False)
class Subgroup(AsData):
    """The pooled effect of one subgroup, by the test on df degrees of freedom.

    tau2, I2: the subgroup's own, or with a common tau2 that one and nan. Q: Cochran's, within the subgroup.
    wald: the plain z interval. pooled: the whole result when the subgroup was pooled by itself.
    """

    name: str
    labels: tuple[str, ...]
    k: int
    estimate: float
    se: float
    statistic: float
    p_value: float
    df: float
    ci_low: float
    ci_high: float
    tau2: float
    I2: float
    Q: float
    Q_df: float
    Q_p: float
    prediction_low: float
    prediction_high: float
    wald: tuple[float, float]
    pooled: Pooled | None


@dataclass(frozen=True, eq=False, repr=False)
class Subgroups(Drawable, Tabular):
    """Subgroups of k studies, in order of appearance, the overall result, and the test between subgroups.

    tau2: "common" or "separate". between: with a common tau2, the test of the factor in the meta-regression,
    F for a t-based test (Knapp & Hartung 2003); with separate ones and a t-based test Welch's F, which allows
    for the few studies behind each standard error (Welch 1951), otherwise chi-squared: Q of the subgroups'
    estimates on g - 1 (Borenstein & Higgins 2013). wald: chi-squared with Wald standard errors, where
    those of HKSJ are smaller, or give none; None otherwise.
    model: with a common tau2, the meta-regression on the subgroups, whose R2 is the share of tau2 between.
    QE: the heterogeneity within subgroups, summed.

    Its plots: "forest", with subtotals, the overall result and the test of their difference; any other kind
    is that of `overall`.
    """

    # What stood beside the effects: plots alone read it, it is no part of the numbers.
    _behind: ClassVar[Behind] = Behind()

    by: str
    groups: tuple[Subgroup, ...]
    overall: Pooled
    between: WaldTest
    wald: WaldTest | None
    model: MetaRegression | None
    QE: float
    QE_df: float
    QE_p: float
    tau2: str
    method: str
    test: str
    level: float
    method_sentence: str
    notes: tuple[str, ...]

    def _drawn(self, request: PlotRequest) -> Plot:
        from synthesis.regression.subgroup_plots import plot_subgroups

        return plot_subgroups(self, self._behind, request)

    def _title(self) -> str:
        return f"{counted(len(self.groups), 'subgroup')} by {self.by}, {counted(self.overall.k)}"

    def _header(self) -> Cells:
        return ("", "k", "estimate", f"{percent(self.level)} CI", "p", "tau2", "I2")

    def _body(self) -> list[Cells]:
        """Where HKSJ's interval is narrower than Wald's, both stand in a row of their own."""
        body: list[Cells] = []
        for name, group in rows_of(self):
            if narrower_than_wald(group, self.test):
                body += [_cells(f"{name}, HKSJ", group), self._wald_cells(f"{name}, Wald", group)]
            else:
                body.append(_cells(name, group))
        return body

    def _wald_cells(self, name: str, group: Subgroup | Pooled) -> Cells:
        _, p = wald_test(group.estimate, group.wald, self.level)
        return (name, "", number(group.estimate), interval(group.wald), p_number(p), "", "")

    def _columns(self) -> dict[str, Any]:
        numbers = (
            "k",
            "estimate",
            "se",
            "df",
            "statistic",
            "p_value",
            "ci_low",
            "ci_high",
            "tau2",
            "I2",
            "Q",
        )
        more = ("Q_df", "Q_p", "prediction_low", "prediction_high")
        return {"subgroup": [group.name for group in self.groups]} | {
            name: [getattr(group, name) for group in self.groups] for name in (*numbers, *more)
        }

    def _facts(self) -> list[tuple[str, str]]:
        facts = [("between", str(self.between))]
        if self.wald is not None:
            facts.append(("Wald", str(self.wald)))
        if self.model is not None:
            facts += [fact for fact in self.model.heterogeneity_facts() if fact[0] != "QE"]
        within = WaldTest(self.QE, int(self.QE_df), math.inf, self.QE_p, ())
        return [*facts, ("within", str(within))]

    def _sentences(self) -> tuple[str, ...]:
        return (self.method_sentence, *(f"Note: {note}" for note in self.notes))


def rows_of(result: Subgroups) -> list[tuple[str, Subgroup | Pooled]]:
    """Names and results of the subgroups, and of all studies."""
    return [*((group.name, group) for group in result.groups), ("overall", result.overall)]


def narrower_than_wald(group: Subgroup | Pooled, test: str) -> bool:
    """Whether Hartung and Knapp's interval of a subgroup is narrower than Wald's, so that both are shown."""
    return test == "HKSJ" and group.ci_high - group.ci_low < group.wald[1] - group.wald[0]


def _cells(name: str, group: Subgroup | Pooled) -> Cells:
    return (
        name,
        str(group.k),
        number(group.estimate),
        interval((group.ci_low, group.ci_high)),
        p_number(group.p_value),
        number(group.tau2),
        NOTHING if math.isnan(group.I2) else f"{fixed(group.I2, 1)}%",
    )
