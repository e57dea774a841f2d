"""Estimates that share persons under the model of review.yaml: their covariance, summary and tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array, csr_array

from evidence.records.effects_model import EffectsModel
from evidence.records.review import Method
from evidence.selection.dependence import Dependence, dependence_of
from evidence.selection.grouping import NOT_STATED, group_of
from evidence.selection.selection import Chosen
from evidence.wording import counted, enumerate_words, number
from synthesis.clustered.dependent_api import pool_dependent
from synthesis.clustered.rho_curve import RHOS, RhoCurve, over_covariances
from synthesis.pooling.dependent.blocks import Stack
from synthesis.pooling.dependent.covariance import Covariance
from synthesis.pooling.dependent.error_covariance import refuse_impossible
from synthesis.pooling.dependent.robust import ROBUST
from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.review.pooled_units import Unit

if TYPE_CHECKING:
    from synthesis.clustered.dependent_result import DependentPooled
    from synthesis.regression.contrasts import WaldTest

FITTED = ("REML", "ML", "EE")
"""Estimators of a review that a model has; REML stands for the others."""
_WAY_OUT = "expected a 'rho' nearer to 0, or estimates of which none follows from the others"


@dataclass(frozen=True, eq=False)
class ModelSummary:
    """The summary of a model on the analysis scale, by its test; numbers that do not exist are nan.

    tau2: variance of true effects in all, of studies and of estimates within them; I2: percent of it in the
    whole variance; Q: of all effects under their sampling errors. fit: the whole result.
    """

    fit: DependentPooled
    k: int
    clusters: int
    estimate: float
    se: float
    statistic: float
    df: float
    p_value: float
    ci_low: float
    ci_high: float
    prediction_low: float
    prediction_high: float
    tau2: float
    I2: float
    Q: float
    Q_df: float
    Q_p: float
    method_sentence: str

    @classmethod
    def of(cls, fit: DependentPooled) -> ModelSummary:
        """Of a fit without moderators."""
        names = ("estimate", "se", "statistic", "df", "p_value", "ci_low", "ci_high")
        single = {name: float(getattr(fit, name)[0]) for name in names}
        return cls(
            fit=fit,
            k=fit.k,
            clusters=fit.clusters,
            **single,
            prediction_low=fit.prediction_low,
            prediction_high=fit.prediction_high,
            tau2=fit.machinery.total_variance(),
            I2=sum(part.I2 for part in fit.components),
            Q=fit.Q.Q,
            Q_df=float(fit.Q.df),
            Q_p=fit.Q.p_value,
            method_sentence=fit.method_sentence,
        )


@dataclass(frozen=True, eq=False)
class Modelled:
    """Rows under a model, those of one cluster one after the other.

    covariance: of their sampling errors, sparse, shape (k, k), in the order of the dependence's rows.
    summary: None where there is none, with the reason in `untold`, a sentence.
    """

    dependence: Dependence
    model: EffectsModel
    method: Method
    covariance: csr_array
    summary: ModelSummary | None
    untold: str = ""

    @cached_property
    def studies(self) -> tuple[Unit, ...]:
        """The rows of each cluster as one: their generalised least-squares mean under their covariance."""
        found = []
        for cluster in self.dependence.clusters:
            places = list(cluster.places)
            block = self.covariance[places][:, places].toarray()
            rows = tuple(self.dependence.rows[place] for place in places)
            found.append(Unit(rows, block, cluster.label if len(rows) > 1 else ""))
        return tuple(found)

    @property
    def persons(self) -> int | None:
        """Everybody once; None where a number is not recorded, and where sets of persons overlap in part."""
        if self.dependence.of_bond("overlapping persons", "shared reference"):
            return None
        sets: dict[tuple[str, str], list[int]] = {}
        for row in self.dependence.rows:
            found = row.candidate
            if found.estimate.n is None:
                return None
            key = found.record.study, found.stratum.describe()
            sets.setdefault(key, []).append(int(found.estimate.n))
        return sum(map(max, sets.values()))

    @property
    def counts(self) -> str:
        """`16 estimates in 4 studies`, or `in 3 clusters of 4 studies` where some share persons."""
        studies = {row.candidate.record.study for row in self.dependence.rows}
        clusters = len(self.dependence.clusters)
        apart = "" if clusters == len(studies) else f"{counted(clusters, 'cluster')} of "
        return f"{counted(len(self.dependence.rows), 'estimate')} in {apart}{counted(len(studies))}"

    @cached_property
    def curve(self) -> RhoCurve | None:
        """The summary at correlations from 0 to 0.95; None where it does not hang on one number.

        A correlation at which the covariances of some study are none is left out.
        """
        needed = any(pair.covariance is None for pair in self.dependence.pairs)
        if self.summary is None or self.model.one_rho is None or not needed:
            return None
        none, half = (self._at(rho) for rho in (0.0, 0.5))
        unit = (half - none) / 0.5
        number_of = self._cluster_numbers()
        rhos = [rho for rho in RHOS if _possible(csr_array(none + rho * unit), *number_of)]
        # without random effects a correlation of zero leaves no block whose errors could be correlated
        fit = self.summary.fit if self.model.one_rho else self._fit_at(0.5)
        v = tuple(
            _stacked(none, stack) + np.array(rhos)[:, None, None, None] * _stacked(unit, stack)
            for stack in fit.machinery.blocks.stacks
        )
        return over_covariances(fit.machinery, rhos, v, fit.names, fit.test, fit.level, self.model.one_rho)

    def _fit_at(self, rho: float) -> DependentPooled:
        return _fitted(self.dependence, self.model.at_rho(rho), self.method)[1]

    def _at(self, rho: float) -> csr_array:
        return _matrix(self.dependence, self.model.at_rho(rho))

    def _cluster_numbers(self) -> tuple[Rows, tuple[str, ...]]:
        return numbered(self.dependence)


def _possible(matrix: csr_array, cluster: Rows, names: tuple[str, ...]) -> bool:
    try:
        refuse_impossible(matrix, cluster, names, "")
    except ValueError:
        return False
    return True


def _stacked(matrix: csr_array, stack: Stack) -> Array:
    """The blocks of a matrix in a stack, shape (n, m, m); rows that fill up have some variance."""
    i, j = np.broadcast_arrays(stack.rows[:, :, None], stack.rows[:, None, :])
    real = stack.real[:, :, None] & stack.real[:, None, :]
    values = np.zeros(i.shape)
    values[real] = np.asarray(matrix[i[real], j[real]]).ravel()
    fill = ~stack.real[:, :, None] & np.eye(i.shape[-1], dtype=bool)
    values[fill] = 1.0
    return values


def modelled(chosen: Sequence[Chosen], model: EffectsModel, method: Method) -> Modelled:
    """These rows under a model; the covariance of their errors follows from the records and its rho.

    Raises ValueError, naming the study and the way out, where the covariance is not known or is none.
    """
    dependence = _in_clusters(dependence_of(chosen))
    clusters = len(dependence.clusters)
    if clusters < 2:
        alone = error_covariance(dependence, model).matrix
        return Modelled(dependence, model, method, alone, None, _of_one(dependence))
    covariance, fit = _fitted(dependence, model, method)
    return Modelled(dependence, model, method, covariance.matrix, ModelSummary.of(fit))


def _of_one(dependence: Dependence) -> str:
    """Why one cluster has no summary of a model."""
    if not dependence.rows:
        return ""
    label, k = dependence.clusters[0].label, len(dependence.rows)
    if k == 1:
        return "One study, nothing pooled."
    return (
        f"{counted(k, 'estimate')} in one study ({label}): nothing tells how studies differ, so that the "
        "model has no summary; the study's own stands above."
    )


def _in_clusters(found: Dependence) -> Dependence:
    """The same with the rows of each cluster next to one another."""
    order = [place for cluster in found.clusters for place in cluster.places]
    at = {old: new for new, old in enumerate(order)}
    return Dependence(
        tuple(found.rows[place] for place in order),
        tuple(replace(each, places=tuple(at[place] for place in each.places)) for each in found.clusters),
        tuple(replace(pair, first=at[pair.first], second=at[pair.second]) for pair in found.pairs),
    )


def error_covariance(dependence: Dependence, model: EffectsModel) -> Covariance:
    """The sampling covariance of an analysis's effects: variances, what is known exactly, and what rho says.

    Raises ValueError, naming the study, for a missing rho, and where the matrix is not positive definite.
    """
    matrix = _matrix(dependence, model)
    if dependence.rows:
        refuse_impossible(matrix, *numbered(dependence), _WAY_OUT)
    said = errors_sentence(dependence, model)
    return Covariance(matrix, matrix.diagonal(), dependence.labels(), math.nan, said)


def numbered(dependence: Dependence) -> tuple[Rows, tuple[str, ...]]:
    """The cluster of each row as a number, shape (k,), and their labels in that order."""
    labels = dependence.labels()
    order = {label: place for place, label in enumerate(dict.fromkeys(labels))}
    return np.array([order[label] for label in labels]), tuple(order)


def _matrix(dependence: Dependence, model: EffectsModel) -> csr_array:
    vi = np.array([row.effect.sei**2 for row in dependence.rows])
    entries = dependence.covariances(model)
    i = np.array([first for first, _, _ in entries])
    j = np.array([second for _, second, _ in entries])
    values = np.array([value for _, _, value in entries])
    diagonal = np.arange(vi.size)
    rows, columns = np.concatenate([diagonal, i, j]), np.concatenate([diagonal, j, i])
    entries_of = (np.concatenate([vi, values, values]), (rows, columns))
    return csr_array(coo_array(entries_of, shape=(vi.size, vi.size)))


def errors_sentence(dependence: Dependence, model: EffectsModel) -> str:
    """What was assumed of the sampling errors."""
    said = []
    if model.correlated and model.rho and dependence.of_bond("same persons", "overlapping persons"):
        one = model.one_rho
        how = f"{number(one)}" if one is not None else _by_pair(model)
        where = " at one site" if model.by_outcome else ""
        said.append(f"errors of the same persons{where} are correlated {how}")
    if dependence.of_bond("shared reference"):
        said.append("of arms with one reference as their groups say")
    return ", ".join(said) or "independent errors"


def _by_pair(model: EffectsModel) -> str:
    return enumerate_words([f"{value} ({pair})" for pair, value in (model.rho or {}).items()])


def _fitted(
    dependence: Dependence, model: EffectsModel, method: Method
) -> tuple[Covariance, DependentPooled]:
    covariance = error_covariance(dependence, model)
    return covariance, _pool(dependence, covariance, model, method)


def _pool(
    dependence: Dependence,
    covariance: Covariance,
    model: EffectsModel,
    method: Method,
    test: str = "",
    **more: object,
) -> DependentPooled:
    rows = dependence.rows
    return pool_dependent(
        yi=[row.effect.yi for row in rows],
        vi=covariance,
        cluster=dependence.labels(),
        slab=[row.candidate.name for row in rows],
        model=model.named,
        outcome=[row.candidate.site for row in rows] if model.named in ("SCE", "CMVE") else None,
        method=method.estimator if method.estimator in FITTED else "REML",
        test=test or model.test,
        level=method.level.fraction,
        **more,  # type: ignore[arg-type]
    )


@dataclass(frozen=True, eq=False)
class ModeratorTest:
    """The test of one moderator in the model with all of them.

    levels: its values, the reference first. difference: estimate, low and high of the second less the first
    where there are two.
    """

    name: str
    levels: tuple[str, ...]
    test: WaldTest
    difference: tuple[float, float, float] | None


@dataclass(frozen=True, eq=False)
class Moderated:
    """The model with moderators, of the rows that state all of them: the test of each, and what to know."""

    dependence: Dependence
    fit: DependentPooled | None
    tests: tuple[ModeratorTest, ...]
    notes: tuple[str, ...]


def moderated(found: Modelled, names: Sequence[str]) -> Moderated:
    """Whether effects differ by these properties of studies and strata, all in one model.

    Estimates that do not state one of them have no part in it. With as many coefficients as clusters no
    cluster-robust test exists, and those of the model stand there, with containment degrees of freedom.
    """
    of_all = {name: [group_of(row.candidate, name) for row in found.dependence.rows] for name in names}
    columns = {name: values for name, values in of_all.items() if set(values) != {NOT_STATED}}
    stated = [place for place in range(len(found.dependence.rows)) if _all_stated(columns, place)]
    notes = [f"Not tested: no estimate states {name}." for name in names if name not in columns]
    unstated = len(found.dependence.rows) - len(stated)
    if unstated:
        notes.append(f"Without {counted(unstated, 'estimate')} that state not all of these.")
    rows = [found.dependence.rows[place] for place in stated]
    levels = {
        name: tuple(dict.fromkeys(values[place] for place in stated)) for name, values in columns.items()
    }
    asked = [name for name in levels if len(levels[name]) > 1]
    notes += [f"Not tested: no two estimates differ by {name}." for name in levels if name not in asked]
    dependence = _in_clusters(dependence_of(rows))
    if not asked:
        return Moderated(dependence, None, (), tuple(notes))
    try:
        fit, said = _fit_moderators(dependence, found, levels, asked)
    except ValueError as reason:
        return Moderated(dependence, None, (), (*notes, f"Not tested ({enumerate_words(asked)}): {reason}."))
    tests = tuple(
        ModeratorTest(name, levels[name], fit.joint_test(f"m{place}"), _difference(fit, place, levels[name]))
        for place, name in enumerate(asked)
    )
    return Moderated(dependence, fit, tests, (*notes, *said))


def _all_stated(columns: dict[str, list[str]], place: int) -> bool:
    return all(values[place] != NOT_STATED for values in columns.values())


def _fit_moderators(
    dependence: Dependence, found: Modelled, levels: dict[str, tuple[str, ...]], asked: Sequence[str]
) -> tuple[DependentPooled, list[str]]:
    columns = {
        f"m{place}": [group_of(row.candidate, name) for row in dependence.rows]
        for place, name in enumerate(asked)
    }
    coefficients = 1 + sum(len(levels[name]) - 1 for name in asked)
    clusters = len(dependence.clusters)
    robust = found.model.test in ROBUST
    few = robust and coefficients >= clusters
    covariance = error_covariance(dependence, found.model)
    fit = _pool(
        dependence,
        covariance,
        found.model,
        found.method,
        "t" if few else "",
        data=columns,
        mods="~ " + " + ".join(columns),
    )
    said = []
    if few:
        said.append(
            f"{counted(clusters, 'cluster')} {'is' if clusters == 1 else 'are'} too few for a cluster-robust "
            f"test of {counted(coefficients, 'coefficient')}: these tests trust the model and its rho, with "
            "containment degrees of freedom."
        )
    return fit, said


def _difference(fit: DependentPooled, place: int, levels: Sequence[str]) -> tuple[float, float, float] | None:
    """Of a moderator with two levels the second less the first, with its interval."""
    if len(levels) != 2:
        return None
    (column,) = fit.terms[f"m{place}"]
    values: list[Array] = [fit.estimate, fit.ci_low, fit.ci_high]
    estimate, low, high = (float(each[column]) for each in values)
    # which level a formula takes for the reference is its own choice: the other one names the coefficient
    if fit.names[column].endswith(f"[T.{levels[0]}]"):
        return -estimate, -high, -low
    return estimate, low, high
