"""The results of a protocol's regressions as estimates and comparisons of a record."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from evidence.records.effect import Contrast, Effect, Estimate, Locator, PrintedNumbers
from evidence.records.printed import Printed, PrintedCount, PValue
from evidence.records.shared_reference import Arm, SharedReference
from evidence.records.vocabulary import Measure
from evidence.wording import p_text
from studies.nhanes.cohort import Cohort
from studies.nhanes.exposure_forms import class_limits, slope_is_per
from studies.nhanes.models import Slope
from studies.nhanes.protocol import Protocol, subgroup_name
from studies.nhanes.recorded_strata import stratum_of
from studies.nhanes.spelling import slug
from studies.survey import SurveyError, WaldTest

REPORT = "reanalysis"

_SLOPES: dict[str, Measure] = {"beta": "beta", "OR": "OR", "PR": "RR", "IRR": "IRR"}
_DIFFERENCES: dict[str, Measure] = {**_SLOPES, "beta": "MD"}
"""PR is a proportion among the measures of records; a ratio of prevalences is one of risks."""

_OF_ONE_MODEL = "the effects of one model with an interaction; those of its strata alone can be pooled"
_TRENDS = {
    "ranks": "a slope over the numbers of the classes",
    "medians": "a slope over the medians of the classes",
}


def model_id(protocol: Protocol, model: str, measure: str) -> str:
    """A model's id in the record; with the measure where the outcomes have several."""
    measures = {outcome.measured_by for outcome in protocol.outcomes.values()}
    return model if len(measures) == 1 else f"{model}-{measure.lower()}"


def estimates(cohort: Cohort, found: Sequence[Slope]) -> Iterator[Estimate]:
    """Slopes, trends and differences along a curve, one by one."""
    for slope in found:
        if slope.form != "classes":
            yield _estimate(cohort, slope)


def comparisons(cohort: Cohort, found: Sequence[Slope]) -> Iterator[SharedReference]:
    """The classes of an exposure with what they share, their reference."""
    of_classes = [slope for slope in found if slope.form == "classes"]
    for name, group in groupby(of_classes, lambda slope: _id(cohort.protocol, slope)):
        yield _comparison(cohort, name, list(group))


def _estimate(cohort: Cohort, slope: Slope) -> Estimate:
    protocol, trend = cohort.protocol, cohort.protocol.exposed.trend
    not_poolable = _OF_ONE_MODEL if slope.within is not None else None
    if slope.form == "trend" and trend is not None:
        not_poolable = _TRENDS[trend]
    measure, numbers = protocol.outcomes[slope.outcome].measured_by, _numbers(protocol, slope)
    compared = slope.contrast
    if compared.exposed:
        versus = Contrast(exposed=compared.exposed, reference=compared.reference)
        effect = Effect(measure=_DIFFERENCES[measure], versus=versus, **dict(numbers))
    else:
        effect = Effect(measure=_SLOPES[measure], per=slope_is_per(cohort, slope.form), **dict(numbers))
    return Estimate(
        id=_id(protocol, slope),
        outcome=slope.outcome,
        model=model_id(protocol, slope.model.id, measure),
        stratum=stratum_of(protocol, _classes(slope)),
        n=PrintedCount.parse(str(slope.n)),
        effect=effect,
        not_poolable=not_poolable,
        where=Locator(report=REPORT, at=_where(slope)),
        note=_note(protocol, slope),
    )


def _comparison(cohort: Cohort, name: str, group: list[Slope]) -> SharedReference:
    protocol, first = cohort.protocol, group[0]
    measure = protocol.outcomes[first.outcome].measured_by
    by_class = {slope.contrast.exposed: slope for slope in group}
    assert first.counts is not None  # of classes
    arms, exposure = [], protocol.variable(protocol.exposure)
    limits = class_limits(cohort)
    for name_of_arm, label in zip(_arm_ids(exposure.labels), exposure.labels, strict=True):
        slope = by_class.get(label)
        n = first.counts[1] if slope is None or slope.counts is None else slope.counts[0]
        arms.append(
            Arm(
                id=name_of_arm,
                name=f"{exposure.label}: {label}",
                reference=slope is None,
                limits=limits.get(label),
                n=PrintedCount.parse(str(n)),
                effect=None if slope is None else _numbers(protocol, slope),
            )
        )
    return SharedReference(
        id=name,
        outcome=first.outcome,
        model=model_id(protocol, first.model.id, measure),
        measure=_DIFFERENCES[measure],
        stratum=stratum_of(protocol, _classes(first)),
        arms=tuple(arms),
        where=Locator(report=REPORT, at=_where(first)),
        not_poolable=_OF_ONE_MODEL if first.within is not None else None,
        note=_note(protocol, first),
    )


def _arm_ids(labels: Sequence[str]) -> tuple[str, ...]:
    """Ids from the classes' names, or by number where these have no letters or do not tell them apart."""
    slugs = tuple(map(slug, labels))
    if "" in slugs or len(set(slugs)) < len(slugs):
        return tuple(f"class-{number}" for number in range(1, len(labels) + 1))
    return slugs


def _classes(slope: Slope) -> tuple[tuple[str, str], ...]:
    return slope.subgroup.classes if slope.within is None else (*slope.subgroup.classes, slope.within)


def _id(protocol: Protocol, slope: Slope) -> str:
    parts = [slope.outcome, slug(slope.subgroup.name)]
    if slope.within is not None:
        parts.append(slug(subgroup_name((slope.within,))))
    parts.append(slope.model.id)
    if slope.form == "trend":
        parts.append("trend")
    if slope.form == "spline":
        parts.append(slug(slope.contrast.exposed))
    return "-".join(parts)


def _where(slope: Slope) -> str:
    parts = [slope.outcome, slope.subgroup.name, slope.model.name]
    if slope.within is not None:
        parts.append(f"in {subgroup_name((slope.within,))}")
    if slope.form == "trend":
        parts.append("trend")
    return ", ".join(parts)


def _note(protocol: Protocol, slope: Slope) -> str | None:
    """The joint tests of the regression, the schema having no place for them."""
    return "; ".join(f"{what}: {_tested(test)}" for what, test in slope.tests) or None


def _tested(test: WaldTest) -> str:
    if math.isnan(test.F):
        return f"not tested, the survey has too few sampling units for {test.df1} coefficients"
    return f"F({test.df1}, {test.df2:g}) = {test.F:.4g}, {p_text(test.p)}"


def _numbers(protocol: Protocol, slope: Slope) -> PrintedNumbers:
    """Estimate and interval, of ratios as ratios with the standard error of their logarithm."""
    ratio = protocol.outcomes[slope.outcome].measured_by != "beta"
    known = not math.isnan(slope.p)

    def told(number: float) -> Printed:
        return _exact(ratio_of(number) if ratio else number)

    return PrintedNumbers(
        estimate=told(slope.estimate),
        ci=(told(slope.ci_low), told(slope.ci_high)) if known else None,
        se=_exact(slope.se),
        p=PValue.parse(f"{slope.p:.17g}") if known else None,
        df=slope.df if known else None,
    )


def ratio_of(logarithm: float) -> float:
    """The ratio of a logarithm; raises SurveyError for one that is no result."""
    try:
        return math.exp(logarithm)
    except OverflowError:
        raise SurveyError(f"a ratio of exp({logarithm:.0f}) is no result; the data do not tell it") from None


def _exact(number: float) -> Printed:
    return Printed.parse(f"{number:.17g}")
