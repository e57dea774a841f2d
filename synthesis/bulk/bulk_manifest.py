"""What a run rests on: inputs with their hashes, versions, choices, and what was counted."""

from __future__ import annotations

import hashlib
import os
import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from synthesis.bulk.bulk_choices import BulkChoices
from synthesis.bulk.table_files import is_url, opened, size_of
from synthesis.bulk.whole_results import file_digest


def identities(files: Sequence[str], tables: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """What says whether inputs are still the same: size and time of files, digests of tables in memory."""
    found: list[dict[str, Any]] = []
    for path in files:
        entry: dict[str, Any] = {"path": path, "bytes": size_of(path)}
        if not is_url(path):
            entry["changed"] = os.stat(path).st_mtime_ns
        found.append(entry)
    return found + [{"path": "", "sha256": table_digest(table)} for table in tables]


def table_digest(table: Any) -> str:
    """The SHA-256 of a table's schema and numbers."""
    digest = hashlib.sha256(str(table.schema.remove_metadata()).encode())
    for batch in table.to_batches(max_chunksize=65_536):
        digest.update(batch.serialize())
    return digest.hexdigest()


def input_entries(files: Sequence[str], tables: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """Inputs as a manifest names them."""
    entries = [{"path": path, "bytes": size_of(path), "sha256": _digest(path)} for path in files]
    return entries + [{"path": "a table in memory", "sha256": table_digest(table)} for table in tables]


def _digest(path: str) -> str:
    if not is_url(path):
        return file_digest(path)
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Versions of what made the numbers and the files."""
    found = {"python": platform.python_version()}
    for name in ("living-synthesis", "numpy", "scipy", "pyarrow", "numba"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def choices_of(chosen: BulkChoices) -> dict[str, Any]:
    """Choices as plain data."""
    return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(chosen).items()}


def counts_of(counts: Counter[tuple[str, str]]) -> list[dict[str, Any]]:
    """How often what was refused, data sets (without a study) first."""
    return [
        {"study": study or None, "reason": kind, "times": times}
        for (study, kind), times in sorted(counts.items())
    ]
