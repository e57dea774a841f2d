"""Writes regression.json: `python tests/reference/bayesian/make_regression.py`, a minute or two.

A meta-regression of six studies, half-normal(0.5) prior of tau: everything given tau in closed form, tau
by mpmath's tanh-sinh quadrature with 40 digits.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mpmath

YI = ("-0.9", "-0.4", "0.3", "0.1", "0.8", "0.6")
VI = ("0.10", "0.25", "0.08", "0.30", "0.15", "0.20")
DOSE = (1, 2, 3, 5, 8, 9)
CASES: dict[str, list[tuple[str, str] | None]] = {
    "both normal": [("0.1", "2"), ("0", "0.3")],
    "flat intercept": [None, ("0.05", "0.3")],
    "flat slope": [("0.1", "2"), None],
    "both flat": [None, None],
}


def exact(priors: list[tuple[str, str] | None], at: Any, row: list[int]) -> dict[str, Any]:
    """By 40-digit quadrature over tau: evidence, moments of both coefficients, tau, P(beta_1 > at), a row."""
    with mpmath.workdps(40):
        x = mpmath.matrix([[1, mpmath.mpf(d)] for d in DOSE])
        y = mpmath.matrix([mpmath.mpf(each) for each in YI])
        weight = [mpmath.mpf(0) if p is None else 1 / mpmath.mpf(p[1]) ** 2 for p in priors]
        centre = [mpmath.mpf(0) if p is None else mpmath.mpf(p[0]) for p in priors]
        one = mpmath.matrix(row)

        def given(tau: Any) -> Any:
            w = [1 / (mpmath.mpf(v) + tau**2) for v in VI]
            gram = mpmath.matrix(2, 2)
            right = mpmath.matrix(2, 1)
            for i in range(6):
                for a in range(2):
                    right[a] += w[i] * x[i, a] * y[i]
                    for b in range(2):
                        gram[a, b] += w[i] * x[i, a] * x[i, b]
            for a in range(2):
                gram[a, a] += weight[a]
                right[a] += weight[a] * centre[a]
            inverse = gram**-1
            beta = inverse * right
            squares = sum(w[i] * (y[i] - x[i, 0] * beta[0] - x[i, 1] * beta[1]) ** 2 for i in range(6))
            squares += sum(weight[a] * (beta[a] - centre[a]) ** 2 for a in range(2))
            value = mpmath.exp(-squares / 2) / mpmath.sqrt(mpmath.det(gram))
            for each in w:
                value *= mpmath.sqrt(each / (2 * mpmath.pi))
            for each in weight:
                value *= mpmath.sqrt(each) if each else mpmath.sqrt(2 * mpmath.pi)
            prior = mpmath.sqrt(2 / mpmath.pi) / mpmath.mpf("0.5") * mpmath.exp(-2 * tau**2)
            mean = (one.T * beta)[0]
            spread = (one.T * inverse * one)[0]
            beyond = mpmath.erfc((at - beta[1]) / mpmath.sqrt(2 * inverse[1, 1])) / 2
            new = mpmath.erfc((0 - mean) / mpmath.sqrt(2 * (spread + tau**2))) / 2
            return (
                value
                * prior
                * mpmath.matrix(
                    [
                        1,
                        beta[0],
                        beta[1],
                        inverse[1, 1] + beta[1] ** 2,
                        tau,
                        beyond,
                        mean,
                        spread + mean**2,
                        new,
                    ]
                )
            )

        nodes = [0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6]
        parts = [mpmath.quad(lambda t, i=i: given(t)[i], nodes) for i in range(9)]
        total = parts[0]
        first, second, square, tau, beyond, mean, mean2, new = (part / total for part in parts[1:])
        return {
            "log": float(mpmath.log(total)),
            "mean": [float(first), float(second)],
            "sd": float(mpmath.sqrt(square - second**2)),
            "tau": float(tau),
            "beyond": float(beyond),
            "row": (float(mean), float(mpmath.sqrt(mean2 - mean**2))),
            "new": float(new),
        }


if __name__ == "__main__":
    with mpmath.workdps(40):
        found = {name: exact(priors, mpmath.mpf("0.1"), [1, 4]) for name, priors in CASES.items()}
    place = Path(__file__).with_name("regression.json")
    place.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
