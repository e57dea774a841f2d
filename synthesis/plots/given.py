"""What a caller handed over beside effects: the table they came from, and the measure that they are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any

import numpy as np

from evidence.effects.columns import LOG, EffectSizes, Mask
from evidence.effects.input_columns import column, for_studies


@dataclass(frozen=True, eq=False)
class Given:
    """The table `data`, and which of its rows are the studies of the result (all when None).

    measure: of effects that `escalc` made, else empty. log: whether these are logarithms. null: no effect on
    the scale that is shown.
    """

    data: Any = None
    kept: Mask | None = None
    measure: str = ""
    log: bool = False
    null: float | None = 0.0

    @classmethod
    def of(cls, yi: Any, data: Any, kept: Mask | None) -> Given:
        """What stands beside the effects `yi` of a call."""
        if not isinstance(yi, EffectSizes):
            return cls(data, kept)
        return cls(data, kept, yi.measure, yi.scale is LOG, yi.scale.null)

    def beside(self, data: Any) -> Given:
        """The same with another table, where one is given with the plot."""
        return self if data is None else replace(self, data=data)

    @property
    def words(self) -> dict[str, Any]:
        """The words of a plot that follow from the measure; none where it is not known."""
        if not self.measure:
            return {}
        from evidence.effects.forms import MEASURES

        title = MEASURES[self.measure].title if self.measure in MEASURES else self.measure
        shown = title.removeprefix("log ") if self.log else title
        return {"effect": shown[:1].upper() + shown[1:], "log": self.log, "null": self.null}

    def values(self, given: Any, labels: Sequence[str], what: str) -> list[Any]:
        """A value for each study: of a column of the table by its name, or a list with one each.

        Raises ValueError, saying what was expected, for a name the table does not have, and where the number
        of values is neither that of the studies nor that of the rows they were chosen from.
        """
        found = for_studies(column(given, self.data, what), labels, what)
        if isinstance(found, str) or not np.iterable(found):
            raise ValueError(f"{what} is {given!r}; expected the name of a column of `data`, or a list")
        values = list(found)
        if len(values) == len(labels):
            return values
        if self.kept is not None and len(values) == self.kept.size:
            return list(compress(values, self.kept.tolist()))
        raise ValueError(
            f"{what} has {len(values)} values for {len(labels)} studies; expected one for each study"
        )
