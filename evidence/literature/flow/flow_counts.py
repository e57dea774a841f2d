"""The boxes of a flow diagram as counts that know what they count.

The boxes are those of PRISMA 2020 (Page et al. 2021, BMJ 372:n71, figure 1), and two kinds more that living
reviews have: what still waits, and records that an earlier version has dealt with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from evidence.literature.flow.searched_days import SearchedDays

Via = Literal["databases and registers", "other methods"]


class CountedItem(NamedTuple):
    """One of what is counted.

    id: of a citation or a study. where: the file and the line of a record, the file of a report, or why
    something waits; '' where nothing more is to be said.
    """

    id: str
    where: str = ""


@dataclass(frozen=True)
class FlowCount:
    """A number with what it counts, and what it is made of where it has parts."""

    box: str
    """A short name, such as screened or other-screened."""
    label: str
    """As the diagram has it, without the number."""
    items: tuple[CountedItem, ...] = ()
    parts: tuple[FlowCount, ...] = ()

    @property
    def n(self) -> int:
        """How many."""
        return len(self.items)


@dataclass(frozen=True)
class StreamCounts:
    """What became of the records that came one way.

    identified: by kind of source, each with a part for each source. carried: works that waited in the
    previous version. known: records of works that an earlier version has dealt with. unreadable: records that
    no reader could read. excluded_reports: with a part for each reason. waiting_*: nothing is decided yet, or
    the reviewers disagree. awaiting_extraction: included reports that no record of the review holds yet.
    """

    via: Via
    identified: tuple[FlowCount, ...]
    carried: FlowCount
    duplicates: FlowCount
    known: FlowCount
    unreadable: FlowCount
    waiting_titles: FlowCount
    screened: FlowCount
    excluded: FlowCount
    sought: FlowCount
    not_retrieved: FlowCount
    waiting_reports: FlowCount
    assessed: FlowCount
    excluded_reports: FlowCount
    awaiting_extraction: FlowCount
    included: FlowCount

    @property
    def counts(self) -> tuple[FlowCount, ...]:
        """Every count from top to bottom."""
        return (
            *(*self.identified, self.carried, self.duplicates, self.known, self.unreadable),
            *(self.waiting_titles, self.screened, self.excluded, self.sought, self.not_retrieved),
            *(self.waiting_reports, self.assessed, self.excluded_reports, self.awaiting_extraction),
            self.included,
        )

    @property
    def found(self) -> int:
        """How many records were identified."""
        return sum(count.n for count in self.identified)

    def imbalances(self) -> Iterator[str]:
        """What does not add up, as sentences; nothing where every record is accounted for."""
        removed = self.duplicates.n + self.known.n + self.unreadable.n
        for says, left, right in (
            (
                "identified and carried over",
                self.found + self.carried.n,
                removed + self.waiting_titles.n + self.screened.n,
            ),
            ("screened", self.screened.n, self.excluded.n + self.sought.n),
            ("sought", self.sought.n, self.not_retrieved.n + self.waiting_reports.n + self.assessed.n),
            (
                "assessed",
                self.assessed.n,
                self.excluded_reports.n + self.awaiting_extraction.n + self.included.n,
            ),
        ):
            if left != right:
                yield f"of {self.via}, {left:,} were {says}, and {right:,} are accounted for"


@dataclass(frozen=True)
class IncludedStudies:
    """Studies, and the reports of them."""

    studies: FlowCount
    reports: FlowCount


@dataclass(frozen=True)
class ReviewFlow:
    """The flow of a review, or of one update of it.

    previous: what the version before included, None where there is none; gone: what of it is no longer there.
    new: what this flow adds; total: what the review includes now. searched: to which day. name: of the
    release that is updated, or of the one that the searches went into; '' for none.
    """

    databases: StreamCounts
    other: StreamCounts
    new: IncludedStudies
    total: IncludedStudies
    searched: SearchedDays
    name: str = ""
    previous: IncludedStudies | None = None
    gone: IncludedStudies | None = None

    @property
    def streams(self) -> tuple[StreamCounts, ...]:
        """The streams through which something came: that of databases always."""
        return (self.databases, self.other) if self.has_other else (self.databases,)

    @property
    def has_other(self) -> bool:
        """Whether something came by other methods."""
        return bool(self.other.found or self.other.carried.n)

    @property
    def counts(self) -> tuple[FlowCount, ...]:
        """Every count of the flow; names of boxes are told apart."""
        own = [count for stream in self.streams for count in stream.counts]
        parts = [self.new] if self.previous is None else [self.previous, self.gone, self.new, self.total]
        return (*own, *(count for each in parts if each for count in (each.studies, each.reports)))

    def imbalances(self) -> Iterator[str]:
        """What does not add up, as sentences."""
        for stream in (self.databases, self.other):
            yield from stream.imbalances()
        included = self.databases.included.n + self.other.included.n
        if included != self.new.reports.n:
            yield f"{included:,} reports came in, and {self.new.reports.n:,} new ones are in the records"
        for what in ("studies", "reports"):
            before, gone, new, total = (
                getattr(each, what).n if each else 0
                for each in (self.previous, self.gone, self.new, self.total)
            )
            if before - gone + new != total:
                yield f"{before:,} {what} before, {gone:,} gone and {new:,} new are not {total:,}"
