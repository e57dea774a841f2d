"""What each question about a result answers, by hand: the analysis made again, or the formula of the paper.

Every function takes the options of `pool` and gives a list of numbers.
"""

from __future__ import annotations

import math
from itertools import combinations, product
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from synthesis import Pooled, metareg, pool
from tests.synthesis.diagnostics.test_p_uniform import loglik

Numbers = npt.NDArray[np.float64]

YI = np.array([0.05, 0.89, 1.08, 0.15, 1.18, 0.24, 0.23])
VI = np.array([0.04, 0.02, 0.09, 0.03, 0.05, 0.01, 0.06])
K = YI.size
OWN = np.array([1.3, 2.0, 0.5, 3.0, 1.0, 2.0, 0.7])
X = 0.9  # threshold of probability_beyond
CHOICES = ("method", "test", "level", "prediction", "weights", "tau2_interval")
OTHER: dict[str, list[Any]] = {
    "method": ["HS"],
    "test": ["t"],
    "level": [0.8],
    "prediction": ["HTS"],
    "weights": ["equal", OWN],
    "tau2_interval": ["PL"],
}
OTHER_METHOD = {"heterogeneity_test": "ML", "selection_model": "EE", "p_uniform": "EE"}


def again(options: dict[str, Any], rows: Any = slice(None), yi: Numbers = YI, vi: Numbers = VI) -> Pooled:
    """The analysis of some of the studies, own weights among what is taken of them."""
    chosen = dict(options)
    if isinstance(chosen.get("weights"), np.ndarray):
        chosen["weights"] = chosen["weights"][rows]
    return pool(yi[rows], vi[rows], **chosen)


def quantile(options: dict[str, Any], df: float) -> float:
    """Of t(df), or the normal distribution for infinite df, at the level of the result."""
    return float(stats.t.ppf(0.5 + 0.5 * options.get("level", 0.95), df))


# What the answer of each question is by hand: a list of numbers, in the order that ANSWERS gives.


def blup(options: dict[str, Any]) -> list[float]:
    result = again(options)
    share = result.tau2 / (result.tau2 + VI)
    effect = result.estimate + share * (YI - result.estimate)
    half = quantile(options, K - 1) * np.sqrt(share * VI + (1 - share) ** 2 * result.se**2)
    deviation = quantile(options, K - 1) * np.sqrt(share * VI + share**2 * result.se**2)
    return [*effect, *(effect - half), *(effect + half), *(effect - result.estimate - deviation)]


def probability_beyond(options: dict[str, Any]) -> list[float]:
    result = again(options)
    wald = (result.wald[1] - result.wald[0]) / 2 / quantile(options, math.inf)
    se, df = (wald, K - 2) if options.get("prediction") == "HTS" else (result.se, K - 1)
    t = (X - result.estimate) / math.sqrt(result.tau2 + se**2)
    return [float(stats.t.sf(t, df)), float(stats.t.cdf(t, df))]


def heterogeneity_test(options: dict[str, Any]) -> list[float]:
    kind = "loglik_ml" if options.get("method") == "ML" else "loglik_reml"
    estimator = "ML" if options.get("method") == "ML" else "REML"
    full, none = (getattr(pool(YI, VI, method=m), kind) for m in (estimator, "EE"))
    return [2 * (full - none), float(stats.chi2.sf(2 * (full - none), 1))]


SIGNS = np.array(list(product((1.0, -1.0), repeat=K - 1)))
ARRANGED = np.column_stack([SIGNS, np.ones(len(SIGNS))])  # the others only change the sign of the statistic


def permuted_p(options: dict[str, Any], mu: float = 0.0) -> float:
    size = np.array([abs(pool(row * (YI - mu), VI, **options).statistic) for row in ARRANGED])
    observed = abs(pool(YI - mu, VI, **options).statistic)
    return float(np.mean(size >= observed * (1 - 1e-9)))


def leave_one_out(options: dict[str, Any]) -> list[float]:
    return _refits([again(options, np.delete(np.arange(K), i)) for i in range(K)])


ORDER = [3, 0, 6, 1, 5, 2, 4]


def cumulative(options: dict[str, Any]) -> list[float]:
    return _refits([again(options, np.array(ORDER[: i + 1])) for i in range(2, K)])


REFIT_NUMBERS = (
    *("estimate", "se", "p_value", "ci_low", "ci_high", "tau2", "I2", "Q", "Q_p"),
    *("prediction_low", "prediction_high"),
)


def _refits(results: list[Pooled]) -> list[float]:
    return [getattr(each, name) for name in REFIT_NUMBERS for each in results]


