"""Rows of a table or a RevMan file -> records as plain data, one a study."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence

from evidence.records.vocabulary import NOT_STATED
from evidence.sources.entries import ImportedRow, Plain, Skipped, free_name, slug, year_in
from evidence.sources.reference_names import REFERENCE
from evidence.sources.study_facts import disagreements, facts_of, told_apart, year_of


def study_ids(entries: Iterable[ImportedRow]) -> dict[str, str]:
    """An id for each study's name, in the order met: different names keep different ids."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for entry in entries:
        if entry.study in found:
            continue
        base = slug(entry.study)[:100].strip("-") or "study"
        if year_in(base) is None and entry.year is not None:
            base = f"{base}-{entry.year}"
        found[entry.study] = free_name(base, taken)
        taken.add(found[entry.study])
    return found


def records_from(
    entries: Sequence[ImportedRow], by: str, on: datetime.date
) -> tuple[list[Plain], list[Skipped]]:
    """A record a study as plain data, ready for the schema; and the rows that no record can hold."""
    entries = told_apart(entries)
    ids = study_ids(entries)
    by_study: dict[str, list[ImportedRow]] = {}
    for entry in entries:
        by_study.setdefault(entry.study, []).append(entry)
    skipped: list[Skipped] = []
    made = []
    for name, study in ids.items():
        record, left = _record(study, by_study[name], by, on)
        skipped += left
        if record["estimates"] or record["comparisons"]:
            made.append(record)
    return made, skipped


def _record(
    study: str, entries: Sequence[ImportedRow], by: str, on: datetime.date
) -> tuple[Plain, list[Skipped]]:
    first = entries[0]
    parts = _Parts(slug(f"{first.study}") or study)
    estimates: list[Plain] = []
    for entry in entries:
        if entry.arm is None:
            estimates.append(_estimate(entry, parts, parts.free(_estimate_id(entry))))
    comparisons, made, skipped = _of_arms([entry for entry in entries if entry.arm is not None], parts)
    facts, notes = facts_of(entries), disagreements(entries)
    report: Plain = {
        "type": "journal article",
        "status": "published",
        "citation": facts.get("citation") or first.study,
        "label": first.study,
        "year": year_of(entries) or NOT_STATED,
        "read": "secondary source",
    }
    report |= {key: facts[key] for key in ("doi", "pmid") if facts.get(key)}
    record: Plain = {
        "study": study,
        "title": facts.get("title") or first.study,
        "label": first.study,
        "design": facts.get("design") or NOT_STATED,
        "cohort": {"name": facts.get("cohort") or first.study}
        | ({"country": facts["country"]} if facts.get("country") else {}),
        "reports": {parts.report: report},
        "exposures": parts.exposures,
        "outcomes": parts.outcomes,
        "models": parts.models,
        "estimates": estimates + made,
        "comparisons": comparisons,
        "risk_of_bias": list({str(each): each for entry in entries for each in entry.bias}.values()),
        "extraction": {"by": by, "on": on.isoformat()},
    } | ({"note": "; ".join(notes)} if notes else {})
    return record, skipped


class _Parts:
    """Exposures, outcomes and models of one record, each named once."""

    def __init__(self, report: str) -> None:
        self.report = report
        self.exposures: dict[str, Plain] = {}
        self.outcomes: dict[str, Plain] = {}
        self.models: dict[str, Plain] = {}
        self._taken: set[str] = set()

    def free(self, base: str) -> str:
        """An id for an estimate that no other of the record has."""
        name = free_name(base, self._taken)
        self._taken.add(name)
        return name

    def questions(self, entry: ImportedRow) -> Plain:
        """The keys of an estimate that name its exposure, outcome, model and stratum."""
        outcome: Plain = {"name": entry.fact("outcome"), "unit": entry.fact("unit")}
        if entry.facts.get("site"):
            outcome["site"] = entry.facts["site"]
        crude = entry.effect is None or entry.effect.get("estimate") is None
        adjustment = entry.facts.get("adjustment") or ("none" if crude else NOT_STATED)
        model: Plain = {"type": entry.facts.get("type") or (adjustment if crude else NOT_STATED)}
        model |= {"adjustment": adjustment}
        if entry.facts.get("model"):
            model["name"] = entry.facts["model"]
        if entry.facts.get("covariates"):
            model["covariates"] = [
                each.strip() for each in re.split(r"[;,]", entry.facts["covariates"]) if each.strip()
            ]
        exposure = {"name": entry.fact("exposure"), "unit": NOT_STATED}
        stratum = {
            key: entry.facts[key] for key in ("sex", "ancestry", "age", "group") if entry.facts.get(key)
        }
        found: Plain = {
            "outcome": _named(
                self.outcomes, outcome, " ".join(filter(None, (outcome["name"], outcome.get("site"))))
            ),
            "exposure": _named(self.exposures, exposure, exposure["name"]),
            "model": _named(
                self.models, model, entry.facts.get("model") or _ADJUSTED.get(adjustment, adjustment)
            ),
        }
        return found | ({"stratum": stratum} if stratum else {})


_ADJUSTED = {"full": "adjusted", "minimal": "minimally adjusted", "none": "unadjusted"}


