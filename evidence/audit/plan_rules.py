"""Rules about review.yaml: choices with which nothing can be pooled, and names that no record has."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence

from evidence.audit.rule import ERROR, PLAN_RULES, WARNING, Finding
from evidence.records.effects_model import OTHERS, EffectsModel, sites_of
from evidence.records.parsing import KeyPath
from evidence.records.review import EACH, Review, review_faults
from evidence.records.schema import Record
from evidence.selection.grouping import groupings_of, is_grouping

MOST_NAMED = 20
_DIMENSIONS = ("sex", "ancestry", "age", "group")


def _of(review: Review, rule: str) -> Iterator[Finding]:
    for fault in review_faults(review):
        if fault.rule == rule:
            yield Finding(fault.at, fault.says, fault.hint)


@PLAN_RULES.rule("scale-step", ERROR)
def scale_step(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """The step and the unit of a scale are above zero, and only what is in units has a unit."""
    return _of(review, "scale-step")


@PLAN_RULES.rule("method-unknown", ERROR)
def method_unknown(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """Estimator, test and prediction interval are ones that pooling has."""
    return _of(review, "method-unknown")


@PLAN_RULES.rule("method-mismatch", ERROR)
def method_mismatch(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """Test and prediction interval are defined for the estimator."""
    return _of(review, "method-mismatch")


@PLAN_RULES.rule("model-rho", ERROR)
def model_rho(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """The assumed correlation of errors is one, of sites that the records have."""
    yield from _of(review, "model-rho")
    known = {
        review.site_name(outcome.site or outcome.name)
        for record in records
        for outcome in record.outcomes.values()
    }
    places: list[tuple[KeyPath, EffectsModel | None]] = [(("method", "model"), review.method.model)]
    places += [(("analyses", index, "model"), each.model) for index, each in enumerate(review.analyses)]
    for at, model in places:
        pairs = [] if model is None or model.rho is None else [name for name in model.rho if name != OTHERS]
        for pair in pairs:
            for site in sites_of(pair):
                yield from _unknown((*at, "rho", pair), site, known, "the site")


@PLAN_RULES.rule("accept-other-scale", ERROR)
def accept_other_scale(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """What is pooled as if it were the scale's measure is a ratio of two groups, as that is."""
    return _of(review, "accept-other-scale")


@PLAN_RULES.rule("review-level", ERROR)
def review_level(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """The level of the pooled intervals lies between 50 and 100 per cent."""
    return _of(review, "review-level")


@PLAN_RULES.rule("exposure-unknown", ERROR)
def exposure_unknown(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """Some record has the exposure of a scale."""
    printed = {exposure.name for record in records for exposure in record.exposures.values()}
    known = printed | {review.same.name("exposures", name) for name in printed}
    scales: list[tuple[KeyPath, str]] = [(("scale", "exposure"), review.scale.exposure)]
    scales += [
        (("analyses", index, "scale", "exposure"), analysis.scale.exposure)
        for index, analysis in enumerate(review.analyses)
        if analysis.scale is not None
    ]
    for at, name in scales:
        yield from _unknown(at, review.same.name("exposures", name), known, "the exposure")


@PLAN_RULES.rule("outcome-unknown", ERROR)
def outcome_unknown(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """Some record has the outcome of an analysis, and each of its sites."""
    outcomes = [outcome for record in records for outcome in record.outcomes.values()]
    names = {review.same.name("outcomes", outcome.name) for outcome in outcomes}
    for index, analysis in enumerate(review.analyses):
        at: KeyPath = ("analyses", index, "outcome")
        wanted = analysis.outcome
        name = review.same.name("outcomes", wanted.name)
        yield from _unknown((*at, "name"), name, names, "the outcome")
        sites = {
            review.site_name(outcome.site or outcome.name)
            for outcome in outcomes
            if review.same.are_one("outcomes", outcome.name, name)
        }
        for place, site in enumerate(wanted.sites):
            if sites:
                yield from _unknown((*at, "sites", place), site, sites, f"{wanted.name} at the site")


@PLAN_RULES.rule("stratum-unknown", ERROR)
def stratum_unknown(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """Some record has an estimate of the sex, ancestry, age or group of an analysis."""
    strata = [estimate.stratum for record in records for _, estimate in record.placed_estimates]
    if not strata:
        return
    for index, analysis in enumerate(review.analyses):
        for name in _DIMENSIONS:
            wanted = getattr(analysis.stratum, name)
            known = {value for stratum in strata if (value := getattr(stratum, name)) is not None}
            at: KeyPath = ("analyses", index, "stratum", name)
            if wanted == EACH and not known:
                yield Finding(at, f"no record has an estimate by {name}", f"Leave '{name}: {EACH}' out.")
            elif wanted is not None and wanted != EACH and wanted not in known:
                yield _finding(at, wanted, known, f"an estimate of the {name}")


@PLAN_RULES.rule("grouping-unknown", ERROR)
def grouping_unknown(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """What an analysis groups or tells its rows apart by is a stratum, or a property of some record."""
    for index, analysis in enumerate(review.analyses):
        by = analysis.group_by
        if by is not None and records and not is_grouping(by, records):
            yield _finding(("analyses", index, "group_by"), by, groupings_of(records), "the property")
        for place, name in enumerate(analysis.moderators):
            if records and not is_grouping(name, records):
                at = ("analyses", index, "moderators", place)
                yield _finding(at, name, groupings_of(records), "the property")


@PLAN_RULES.rule("study-unknown", ERROR)
def study_unknown(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """The studies that win where persons are shared are among the records."""
    known = {record.study for record in records}
    for place, study in enumerate(review.overlap):
        yield from _unknown(("overlap", place), study, known, "the study")
    for index, analysis in enumerate(review.analyses):
        for place, study in enumerate(analysis.overlap):
            yield from _unknown(("analyses", index, "overlap", place), study, known, "the study")


@PLAN_RULES.rule("site-unknown", WARNING)
def site_unknown(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """Some record uses one of the names that `sites` gives a place."""
    known = {outcome.site or outcome.name for record in records for outcome in record.outcomes.values()}
    found = {name.casefold() for name in known}
    for site, others in review.sites.items():
        if known and not found & {name.casefold() for name in (site, *others)}:
            yield _finding(("sites", site), site, known, "a site")


def _unknown(at: KeyPath, name: str, known: Iterable[str], what: str) -> Iterator[Finding]:
    names = set(known)
    if names and name.casefold() not in {each.casefold() for each in names}:
        yield _finding(at, name, names, what)


def _finding(at: KeyPath, name: str, known: Iterable[str], what: str) -> Finding:
    names = sorted(known)
    close = difflib.get_close_matches(name, names)
    hint = f"Did you mean '{close[0]}'?" if close else f"The records have: {', '.join(names[:MOST_NAMED])}."
    return Finding(at, f"no record has {what} '{name}'", hint)
