"""A review and the services of the loopback interface that it asks, with a clock of their own."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from pathlib import Path

from evidence.literature.citation import Citation
from evidence.literature.citation_store import read_citations
from evidence.literature.duplicates.deduplicating import NOTHING_DECIDED
from evidence.literature.searches.updating_searches import UpdatedSearch, update_searches
from evidence.records.saved_searches import SavedSearch, ServiceName
from tests.evidence.literature.searches.loopback import (
    Services,
)

DAY = datetime.date(2026, 11, 10)
SERVICE_NAMES: tuple[ServiceName, ...] = ("PubMed", "Europe PMC", "Crossref", "OpenAlex")


@dataclass
class Clock:
    """Time that passes only where somebody waits."""

    now: float = 1_000.0
    waited: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.waited.append(seconds)


@dataclass
class Setting:
    """A review and the services that it asks."""

    review: Path
    services: Services
    clock: Clock

    def update(self, *searches: SavedSearch, today: datetime.date = DAY) -> list[UpdatedSearch]:
        return list(
            update_searches(
                self.review,
                searches,
                addresses=self.services.addresses,
                today=today,
            )
        )

    def citations(self) -> list[Citation]:
        return read_citations(self.review, NOTHING_DECIDED)

    def files(self) -> dict[str, bytes]:
        """What git sees of the literature."""
        folder = self.review / "literature"
        return {each.name: each.read_bytes() for each in folder.iterdir() if each.suffix == ".jsonl"}


def saved(service: ServiceName = "PubMed", **more: object) -> SavedSearch:
    given = {"name": service.lower().replace(" ", "-"), "service": service, "query": "bone AND iron", **more}
    return SavedSearch.model_validate(given)
