"""`covariance`: the sampling covariance of effects that share persons, from columns of a data frame."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from evidence.effects.input_columns import column, label_of, numbers, side_by_side
from synthesis.pooling.dependent.error_covariance import (
    Pairs,
    assembled,
    refuse_impossible,
    shared_arms,
    shares_of_n,
)
from synthesis.pooling.kernel.effects import Array, Mask, Rows


@dataclass(frozen=True, eq=False, repr=False)
class Covariance:
    """Sampling variances and covariances of k effects.

    matrix: sparse, shape (k, k), zero between clusters; vi: its diagonal; cluster: the name of each effect's
    cluster, (k,); correlation: the number that was assumed for each pair, or nan where it is not one number;
    sentence: what was assumed.
    """

    matrix: csr_array
    vi: Array
    cluster: tuple[str, ...]
    correlation: float
    sentence: str

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        dense: Array = self.matrix.toarray()
        return dense if dtype is None else dense.astype(dtype)

    def __len__(self) -> int:
        return self.vi.size

    def __str__(self) -> str:
        clusters = len(set(self.cluster))
        return f"Covariance of {self.vi.size} effects in {clusters} clusters: {self.sentence}"

    __repr__ = __str__


def covariance(
    vi: Any,
    *,
    cluster: Any,
    rho: Any = None,
    data: Any = None,
    subgroup: Any = None,
    outcome: Any = None,
    time: Any = None,
    phi: float | None = None,
    arm1: Any = None,
    arm2: Any = None,
    n1: Any = None,
    n2: Any = None,
    v1: Any = None,
    v2: Any = None,
) -> Covariance:
    """The covariance matrix of the sampling errors of k effects, cluster by cluster.

    vi: k sampling variances; cluster: whose persons they are. These and the following are columns of `data`
    by name, or k values each. subgroup: effects of one cluster in different subgroups are of different
    persons and independent.
    rho: the correlation of two effects of the same persons: one number; or by pair of outcomes, a square data
    frame, or {("hip", "neck"): 0.8, ...}, with `outcome` the outcome of each effect. time: when each was
    measured; effects |t - s| apart are correlated phi^|t - s|, times rho where their outcomes differ.
    arm1, arm2: which arms each effect compares. Effects that share an arm get what that arm adds to both
    variances: v1 and v2, e.g. sd^2/n of each arm; or its share by the numbers n1 and n2 of persons. With
    outcomes as well, that is the covariance within an outcome, and rho times it between two.

    Raises ValueError, naming the cluster and the way out, for what is no covariance matrix, and where effects
    of the same persons are told apart by nothing that says how they are correlated.
    """
    given = {
        "vi": vi, "cluster": cluster, "subgroup": subgroup, "outcome": outcome, "time": time,
        "arm1": arm1, "arm2": arm2, "n1": n1, "n2": n2, "v1": v1, "v2": v2,
    }  # fmt: skip
    found = side_by_side({name: column(values, data, name) for name, values in given.items()})
    variances = positive(found["vi"], "vi")
    known = {
        name: factor(found[name], name, variances.size)
        for name in ("cluster", "subgroup", "outcome", "arm1", "arm2")
        if found[name] is not None
    }
    pairs = Pairs.within(known["cluster"].number)
    live = ~known["subgroup"].differ(pairs) if "subgroup" in known else np.ones(pairs.i.size, dtype=bool)
    pairs = Pairs(pairs.i[live], pairs.j[live])
    times = None if found["time"] is None else numbers(found["time"], "time")
    made = _Assumed(known, pairs, rho, times, phi)
    correlation = made.correlation()
    if "arm1" in known or "arm2" in known:
        parts = _parts(found, variances, known)
        values = shared_arms(pairs, *_arms(known["arm1"], known["arm2"]), *parts)
        if correlation is not None:
            values = values * correlation
    else:
        if correlation is None:
            raise ValueError(made.nothing_said())
        sd = np.sqrt(variances)
        values = correlation * sd[pairs.i] * sd[pairs.j]
    matrix = assembled(variances, pairs, values)
    refuse_impossible(matrix, known["cluster"].number, known["cluster"].names, made.way_out)
    return Covariance(matrix, variances, known["cluster"].labels, made.one_number, made.sentence)


@dataclass(frozen=True, eq=False)
class Factor:
    """A column of labels. number: of each row's label, shape (k,); names: in order of their first row."""

    number: Rows
    names: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The label of each row."""
        return tuple(self.names[i] for i in self.number)

    def differ(self, pairs: Pairs) -> Mask:
        """Which pairs have different labels."""
        found: Mask = self.number[pairs.i] != self.number[pairs.j]
        return found


def factor(values: Any, name: str, k: int) -> Factor:
    """A column of labels as numbers. Raises ValueError for another length, and for a missing label."""
    if isinstance(values, str) or not np.iterable(values):
        raise ValueError(f"{name} is {values!r}; expected one label for each of {k} effects")
    listed = list(values)
    if len(listed) != k:
        raise ValueError(f"{name} has {len(listed)} values for {k} effects; expected one each")
    absent = next((i for i, v in enumerate(listed) if v is None or v != v or v == ""), None)
    if absent is not None:
        raise ValueError(f"effect {absent + 1}: {name} is missing; expected a label")
    order: dict[str, int] = {}
    number = np.array([order.setdefault(_label(v), len(order)) for v in listed], dtype=np.intp)
    return Factor(number, tuple(order))


def _arms(first: Factor, second: Factor) -> tuple[Rows, Rows]:
    """Both columns of arms in one numbering."""
    order = {name: n for n, name in enumerate(dict.fromkeys((*first.names, *second.names)))}
    one, two = (np.array([order[name] for name in arm.names])[arm.number] for arm in (first, second))
    return one, two


def _label(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def positive(values: Any, name: str, labels: Sequence[str] | None = None) -> Array:
    """Numbers above zero, shape (k,). Raises ValueError, naming the effect, for any other."""
    found = numbers(values, name, labels)
    wrong = ~(np.isfinite(found) & (found > 0))
    if wrong.any():
        row = int(wrong.argmax())
        where = label_of(labels, row) if labels else f"effect {row + 1}"
        raise ValueError(f"{where}: {name} is {found[row]:g}; expected a number above zero")
    return found


def _parts(found: Mapping[str, Any], vi: Array, known: Mapping[str, Factor]) -> tuple[Array, Array]:
    if not ("arm1" in known and "arm2" in known):
        raise ValueError("arm1 stands without arm2 or arm2 without arm1; expected both arms of each effect")
    for one, two, made in (("v1", "v2", None), ("n1", "n2", shares_of_n)):
        if found[one] is None and found[two] is None:
            continue
        if found[one] is None or found[two] is None:
            raise ValueError(f"{one} stands without {two} or {two} without {one}; expected both")
        first, second = positive(found[one], one), positive(found[two], two)
        return (first, second) if made is None else made(vi, first, second)
    raise ValueError(
        "arm1 and arm2 say which effects share an arm, not what it adds to their variances; expected v1 and "
        "v2 (each arm's part, such as sd^2/n), or n1 and n2 (persons in each arm)"
    )


@dataclass(frozen=True, eq=False)
class _Assumed:
    """What was said of the correlation of pairs."""

    known: Mapping[str, Factor]
    pairs: Pairs
    rho: Any
    times: Array | None
    phi: float | None

    @property
    def one_number(self) -> float:
        """rho where it is one number and nothing else is said."""
        plain = isinstance(self.rho, Real) and self.times is None and "arm1" not in self.known
        return float(self.rho) if plain else math.nan

    @property
    def way_out(self) -> str:
        """What to do about a matrix that is none."""
        if isinstance(self.rho, Real) or self.rho is None:
            return "expected a smaller correlation, or effects of which none follows from the others"
        return "expected correlations that are possible together"

    @property
    def sentence(self) -> str:
        """What was assumed, in words."""
        said = []
        if isinstance(self.rho, Real):
            within = ", those of different subgroups are not" if "subgroup" in self.known else ""
            said.append(f"errors of the same persons are correlated {float(self.rho):g}{within}")
        elif self.rho is not None:
            said.append("errors of the same persons are correlated by pair of outcomes")
        if self.times is not None:
            said.append(f"over time {self.phi:g} to the power of the time between")
        if "arm1" in self.known:
            said.append("effects that share an arm share its part of the variance")
        return ", ".join(said) or "effects are independent"

    def nothing_said(self) -> str:
        """Why no covariance can be known."""
        names = self.known["cluster"].names
        size = np.bincount(self.known["cluster"].number)
        several = int(np.argmax(size > 1))
        return (
            f"{names[several]} has {size[several]} effects of the same persons, and nothing says how their "
            "errors are correlated; expected rho (0.6 is often assumed, and the result shows what others "
            "would give), a rho by pair of outcomes, or phi with times"
        )

    def correlation(self) -> Array | None:
        """The correlation of each pair, (n,); None where nothing is said of it."""
        if not self.pairs.i.size:
            return np.zeros(0)
        found = self._of_outcomes()
        if self.times is None:
            if self.phi is not None:
                raise ValueError("phi stands without time; expected when each effect was measured")
            return found
        return self._over_time(found)

    def _over_time(self, found: Array | None) -> Array:
        if self.phi is None or not 0 <= self.phi < 1:
            raise ValueError(
                f"phi is {self.phi!r}; expected the correlation over one unit of time, 0 to below 1"
            )
        assert self.times is not None
        first, second = self.pairs.of(self.times)
        decay: Array = self.phi ** np.abs(first - second)
        if found is None:
            return decay
        if "outcome" not in self.known:
            return np.where(first == second, found, decay)
        return decay * np.where(self.known["outcome"].differ(self.pairs), found, 1.0)

    def _of_outcomes(self) -> Array | None:
        if self.rho is None:
            return None
        if is_number(self.rho):
            return np.full(self.pairs.i.size, as_correlation(float(self.rho), "rho"))
        table = _table_of(self.rho)
        if "outcome" not in self.known:
            raise ValueError(
                "rho is given by pair of outcomes; expected `outcome`, the outcome of each effect"
            )
        return self._by_pair(table, self.known["outcome"])

    def _by_pair(self, table: Mapping[tuple[str, str], float], outcome: Factor) -> Array:
        matrix = np.full((len(outcome.names), len(outcome.names)), np.nan)
        for a, one in enumerate(outcome.names):
            for b, two in enumerate(outcome.names):
                value = table.get((one, two), table.get((two, one), math.nan))
                matrix[a, b] = value
        first, second = self.pairs.i, self.pairs.j
        found: Array = matrix[outcome.number[first], outcome.number[second]]
        alike = outcome.number[first] == outcome.number[second]
        if self.times is not None or "arm1" in self.known:
            found = np.where(alike, 1.0, found)
        absent = np.isnan(found)
        if absent.any():
            at = int(absent.argmax())
            pair = tuple(outcome.names[outcome.number[side[at]]] for side in (first, second))
            cluster = self.known["cluster"]
            raise ValueError(
                f"{cluster.names[cluster.number[first[at]]]}: rho says nothing of {pair[0]} with {pair[1]}; "
                "expected their correlation"
            )
        return found


def _table_of(rho: Any) -> dict[tuple[str, str], float]:
    """Correlations by pair of labels, from a data frame or a dictionary of pairs."""
    if hasattr(rho, "columns") and hasattr(rho, "index"):
        pairs = {
            (_label(row), _label(name)): float(rho.loc[row, name])
            for row in rho.index
            for name in rho.columns
        }
        return {pair: value for pair, value in pairs.items() if pair[0] != pair[1] or value != 1.0}
    if isinstance(rho, Mapping) and all(isinstance(key, tuple) and len(key) == 2 for key in rho):
        return {
            (_label(one), _label(two)): as_correlation(value, f"rho of {one} with {two}")
            for (one, two), value in rho.items()
        }
    raise ValueError(
        f"rho is {rho!r}; expected a number, {{('hip', 'neck'): 0.8}}, or a square data frame of correlations"
    )


def is_number(value: Any) -> bool:
    """Whether it is one number, and no truth value."""
    return isinstance(value, Real) and not isinstance(value, bool)


def as_correlation(value: Any, what: str) -> float:
    """A correlation. Raises ValueError for anything that is none, 1 and -1 among it."""
    if is_number(value) and -1.0 < float(value) < 1.0:
        return float(value)
    raise ValueError(f"{what} is {value!r}; expected a correlation, between -1 and 1")
