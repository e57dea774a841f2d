"""How an exposure enters a regression: as a slope, in classes, as a trend over them, or as a spline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studies.nhanes.catalogue import ProtocolError
from studies.nhanes.cohort import Cohort
from studies.survey import quantile, spline, standard_deviation

Array = NDArray[np.float64]

_CURVE_AT = (0.1, 0.25, 0.5, 0.75, 0.9)
"""The quantiles of the exposure, weighted in the cohort, at which a curve is told."""

FormKind = Literal["slope", "classes", "trend", "spline"]


@dataclass(frozen=True)
class ExposureContrast:
    """What is reported: a slope, where exposed is empty, or one class or value against another.

    row: factors of the exposure's columns, whose sum with the coefficients it is.
    """

    row: tuple[float, ...]
    exposed: str = ""
    reference: str = ""


PER_STEP = ExposureContrast((1.0,))
"""A slope."""


@dataclass(frozen=True, eq=False)
class ExposureForm:
    """The exposure's columns in a regression, and what is reported of them.

    columns: shape (n, k), nan where not recorded. tests: names of columns that are tested jointly.
    told: what a reader of the model has to know of it.
    """

    kind: FormKind
    names: tuple[str, ...]
    columns: Array
    contrasts: tuple[ExposureContrast, ...]
    tests: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    told: str = ""


def exposure_forms(cohort: Cohort) -> tuple[ExposureForm, ...]:
    """The forms in which a protocol's exposure is analysed, each a regression of its own."""
    exposed = cohort.protocol.exposed
    if cohort.protocol.variable(exposed.variable).categorical:
        return tuple(_in_classes(cohort))
    return (_slope(cohort) if exposed.knots is None else _curve(cohort),)


def exposure_sd(cohort: Cohort) -> float:
    """The weighted standard deviation of a continuous exposure in the cohort."""
    values = cohort.measured.values(cohort.protocol.exposure)
    found = float(standard_deviation(cohort.design, values, cohort.included).estimate[0])
    if not found > 0:
        raise ProtocolError(f"'{cohort.protocol.exposure}' is the same in everybody; it has no SD")
    return found


def slope_is_per(cohort: Cohort, kind: FormKind) -> str:
    """What a slope is per, as records have it: 1 g/dL, 1 SD, doubling, 1 class."""
    exposed, variable = cohort.protocol.exposed, cohort.protocol.variable(cohort.protocol.exposure)
    if kind == "trend" and exposed.trend == "ranks":
        return "1 class"
    if exposed.per == "doubling":
        return "doubling"
    if exposed.per == "SD":
        return "1 SD"
    return f"{exposed.per or 1:.15g} {variable.unit or 'unit'}"


def _slope(cohort: Cohort) -> ExposureForm:
    exposed = cohort.protocol.exposed
    values = cohort.measured.values(exposed.variable)
    if exposed.per == "doubling":
        low = cohort.included & (values <= 0)
        if low.any():
            raise ProtocolError(
                f"'{exposed.variable}' is not above zero in {low.sum():,} of the cohort; zero has no doubling"
            )
        values = np.log2(values, out=np.full(len(values), np.nan), where=values > 0)
    elif exposed.per is not None:
        values = values / (exposure_sd(cohort) if exposed.per == "SD" else exposed.per)
    return ExposureForm("slope", (exposed.variable,), values[:, None], (PER_STEP,))


def _curve(cohort: Cohort) -> ExposureForm:
    """A restricted cubic spline, told by the outcome at quantiles of the exposure against its median."""
    name, design = cohort.protocol.exposure, cohort.design
    variable, values = cohort.protocol.variable(name), cohort.measured.values(name)
    knots = cohort.protocol.exposed.knots
    assert knots is not None  # it is a curve
    curve = spline(design, name, values, knots, cohort.included)
    places = quantile(design, values, _CURVE_AT, cohort.included).estimate
    middle = places[_CURVE_AT.index(0.5)]
    others = np.unique(places[places != middle])
    basis = np.stack(list(curve.columns(np.append(others, middle)).values()), axis=1)

    def told(place: float) -> str:
        return f"{place:.6g} {variable.unit or ''}".strip()

    return ExposureForm(
        "spline",
        curve.names,
        np.stack(list(curve.columns(values).values()), axis=1),
        tuple(
            ExposureContrast(tuple((row - basis[-1]).tolist()), told(place), told(middle))
            for place, row in zip(others, basis[:-1], strict=True)
        ),
        {f"any association with {variable.label}": curve.names, "nonlinearity": curve.names[1:]},
        f"restricted cubic spline of {variable.label} with knots at {', '.join(map(told, curve.knots))}",
    )


def _in_classes(cohort: Cohort) -> Iterator[ExposureForm]:
    exposed, measured = cohort.protocol.exposed, cohort.measured
    labels = measured.labels(exposed.variable)
    reference = exposed.reference or labels[0]
    others = [label for label in labels if label != reference]
    known = measured.recorded(exposed.variable)
    columns = np.column_stack([measured.in_class(exposed.variable, label) for label in others]).astype(float)
    columns[~known] = np.nan
    names = tuple(f"{exposed.variable}: {label}" for label in others)
    yield ExposureForm(
        "classes",
        names,
        columns,
        tuple(
            ExposureContrast(tuple(row), label, reference)
            for label, row in zip(others, np.eye(len(others)), strict=True)
        ),
        {"any difference between classes": names} if len(names) > 1 else {},
    )
    if exposed.trend is not None:
        place = measured.class_of(exposed.variable)
        scores = np.append(_scores(cohort, labels), np.nan)[place]
        name = f"{exposed.variable} (trend)"
        yield ExposureForm("trend", (name,), scores[:, None], (PER_STEP,))


def _scores(cohort: Cohort, labels: tuple[str, ...]) -> Array:
    """What the classes count as: 1, 2, 3, or the weighted medians in the cohort of what is cut into them."""
    exposed, measured = cohort.protocol.exposed, cohort.measured
    if exposed.trend == "ranks":
        return np.arange(1.0, len(labels) + 1)
    values = measured.values(exposed.variable)
    inside = [cohort.included & measured.in_class(exposed.variable, label) for label in labels]
    medians = [
        quantile(cohort.design, values, [0.5], who).estimate[0] if who.any() else np.nan for who in inside
    ]
    return np.array(medians)


def class_limits(cohort: Cohort) -> dict[str, str]:
    """What bounds the exposure's classes, where numbers do that are the same in everybody."""
    name = cohort.protocol.exposure
    variable = cohort.protocol.variable(name)
    if variable.within is not None or not (variable.bounds or variable.quantiles):
        return {}
    cuts = variable.bounds or cohort.measured.limits(name)[""].tolist()
    texts = [f"{cut:.6g}" for cut in cuts]
    low, high = ("≤", ">") if variable.closed == "right" else ("<", "≥")
    between = [f"{first}-{second}" for first, second in pairwise(texts)]
    return dict(zip(variable.labels, (f"{low} {texts[0]}", *between, f"{high} {texts[-1]}"), strict=True))
