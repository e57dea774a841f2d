"""What a pooled result can be asked further: does it hold, and what follows from it?

Each question is answered when it is asked, by the rooms that know how; none is loaded before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from synthesis.pooling.kernel.effects import Array, Effects

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
    from synthesis.pooling.prediction.new_settings import Shrunken
    from synthesis.pooling.resampling.permutation import PermutationTest
    from synthesis.pooling.result import Pooled
    from synthesis.pooling.tau2.likelihood_ratio import LikelihoodRatio

Progress = Callable[[int, int], None]


class Questions:
    """Methods of a pooled result; yi, vi and the analysis's choices are those of the result."""

    @property
    def _own(self) -> Pooled:
        return cast("Pooled", self)

    def blup(self) -> Shrunken:
        """Best linear unbiased predictions of the studies' own true effects; every field has shape (k,)."""
        from synthesis.pooling.prediction.new_settings import Shrunken, blup

        found = blup(Effects(self._own.yi, self._own.vi), self._own.method, self._own.test, self._own.level)
        return Shrunken(**{f.name: getattr(found, f.name)[0] for f in fields(found)})

    def probability_beyond(self, threshold: float) -> tuple[float, float]:
        """Probabilities that the true effect in a new setting lies above, and below, a threshold.

        threshold: on the scale of yi. From the distribution of the result's prediction interval.
        """
        from synthesis.pooling.prediction.new_settings import probability_beyond

        found = probability_beyond(
            Effects(self._own.yi, self._own.vi),
            threshold,
            self._own.method,
            self._own.test,
            self._own.prediction,
        )
        return float(found.above[0]), float(found.below[0])

    def heterogeneity_test(self) -> LikelihoodRatio:
        """The likelihood ratio test of tau2 = 0; fields of shape (1,)."""
        from synthesis.pooling.tau2.likelihood_ratio import Structure, lrt

        return lrt(Effects(self._own.yi, self._own.vi), Structure(heterogeneity=False), Structure(), "REML")

    def permutation_test(
        self, draws: int = 10_000, seed: int = 0, progress: Progress | None = None
    ) -> PermutationTest:
        """An exact test of no effect by changes of sign; sampled, and said so, for many studies."""
        from synthesis.pooling.repeating import estimator_of
        from synthesis.pooling.resampling.permutation import permutation_test

        return permutation_test(
            Effects(self._own.yi, self._own.vi),
            estimator_of(self._own.method, None),
            self._own.test,
            draws=draws,
            seed=seed,
            progress=progress,
        )

    def leave_one_out(self) -> Refits:
        """The result without each study."""
        from synthesis.diagnostics.refits import without_each

        return without_each(self._own)

    def cumulative(self, order: Sequence[int] | None = None) -> Refits:
        """The result as studies came; order: their positions from 0."""
        from synthesis.diagnostics.refits import one_more_each

        return one_more_each(self._own, order)

    def influence(self) -> Influence:
        """Deletion diagnostics of every study."""
        from synthesis.diagnostics.influence import influence

        return influence(self._own)

    def gosh(
        self, draws: int = 30_000, seed: int = 0, progress: Progress | None = None
    ) -> tuple[Gosh, GoshSummary]:
        """Every subset of the studies pooled, sampled for many studies, and what sets the subsets apart."""
        from synthesis.diagnostics.gosh import gosh, summarise

        found = gosh(self._own, draws, seed, progress)
        return found, summarise(found)

    def permutation_interval(self, draws: int = 9_999, seed: int = 0) -> PermutationInterval:
        """The effects that the permutation test does not reject."""
        from synthesis.diagnostics.permutation_interval import permutation_interval

        return permutation_interval(self._own, draws, seed)

    def egger(
        self,
        model: Literal["mixed", "weighted"] = "mixed",
        predictor: str = "sei",
        ni: Array | None = None,
    ) -> RegressionTest:
        """Egger's regression test of funnel asymmetry."""
        from synthesis.diagnostics.asymmetry import regression_test

        return regression_test(self._own.yi, self._own.vi, model, predictor, ni, self._own.level)

    def begg(self) -> RankTest:
        """Begg and Mazumdar's rank test of funnel asymmetry."""
        from synthesis.diagnostics.asymmetry import rank_test

        return rank_test(self._own.yi, self._own.vi)

    def trim_and_fill(self, estimator: str = "L0", side: Side | None = None) -> Filled:
        """How many studies would make the funnel symmetric, and the result with them."""
        from synthesis.diagnostics.trim_and_fill import trim_and_fill

        return trim_and_fill(
            self._own.yi, self._own.vi, estimator, side, self._own.method, self._own.test, self._own.level
        )

    def pet_peese(self) -> PetPeese:
        """The effect extrapolated to perfect precision, by two regressions."""
        from synthesis.diagnostics.small_study_corrections import pet_peese

        return pet_peese(self._own.yi, self._own.vi, level=self._own.level)

    def limit(self) -> Limit:
        """Limit meta-analysis: the effect at perfect precision, with heterogeneity."""
        from synthesis.diagnostics.small_study_corrections import limit_meta_analysis

        return limit_meta_analysis(self._own.yi, self._own.vi, self._own.method, self._own.level)

    def fail_safe(self) -> FailSafe:
        """Fail-safe N, which is not recommended, for old reviews."""
        from synthesis.diagnostics.old_measures import fail_safe

        return fail_safe(self._own.yi, self._own.vi)

    def excess_significance(self) -> ExcessSignificance:
        """More significant studies than their power allows?"""
        from synthesis.diagnostics.old_measures import excess_significance

        return excess_significance(self._own.yi, self._own.vi)

    def selection_model(
        self,
        model: str = "step",
        alternative: Direction = "greater",
        steps: Sequence[float] = (0.025,),
    ) -> Selected:
        """A selection model; alternative: the direction of effects that are favoured."""
        from synthesis.diagnostics.selection_models.fitting import selection_model

        return selection_model(self._own.yi, self._own.vi, model, alternative, steps, level=self._own.level)

    def p_uniform(self, alternative: Literal["greater", "less"] = "greater") -> PUniform:
        """p-uniform*: the effect from significant and other studies, each given that it is so."""
        from synthesis.diagnostics.p_uniform import p_uniform_star

        return p_uniform_star(self._own.yi, self._own.vi, alternative, level=self._own.level)

    def p_curve(self) -> PCurve:
        """p-curve: whether the significant p-values hold evidence."""
        from synthesis.diagnostics.p_curve import p_curve

        return p_curve(self._own.yi, self._own.vi)

    def multiverse(self, null: float = 0.0) -> Multiverse:
        """The result under other estimators, tests and rules for outliers."""
        from synthesis.diagnostics.multiverse import DataSet, multiverse

        own = self._own
        return multiverse([DataSet((), own.yi, own.vi)], level=own.level, null=null)

    def plot(self, kind: str, path: str | Path, **words: Any) -> list[Path]:
        """Draw a kind of plot (a key of synthesis.plots.kinds.KINDS) as PNG, SVG and PDF; their paths.

        path: of the files, without a suffix. words: title, effect (axis label), log, null, lower, higher; see
        synthesis.plots.subject.Subject. Raises synthesis.plots.subject.NotDefinedError, with the reason as a
        sentence, where this result has no such plot.
        """
        from synthesis.plots.kinds import draw_alone

        return draw_alone(self._own, kind, Path(path), words)
