"""Writes robust.json: `python tests/reference/bayesian/make_robust.py`, some minutes.

Effects with t(1) tails and contaminated ones, half-normal(0.5) prior of tau: nested sums with 25 digits, over
log tau by the trapezoidal rule and over the mean by Gauss-Legendre panels. Of t(1) effects the density of an
estimate is Voigt's, in closed form by the complementary error function.
"""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import mpmath

FAR = ("-17 -11 -8 -6 -4.5 -3.3 -2.5", "4.5 5.5 6.6 8 10 13 18")
ONE = f"{FAR[0]} -2 -1.6 -1.2 -0.9 -0.6 -0.3 0 0.25 0.5 0.8 1.1 1.4 1.7 2 2.3 2.6 2.9 3.2 3.6 4 {FAR[1]}"
TWO = (
    "-17 -11 -8 -6 -4 -2.5 -1.5 -1 -0.7 -0.5 -0.3 -0.1 0.1 0.25 0.4 0.6 0.8 1.1 1.6 2.3 3 3.6 4 4.2 4.4 4.6 "
    "4.8 5 5.2 5.4 5.6 5.8 6.1 6.6 7.4 8.5 10 13 18"
)
CASES: dict[str, dict[str, Any]] = {
    "mixture": {"y": "-0.5 0.2 2.5", "v": "0.09 0.16 0.04", "edges": ONE, "effects": ("mixture", "0.1", "5")},
    "mixture, 50 standard errors apart": {
        "y": "0 5",
        "v": "0.01 0.01",
        "edges": TWO,
        "effects": ("mixture", "0.2", "10"),
    },
    "t": {"y": "-0.5 2.5", "v": "0.09 0.04", "edges": ONE, "effects": ("t",)},
}
PRIOR = (mpmath.mpf("0.3"), mpmath.mpf(2))
ABOVE = mpmath.mpf("0.25")


def normal(r: Any, variance: Any) -> Any:
    return mpmath.exp(-r * r / (2 * variance)) / mpmath.sqrt(2 * mpmath.pi * variance)


def study(r: Any, v: Any, tau: Any, effects: tuple[str, ...]) -> tuple[Any, Any, Any, Any]:
    """Density of an estimate r from the mean; times its effect's distance, that squared, P(outlying)."""
    if effects[0] == "mixture":
        p, c = mpmath.mpf(effects[1]), mpmath.mpf(effects[2])
        found = [mpmath.mpf(0)] * 4
        for share, spread, outlying in ((1 - p, tau**2, 0), (p, (c * tau) ** 2, 1)):
            dense = share * normal(r, v + spread)
            kept = spread / (v + spread)
            found[0] += dense
            found[1] += dense * kept * r
            found[2] += dense * (v * kept + (kept * r) ** 2)
            found[3] += dense * outlying
        return tuple(found)
    # w(z) = exp(-z^2) erfc(-iz), w' = -2 z w + 2i / sqrt(pi); effect = r + v d/dr log density, and so on.
    sd = mpmath.sqrt(2 * v)
    z = mpmath.mpc(r, tau) / sd
    w = mpmath.exp(-z * z) * mpmath.erfc(-1j * z)
    first = -2 * z * w + 2j / mpmath.sqrt(mpmath.pi)
    second = -2 * w - 2 * z * first
    height = 1 / mpmath.sqrt(2 * mpmath.pi * v)
    dense, slope, bend = (height * each.real / sd**n for n, each in enumerate((w, first, second)))
    away = r * dense + v * slope
    square = v * dense + v * v * bend + 2 * r * v * slope + r * r * dense
    return dense, away, square, mpmath.mpf(0)


@cache
def legendre() -> list[tuple[Any, Any]]:
    found = []
    for k in range(1, 17):
        x = mpmath.findroot(
            lambda t: mpmath.legendre(16, t), mpmath.cos(mpmath.pi * (k - mpmath.mpf("0.25")) / 16.5)
        )
        slope = 16 * (x * mpmath.legendre(16, x) - mpmath.legendre(15, x)) / (x * x - 1)
        found.append((x, 2 / ((1 - x * x) * slope**2)))
    return found


def exact(case: dict[str, Any]) -> dict[str, Any]:
    """Evidence; mean, sd and P(> 0.25) of mu; mean of tau; own mean, sd and P(outlying) of each study."""
    y = [mpmath.mpf(each) for each in case["y"].split()]
    v = [mpmath.mpf(each) for each in case["v"].split()]
    edges = [mpmath.mpf(each) for each in case["edges"].split()]
    k = len(y)
    sums = [mpmath.mpf(0)] * (5 + 3 * k)
    step = mpmath.mpf("0.25")
    for number in range(-100, 9):
        tau = mpmath.exp(step * number)
        weight = step * tau * 2 * normal(tau, mpmath.mpf("0.25"))
        inner = [mpmath.mpf(0)] * len(sums)
        for low, high in pairwise(edges):
            middle = (low + high) / 2
            for x, share in legendre():
                mu = middle + (high - low) / 2 * x
                mass = (high - low) / 2 * share * normal(mu - PRIOR[0], PRIOR[1] ** 2)
                parts = [
                    study(each - mu, spread, tau, case["effects"]) for each, spread in zip(y, v, strict=True)
                ]
                for part in parts:
                    mass *= part[0]
                inner[0] += mass
                inner[1] += mass * mu
                inner[2] += mass * mu * mu
                inner[3] += mass if mu > ABOVE else 0
                inner[4] += mass * tau
                for i, part in enumerate(parts):
                    inner[5 + 3 * i] += mass * (mu + part[1] / part[0])
                    inner[6 + 3 * i] += mass * (mu * mu + (2 * mu * part[1] + part[2]) / part[0])
                    inner[7 + 3 * i] += mass * part[3] / part[0]
        sums = [total + weight * each for total, each in zip(sums, inner, strict=True)]
    total = sums[0]
    mean, square, above, tau, *own = (each / total for each in sums[1:])
    return {
        "log": float(mpmath.log(total)),
        "mu": [float(mean), float(mpmath.sqrt(square - mean**2))],
        "above": float(above),
        "tau": float(tau),
        "own_mean": [float(each) for each in own[::3]],
        "own_sd": [float(mpmath.sqrt(b - a * a)) for a, b in zip(own[::3], own[1::3], strict=True)],
        "outlying": [float(each) for each in own[2::3]],
    }


if __name__ == "__main__":
    with mpmath.workdps(25):
        found = {name: case | exact(case) for name, case in CASES.items()}
    place = Path(__file__).with_name("robust.json")
    place.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
