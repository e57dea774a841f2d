"""Columns as users hand them over: found in their data by name, brought into one order, read as numbers."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterator, Mapping, Sequence, Set
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import numpy as np
import numpy.typing as npt

_PLAIN = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+")
_SEPARATORS = {";": "';'", "\t": r"'\t'"}


def names_of(data: Any) -> list[Any]:
    """The names of the columns of a data frame, a table or a dictionary; ValueError for anything else."""
    if isinstance(data, Mapping):
        return list(data)
    names = getattr(data, "column_names", getattr(data, "columns", None))
    if names is None:
        names = getattr(getattr(data, "dtype", None), "names", None)
    if names is None or isinstance(names, str):
        raise ValueError(
            f"data is of type {type(data).__name__}; expected a data frame or a dictionary of columns"
        )
    return list(names)


def column(values: Any, data: Any, name: str, *, constant: bool = False) -> Any:
    """The values, or the column of `data` that they name by a text or a whole number.

    constant: whether a number that names no column is a value, the same for all studies. Raises ValueError
    for a name that `data` does not have, or has twice.
    """
    if isinstance(values, bool) or not isinstance(values, str | Integral):
        return values
    if data is None:
        if isinstance(values, str):
            raise ValueError(
                f"{name} is the text '{values}'; expected numbers, or `data` with a column of that name"
            )
        return values
    names = names_of(data)
    found = sum(bool(known == values) for known in names)
    if found > 1:
        raise ValueError(f"{name}: data has {found} columns named {values!r}; expected one")
    if found:
        return data[values]
    if constant and not isinstance(values, str):
        return values
    raise _no_column(values, names, name)


def _no_column(wanted: Any, names: Sequence[Any], name: str) -> ValueError:
    if len(names) == 1:
        for sign, shown in _SEPARATORS.items():
            if sign in str(names[0]):
                return ValueError(
                    f"{name}: data has one column, {str(names[0])!r}: it was read with another separator; "
                    f"read the file with sep={shown}"
                )
    spelled = {str(known): known for known in names}
    close = difflib.get_close_matches(str(wanted), spelled)
    hint = f"; did you mean {spelled[close[0]]!r}?" if close else "."
    return ValueError(f"{name}: data has no column {wanted!r}{hint} It has: {', '.join(spelled)}")


# Rows: series belong together by the labels of their index, not by their position.


def side_by_side(given: Mapping[str, Any]) -> dict[str, Any]:
    """The same columns with their rows in one order, that of the first column that has an index.

    Columns with one index in one order stay as they are, and so do lists and arrays beside them. Columns
    whose indexes have the same labels in different orders are rearranged. Raises ValueError, naming the first
    difference, where the labels differ or repeat, and where a list or array stands beside columns in
    different orders, as nothing says which of them it follows.
    """
    indexes = {name: values.index for name, values in given.items() if _has_index(values)}
    if len(indexes) < 2:
        return dict(given)
    first, *others = indexes
    moved = [name for name in others if not indexes[name].equals(indexes[first])]
    for name in moved:
        _check_labels(first, indexes[first], name, indexes[name])
    plain = [name for name, values in given.items() if name not in indexes and _has_rows(values)]
    if moved and plain:
        raise ValueError(
            f"{plain[0]} has no index, and the rows of {first} and {moved[0]} are in different orders "
            f"({_first_difference(indexes[first], indexes[moved[0]])}); expected {plain[0]} as a series with "
            "the same index"
        )
    return {
        name: values.reindex(indexes[first]) if name in moved else values for name, values in given.items()
    }


def for_studies(values: Any, labels: Sequence[str], name: str) -> Any:
    """A series in the order of labelled studies, where its index has their labels; anything else as it is.

    Raises ValueError, with the first that is absent, where the index has some of the labels only, and where
    one of them repeats in an index of another order.
    """
    if not _has_index(values):
        return values
    index = [str(label) for label in values.index]
    if index == list(labels):
        return values
    rows = {label: row for row, label in enumerate(index)}
    absent = [label for label in labels if label not in rows]
    if not absent:
        repeated = next((label for label in labels if index.count(label) > 1), None)
        if repeated is not None:
            raise ValueError(
                f"the label '{repeated}' repeats in the index of {name}; "
                "expected the order of the studies, or labels that are unique"
            )
        return values.iloc[[rows[label] for label in labels]]
    if len(absent) < len(labels):
        raise ValueError(f"the index of {name} lacks '{absent[0]}'; expected the labels of all studies")
    return values


def _has_index(values: Any) -> bool:
    """Whether it is a pandas series or data frame, without importing pandas."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(values, pandas.Series | pandas.DataFrame)


def _has_rows(values: Any) -> bool:
    return not isinstance(values, str) and np.iterable(values)


