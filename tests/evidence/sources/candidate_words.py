"""Candidates of a text in a form that tests can type."""

from __future__ import annotations

from evidence.sources.candidates import TextCandidate
from evidence.sources.matching import Numbers
from evidence.sources.searching import candidates_of
from evidence.sources.text import PaperText


def read(text: str) -> tuple[TextCandidate, ...]:
    """The candidates of a text."""
    return candidates_of(Numbers(PaperText.of(text.split("\n"))))


def in_words(candidate: TextCandidate) -> str:
    """'OR: estimate 0.84, low 0.63, high 1.12'; an unknown measure is '?', an unsure number ends in '?'."""
    kind = candidate.kind.value
    if kind == "effect":
        kind = f"{'log ' if candidate.on_log else ''}{candidate.measure or '?'}"
    unsure = candidate.unsure
    numbers = [f"{role} {shown}{'?' if role in unsure else ''}" for role, shown in candidate.numbers.items()]
    return f"{kind}: {', '.join(numbers)}"


def told(text: str) -> list[str]:
    """Every candidate of a text in words."""
    return [in_words(candidate) for candidate in read(text)]
