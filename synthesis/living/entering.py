"""The day on which each study entered a review: that of its file's first commit, or of its extraction."""

from __future__ import annotations

import datetime

from evidence.records.review import LoadedReview
from evidence.records.review_folder import STUDIES
from synthesis.living.repository import NoHistoryError, Repository
from synthesis.review.plot_subjects import Arrival


def entered(loaded: LoadedReview) -> Arrival:
    """When each study entered.

    With a history the day of the first commit of its file, under whatever name; a file that is not committed
    yet comes after all others. Without one the day of extraction that the record states.
    """
    try:
        committed = Repository.around(loaded.folder).entered()
    except NoHistoryError:
        committed = {}
    models = [(each.path.name, each.model) for each in loaded.documents if each.model is not None]
    if not committed:
        return Arrival(
            {record.study: record.extraction.on for _, record in models}, "the order of their extraction"
        )
    days = {record.study: committed.get(f"{STUDIES}/{name}", datetime.date.max) for name, record in models}
    return Arrival(days, "the order in which they entered the review")
