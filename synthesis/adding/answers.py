"""Answers as typed: whether each can be, what is missing, and what excludes what. The schema decides."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin
from urllib.parse import unquote

from pydantic import BaseModel, ValidationError

from evidence.records import effect, schema, stratum
from evidence.records.possible import faults_of_group, faults_of_part
from evidence.records.printed import CommaError, Printed, PrintedError, shorten
from evidence.records.vocabulary import NOT_STATED
from evidence.sources.entries import free_name, slug
from evidence.sources.printed_cells import CellError, decimal_sign, is_missing, read_cell, read_interval
from synthesis.adding.fields import ESTIMATE_FIELDS, FIELDS, STUDY_FIELDS, Field, Need

Answers = dict[str, str]
"""Field name -> text as typed; what is left out is not there."""

_LISTS = frozenset({"covariates", "part-of"})
_CONTRASTS = frozenset({"beta", "MD", "SMD", "OR", "RR", "HR", "IRR", "RD"})
"""Measures that mean nothing without the step or the groups they compare."""
_NUMBERS_OF_AN_ESTIMATE = ("ci", "lower", "upper", "level", "se", "p", "t", "df", "within")
_DOI_PREFIX = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)


def normal_doi(text: str) -> str:
    """A DOI without the address or 'doi:' in front of it."""
    bare = _DOI_PREFIX.sub("", text.strip())
    return unquote(bare) if bare != text.strip() else bare


def limits(text: str) -> tuple[str, str]:
    """The two limits of an interval typed as '1.11, 1.41', '[1.11; 1.41]', '1.11 to 1.41' or '0,63; 1,12'.

    Raises ValueError for anything that is not two printed numbers, one number with a decimal comma among it.
    """
    reason = _about_comma(text.strip().strip("[]()").strip())
    if reason is not None:
        raise ValueError(f"'{shorten(text)}' is not a lower and an upper limit: {reason}")
    try:
        return read_interval(text)
    except CellError:
        says = f"'{shorten(text)}' is not a lower and an upper limit; expected e.g. 1.11, 1.41"
        raise ValueError(says) from None


def _about_comma(text: str) -> str | None:
    """What is said of one number with a decimal comma, which is not taken for two numbers."""
    try:
        Printed.parse(text)
    except CommaError as error:
        return f"{error}; write two limits as '1.11, 1.41'"
    except PrintedError:
        pass
    return None


_SIZE = re.compile(r"^(?:n\s*=\s*)?(?P<n>\d[\d,]*)\s*(?:[:;]|,\s)\s*(?P<rest>.+)$", re.IGNORECASE)
_SIZE_BEHIND = re.compile(r"^(?P<rest>.+?)\s*[,;(]\s*n\s*=\s*(?P<n>\d[\d,]*)\s*\)?$", re.IGNORECASE)
_RATE = re.compile(
    r"^(?P<events>\d[\d,]*)\s*(?:/|in)\s*(?P<time>[\d.,]+)\s*(?:person|patient)[- ]?\w+$", re.IGNORECASE
)
_MEDIAN = re.compile(r"^(?:median\s+)(?P<rest>.+)$", re.IGNORECASE)


def group_numbers(text: str) -> dict[str, str]:
    """The raw numbers of a group: '12/40', '12/310.5 person-years', '25: 5.2 ± 1.1', '40: median 12 [9; 16]'.

    Raises ValueError for anything else.
    """
    expected = "expected e.g. 12/40, 12/310.5 person-years, 25: 5.2 ± 1.1 or 40: median 12 [9; 16]"
    plain = " ".join(text.split())
    rate = _RATE.match(plain)
    size = _SIZE.match(plain) or _SIZE_BEHIND.match(plain)
    rest = rate["time"] if rate else size["rest"] if size else plain
    median = _MEDIAN.match(rest)
    try:
        cell = read_cell(median["rest"] if median else rest, decimal_sign([rest]) or ".")
    except CellError:
        raise ValueError(f"'{shorten(text)}' are no numbers of a group; {expected}") from None
    if rate and cell.number:
        return {"events": rate["events"].replace(",", ""), "person_time": cell.number}
    if size is None and cell.events is not None and cell.n is not None:
        return {"n": cell.n, "events": cell.events}
    n = size["n"].replace(",", "") if size else ""
    if n and cell.events is not None and cell.n in (None, n):
        return {"n": n, "events": cell.events}
    if n and median and cell.number and cell.low and cell.high:
        return {"n": n, "median": cell.number, "q1": cell.low, "q3": cell.high}
    if n and not median and cell.number and cell.spread:
        return {"n": n, "mean": cell.number, "sd": cell.spread}
    raise ValueError(f"'{shorten(text)}' are no numbers of a group; {expected}")


def expanded(answers: Answers) -> Answers:
    """Answers in which an estimate typed with its interval, e.g. 0.84 (0.63-1.12), is taken apart.

    NR and the like in the place of an estimate say that none is reported.
    """
    text = answers.get("estimate", "")
    alone = not {"ci", "se", "p", "t"} & answers.keys() and text.strip().lower() not in ("", "nan", "null")
    if alone and is_missing(text):
        rest = {name: value for name, value in answers.items() if name != "estimate"}
        return {"not-reported": text.strip(), **rest}
    try:
        cell = read_cell(text, decimal_sign([text]) or ".")
    except CellError:
        return answers
    if cell.number is None or cell.low is None or cell.high is None:
        return answers
    found = {"estimate": cell.number, "ci": f"{cell.low}; {cell.high}", "p": cell.p, "level": cell.level}
    return {**{name: value for name, value in found.items() if value}, **answers, "estimate": cell.number}


def value_of(field: Field, text: str) -> object:
    """An answer in the shape the schema expects; raises ValueError where it has no such shape."""
    if field.name == "ci":
        return list(limits(text))
    if field.name == "doi":
        return normal_doi(text)
    if field.name == "estimate":
        return expanded({"estimate": text.strip()}).get("estimate", text.strip())
    if field.name in _LISTS and text.strip() != NOT_STATED:
        return [word.strip() for word in text.split(",") if word.strip()]
    return text.strip()


def refusal(field: Field, text: str) -> str | None:
    """Why an answer cannot be, in plain words; None when it can."""
    if any(0xD800 <= ord(character) < 0xE000 for character in text):
        return "the answer has characters in an unknown encoding; expected UTF-8"
    if field.part == "Group":
        return _refusal_of_numbers(text)
    part = _part_called(field.part)
    try:
        read = part.model_validate({**_surroundings(field, part), field.key: value_of(field, text)})
    except ValidationError as error:
        issues = error.errors()
        own = [issue for issue in issues if issue["loc"][:1] in ((), (field.key,))]
        return _in_words(own[0], field, text) if own else None
    except ValueError as error:
        return str(error)
    faults = [fault for fault in faults_of_part(read) if fault.at[:1] == (field.key,)]
    if not faults:
        return None
    return f"'{shorten(text)}' does not fit; expected e.g. {field.example}: {faults[0].says}"


def _surroundings(field: Field, part: type[BaseModel]) -> dict[str, object]:
    """Examples for the other things the part needs, so that rules about the whole part apply."""
    needed = {name for name, info in part.model_fields.items() if info.is_required()} | {"estimate"}
    return {
        other.key: value_of(other, other.example)
        for other in FIELDS.values()
        if other.part == field.part and other.key in needed
    }


def _in_words(issue: Mapping[str, Any], field: Field, text: str) -> str:
    if issue["type"] == "value_error":
        return str(issue["ctx"]["error"])
    allowed = choices(field)
    expected = f"one of: {', '.join(allowed)}" if allowed else f"e.g. {field.example}"
    return f"'{shorten(text)}' does not fit; expected {expected}"


def _part_called(name: str) -> type[BaseModel]:
    """The part of a record with this name."""
    part: type[BaseModel] = next(
        getattr(module, name) for module in (schema, effect, stratum) if hasattr(module, name)
    )
    return part


def _refusal_of_numbers(text: str) -> str | None:
    try:
        group = effect.Group.model_validate({"name": "group", **group_numbers(text)})
    except ValueError as error:
        return str(error)
    return next((fault.says for fault in faults_of_group((), group, "the group")), None)


def choices(field: Field) -> tuple[str, ...]:
    """The words the schema allows; empty where it allows more than a few words."""
    if field.part == "Group":
        return ()
    annotation = _part_called(field.part).model_fields[field.key].annotation
    options = (annotation, *get_args(annotation))
    literal = next((each for each in options if get_origin(each) is Literal), None)
    allowed = get_args(literal)
    return allowed if len(allowed) > 1 else ()


def missing(study: Mapping[str, str], estimate: Mapping[str, str]) -> list[str]:
    """The obligatory options that have no answer."""
    answers = {**study, **estimate}
    wanted = [field for field in (*STUDY_FIELDS, *ESTIMATE_FIELDS) if is_obligatory(field, answers)]
    names = [field.option for field in wanted if field.name not in answers]
    if not {"estimate", "not-reported", "exposed-numbers"} & answers.keys():
        names.append("--estimate, --exposed-numbers and --reference-numbers, or --not-reported")
    if answers.get("measure") in _CONTRASTS and not {"per", "exposed"} & answers.keys():
        names.append("--per, or --exposed and --reference")
    return names


def is_obligatory(field: Field, answers: Mapping[str, str]) -> bool:
    """Whether a record with these answers needs one to this field too."""
    if field.name == "measure":
        return bool({"estimate", "exposed-numbers"} & answers.keys())
    if field.name in ("reference", "exposed"):
        return "exposed-numbers" in answers or (field.name == "reference" and "exposed" in answers)
    if field.name == "reference-numbers":
        return "exposed-numbers" in answers
    return field.need is Need.MUST


def contradictions(answers: Mapping[str, str]) -> list[str]:
    """Answers that exclude each other, which would otherwise be lost or guessed about."""
    says = []
    if "per" in answers and ("exposed" in answers or "reference" in answers):
        says.append("--per is for slopes, --exposed and --reference are for comparisons of groups; not both")
    for name in ("estimate", "exposed-numbers"):
        if name in answers and "not-reported" in answers:
            says.append(f"--{name} and --not-reported exclude each other")
    if "reference-numbers" in answers and "exposed-numbers" not in answers:
        says.append("--reference-numbers needs --exposed-numbers")
    if "reference" in answers and "exposed" not in answers:
        says.append("--reference needs --exposed")
    if "estimate" not in answers:
        alone = [f"--{name}" for name in _NUMBERS_OF_AN_ESTIMATE if name in answers]
        says += [f"{', '.join(alone)}: without --estimate there is nothing it belongs to"] if alone else []
    return says


# Answers -> a record: which part each belongs to, and a name for every part.


def compose(study: Mapping[str, str], estimates: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The record as plain data, ready for the schema."""
    report = slug(f"{_first_word(study['citation'])} {study['year']}") or study["study"]
    outcomes: dict[str, object] = {}
    models: dict[str, object] = {}
    composed = [_estimate(answers, report, outcomes, models) for answers in estimates]
    _name_apart(composed, several_models=len(models) > 1)
    return {
        **part_of_answers("Record", study),
        "cohort": part_of_answers("Cohort", study),
        "reports": {report: part_of_answers("Report", study)},
        "population": part_of_answers("Population", study),
        "exposures": {slug(study["exposure"]) or "exposure": part_of_answers("Exposure", study)},
        "outcomes": outcomes,
        "models": models,
        "estimates": composed,
        "extraction": part_of_answers("Extraction", study),
    }


