"""Searches that are saved in review.yaml and run again: a service, a query, and where they begin."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from evidence.records.parsing import KeyPath
from evidence.records.part import Id, Part, Text

ServiceName = Literal["PubMed", "Europe PMC", "Crossref", "OpenAlex"]
FILTERED = ("Crossref", "OpenAlex")
"""Services that take conditions beside the query; those of the others are written in it."""


class SavedSearch(Part):
    """A search that `literature update` runs again and again."""

    name: Id
    service: ServiceName
    query: Text = Field(description="As one would type it at the service, in its own language.")
    filter: Text | None = Field(
        None, description="Crossref and OpenAlex: conditions in their words, e.g. type:article,language:en."
    )
    since: datetime.date | None = Field(
        None, description="What the service held before this day is left out, e.g. 2020-01-01."
    )


def search_faults(searches: Sequence[SavedSearch]) -> Iterator[tuple[KeyPath, str, str]]:
    """Key path, words and hint of saved searches that cannot be run; analyses are none the worse for them."""
    names: set[str] = set()
    for index, search in enumerate(searches):
        if search.name in names:
            says = f"two searches are called '{search.name}'"
            yield ("searches", index, "name"), says, "Its runs are known by its name."
        names.add(search.name)
        if search.filter is not None and search.service not in FILTERED:
            says = f"{search.service} has no 'filter' beside its query"
            yield ("searches", index, "filter"), says, "Write the condition into 'query'."
