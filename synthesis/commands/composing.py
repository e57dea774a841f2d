"""Answers -> a record: which part each belongs to, and a name for every part."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from synthesis.commands.answers import value_of
from synthesis.commands.fields import FIELDS


def compose(study: Mapping[str, str], estimates: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The record as plain data, ready for the schema."""
    report = slug(f"{_first_word(study['citation'])} {study['year']}") or study["study"]
    outcomes: dict[str, object] = {}
    models: dict[str, object] = {}
    composed = [_estimate(answers, report, outcomes, models) for answers in estimates]
    _name_apart(composed, several_models=len(models) > 1)
    return {
        **_part("Record", study),
        "cohort": _part("Cohort", study),
        "reports": {report: _part("Report", study)},
        "population": _part("Population", study),
        "exposures": {slug(study["exposure"]) or "exposure": _part("Exposure", study)},
        "outcomes": outcomes,
        "models": models,
        "estimates": composed,
        "extraction": _part("Extraction", study),
    }


def _part(name: str, answers: Mapping[str, str]) -> dict[str, object]:
    return {
        FIELDS[field].key: value_of(FIELDS[field], text)
        for field, text in answers.items()
        if FIELDS[field].part == name
    }


def _estimate(
    answers: Mapping[str, str], report: str, outcomes: dict[str, object], models: dict[str, object]
) -> dict[str, Any]:
    outcome, model = _part("Outcome", answers), _part("Model", answers)
    composed: dict[str, Any] = {
        "outcome": _named(outcomes, outcome, _outcome_names(answers)),
        "model": _named(models, model, _model_names(answers)),
        "stratum": _part("Stratum", answers),
        **_part("Estimate", answers),
        "where": {"report": report, **_part("Locator", answers)},
    }
    if "estimate" in answers:
        composed["effect"] = _part("Effect", answers)
        if "exposed" in answers:
            composed["effect"]["versus"] = _part("Contrast", answers)
    else:
        composed["not_reported"] = _part("NotReported", answers)
    return composed


def _named(known: dict[str, object], part: object, names: Sequence[str]) -> str:
    """The name of a part, which is added to the known ones unless it is one of them."""
    for name, other in known.items():
        if other == part:
            return name
    name = _free(names, known)
    known[name] = part
    return name


def _free(names: Sequence[str], taken: Mapping[str, object]) -> str:
    for name in names:
        if name and name not in taken:
            return name
    number = 2
    while f"{names[-1]}-{number}" in taken:
        number += 1
    return f"{names[-1]}-{number}"


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
        estimate["id"] = _free([name, f"{name}-{estimate['model']}", name], taken)
        taken[estimate["id"]] = None
        if not several_models:
            del estimate["model"]


def slug(text: str) -> str:
    """Lower-case letters, digits and hyphens; empty when nothing of the text is left."""
    spelled = text.replace("+", " plus").replace("<", "under ").replace("ß", "ss")
    ascii_only = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")


def _first_word(citation: str) -> str:
    return re.split(r"[\s,;.]+", citation.strip(), maxsplit=1)[0]


def suggested_study(answers: Mapping[str, str]) -> str | None:
    """'lee-2019', from the citation and the year."""
    if "citation" not in answers or "year" not in answers:
        return None
    author = slug(_first_word(answers["citation"]))
    return f"{author}-{answers['year']}" if author else None
