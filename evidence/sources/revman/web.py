"""Data packages and data rows of RevMan Web."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from evidence.records.vocabulary import Measure
from evidence.sources.cells import SheetError
from evidence.sources.entries import ImportedRow, Plain, Skipped
from evidence.sources.revman.analyses import (
    RevManAnalysis,
    RevManReview,
    entry_from,
    measure_said,
    number_in,
    rows_by_name,
    sort_into,
    tool_of,
    uneven_rows,
)
from evidence.sources.revman.repeated import review_of
from evidence.sources.sheets import Sheet, sheets_of

MOST_BYTES = 100_000_000
MOST_FILES = 500

_Rows: TypeAlias = Sequence[tuple[int, Mapping[str, str]]]
_Key: TypeAlias = tuple[str, str]
"""The numbers of a comparison and its analysis."""


def of_package(path: Path, measure: str | None) -> RevManReview:
    tables = {name: sheet for name, sheet in _tables_in(path)}

    def named(ending: str) -> Sheet | None:
        return next((sheet for name, sheet in tables.items() if name.endswith(ending)), None)

    rows = named("data-rows.csv")
    if rows is None:
        hint = "Expected RevMan Web's data package, with a file that ends in data-rows.csv."
        raise SheetError(path, "holds no data rows", hint)
    studies: dict[str, Mapping[str, str]] = {}
    information = named("study-information.csv")
    if information is not None:
        studies = {row.get("Study", ""): row for _, row in rows_by_name(information)}
    bias = named("risk-of-bias.csv")
    return of_data_rows(
        path.name, rows, named("overall-estimates-and-settings.csv"), studies, _bias_rows(bias), measure
    )


def _tables_in(path: Path) -> Iterator[tuple[str, Sheet]]:
    """The CSV files of a package, read in memory: nothing is unpacked, and what is read is bounded."""
    try:
        with zipfile.ZipFile(path) as package:
            members = [each for each in package.infolist() if each.filename.lower().endswith(".csv")]
            if len(package.infolist()) > MOST_FILES or sum(each.file_size for each in members) > MOST_BYTES:
                raise SheetError(path, "is far larger than any data package", "Unpack and look at it first.")
            for each in members:
                content = package.read(each)
                if content.strip():
                    yield each.filename, sheets_of(Path(each.filename.rsplit("/", 1)[-1]), content)[0]
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        if isinstance(error, SheetError):
            raise
        raise SheetError(path, f"is no zip file that can be read: {error}", "Download it again.") from None


_JUDGED = "Domain (judgement): "


def _bias_rows(sheet: Sheet | None) -> Sequence[tuple[str, Plain]]:
    """Study and judgement, a domain each; what was not applicable is left out."""
    if sheet is None:
        return ()
    found = []
    tool = tool_of(name.removeprefix(_JUDGED) for name in sheet.header if name.startswith(_JUDGED))
    for _, row in rows_by_name(sheet):
        for name, judgement in row.items():
            domain = name.removeprefix(_JUDGED)
            if domain == name or not judgement or judgement.casefold() == "not applicable":
                continue
            support = row.get(f"Domain (support): {domain}") or "not stated"
            judged = {"tool": tool, "domain": domain, "judgement": judgement, "support": support}
            found.append((row.get("Study", ""), judged))
    return found


def of_data_rows(
    file: str,
    sheet: Sheet,
    settings: Sheet | None,
    studies: Mapping[str, Mapping[str, str]],
    bias: Iterable[tuple[str, Plain]],
    measure: str | None,
) -> RevManReview:
    told = {
        (row.get("Analysis group", ""), row.get("Analysis number", "")): row
        for _, row in rows_by_name(settings)
    } if settings is not None else {}  # fmt: skip
    judged: dict[str, list[Plain]] = {}
    for study, judgement in bias:
        judged.setdefault(study, []).append(judgement)
    by_analysis: dict[tuple[str, str], list[tuple[int, dict[str, str]]]] = {}
    for number, row in rows_by_name(sheet):
        if number in sheet.uneven:
            continue
        key = (row.get("Analysis group", ""), row.get("Analysis number", ""))
        by_analysis.setdefault(key, []).append((number, row))
    kinds = {key: _kind(row for _, row in rows) for key, rows in by_analysis.items()}
    measures = _measures(by_analysis, kinds, told, measure)
    entries: list[ImportedRow] = []
    skipped = list(uneven_rows(file, sheet))
    outcomes: list[RevManAnalysis] = []
    for key, rows in by_analysis.items():
        about, kind = told.get(key, {}), kinds[key]
        outcome = _outcome(key, rows, about, measures[key])
        if outcome is None:
            why = f"the measure of analysis {key[0]}.{key[1]} is not stated; give it with --set measure=RR"
            skipped += [Skipped(f"{file}, row {number}", why) for number, _ in rows]
            continue
        outcomes.append(outcome)
        log = _is_true(about.get("Log-scale data")) or _are_logs(row for _, row in rows)
        for number, row in rows:
            made = _web_entry(row, kind, outcome, f"{file}, row {number}", studies, judged, log)
            sort_into(made, entries, skipped)
    title = next((row["Analysis group name"] for row in told.values() if row.get("Analysis group name")), "")
    return review_of(title or Path(file).stem, entries, skipped, outcomes)


def _is_true(text: str | None) -> bool:
    return (text or "").casefold() in ("true", "yes", "1")


def _kind(rows: Iterable[Mapping[str, str]]) -> str:
    """Counts, means or estimates: the columns that are filled in an analysis; elsewhere RevMan writes 0."""
    rows = list(rows)
    for kind, columns in (
        ("generic", ("GIV SE", "GIV Mean")),
        ("means", ("Experimental SD", "Control SD", "Experimental mean", "Control mean")),
    ):
        if any(number_in(row.get(column)) not in (None, 0.0) for row in rows for column in columns):
            return kind
    if any(number_in(row.get(c)) not in (None, 0.0) for row in rows for c in ("O-E", "Variance")):
        return "observed"
    return "counts"


def _are_logs(rows: Iterable[Mapping[str, str]]) -> bool:
    """Whether the results printed beside generic estimates are their exponentials."""
    pairs = [(number_in(row.get("GIV Mean")), number_in(row.get("Mean"))) for row in rows]
    known = [(giv, mean) for giv, mean in pairs if giv is not None and mean is not None and abs(giv) < 50]
    return bool(known) and all(abs(math.exp(giv) - mean) <= 1e-3 * max(1.0, mean) for giv, mean in known)


def _measures(
    analyses: Mapping[_Key, _Rows],
    kinds: Mapping[_Key, str],
    told: Mapping[_Key, Mapping[str, str]],
    given: str | None,
) -> dict[_Key, Measure | None]:
    """Of each analysis the measure as stated, or by which its printed results follow from its numbers.

    One without any event tells nothing and gives nothing to pool: it takes the measure that all others of its
    kind have, if that is one.
    """
    found: dict[_Key, Measure | None] = {}
    for key, rows in analyses.items():
        stated = measure_said(told.get(key, {}).get("Effect measure"), kinds[key])
        found[key] = (
            stated or _fitting(kinds[key], [row for _, row in rows]) or measure_said(given, kinds[key])
        )
    for key, measure in list(found.items()):
        others = {found[other] for other in found if kinds[other] == kinds[key]} - {None}
        if (
            measure is None
            and len(others) == 1
            and kinds[key] == "counts"
            and _is_without_events(analyses[key])
        ):
            (found[key],) = others
    return found


def _is_without_events(rows: _Rows) -> bool:
    columns = ("Experimental cases", "Control cases")
    return all(number_in(row.get(column)) in (0.0, None) for _, row in rows for column in columns)


_PRINTED_TO = 1e-5
"""RevMan Web prints results to six decimals."""


def _fitting(kind: str, rows: Sequence[Mapping[str, str]]) -> Measure | None:
    """The one measure by which every printed result follows from the raw numbers; None where several do."""
    if kind not in ("counts", "means"):
        return None
    candidates: tuple[Measure, ...] = ("OR", "RR", "RD") if kind == "counts" else ("MD", "SMD")
    left = set(candidates)
    for row in rows:
        printed = number_in(row.get("Mean"))
        if printed is None:
            continue
        values = _by_measure(kind, row)
        if not values:
            continue
        left = {m for m in left if abs(values[m] - printed) <= _PRINTED_TO * max(1.0, abs(printed))}
    return left.pop() if len(left) == 1 else None


def _by_measure(kind: str, row: Mapping[str, str]) -> dict[Measure, float]:
    if kind == "counts":
        numbers = [
            number_in(row.get(f"{g} {w}")) for g in ("Experimental", "Control") for w in ("cases", "N")
        ]
        a, n, c, m = (0.0 if each is None else each for each in numbers)
        if min(n, m) <= 0 or (a == c == 0) or (a == n and c == m):
            return {}
        if min(a, n - a, c, m - c) <= 0:  # RevMan adds a half to every cell of such a table
            a, c, n, m = a + 0.5, c + 0.5, n + 1, m + 1
        return {"OR": a * (m - c) / (c * (n - a)), "RR": a / n / (c / m), "RD": a / n - c / m}
    values = [
        number_in(row.get(f"{g} {w}")) for g in ("Experimental", "Control") for w in ("mean", "SD", "N")
    ]
    m1, s1, n1, m2, s2, n2 = (0.0 if each is None else each for each in values)
    if min(s1, s2) <= 0 or min(n1, n2) < 2:
        return {}
    pooled = math.sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n1 + n2 - 2))
    return {"MD": m1 - m2, "SMD": (m1 - m2) / pooled * (1 - 3 / (4 * (n1 + n2) - 9))}


def _outcome(
    key: tuple[str, str],
    rows: Sequence[tuple[int, Mapping[str, str]]],
    about: Mapping[str, str],
    measure: Measure | None,
) -> RevManAnalysis | None:
    if measure is None:
        return None
    first = rows[0][1]
    groups = dict.fromkeys(row.get("Subgroup", "") for _, row in rows if row.get("Subgroup"))
    return RevManAnalysis(
        number=f"{key[0]}.{key[1]}",
        name=first.get("Analysis name") or f"Analysis {key[0]}.{key[1]}",
        comparison=about.get("Analysis group name") or first.get("Analysis group name") or "",
        measure=measure,
        exposed=about.get("Experimental group label")
        or about.get("Experimental intervention")
        or "experimental",
        reference=about.get("Control group label") or about.get("Control intervention") or "control",
        random="fixed" not in (about.get("Analysis model") or "random").casefold(),
        groups=tuple(groups),
        overall=all(row.get("Applicability", "") != "SUBGROUP_ONLY" for _, row in rows)
        and about.get("Overall estimates", "true").casefold() not in ("false", "no"),
    )


def _web_entry(
    row: Mapping[str, str],
    kind: str,
    outcome: RevManAnalysis,
    at: str,
    studies: Mapping[str, Mapping[str, str]],
    judged: Mapping[str, Sequence[Plain]],
    log: bool,
) -> ImportedRow | Skipped:
    study = row.get("Study", "").strip()
    year = row.get("Study year") or studies.get(study, {}).get("Year")
    numbers: dict[str, str | None]
    if kind == "generic":
        numbers = {"estimate": row.get("GIV Mean"), "se": row.get("GIV SE")}
    elif kind == "observed":
        numbers = {"o-e": row.get("O-E"), "variance": row.get("Variance")}
    else:
        numbers = {
            f"{ours}{arm}": row.get(f"{group} {theirs}")
            for arm, group in (("1", "Experimental"), ("2", "Control"))
            for ours, theirs in (("events", "cases"), ("mean", "mean"), ("sd", "SD"), ("n", "N"))
        }
    bias = tuple(judged.get(study, ()))
    return entry_from(study, year, at, kind, numbers, outcome, row.get("Subgroup") or "", bias, log)
