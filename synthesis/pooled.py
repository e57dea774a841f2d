"""`pool`, and what it gives: the numbers, and every question that can be asked of them.

A question is answered when it is asked, by the room that knows how, which is not loaded before. It is handed
the whole result, and uses all of its choices, or says which of them have no part in it, or refuses.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from evidence.choices import as_number
from evidence.effects.input_columns import for_studies
from synthesis.plots.drawable import Drawable, PlotRequest
from synthesis.plots.given import Given
from synthesis.pooling.api import LEVEL, TAU2_INTERVAL, own_weights, read_choices, summarise, weighting_of
from synthesis.pooling.inputs import Missing, as_level, read_studies
from synthesis.pooling.kernel.effects import Effects
from synthesis.pooling.repeating import chosen_weights, predicted_by, same_estimator
from synthesis.pooling.result import PooledSummary

if TYPE_CHECKING:
    from synthesis.diagnostics.asymmetry import RankTest, RegressionTest
    from synthesis.diagnostics.gosh import Gosh, GoshSummary
    from synthesis.diagnostics.influence import Influence
    from synthesis.diagnostics.multiverse import Multiverse
    from synthesis.diagnostics.old_measures import ExcessSignificance, FailSafe
    from synthesis.diagnostics.p_curve import PCurve
    from synthesis.diagnostics.p_uniform import PUniform
    from synthesis.diagnostics.permutation_interval import PermutationInterval
    from synthesis.diagnostics.refits import Refits
    from synthesis.diagnostics.selection_models.result import Selected
    from synthesis.diagnostics.selection_models.weights import Direction
    from synthesis.diagnostics.small_study_corrections import Limit, PetPeese
    from synthesis.diagnostics.trim_and_fill import Filled, Side
    from synthesis.drawing.chart import Plot
    from synthesis.pooling.bayes.mean_priors import MeanPrior
    from synthesis.pooling.bayes.tau_priors import TauPrior
    from synthesis.pooling.prediction.new_settings import Shrunken
    from synthesis.pooling.resampling.permutation import PermutationTest
    from synthesis.pooling.tau2.likelihood_ratio import LikelihoodRatio
    from synthesis.posterior.bayesian import Bayesian

Progress = Callable[[int, int], None]


def pool(
    yi: Any,
    vi: Any = None,
    *,
    sei: Any = None,
    data: Any = None,
    slab: Any = None,
    method: str | None = None,
    test: str | None = None,
    level: float = LEVEL,
    prediction: str | None = None,
    tau2_interval: str = TAU2_INTERVAL,
    weights: Any = None,
    missing: Missing = "refuse",
) -> Pooled:
    """Pool k effects under a random-effects model, or under equal effects with method="EE".

    yi with either vi (sampling variances) or sei (standard errors), each k numbers, or names of columns of
    `data`; or yi alone, what `escalc` returned. slab: k study labels. Series are matched by their index.
    method: a key of ESTIMATORS (REML, PM, DL, ML, EB, HE, HS, SJ, GENQ, ... or EE); REML when None, or the
    one that the test demands.
    test: a key of TESTS: "HKSJ", "adhoc" (HKSJ, never narrower than Wald), "KR" (Kenward-Roger, with REML),
    "HC" (Henmi-Copas, with DL), "t" or "z"; HKSJ when None, z with method="EE". level: a fraction, or a
    percentage.
    prediction: a key of PREDICTIONS: "t(k-1)", "t(k-2)", "HTS", "HKSJ", "NNF" or "z"; t(k-1) when None, and
    none with method="EE". A prediction interval is never narrower than the intervals of the mean, that of
    the test and Wald's.
    tau2_interval: a key of INTERVALS: "QP" (Q-profile), "PL" and "PL-ML" (profile likelihood), "J", "BJ".
    weights: of the mean, the model's when None; k numbers, a column of `data`, "fixed" (inverse sampling
    variances: with method="DL" and test="z" the IVhet model) or "equal". GENQ and GENQM use numbers for tau2
    as well. missing: whether a study without yi or variance is refused or left out. Names may be in any case.
    Whose advice the defaults follow stands beside them in synthesis.pooling.api.

    One study is returned as it is, with its own z interval. Two or three come with a Bayesian interval.
    Raises ValueError, with the study and what was expected, for input that cannot be pooled, and for a test,
    prediction or weights that are not defined with the rest.
    """
    chosen = read_choices(method, test, prediction, tau2_interval, as_level(level))
    weighting, column = weighting_of(weights, data)
    studies = read_studies(yi, vi, sei, data, slab, missing, {"weights": column})
    chosen = replace(chosen, weighting=weighting, own=own_weights(studies))
    return Pooled.of(summarise(studies, chosen), Given.of(yi, data, studies.kept))


@dataclass(frozen=True, eq=False, repr=False)
class Pooled(Drawable, PooledSummary):
    """One pooled analysis. Numbers that do not exist are nan; an infinite df is the normal distribution.

    yi, vi, weights (percent): shape (k,); labels: k names. estimate, se, statistic, p_value, ci_low and
    ci_high are of the mean, by `test` on df degrees of freedom. wald: its plain z interval. tau2, se_tau2,
    I2 (percent) and H2 (ratio) by `method`, with bounds *_low and *_high by `tau2_interval`. Q, Q_df, Q_p:
    Cochran's test. prediction_low, prediction_high: where the effect in a new study is expected, by
    `prediction`. weighting: whose weights the mean has. bayes: for two or three studies only. notes:
    sentences the reader needs. All intervals are at `level`, a fraction.

    Methods are questions to the result. docs/edge-cases.md has a table of which of its choices each uses.
    Its plots: "forest", and the keys of synthesis.plots.kinds.KINDS, such as "funnel".
    """

    # What stood beside the effects when they were pooled: plots alone read it, it is no part of the numbers.
    _given: ClassVar[Given | None] = None

    @classmethod
    def of(cls, summary: PooledSummary, given: Given | None = None) -> Pooled:
        """The object with its questions, of the same numbers; given: what stood beside the effects."""
        made = cls(**{f.name: getattr(summary, f.name) for f in fields(summary)})
        object.__setattr__(made, "_given", given)
        return made

    @property
    def _effects(self) -> Effects:
        return Effects(self.yi, self.vi)

    def blup(self) -> Shrunken:
        """Best linear unbiased predictions of the studies' own true effects; every field has shape (k,).

        By the method, test, weights and level of the result; nan for one study. Raises ValueError for a test
        without a distribution for them.
        """
        from synthesis.pooling.prediction.new_settings import Shrunken, blup

        found = blup(self._effects, same_estimator(self), self.test, self.level, weights=chosen_weights(self))
        return Shrunken(**{f.name: getattr(found, f.name)[0] for f in fields(found)})

    def probability_beyond(self, threshold: float) -> tuple[float, float]:
        """Probabilities that the true effect in a new setting lies above, and below, a threshold.

        threshold: on the scale of yi. From the distribution whose central intervals are the prediction
        intervals of the result at every level, so that beyond either end of its own lies half of 1 - level.
        It has no atoms: both add up to one. Raises ValueError where the result has no prediction interval.
        """
        from synthesis.pooling.prediction.new_settings import probability_beyond

        at = as_number(threshold, "threshold")
        if not math.isfinite(self.prediction_low):
            raise ValueError(self._no_new_setting())
        found = probability_beyond(
            self._effects,
            at,
            same_estimator(self),
            self.test,
            predicted_by(self.prediction),
            chosen_weights(self),
        )
        return float(found.above[0]), float(found.below[0])

    def _no_new_setting(self) -> str:
        if self.k == 1:
            return "one study does not tell what to expect in a new setting; expected two or more"
        if self.method == "EE":
            return "method 'EE' rules out that effects differ, so that nothing is predicted for a new setting"
        return f"the result has no prediction interval: {self.prediction} needs more than {self.k} studies"

    def heterogeneity_test(self) -> LikelihoodRatio:
        """The likelihood ratio test of tau2 = 0; fields of shape (1,).

        Of the full likelihood for method="ML", of the restricted one otherwise, whatever else was chosen.
        """
        from synthesis.pooling.tau2.likelihood_ratio import Structure, lrt

        likelihood = "ML" if self.method == "ML" else "REML"
        return lrt(self._effects, Structure(heterogeneity=False), Structure(), likelihood)

    def permutation_test(
        self, draws: int = 10_000, seed: int = 0, progress: Progress | None = None
    ) -> PermutationTest:
        """An exact test of no effect by changes of sign; sampled, and said so, for many studies.

        Every arrangement is pooled by the method, test and weights of the result.
        """
        from synthesis.pooling.resampling.permutation import permutation_test

        return permutation_test(
            self._effects,
            same_estimator(self),
            self.test,
            draws=draws,
            seed=seed,
            progress=progress,
            weights=chosen_weights(self),
        )

    def permutation_interval(self, draws: int = 9_999, seed: int = 0) -> PermutationInterval:
        """The effects that the permutation test does not reject at the level of the result."""
        from synthesis.diagnostics.permutation_interval import permutation_interval

        return permutation_interval(self, draws, seed)

    def leave_one_out(self) -> Refits:
        """The result without each study, made by all of its choices."""
        from synthesis.diagnostics.refits import without_each

        return without_each(self)

    def cumulative(self, order: Sequence[int] | None = None) -> Refits:
        """The result as studies came, made by all of its choices; order: their positions from 0."""
        from synthesis.diagnostics.refits import one_more_each

        return one_more_each(self, order)

    def influence(self) -> Influence:
        """Deletion diagnostics of every study, by the method and the weights of the result."""
        from synthesis.diagnostics.influence import influence

        return influence(self)

    def gosh(
        self, draws: int = 30_000, seed: int = 0, progress: Progress | None = None
    ) -> tuple[Gosh, GoshSummary]:
        """Every subset of the studies pooled, sampled for many studies, and what sets the subsets apart.

        By the method and the weights of the result: the full set is the estimate.
        """
        from synthesis.diagnostics.gosh import gosh, summarise

        found = gosh(self, draws, seed, progress)
        return found, summarise(found)

    def egger(
        self,
        model: Literal["mixed", "weighted"] = "mixed",
        predictor: Literal["sei", "vi", "ni", "ninv", "sqrtninv"] = "sei",
        ni: Any = None,
    ) -> RegressionTest:
        """Egger's regression test of funnel asymmetry, whose model is its own but for the method and level.

        ni: sample sizes, k numbers, for the predictors made of them; a series is matched by the labels.
        """
        from synthesis.diagnostics.asymmetry import regression_test

        return regression_test(self, model, predictor, for_studies(ni, self.labels, "ni"))

    def begg(self) -> RankTest:
        """Begg and Mazumdar's rank test of funnel asymmetry, in which no choice of the result has a part."""
        from synthesis.diagnostics.asymmetry import rank_test

        return rank_test(self)

    def trim_and_fill(self, estimator: Literal["L0", "R0", "Q0"] = "L0", side: Side | None = None) -> Filled:
        """How many studies would make the funnel symmetric, and the result with them, by all of its choices.

        A filled study has the weight of its mirror image where weights are the user's own.
        """
        from synthesis.diagnostics.trim_and_fill import trim_and_fill

        return trim_and_fill(self, estimator, side)

    def pet_peese(self) -> PetPeese:
        """The effect extrapolated to perfect precision, by two regressions of their own; uses the level."""
        from synthesis.diagnostics.small_study_corrections import pet_peese

        return pet_peese(self)

    def limit(self) -> Limit:
        """Limit meta-analysis: the effect at perfect precision, with heterogeneity by the result's method.

        Raises ValueError for weights other than the model's.
        """
        from synthesis.diagnostics.small_study_corrections import limit_meta_analysis

        return limit_meta_analysis(self)

    def fail_safe(self) -> FailSafe:
        """Fail-safe N, which is not recommended, for old reviews; at 1 - level."""
        from synthesis.diagnostics.old_measures import fail_safe

        return fail_safe(self)

    def excess_significance(self) -> ExcessSignificance:
        """More studies significant at 1 - level than their power allows under one common effect?"""
        from synthesis.diagnostics.old_measures import excess_significance

        return excess_significance(self)

    def selection_model(
        self,
        model: Literal["step", "beta", "half-normal", "negative exponential", "logistic", "power"] = "step",
        alternative: Direction = "greater",
        steps: Sequence[float] = (0.025,),
    ) -> Selected:
        """A selection model, by maximum likelihood; alternative: the direction of effects that are favoured.

        Of the result it uses the level, and tau2 = 0 where the method is "EE".
        """
        from synthesis.diagnostics.selection_models.fitting import selection_model

        return selection_model(self, model, alternative, steps)

    def p_uniform(self, alternative: Literal["greater", "less"] = "greater") -> PUniform:
        """p-uniform*: the effect from significant and other studies, each given that it is so.

        By maximum likelihood; of the result it uses the level. Raises ValueError for method="EE".
        """
        from synthesis.diagnostics.p_uniform import p_uniform_star

        return p_uniform_star(self, alternative)

    def p_curve(self) -> PCurve:
        """p-curve: whether the p-values below 0.05 hold evidence, whatever the choices of the result."""
        from synthesis.diagnostics.p_curve import p_curve

        return p_curve(self)

    def bayesian(
        self,
        tau_prior: TauPrior | str | None = None,
        mu_prior: MeanPrior | str = "flat",
        *,
        smallest_effect: float | None = None,
        ni: Any = None,
        null: float = 0.0,
        interval: Literal["central", "shortest"] = "central",
    ) -> Bayesian:
        """The exact posterior of the same studies, at the level of the result; see `bayes` for the priors.

        Of the choices of the result it uses the level alone: its model has weights and tau of its own. Raises
        ValueError for a prior that is none, and where the posterior would be improper.
        """
        from synthesis.posterior.posterior_of_mean import bayes_of_mean

        found = bayes_of_mean(
            self.yi,
            self.vi,
            slab=self.labels,
            tau_prior=tau_prior,
            mu_prior=mu_prior,
            smallest_effect=smallest_effect,
            ni=for_studies(ni, self.labels, "ni"),
            null=null,
            level=self.level,
            interval=interval,
        )
        object.__setattr__(found, "_given", self._given)
        return found

    def multiverse(self, null: float = 0.0) -> Multiverse:
        """The result under other estimators, tests and rules for outliers, its own among them.

        All at the level of the result and with its weights, where others than the model's were chosen.
        """
        from synthesis.diagnostics.multiverse import multiverse

        return multiverse(self, null=null)

    def _drawn(self, request: PlotRequest) -> Plot:
        from synthesis.plots.results import plot_of

        return plot_of(self, request, (self._given or Given()).beside(request.data))
