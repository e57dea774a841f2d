"""Everything that one file holds: tables, paragraphs, and the references that the paragraphs name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from synthesis.paper.paper_table import PaperTable
from synthesis.paper.references import Publication

_CITED = re.compile(r"\[@([a-z0-9]+(?:; @[a-z0-9]+)*)\]")


@dataclass(frozen=True)
class Passage:
    """Paragraphs under a heading. They cite as in `[@hartung2001; @sidik2002]`."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Manuscript:
    """What is written to a file. references: those that the passages cite, in the order of their citation."""

    title: str
    passages: tuple[Passage, ...]
    tables: tuple[PaperTable, ...]
    references: tuple[Publication, ...]

    @property
    def numbers(self) -> Mapping[str, int]:
        """The number of each reference, by its key."""
        return {reference.key: number for number, reference in enumerate(self.references, start=1)}


def cited_in(passages: Sequence[Passage], known: Mapping[str, Publication]) -> tuple[Publication, ...]:
    """The references that passages cite, each once, in order."""
    texts = (text for passage in passages for text in passage.paragraphs)
    keys = (key for text in texts for found in _CITED.finditer(text) for key in keys_of(found))
    return tuple(known[key] for key in dict.fromkeys(keys) if key in known)


def keys_of(found: re.Match[str]) -> list[str]:
    """The keys of one citation."""
    return [key.removeprefix("@") for key in found[1].split("; ")]


def with_citations(text: str, write: Callable[[str], str], cite: Callable[[list[str]], str]) -> str:
    """A paragraph in a format: `write` makes its words, `cite` a citation of the keys."""
    parts = []
    end = 0
    for found in _CITED.finditer(text):
        parts += [write(text[end : found.start()]), cite(keys_of(found))]
        end = found.end()
    return "".join([*parts, write(text[end:])])


def numbered(text: str, numbers: Mapping[str, int], write: Callable[[str], str] = str) -> str:
    """A paragraph whose citations are numbers, `[1, 2]`."""
    return with_citations(text, write, lambda keys: f"[{', '.join(str(numbers[key]) for key in keys)}]")
