"""Candidates -> the draft of a record: numbers as printed, a mark on what a person must confirm."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from evidence.records.effect import Contrast, Effect, Estimate, Locator
from evidence.records.parsing import UnreadableError, parse_file
from evidence.records.part import Part
from evidence.records.printed import Printed, PrintedCount, PValue
from evidence.records.provenance import Extraction
from evidence.records.schema import (
    Baseline,
    BaselineRow,
    Cohort,
    Exposure,
    Flow,
    FlowStep,
    Model,
    Outcome,
    Record,
    Report,
)
from evidence.records.unconfirmed import TO_BE_CONFIRMED, proposed
from evidence.records.writing import record_to_yaml
from evidence.sources.candidates import CandidateKind, Shown, TextCandidate
from evidence.sources.contradictions import contradictions_of
from evidence.sources.entries import free_name
from evidence.sources.numbers import is_whole
from evidence.sources.paper_files import PaperFile

_COMPARED = frozenset({"OR", "RR", "HR", "IRR", "RD", "MD", "SMD"})
_DOI = re.compile(r"(?<![\w.])10\.\d{4,9}/[^\s\"'<>;,|]+[^\s\"'<>;,|.)\]]")
_FIRST_LINES = 60
_LONGEST_ID = 60
_LONGEST_WORDS = 200
_LONGEST_STEP = 40

_HEAD = f"""\
Drafted by 'python -m synthesis read' from {{name}}: numbers are as its text has them, nothing else is sure.
Look at each place in the paper, then write the value without '{TO_BE_CONFIRMED}'; delete what does not apply.
Until none is left, 'check' refuses this file and names each of them, and no analysis uses anything of it."""
_REST = "Found in the text and not drafted above:"


def drafted(
    study: str,
    paper: PaperFile,
    text_name: str,
    candidates: Sequence[TextCandidate],
    begun: BegunDraft | None = None,
) -> str:
    """The text of a draft of a record; `read_record` refuses it until a person has confirmed what is marked.

    study: its name, of lower-case letters, digits, '.' and '-'. text_name: how the record names the paper's
    file. candidates: those to be drafted. Counts and lone means are listed at the end. begun: what a draft of
    it says of the study and its report.
    """
    effects = [each for each in candidates if each.kind is CandidateKind.EFFECT]
    steps = [each for each in candidates if each.kind is CandidateKind.FLOW]
    tables = list(_baselines(study, candidates))
    inside = {id(each) for _, members in tables for each in members} | {
        id(each) for each in (*effects, *steps)
    }
    told: dict[str, Any] = {
        "schema_version": 1,
        "study": study,
        "title": (begun.title if begun else "") or proposed(),
        **({"label": begun.label} if begun and begun.label else {}),
        "design": proposed(),
        "cohort": _marked(Cohort, "name"),
        "reports": {study: _report(paper, text_name, begun.report if begun else {})},
        "exposures": {"exposure": _marked(Exposure, "name", "unit")},
        "outcomes": {"outcome": _marked(Outcome, "name", "unit")},
        "models": {"model": _marked(Model, "type", "adjustment")},
        "estimates": tuple(_estimates(study, effects)),
        "flow": _flow(study, steps) if steps else None,
        "baseline": tuple(table for table, _ in tables),
        "extraction": _marked(Extraction, "by", "on"),
    }
    record = Record.model_construct(**told)
    rest = [f"  {_in_words(each)}" for each in candidates if id(each) not in inside]
    text = record_to_yaml(record, _printable(_HEAD.format(name=paper.path.name)))
    return (
        text + ("\n" if rest else "") + "".join(f"# {_printable(line)}\n" for line in [_REST, *rest] if rest)
    )


def study_name(words: str) -> str:
    """A name for a study from other words, such as the name of a file: 'Lee 2019.pdf' is lee-2019."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9.]+", "-", plain).strip("-.") or "study"


def _marked(part: type[Part], *keys: str) -> Part:
    """A part of a record in which a person has these keys to fill in."""
    told: dict[str, Any] = {key: proposed() for key in keys}
    return part.model_construct(**told)


@dataclass(frozen=True)
class BegunDraft:
    """What a draft of which nothing is extracted yet says of its study and its one report, as confirmed."""

    title: str
    label: str
    report: Mapping[str, str | int]


