"""Pinned values of metafor and R for the diagnostics, and how they are compared."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from synthesis.pooling.kernel.effects import Array

_FOLDER = Path(__file__).parents[2] / "reference"
METAFOR: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text())
    for path in sorted((_FOLDER / "metafor").glob("*.json"))
    if path.stem != "multilevel"
}
SMALL_STUDIES: dict[str, Any] = json.loads((_FOLDER / "diagnostics" / "small_studies.json").read_text())


def effects(entry: dict[str, Any]) -> tuple[Array, Array]:
    """yi and vi of a data set."""
    return np.array(entry["yi"], dtype=float), np.array(entry["vi"], dtype=float)


class Comparisons:
    """Counts comparisons and keeps the words of those that fail."""

    def __init__(self) -> None:
        self.made = 0
        self.failed: list[str] = []

    def check(self, what: str, ours: float, reference: Any, absolute: float = 0.0) -> None:
        """One number against another at 1e-8 relative, or within an absolute difference."""
        self.made += 1
        if not math.isclose(ours, float(reference), rel_tol=1e-8, abs_tol=absolute):
            self.failed.append(f"{what}: {ours!r} {reference!r}")

    def report(self) -> int:
        """How many comparisons were made; none may have failed."""
        assert self.failed == []
        return self.made
