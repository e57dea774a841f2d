"""Judgements of risk of bias that belong together: one tool, one person, one result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from evidence.records.provenance import Judgement
from evidence.records.risk_of_bias import OVERALL, BiasDomain, JudgementWord, Tool, find_tool, find_word
from evidence.records.schema import Record

Judged = tuple[int, Judgement]
"""A judgement, and which of the record's list it is."""


@dataclass
class Assessment:
    """What one person judged of one result, or of the study, by one tool; by short names of domains."""

    tool: Tool
    by: str | None
    report: str | None
    estimate: str | None
    domains: dict[str, Judged] = field(default_factory=dict)

    @property
    def of(self) -> str:
        """What is judged, in words."""
        words = f"'{self.estimate}'" if self.estimate else "the study"
        return words + (f" by {self.by}" if self.by else "")

    @cached_property
    def words(self) -> dict[str, JudgementWord]:
        """The word of each judged domain, as far as the tool has it."""
        found = {
            domain.id: find_word(self.tool.words(domain), self.domains[domain.id][1].judgement)
            for domain in self.tool.domains
            if domain.id in self.domains
        }
        return {name: word for name, word in found.items() if word is not None}

    @cached_property
    def levels(self) -> dict[str, int]:
        """How bad each domain is, those left out whose word says nothing of it."""
        return {name: word.level for name, word in self.words.items() if word.level is not None}

    @cached_property
    def overall(self) -> tuple[int, JudgementWord] | None:
        """The overall judgement: which of the record's list, and its word."""
        if OVERALL not in self.domains:
            return None
        index, judgement = self.domains[OVERALL]
        word = find_word(self.tool.words(None), judgement.judgement)
        return (index, word) if word else None

    @property
    def concerns(self) -> list[int]:
        """How bad the domains are for applicability."""
        given = (self.domains[name][1].applicability for name in self.words)
        words = (find_word(self.tool.applicability, each) for each in given if each is not None)
        return [word.level for word in words if word is not None and word.level is not None]

    def is_judged(self, domain: BiasDomain) -> bool:
        """Whether a domain is judged: by itself, by its heading, or through its items."""
        if domain.when is not None or {domain.id, domain.part_of} & self.domains.keys():
            return True
        return any(each.part_of == domain.id and each.id in self.domains for each in self.tool.domains)

    @property
    def lacking(self) -> list[str]:
        """The domains that are not judged, and those without applicability where others have it."""
        found = [domain.name for domain in self.tool.domains if not self.is_judged(domain)]
        asked = [domain for domain in self.tool.domains if domain.applicability and domain.id in self.domains]
        without = [each.name for each in asked if self.domains[each.id][1].applicability is None]
        if len(without) < len(asked):
            found += [f"applicability of {name}" for name in without]
        return found


def of_known_tools(record: Record) -> Iterator[tuple[int, Judgement, Tool]]:
    """The judgements whose tool is known."""
    for index, each in enumerate(record.risk_of_bias):
        tool = find_tool(each.tool, each.version)
        if tool is not None:
            yield index, each, tool


def assessments(record: Record) -> list[Assessment]:
    """Every assessment by a known tool; what is judged of the study counts for each of its results."""
    found: dict[tuple[str, str | None, str | None, str | None], Assessment] = {}
    for index, each, tool in of_known_tools(record):
        key = (tool.title, each.by, each.report, each.estimate)
        one = found.setdefault(key, Assessment(tool, each.by, each.report, each.estimate))
        name = tool.place(each.domain)
        if name is not None:
            one.domains.setdefault(name, (index, each))
    with_results = {key[:3] for key in found if key[3] is not None}
    for key, one in found.items():
        shared = found.get((key[0], key[1], key[2], None))
        if shared is not None:
            one.domains = {**shared.domains, **one.domains}
    return [one for key, one in found.items() if key[3] is not None or key[:3] not in with_results]
