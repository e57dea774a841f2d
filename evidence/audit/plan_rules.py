"""Rules about review.yaml: choices with which nothing can be pooled, and names that no record has."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from evidence.audit.rule import ERROR, PLAN_RULES, WARNING, Finding
from evidence.records.effects_model import EffectsModel
from evidence.records.names import name_key
from evidence.records.parsing import KeyPath
from evidence.records.review import EACH, Review, review_faults
from evidence.records.saved_searches import search_faults
from evidence.records.schema import Record
from evidence.selection.dependence import unknown_sites
from evidence.selection.grouping import groupings_of, is_grouping
from evidence.selection.selection import candidates, matches

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
    """Estimator, test, prediction interval and priors are ones that pooling has."""
    return _of(review, "method-unknown")


@PLAN_RULES.rule("method-mismatch", ERROR)
def method_mismatch(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """Test and prediction interval are defined for the estimator."""
    return _of(review, "method-mismatch")


@PLAN_RULES.rule("model-rho", ERROR)
def model_rho(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """The assumed correlation of errors is one, of sites that the records have."""
    yield from _of(review, "model-rho")
    places: list[tuple[KeyPath, EffectsModel | None]] = [(("method", "model"), review.method.model)]
    places += [(("analyses", index, "model"), each.model) for index, each in enumerate(review.analyses)]
    for at, model in places:
        for pair, site, hint in unknown_sites(model, review, records):
            yield Finding((*at, "rho", pair), f"no record has the site '{site}'", hint)


@PLAN_RULES.rule("accept-other-scale", ERROR)
def accept_other_scale(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """What is pooled as if it were the scale's measure is a ratio of two groups, as that is."""
    return _of(review, "accept-other-scale")


