"""The flow of a published living review, from the file of the PRISMA2020 tool that its authors share.

FILES.tsv of the shared imports says where it is from: LSR3_taar1_H, 23 January 2024, CC BY 4.0.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from evidence.literature.flow.flow_counts import (
    CountedItem,
    FlowCount,
    IncludedStudies,
    ReviewFlow,
    StreamCounts,
)
from evidence.literature.flow.portions import DATABASES, OTHER
from evidence.literature.flow.searched_days import NEVER_SEARCHED

PUBLISHED = Path(__file__).parents[5] / "shared/imports/csv/prisma_flow_lsr3h.csv"


def count(box: str, label: str, n: int, parts: Iterable[FlowCount] = ()) -> FlowCount:
    """A count of so many things without a name."""
    return FlowCount(box, label, tuple(CountedItem(f"{box} {at}") for at in range(n)), tuple(parts))


def parts(listed: str) -> list[FlowCount]:
    """'MEDLINE, 1212; OpenAlex, 978' as counts; the file has a full stop for a comma once."""
    pairs = [
        each.replace(". ", ", ").rsplit(", ", 1)
        for each in listed.split("; ")
        if ", " in each or ". " in each
    ]
    return [count(name.strip(), name.strip(), int(n)) for name, n in pairs]


def published_flow() -> ReviewFlow:
    """Its numbers in the boxes of a flow."""
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        said = {row["data"]: row["n"] for row in csv.DictReader(file)}
    included = int(said["new_reports"])
    other = stream(
        {
            "identified": [count("citation-searching", "Citation searching", int(said["citations_results"]))],
            "screened": int(said["other_sought_reports"]),
            "sought": int(said["other_sought_reports"]),
            "not_retrieved": int(said["other_notretrieved_reports"]),
            "assessed": int(said["other_assessed"]),
            "included": int(said["other_assessed"]),
        },
        other=True,
    )
    main = stream(
        {
            "identified": [
                count(
                    f"{kind}s",
                    f"{kind.capitalize()}s",
                    int(said[f"{kind}_results"]),
                    parts(said[f"{kind}_specific_results"]),
                )
                for kind in ("database", "register")
            ],
            "duplicates": int(said["duplicates"]),
            "screened": int(said["records_screened"]),
            "excluded": int(said["records_excluded"]),
            "sought": int(said["dbr_sought_reports"]),
            "not_retrieved": int(said["dbr_notretrieved_reports"]),
            "assessed": int(said["dbr_assessed"]),
            "excluded_reports": parts(said["dbr_excluded"]),
            "included": included - other.included.n,
        },
        other=False,
    )
    new = IncludedStudies(
        count("studies", "Studies included", int(said["new_studies"])),
        count("reports", "Reports of them", included),
    )
    return ReviewFlow(main, other, new, new, NEVER_SEARCHED)


_LABELS = {
    "carried": "Awaiting in the previous version",
    "duplicates": "Duplicate records",
    "known": "Records already known",
    "unreadable": "Records that could not be read",
    "waiting_titles": "Records awaiting screening",
    "screened": "Records screened",
    "excluded": "Records excluded",
    "sought": "Reports sought for retrieval",
    "not_retrieved": "Reports not retrieved",
    "waiting_reports": "Reports awaiting assessment",
    "assessed": "Reports assessed for eligibility",
    "excluded_reports": "Reports excluded",
    "awaiting_extraction": "Reports awaiting extraction",
    "included": "Reports included",
}


def stream(said: dict[str, int | list[FlowCount]], other: bool) -> StreamCounts:
    """A stream with these numbers; a list is of the sources, or of the reasons of exclusions."""
    counts = {}
    for name, label in _LABELS.items():
        given = said.get(name, 0)
        reasons = given if isinstance(given, list) else []
        n = sum(each.n for each in reasons) if isinstance(given, list) else given
        counts[name] = count(f"{'other-' if other else ''}{name}", label, n, reasons)
    identified = said["identified"]
    assert isinstance(identified, list)
    return StreamCounts(OTHER if other else DATABASES, tuple(identified), **counts)
