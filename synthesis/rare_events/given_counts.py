"""Counts of one group or two as users hand them over, checked; and the likelihood that a model gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from evidence.effects.input_columns import column, finite, label_of, numbers, side_by_side
from evidence.wording import enumerate_words
from synthesis.pooling.inputs import check_labels, labels_of
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.rare.beta_binomial import Overdispersed
from synthesis.pooling.rare.count_models import (
    CountModel,
    TwoGroups,
    conditional_odds,
    conditional_rates,
    fixed_levels,
    overdispersed,
    random_levels,
    single_proportions,
    single_rates,
)

_LINKS = {"OR": "logit", "RR": "log", "RD": "identity", "PLO": "logit"}
_TABLE, _RATES = ("ai", "bi", "ci", "di", "n1i", "n2i"), ("x1i", "t1i", "x2i", "t2i")


@dataclass(frozen=True, eq=False)
class GivenCounts:
    """Events and sizes (persons or person-time) of one group or two, (k, groups), with labels."""

    events: Array
    size: Array
    labels: tuple[str, ...]
    measure: str
    dropped: int

    @classmethod
    def of(cls, measure: str, columns: Mapping[str, Any], data: Any, slab: Any, missing: str) -> GivenCounts:
        """From columns. Raises ValueError, naming study and column, for counts that cannot be true."""
        found = {name: column(values, data, name) for name, values in columns.items() if values is not None}
        rows = side_by_side(found | {"slab": column(slab, data, "slab")})
        labels = labels_of(rows["slab"])
        given = {name: finite(numbers(rows[name], name, labels), name, labels) for name in found}
        first, second = _pairs(measure, given)
        events, size = (
            np.array([pair[0] for pair in (first, *second)]),
            np.array([p[1] for p in (first, *second)]),
        )
        events, size = events.T, size.T
        k = len(events)
        check_labels(labels, k)
        all_labels = tuple(label_of(labels, i) for i in range(k))
        known = np.isfinite(events).all(axis=1) & np.isfinite(size).all(axis=1)
        if not known.all() and missing == "refuse":
            raise ValueError(
                f"{all_labels[int((~known).argmax())]}: a count is missing; expected all of them "
                "(missing='drop' leaves such studies out)"
            )
        if not known.any():
            raise ValueError("there is no study with all its counts; expected at least one")
        kept = tuple(all_labels[i] for i in np.flatnonzero(known))
        counts = cls(events[known], size[known], kept, measure, int((~known).sum()))
        counts.check()
        return counts

    @property
    def is_of_rates(self) -> bool:
        """Whether sizes are person-time."""
        return self.measure in ("IRR", "IRLN")

    @property
    def groups(self) -> TwoGroups:
        """As one group or two."""
        return TwoGroups(self.events, self.size, self.is_of_rates)

    def check(self) -> None:
        """Raise ValueError for counts that cannot be true."""
        whole = (self.events == np.round(self.events)) & (self.events >= 0)
        size = (self.size > 0) & (
            self.is_of_rates | ((self.size == np.round(self.size)) & (self.events <= self.size))
        )
        for sound, expected in (
            (whole, "events are whole numbers, zero or more"),
            (
                size,
                "person-time is above zero"
                if self.is_of_rates
                else "persons are whole numbers, at least the events",
            ),
        ):
            if not sound.all():
                study, group = np.argwhere(~sound)[0]
                at = f"{self.events[study, group]:g} of {self.size[study, group]:g}"
                raise ValueError(f"{self.labels[study]}: group {group + 1} has {at}; {expected}")

    def refuse_one_sided(self) -> None:
        """Raise ValueError where a group has no events in any study, or nothing else."""
        for group in range(self.events.shape[1]):
            of = f"group {group + 1} has" if self.events.shape[1] == 2 else "there are"
            if not self.events[:, group].any():
                why = (
                    "the difference is at the edge of what it can be, where this model has no interval"
                    if self.measure == "RD"
                    else "the effect has no estimate and no interval"
                )
                raise ValueError(f"{of} no events in any study: {why}")
            if not self.is_of_rates and (self.events[:, group] == self.size[:, group]).all():
                raise ValueError(f"{of} nothing but events in all studies: the effect has no estimate")

    def model(self, word: str, coding: float, correlated: bool) -> CountModel:
        """The likelihood of a model."""
        first, last = self.events[:, 0], self.events[:, -1]
        n1, n2 = self.size[:, 0], self.size[:, -1]
        if word == "normal":
            return single_rates(first, n1) if self.is_of_rates else single_proportions(first, n1)
        if word == "BB":
            groups = tuple(map(Overdispersed, self.events.T, self.size.T))
            return overdispersed(groups, _LINKS[self.measure], correlated)
        if word == "UM.FS":
            return fixed_levels(self.groups, coding)
        if word == "UM.RS":
            return random_levels(self.groups, coding, correlated)
        if self.is_of_rates:
            return conditional_rates(first, n1, last, n2)
        return conditional_odds(first, n1, last, n2, exact=word == "CM.EL")


def _pairs(measure: str, given: Mapping[str, Array]) -> tuple[tuple[Array, Array], list[tuple[Array, Array]]]:
    """Events and sizes of the first group, and of the second where there is one."""
    expected = {"PLO": ("xi", "ni"), "IRLN": ("xi", "ti"), "IRR": _RATES}.get(measure, _TABLE)
    for name in given:
        if name not in expected:
            raise ValueError(f"unknown column '{name}'; expected some of: {', '.join(expected)}")
    if measure in ("PLO", "IRLN"):
        needed = expected
    elif measure == "IRR":
        needed = _RATES
    else:
        needed = ("ai", "ci", "bi" if "bi" in given else "n1i", "di" if "di" in given else "n2i")
    for name in needed:
        if name not in given:
            raise ValueError(f"'{name}' is missing; expected {', '.join(needed)}")
    sizes = {given[name].size for name in given}
    if len(sizes) > 1:
        raise ValueError(
            f"the columns have {enumerate_words([str(s) for s in sorted(sizes)])} values; expected as "
            "many of each"
        )
    if measure in ("PLO", "IRLN"):
        return (given[needed[0]], given[needed[1]]), []
    if measure == "IRR":
        return (given["x1i"], given["t1i"]), [(given["x2i"], given["t2i"])]
    n1 = given["ai"] + given["bi"] if "bi" in given else given["n1i"]
    n2 = given["ci"] + given["di"] if "di" in given else given["n2i"]
    return (given["ai"], n1), [(given["ci"], n2)]
