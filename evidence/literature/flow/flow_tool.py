"""A flow in the columns of the CSV file that the PRISMA2020 flow diagram tool reads and writes.

Haddaway et al. 2022, Campbell Systematic Reviews 18:e1230; https://estech.shinyapps.io/prisma_flowdiagram/.
The tool finds a number by its name under `data`, and a box by its name under `node`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from evidence.literature.flow.flow_counts import FlowCount, ReviewFlow, StreamCounts

COLUMNS = ("data", "node", "box", "description", "boxtext", "tooltips", "url", "n")
_NONE = "NA"
# data, node, box and text of the box; tooltip and address follow from them
_ROWS = (
    (_NONE, "node4", "prevstud", "Previous studies"),
    ("previous_studies", "node5", "box1", "Studies included in previous version of review"),
    ("previous_reports", _NONE, "box1", "Reports of studies included in previous version of review"),
    (_NONE, "node6", "newstud", "Identification of new studies via databases and registers"),
    ("database_results", "node7", "box2", "Databases"),
    ("database_specific_results", _NONE, "box2", "Specific Databases"),
    ("register_results", _NONE, "box2", "Registers"),
    ("register_specific_results", _NONE, "box2", "Specific Registers"),
    (_NONE, "node16", "othstud", "Identification of new studies via other methods"),
    ("website_results", "node17", "box11", "Websites"),
    ("organisation_results", _NONE, "box11", "Organisations"),
    ("citations_results", _NONE, "box11", "Citation searching"),
    ("duplicates", "node8", "box3", "Duplicate records"),
    ("excluded_automatic", _NONE, "box3", "Records marked as ineligible by automation tools"),
    ("excluded_other", _NONE, "box3", "Records removed for other reasons"),
    ("records_screened", "node9", "box4", "Records screened"),
    ("records_excluded", "node10", "box5", "Records excluded"),
    ("dbr_sought_reports", "node11", "box6", "Reports sought for retrieval"),
    ("dbr_notretrieved_reports", "node12", "box7", "Reports not retrieved"),
    ("other_sought_reports", "node18", "box12", "Reports sought for retrieval"),
    ("other_notretrieved_reports", "node19", "box13", "Reports not retrieved"),
    ("dbr_assessed", "node13", "box8", "Reports assessed for eligibility"),
    ("dbr_excluded", "node14", "box9", "Reports excluded"),
    ("other_assessed", "node20", "box14", "Reports assessed for eligibility"),
    ("other_excluded", "node21", "box15", "Reports excluded"),
    ("new_studies", "node15", "box10", "New studies included in review"),
    ("new_reports", _NONE, "box10", "Reports of new included studies"),
    ("total_studies", "node22", "box16", "Total studies included in review"),
    ("total_reports", _NONE, "box16", "Reports of total included studies"),
    ("identification", "node1", "identification", "Identification"),
    ("screening", "node2", "screening", "Screening"),
    ("included", "node3", "included", "Included"),
)


def flow_as_csv(flow: ReviewFlow) -> str:
    """The rows of the tool; of a review without a previous version the numbers about it are 0."""
    numbers = _numbers(flow)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for data, node, box, words in _ROWS:
        page = _NONE if node == _NONE else f"{data if data != _NONE else box}.html"
        tip = _NONE if node == _NONE else words
        writer.writerow((data, node, box, words, words, tip, page, numbers.get(data, 0)))
    return text.getvalue()


def _numbers(flow: ReviewFlow) -> dict[str, int | str]:
    main, other = flow.databases, flow.other
    kinds = {count.box: count for stream in (main, other) for count in stream.identified}
    found: dict[str, int | str] = {
        "duplicates": main.duplicates.n + main.known.n,
        "excluded_other": main.unreadable.n,
        "records_screened": main.screened.n,
        "records_excluded": main.excluded.n,
        "new_studies": flow.new.studies.n,
        "new_reports": flow.new.reports.n,
    }
    for name, box in (
        ("website", "websites"),
        ("organisation", "organisations"),
        ("citations", "citation-searching"),
    ):
        found[f"{name}_results"] = kinds[box].n if box in kinds else 0
    for name, box in (("database", "databases"), ("register", "registers")):
        found[f"{name}_results"] = kinds[box].n if box in kinds else 0
        found[f"{name}_specific_results"] = _listed(kinds[box].parts) if box in kinds else 0
    for name, stream in (("dbr", main), ("other", other)):
        found[f"{name}_sought_reports"] = stream.sought.n
        found[f"{name}_notretrieved_reports"] = stream.not_retrieved.n
        found[f"{name}_assessed"] = stream.assessed.n
        found[f"{name}_excluded"] = _listed(stream.excluded_reports.parts) or 0
    if flow.previous is not None:
        found["previous_studies"], found["previous_reports"] = (
            flow.previous.studies.n,
            flow.previous.reports.n,
        )
        found["total_studies"], found["total_reports"] = flow.total.studies.n, flow.total.reports.n
    return found


def _listed(parts: Sequence[FlowCount]) -> str:
    """'PubMed, 12; Scopus, 3': commas and semicolons of a name would part it."""
    return "; ".join(f"{part.label.replace(',', ' ').replace(';', ' ')}, {part.n}" for part in parts)


def without_a_box(flow: ReviewFlow) -> Iterator[str]:
    """What the tool has no box for, in words: its numbers do not add up without it."""
    for stream in flow.streams:
        for count in _left_out(flow, stream):
            if count.n:
                yield f"{count.label.lower()} (n = {count.n:,}), {stream.via}"


def _left_out(flow: ReviewFlow, stream: StreamCounts) -> Iterator[FlowCount]:
    yield from (stream.carried, stream.waiting_titles, stream.waiting_reports, stream.awaiting_extraction)
    if stream is flow.other:
        yield from (stream.duplicates, stream.known, stream.unreadable, stream.excluded)
        boxes = ("websites", "organisations", "citation-searching")
        yield from (count for count in stream.identified if count.box not in boxes)
    elif flow.gone is not None:
        yield from (flow.gone.studies, flow.gone.reports)
