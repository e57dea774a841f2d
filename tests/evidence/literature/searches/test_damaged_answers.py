"""Answers of services, damaged at random, give records, another try or one clear error."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from evidence.literature.assembling import citation_of
from evidence.literature.searches.service_requests import (
    Asking,
    Check,
    Parameters,
    RefusedQuestionError,
    ServiceError,
)
from evidence.literature.searches.services.search_service import FIRST
from evidence.literature.searches.updating_searches import SERVICES
from evidence.records.saved_searches import SavedSearch, ServiceName
from tests.evidence.literature.damaged_exports import damaged
from tests.evidence.literature.searches.loopback import Services, Work

NAMES: tuple[ServiceName, ...] = ("PubMed", "Europe PMC", "Crossref", "OpenAlex")
PATHS = {"PubMed": "/eutils/", "Europe PMC": "/epmc/", "Crossref": "/crossref/", "OpenAlex": "/openalex/"}


@dataclass
class Damaging(Asking):
    """Answers as the loopback services give them, most of them damaged, and no network."""

    services: Services = field(default_factory=lambda: Services("", [Work(n) for n in range(1, 13)]))
    dice: random.Random = field(default_factory=random.Random)
    tried: int = 0

    def ask(self, path: str, parameters: Parameters, check: Check, post: bool = False) -> bytes:
        answer = self.services.answer(PATHS[self.service] + path, {**self.always, **parameters})
        if not isinstance(answer, bytes):  # a cursor that was damaged
            raise RefusedQuestionError(f"{self.service} answers 400")
        assert check(answer) == ""
        content = damaged(answer, self.dice) if self.dice.random() < 0.8 else answer
        self.tried += 1
        if why := check(content):
            assert "\n" not in why
            raise ServiceError(f"{self.service} {why}")
        return content


def read_answers(name: ServiceName, times: int, seed: int) -> tuple[int, int]:
    """Of so many damaged answers, how many gave records and how many an error."""
    service = SERVICES[name]
    ask = Damaging(name, "", 0.0, {"api_key": "k"}, dice=random.Random(f"{name}{seed}"))
    search = SavedSearch(name="x", service=name, query="bone")
    read, refused = 0, []
    while ask.tried < times:
        mark, pages = FIRST, 0
        try:
            while mark and pages < 9:
                page = service.page(ask, search, None, mark)
                mark, pages = page.following, pages + 1
                assert page.found >= 0
                for raw in service.records(page.content) if page.content else ():
                    citation = citation_of(raw, "x", name)
                    assert citation is None or citation.title == " ".join(citation.title.split())
                    read += 1
        except ServiceError as error:
            refused.append(str(error))
    assert all(says.startswith(name) and "\n" not in says for says in refused)
    return read, len(refused)


@pytest.mark.parametrize("name", NAMES)
def test_damaged_answers_give_records_or_one_error(name: ServiceName) -> None:
    read, refused = read_answers(name, 60, seed=1)
    assert read > 60
    assert refused > 10


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_two_thousand_damaged_answers_give_records_or_one_error(name: ServiceName) -> None:
    read, refused = read_answers(name, 2_000, seed=2)
    assert read > 2_000
    assert refused > 400