def _check_labels(first: str, one: Any, name: str, other: Any) -> None:
    for here, there, holder, lacking in ((one, other, first, name), (other, one, name, first)):
        absent = here[~here.isin(there)]
        if len(absent):
            raise ValueError(
                f"the rows of {first} and {name} have different labels: {absent[0]!r} is in the index of "
                f"{holder} and not of {lacking}; expected one index, or arrays, which go by position"
            )
    for holder, index in ((first, one), (name, other)):
        if not index.is_unique:
            raise ValueError(
                f"the rows of {first} and {name} cannot be matched: {_first_difference(one, other)}, and the "
                f"label {index[index.duplicated()][0]!r} repeats in the index of {holder}; "
                "expected one order, or labels that are unique"
            )


def _first_difference(one: Any, other: Any) -> str:
    for row in range(min(len(one), len(other))):
        if one[row] != other[row]:
            return f"row {row + 1} is {one[row]!r} in one and {other[row]!r} in the other"
    return f"one has {len(one)} rows and the other {len(other)}"


# Numbers: one rule for all functions, whose refusals name study, column and value.


def label_of(labels: Sequence[str] | None, position: int) -> str:
    """The name of a study, or its number from one."""
    return labels[position] if labels is not None and position < len(labels) else f"study {position + 1}"


def numbers(values: Any, name: str, labels: Sequence[str] | None = None) -> npt.NDArray[np.float64]:
    """A one-dimensional float array; None and masked values become nan.

    Raises ValueError, naming the study, for truth values and for text, even if it spells a number: a column
    of text has one for a reason, and the study named is the first that does not spell one, with what its
    comma could mean. Raises ValueError too for what has no order or is not one number a study.
    """
    if isinstance(values, Set | Mapping):
        kind = type(values).__name__
        raise ValueError(
            f"{name} is a {kind}; expected a list or an array, whose order is that of the studies"
        )
    items = list(values) if isinstance(values, Iterator) else values
    if isinstance(items, np.ma.MaskedArray):
        items = np.ma.getdata(items).astype(object)
        items[np.ma.getmaskarray(values)] = None
    array = _as_array(items, name)
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {array.shape}; expected one number per study")
    mixed = isinstance(items, list | tuple) and any(isinstance(item, bool) for item in items)
    if array.dtype.kind in "fiu" and not mixed:  # numpy takes a truth value among numbers for one of them
        return array.astype(float)
    listed = items if np.iterable(items) and not isinstance(items, str) else [items]
    found = np.array([_number(item, name, label_of(labels, i)) for i, item in enumerate(listed)])
    for i, item in enumerate(listed):
        if isinstance(item, str):
            raise ValueError(f"{label_of(labels, i)}: {name} is {str(item)!r}; expected a number, not text")
    return found


def finite(
    values: npt.NDArray[np.float64], name: str, labels: Sequence[str] | None = None
) -> npt.NDArray[np.float64]:
    """The values, missing ones included. Raises ValueError, naming the study, where one is infinite."""
    infinite = np.isinf(values)
    if infinite.any():
        row = int(infinite.argmax())
        raise ValueError(f"{label_of(labels, row)}: {name} is {values[row]:g}; expected a finite number")
    return values


def _as_array(items: Any, name: str) -> npt.NDArray[Any]:
    try:
        return np.atleast_1d(np.asarray(items))
    except ValueError as error:
        raise ValueError(
            f"{name} is a list of lists of different lengths; expected one number per study"
        ) from error


def _number(item: Any, name: str, label: str) -> float:
    if is_missing(item):
        return float("nan")
    if isinstance(item, str):
        return _spelled(item, name, label)
    if isinstance(item, bool) or not isinstance(item, Real | Decimal):
        raise ValueError(f"{label}: {name} is {str(item)!r}; expected a number")
    try:
        return float(item)
    except (OverflowError, ValueError) as error:  # an integer beyond 1e308; a Decimal's signalling NaN
        raise ValueError(
            f"{label}: {name} cannot be held in double precision; rescale the outcome"
        ) from error


def _spelled(text: str, name: str, label: str) -> float:
    """The number that a text spells."""
    spelling = text.strip()
    if _PLAIN.fullmatch(spelling):
        return float(spelling)
    says = f"{label}: {name} is {str(text)!r}"
    if not spelling:
        raise ValueError(f"{says}; expected a number, or None where it is missing")
    if _THOUSANDS.fullmatch(spelling):
        as_decimal, as_thousands = spelling.replace(",", "."), spelling.replace(",", "")
        readings = f"{as_decimal} or {as_thousands}" if spelling.count(",") == 1 else as_thousands
        raise ValueError(f"{says}, which may mean {readings}; expected a number without commas")
    if _DECIMAL_COMMA.fullmatch(spelling):
        point = spelling.replace(",", ".")
        raise ValueError(
            f"{says}, with a decimal comma; expected {point} (a file is read so with decimal=',')"
        )
    raise ValueError(f"{says}; expected a number")


def is_missing(item: Any) -> bool:
    """None, or pandas' marks of what is not available."""
    return item is None or type(item).__name__ in ("NAType", "NaTType")
