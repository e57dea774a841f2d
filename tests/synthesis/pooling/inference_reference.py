"""Reference values shared by the tests of weights, studies' effects and Henmi-Copas intervals."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from synthesis.pooling.kernel.effects import Array, Effects

FOLDER = Path(__file__).parents[2] / "reference"
DATA_SETS = json.loads((FOLDER / "inference" / "inference.json").read_text())
METAFOR_5 = {
    p.stem: json.loads(p.read_text())
    for p in sorted((FOLDER / "metafor").glob("*.json"))
    if p.stem != "multilevel"
}
TESTS = {"z": "z", "t": "t", "knha": "HKSJ", "adhoc": "adhoc"}


def effects_of(entry: dict[str, Any]) -> Effects:
    return Effects(np.array(entry["yi"]), np.array(entry["vi"]))


def design_of(entry: dict[str, Any], name: str) -> Array | None:
    return None if name == "none" else np.array(entry["x"], dtype=float)


def numbers(value: Any) -> list[float]:
    """What a reference holds under one name, flat; none for null."""
    if value is None:
        return []
    return [math.nan if v in (None, "NA", "NaN") else float(v) for v in np.ravel(value).tolist()]


def compare(
    ours: Any, reference: Any, what: str, rtol: float = 1e-8, atol: float = 0.0
) -> list[tuple[bool, str]]:
    """One item for each number of the reference: whether ours agrees, and what was compared."""
    expected = numbers(reference)
    found = np.ravel(ours).tolist() if expected else []
    return [
        (math.isclose(a, b, rel_tol=rtol, abs_tol=atol), f"{what}: {a} {b}")
        for a, b in zip(found, expected, strict=True)
        if not math.isnan(b)
    ]


def report(outcomes: list[tuple[bool, str]]) -> int:
    """How many numbers were compared; fails when one disagrees."""
    assert [text for good, text in outcomes if not good] == []
    return len(outcomes)
