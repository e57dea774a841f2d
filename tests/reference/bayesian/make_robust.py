"""Writes robust.json: `python tests/reference/bayesian/make_robust.py`, some seconds.

Effects with t(1) tails and contaminated ones, half-normal(0.5) prior of tau and normal(0.3, 2) of the mean:
plain trapezoidal sums over log tau and the mean, on one grid; an estimate of t(1) effects
has Voigt's density.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy import special

CASES: dict[str, dict[str, Any]] = {
    "mixture": {"y": "-0.5 0.2 2.5", "v": "0.09 0.16 0.04", "effects": ("mixture", "0.1", "5")},
    "mixture, 50 standard errors apart": {
        "y": "0 0.02 5 5.03",
        "v": "0.01 0.01 0.01 0.01",
        "effects": ("mixture", "0.2", "10"),
    },
    "t": {"y": "-0.5 0.2 2.5", "v": "0.09 0.16 0.04", "effects": ("t",)},
    "t, 50 standard errors apart": {"y": "0 0.02 5 5.03", "v": "0.01 0.01 0.01 0.01", "effects": ("t",)},
}
STEPS = (0.125, 0.01)


def normal(r: Any, variance: Any) -> Any:
    return np.exp(-0.5 * r * r / variance) / np.sqrt(2 * np.pi * variance)


def study(r: Any, v: float, tau: Any, effects: tuple[str, ...]) -> tuple[Any, Any, Any, Any]:
    """Density of an estimate r from the mean; times its effect's distance, that squared, P(outlying)."""
    if effects[0] == "mixture":
        p, c = float(effects[1]), float(effects[2])
        parts = []
        for share, spread, outlying in ((1 - p, tau**2, 0), (p, (c * tau) ** 2, 1)):
            dense, kept = share * normal(r, v + spread), spread / (v + spread)
            parts.append((dense, dense * kept * r, dense * (v * kept + (kept * r) ** 2), dense * outlying))
        dense, away, square, outside = (a + b for a, b in zip(*parts, strict=True))
        return dense, away, square, outside
    sd = np.sqrt(2 * v)
    z = (r + 1j * tau) / sd
    w = special.wofz(z)
    first = -2 * z * w + 2j / np.sqrt(np.pi)
    second = -2 * w - 2 * z * first
    height = 1 / np.sqrt(2 * np.pi * v)
    dense, slope, bend = (height * each.real / sd**n for n, each in enumerate((w, first, second)))
    return dense, r * dense + v * slope, (v + r * r) * dense + v * v * bend + 2 * r * v * slope, 0.0 * dense


def exact(case: dict[str, Any]) -> dict[str, Any]:
    """Evidence; mean and sd of mu; mean of tau; own mean, sd and P(outlying) of each study."""
    y, v = (np.array(case[each].split(), dtype=float) for each in ("y", "v"))
    tau = np.exp(np.arange(-32.0, 2.5, STEPS[0]))[:, None]
    mu = np.arange(-16.0, 17.0, STEPS[1])[None, :]
    mass = STEPS[0] * STEPS[1] * tau * 2 * normal(tau, 0.25) * normal(mu - 0.3, 4.0)
    parts = [study(each - mu, spread, tau, case["effects"]) for each, spread in zip(y, v, strict=True)]
    for part in parts:
        mass = mass * part[0]
    parts = [(np.where(part[0] > 0, part[0], 1.0), *part[1:]) for part in parts]  # there the mass is zero
    total = mass.sum()
    mass = mass / total
    mean = (mass * mu).sum()
    own = [(mu + part[1] / part[0], mu * mu + (2 * mu * part[1] + part[2]) / part[0]) for part in parts]
    own_mean = [float((mass * each).sum()) for each, _ in own]
    return {
        "log": float(np.log(total)),
        "mu": [float(mean), float(np.sqrt((mass * (mu - mean) ** 2).sum()))],
        "tau": float((mass * tau).sum()),
        "own_mean": own_mean,
        "own_sd": [
            float(np.sqrt((mass * (square - 2 * m * each + m * m)).sum()))
            for (each, square), m in zip(own, own_mean, strict=True)
        ],
        "outlying": [float((mass * part[3] / part[0]).sum()) for part in parts],
    }


if __name__ == "__main__":
    with np.errstate(under="ignore", divide="ignore", invalid="ignore"):
        found = {name: case | exact(case) for name, case in CASES.items()}
    place = Path(__file__).with_name("robust.json")
    place.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
