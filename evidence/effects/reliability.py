"""Cronbach's alpha and the transformations that stabilise its variance."""

from __future__ import annotations

import numpy as np

from evidence.effects.columns import columns
from evidence.effects.conditions import Reason, effects, not_given, too_few
from evidence.effects.means import Column
from evidence.effects.result import Array, EffectSizes, Scale
from evidence.effects.single_means import VALUE


def _from_cube_root(values: Array) -> Array:
    return 1.0 - (1.0 - values) ** 3


def _from_log(values: Array) -> Array:
    with np.errstate(over="ignore"):
        return -np.expm1(-values)


CUBE_ROOT = Scale("1 - cube root of (1 - alpha)", _from_cube_root, None)
LOG_OF_REST = Scale("-log(1 - alpha)", _from_log, None)


def alpha(ai: Column, mi: Column, ni: Column) -> EffectSizes:
    """ARAW: alpha of mi items in ni people, variance 2 mi (1 - ai)^2 / ((mi - 1) (ni - 2)). Bonett 2010."""
    a, m, n = columns(ai=ai, mi=mi, ni=ni)
    with np.errstate(all="ignore"):
        vi = 2.0 * m * (1.0 - a) ** 2 / ((m - 1.0) * (n - 2.0))
        return effects("ARAW", a, vi, _unsound(a, m, n), scale=VALUE)


def alpha_hakstian_whalen(ai: Column, mi: Column, ni: Column) -> EffectSizes:
    """AHW: 1 - (1 - ai)^(1/3), variance 18 mi (ni - 1) (1 - ai)^(2/3) / ((mi - 1) (9 ni - 11)^2).

    Hakstian & Whalen 1976, who use (1 - ai)^(1/3); this form rises with alpha.
    """
    a, m, n = columns(ai=ai, mi=mi, ni=ni)
    with np.errstate(all="ignore"):
        root = np.cbrt(1.0 - a)
        vi = 18.0 * m * (n - 1.0) * root**2 / ((m - 1.0) * (9.0 * n - 11.0) ** 2)
        return effects("AHW", 1.0 - root, vi, _unsound(a, m, n), scale=CUBE_ROOT)


def alpha_bonett(ai: Column, mi: Column, ni: Column) -> EffectSizes:
    """ABT: -log(1 - ai), variance 2 mi / ((mi - 1) (ni - 2)).

    Bonett 2002, who uses log(1 - ai); this form rises with alpha.
    """
    a, m, n = columns(ai=ai, mi=mi, ni=ni)
    with np.errstate(all="ignore"):
        vi = 2.0 * m / ((m - 1.0) * (n - 2.0))
        return effects("ABT", -np.log1p(-a), vi, _unsound(a, m, n), scale=LOG_OF_REST)


def _unsound(a: Array, m: Array, n: Array) -> list[Reason]:
    above = a >= 1, "alpha is not below 1"
    return [not_given(a, m, n), above, too_few(m, 2, "the number of items"), too_few(n, 3)]