def influence(options: dict[str, Any]) -> list[float]:
    """Of the model, whatever the test: residuals, Cook's distance, leverage, and tau2 and Q of the refits."""
    plain = {**options, "test": "z", "level": 0.95}
    whole, without = again(plain), [again(plain, np.delete(np.arange(K), i)) for i in range(K)]
    estimate, se, tau2, q = (
        np.array([getattr(r, n) for r in without]) for n in ("estimate", "se", "tau2", "Q")
    )
    moved = whole.estimate - estimate
    return [
        *((YI - estimate) / np.sqrt(VI + tau2 + se**2)),
        *((moved / whole.se) ** 2),
        *((se / whole.se) ** 2),
        *tau2,
        *q,
        *(whole.weights / 100.0),
        *(moved / np.sqrt([np.sum(_shares(options, t) ** 2 * (VI + t)) for t in tau2])),
    ]


def _shares(options: dict[str, Any], tau2: float) -> Numbers:
    """Weights with all studies, as shares: the model's at this tau2, or those given."""
    weights = options.get("weights")
    given = 1.0 / (VI + tau2) if weights is None else np.ones(K) if isinstance(weights, str) else weights
    return np.asarray(given / np.sum(given))


SUBSETS = [list(c) for size in range(2, K + 1) for c in combinations(range(K), size)]


def gosh(options: dict[str, Any]) -> list[float]:
    each = [again(options, np.array(rows)) for rows in SUBSETS]
    return [getattr(result, name) for name in ("estimate", "tau2", "I2", "Q") for result in each]


def egger(options: dict[str, Any]) -> list[float]:
    model = metareg(
        YI,
        VI,
        mods=np.sqrt(VI),
        method=options.get("method", "REML"),
        test="z",
        level=options.get("level", 0.95),
    )
    return [model.statistic[1], model.p_value[1], model.estimate[0], model.ci_low[0], model.ci_high[0]]


def begg(options: dict[str, Any]) -> list[float]:
    mean = np.sum(YI / VI) / np.sum(1 / VI)
    found = stats.kendalltau((YI - mean) / np.sqrt(VI - 1 / np.sum(1 / VI)), VI, method="exact")
    return [found.statistic, found.pvalue]


def trim_and_fill(options: dict[str, Any]) -> list[float]:
    """L0 on the left: the iteration of the paper, each mean by `pool`."""
    order, k0 = np.argsort(YI), 0
    for _ in range(20):
        centre = again(options, order[: K - k0]).estimate
        ranks = stats.rankdata(np.abs(YI - centre))
        found = (4 * ranks[centre < YI].sum() - K * (K + 1)) / (2 * K - 1)
        k0, before = max(0, round(found)), k0
        if k0 == before:
            break
    assert k0 > 0
    far = order[K - k0 :]
    both = np.concatenate([np.arange(K), far])
    yi = np.concatenate([YI, 2 * centre - YI[far]])
    chosen = dict(options)
    if isinstance(chosen.get("weights"), np.ndarray):
        chosen["weights"] = chosen["weights"][both]
    result = pool(yi, VI[both], **chosen)
    return [float(k0), *yi[K:], *filled_numbers(result)]


def filled_numbers(result: Any) -> list[float]:
    names = ("estimate", "se", "ci_low", "ci_high", "p_value", "tau2", "tau2_low", "tau2_high")
    return [getattr(result, name) for name in (*names, "prediction_low", "prediction_high")]


def _least_squares(x: Numbers, weights: Numbers, take: list[float], options: dict[str, Any]) -> list[float]:
    """Estimate, bounds and p of a combination of the coefficients of weighted least squares, t(k - 2)."""
    inverse = np.linalg.inv((x.T * weights) @ x)
    beta = inverse @ (x.T @ (weights * YI))
    dispersion = np.sum(weights * (YI - x @ beta) ** 2) / (K - 2)
    estimate, se = np.dot(take, beta), math.sqrt(dispersion * np.array(take) @ inverse @ np.array(take))
    half = quantile(options, K - 2) * se
    return [estimate, estimate - half, estimate + half, 2 * stats.t.sf(abs(estimate) / se, K - 2)]


def pet_peese(options: dict[str, Any]) -> list[float]:
    one = np.ones(K)
    pet = _least_squares(np.column_stack([one, np.sqrt(VI)]), 1 / VI, [1.0, 0.0], options)
    peese = _least_squares(np.column_stack([one, VI]), 1 / VI, [1.0, 0.0], options)
    return [*pet, *peese, *(peese if pet[3] / 2 < 0.05 else pet)]


def limit(options: dict[str, Any]) -> list[float]:
    tau2 = again(options).tau2
    x = np.column_stack([np.ones(K), np.sqrt(VI + tau2)])
    return [tau2, *_least_squares(x, 1 / (VI + tau2), [1.0, math.sqrt(tau2)], options)]


