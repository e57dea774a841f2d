"""Which citations are likely to be included, learned from a reviewer's own decisions: an order, no verdict.

Words of title and abstract, weighted by term frequency and inverse document frequency (Salton and Buckley
1988, Inf Process Manag 24:513-523), in a logistic regression whose classes weigh the same; scikit-learn fits
it. What it is measured to save stands in docs/screening.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evidence.literature.citation import Citation


class RankerMissingError(Exception):
    """scikit-learn is not installed; the message says how to install it."""


class RelevanceRanker:
    """The words of the citations of a review, ready to be ordered again and again.

    Raises RankerMissingError.
    """

    def __init__(self, citations: Sequence[Citation]) -> None:
        try:
            from sklearn.feature_extraction.text import TfidfVectorizer
        except ImportError:
            raise RankerMissingError(
                "citations come in the order of their ids: ordering by relevance needs scikit-learn "
                '(pip install "living-synthesis[rank]")'
            ) from None
        self._rows = {each.id: at for at, each in enumerate(citations)}
        texts = [f"{each.title} {each.abstract}" for each in citations]
        try:
            self._features: Any = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(
                texts
            )
        except ValueError:  # no citation has a word
            self._features = None

    def order(self, pile: Sequence[Citation], kept: Mapping[str, bool]) -> list[Citation] | None:
        """A pile with the likely ones first, the same for the same decisions; equal ones stay as they are.

        kept: whether a decided citation was kept, by id. None where not at least one was kept and one not.
        """
        known = sorted((self._rows[work], keep) for work, keep in kept.items() if work in self._rows)
        if self._features is None or {keep for _, keep in known} != {True, False}:
            return None
        if not pile:
            return []
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(class_weight="balanced", max_iter=1000)
        model.fit(self._features[[row for row, _ in known]], [keep for _, keep in known])
        scores = model.decision_function(self._features[[self._rows[each.id] for each in pile]])
        return [pile[at] for at in sorted(range(len(pile)), key=lambda at: -scores[at])]
