"""The tools for risk of bias that are known: their domains and words, as data files, and how words are found.

Names are matched by their words: case, hyphens, plurals, 'bias due to' and the like make no difference.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from evidence.records.part import Part, Text
from evidence.records.reading import read_model

FOLDER = Path(__file__).parent / "risk-of-bias"
OVERALL = "overall"


class JudgementWord(Part):
    """A word of judgement; a higher level is worse, and words without a level say nothing of the bias."""

    word: Text
    also: tuple[Text, ...] = ()
    level: int | None = None


class BiasDomain(Part):
    """What a tool judges by itself.

    stars: the most that are given, where the tool gives stars; part_of: the heading whose stars these are
    among; when: the designs that have the domain, else all.
    """

    id: Text
    name: Text
    also: tuple[Text, ...] = ()
    applicability: bool = False
    stars: int = 0
    part_of: Text | None = None
    when: Text | None = None


class Tool(Part):
    """A tool in one version: where it is published, whether it judges studies or results, domains and words.

    overall: how the overall judgement follows: the worst domain at least, the sum of stars, or not at all.
    """

    tool: Text
    also: tuple[Text, ...] = ()
    version: Text
    versions: tuple[Text, ...] = ()
    source: Text
    judges: Literal["result", "study"]
    judgements: tuple[JudgementWord, ...] = ()
    applicability: tuple[JudgementWord, ...] = ()
    domains: tuple[BiasDomain, ...]
    overall: Literal["worst", "sum", "none"]
    overall_judgements: tuple[JudgementWord, ...] = ()

    @property
    def title(self) -> str:
        """Name and version, e.g. RoB 2 (2019)."""
        return f"{self.tool} ({self.version})"

    @property
    def most_stars(self) -> int:
        """The most stars in all; 0 for a tool that gives none."""
        return sum(domain.stars for domain in self.domains if domain.part_of is None)

    def domain(self, name: str) -> BiasDomain | None:
        """The domain that is called so, or has this short name or number."""
        wanted = _normal(name)
        for each in self.domains:
            names = (each.id, each.name, *each.also)
            if wanted in {_normal(known) for name in names for known in (name, f"{each.id} {name}")}:
                return each
        number = re.fullmatch(r"(?:domain |d|q|question |item )?(\d+\w?)", wanted)
        called = {f"{letter}{number[1]}" for letter in "dq"} if number else set()
        return next((each for each in self.domains if each.id.lower() in called), None)

    def place(self, name: str) -> str | None:
        """The short name of a domain, `overall`, or None for what the tool does not judge."""
        if is_overall(name):
            return OVERALL
        found = self.domain(name)
        return found.id if found else None

    def words(self, domain: BiasDomain | None) -> tuple[JudgementWord, ...]:
        """The words for a domain, or for the overall judgement."""
        if self.most_stars:
            most = self.most_stars if domain is None else domain.stars
            return tuple(_stars(count) for count in range(most + 1))
        return self.judgements if domain is not None else self.overall_judgements or self.judgements


def _stars(count: int) -> JudgementWord:
    spelled = (f"{count} star", "*" * count, "★" * count) if count else ("0 star", "none", "no star")
    return JudgementWord(word=str(count), also=spelled, level=-count)


def is_overall(name: str) -> bool:
    """Whether a judgement is about all domains together."""
    return _normal(name) in (OVERALL, f"{OVERALL} bia", f"{OVERALL} risk bia", f"{OVERALL} judgement")


@cache
def known_tools() -> tuple[Tool, ...]:
    """Every tool and version that has a data file, by name; of several versions the newest first."""
    read = [read_model(path, Tool) for path in sorted(FOLDER.glob("*.yaml"))]
    broken = [problem for document in read for problem in document.problems]
    assert not broken, broken
    tools = [document.model for document in read if document.model is not None]
    return tuple(sorted(tools, key=lambda tool: (tool.tool.lower(), -int(tool.version))))


def find_tool(name: str, version: str | None = None) -> Tool | None:
    """The tool of that name and version, the newest where none is given; None for what is not known."""
    called = [tool for tool in known_tools() if _is_called(tool, name)]
    if version is None:
        return next(iter(called), None)
    wanted = _normal(version)
    dated = [tool for tool in called if wanted in map(_normal, (tool.version, *tool.versions))]
    both = [tool for tool in known_tools() if _is_called(tool, f"{name} {version}")]
    return next(iter([*dated, *both]), None)


def _is_called(tool: Tool, name: str) -> bool:
    names = {known for each in (tool.tool, *tool.also) for known in (each, f"{each} {tool.version}")}
    return _solid(name) in map(_solid, names)


def _solid(name: str) -> str:
    return _normal(name).replace(" ", "")  # RoB2 is RoB 2


def versions_of(name: str) -> list[str]:
    """The versions that are known of a tool, the newest first."""
    return [tool.version for tool in known_tools() if _is_called(tool, name)]


def find_word(words: Iterable[JudgementWord], given: str) -> JudgementWord | None:
    """The word of judgement that is meant; None where there is none."""
    wanted = _judged(given)
    return next((each for each in words if wanted in map(_judged, (each.word, *each.also))), None)


@lru_cache(10_000)
def _judged(word: str) -> str:
    return re.sub(r" risk(?: bia)?$", "", _normal(word))


def nearest(given: str, names: Iterable[str]) -> str | None:
    """The name that is spelled most like it; None where none is near."""
    known = {_normal(name): name for name in names}
    close = difflib.get_close_matches(_normal(given[:200]), known, cutoff=0.5)
    return known[close[0]] if close else None


_BEFORE = re.compile(
    r"^(?:(?:[a-z]|domain |question |item )\d+[a-z]? )?"
    r"(?:(?:risk of )?bias (?:arising |resulting )?(?:from|due to|in) )?"
)
_SMALL = re.compile(r"\b(?:the|of|to|or|and|into)\b")
_PLURAL = re.compile(r"(?<=[a-z]{3})(?<!s)s\b")


@lru_cache(10_000)
def _normal(name: str) -> str:
    """A name without what differs from writer to writer: case, hyphens, articles, plurals, -isation."""
    text = re.sub(r"[^\w*★]+", " ", name.lower()).replace("isation", "ization").strip()
    text = _SMALL.sub(" ", _BEFORE.sub("", text))
    text = _PLURAL.sub("", text).replace("randomised", "randomized")
    return " ".join(text.split())