def begun_draft(path: Path) -> BegunDraft | None:
    """What a draft begins with; None for one that has a number already, or is none."""
    try:
        tree, _ = parse_file(path)
    except UnreadableError:
        return None
    plain: Any = _confirmed(tree.root.plain())
    reports = plain.get("reports")
    if not isinstance(reports, dict) or len(reports) != 1 or _has_numbers(plain):
        return None
    [report] = reports.values()
    known = {} if not isinstance(report, dict) else report
    kept = {key: _as_number(key, value) for key, value in known.items() if isinstance(value, str)}
    return BegunDraft(str(plain.get("title", "")), str(plain.get("label", "")), kept)


def _confirmed(plain: Any) -> Any:
    """The same without what is marked."""
    if isinstance(plain, dict):
        return {
            key: kept for key, value in plain.items() if (kept := _confirmed(value)) not in (None, {}, [])
        }
    if isinstance(plain, list):
        return [kept for value in plain if (kept := _confirmed(value)) not in (None, {}, [])]
    return None if isinstance(plain, str) and plain.rstrip().endswith(TO_BE_CONFIRMED) else plain


def _has_numbers(plain: Mapping[str, Any]) -> bool:
    """Whether an estimate says more than its name, its outcome and its report; what is no list says more."""
    estimates = plain.get("estimates", [])
    if not isinstance(estimates, list) or not all(isinstance(each, dict) for each in estimates):
        return True
    return bool(plain.keys() & _EXTRACTED) or any(each.keys() & _NUMBERS for each in estimates)


_EXTRACTED = frozenset({"comparisons", "baseline", "flow"})
_NUMBERS = frozenset({"effect", "n", "not_reported"})


def _as_number(key: str, value: str) -> str | int:
    return int(value) if key in ("year", "pmid") and value.isdecimal() else value


def _report(paper: PaperFile, text_name: str, begun: Mapping[str, str | int]) -> Report:
    first = "\n".join(line.text for line in paper.text.lines[:_FIRST_LINES])
    doi = _DOI.search(first)
    told: dict[str, Any] = {key: proposed() for key in ("type", "status", "citation", "year")}
    told["read"] = proposed("full text")
    if doi is not None:
        told["doi"] = proposed(_printable(doi[0]))
    told |= begun
    told = {key: told[key] for key in Report.model_fields if key in told}
    return Report.model_construct(**told, text=text_name, sha256=paper.sha256)


def _estimates(study: str, effects: Sequence[TextCandidate]) -> Iterator[Estimate]:
    taken: set[str] = set()
    for candidate in effects:
        wrong = "; ".join([*candidate.remarks, *(each.says for each in contradictions_of(candidate))])
        told: dict[str, Any] = {"id": free_name(_id(candidate), taken), "outcome": proposed("outcome")}
        taken.add(told["id"])
        if "n" in candidate.numbers:
            told["n"] = _count(candidate.numbers["n"])
        told |= {"effect": _effect(candidate), "where": _where(study, candidate)}
        yield Estimate.model_construct(**told, note=proposed(wrong) if wrong else None)


def _id(candidate: TextCandidate) -> str:
    words = [candidate.spot.table or str(candidate.spot.line), *candidate.spot.row]
    return study_name(" ".join(words))[:_LONGEST_ID].strip("-.") or "estimate"


def _where(study: str, candidate: TextCandidate) -> Locator:
    at = _printable(" ".join(candidate.spot.at.split())[:_LONGEST_WORDS])
    return Locator.model_construct(report=study, at=proposed(at), quote=_printable(candidate.quote) or None)


def _effect(candidate: TextCandidate) -> Effect:
    numbers, measure = candidate.numbers, candidate.measure or ""
    told: dict[str, Any] = {"measure": proposed(measure)}
    if measure == "beta":
        told["per"] = proposed()
    if measure in _COMPARED:
        told["versus"] = Contrast.model_construct(exposed=proposed(), reference=proposed())
    if candidate.on_log:
        told["log"] = proposed("true")
    told["estimate"] = _number("estimate", candidate)
    if "low" in numbers and "high" in numbers:
        told["ci"] = (_number("low", candidate), _number("high", candidate))
    if "level" in numbers and numbers["level"].value != 95:
        told["level"] = proposed(str(numbers["level"]))
    told |= {role: _number(role, candidate) for role in ("se", "t") if role in numbers}
    if "p" in numbers:
        told["p"] = proposed(str(numbers["p"])) if "p" in candidate.unsure else _p(numbers["p"])
    if "df" in numbers:
        told["df"] = proposed(str(numbers["df"].value))
    return Effect.model_construct(**told)


