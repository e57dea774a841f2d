"""Persons without LDL whom Table 1 has in the top class: how many they are is settled, who they are is not.

The slopes of Model 3 can be asked whether any choice of them would do. Such a choice is made by the slopes
and explains nothing by itself; but definitions that Table 1 settled can be held against others with the same
freedom. Everything here is exploratory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence.records.schema import Record
from studies.nhanes.cohort import Cohort
from studies.nhanes.comparison.held_back_slopes import (
    agreements,
    distances,
    full_model,
    full_slopes,
    residual_products,
)
from studies.nhanes.comparison.published_definitions import STATED, Definition, defined_columns
from studies.nhanes.comparison.table1_agreement import TableCells
from studies.nhanes.covariates import Array, Columns
from studies.nhanes.models import subgroups
from studies.nhanes.persons import WEIGHT

STARTS = 40
SEED = 2013
_DRAWN = 4000
_BATCHES = 100
_LEFT = 1e-9


@dataclass(frozen=True, eq=False)
class Unplaced:
    """Persons whom a definition would move, and how much of each column of Table 1 goes with them.

    members: their places in the cohort, shape (k,). shares: of the columns All, Q1 to Q4 that each of them
    is, shape (k, 5). low, high: how much must go so that both cells of each column agree, shape (5,).
    """

    covariate: str
    into: str
    members: NDArray[np.intp]
    shares: Array
    low: Array
    high: Array

    @property
    def numbers(self) -> tuple[int, ...]:
        """How many persons may go so that the unweighted column agrees."""
        gone = np.concatenate([[0.0], self.shares[:, 0].cumsum()])  # each the same part of the column
        return tuple(np.flatnonzero((gone >= self.low[0]) & (gone <= self.high[0])).tolist())

    def fits(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which choices agree with all cells; chosen: shape (c, k)."""
        gone = chosen @ self.shares
        return np.asarray(((gone >= self.low) & (gone <= self.high)).all(axis=1))


@dataclass(frozen=True)
class Explained:
    """The nearest that any choice of persons was found to bring the slopes of Model 3 to print.

    distance: root mean square in printed standard errors; agreeing: slopes that round to print, the most of
    any start.
    """

    distance: float
    agreeing: int


def unplaced_persons(cohort: Cohort, record: Record, covariate: str, definition: Definition) -> Unplaced:
    """Whom a definition moves into a class, and what Table 1's cells of that class and of Not recorded allow.

    cohort: with race and weights as diagnosed.
    """
    cells = TableCells(cohort, record)
    before = defined_columns(covariate, STATED, cohort)
    moved = defined_columns(covariate, definition, cohort)
    members = np.flatnonzero(before[:, -1] > moved[:, -1])
    into = cohort.measured.labels(covariate).index(str(definition.into))
    room = [cells.room(covariate, line, before[:, line]) for line in (into, before.shape[1] - 1)]
    (least, most), (last_least, last_most) = room
    return Unplaced(
        covariate,
        str(definition.into),
        members,
        cells.shares[:, members].T,
        np.maximum(least, -last_most),
        np.minimum(most, -last_least),
    )


def explain(
    cohort: Cohort,
    record: Record,
    unplaced: Unplaced,
    definitions: Mapping[str, Definition],
    starts: int = STARTS,
    seed: int = SEED,
) -> Explained | None:
    """From random choices that fit, exchanges persons as long as that brings the slopes nearer.

    definitions: of covariates, others are as stated. The same seed gives the same answer; None where no
    choice was found that agrees with Table 1.
    """
    choices = _random_choices(unplaced, starts, np.random.default_rng(seed))
    if not len(choices):
        return None
    slopes = _Slopes(cohort, record, unplaced, definitions)
    printed = full_slopes(record)
    found = [_nearest(slopes, unplaced, start) for start in choices]
    ends = slopes.of(np.stack(found))
    return Explained(
        float(distances(ends, printed).min()), max(sum(agreements(each, printed)) for each in ends)
    )


