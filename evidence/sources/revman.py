"""RevMan files -> entries: `.rm5` reviews, analysis data of RevMan 5, and data packages of RevMan Web."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from evidence.records.vocabulary import Measure
from evidence.sources.cells import SheetError
from evidence.sources.entries import Entry, Plain, Skipped
from evidence.sources.sheets import Sheet, read_sheets, sheets_of

MOST_BYTES = 100_000_000
MOST_FILES = 500

_DICHOTOMOUS: dict[str, Measure] = {"OR": "OR", "RR": "RR", "RD": "RD", "PETO_OR": "OR", "PETO OR": "OR"}
_CONTINUOUS: dict[str, Measure] = {"MD": "MD", "SMD": "SMD"}
_GENERIC: dict[str, Measure] = {
    **{name: name for name in ("OR", "RR", "HR", "RD", "MD", "SMD")},
    "RATE RATIO": "IRR", "RATE_RATIO": "IRR", "ODDS RATIO": "OR", "RISK RATIO": "RR", "HAZARD RATIO": "HR",
    "HAZARD_RATIO": "HR", "ODDS_RATIO": "OR", "RISK_RATIO": "RR", "MEAN DIFFERENCE": "MD",
    "MEAN_DIFFERENCE": "MD", "RISK DIFFERENCE": "RD", "STD. MEAN DIFFERENCE": "SMD",
}  # fmt: skip
_JUDGEMENTS = {"YES": "Low", "NO": "High", "UNKNOWN": "Unclear"}


@dataclass(frozen=True)
class Outcome:
    """One analysis of a RevMan review: what `review.yaml` must know of it.

    number: e.g. 1.2. measure: as pooled there. random: its model. groups: of subgroups, in their order.
    overall: whether the subgroups are pooled together. labels: of the two sides of the plot.
    """

    number: str
    name: str
    measure: Measure
    exposed: str
    reference: str
    random: bool = True
    groups: tuple[str, ...] = ()
    overall: bool = True
    labels: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class RevManReview:
    """What a RevMan file holds that a record can say, and what it cannot."""

    title: str
    entries: tuple[Entry, ...]
    skipped: tuple[Skipped, ...]
    outcomes: tuple[Outcome, ...]


def is_revman(path: Path, sheets: Sequence[Sheet] = ()) -> bool:
    """Whether a file is one of RevMan's: by its ending, or by the columns of its table."""
    if path.suffix.lower() in (".rm5", ".zip"):
        return True
    return any({"Analysis group", "Experimental cases"} <= set(s.header) or _is_export(s) for s in sheets)


def _is_export(sheet: Sheet) -> bool:
    return {"Comparison Number", "Outcome Number", "Events 1"} <= set(sheet.header)


def read_revman(path: Path, measure: str | None = None) -> RevManReview:
    """Read a RevMan file.

    measure: of rows whose file does not say it and whose printed results do not tell it (RevMan Web's data
    rows alone). Raises SheetError for a file that is none of RevMan's, or broken.
    """
    if path.suffix.lower() == ".rm5":
        return _of_rm5(path)
    if path.suffix.lower() == ".zip":
        return _of_package(path, measure)
    sheets = read_sheets(path)
    if any(_is_export(sheet) for sheet in sheets):
        return _of_export(path, sheets[0])
    return _of_data_rows(path.name, sheets[0], None, {}, (), measure)


# Data packages and data rows of RevMan Web.


