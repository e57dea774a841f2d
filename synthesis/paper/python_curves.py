"""Curves over a dose in a Python script: their classes, and the choices, by `dose_response`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from synthesis.review.curve_parts import dose_name
from synthesis.review.dose_pool import DosePool

FUNCTIONS = '''

def curve(analysis, data, choices, doses, names, reference):
    """Classes of an exposure as a curve: its coefficients, effects of doses, and tests."""
    result = dose_response(**data, **choices)
    found.append(result)
    blank = [""] * 3
    for at, name in enumerate(result.names):
        ends = (result.estimate[at], result.ci_low[at], result.ci_high[at], result.p_value[at])
        rows.append([analysis, name, result.k, *map(float, ends), float(result.psi[at, at]), *[""] * 6])
    told = result.predict(doses, reference=reference)
    for at, name in enumerate(names):
        ends = (told.estimate[at], told.ci_low[at], told.ci_high[at])
        new = (told.prediction_low[at], told.prediction_high[at])
        rows.append([analysis, name, result.k, *map(float, ends), "", "", *map(float, new), *[""] * 4])
    for name, test in (("association", result.association), ("non-linearity", result.nonlinearity)):
        if test is not None:
            said = [*blank, test.p_value, *blank, test.statistic, test.df1, test.df2, ""]
            rows.append([analysis, name, result.k, *said])
    said = [*blank, result.Q_p, *blank, result.Q, result.Q_df, "", ""]
    rows.append([analysis, "heterogeneity", result.k, *said])
'''


def curve_calls(analysis: str, found: DosePool) -> Iterator[str]:
    """The lines of one analysis; nothing where it has no study."""
    if found.fit is None:
        return
    yield "data = {"
    yield from (f"    {name!r}: {list(map(_plain, values))!a}," for name, values in found.columns.items())
    yield "}"
    yield f"choices = {found.asked!r}"
    yield f"doses = {list(found.at)!r}"
    yield f"names = {[dose_name(found, dose) for dose in found.at]!a}"
    yield f"curve({analysis!a}, data, choices, doses, names, {found.reference!r})"


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
