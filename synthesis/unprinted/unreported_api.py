"""`pool_unreported`: studies with numbers pooled together with what is said of results without."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from evidence.choices import named
from evidence.wording import counted, enumerate_words, percent
from synthesis.plots.drawable import Drawable, PlotRequest
from synthesis.plots.given import Given
from synthesis.pooling.api import LEVEL, TAU2_INTERVAL, read_choices, summarise
from synthesis.pooling.inputs import as_level, repeated_note
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.mean.inference import normal_quantile
from synthesis.pooling.tau2.estimators import ESTIMATORS
from synthesis.pooling.unreported.errors_from_n import SE_RULES
from synthesis.pooling.unreported.likelihood import Unprinted
from synthesis.pooling.unreported.unreported_fit import UnreportedFit
from synthesis.pooling.unreported.worst_case import extreme_means, selection_bound
from synthesis.unprinted.joint_fit import fitted, ratio_p
from synthesis.unprinted.result import NumbersAlone, UnreportedSummary, WorstCase
from synthesis.unprinted.silent_studies import TYPICAL, SilentStudies, check_errors, read_silent_studies

if TYPE_CHECKING:
    from synthesis.drawing.chart import Plot
    from synthesis.unprinted.what_if import WhatIf

METHODS = ("ML", "EE")
_FEW = 10  # studies below which tau2 by maximum likelihood is far too small (docs/coverage.md)
_APART = 3.0  # ratio of sigmas beyond which one of them says little of another


def pool_unreported(
    yi: Any,
    vi: Any = None,
    *,
    sei: Any = None,
    said: Any,
    ni: Any = None,
    sigma: Any = None,
    probability: Any = None,
    alpha: Any = 0.05,
    data: Any = None,
    slab: Any = None,
    method: str = "ML",
    se_rule: str = "median",
    level: float = LEVEL,
) -> UnreportedPooled:
    """Pool studies with numbers together with what is said of those without.

    yi with vi or sei as in `pool`, None where a study has no number; each a list or a column of `data`.
    said: for these, a key of synthesis.pooling.unreported.statements.STATEMENTS ("not significant",
    "positive, not significant", "significant", "positive", "not examined", ...) or an ORBIT class from "A" to
    "I" (Kirkham et al. 2010); None for studies with numbers. A result said to be not significant enters as
    the probability that its z lay within the critical values, under the same normal distribution as the
    others (Copas, Dwan, Kirkham & Williamson 2014); alpha: of the papers' two-sided tests, one or each.
    probability: that the result was examined and is what is said, where a reviewer is not sure; one or each,
    1 when None.
    A study without a number needs its standard error, in sei or vi, or its n: sei is then sigma / sqrt(n),
    with sigma from column `sigma` where the study's other results tell it, and else from the studies that
    have both a number and n, by se_rule: "median", "precision" (Copas et al.), "smallest" or "largest".
    method: "ML" (random effects) or "EE" (equal effects). level: a fraction, or a percentage.

    The interval is that of the profile likelihood, P that of the likelihood ratio; how often both are right
    stands in docs/coverage.md. Significance is of no effect at yi = 0: ratios are pooled as logarithms.
    Raises ValueError, with the study and what was expected.
    """
    method = _method(method)
    rule, level = named(se_rule, SE_RULES, "se_rule"), as_level(level)
    beside = {"ni": ni, "sigma": sigma, "probability": probability, "alpha": alpha}
    studies = read_silent_studies(yi, vi, sei, said, data, slab, beside)
    errors, sources = studies.silent.errors(studies.typical(rule))
    check_errors(studies.silent, errors, np.sqrt(studies.printed.vi))
    summary = _summary(studies, errors, sources, method, rule, level)
    result = UnreportedPooled(**{f.name: getattr(summary, f.name) for f in fields(summary)})
    object.__setattr__(result, "_studies", studies)
    object.__setattr__(result, "_given", Given.of(yi, data, None))
    return result


@dataclass(frozen=True, eq=False, repr=False)
class UnreportedPooled(Drawable, UnreportedSummary):
    """A pool of k studies with numbers and m of which something is said.

    labels, yi, vi: of the k, shape (k,). silent, said, classes, probability, sei, sei_from, ni, alpha: of the
    m, shape (m,): names, statements, ORBIT classes or empty, the probability that the result was examined and
    is so, its standard error and where that is from ("given", "own sigma", "typical sigma"), persons, and the
    level of the paper's test. estimate, ci_low, ci_high: the maximum of the likelihood and its profile
    interval at `level`. se: from the observed information, for tools that want one. statistic, p_value: the
    signed root of the likelihood ratio of no effect, and its P. tau2, loglik: of the fit. without: the same
    likelihood of the numbers alone; pooled: these by the defaults of `pool`. worst_case: bounds. notes:
    sentences the reader needs.

    Its plots: "forest" and "sensitivity".
    """

    # The table the rows came from: plots alone read it.
    _given: ClassVar[Given] = Given()

    def sensitivity(self) -> WhatIf:
        """The result under other standard errors, critical values and classifications of the unprinted."""
        from synthesis.unprinted.what_if import what_if

        return what_if(self)

    def _drawn(self, request: PlotRequest) -> Plot:
        from synthesis.unprinted.unreported_forest import unreported_plot

        return unreported_plot(self, request, self._given.beside(request.data))


def _method(given: str) -> str:
    try:
        return named(given, METHODS, "method")
    except ValueError:
        if str(given).strip().upper() not in ESTIMATORS:
            raise
    raise ValueError(
        f"method '{given}' is not defined for results without numbers; expected ML (random effects) or EE "
        "(equal effects)"
    )


def _summary(
    studies: SilentStudies, errors: Array, sources: tuple[str, ...], method: str, rule: str, level: float
) -> UnreportedSummary:
    printed, silent = studies.printed, studies.silent
    unprinted = silent.as_unprinted(errors)
    fit, alone = (fitted(studies, each, method, level) for each in (unprinted, Unprinted.none()))
    choices = read_choices(None if method == "ML" else "EE", None, None, TAU2_INTERVAL, level)
    return UnreportedSummary(
        labels=printed.labels,
        yi=printed.yi,
        vi=printed.vi,
        k=printed.yi.size,
        silent=silent.labels,
        said=silent.said,
        classes=silent.classes,
        probability=silent.probability,
        sei=errors,
        sei_from=sources,
        ni=silent.ni,
        alpha=silent.alpha,
        m=len(silent.labels),
        estimate=fit.mu,
        se=fit.se,
        statistic=math.copysign(math.sqrt(fit.statistic), fit.mu),
        p_value=ratio_p(fit.statistic),
        ci_low=fit.low,
        ci_high=fit.high,
        tau2=fit.tau2,
        loglik=fit.loglik,
        method=method,
        se_rule=rule,
        level=level,
        gradient=fit.gradient,
        starts=fit.starts,
        without=NumbersAlone(
            alone.mu, alone.low, alone.high, ratio_p(alone.statistic), alone.tau2, alone.loglik
        ),
        pooled=summarise(printed, choices),
        worst_case=_worst_case(studies, unprinted, fit.tau2, level),
        method_sentence=_sentence(method, level),
        notes=tuple(_notes(studies, sources, rule, method, fit)),
        places=studies.places,
    )


def _worst_case(studies: SilentStudies, unprinted: Unprinted, tau2: float, level: float) -> WorstCase:
    printed = studies.printed
    low, high = extreme_means(printed.yi, printed.vi, unprinted, tau2)
    half = normal_quantile(level)
    return WorstCase(
        low.mean,
        high.mean,
        low.mean - half * low.se,
        high.mean + half * high.se,
        selection_bound(printed.vi, unprinted.sei.size, tau2),
    )


def _sentence(method: str, level: float) -> str:
    model = "random effects by maximum likelihood" if method == "ML" else "equal effects"
    return (
        f"Results with numbers and what is said of those without under one likelihood ({model}; Copas et al. "
        f"2014), with {percent(level)} profile-likelihood intervals."
    )


def _notes(
    studies: SilentStudies, sources: tuple[str, ...], rule: str, method: str, fit: UnreportedFit
) -> list[str]:
    """Sentences the reader needs."""
    silent, printed = studies.silent, studies.printed
    notes = []
    repeated = repeated_note((*printed.labels, *silent.labels))
    if repeated:
        notes.append(f"{repeated[:1].upper()}{repeated[1:]}.")
    if not silent.told.any():
        notes.append("Nothing is said of any result without a number: both pools are the same.")
    if TYPICAL in sources:
        notes.append(_typical_note(studies, sources, rule))
    used = printed.yi.size + int(silent.told.sum())
    if method == "ML" and used < _FEW:
        notes.append(
            f"With {counted(used)} maximum likelihood makes tau2 too small, and the interval too short where "
            "effects differ much."
        )
    if fit.starts > 1:
        notes.append(
            f"The likelihood has {fit.starts} hills, since a statement allows effects on both sides; the "
            "estimate is on the highest, and the interval reaches over all that are nearly as high."
        )
    return notes


def _typical_note(studies: SilentStudies, sources: tuple[str, ...], rule: str) -> str:
    sigmas = [studies.typical(each) for each in ("smallest", "largest")]
    names = [studies.silent.labels[i] for i, source in enumerate(sources) if source == TYPICAL]
    words = {
        "median": "the median of",
        "precision": "the one of the precision of",
        "smallest": "the smallest of",
        "largest": "the largest of",
    }
    note = (
        f"The standard error of {enumerate_words(names)} follows from n: sigma / sqrt(n), sigma = "
        f"{studies.typical(rule):.4g}, {words[rule]} the studies with numbers."
    )
    if sigmas[1] > _APART * sigmas[0]:
        note += (
            f" Their sigmas differ {sigmas[1] / sigmas[0]:.2g}-fold, so that this is a guess: `sensitivity` "
            "shows what depends on it."
        )
    return note
