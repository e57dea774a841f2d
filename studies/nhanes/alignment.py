"""Were race and weights beside the right persons? Arrangements of the two columns, held against print.

An arrangement says from which person's row each person's race and weight are taken. The slopes of Models 1
and 2 under it, and the race composition of the cohort, are compared with the printed ones. The outcome is a
diagnosis: which arrangement gives the printed numbers, not who made it or how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from evidence.records.schema import Record
from studies.nhanes.cohort import Cohort
from studies.nhanes.comparison.published import PrintedSlope, race_composition, straight_slopes
from studies.nhanes.covariates import Array
from studies.nhanes.cross_products import MODELS, CrossProducts
from studies.nhanes.persons import CYCLE, WEIGHT
from studies.nhanes.variables.conditions import Mask

Index = NDArray[np.intp]

AS_FILED = "as in the files"
UNWEIGHTED = "unweighted"
STACKED = "later cycles stacked in the other order"
DRAWS = 500
SEED = 2013
_SLACK = 1e-12


@dataclass(frozen=True, eq=False)
class Sources:
    """The row that each person's race and weight are taken from, shape (n,); weight None: all weigh 1."""

    race: Index
    weight: Index | None


@dataclass(frozen=True, eq=False)
class Arrangement:
    """A way to lay out race and weights; one that is not random is drawn once."""

    name: str
    draw: Callable[[np.random.Generator], Sources]
    random: bool


@dataclass(frozen=True)
class Match:
    """How near the printed numbers an arrangement comes; over its draws where it is random.

    rms: root mean square of slope minus printed slope, in printed standard errors; mean, 5th and 95th
    percentile. within_rounding, inside: mean number of slopes that round to the printed one, and that lie in
    its interval. typical: the share of draws at least as far from the mean of all draws as the printed
    slopes are, nan when not random; near 0 it says that print is no such draw.
    composition: mean percentage of each race in the cohort; composition_gap: the largest difference to print,
    in percentage points.
    """

    arrangement: str
    draws: int
    slopes: int
    rms: float
    rms_low: float
    rms_high: float
    within_rounding: float
    inside: float
    typical: float
    composition: tuple[float, ...]
    composition_gap: float


def diagnose(cohort: Cohort, record: Record, draws: int = DRAWS, seed: int = SEED) -> tuple[Match, ...]:
    """Every arrangement against the printed slopes of Models 1 and 2 (Tables 2 to 4).

    draws: of each random arrangement; the same seed gives the same result.
    """
    rng = np.random.default_rng(seed)
    products = CrossProducts(cohort)
    printed = [slope for slope in straight_slopes(record) if slope.adjustment in MODELS]
    place = [products.keys.index((found.outcome, found.subgroup, found.adjustment)) for found in printed]
    shares = np.array([float(share) for share in race_composition(record).values()])
    race, weight = cohort.measured.class_of("race"), _weights(cohort)
    members = np.flatnonzero(cohort.included)
    matches = []
    for arrangement in arrangements(cohort):
        races, weights = [], []
        for _ in range(draws if arrangement.random else 1):
            sources = arrangement.draw(rng)
            races.append(race[sources.race[members]])
            weights.append(_laid_out(weight, sources.weight, members))
        slopes = products.slopes(races, weights)[:, place]
        composition = _percentages(np.stack(races), len(shares))
        matches.append(_match(arrangement, slopes, printed, composition, shares))
    return tuple(matches)


def arrangements(cohort: Cohort) -> tuple[Arrangement, ...]:
    """The arrangements that are tried, that of the files first.

    Permutations draw from all participants of a cycle, for race and weight stand in the file of all.
    """
    cycles = cohort.persons[CYCLE].cat.categories
    code = cohort.persons[CYCLE].cat.codes.to_numpy()
    everybody = np.ones(len(code), dtype=bool)
    later = range(1, len(cycles))
    spoken = " and ".join(cycles[index] for index in later)

    def within(chosen: Iterator[int] | range, pool: Mask = everybody) -> list[Index]:
        return [np.flatnonzero(pool & (code == index)) for index in chosen]

    found = [
        _fixed(AS_FILED, lambda keep: Sources(keep, keep), len(code)),
        _fixed(UNWEIGHTED, lambda keep: Sources(keep, None), len(code)),
    ]
    for size in range(1, len(cycles) + 1):
        for subset in combinations(range(len(cycles)), size):
            chosen = tuple(cycles[index] for index in subset)
            name = both_permuted(chosen) if size < len(cycles) else "both permuted in all cycles"
            found.append(_permuted(name, within(iter(subset)), len(code)))
    blocks = within(later)
    found += [
        _permuted(f"weights permuted in {spoken}", blocks, len(code), keep_race=True),
        _permuted(f"race permuted in {spoken}", blocks, len(code), keep_weight=True),
        _permuted(f"each permuted by itself in {spoken}", blocks, len(code), jointly=False),
        _permuted(
            f"{both_permuted(tuple(cycles[1:]))}, cohort only", within(later, cohort.included), len(code)
        ),
        _fixed(STACKED, lambda keep: Sources(stacked(code), stacked(code)), len(code)),
        _fixed(f"{STACKED}, race only", lambda keep: Sources(stacked(code), keep), len(code)),
        _fixed(f"{STACKED}, weights only", lambda keep: Sources(keep, stacked(code)), len(code)),
    ]
    return tuple(found)


