"""To which day was searched: the note under every figure of a review, and in its texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from evidence.literature.flow.searched_days import SearchedDays, searched_to
from evidence.records.review import LoadedReview
from evidence.wording import enumerate_words
from synthesis.drawing.chart import Chart, Plot

if TYPE_CHECKING:
    from synthesis.review.analysis_result import AnalysisResult


def searched_of(loaded: LoadedReview) -> SearchedDays:
    """The day of review.yaml, or those of the log of searches beside it; none where there is neither."""
    review = loaded.document.model
    return searched_to(loaded.folder, None if review is None else review.searched_to)


def source_notes(result: AnalysisResult) -> Iterator[str]:
    """What a reader must know of where an analysis comes from: unread records, and the day of the search."""
    if result.unread:
        yield f"Without {enumerate_words(result.unread)}, which cannot be read."
    if result.searched.sentence:
        yield result.searched.sentence


def with_searched(plot: Plot, searched: SearchedDays) -> Plot:
    """A plot with the day to which was searched below it and in its text alternative, once."""
    says = searched.sentence
    if not says or says in plot.footnotes:
        return plot
    noted = replace(plot, footnotes=(*plot.footnotes, says))
    if isinstance(noted, Chart):
        return replace(noted, description=f"{noted.description} {says}")
    return noted
