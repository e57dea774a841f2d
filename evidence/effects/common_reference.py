"""Effects of several groups against one and the same reference group: the covariance of their errors.

Where an effect is f(group) - f(reference), the error of f(reference) is in each of them, and its variance is
their covariance. Standardised differences share an SD as well.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evidence.effects.columns import Array, Column
from evidence.effects.escalc import escalc
from evidence.effects.person_time import PERSON_TIME_MEASURES, PersonTime, person_time
from evidence.effects.two_by_two import TABLE_MEASURES
from evidence.effects.zero_cells import Tables, To, correct, rule_for, tables
from evidence.wording import enumerate_words

DIFFERENCES = (
    *("OR", "RR", "RD", "AS", "PBIT", "OR2DN", "OR2DL", "IRR", "IRD", "IRSD"),
    *("MD", "ROM", "ROMBC", "CVR", "VR"),
)
"""Measures f(group) - f(reference), whose variance is a sum of one part from either group."""

STANDARDISED = ("SMD", "D", "SMD1")
"""Differences in units of an SD in which the reference has a part."""


def reference_covariance(
    measure: str, columns: Mapping[str, Column], add: float | None = None, to: To | None = None
) -> Array:
    """Covariance matrix, shape (k, k), of k effects whose second group is the same persons in each.

    columns: as `escalc` takes them, one group against the reference a row; add, to: its rule for zeros. The
    diagonal is what `escalc` gives. Off it stands the part of the reference in both variances: 1/c + 1/d of
    OR, 1/c - 1/n of RR, p(1-p)/n of RD, 1/c of IRR, sd^2/n of MD, sd^2/(n m^2) of ROM; where something was
    added to one row's zeros alone, the geometric mean of the two parts. For SMD, D and SMD1 see
    `standardised_covariance`. Gleser & Olkin 2009; Lajeunesse 2011.
    Raises ValueError for another measure, and where the rows have different second groups or no effect.
    """
    known = (*DIFFERENCES, *STANDARDISED)
    if measure not in known:
        raise ValueError(f"it is not known for {measure}, but for {enumerate_words(known)}")
    options = {key: value for key, value in (("add", add), ("to", to)) if value is not None}
    found = escalc(measure, **columns, **options)
    if not found.defined.all():
        raise ValueError(found.notes[int(np.argmin(found.defined))])
    second = {key: np.atleast_1d(np.asarray(value, dtype=float)) for key, value in columns.items()}
    for key, values in second.items():
        if _is_of_reference(key) and np.ptp(values) > 0:
            raise ValueError(f"{key} differs between the rows; expected one reference group for all of them")
    if measure in STANDARDISED:
        covariance = standardised_covariance(measure, found.yi, second["n1i"], second["n2i"])
    else:
        part = np.broadcast_to(np.sqrt(_reference_part(measure, columns, add, to)), found.k)
        covariance = np.outer(part, part)
    np.fill_diagonal(covariance, found.vi)
    return covariance


def standardised_covariance(measure: str, yi: Array, n1: Array, n2: Array) -> Array:
    """Covariances off the diagonal of standardised differences from one reference; yi, n1, n2: shape (k,).

    1/n2 for the mean of the reference, and for its SD g_i g_j n2 / (2 N_i N_j), N = n1 + n2, as each SMD is
    in units of the SD pooled over its own two groups, in which the reference's variance has the share n2 / N;
    of Glass's delta g_i g_j / (2 n2). By the delta method, with sizes for degrees of freedom and g after the
    correction for small samples, as the variance has them in `smd.corrected`.
    After Gleser & Olkin 2009, who have one SD pooled over all groups.
    """
    size = n2 if measure == "SMD1" else n1 + n2
    scaled = yi / size
    return np.asarray(1.0 / n2[0] + 0.5 * n2[0] * np.outer(scaled, scaled))


def _is_of_reference(column: str) -> bool:
    return column in ("ci", "di") or column.endswith("2i")


def _reference_part(measure: str, given: Mapping[str, Column], add: float | None, to: To | None) -> Array:
    """What the reference contributes to each variance, shape (k,): half of what it has against itself."""
    if measure in TABLE_MEASURES:
        of_tables = TABLE_MEASURES[measure]
        t = tables(**given)
        c = correct(t, rule_for(of_tables.zeros, add, to), ~(t.missing | t.empty)).tables
        return 0.5 * of_tables.formula(Tables(c.ci, c.di, c.ci, c.di))[1]
    if measure in PERSON_TIME_MEASURES:
        of_rates = PERSON_TIME_MEASURES[measure]
        p = person_time(**given)
        rule = rule_for(of_rates.zeros, add, to)
        added = rule.chosen(p.with_zero, ~(p.missing | p.unobserved))
        q = p.plus(np.where(added, rule.number(measure), 0.0))
        return 0.5 * of_rates.formula(PersonTime(q.x2i, q.t2i, q.x2i, q.t2i))[1]
    reference = {key: value for key, value in given.items() if _is_of_reference(key)}
    itself = {f"{key.removesuffix('2i')}1i": value for key, value in reference.items()}
    return 0.5 * escalc(measure, **reference, **itself).vi