def _number(role: str, candidate: TextCandidate) -> Printed | str:
    shown = candidate.numbers[role]
    if role in candidate.unsure or shown.percent or shown.relation:
        return proposed(str(shown))
    return Printed.parse(str(shown.value))


def _p(shown: Shown) -> PValue | str:
    return PValue.parse(str(shown)) if not shown.percent else proposed(str(shown))


def _count(shown: Shown) -> PrintedCount | str:
    return PrintedCount.parse(str(shown.value)) if is_whole(shown.value) else proposed(str(shown.value))


def _flow(study: str, steps: Sequence[TextCandidate]) -> Flow:
    parts = []
    for candidate in steps:
        [(role, shown)] = candidate.numbers.items()
        told: dict[str, Any] = {
            role: _count(shown),
            "what": proposed(_words_from(_printable(candidate.quote), shown)),
        }
        parts.append(FlowStep.model_construct(**told))
    places = dict.fromkeys(candidate.spot.at for candidate in steps)
    where = Locator.model_construct(report=study, at=proposed(_printable("; ".join(places)[:_LONGEST_WORDS])))
    return Flow.model_construct(where=where, steps=tuple(parts))


def _words_from(quote: str, shown: Shown) -> str:
    """The words of a quote from a number on, as many as one line of a draft has room for."""
    spelled = [quote.find(text) for text in (f"{shown.value:,}", str(shown.value))]
    words = quote[max(0, *spelled) :]
    return words if len(words) <= _LONGEST_STEP else words[:_LONGEST_STEP].rpartition(" ")[0]


def _baselines(
    study: str, candidates: Sequence[TextCandidate]
) -> Iterator[tuple[Baseline, list[TextCandidate]]]:
    """Tables of means with SD, of rows that have equally many."""
    means = [each for each in candidates if {"mean", "sd"} <= each.numbers.keys() and each.spot.table]
    for _, members in groupby(means, key=lambda each: each.spot.table):
        rows = [list(row) for _, row in groupby(members, key=lambda each: (each.spot.row, each.spot.line))]
        width = max(map(len, rows), key=[len(row) for row in rows].count)
        rows = [row for row in rows if len(row) == width and row[0].spot.row]
        if not rows:
            continue
        where = Locator.model_construct(report=study, at=proposed(rows[0][0].spot.at.partition(",")[0]))
        columns = tuple(proposed(_printable(", ".join(each.spot.column))) for each in rows[0])
        lines = tuple(_baseline_row(row) for row in rows)
        yield (
            Baseline.model_construct(where=where, columns=columns, rows=lines),
            [each for row in rows for each in row],
        )


def _baseline_row(row: Sequence[TextCandidate]) -> BaselineRow:
    told: dict[str, Any] = {
        "variable": proposed(_printable(", ".join(row[0].spot.row)[:_LONGEST_WORDS])),
        "mean_sd": tuple((_number("mean", each), _number("sd", each)) for each in row),
    }
    if "p" in row[0].numbers:
        told["p"] = _p(row[0].numbers["p"])
    return BaselineRow.model_construct(**told)


def _in_words(candidate: TextCandidate) -> str:
    return f"{candidate.spot.at}: {numbers_in_words(candidate.numbers)}"


_NAMES = {"n": "of", "person-time": "in person-time", "spread": "±", "low": "from", "high": "to"}


def numbers_in_words(numbers: Mapping[str, Shown]) -> str:
    """The numbers with what each is: 'events 54, of 345'."""
    return ", ".join(f"{_NAMES.get(role, role)} {shown}" for role, shown in numbers.items())


def _printable(line: str) -> str:
    """A text in which what neither a person nor YAML can read is a blank."""
    return "".join(each if each.isprintable() or each == "\n" else " " for each in line)