@PLAN_RULES.rule("review-level", ERROR)
def review_level(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """The level of the pooled intervals lies between 50 and 100 per cent."""
    return _of(review, "review-level")


@PLAN_RULES.rule("saved-search", ERROR)
def saved_search(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """Saved searches have names of their own, and conditions only where their service takes them."""
    yield from (Finding(*fault) for fault in search_faults(review.searches))


@dataclass(frozen=True)
class _Wanted:
    """A word of the plan, what it names, and the words that records have in its place.

    plannable: whether it may be there before any record: a part of one analysis, and not of all.
    """

    at: KeyPath
    name: str
    known: frozenset[str]
    what: str
    plannable: bool = True
    listed: bool = False
    """Whether it is one of few words that the plan may have, so that it is no slip."""

    @property
    def is_known(self) -> bool:
        return not self.known or self.name.casefold() in {each.casefold() for each in self.known}

    def meant(self, distinct: Collection[frozenset[str]]) -> str | None:
        """The word of the records that it may be a slip of; None where it may be yet to come.

        distinct: pairs of names that the review declares to be two.
        """
        if self.listed:
            return None
        others = [
            each for each in sorted(self.known) if frozenset(map(name_key, (self.name, each))) not in distinct
        ]
        close = difflib.get_close_matches(self.name, others)
        return next(iter(close), None) or next((each for each in others if _is_part(self.name, each)), None)


_Kind = Callable[[Review, Sequence[Record]], Iterator[_Wanted]]


def _is_part(a: str, b: str) -> bool:
    """Whether one name is made of words of the other, or of the initials of all of them."""
    ours, others = _words(a), _words(b)
    initials = ["".join(word[0] for word in words) for words in (ours, others)]
    return (
        set(ours) <= set(others) or set(others) <= set(ours) or initials[0] in others or initials[1] in ours
    )


def _words(name: str) -> list[str]:
    return re.findall(r"\w+", name.casefold())


def _asked(review: Review, records: Sequence[Record], kind: _Kind, waits: bool) -> Iterator[Finding]:
    """Of what no record has the slips, or what may be to come."""
    distinct = {frozenset(map(name_key, pair)) for pair in review.distinct}
    for each in kind(review, records):
        if each.is_known:
            continue
        meant = each.meant(distinct)
        if (each.plannable and meant is None) is not waits:
            continue
        listed = f"The records have: {', '.join(sorted(each.known)[:MOST_NAMED])}."
        says = f"no record has {each.what} '{each.name}'"
        if waits:
            yield Finding(each.at, f"{says} yet", f"The analysis waits for its first study. {listed}")
        else:
            yield Finding(each.at, says, f"Did you mean '{meant}'?" if meant else listed)


@PLAN_RULES.rule("exposure-unknown", ERROR)
def exposure_unknown(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """Some record has the exposure of a scale; one that is planned for an analysis may be to come."""
    return _asked(review, records, _exposures, waits=False)


def _exposures(review: Review, records: Sequence[Record]) -> Iterator[_Wanted]:
    printed = {exposure.name for record in records for exposure in record.exposures.values()}
    known = frozenset(printed | {review.same.name("exposures", name) for name in printed})
    asked = review.same.name("exposures", review.scale.exposure)
    yield _Wanted(("scale", "exposure"), asked, known, "the exposure", plannable=False)
    for index, analysis in enumerate(review.analyses):
        if analysis.scale is not None:
            at: KeyPath = ("analyses", index, "scale", "exposure")
            yield _Wanted(at, review.same.name("exposures", analysis.scale.exposure), known, "the exposure")


@PLAN_RULES.rule("outcome-unknown", ERROR)
def outcome_unknown(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """Some record has the outcome of an analysis, and each of its sites, or they are to come."""
    return _asked(review, records, _outcomes, waits=False)


def _outcomes(review: Review, records: Sequence[Record]) -> Iterator[_Wanted]:
    outcomes = [outcome for record in records for outcome in record.outcomes.values()]
    names = frozenset(review.same.name("outcomes", outcome.name) for outcome in outcomes)
    for index, analysis in enumerate(review.analyses):
        at: KeyPath = ("analyses", index, "outcome")
        wanted = analysis.outcome
        name = review.same.name("outcomes", wanted.name)
        yield _Wanted((*at, "name"), name, names, "the outcome")
        sites = frozenset(
            review.site_name(outcome.site or outcome.name)
            for outcome in outcomes
            if review.same.are_one("outcomes", outcome.name, name)
        )
        for place, site in enumerate(wanted.sites):
            yield _Wanted((*at, "sites", place), site, sites, f"{wanted.name} at the site")


@PLAN_RULES.rule("stratum-unknown", ERROR)
def stratum_unknown(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """Some record has an estimate of the sex, ancestry, age or group of an analysis, or it is to come."""
    yield from _asked(review, records, _strata, waits=False)
    if not any(record.placed_estimates for record in records):
        return
    for index, analysis in enumerate(review.analyses):
        for name in _DIMENSIONS:
            if getattr(analysis.stratum, name) == EACH and not _values(records, name):
                at: KeyPath = ("analyses", index, "stratum", name)
                yield Finding(at, f"no record has an estimate by {name}", f"Leave '{name}: {EACH}' out.")


def _strata(review: Review, records: Sequence[Record]) -> Iterator[_Wanted]:
    for index, analysis in enumerate(review.analyses):
        for name in _DIMENSIONS:
            wanted = getattr(analysis.stratum, name)
            if wanted is not None and wanted != EACH:
                at: KeyPath = ("analyses", index, "stratum", name)
                what = f"an estimate of the {name}"
                yield _Wanted(at, wanted, _values(records, name), what, listed=name in ("sex", "age"))


def _values(records: Sequence[Record], name: str) -> frozenset[str]:
    strata = (estimate.stratum for record in records for _, estimate in record.placed_estimates)
    return frozenset(value for stratum in strata if (value := getattr(stratum, name)) is not None)


@PLAN_RULES.rule("analysis-waits", WARNING)
def analysis_waits(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """What an analysis asks for and no record has, nor any word like it, waits for its first study."""
    for kind in (_outcomes, _strata, _exposures):
        yield from _asked(review, records, kind, waits=True)


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


@PLAN_RULES.rule("unreported-mismatch", ERROR)
def unreported_mismatch(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """Results without a number count in one mean of independent effects with a value of no effect."""
    return _of(review, "unreported-mismatch")


@PLAN_RULES.rule("unreported-number", ERROR)
def unreported_number(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """What is said of a result without a number has persons, errors and probabilities that can be."""
    return _of(review, "unreported-number")


@PLAN_RULES.rule("unreported-unknown", ERROR)
def unreported_unknown(review: Review, records: Sequence[Record]) -> Iterator[Finding]:
    """Names under `unreported` are results without a number, and `like` one with a number, of some record."""
    known = {record.study: record for record in records}
    for index, analysis in enumerate(review.analyses):
        for name, each in analysis.unreported.items():
            at: KeyPath = ("analyses", index, "unreported", name)
            study, _, estimate = name.partition("/")
            if study not in known:
                yield from [_finding(at, study, known, "the study")] if records else []
                continue
            record = known[study]
            fault = _not_silent(record, estimate)
            if fault is not None:
                yield Finding(at, *fault)
            elif not _is_of(review, index, record, estimate):
                says = f"no result without a number of '{name}' answers this analysis, so it does not count"
                yield Finding(at, says, "Name it under the analysis of its outcome.", WARNING)
            if each.like is not None:
                yield from _unlike((*at, "like", "estimate"), record, each.like.estimate)


def _not_silent(record: Record, estimate: str) -> tuple[str, str] | None:
    """Why a record has no result without a number of this name, or of any where it is empty, and a hint."""
    silent = [each.id for each in record.estimates if each.not_reported is not None]
    listed = (
        f"Without a number it has: {', '.join(silent[:MOST_NAMED])}." if silent else "Leave the entry out."
    )
    if not estimate:
        return None if silent else (f"every result of {record.study} has a number", listed)
    if estimate in silent:
        return None
    if any(each.id == estimate for each in record.estimates):
        return f"'{estimate}' of {record.study} has a number, which is pooled as it is", listed
    close = difflib.get_close_matches(estimate, [each.id for each in record.estimates], n=1)
    hint = f"Did you mean '{close[0]}'?" if close else listed
    return f"{record.study} has no estimate '{estimate}'", hint


def _is_of(review: Review, index: int, record: Record, estimate: str) -> bool:
    """Whether a silent result of a record, this one or any, is one that an analysis asks for."""
    analysis = review.analyses[index]
    return any(
        found.estimate.not_reported is not None
        and estimate in ("", found.estimate.id)
        and matches(found, analysis, review.same)
        for found in candidates(review, [record], analysis)
    )


def _unlike(at: KeyPath, record: Record, name: str) -> Iterator[Finding]:
    """Where the result that tells a standard error has none, or is none."""
    numbered = [each.id for each in record.estimates if each.effect is not None]
    if name not in numbered:
        close = difflib.get_close_matches(name, numbered, n=1)
        listed = ", ".join(numbered[:MOST_NAMED]) or "none"
        hint = f"Did you mean '{close[0]}'?" if close else f"With a number it has: {listed}."
        yield Finding(at, f"{record.study} has no result '{name}' with a number", hint)


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