def part_of_answers(name: str, answers: Mapping[str, str]) -> dict[str, object]:
    """The keys of one part of a record that answers give."""
    return {
        FIELDS[field].key: value_of(FIELDS[field], text)
        for field, text in answers.items()
        if FIELDS[field].part == name
    }


def _estimate(
    answers: Mapping[str, str], report: str, outcomes: dict[str, object], models: dict[str, object]
) -> dict[str, Any]:
    outcome, model = part_of_answers("Outcome", answers), part_of_answers("Model", answers)
    return {
        "outcome": _named(outcomes, outcome, _outcome_names(answers)),
        "model": _named(models, model, _model_names(answers)),
        **plain_estimate(answers, report),
    }


def plain_estimate(answers: Mapping[str, str], report: str) -> dict[str, Any]:
    """An estimate as plain data, without the names of its outcome and its model."""
    composed: dict[str, Any] = {
        "stratum": part_of_answers("Stratum", answers),
        **part_of_answers("Estimate", answers),
        "where": {"report": report, **part_of_answers("Locator", answers)},
    }
    if not {"estimate", "exposed-numbers"} & answers.keys():
        return composed | {"not_reported": part_of_answers("NotReported", answers)}
    effect = part_of_answers("Effect", answers)
    if "exposed" in answers:
        effect["versus"] = part_of_answers("Contrast", answers)
    if "exposed-numbers" in answers:
        effect["groups"] = [
            {"name": answers[name], **group_numbers(answers[f"{name}-numbers"])}
            for name in ("exposed", "reference")
        ]
    return composed | {"effect": effect}