def _of_package(path: Path, measure: str | None) -> RevManReview:
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
        studies = {row["Study"]: row for row in _dicts(information)}
    bias = named("risk-of-bias.csv")
    return _of_data_rows(
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
                with package.open(each) as file:
                    content = file.read(MOST_BYTES + 1)
                if content.strip():
                    yield each.filename, sheets_of(Path(each.filename.rsplit("/", 1)[-1]), content)[0]
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        if isinstance(error, SheetError):
            raise
        raise SheetError(path, f"is no zip file that can be read: {error}", "Download it again.") from None


def _dicts(sheet: Sheet) -> Iterator[dict[str, str]]:
    for row in sheet.rows:
        yield {name: row.cell(at) for at, name in enumerate(sheet.header) if name}


def _bias_rows(sheet: Sheet | None) -> Sequence[tuple[str, Plain]]:
    """Study and judgement, a domain each; what was not applicable is left out."""
    if sheet is None:
        return ()
    found = []
    for row in _dicts(sheet):
        for name, judgement in row.items():
            domain = name.removeprefix("Domain (judgement): ")
            if domain == name or not judgement or judgement.casefold() == "not applicable":
                continue
            support = row.get(f"Domain (support): {domain}") or "not stated"
            judged = {"tool": "Cochrane RoB", "domain": domain, "judgement": judgement, "support": support}
            found.append((row.get("Study", ""), judged))
    return found


def _of_data_rows(
    file: str,
    sheet: Sheet,
    settings: Sheet | None,
    studies: Mapping[str, Mapping[str, str]],
    bias: Iterable[tuple[str, Plain]],
    measure: str | None,
) -> RevManReview:
    told = {
        (row.get("Analysis group", ""), row.get("Analysis number", "")): row for row in _dicts(settings)
    } if settings is not None else {}  # fmt: skip
    judged: dict[str, list[Plain]] = {}
    for study, judgement in bias:
        judged.setdefault(study, []).append(judgement)
    by_analysis: dict[tuple[str, str], list[tuple[int, dict[str, str]]]] = {}
    for number, row in zip((row.number for row in sheet.rows), _dicts(sheet), strict=True):
        key = (row.get("Analysis group", ""), row.get("Analysis number", ""))
        by_analysis.setdefault(key, []).append((number, row))
    entries: list[Entry] = []
    skipped: list[Skipped] = []
    outcomes: list[Outcome] = []
    for key, rows in by_analysis.items():
        about = told.get(key, {})
        kind = _kind(row for _, row in rows)
        outcome = _outcome(key, rows, about, _measure(kind, rows, about, measure))
        where = [f"{file}, row {number}" for number, _ in rows]
        if outcome is None:
            why = f"the measure of analysis {key[0]}.{key[1]} is not stated; give it with --measure"
            skipped += [Skipped(at, why) for at in where]
            continue
        outcomes.append(outcome)
        log = _is_true(about.get("Log-scale data")) or _are_logs(row for _, row in rows)
        for at, (_, row) in zip(where, rows, strict=True):
            made = _web_entry(row, kind, outcome, at, studies, judged, log)
            _sort(made, entries, skipped)
    return RevManReview(Path(file).stem, tuple(entries), tuple(skipped), tuple(outcomes))


def _sort(made: Entry | Skipped, entries: list[Entry], skipped: list[Skipped]) -> None:
    if isinstance(made, Entry):
        entries.append(made)
    else:
        skipped.append(made)


def _is_true(text: str | None) -> bool:
    return (text or "").casefold() in ("true", "yes", "1")


def _kind(rows: Iterable[Mapping[str, str]]) -> str:
    """Counts, means or estimates: the columns that are filled in an analysis; elsewhere RevMan writes 0."""
    rows = list(rows)
    for kind, columns in (
        ("generic", ("GIV SE", "GIV Mean")),
        ("means", ("Experimental SD", "Control SD", "Experimental mean", "Control mean")),
    ):
        if any(_number(row.get(column)) not in (None, 0.0) for row in rows for column in columns):
            return kind
    if any(_number(row.get(c)) not in (None, 0.0) for row in rows for c in ("O-E", "Variance")):
        return "observed"
    return "counts"


def _are_logs(rows: Iterable[Mapping[str, str]]) -> bool:
    """Whether the results printed beside generic estimates are their exponentials."""
    pairs = [(_number(row.get("GIV Mean")), _number(row.get("Mean"))) for row in rows]
    known = [(giv, mean) for giv, mean in pairs if giv is not None and mean is not None and abs(giv) < 50]
    return bool(known) and all(abs(math.exp(giv) - mean) <= 1e-3 * max(1.0, mean) for giv, mean in known)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _measure(
    kind: str, rows: Sequence[tuple[int, Mapping[str, str]]], about: Mapping[str, str], given: str | None
) -> Measure | None:
    """The measure as stated, else the one by which the printed results follow from the counts or means."""
    known = {"counts": _DICHOTOMOUS, "means": _CONTINUOUS}.get(kind, _GENERIC)
    said = known.get((about.get("Effect measure") or "").upper())
    if said is not None:
        return said
    fitting = _fitting(kind, [row for _, row in rows])
    if fitting is not None:
        return fitting
    return known.get((given or "").upper())


def _fitting(kind: str, rows: Sequence[Mapping[str, str]]) -> Measure | None:
    """The one measure by which every printed result follows from the raw numbers; None where several do."""
    if kind not in ("counts", "means"):
        return None
    candidates: tuple[Measure, ...] = ("OR", "RR", "RD") if kind == "counts" else ("MD", "SMD")
    left = set(candidates)
    compared = 0
    for row in rows:
        printed = _number(row.get("Mean"))
        if printed is None:
            continue
        values = _by_measure(kind, row)
        if not values:
            continue
        compared += 1
        left = {m for m in left if m in values and abs(values[m] - printed) <= 2e-3 * max(1.0, abs(printed))}
    return left.pop() if compared and len(left) == 1 else None


def _by_measure(kind: str, row: Mapping[str, str]) -> dict[Measure, float]:
    if kind == "counts":
        numbers = [_number(row.get(f"{g} {w}")) for g in ("Experimental", "Control") for w in ("cases", "N")]
        a, n, c, m = (0.0 if each is None else each for each in numbers)
        if min(a, n - a, c, m - c) <= 0:
            return {}
        return {"OR": a * (m - c) / (c * (n - a)), "RR": a / n / (c / m), "RD": a / n - c / m}
    values = [_number(row.get(f"{g} {w}")) for g in ("Experimental", "Control") for w in ("mean", "SD", "N")]
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
) -> Outcome | None:
    if measure is None:
        return None
    first = rows[0][1]
    groups = dict.fromkeys(row.get("Subgroup", "") for _, row in rows if row.get("Subgroup"))
    return Outcome(
        number=f"{key[0]}.{key[1]}",
        name=first.get("Analysis name") or f"Analysis {key[0]}.{key[1]}",
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
    outcome: Outcome,
    at: str,
    studies: Mapping[str, Mapping[str, str]],
    judged: Mapping[str, Sequence[Plain]],
    log: bool,
) -> Entry | Skipped:
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
    return _entry(study, year, at, kind, numbers, outcome, row.get("Subgroup") or "", bias, log)


