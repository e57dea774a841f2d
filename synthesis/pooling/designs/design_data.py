"""What every model with a design holds, however its algebra is done."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from synthesis.pooling.kernel.effects import Array, Mask


@dataclass(frozen=True)
class DesignData:
    """y and v, (n, k), v infinite where a study is absent; v_min (n,); x (k, p), shared by all data sets."""

    y: Array
    v: Array
    v_min: Array
    x: Array

    @property
    def p(self) -> int:
        return int(self.x.shape[1])

    @property
    def present(self) -> Mask:
        present: Mask = self.v < np.inf
        return present

    @cached_property
    def v_max(self) -> Array:
        largest: Array = np.where(self.v < np.inf, self.v, 0.0).max(axis=1)
        return np.maximum(largest, self.v_min)

    @property
    def variances(self) -> Array:
        return np.where(self.v < np.inf, self.v, 0.0)
