"""Data frames of numbers kept between runs, in the user's cache, under a name that says what is in them."""

from __future__ import annotations

import os
import secrets
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
from platformdirs import user_cache_path


def kept_frame(fingerprint: str, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """The frame kept under a fingerprint, else a new one, which is kept from now on.

    The frame's columns are float64 and its index is int64. A cache that cannot be read or written is no
    error: the frame is made again.
    """
    path = user_cache_path("living-synthesis") / "frames" / f"{fingerprint}.npz"
    frame = _load(path)
    if frame is None:
        frame = make()
        with suppress(OSError):
            _save(path, frame)
    return frame


def _load(path: Path) -> pd.DataFrame | None:
    damaged = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)
    with suppress(*damaged), path.open("rb") as file, np.load(file) as kept:
        return pd.DataFrame(
            kept["values"], index=pd.Index(kept["index"], name=str(kept["name"])), columns=kept["columns"]
        )
    return None


def _save(path: Path, frame: pd.DataFrame) -> None:
    """Written beside its place and then moved, so that nobody ever reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{secrets.token_hex(8)}.npz")
    try:
        np.savez(
            beside,
            values=frame.to_numpy(dtype=float),
            index=frame.index.to_numpy(),
            name=np.array(frame.index.name),
            columns=np.array(frame.columns, dtype=str),
        )
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