def fail_safe(options: dict[str, Any]) -> list[float]:
    alpha = 1 - options.get("level", 0.95)
    summed = (np.sum(YI / np.sqrt(VI)) / stats.norm.isf(alpha)) ** 2 - K
    across = (np.sum(YI / VI) / stats.norm.isf(alpha / 2)) ** 2 - np.sum(1 / VI)
    return [math.ceil(summed), K, math.ceil(across / np.mean(1 / VI))]


def excess_significance(options: dict[str, Any]) -> list[float]:
    limit_ = stats.norm.isf((1 - options.get("level", 0.95)) / 2)
    theta = np.sum(YI / VI) / np.sum(1 / VI)
    power = stats.norm.sf(limit_ - theta / np.sqrt(VI)) + stats.norm.cdf(-limit_ - theta / np.sqrt(VI))
    return [np.sum(np.abs(YI) / np.sqrt(VI) >= limit_), power.sum(), theta]


def selection_model(options: dict[str, Any]) -> list[float]:
    """The step model with one step: the likelihood of the paper, by another search."""
    limit_, above = stats.norm.isf(0.025) * np.sqrt(VI), YI / np.sqrt(VI) > stats.norm.isf(0.025)
    fixed = options.get("method") == "EE"

    def cost(at: Numbers) -> float:
        spread, weight = np.sqrt(VI + (0.0 if fixed else math.exp(at[1]))), math.exp(at[-1])
        beyond = stats.norm.sf((limit_ - at[0]) / spread)
        seen = stats.norm.logpdf(YI, at[0], spread) + np.where(above, 0.0, math.log(weight))
        return float(-np.sum(seen - np.log(beyond + weight * (1 - beyond))))

    start = np.array([0.2, 0.0] if fixed else [0.2, -3.0, 0.0])
    best = optimize.minimize(cost, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13})
    return [
        best.x[0],
        0.0 if fixed else math.exp(best.x[1]),
        math.exp(best.x[-1]),
        quantile(options, math.inf),
    ]


def p_uniform(options: dict[str, Any]) -> list[float]:
    def cost(at: Numbers) -> float:
        return -loglik(YI, VI, at[0], math.exp(at[1]))

    best = optimize.minimize(cost, np.array([0.2, -3.0]), method="Nelder-Mead")
    fall = -best.fun - stats.chi2.ppf(options.get("level", 0.95), 1) / 2

    def below(mu: float) -> float:
        found = optimize.minimize_scalar(
            lambda t: -loglik(YI, VI, mu, math.exp(t)),
            bounds=(-16, 3),
            method="bounded",
            options={"xatol": 1e-10},
        )
        return float(-found.fun - fall)

    high = optimize.brentq(below, best.x[0], best.x[0] + 3.0, xtol=1e-12)
    return [best.x[0], math.exp(best.x[1]), high]


def p_curve(options: dict[str, Any]) -> list[float]:
    z = np.abs(YI) / np.sqrt(VI)
    p = 2 * stats.norm.sf(z[z > stats.norm.isf(0.025)])
    return [len(p), stats.norm.ppf(p / 0.05).sum() / math.sqrt(len(p))]


def multiverse(options: dict[str, Any]) -> list[float]:
    """Every estimator and test, those of the result among them, on all studies."""
    shared = {name: options[name] for name in ("level", "weights") if name in options}
    estimators = dict.fromkeys(("REML", "PM", "DL", "ML", "SJ", "HE", "EE", options.get("method", "REML")))
    tests = dict.fromkeys(("HKSJ", "adhoc", "z", options.get("test", "HKSJ")))
    each = [pool(YI, VI, method=m, test=t, **shared) for m in estimators for t in tests]
    return [getattr(result, name) for name in ("estimate", "ci_low", "ci_high", "p_value") for result in each]


def bayesian(options: dict[str, Any]) -> list[float]:
    """DuMouchel's prior of tau, s0 / (s0 + tau)^2, a flat one of the mean: trapezoidal rule in log tau."""
    s0 = math.sqrt(K / np.sum(1 / VI))
    x = np.linspace(-40.0, 40.0, 40001)
    w = 1 / (VI + (s0 * np.exp(x[:, None])) ** 2)
    total = w.sum(axis=1)
    mean, sd = w @ YI / total, 1 / np.sqrt(total)
    log_density = x - 2 * np.logaddexp(0, x) + 0.5 * (np.log(w).sum(axis=1) - np.log(total))
    log_density -= 0.5 * (w * (YI - mean[:, None]) ** 2).sum(axis=1)
    mass = np.exp(log_density - log_density.max())
    mass /= mass.sum()
    tail = 0.5 - 0.5 * options.get("level", 0.95)
    ends = [
        float(optimize.brentq(lambda mu, p=p: mass @ stats.norm.cdf((mu - mean) / sd) - p, -9, 9, xtol=1e-13))
        for p in (tail, 1 - tail)
    ]
    return [float(mass @ mean), *ends]
