"""A batch some of whose data sets need more care than others: each goes its own way, and results are joined.

Coefficients are those of the careful model's design.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.pooling.kernel.effects import Array, Mask, Rows
from synthesis.pooling.kernel.model import LinearModel, Projection
from synthesis.pooling.kernel.once import once
from synthesis.pooling.kernel.sums import all_in_order, gram, product


@dataclass(frozen=True)
class MixedModel:
    """Data sets `plain_rows` of a batch in one model and `careful_rows` in another.

    to_design, (p, p), turns coefficients of the plain model's basis into those of the careful one's.
    """

    plain: LinearModel
    plain_rows: Rows
    careful: LinearModel
    careful_rows: Rows
    to_design: Array

    @once
    def y(self) -> Array:
        return self.joined(self.plain.y, self.careful.y)

    @property
    def p(self) -> int:
        return self.plain.p

    @property
    def x(self) -> Array:
        return self.careful.x

    @once
    def k(self) -> Array:
        return self.joined(self.plain.k, self.careful.k)

    @once
    def df(self) -> Array:
        return self.joined(self.plain.df, self.careful.df)

    @once
    def v_min(self) -> Array:
        return self.joined(self.plain.v_min, self.careful.v_min)

    @once
    def v_max(self) -> Array:
        return self.joined(self.plain.v_max, self.careful.v_max)

    @property
    def present(self) -> Mask:
        present: Mask = self.joined(self.plain.present.astype(float), self.careful.present.astype(float)) > 0
        return present

    @property
    def variances(self) -> Array:
        return self.joined(self.plain.variances, self.careful.variances)

    def joined(self, plain: Array, careful: Array) -> Array:
        """The rows of both parts in the order of the batch; single rows lie as those of the plain part do."""
        n = self.plain_rows.size + self.careful_rows.size
        rest = plain.shape[1:]
        whole = np.empty((*rest, n)).T if len(rest) == 1 else np.empty((n, *rest))
        whole[self.plain_rows], whole[self.careful_rows] = plain, careful
        return whole

    def take(self, rows: Rows) -> LinearModel:
        n = self.plain_rows.size + self.careful_rows.size
        if all_in_order(rows, n):
            return self
        place = np.empty(n, dtype=np.intp)
        place[self.plain_rows] = np.arange(self.plain_rows.size)
        place[self.careful_rows] = np.arange(self.careful_rows.size)
        is_careful = np.zeros(n, dtype=bool)
        is_careful[self.careful_rows] = True
        careful = np.flatnonzero(is_careful[rows])
        plain = np.flatnonzero(~is_careful[rows])
        return MixedModel(
            self.plain.take(place[rows[plain]]),
            plain,
            self.careful.take(place[rows[careful]]),
            careful,
            self.to_design,
        )

    def at(self, tau2: Array) -> MixedProjection:
        parts = self.plain.at(tau2[self.plain_rows]), self.careful.at(tau2[self.careful_rows])
        return MixedProjection(self, *parts)

    @once
    def at_zero(self) -> MixedProjection:
        return MixedProjection(self, self.plain.at_zero, self.careful.at_zero)

    @once
    def unweighted(self) -> MixedProjection:
        return MixedProjection(self, self.plain.unweighted, self.careful.unweighted)

    def gram(self, weights: Array) -> Array:
        return gram(self.x, weights)


class MixedProjection:
    """The projections of both parts, joined; an attribute is computed when it is asked for."""

    def __init__(self, model: MixedModel, plain: Projection, careful: Projection) -> None:
        self._model, self._plain, self._careful = model, plain, careful

    @once
    def weights(self) -> Array:
        return self._model.joined(self._plain.weights, self._careful.weights)

    @once
    def beta(self) -> Array:
        return self._model.joined(product(self._plain.beta, self._model.to_design.T), self._careful.beta)

    @once
    def covariance(self) -> Array:
        turn = self._model.to_design
        return self._model.joined(turn @ self._plain.covariance @ turn.T, self._careful.covariance)

    @once
    def trace_w(self) -> Array:
        return self._model.joined(self._plain.trace_w, self._careful.trace_w)

    @once
    def trace_ww(self) -> Array:
        return self._model.joined(self._plain.trace_ww, self._careful.trace_ww)

    @once
    def trace_p(self) -> Array:
        return self._model.joined(self._plain.trace_p, self._careful.trace_p)

    @once
    def trace_pp(self) -> Array:
        return self._model.joined(self._plain.trace_pp, self._careful.trace_pp)

    @once
    def ypy(self) -> Array:
        return self._model.joined(self._plain.ypy, self._careful.ypy)

    @once
    def yppy(self) -> Array:
        return self._model.joined(self._plain.yppy, self._careful.yppy)

    @once
    def ypppy(self) -> Array:
        return self._model.joined(self._plain.ypppy, self._careful.ypppy)

    def trace_pv(self, v: Array) -> Array:
        return self._model.joined(
            self._plain.trace_pv(v[self._model.plain_rows]),
            self._careful.trace_pv(v[self._model.careful_rows]),
        )

    def trace_pvpv(self, v: Array) -> Array:
        return self._model.joined(
            self._plain.trace_pvpv(v[self._model.plain_rows]),
            self._careful.trace_pvpv(v[self._model.careful_rows]),
        )

    @property
    def logdet_w(self) -> Array:
        return self._model.joined(self._plain.logdet_w, self._careful.logdet_w)

    @property
    def logdet_gram(self) -> Array:
        return self._model.joined(self._plain.logdet_gram, self._careful.logdet_gram)
