"""A draft of a record, from a file or from answers; refused when it cannot join the review."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from evidence.checking import Checked
from evidence.records.reading import read_record
from evidence.records.review import LoadedReview, load_review
from evidence.records.review_folder import draft_paths
from evidence.records.schema import Record
from synthesis.adding.answers import Answers, expanded, missing, normal_doi
from synthesis.adding.fields import ESTIMATE_FIELDS, STUDY_FIELDS, Field
from synthesis.adding.new_records import (
    Draft,
    NotAddedError,
    dois_of,
    draft_of_answers,
    holder_of_doi,
    objections,
    place_of,
    taken_place,
)
from synthesis.commands.problem_formats import shown_path, write_text
from synthesis.terminal import console, refuse


def started(folder: Path) -> LoadedReview:
    """The review a record joins; exits with 1 when its review.yaml cannot be read."""
    loaded = load_review(folder)
    if loaded.document.model is None:
        write_text(Checked(1, loaded.document.problems))
        refuse("nothing was written: mend review.yaml first")
    return loaded


def draft_from_file(loaded: LoadedReview, source: Path, force: bool) -> Draft:
    """The record of a file, its comments and spelling kept; exits with 1, all problems told, if invalid."""
    document = read_record(source)
    if document.model is None:
        write_text(Checked(1, document.problems))
        refuse("nothing was written: mend the file first")
    path = place_of(loaded, document.model.study)
    if path.exists() and path.samefile(source):
        refuse(f"'{source}' is part of the review already; run: python -m synthesis check")
    _refuse_known(loaded, document.model, force)
    text = source.read_text(encoding="utf-8-sig")
    waited = source if source.resolve() in map(Path.resolve, draft_paths(loaded.folder)) else None
    return Draft(document.model, text if text.endswith("\n") else f"{text}\n", path, waited)


def draft_from_answers(loaded: LoadedReview, given: Answers, force: bool, asking: bool) -> Draft:
    """The record that options and answers make; exits with 2, all reasons told, where they make none."""
    given = expanded(given)
    wrong = objections(given)
    study = {field.name: given[field.name] for field in STUDY_FIELDS if field.name in given}
    estimate = {field.name: given[field.name] for field in ESTIMATE_FIELDS if field.name in given}
    lacking = missing(study, estimate)
    if wrong or (lacking and not asking):
        wrong += [f"missing: {', '.join(lacking)}"] if lacking and not asking else []
        refuse_all(wrong)
    if not lacking:
        return _draft(loaded, study, [estimate], force)
    return _asked(loaded, study, estimate, force)


def _asked(loaded: LoadedReview, study: Answers, estimate: Answers, force: bool) -> Draft:
    from synthesis.commands.asking import INTRODUCTION, ask_estimate, ask_study, confirm

    def objection(field: Field, text: str) -> str | None:
        return None if force else _taken(loaded, field, text)

    console.print(INTRODUCTION, style="dim")
    study = ask_study(loaded, study, objection)
    estimates = [ask_estimate(loaded, estimate, None)]
    while confirm("Another estimate of this study: another stratum, site or outcome?", default=False):
        estimates.append(ask_estimate(loaded, {}, estimates[-1]))
    draft = _draft(loaded, study, estimates, force)
    console.print(f"\n{draft.text}")
    if not confirm(f"Write this to {shown_path(draft.path)}?", default=True):
        refuse("nothing was written")
    return draft


def _draft(loaded: LoadedReview, study: Answers, estimates: list[Answers], force: bool) -> Draft:
    try:
        draft = draft_of_answers(loaded, study, estimates)
    except NotAddedError as error:
        refuse_all(error.reasons)
    _refuse_known(loaded, draft.record, force)
    return draft


def refuse_all(reasons: Iterable[str]) -> NoReturn:
    """Exit with 2, every reason on a line of its own."""
    refuse("\n  ".join(["nothing was written:", *reasons]), code=2)


def _taken(loaded: LoadedReview, field: Field, text: str) -> str | None:
    """Why a study name or DOI cannot be used for a new record."""
    if field.name == "study":
        return _study_taken(loaded, text)
    return _doi_taken(loaded, {normal_doi(text)}, "") if field.name == "doi" else None


def _refuse_known(loaded: LoadedReview, record: Record, force: bool) -> None:
    """Exit with 1 where the review has the study or one of its papers already."""
    if force:
        return
    says = _study_taken(loaded, record.study) or _doi_taken(loaded, dois_of(record), record.study)
    if says:
        refuse(f"{says}. Nothing was written")


def _study_taken(loaded: LoadedReview, study: str) -> str | None:
    path = taken_place(loaded, study)
    if path is None:
        return None
    return f"'{study}' exists: {shown_path(path)}; add estimates by editing that file, or --force replaces it"


def _doi_taken(loaded: LoadedReview, dois: set[str], study: str) -> str | None:
    found = holder_of_doi(loaded, dois, study)
    if found is None:
        return None
    return f"{shown_path(found[0])} has the DOI {found[1]} already; add to that file, or use --force"
