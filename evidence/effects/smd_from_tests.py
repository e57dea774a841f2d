"""Hedges' g where a paper gives no SDs: from Cohen's d, t or p of Student's test of two groups."""

from __future__ import annotations

import numpy as np

from evidence.effects.columns import columns
from evidence.effects.conditions import not_given
from evidence.effects.conversions import d_from_p, d_from_t
from evidence.effects.means import Column, hedges_g, small_groups
from evidence.effects.result import EffectSizes
from evidence.effects.smd import SmdVariance


def smd_from_d(di: Column, n1i: Column, n2i: Column, *, vtype: SmdVariance = "LS") -> EffectSizes:
    """SMD from Cohen's d with the pooled SD, not yet corrected for its bias. Hedges 1981."""
    d, n1, n2 = columns(di=di, n1i=n1i, n2i=n2i)
    return hedges_g(d, n1, n2, [not_given(d, n1, n2), *small_groups(n1, n2)], vtype)


def smd_from_t(ti: Column, n1i: Column, n2i: Column, *, vtype: SmdVariance = "LS") -> EffectSizes:
    """SMD from t of Student's test (equal variances), whose sign is that of m1i - m2i."""
    t, n1, n2 = columns(ti=ti, n1i=n1i, n2i=n2i)
    return smd_from_d(d_from_t(t, n1, n2), n1, n2, vtype=vtype)


def smd_from_p(pi: Column, n1i: Column, n2i: Column, *, vtype: SmdVariance = "LS") -> EffectSizes:
    """SMD from the exact two-sided p of Student's test, which carries the sign of m1i - m2i: -0.03, say."""
    p, n1, n2 = columns(pi=pi, n1i=n1i, n2i=n2i)
    wrong = (p == 0) | (np.abs(p) > 1), "p is zero, or not between -1 and 1"
    undefined = [not_given(p, n1, n2), wrong, *small_groups(n1, n2)]
    return hedges_g(d_from_p(np.abs(p), n1, n2, np.sign(p)), n1, n2, undefined, vtype)
