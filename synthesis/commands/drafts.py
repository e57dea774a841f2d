"""A draft of a record, from a file or from answers; refused when it cannot join the review."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from evidence.checking import Checked
from evidence.records.reading import Document, read_record, record_from_text
from evidence.records.review import LoadedReview, load_review
from evidence.records.review_folder import draft_paths
from evidence.records.schema import Record
from evidence.records.writing import record_to_yaml
from synthesis.commands.answers import (
    Answers,
    compose,
    contradictions,
    expanded,
    missing,
    normal_doi,
    refusal,
)
from synthesis.commands.fields import ESTIMATE_FIELDS, FIELDS, STUDY_FIELDS, Field
from synthesis.commands.problem_formats import shown_path, write_text
from synthesis.terminal import console, refuse


@dataclass(frozen=True)
class Draft:
    """A valid record, its text, and where it is to stand."""

    record: Record
    text: str
    path: Path
    waited: Path | None = None
    """Its file among the review's drafts, which goes once the record is written."""


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
    path = _path(loaded, document.model.study)
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


def objections(given: Answers) -> list[str]:
    """What is wrong with answers by themselves, and together."""
    wrong = [f"--{name}: {says}" for name, text in given.items() if (says := refusal(FIELDS[name], text))]
    return wrong + contradictions(given)


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


def _draft(loaded: LoadedReview, study: Mapping[str, str], estimates: list[Answers], force: bool) -> Draft:
    today = datetime.date.today()
    plain = compose({"on": today.isoformat(), **study}, estimates)
    try:
        record = Record.model_validate(plain)
    except ValidationError as error:
        refuse_all([where_and_what(issue) for issue in error.errors()])
    _refuse_known(loaded, record, force)
    path = _path(loaded, record.study)
    text = record_to_yaml(record, _comment(record))
    document = record_from_text(text, path)
    if document.model is None:
        write_text(Checked(1, document.problems))
        refuse("nothing was written")
    return Draft(record, text, path)


def refuse_all(reasons: list[str]) -> NoReturn:
    """Exit with 2, every reason on a line of its own."""
    refuse("\n  ".join(["nothing was written:", *reasons]), code=2)


def where_and_what(issue: Any) -> str:
    """One complaint of the schema as a line."""
    where = " ".join(str(key) for key in issue["loc"])
    return f"{where}: {issue.get('ctx', {}).get('error', issue['msg'])}".removeprefix(": ")


def _comment(record: Record) -> str:
    report = next(iter(record.reports.values()))
    return f"Numbers are spelled as printed; each says where it stands. Extracted from: {report.read}."


def _path(loaded: LoadedReview, study: str) -> Path:
    """Where a study stands: in the file that has it already, or in one of its name."""
    return _holder(loaded, study) or loaded.folder / "studies" / f"{study}.yaml"


def _holder(loaded: LoadedReview, study: str) -> Path | None:
    return next((each.path for each in loaded.documents if _plain(each).get("study") == study), None)


def _taken(loaded: LoadedReview, field: Field, text: str) -> str | None:
    """Why a study name or DOI cannot be used for a new record."""
    if field.name == "study":
        return _study_taken(loaded, text)
    return _doi_taken(loaded, {normal_doi(text)}, "") if field.name == "doi" else None


def _refuse_known(loaded: LoadedReview, record: Record, force: bool) -> None:
    """Exit with 1 where the review has the study or one of its papers already."""
    if force:
        return
    dois = {report.doi for report in record.reports.values() if report.doi}
    says = _study_taken(loaded, record.study) or _doi_taken(loaded, dois, record.study)
    if says:
        refuse(f"{says}. Nothing was written")


def _study_taken(loaded: LoadedReview, study: str) -> str | None:
    path = _path(loaded, study)
    if _holder(loaded, study) is None and not path.exists():
        return None
    return f"'{study}' exists: {shown_path(path)}; add estimates by editing that file, or --force replaces it"


def _doi_taken(loaded: LoadedReview, dois: set[str], study: str) -> str | None:
    wanted = {doi.casefold() for doi in dois}
    for document in loaded.documents:
        for doi in _dois(document):
            if doi.casefold() in wanted and _plain(document).get("study") != study:
                place = shown_path(document.path)
                return f"{place} has the DOI {doi} already; add to that file, or use --force"
    return None


def _dois(document: Document[Record]) -> Iterator[str]:
    """The DOIs of a file, even of one that has errors elsewhere."""
    reports = _plain(document).get("reports")
    for report in reports.values() if isinstance(reports, dict) else ():
        if isinstance(report, dict) and isinstance(report.get("doi"), str):
            yield normal_doi(report["doi"])


def _plain(document: Document[Record]) -> dict[str, Any]:
    plain = document.tree.root.plain() if document.tree else {}
    return plain if isinstance(plain, dict) else {}
