"""What is asked of every data set of a table, read once and refused before any file is opened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from evidence.choices import as_whole, named
from evidence.wording import percent
from synthesis.pooling.api import read_choices
from synthesis.pooling.batch import pool_batch
from synthesis.pooling.inputs import as_level
from synthesis.pooling.kernel.effects import Effects
from synthesis.pooling.mean.tests import TESTS
from synthesis.pooling.mean.weighting import WEIGHTINGS
from synthesis.pooling.prediction.prediction import PREDICTIONS
from synthesis.pooling.repeating import predicted_by
from synthesis.pooling.tau2.estimators import ESTIMATORS
from synthesis.pooling.tau2.intervals import INTERVALS

Invalid = Literal["stop", "refuse"]
"""Whether a number that cannot be, such as a negative variance, ends the run or is refused and counted."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "direction": (),
    "mean": ("estimate", "se", "statistic", "p_value", "df", "ci_low", "ci_high"),
    "wald": ("wald_low", "wald_high"),
    "heterogeneity": ("tau2", "se_tau2", "I2", "H2", "Q", "Q_df", "Q_p"),
    "prediction": ("prediction_low", "prediction_high", "prediction_df"),
    "tau2_interval": ("tau2_low", "tau2_high", "I2_low", "I2_high", "H2_low", "H2_high"),
    "fit": ("loglik_ml", "loglik_reml", "AIC", "BIC", "AICc"),
    "leave_one_out": ("loo_estimate_low", "loo_estimate_high", "loo_p_low", "loo_p_high", "loo_column"),
    "bayes": (
        *("bayes_mean", "bayes_median", "bayes_low", "bayes_high"),
        *("bayes_tau_median", "bayes_tau_upper"),
    ),
}
"""What may be asked for, and its columns, whose words are those of `pool`."""

_OF_BATCH = ("mean", "wald", "heterogeneity", "prediction", "fit")
_USUAL = ("mean", "wald", "heterogeneity", "prediction")
ADJUSTMENTS = {"BH": "p_bh", "Bonferroni": "p_bonferroni"}
"""Corrections for many tests, and their columns."""


OWN_COLUMNS = frozenset(
    {"k", "direction", "loo_study", "p_gc", "p_fwer", "refused", *ADJUSTMENTS.values()}.union(
        *COLUMNS.values()
    )
)
"""Names that columns of results have, and a key may not have."""


@dataclass(frozen=True)
class BulkChoices:
    """How every data set is pooled, and which numbers are asked for; checked names as in `pool`."""

    method: str
    test: str
    prediction: str
    tau2_interval: str
    level: float
    weighting: str
    ask: tuple[str, ...]
    min_k: int
    invalid: str
    adjust: tuple[str, ...]

    @property
    def numbers(self) -> tuple[str, ...]:
        """Names of the columns that are asked for."""
        return tuple(name for asked in self.ask for name in COLUMNS[asked])

    @property
    def batch_numbers(self) -> tuple[str, ...]:
        """Those among them that pooling itself gives."""
        return tuple(name for asked in self.ask if asked in _OF_BATCH for name in COLUMNS[asked])

    @property
    def plain(self) -> BulkChoices:
        """The same with the mean alone."""
        return replace(self, ask=("mean",))

    @property
    def weights(self) -> str | None:
        """The weights of the mean as `pool` takes them."""
        return None if self.weighting == "model" else self.weighting

    @property
    def sentence(self) -> str:
        """How the numbers are made, for a manifest and the methods section of a paper."""
        estimator = ESTIMATORS[self.method]
        how = "Equal effects" if self.method == "EE" else f"Random effects: {estimator.name} ({self.method})"
        if self.weighting != "model":
            how += f", {WEIGHTINGS[self.weighting].name} for the mean"
        parts = [how, f"{TESTS[self.test].name} intervals at {percent(self.level)}"]
        if "tau2_interval" in self.ask:
            parts.append(f"{INTERVALS[self.tau2_interval].name} intervals for tau2")
        if "prediction" in self.ask:
            parts.append(f"prediction intervals {PREDICTIONS[self.prediction].name}")
        if "leave_one_out" in self.ask:
            parts.append("each study left out once")
        if "bayes" in self.ask:
            parts.append("posteriors with a flat prior of the mean and DuMouchel's prior of tau")
        parts.append("one study is returned as it is, with its own z interval")
        if self.adjust:
            parts.append(f"p-values adjusted by {' and '.join(_FULL_NAMES[name] for name in self.adjust)}")
        return "; ".join(parts) + "."


_FULL_NAMES = {"BH": "Benjamini-Hochberg", "Bonferroni": "Bonferroni"}


def read_bulk_choices(
    method: str | None,
    test: str | None,
    prediction: str | None,
    tau2_interval: str,
    level: Any,
    weights: str | None,
    ask: Iterable[str],
    min_k: int,
    invalid: str,
    adjust: Iterable[str],
) -> BulkChoices:
    """The words of `pool_table`, read. Raises ValueError for an unknown word and for choices that exclude
    each other, as `pool` does."""
    chosen = read_choices(method, test, prediction, tau2_interval, as_level(level))
    if weights is not None and not isinstance(weights, str):
        raise ValueError(
            "weights of a table are the model's (None), 'fixed' or 'equal'; expected one of them"
        )
    weighting = "model" if weights is None else named(weights, WEIGHTINGS, "weights")
    asked = [named(word, COLUMNS, "question") for word in words_of(ask, "ask")]
    if chosen.method == "EE" and "prediction" in asked:
        raise ValueError(
            "a prediction is about effects that differ, which method 'EE' rules out; "
            "leave out the prediction or choose another method"
        )
    usual = [word for word in _USUAL if chosen.method != "EE" or word != "prediction"]
    corrections = tuple(named(word, ADJUSTMENTS, "adjustment") for word in words_of(adjust, "adjust"))
    found = BulkChoices(
        chosen.method,
        chosen.test,
        chosen.prediction,
        chosen.tau2_interval,
        chosen.level,
        weighting,
        tuple(word for word in COLUMNS if word in usual or word in asked),
        as_whole(min_k, "min_k"),
        named(invalid, ("stop", "refuse"), "way with invalid numbers"),
        tuple(word for word in ADJUSTMENTS if word in corrections),
    )
    _check_together(found)
    return found


def words_of(given: Any, name: str) -> list[Any]:
    """A word or several as a list, None as none. Raises ValueError for anything else."""
    if given is None:
        return []
    if isinstance(given, str):
        return [given]
    if not isinstance(given, Iterable):
        raise ValueError(f"{name} is {given!r}; expected a word or several")
    return list(given)


def _check_together(chosen: BulkChoices) -> None:
    """What `pool` refuses is refused before a file is read: two studies are pooled as the table will be."""
    pool_batch(
        Effects([[0.0, 1.0]], [[1.0, 1.0]]),  # type: ignore[arg-type]
        chosen.method,
        chosen.test,
        chosen.level,
        predicted_by(chosen.prediction),
        weights=chosen.weights,
    )
