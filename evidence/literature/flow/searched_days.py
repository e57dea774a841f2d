"""To which day the literature was searched: what stands under a figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from evidence.literature.citation_store import StoreError
from evidence.literature.searches.search_log import SearchRun, SourceKind, read_runs
from evidence.wording import enumerate_words

SEARCHED: tuple[SourceKind, ...] = ("database", "register")
"""Kinds of sources that are searched to a day; their records are the first stream of a flow."""


@dataclass(frozen=True)
class SearchedDays:
    """The days of the last complete searches, the oldest first, each with the databases searched to it.

    A database without a name is not named. stated: the day that review.yaml says, which goes before. damaged:
    why the log of searches cannot be read, in a line. undated: databases, or files, of which nobody said when
    they were searched: it was before their import, and no day is known to which everything was searched.
    """

    days: tuple[tuple[date, tuple[str, ...]], ...]
    stated: date | None = None
    damaged: str = ""
    undated: tuple[str, ...] = ()

    @property
    def day(self) -> date | None:
        """The day to which everything was searched: what is stated, else the oldest; None: unknown."""
        return self.stated or (self.days[0][0] if self.days and not self.undated else None)

    @property
    def in_text(self) -> str:
        """The same within a paragraph: 'The literature was searched to ...'."""
        return self.sentence.replace("Searched", "The literature was searched")

    @property
    def sentence(self) -> str:
        """'Searched to 1 October 2026 (Embase) and 28 November 2026 (PubMed).'; '' where no day is known."""
        if self.damaged and self.day is None:
            return f"The day of the last search is not known: {self.damaged}."
        were = "was" if len(self.undated) == 1 else "were"
        missing = (
            f"when {enumerate_words(self.undated)} {were} searched is not stated" if self.undated else ""
        )
        if self.stated is not None and (missing or not self.days or self.stated != self.days[0][0]):
            return f"Searched to {day_in_words(self.stated)}."
        told = [day_in_words(day) + (f" ({', '.join(names)})" if names else "") for day, names in self.days]
        searched = f"Searched to {enumerate_words(told)}" if told else ""
        both = f"{searched}; {missing}" if searched and missing else searched or missing
        return f"{both[:1].upper()}{both[1:]}." if both else ""


NEVER_SEARCHED = SearchedDays(())


def searched_to(review: Path, stated: date | None) -> SearchedDays:
    """The days of the searches of a review; a log that cannot be read is told, and raises nothing."""
    try:
        return searched_days(read_runs(review), stated)
    except StoreError as error:
        return SearchedDays((), stated, str(error))


def searched_days(runs: Iterable[SearchRun], stated: date | None) -> SearchedDays:
    """The days of the runs of databases and registers, and the one that review.yaml states.

    The last complete run of each saved search counts, and of a database that has none the last file; a
    database that is searched in several ways is searched to the oldest of these days.
    """
    last: dict[str, dict[str, SearchRun]] = defaultdict(dict)
    for run in sorted(runs, key=lambda each: (each.searched, each.dated)):
        if run.kind in SEARCHED and run.complete:
            last[run.source or ("" if run.dated else run.file)][run.search] = run
    days: dict[date, list[str]] = defaultdict(list)
    undated: list[str] = []
    for source, found in last.items():
        chosen = [run for search, run in found.items() if search] or list(found.values())
        oldest = min(chosen, key=lambda run: (run.dated, run.searched))
        if oldest.dated:
            days[oldest.searched] += [source] if source else []
        else:
            undated.append(source)
    told = tuple((day, tuple(sorted(days[day]))) for day in sorted(days))
    return SearchedDays(told, stated, undated=tuple(sorted(undated)))


def day_in_words(day: date) -> str:
    """28 November 2026."""
    return f"{day.day} {month_in_words(day)} {day.year}"


def month_in_words(day: date) -> str:
    """November."""
    return _MONTHS[day.month - 1]


_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