def _named(known: dict[str, Plain], part: Plain, name: str) -> str:
    """The key of a part among those known, which gets it when it is new."""
    base = slug(name)[:80].strip("-") or "part"
    key, number = base, 2
    while known.setdefault(key, part) != part:
        key, number = f"{base}-{number}", number + 1
    return key


def _estimate_id(entry: ImportedRow) -> str:
    words = [entry.facts.get(key, "") for key in ("id", "site", "sex", "ancestry", "age", "group")]
    if not words[0]:
        words[0] = entry.fact("outcome")
    return slug(" ".join(words))[:80].strip("-") or "estimate"


def _where(entry: ImportedRow, report: str) -> Plain:
    where: Plain = {"report": report, "at": entry.at}
    return where | ({"quote": entry.quote} if entry.quote else {})


def _estimate(entry: ImportedRow, parts: _Parts, name: str) -> Plain:
    found: Plain = {"id": name, **parts.questions(entry)}
    if entry.n is not None:
        found["n"] = entry.n
    if entry.effect is not None:
        found["effect"] = entry.effect
    else:
        found["not_reported"] = {"said": entry.said or "not reported"}
    found["where"] = _where(entry, parts.report)
    notes = [entry.facts["note"]] if entry.facts.get("note") else []
    notes += [f"dose {entry.facts['dose']}"] if entry.arm is None and entry.facts.get("dose") else []
    if notes:
        found["note"] = "; ".join(notes)
    return found


# Rows that are arms: two make an effect, more share their reference.


def _of_arms(entries: Sequence[ImportedRow], parts: _Parts) -> tuple[list[Plain], list[Plain], list[Skipped]]:
    """Comparisons, estimates of two arms, and the arms that have no reference beside them."""
    sets: dict[tuple[str, ...], list[ImportedRow]] = {}
    for entry in entries:
        key = tuple(
            entry.facts.get(role, "") for role in ("outcome", "site", "sex", "ancestry", "age", "group")
        )
        sets.setdefault(key, []).append(entry)
    comparisons, estimates, skipped = [], [], []
    for arms in sets.values():
        references = _references(arms)
        if len(references) != 1 or len(arms) < 2:
            why = "several arms are the reference"
            if not references:
                why = "no arm is the reference; say which with --set reference=NAME"
            if len(arms) == 1:
                why = "the study has one arm only"
            names = ", ".join(str((entry.arm or {}).get("name")) for entry in arms)
            skipped += [Skipped(entry.at, f"{why} (arms: {names})") for entry in arms]
            continue
        others = [entry for entry in arms if entry is not references[0]]
        name = parts.free(_estimate_id(references[0]))
        if len(others) == 1:
            estimates.append(_two_arms(others[0], references[0], parts, name))
        else:
            comparisons.append(_several_arms(references[0], others, parts, name))
    return comparisons, estimates, skipped


def _references(arms: Sequence[ImportedRow]) -> list[ImportedRow]:
    """The arms that are the reference as stated, whole or in part; else by what references are called."""
    wanted = arms[0].facts.get("reference", "").casefold()
    if not wanted:
        return [
            entry
            for entry in arms
            if REFERENCE.search(_arm_name(entry))
            or re.fullmatch(r"0(\.0*)?", entry.facts.get("dose", "").strip())
        ]
    whole = [entry for entry in arms if _arm_name(entry) == wanted]
    return whole or [entry for entry in arms if wanted in _arm_name(entry)]


def _arm_name(entry: ImportedRow) -> str:
    return str((entry.arm or {}).get("name", "")).casefold()


def _raw(entry: ImportedRow) -> Plain:
    return {key: value for key, value in (entry.arm or {}).items() if key != "dose"}


def _two_arms(exposed: ImportedRow, reference: ImportedRow, parts: _Parts, name: str) -> Plain:
    first, second = _raw(exposed), _raw(reference)
    sizes = [arm.get("n") for arm in (first, second)]
    effect: Plain = {
        "measure": exposed.fact("measure"),
        "versus": {"exposed": first["name"], "reference": second["name"]},
        "groups": [first, second],
    }
    if exposed.facts.get("change"):
        effect["change"] = True
    whole = None if None in sizes else str(sum(int(str(size)) for size in sizes))
    at = f"{exposed.at}; {reference.at}"
    joined = ImportedRow(
        exposed.study, exposed.year, at, exposed.facts, effect, None, None, whole, exposed.quote
    )
    return _estimate(joined, parts, name)


def _several_arms(reference: ImportedRow, others: Sequence[ImportedRow], parts: _Parts, name: str) -> Plain:
    arms: list[Plain] = []
    taken: set[str] = set()
    for entry in (reference, *others):
        arm = dict(entry.arm or {})
        arm["id"] = free_name(slug(str(arm["name"])) or "arm", taken)
        taken.add(arm["id"])
        arms.append(arm | ({"reference": True} if entry is reference else {}))
    found: Plain = {"id": name, **parts.questions(reference), "measure": reference.fact("measure")}
    if reference.facts.get("change"):
        found["change"] = True
    at = "; ".join(entry.at for entry in (reference, *others))
    return found | {"arms": arms, "where": {"report": parts.report, "at": at}}