# What all forms share: numbers of a row -> an entry.


def _entry(
    study: str,
    year: str | None,
    at: str,
    kind: str,
    numbers: Mapping[str, str | None],
    outcome: Outcome,
    group: str,
    bias: tuple[Plain, ...] = (),
    log: bool = True,
    more: Mapping[str, str] | None = None,
) -> Entry | Skipped:
    from evidence.sources.table_rows import year_in

    when = year_in(year or "") or year_in(study)
    if not study:
        return Skipped(at, "no study is named")
    if when is None:
        return Skipped(at, f"'{study}' has no year")
    facts = {
        "id": f"{outcome.number} {group}".strip(),
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
        difference, variance = _number(numbers.get("o-e")), _number(numbers.get("variance"))
        if difference is None or variance is None or variance <= 0:
            return Skipped(at, f"'{study}' has no O - E with a variance")
        columns = {"oei": _plain(numbers["o-e"]), "voei": _plain(numbers["variance"])}
        effect |= {"measure": "PETO" if outcome.measure == "OR" else outcome.measure, "columns": columns}
    else:
        groups = [_group(numbers, arm, kind) for arm in ("1", "2")]
        if None in groups:
            return Skipped(at, f"'{study}' has no complete numbers of both groups")
        effect["groups"] = [
            {"name": name, **each}
            for name, each in zip(versus.values(), groups, strict=True)
            if each is not None
        ]
        n = str(sum(int(each["n"]) for each in groups if each is not None))
    return Entry(study, when, at, facts, effect=effect, n=n, bias=bias)


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
    value = _number(text)
    if value is None or (whole and (value != int(value) or value < 0)):
        return None
    assert text is not None  # it was read as a number
    cleaned = text.strip()
    return str(int(value)) if whole or cleaned.endswith(".0") else cleaned


# The table that RevMan 5 exports as "analysis data".


def _of_export(path: Path, sheet: Sheet) -> RevManReview:
    kinds = {
        "DIC": "counts",
        "CON": "means",
        "IV": "generic",
        "GIV": "generic",
        "IVO": "generic",
        "OEV": "observed",
    }
    entries: list[Entry] = []
    skipped: list[Skipped] = []
    outcomes: dict[str, Outcome] = {}
    kind, group, outcome, title = "", "", None, path.stem
    for row_of, row in zip(sheet.rows, _dicts(sheet), strict=True):
        at = f"{path.name}, row {row_of.number}"
        numbers = [row.get(f"{what} Number", "0") for what in ("Comparison", "Outcome", "Subgroup")]
        if numbers[1] == "0":
            title = row.get("Name") or title
            continue
        if row.get("Data Type"):
            kind, group = kinds.get(row["Data Type"].upper(), ""), ""
            outcome = _exported_outcome(numbers, row, kind)
            if outcome is not None:
                outcomes[outcome.number] = outcome
            continue
        if (
            numbers[2] != "0"
            and not row.get("Year of study")
            and not row.get("Total 1")
            and not row.get("SE")
        ):
            group = row.get("Name", "")
            if outcome is not None:
                outcome = _with_group(outcome, group)
                outcomes[outcome.number] = outcome
            continue
        if outcome is None:
            skipped.append(Skipped(at, "the kind of data of its analysis is not known"))
            continue
        values = {f"{key}{arm}": row.get(f"{_EXPORTED[key]} {arm}") for key in _EXPORTED for arm in "12"}
        values |= {"estimate": row.get("Effect Estimate"), "se": row.get("SE")}
        if kind == "generic" and outcome.measure in ("OR", "RR", "HR", "IRR"):
            estimate = _number(values["estimate"])
            values["estimate"] = repr(math.log(estimate)) if estimate is not None and estimate > 0 else None
        made = _entry(row.get("Name", ""), row.get("Year of study"), at, kind, values, outcome, group)
        _sort(made, entries, skipped)
    return RevManReview(title, tuple(entries), tuple(skipped), tuple(outcomes.values()))


_EXPORTED = {"events": "Events", "mean": "Mean", "sd": "SD", "n": "Total"}


def _with_group(outcome: Outcome, group: str) -> Outcome:
    return Outcome(**{**outcome.__dict__, "groups": tuple(dict.fromkeys((*outcome.groups, group)))})


def _exported_outcome(numbers: Sequence[str], row: Mapping[str, str], kind: str) -> Outcome | None:
    known = {"counts": _DICHOTOMOUS, "means": _CONTINUOUS}.get(kind, _GENERIC)
    measure = known.get(row.get("Effect Measure", "").upper()) if kind else None
    if measure is None:
        return None
    return Outcome(
        number=f"{numbers[0]}.{numbers[1]}",
        name=row.get("Name") or f"Analysis {numbers[0]}.{numbers[1]}",
        measure=measure,
        exposed=row.get("Group Label 1") or "experimental",
        reference=row.get("Group Label 2") or "control",
        random="fixed" not in row.get("Analysis Model", "").casefold(),
        labels=(row.get("Left Graph Label", ""), row.get("Right Graph Label", "")),
    )


# Reviews of RevMan 5.


_RM5_KINDS = {"DICH": "counts", "CONT": "means", "IV": "generic", "IPD": "observed"}


def _of_rm5(path: Path) -> RevManReview:
    root = _xml(path)
    title = _text(root, "COVER_SHEET/TITLE")
    studies = {each.get("ID", ""): each for each in root.iter("STUDY")}
    bias = _rm5_bias(root)
    entries: list[Entry] = []
    skipped: list[Skipped] = []
    outcomes: list[Outcome] = []
    for comparison in root.iter("COMPARISON"):
        for element in comparison:
            tag = str(element.tag)
            if not tag.endswith("_OUTCOME"):
                continue
            kind = _RM5_KINDS.get(tag.removesuffix("_OUTCOME"))
            number = f"{comparison.get('NO', '')}.{element.get('NO', '')}"
            if kind is None:
                if any(str(e.tag).endswith("_DATA") for e in element.iter()):
                    skipped.append(
                        Skipped(f"{path.name}, analysis {number}", "its data are text, not numbers")
                    )
                continue
            outcome = _rm5_outcome(element, number, kind)
            if outcome is None:
                says = f"its effect measure '{element.get('EFFECT_MEASURE')}' is not known"
                skipped.append(Skipped(f"{path.name}, analysis {number}", says))
                continue
            outcomes.append(outcome)
            for group, data in _rm5_data(element):
                study = studies.get(data.get("STUDY_ID", ""))
                at = f"{path.name}, analysis {number}, line {data.sourceline}"
                made = _rm5_entry(data, study, kind, outcome, group, at, bias)
                _sort(made, entries, skipped)
    return RevManReview(title or path.stem, tuple(entries), tuple(skipped), tuple(outcomes))


def _xml(path: Path) -> Any:
    """The XML of a file: entities stay unresolved, nothing is fetched, and its size is bounded."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SheetError(path, f"cannot be read: {error.strerror}") from None
    if len(content) > MOST_BYTES:
        raise SheetError(path, f"is larger than {MOST_BYTES // 1_000_000} MB")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.parse(io.BytesIO(content), parser).getroot()
    except etree.XMLSyntaxError as error:
        raise SheetError(
            path, f"is no XML that can be read: {error.msg}", "Save it again in RevMan."
        ) from None
    if root.tag != "COCHRANE_REVIEW":
        raise SheetError(
            path, f"is no RevMan 5 review: it begins with <{root.tag}>", "Expected COCHRANE_REVIEW."
        )
    return root


def _text(element: Any, name: str) -> str:
    found = element.find(name)
    return "" if found is None else " ".join("".join(found.itertext()).split())


def _rm5_outcome(element: Any, number: str, kind: str) -> Outcome | None:
    known = {"counts": _DICHOTOMOUS, "means": _CONTINUOUS}.get(kind, _GENERIC)
    said = (element.get("EFFECT_MEASURE") or _text(element, "EFFECT_MEASURE") or "").upper()
    measure = known.get(said)
    if measure is None:
        return None
    groups = [_text(each, "NAME") for each in element if str(each.tag).endswith("_SUBGROUP")]
    return Outcome(
        number=number,
        name=_text(element, "NAME") or f"Analysis {number}",
        measure=measure,
        exposed=_text(element, "GROUP_LABEL_1") or "experimental",
        reference=_text(element, "GROUP_LABEL_2") or "control",
        random=(element.get("RANDOM") or "NO").upper() == "YES",
        groups=tuple(dict.fromkeys(groups)),
        overall=(element.get("TOTALS") or "YES").upper() == "YES",
        labels=(_text(element, "GRAPH_LABEL_1"), _text(element, "GRAPH_LABEL_2")),
    )


def _rm5_data(element: Any) -> Iterator[tuple[str, Any]]:
    """Each row of an outcome with the name of its subgroup."""
    for each in element:
        if str(each.tag).endswith("_SUBGROUP"):
            name = _text(each, "NAME")
            yield from ((name, data) for data in each if str(data.tag).endswith("_DATA"))
        elif str(each.tag).endswith("_DATA"):
            yield "", each


def _rm5_entry(
    data: Any,
    study: Any,
    kind: str,
    outcome: Outcome,
    group: str,
    at: str,
    bias: Mapping[str, tuple[Plain, ...]],
) -> Entry | Skipped:
    key = data.get("STUDY_ID", "")
    name = study.get("NAME", "") if study is not None else key.removeprefix("STD-").replace("-", " ")
    numbers = {
        f"{ours}{arm}": data.get(f"{theirs}_{arm}")
        for arm in ("1", "2")
        for ours, theirs in (("events", "EVENTS"), ("mean", "MEAN"), ("sd", "SD"), ("n", "TOTAL"))
    }
    numbers |= {
        "estimate": data.get("ESTIMATE"),
        "se": data.get("SE"),
        "o-e": data.get("O_E"),
        "variance": data.get("VAR"),
    }
    more = _citation(study) if study is not None else {}
    year = (study.get("YEAR") if study is not None else None) or more.get("year")
    return _entry(name, year, at, kind, numbers, outcome, group, bias.get(key, ()), more=more)


def _citation(study: Any) -> dict[str, str]:
    """The primary reference of a study, as one line."""
    reference = next(
        (each for each in study.iter("REFERENCE") if each.get("PRIMARY", "").upper() == "YES"),
        study.find("REFERENCE"),
    )
    if reference is None:
        return {}
    parts = {tag: _text(reference, tag) for tag in ("AU", "TI", "SO", "YR", "VL", "NO", "PG")}
    volume = parts["VL"] + (f"({parts['NO']})" if parts["NO"] else "")
    pages = f":{parts['PG']}" if parts["PG"] else ""
    journal = " ".join(filter(None, (parts["SO"], parts["YR"])))
    line = ". ".join(
        part.rstrip(".")
        for part in (parts["AU"], parts["TI"], f"{journal};{volume}{pages}".strip("; "))
        if part
    )
    found = {"citation": line} if parts["AU"] or parts["TI"] else {}
    if parts["TI"]:
        found["title"] = parts["TI"].rstrip(".")
    return found | ({"year": parts["YR"]} if parts["YR"] else {})


def _rm5_bias(root: Any) -> dict[str, tuple[Plain, ...]]:
    found: dict[str, list[Plain]] = {}
    for item in root.iter("QUALITY_ITEM"):
        domain = _text(item, "NAME")
        for entry in item.iter("QUALITY_ITEM_DATA_ENTRY"):
            judgement = _JUDGEMENTS.get((entry.get("RESULT") or "").upper())
            if judgement is None or not domain:
                continue
            support = _text(entry, "DESCRIPTION") or "not stated"
            judged = {"tool": "Cochrane RoB", "domain": domain, "judgement": judgement, "support": support}
            found.setdefault(entry.get("STUDY_ID", ""), []).append(judged)
    return {study: tuple(each) for study, each in found.items()}
