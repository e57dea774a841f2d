"""Tables of a paper on the page: the study and the number of a row lead to what they answer to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from evidence.records.review import LoadedReview
from evidence.selection.selection import candidates
from synthesis.paper.paper_table import PaperTable, for_pages, shown
from synthesis.report.anchors import entry_anchor, record_anchor
from synthesis.report.page_parts import ShownTable, TableCell

_OF_ESTIMATES = ("estimate", "estimate_id")


class Links:
    """Anchors of studies and estimates by the names that tables have for them, where these are of one."""

    def __init__(self, loaded: LoadedReview) -> None:
        studies: dict[str, set[str]] = defaultdict(set)
        estimates: dict[tuple[str, str], set[str]] = defaultdict(set)
        for found in candidates(loaded.review, loaded.records):
            for name in (found.label, found.record.study):
                studies[name].add(record_anchor(found.record.study))
                estimates[name, found.estimate.id].add(entry_anchor(found))
        self._studies = {name: min(to) for name, to in studies.items() if len(to) == 1}
        self._estimates = {names: min(to) for names, to in estimates.items() if len(to) == 1}

    def study(self, name: str) -> str:
        """Of a study's record; empty where the name is of none or of several."""
        return self._studies.get(name, "")

    def estimate(self, study: str, name: str) -> str:
        """Of an estimate's entry; empty as above."""
        return self._estimates.get((study, name), "")


def linked(table: PaperTable, links: Links, titles: Mapping[str, str]) -> ShownTable:
    """The table as pages have it; titles: of analyses, by the ids that tables name."""
    page = for_pages(table)
    names = [heading.name for heading in page.headings]
    rows = tuple(_cells(names, [shown(cell) for cell in row], links, titles) for row in page.rows)
    return ShownTable(
        table.name,
        table.title,
        tuple(heading.words for heading in page.headings),
        tuple(page.is_numeric(column) for column in range(len(names))),
        rows,
        page.notes,
    )


def _cells(
    names: Sequence[str], row: Sequence[str], links: Links, titles: Mapping[str, str]
) -> tuple[TableCell, ...]:
    named = list(zip(names, row, strict=True))
    study = next((text for name, text in named if name == "study"), "")
    found = []
    for name, text in named:
        if name == "study":
            found.append(TableCell(text, links.study(text)))
        elif name in _OF_ESTIMATES:
            found.append(TableCell(text, links.estimate(study, text)))
        elif name == "analysis" and text in titles:
            found.append(TableCell(titles[text], text))
        else:
            found.append(TableCell(text))
    return tuple(found)


def condensed(table: ShownTable, groups: Mapping[str, Sequence[str]]) -> ShownTable:
    """The table with several columns as one, whose cells name what they hold; groups: heads by the new one.

    A cell that nothing is known of is left out; columns in no group stay as they are.
    """
    taken = {head for heads in groups.values() for head in heads}
    columns: dict[str, list[int]] = {}
    for place, head in enumerate(table.heads):
        name = next((new for new, heads in groups.items() if head in heads), head)
        columns.setdefault(name, []).append(place)
    rows = tuple(
        tuple(
            row[places[0]]
            if table.heads[places[0]] not in taken
            else TableCell(_told(table.heads, row, places))
            for places in columns.values()
        )
        for row in table.rows
    )
    heads = tuple(columns)
    return ShownTable(table.name, table.title, heads, (False,) * len(heads), rows, table.notes)


def _told(heads: Sequence[str], row: Sequence[TableCell], places: Sequence[int]) -> str:
    parts = [(heads[place], row[place].text) for place in places if row[place].text]
    return "; ".join(f"{head[:1].lower()}{head[1:]} {text}" for head, text in parts)
