"""What all of RevMan's files hold: analyses, and rows of a study's numbers -> entries."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from evidence.records.risk_of_bias import find_tool
from evidence.records.vocabulary import Measure
from evidence.sources.entries import ImportedRow, Plain, Skipped, year_in
from evidence.sources.sheets import Sheet

_MEASURES: dict[str, Measure] = {
    **{name: name for name in ("OR", "RR", "RD", "MD", "SMD", "HR", "IRR")},
    "PETO OR": "OR",
    "PETO ODDS RATIO": "OR",
    "ODDS RATIO": "OR",
    "RISK RATIO": "RR",
    "RISK DIFFERENCE": "RD",
    "HAZARD RATIO": "HR",
    "RATE RATIO": "IRR",
    "MEAN DIFFERENCE": "MD",
    "STD MEAN DIFFERENCE": "SMD",
    "STANDARDIZED MEAN DIFFERENCE": "SMD",
    "STANDARDISED MEAN DIFFERENCE": "SMD",
}
_OF_KIND: dict[str, frozenset[Measure]] = {
    "counts": frozenset({"OR", "RR", "RD"}),
    "means": frozenset({"MD", "SMD"}),
    "generic": frozenset({"OR", "RR", "RD", "MD", "SMD", "HR", "IRR"}),
    "observed": frozenset({"OR", "HR"}),
}


@dataclass(frozen=True)
class RevManAnalysis:
    """One analysis of a RevMan review: what `review.yaml` must know of it.

    number: e.g. 1.2. name: of its outcome in the records. measure: as pooled there. random: its model.
    groups: of subgroups, in their order. overall: whether the subgroups are pooled together. labels: of the
    two sides of the plot. title: the outcome as the file names it. comparison: that it stands in, by name.
    """

    number: str
    name: str
    measure: Measure
    exposed: str
    reference: str
    random: bool
    groups: tuple[str, ...] = ()
    overall: bool = True
    labels: tuple[str, str] = ("", "")
    title: str = ""
    comparison: str = ""


@dataclass(frozen=True)
class RevManReview:
    """What a RevMan file holds that a record can say, and what it cannot."""

    title: str
    entries: tuple[ImportedRow, ...]
    skipped: tuple[Skipped, ...]
    outcomes: tuple[RevManAnalysis, ...]


def tool_of(domains: Iterable[str]) -> str:
    """The tool for risk of bias that the names of its domains tell: RoB 2, or the first one of Cochrane."""
    named, second = list(domains), find_tool("RoB 2")
    first = find_tool("Cochrane RoB")
    assert first is not None  # both are shipped
    assert second is not None
    newer = [each for each in named if second.domain(each) is not None and first.domain(each) is None]
    return second.tool if newer else first.tool


def measure_said(text: str | None, kind: str) -> Measure | None:
    """The measure that a file names, if data of the kind can have it."""
    found = _MEASURES.get(" ".join((text or "").upper().replace("_", " ").replace(".", "").split()))
    return found if found in _OF_KIND.get(kind, ()) else None


def uneven_rows(file: str, sheet: Sheet) -> Iterator[Skipped]:
    """Rows whose cells may stand under other names than theirs."""
    for number in sorted(sheet.uneven):
        yield Skipped(f"{file}, row {number}", "it has more or fewer cells than the header")


def rows_by_name(sheet: Sheet) -> Iterator[tuple[int, dict[str, str]]]:
    """The number of each row, and its cells by the names of their columns."""
    for row in sheet.rows:
        yield row.number, {name: row.cell(at) for at, name in enumerate(sheet.header) if name}


def sort_into(made: ImportedRow | Skipped, entries: list[ImportedRow], skipped: list[Skipped]) -> None:
    if isinstance(made, ImportedRow):
        entries.append(made)
    else:
        skipped.append(made)


def number_in(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def entry_from(
    study: str,
    year: str | None,
    at: str,
    kind: str,
    numbers: Mapping[str, str | None],
    outcome: RevManAnalysis,
    group: str,
    bias: tuple[Plain, ...] = (),
    log: bool = True,
    more: Mapping[str, str] | None = None,
) -> ImportedRow | Skipped:
    when = year_in(year or "") or year_in(study)
    if not study:
        return Skipped(at, "no study is named")
    facts = {
        "id": outcome.number,
        "outcome": outcome.name,
        "exposure": outcome.exposed,
        "measure": outcome.measure,
        **({"group": group} if group else {}),
        **(more or {}),
    }
    versus = {"exposed": outcome.exposed, "reference": outcome.reference}
    effect: Plain = {"measure": outcome.measure, "versus": versus}
    n = None
    if kind == "generic":
        estimate, se = _plain(numbers.get("estimate")), _plain(numbers.get("se"))
        if estimate is None or se is None or float(se) <= 0:
            return Skipped(at, f"'{study}' has no estimate with a standard error")
        effect |= {"estimate": estimate, "se": se}
        if log and outcome.measure in ("OR", "RR", "HR", "IRR"):
            effect["log"] = True
    elif kind == "observed":
        difference, variance = number_in(numbers.get("o-e")), number_in(numbers.get("variance"))
        if difference is None or variance is None or variance <= 0:
            return Skipped(at, f"'{study}' has no O - E with a variance")
        columns = {"oei": _plain(numbers["o-e"]), "voei": _plain(numbers["variance"])}
        effect |= {"measure": "PETO" if outcome.measure == "OR" else outcome.measure, "columns": columns}
    else:
        effect["groups"] = groups = [
            {"name": name, **each}
            for arm, name in enumerate(versus.values(), 1)
            if (each := _group(numbers, str(arm), kind)) is not None
        ]
        if len(groups) < 2:
            return Skipped(at, f"'{study}' has no complete numbers of both groups")
        n = str(sum(int(each["n"]) for each in groups))
    return ImportedRow(study, when, at, facts, effect=effect, n=n, bias=bias)


def _group(numbers: Mapping[str, str | None], arm: str, kind: str) -> Plain | None:
    n = _plain(numbers.get(f"n{arm}"), whole=True)
    if n is None or int(n) == 0:
        return None
    if kind == "counts":
        events = _plain(numbers.get(f"events{arm}"), whole=True)
        return None if events is None else {"n": n, "events": events}
    mean, sd = _plain(numbers.get(f"mean{arm}")), _plain(numbers.get(f"sd{arm}"))
    if mean is None or sd is None or float(sd) <= 0:
        return None
    return {"n": n, "mean": mean, "sd": sd}


def _plain(text: str | None, whole: bool = False) -> str | None:
    """A number as a record takes it: RevMan Web writes 246 as 246.0; None where it is none."""
    value = number_in(text)
    if value is None or (whole and (value != int(value) or value < 0)):
        return None
    assert text is not None  # it was read as a number
    cleaned = text.strip()
    return str(int(value)) if whole or cleaned.endswith(".0") else cleaned
