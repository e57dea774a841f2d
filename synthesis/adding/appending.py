"""One more estimate in a record that is there, whose text and comments stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from evidence.records.effect import Estimate
from evidence.records.reading import Document
from evidence.records.review import LoadedReview
from evidence.records.schema import Model, Outcome, Record
from evidence.records.writing.exchanging import hash_of
from evidence.records.writing.extending import extended
from evidence.sources.entries import free_name, slug
from synthesis.adding.answers import Answers, part_of_answers, plain_estimate
from synthesis.adding.new_records import Draft, NotAddedError, where_and_what


class UnknownNameError(NotAddedError):
    """Something is named that is not there; the message says what is."""


def draft_to(loaded: LoadedReview, study: str, answers: Answers, report: str | None) -> Draft:
    """The record of a study with one more estimate.

    report: the id of the report that prints it; may be left out where the record has one. Raises
    NotAddedError, UnknownNameError where something is named that the review has not, WritingError where the
    file cannot be added to by a program.
    """
    document = next((each for each in loaded.documents if each.model and each.model.study == study), None)
    if document is None:
        known = ", ".join(sorted(each.study for each in loaded.records)[:20])
        raise UnknownNameError(f"--to: no record is called '{study}'; the review has: {known}")
    return estimate_added(document, answers, report)


def estimate_added(document: Document[Record], answers: Answers, report: str | None) -> Draft:
    """The record of a file with one more estimate; raises as `draft_to`."""
    record = document.model
    if record is None:
        raise NotAddedError("the record cannot be read: mend it first")
    study = record.study
    printed_in = _chosen(record.reports, report, "report", study)
    outcomes = _with(record.outcomes, Outcome, part_of_answers("Outcome", answers), _outcome_name(answers))
    models = _with(record.models, Model, part_of_answers("Model", answers), answers["adjustment"])
    plain: dict[str, Any] = plain_estimate(answers, printed_in)
    plain |= {"outcome": outcomes[1], "exposure": _exposure(record, answers)}
    plain |= {"model": models[1]} if len(models[0]) > 1 else {}
    strata = [str(value) for value in plain["stratum"].values()]
    taken = {estimate.id for _, estimate in record.placed_estimates}
    plain["id"] = free_name(slug(" ".join([outcomes[1], *strata])), taken)
    try:
        estimate = Estimate.model_validate(plain)
    except ValidationError as error:
        raise NotAddedError(*map(where_and_what, error.errors())) from None
    more = {"outcomes": outcomes[0], "models": models[0], "estimates": (*record.estimates, estimate)}
    seen = hash_of(document.path.read_bytes())
    text, longer = extended(document.path, record, record.model_copy(update=more))
    return Draft(longer, text, document.path, seen=seen)


def _chosen(known: Mapping[str, object], name: str | None, what: str, study: str) -> str:
    if name is None and len(known) == 1:
        return next(iter(known))
    if name is None or name not in known:
        raise UnknownNameError(f"--{what}: expected one of '{study}': {', '.join(known)}")
    return name


def _exposure(record: Record, answers: Answers) -> str | None:
    """The exposure that is named, by its id or its name; None where the record has one alone."""
    named = answers.get("exposure")
    if named is None and len(record.exposures) == 1:
        return None
    wanted = (named or "").casefold()
    found = [key for key, each in record.exposures.items() if wanted in (key, each.name.casefold())]
    if found:
        return found[0] if len(record.exposures) > 1 else None
    raise UnknownNameError(f"--exposure: expected one of '{record.study}': {', '.join(record.exposures)}")


def _with(
    known: Mapping[str, Any], kind: type[BaseModel], given: Mapping[str, object], name: str
) -> tuple[dict[str, Any], str]:
    """The parts with the one that is given, and its name: one that is there if it says nothing else.

    Raises NotAddedError where several are there that what is given does not tell apart.
    """
    try:
        new = kind.model_validate(given)
    except ValidationError as error:
        raise NotAddedError(*map(where_and_what, error.errors())) from None
    same = [
        key
        for key, part in known.items()
        if part == kind.model_validate({**part.model_dump(mode="json"), **given})
    ]
    whole = [key for key in same if known[key] == new]
    if len(same) > 1 and not whole:
        raise NotAddedError(f"several of the record are meant: {', '.join(same)}; say what tells them apart")
    if same:
        return dict(known), (whole or same)[0]
    key = free_name(slug(name) or "part", known)
    return {**known, key: new}, key


def _outcome_name(answers: Answers) -> str:
    return answers.get("site") or answers["outcome"]
