"""How far the records can be trusted: judgements of risk of bias, and what the audit found."""

from __future__ import annotations

from evidence.checking import check_paths
from evidence.records.parsing import Problem
from evidence.records.schema import Record
from synthesis.paper.paper_table import PaperTable, Reported, Row, paper_table
from synthesis.paper.rounded import count


def bias_table(material: Reported) -> PaperTable:
    """One row a judgement of a study that an analysis shows."""
    records: dict[str, tuple[str, Record]] = {}
    for result in material.results:
        for found in result.candidates:
            records.setdefault(found.record.study, (found.label, found.record))
    rows: list[Row] = [
        {
            "study": label,
            "tool": each.tool if each.version is None else f"{each.tool} {each.version}",
            "domain": each.domain,
            "judgement": each.judgement,
            "applicability": each.applicability,
            "estimate": each.estimate,
            "support": each.support,
            "by": each.by,
            "on": None if each.on is None else each.on.isoformat(),
        }
        for label, record in records.values()
        for each in record.risk_of_bias
    ]
    headings = ("study", "tool", "domain", "judgement", "applicability", "estimate", "support", "by", "on")
    return paper_table(
        "bias",
        "Risk of bias",
        [(name, name.capitalize()) for name in headings],
        rows,
        (),
        "No judgement of risk of bias is recorded for these studies.",
    )


def audit_table(material: Reported) -> PaperTable:
    """One row a finding of `check`, whatever the analyses: errors, warnings and notes of the whole review."""
    checked = check_paths([material.loaded.folder])
    headings = (
        ("severity", "Severity"),
        ("file", "File"),
        ("line", "Line"),
        ("says", "Finding"),
        ("hint", "Hint"),
        ("rule", "Rule"),
    )
    return paper_table(
        "audit",
        "Findings of the audit",
        headings,
        [_finding(material, problem) for problem in checked.problems],
        (),
        "The audit found nothing.",
    )


def _finding(material: Reported, problem: Problem) -> Row:
    path, folder = problem.place.path, material.loaded.folder
    return {
        "severity": problem.severity.value,
        "file": path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name,
        "line": count(problem.place.line),
        "says": problem.says,
        "hint": problem.hint,
        "rule": problem.rule,
    }
