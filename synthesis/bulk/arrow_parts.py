"""pyarrow, loaded when a table is opened, and one sentence where it is missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def arrow(part: str = "") -> Any:
    """pyarrow, or a part of it such as "parquet". Raises ValueError where the extra is not installed."""
    return needed(f"pyarrow.{part}" if part else "pyarrow")


def needed(module: str) -> Any:
    """A module of the extra `bulk`. Raises ValueError, saying how to get it, where it is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise ValueError(
            f"tables need {module.partition('.')[0]}, which is not installed; "
            "pip install 'living-synthesis[bulk]'"
        ) from error


def numbers_of(column: Any) -> Any:
    """A column as float64 with nan for what is missing. Raises TypeError or ValueError for text."""
    pa = arrow()
    chunked = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_null(chunked.type):
        chunked = chunked.cast(pa.float64())
    if not (
        pa.types.is_floating(chunked.type)
        or pa.types.is_integer(chunked.type)
        or pa.types.is_decimal(chunked.type)
    ):
        raise TypeError(str(chunked.type))
    return chunked.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)


def with_missing(values: Any) -> Any:
    """Numbers as a column in which nan is null."""
    return arrow().array(values, from_pandas=True)
