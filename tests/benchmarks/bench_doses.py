"""Speed of dose-response: 50 studies of four classes in one stage by REML, beside scipy's optimiser.

    python tests/benchmarks/bench_doses.py

Times are of the processor, the best of several runs. The peer is the same restricted likelihood, one batch of
numpy over all studies, climbed by scipy's BFGS from one start with differences for slopes: what a user would
write. Its height is compared, since one start may miss the highest hill.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

sys.path.insert(0, str(Path(__file__).parents[2]))

from synthesis import dose_response
from synthesis.pooling.doses.curve_fit import ClassEffects, CurveFit, fit_curve
from synthesis.pooling.doses.dose_basis import DoseBasis, linear, quadratic, restricted_cubic_spline
from tests.benchmarks.bench_diagnostics import seconds

Array = npt.NDArray[np.float64]
STUDIES = 50
TARGET = 0.05
CURVES = {
    "linear": linear(),
    "quadratic": quadratic(),
    "spline, 3 knots": restricted_cubic_spline([1.0, 4.0, 9.0]),
}


def invented(basis: DoseBasis, k: int = STUDIES, seed: int = 1) -> list[ClassEffects]:
    """Studies of four classes, the reference among them, whose coefficients differ."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(k):
        dose = np.append(0.0, np.sort(rng.uniform(1.0, 10.0, 3)))
        part = rng.uniform(0.01, 0.03, 4)
        covariance = np.diag(part[1:]) + part[0]
        x = basis.at(dose[1:]) - basis.at(dose[:1])
        beta = np.array([0.1, -0.02])[: basis.p] + rng.normal(0.0, [0.05, 0.03][: basis.p])
        made.append(ClassEffects(rng.multivariate_normal(x @ beta, covariance), x, covariance))
    return made


def by_scipy(studies: Sequence[ClassEffects]) -> float:
    """The largest restricted log-likelihood that BFGS reaches over the Cholesky factor of psi."""
    y, x, v = (np.array([getattr(each, name) for each in studies]) for name in ("y", "x", "covariance"))
    p = x.shape[2]
    lower = np.tril_indices(p)
    size = 1.0 / np.sqrt(np.diag(sum(each.x.T @ np.linalg.inv(each.covariance) @ each.x for each in studies)))

    def lost(values: Array) -> float:
        root = np.zeros((p, p))
        root[lower] = values
        root = np.sqrt(len(studies)) * size[:, None] * root
        total = v + x @ (root @ root.T) @ x.transpose(0, 2, 1)
        solved = np.linalg.solve(total, np.concatenate([x, y[:, :, None]], axis=2))
        both = (x.transpose(0, 2, 1) @ solved).sum(axis=0)
        gram, xy = both[:, :p], both[:, p]
        left = float((y * solved[:, :, p]).sum() - xy @ np.linalg.solve(gram, xy))
        logdet = float(np.linalg.slogdet(total)[1].sum() + np.linalg.slogdet(gram)[1])
        return float(0.5 * (logdet + left + (y.size - p) * np.log(2.0 * np.pi)))

    return -float(minimize(lost, 0.5 * np.eye(p)[lower], method="BFGS").fun)


def ours(studies: Sequence[ClassEffects]) -> CurveFit:
    """REML, from all starts."""
    return fit_curve(studies, "REML")


def whole(k: int = STUDIES) -> None:
    """The public function from columns: Greenland & Longnecker's covariances, and a parabola."""
    rng = np.random.default_rng(2)
    dose = np.concatenate([np.append(0.0, np.sort(rng.uniform(1.0, 10.0, 3))) for _ in range(k)])
    cases = rng.integers(40, 90, 4 * k)
    yi = np.where(dose > 0, rng.normal(0.05 * dose, 0.2), 0.0)
    dose_response(
        yi,
        np.where(dose > 0, 0.06, np.nan),
        dose=dose,
        study=np.repeat(np.arange(k), 4),
        cases=cases,
        n=20 * cases,
        kind="risks",
        curve="quadratic",
    )


def main() -> None:
    for name, basis in CURVES.items():
        studies = invented(basis)
        taken, theirs = seconds(partial(ours, studies)), seconds(partial(by_scipy, studies), 3)
        higher = ours(studies).loglik - by_scipy(studies)
        met = "met" if taken < TARGET else "NOT MET"
        print(
            f"{name:<18}{1e3 * taken:>8.1f} ms   scipy {1e3 * theirs:>8.1f} ms  {theirs / taken:>5.1f}x   "
            f"log-likelihood {higher:+.1e}   below {1e3 * TARGET:.0f} ms: {met}",
            flush=True,
        )
    print(f"{'from columns':<18}{1e3 * seconds(whole):>8.1f} ms   (parabola, covariances included)")


if __name__ == "__main__":
    main()
