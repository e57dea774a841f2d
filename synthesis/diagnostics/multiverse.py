"""Multiverse analysis: one pooled question under every defensible choice, and how often its answer holds.

A specification is one option of each choice. Those on the same effects and studies share a data set of one
batch, whatever the estimator and the test (Steegen et al. 2016; Simonsohn, Simmons & Nelson 2020).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from evidence.choices import as_number
from synthesis.pooling.as_data import AsData
from synthesis.pooling.batch import PooledBatch, pool_batch
from synthesis.pooling.kernel.effects import Array, Effects, Mask, Rows
from synthesis.pooling.kernel.fitting import estimate_batch
from synthesis.pooling.repeating import estimator_of, own_weights
from synthesis.pooling.result import PooledSummary

ESTIMATORS = ("REML", "PM", "DL", "ML", "SJ", "HE", "EE")
TESTS = ("HKSJ", "adhoc", "z")
FEWEST = 2
_SAYS = (
    "Shows how far the result depends on choices that others would have made; the share of specifications is "
    "not a probability, as specifications are neither independent nor equally good."
)


@dataclass(frozen=True, eq=False)
class DataSet:
    """One defensible data set: the options that led to it, and its effects; yi, vi of shape (k,).

    own: the user's own weights of the mean, (k,), where they are to be used.
    """

    options: tuple[str, ...]
    yi: Array
    vi: Array
    own: Array | None = None


def own_data(pooled: PooledSummary) -> DataSet:
    """The studies of a result, with its own weights."""
    return DataSet((), pooled.yi, pooled.vi, own_weights(pooled))


OutlierRule = Callable[[Effects], Mask]


def keep_all(effects: Effects) -> Mask:
    """Every study stays."""
    return effects.present


def drop_beyond(limit: float) -> OutlierRule:
    """Leave out studies whose REML residual against the others exceeds `limit` standard errors."""

    def rule(effects: Effects) -> Mask:
        return effects.present & ~(np.abs(_deleted_residuals(effects)) > limit)

    return rule


def drop_extreme(effects: Effects) -> Mask:
    """Leave out the lowest and the highest effect of each data set that has five studies or more."""
    inside = np.where(effects.present, effects.y, np.nan)
    k = effects.present.sum(axis=1)
    keep = effects.present.copy()
    rows = np.flatnonzero(k >= 5)
    keep[rows, np.nanargmin(inside[rows], axis=1)] = False
    keep[rows, np.nanargmax(inside[rows], axis=1)] = False
    return keep


OUTLIER_RULES: dict[str, OutlierRule] = {
    "none left out": keep_all,
    "residuals beyond 1.96 left out": drop_beyond(1.96),
    "residuals beyond 3 left out": drop_beyond(3.0),
    "lowest and highest left out": drop_extreme,
}


@dataclass(frozen=True, eq=False)
class Multiverse(AsData):
    """n specifications. choices: names of the choices; options (n, choices): the option taken in each.

    estimate, ci_low, ci_high, p_value, tau2, k: shape (n,), nan where a specification cannot be computed,
    of which there are `undefined`, for fewer than two studies. data_sets: distinct sets of effects; options
    that lead to one met before make no specification of their own, or one result would count many times.
    skipped: estimators and tests that do not go together, with the reason.
    """

    choices: tuple[str, ...]
    options: tuple[tuple[str, ...], ...]
    estimate: Array
    ci_low: Array
    ci_high: Array
    p_value: Array
    tau2: Array
    k: Array
    null: float
    data_sets: int
    skipped: tuple[str, ...] = ()
    says: str = _SAYS

    def _columns(self) -> dict[str, Any]:
        """One row a specification."""
        taken = {name: [row[i] for row in self.options] for i, name in enumerate(self.choices)}
        numbers = ("k", "estimate", "ci_low", "ci_high", "p_value", "tau2")
        return {**taken, **{name: getattr(self, name) for name in numbers}}

    @property
    def defined(self) -> Mask:
        """Specifications that have a result, (n,)."""
        return np.isfinite(self.estimate) & np.isfinite(self.ci_low)

    @property
    def undefined(self) -> int:
        """How many have none."""
        return int(np.sum(~self.defined))

    @property
    def excludes_null(self) -> Mask:
        """Specifications whose interval does not hold the null, (n,)."""
        return self.defined & ((self.ci_low > self.null) | (self.ci_high < self.null))

    def table(self) -> dict[str, list[Any]]:
        """For each option of each choice: how many results, their range, the share that excludes the null.

        Columns: choice, option, n, lowest, median, highest (estimates) and excludes_null (a fraction).
        """
        rows: list[tuple[Any, ...]] = []
        for position, choice in enumerate(self.choices):
            taken = np.array([each[position] for each in self.options])
            for option in dict.fromkeys(taken.tolist()):
                mask = (taken == option) & self.defined
                found = self.estimate[mask]
                share = float(self.excludes_null[mask].mean()) if found.size else float("nan")
                spread = np.quantile(found, (0.0, 0.5, 1.0)).tolist() if found.size else [float("nan")] * 3
                rows.append((choice, option, int(found.size), *spread, share))
        names = ("choice", "option", "n", "lowest", "median", "highest", "excludes_null")
        return {name: [row[i] for row in rows] for i, name in enumerate(names)}


def multiverse(
    pooled: PooledSummary,
    alternatives: Sequence[DataSet] | None = None,
    choices: Sequence[str] = (),
    estimators: Sequence[str] | None = None,
    tests: Sequence[str] | None = None,
    outliers: Mapping[str, OutlierRule] = OUTLIER_RULES,
    null: float = 0.0,
) -> Multiverse:
    """Every alternative x outlier rule x estimator x test, as batches of the pooling kernel.

    pooled: the result that is asked about, whose level and weights all specifications have. alternatives: the
    studies of the result when None. estimators, tests: ESTIMATORS, TESTS and the result's own when None.
    choices: what the options of the alternatives are about, one name for each option. null: no effect on the
    scale of yi. Raises ValueError where there is no alternative, where the options do not fit the choices, or
    where data sets lack the user's own weights.
    """
    null = as_number(null, "null")
    if alternatives is None:
        alternatives = (own_data(pooled),)
    _check(alternatives, choices, pooled.weighting == "own")
    estimators = _with(ESTIMATORS, pooled.method) if estimators is None else estimators
    tests = _with(TESTS, pooled.test) if tests is None else tests
    padded, own = _padded(alternatives)
    masks = {name: rule(padded) for name, rule in outliers.items()}
    members = _Members.of(padded, own, list(masks.values()))
    results, skipped = _fits(pooled, members, estimators, tests)
    options: list[tuple[str, ...]] = []
    fits: list[tuple[PooledBatch, int]] = []
    for (o, rule), (a, alternative) in product(enumerate(masks), enumerate(alternatives)):
        place = members.place[o, a]
        if members.first[place] != (o, a):
            continue
        for (estimator, test), fit in results.items():
            options.append((*alternative.options, rule, estimator, test))
            fits.append((fit, place))
    k = np.array([members.effects.present[place].sum() for _, place in fits], float)

    def column(name: str) -> Array:
        return np.where(k >= FEWEST, [np.ravel(getattr(fit, name)[place])[0] for fit, place in fits], np.nan)

    return Multiverse(
        choices=(*choices, "outliers", "estimator", "test"),
        options=tuple(options),
        estimate=column("beta"),
        ci_low=column("ci_low"),
        ci_high=column("ci_high"),
        p_value=column("p_value"),
        tau2=column("tau2"),
        k=k,
        null=null,
        data_sets=members.effects.batch,
        skipped=skipped,
    )


def _check(alternatives: Sequence[DataSet], choices: Sequence[str], own: bool) -> None:
    if not alternatives:
        raise ValueError("a multiverse needs at least one data set")
    for each in alternatives:
        if len(each.options) != len(choices):
            raise ValueError(f"{each.options} are options of {len(choices)} choices; expected one for each")
        if own and each.own is None:
            raise ValueError(
                "the result has weights of the user's own, which these data sets lack; pool it without"
            )


def _with(words: Sequence[str], own: str) -> tuple[str, ...]:
    """The words, and that of the result if it is none of them."""
    return tuple(dict.fromkeys((*words, own)))


def _fits(
    pooled: PooledSummary, members: _Members, estimators: Sequence[str], tests: Sequence[str]
) -> tuple[dict[tuple[str, str], PooledBatch], tuple[str, ...]]:
    """Every estimator with every test that is defined for it, and the reasons why others are not."""
    results, skipped = {}, []
    own = members.own if pooled.weighting == "own" else None
    weights = {"own": own, "model": None}.get(pooled.weighting, pooled.weighting)
    for estimator, test in product(estimators, tests):
        try:
            results[estimator, test] = pool_batch(
                members.effects, estimator_of(estimator, own), test, pooled.level, weights=weights
            )
        except ValueError as reason:
            skipped.append(f"{estimator} with {test}: {reason}")
    return results, tuple(skipped)


@dataclass(frozen=True, eq=False)
class _Members:
    """Distinct data sets; place[o, a] is that of rule o in alternative a, `first` where each is met first.

    own: the user's weights, (B, k), one for every study where there are none.
    """

    effects: Effects
    own: Array
    place: Rows
    first: list[tuple[int, int]]

    @classmethod
    def of(cls, padded: Effects, own: Array, masks: list[Mask]) -> _Members:
        present = np.concatenate(masks)
        n = padded.batch
        y, v = np.tile(padded.y, (len(masks), 1)), np.tile(padded.v, (len(masks), 1))
        own = np.tile(own, (len(masks), 1))
        numbers = [np.where(present, a, 0.0) for a in (y, v, own)]
        key = np.concatenate([*numbers, present], axis=1)
        _, first, place = np.unique(key, axis=0, return_index=True, return_inverse=True)
        effects = Effects(y[first], v[first], present[first])
        met = [(int(row) // n, int(row) % n) for row in first]
        return cls(effects, own[first], place.reshape(len(masks), n), met)


def _padded(alternatives: Sequence[DataSet]) -> tuple[Effects, Array]:
    """All data sets as one batch, and their own weights, (B, k)."""
    k = max(each.yi.size for each in alternatives)
    shape = len(alternatives), k
    y, v, own = np.zeros(shape), np.ones(shape), np.ones(shape)
    present = np.zeros((len(alternatives), k), dtype=bool)
    for row, each in enumerate(alternatives):
        y[row, : each.yi.size], v[row, : each.yi.size] = each.yi, each.vi
        present[row, : each.yi.size] = True
        if each.own is not None:
            own[row, : each.yi.size] = each.own
    return Effects(y, v, present), own


def _deleted_residuals(effects: Effects) -> Array:
    """Residuals of each study against the REML fit of the others, (B, k); nan where these are too few."""
    b, k = effects.y.shape
    without = effects.repeat(k).where(np.tile(~np.eye(k, dtype=bool), (b, 1)))
    fits = estimate_batch(without)
    estimate, se, tau2 = (a.reshape(b, k) for a in (fits.beta[:, 0], fits.se[:, 0], fits.tau2))
    residual = (effects.y - estimate) / np.sqrt(effects.v + tau2 + se**2)
    return np.where(effects.present, residual, np.nan)
