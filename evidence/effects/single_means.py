"""Effect sizes that describe one group: its mean, its SD, its coefficient of variation."""

from __future__ import annotations

import numpy as np

from evidence.effects.columns import columns
from evidence.effects.conditions import Reason, effects, not_given, not_positive, too_few
from evidence.effects.means import Column
from evidence.effects.result import IDENTITY, LOG, Array, EffectSizes, Scale

VALUE = Scale("identity", IDENTITY.back, None)
"""A quantity of one group: no value of it means "no effect"."""

LOG_VALUE = Scale("log", LOG.back, None)


def mean(mi: Column, sdi: Column, ni: Column) -> EffectSizes:
    """MN: the mean, with variance sdi^2 / ni."""
    m, sd, n = columns(mi=mi, sdi=sdi, ni=ni)
    with np.errstate(all="ignore"):
        return effects("MN", m, sd**2 / n, _unsound(m, sd, n), scale=VALUE)


def log_mean(mi: Column, sdi: Column, ni: Column) -> EffectSizes:
    """MNLN: log of a mean above zero, with variance sdi^2 / (ni mi^2), by the delta method."""
    m, sd, n = columns(mi=mi, sdi=sdi, ni=ni)
    with np.errstate(all="ignore"):
        vi = sd**2 / (n * m**2)
        return effects("MNLN", np.log(m), vi, _unsound_ratio(m, sd, n), scale=LOG_VALUE)


def log_cv(mi: Column, sdi: Column, ni: Column) -> EffectSizes:
    """CVLN: log(sdi / mi) + 1/(2 df), variance 1/(2 df) + sdi^2 / (ni mi^2), df = ni - 1; mean above
    zero.

    Nakagawa et al. 2015, without their term in the correlation of log mean and log SD, which are
    independent within a sample of normal data.
    """
    m, sd, n = columns(mi=mi, sdi=sdi, ni=ni)
    with np.errstate(all="ignore"):
        half = 0.5 / (n - 1.0)
        yi, vi = np.log(sd / m) + half, half + sd**2 / (n * m**2)
        return effects("CVLN", yi, vi, _unsound_ratio(m, sd, n), scale=LOG_VALUE)


def log_sd(sdi: Column, ni: Column) -> EffectSizes:
    """SDLN: log sdi + 1/(2 df), variance 1/(2 df), df = ni - 1.

    Raudenbush & Bryk 1987; Nakagawa et al. 2015.
    """
    sd, n = columns(sdi=sdi, ni=ni)
    with np.errstate(all="ignore"):
        half = 0.5 / (n - 1.0)
        return effects("SDLN", np.log(sd) + half, half, _unsound(sd, sd, n), scale=LOG_VALUE)


def _unsound(m: Array, sd: Array, n: Array) -> list[Reason]:
    return [not_given(m, sd, n), too_few(n, 2), not_positive(sd, "the SD")]


def _unsound_ratio(m: Array, sd: Array, n: Array) -> list[Reason]:
    return [*_unsound(m, sd, n), not_positive(m, "the mean")]
