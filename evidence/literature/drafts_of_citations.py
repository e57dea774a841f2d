"""Citations -> drafts of records: the report is filled in, what the paper says is left to be extracted."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any

from evidence.literature.citation import Citation
from evidence.literature.duplicates.compared_forms import compared, surname
from evidence.literature.printed_reference import is_initials
from evidence.records.effect import Contrast, Effect, Estimate, Locator
from evidence.records.part import Part
from evidence.records.provenance import Extraction
from evidence.records.review import Review
from evidence.records.scales import RATIOS
from evidence.records.schema import Cohort, Exposure, Model, Outcome, Record, Report
from evidence.records.unconfirmed import TO_BE_CONFIRMED, proposed
from evidence.records.writing import record_to_yaml
from evidence.sources.entries import free_name, slug

_MOST_AUTHORS = 6
_PMC = "https://pmc.ncbi.nlm.nih.gov/articles/"
_HEAD = f"""\
Drafted by 'python -m synthesis literature draft' from the citation {{id}}: its report is filled in.
Extract the paper: write each value without '{TO_BE_CONFIRMED}', delete what does not apply, copy the estimate
for each further one. Then: python -m synthesis add --from drafts/{{study}}.yaml"""


def study_of(citation: Citation, taken: Container[str]) -> str:
    """A name for the study of a citation: 'lee-2019', 'lee-2019-2' where that is taken."""
    first = surname(citation.authors[0]) if citation.authors else ""
    named = first or _first_words(citation)
    return free_name(slug(f"{named} {citation.year or ''}") or "study", taken)


def label_of(citation: Citation) -> str:
    """How tables and figures call its report: 'Lee 2019'."""
    first = citation.authors[0] if citation.authors else ""
    name = first.partition(",")[0].strip() if "," in first else _surname_as_printed(first)
    return f"{name or _first_words(citation)} {citation.year or ''}".strip() or citation.id


def _first_words(citation: Citation) -> str:
    return " ".join(citation.title.split()[:3])


def _surname_as_printed(author: str) -> str:
    """The words of a name that its surname is made of; the whole name where none is."""
    wanted = surname(author)
    words = [word for word in author.split() if surname(word) and surname(word) in wanted]
    return " ".join(words) or author


def report_of_citation(citation: Citation) -> Report:
    """The report that a citation is, complete, for a record that is there; nothing of it is read but this."""
    kind = _type(citation) or "journal article"
    standing = {"type": kind, "status": _status(kind)}
    read = "abstract" if citation.abstract else "secondary source"
    note = "Known from its citation alone: nothing of it is extracted."
    return Report.model_validate({**standing, **_report(citation), "read": read, "note": note})


def draft_of_citation(citation: Citation, study: str, review: Review | None) -> str:
    """The text of a draft; `read_record` refuses it until a person has confirmed what is marked.

    study: its name, as `study_of` makes it. review: what it asks is proposed as exposure, outcome, measure.
    """
    kind = _type(citation)
    # what the export says in so many words needs nobody to confirm it
    standing = {
        "type": kind or proposed("journal article"),
        "status": _status(kind) if kind else proposed("published"),
    }
    told = {**standing, **_report(citation), "read": proposed("full text")}
    if citation.year is None:
        told["year"] = proposed()
    parts: dict[str, Any] = {
        "schema_version": 1,
        "study": study,
        "title": citation.title.rstrip(".") or proposed(),
        "label": label_of(citation),
        "design": proposed(),
        "cohort": Cohort.model_construct(name=proposed(), years=proposed(), country=proposed()),
        "reports": {study: Report.model_construct(**told)},
        "exposures": {"exposure": _marked(Exposure, name=_asked(review, "exposure"), unit="")},
        "outcomes": {"outcome": _marked(Outcome, name=_asked(review, "outcome"), unit="")},
        "models": {"model": _marked(Model, type="", adjustment="")},
        "estimates": (_estimate(study, review),),
        "extraction": _marked(Extraction, by="", on=""),
    }
    name = "".join(sign if sign.isprintable() else " " for sign in citation.id)
    return record_to_yaml(Record.model_construct(**parts), _HEAD.format(id=name, study=study))


def _marked(part: type[Part], **values: str) -> Part:
    told: dict[str, Any] = {key: proposed(value) for key, value in values.items()}
    return part.model_construct(**told)


def _asked(review: Review | None, what: str) -> str:
    """The exposure or outcome that a review asks for, where it is one."""
    if review is None:
        return ""
    if what == "exposure":
        return review.scale.exposure
    names = {each.outcome.name for each in review.analyses}
    return names.pop() if len(names) == 1 else ""


def _estimate(study: str, review: Review | None) -> Estimate:
    measure = "" if review is None else review.scale.measure
    told: dict[str, Any] = {"measure": proposed(measure)}
    if measure in RATIOS or (review is not None and review.scale.versus is not None):
        told["versus"] = Contrast.model_construct(exposed=proposed(), reference=proposed())
    elif review is not None and review.scale.per is not None:
        told["per"] = proposed(review.scale.per)
    told |= {"estimate": proposed(), "ci": (proposed(), proposed())}
    where = Locator.model_construct(report=study, at=proposed())
    effect = Effect.model_construct(**told)
    numbers: dict[str, Any] = {"n": proposed(), "effect": effect, "where": where}
    return Estimate.model_construct(id="estimate", outcome="outcome", **numbers)


def _report(citation: Citation) -> dict[str, Any]:
    """What a citation says of its report: reference, label, year, identifiers."""
    told: dict[str, Any] = {
        "citation": reference_of(citation),
        "label": label_of(citation),
        "year": citation.year or "not stated",
    }
    told |= {"doi": citation.doi} if citation.doi else {}
    told |= {"pmid": int(citation.pmid)} if citation.pmid else {}
    told |= {"url": f"{_PMC}{citation.pmcid}"} if citation.pmcid else {}
    return told if told.keys() & {"doi", "pmid", "url"} else {**told, "found_as": citation.id}


def reference_of(citation: Citation) -> str:
    """'Lee J, Kim S. Anemia and bone. Bone 2019;121(2):1-8', of seven authors and more the first six."""
    names = [_initialled(name) for name in citation.authors[:_MOST_AUTHORS]]
    authors = ", ".join(names) + (" et al" if len(citation.authors) > _MOST_AUTHORS else "")
    volume = citation.volume + (f"({citation.issue})" if citation.issue else "")
    pages = f":{citation.pages}" if citation.pages else ""
    place = f"{citation.journal} {citation.year or ''}".strip()
    place += f";{volume}{pages}" if volume or pages else ""
    parts = (authors, citation.title.rstrip("."), place)
    return ". ".join(each for each in parts if each) or citation.id


def _initialled(author: str) -> str:
    """Surname and initials: 'Lee J' of 'Lee, Jane', and of 'Lee J'."""
    last, comma, rest = author.partition(",")
    if not comma:
        return author
    names = rest.replace(". ", " ").replace(".", "").split()
    initials = "".join(name if is_initials(name) else name[0].upper() for name in names)
    return f"{last.strip()} {initials}".strip()


def _status(kind: str) -> str:
    return kind if kind in ("preprint", "conference abstract") else "published"


def _type(citation: Citation) -> str:
    """The type of a report as the export says it; '' where it says nothing that is one."""
    forms, kind = compared(citation), citation.kind.casefold()
    if forms.preprint:
        return "preprint"
    if forms.abstract:
        return "conference abstract"
    return next((name for words, name in _TYPES.items() if re.search(rf"\b(?:{words})\b", kind)), "")


_TYPES = {
    "thes(?:[ei]s)?|dissertations?": "thesis",
    "trial registry|clinical trial registration": "registry",
    "article|jour": "journal article",
}
