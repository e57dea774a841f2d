"""Change in a treated group against change in a control group: the pretest-posttest-control design."""

from __future__ import annotations

import numpy as np

from evidence.effects.columns import columns
from evidence.effects.conditions import effects, not_given, not_inside, not_positive, too_few
from evidence.effects.hedges import bias_correction
from evidence.effects.means import Column, pooled_variance
from evidence.effects.result import EffectSizes


def change_against_control(
    pre1i: Column,
    post1i: Column,
    sd1i: Column,
    n1i: Column,
    pre2i: Column,
    post2i: Column,
    sd2i: Column,
    n2i: Column,
    ri: Column,
) -> EffectSizes:
    """PPC: (post1i - pre1i) - (post2i - pre2i) in units of the pooled pretest SD, times J(n1i + n2i - 2).

    sd1i, sd2i: pretest SDs of the treated (1) and the control group (2). ri: the correlation of pretest and
    posttest, one for both groups. This is d_ppc2 of Morris 2008, with its variance
    J^2 df/(df - 2) (2 (1 - r)/n + d^2) - d^2, n = n1i n2i / (n1i + n2i), df = n1i + n2i - 2, with the
    corrected estimate in the place of the population's d. J is Hedges' exact one, not its approximation
    1 - 3/(4 df - 1) of that paper.
    """
    pre1, post1, sd1, n1, pre2, post2, sd2, n2, r = columns(
        pre1i=pre1i, post1i=post1i, sd1i=sd1i, n1i=n1i, pre2i=pre2i, post2i=post2i, sd2i=sd2i, n2i=n2i, ri=ri
    )
    undefined = [
        not_given(pre1, post1, sd1, n1, pre2, post2, sd2, n2, r),
        too_few(n1, 2, "group 1"),
        too_few(n2, 2, "group 2"),
        not_positive(sd1, "the pretest SD of group 1"),
        not_positive(sd2, "the pretest SD of group 2"),
        not_inside(r, -1, 1, "the correlation"),
        (n1 + n2 <= 4, "with two degrees of freedom the variance of a standardised difference is infinite"),
    ]
    with np.errstate(all="ignore"):
        df, j = n1 + n2 - 2.0, bias_correction(n1 + n2 - 2.0)
        g = j * ((post1 - pre1) - (post2 - pre2)) / np.sqrt(pooled_variance(sd1, n1, sd2, n2))
        of_means = 2.0 * (1.0 - r) * (1.0 / n1 + 1.0 / n2)
        vi = j * j * df / (df - 2.0) * (of_means + g * g) - g * g
        return effects("PPC", g, vi, undefined)