def _random_choices(unplaced: Unplaced, starts: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Of choices drawn at random, of as many persons as Table 1 allows, the first that agree with its cells.

    Shape (starts, k), fewer where so few were found.
    """
    k = len(unplaced.members)
    found = np.zeros((0, k), dtype=bool)
    for _ in range(_BATCHES if unplaced.numbers else 0):
        order = rng.random((_DRAWN, k)).argsort(axis=1).argsort(axis=1)
        chosen = order < rng.choice(unplaced.numbers, _DRAWN)[:, None]
        found = np.concatenate([found, chosen[unplaced.fits(chosen)]])
        if len(found) >= starts:
            break
    return found[:starts]


def _nearest(slopes: _Slopes, unplaced: Unplaced, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    distance = slopes.distance(chosen[None])[0]
    while True:
        exchanged = _exchanges(chosen)
        exchanged = exchanged[unplaced.fits(exchanged)]
        if not len(exchanged):
            return chosen
        found = slopes.distance(exchanged)
        if found.min() >= distance - _LEFT:
            return chosen
        chosen, distance = exchanged[found.argmin()], found.min()


def _exchanges(chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Every choice that differs by one person who goes and one who comes."""
    gone, come = (side.ravel() for side in np.meshgrid(np.flatnonzero(chosen), np.flatnonzero(~chosen)))
    found = np.repeat(chosen[None], len(gone), axis=0)
    rows = np.arange(len(gone))
    found[rows, gone], found[rows, come] = False, True
    return found


class _Slopes:
    """The slopes of Model 3 for many choices: a choice changes one column, to which its persons are added."""

    def __init__(
        self, cohort: Cohort, record: Record, unplaced: Unplaced, definitions: Mapping[str, Definition]
    ) -> None:
        self._printed = full_slopes(record)
        protocol, columns = cohort.protocol, Columns(cohort)
        blocks = {
            name: defined_columns(name, definitions.get(name, STATED), cohort)
            for name in full_model(cohort).covariates
        }
        classes = blocks[unplaced.covariate]
        top = cohort.measured.labels(unplaced.covariate).index(unplaced.into)
        # Not recorded goes out by the constant, the other classes with what is adjusted for
        blocks[unplaced.covariate] = np.delete(classes, [top, classes.shape[1] - 1], axis=1)
        single = np.zeros((cohort.n, len(unplaced.members)))
        single[unplaced.members, np.arange(len(unplaced.members))] = 1.0
        measured = (protocol.exposure, *(found.variable for found in protocol.outcomes.values()))
        last = [columns.values(name)[cohort.included, None] for name in measured]
        last += [classes[:, [top]], single]
        self._products = {}
        for group in subgroups(cohort):
            out = [np.ones(cohort.n)[:, None], *(x for name, x in blocks.items() if name != group.variable)]
            x = np.concatenate([*out, *last], axis=1)
            x[:, 1:] -= x[:, 1:].mean(axis=0)
            weights = cohort.members[WEIGHT].to_numpy() * group.within(cohort)[cohort.included]
            first = sum(block.shape[1] for block in out)
            everything = np.arange(x.shape[1])
            self._products[group.label] = residual_products(
                (x * weights[:, None]).T @ x, everything[:first], everything[first:]
            )
        self._outcomes = list(protocol.outcomes)

    def of(self, chosen: NDArray[np.bool_]) -> Array:
        """Shape (c, printed)."""
        outcomes = len(self._outcomes)
        found = {label: _adjusted(each, chosen, outcomes) for label, each in self._products.items()}
        return np.stack(
            [found[each.subgroup][:, self._outcomes.index(each.outcome)] for each in self._printed], axis=1
        )

    def distance(self, chosen: NDArray[np.bool_]) -> Array:
        """Shape (c,)."""
        return distances(self.of(chosen), self._printed)


def _adjusted(products: Array, chosen: NDArray[np.bool_], outcomes: int) -> Array:
    """Slopes on the exposure (column 0) of the outcomes after it, adjusted for the column that follows.

    To that column the chosen of the columns after it are added. Shape (c, outcomes).
    """
    top = 1 + outcomes
    add = chosen.astype(float)
    with_others = products[:top, [top]] + products[:top, top + 1 :] @ add.T  # (1 + outcomes, c)
    square = products[top, top] + 2.0 * add @ products[top + 1 :, top]
    square += ((add @ products[top + 1 :, top + 1 :]) * add).sum(axis=1)
    part = np.where(square > _LEFT, with_others[0] / np.where(square > _LEFT, square, 1.0), 0.0)
    found: Array = (products[[0], 1:top].T - part * with_others[1:]) / (
        products[0, 0] - part * with_others[0]
    )
    return found.T
