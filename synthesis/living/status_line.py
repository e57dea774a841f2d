"""One line of a review's status: what there is, whether a person is waited for, and the command for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from evidence.literature.citation_store import StoreError
from evidence.literature.duplicates.said_of_pairs import DecisionError
from evidence.literature.screening.decision_files import ScreeningError

LineState = Literal["waits", "told", "unseen"]
"""Something waits for a person; a fact; what could not be looked at."""

_FAULTS = (StoreError, DecisionError, ScreeningError, OSError, ValueError, ArithmeticError)


@dataclass(frozen=True)
class StatusLine:
    """What a review's status says of one topic.

    command: the words behind `python -m synthesis` that do something about it, '' where there is nothing to
    do. details: further lines. data: its numbers, for programs.
    """

    topic: str
    says: str
    state: LineState = "told"
    command: str = ""
    details: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


def looked_at(topic: str, look: Callable[[], Iterable[StatusLine]]) -> Iterator[StatusLine]:
    """The lines of a topic, or one that says why it could not be looked at."""
    try:
        yield from list(look())
    except _FAULTS as error:
        yield StatusLine(topic, f"could not be looked at: {error}", "unseen", "check")
