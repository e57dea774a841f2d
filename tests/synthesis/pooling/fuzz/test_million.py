"""Random problems by the million: no failure, the global maximum, and its place to the last digits."""

from dataclasses import dataclass

import mpmath as mp
import numpy as np
import pytest

from synthesis.pooling.designs.regression import regression_model
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.likelihood import FULL, RESTRICTED, Criterion, maximise
from synthesis.pooling.kernel.model import LinearModel
from synthesis.pooling.kernel.one_mean import InterceptModel, intercept_model
from synthesis.pooling.tau2.estimators import generalised_q_root
from tests.synthesis.pooling.fuzz.exact import Problem
from tests.synthesis.pooling.fuzz.problems import random_design, random_problems

CRITERIA = {"REML": RESTRICTED, "ML": FULL}
_ROUNDING = 1e-9  # of log-likelihoods, beside their size
_SCORE = 1e-10  # what rounding leaves of y'PPy / tr(P) - 1, and the like
_PLACE = 1e-8  # relative, of an estimate beside the exact one


@dataclass
class Tally:
    """What was seen: estimates, how many of zero, how many likelihoods searched and with several maxima."""

    fitted: int = 0
    zero: int = 0
    searched: int = 0
    several: int = 0
    exact: int = 0
    worst_score: float = 0.0
    worst_place: float = 0.0

    def note(self, equation: Array, tau2: Array) -> None:
        """The equation, falling in tau2, is zero at the estimate, or not positive at an estimate of zero."""
        assert np.isfinite(tau2).all()
        inside = tau2 > 0
        assert np.all(equation[~inside] <= _SCORE)
        self.fitted += tau2.size
        self.zero += int(np.sum(~inside))
        self.worst_score = max(self.worst_score, float(np.abs(equation[inside]).max(initial=0.0)))
        assert self.worst_score <= _SCORE


def fit_all(model: LinearModel, tally: Tally) -> dict[str, Array]:
    """REML, ML and Paule-Mandel of every data set, each of which satisfies its equation."""
    found = {}
    for name, criterion in CRITERIA.items():
        found[name] = maximise(model, criterion)
        at = model.at(found[name])
        tally.note(at.yppy / criterion.trace(at) - 1.0, found[name])
    found["PM"] = generalised_q_root(model, model.df)
    tally.note(model.at(found["PM"]).ypy / model.df - 1.0, found["PM"])
    return found


def log_likelihood(model: InterceptModel, criterion: Criterion, tau2: Array) -> Array:
    """By its definition, from effects measured from the most precise study; all studies are present."""
    w = 1.0 / (model.variances + tau2[:, None])
    total = w.sum(axis=1)
    residual = model.y - ((w * model.y).sum(axis=1) / total)[:, None]
    value = np.log(w).sum(axis=1) - (w * residual * residual).sum(axis=1)
    return np.asarray(0.5 * (value - (np.log(total) if criterion is RESTRICTED else 0.0)))


def compare_with_grid(model: InterceptModel, found: dict[str, Array], points: int, tally: Tally) -> None:
    """No point of a fine grid of tau2 has a larger likelihood; counts likelihoods with several maxima."""
    low, high = 1e-3 * model.v_min, 10.0 * (model.v_max + np.ptp(model.y, axis=1) ** 2)
    shares = np.linspace(0.0, 1.0, points)
    grid = [np.zeros_like(low), *(low * (high / low) ** share for share in shares)]
    for name, criterion in CRITERIA.items():
        ours = log_likelihood(model, criterion, found[name])
        slack = _ROUNDING * (1.0 + np.abs(ours))
        maxima, rising = np.zeros_like(low), np.ones(low.size, dtype=bool)
        for tau2 in grid:
            assert np.all(ours >= log_likelihood(model, criterion, tau2) - slack)
            at = model.at(tau2)
            before, rising = rising, at.yppy > criterion.trace(at)
            maxima += before & ~rising
        tally.searched += low.size
        tally.several += int(np.sum(maxima > 1))


def compare_with_50_digits(effects: Effects, rows: int, tally: Tally) -> None:
    """The same mode, at the same place, as the largest of all maxima that a grid of exact scores isolates."""
    model, units = intercept_model(effects.rows(slice(rows)))
    for i, (y, v) in enumerate(zip(effects.y[:rows], effects.v[:rows], strict=True)):
        problem, one = Problem(y, v, np.ones((y.size, 1))), model.take(np.array([i]))
        for name, criterion in CRITERIA.items():
            tau2 = mp.mpf(float(maximise(one, criterion)[0])) * mp.mpf(float(units.scale[i])) ** 2
            best = problem.best_maximum(name == "REML", per_decade=6)
            place = float(abs(tau2 - best) / max(best, mp.mpf(float(v.min())) * mp.mpf("1e-6")))
            tally.exact += 1
            tally.worst_place = max(tally.worst_place, place)
            assert place < _PLACE, f"{name} of {y.tolist()} with {v.tolist()}: {tau2} is not {best}"


def run(seed: int, total: int, searched: float, points: int, exact: int, with_design: float) -> Tally:
    """Fit `total` problems; search a share on a grid of so many points; compare some with 50 digits."""
    tally, rng = Tally(), np.random.default_rng(seed)
    with np.errstate(divide="ignore", invalid="ignore"), mp.workdps(50):
        for _, effects in random_problems(seed, total):
            model, _ = intercept_model(effects)
            found = fit_all(model, tally)
            part = np.arange(max(round(searched * effects.batch), 1))
            compare_with_grid(
                model.take(part), {name: tau2[part] for name, tau2 in found.items()}, points, tally
            )
            if effects.k <= 25:
                compare_with_50_digits(effects, exact, tally)
            for p in (2, 3):
                if effects.k > p:
                    some = effects.rows(slice(max(round(with_design * effects.batch), 1)))
                    fit_all(regression_model(some, random_design(rng, effects.k, p))[0], tally)
    return tally


def test_two_thousand_random_problems() -> None:
    tally = run(seed=3, total=2_000, searched=0.5, points=50, exact=0, with_design=0.1)
    assert tally.fitted > 6_500
    assert tally.several > 20
    assert tally.fitted > 2 * tally.zero > 1_000


@pytest.mark.long
def test_a_million_random_problems() -> None:
    tally = run(seed=4, total=1_000_000, searched=0.05, points=200, exact=5, with_design=0.05)
    print(tally)
    assert tally.fitted > 3_000_000
    assert tally.searched > 90_000
    assert tally.exact > 300
    assert tally.several > 500
