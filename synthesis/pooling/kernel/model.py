"""What estimators, tests and intervals see of a batch: a model, and its projection at chosen weights.

With weights W = diag(1 / (v + tau2)), the residual projection is P = W - W X (X'WX)^-1 X'W. Estimators
need only beta, y'Py, y'PPy, y'PPPy, tr(P), tr(PP), tr(W), tr(WW) and |X'WX|: never the k x k matrix.
`kernel.one_mean` gives them for the mean alone (plain sums), `designs.regression` for any design (p x p
algebra). Each data set is divided by a power of two near its smallest standard error, unless its numbers are
moderate and none dominates (`scaling.LaidOut`). That changes no digit, keeps powers of weights far from
overflow, and makes every estimator exactly equivariant to such a change of units. Results are on this
internal scale until `pool_batch` turns them back.
"""

from __future__ import annotations

from typing import Protocol

from synthesis.pooling.kernel.effects import Array, Mask, Rows


class Projection(Protocol):
    """What is known of n data sets at given weights; every attribute has n rows."""

    @property
    def weights(self) -> Array:
        """w, shape (n, k); zero where a study is absent."""

    @property
    def beta(self) -> Array:
        """Weighted least squares coefficients, shape (n, p)."""

    @property
    def covariance(self) -> Array:
        """(X'WX)^-1, shape (n, p, p)."""

    @property
    def trace_w(self) -> Array:
        """tr(W)."""

    @property
    def trace_ww(self) -> Array:
        """tr(WW)."""

    @property
    def trace_p(self) -> Array:
        """tr(P)."""

    @property
    def trace_pp(self) -> Array:
        """tr(PP)."""

    @property
    def ypy(self) -> Array:
        """y'Py, the weighted residual sum of squares: Cochran's Q at these weights."""

    @property
    def yppy(self) -> Array:
        """y'PPy."""

    @property
    def ypppy(self) -> Array:
        """y'PPPy."""

    def trace_pv(self, v: Array) -> Array:
        """tr(P diag(v)) for v of shape (n, k), finite also where a study is absent."""

    def trace_pvpv(self, v: Array) -> Array:
        """tr(P diag(v) P diag(v)) for such v."""

    @property
    def logdet_w(self) -> Array:
        """log |W| over the studies present."""

    @property
    def logdet_gram(self) -> Array:
        """log |X'WX| - log |X'X|."""


class LinearModel(Protocol):
    """n data sets with a design of p columns. k, df, v_min and v_max have shape (n,)."""

    @property
    def y(self) -> Array:
        """Effects, (n, k), on the internal scale; zero where absent."""

    @property
    def p(self) -> int:
        """Columns of the design."""

    @property
    def k(self) -> Array:
        """Studies present."""

    @property
    def df(self) -> Array:
        """Residual degrees of freedom, k - p; nan where the design cannot be estimated."""

    @property
    def v_min(self) -> Array:
        """Smallest variance present; one where none is."""

    @property
    def v_max(self) -> Array:
        """Largest variance present."""

    @property
    def present(self) -> Mask:
        """Studies present, (n, k)."""

    @property
    def variances(self) -> Array:
        """v, (n, k); v_min where absent."""

    def take(self, rows: Rows) -> LinearModel:
        """The data sets of these numbers; the model itself when they are all of them, in order."""

    def at(self, tau2: Array) -> Projection:
        """The projection with weights 1 / (v + tau2); tau2 has shape (n,)."""

    @property
    def at_zero(self) -> Projection:
        """The projection with tau2 = 0, computed once."""

    @property
    def unweighted(self) -> Projection:
        """The projection with weight one for every study present, computed once."""

    @property
    def x(self) -> Array:
        """A basis of the design's columns, (k, p), shared by all data sets."""

    def gram(self, weights: Array) -> Array:
        """X' diag(weights) X, (n, p, p), for weights that are zero where a study is absent."""
