"""The likelihood of a location-scale model with its derivatives, and its maximum, which may lie at infinity.

y_i ~ N(x_i'beta, v_i + t_i) with log t_i = z_i'gamma + offset; beta is profiled out. Derivatives are exact:
with u = Py, the score by t_i is half of u_i^2 - P_ii (restricted; w_i for the full likelihood), and its
derivative by t_j is -u_i P_ij u_j + P_ij^2 / 2 (for the full likelihood w_i^2 / 2 on the diagonal instead).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from synthesis.pooling.kernel.effects import Array, Mask

_LOG_2PI = float(np.log(2.0 * np.pi))
_STEPS = 300
_HALVINGS = 48  # of a step of that length, after which it is within rounding
_LONGEST = 2.0  # change of a log tau2 in one step
_FARTHEST = 100.0  # the same where it falls and no longer matters: beyond, the others' would lose digits
_SLOPES = (0.7, 1.5, 3.0, 5.0, 8.0, 12.0, 24.0)  # of log tau2 in starting values, beside a z of unit size
_SINGLED_OUT = 10  # studies
_LEVELS = 12  # tried for each
_CLIMBS = 48  # from the best of them
_SETTLED = 1e-9  # a step this short is the last but one: the next is at rounding
_GAIN = 1e-13  # of log-likelihood, for each study, too little to march on for
_VANISHED = (1e-12, 1e-10, 1e-8)  # tau2 beside v, in a march towards zero
_NOTHING = 1e-10  # tau2 beside v: how fast it falls from there does not matter
_SINGULAR = 1e-10
_SINGULAR_GRAM = 1e-13
_WORSE = 1e-9  # of log-likelihood, by which a limit may seem lower than the march towards it


@dataclass(frozen=True)
class FitProblem:
    """k studies: y, v, offset (k,), and orthonormal columns x (k, p) and z (k, q); q may be zero.

    vanished: studies whose tau2 is zero; their rows of z are not used.
    """

    y: Array
    v: Array
    x: Array
    z: Array
    offset: Array
    vanished: Mask
    restricted: bool

    def tau2(self, gamma: Array) -> Array:
        """tau2 of every study, (k,)."""
        return np.where(self.vanished, 0.0, np.exp(np.minimum(self.z @ gamma + self.offset, 500.0)))


@dataclass(frozen=True)
class FitPoint:
    """The likelihood at one gamma: value, gradient (q,), Hessian (q, q), beta (p,), its covariance (p, p)."""

    gamma: Array
    tau2: Array
    value: float
    gradient: Array
    hessian: Array
    beta: Array
    covariance: Array


@dataclass(frozen=True)
class Maximum:
    """The highest point found, in a problem that may have studies with tau2 = 0 in the limit.

    settled: whether the search ended at a maximum to rounding.
    """

    problem: FitProblem
    point: FitPoint
    settled: bool

    @property
    def may_march(self) -> bool:
        """Whether tau2 of some studies may be on its way to zero: so low, its curvature is but rounding."""
        low = (self.point.tau2 < _VANISHED[0] * self.problem.v) & ~self.problem.vanished
        return not self.settled or bool(low.any())


def evaluate(problem: FitProblem, gamma: Array) -> FitPoint:
    """Value, gradient and Hessian by gamma of the profile log-likelihood, at a cost of k q (q + p^2).

    Where weights are so far apart that beta cannot be computed, the value is minus infinity.
    """
    x, tau2 = problem.x, problem.tau2(gamma)
    k, p = x.shape
    w = 1.0 / (problem.v + tau2)
    wx = w[:, None] * x
    gram = x.T @ wx
    least, most = np.linalg.eigvalsh(gram)[[0, -1]].tolist()
    if not least > _SINGULAR_GRAM * most:
        q = gamma.size
        return FitPoint(gamma, tau2, -np.inf, np.zeros(q), np.zeros((q, q)), np.zeros(p), np.eye(p))
    covariance = np.asarray(np.linalg.inv(gram))
    beta = covariance @ (wx.T @ problem.y)
    residual = problem.y - x @ beta
    u = w * residual
    leverage = ((x @ covariance) * x).sum(axis=1)
    value = 0.5 * (np.log(w).sum() - u @ residual - k * _LOG_2PI)
    expected, curvature = w, 0.5 * w * w
    if problem.restricted:
        value -= 0.5 * (np.linalg.slogdet(gram)[1] - p * _LOG_2PI)
        expected, curvature = w - w * w * leverage, 0.5 * w * w - w**3 * leverage
    score = 0.5 * (u * u - expected)
    tz = tau2[:, None] * problem.z
    au = u[:, None] * tz
    across = wx.T @ au
    hessian = tz.T @ (score[:, None] * problem.z) + tz.T @ (curvature[:, None] * tz)
    hessian -= au.T @ (w[:, None] * au) - across.T @ covariance @ across
    if problem.restricted:
        hessian += 0.5 * _squared_hat(wx, tz, covariance)
    return FitPoint(gamma, tau2, float(value), tz.T @ score, hessian, beta, covariance)


def _squared_hat(wx: Array, tz: Array, covariance: Array) -> Array:
    """sum_ij a_i (w_i x_i' C x_j w_j)^2 a_j' for the rows a of tz, without a k x k matrix."""
    moments = np.einsum("ka,kr,ks->ars", tz, wx, wx)
    turned = np.einsum("rm,ars,sn->amn", covariance, moments, covariance)
    return np.asarray(np.einsum("amn,bmn->ab", turned, moments))


def maximum(problem: FitProblem, centre: float) -> Maximum:
    """The highest of the maxima that Newton's method reaches from several starts.

    centre: log tau2 about which the starts lie. Where the likelihood still rises while tau2 of some studies
    vanishes, the limit is taken: a problem of fewer parameters in which they are zero.
    """
    climbed = [_climb(problem, start) for start in _starts(problem, centre)]
    best = max(climbed, key=lambda found: found.point.value)
    limits = [limit for limit in map(_limit, climbed) if limit is not None]
    # A march stops within rounding below its limit; a maximum that is no march is kept when it is higher.
    for limit in limits:
        if limit.point.value > best.point.value - (_WORSE if best.may_march else 0.0):
            best = limit
    return best


def _starts(problem: FitProblem, centre: float) -> list[Array]:
    """log tau2 constant, and with gentle and steep slopes in several directions, each at its best level.

    The directions are those of z and those that single out a study with a large residual. A steep slope at a
    low level gives heterogeneity to the outermost studies alone.
    """
    k, q = problem.z.shape
    flat = problem.z.T @ (centre - problem.offset)
    level = problem.z.T @ np.ones(k)
    residual = problem.y - problem.x @ evaluate(problem, flat).beta
    rows = problem.z[np.argsort(-np.abs(residual))[:_SINGLED_OUT]]
    towards = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-300)
    slopes = [(0.0, np.zeros(q))]
    for size in _SLOPES:
        slopes += [(size, np.sqrt(k) * size * d) for d in (*np.eye(q), *-np.eye(q), *towards)]
    starts = np.stack(
        [
            [flat + slope + lift * level for lift in np.linspace(-4.0 - 2.5 * size, 2.0 + size, _LEVELS)]
            for size, slope in slopes
        ]
    )
    values = values_at(problem, starts)
    best = values.argmax(axis=1)
    order = np.argsort(-values.max(axis=1))[:_CLIMBS]
    return [starts[i, best[i]] for i in order]


def values_at(problem: FitProblem, gamma: Array) -> Array:
    """The log-likelihood but for a constant at many gamma, (..., q) -> (...)."""
    x, p = problem.x, problem.x.shape[1]
    w = 1.0 / (problem.v + np.exp(np.minimum(gamma @ problem.z.T + problem.offset, 500.0)))
    gram = (w @ (x[:, :, None] * x[:, None, :]).reshape(len(x), p * p)).reshape(*w.shape[:-1], p, p)
    sizes = np.linalg.eigvalsh(gram)
    usable = sizes[..., 0] > _SINGULAR_GRAM * sizes[..., -1]
    gram = np.where(usable[..., None, None], gram, np.eye(p))
    beta = np.linalg.solve(gram, ((w * problem.y) @ x)[..., None])[..., 0]
    value = np.log(w).sum(axis=-1) - (w * (problem.y - beta @ x.T) ** 2).sum(axis=-1)
    if problem.restricted:
        value -= np.linalg.slogdet(gram)[1]
    return np.where(usable, 0.5 * value, -np.inf)


def _climb(problem: FitProblem, gamma: Array) -> Maximum:
    """Newton's method with the curvature made positive, steps of limited length, halved until they rise."""
    point = evaluate(problem, gamma)
    last = False
    for _ in range(_STEPS):
        step = _step(point)
        change = np.where(problem.vanished, 0.0, problem.z @ step)
        length = float(np.abs(change).max(initial=0.0))
        if last:
            return Maximum(problem, point, True)
        if step @ point.gradient < _GAIN * len(problem.y) and length > _SETTLED**0.25:
            return Maximum(problem, point, False)
        last = length < _SETTLED
        matters = (change > 0.0) | (point.tau2 > _NOTHING * problem.v)
        longest = max(float((np.abs(change) / np.where(matters, _LONGEST, _FARTHEST)).max()), 1.0)
        for halvings in range(_HALVINGS):
            after = evaluate(problem, point.gamma + 0.5**halvings / longest * step)
            if after.value >= point.value - 1e-14 * abs(point.value):
                break
        else:
            return Maximum(problem, point, last)
        point = after
    return Maximum(problem, point, False)


def _step(point: FitPoint) -> Array:
    values, vectors = np.linalg.eigh(point.hessian)
    return np.asarray(vectors @ ((vectors.T @ point.gradient) / np.maximum(np.abs(values), 1e-300)))


def _limit(found: Maximum) -> Maximum | None:
    """The highest limit towards which a search may have been marching, or None.

    Which studies vanish is guessed from the size of tau2, and each guess is proven: there is a direction
    that lowers log tau2 of those studies and leaves that of all others as it is. The limit's likelihood is
    therefore one that the model comes as near to as it likes.
    """
    if not found.may_march:
        return None
    problem, point = found.problem, found.point
    guesses = {tuple((point.tau2 < share * problem.v) & ~problem.vanished) for share in _VANISHED}
    limits = [_at_limit(found, np.array(guess)) for guess in sorted(guesses) if any(guess)]
    return max(filter(None, limits), key=lambda limit: limit.point.value, default=None)


def _at_limit(found: Maximum, fallen: Mask) -> Maximum | None:
    """The maximum with tau2 of the fallen studies at zero, or None where no direction leads there."""
    problem, point = found.problem, found.point
    vanished = problem.vanished | fallen
    left = problem.z[~vanished]
    _, sizes, directions = np.linalg.svd(left)
    rank = int((sizes > _SINGULAR).sum())
    free = directions[rank:]
    moved = problem.z[fallen] @ free.T
    bound = np.abs(moved).max(axis=1, initial=0.0) <= _SINGULAR  # of columns that are orthonormal
    falls = (np.all(moved @ (free @ direction) < 0.0) for direction in (_step(point), point.gamma))
    if bound.any() or not any(falls):  # moved only by rounding, or nowhere
        return None
    z = np.zeros((len(problem.y), rank))
    z[~vanished] = left @ directions[:rank].T
    basis = np.linalg.qr(z)[0] if rank else z
    reduced = replace(problem, z=basis, vanished=vanished)
    ended = _climb(reduced, basis.T @ (z @ (directions[:rank] @ point.gamma)))
    return _limit(ended) or ended
