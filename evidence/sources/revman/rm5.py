"""Reviews of RevMan 5, which are XML."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from evidence.sources.cells import SheetError
from evidence.sources.entries import ImportedRow, Plain, Skipped
from evidence.sources.revman.analyses import (
    RevManAnalysis,
    RevManReview,
    entry_from,
    measure_said,
    sort_into,
    tool_of,
)
from evidence.sources.revman.repeated import review_of

MOST_BYTES = 100_000_000
_JUDGEMENTS = {"YES": "Low", "NO": "High", "UNKNOWN": "Unclear"}
_RM5_KINDS = {"DICH": "counts", "CONT": "means", "IV": "generic", "IPD": "observed"}


def of_rm5(path: Path) -> RevManReview:
    root = _xml(path)
    title = _text(root, "COVER_SHEET/TITLE")
    studies = {each.get("ID", ""): each for each in root.iter("STUDY")}
    bias = _rm5_bias(root)
    entries: list[ImportedRow] = []
    skipped: list[Skipped] = []
    outcomes: list[RevManAnalysis] = []
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
            outcome = _rm5_outcome(element, number, kind, _text(comparison, "NAME"))
            if outcome is None:
                says = f"its effect measure '{element.get('EFFECT_MEASURE')}' is not known"
                skipped.append(Skipped(f"{path.name}, analysis {number}", says))
                continue
            outcomes.append(outcome)
            for group, data in _rm5_data(element):
                study = studies.get(data.get("STUDY_ID", ""))
                at = f"{path.name}, analysis {number}, line {data.sourceline}"
                made = _rm5_entry(data, study, kind, outcome, group, at, bias)
                sort_into(made, entries, skipped)
    return review_of(title or path.stem, entries, skipped, outcomes)


def _xml(path: Path) -> Any:
    """The XML of a file: entities stay unresolved, nothing is fetched, and its size is bounded."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SheetError(path, f"cannot be read: {error.strerror}") from None
    if len(content) > MOST_BYTES:
        raise SheetError(path, f"is larger than {MOST_BYTES // 1_000_000} MB")
    parser = etree.XMLParser(resolve_entities=False)  # else it fetches nothing and bounds the size itself
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


def _rm5_outcome(element: Any, number: str, kind: str, comparison: str) -> RevManAnalysis | None:
    measure = measure_said(element.get("EFFECT_MEASURE") or _text(element, "EFFECT_MEASURE"), kind)
    if measure is None:
        return None
    groups = [_text(each, "NAME") for each in element if str(each.tag).endswith("_SUBGROUP")]
    return RevManAnalysis(
        number=number,
        name=_text(element, "NAME") or f"Analysis {number}",
        measure=measure,
        exposed=_text(element, "GROUP_LABEL_1") or "experimental",
        reference=_text(element, "GROUP_LABEL_2") or "control",
        random=(element.get("RANDOM") or "NO").upper() == "YES",
        groups=tuple(dict.fromkeys(groups)),
        overall=(element.get("TOTALS") or "YES").upper() == "YES",
        labels=(_text(element, "GRAPH_LABEL_1"), _text(element, "GRAPH_LABEL_2")),
        comparison=comparison,
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
    outcome: RevManAnalysis,
    group: str,
    at: str,
    bias: Mapping[str, tuple[Plain, ...]],
) -> ImportedRow | Skipped:
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
    return entry_from(name, year, at, kind, numbers, outcome, group, bias.get(key, ()), more=more)


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
    tool = tool_of(_text(item, "NAME") for item in root.iter("QUALITY_ITEM"))
    for item in root.iter("QUALITY_ITEM"):
        domain = _text(item, "NAME")
        for entry in item.iter("QUALITY_ITEM_DATA_ENTRY"):
            judgement = _JUDGEMENTS.get((entry.get("RESULT") or "").upper())
            if judgement is None or not domain:
                continue
            support = _text(entry, "DESCRIPTION") or "not stated"
            judged = {"tool": tool, "domain": domain, "judgement": judgement, "support": support}
            found.setdefault(entry.get("STUDY_ID", ""), []).append(judged)
    return {study: tuple(each) for study, each in found.items()}
