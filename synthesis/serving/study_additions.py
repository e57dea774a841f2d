"""A new study, or one more estimate of one: answers as `add` takes them, refused at their fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence.records.parsing import Severity
from evidence.records.reading import record_from_text
from evidence.records.review import LoadedReview
from evidence.records.writing import WritingError, write_record
from evidence.records.writing.exchanging import ChangedMeanwhileError, exchange
from synthesis.adding.answers import choices, contradictions, expanded, missing, refusal, suggested_study
from synthesis.adding.appending import estimate_added
from synthesis.adding.fields import FIELDS, STUDY_FIELDS, Field, Need
from synthesis.adding.new_records import (
    Draft,
    NotAddedError,
    dois_of,
    draft_of_answers,
    holder_of_doi,
    taken_place,
)
from synthesis.adding.usual_answers import usual_estimate, usual_study
from synthesis.serving.study_edits import Edited, told_problems
from synthesis.serving.study_files import NoStudyError, problems_in, read_study, refuse_elsewhere

_OPTION = re.compile(r"--([a-z]+(?:-[a-z]+)*)")
_OF_STUDY = frozenset(field.name for field in STUDY_FIELDS)


@dataclass(frozen=True)
class AskedField:
    """A field of the form, as `add` asks for it."""

    field: Field
    choices: tuple[str, ...]
    usual: str
    must: bool
    """Whether no record goes without."""
    rare: bool
    """Whether `add` does not ask for it."""


def asked_fields(loaded: LoadedReview, fields: Sequence[Field], reviewer: str = "") -> list[AskedField]:
    """The fields with what is usual in this review already filled in."""
    usual = {**usual_study(loaded), **usual_estimate(loaded), **({"by": reviewer} if reviewer else {})}
    return [
        AskedField(
            field,
            choices(field),
            usual.get(field.name, ""),
            must=field.need is Need.MUST and field.part != "Effect",
            rare=field.need is Need.OPTION,
        )
        for field in fields
    ]


def add_study(loaded: LoadedReview, typed: Mapping[str, str], only_check: bool) -> Edited:
    """A new record of a study and its first estimate, checked, and written where nothing stands yet."""
    given = _given(typed)
    study = {name: text for name, text in given.items() if name in _OF_STUDY}
    estimate = {name: text for name, text in given.items() if name not in _OF_STUDY}
    wrong = _wrong(given)
    lacking = missing(study, estimate)
    suggested = suggested_study(given) or ""
    if wrong or lacking:
        return _refused(wrong, [] if only_check else lacking, suggested=suggested, only_check=only_check)
    try:
        draft = draft_of_answers(loaded, study, [estimate])
    except NotAddedError as error:
        return _refused({}, [], error.reasons, suggested, only_check)
    taken = _taken(loaded, draft)
    if taken:
        return _refused(taken, [], suggested=suggested, only_check=only_check)
    return _written(loaded, draft, None, only_check, suggested)


def add_estimate(
    loaded: LoadedReview, name: str, seen: str, typed: Mapping[str, str], report: str, only_check: bool
) -> Edited:
    """One more estimate of a study whose file was seen with this hash. Raises NoStudyError."""
    file = read_study(loaded.folder, name)
    if file.hash != seen and not only_check:
        says = "Somebody else has changed this file since you began. Look at it, and add the estimate again."
        return Edited(409, {"says": says, "base": file.hash})
    given = _given(typed)
    wrong = _wrong(given)
    lacking = [each for each in missing({}, given) if each.removeprefix("--") not in _OF_STUDY]
    if wrong or lacking:
        return _refused(wrong, [] if only_check else lacking, only_check=only_check)
    try:
        draft = estimate_added(file.document, given, report or None)
    except (NotAddedError, WritingError) as error:
        return _refused({}, [], getattr(error, "reasons", (str(error),)), only_check=only_check)
    return _written(loaded, draft, file.hash, only_check)


def _given(typed: Mapping[str, str]) -> dict[str, str]:
    """What is typed into fields that there are, without empty ones."""
    known = {name: " ".join(text.split()) for name, text in typed.items() if name in FIELDS}
    return expanded({name: text for name, text in known.items() if text})


def _wrong(given: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with each answer by itself, and with several together at the first that is named."""
    found = {name: says for name, text in given.items() if (says := refusal(FIELDS[name], text))}
    for says in contradictions(given):
        named = _OPTION.findall(says)
        found.setdefault(next((each for each in named if each in given), named[0]), in_words(says))
    return found


def in_words(says: str) -> str:
    """A sentence about options as one about fields: --per is "Step of the exposure, for slopes"."""
    return _OPTION.sub(lambda found: f"“{FIELDS[found[1]].words}”" if found[1] in FIELDS else found[0], says)


def _refused(
    wrong: Mapping[str, str],
    lacking: Sequence[str],
    reasons: Iterable[str] = (),
    suggested: str = "",
    only_check: bool = False,
) -> Edited:
    fields = dict(wrong)
    more = list(reasons)
    for each in lacking:
        names = _OPTION.findall(each)
        fields.setdefault(names[0], "this cannot stay empty" if len(names) == 1 else in_words(each))
    says = "Nothing was written yet: " + ("; ".join(more) if more else "see the fields that are marked.")
    told = {"fields": fields, "suggested": suggested, "says": says if more or not only_check else ""}
    return Edited(200 if only_check else 422, told)


def _taken(loaded: LoadedReview, draft: Draft) -> dict[str, str]:
    """Why a name or DOI cannot be used for a new record."""
    path = taken_place(loaded, draft.record.study)
    if path is not None:
        return {"study": f"{path.name} is there already; open it, and add an estimate to it"}
    found = holder_of_doi(loaded, dois_of(draft.record), draft.record.study)
    if found is None:
        return {}
    return {"doi": f"{found[0].name} has the DOI {found[1]} already; open it, and add an estimate to it"}


def _written(
    loaded: LoadedReview, draft: Draft, seen: str | None, only_check: bool, suggested: str = ""
) -> Edited:
    document = record_from_text(draft.text, draft.path)
    found = told_problems(document)
    if only_check:
        return Edited(200, {"fields": {}, "findings": found, "text": draft.text, "suggested": suggested})
    try:
        if seen is None:
            refuse_elsewhere(loaded.folder, draft.path)
            write_record(draft.path, draft.text, draft.record)
        else:
            exchange(draft.path, draft.text, seen)
    except NoStudyError as error:
        return Edited(403, {"says": f"{error}."})
    except ChangedMeanwhileError:
        return Edited(409, {"says": "Somebody else has changed this file meanwhile; try again."})
    except WritingError as error:
        return Edited(409 if draft.path.exists() else 507, {"says": f"{error}."})
    errors = sum(each.severity is Severity.ERROR for each in problems_in(document))
    says = "Saved; what is printed contradicts itself: compare it with the paper." if errors else "Saved."
    return Edited(200, {"says": says, "name": draft.path.stem, "findings": found})