def both_permuted(cycles: tuple[str, ...]) -> str:
    """The name of the arrangement that permutes race and weights together within some of the cycles."""
    return "both permuted in " + " and ".join(cycles)


def stacked(code: NDArray[np.integer]) -> Index:
    """The sources when two columns are in the files' order and the persons of later cycles are not.

    All cycles but the first are stacked last one first (2017-2018 above 2015-2016), and beside them stand
    race and weights with the same cycles in the files' order: row by row they belong to somebody else.
    code: the number of each person's cycle, shape (n,).
    """
    source = np.arange(len(code))
    later = range(1, int(code.max()) + 1)
    persons = np.concatenate([np.flatnonzero(code == index) for index in reversed(later)])
    source[persons] = np.concatenate([np.flatnonzero(code == index) for index in later])
    return source


def rearranged(cohort: Cohort, sources: Sources) -> Cohort:
    """The same cohort with race and weights taken from other rows."""
    columns = cohort.protocol.variable("race").columns
    persons = cohort.persons.copy()
    for column in columns:
        persons[column] = persons[column].to_numpy()[sources.race]
    persons[WEIGHT] = _laid_out(_weights(cohort), sources.weight, np.arange(len(persons)))
    return replace(cohort, persons=persons)


def as_diagnosed(cohort: Cohort) -> Cohort:
    """The cohort with race and weights as the arrangement STACKED has them."""
    source = stacked(cohort.persons[CYCLE].cat.codes.to_numpy())
    return rearranged(cohort, Sources(source, source))


def _weights(cohort: Cohort) -> Array:
    return cohort.persons[WEIGHT].to_numpy(dtype=float)


def _laid_out(weights: Array, source: Index | None, rows: Index) -> Array:
    """The weights that the persons of some rows are given."""
    return np.ones(len(rows)) if source is None else weights[source[rows]]


def _percentages(race: Index, classes: int) -> Array:
    """Of all draws together, shape (classes,)."""
    counts = np.bincount(race.ravel(), minlength=classes)[:classes]
    found: Array = 100.0 * counts / race.size
    return found


def _fixed(name: str, lay: Callable[[Index], Sources], n: int) -> Arrangement:
    return Arrangement(name, lambda rng: lay(np.arange(n)), random=False)


def _permuted(
    name: str,
    blocks: list[Index],
    n: int,
    *,
    keep_race: bool = False,
    keep_weight: bool = False,
    jointly: bool = True,
) -> Arrangement:
    """Rows change places within each block; race and weight together, or each by itself."""

    keep = np.arange(n)

    def shuffle(rng: np.random.Generator) -> Index:
        source = keep.copy()
        for rows in blocks:
            source[rows] = rng.permutation(rows)
        return source

    def draw(rng: np.random.Generator) -> Sources:
        first = shuffle(rng)
        second = first if jointly else shuffle(rng)
        return Sources(keep if keep_race else first, keep if keep_weight else second)

    return Arrangement(name, draw, random=True)


def _match(
    arrangement: Arrangement, slopes: Array, printed: list[PrintedSlope], composition: Array, shares: Array
) -> Match:
    """slopes: shape (draws, printed slopes)."""
    estimate = np.array([float(found.estimate) for found in printed])
    se = np.array([found.se for found in printed])
    half = np.array([found.estimate.half_unit for found in printed])
    low, high = np.array([[float(limit) for limit in found.ci] for found in printed]).T
    rms = _rms((slopes - estimate) / se)
    centre = slopes.mean(axis=0)
    spread = _rms((slopes - centre) / se)
    typical = float((spread >= _rms((estimate - centre) / se)).mean()) if arrangement.random else np.nan
    return Match(
        arrangement=arrangement.name,
        draws=len(slopes),
        slopes=len(printed),
        rms=float(rms.mean()),
        rms_low=float(np.quantile(rms, 0.05)),
        rms_high=float(np.quantile(rms, 0.95)),
        within_rounding=float((np.abs(slopes - estimate) <= half + _SLACK).sum(axis=1).mean()),
        inside=float(((slopes >= low) & (slopes <= high)).sum(axis=1).mean()),
        typical=typical,
        composition=tuple(composition.tolist()),
        composition_gap=float(np.abs(composition - shares).max()),
    )


def _rms(values: Array) -> Array:
    found: Array = np.sqrt((values**2).mean(axis=-1))
    return found
