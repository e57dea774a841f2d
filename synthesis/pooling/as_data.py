"""Results as plain Python for JSON, and as data frames."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def plain(value: Any) -> Any:
    """Dataclasses, arrays and tuples as dictionaries and lists; what is not finite as None.

    A value with a `to_dict` of its own is what that says.
    """
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray | tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


class AsData:
    """A frozen result with its numbers as a dictionary and as a data frame.

    The frame has one row, or a row for each element of the arrays that `_ROWS` names.
    """

    _HIDDEN: ClassVar[tuple[str, ...]] = ()  # fields that are machinery and no numbers
    _ROWS: ClassVar[tuple[str, ...]] = ()
    _PAIRS: ClassVar[tuple[str, ...]] = ()  # fields of two numbers, low and high

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain Python for JSON; nan and infinity become None."""
        names = [f.name for f in fields(self) if f.name not in self._HIDDEN]  # type: ignore[arg-type]
        return {name: plain(getattr(self, name)) for name in names}

    def to_frame(self) -> pd.DataFrame:
        """The numbers as a data frame, in full precision."""
        import pandas as pd

        return pd.DataFrame(self._columns())

    def _columns(self) -> dict[str, Any]:
        """Columns of the data frame."""
        if self._ROWS:
            return {name: getattr(self, name) for name in self._ROWS}
        return {name: [value] for name, value in _in_one_row(self)}


def _in_one_row(result: Any) -> Iterator[tuple[str, Any]]:
    """Numbers, words and switches by name; of a pair both ends, of a result inside its own behind a dot."""
    for field in fields(result):
        value = getattr(result, field.name)
        if field.name in result._HIDDEN or field.name == "says":
            continue
        if isinstance(value, AsData):
            if not value._ROWS:
                yield from ((f"{field.name}.{name}", inner) for name, inner in _in_one_row(value))
        elif isinstance(value, float | int | str | np.generic):
            yield field.name, value
        elif field.name in result._PAIRS:
            yield f"{field.name}_low", value[0]
            yield f"{field.name}_high", value[1]
