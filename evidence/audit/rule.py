"""What a rule is: one question asked of an effect, an estimate, a record, all records or a review."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from evidence.audit.printed_effect import PrintedEffect
from evidence.records.effect import Estimate
from evidence.records.parsing import KeyPath, Severity
from evidence.records.review import Review
from evidence.records.schema import Record

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


OF_NOTICES = (
    "notice-of-retraction",
    "notice-of-concern",
    "notice-of-correction",
    "notice-of-reinstatement",
)
"""What publishers said of a report later; the notices are kept beside the review."""

OF_SOURCES = (
    "source-differs",
    "source-not-found",
    "source-elsewhere",
    "source-changed",
    "source-unread",
)
"""What is found where a record is compared with its papers' texts, which rules about records cannot see."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule has to say, and the key path of the value it says it about.

    `severity` is given only where one case is worse, or more harmless, than the rule's usual one.
    """

    at: KeyPath
    says: str
    hint: str | None = None
    severity: Severity | None = None


class AsksEffect(Protocol):
    """A rule about one printed effect; its key paths begin at the effect."""

    def __call__(self, effect: PrintedEffect, /) -> Finding | None: ...


class AsksEstimate(Protocol):
    """A rule about one estimate beside what its record says of it; its key paths begin at the estimate."""

    def __call__(self, record: Record, estimate: Estimate, /) -> Finding | None: ...


class AsksRecord(Protocol):
    """A rule about one record; its key paths begin at the record."""

    def __call__(self, record: Record, /) -> Iterator[Finding]: ...


class AsksReview(Protocol):
    """A rule about several records; each finding comes with the index of its record."""

    def __call__(self, records: Sequence[Record], /) -> Iterator[tuple[int, Finding]]: ...


class AsksPlan(Protocol):
    """A rule about review.yaml, beside the records it is about; its key paths begin at the review."""

    def __call__(self, review: Review, records: Sequence[Record], /) -> Iterator[Finding]: ...


Question = TypeVar("Question", AsksEffect, AsksEstimate, AsksRecord, AsksReview, AsksPlan)


@dataclass(frozen=True)
class Rule(Generic[Question]):
    """A named question, and how bad it is when the answer is no."""

    name: str
    severity: Severity
    question: Question

    @property
    def explanation(self) -> str:
        """One line for a table of rules."""
        return (self.question.__doc__ or "").partition("\n")[0]


class Registry(Generic[Question]):
    """The rules of one kind, in the order of their definition."""

    def __init__(self) -> None:
        self.rules: list[Rule[Question]] = []

    @property
    def names(self) -> list[str]:
        """What the rules are called."""
        return [rule.name for rule in self.rules]

    def rule(self, name: str, severity: Severity) -> Callable[[Question], Question]:
        """Decorates the function that answers the rule's question."""

        def register(question: Question) -> Question:
            self.rules.append(Rule(name, severity, question))
            return question

        return register


EFFECT_RULES: Registry[AsksEffect] = Registry()
ESTIMATE_RULES: Registry[AsksEstimate] = Registry()
RECORD_RULES: Registry[AsksRecord] = Registry()
REVIEW_RULES: Registry[AsksReview] = Registry()
PLAN_RULES: Registry[AsksPlan] = Registry()