def _named(known: dict[str, object], part: object, names: Sequence[str]) -> str:
    """The name of a part, which is added to the known ones unless it is one of them."""
    for name, other in known.items():
        if other == part:
            return name
    name = first_free(names, known)
    known[name] = part
    return name


def first_free(names: Sequence[str], taken: Container[str]) -> str:
    """The first name that is not taken, with a number if all are."""
    free = (name for name in names if name and name not in taken)
    return next(free, None) or free_name(names[-1], taken)


def _outcome_names(answers: Mapping[str, str]) -> list[str]:
    site, name = answers.get("site", ""), answers["outcome"]
    return [slug(site or name), slug(f"{name} {site}"), slug(site or name) or "outcome"]


def _model_names(answers: Mapping[str, str]) -> list[str]:
    words = {"full": "adjusted", "minimal": "minimally-adjusted", "none": "unadjusted"}
    name = words.get(answers["adjustment"], slug(answers["adjustment"]))
    return [slug(answers.get("model", "")), name, slug(f"{name} {answers['model-type']}"), name]


def _name_apart(estimates: Sequence[dict[str, Any]], several_models: bool) -> None:
    """Give each estimate an id that says what it is about; name models only where there are several."""
    taken: dict[str, object] = {}
    for estimate in estimates:
        strata = [str(value) for value in estimate["stratum"].values()]
        name = slug(" ".join([estimate["outcome"], *strata])) or "estimate"
        estimate["id"] = first_free([name, f"{name}-{estimate['model']}", name], taken)
        taken[estimate["id"]] = None
        if not several_models:
            del estimate["model"]


def _first_word(citation: str) -> str:
    return re.split(r"[\s,;.]+", citation.strip())[0]


def suggested_study(answers: Mapping[str, str]) -> str | None:
    """'lee-2019', from the citation and the year."""
    if "citation" not in answers or "year" not in answers:
        return None
    author = slug(_first_word(answers["citation"]))
    year = "" if answers["year"] == NOT_STATED else f"-{answers['year']}"
    return f"{author}{year}" if author else None
